use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use clap::Args;
use hub::{Hub, clock::Clock, db::Db, keys::Keys};
use migration::{Migrator, MigratorTrait};

use crate::keys::MasterKey;

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
    /// The key file [default for sqlite: FILE.key]
    #[arg(long, env = "NUANYANG_KEY_FILE", value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl DatabaseArgs {
    /// Opens it and brings it to the newest schema.
    ///
    /// # Errors
    /// Where it cannot be reached, is not ours, or is of a newer program.
    pub async fn open(&self, readers: u32) -> anyhow::Result<Hub> {
        open(&self.database, self.key_file.as_deref(), readers).await
    }

    /// The key file it is sealed by.
    ///
    /// # Errors
    /// Where the master key is in a variable, or not named.
    pub fn the_key_file(&self) -> anyhow::Result<PathBuf> {
        match MasterKey::of(&self.database, self.key_file.as_deref())? {
            MasterKey::File(file) => Ok(file),
            MasterKey::Lines(_) => anyhow::bail!(
                "the master key is in NUANYANG_KEY: put a new line before its lines, restart every \
                 hub, then run `nuanyang keys rewrap`"
            ),
        }
    }
}

/// Opens a database, brings it to the newest schema and takes its keys.
///
/// # Errors
/// Where it cannot be reached, is not ours, or is of a newer program, or its master key is not there.
pub async fn open(database: &str, key_file: Option<&Path>, readers: u32) -> anyhow::Result<Hub> {
    let db = Db::open(database, readers)
        .await
        .with_context(|| format!("the database {} cannot be used", without_password(database)))?;
    Migrator::up(db.writer(), None)
        .await
        .context("the database cannot be brought to the newest schema")?;
    let master = MasterKey::of(database, key_file)?;
    master.make_if_new(Keys::are_in(&db).await?)?;
    let keys = Keys::open(&db, Clock::system(), Arc::new(master)).await;
    Ok(Hub::new(db, Clock::system(), keys.context("the database cannot be unsealed")?))
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
