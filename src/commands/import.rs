use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use hub::{
    Hub, HubError,
    access::Viewer,
    import::{
        HandInError, Imported,
        act::{TakeKnown, Upload},
        answer::answer,
        report::{ProblemReport, RowReport, Verdict},
    },
    problem::Language,
    trail::Access,
};
use uuid::Uuid;

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
    /// Say what would become of each row, and record nothing
    #[arg(long)]
    dry_run: bool,
    /// Take in too the rows that look like somebody known
    #[arg(long, conflicts_with = "dry_run")]
    take_known: bool,
    /// The access token of an account that may hand in for the station
    #[arg(long, env = "NUANYANG_TOKEN", hide_env_values = true)]
    token: String,
    /// Write what became of each row to this file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write each file back into this folder, refused cells coloured and commented, with a column of
    /// remarks
    #[arg(long, value_name = "DIR")]
    answer: Option<PathBuf>,
    /// The language of the sentences of report and answers
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
    /// Where a file could not be read or answered, after those that come behind it were handed in;
    /// where the token is not valid or the database cannot be used, at once.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let language = match self.language {
            Tongue::Zh => Language::Chinese,
            Tongue::En => Language::English,
        };
        let files = workbooks(&self.paths)?;
        let answers = self.answer.as_deref().map(|folder| Answers::new(folder, &files));
        let answers = answers.transpose()?;
        let mut report = self.report.as_deref().map(Report::create).transpose()?;
        let hub = self.database.open(2).await?;
        let viewer = hub.authenticate(&self.token, HERE).await?;
        let importing = async {
            let (mut clean, mut failed) = (true, 0);
            for file in &files {
                let imported = match self.hand_in(&hub, &viewer, file).await {
                    Ok(imported) => imported,
                    Err(error) => {
                        failed += passed_over(error)?;
                        continue;
                    }
                };
                let rows = rows(&short_path(file), &imported, language);
                clean &= say(file, &imported, &rows, language);
                if let Some(report) = &mut report {
                    report.add(&rows)?;
                }
                if let Some(answers) = &answers
                    && let Err(error) = answers.write(file, &imported, language)
                {
                    failed += passed_over(error)?;
                }
            }
            anyhow::Ok((clean, failed))
        };
        let done = importing.await;
        // What was imported before the hub failed is noted too.
        hub.flush_trail().await?;
        let (clean, failed) = done?;
        if let Some(report) = report {
            report.finish()?;
        }
        let of = files.len();
        anyhow::ensure!(failed == 0, "{failed} of {of} files were not taken in, or not answered");
        Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }
}

/// Says why a file failed, and that one did. What ails the hub ails the files that come after it too,
/// and is given back.
fn passed_over(error: anyhow::Error) -> anyhow::Result<usize> {
    let of_hub = matches!(error.downcast_ref(), Some(HandInError::Hub(_)));
    if of_hub || error.is::<HubError>() {
        return Err(error);
    }
    eprintln!("nuanyang: {error:#}");
    Ok(1)
}

impl ImportArgs {
    /// Takes one file in, or looks at it.
    ///
    /// # Errors
    /// Where it cannot be read or the database cannot be used.
    async fn hand_in(&self, hub: &Hub, viewer: &Viewer, file: &Path) -> anyhow::Result<Imported> {
        if self.dry_run {
            return self.look(hub, viewer, file).await;
        }
        let (id, imported) = import(hub, viewer, &self.station, (file, self.take())).await?;
        tell!("{}: import {id}", file.display());
        Ok(imported)
    }

    fn take(&self) -> TakeKnown {
        if self.take_known { TakeKnown::All } else { TakeKnown::These(Vec::new()) }
    }

