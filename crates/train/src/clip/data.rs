//! Pictures with their names: emoji sheets and photos, sorted into concepts, split before anything is trained.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use serde::Deserialize;

use super::{Config, archive};

/// Side of an emoji on its sheet, in pixels; 64 of them stand in a row.
const CELL: u32 = 64;

/// A picture in memory, RGBA, row by row; what is not the object is transparent where that can be told.
pub struct Shelved {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// `[height × width × 4]`
    pub rgba: Vec<u8>,
    /// A photo fills its frame; an emoji stands on a ground.
    pub photo: bool,
}

impl Shelved {
    /// As a file would give it: alpha laid over white.
    pub fn on_white(&self) -> kindling_inputs::Picture {
        let over = |channel: u8, alpha: u8| {
            (u32::from(channel) * u32::from(alpha) + 255 * (255 - u32::from(alpha)) + 127) / 255
        };
        let rgb = self.rgba.chunks(4).flat_map(|p| [0, 1, 2].map(|c| over(p[c], p[3]) as u8)).collect();
        kindling_inputs::Picture {
            width: self.width,
            height: self.height,
            rgb,
            format: kindling_inputs::PictureFormat::Png,
        }
    }
}

/// What something is called, and the pictures of it to learn from.
pub struct Concept {
    /// English name.
    pub en: String,
    /// Chinese name.
    pub zh: String,
    /// English keywords, without the name.
    pub en_words: Vec<String>,
    /// Chinese keywords, without the name.
    pub zh_words: Vec<String>,
    /// Emoji to learn from, one a style.
    pub emoji: Vec<usize>,
    /// Photos to learn from.
    pub photos: Vec<usize>,
}

/// A picture that is never learnt from, and its concept.
pub struct Held {
    /// Place on the shelf.
    pub picture: usize,
    /// English and Chinese name.
    pub name: [String; 2],
}

/// Everything, split.
pub struct Data {
    /// Every picture.
    pub shelf: Vec<Shelved>,
    /// What is learnt.
    pub concepts: Vec<Concept>,
    /// Emoji of the unseen style, of concepts learnt in other styles.
    pub other_style: Vec<Held>,
    /// Emoji of every style but one a concept, of concepts never learnt.
    pub other_concepts: Vec<Held>,
    /// Photos held out.
    pub photos: Vec<Held>,
}

#[derive(Deserialize)]
struct Emoji {
    style: String,
    skin: bool,
    en: String,
    zh: String,
    en_kw: Vec<String>,
    zh_kw: Vec<String>,
    sheet: [u32; 2],
}

/// Reads sheets and photos from the data folder.
pub fn read(config: &Config, data: &Path) -> Result<Data> {
    let mut out = Data {
        shelf: Vec::new(),
        concepts: Vec::new(),
        other_style: Vec::new(),
        other_concepts: Vec::new(),
        photos: Vec::new(),
    };
    let mut by_name: HashMap<String, usize> = HashMap::new();
    emoji(config, data, &mut out, &mut by_name)?;
    photos(config, data, &mut out, &mut by_name)?;
    Ok(out)
}

