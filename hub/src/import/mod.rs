//! Station workbooks, decoded: bytes of an .xlsx or .csv → rows, each a content to hand in, with what
//! was repaired and what could not be read. Pure: no database, no clock, no files.
//!
//! What is certain is repaired here and recorded; all else passes on as written, and the check of
//! `intake` says what is wrong with it, so that a rule stands in one place.
//!
//! A new header wording is a word in `data/import/headers.toml`, a new choice word one in
//! `data/import/words.toml`. A new column: a line in `headers.toml`, its reading in `ledger.rs` or
//! `visit.rs`.

mod fields;
mod hand_in;
mod header;
mod ledger;
mod repair;
pub mod report;
mod sheet;
#[cfg(test)]
mod tests;
mod text;
mod village;
mod visit;
mod words;
mod workbook;

pub use hand_in::{HandInError, Imported, ImportedRow, ImportedSheet};

use std::{collections::BTreeMap, sync::LazyLock};

use entity::LedgerKind;

use crate::{
    places::Village,
    problem::{Language, Problem},
    submission::Content,
};

/// What the rows of a sheet tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SheetKind {
    Ledger(LedgerKind),
    Visits,
}

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    pub sheets: Vec<Sheet>,
    /// Sheets with data that cannot be read at all.
    pub faults: Vec<SheetFault>,
}

#[derive(Clone, Debug)]
pub struct Sheet {
    /// As in the workbook; for a .csv the name of the file without its ending.
    pub name: String,
    pub kind: SheetKind,
    /// Headers of columns that nobody knows and nobody read.
    pub unread: Vec<String>,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub struct SheetFault {
    pub sheet: String,
    /// Where the header row is, 1-based; `None` if there is none.
    pub row: Option<usize>,
    pub problem: Problem,
}

/// One data row.
#[derive(Clone, Debug)]
pub struct Row {
    /// 1-based, as the spreadsheet shows it.
    pub row: usize,
    /// Where a required choice is missing or unknown, some choice stands in its place and the problem
    /// in `problems`: the check can then find what else is wrong, and the row is refused all the same.
    pub content: Content,
    /// What the decoding itself found. Each names a path that the check need not speak of again.
    pub problems: Vec<ColumnProblem>,
    pub repairs: Vec<Repair>,
    /// Path in the content → header as in the sheet, for each column that was read.
    pub columns: BTreeMap<String, String>,
}

/// A problem and the header of its column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnProblem {
    pub problem: Problem,
    pub column: String,
}

/// A value written anew: `from` as the sheet shows it. Where a spreadsheet kept a phone or a resident
/// ID as a number, both are the same digits.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Repair {
    pub column: String,
    pub from: String,
    pub to: String,
}

impl Row {
    /// The header of the column that a path of the content came from; `needs[1].domain` came from
    /// the column of `needs`.
    #[must_use]
    pub fn column_of(&self, path: &str) -> Option<&str> {
        let mut path = header::column_path(path);
        loop {
            if let Some(column) = self.columns.get(&path) {
                return Some(column);
            }
            path.truncate(path.rfind('.')?);
        }
    }
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("not a workbook that can be read: {0}")]
    Workbook(#[from] calamine::XlsxError),
    #[error("a workbook of the old kind; save it as .xlsx")]
    OldWorkbook,
    #[error("the text is neither UTF-8 nor GB18030")]
    Encoding,
    #[error("not a table of separated values: {0}")]
    Separated(#[from] csv::Error),
    #[error("more than {0} cells")]
    TooLarge(usize),
    #[error("the compiled-in wordings: {0}")]
    Wordings(String),
}

impl ImportError {
    /// The sentence for people.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let chinese = match (self, language) {
            (_, Language::English) => return self.to_string(),
            (Self::Workbook(_), _) => "不是可以读取的工作簿,可能已损坏或加了密码",
            (Self::OldWorkbook, _) => "这是旧格式的工作簿,请另存为 .xlsx 后再导入",
            (Self::Encoding, _) => "文字编码既不是 UTF-8 也不是 GB18030",
            (Self::Separated(_), _) => "不是可以读取的 CSV 表格",
            (Self::TooLarge(_), _) => "表格太大,请拆分后再导入",
            (Self::Wordings(_), _) => "内置的表头与用词数据有误",
        };
        chinese.to_owned()
    }
}

/// The wordings that are compiled in.
struct Wordings {
    headers: header::Headers,
    words: words::Words,
}

static WORDINGS: LazyLock<Result<Wordings, toml::de::Error>> = LazyLock::new(|| {
    Ok(Wordings {
        headers: toml::from_str(include_str!("../../data/import/headers.toml"))?,
        words: toml::from_str(include_str!("../../data/import/words.toml"))?,
    })
});

/// How the template heads a value of a ledger.
pub(crate) fn template_header(kind: LedgerKind, path: &str) -> Option<String> {
    let wordings = WORDINGS.as_ref().ok()?;
    wordings.headers.template(SheetKind::Ledger(kind), path).map(str::to_owned)
}

/// How the template says the choices of a list of `words.toml`: code → word.
pub(crate) fn template_words(list: &str) -> BTreeMap<String, String> {
    let words = WORDINGS.as_ref().ok().map(|wordings| wordings.words.template(list));
    words.unwrap_or_default()
}

/// Decodes a file of a station whose township has these villages. What the file is shows in its bytes;
/// its name only helps to tell the kind of a sheet.
///
/// # Errors
/// When the file as a whole cannot be read. A sheet that cannot is among the `faults`.
pub fn decode(file_name: &str, bytes: &[u8], villages: &[Village]) -> Result<Decoded, ImportError> {
    let wordings = WORDINGS.as_ref().map_err(|fault| ImportError::Wordings(fault.to_string()))?;
    let villages = village::Villages::new(villages);
    let mut decoded = Decoded::default();
    for grid in workbook::read(file_name, bytes)? {
        match sheet::decode(wordings, &villages, file_name, &grid) {
            sheet::Outcome::Data(sheet) => decoded.sheets.push(sheet),
            sheet::Outcome::Fault(fault) => decoded.faults.push(fault),
            sheet::Outcome::NoData => {}
        }
    }
    Ok(decoded)
}
