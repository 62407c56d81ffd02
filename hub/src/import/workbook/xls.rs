//! .xls of Excel 97 to 2003, and other files in an OLE container: a workbook with a password is one.
//! calamine reads the values. Its ranges are dense, so what a sheet spans is looked at before; what
//! it does not tell, which rows and columns are hidden, is read on the way.

use std::{
    io::{Cursor, Read},
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{Data, Reader as _, SheetType, SheetVisible, Xls};

use super::{Area, Book, Cell, Counter, Grid, ImportError, inert};
use crate::import::note::{Note, NoteKind};

/// How many cells a sheet may span, empty ones counted.
const MOST_SPANNED: usize = 4_000_000;

pub fn read(bytes: &[u8]) -> Result<Book, ImportError> {
    let damaged = |fault: std::io::Error| ImportError::Damaged(fault.to_string());
    let mut container = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(damaged)?;
    if container.exists("/EncryptedPackage") {
        return Err(ImportError::Password);
    }
    let names = ["/Workbook", "/Book"];
    let Some(name) = names.into_iter().find(|name| container.is_stream(name)) else {
        return Err(ImportError::NotASpreadsheet);
    };
    let mut stream = Vec::new();
    let part = container.open_stream(name).map_err(damaged)?;
    part.take(bytes.len() as u64).read_to_end(&mut stream).map_err(damaged)?;
    let outline = outline(&stream)?;
    let macros = container.exists("/_VBA_PROJECT_CUR");
    let notes = inert(macros, outline.links);
    // The reader takes the lengths inside a record for true.
    catch_unwind(AssertUnwindSafe(|| read_sheets(bytes, outline, notes)))
        .unwrap_or_else(|_| Err(ImportError::Damaged("a record is too short".to_owned())))
}

fn read_sheets(bytes: &[u8], outline: Outline, notes: Vec<Note>) -> Result<Book, ImportError> {
    let mut book = Book { notes, ..Book::default() };
    let mut reader: Xls<_> = Xls::new(Cursor::new(bytes))?;
    let mut count = Counter::default();
    let sheets = reader.sheets_metadata().to_vec();
    for (sheet, marks) in sheets.into_iter().zip(outline.sheets) {
        if sheet.typ != SheetType::WorkSheet {
            continue;
        }
        if sheet.visible != SheetVisible::Visible {
            book.notes.push(Note::of_sheet(&sheet.name, NoteKind::HiddenSheet, ""));
            continue;
        }
        let mut grid = Grid { from_1904: reader.has_1904_epoch(), ..Grid::new(&sheet.name) };
        let range = reader.worksheet_range(&sheet.name)?;
        let (top, left) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            if let Some(cell) = of_calamine(value) {
                count.add(1)?;
                grid.insert(top as usize + row + 1, left as usize + column, cell);
            }
        }
        let merged = reader.merge_cells_by_sheet_name(&sheet.name)?;
        grid.merged = merged.iter().filter(|area| area.start.0 <= area.end.0).map(area).collect();
        grid.merged.retain(|area| area.left <= area.right);
        grid.merged.truncate(super::MOST_MERGED);
        grid.hidden_columns = marks.hidden_columns.into_iter().collect();
        let rows = marks.hidden_rows.into_iter().filter(|row| grid.lines.holds(*row));
        grid.hidden_rows = rows.collect();
        book.grids.push(grid);
    }
    Ok(book)
}

fn area(area: &calamine::Dimensions) -> Area {
    Area {
        top: area.start.0 as usize + 1,
        bottom: area.end.0 as usize + 1,
        left: area.start.1 as usize,
        right: area.end.1 as usize,
    }
}

fn of_calamine(value: &Data) -> Option<Cell> {
    match value {
        Data::Int(number) => Some(Cell::Number(*number as f64)),
        Data::Float(number) => Some(Cell::Number(*number)),
        Data::Bool(yes) => Cell::text(if *yes { "TRUE" } else { "FALSE" }),
        Data::DateTime(time) => match time.as_datetime() {
            Some(moment) if time.is_datetime() => Some(Cell::Day(moment.date())),
            _ => Some(Cell::Number(time.as_f64())),
        },
        Data::Error(error) => Some(Cell::Unreadable(error.to_string())),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => Cell::text(text),
        _ => None,
    }
}

