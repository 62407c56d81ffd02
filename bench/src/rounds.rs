//! The whole measurement: questions first, so that all see the same data, then handing in. In each
//! round every case is asked of each side on every database, so that what disturbs the
//! machine disturbs all alike.

use std::sync::Arc;

use anyhow::Context;

use crate::{
    cases::{Case, Side},
    engine::{self, Engine},
    measure::{self, Sample},
    options::Options,
    report::{self, Measured, Report, ServerMemory},
    stand::Stand,
};

/// What each side is warmed by, at most, in seconds.
const WARM_UP: f64 = 1.0;

/// What PostGraphile is warmed by: its code is compiled while it runs.
const WARM_UP_OF_NODE: f64 = 20.0;

/// A case on a stand, with what was measured of each side so far.
struct Track {
    stand: Arc<Stand>,
    case: Arc<Case>,
    sides: Vec<(Side, Vec<Sample>)>,
}

/// Measures, prints what came of it, and keeps it with every round in a file.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let report = measured(options).await?;
    let file = options.folder.join("result.json");
    std::fs::write(&file, serde_json::to_vec_pretty(&report)?)?;
    println!("{}", report.markdown());
    eprintln!("bench: the same, with every round, in {}", file.display());
    Ok(())
}

/// Measures all that is wanted.
pub async fn measured(options: &Options) -> anyhow::Result<Report> {
    std::fs::create_dir_all(&options.folder)?;
    let engines = Engine::all(options).await?;
    let mut report = Report::new(options, &engines).await?;
    let engines = measure(options, engines, "questions", &mut report).await?;
    if options.wants("submit") {
        let mut to_write = Vec::new();
        for engine in engines {
            to_write.push(engine.copied(options).await?);
        }
        let engines = measure(options, to_write, "submits", &mut report).await?;
        for engine in engines {
            engine.close().await?;
        }
        engine::remove(&options.folder.join("submit.db"))?;
    }
    Ok(report)
}

async fn measure(
    options: &Options,
    engines: Vec<Engine>,
    what: &'static str,
    report: &mut Report,
) -> anyhow::Result<Vec<Engine>> {
    let (mut stands, mut tracks) = (Vec::new(), Vec::new());
    for engine in engines {
        let mut stand = Stand::new(engine, options).await?;
        if what == "questions" && !options.growth {
            stand = stand.with_peers(options).await?;
        }
        let stand = Arc::new(stand);
        let mut cases = match what {
            "submits" => Case::submits(&stand, options).await?,
            _ => Case::reads(&stand, options).await?,
        };
        cases.retain(|case| !options.growth || case.connections == 1);
        tracks.extend(cases.into_iter().map(|case| Track::new(&stand, case, options)));
        stands.push(stand);
    }
    for track in &mut tracks {
        track.warm_up(options.seconds).await?;
    }
    for round in 1..=options.rounds {
        for track in &mut tracks {
            track.round(options.seconds).await?;
        }
        eprintln!("bench: {what}: round {round} of {}", options.rounds);
    }
    for track in tracks {
        track.case.check().await?;
        report.results.push(track.result());
    }
    let mut engines = Vec::new();
    for stand in stands {
        let (engine, memory) = (stand.engine.kind, stand.memory());
        report.memory.push(ServerMemory { engine, after: what, memory });
        let stand = Arc::into_inner(stand).context("a worker still runs")?;
        engines.push(stand.close().await?);
    }
    Ok(engines)
}

impl Track {
    fn new(stand: &Arc<Stand>, case: Case, options: &Options) -> Self {
        let (stand, case) = (Arc::clone(stand), Arc::new(case));
        let sides = case.sides(&stand).into_iter();
        let sides = sides.filter(|side| !options.growth || *side == Side::Hub);
        let sides = sides.map(|side| (side, Vec::new())).collect();
        Self { stand, case, sides }
    }

    async fn warm_up(&self, seconds: f64) -> anyhow::Result<()> {
        for (side, _) in &self.sides {
            let seconds = match side {
                Side::PostGraphile => WARM_UP_OF_NODE,
                _ => seconds.min(WARM_UP),
            };
            measure::run(&self.stand, &self.case, *side, seconds).await?;
        }
        Ok(())
    }

    async fn round(&mut self, seconds: f64) -> anyhow::Result<()> {
        for (side, samples) in &mut self.sides {
            samples.push(measure::run(&self.stand, &self.case, *side, seconds).await?);
        }
        Ok(())
    }

    fn result(self) -> report::Result {
        report::Result {
            engine: self.stand.engine.kind,
            case: self.case.name.clone(),
            connections: self.case.connections,
            batch: self.case.batch,
            sides: self.sides.into_iter().map(Measured::from).collect(),
        }
    }
}
