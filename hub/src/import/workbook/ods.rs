//! .ods, read as a stream: what repeats is written down once, and a sheet says that it has a million
//! empty rows in one line.

use std::collections::HashSet;

use chrono::NaiveDate;
use quick_xml::events::{BytesStart, Event};

use super::{
    Area, Book, Cell, Counter, Grid, ImportError, inert,
    package::{Package, Xml, attribute},
};
use crate::import::note::{Note, NoteKind};

const MIMETYPE: &str = "application/vnd.oasis.opendocument.spreadsheet";
/// The last row a sheet may have.
const MOST_ROWS: usize = 1_048_576;

pub fn read(package: &mut Package<'_>) -> Result<Book, ImportError> {
    let mut locked = false;
    let mut spreadsheet = false;
    package.each("META-INF/manifest.xml", |element| {
        locked |= element.local_name().as_ref() == "encryption-data";
        spreadsheet |=
            attribute(element, "media-type").is_some_and(|kind| kind.starts_with(MIMETYPE));
    })?;
    if locked {
        return Err(ImportError::Password);
    }
    if !spreadsheet {
        return Err(ImportError::NotASpreadsheet);
    }
    let macros = package.names().any(|name| name.starts_with("Basic/") && name.ends_with("xml"));
    let Some(xml) = package.xml("content.xml")? else {
        return Err(ImportError::NotASpreadsheet);
    };
    let mut reading = Reading { notes: inert(macros, 0), ..Reading::new(xml) };
    reading.content()?;
    let from_1904 = reading.from_1904;
    for grid in &mut reading.grids {
        grid.from_1904 = from_1904;
    }
    Ok(Book { grids: reading.grids, notes: reading.notes })
}

struct Reading<'z, 'a> {
    xml: Xml<'z, 'a>,
    grids: Vec<Grid>,
    notes: Vec<Note>,
    count: Counter,
    /// Styles of tables that are not shown.
    hidden: HashSet<String>,
    from_1904: bool,
}

/// Where the next cell stands.
#[derive(Default)]
struct Place {
    row: usize,
    rows: usize,
    column: usize,
}

/// A cell and what stands of it in the sheet.
struct Found {
    cell: Option<Cell>,
    repeated: usize,
    columns: usize,
    rows: usize,
}

impl<'z, 'a> Reading<'z, 'a> {
    fn new(xml: Xml<'z, 'a>) -> Self {
        Self {
            xml,
            grids: Vec::new(),
            notes: Vec::new(),
            count: Counter::default(),
            hidden: HashSet::new(),
            from_1904: false,
        }
    }

