//! Where it is measured: a filled database, a server on it, a client of the server.

use anyhow::Context;
use sea_orm::{ConnectionTrait, Statement};
use serde::Serialize;

use crate::{
    cases::Side,
    client::Client,
    engine::Engine,
    options::{EngineKind, Options},
    peer::Peer,
    process::{self, Memory},
    server::Server,
};

pub struct Stand {
    pub engine: Engine,
    pub client: Client,
    server: Server,
    /// The postmaster's process.
    postgres: Option<u32>,
    peers: Vec<(Side, Peer)>,
}

/// CPU seconds used so far.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cpu {
    /// By the server, by the hand-written SQL's own process, or by another beside them.
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
        Ok(Self { engine, client, server, postgres, peers: Vec::new() })
    }

    /// Starts who is asked beside the hub.
    pub async fn with_peers(mut self, options: &Options) -> anyhow::Result<Self> {
        if options.wants("nested") || options.wants("all") {
            let peer = Peer::postgraphile(&self.engine).await?;
            self.peers.extend(peer.map(|peer| (Side::PostGraphile, peer)));
        }
        if options.wants("statistics") {
            let peer = Peer::duckdb(&self.engine.city, options).await?;
            self.peers.extend(peer.map(|peer| (Side::DuckDb, peer)));
        }
        Ok(self)
    }

    /// Who is asked beside the hub, where it is at hand.
    pub fn peer(&self, side: Side) -> Option<&Peer> {
        self.peers.iter().find(|(known, _)| *known == side).map(|(_, peer)| peer)
    }

    pub fn cpu(&self, side: Side) -> Cpu {
        let own = match side {
            Side::Hub => process::cpu(self.server.pid),
            Side::Sql => process::cpu(std::process::id()),
            Side::PostGraphile | Side::DuckDb => {
                self.peer(side).map_or(0.0, |peer| process::cpu_with_children(peer.pid))
            }
        };
        Cpu { own, database: self.postgres.map_or(0.0, process::cpu_with_children) }
    }

    /// The server's memory.
    pub fn memory(&self) -> Memory {
        self.server.memory()
    }

    /// Stops the server; the engine is left.
    pub async fn close(self) -> anyhow::Result<Engine> {
        self.server.stop().await?;
        for (_, peer) in self.peers {
            peer.stop().await?;
        }
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
