//! Cells → an Excel workbook (ECMA-376), written from front to back.
//!
//! A sheet is written row by row into the package, packed at once: no temporary file, which would
//! hold people's data in the open, and no list of shared strings, which would fill the memory. Every text
//! is an inline string, which no program takes for a formula.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions, write::StreamWriter};

use super::{Column, cells::Cell, cover::Cover, csv::Sink};

/// The rows of a sheet, its header among them.
const ROWS: usize = 1_048_576;
/// The columns of a sheet.
const COLUMNS: usize = 16_384;
/// A sheet is ended where its text comes near what a package without extensions may hold, 4 GiB.
const TEXT: u64 = 3 << 30;
/// The characters of a cell.
const LONGEST: usize = 32_767;
/// From so many rows the widths of the columns are taken.
const LOOKED_AT: usize = 200;
const NARROWEST: usize = 6;
const WIDEST: usize = 50;
/// The characters of a sheet's name.
const NAME: usize = 31;
/// Digits that a spreadsheet keeps of a number.
const EXACT: u64 = 999_999_999_999_999;

/// The styles of cells, by their place in `STYLES`.
const HEADER: usize = 1;
const TEXT_STYLE: usize = 2;
const DAY: usize = 3;
const INSTANT: usize = 4;

const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="宋体"/></font><font><b/><sz val="11"/><name val="宋体"/></font></fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFE7EEF7"/><bgColor indexed="64"/></patternFill></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"#;

const ROOT_RELS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;

/// A workbook that is being written.
pub struct Workbook {
    package: ZipWriter<StreamWriter<Sink>>,
    sink: Sink,
    /// The names of the sheets, in the order they are written.
    sheets: Vec<String>,
    table: Option<Sheets>,
    text: String,
}

/// The sheets of a table.
struct Sheets {
    title: String,
    headers: Vec<String>,
    widths: Vec<usize>,
    /// Rows that wait until the widths are known.
    waiting: Vec<Vec<Cell>>,
    /// The rows of the sheet under way, and the bytes of its text; none before it is begun.
    rows: usize,
    bytes: u64,
    begun: bool,
    /// After so many rows and bytes a further sheet is begun.
    most: (usize, u64),
}

impl Workbook {
    pub fn new() -> Self {
        let sink = Sink::default();
        let package = ZipWriter::new_stream(sink.clone());
        Self { package, sink, sheets: Vec::new(), table: None, text: String::new() }
    }

    pub fn taken(&mut self) -> Vec<u8> {
        self.sink.taken()
    }

