//! PostgreSQL read by connections of our own.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use sea_orm::{
    DbErr, RuntimeErr, Statement, Values,
    sqlx::{
        self, AssertSqlSafe, ConnectOptions, Error, Executor,
        postgres::{PgConnectOptions, PgConnection, PgRow},
    },
};
use sea_query_sqlx::SqlxValues;
use tokio::time::timeout;

use crate::{db::APPLICATION, error::HubError, pool::Pool};

/// How long a connection is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections to read a server's database by.
#[derive(Clone)]
pub(crate) struct Postgres {
    options: Arc<PgConnectOptions>,
    pool: Arc<Pool<PgConnection>>,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

impl Postgres {
    /// # Errors
    /// Where the URL is none of PostgreSQL.
    pub fn new(url: &str, connections: u32) -> Result<Self, HubError> {
        let options = PgConnectOptions::from_str(url).map_err(failed)?;
        let options = options.application_name(APPLICATION).disable_statement_logging();
        Ok(Self { options: Arc::new(options), pool: Arc::new(Pool::new(connections)) })
    }

    /// The rows of a statement, which is prepared once a connection.
    ///
    /// # Errors
    /// Where the database does not answer, or the statement fails.
    pub async fn rows(&self, statement: &Statement) -> Result<Vec<PgRow>, HubError> {
        let place = timeout(PATIENCE, self.pool.place()).await;
        let mut place = place.map_err(|_| HubError::Unavailable)??;
        // Put back only where the statement came to its end.
        if let Some(mut idle) = place.connection.take() {
            match ask(&mut idle, statement).await {
                Ok(rows) => {
                    place.connection = Some(idle);
                    return Ok(rows);
                }
                Err(Error::Database(error)) if !is_gone(error.code().as_deref()) => {
                    return Err(failed(Error::Database(error)));
                }
                // It had died since it was used last.
                Err(_) => {}
            }
        }
        let connecting = timeout(PATIENCE, self.options.connect()).await;
        let mut connection = connecting.map_err(|_| HubError::Unavailable)?.map_err(failed)?;
        let rows = ask(&mut connection, statement).await.map_err(failed)?;
        place.connection = Some(connection);
        Ok(rows)
    }

    pub fn close(&self) {
        self.pool.close();
    }
}

async fn ask(connection: &mut PgConnection, statement: &Statement) -> Result<Vec<PgRow>, Error> {
    let values = statement.values.clone().unwrap_or(Values(Vec::new()));
    let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values));
    connection.fetch_all(query).await
}

/// Whether the server ended the connection (class 57P), or forgot what was prepared.
fn is_gone(code: Option<&str>) -> bool {
    code.is_some_and(|code| code.starts_with("57P") || code == "0A000" || code == "26000")
}

fn failed(error: Error) -> HubError {
    let is_outage = match &error {
        Error::Io(_) | Error::Tls(_) => true,
        Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            code.starts_with("57P") || code.starts_with("08") || code == "53300"
        }
        _ => false,
    };
    let error = RuntimeErr::SqlxError(error.into());
    if is_outage { DbErr::Conn(error) } else { DbErr::Query(error) }.into()
}
