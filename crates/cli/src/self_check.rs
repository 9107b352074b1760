//! `kindling self-check`: whether a device computes what the CPU computes.

use std::time::Instant;

use anyhow::{Result, bail};
use kindling_tasks::{Encoder, ImageText, SelfCheck, UNet};
use pollster::block_on;

use crate::{Folder, files};

/// Loads a folder onto the device and compares it with the CPU, stage by stage; fails where a stage is too far off.
pub fn run(args: &Folder) -> Result<()> {
    let (dir, device) = (&args.dir, args.device.device());
    let config = files::required(dir, "config.json")?;
    let started = Instant::now();
    let found: SelfCheck = match kindling_tasks::architecture(&config)?.as_str() {
        "clip" | "chinese_clip" => {
            let model = ImageText::load(files::clip(dir)?, &device)?;
            block_on(model.self_check(files::weights(dir)?))?
        }
        "UNet2DConditionModel" => {
            let model = UNet::load(&config, files::weights(dir)?, &device)?;
            block_on(model.self_check(files::weights(dir)?))?
        }
        _ => {
            let model = Encoder::load(files::encoder(dir)?, &device)?;
            block_on(model.self_check(files::weights(dir)?))?
        }
    };
    if args.json {
        println!("{}", serde_json::to_string(&found)?);
    } else {
        for stage in &found.stages {
            println!("{:<40} {:.2e}", stage.name, stage.difference);
        }
        for name in &found.left_out {
            println!("{name:<40} not compared: too large for a copy");
        }
        println!("tolerance {:.0e}, {:.1} s", found.tolerance, started.elapsed().as_secs_f64());
    }
    if !found.passed {
        bail!("the device does not compute what the CPU computes");
    }
    Ok(())
}
