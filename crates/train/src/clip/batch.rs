//! What one step learns from, drawn by the seed and the step's number.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};

use super::{Config, IMAGE_SIZE, Prepared, augment, captions, data};

/// One step's input, made on another thread.
pub(super) struct Batch {
    pub(super) pixels: Vec<f32>,
    pub(super) captions: Vec<String>,
    pub(super) concepts: Vec<i32>,
    pub(super) general: Vec<usize>,
    pub(super) kept: Option<Vec<i32>>,
}

fn batch(config: &Config, prepared: &Prepared, step: usize) -> Batch {
    let mut rng = StdRng::seed_from_u64(config.seed ^ (step as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let data = &prepared.data;
    let with = |photos: bool| -> Vec<usize> {
        let some = |c: &data::Concept| !(if photos { &c.photos } else { &c.emoji }).is_empty();
        (0..data.concepts.len()).filter(|&at| some(&data.concepts[at])).collect()
    };
    // Every concept at most once: two captions of one concept would be each other's counter-examples.
    let (mut photo_concepts, mut emoji_concepts) = (with(true), with(false));
    photo_concepts.shuffle(&mut rng);
    photo_concepts.truncate((config.batch as f64 * config.photo_share) as usize);
    emoji_concepts.retain(|at| !photo_concepts.contains(at));
    emoji_concepts.shuffle(&mut rng);
    emoji_concepts.truncate(config.batch - photo_concepts.len());
    let grounds: Vec<&data::Shelved> =
        photo_concepts.iter().map(|&at| &data.shelf[data.concepts[at].photos[0]]).collect();
    let mut out =
        Batch { pixels: Vec::new(), captions: Vec::new(), concepts: Vec::new(), general: Vec::new(), kept: None };
    let picks = photo_concepts.iter().map(|&at| (at, true)).chain(emoji_concepts.iter().map(|&at| (at, false)));
    for (at, photo) in picks {
        let concept = &data.concepts[at];
        let Some(&picture) = (if photo { &concept.photos } else { &concept.emoji }).choose(&mut rng) else { continue };
        out.pixels.extend(augment::view(&data.shelf[picture], &grounds, IMAGE_SIZE, config.augmentation, &mut rng));
        let chinese = rng.random_bool(0.5);
        out.captions.push(captions::caption(concept, photo, chinese, &mut rng));
        out.concepts.push(at as i32);
    }
    out.general = (0..config.general).map(|_| rng.random_range(0..prepared.general.len())).collect();
    if (step as f64) < config.steps as f64 * config.masked_until {
        let side = IMAGE_SIZE / config.patch;
        let mut patches: Vec<i32> = (0..(side * side) as i32).collect();
        patches.shuffle(&mut rng);
        patches.truncate(config.kept_patches);
        out.kept = Some(patches);
    }
    out
}

/// Batches a few steps ahead of the one that trains.
pub(super) fn batches(config: &Config, prepared: &Arc<Prepared>, first: usize) -> Receiver<Batch> {
    let (send, receive) = sync_channel(3);
    let (config, prepared) = (config.clone(), Arc::clone(prepared));
    std::thread::spawn(move || {
        for step in first..config.steps {
            if send.send(batch(&config, &prepared, step)).is_err() {
                return;
            }
        }
    });
    receive
}
