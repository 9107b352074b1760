//! DistilBERT: other names, no segments.

use burn::tensor::Device;
use kindling_tasks::{Encoder, TaskError};
use kindling_tests::{encoder_files, fixture};
use pollster::block_on;

use crate::{STATES, prefixed, texts_agree, within};

#[test]
fn the_tiny_checkpoints_agree_layer_by_layer() {
    for name in ["distilbert-tiny", "distilbert-tiny-f16", "distilbert-tiny-bf16"] {
        within(&fixture(name), 1e-5, &STATES);
    }
}

#[test]
fn ids_and_vectors_of_odd_texts_agree() {
    texts_agree(&fixture("distilbert-tiny"), "distilbert");
}

#[test]
fn a_model_inside_one_with_a_head_is_found() {
    let vectors = |encoder: Encoder| block_on(encoder.embed(&["The lamp is warm"])).expect("vectors").vectors;
    let dir = fixture("distilbert-tiny");
    let plain = Encoder::load(encoder_files(&dir), &Device::flex()).expect("model");
    assert_eq!(vectors(prefixed(&dir, "distilbert.")), vectors(plain));
}

#[test]
fn fields_and_tensors_that_do_not_fit_are_named() {
    let refused = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut files = encoder_files(&fixture("distilbert-tiny"));
        let mut config: serde_json::Value = serde_json::from_slice(&files.config).expect("json");
        change(&mut config);
        files.config = config.to_string().into_bytes();
        Encoder::load(files, &Device::flex()).expect_err("refused")
    };
    let cases =
        [("dim", 1_i64 << 40), ("n_layers", 0), ("n_heads", 5), ("hidden_dim", 70_000), ("vocab_size", 3_000_000)];
    for (field, value) in cases {
        let error = refused(&|config| config[field] = value.into());
        assert!(matches!(error, TaskError::Config(_)) && error.to_string().contains(field), "{error}");
    }
    let error = refused(&|config| config["activation"] = "tanhish".into());
    assert!(error.to_string().contains("activation"), "{error}");
    // A tensor goes by the checkpoint's own name.
    let error = refused(&|config| config["n_layers"] = 3.into());
    assert!(error.to_string().contains("transformer.layer.2.attention.q_lin.weight"), "{error}");
    let error = refused(&|config| config["model_type"] = "t5".into());
    assert!(error.to_string().contains("xlm-roberta, distilbert"), "{error}");
}