fn emoji(config: &Config, data: &Path, out: &mut Data, by_name: &mut HashMap<String, usize>) -> Result<()> {
    let path = data.join("emoji/emoji_meta.json");
    let bytes = std::fs::read(&path).with_context(|| format!("emoji names at {}", path.display()))?;
    let all: Vec<Emoji> = serde_json::from_slice(&bytes)?;
    let styles: Vec<&String> = config.train_styles.iter().chain([&config.test_style]).collect();
    let entries: Vec<&Emoji> = all.iter().filter(|e| !e.skin && styles.contains(&&e.style)).collect();
    // Held out by name, so that no style of such a concept is ever learnt.
    let in_all = |name: &str| entries.iter().filter(|e| e.en == name).count() >= styles.len();
    let names: BTreeSet<&str> = entries.iter().map(|e| e.en.as_str()).filter(|name| in_all(name)).collect();
    let mut names: Vec<&str> = names.into_iter().collect();
    names.shuffle(&mut StdRng::seed_from_u64(config.seed));
    let held: BTreeSet<&str> = names.into_iter().take(config.held_out_concepts).collect();
    let mut sheets: BTreeMap<&str, kindling_inputs::Picture> = BTreeMap::new();
    for style in &styles {
        let path = data.join(format!("emoji/{style}_64.webp"));
        let bytes = std::fs::read(&path).with_context(|| format!("emoji at {}", path.display()))?;
        sheets.insert(style, kindling_inputs::decode_picture(&bytes)?);
    }
    for entry in entries {
        let picture = out.shelf.len();
        out.shelf.push(cut(&sheets[entry.style.as_str()], entry.sheet[0] * CELL, entry.sheet[1] * CELL));
        let name = [entry.en.clone(), entry.zh.clone()];
        if held.contains(entry.en.as_str()) {
            if entry.style == config.test_style {
                out.other_concepts.push(Held { picture, name });
            }
        } else if entry.style == config.test_style {
            out.other_style.push(Held { picture, name });
        } else {
            let at = *by_name.entry(entry.en.to_lowercase()).or_insert_with(|| {
                let without = |words: &[String], name: &String| words.iter().filter(|w| *w != name).cloned().collect();
                out.concepts.push(Concept {
                    en: entry.en.clone(),
                    zh: entry.zh.clone(),
                    en_words: without(&entry.en_kw, &entry.en),
                    zh_words: without(&entry.zh_kw, &entry.zh),
                    emoji: Vec::new(),
                    photos: Vec::new(),
                });
                out.concepts.len() - 1
            });
            out.concepts[at].emoji.push(picture);
        }
    }
    let known = |held: &Held| by_name.contains_key(&held.name[0].to_lowercase());
    out.other_style.retain(known);
    Ok(())
}

/// One cell of a sheet, its white ground made transparent from the border inwards.
fn cut(sheet: &kindling_inputs::Picture, y: u32, x: u32) -> Shelved {
    let side = CELL as usize;
    let mut rgba = Vec::with_capacity(side * side * 4);
    for row in 0..CELL {
        let start = (((y + row) * sheet.width + x) * 3) as usize;
        rgba.extend(sheet.rgb[start..start + side * 3].chunks(3).flat_map(|p| [p[0], p[1], p[2], 255]));
    }
    let mut open: Vec<usize> =
        (0..side).flat_map(|i| [i, side * (side - 1) + i, i * side, i * side + side - 1]).collect();
    while let Some(at) = open.pop() {
        let pixel = &mut rgba[at * 4..at * 4 + 4];
        if pixel[3] == 0 || pixel[..3].iter().any(|&c| c < 246) {
            continue;
        }
        pixel[3] = 0;
        let (row, column) = (at / side, at % side);
        open.extend((row > 0).then(|| at - side));
        open.extend((row + 1 < side).then(|| at + side));
        open.extend((column > 0).then(|| at - 1));
        open.extend((column + 1 < side).then(|| at + 1));
    }
    Shelved { width: CELL, height: CELL, rgba, photo: false }
}

fn photos(config: &Config, data: &Path, out: &mut Data, by_name: &mut HashMap<String, usize>) -> Result<()> {
    let names = std::fs::read(data.join("images/caltech101_names_en_zh.json")).context("names of photos")?;
    let names: HashMap<String, [String; 2]> = serde_json::from_slice(&names)?;
    let path = data.join("images/caltech101_96px.zip");
    let bytes = std::fs::read(&path).with_context(|| format!("photos at {}", path.display()))?;
    let mut rng = StdRng::seed_from_u64(config.seed ^ 0x70);
    let mut files = archive::members(&bytes)?;
    files.sort();
    for (file, bytes) in files {
        let Some((class, _)) = file.split_once('/').filter(|_| file.ends_with(".jpg")) else { continue };
        let Some(name) = names.get(class) else { continue };
        let picture = kindling_inputs::decode_picture(bytes)?;
        let rgba = picture.rgb.chunks(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
        let place = out.shelf.len();
        out.shelf.push(Shelved { width: picture.width, height: picture.height, rgba, photo: true });
        if rng.random_bool(config.held_out_photos) {
            out.photos.push(Held { picture: place, name: name.clone() });
            continue;
        }
        let at = *by_name.entry(name[0].to_lowercase()).or_insert_with(|| {
            let [en, zh] = name.clone();
            let (none, emoji) = (Vec::new(), Vec::new());
            out.concepts.push(Concept { en, zh, en_words: none.clone(), zh_words: none, emoji, photos: Vec::new() });
            out.concepts.len() - 1
        });
        out.concepts[at].photos.push(place);
    }
    ensure!(!out.photos.is_empty(), "no photos in {}", path.display());
    Ok(())
}
