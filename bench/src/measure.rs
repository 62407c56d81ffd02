//! One measurement: so many workers ask, each its next as soon as its last is answered.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio::task::JoinSet;

use crate::{
    cases::{Case, Side},
    stand::Stand,
};

/// What came of it. CPU is in microseconds a request.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Sample {
    pub requests: f64,
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub cpu_own: f64,
    pub cpu_postgres: f64,
    pub bytes: f64,
}

impl Sample {
    pub fn cpu(&self) -> f64 {
        self.cpu_own + self.cpu_postgres
    }

    /// The median of each figure by itself.
    pub fn median(samples: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| {
            let mut figures: Vec<_> = samples.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            at(&figures, 0.5)
        };
        Self {
            requests: of(|sample| sample.requests),
            per_second: of(|sample| sample.per_second),
            p50_ms: of(|sample| sample.p50_ms),
            p99_ms: of(|sample| sample.p99_ms),
            cpu_own: of(|sample| sample.cpu_own),
            cpu_postgres: of(|sample| sample.cpu_postgres),
            bytes: of(|sample| sample.bytes),
        }
    }
}

/// Milliseconds and bytes of the answers that one worker got.
type Answers = Vec<(f64, usize)>;

/// Lets the workers ask one side for so many seconds; an answer that is under way is waited for.
pub async fn run(
    stand: &Arc<Stand>,
    case: &Arc<Case>,
    side: Side,
    seconds: f64,
) -> anyhow::Result<Sample> {
    case.prepare().await?;
    let turns = Arc::new(AtomicUsize::new(0));
    let (before, start) = (stand.cpu(side), Instant::now());
    let end = start + Duration::from_secs_f64(seconds);
    let mut workers = JoinSet::new();
    for _ in 0..case.connections {
        let (stand, case, turns) = (Arc::clone(stand), Arc::clone(case), Arc::clone(&turns));
        workers.spawn(async move { work(&stand, &case, side, &turns, end).await });
    }
    let mut answers = Answers::new();
    while let Some(worked) = workers.join_next().await {
        answers.extend(worked??);
    }
    let (took, after) = (start.elapsed().as_secs_f64(), stand.cpu(side));
    let requests = answers.len().max(1) as f64;
    let each = |seconds: f64| seconds * 1e6 / requests;
    let bytes: usize = answers.iter().map(|(_, bytes)| bytes).sum();
    let mut times: Vec<_> = answers.into_iter().map(|(time, _)| time).collect();
    times.sort_by(f64::total_cmp);
    Ok(Sample {
        requests,
        per_second: requests / took,
        p50_ms: at(&times, 0.5),
        p99_ms: at(&times, 0.99),
        cpu_own: each(after.own - before.own),
        cpu_postgres: each(after.database - before.database),
        bytes: bytes as f64 / requests,
    })
}

async fn work(
    stand: &Stand,
    case: &Case,
    side: Side,
    turns: &AtomicUsize,
    end: Instant,
) -> anyhow::Result<Answers> {
    let mut answers = Answers::new();
    loop {
        let start = Instant::now();
        if start >= end {
            return Ok(answers);
        }
        let turn = turns.fetch_add(1, Ordering::Relaxed);
        let bytes = case.ask(stand, side, turn).await?;
        answers.push((start.elapsed().as_secs_f64() * 1e3, bytes));
    }
}

/// The value that such a part of the sorted values does not exceed.
fn at(sorted: &[f64], part: f64) -> f64 {
    let place = (sorted.len().saturating_sub(1) as f64 * part).round() as usize;
    sorted.get(place).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_taken_of_each_figure() {
        let sample = |per_second, p99_ms| Sample { per_second, p99_ms, ..Sample::default() };
        let median = Sample::median(&[sample(3.0, 1.0), sample(1.0, 9.0), sample(2.0, 5.0)]);
        assert_eq!((median.per_second, median.p99_ms), (2.0, 5.0));
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let times: Vec<_> = (1..=100).map(f64::from).collect();
        assert_eq!((at(&times, 0.99), at(&times, 0.0), at(&[], 0.5)), (99.0, 1.0, 0.0));
    }
}
