use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use entity::LedgerKind;
use hub::import::SheetKind;

use super::{HERE, migrate::DatabaseArgs};

#[derive(Args)]
pub struct WorkbookArgs {
    /// The file to make (.xlsx); one that is there is left alone
    #[arg(value_name = "FILE")]
    out: PathBuf,
    /// The station whose workbook it is
    #[arg(long, value_name = "CODE")]
    station: String,
    /// The kinds of sheets [default: all]
    #[arg(long = "kind", value_enum)]
    kinds: Vec<Kind>,
    /// The access token of an account that may hand in for the station
    #[arg(long, env = "NUANYANG_TOKEN", hide_env_values = true)]
    token: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Child,
    Elderly,
    Disabled,
    Visits,
}

impl WorkbookArgs {
    /// Writes a blank workbook.
    ///
    /// # Errors
    /// Where the token is not valid, may not hand in for the station, or the file is there.
    pub async fn run(self) -> anyhow::Result<()> {
        let kinds: Vec<SheetKind> = self.kinds.iter().map(|kind| kind.of_sheet()).collect();
        let kinds = if kinds.is_empty() { SheetKind::ALL.to_vec() } else { kinds };
        let hub = self.database.open(1).await?;
        let viewer = hub.authenticate(&self.token, HERE).await?;
        let bytes = hub.blank_workbook(&viewer, &self.station, &kinds).await?;
        let written = std::fs::File::create_new(&self.out)
            .and_then(|mut file| std::io::Write::write_all(&mut file, &bytes));
        written.with_context(|| format!("{} cannot be made", self.out.display()))?;
        println!("{}: a blank workbook of {}", self.out.display(), self.station);
        Ok(())
    }
}

impl Kind {
    const fn of_sheet(self) -> SheetKind {
        match self {
            Self::Child => SheetKind::Ledger(LedgerKind::Child),
            Self::Elderly => SheetKind::Ledger(LedgerKind::Elderly),
            Self::Disabled => SheetKind::Ledger(LedgerKind::Disabled),
            Self::Visits => SheetKind::Visits,
        }
    }
}
