//! `kindling match`: pictures against labels.

use std::io::Write;

use anyhow::{Context, Result, bail, ensure};
use kindling_tasks::{ImageText, fill};
use serde_json::json;

use crate::{Match, files};

/// One line a picture, as each is done. A picture that is refused does not stop the others, but the exit status tells.
pub fn run(args: &Match) -> Result<()> {
    let mut labels = files::texts(&args.labels)?;
    labels.retain(|label| !label.trim().is_empty());
    ensure!(!labels.is_empty(), "no label in {}", args.labels.display());
    if let Some(temperature) = args.temperature {
        ensure!(temperature.is_finite() && temperature > 0.0, "temperature {temperature}, not above 0");
    }
    let images = files::expand(&args.images)?;
    let dir = files::model(args.shared.model.as_deref(), "clip")?;
    let clip = ImageText::load(files::clip(&dir)?, &args.shared.device.device())?;
    let scale = args.temperature.map_or(clip.info().logit_scale, |temperature| 1.0 / temperature);
    let prompts: Vec<String> = labels.iter().map(|label| fill(&args.template, label)).collect();
    let prompts: Vec<&str> = prompts.iter().map(String::as_str).collect();
    let vectors = pollster::block_on(clip.embed_labels(&prompts))?.vectors;
    let mut out = std::io::stdout().lock();
    let mut refused = 0;
    for (index, path) in images.iter().enumerate() {
        let name = path.display().to_string();
        let image = std::fs::read(path)
            .with_context(|| format!("picture at {name}"))
            .and_then(|bytes| Ok(pollster::block_on(clip.embed_image(&bytes))?));
        let image = match image {
            Ok(image) => image,
            Err(error) => {
                refused += 1;
                eprintln!("kindling: {name}: {error:#}");
                if args.shared.json {
                    writeln!(out, "{}", json!({"index": index, "image": name, "error": format!("{error:#}")}))?;
                }
                continue;
            }
        };
        let found = clip.matches(&image.vector, &vectors, scale);
        let (cosines, probabilities, best) = (&found.cosines[0], &found.probabilities[0], found.best[0]);
        if args.shared.json {
            let line = json!({"index": index, "image": name, "best": labels[best], "labels": labels, "cosines": cosines,
                "probabilities": probabilities, "width": image.width, "height": image.height, "crop": image.crop});
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "{name}\t{}\t{:.3}\t{:.1} %", labels[best], cosines[best], probabilities[best] * 100.0)?;
        }
    }
    if refused > 0 {
        bail!("{refused} of {} pictures refused", images.len());
    }
    Ok(())
}
