//! A real checkpoint and a whole one: TAEF2's weights as published, and Stable Diffusion 1.5's U-Net at full size with weights from
//! a formula.

use burn::tensor::{Device, Tensor, TensorData, s};
use kindling_inputs::decode_picture;
use kindling_models::SEGMENT_NAMES;
use kindling_models::diffusion::{AutoencoderTiny, AutoencoderTinyConfig, Extra, UNet2DConditionConfig};
use kindling_tests::{fixture, formula, member, pth, shared};
use kindling_weights::Checkpoint;
use pollster::block_on;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::Value;

/// Relative to the reference's largest number.
const TOLERANCE: f32 = 1e-4;

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let data = block_on(tensor.into_data_async()).expect("a readback");
    data.try_to_vec::<f32>().expect("f32")
}

/// Both halves of TAEF2 as one file in diffusers' names, and the encoder's and decoder's own places in their sequences.
fn taef2() -> Option<AutoencoderTiny> {
    let (encoder, decoder) = (shared("models/taef2_encoder.pth")?, shared("models/taef2_decoder.pth")?);
    let mut tensors = Vec::new();
    for (half, path, shift) in [("encoder", encoder, 0), ("decoder", decoder, 1)] {
        for (name, stored) in pth::read(&std::fs::read(path).expect("a checkpoint")) {
            assert_eq!(stored.storage, "HalfStorage");
            let (place, rest) = name.split_once('.').expect("a place in the sequence");
            let place: usize = place.parse().expect("a number");
            // The original's decoder begins with the clamp, which diffusers keeps outside.
            tensors.push((format!("{half}.layers.{}.{rest}", place - shift), stored));
        }
    }
    let views = tensors.iter().map(|(name, stored)| {
        (name, TensorView::new(Dtype::F16, stored.shape.clone(), &stored.bytes).expect("a tensor of its shape"))
    });
    let checkpoint = Checkpoint::parse(serialize(views, None).expect("checkpoint")).expect("header");
    let config = AutoencoderTinyConfig { latent_channels: 32, use_midblock_gn: true, ..Default::default() };
    let empty = config.init(&Device::flex()).expect("a model");
    let (model, report) = kindling_weights::load(empty, &checkpoint, &SEGMENT_NAMES).expect("weights");
    assert_eq!(report.unused, Vec::<String>::new());
    assert_eq!(report.parameters, 2_677_027);
    Some(model)
}

/// `[1, 3, height, width]`, −1…1
fn image(values: Vec<f32>, height: usize, width: usize) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values, [1, 3, height, width]), &Device::flex())
}

#[test]
fn the_real_taef2_gives_the_references_numbers_and_pictures() {
    let Some(model) = taef2() else { return };
    let told = std::fs::read(fixture("diffusion/taef2.json")).expect("taef2.json");
    let told: Value = serde_json::from_slice(&told).expect("JSON");
    let same = |name: &str, found: &[f32]| {
        let list = |key: &str| told["formula"][name][key].as_array().expect("a list").clone();
        let values: Vec<f32> = list("values").iter().map(|v| v.as_f64().expect("a number") as f32).collect();
        let largest = values.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        for (place, value) in list("places").iter().zip(values) {
            let ours = found[place.as_u64().expect("a place") as usize];
            assert!((ours - value).abs() <= TOLERANCE * largest, "{name} at {place}: {ours}, not {value}");
        }
    };
    let x: Vec<f32> = formula::pixel_values(1, 64).into_iter().map(|value| value / 4.0).collect();
    same("x", &x);
    let latents = model.encode(image(x, 64, 64));
    same("latents", &numbers(latents.clone()));
    same("decoded", &numbers(model.decode(latents)));

    let Some(archive) = shared("images/caltech101_96px.zip") else { return };
    let archive = std::fs::read(archive).expect("an archive");
    let mut sum = 0.0;
    let photos = told["photos"].as_array().expect("photos");
    for photo in photos {
        let picture = decode_picture(member(&archive, photo["name"].as_str().expect("a name"))).expect("a photo");
        let (height, width) = (picture.height as usize / 8 * 8, picture.width as usize / 8 * 8);
        let pixel = |at: usize| {
            let (colour, y, x) = (at / (height * width), at / width % height, at % width);
            f32::from(picture.rgb[(y * picture.width as usize + x) * 3 + colour]) / 255.0
        };
        let wanted: Vec<f32> = (0..3 * height * width).map(pixel).collect();
        let pixels = image(wanted.iter().map(|value| value * 2.0 - 1.0).collect(), height, width);
        let back = numbers(model.decode(model.encode(pixels)));
        let square = |(a, b): (&f32, &f32)| f64::from((a / 2.0 + 0.5).clamp(0.0, 1.0) - b).powi(2);
        let mean = back.iter().zip(&wanted).map(square).sum::<f64>() / wanted.len() as f64;
        let psnr = -10.0 * mean.log10();
        println!("{}: {psnr:.2} dB", photo["name"]);
        let reference = photo["psnr"].as_f64().expect("a number");
        assert!((psnr - reference).abs() < 0.1, "{}: {psnr:.2} dB, the reference has {reference}", photo["name"]);
        sum += psnr;
    }
    let mean = sum / photos.len() as f64;
    println!("TAEF2, mean of {} photos: {mean:.2} dB", photos.len());
    assert!(mean >= 27.0);
}

