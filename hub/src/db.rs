//! The connections, and what differs between SQLite and PostgreSQL.
//!
//! One writer at a time on both: SQLite has it by nature, on PostgreSQL a write transaction takes an
//! advisory lock. So the rules read and write without races, and the change feed is numbered in the
//! order of the commits, also when several hubs share one database.

use std::path::Path;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use std::time::Duration;

use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    DatabaseTransaction, DbBackend, DbErr, EntityTrait, ExecResult, QueryFilter, QueryResult,
    QuerySelect, QueryTrait, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
    entity::prelude::async_trait::async_trait,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use uuid::Uuid;

use crate::{error::HubError, explain::Note, postgres::Postgres, sqlite::Sqlite};

/// The advisory lock that a write transaction holds on PostgreSQL: "NYNG".
const WRITE_LOCK: i64 = 0x4E59_4E47;

/// The pages that a SQLite connection keeps, in KiB. What a large transaction has changed does not
/// have to leave the writer's before the commit.
const READER_CACHE: u32 = 4 << 10;
const WRITER_CACHE: u32 = 16 << 10;

/// What the hub is called on a server.
pub(crate) const APPLICATION: &str = "nuanyang";

/// The database: a pool of readers and one writer.
#[derive(Clone, Debug)]
pub struct Db {
    readers: Reader<DatabaseConnection>,
    writer: DatabaseConnection,
    short: Short,
    statements: Arc<AtomicU64>,
}

/// The same database, for what is asked so often that each turn on the way counts.
#[derive(Clone, Debug)]
pub(crate) enum Short {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// A connection to read by, whose statements can be explained.
#[derive(Clone, Debug)]
pub struct Reader<C>(C);

#[async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Reader<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let note = Note::begin(&statement);
        let found = self.0.query_one_raw(statement).await;
        if let Some(note) = note {
            note.end(found.iter().flatten().count());
        }
        found
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let note = Note::begin(&statement);
        let found = self.0.query_all_raw(statement).await;
        if let Some(note) = note {
            note.end(found.iter().flatten().count());
        }
        found
    }
}

impl Db {
    /// Opens the database of a URL, `sqlite:FILE` or `postgres://…`, with so many reading
    /// connections. A SQLite file is made where there is none.
    ///
    /// # Errors
    /// Where the database cannot be reached, or holds something that is not a hub.
    pub async fn open(url: &str, readers: u32) -> Result<Self, HubError> {
        let statements = Arc::new(AtomicU64::new(0));
        if let Some(file) = url.strip_prefix("sqlite:") {
            refuse_foreign_file(file).await?;
            let writer = connect(sqlite(url, 1, WRITER_CACHE), &statements).await?;
            let short = Short::Sqlite(Sqlite::new(Path::new(path_of(file)), readers));
            let readers = connect(sqlite(url, readers, READER_CACHE), &statements).await?;
            return Ok(Self { readers: Reader(readers), writer, short, statements });
        }
        if !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
            return Err(HubError::DatabaseUrl);
        }
        let pool = connect(postgres(url, readers + 2), &statements).await?;
        refuse_foreign_tables(&pool).await?;
        let short = Short::Postgres(Postgres::new(url, readers)?);
        Ok(Self { readers: Reader(pool.clone()), writer: pool, short, statements })
    }

    /// The connections to read by.
    #[must_use]
    pub fn read(&self) -> &Reader<DatabaseConnection> {
        &self.readers
    }

    /// The connection that migrations run on.
    #[must_use]
    pub fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.readers.get_database_backend()
    }

    /// A write transaction. Waits until no other is open, here or in another hub.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn write_tx(&self) -> Result<DatabaseTransaction, HubError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let tx = self.writer.begin_with_options(options).await?;
        if self.backend() == DbBackend::Postgres {
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({WRITE_LOCK})")).await?;
        }
        Ok(tx)
    }

    /// A transaction to read by, whose statements all see the database as it is at the first.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn snapshot(&self) -> Result<Reader<DatabaseTransaction>, HubError> {
        let tx = self.readers.0.begin_with_options(TransactionOptions::default()).await?;
        // On SQLite it is so by nature. Not as an option of the transaction: that is prepared and kept, and
        // PostgreSQL may look at the database to plan it anew, after which it refuses it.
        if self.backend() == DbBackend::Postgres {
            let mode = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
            tx.execute_unprepared(mode).await?;
        }
        Ok(Reader(tx))
    }

    /// Rewrites the tables, so that nothing is left of values that were replaced. Waits until nobody
    /// else uses them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn rewrite(&self) -> Result<(), HubError> {
        let statement = match self.backend() {
            DbBackend::Sqlite => "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)",
            _ => "VACUUM FULL",
        };
        self.writer.execute_unprepared(statement).await?;
        Ok(())
    }

    /// The short way, for so many statements.
    pub(crate) fn short(&self, statements: usize) -> &Short {
        self.statements.fetch_add(statements as u64, Ordering::Relaxed);
        &self.short
    }

    /// How many SQL statements were sent so far.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Closes the connections.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn close(self) -> Result<(), HubError> {
        match &self.short {
            Short::Sqlite(file) => file.close(),
            Short::Postgres(server) => server.close(),
        }
        self.readers.0.close().await?;
        Ok(self.writer.close().await?)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn ping(&self) -> Result<(), HubError> {
        Ok(self.readers.0.ping().await?)
    }
}

