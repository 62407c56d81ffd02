//! A station's file through the door: decoded, checked, told from its own duplicates, submitted.

use std::collections::HashMap;

use entity::ChangeAction;

use super::{
    ColumnProblem, ImportError, Note, Repair, Row, Sheet, SheetFault, decode, report::Verdict,
};
use crate::{
    Hub, HubError,
    access::Viewer,
    intake::{Ground, MAX_ITEMS, Receipt, Status, check},
    problem::{Code, Problem},
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
}

#[derive(Clone, Debug)]
pub struct ImportedSheet {
    pub name: String,
    /// Headers of columns that nobody knows.
    pub unread: Vec<String>,
    pub rows: Vec<ImportedRow>,
}

#[derive(Clone, Debug)]
pub struct ImportedRow {
    /// 1-based, as the spreadsheet shows it.
    pub row: usize,
    pub verdict: Verdict,
    pub problems: Vec<ColumnProblem>,
    pub repairs: Vec<Repair>,
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
    /// Hands in a station's workbook, row by row. Handing the same file in again changes nothing.
    ///
    /// # Errors
    /// Where the file cannot be read, the viewer may not hand in for the station, or the database
    /// fails; in the last case the file may be handed in again.
    pub async fn import(
        &self,
        viewer: &Viewer,
        station: &str,
        file_name: &str,
        bytes: &[u8],
    ) -> Result<Imported, HandInError> {
        let places = self.places().await?;
        let found = places.station(station).filter(|found| viewer.may_submit_for(found.id));
        let Some(found) = found else {
            let text = format!("there is no station {station:?} this account may hand in for");
            return Err(HubError::Invalid(text).into());
        };
        let asked = Access::by(viewer, &self.clock.new_id().to_string(), "IMPORT");
        let ground = Ground { today: self.clock.today(), places, township: &found.township };
        let layouts = self.layouts_of(found.id).await?;
        let decoded = decode(file_name, bytes, places.villages(&found.township), &layouts)?;
        let mut imported =
            Imported { sheets: Vec::new(), faults: decoded.faults, notes: decoded.notes };
        for sheet in decoded.sheets {
            imported
                .sheets
                .push(self.import_sheet(viewer, station, sheet, (ground, &asked)).await?);
        }
        Ok(imported)
    }

    async fn import_sheet(
        &self,
        viewer: &Viewer,
        station: &str,
        sheet: Sheet,
        (ground, asked): (Ground<'_>, &Access),
    ) -> Result<ImportedSheet, HubError> {
        let mut first_rows = HashMap::new();
        let mut settled = Vec::new();
        let mut waiting = Vec::new();
        for mut row in sheet.rows {
            let problems = faults(&mut row, ground);
            if !problems.is_empty() {
                settled.push(settle(row, Verdict::Refused, problems));
                continue;
            }
            let item = Submission {
                id: self.clock.new_id(),
                station: station.to_owned(),
                content: row.content.clone(),
            };
            match first_rows.get(&identity(&item)) {
                Some(first) => settled.push(duplicate(row, *first)),
                None => {
                    first_rows.insert(identity(&item), row.row);
                    waiting.push((row, item));
                }
            }
        }
        for some in waiting.chunks(MAX_ITEMS) {
            let items: Vec<_> = some.iter().map(|(_, item)| item.clone()).collect();
            let kinds: Vec<_> = items.iter().map(|item| item.content.kind()).collect();
            let receipts = self.submit(viewer, items).await?;
            if let Some(written) = asked.clone().writing(&receipts, &kinds) {
                self.note(written).await?;
            }
            let rows = some.iter().map(|(row, _)| row.clone());
            settled.extend(rows.zip(receipts).map(|(row, receipt)| answered(row, receipt)));
        }
        settled.sort_by_key(|row| row.row);
        Ok(ImportedSheet { name: sheet.name, unread: sheet.unread, rows: settled })
    }
}

/// What decoding found, and what the check finds at other places.
fn faults(row: &mut Row, ground: Ground<'_>) -> Vec<ColumnProblem> {
    let mut problems = std::mem::take(&mut row.problems);
    let found = check(&row.content, ground).err().unwrap_or_default();
    for problem in found {
        if problems.iter().all(|known| known.problem.path != problem.path) {
            problems.push(at_column(row, problem));
        }
    }
    problems
}

fn at_column(row: &Row, problem: Problem) -> ColumnProblem {
    let column = row.column_of(&problem.path).unwrap_or_default().to_owned();
    ColumnProblem { problem, column }
}

/// By what two rows of a sheet are the same: a ledger has a person once, an event happens once.
fn identity(item: &Submission) -> String {
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

fn duplicate(row: Row, first: usize) -> ImportedRow {
    let problem = Problem::new(Code::DuplicateInFile, "").detail(first);
    let problem = at_column(&row, problem);
    settle(row, Verdict::Duplicate, vec![problem])
}

fn answered(row: Row, receipt: Receipt) -> ImportedRow {
    let action = receipt.recorded.map(|recorded| recorded.action);
    let verdict = match (receipt.status, action) {
        (Status::Stored, Some(ChangeAction::Created)) => Verdict::New,
        (Status::Stored, _) => Verdict::Changed,
        (Status::Replayed, _) => Verdict::Unchanged,
        (Status::Conflict | Status::Rejected, _) => Verdict::Refused,
    };
    let problems = receipt.problems.into_iter().map(|problem| at_column(&row, problem)).collect();
    settle(row, verdict, problems)
}

fn settle(row: Row, verdict: Verdict, problems: Vec<ColumnProblem>) -> ImportedRow {
    ImportedRow { row: row.row, verdict, problems, repairs: row.repairs }
}