    /// Looks at one file, and prints what it would change.
    ///
    /// # Errors
    /// Where it cannot be read or the database cannot be used.
    async fn look(&self, hub: &Hub, viewer: &Viewer, file: &Path) -> anyhow::Result<Imported> {
        let upload = read(file)?;
        let request = hub.clock.new_id().to_string();
        let asking = Access::by(viewer, &request, "IMPORT_PREVIEW");
        let seen = hub.preview_import(viewer, &self.station, upload, asking.clone()).await;
        let seen = seen
            .map_err(said)
            .with_context(|| format!("{} cannot be looked at", file.display()))?;
        tell!("{}: import {}, not applied", file.display(), seen.id);
        let (changed, shown) = hub.changes_of_import(viewer, &seen).await?;
        // What is on record is not shown before it is noted that it is.
        if !shown.is_empty() {
            let fields = ["ImportChange.from".to_owned()].into();
            hub.note_durably(Access { fields, people: shown, ..asking }).await?;
        }
        for row in &changed {
            for change in &row.changes {
                let from = change.from.as_deref().unwrap_or("-");
                let to = change.to.as_deref().unwrap_or("-");
                tell!("  {} row {} {}: {from} → {to}", row.sheet, row.row, change.path);
            }
        }
        Ok(hub.import_result(viewer, seen.id).await?)
    }
}

/// Takes one file in; gives the id of the act, and what became of each row.
///
/// # Errors
/// Where it cannot be read or the database cannot be used.
pub async fn import(
    hub: &Hub,
    viewer: &Viewer,
    station: &str,
    (file, take): (&Path, TakeKnown),
) -> anyhow::Result<(Uuid, Imported)> {
    let imported = hub.import(viewer, station, read(file)?, &take).await;
    imported.map_err(said).with_context(|| format!("{} was not taken in", file.display()))
}

/// Why a file is not read is said in Chinese too, since it is told to a station.
fn said(fault: HandInError) -> anyhow::Error {
    match fault {
        HandInError::File(fault) => {
            anyhow::anyhow!("{} ({fault})", fault.message(Language::Chinese))
        }
        fault => fault.into(),
    }
}

fn read(file: &Path) -> anyhow::Result<Upload> {
    let bytes =
        std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Ok(Upload { name: file_name(file), bytes: bytes.into() })
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
        changed: row.changed.clone(),
        looks_like: row.looks_like,
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
            let likely = problem.repair.as_ref().map_or_else(String::new, |to| format!(" ({to}?)"));
            let ProblemReport { column, message, .. } = problem;
            tell!("  {} row {} {column}: {message}{likely}", row.sheet, row.row);
        }
    }
    for row in rows.iter().filter(|row| row.verdict == Verdict::Known) {
        if let Some(person) = row.looks_like {
            tell!("  {} row {}: looks like person {person}", row.sheet, row.row);
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

/// The files written back, each there as a whole or not at all.
struct Answers(PathBuf);

impl Answers {
    /// Makes the folder.
    ///
    /// # Errors
    /// Where an answer would take the place of a file that is imported, or of another answer.
    fn new(folder: &Path, files: &[PathBuf]) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
        let mut names = BTreeSet::new();
        for file in files {
            let name = file_name(file);
            let inside = file.parent().and_then(|parent| parent.canonicalize().ok());
            anyhow::ensure!(
                inside != folder.canonicalize().ok(),
                "{} would be overwritten by its answer; name another folder",
                file.display()
            );
            anyhow::ensure!(
                names.insert(name.to_lowercase()),
                "two files are named {name}; answer them into a folder each"
            );
        }
        Ok(Self(folder.to_owned()))
    }

    fn write(&self, file: &Path, imported: &Imported, language: Language) -> anyhow::Result<()> {
        let bytes =
            std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let answer = answer(&file_name(file), &bytes, imported, language)
            .with_context(|| format!("{} cannot be answered", file.display()))?;
        let path = self.0.join(answer.file_name);
        let unfinished = path.with_added_extension("part");
        std::fs::write(&unfinished, answer.bytes)
            .and_then(|()| std::fs::rename(&unfinished, &path))
            .with_context(|| format!("the answer {} cannot be written", path.display()))?;
        tell!("  answered in {}", path.display());
        Ok(())
    }
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
