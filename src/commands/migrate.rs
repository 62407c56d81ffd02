use anyhow::Context;
use clap::Args;
use hub::{Hub, clock::Clock, db::Db};
use migration::{Migrator, MigratorTrait};

#[derive(Args)]
pub struct DatabaseArgs {
    /// The database: sqlite:FILE or postgres://…
    #[arg(
        long,
        env = "NUANYANG_DATABASE",
        default_value = "sqlite:nuanyang.db",
        hide_env_values = true
    )]
    database: String,
}

impl DatabaseArgs {
    /// Opens it and brings it to the newest schema.
    ///
    /// # Errors
    /// Where it cannot be reached, is not ours, or is of a newer program.
    pub async fn open(&self, readers: u32) -> anyhow::Result<Hub> {
        open(&self.database, readers).await
    }
}

/// Opens a database and brings it to the newest schema.
///
/// # Errors
/// Where it cannot be reached, is not ours, or is of a newer program.
pub async fn open(database: &str, readers: u32) -> anyhow::Result<Hub> {
    let db = Db::open(database, readers)
        .await
        .with_context(|| format!("the database {} cannot be used", without_password(database)))?;
    Migrator::up(db.writer(), None)
        .await
        .context("the database cannot be brought to the newest schema")?;
    Ok(Hub::new(db, Clock::system()))
}

/// `postgres://user:secret@host/name` without the secret.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_told_without_its_password() {
        assert_eq!(without_password("postgres://hub:pa@ss@db/hub"), "postgres://hub@db/hub");
        assert_eq!(without_password("sqlite:hub.db"), "sqlite:hub.db");
    }
}