#[derive(Default)]
struct Outline {
    sheets: Vec<Marks>,
    links: usize,
}

#[derive(Default)]
struct Marks {
    /// 1-based
    hidden_rows: Vec<usize>,
    hidden_columns: Vec<usize>,
}

/// Goes through the records of a workbook (MS-XLS 2.4) without reading a value.
fn outline(stream: &[u8]) -> Result<Outline, ImportError> {
    let mut outline = Outline::default();
    let mut starts = Vec::new();
    for (kind, data) in records(stream) {
        match kind {
            // FilePass
            0x2f => return Err(ImportError::Password),
            // BoundSheet8
            0x85 => starts.push(u32_at(data, 0).unwrap_or(u32::MAX) as usize),
            // SupBook: of another file where it names one, and not the workbook's own sheets
            0x1ae => outline.links += usize::from(!matches!(u16_at(data, 2), Some(0x401 | 0x3a01))),
            0x0a => break,
            _ => {}
        }
    }
    for start in starts {
        outline.sheets.push(marks(stream.get(start..).unwrap_or_default())?);
    }
    Ok(outline)
}

fn marks(stream: &[u8]) -> Result<Marks, ImportError> {
    let mut marks = Marks::default();
    let mut span: Option<Area> = None;
    let mut depth = 0;
    for (kind, data) in records(stream) {
        match kind {
            0x809 => depth += 1,
            0x0a if depth <= 1 => break,
            0x0a => depth -= 1,
            _ if depth > 1 => {}
            // Dimensions
            0x200 if u32_at(data, 4).is_some_and(|rows| rows > 65_536) => {
                return Err(ImportError::Damaged("a sheet of more than 65,536 rows".to_owned()));
            }
            // Row
            0x208 if u16_at(data, 12).is_some_and(|flags| flags & 0x20 != 0) => {
                marks.hidden_rows.extend(u16_at(data, 0).map(|row| usize::from(row) + 1));
            }
            // ColInfo
            0x7d if u16_at(data, 8).is_some_and(|flags| flags & 1 != 0) => {
                if let (Some(first), Some(last)) = (u16_at(data, 0), u16_at(data, 2)) {
                    marks.hidden_columns.extend(usize::from(first)..=usize::from(last.min(255)));
                }
            }
            // Formula, MulRk, RString, LabelSst, Number, Label, BoolErr, RK
            0x06 | 0xbd | 0xd6 | 0xfd | 0x203 | 0x204 | 0x205 | 0x27e => {
                if let (Some(row), Some(column)) = (u16_at(data, 0), u16_at(data, 2)) {
                    let last = match kind {
                        0xbd => data.len().checked_sub(2).and_then(|place| u16_at(data, place)),
                        _ => None,
                    };
                    let (row, left) = (usize::from(row), usize::from(column));
                    let right = usize::from(last.unwrap_or(column)).max(left);
                    widen(&mut span, Area { top: row, bottom: row, left, right })?;
                }
            }
            _ => {}
        }
    }
    Ok(marks)
}

fn widen(span: &mut Option<Area>, cell: Area) -> Result<(), ImportError> {
    let wide = span.map_or(cell, |span| Area {
        top: span.top.min(cell.top),
        bottom: span.bottom.max(cell.bottom),
        left: span.left.min(cell.left),
        right: span.right.max(cell.right),
    });
    if wide.width() * (wide.bottom - wide.top + 1) > MOST_SPANNED {
        return Err(ImportError::TooLarge(MOST_SPANNED));
    }
    *span = Some(wide);
    Ok(())
}

/// Kind and data of each record, up to one that is cut off.
fn records(mut stream: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (kind, length) = (u16_at(stream, 0)?, usize::from(u16_at(stream, 2)?));
        let data = stream.get(4..4 + length)?;
        stream = stream.get(4 + length..)?;
        Some((kind, data))
    })
}

fn u16_at(data: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_le_bytes(data.get(place..place + 2)?.try_into().ok()?))
}

fn u32_at(data: &[u8], place: usize) -> Option<u32> {
    Some(u32::from_le_bytes(data.get(place..place + 4)?.try_into().ok()?))
}
