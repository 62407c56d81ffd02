//! What is kept of a row to be told, as JSON.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Change;
use crate::{
    import::{ColumnProblem, Columns, Note, NoteKind, Repair, SheetFault, mend::Mend},
    problem::{Code, Problem},
};

/// What is told of a row.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<KeptProblem>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<Repair>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// Whom it is about, where that one is on record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Uuid>,
    /// Whom it looks like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<Uuid>,
    /// Which of the columns of the sheets are its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<usize>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeptProblem {
    code: String,
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repair: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    detail: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    column: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    given: Option<String>,
}

impl From<&ColumnProblem> for KeptProblem {
    fn from(ColumnProblem { problem, column, index, given }: &ColumnProblem) -> Self {
        let Problem { code, path, value, repair, detail } = problem.clone();
        let (code, column, given) = (code.as_str().to_owned(), column.clone(), given.clone());
        Self { code, path, value, repair, detail, column, index: *index, given }
    }
}

impl KeptProblem {
    /// None where its code is of a newer program.
    pub fn open(self) -> Option<ColumnProblem> {
        let code = *Code::ALL.iter().find(|code| code.as_str() == self.code)?;
        let Self { path, value, repair, detail, column, index, given, .. } = self;
        let problem = Problem { code, path, value, repair, detail };
        Some(ColumnProblem { problem, column, index, given })
    }
}

/// What is told of the sheets of a file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Sheets {
    pub sheets: Vec<KeptSheet>,
    pub faults: Vec<KeptFault>,
    pub notes: Vec<KeptNote>,
    /// The columns of each table.
    pub columns: Vec<Columns>,
    /// Cells that were corrected after the file was looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mends: Vec<Mend>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeptNote {
    sheet: Option<String>,
    kind: String,
    detail: String,
}

impl From<&Note> for KeptNote {
    fn from(Note { sheet, kind, detail }: &Note) -> Self {
        let (sheet, detail) = (sheet.clone(), detail.clone());
        Self { sheet, kind: kind.as_str().to_owned(), detail }
    }
}

impl KeptNote {
    /// None where its kind is of a newer program.
    pub fn open(self) -> Option<Note> {
        let kind = *NoteKind::ALL.iter().find(|kind| kind.as_str() == self.kind)?;
        Some(Note { sheet: self.sheet, kind, detail: self.detail })
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeptSheet {
    pub name: String,
    pub header_row: usize,
    pub unread: Vec<String>,
    pub rows: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeptFault {
    sheet: String,
    row: Option<usize>,
    problem: KeptProblem,
}

impl From<&SheetFault> for KeptFault {
    fn from(fault: &SheetFault) -> Self {
        let problem = ColumnProblem::new(fault.problem.clone(), None);
        Self { sheet: fault.sheet.clone(), row: fault.row, problem: (&problem).into() }
    }
}

impl KeptFault {
    pub fn open(self) -> Option<SheetFault> {
        let problem = self.problem.open()?.problem;
        Some(SheetFault { sheet: self.sheet, row: self.row, problem })
    }
}
