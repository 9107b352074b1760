//! [Pseudo numerical methods](https://arxiv.org/abs/2202.09778); `PNDMScheduler`.
//!
//! The network's outputs are averaged, over earlier steps (PLMS, equation 12) or over four passes within one (pseudo
//! Runge–Kutta, equation 13), and the average is the noise that `_get_prev_sample` (equation 9) steps along.

use super::Source::{Kept, Output, Sample};
use super::{Level, Plan, Prediction, Source, Step, Sum, spacing};
use crate::ConfigError;

/// Outputs of earlier steps lie in slots 0 to 2, in turns.
const OUTPUTS: usize = 3;
/// The sample that a Runge–Kutta step, or the doubled first PLMS step, begins at.
const ANCHOR: usize = 3;
/// The average of a Runge–Kutta step, so far.
const AVERAGE: usize = 4;

pub(super) fn steps(plan: &Plan) -> Result<Vec<Step>, ConfigError> {
    let rows = spacing::rows(plan)?;
    if plan.settings.skip_runge_kutta {
        return Ok(linear_multistep(plan, &doubled(&rows, plan.start), 0));
    }
    // diffusers would run the noisiest Runge–Kutta steps whatever strength says; here they warm up what is run.
    let rows = rows.get(plan.start..).unwrap_or(&[]);
    if rows.len() < 4 {
        let expected = "4 or more to run where skip_prk_steps is false";
        return Err(ConfigError::field("steps", rows.len(), expected));
    }
    let mut steps = runge_kutta(plan, rows);
    steps.extend(linear_multistep(plan, &rows[OUTPUTS..], OUTPUTS));
    Ok(steps)
}

/// The second is passed twice, to make up for the history that the first has not. Image to image cuts the list at its
/// start, so that another one than the second follows; diffusers takes it as the second all the same, and so does this.
fn doubled(rows: &[usize], start: usize) -> Vec<usize> {
    let mut doubled = rows.to_vec();
    if let Some(second) = rows.get(1) {
        doubled.insert(1, *second);
    }
    doubled.split_off(start)
}

/// `_get_prev_sample`: from the latents `sample` at `from` to `to`, along the noise `output`. A step below 0 ends the
/// run.
fn transfer(plan: &Plan, from: usize, to: Option<usize>, sample: Source, output: &[(Source, f64)]) -> Sum {
    let alphas = &plan.table.alphas_cumprod;
    let end = if plan.settings.ends_clean { 1.0 } else { alphas[0] };
    let (here, then) = (alphas[from], to.map_or(end, |row| alphas[row]));
    let level = Level::preserving(here);
    let along = -(then - here) / (here * (1.0 - then).sqrt() + (here * (1.0 - here) * then).sqrt());
    // A velocity has the sample in its noise.
    let (of_sample, of_output) = match plan.settings.prediction {
        Prediction::Velocity => (level.noise, level.signal),
        Prediction::Epsilon | Prediction::Sample => (0.0, 1.0),
    };
    let output = output.iter().map(|(source, factor)| (*source, factor * along * of_output));
    [(sample, (then / here).sqrt() + along * of_sample)].into_iter().chain(output).collect()
}

/// Equation 12 on `rows`, with `known` outputs already kept. Where none is, the first two rows are one step.
fn linear_multistep(plan: &Plan, rows: &[usize], known: usize) -> Vec<Step> {
    let stride = plan.settings.train_steps / plan.options.steps;
    let step = |(at, &row): (usize, &usize)| {
        let again = known == 0 && at == 1;
        let index = plan.start + if known == 0 { at.saturating_sub(1) } else { known + at };
        let step = Step::at(index, row as f64, Level::preserving(plan.table.alphas_cumprod[row]), plan.settings);
        if again {
            let average = [(Output, 0.5), (Kept(0), 0.5)];
            return step.to(transfer(plan, row + stride, Some(row), Kept(ANCHOR), &average));
        }
        // Outputs before this one; the pass that is done again leaves none.
        let before = known + if known == 0 && at > 1 { at - 1 } else { at };
        let kept = |back: usize| Kept((before + OUTPUTS - back) % OUTPUTS);
        let sum: Sum = match before {
            0 => vec![(Output, 1.0)],
            1 => vec![(Output, 3.0 / 2.0), (kept(1), -1.0 / 2.0)],
            2 => vec![(Output, 23.0 / 12.0), (kept(1), -16.0 / 12.0), (kept(2), 5.0 / 12.0)],
            _ => {
                let rest = [(kept(1), -59.0 / 24.0), (kept(2), 37.0 / 24.0), (kept(3), -9.0 / 24.0)];
                [(Output, 55.0 / 24.0)].into_iter().chain(rest).collect()
            }
        };
        let next = transfer(plan, row, row.checked_sub(stride), Sample, &sum);
        let step = step.to(next).keeping(before % OUTPUTS, [(Output, 1.0)]);
        if before == 0 { step.keeping(ANCHOR, [(Sample, 1.0)]) } else { step }
    };
    rows.iter().enumerate().map(step).collect()
}

/// Equation 13: three steps of four passes, at the beginning, twice in the middle and at the end.
fn runge_kutta(plan: &Plan, rows: &[usize]) -> Vec<Step> {
    let half = plan.settings.train_steps / plan.options.steps / 2;
    let mut steps = Vec::new();
    for (turn, pair) in rows.windows(2).take(OUTPUTS).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        let middle = to + half;
        let ways = [(from, from - half), (middle, middle), (middle, to), (to, to)];
        for (pass, (told, then)) in ways.into_iter().enumerate() {
            let level = Level::preserving(plan.table.alphas_cumprod[told]);
            let step = Step::at(plan.start + turn, told as f64, level, plan.settings);
            let one = [(Output, 1.0)];
            let step = match pass {
                0 => step
                    .to(transfer(plan, from, Some(then), Sample, &one))
                    .keeping(turn, one)
                    .keeping(ANCHOR, [(Sample, 1.0)])
                    .keeping(AVERAGE, [(Output, 1.0 / 6.0)]),
                3 => step.to(transfer(
                    plan,
                    from,
                    Some(then),
                    Kept(ANCHOR),
                    &[(Kept(AVERAGE), 1.0), (Output, 1.0 / 6.0)],
                )),
                _ => step
                    .to(transfer(plan, from, Some(then), Kept(ANCHOR), &one))
                    .keeping(AVERAGE, [(Kept(AVERAGE), 1.0), (Output, 1.0 / 3.0)]),
            };
            steps.push(step);
        }
    }
    steps
}