    /// # Errors
    /// Where there are more columns than a sheet has.
    pub fn begin(
        &mut self,
        title: &str,
        headers: Vec<String>,
        columns: &[Column],
    ) -> io::Result<()> {
        if headers.len() > COLUMNS {
            let why = format!(
                "a sheet has {COLUMNS} columns at most, and {} are asked for; take another format",
                headers.len()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        self.begin_with(title, headers, columns, (ROWS, TEXT));
        Ok(())
    }

    fn begin_with(
        &mut self,
        title: &str,
        headers: Vec<String>,
        columns: &[Column],
        most: (usize, u64),
    ) {
        let forms = columns.iter().map(|column| column.form.width());
        let keys = headers.len() - columns.len();
        let forms = std::iter::repeat_n(NARROWEST, keys).chain(forms);
        let widths = headers.iter().zip(forms).map(|(header, form)| width(header).max(form));
        self.table = Some(Sheets {
            title: title.to_owned(),
            widths: widths.collect(),
            headers,
            waiting: Vec::new(),
            rows: 0,
            bytes: 0,
            begun: false,
            most,
        });
    }

    /// # Errors
    /// Where a text is longer than a cell holds.
    pub fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        let Some(table) = &mut self.table else { return Ok(()) };
        if table.begun {
            return self.write_row(&cells);
        }
        for (width_of, cell) in table.widths.iter_mut().zip(&cells) {
            *width_of = (*width_of).max(width(&cell.text()).min(WIDEST));
        }
        table.waiting.push(cells);
        if table.waiting.len() >= LOOKED_AT { self.write_waiting() } else { Ok(()) }
    }

    pub fn end(&mut self) -> io::Result<()> {
        self.write_waiting()?;
        self.end_sheet()?;
        self.table = None;
        Ok(())
    }

    /// Adds the cover as the first sheet of the workbook, and what holds the sheets together.
    pub fn finish(mut self, cover: &Cover) -> io::Result<Vec<u8>> {
        let headers = vec!["项目".to_owned(), "内容".to_owned()];
        self.begin("导出说明", headers, &[])?;
        for (label, text) in cover.lines() {
            self.row(vec![Cell::Text(label), Cell::Text(cut(&text))])?;
        }
        self.end()?;
        self.sheets.rotate_right(1);
        let count = self.sheets.len();
        // The cover was written last and stands first.
        let files = std::iter::once(count).chain(1..count);
        let sheets: Vec<_> = self.sheets.iter().cloned().zip(files).collect();
        self.add("xl/workbook.xml", &workbook(&sheets))?;
        self.add("xl/_rels/workbook.xml.rels", &relations(count))?;
        self.add("xl/styles.xml", STYLES)?;
        self.add("_rels/.rels", ROOT_RELS)?;
        self.add("[Content_Types].xml", &types(count))?;
        self.package.finish().map_err(io::Error::other)?;
        Ok(self.sink.taken())
    }

    fn add(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.package.start_file(name, options()).map_err(io::Error::other)?;
        self.package.write_all(text.as_bytes())
    }

    fn write_waiting(&mut self) -> io::Result<()> {
        let Some(table) = &mut self.table else { return Ok(()) };
        let waiting = std::mem::take(&mut table.waiting);
        if !table.begun {
            self.begin_sheet()?;
        }
        waiting.iter().try_for_each(|cells| self.write_row(cells))
    }

    fn begin_sheet(&mut self) -> io::Result<()> {
        let Some(table) = &mut self.table else { return Ok(()) };
        (table.begun, table.rows, table.bytes) = (true, 0, 0);
        let name = sheet_name(&table.title, &self.sheets);
        self.sheets.push(name);
        let mut text = String::from(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>"#,
        );
        for (column, width) in (1..).zip(&table.widths) {
            let _ = write!(
                text,
                r#"<col min="{column}" max="{column}" width="{}" customWidth="1"/>"#,
                width + 2
            );
        }
        text.push_str("</cols><sheetData>");
        let headers: Vec<_> = table.headers.iter().cloned().map(Cell::Text).collect();
        let file = format!("xl/worksheets/sheet{}.xml", self.sheets.len());
        self.add(&file, &text)?;
        self.write_line(&headers, HEADER)
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        self.package.write_all(b"</sheetData></worksheet>")
    }

    fn write_row(&mut self, cells: &[Cell]) -> io::Result<()> {
        if self
            .table
            .as_ref()
            .is_some_and(|table| table.rows >= table.most.0 || table.bytes > table.most.1)
        {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        self.write_line(cells, TEXT_STYLE)
    }

    fn write_line(&mut self, cells: &[Cell], text_style: usize) -> io::Result<()> {
        let Some(table) = &mut self.table else { return Ok(()) };
        table.rows += 1;
        self.text.clear();
        let _ = write!(self.text, "<row r=\"{}\">", table.rows);
        for (column, cell) in cells.iter().enumerate() {
            write_cell(&mut self.text, (column, table.rows), cell, text_style)?;
        }
        self.text.push_str("</row>");
        table.bytes += self.text.len() as u64;
        self.package.write_all(self.text.as_bytes())
    }
}

/// The same bytes whenever it is written.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
}

fn write_cell(
    out: &mut String,
    (column, row): (usize, usize),
    cell: &Cell,
    text_style: usize,
) -> io::Result<()> {
    let place = format!("{}{row}", letters(column));
    let _ = match cell {
        Cell::Empty => Ok(()),
        Cell::Number(number) if is_exact(number) => {
            write!(out, r#"<c r="{place}"><v>{number}</v></c>"#)
        }
        Cell::Day(day) => match serial(*day) {
            Some(serial) => write!(out, r#"<c r="{place}" s="{DAY}"><v>{serial}</v></c>"#),
            None => return write_text(out, &place, &day.to_string(), text_style),
        },
        Cell::Instant(instant) => match serial_of(instant) {
            Some(serial) => write!(out, r#"<c r="{place}" s="{INSTANT}"><v>{serial}</v></c>"#),
            None => return write_text(out, &place, &cell.text(), text_style),
        },
        Cell::Number(_) | Cell::Text(_) => {
            return write_text(out, &place, &cell.text(), text_style);
        }
    };
    Ok(())
}

fn write_text(out: &mut String, place: &str, text: &str, style: usize) -> io::Result<()> {
    // A spreadsheet counts as UTF-16 does.
    if text.encode_utf16().count() > LONGEST {
        let why = format!(
            "a text is longer than the {LONGEST} characters of a cell; take CSV or NDJSON, or leave the field out"
        );
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    let _ = write!(
        out,
        r#"<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>"#,
        escaped(text)
    );
    Ok(())
}

/// What is too long for a cell of the cover; there it is told with `…`, and in full beside the file.
fn cut(text: &str) -> String {
    const COVER: usize = 8_000;
    match text.char_indices().nth(COVER) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn is_exact(number: &serde_json::Number) -> bool {
    match number.as_i64() {
        Some(number) => number.unsigned_abs() <= EXACT,
        None => !number.is_u64(),
    }
}

/// The text as XML holds it; what XML cannot hold, as spreadsheets write it: `_x0001_`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(letter),
            '_' if is_escape(&text[at..]) => out.push_str("_x005F_"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "_x{:04X}_", u32::from(letter));
            }
            _ => out.push(letter),
        }
    }
    out
}

/// Whether a text begins with what would be read as an escaped character.
fn is_escape(text: &str) -> bool {
    let Some(code) = text.strip_prefix("_x").and_then(|rest| rest.get(..5)) else { return false };
    code.ends_with('_') && code[..4].bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The letters of a column, from 0.
fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0)));
        rest = (rest - 1) / 26;
    }
    letters.into_iter().rev().collect()
}

