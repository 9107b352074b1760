//! U-Net, ControlNet and autoencoders against diffusers: tiny random checkpoints, block by block.

use std::path::Path;

use burn::tensor::Device;
use kindling_tests::{assert_within, fixture, shared};
use pollster::block_on;

fn within(dir: &Path, tolerance: f32, names: &[&str]) {
    let read = |name: &str| {
        std::fs::read(dir.join(name)).unwrap_or_else(|error| panic!("{name} in {}: {error}", dir.display()))
    };
    let found = block_on(kindling_tasks::parity(
        &read("config.json"),
        read("diffusion_pytorch_model.safetensors"),
        read("golden_io.safetensors"),
        &Device::flex(),
    ));
    assert_within(dir, &found.expect("parity run"), tolerance, names);
}

fn own(name: &str, names: &[&str]) {
    within(&fixture("diffusion").join(name), 1e-4, names);
}

#[test]
fn the_shared_tiny_unet_agrees_to_1e_4() {
    let Some(dir) = shared("golden/unet2dcond-tiny-random") else { return };
    within(&dir, 1e-4, &["out"]);
}

#[test]
fn the_shared_autoencoders_agree_to_1e_4() {
    let Some(dir) = shared("golden/autoencoderkl-tiny-random") else { return };
    within(&dir, 1e-4, &["latent_mean", "decoded"]);
    let Some(dir) = shared("golden/autoencodertiny-random") else { return };
    within(&dir, 1e-4, &["latents", "decoded"]);
}

#[test]
fn stable_diffusion_1_agrees_block_by_block() {
    own("unet-sd1", &["down_blocks.0", "down_blocks.3", "mid_block", "up_blocks.0", "up_blocks.3", "out"]);
}

#[test]
fn stable_diffusion_2_with_heads_by_block_and_odd_sizes_agrees() {
    own("unet-sd2", &["down_blocks.3", "mid_block", "up_blocks.3", "out"]);
}

#[test]
fn nine_channels_for_inpainting_agree() {
    own("unet-inpaint", &["mid_block", "out"]);
}

#[test]
fn a_guidance_embedding_and_no_middle_agree() {
    own("unet-lcm", &["down_blocks.1", "up_blocks.0", "out"]);
}

#[test]
fn lists_for_layers_transformers_and_prompt_widths_agree() {
    own("unet-lists", &["down_blocks.2", "mid_block", "up_blocks.2", "out"]);
}

#[test]
fn a_middle_without_attention_and_unusual_switches_agree() {
    own("unet-mid", &["mid_block", "out"]);
    own("unet-plain", &["mid_block", "out"]);
}

#[test]
fn controlnets_agree() {
    own("controlnet-sd1", &["down_block_res_samples.0", "down_block_res_samples.11", "mid_block_res_sample"]);
    own("controlnet-heads", &["down_block_res_samples.3", "mid_block_res_sample"]);
}

#[test]
fn autoencoders_agree_both_ways() {
    own("vae-kl", &["latent_mean", "latent_std", "decoded", "decoded_latents"]);
    own("vae-kl-plain", &["latent_mean", "latent_std", "decoded", "decoded_latents"]);
    own("vae-tiny-f4", &["latents", "decoded"]);
    own("vae-tiny-f8", &["latents", "decoded"]);
}
