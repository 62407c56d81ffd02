use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    path::PathBuf,
};

use anyhow::Context;
use clap::{Args, Subcommand};
use entity::LayoutKind;
use hub::{
    import::{HandInError, Layout, learn::Proposal},
    problem::Language,
    trail::Access,
};
use serde::Deserialize;

use super::{HERE, migrate::DatabaseArgs};

/// What stations call the columns of their workbooks.
#[derive(Subcommand)]
pub enum LayoutArgs {
    /// Print what the columns of a workbook seem to be, as a file to look through and confirm
    Propose(LayoutFileArgs),
    /// Keep what such a file says for the station's workbooks
    Confirm(LayoutFileArgs),
}

#[derive(Args)]
pub struct LayoutFileArgs {
    /// The workbook, or the file of what was proposed
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The station whose workbooks they are
    #[arg(long, value_name = "CODE")]
    station: String,
    /// The access token of an account that may hand in for the station
    #[arg(long, env = "NUANYANG_TOKEN", hide_env_values = true)]
    token: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// The file between the two.
#[derive(Deserialize)]
struct File {
    layout: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    kind: LayoutKind,
    /// Header → path; an empty one is not to be read.
    columns: BTreeMap<String, String>,
}

impl LayoutArgs {
    /// # Errors
    /// Where a file cannot be read, the account may not hand in for the station, what is confirmed is
    /// no layout, or the database cannot be used.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Propose(args) => args.propose().await,
            Self::Confirm(args) => args.confirm().await,
        }
    }
}

impl LayoutFileArgs {
    async fn propose(self) -> anyhow::Result<()> {
        let bytes = std::fs::read(&self.file)
            .with_context(|| format!("{} cannot be read", self.file.display()))?;
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let hub = self.database.open(2).await?;
        let viewer = hub.authenticate(&self.token, HERE).await?;
        let found = hub.propose_layout(&viewer, &self.station, &name, bytes.into()).await;
        let found = found.map_err(|fault| match fault {
            HandInError::File(fault) => {
                anyhow::anyhow!("{} ({fault})", fault.message(Language::Chinese))
            }
            fault => fault.into(),
        })?;
        anyhow::ensure!(!found.is_empty(), "{} holds no table", self.file.display());
        for proposal in &found {
            print!("{}", written(proposal)?);
        }
        Ok(())
    }

    async fn confirm(self) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(&self.file)
            .with_context(|| format!("{} cannot be read", self.file.display()))?;
        let file: File = toml::from_str(&text)
            .with_context(|| format!("{} is not what was proposed", self.file.display()))?;
        let hub = self.database.open(2).await?;
        let viewer = hub.authenticate(&self.token, HERE).await?;
        for Entry { kind, columns } in file.layout {
            let columns = columns.into_iter();
            let columns =
                columns.map(|(header, path)| (header, Some(path).filter(|path| !path.is_empty())));
            let layout = Layout { kind: kind.into(), columns: columns.collect() };
            let asking = Access::by(&viewer, &hub.clock.new_id().to_string(), "");
            let kept = hub.confirm_layout(&viewer, &self.station, &layout, asking).await?;
            println!("kept {} headers of {} as {}", kept.columns.0.len(), kind.zh(), kept.id);
        }
        Ok(())
    }
}

/// A proposal as a part of the file.
fn written(proposal: &Proposal) -> anyhow::Result<String> {
    // As JSON writes a text, it is one of TOML in one line.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let comment = |text: String| text.replace(|letter: char| letter.is_control(), " ");
    let kind = LayoutKind::from(proposal.kind);
    let mut text = String::new();
    writeln!(
        text,
        "# {}",
        comment(format!("{} 第{}行 {}", proposal.sheet, proposal.row, kind.zh()))
    )?;
    if !proposal.missing.is_empty() {
        writeln!(text, "# 缺少 (missing): {}", proposal.missing.join("、"))?;
    }
    writeln!(text, "[[layout]]\nkind = {}\n\n[layout.columns]", quoted(&kind.code()))?;
    let mut seen = BTreeSet::new();
    for proposed in &proposal.columns {
        let header = &proposed.column.header;
        let reasons: Vec<String> =
            proposed.reasons.iter().map(|reason| reason.message(Language::Chinese)).collect();
        let why = comment(format!("{}% {}", proposed.confidence, reasons.join("，")));
        // A key stands once; of two columns under one header the first is read.
        let mark = if seen.insert(header) { "" } else { "# " };
        let path = proposed.path.as_deref().unwrap_or_default();
        writeln!(text, "{mark}{} = {} # {why}", quoted(header), quoted(path))?;
    }
    writeln!(text)?;
    Ok(text)
}
