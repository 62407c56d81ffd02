//! What is told at the end: a table to read, and a file for machines.

use std::fmt::Write;

use hub::clock::Clock;
use sea_orm::{ConnectionTrait, Statement};
use serde::Serialize;

use crate::{
    bars,
    cases::Side,
    engine::Engine,
    measure::Sample,
    options::{EngineKind, Options, Sizes},
    process::{self, Memory},
};

#[derive(Serialize)]
pub struct Report {
    at: String,
    machine: Machine,
    sizes: Sizes,
    rounds: usize,
    seconds: f64,
    readers: u32,
    pub results: Vec<Result>,
    pub memory: Vec<ServerMemory>,
}

#[derive(Serialize)]
struct Machine {
    processor: String,
    cores: usize,
    memory_mib: f64,
    load: String,
    build: &'static str,
    versions: Vec<String>,
}

/// All sides of a case on one database.
#[derive(Serialize)]
pub struct Result {
    pub engine: EngineKind,
    pub case: String,
    pub connections: usize,
    pub batch: usize,
    pub sides: Vec<Measured>,
}

/// What was measured of a side: the median and each round.
#[derive(Serialize)]
pub struct Measured {
    pub by: &'static str,
    pub median: Sample,
    pub rounds: Vec<Sample>,
}

impl From<(Side, Vec<Sample>)> for Measured {
    fn from((side, rounds): (Side, Vec<Sample>)) -> Self {
        Self { by: Self::name(side), median: Sample::median(&rounds), rounds }
    }
}

impl Measured {
    pub fn name(side: Side) -> &'static str {
        match side {
            Side::Hub => HUB,
            Side::Sql => "SQL",
            Side::PostGraphile => "PostGraphile",
            Side::DuckDb => "DuckDB",
        }
    }
}

const HUB: &str = "hub";

/// The memory of a server, in MiB, when it had answered.
#[derive(Serialize)]
pub struct ServerMemory {
    pub engine: EngineKind,
    pub after: &'static str,
    pub memory: Memory,
}

impl Report {
    pub async fn new(options: &Options, engines: &[Engine]) -> anyhow::Result<Self> {
        let mut versions = vec![format!("nuanyang {}", env!("CARGO_PKG_VERSION"))];
        for engine in engines {
            versions.push(format!("{} {}", engine.kind.name(), version(engine).await?));
        }
        let machine = Machine {
            processor: process::processor(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_mib: process::machine_memory(),
            load: process::load(),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            versions,
        };
        Ok(Self {
            at: Clock::system().now().format("%Y-%m-%d %H:%M UTC").to_string(),
            machine,
            sizes: options.sizes,
            rounds: options.rounds,
            seconds: options.seconds,
            readers: options.readers,
            results: Vec::new(),
            memory: Vec::new(),
        })
    }

    /// The table, in Markdown.
    pub fn markdown(&self) -> String {
        let mut text = self.header();
        text.push_str(
            "\n| database | case | conn. | by | requests/s | p50 ms | p99 ms | CPU µs: own | \
             PostgreSQL | together | hub's CPU ÷ its | hub's req/s ÷ its | bytes |\n\
             |---|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        );
        for result in &self.results {
            let hub = result.sides.iter().find(|side| side.by == HUB).map(|side| side.median);
            for Measured { by, median, .. } in &result.sides {
                let ratios = hub.filter(|_| *by != HUB).map(|hub| {
                    let cpu = ratio(hub.cpu(), median.cpu());
                    format!("{cpu} | {}", ratio(hub.per_second, median.per_second))
                });
                row(&mut text, result, by, median, ratios.as_deref().unwrap_or(" | "));
            }
        }
        text.push_str(&bars::markdown(&self.results));
        text.push_str("\n| server on | after | memory MiB | peak MiB |\n|---|---|--:|--:|\n");
        for ServerMemory { engine, after, memory } in &self.memory {
            let Memory { resident, peak } = memory;
            writeln!(text, "| {} | {after} | {resident:.0} | {peak:.0} |", engine.name()).ok();
        }
        text
    }

    fn header(&self) -> String {
        let Machine { processor, cores, memory_mib, load, build, versions } = &self.machine;
        let Sizes { visits, persons, assessments } = self.sizes;
        let (rounds, seconds, readers) = (self.rounds, self.seconds, self.readers);
        format!(
            "{}; {processor}, {cores} cores, {:.0} GiB, load {load} at the start; {}; {build} \
             build.\n{visits} visits, {persons} persons, {assessments} assessments; the median of \
             {rounds} interleaved rounds of {seconds} s; {readers} reading connections.\n",
            self.at,
            memory_mib / 1024.0,
            versions.join(", "),
        )
    }
}

fn row(text: &mut String, result: &Result, by: &str, sample: &Sample, ratios: &str) {
    let Result { engine, case, connections, .. } = result;
    let Sample { per_second, p50_ms, p99_ms, cpu_own, cpu_postgres, bytes, .. } = sample;
    let (engine, cpu, rate) = (engine.name(), sample.cpu(), figure(*per_second));
    writeln!(
        text,
        "| {engine} | {case} | {connections} | {by} | {rate} | {p50_ms:.2} | {p99_ms:.1} | \
         {cpu_own:.0} | {cpu_postgres:.0} | {cpu:.0} | {ratios} | {bytes:.0} |"
    )
    .ok();
}

fn figure(number: f64) -> String {
    if number < 100.0 { format!("{number:.1}") } else { format!("{number:.0}") }
}

fn ratio(ours: f64, theirs: f64) -> String {
    if theirs > 0.0 { format!("{:.2}", ours / theirs) } else { "–".to_owned() }
}

async fn version(engine: &Engine) -> anyhow::Result<String> {
    let sql = match engine.kind {
        EngineKind::Sqlite => "SELECT sqlite_version()",
        EngineKind::Postgres => "SELECT split_part(current_setting('server_version'), ' ', 1)",
    };
    let statement = Statement::from_string(engine.db.backend(), sql);
    let row = engine.db.read().query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}
