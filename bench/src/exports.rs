//! A list of very many rows taken home in each format: how long it takes, and the memory of the server,
//! beside the same rows by hand-written SQL in a process of its own.

use std::{
    fmt::Write as _,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use clap::Args;
use futures_util::TryStreamExt;
use sea_orm::sqlx::{self, Row, sqlite::SqlitePoolOptions};
use serde_json::{Value, json};
use tokio::{process::Command, time::sleep};

use crate::{
    client::Client,
    engine::{self, Engine},
    options::{EngineKind, Options, Sizes},
    process,
    server::Server,
};

const FORMATS: [&str; 4] = ["XLSX", "CSV", "NDJSON", "PARQUET"];
const QUERY: &str =
    "{ visits { nodes { id visitedOn mode minutes station { code } person { name } } } }";
const SQL: &str = "SELECT hex(v.id), CAST(v.visited_on AS TEXT), v.mode, CAST(v.minutes AS TEXT), s.code, p.name \
    FROM visits v JOIN stations s ON s.id = v.station_id LEFT JOIN persons p ON p.id = v.person_id ORDER BY v.id";
const START: &str = "mutation ($operation: String!, $format: ExportFormat!) {
    export(operation: $operation, format: $format) { id } }";
const SHOW: &str = "query ($id: UUID!) { job(id: $id) { state done expected bytes message } }";
/// How often is asked how far it is.
const LOOK: Duration = Duration::from_millis(500);

/// The rows as CSV, by hand-written SQL, to a file
#[derive(Args)]
pub struct SqlArgs {
    file: PathBuf,
    out: PathBuf,
}

/// What an export took.
struct Taken {
    /// Until all rows were there, and until the file was made of them.
    read: f64,
    made: f64,
    /// Until it was fetched, from then on.
    fetched: f64,
    cpu: f64,
    bytes: u64,
    /// The server's memory before it and its peak, in MiB.
    before: f64,
    peak: f64,
}

/// Exports a list of so many visits on SQLite in each format, and prints what it took.
pub async fn run(options: &Options, rows: u64) -> anyhow::Result<()> {
    let sizes = Sizes { visits: rows, persons: (rows * 3 / 10).max(1_000), assessments: 1_000 };
    let options = Options { sizes, engine: Some(EngineKind::Sqlite), ..options.clone() };
    let mut text =
        "| | read s | made s | fetched s | CPU s | MB | memory before MiB | peak MiB |\n\
                    |---|--:|--:|--:|--:|--:|--:|--:|\n"
            .to_owned();
    for engine in Engine::all(&options).await? {
        let engine = engine.copied(&options).await?;
        let file = options.folder.join("submit.db");
        writeln!(text, "{}", by_sql(&file, rows).await?)?;
        for format in FORMATS {
            let taken = taken(&engine, &options, format, rows).await?;
            writeln!(text, "{}", taken.line(format))?;
        }
        engine.close().await?;
        engine::remove(&file)?;
    }
    println!("{rows} visits taken home, each with the names of its station and person.\n\n{text}");
    Ok(())
}

impl Taken {
    fn line(&self, name: &str) -> String {
        let Self { read, made, fetched, cpu, bytes, before, peak } = self;
        let megabytes = *bytes as f64 / 1e6;
        format!(
            "| {name} | {read:.0} | {made:.0} | {fetched:.1} | {cpu:.0} | {megabytes:.0} | {before:.0} | {peak:.0} |"
        )
    }
}

/// By a server that was just started, so that its peak is that of the export.
async fn taken(
    engine: &Engine,
    options: &Options,
    format: &str,
    rows: u64,
) -> anyhow::Result<Taken> {
    let server = Server::start(engine, options).await?;
    let client = Client::of(&server, &engine.token)?;
    client.query("{ visits(first: 1) { nodes { id } } }", &json!({})).await?;
    let (before, cpu, start) = (server.memory().resident, process::cpu(server.pid), Instant::now());
    let asked = json!({ "operation": QUERY, "format": format });
    let id = client.query(START, &asked).await?["export"]["id"].clone();
    let mut read = None;
    let job = loop {
        let job = client.query(SHOW, &json!({ "id": id })).await?["job"].clone();
        if read.is_none() && job["done"].as_u64() >= Some(rows) {
            read = Some(start.elapsed().as_secs_f64());
        }
        match job["state"].as_str() {
            Some("DONE") => break job,
            Some("WAITING" | "RUNNING") => sleep(LOOK).await,
            _ => bail!("the export failed: {}", job["message"]),
        }
    };
    ensure!(job["done"].as_u64() == Some(rows), "{} rows instead of {rows}", job["done"]);
    let total = start.elapsed().as_secs_f64();
    let read = read.unwrap_or(total);
    let fetching = Instant::now();
    let path = format!("/exports/{}", id.as_str().context("an export without id")?);
    let bytes = client.download(&path).await?;
    let fetched = fetching.elapsed().as_secs_f64();
    let cpu = process::cpu(server.pid) - cpu;
    let peak = server.memory().peak;
    server.stop().await?;
    Ok(Taken { read, made: total - read, fetched, cpu, bytes, before, peak })
}

/// By this program in a process of its own.
async fn by_sql(file: &Path, rows: u64) -> anyhow::Result<String> {
    let out = file.with_extension("csv");
    let program = std::env::current_exe()?;
    let told = Command::new(program).arg("sql-csv").arg(file).arg(&out).output().await?;
    ensure!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    std::fs::remove_file(&out)?;
    let told: Value = serde_json::from_slice(&told.stdout)?;
    ensure!(told["rows"].as_u64() == Some(rows), "{} rows instead of {rows}", told["rows"]);
    let of = |name: &str| told[name].as_f64().unwrap_or_default();
    let taken = Taken {
        read: of("seconds"),
        made: 0.0,
        fetched: 0.0,
        cpu: of("cpu"),
        bytes: told["bytes"].as_u64().unwrap_or_default(),
        before: of("before"),
        peak: of("peak"),
    };
    Ok(taken.line("SQL → CSV"))
}

/// Writes the rows as they come, and tells what that took.
pub async fn sql(args: SqlArgs) -> anyhow::Result<()> {
    let url = format!("sqlite:{}", args.file.display());
    let pool = SqlitePoolOptions::new().max_connections(1).connect(&url).await?;
    let own = std::process::id();
    let (before, start) = (process::memory(own).resident, Instant::now());
    let mut out = BufWriter::new(std::fs::File::create(&args.out)?);
    let mut rows = sqlx::query(SQL).fetch(&pool);
    let mut count = 0_u64;
    while let Some(row) = rows.try_next().await? {
        for column in 0..row.len() {
            let value: Option<String> = row.try_get(column)?;
            let end = if column + 1 == row.len() { "\r\n" } else { "," };
            write!(out, "{}{end}", value.unwrap_or_default())?;
        }
        count += 1;
    }
    out.flush()?;
    let told = json!({
        "rows": count, "bytes": out.get_ref().metadata()?.len(), "seconds": start.elapsed().as_secs_f64(),
        "cpu": process::cpu(own), "before": before, "peak": process::memory(own).peak,
    });
    println!("{told}");
    Ok(())
}
