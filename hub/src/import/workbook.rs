//! Bytes → grids of cells.

use std::{collections::BTreeMap, io::Cursor, path::Path};

use calamine::{DataRef, Reader, Xlsx};
use chrono::NaiveDate;

use super::{ImportError, text};
use crate::exports::unguarded;

/// More than any station's workbook holds, and less than would fill the memory.
const MOST_CELLS: usize = 2_000_000;

/// A cell that is not empty.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Number(f64),
    Day(NaiveDate),
}

/// Column, 0-based → cell.
pub type Line = BTreeMap<usize, Cell>;

/// A sheet's cells.
#[derive(Debug, Default)]
pub struct Grid {
    pub name: String,
    /// Row, 1-based as the spreadsheet shows it → its cells.
    pub lines: BTreeMap<usize, Line>,
}

impl Cell {
    fn text(text: &str) -> Option<Self> {
        let text = text::trim(text);
        (!text.is_empty()).then(|| Self::Text(text.to_owned()))
    }

    /// The cell as the spreadsheet shows it. A number that a spreadsheet no longer holds to the last
    /// digit comes in scientific form, so that it is not taken for an exact one.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Day(day) => day.to_string(),
            Self::Number(number) if number.abs() >= 1e15 => {
                format!("{number:e}").replace('e', "e+")
            }
            Self::Number(number) => number.to_string(),
        }
    }
}

/// Reads a file by what its bytes show it to be.
pub fn read(file_name: &str, bytes: &[u8]) -> Result<Vec<Grid>, ImportError> {
    if bytes.starts_with(b"PK\x03\x04") {
        return read_xlsx(bytes);
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(ImportError::OldWorkbook);
    }
    let name = Path::new(file_name)
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    Ok(vec![read_separated(name, &decode_text(bytes)?)?])
}

/// Cell by cell and not as calamine's dense range: one stray cell in the last corner of a sheet would
/// make that range fill the memory.
fn read_xlsx(bytes: &[u8]) -> Result<Vec<Grid>, ImportError> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes))?;
    let mut grids = Vec::new();
    let mut count = 0;
    for name in book.sheet_names() {
        let mut grid = Grid { name: name.clone(), ..Grid::default() };
        let mut cells = match book.worksheet_cells_reader(&name) {
            Ok(cells) => cells,
            Err(calamine::XlsxError::NotAWorksheet(_)) => continue,
            Err(fault) => return Err(fault.into()),
        };
        while let Some(cell) = cells.next_cell()? {
            let (row, column) = cell.get_position();
            let Some(value) = of_calamine(cell.get_value()) else {
                continue;
            };
            count += 1;
            if count > MOST_CELLS {
                return Err(ImportError::TooLarge(MOST_CELLS));
            }
            let line = grid.lines.entry(row as usize + 1).or_default();
            line.insert(column as usize, value);
        }
        grids.push(grid);
    }
    Ok(grids)
}

fn of_calamine(value: &DataRef<'_>) -> Option<Cell> {
    match value {
        DataRef::Empty => None,
        DataRef::Int(number) => Some(Cell::Number(*number as f64)),
        DataRef::Float(number) => Some(Cell::Number(*number)),
        DataRef::String(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        DataRef::Bool(yes) => Cell::text(if *yes { "TRUE" } else { "FALSE" }),
        DataRef::DateTime(time) => match time.as_datetime() {
            Some(moment) if time.is_datetime() => Some(Cell::Day(moment.date())),
            _ => Some(Cell::Number(time.as_f64())),
        },
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::text(text),
        DataRef::Error(error) => Cell::text(&error.to_string()),
    }
}

fn decode_text(bytes: &[u8]) -> Result<String, ImportError> {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, faulty) = encoding.decode_with_bom_removal(bytes);
        return if faulty { Err(ImportError::Encoding) } else { Ok(text.into_owned()) };
    }
    if let Ok(text) = str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    encoding_rs::GB18030
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(std::borrow::Cow::into_owned)
        .ok_or(ImportError::Encoding)
}

fn read_separated(name: String, text: &str) -> Result<Grid, ImportError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut grid = Grid { name, ..Grid::default() };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(&text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let (mut row, mut start, mut count) = (0, 0, 0);
    while reader.read_record(&mut record)? {
        let end = reader.position().byte() as usize;
        // The reader leaves blank lines out, the spreadsheet counts them.
        let written = text.get(start..end).unwrap_or_default();
        row += 1 + written.chars().take_while(|letter| *letter == '\n').count();
        start = end;
        count += record.len();
        if count > MOST_CELLS {
            return Err(ImportError::TooLarge(MOST_CELLS));
        }
        let cells = record.iter().enumerate();
        let line: Line = cells
            .filter_map(|(column, text)| Some((column, Cell::text(unguarded(text))?)))
            .collect();
        if !line.is_empty() {
            grid.lines.insert(row, line);
        }
    }
    Ok(grid)
}

/// The separator that the first lines have most of.
fn separator(text: &str) -> u8 {
    let head: Vec<u8> = text.lines().take(5).flat_map(str::bytes).collect();
    let count = |mark: u8| head.iter().filter(|byte| **byte == mark).count();
    [b';', b'\t', b','].into_iter().max_by_key(|mark| count(*mark)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<(usize, Vec<String>)> {
        let grids = read("台账.csv", bytes).expect("a table");
        let lines = grids.into_iter().flat_map(|grid| grid.lines);
        lines.map(|(row, line)| (row, line.values().map(Cell::shown).collect())).collect()
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
        assert!(matches!(fault(b"PK\x03\x04"), ImportError::Workbook(_)));
        assert!(matches!(fault(b"\xd0\xcf\x11\xe0\xa1\xb1"), ImportError::OldWorkbook));
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
