//! IBM Model 1 (Brown et al. 1993): which English pieces a Chinese piece translates to, from parallel text alone.
//! Used once, to give Chinese pieces a starting vector inside the teacher's vocabulary.

use std::collections::HashMap;

/// `t(english | chinese)` after a few rounds of expectation-maximisation.
///
/// `pairs` hold ids: Chinese first, English second. Returns, for each Chinese id, its English ids with probabilities.
pub fn ibm1(pairs: &[(Vec<u32>, Vec<u32>)], rounds: usize) -> HashMap<u32, Vec<(u32, f32)>> {
    let mut table: HashMap<(u32, u32), f32> = HashMap::new();
    for (zh, en) in pairs {
        for &z in zh {
            for &e in en {
                table.insert((z, e), 1.0);
            }
        }
    }
    for _ in 0..rounds {
        let mut counts: HashMap<(u32, u32), f32> = HashMap::with_capacity(table.len());
        let mut totals: HashMap<u32, f32> = HashMap::new();
        for (zh, en) in pairs {
            for &e in en {
                let sum: f32 = zh.iter().map(|&z| table.get(&(z, e)).copied().unwrap_or(0.0)).sum();
                if sum <= 0.0 {
                    continue;
                }
                for &z in zh {
                    let share = table.get(&(z, e)).copied().unwrap_or(0.0) / sum;
                    *counts.entry((z, e)).or_default() += share;
                    *totals.entry(z).or_default() += share;
                }
            }
        }
        table =
            counts.into_iter().map(|((z, e), count)| ((z, e), count / totals[&z])).filter(|(_, p)| *p > 1e-4).collect();
    }
    let mut by_chinese: HashMap<u32, Vec<(u32, f32)>> = HashMap::new();
    for ((z, e), p) in table {
        by_chinese.entry(z).or_default().push((e, p));
    }
    for english in by_chinese.values_mut() {
        english.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        english.truncate(12);
    }
    by_chinese
}
