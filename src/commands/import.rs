use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use hub::{
    Hub,
    access::Viewer,
    import::{
        HandInError, Imported,
        report::{ProblemReport, RowReport, Verdict},
    },
    problem::Language,
};

use super::{HERE, migrate::DatabaseArgs};

/// Prints a line. That nobody reads it any more is no reason to stop half-way.
macro_rules! tell {
    ($($line:tt)*) => { let _ = writeln!(std::io::stdout(), $($line)*); };
}

#[derive(Args)]
pub struct ImportArgs {
    /// Workbooks (.xlsx, .xlsm, .xls, .ods, .csv), or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The station whose workbooks they are
    #[arg(long, value_name = "CODE")]
    station: String,
    /// The access token of an account that may hand in for the station
    #[arg(long, env = "NUANYANG_TOKEN", hide_env_values = true)]
    token: String,
    /// Write what became of each row to this file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The language of the report's sentences
    #[arg(long, value_enum, default_value_t = Tongue::Zh)]
    language: Tongue,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Tongue {
    Zh,
    En,
}

impl ImportArgs {
    /// Hands the files in and prints how many rows came to what. The exit code is 2 where a row was
    /// refused or a sheet could not be read.
    ///
    /// # Errors
    /// Where a file cannot be read, the token is not valid, or the database cannot be used.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let language = match self.language {
            Tongue::Zh => Language::Chinese,
            Tongue::En => Language::English,
        };
        let files = workbooks(&self.paths)?;
        let mut report = self.report.as_deref().map(Report::create).transpose()?;
        let hub = self.database.open(2).await?;
        let viewer = hub.authenticate(&self.token, HERE).await?;
        let importing = async {
            let mut clean = true;
            for file in &files {
                let imported = import(&hub, &viewer, &self.station, file).await?;
                let rows = rows(&short_path(file), &imported, language);
                clean &= say(file, &imported, &rows, language);
                if let Some(report) = &mut report {
                    report.add(&rows)?;
                }
            }
            anyhow::Ok(clean)
        };
        let clean = importing.await;
        // What was imported before a file that cannot be read is noted too.
        hub.flush_trail().await?;
        let clean = clean?;
        if let Some(report) = report {
            report.finish()?;
        }
        Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }
}

/// Hands one file in.
///
/// # Errors
/// Where it cannot be read or the database cannot be used.
pub async fn import(
    hub: &Hub,
    viewer: &Viewer,
    station: &str,
    file: &Path,
) -> anyhow::Result<Imported> {
    let bytes =
        std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let imported = hub.import(viewer, station, &file_name(file), &bytes).await;
    imported
        .map_err(|fault| match fault {
            HandInError::File(fault) => {
                anyhow::anyhow!("{} ({fault})", fault.message(Language::Chinese))
            }
            fault => fault.into(),
        })
        .with_context(|| format!("{} was not taken in", file.display()))
}

/// The files named, and those in the folders named, in the order of the names: children, elderly
/// and disabled people's ledgers before visits.
///
/// # Errors
/// Where a path is not there, or a folder holds no workbook.
pub fn workbooks(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            anyhow::ensure!(path.exists(), "{} is not there", path.display());
            files.push(path.clone());
            continue;
        }
        let mut found = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?.path();
            let kind = entry.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
            let hidden = file_name(&entry).starts_with(['.', '~']);
            if matches!(kind, "xlsx" | "xlsm" | "xls" | "ods" | "csv") && !hidden {
                found.push(entry);
            }
        }
        anyhow::ensure!(!found.is_empty(), "{} holds no workbook", path.display());
        found.sort_by_key(|file| (file_name(file).contains("访"), file_name(file)));
        files.extend(found);
    }
    Ok(files)
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The name of the file with its folder's: stations keep a folder each, and name files alike.
fn short_path(file: &Path) -> String {
    let folder = file.parent().and_then(Path::file_name).map(|name| name.to_string_lossy());
    match folder {
        Some(folder) => format!("{folder}/{}", file_name(file)),
        None => file_name(file),
    }
}

fn rows(file: &str, imported: &Imported, language: Language) -> Vec<RowReport> {
    let sheets = imported.sheets.iter();
    let rows = sheets.flat_map(|sheet| sheet.rows.iter().map(move |row| (sheet, row)));
    rows.map(|(sheet, row)| RowReport {
        file: file.to_owned(),
        sheet: sheet.name.clone(),
        row: row.row,
        verdict: row.verdict,
        problems: row.problems.iter().map(|found| ProblemReport::new(found, language)).collect(),
        repairs: row.repairs.clone(),
    })
    .collect()
}

/// Prints what became of a file; gives back whether all of it was taken in.
fn say(file: &Path, imported: &Imported, rows: &[RowReport], language: Language) -> bool {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.verdict).or_insert(0) += 1;
    }
    let counts: Vec<_> =
        counts.iter().map(|(verdict, count)| format!("{count} {}", verdict.as_str())).collect();
    tell!("{}: {} rows: {}", file.display(), rows.len(), counts.join(", "));
    for row in rows.iter().filter(|row| row.verdict == Verdict::Refused) {
        for problem in &row.problems {
            tell!("  {} row {} {}: {}", row.sheet, row.row, problem.column, problem.message);
        }
    }
    for note in &imported.notes {
        let sheet = note.sheet.as_deref().unwrap_or("-");
        tell!("  {sheet}: {}", note.message(language));
    }
    for fault in &imported.faults {
        tell!("  {}: {}", fault.sheet, fault.problem.message(language));
    }
    for sheet in imported.sheets.iter().filter(|sheet| !sheet.unread.is_empty()) {
        tell!("  {}: columns nobody knows: {}", sheet.name, sheet.unread.join(", "));
    }
    imported.faults.is_empty() && rows.iter().all(|row| row.verdict != Verdict::Refused)
}

/// The report, a file that is there as a whole or not at all.
struct Report {
    path: PathBuf,
    unfinished: PathBuf,
    out: BufWriter<File>,
}

impl Report {
    fn create(path: &Path) -> anyhow::Result<Self> {
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".part");
        let unfinished = PathBuf::from(unfinished);
        let file = File::create(&unfinished)
            .with_context(|| format!("the report {} cannot be written", path.display()))?;
        Ok(Self { path: path.to_owned(), unfinished, out: BufWriter::new(file) })
    }

    fn add(&mut self, rows: &[RowReport]) -> anyhow::Result<()> {
        for row in rows {
            row.write_line(&mut self.out)?;
        }
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        Ok(std::fs::rename(&self.unfinished, &self.path)?)
    }
}
