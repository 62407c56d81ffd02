//! What became of each row, one JSON object a line.

use std::io::{self, Write};

use entity::{ImportRowState, ImportVerdict};
use serde::Serialize;
use uuid::Uuid;

use super::{ColumnProblem, Repair};
use crate::problem::Language;

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    New,
    Changed,
    Unchanged,
    Duplicate,
    Refused,
    Known,
    Undone,
}

impl Verdict {
    /// The word of the report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Duplicate => "duplicate",
            Self::Refused => "refused",
            Self::Known => "known",
            Self::Undone => "undone",
        }
    }

    /// The same as the database has it.
    #[must_use]
    pub const fn of(verdict: ImportVerdict, state: ImportRowState) -> Self {
        use ImportRowState::{PartlyUndone, Retrying, Undone, Unrestored};
        if matches!(state, Undone | PartlyUndone | Retrying | Unrestored) {
            return Self::Undone;
        }
        match verdict {
            ImportVerdict::New => Self::New,
            ImportVerdict::Changed => Self::Changed,
            ImportVerdict::Unchanged => Self::Unchanged,
            ImportVerdict::Duplicate => Self::Duplicate,
            ImportVerdict::Refused => Self::Refused,
            ImportVerdict::Known => Self::Known,
        }
    }

    /// For people, of a row that is done with.
    #[must_use]
    pub const fn words(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::New, Language::Chinese) => "已新增",
            (Self::New, Language::English) => "taken in as new",
            (Self::Changed, Language::Chinese) => "已更新",
            (Self::Changed, Language::English) => "taken in as a change",
            (Self::Unchanged, Language::Chinese) => "已有,没有变化",
            (Self::Unchanged, Language::English) => "there already, unchanged",
            (Self::Duplicate, Language::Chinese) => "重复",
            (Self::Duplicate, Language::English) => "duplicate",
            (Self::Known, Language::Chinese) => "疑为已登记的人,未登记",
            (Self::Known, Language::English) => "looks like somebody known, left out",
            (Self::Undone, Language::Chinese) => "已撤销",
            (Self::Undone, Language::English) => "taken back",
            (Self::Refused, Language::Chinese) => "未登记",
            (Self::Refused, Language::English) => "refused",
        }
    }

    /// For people, of a row that is still to be taken in.
    #[must_use]
    pub const fn words_before(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::New, Language::Chinese) => "将新增,尚未登记",
            (Self::New, Language::English) => "to be taken in as new",
            (Self::Changed, Language::Chinese) => "将更新,尚未登记",
            (Self::Changed, Language::English) => "to be taken in as a change",
            (Self::Known, Language::Chinese) => "疑为已登记的人,将另行登记",
            (Self::Known, Language::English) => {
                "looks like somebody known, to be taken in all the same"
            }
            _ => self.words(language),
        }
    }
}

/// One data row of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowReport {
    pub file: String,
    pub sheet: String,
    /// 1-based, as the spreadsheet shows it.
    pub row: usize,
    pub verdict: Verdict,
    pub problems: Vec<ProblemReport>,
    pub repairs: Vec<Repair>,
    /// Headers of the columns by which it changes somebody on record.
    pub changed: Vec<String>,
    /// The person it looks like.
    #[serde(rename = "looksLike")]
    pub looks_like: Option<Uuid>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProblemReport {
    pub code: &'static str,
    pub column: String,
    pub value: Option<String>,
    pub message: String,
    /// What is likely meant.
    pub repair: Option<String>,
}

impl ProblemReport {
    #[must_use]
    pub fn new(found: &ColumnProblem, language: Language) -> Self {
        Self {
            code: found.problem.code.as_str(),
            column: found.column.clone(),
            value: found.problem.value.clone(),
            message: found.problem.message(language),
            repair: found.problem.repair.clone(),
        }
    }
}

impl RowReport {
    /// Writes it as one line.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write_line(&self, out: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, self)?;
        out.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        import::Column,
        problem::{Code, Problem},
    };

    #[test]
    fn a_row_is_one_line_of_json() {
        let problem = Problem::new(Code::VillageUnknown, "person.village").value("前\n高");
        let column = Column { index: 3, header: "村居".to_owned() };
        let problem = ColumnProblem::new(problem, Some(&column));
        let report = RowReport {
            file: "儿童台账.xlsx".to_owned(),
            sheet: "儿童台账".to_owned(),
            row: 7,
            verdict: Verdict::Refused,
            problems: vec![ProblemReport::new(&problem, Language::Chinese)],
            repairs: vec![Repair {
                column: "家庭类型".to_owned(),
                from: "低保户".to_owned(),
                to: "低保".to_owned(),
            }],
            changed: Vec::new(),
            looks_like: None,
        };
        let mut line = Vec::new();
        report.write_line(&mut line).expect("written");
        let line = String::from_utf8(line).expect("text");
        assert_eq!(line.matches('\n').count(), 1);
        let read: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(read["verdict"], "refused");
        assert_eq!(read["problems"][0]["code"], "VILLAGE_UNKNOWN");
        assert_eq!(read["problems"][0]["value"], "前\n高");
        assert_eq!(read["repairs"][0]["to"], "低保");
    }
}
