//! Checkpoints of full size, made on the spot: what loading takes beyond what the weights need on the device. Gigabytes on disk and in
//! memory, so only when asked for: `cargo test -p kindling-cli --release --test large -- --ignored --nocapture`

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use burn::tensor::Device;
use kindling_models::{BertConfig, ClipConfig, SEGMENT_NAMES, diffusion::UNet2DConditionConfig};
use kindling_weights::expected;
use serde_json::{Map, Value, json};

/// Beyond what the weights need: the tensor under way, twice, the program and its libraries.
const MOST: f64 = 1.3;

fn config(fixture: &str) -> Vec<u8> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(fixture);
    std::fs::read(dir.join("config.json")).expect("config.json")
}

/// A folder with small numbers under those names, `bytes` each: never more than a block of them in memory.
fn folder(name: &str, config: &[u8], tensors: &[(String, Vec<usize>)], dtype: &str, bytes: usize) -> (PathBuf, u64) {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&dir).expect("a folder");
    std::fs::write(dir.join("config.json"), config).expect("config.json");
    let mut header = Map::new();
    let mut end = 0;
    for (name, shape) in tensors {
        let start = end;
        end += shape.iter().product::<usize>() * bytes;
        header.insert(name.clone(), json!({"dtype": dtype, "shape": shape, "data_offsets": [start, end]}));
    }
    let header = Value::Object(header).to_string();
    let mut file = BufWriter::new(File::create(dir.join("model.safetensors")).expect("a file"));
    file.write_all(&(header.len() as u64).to_le_bytes())
        .and_then(|()| file.write_all(header.as_bytes()))
        .expect("room");
    // Every bit but the higher ones of the exponent: numbers below 1, none of them special.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let block: Vec<u8> = (0..1 << 20)
        .map(|at| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let byte = (state >> 56) as u8;
            if at % bytes == bytes - 1 { byte & 0x80 | 0x2c } else { byte }
        })
        .collect();
    let mut left = end;
    while left > 0 {
        let part = left.min(block.len());
        file.write_all(&block[..part]).expect("room on the disk");
        left -= part;
    }
    file.flush().expect("room on the disk");
    (dir, end as u64)
}

/// Loads it in a process of its own and compares that process's peak with what the weights take on the device.
fn measured(name: &str, dir: &Path, file_bytes: u64, more: &[&str]) -> (f64, f64) {
    let out =
        Command::new(env!("CARGO_BIN_EXE_kindling")).args(["inspect", "--load", "--json"]).args(more).arg(dir).output();
    let out = out.expect("the program");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let found: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let [device, peak] = ["device_bytes", "peak_bytes"].map(|field| found[field].as_f64().expect("a figure"));
    assert_eq!(found["missing"], json!([]));
    println!("{name}: file {file_bytes} bytes, device {device} bytes, peak {peak} bytes, ratio {:.3}", peak / device);
    (device, peak)
}

#[test]
#[ignore = "605 MB on the disk"]
fn a_whole_clip_loads_in_little_more_than_its_own_memory() {
    let bytes = config("clip-vit-b32-formula");
    let clip: ClipConfig = serde_json::from_slice(&bytes).expect("a configuration");
    let tensors = expected(&clip.init(&Device::flex()).expect("a model"), &SEGMENT_NAMES);
    let (dir, file_bytes) = folder("clip-vit-b-32", &bytes, &tensors, "F32", 4);
    let (device, peak) = measured("CLIP ViT-B/32, f32", &dir, file_bytes, &[]);
    assert!(peak <= MOST * device, "{}", peak / device);
    // With a byte a number the program itself counts for more: of four times as much it would be a few hundredths.
    for stored in ["f16", "int8"] {
        let (less, peak) =
            measured(&format!("CLIP ViT-B/32, f32 to {stored}"), &dir, file_bytes, &["--store-as", stored]);
        assert!(peak <= MOST * less && less < 0.95 * device, "{peak} of {less}, {less} of {device}");
    }
    std::fs::remove_dir_all(dir).expect("a folder to remove");
}

#[test]
#[ignore = "1.1 GB on the disk"]
fn a_whole_xlm_roberta_loads_in_little_more_than_its_own_memory() {
    let bytes = json!({
        "model_type": "xlm-roberta", "vocab_size": 250_002, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
        "intermediate_size": 3072, "hidden_act": "gelu", "max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-5,
        "pad_token_id": 1
    })
    .to_string();
    let config: BertConfig = serde_json::from_str(&bytes).expect("a configuration");
    let tensors = expected(&config.init(&Device::flex()).expect("a model"), &SEGMENT_NAMES);
    let (dir, file_bytes) = folder("xlm-roberta", bytes.as_bytes(), &tensors, "F32", 4);
    for stored in ["f32", "f16", "int8"] {
        let (device, peak) =
            measured(&format!("XLM-R base, f32 to {stored}"), &dir, file_bytes, &["--store-as", stored]);
        assert!(peak <= MOST * device, "{}", peak / device);
    }
    std::fs::remove_dir_all(dir).expect("a folder to remove");
}

#[test]
#[ignore = "1.7 GB on the disk, 4.5 GB in memory"]
fn a_whole_unet_in_f16_loads_in_little_more_than_its_own_memory() {
    let bytes = config("diffusion/unet-sd15-formula");
    let unet: UNet2DConditionConfig = serde_json::from_slice(&bytes).expect("a configuration");
    let tensors = expected(&unet.init(&Device::flex()).expect("a model"), &SEGMENT_NAMES);
    let (dir, file_bytes) = folder("unet-sd15", &bytes, &tensors, "F16", 2);
    let (device, peak) = measured("U-Net of SD 1.5, f16", &dir, file_bytes, &[]);
    assert!(peak <= MOST * device, "{}", peak / device);
    std::fs::remove_dir_all(dir).expect("a folder to remove");
}
