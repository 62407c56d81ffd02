//! The databases that are measured: made, filled, and kept where that can be.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use entity::{Role, TokenScope};
use hub::{
    Hub,
    accounts::{NewAccount, NewToken},
    db::Db,
};
use nuanyang::commands::open;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    city::City,
    options::{EngineKind, Options, Sizes},
    seed,
};

/// Changes with the made-up city, so that a kept file of an older one is not taken for it.
const CITY_VERSION: u32 = 2;
const DATABASE: &str = "nuanyang_bench";

/// A filled database, with the connections that the hand-written SQL runs on.
pub struct Engine {
    pub kind: EngineKind,
    pub url: String,
    pub city: Arc<City>,
    /// The bureau's officer, with its access token.
    pub username: String,
    pub token: String,
    /// The access token of a worker of each station, by its code: who sees everything of it plainly.
    workers: HashMap<String, String>,
    /// The access token of a system that sees all of every station plainly.
    pub system: String,
    pub db: Db,
}

impl Engine {
    /// The engines that are wanted and at hand, filled at the same time.
    pub async fn all(options: &Options) -> anyhow::Result<Vec<Self>> {
        let sqlite = async {
            if !options.wants_engine(EngineKind::Sqlite) {
                return Ok(None);
            }
            let url = url_of(&sqlite_file(options).await?);
            Self::on(EngineKind::Sqlite, &url, options).await.map(Some)
        };
        let postgres = async {
            let Some(server) = &options.postgres else {
                eprintln!("bench: no PostgreSQL given (--postgres), only SQLite is measured");
                return Ok(None);
            };
            if !options.wants_engine(EngineKind::Postgres) {
                return Ok(None);
            }
            let url = postgres(server, options).await?;
            Self::on(EngineKind::Postgres, &url, options).await.map(Some)
        };
        let (sqlite, postgres) = tokio::try_join!(sqlite, postgres)?;
        Ok(sqlite.into_iter().chain(postgres).collect())
    }

    async fn on(kind: EngineKind, url: &str, options: &Options) -> anyhow::Result<Self> {
        let hub = open(url, Some(&options.key_file()), options.readers).await?;
        let username = format!("bench-{}", hub.clock.new_id());
        let new = NewAccount {
            username: username.clone(),
            name: "bench".to_owned(),
            role: Role::CountyOfficer,
            station: None,
            county: Some("410800".to_owned()),
        };
        let token = hub.add_account(new).await?;
        let city = Arc::new(City::read(&hub, options.sizes).await?);
        let mut workers = HashMap::new();
        for place in &city.places {
            let new = NewAccount {
                username: format!("{username}-{}", place.code),
                name: "bench".to_owned(),
                role: Role::StationWorker,
                station: Some(place.code.clone()),
                county: None,
            };
            workers.insert(place.code.clone(), hub.add_account(new).await?);
        }
        let system = system(&hub, format!("{username}-system")).await?;
        let (url, db) = (url.to_owned(), hub.db.clone());
        Ok(Self { kind, url, city, username, token, workers, system, db })
    }

    /// The access token of a worker of a station.
    pub fn worker_of(&self, station: &str) -> Option<String> {
        self.workers.get(station).cloned()
    }

    /// The same data to write to: SQLite's file is kept for the next run, and a copy is written to;
    /// PostgreSQL's database is made anew for each run.
    pub async fn copied(self, options: &Options) -> anyhow::Result<Self> {
        let url = match self.kind {
            // Not kept, and too large for two.
            EngineKind::Sqlite if options.growth => self.url.clone(),
            EngineKind::Sqlite => {
                let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
                self.db.writer().execute_unprepared(checkpoint).await?;
                let file = self.url.trim_start_matches("sqlite:");
                let copy = options.folder.join("submit.db");
                remove(&copy)?;
                std::fs::copy(file, &copy).context("the SQLite file cannot be copied")?;
                url_of(&copy)
            }
            EngineKind::Postgres => self.url.clone(),
        };
        self.close().await?;
        Self::on(self.kind, &url, options).await
    }

    /// Closes the connections.
    pub async fn close(&self) -> anyhow::Result<()> {
        Ok(self.db.clone().close().await?)
    }
}

async fn system(hub: &Hub, username: String) -> anyhow::Result<String> {
    let new = NewAccount {
        username: username.clone(),
        name: "bench".to_owned(),
        role: Role::Integration,
        station: None,
        county: Some("410800".to_owned()),
    };
    hub.add_bare_account(new).await?;
    use TokenScope::{FreeText, Health, Identity, Minor, Read};
    let scopes = vec![Read, Identity, Minor, Health, FreeText];
    Ok(hub.add_token(&username, NewToken { scopes, ..NewToken::default() }).await?)
}

fn url_of(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

/// Removes a SQLite file and what lies beside it.
pub fn remove(file: &Path) -> anyhow::Result<()> {
    for end in ["", "-wal", "-shm", "-journal"] {
        let path = PathBuf::from(format!("{}{end}", file.display()));
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{} stays", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The filled file; made where it is not there yet.
async fn sqlite_file(options: &Options) -> anyhow::Result<PathBuf> {
    let Sizes { visits, persons, assessments } = options.sizes;
    let name = format!("hub-{visits}-{persons}-{assessments}.v{CITY_VERSION}.db");
    let file = options.folder.join(name);
    if file.exists() && !options.fresh {
        return Ok(file);
    }
    // An interrupted run leaves no half-filled file under the name of a filled one.
    let new = options.folder.join("filling.db");
    remove(&new)?;
    remove(&file)?;
    let hub = open(&url_of(&new), Some(&options.key_file()), 1).await?;
    let city = City::read(&hub, options.sizes).await?;
    hub.db.clone().close().await?;
    let db = fast_sqlite(&url_of(&new)).await?;
    seed::fill(&db, &city).await?;
    db.execute_unprepared("ANALYZE").await?;
    db.close().await?;
    std::fs::rename(&new, &file)?;
    Ok(file)
}

/// A connection that gives up durability; the file is made again should it break.
async fn fast_sqlite(url: &str) -> anyhow::Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(|options| {
        options
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off)
            .foreign_keys(false)
            .pragma("cache_size", "-1000000")
    });
    Ok(Database::connect(options).await?)
}

/// The filled database on a server.
async fn postgres(server: &str, options: &Options) -> anyhow::Result<String> {
    let admin = Database::connect(server).await.context("PostgreSQL does not answer")?;
    let drop = format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)");
    admin.execute_unprepared(&drop).await?;
    admin.execute_unprepared(&format!("CREATE DATABASE {DATABASE}")).await?;
    admin.close().await?;
    let (start, _) = server.rsplit_once('/').context("the PostgreSQL URL names no database")?;
    let url = format!("{start}/{DATABASE}");
    let hub = open(&url, Some(&options.key_file()), 1).await?;
    let city = City::read(&hub, options.sizes).await?;
    hub.db.clone().close().await?;
    let mut connect = ConnectOptions::new(&url);
    connect.max_connections(1).sqlx_logging(false);
    let db = Database::connect(connect).await?;
    db.execute_unprepared("SET synchronous_commit = off").await?;
    // The keys are right by construction; not looking each up halves the time.
    db.execute_unprepared("SET session_replication_role = replica").await?;
    seed::fill(&db, &city).await?;
    db.execute_unprepared("VACUUM ANALYZE").await?;
    db.execute_unprepared("CHECKPOINT").await?;
    db.close().await?;
    Ok(url)
}
