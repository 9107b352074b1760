//! A network that learns pictures, in pieces so short that the page never waits: parts of a step, and parts of the look at all three parts of the data.

use super::convolution::SIDE;
use super::layers::surprise;
use super::optimiser::Pace;
use super::picture_frame::{Filters, LayerGiven, Parts, PictureFrame, PictureReading};
use super::picture_net::PictureNet;
use super::picture_settings::PictureSettings;
use super::{Ended, FitScore, FitScores};
use crate::error::LessonError;
use crate::metrics::ClassReport;
use crate::pictures::{CLASSES, MOST_PICTURES, PIXELS};
use crate::random::Random;

/// First weights that are shown as pictures.
pub const MOST_SHOWN: usize = 64;
/// Multiplications of a piece of work: some milliseconds in a browser.
const PIECE: usize = 16_000_000;
/// Rows of a part of a step at least: gradients are gone over once for each part.
const LEAST: usize = 16;

/// What a piece of work was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    /// A part of a step over many rows.
    Part,
    /// The end of a step.
    Step,
    /// A part of a look.
    Looking,
    /// The end of a look.
    Looked,
    /// There is nothing left to do.
    Over,
}

/// What a look found, and the network that it looked at.
#[derive(Clone)]
struct Look {
    steps: usize,
    scores: FitScores,
    said: Vec<u8>,
    sure: Vec<f32>,
    net: PictureNet,
}

/// A look that goes on.
#[derive(Default)]
struct Looking {
    part: usize,
    at: usize,
    /// Losses and right answers of the three parts.
    sums: [(f64, usize); 3],
    said: Vec<u8>,
    sure: Vec<f32>,
}

/// A fit of a network to pictures.
pub struct PictureFit {
    settings: PictureSettings,
    pixels: Vec<u8>,
    labels: Vec<u8>,
    net: PictureNet,
    random: Random,
    order: Vec<usize>,
    /// Rows of the epoch that are done, and of the step.
    at: usize,
    within: usize,
    loss: f64,
    batch_loss: Option<f64>,
    steps: usize,
    looking: Option<Looking>,
    now: Option<Look>,
    best: Option<(usize, f64, Look)>,
    ended: Option<Ended>,
    news: Vec<(f64, FitScores)>,
    rows: (Vec<f32>, Vec<u8>),
}

impl PictureFit {
    /// Ready for its first look.
    ///
    /// # Shapes
    /// - `pixels`: `[count, 28 · 28]`, 0 is paper; `labels`: `[count]`, 0 to 9
    ///
    /// # Errors
    /// As [`PictureSettings::check`]; [`LessonError::Shape`], [`LessonError::Label`] and [`LessonError::TooManyRows`] of the pictures.
    pub fn new(pixels: Vec<u8>, labels: Vec<u8>, settings: PictureSettings) -> Result<Self, LessonError> {
        if labels.len() > MOST_PICTURES {
            return Err(LessonError::TooManyRows { found: labels.len(), limit: MOST_PICTURES });
        }
        if pixels.len() != labels.len() * PIXELS {
            return Err(LessonError::Shape { values: pixels.len(), count: labels.len(), dim: PIXELS });
        }
        if let Some(row) = labels.iter().position(|&label| usize::from(label) >= CLASSES) {
            return Err(LessonError::Label { row, found: labels[row].to_string() });
        }
        settings.check(labels.len())?;
        let mut random = Random::stream(settings.seed, 1);
        let net = PictureNet::new(&settings.model, &mut random);
        Ok(Self {
            settings,
            pixels,
            labels,
            net,
            random,
            order: Vec::new(),
            at: 0,
            within: 0,
            loss: 0.0,
            batch_loss: None,
            steps: 0,
            looking: Some(Looking::default()),
            now: None,
            best: None,
            ended: None,
            news: Vec::new(),
            rows: Default::default(),
        })
    }

    /// Why it is over, if it is.
    pub fn ended(&self) -> Option<Ended> {
        self.ended
    }

    /// One short piece of work.
    pub fn advance(&mut self) -> Advance {
        if self.ended.is_some() {
            return Advance::Over;
        }
        match self.looking.take() {
            Some(looking) => self.look(looking),
            None => self.learn(),
        }
    }

    fn steps_per_epoch(&self) -> usize {
        let train = self.settings.split.train.len();
        train.div_ceil(self.settings.batch.min(train))
    }

    fn epochs(&self, steps: usize) -> f64 {
        steps as f64 / self.steps_per_epoch() as f64
    }

