use anyhow::Context;
use clap::Subcommand;

use super::migrate::{DatabaseArgs, open};
use crate::settings::SettingsArgs;

/// What can be done with the trail of who read and wrote whose data.
#[derive(Subcommand)]
pub enum TrailArgs {
    /// Check that no row of the trail was changed, removed or put elsewhere
    Verify {
        #[command(flatten)]
        database: DatabaseArgs,
        /// A head that was kept elsewhere and has to be part of the trail
        #[arg(long, value_name = "HASH")]
        head: Option<String>,
    },
    /// Seal the past days and print the newest seal, to be kept elsewhere
    Seal {
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Remove the days that are past by more than `trail_keep_days`
    Purge(Box<SettingsArgs>),
}

impl TrailArgs {
    /// # Errors
    /// Where the database cannot be used, or the trail is not whole.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Verify { database, head } => {
                let hub = database.open(1).await?;
                let whole = hub.verify_trail(head.as_deref()).await?;
                let whole = whole.context("the trail is not whole")?;
                println!(
                    "the trail is whole from row {}: {} rows, {} seals, head {}",
                    whole.purged + 1,
                    whole.rows,
                    whole.seals,
                    whole.head
                );
            }
            Self::Seal { database } => {
                let hub = database.open(1).await?;
                hub.seal_trail().await?;
                match hub.newest_seal().await? {
                    Some(seal) => println!("{} row {} {}", seal.day, seal.last_seq, seal.hash),
                    None => println!("there is no past day to seal"),
                }
            }
            Self::Purge(settings) => {
                let settings = settings.settings()?;
                let key_file = settings.key_file.as_deref();
                let hub = open(&settings.database, key_file, 1).await?;
                let request_id = hub.clock.new_id().to_string();
                match hub.purge_trail(settings.trail_keep_days, &request_id).await? {
                    Some(seal) => println!("removed up to {} row {}", seal.day, seal.last_seq),
                    None => println!("nothing is older than {} days", settings.trail_keep_days),
                }
            }
        }
        Ok(())
    }
}
