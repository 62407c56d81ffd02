//! Bytes → grids of cells. What a file is shows in its bytes, whatever it is called.

mod lines;
mod ods;
pub mod package;
mod separated;
mod xls;
mod xlsx;

use std::{collections::BTreeSet, path::Path};

use chrono::NaiveDate;

use super::{
    ImportError,
    note::{Note, NoteKind},
    text,
};
pub use lines::Lines;

/// More than any station's workbook holds, and less than would fill the memory.
const MOST_CELLS: usize = 2_000_000;
/// How many columns of a sheet are read.
pub const MOST_COLUMNS: usize = 1_000;
/// How many merged cells of a sheet are known; those beyond are read as they are written.
const MOST_MERGED: usize = 100_000;

/// A cell that is not empty.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Number(f64),
    Day(NaiveDate),
    /// No value, though something is there: an error such as `#REF!`, or a formula that was never
    /// computed.
    Unreadable(String),
}

/// The cells of a row in the order of their columns, 0-based.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line(Vec<(usize, Cell)>);

/// Cells that show one value, that of the first. Rows are 1-based, columns 0-based, ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    pub top: usize,
    pub bottom: usize,
    pub left: usize,
    pub right: usize,
}

/// A sheet's cells.
#[derive(Debug, Default)]
pub struct Grid {
    pub name: String,
    pub lines: Lines,
    pub merged: Vec<Area>,
    pub hidden_rows: BTreeSet<usize>,
    pub hidden_columns: BTreeSet<usize>,
    /// Whether a number that means a day counts from 1904.
    pub from_1904: bool,
    /// How many cells stand beyond the last column that is read.
    pub beyond: usize,
}

/// The sheets of a file that are to be read, and what is worth saying of the file.
#[derive(Debug, Default)]
pub struct Book {
    pub grids: Vec<Grid>,
    pub notes: Vec<Note>,
}

/// Counts the cells of a file up to the limit.
#[derive(Default)]
struct Counter(usize);

impl Counter {
    fn add(&mut self, cells: usize) -> Result<(), ImportError> {
        self.0 += cells;
        if self.0 > MOST_CELLS { Err(ImportError::TooLarge(MOST_CELLS)) } else { Ok(()) }
    }
}

impl Cell {
    pub fn text(text: &str) -> Option<Self> {
        let text = text::trim(text);
        (!text.is_empty()).then(|| Self::Text(text.to_owned()))
    }

    /// The cell as the spreadsheet shows it. A number that a spreadsheet no longer holds to the last
    /// digit comes in scientific form, so that it is not taken for an exact one.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Unreadable(text) => text.clone(),
            Self::Day(day) => day.to_string(),
            Self::Number(number) if number.abs() >= 1e15 => {
                format!("{number:e}").replace('e', "e+")
            }
            Self::Number(number) => number.to_string(),
        }
    }
}

impl Line {
    pub fn get(&self, column: usize) -> Option<&Cell> {
        let found = self.0.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        self.0.get(found).map(|(_, cell)| cell)
    }