    /// Pixels from 0 to 1 and labels of rows, in memory that is used again.
    fn fill(&mut self, rows: &[usize]) -> (Vec<f32>, Vec<u8>) {
        let (mut x, mut labels) = std::mem::take(&mut self.rows);
        x.clear();
        labels.clear();
        for &row in rows {
            x.extend(self.pixels[row * PIXELS..][..PIXELS].iter().map(|&ink| f32::from(ink) / 255.0));
            labels.push(self.labels[row]);
        }
        (x, labels)
    }

    /// A part of a step.
    fn learn(&mut self) -> Advance {
        if self.at == 0 && self.within == 0 {
            self.order.clone_from(&self.settings.split.train);
            self.random.shuffle(&mut self.order);
        }
        let batch = self.settings.batch.min(self.order.len() - self.at);
        let most = (PIECE / 3 / self.net.work().max(1)).max(LEAST);
        let count = most.min(batch - self.within);
        let first = self.at + self.within;
        let rows: Vec<usize> = self.order[first..first + count].to_vec();
        let (x, labels) = self.fill(&rows);
        let kept = self.net.draw_kept(count, self.settings.model.dropout(), &mut self.random);
        let fresh = self.within == 0;
        let loss = self.net.learn(&x, &labels, &kept, (batch, fresh));
        self.rows = (x, labels);
        self.loss = if fresh { loss } else { self.loss + loss };
        self.within += count;
        if self.within < batch {
            return Advance::Part;
        }
        self.steps += 1;
        let PictureSettings { optimiser, rate, l2, .. } = self.settings;
        self.net.follow(&Pace { optimiser, rate: rate as f32, l2: l2 as f32, step: self.steps });
        let mean = self.loss / batch as f64;
        self.batch_loss = mean.is_finite().then_some(mean);
        self.within = 0;
        self.at += batch;
        if self.at >= self.order.len() {
            self.at = 0;
        }
        let due =
            if self.settings.measure == 0 { self.at == 0 } else { self.steps.is_multiple_of(self.settings.measure) };
        if due || self.batch_loss.is_none() {
            self.looking = Some(Looking::default());
        }
        Advance::Step
    }

    /// A part of a look.
    fn look(&mut self, mut looking: Looking) -> Advance {
        let count = (PIECE / self.net.work().max(1)).clamp(1, 512);
        let split = &self.settings.split;
        let rows = match looking.part {
            0 => &split.train,
            1 => &split.validation,
            _ => &split.test,
        };
        let rows: Vec<usize> = rows[looking.at..rows.len().min(looking.at + count)].to_vec();
        let left = [split.train.len(), split.validation.len(), split.test.len()][looking.part] - looking.at;
        let (x, labels) = self.fill(&rows);
        let shares = self.net.shares(&x);
        for (shares, &label) in shares.chunks_exact(CLASSES).zip(&labels) {
            let (said, sure) = greatest(shares);
            let (loss, right) = &mut looking.sums[looking.part];
            *loss += surprise(shares[usize::from(label)]);
            *right += usize::from(said == label);
            if looking.part == 2 {
                looking.said.push(said);
                looking.sure.push(sure);
            }
        }
        self.rows = (x, labels);
        looking.at += rows.len();
        if rows.len() == left {
            (looking.part, looking.at) = (looking.part + 1, 0);
        }
        if looking.part < 3 {
            self.looking = Some(looking);
            return Advance::Looking;
        }
        self.conclude(looking);
        if self.ended.is_some() { Advance::Over } else { Advance::Looked }
    }

    /// What follows from a look.
    fn conclude(&mut self, looking: Looking) {
        let split = &self.settings.split;
        let score = |part: usize, rows: usize| {
            let (loss, right) = looking.sums[part];
            let share = |value: f64| (rows > 0).then(|| value / rows as f64).filter(|value| value.is_finite());
            FitScore { loss: share(loss), accuracy: share(right as f64) }
        };
        let scores = FitScores {
            train: score(0, split.train.len()),
            validation: score(1, split.validation.len()),
            test: score(2, split.test.len()),
        };
        self.news.push((self.epochs(self.steps), scores));
        if scores.train.loss.is_none() || !self.net.is_sound() {
            self.ended = Some(Ended::Diverged);
            if let Some(now) = &self.now {
                self.net = now.net.clone();
            }
            return;
        }
        let Looking { said, sure, .. } = looking;
        let now = Look { steps: self.steps, scores, said, sure, net: self.net.clone() };
        if let Some(loss) = scores.validation.loss
            && self.best.as_ref().is_none_or(|(_, lowest, _)| loss < *lowest)
        {
            self.best = Some((self.steps, loss, now.clone()));
        }
        self.now = Some(now);
        if let (Some((steps, _, best)), Some(patience)) = (&self.best, self.settings.patience)
            && self.epochs(self.steps - steps) >= patience.max(1) as f64
        {
            self.net = best.net.clone();
            self.now = Some(best.clone());
            self.ended = Some(Ended::Patience);
        }
    }

