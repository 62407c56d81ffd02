//! .xlsx and .xlsm. calamine reads the values, cell by cell: one stray cell in the last corner of a
//! sheet would make its dense range fill the memory. What it does not tell, which rows and columns
//! are hidden and which cells are merged, is read from the XML of the sheet here.

use std::{collections::HashMap, io::Cursor};

use calamine::{
    DataRef, Reader as _, SheetVisible, Xlsx, XlsxError, XlsxFormulaMetadata as Formula,
};

use super::{
    Area, Book, Cell, Counter, Grid, ImportError, inert,
    package::{Package, attribute, is_true, relations_of, resolved},
};
use crate::import::note::{Note, NoteKind};

pub fn read(bytes: &[u8], package: &mut Package<'_>) -> Result<Book, ImportError> {
    let macros = package.names().any(|name| name.ends_with("vbaProject.bin"));
    let links = package.names().filter(|name| name.contains("externalLinks/externalLink"));
    let links = links.filter(|name| name.ends_with(".xml")).count();
    let mut book = Book { notes: inert(macros, links), ..Book::default() };
    let parts = sheet_parts(package)?;
    let mut reader: Xlsx<_> = Xlsx::new(Cursor::new(bytes))?;
    let mut cells = Counter::default();
    for sheet in reader.sheets_metadata().to_vec() {
        if sheet.visible != SheetVisible::Visible {
            book.notes.push(Note::of_sheet(&sheet.name, NoteKind::HiddenSheet, ""));
            continue;
        }
        let mut grid = Grid::new(&sheet.name);
        grid.from_1904 = reader.has_1904_epoch();
        if !read_cells(&mut reader, &mut grid, &mut cells)? {
            continue;
        }
        if let Some(part) = parts.get(&sheet.name) {
            read_marks(package, part, &mut grid)?;
        }
        book.grids.push(grid);
    }
    Ok(book)
}

/// Whether it is a sheet of cells.
fn read_cells(
    book: &mut Xlsx<Cursor<&[u8]>>,
    grid: &mut Grid,
    count: &mut Counter,
) -> Result<bool, ImportError> {
    let mut cells = match book.worksheet_cells_reader(&grid.name) {
        Ok(cells) => cells,
        Err(XlsxError::NotAWorksheet(_)) => return Ok(false),
        Err(fault) => return Err(fault.into()),
    };
    while let Some(cell) = cells.next_cell_with_formula_metadata()? {
        let Some(value) = of_calamine(&cell.value, cell.formula.as_ref()) else {
            continue;
        };
        count.add(1)?;
        grid.insert(cell.pos.0 as usize + 1, cell.pos.1 as usize, value);
    }
    Ok(true)
}

fn of_calamine(value: &DataRef<'_>, formula: Option<&Formula>) -> Option<Cell> {
    match value {
        DataRef::Empty => formula.map(|formula| Cell::Unreadable(text_of(formula))),
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
        DataRef::Error(error) => Some(Cell::Unreadable(error.to_string())),
    }
}

fn text_of(formula: &Formula) -> String {
    match formula {
        Formula::Normal { formula } | Formula::Shared { formula, .. } => format!("={formula}"),
        _ => "=…".to_owned(),
    }
}

/// The name of each sheet → its part of the package.
fn sheet_parts(package: &mut Package<'_>) -> Result<HashMap<String, String>, ImportError> {
    let mut workbook = "xl/workbook.xml".to_owned();
    package.each(&relations_of(""), |element| {
        if attribute(element, "Type").is_some_and(|kind| kind.ends_with("/officeDocument"))
            && let Some(target) = attribute(element, "Target")
        {
            workbook = resolved("", &target);
        }
    })?;
    let mut targets = HashMap::new();
    package.each(&relations_of(&workbook), |element| {
        if let (Some(id), Some(target)) = (attribute(element, "Id"), attribute(element, "Target")) {
            targets.insert(id, resolved(&workbook, &target));
        }
    })?;
    let mut parts = HashMap::new();
    package.each(&workbook, |element| {
        if element.local_name().as_ref() == "sheet"
            && let Some(name) = attribute(element, "name")
            && let Some(part) = attribute(element, "id").and_then(|id| targets.remove(&id))
        {
            parts.insert(name, part);
        }
    })?;
    Ok(parts)
}

fn read_marks(package: &mut Package<'_>, part: &str, grid: &mut Grid) -> Result<(), ImportError> {
    let mut row = 0;
    package.each(part, |element| match element.local_name().as_ref() {
        "row" => {
            row = number(element, "r").unwrap_or(row + 1);
            if is_true(element, "hidden") && grid.lines.holds(row) {
                grid.hidden_rows.insert(row);
            }
        }
        "col" if is_true(element, "hidden") => {
            if let (Some(first), Some(last)) = (number(element, "min"), number(element, "max")) {
                let columns = first.saturating_sub(1)..last.min(super::MOST_COLUMNS);
                grid.hidden_columns.extend(columns);
            }
        }
        "mergeCell" if grid.merged.len() < super::MOST_MERGED => {
            grid.merged.extend(attribute(element, "ref").and_then(|text| area(&text)));
        }
        _ => {}
    })
}

fn number(element: &quick_xml::events::BytesStart<'_>, name: &str) -> Option<usize> {
    attribute(element, name)?.parse().ok()
}

/// `A6:G67`
fn area(text: &str) -> Option<Area> {
    let (from, to) = text.split_once(':')?;
    let ((top, left), (bottom, right)) = (place(from)?, place(to)?);
    (top <= bottom && left <= right).then_some(Area { top, bottom, left, right })
}

/// `G67` → (67, 6)
fn place(text: &str) -> Option<(usize, usize)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (column, row) = text.split_at_checked(letters).filter(|_| (1..=3).contains(&letters))?;
    let column = column.bytes().fold(0, |column, letter| {
        column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1
    });
    Some((row.parse().ok()?, column - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_read_from_its_corners() {
        let found = area("A6:AB67");
        assert_eq!(found, Some(Area { top: 6, bottom: 67, left: 0, right: 27 }));
        for text in ["A6", "6:7", "B2:A1", "AAAA1:B2", ":", "é1:B2"] {
            assert_eq!(area(text), None, "{text}");
        }
    }
}