/// A safetensors file, made in one buffer: a second copy of a model of this size would be felt.
fn formula_file(shapes: &[(String, Vec<usize>)]) -> Vec<u8> {
    let mut header = serde_json::Map::new();
    let mut end = 0;
    for (name, shape) in shapes {
        let start = end;
        end += 4 * shape.iter().product::<usize>();
        let entry = serde_json::json!({"dtype": "F32", "shape": shape, "data_offsets": [start, end]});
        header.insert(name.clone(), entry);
    }
    let header = serde_json::to_vec(&header).expect("a header");
    let mut file = Vec::with_capacity(8 + header.len() + end);
    file.extend((header.len() as u64).to_le_bytes());
    file.extend(header);
    for (name, shape) in shapes {
        file.extend(formula::weights(name, shape).iter().flat_map(|value| value.to_le_bytes()));
    }
    file
}

fn floats(golden: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let tensor = golden.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    tensor.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// 860 million numbers: 3.4 GB in the file and as much on the device.
#[test]
fn stable_diffusion_15s_whole_unet_loads_and_takes_a_step() {
    let dir = fixture("diffusion/unet-sd15-formula");
    let config = std::fs::read(dir.join("config.json")).expect("config.json");
    let config: UNet2DConditionConfig = serde_json::from_slice(&config).expect("a configuration");
    let device = Device::flex();
    let empty = config.init(&device).expect("a model");
    let shapes = kindling_weights::expected(&empty, &SEGMENT_NAMES);
    let checkpoint = Checkpoint::parse(formula_file(&shapes)).expect("header");
    let (model, report) = kindling_weights::load(empty, &checkpoint, &SEGMENT_NAMES).expect("weights");
    drop(checkpoint);
    assert_eq!((report.parameters, shapes.len()), (859_520_964, 686));
    let input = |name: &str, shape: &[usize]| -> Vec<f32> {
        formula::weights(name, shape).into_iter().map(|value| 64.0 * value).collect()
    };
    let sample = input("sample", &[1, 4, 32, 32]);
    let sample = Tensor::<4>::from_data(TensorData::new(sample, [1, 4, 32, 32]), &device);
    let states = input("encoder_hidden_states", &[1, 77, 768]);
    let states = Tensor::<3>::from_data(TensorData::new(states, [1, 77, 768]), &device);
    let golden = std::fs::read(dir.join("golden_io.safetensors")).expect("golden file");
    let golden = SafeTensors::deserialize(&golden).expect("golden file");
    let mut compared = 0;
    let mut compare = |name: &str, ours: Tensor<4>| {
        let (ours, reference) = (numbers(ours), floats(&golden, name));
        assert_eq!(ours.len(), reference.len(), "{name}");
        let gap = |(a, b): (&f32, &f32)| if a.is_finite() { (a - b).abs() } else { f32::INFINITY };
        let off = ours.iter().zip(&reference).map(gap).fold(0.0, f32::max);
        let largest = reference.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        println!("SD 1.5 U-Net, {name}: relative {:.1e}", off / largest);
        assert!(off <= TOLERANCE * largest, "{name} is off by {off:.1e} of {largest:.1}");
        compared += 1;
    };
    let out = model.watched(sample, &[500.0], states, Extra::default(), |name, x| {
        let every = (x.dims()[1] / 8) as isize;
        compare(&name, x.clone().slice(s![.., ..;every, ..;4, ..;4]));
    });
    compare("out_32", out);
    assert_eq!(compared, 10);
}