    fn content(&mut self) -> Result<(), ImportError> {
        let mut buffer = Vec::new();
        let mut style = None;
        loop {
            buffer.clear();
            match self.xml.read_event_into(&mut buffer)? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "style" => style = attribute(&element, "name"),
                    "table-properties"
                        if attribute(&element, "display").as_deref() == Some("false") =>
                    {
                        self.hidden.extend(style.clone());
                    }
                    "null-date" => {
                        let from = attribute(&element, "date-value");
                        self.from_1904 = from.is_some_and(|day| day.starts_with("1904"));
                    }
                    "table" => {
                        let name = attribute(&element, "name").unwrap_or_default();
                        let style = attribute(&element, "style-name").unwrap_or_default();
                        self.table(&name, &style)?;
                    }
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn table(&mut self, name: &str, style: &str) -> Result<(), ImportError> {
        let mut grid = Grid::new(name);
        let mut place = Place::default();
        let mut columns = 0;
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            match self.xml.read_event_into(&mut buffer)? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "table-column" => {
                        let next = columns + times(&element, "number-columns-repeated");
                        if is_hidden(&element) {
                            grid.hidden_columns.extend(columns..next.min(super::MOST_COLUMNS));
                        }
                        columns = next;
                    }
                    "table-row" => {
                        place.row += place.rows.max(1);
                        place.rows = times(&element, "number-rows-repeated");
                        place.column = 0;
                        if is_hidden(&element) && place.row + place.rows <= MOST_ROWS {
                            grid.hidden_rows.extend(place.row..place.row + place.rows);
                        }
                    }
                    "table-cell" | "covered-table-cell" => {
                        let covered = element.local_name().as_ref() == "covered-table-cell";
                        let element = element.to_owned();
                        let found = self.cell(&element)?;
                        self.put(&mut grid, &mut place, found, covered)?;
                    }
                    "shapes" => skip(&mut self.xml)?,
                    _ => {}
                },
                Event::End(element) if element.local_name().as_ref() == "table" => break,
                Event::Eof => {
                    return Err(ImportError::Damaged("the table does not end".to_owned()));
                }
                _ => {}
            }
        }
        grid.hidden_rows.retain(|row| grid.lines.holds(*row));
        if self.hidden.contains(style) {
            self.notes.push(Note::of_sheet(name, NoteKind::HiddenSheet, ""));
        } else {
            self.grids.push(grid);
        }
        Ok(())
    }

    fn put(
        &mut self,
        grid: &mut Grid,
        place: &mut Place,
        found: Found,
        covered: bool,
    ) -> Result<(), ImportError> {
        let Place { row, rows, column } = *place;
        place.column = column.saturating_add(found.repeated);
        let Some(cell) = found.cell.filter(|_| !covered) else {
            return Ok(());
        };
        if row.saturating_add(rows) > MOST_ROWS + 1 || place.column > 16_384 {
            return Err(ImportError::Damaged("a cell stands outside the sheet".to_owned()));
        }
        self.count.add(found.repeated.saturating_mul(rows))?;
        for row in row..row + rows {
            for column in column..place.column {
                grid.insert(row, column, cell.clone());
            }
        }
        let merged = found.columns > 1 || found.rows > 1;
        if merged && grid.merged.len() < super::MOST_MERGED {
            grid.merged.push(Area {
                top: row,
                bottom: row.saturating_add(found.rows - 1),
                left: column,
                right: column.saturating_add(found.columns - 1),
            });
        }
        Ok(())
    }

    /// Reads a cell to its end.
    fn cell(&mut self, element: &BytesStart<'_>) -> Result<Found, ImportError> {
        let text = paragraphs(&mut self.xml, element.local_name().as_ref())?;
        let kind = attribute(element, "value-type").unwrap_or_default();
        let number = || attribute(element, "value").and_then(|text| text.parse().ok());
        let is_error = element.attributes().with_checks(false).flatten().any(|attribute| {
            attribute.key.as_ref() == "calcext:value-type" && attribute.value == "error"
        });
        let cell = match kind.as_str() {
            _ if is_error => Some(Cell::Unreadable(text)),
            "float" | "currency" | "percentage" => number().map(Cell::Number),
            "date" => day(element).map(Cell::Day).or_else(|| Cell::text(&text)),
            "boolean" => Cell::text(&text.to_uppercase()),
            "" => attribute(element, "formula")
                .filter(|_| text.is_empty())
                .map(Cell::Unreadable)
                .or_else(|| Cell::text(&text)),
            _ => Cell::text(&attribute(element, "string-value").unwrap_or(text)),
        };
        Ok(Found {
            cell,
            repeated: times(element, "number-columns-repeated"),
            columns: times(element, "number-columns-spanned"),
            rows: times(element, "number-rows-spanned"),
        })
    }
}

fn day(element: &BytesStart<'_>) -> Option<NaiveDate> {
    attribute(element, "date-value")?.get(..10)?.parse().ok()
}

fn times(element: &BytesStart<'_>, name: &str) -> usize {
    let times = attribute(element, name).and_then(|times| times.parse().ok()).unwrap_or(1);
    usize::clamp(times, 1, MOST_ROWS)
}

fn is_hidden(element: &BytesStart<'_>) -> bool {
    attribute(element, "visibility").is_some_and(|kind| matches!(&*kind, "collapse" | "filter"))
}

/// Passes over what stands inside an element, up to its end.
fn skip(xml: &mut Xml<'_, '_>) -> Result<(), ImportError> {
    let mut depth = 1;
    let mut buffer = Vec::new();
    while depth > 0 {
        buffer.clear();
        match xml.read_event_into(&mut buffer)? {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Eof => return Err(ImportError::Damaged("an element does not end".to_owned())),
            _ => {}
        }
    }
    Ok(())
}

/// The text of a cell, without its comment and its pictures.
fn paragraphs(xml: &mut Xml<'_, '_>, end: &str) -> Result<String, ImportError> {
    let mut text = String::new();
    let mut paragraphs = 0;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer)? {
            Event::Start(element) => match element.local_name().as_ref() {
                "p" => {
                    paragraphs += 1;
                    if paragraphs > 1 {
                        text.push('\n');
                    }
                }
                "s" => text.extend(std::iter::repeat_n(' ', times(&element, "c").min(100))),
                "tab" => text.push('\t'),
                "line-break" => text.push('\n'),
                "annotation" | "frame" | "custom-shape" | "g" | "rect" | "control" => skip(xml)?,
                _ => {}
            },
            Event::Text(part) if paragraphs > 0 => text.push_str(&part.xml10_content()),
            Event::GeneralRef(part) => match part.resolve_char_ref()? {
                Some(letter) => text.push(letter),
                None => {
                    let known = quick_xml::escape::resolve_predefined_entity(part.as_ref());
                    let unknown = || ImportError::Damaged(format!("an entity &{};", part.as_ref()));
                    text.push_str(known.ok_or_else(unknown)?);
                }
            },
            Event::End(element) if element.local_name().as_ref() == end => return Ok(text),
            Event::Eof => return Err(ImportError::Damaged("a cell does not end".to_owned())),
            _ => {}
        }
    }
}
