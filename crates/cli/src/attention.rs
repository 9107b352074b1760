//! `kindling attention`: how much each token of a text looks at each other one.

use std::io::{Read, Write};

use anyhow::{Result, ensure};
use kindling_inputs::Token;
use kindling_tasks::Attention as Weights;
use serde_json::{Value, json};

use crate::{Attention, commands};

/// Runs the command.
pub fn run(args: &Attention) -> Result<()> {
    let text = match args.text.as_str() {
        "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        }
        text => text.to_owned(),
    };
    let answer = pollster::block_on(commands::load(&args.shared)?.attention(&text))?;
    let planes = chosen(&answer, args.layer, args.head)?;
    let mut out = std::io::stdout().lock();
    if args.shared.json {
        writeln!(out, "{}", as_json(&text, &answer, &planes))?;
    } else {
        write!(out, "{}", as_table(&answer, &planes))?;
    }
    Ok(())
}

/// Which planes are asked for, as (layer, head) from 0. Layers and heads are counted from 1, as people see them.
fn chosen(answer: &Weights, layer: Option<usize>, head: Option<usize>) -> Result<Vec<(usize, usize)>> {
    for (name, asked, all) in [("layer", layer, answer.layers), ("head", head, answer.heads)] {
        ensure!(
            asked.is_none_or(|n| (1..=all).contains(&n)),
            "{name} {}: the model has 1 to {all}",
            asked.unwrap_or(0)
        );
    }
    let pick = |asked: Option<usize>, all: usize| asked.map_or(0..all, |n| n - 1..n);
    Ok(pick(layer, answer.layers).flat_map(|at| pick(head, answer.heads).map(move |part| (at, part))).collect())
}

/// The weights of one head, one row a token.
fn rows(answer: &Weights, (layer, head): (usize, usize)) -> impl Iterator<Item = &[f32]> {
    let size = answer.tokens * answer.tokens;
    answer.weights[(layer * answer.heads + head) * size..][..size].chunks(answer.tokens.max(1))
}

/// The name of each token whose weights are given: its text, or its piece where it stands for none.
fn names(answer: &Weights) -> Vec<&str> {
    let tokens = &answer.view.tokens[..answer.tokens];
    tokens
        .iter()
        .map(
            |Token { special, piece, text, .. }| {
                if *special || text.trim().is_empty() { piece.as_str() } else { text.trim() }
            },
        )
        .collect()
}

fn as_json(text: &str, answer: &Weights, planes: &[(usize, usize)]) -> Value {
    let heads: Vec<Value> = planes
        .iter()
        .map(|&at| json!({"layer": at.0 + 1, "head": at.1 + 1, "weights": rows(answer, at).collect::<Vec<_>>()}))
        .collect();
    json!({"text": text, "tokens": names(answer), "left_out": answer.view.tokens.len() - answer.tokens,
        "layers": answer.layers, "heads_per_layer": answer.heads, "heads": heads})
}

/// Tab-separated: a block a head, a row a token, which looks at the columns.
fn as_table(answer: &Weights, planes: &[(usize, usize)]) -> String {
    let names: Vec<String> = names(answer).iter().map(|name| name.replace(['\t', '\n', '\r'], " ")).collect();
    let mut text = String::new();
    for &at in planes {
        text += &format!("layer {} head {}\t{}\n", at.0 + 1, at.1 + 1, names.join("\t"));
        for (name, row) in names.iter().zip(rows(answer, at)) {
            let weights: Vec<String> = row.iter().map(|weight| format!("{weight:.4}")).collect();
            text += &format!("{name}\t{}\n", weights.join("\t"));
        }
    }
    text
}
