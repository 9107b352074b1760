//! What each command does.

use std::io::Write;

use anyhow::{Result, ensure};
use burn::tensor::Device;
use kindling_tasks::{Encoder, LoadReport, Precision, SentimentQuestion, WeightFiles};
use serde_json::json;

use crate::{Embed, Folder, Inspect, Sentiment, Shared, StoreAs, files};

/// Texts a run: large enough to be quick, small enough that output starts soon.
const CHUNK: usize = 64;

/// The sentence encoder that was asked for.
pub fn load(shared: &Shared) -> Result<Encoder> {
    let dir = files::model(shared.model.as_deref(), "encoder")?;
    Ok(Encoder::load(files::encoder(&dir)?, &shared.device.device())?)
}

/// `kindling embed`
pub fn embed(args: &Embed) -> Result<()> {
    let texts = files::texts(&args.texts)?;
    let encoder = load(&args.shared)?;
    let mut out = std::io::stdout().lock();
    for (chunk, part) in texts.chunks(CHUNK).enumerate() {
        let strs: Vec<&str> = part.iter().map(String::as_str).collect();
        let embeddings = pollster::block_on(encoder.embed(&strs))?;
        for (i, vector) in embeddings.rows().enumerate() {
            if args.shared.json {
                let line = json!({"index": chunk * CHUNK + i, "text": part[i], "vector": vector, "tokens": embeddings.tokens[i], "truncated": embeddings.truncated[i]});
                writeln!(out, "{line}")?;
            } else {
                let numbers: Vec<String> = vector.iter().map(|value| format!("{value:.6}")).collect();
                writeln!(out, "{}", numbers.join("\t"))?;
            }
        }
    }
    Ok(())
}

/// `kindling sentiment`
pub fn sentiment(args: &Sentiment) -> Result<()> {
    let texts = files::texts(&args.texts)?;
    let encoder = load(&args.shared)?;
    let mut out = std::io::stdout().lock();
    for (chunk, part) in texts.chunks(CHUNK).enumerate() {
        let labels = vec![args.positive.clone(), args.negative.clone()];
        let question = SentimentQuestion { texts: part.to_vec(), labels, template: args.template.clone() };
        let answer = pollster::block_on(encoder.sentiment(&question))?;
        for (i, row) in answer.rows.iter().enumerate() {
            let score = row.score.unwrap_or_default();
            if args.shared.json {
                let line = json!({"index": chunk * CHUNK + i, "text": part[i], "score": score, "positive": row.cosines[0], "negative": row.cosines[1],
                    "tokens": row.tokens, "truncated": row.truncated});
                writeln!(out, "{line}")?;
            } else {
                writeln!(out, "{score:+.3}\t{:.3}\t{:.3}\t{}", row.cosines[0], row.cosines[1], part[i])?;
            }
        }
    }
    Ok(())
}

/// `kindling inspect`
pub fn inspect(args: &Inspect) -> Result<()> {
    let Folder { dir, device, json } = &args.folder;
    let config = files::required(dir, "config.json")?;
    let device = device.device();
    let found = kindling_tasks::inspect(&config, files::weights(dir)?, &device)?;
    let loaded = args.load.then(|| loaded(args, &config, &device)).transpose()?;
    if *json {
        let mut found = serde_json::to_value(&found)?;
        if let Some(loaded) = &loaded {
            found["device_bytes"] = loaded.bytes.into();
            found["peak_bytes"] = peak_memory().into();
        }
        println!("{found}");
        return Ok(());
    }
    let dtypes: Vec<String> = found.dtypes.iter().map(|(dtype, count)| format!("{count} × {dtype}")).collect();
    println!("architecture  {}", found.architecture);
    println!("parameters    {}", found.parameters);
    println!("bytes         {}", found.bytes);
    println!("tensors       {}", dtypes.join(", "));
    for (title, names) in [("missing", &found.missing), ("misshapen", &found.misshapen), ("unused", &found.unused)] {
        println!("{title:<13} {}", if names.is_empty() { "none".into() } else { names.join("\n              ") });
    }
    if let Some(loaded) = loaded {
        println!("on the device {} bytes", loaded.bytes);
        if let Some(peak) = peak_memory() {
            println!("peak memory   {peak} bytes");
        }
    }
    Ok(())
}

fn loaded(args: &Inspect, config: &[u8], device: &Device) -> Result<LoadReport> {
    let store_as = args.store_as.map(|stored| match stored {
        StoreAs::F32 => Precision::F32,
        StoreAs::F16 => Precision::F16,
        StoreAs::Int8 => Precision::Int8,
    });
    let weights = WeightFiles { store_as, ..files::weights(&args.folder.dir)? };
    Ok(kindling_tasks::try_load(config, weights, device)?)
}

/// The most that this process has held in memory, in bytes; only Linux tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(1024 * line.trim().trim_end_matches(" kB").parse::<u64>().ok()?)
}

/// `kindling parity`
pub fn parity(args: &Folder) -> Result<()> {
    let config = files::required(&args.dir, "config.json")?;
    let weights = files::weights(&args.dir)?;
    let golden = files::required(&args.dir, "golden_io.safetensors")?;
    let differences = pollster::block_on(kindling_tasks::parity(&config, weights, golden, &args.device.device()))?;
    for difference in &differences {
        if args.json {
            println!("{}", serde_json::to_string(difference)?);
        } else {
            println!(
                "{:<24} absolute {:.2e}   relative {:.2e}   of {}",
                difference.name, difference.largest_absolute, difference.largest_relative, difference.count
            );
        }
    }
    ensure!(differences.iter().all(|d| d.largest_absolute.is_finite()), "an output that is not a number");
    Ok(())
}
