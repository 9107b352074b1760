//! Edges, pixel by pixel against OpenCV's.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::PathBuf;

use kindling_inputs::{Gradient, InputError, Picture, PictureFormat, edges, luma};
use proptest::prelude::*;
use safetensors::SafeTensors;
use serde_json::json;

fn file(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/edges");
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn picture(width: u32, height: u32, rgb: Vec<u8>) -> Picture {
    Picture { width, height, rgb, format: PictureFormat::Png }
}

fn grey(picture: &Picture) -> Picture {
    let rgb = picture.rgb.as_chunks().0.iter().flat_map(|&pixel| [luma(pixel); 3]).collect();
    Picture { rgb, ..*picture }
}

#[test]
fn every_edge_pixel_is_opencvs() {
    let (pictures, maps) = (file("pictures.safetensors"), file("edges.safetensors"));
    let pictures = SafeTensors::deserialize(&pictures).unwrap();
    let maps = SafeTensors::deserialize(&maps).unwrap();
    let mut on = 0;
    for (name, map) in maps.tensors() {
        let parts: Vec<&str> = name.split('/').collect();
        let drawn = pictures.tensor(parts[0]).unwrap();
        let mut source = picture(drawn.shape()[1] as u32, drawn.shape()[0] as u32, drawn.data().to_vec());
        if parts.contains(&"grey") {
            source = grey(&source);
        }
        let [low, high, gradient] = *parts.last_chunk().unwrap();
        let gradient = if gradient == "l2" { Gradient::L2 } else { Gradient::L1 };
        let found = edges(&source, low.parse().unwrap(), high.parse().unwrap(), gradient).unwrap();
        assert_eq!((found.width, found.height, found.rgb.len()), (source.width, source.height, source.rgb.len()));
        for (at, pixel) in found.rgb.as_chunks::<3>().0.iter().enumerate() {
            let expected = if map.data()[at / 8] >> (7 - at % 8) & 1 == 1 { [255; 3] } else { [0; 3] };
            assert_eq!(*pixel, expected, "{name}: pixel {at}");
            on += usize::from(pixel[0] == 255);
        }
    }
    assert!(maps.len() >= 60 && on > 10_000, "{} maps, {on} edge pixels", maps.len());
}

#[test]
fn thresholds_that_are_no_numbers_are_refused_by_name() {
    let black = picture(3, 3, vec![0; 27]);
    for wrong in [f64::NAN, -1.0, f64::INFINITY] {
        for (low, high, expected) in [(wrong, 1.0, "edge_low"), (1.0, wrong, "edge_high")] {
            let error = edges(&black, low, high, Gradient::L1).unwrap_err();
            assert_eq!(error.kind(), "generate_options");
            let InputError::EdgeThreshold { field, .. } = &error else { panic!("{error}") };
            assert_eq!(field, expected);
            assert_eq!(serde_json::to_value(&error).unwrap()["code"], json!("edge_threshold"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn more_is_never_found_with_higher_thresholds(
        (width, height, rgb) in (0_u32..20, 0_u32..20).prop_flat_map(|(width, height)| {
            let count = (width * height * 3) as usize;
            (Just(width), Just(height), prop::collection::vec(any::<u8>(), count..=count))
        }),
        low in 0.0_f64..3e9, high in 0.0_f64..1200.0, more in 0.0_f64..400.0, long in any::<bool>(),
    ) {
        let source = picture(width, height, rgb);
        let gradient = if long { Gradient::L2 } else { Gradient::L1 };
        let few = edges(&source, low + more, high + more, gradient).unwrap();
        let many = edges(&source, low, high, gradient).unwrap();
        prop_assert!(few.rgb.iter().zip(&many.rgb).all(|(few, many)| few <= many));
        prop_assert_eq!(many.rgb.len(), source.rgb.len());
    }
}
