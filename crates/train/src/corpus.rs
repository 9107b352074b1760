//! Parallel text for the encoder: what is read, what is held out. No sentiment label is read anywhere in this file.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};

/// Where a pair comes from; each source is drawn at its own rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// Tatoeba sentences (CC BY 2.0 FR).
    Tatoeba,
    /// Sentences written for this project.
    Phrases,
    /// Sentences composed from this project's templates.
    Templates,
    /// Wordnet lemmas with their translations (Open English WordNet, Chinese Open Wordnet, CILI).
    Lemmas,
    /// Wordnet glosses with the Chinese lemmas they explain.
    Glosses,
}

/// Every source, in the order of the model card's table.
pub const SOURCES: [Source; 5] = [Source::Tatoeba, Source::Phrases, Source::Templates, Source::Lemmas, Source::Glosses];

/// The same thing said in two languages.
#[derive(Debug, Clone)]
pub struct Pair {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
    /// Where it is from.
    pub source: Source,
}

/// Training pairs and the Tatoeba pairs that training never sees.
pub struct Corpus {
    /// For training.
    pub train: Vec<Pair>,
    /// For retrieval scores.
    pub held_out: Vec<Pair>,
}

impl Corpus {
    /// Reads and composes everything, the same for the same seed.
    pub fn read(data: &Path, own: &Path, composed: usize, seed: u64) -> Result<Self> {
        let mut rng = StdRng::seed_from_u64(seed);
        let (mut train, held_out) = tatoeba(&data.join("text/tatoeba_cmn_eng.txt"), &mut rng)?;
        let held: HashSet<&str> = held_out.iter().flat_map(|pair| [pair.en.as_str(), pair.zh.as_str()]).collect();
        let mut more = tab_pairs(&own.join("phrases.tsv"), Source::Phrases)?;
        more.extend(compose(&own.join("templates.tsv"), composed, &mut rng)?);
        more.extend(wordnet(&data.join("text/wn_zh_en_pairs.tsv"), &mut rng)?);
        train.extend(
            more.into_iter().filter(|pair| !held.contains(pair.en.as_str()) && !held.contains(pair.zh.as_str())),
        );
        Ok(Self { train, held_out })
    }
}

fn lines(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("training text at {}", path.display()))
}

/// 1,000 pairs are held out, with every other pair that shares a side with one of them.
fn tatoeba(path: &Path, rng: &mut StdRng) -> Result<(Vec<Pair>, Vec<Pair>)> {
    let text = lines(path)?;
    let mut pairs: Vec<Pair> = text
        .lines()
        .filter_map(|line| {
            let mut fields = line.split('\t');
            Some(Pair { en: fields.next()?.into(), zh: fields.next()?.into(), source: Source::Tatoeba })
        })
        .collect();
    pairs.shuffle(rng);
    let (mut sides, mut held_out) = (HashSet::new(), Vec::new());
    for pair in &pairs {
        // Very short sentences ("Hi.") have many equal translations: retrieval would be a lottery.
        if held_out.len() < 1000
            && pair.en.split(' ').count() >= 4
            && !sides.contains(&pair.en)
            && !sides.contains(&pair.zh)
        {
            sides.extend([pair.en.clone(), pair.zh.clone()]);
            held_out.push(pair.clone());
        }
    }
    pairs.retain(|pair| !sides.contains(&pair.en) && !sides.contains(&pair.zh));
    Ok((pairs, held_out))
}

fn tab_pairs(path: &Path, source: Source) -> Result<Vec<Pair>> {
    let text = lines(path)?;
    let pair =
        |line: &str| line.split_once('\t').map(|(en, zh)| Pair { en: en.trim().into(), zh: zh.trim().into(), source });
    Ok(text.lines().filter_map(pair).collect())
}

/// `L zh en, en` are lemmas; `G zh, zh gloss` are glosses. A seeded part of each.
fn wordnet(path: &Path, rng: &mut StdRng) -> Result<Vec<Pair>> {
    let text = lines(path)?;
    let (mut lemmas, mut glosses) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let mut fields = line.split('\t');
        let (Some(kind), Some(zh), Some(en)) = (fields.next(), fields.next(), fields.next()) else { continue };
        if zh.chars().count() > 40 || en.len() > 160 {
            continue;
        }
        match kind {
            "L" => {
                let first = en.split(", ").take(2).collect::<Vec<_>>().join(", ");
                lemmas.push(Pair { en: first, zh: zh.into(), source: Source::Lemmas });
            }
            _ => glosses.push(Pair { en: en.into(), zh: zh.into(), source: Source::Glosses }),
        }
    }
    lemmas.shuffle(rng);
    glosses.shuffle(rng);
    lemmas.truncate(30_000);
    glosses.truncate(12_000);
    lemmas.extend(glosses);
    Ok(lemmas)
}

/// The composition grammar: fillers by slot, patterns over slots.
struct Grammar {
    slots: std::collections::HashMap<String, Vec<(String, String)>>,
    patterns: Vec<(String, String)>,
}

impl Grammar {
    fn read(path: &Path) -> Result<Self> {
        let mut grammar = Self { slots: Default::default(), patterns: Vec::new() };
        for line in lines(path)?.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            match fields[..] {
                ["slot", name, en, zh] => grammar.slots.entry(name.into()).or_default().push((en.into(), zh.into())),
                ["pattern", en, zh] => grammar.patterns.push((en.into(), zh.into())),
                _ => {}
            }
        }
        Ok(grammar)
    }

    /// Fills a pattern: a slot's filler is the same on both sides; `{X}` twice is the same filler twice.
    fn fill(&self, pattern: &(String, String), rng: &mut StdRng) -> Option<(String, String)> {
        let (mut en, mut zh) = pattern.clone();
        while let Some(start) = en.find('{') {
            let end = start + en[start..].find('}')?;
            let marker = en[start..=end].to_string();
            let name = marker.trim_matches(['{', '}']).trim_end_matches(|c: char| c.is_ascii_digit());
            let name = if self.slots.contains_key(name) { name } else { marker.trim_matches(['{', '}']) };
            let (en_filler, zh_filler) = self.slots.get(name)?.choose(rng)?;
            en = en.replace(&marker, en_filler);
            zh = zh.replace(&marker, zh_filler);
        }
        (!zh.contains('{')).then(|| (capitalised(&en), zh))
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}

fn compose(path: &Path, count: usize, rng: &mut StdRng) -> Result<Vec<Pair>> {
    let grammar = Grammar::read(path)?;
    let mut seen = HashSet::new();
    let mut pairs = Vec::with_capacity(count);
    for _ in 0..count * 4 {
        if pairs.len() == count {
            break;
        }
        let Some(pattern) = grammar.patterns.choose(rng) else { break };
        let Some((mut en, mut zh)) = grammar.fill(pattern, rng) else { continue };
        // One in three is a longer text of two sentences, as reviews are.
        if rng.random_range(0..3) == 0
            && let Some((en2, zh2)) = grammar.patterns.choose(rng).and_then(|pattern| grammar.fill(pattern, rng))
        {
            en = format!("{en} {en2}");
            zh = format!("{zh}{zh2}");
        }
        if seen.insert(en.clone()) {
            pairs.push(Pair { en, zh, source: Source::Templates });
        }
    }
    Ok(pairs)
}
