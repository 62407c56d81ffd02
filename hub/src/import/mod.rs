//! Station workbooks, decoded: bytes of an .xlsx, .xls, .ods or .csv → rows, each a content to hand in,
//! with what was repaired and what could not be read. Pure: no database, no clock, no files.
//!
//! What is certain is repaired here and recorded; all else passes on as written, and the check of
//! `intake` says what is wrong with it, so that a rule stands in one place.
//!
//! A new header wording is a word in `data/import/headers.toml`, a new choice word one in
//! `data/import/words.toml`. A new column: a line in `headers.toml`, its reading in `ledger.rs` or
//! `visit.rs`.

pub mod act;
pub mod answer;
mod blank;
mod fields;
mod hand_in;
mod header;
pub mod learn;
mod ledger;
mod likely;
pub mod mend;
mod note;
mod repair;
pub mod report;
mod sheet;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod village;
mod visit;
mod words;
mod workbook;

pub use hand_in::{HandInError, Imported, ImportedRow, ImportedSheet};
pub use note::{Note, NoteKind};

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

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

/// What a file holds; of each row what its reader keeps.
#[derive(Clone, Debug)]
pub struct Decoded<R = Row> {
    pub sheets: Vec<Sheet<R>>,
    /// Sheets with data that cannot be read at all.
    pub faults: Vec<SheetFault>,
    /// What a person should know of how it was read.
    pub notes: Vec<Note>,
}

/// The rows of a kind on one sheet of the workbook, be they in one table or in several.
#[derive(Clone, Debug)]
pub struct Sheet<R = Row> {
    /// As in the workbook; for a .csv the name of the file without its ending.
    pub name: String,
    pub kind: SheetKind,
    /// Where the header is, 1-based.
    pub header_row: usize,
    /// Headers of columns that nobody knows and nobody read.
    pub unread: Vec<String>,
    pub rows: Vec<R>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Its cells as the sheet shows them, by column.
    pub shown: BTreeMap<usize, String>,
    /// Those that were read. Rows of a table share them.
    pub columns: Arc<Columns>,
}

/// Path in the content → column.
pub type Columns = BTreeMap<String, Column>;

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Column {
    /// 0-based
    pub index: usize,
    /// As in the sheet; where one header stands under another, both.
    pub header: String,
}

/// What the sheets of a kind call their columns, as a person confirmed it for a station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub kind: SheetKind,
    /// Header as in the sheet → path in the content; `None` where it is not to be read.
    pub columns: BTreeMap<String, Option<String>>,
}

/// A problem and the column it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnProblem {
    pub problem: Problem,
    /// The column's header; empty where it stands in none.
    pub column: String,
    /// 0-based
    pub index: Option<usize>,
    /// All that its cell says, where that was at hand.
    pub given: Option<String>,
}

impl ColumnProblem {
    fn new(problem: Problem, column: Option<&Column>) -> Self {
        let header = column.map(|column| column.header.clone());
        let index = column.map(|column| column.index);
        Self { problem, column: header.unwrap_or_default(), index, given: None }
    }
}

/// A value written anew: `from` as the sheet shows it. Where a spreadsheet kept a phone or a resident
/// ID as a number, both are the same digits.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
        column_of(&self.columns, path).map(|column| column.header.as_str())
    }
}

/// The column that a path of the content came from, as [`Row::column_of`].
fn column_of<'c>(columns: &'c Columns, path: &str) -> Option<&'c Column> {
    let mut path = header::column_path(path);
    loop {
        if let Some(column) = columns.get(&path) {
            return Some(column);
        }
        path.truncate(path.rfind('.')?);
    }
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("not a spreadsheet; hand in an .xlsx, .xls, .ods or .csv")]
    NotASpreadsheet,
    #[error("a web page or XML under the name of a workbook; open it and save it as .xlsx")]
    Markup,
    #[error("a binary workbook (.xlsb); save it as .xlsx")]
    Binary,
    #[error(
        "the workbook is locked by a password; take the password off, save it and import again"
    )]
    Password,
    #[error("the workbook is damaged; open it in a spreadsheet program and save it anew: {0}")]
    Damaged(String),
    #[error("the workbook unpacks to more than {0} MB; split it and import again")]
    Unpacks(u64),
    #[error("the text is neither UTF-8 nor GB18030; save it as .xlsx")]
    Encoding,
    #[error("not a table of separated values: {0}")]
    Separated(#[from] csv::Error),
    #[error(
        "no table was found; write a header above the data (姓名, 身份证号 …) or use the blank workbook of the station"
    )]
    NoTable,
    #[error("more than {0} cells; split the workbook and import again")]
    TooLarge(usize),
    #[error(
        "{0} is no cell of a row of the file, or is to say more than a cell holds; name another"
    )]
    NoCell(String),
    #[error("the compiled-in wordings: {0}")]
    Wordings(String),
}

