//! Noise, pictures and masks, against what PyTorch and diffusers make of them.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::PathBuf;

use kindling_inputs::{
    Fit, Picture, PictureFormat, TorchGenerator, control_pixels, fitted, init_pixels, mask, mask_latents,
};
use proptest::prelude::*;
use safetensors::SafeTensors;
use serde_json::Value;

fn file(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/edges");
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn crc32(values: &[f32]) -> u64 {
    let step = |sum: u32| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 };
    let bytes = values.iter().flat_map(|value| value.to_le_bytes());
    u64::from(!bytes.fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(byte), |sum, _| step(sum))))
}

#[test]
fn seeds_give_pytorchs_noise() {
    let bytes = file("noise.safetensors");
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let requests: Vec<usize> = serde_json::from_str(&header.metadata().as_ref().unwrap()["requests"]).unwrap();
    let golden = SafeTensors::deserialize(&bytes).unwrap();
    let mut worst = 0.0_f32;
    for (seed, expected) in golden.tensors() {
        let mut generator = TorchGenerator::new(seed.parse().unwrap());
        let found: Vec<f32> = requests.iter().flat_map(|&count| generator.randn(count)).collect();
        let expected: Vec<f32> = expected.data().as_chunks::<4>().0.iter().map(|&v| f32::from_le_bytes(v)).collect();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            worst = worst.max((found - expected).abs());
            assert!((found - expected).abs() <= 1e-6, "seed {seed}: {found}, where PyTorch has {expected}");
        }
        // Requests below a block come in double precision, and are the same to the last bit.
        assert_eq!(found[..4], expected[..4], "seed {seed}");
    }
    assert!(golden.len() >= 7);
    println!("off by {worst:e} at most");
}

fn drawn(golden: &SafeTensors, name: &str) -> Picture {
    let tensor = golden.tensor(name).unwrap();
    let [height, width, 3] = *tensor.shape() else { panic!("{name}: {:?}", tensor.shape()) };
    Picture { width: width as u32, height: height as u32, rgb: tensor.data().to_vec(), format: PictureFormat::Png }
}

#[test]
fn pictures_are_prepared_as_diffusers_prepares_them() {
    let pictures = file("pictures.safetensors");
    let pictures = SafeTensors::deserialize(&pictures).unwrap();
    let cases: Vec<Value> = serde_json::from_slice(&file("inputs.json")).unwrap();
    for case in &cases {
        let text = |field: &str| case[field].as_str().unwrap();
        let number = |field: &str| case[field].as_u64().unwrap();
        let picture = drawn(&pictures, text("picture"));
        let (width, height) = (number("width") as u32, number("height") as u32);
        let fit = if text("fit") == "crop" { Fit::Crop } else { Fit::Stretch };
        let found = match text("kind") {
            "init" => init_pixels(&picture, width, height, fit),
            "control" => control_pixels(&picture, width, height, fit),
            "mask" => mask(&picture, width, height, fit),
            _ => mask_latents(&mask(&picture, width, height, fit), width, height, number("factor") as u32),
        };
        let sample: Vec<f32> = found.iter().step_by(number("step") as usize).copied().collect();
        let expected: Vec<f32> =
            case["sample"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect();
        let name = format!("{} {} {width}×{height} {}", text("picture"), text("kind"), text("fit"));
        assert_eq!(sample, expected, "{name}");
        // Not one of all the numbers is another.
        assert_eq!(crc32(&found), number("crc32"), "{name}");
    }
    assert!(cases.len() >= 400, "{} cases", cases.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_size_fits_any_other(
        from in (1_u32..70, 1_u32..70), to in (0_u32..70, 0_u32..70), factor in 0_u32..10, crop in any::<bool>(),
    ) {
        let rgb = (0..from.0 * from.1 * 3).map(|at| (at * 7) as u8).collect();
        let picture = Picture { width: from.0, height: from.1, rgb, format: PictureFormat::Png };
        let fit = if crop { Fit::Crop } else { Fit::Stretch };
        let pixels = init_pixels(&picture, to.0, to.1, fit);
        prop_assert_eq!(pixels.len(), (to.0 * to.1 * 3) as usize);
        prop_assert!(pixels.iter().all(|value| (-1.0..=1.0).contains(value)));
        let mask = mask(&picture, to.0, to.1, fit);
        let latents = mask_latents(&mask, to.0, to.1, factor);
        let cells = |side: u32| side.checked_div(factor).unwrap_or(0);
        prop_assert_eq!(latents.len(), (cells(to.0) * cells(to.1)) as usize);
    }
}

#[test]
fn lines_of_pixels_take_no_room() {
    for (width, height) in [(1, 65_535), (65_535, 1)] {
        let picture = Picture { width, height, rgb: vec![9; 3 * 65_535], format: PictureFormat::Png };
        for fit in [Fit::Stretch, Fit::Crop] {
            let seen = fitted(&picture, 512, 512, fit);
            assert!(seen.rgb.len() == 512 * 512 * 3 && seen.rgb.iter().all(|&value| value == 9));
        }
    }
}
