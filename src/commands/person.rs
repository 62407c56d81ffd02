use std::{
    fs::{File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use entity::ResidentId;
use graphql::ids::Kind;
use hub::{
    printout::{Printout, Whom},
    trail::Access,
};

use super::{HERE, migrate::DatabaseArgs};
use crate::printout::markdown;

#[derive(Subcommand)]
pub enum PersonArgs {
    /// Print everything held on one person, with every recipient, to a new file; noted in the trail
    Print(PrintArgs),
}

#[derive(Args)]
pub struct PrintArgs {
    #[command(flatten)]
    whom: WhomArgs,
    /// The access token of a station lead or county officer who sees the person plainly
    #[arg(long, env = "NUANYANG_TOKEN", hide_env_values = true)]
    token: String,
    /// What it is printed for, which the trail keeps
    #[arg(long, value_name = "TEXT")]
    purpose: String,
    /// The file to make; one that is there is left alone
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct WhomArgs {
    /// The person's id, as a UUID or as the API gives it
    #[arg(long)]
    id: Option<String>,
    /// The person's resident ID; an officer names a minor by --id
    #[arg(long, value_name = "NUMBER")]
    resident_id: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Every column, for machines
    Json,
    /// In Chinese, for the person
    Markdown,
}

impl PersonArgs {
    /// # Errors
    /// Where the database cannot be used, the account may not print the person, it cannot be noted,
    /// or the file is there already or cannot be made.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self::Print(args) = self;
        args.run().await
    }
}

impl PrintArgs {
    async fn run(self) -> anyhow::Result<()> {
        let whom = self.whom.parse()?;
        anyhow::ensure!(!self.out.exists(), "{} is there already", self.out.display());
        let hub = self.database.open(2).await?;
        let viewer = hub.authenticate(&self.token, HERE).await?;
        let asking = Access {
            from_address: Some(HERE.to_string()),
            ..Access::by(&viewer, &hub.clock.new_id().to_string(), "PRINT")
        };
        let printout = hub.print_out(&viewer, whom, &self.purpose, asking).await;
        write(&self.out, &self.format.text(&printout.context("nothing was printed")?)?)
    }
}

impl WhomArgs {
    fn parse(&self) -> anyhow::Result<Whom> {
        match (&self.id, &self.resident_id) {
            (Some(id), _) => Ok(Whom::Id(Kind::Person.uuid(id)?)),
            (None, number) => {
                let number = number.as_deref().unwrap_or_default();
                let number = number.parse::<ResidentId>();
                Ok(Whom::ResidentId(number.context("--resident-id is no resident ID")?))
            }
        }
    }
}

impl Format {
    fn text(self, printout: &Printout) -> anyhow::Result<String> {
        Ok(match self {
            Self::Json => serde_json::to_string_pretty(printout)? + "\n",
            Self::Markdown => markdown(printout),
        })
    }
}

/// Makes a file that its owner alone may read, as a whole or not at all.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let file = made.with_context(|| format!("{} cannot be made", path.display()))?;
    let written = write_to(file, text);
    if written.is_err() {
        let _ = std::fs::remove_file(path);
    }
    written.with_context(|| format!("{} cannot be written", path.display()))
}

fn write_to(mut file: File, text: &str) -> std::io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
