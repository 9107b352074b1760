//! Whole models with random weights: speed does not depend on them.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use kindling_models::diffusion::{Extra, UNet2DConditionConfig};
use kindling_models::{BertConfig, ClipConfig, SEGMENT_NAMES, TextEncoder};
use kindling_weights::{Checkpoint, Precision};

use crate::Case;
use crate::cases::{Maker, tensor};

/// The same numbers in the form in which the device multiplies by them, as a file would be loaded.
fn resident<M: Module>(model: M, empty: M) -> M {
    let tensors = pollster::block_on(kindling_weights::collect(&model, &SEGMENT_NAMES)).expect("a readback");
    let file = kindling_weights::write(&tensors, Precision::F32).expect("a file");
    let checkpoint = Checkpoint::parse(file).expect("its own file");
    let compute = kindling_kernels::resident::Compute::Full;
    let loaded = kindling_weights::load_resident(empty, &checkpoint, &SEGMENT_NAMES, compute, &[]);
    loaded.expect("its own weights").0
}

fn read<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value).expect("a configuration")
}

fn minilm(rows: usize, tokens: usize) -> Maker {
    let name = format!("MiniLM {rows}×{tokens}");
    let own = name.clone();
    let make = move |device: &Device| {
        let config: BertConfig = read(serde_json::json!({
            "model_type": "bert", "vocab_size": 30522, "hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12,
            "intermediate_size": 1536, "max_position_embeddings": 512, "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12,
        }));
        let init = || config.init(device).expect("a model");
        let model = resident(init(), init());
        let ids: Vec<i32> = (0..rows * tokens).map(|at| (at * 37 % 30000) as i32).collect();
        let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [rows, tokens]), device);
        let each = (rows * tokens) as f64;
        let flops = 6.0 * (24.0 * 384.0 * 384.0 * each + 4.0 * 384.0 * each * tokens as f64);
        let run = move || model.forward(ids.clone(), None).reshape([-1]);
        Case { name: own.clone(), bytes: 4.0 * 6.0 * 12.0 * 384.0 * 384.0, flops, run: Box::new(run) }
    };
    (name, Box::new(make))
}

fn clip_image() -> Maker {
    let name = "CLIP ViT-B/32, 1 image".to_owned();
    let make = move |device: &Device| {
        let config: ClipConfig = read(serde_json::json!({
            "model_type": "clip", "projection_dim": 512,
            "text_config": { "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 1000 },
            "vision_config": { "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12, "image_size": 224, "patch_size": 32 },
        }));
        let init = || config.init(device).expect("a model");
        let model = resident(init(), init());
        let pixels = tensor([1, 3, 224, 224], device);
        let flops = 12.0 * (24.0 * 768.0 * 768.0 * 50.0 + 4.0 * 768.0 * 2500.0) + 2.0 * 49.0 * 3072.0 * 768.0;
        let run = move || model.image_features(pixels.clone()).reshape([-1]);
        Case {
            name: "CLIP ViT-B/32, 1 image".into(),
            bytes: 4.0 * 12.0 * 12.0 * 768.0 * 768.0,
            flops,
            run: Box::new(run),
        }
    };
    (name, Box::new(make))
}

/// One step; its operations are not counted.
fn unet(name: &'static str, config: serde_json::Value, side: usize, states: usize) -> Maker {
    let make = move |device: &Device| {
        let config: UNet2DConditionConfig = read(config.clone());
        let init = || config.init(device).expect("a model");
        let model = resident(init(), init());
        let bytes = 4.0 * init().num_params() as f64;
        let (latents, states) = (tensor([1, 4, side, side], device), tensor([1, 77, states], device));
        let run = move || model.forward(latents.clone(), &[500.0], states.clone(), Extra::default()).reshape([-1]);
        Case { name: name.into(), bytes, flops: 0.0, run: Box::new(run) }
    };
    (name.to_owned(), Box::new(make))
}

/// The models of the browser's bench, and Stable Diffusion 1.5's U-Net.
pub fn all() -> Vec<Maker> {
    let small = serde_json::json!({
        "block_out_channels": [96, 192, 288], "layers_per_block": 1, "cross_attention_dim": 512, "attention_head_dim": 8,
        "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
        "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
    });
    let large = serde_json::json!({ "cross_attention_dim": 768 });
    vec![
        minilm(1, 16),
        minilm(8, 64),
        clip_image(),
        unet("U-Net of 96, 192 and 288 channels, latents 32×32, one step", small, 32, 512),
        unet("U-Net of Stable Diffusion 1.5, latents 64×64, one step", large, 64, 768),
    ]
}
