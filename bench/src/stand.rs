//! Where it is measured: a filled database, a server on it, a client of the server.

use anyhow::Context;
use sea_orm::{ConnectionTrait, Statement};
use serde::Serialize;

use crate::{
    cases::Side,
    client::Client,
    engine::Engine,
    options::{EngineKind, Options},
    process::{self, Memory},
    server::Server,
};

pub struct Stand {
    pub engine: Engine,
    pub client: Client,
    server: Server,
    /// The postmaster's process.
    postgres: Option<u32>,
}

/// CPU seconds used so far.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cpu {
    /// By the server, or by the hand-written SQL's own process.
    pub own: f64,
    /// By PostgreSQL.
    pub database: f64,
}

impl Stand {
    pub async fn new(engine: Engine, options: &Options) -> anyhow::Result<Self> {
        let server = Server::start(&engine, options).await?;
        let client = Client::of(&server, &engine.token)?;
        let postgres = match engine.kind {
            EngineKind::Sqlite => None,
            EngineKind::Postgres => Some(postmaster(&engine).await?),
        };
        Ok(Self { engine, client, server, postgres })
    }

    pub fn cpu(&self, side: Side) -> Cpu {
        let own = match side {
            Side::Hub => process::cpu(self.server.pid),
            Side::Sql => process::cpu(std::process::id()),
        };
        Cpu { own, database: self.postgres.map_or(0.0, process::cpu_of_postgres) }
    }

    /// The server's memory.
    pub fn memory(&self) -> Memory {
        self.server.memory()
    }

    /// Stops the server; the engine is left.
    pub async fn close(self) -> anyhow::Result<Engine> {
        self.server.stop().await?;
        Ok(self.engine)
    }
}

async fn postmaster(engine: &Engine) -> anyhow::Result<u32> {
    let statement = Statement::from_string(engine.db.backend(), "SELECT pg_backend_pid()");
    let row = engine.db.read().query_one_raw(statement).await?;
    let backend: i32 = row.context("PostgreSQL tells no process")?.try_get_by_index(0)?;
    let elsewhere = "PostgreSQL runs on another machine, where its CPU time cannot be read";
    process::parent(backend.unsigned_abs()).context(elsewhere)
}
