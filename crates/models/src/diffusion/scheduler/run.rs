//! The one loop body of every sampler.

use super::{Level, SLOTS, Schedule, Source, Step};

/// What a sampler asks of latents: tensors on a device, or plain numbers in a test.
pub trait Latents: Clone {
    /// Each number times `factor`.
    fn times(&self, factor: f64) -> Self;
    /// Number by number.
    fn plus(self, other: Self) -> Self;
    /// Each number, no further from 0 than `limit`.
    fn cut(self, limit: f64) -> Self;
}

/// A run through a schedule: `while let Some(step) = run.step()`, pass [`Run::input`] through the network at
/// `step.timestep`, give what it says to [`Run::advance`].
#[derive(Debug, Clone)]
pub struct Run<L> {
    schedule: Schedule,
    at: usize,
    /// The latents now; inpainting puts its known part back here.
    pub sample: L,
    kept: [Option<L>; SLOTS],
}

impl<L: Latents> Run<L> {
    /// From latents that are at the schedule's first level.
    pub fn new(schedule: Schedule, sample: L) -> Self {
        Self { schedule, at: 0, sample, kept: Default::default() }
    }

    /// From noise of variance 1 alone.
    pub fn from_noise(schedule: Schedule, noise: &L) -> Self {
        let sample = noise.times(schedule.init_noise_sigma);
        Self::new(schedule, sample)
    }

    /// From a picture's latents, noised as far as the schedule's strength says.
    pub fn from_picture(schedule: Schedule, picture: &L, noise: &L) -> Self {
        let sample = mixed(schedule.level(0), picture, noise);
        Self::new(schedule, sample)
    }

    /// The schedule that is run.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Passes done.
    pub fn done(&self) -> usize {
        self.at
    }

    /// The pass to do next; none where the run is over.
    pub fn step(&self) -> Option<&Step> {
        self.schedule.steps.get(self.at)
    }

    /// What the network reads in that pass.
    pub fn input(&self) -> L {
        let scale = self.schedule.level(self.at).input_scale;
        if scale == 1.0 { self.sample.clone() } else { self.sample.times(scale) }
    }

    /// A picture's latents as noisy as the sample is now: what inpainting knows.
    pub fn known(&self, picture: &L, noise: &L) -> L {
        mixed(self.schedule.level(self.at), picture, noise)
    }

    /// Goes on by one pass. `noise`, of variance 1, is called where a step adds fresh noise. Gives the picture as
    /// predicted here; none where the run is over.
    pub fn advance(&mut self, output: L, noise: impl FnOnce() -> L) -> Option<L> {
        let step = self.schedule.steps.get(self.at)?;
        let [of_sample, of_output] = step.denoised;
        let denoised = match of_sample {
            0.0 => output.times(of_output),
            _ => self.sample.times(of_sample).plus(output.times(of_output)),
        };
        let denoised = step.clip.into_iter().fold(denoised, L::cut);
        let adds_noise = step.next.iter().any(|(source, _)| *source == Source::Noise);
        let noise = adds_noise.then(noise);
        let tensor = |source: Source| match source {
            Source::Sample => Some(&self.sample),
            Source::Output => Some(&output),
            Source::Denoised => Some(&denoised),
            Source::Noise => noise.as_ref(),
            Source::Kept(slot) => self.kept[slot].as_ref(),
        };
        let sum = |terms: &[(Source, f64)]| {
            let terms = terms.iter().filter_map(|(source, factor)| Some(tensor(*source)?.times(*factor)));
            terms.reduce(L::plus)
        };
        let kept: Vec<(usize, Option<L>)> = step.keep.iter().map(|(slot, terms)| (*slot, sum(terms))).collect();
        let next = sum(&step.next)?;
        for (slot, tensor) in kept {
            self.kept[slot] = tensor;
        }
        self.sample = next;
        self.at += 1;
        Some(denoised)
    }
}

fn mixed<L: Latents>(level: Level, picture: &L, noise: &L) -> L {
    let picture = picture.times(level.signal);
    if level.noise == 0.0 { picture } else { picture.plus(noise.times(level.noise)) }
}