/// The days that a spreadsheet counts, which it does rightly from March 1900 on.
fn serial(day: NaiveDate) -> Option<i64> {
    const FIRST: i64 = 61;
    let begin = NaiveDate::from_ymd_opt(1899, 12, 30)?;
    let days = day.signed_duration_since(begin).num_days();
    (days >= FIRST).then_some(days)
}

fn serial_of(instant: &NaiveDateTime) -> Option<f64> {
    let seconds = instant.time().signed_duration_since(NaiveTime::MIN).num_seconds();
    Some(serial(instant.date())? as f64 + seconds as f64 / 86_400.0)
}

/// How wide a text is, a Chinese character counting two.
fn width(text: &str) -> usize {
    let line = text.lines().next().unwrap_or_default();
    line.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum()
}

/// A name that a sheet may have, and that none has yet.
fn sheet_name(title: &str, taken: &[String]) -> String {
    let legal = |letter: &char| !letter.is_control() && !r"[]:*?/\'".contains(*letter);
    let base: String = title.chars().filter(legal).collect();
    let base = if base.is_empty() { "Sheet".to_owned() } else { base };
    for number in 1_usize.. {
        let end = if number == 1 { String::new() } else { format!(" ({number})") };
        let begin: String = base.chars().take(NAME - end.len()).collect();
        let name = begin + &end;
        let same = |known: &String| known.to_lowercase() == name.to_lowercase();
        if !taken.iter().any(same) {
            return name;
        }
    }
    base
}

