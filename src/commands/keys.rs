use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use entity::KeySuite;

use super::migrate::DatabaseArgs;
use crate::keys;

#[derive(Subcommand)]
pub enum KeysArgs {
    /// Make a key file with a new master key
    Create(CreateArgs),
    /// List the data keys: number, suite, master key, since when
    List(DatabaseArgs),
    /// Seal every value by a new data key, while the hub serves; broken off, it goes on when run again
    Rotate(RotateArgs),
    /// Put a new master key into the key file and wrap the data keys by it; the old one stays in the
    /// file, for backups
    RenewMaster(RenewArgs),
    /// Wrap the data keys by the first master key, which every hub has to know already
    Rewrap(DatabaseArgs),
}

#[derive(Args)]
pub struct CreateArgs {
    file: PathBuf,
    #[arg(long, default_value = "aes-256-gcm-siv")]
    suite: SuiteArg,
}

#[derive(Args)]
pub struct RotateArgs {
    /// The suite of the new data key [default: that of the master key]
    #[arg(long)]
    suite: Option<SuiteArg>,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Args)]
pub struct RenewArgs {
    #[arg(long, default_value = "aes-256-gcm-siv")]
    suite: SuiteArg,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// AES-256-GCM-SIV with HMAC-SHA256, or SM4-GCM with HMAC-SM3.
#[derive(Clone, Copy, ValueEnum)]
enum SuiteArg {
    #[value(name = "aes-256-gcm-siv")]
    Aes256GcmSiv,
    #[value(name = "sm4-gcm")]
    Sm4Gcm,
}

impl From<SuiteArg> for KeySuite {
    fn from(suite: SuiteArg) -> Self {
        match suite {
            SuiteArg::Aes256GcmSiv => Self::Aes256GcmSiv,
            SuiteArg::Sm4Gcm => Self::Sm4Gcm,
        }
    }
}

impl KeysArgs {
    /// # Errors
    /// Where the database or the key file cannot be used.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Create(CreateArgs { file, suite }) => {
                anyhow::ensure!(!file.exists(), "{} is there already", file.display());
                keys::create(&file, suite.into())
            }
            Self::List(database) => list(&database).await,
            Self::Rotate(RotateArgs { suite, database }) => {
                let hub = database.open(1).await?;
                let sealed = hub.rotate_keys(suite.map(Into::into)).await?;
                println!("{sealed} rows were sealed anew.");
                list(&database).await
            }
            Self::Rewrap(database) => {
                database.open(1).await?.rewrap_keys().await?;
                list(&database).await
            }
            Self::RenewMaster(RenewArgs { suite, database }) => {
                let hub = database.open(1).await?;
                keys::add(&database.the_key_file()?, suite.into())?;
                hub.rewrap_keys().await?;
                list(&database).await
            }
        }
    }
}

async fn list(database: &DatabaseArgs) -> anyhow::Result<()> {
    for key in database.open(1).await?.data_keys().await? {
        let state = match key.renewed_at {
            _ if key.id == 0 => "of digests",
            Some(_) => "in use",
            None => "coming in",
        };
        let since = key.created_at.to_rfc3339();
        println!("{} {} {} {since} {state}", key.id, key.suite.code(), key.master);
    }
    Ok(())
}
