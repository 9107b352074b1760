//! `kindling generate`: pictures from prompts.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use kindling_inputs::write_png;
use kindling_tasks::{GenerateInputs, GenerateOptions, Generator};
use serde_json::json;

use crate::{Generate, files};

/// Parts of a folder in diffusers' layout.
const PARTS: [&str; 6] = ["scheduler", "tokenizer", "text_encoder", "unet", "vae", "controlnet"];

/// One picture, or with `--batch` several, each written with its settings inside.
pub fn run(args: &Generate) -> Result<()> {
    let dir = files::model(args.shared.model.as_deref(), "text2image")?;
    let mut read = files::parts(&dir, &PARTS)?;
    if let Some(controlnet) = &args.controlnet {
        files::part(controlnet, "controlnet", &mut read)?;
    }
    let model = Rc::new(Generator::load(read, &args.shared.device.device())?);
    let options = options(args, &model)?;
    let bytes = |path: &Option<PathBuf>| path.as_deref().map(picture).transpose();
    let inputs = GenerateInputs { init: bytes(&args.init)?, mask: bytes(&args.mask)?, control: bytes(&args.edges)? };
    let started = Instant::now();
    let (mut run, plan) = model.start(&options, &inputs)?;
    if plan.truncated {
        eprintln!("kindling: a prompt longer than {} tokens was cut", model.info().max_tokens);
    }
    loop {
        let done = pollster::block_on(run.step())?;
        if args.shared.json {
            println!("{}", json!({"done": done.done, "of": done.of, "timestep": done.timestep}));
        } else {
            let each = started.elapsed().as_secs_f64() / done.done as f64;
            eprint!("\r{} of {}, {:.1} s left   ", done.done, done.of, each * (done.of - done.done) as f64);
        }
        if done.finished {
            break;
        }
    }
    if !args.shared.json {
        eprintln!();
    }
    for (at, image) in pollster::block_on(run.finish())?.iter().enumerate() {
        let one = GenerateOptions { seed: options.seed + at as u64, batch: 1, ..options.clone() };
        let path = numbered(&args.out, at, options.batch);
        let text = [("kindling".to_string(), json!({"version": 1, "settings": one}).to_string())];
        let png = write_png(image.width, image.height, &image.rgba, &text)?;
        std::fs::write(&path, png).with_context(|| format!("picture at {}", path.display()))?;
        let name = path.display().to_string();
        if args.shared.json {
            println!("{}", json!({"out": name, "seed": one.seed, "width": image.width, "height": image.height}));
        } else {
            println!("{name}\tseed {}", one.seed);
        }
    }
    Ok(())
}

fn picture(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("picture at {}", path.display()))
}

/// `out.png`, or `out-1.png`, `out-2.png`, … where there are several.
fn numbered(out: &Path, at: usize, count: usize) -> PathBuf {
    if count == 1 {
        return out.to_path_buf();
    }
    let stem = out.file_stem().and_then(|stem| stem.to_str()).unwrap_or("picture");
    out.with_file_name(format!("{stem}-{}.png", at + 1))
}

fn options(args: &Generate, model: &Generator) -> Result<GenerateOptions> {
    let info = model.info();
    let sampler = match &args.sampler {
        Some(name) => kindling_tasks::Sampler::named(name).with_context(|| {
            let all: Vec<&str> = kindling_tasks::Sampler::ALL.iter().map(|sampler| sampler.name()).collect();
            format!("no sampler {name:?} (there are {})", all.join(", "))
        })?,
        None => info.sampler,
    };
    if args.seed > u64::from(u32::MAX) {
        bail!("seed {}, above {}", args.seed, u32::MAX);
    }
    Ok(GenerateOptions {
        prompt: args.prompt.clone(),
        negative_prompt: args.negative.clone(),
        sampler,
        karras: args.karras || (args.sampler.is_none() && info.karras),
        steps: args.steps,
        guidance: args.guidance,
        seed: args.seed,
        width: args.width.unwrap_or(info.size),
        height: args.height.unwrap_or(info.size),
        batch: args.batch,
        strength: args.strength,
        control_weight: args.control_weight,
        edge_low: args.edge_low,
        edge_high: args.edge_high,
        ..GenerateOptions::default()
    })
}