fn workbook(sheets: &[(String, usize)]) -> String {
    let mut text = String::from(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><bookViews><workbookView activeTab="0"/></bookViews><sheets>"#,
    );
    for (name, file) in sheets {
        let name = escaped(name);
        let _ = write!(text, r#"<sheet name="{name}" sheetId="{file}" r:id="rId{file}"/>"#);
    }
    text + "</sheets></workbook>"
}

fn relations(count: usize) -> String {
    const KIND: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut text = String::from(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    );
    for file in 1..=count {
        let _ = write!(
            text,
            r#"<Relationship Id="rId{file}" Type="{KIND}/worksheet" Target="worksheets/sheet{file}.xml"/>"#
        );
    }
    let styles = count + 1;
    let _ = write!(
        text,
        r#"<Relationship Id="rId{styles}" Type="{KIND}/styles" Target="styles.xml"/>"#
    );
    text + "</Relationships>"
}

fn types(count: usize) -> String {
    const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let mut text = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/>"#
    );
    for file in 1..=count {
        let _ = write!(
            text,
            r#"<Override PartName="/xl/worksheets/sheet{file}.xml" ContentType="{KIND}.worksheet+xml"/>"#
        );
    }
    text + "</Types>"
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use calamine::{Data, DataType, Reader, Xlsx};

    use super::*;
    use crate::exports::Form;

    fn column(form: Form) -> Column {
        Column { header: String::new(), path: Vec::new(), form, fields: Vec::new() }
    }

    fn written(rows: &[Vec<Cell>], most: (usize, u64)) -> Xlsx<Cursor<Vec<u8>>> {
        Xlsx::new(Cursor::new(bytes(rows, most))).unwrap()
    }

    fn bytes(rows: &[Vec<Cell>], most: (usize, u64)) -> Vec<u8> {
        let mut book = Workbook::new();
        let columns = vec![column(Form::Text); rows[0].len()];
        let headers = (1..=columns.len()).map(|number| format!("列{number}")).collect();
        book.begin_with("表", headers, &columns, most);
        for row in rows {
            book.row(row.clone()).unwrap();
        }
        book.end().unwrap();
        book.finish(&Cover::default()).unwrap()
    }

    #[test]
    fn a_sheet_keeps_its_header_in_sight_and_has_a_width_for_each_column() {
        let rows: Vec<_> = (0..3).map(|_| vec![Cell::Text("值".to_owned()); 2]).collect();
        let mut package = zip::ZipArchive::new(Cursor::new(bytes(&rows, (ROWS, TEXT)))).unwrap();
        let mut sheet = String::new();
        let mut file = package.by_name("xl/worksheets/sheet1.xml").unwrap();
        file.read_to_string(&mut sheet).unwrap();
        assert!(sheet.contains(r#"<pane ySplit="1" topLeftCell="A2""#), "{sheet}");
        assert_eq!(sheet.matches(r#"customWidth="1""#).count(), 2);
    }

    #[test]
    fn each_cell_is_read_back_as_what_it_is() {
        let day = NaiveDate::from_ymd_opt(2026, 10, 1).unwrap();
        let texts = ["=1+1", "+8", "410802199506040161", "a<b>&\"c'\n d ", "_x0041_", "é😀"];
        let mut row: Vec<_> = texts.iter().map(|text| Cell::Text((*text).to_owned())).collect();
        let instant = day.and_hms_opt(20, 30, 15).unwrap();
        row.extend([Cell::Empty, Cell::Number(12.into()), Cell::Day(day), Cell::Instant(instant)]);
        row.push(Cell::Number(i64::MAX.into()));
        let mut book = written(&[row], (ROWS, TEXT));
        assert_eq!(book.sheet_names(), ["导出说明", "表"]);
        let formulas = book.worksheet_formula("表").unwrap();
        assert!(formulas.cells().all(|(_, _, formula)| formula.is_empty()));
        let sheet = book.worksheet_range("表").unwrap();
        let row: Vec<_> = sheet.rows().nth(1).unwrap().to_vec();
        for (cell, text) in row.iter().zip(texts) {
            assert_eq!(*cell, Data::String(text.to_owned()));
        }
        assert_eq!((&row[6], &row[7]), (&Data::Empty, &Data::Float(12.0)));
        let moment = |cell: &Data| cell.as_datetime().unwrap();
        assert!(matches!(row[8], Data::DateTime(_)));
        assert_eq!(moment(&row[8]), day.and_hms_opt(0, 0, 0).unwrap());
        assert_eq!(moment(&row[9]), instant);
        assert_eq!(row[10], Data::String(i64::MAX.to_string()));
    }

    #[test]
    fn a_table_longer_than_a_sheet_goes_on_on_the_next() {
        let rows: Vec<_> = (0..10).map(|number| vec![Cell::Text(format!("行{number}"))]).collect();
        for most in [(4, TEXT), (ROWS, 250)] {
            let mut book = written(&rows, most);
            let names = book.sheet_names();
            assert!(names.len() >= 4 && names[2] == "表 (2)", "{names:?}");
            let mut found = Vec::new();
            for name in &names[1..] {
                let sheet = book.worksheet_range(name).unwrap();
                assert_eq!(sheet.rows().next().unwrap()[0], "列1");
                found.extend(sheet.rows().skip(1).map(|row| vec![Cell::Text(row[0].to_string())]));
            }
            assert_eq!(found, rows);
        }
    }

    #[test]
    fn a_text_too_long_for_a_cell_is_refused_and_never_cut() {
        let mut book = Workbook::new();
        book.begin("表", vec!["列".to_owned()], &[column(Form::Text)]).unwrap();
        book.row(vec![Cell::Text("长".repeat(LONGEST))]).unwrap();
        book.row(vec![Cell::Text("长".repeat(LONGEST + 1))]).unwrap();
        assert!(book.end().unwrap_err().to_string().contains("32767"));
        let headers = vec![String::new(); COLUMNS + 1];
        assert!(book.begin("表", headers, &[]).unwrap_err().to_string().contains("16385"));
    }

    #[test]
    fn columns_and_sheets_have_the_names_that_spreadsheets_give_and_take() {
        let names: Vec<_> = [0, 25, 26, 51, 52, 701, 702, 16_383].map(letters).into();
        assert_eq!(names, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD"]);
        assert_eq!(sheet_name("a/b:c", &[]), "abc");
        assert_eq!(sheet_name("", &[]), "Sheet");
        let long = "很".repeat(40);
        let first = sheet_name(&long, &[]);
        let second = sheet_name(&long, std::slice::from_ref(&first));
        assert!(first.chars().count() == 31 && second.chars().count() == 31 && first != second);
    }
}
