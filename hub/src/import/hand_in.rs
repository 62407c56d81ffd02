//! A station's file through the door: decoded, checked, told from its own duplicates, submitted.

use uuid::Uuid;

use super::{
    ColumnProblem, Columns, ImportError, Note, Repair, Row, SheetFault,
    act::{TakeKnown, Upload},
    column_of, likely,
    mend::Mend,
    report::Verdict,
};
use crate::{
    Hub, HubError,
    access::Viewer,
    intake::{Ground, check},
    problem::Problem,
    submission::{Content, PersonContent, Submission},
    trail::Access,
};

/// What became of a file.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    pub sheets: Vec<ImportedSheet>,
    /// Sheets with data that cannot be read at all.
    pub faults: Vec<SheetFault>,
    /// What a person should know of how it was read.
    pub notes: Vec<Note>,
    /// Cells that a person corrected after it was looked at.
    pub mends: Vec<Mend>,
}

#[derive(Clone, Debug)]
pub struct ImportedSheet {
    pub name: String,
    /// Where the header is, 1-based.
    pub header_row: usize,
    /// Headers of columns that nobody knows.
    pub unread: Vec<String>,
    pub rows: Vec<ImportedRow>,
}

#[derive(Clone, Debug)]
pub struct ImportedRow {
    /// 1-based, as the spreadsheet shows it.
    pub row: usize,
    pub verdict: Verdict,
    /// Whether it is still to be taken in.
    pub waits: bool,
    pub problems: Vec<ColumnProblem>,
    pub repairs: Vec<Repair>,
    /// Headers of the columns by which it changes somebody on record.
    pub changed: Vec<String>,
    /// Whom it looks like.
    pub looks_like: Option<Uuid>,
}

/// Why a file was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum HandInError {
    #[error(transparent)]
    File(#[from] ImportError),
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl Hub {
    /// Hands in a station's workbook: looks at it and takes in what is good, in one act, whose id it
    /// gives. Handing the same file in again changes nothing.
    ///
    /// # Errors
    /// Where the file cannot be read, the viewer may not hand in for the station, or the database
    /// fails; in the last case the act is gone on with, and the file may be handed in again.
    pub async fn import(
        &self,
        viewer: &Viewer,
        station: &str,
        upload: Upload,
        take: &TakeKnown,
    ) -> Result<(Uuid, Imported), HandInError> {
        let asking = Access::by(viewer, &self.clock.new_id().to_string(), "IMPORT");
        let seen = self.preview_import(viewer, station, upload, asking.clone()).await?;
        self.apply_import(viewer, seen.id, take, asking).await?;
        self.finish_import(seen.id).await?;
        Ok((seen.id, self.import_result(viewer, seen.id).await?))
    }
}

/// What decoding found, and what the check finds at other places.
pub(super) fn faults(row: &mut Row, ground: Ground<'_>) -> Vec<ColumnProblem> {
    let mut problems = std::mem::take(&mut row.problems);
    let found = check(&row.content, ground).err().unwrap_or_default();
    for problem in found {
        if problems.iter().all(|known| known.problem.path != problem.path) {
            problems.push(at_column(&row.columns, problem));
        }
    }
    for found in &mut problems {
        if found.problem.repair.is_none() {
            found.problem.repair = likely::repair(&found.problem, ground);
        }
        found.given = found.index.and_then(|column| row.shown.get(&column)).cloned();
    }
    problems
}

pub(super) fn at_column(columns: &Columns, problem: Problem) -> ColumnProblem {
    let column = column_of(columns, &problem.path);
    ColumnProblem::new(problem, column)
}

/// By what two rows of a sheet are the same: a ledger has a person once, an event happens once.
pub(super) fn identity(item: &Submission) -> String {
    match &item.content {
        Content::LedgerEntry(entry) => {
            let PersonContent { name, resident_id, birth_date, village, .. } = &entry.person;
            match resident_id {
                Some(id) => id.clone(),
                None => format!("{name:?} {birth_date:?} {village:?}"),
            }
        }
        _ => item.digest(),
    }
}