    /// What the network makes of a picture as it is now.
    ///
    /// # Errors
    /// [`LessonError::Shape`] unless there are 28 × 28 pixels.
    pub fn read(&mut self, pixels: &[u8]) -> Result<PictureReading, LessonError> {
        if pixels.len() != PIXELS {
            return Err(LessonError::Shape { values: pixels.len(), count: 1, dim: PIXELS });
        }
        let x: Vec<f32> = pixels.iter().map(|&ink| f32::from(ink) / 255.0).collect();
        let logits = self.net.logits(&x).to_vec();
        let mut layers = Vec::new();
        if let Some(front) = &self.net.front {
            let (filters, cells) = (front.filters(), front.given().len() / front.filters().max(1));
            let values = (0..filters * cells).map(|at| front.given()[at % cells * filters + at / cells]).collect();
            let side = (cells as f64).sqrt() as usize;
            layers.push(LayerGiven { kind: "maps", shape: vec![filters, side, side], values });
        }
        let units = |values: &[f32]| LayerGiven { kind: "units", shape: vec![values.len()], values: values.to_vec() };
        layers.extend(self.net.layers.given().map(units));
        layers.push(units(&logits));
        let probabilities = self.net.shares(&x).to_vec();
        Ok(PictureReading { probabilities, layers })
    }

    /// What is new since the last frame.
    pub fn frame(&mut self) -> PictureFrame {
        let news = std::mem::take(&mut self.news);
        let of = |part: fn(&FitScores) -> FitScore, value: fn(FitScore) -> Option<f64>| {
            news.iter().map(|(_, scores)| value(part(scores))).collect::<Vec<_>>()
        };
        let parts = |value: fn(FitScore) -> Option<f64>| Parts {
            train: of(|scores| scores.train, value),
            validation: of(|scores| scores.validation, value),
            test: of(|scores| scores.test, value),
        };
        let (said, sure) = self.now.as_ref().map(|now| (now.said.clone(), now.sure.clone())).unwrap_or_default();
        let report = self.report(&said);
        let losses = parts(|score| score.loss);
        PictureFrame {
            epochs: news.iter().map(|(epoch, _)| *epoch).collect(),
            train: losses.train,
            validation: losses.validation,
            test: losses.test,
            accuracy: parts(|score| score.accuracy),
            now: self.now.as_ref().map(|now| now.scores),
            now_epoch: self.now.as_ref().map(|now| self.epochs(now.steps)),
            epoch: self.epochs(self.steps),
            steps: self.steps,
            steps_per_epoch: self.steps_per_epoch(),
            looking: self.looking.as_ref().map(|looking| self.looked(looking)),
            batch_loss: self.batch_loss,
            best_epoch: self.best.as_ref().map(|(steps, ..)| self.epochs(*steps)),
            ended: self.ended,
            said,
            sure,
            macro_average: report.macro_average(),
            matrix: report.matrix,
            per_class: report.per_class,
            filters: self.filters(),
            parameters: self.net.parameters(),
        }
    }

    /// How far a look is.
    fn looked(&self, looking: &Looking) -> f64 {
        let split = &self.settings.split;
        let sizes = [split.train.len(), split.validation.len(), split.test.len()];
        let done = sizes[..looking.part].iter().sum::<usize>() + looking.at;
        done as f64 / sizes.iter().sum::<usize>().max(1) as f64
    }

    fn report(&self, said: &[u8]) -> ClassReport {
        let mut matrix = vec![vec![0; CLASSES]; CLASSES];
        for (&row, &said) in self.settings.split.test.iter().zip(said) {
            matrix[usize::from(self.labels[row])][usize::from(said)] += 1;
        }
        ClassReport::from_matrix((0..CLASSES).map(|class| class.to_string()).collect(), matrix)
    }

    fn filters(&self) -> Filters {
        if let Some(front) = &self.net.front {
            let values = (0..front.filters()).flat_map(|filter| front.weights_of(filter)).collect();
            return Filters { count: front.filters(), side: 3, values };
        }
        let Some(first) = self.net.layers.layers().first() else { return Filters::default() };
        let count = first.outputs().min(MOST_SHOWN);
        Filters { count, side: SIDE, values: (0..count).flat_map(|unit| first.weights_of(unit)).collect() }
    }
}

/// The greatest share, of equals the first.
fn greatest(shares: &[f32]) -> (u8, f32) {
    let most =
        |best: (u8, f32), (class, &share): (usize, &f32)| if share > best.1 { (class as u8, share) } else { best };
    shares.iter().enumerate().fold((0, f32::NEG_INFINITY), most)
}
