//! Mixed load for a long time, to see whether the server's memory stays what it was.

use std::{
    fmt::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{
    cases::{Case, Side},
    engine::{self, Engine},
    options::Options,
    process::Memory,
    stand::Stand,
};

/// How many ask each server, and how long each waits between answer and question.
const WORKERS: usize = 8;
const PAUSE: Duration = Duration::from_millis(100);
/// When the memory is looked at that the end is compared with, in minutes.
const EARLY: u64 = 5;

/// Of so many requests, how many are of which case.
const MIX: [(&str, usize); 5] =
    [("nested", 50), ("list", 30), ("statistics", 2), ("submit 1", 16), ("submit 100", 2)];

/// A server under load.
struct Track {
    stand: Arc<Stand>,
    workers: JoinSet<anyhow::Result<()>>,
    asked: Arc<AtomicUsize>,
    early: Memory,
    late: Memory,
}

/// Loads the servers for so many minutes, and prints what memory they took.
pub async fn run(options: &Options, minutes: u64) -> anyhow::Result<()> {
    let mut tracks = Vec::new();
    let end = Instant::now() + Duration::from_secs(60 * minutes);
    for engine in Engine::all(options).await? {
        tracks.push(Track::start(engine.copied(options).await?, options, end).await?);
    }
    for minute in 1..=minutes {
        tokio::time::sleep(Duration::from_secs(60)).await;
        for track in &mut tracks {
            track.look(minute);
        }
    }
    let mut text =
        "| server on | requests | memory MiB after 5 minutes | at the end | of it | peak |\n\
                    |---|--:|--:|--:|--:|--:|\n"
            .to_owned();
    for track in tracks {
        track.end(&mut text).await?;
    }
    engine::remove(&options.folder.join("submit.db"))?;
    println!("Mixed load for {minutes} minutes, {WORKERS} clients each.\n\n{text}");
    Ok(())
}

impl Track {
    async fn start(engine: Engine, options: &Options, end: Instant) -> anyhow::Result<Self> {
        let stand = Arc::new(Stand::new(engine, options).await?);
        let mut cases = Case::reads(&stand, options).await?;
        cases.extend(Case::submits(&stand, options).await?);
        let mix = MIX.iter().flat_map(|(name, count)| {
            let at = cases.iter().position(|case| case.name == *name);
            std::iter::repeat_n(at, *count).flatten()
        });
        let (mix, cases): (Arc<Vec<usize>>, _) = (Arc::new(mix.collect()), Arc::new(cases));
        let (asked, mut workers) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
        for _ in 0..WORKERS {
            let (stand, asked) = (Arc::clone(&stand), Arc::clone(&asked));
            let (mix, cases) = (Arc::clone(&mix), Arc::clone(&cases));
            workers.spawn(async move {
                while Instant::now() < end {
                    let turn = asked.fetch_add(1, Ordering::Relaxed);
                    // Spread, not one case after the other.
                    let case = &cases[mix[turn * 37 % mix.len()]];
                    case.ask(&stand, Side::Hub, turn).await?;
                    tokio::time::sleep(PAUSE).await;
                }
                Ok(())
            });
        }
        let (early, late) = (Memory::default(), Memory::default());
        Ok(Self { stand, workers, asked, early, late })
    }

    fn look(&mut self, minute: u64) {
        self.late = self.stand.memory();
        if minute <= EARLY {
            self.early = self.late;
        }
        let (engine, Memory { resident, .. }) = (self.stand.engine.kind.name(), self.late);
        eprintln!("bench: {engine}: {resident:.0} MiB after {minute} minutes");
    }

    async fn end(mut self, text: &mut String) -> anyhow::Result<()> {
        while let Some(worked) = self.workers.join_next().await {
            worked??;
        }
        let (kind, asked) = (self.stand.engine.kind.name(), self.asked.load(Ordering::Relaxed));
        let (early, late) = (self.early.resident, self.late.resident);
        let (part, peak) = (late / early, self.late.peak);
        writeln!(text, "| {kind} | {asked} | {early:.0} | {late:.0} | {part:.2} | {peak:.0} |")?;
        let stand = Arc::into_inner(self.stand).ok_or_else(|| anyhow::anyhow!("still asked"))?;
        stand.close().await?.close().await
    }
}