/// Has a transaction find rows by their keys from here to its end. PostgreSQL keeps the plan of a statement that was
/// prepared, and one that it made while a table was empty goes through all of it for each group.
///
/// # Errors
/// Where the database does not answer.
pub(crate) async fn by_keys(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        // Where there is no other way it goes through a table all the same; that is not worth compiling for.
        tx.execute_unprepared("SET LOCAL enable_seqscan = off; SET LOCAL jit = off").await?;
    }
    Ok(())
}

/// Removes rows of a table that hang on an id, at most so many, so that others can write meanwhile; tells how
/// many it were.
///
/// # Errors
/// Where the database does not answer.
pub(crate) async fn delete_some<E: EntityTrait>(
    tx: &impl ConnectionTrait,
    (key, hang_on): (E::Column, E::Column),
    (id, most): (Uuid, u64),
) -> Result<u64, DbErr> {
    let some = E::find().select_only().column(key).filter(hang_on.eq(id)).limit(most);
    let some = key.in_subquery(some.into_query());
    Ok(E::delete_many().filter(some).exec(tx).await?.rows_affected)
}

async fn connect(
    options: ConnectOptions,
    statements: &Arc<AtomicU64>,
) -> Result<DatabaseConnection, HubError> {
    let mut connection = Database::connect(options).await?;
    let statements = Arc::clone(statements);
    connection.set_metric_callback(move |_| {
        statements.fetch_add(1, Ordering::Relaxed);
    });
    Ok(connection)
}

fn sqlite(url: &str, connections: u32, cache: u32) -> ConnectOptions {
    let mut options = base(url.to_owned(), connections);
    options.map_sqlx_sqlite_opts(move |options| {
        options
            .create_if_missing(true)
            .busy_timeout(Duration::from_secs(30))
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .pragma("cache_size", format!("-{cache}"))
            // The more commits a page is written back after, the fewer of its writes there are.
            .pragma("wal_autocheckpoint", "4000")
            .pragma("temp_store", "MEMORY")
    });
    options
}

fn postgres(url: &str, connections: u32) -> ConnectOptions {
    let mut options = base(url.to_owned(), connections);
    options.set_application_name(APPLICATION);
    options
}

fn base(url: String, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        // A ping for each statement would cost as much as the statement; idle ones may be dead.
        .test_before_acquire_if_idle_for(Duration::from_secs(5))
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    options
}

/// The path of what a URL says after its scheme.
fn path_of(file: &str) -> &str {
    file.trim_start_matches("//").split('?').next().unwrap_or(file)
}

/// Looks at a file before it is opened for writing, which would change another program's. A file
/// that is no SQLite database would be reported only at the first statement, without its name.
async fn refuse_foreign_file(file: &str) -> Result<(), HubError> {
    let path = path_of(file);
    let Ok(mut found) = std::fs::File::open(path) else { return Ok(()) };
    let mut magic = [0u8; 16];
    match std::io::Read::read(&mut found, &mut magic).unwrap_or(0) {
        0 => return Ok(()),
        _ if magic.starts_with(b"SQLite format 3\0") => {}
        _ => return Err(HubError::NotOurs(format!("{path} is no SQLite database"))),
    }
    let looking = Database::connect(base(format!("sqlite:{path}?mode=ro"), 1)).await?;
    let verdict = refuse_foreign_tables(&looking).await;
    looking.close().await?;
    verdict
}

/// A database that already holds tables has to hold ours.
async fn refuse_foreign_tables(connection: &DatabaseConnection) -> Result<(), HubError> {
    let tables = match connection.get_database_backend() {
        DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        _ => "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema()",
    };
    let statement = Statement::from_string(connection.get_database_backend(), tables);
    let mut names = Vec::new();
    for row in connection.query_all_raw(statement).await? {
        names.push(row.try_get::<String>("", "name")?);
    }
    if names.is_empty() || names.iter().any(|name| name == "submissions") {
        return Ok(());
    }
    if names.iter().all(|name| name == "seaql_migrations") {
        return Ok(());
    }
    Err(HubError::NotOurs("the database holds tables of something else".to_owned()))
}