    pub fn insert(&mut self, column: usize, cell: Cell) {
        match self.0.binary_search_by_key(&column, |(column, _)| *column) {
            Ok(place) => self.0[place].1 = cell,
            Err(place) => self.0.insert(place, (column, cell)),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (usize, &Cell)> + Clone {
        self.0.iter().map(|(column, cell)| (*column, cell))
    }

    pub fn cells(&self) -> impl Iterator<Item = &Cell> + Clone {
        self.0.iter().map(|(_, cell)| cell)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The cells of some columns.
    pub fn within(&self, columns: &std::ops::RangeInclusive<usize>) -> Self {
        let cells = self.0.iter().filter(|(column, _)| columns.contains(column));
        Self(cells.cloned().collect())
    }
}

impl FromIterator<(usize, Cell)> for Line {
    fn from_iter<T: IntoIterator<Item = (usize, Cell)>>(cells: T) -> Self {
        let mut line = Self::default();
        for (column, cell) in cells {
            line.insert(column, cell);
        }
        line
    }
}

impl Area {
    pub fn holds(&self, row: usize, column: usize) -> bool {
        (self.top..=self.bottom).contains(&row) && (self.left..=self.right).contains(&column)
    }

    pub fn width(&self) -> usize {
        self.right - self.left + 1
    }
}

impl Grid {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Whether so far a column, 0-based, is read.
    pub fn reads(&self, column: usize) -> bool {
        column < MOST_COLUMNS
    }

    fn insert(&mut self, row: usize, column: usize, cell: Cell) {
        if self.reads(column) {
            self.lines.put(row, column, cell);
        } else {
            self.beyond += 1;
        }
    }
}

/// Reads a file by what its bytes show it to be.
pub fn read(file_name: &str, bytes: &[u8]) -> Result<Book, ImportError> {
    if bytes.starts_with(b"PK\x03\x04") {
        return read_package(bytes);
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return xls::read(bytes);
    }
    let marked = encoding_rs::Encoding::for_bom(bytes).is_some();
    if bytes.starts_with(b"%PDF") || !marked && bytes.contains(&0) {
        return Err(ImportError::NotASpreadsheet);
    }
    if bytes.trim_ascii_start().starts_with(b"<") {
        return Err(ImportError::Markup);
    }
    let name = Path::new(file_name)
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    Ok(Book { grids: vec![separated::read(name, bytes)?], notes: Vec::new() })
}

fn read_package(bytes: &[u8]) -> Result<Book, ImportError> {
    let mut package = package::Package::open(bytes)?;
    if package.has("content.xml") {
        return ods::read(&mut package);
    }
    if package.names().any(|name| name.ends_with("workbook.bin")) {
        return Err(ImportError::Binary);
    }
    if !package.names().any(|name| name.ends_with("workbook.xml")) {
        return Err(ImportError::NotASpreadsheet);
    }
    xlsx::read(bytes, &mut package)
}

/// What of a workbook nobody runs or follows.
fn inert(macros: bool, links: usize) -> Vec<Note> {
    let mut notes = Vec::new();
    if macros {
        notes.push(Note::of_file(NoteKind::Macros, ""));
    }
    if links > 0 {
        notes.push(Note::of_file(NoteKind::Links, links));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<(usize, Vec<String>)> {
        let book = read("台账.csv", bytes).expect("a table");
        let lines = book.grids.iter().flat_map(|grid| grid.lines.iter());
        lines.map(|(row, line)| (row, line.cells().map(Cell::shown).collect())).collect()
    }

    #[test]
    fn a_text_is_read_in_each_encoding_that_spreadsheets_write() {
        let text = "姓名,性别\r\n李四,女\r\n";
        let expected = vec![
            (1, vec!["姓名".to_owned(), "性别".to_owned()]),
            (2, vec!["李四".to_owned(), "女".to_owned()]),
        ];
        let (gb18030, ..) = encoding_rs::GB18030.encode(text);
        let utf16: Vec<u8> =
            "\u{feff}姓名\t性别\n李四\t女\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(rows(text.as_bytes()), expected);
        assert_eq!(rows(format!("\u{feff}{text}").as_bytes()), expected);
        assert_eq!(rows(&gb18030), expected);
        assert_eq!(rows(&utf16), expected);
    }

    #[test]
    fn blank_lines_count_and_a_break_inside_a_cell_does_not() {
        let found = rows("\r\n\r\na,\"b\nc\"\r\n,\r\n\r\nd,e\r\n".as_bytes());
        let numbers: Vec<usize> = found.iter().map(|(row, _)| *row).collect();
        assert_eq!(numbers, [3, 6]);
        assert_eq!(found[0].1, ["a", "b\nc"]);
    }

    #[test]
    fn what_is_no_table_is_told_apart() {
        let fault = |bytes: &[u8]| read("a.xlsx", bytes).expect_err("not readable");
        assert!(matches!(fault(b"PK\x03\x04"), ImportError::Damaged(_)));
        assert!(matches!(fault(b"\xd0\xcf\x11\xe0\xa1\xb1"), ImportError::Damaged(_)));
        assert!(matches!(fault(&[0x81, 0xff, 0xff]), ImportError::Encoding));
    }

    #[test]
    fn a_number_beyond_fifteen_digits_is_shown_as_one_that_lost_its_last() {
        let shown = |number: f64| Cell::Number(number).shown();
        assert_eq!(shown(410_823_202_006_060_000.0), "4.1082320200606e+17");
        assert_eq!(shown(18_605_258_795.0), "18605258795");
        assert_eq!(shown(3.5), "3.5");
    }
}
