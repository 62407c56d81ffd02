//! SQLite read on the thread that asks. SQLx gives each connection a thread of its own and sends it every
//! statement and every row, which costs several times what a short statement does.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, NaiveDate, SecondsFormat};
use rusqlite::{Connection, OpenFlags, Row, Statement, config::DbConfig, types::ValueRef};
use sea_orm::{DbErr, Statement as Built, Value};
use uuid::Uuid;

use crate::{
    error::HubError,
    pool::{Place, Pool},
    tree::Kind,
};

/// How many statements a connection keeps prepared.
const KEPT: usize = 256;

/// Connections to read a file by.
#[derive(Clone, Debug)]
pub(crate) struct Sqlite {
    file: Arc<PathBuf>,
    pool: Arc<Pool<Connection>>,
}

/// A connection, taken until it is dropped.
pub(crate) struct Taken(Place<Connection>);

impl Sqlite {
    pub fn new(file: &Path, connections: u32) -> Self {
        Self { file: Arc::new(file.to_owned()), pool: Arc::new(Pool::new(connections)) }
    }

    /// # Errors
    /// Where the file cannot be opened.
    pub async fn take(&self) -> Result<Taken, HubError> {
        let mut place = self.pool.place().await?;
        if place.connection.is_none() {
            place.connection = Some(open(&self.file)?);
        }
        Ok(Taken(place))
    }

    /// The first row of a statement, as values of these kinds.
    ///
    /// # Errors
    /// Where the statement fails.
    pub async fn one(
        &self,
        select: &Built,
        kinds: &[Kind],
    ) -> Result<Option<Vec<Value>>, HubError> {
        let mut taken = self.take().await?;
        let connection = taken.0.connection.as_mut().ok_or(HubError::Unavailable)?;
        let mut statement = connection.prepare_cached(&select.sql)?;
        let values = select.values.as_ref().map_or(&[][..], |values| &values.0);
        bind(&mut statement, values, 0)?;
        let mut rows = statement.raw_query();
        let Some(row) = rows.next()? else { return Ok(None) };
        let cells = kinds.iter().enumerate().map(|(at, kind)| cell(row, at, *kind));
        cells.collect::<Result<_, _>>().map(Some)
    }

    pub fn close(&self) {
        self.pool.close();
    }
}

/// Binds the values of a statement, except for so many at its beginning.
///
/// # Errors
/// Where one is of a kind that no statement here compares by.
pub(crate) fn bind(
    statement: &mut Statement<'_>,
    values: &[Value],
    held: usize,
) -> Result<(), HubError> {
    for (at, value) in values.iter().enumerate().skip(held) {
        let value = bound(value).ok_or_else(|| {
            HubError::from(DbErr::Type("no statement compares by such a value".to_owned()))
        })?;
        statement.raw_bind_parameter(at + 1, value)?;
    }
    Ok(())
}

impl Taken {
    /// Reads within one view of the file.
    ///
    /// # Errors
    /// Where a statement fails.
    pub fn read<T>(
        &mut self,
        reading: impl FnOnce(&Connection) -> Result<T, HubError>,
    ) -> Result<T, HubError> {
        // Not given back where it is left within a view.
        let connection = self.0.connection.take().ok_or(HubError::Unavailable)?;
        run(&connection, "BEGIN")?;
        let read = reading(&connection);
        run(&connection, "COMMIT")?;
        self.0.connection = Some(connection);
        read
    }
}

fn run(connection: &Connection, sql: &str) -> Result<(), HubError> {
    connection.prepare_cached(sql)?.raw_execute()?;
    Ok(())
}

fn open(file: &Path) -> rusqlite::Result<Connection> {
    // Not to read only: whoever reads a file with a log beside it writes to the index of the log.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(Duration::from_secs(30))?;
    connection.set_prepared_statement_cache_capacity(KEPT);
    // Else a statement is planned anew for each value it is asked with, where the file has been analysed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // The file is not mapped: what was read of it would count as the process's own memory.
    connection.execute_batch(
        "PRAGMA query_only = ON; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY",
    )?;
    Ok(connection)
}

impl From<rusqlite::Error> for HubError {
    fn from(error: rusqlite::Error) -> Self {
        DbErr::Custom(error.to_string()).into()
    }
}

/// A value as SQLx writes it into the file. None for what no condition here compares.
pub(crate) fn bound(value: &Value) -> Option<rusqlite::types::Value> {
    use rusqlite::types::Value as Bound;
    Some(match value {
        Value::Bool(Some(value)) => Bound::Integer((*value).into()),
        Value::Int(Some(value)) => Bound::Integer((*value).into()),
        Value::BigInt(Some(value)) => Bound::Integer(*value),
        Value::BigUnsigned(Some(value)) => Bound::Integer(i64::try_from(*value).ok()?),
        Value::String(Some(value)) => Bound::Text(value.clone()),
        Value::Bytes(Some(value)) => Bound::Blob(value.clone()),
        Value::Uuid(Some(value)) => Bound::Blob(value.as_bytes().to_vec()),
        Value::ChronoDate(Some(value)) => Bound::Text(value.to_string()),
        Value::ChronoDateTimeUtc(Some(value)) => {
            Bound::Text(value.to_rfc3339_opts(SecondsFormat::AutoSi, false))
        }
        _ => return None,
    })
}

/// A value of a row, of the kind its column holds.
pub(crate) fn cell(row: &Row<'_>, at: usize, kind: Kind) -> Result<Value, HubError> {
    let found = row.get_ref(at)?;
    let value = match (kind, found) {
        (_, ValueRef::Null) => Some(kind.none()),
        (Kind::Id, ValueRef::Blob(bytes)) => Uuid::from_slice(bytes).ok().map(Value::from),
        (Kind::Number, ValueRef::Integer(number)) => Some(number.into()),
        (Kind::Flag, ValueRef::Integer(number)) => Some((number != 0).into()),
        (Kind::Sealed, ValueRef::Blob(bytes)) => Some(bytes.to_vec().into()),
        (_, ValueRef::Text(text)) => std::str::from_utf8(text).ok().and_then(|text| of(text, kind)),
        _ => None,
    };
    value.ok_or_else(|| DbErr::Type(format!("column {at} holds no {kind:?}")).into())
}

fn of(text: &str, kind: Kind) -> Option<Value> {
    match kind {
        Kind::Text => Some(text.into()),
        Kind::Day => text.parse::<NaiveDate>().ok().map(Value::from),
        Kind::Time => {
            let at = DateTime::parse_from_rfc3339(text).ok()?;
            Some(at.to_utc().into())
        }
        _ => None,
    }
}