impl ImportError {
    /// The sentence for people.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let chinese = match (self, language) {
            (_, Language::English) => return self.to_string(),
            (Self::NotASpreadsheet, _) => "这不是电子表格,请导入 .xlsx、.xls、.ods 或 .csv 文件",
            (Self::Markup, _) => {
                "这是网页或 XML 文件,只是用了工作簿的名字,请用表格软件打开后另存为 .xlsx"
            }
            (Self::Binary, _) => "这是二进制工作簿(.xlsb),请另存为 .xlsx 后再导入",
            (Self::Password, _) => "工作簿加了密码,请取消密码、保存后再导入",
            (Self::Damaged(_), _) => "工作簿已损坏,请用表格软件打开并重新保存后再导入",
            (Self::Unpacks(size), _) => {
                return format!("工作簿解压后超过{size}MB,请拆分后再导入");
            }
            (Self::Encoding, _) => "文字编码既不是 UTF-8 也不是 GB18030,请另存为 .xlsx 后再导入",
            (Self::Separated(_), _) => "不是可以读取的 CSV 表格",
            (Self::NoTable, _) => {
                "没有找到表格,请在数据上方写好表头(姓名、身份证号等),或改用本站的空白表格填写"
            }
            (Self::TooLarge(most), _) => {
                return format!("表格超过{most}个单元格,请拆分后再导入");
            }
            (Self::NoCell(cell), _) => {
                return format!(
                    "「{cell}」不是表中某一行的单元格,或内容超过一格所能容纳,请核对后重试"
                );
            }
            (Self::Wordings(_), _) => "内置的表头与用词数据有误",
        };
        chinese.to_owned()
    }
}

impl From<calamine::XlsxError> for ImportError {
    fn from(fault: calamine::XlsxError) -> Self {
        match fault {
            calamine::XlsxError::Password => Self::Password,
            fault => Self::Damaged(fault.to_string()),
        }
    }
}

impl From<calamine::XlsError> for ImportError {
    fn from(fault: calamine::XlsError) -> Self {
        match fault {
            calamine::XlsError::Password => Self::Password,
            fault => Self::Damaged(fault.to_string()),
        }
    }
}

impl From<quick_xml::Error> for ImportError {
    fn from(fault: quick_xml::Error) -> Self {
        Self::Damaged(fault.to_string())
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

/// Decodes a file of a station whose township has these villages and which has confirmed these
/// layouts, the newest last. What the file is shows in its bytes; its name only helps to tell the
/// kind of a sheet.
///
/// # Errors
/// When the file as a whole cannot be read. A sheet that cannot is among the `faults`.
pub fn decode(
    file_name: &str,
    bytes: &[u8],
    villages: &[Village],
    layouts: &[Layout],
) -> Result<Decoded, ImportError> {
    decode_each((file_name, bytes, &mut []), villages, layouts, &|row| row)
}

/// As [`decode`], with the cells that were corrected, and keeps of each row what `keep` makes of it: a
/// large file has many.
pub(crate) fn decode_each<R>(
    (file_name, bytes, mends): (&str, &[u8], &mut [mend::Mend]),
    villages: &[Village],
    layouts: &[Layout],
    keep: &dyn Fn(Row) -> R,
) -> Result<Decoded<R>, ImportError> {
    let wordings = wordings()?;
    let mut book = workbook::read(file_name, bytes)?;
    mend::put_into(&mut book.grids, mends)?;
    let mut decoding = sheet::Decoding {
        known: header::Known::new(&wordings.headers, &wordings.words, layouts),
        villages: village::Villages::new(villages),
        file_name,
        keep,
        decoded: Decoded { sheets: Vec::new(), faults: Vec::new(), notes: book.notes },
    };
    // Notes are not meant to hold a table; of a hidden sheet it is said how to have it read.
    let mut may_be_none =
        decoding.decoded.notes.iter().any(|note| note.kind == NoteKind::HiddenSheet);
    for grid in book.grids {
        may_be_none |= decoding.known.words.is_notes(&grid.name);
        decoding.sheet(grid);
    }
    if decoding.decoded.sheets.is_empty() && decoding.decoded.faults.is_empty() && !may_be_none {
        return Err(ImportError::NoTable);
    }
    Ok(decoding.decoded)
}

fn wordings() -> Result<&'static Wordings, ImportError> {
    WORDINGS.as_ref().map_err(|fault| ImportError::Wordings(fault.to_string()))
}
