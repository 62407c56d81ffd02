//! A file that is no .xlsx, as one: the same sheets, rows and columns.

use std::collections::HashMap;

use chrono::Datelike;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::AnswerError;
use crate::import::workbook::{Cell, Grid};

impl From<XlsxError> for AnswerError {
    fn from(fault: XlsxError) -> Self {
        Self::Parts(fault.to_string())
    }
}

/// A workbook that does not tell when it was made, so that the same is always made of the same.
pub fn undated() -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    Ok(book)
}

/// The workbook, and under which name it has each sheet: not every name is one of a worksheet.
pub fn workbook(grids: &[Grid]) -> Result<(Vec<u8>, HashMap<String, String>), AnswerError> {
    let mut book = undated()?;
    let mut names = HashMap::new();
    for grid in grids {
        let name = sheet_name(&grid.name, names.values());
        let sheet = book.add_worksheet();
        sheet.set_name(&name)?;
        fill(sheet, grid)?;
        names.insert(grid.name.clone(), name);
    }
    Ok((book.save_to_buffer()?, names))
}

/// How much of a text is written: a cell takes 32,767 units, of which a letter may be two.
const LONGEST: usize = 16_000;

/// A number stays one, so that what a spreadsheet took for a number is seen again; a text that looks
/// like a number or a formula stays a text.
fn fill(sheet: &mut Worksheet, grid: &Grid) -> Result<(), AnswerError> {
    let day_format = Format::new().set_num_format("yyyy-mm-dd");
    for (row, line) in grid.lines.iter() {
        let row = u32::try_from(row - 1).unwrap_or(u32::MAX);
        for (column, cell) in line.iter() {
            let column = u16::try_from(column).unwrap_or(u16::MAX);
            match cell {
                Cell::Text(text) | Cell::Unreadable(text) => {
                    let text: String = text.chars().take(LONGEST).collect();
                    sheet.write_string(row, column, text)?
                }
                Cell::Number(number) => sheet.write_number(row, column, *number)?,
                Cell::Day(day) => {
                    let year = u16::try_from(day.year()).unwrap_or_default();
                    match ExcelDateTime::from_ymd(year, day.month() as u8, day.day() as u8) {
                        Ok(day) => {
                            sheet.write_datetime_with_format(row, column, day, &day_format)?
                        }
                        Err(_) => sheet.write_string(row, column, day.to_string())?,
                    }
                }
            };
        }
    }
    Ok(())
}

/// A worksheet's name has up to 31 characters, not any of `[]:*?/\`, and is there once.
fn sheet_name<'a>(name: &str, taken: impl Iterator<Item = &'a String>) -> String {
    let taken: Vec<String> = taken.map(|name| name.to_lowercase()).collect();
    let allowed: String = name.chars().filter(|letter| !"[]:*?/\\".contains(*letter)).collect();
    let allowed: String = allowed.trim_matches(['\'', ' ']).chars().take(26).collect();
    let allowed = if allowed.is_empty() { "Sheet".to_owned() } else { allowed };
    let mut names = (2..).map(|number| format!("{allowed} {number}"));
    match taken.contains(&allowed.to_lowercase()) {
        false => allowed.clone(),
        true => names.find(|name| !taken.contains(&name.to_lowercase())).unwrap_or_default(),
    }
}
