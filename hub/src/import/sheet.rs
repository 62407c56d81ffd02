//! One grid of cells → sheets of rows: which rows are data, and what they hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Columns, Decoded, Row, Sheet, SheetFault, SheetKind,
    fields::{Fields, Given},
    header::Known,
    ledger,
    note::{self, Note, NoteKind},
    table::{self, Block, Table, is_like_an_id, is_table, repeats},
    village::Villages,
    visit,
    words::Words,
    workbook::{Area, Cell, Grid, Line, MOST_COLUMNS},
};
use crate::problem::{Code, Problem};

/// A file on the way from grids to rows.
pub struct Decoding<'a, R> {
    pub known: Known<'a>,
    pub villages: Villages<'a>,
    pub file_name: &'a str,
    /// What is kept of a row.
    pub keep: &'a dyn Fn(Row) -> R,
    pub decoded: Decoded<R>,
}

/// A table on the way from lines to rows.
struct Reading<R> {
    table: Table,
    columns: Arc<Columns>,
    /// What ditto marks repeat.
    above: BTreeMap<usize, Cell>,
    /// Cells over several rows that begin further down, the last first.
    coming: Vec<Area>,
    /// Those that the row under way stands in, with their value.
    merged: Vec<(Area, Cell)>,
    rows: Vec<R>,
    /// Where they stand.
    numbers: Vec<usize>,
    headings: Vec<usize>,
    /// Columns that hold something under no header.
    bare: BTreeSet<usize>,
}

impl<R> Decoding<'_, R> {
    /// Decodes a sheet; one that is empty, or holds notes or a list of words, adds nothing.
    pub fn sheet(&mut self, mut grid: Grid) {
        if self.known.words.is_notes(&grid.name) {
            return;
        }
        if grid.beyond > 0 {
            self.note(&grid.name, NoteKind::Beyond, grid.beyond.to_string());
        }
        let blocks = table::blocks(&self.known, self.file_name, &grid);
        if blocks.is_empty() && is_table(&grid) {
            self.fault(&grid.name, None, "姓名、身份证号等".to_owned());
        }
        let mut sheets = Vec::new();
        for block in blocks {
            self.block(&mut grid, block, &mut sheets);
        }
        self.decoded.sheets.extend(sheets);
    }

    /// Takes the rows of a block out of the grid, so that each is in memory once.
    fn block(&mut self, grid: &mut Grid, block: Block, sheets: &mut Vec<Sheet<R>>) {
        let mut readings = Vec::new();
        for table in block.tables {
            match table {
                Ok(table) => readings.push(Reading::new(table, &grid.merged)),
                Err(missing) => self.fault(&grid.name, Some(missing.row), missing.headers),
            }
        }
        let alone = readings.len() == 1;
        while let Some((row, line)) = grid.lines.take_before(block.rows.end) {
            for reading in &mut readings {
                if alone {
                    reading.line(self, row, &line);
                } else {
                    reading.line(self, row, &line.within(&reading.table.span));
                }
            }
        }
        for reading in readings {
            self.finish(grid, reading, sheets);
        }
    }

    fn finish(&mut self, grid: &Grid, reading: Reading<R>, sheets: &mut Vec<Sheet<R>>) {
        let Reading { table, columns, rows, numbers, headings, bare, .. } = reading;
        let hidden = numbers.into_iter().filter(|row| grid.hidden_rows.contains(row));
        self.note(&grid.name, NoteKind::HiddenRows, note::rows(hidden));
        let hidden = columns.values().filter(|column| grid.hidden_columns.contains(&column.index));
        let hidden: Vec<&str> = hidden.map(|column| column.header.as_str()).collect();
        self.note(&grid.name, NoteKind::HiddenColumns, hidden.join("、"));
        self.note(&grid.name, NoteKind::Headings, note::rows(headings));
        let bare: Vec<String> = bare.into_iter().map(note::column).collect();
        self.note(&grid.name, NoteKind::NoHeader, bare.join(", "));
        if rows.is_empty() {
            self.note(&grid.name, NoteKind::NoRows, table.header_rows.end().to_string());
        }
        let unread = table.columns.unknown.into_iter().map(|column| column.header);
        match sheets.iter_mut().find(|sheet| sheet.kind == table.kind) {
            Some(sheet) => {
                sheet.unread.extend(unread);
                sheet.rows.extend(rows);
            }
            None => sheets.push(Sheet {
                name: grid.name.clone(),
                kind: table.kind,
                header_row: *table.header_rows.end(),
                unread: unread.collect(),
                rows,
            }),
        }
    }

    fn note(&mut self, sheet: &str, kind: NoteKind, detail: String) {
        if !detail.is_empty() {
            self.decoded.notes.push(Note::of_sheet(sheet, kind, detail));
        }
    }

    fn fault(&mut self, sheet: &str, row: Option<usize>, detail: String) {
        self.decoded.faults.push(SheetFault {
            sheet: sheet.to_owned(),
            row,
            problem: Problem::new(Code::HeaderMissing, "").detail(detail),
        });
    }
}

impl<R> Reading<R> {
    fn new(table: Table, merged: &[Area]) -> Self {
        let of_table = |area: &&Area| {
            area.bottom > area.top
                && area.top > *table.header_rows.end()
                && table.span.contains(&area.left)
        };
        let mut coming: Vec<Area> = merged.iter().filter(of_table).copied().collect();
        coming.extend(merged.iter().filter(|area| area.top == area.bottom && area.width() > 2));
        coming.sort_by_key(|area| std::cmp::Reverse(area.top));
        Self {
            columns: Arc::new(table.columns.read.clone()),
            above: BTreeMap::new(),
            coming,
            merged: Vec::new(),
            rows: Vec::new(),
            numbers: Vec::new(),
            headings: Vec::new(),
            bare: BTreeSet::new(),
            table,
        }
    }

    fn line(&mut self, decoding: &Decoding<'_, R>, row: usize, line: &Line) {
        self.merged.retain(|(area, _)| area.bottom >= row);
        while let Some(area) = self.coming.pop_if(|area| area.top <= row) {
            let has_room = area.top == row && self.merged.len() < MOST_COLUMNS;
            if let Some(cell) = line.get(area.left).filter(|_| has_room) {
                self.merged.push((area, cell.clone()));
            }
        }
        let words = decoding.known.words;
        if row <= *self.table.header_rows.end() || !self.is_data(words, line) {
            return;
        }
        if self.is_heading(line) {
            self.headings.push(row);
            return;
        }
        let bare = line.iter().filter(|(column, _)| !self.table.header.contains_key(column));
        self.bare.extend(bare.map(|(column, _)| column));
        let given = self.given(words, line);
        let mut read = decode_row(decoding, self, row, &given);
        self.above.clear();
        for (column, Given { cell, shown }) in given {
            read.shown.insert(column, shown);
            self.above.insert(column, cell);
        }
        self.rows.push((decoding.keep)(read));
        self.numbers.push(row);
    }

    /// Whether a row tells of someone: not blank but for its number, no total, no signature, and not
    /// the header once more.
    fn is_data(&self, words: &Words, line: &Line) -> bool {
        let Table { columns, header, .. } = &self.table;
        let tells = |column| header.contains_key(&column) && !columns.unused.contains(&column);
        if !line.iter().any(|(column, _)| tells(column)) || repeats(header, line) {
            return false;
        }
        let id = columns.index("person.residentId").and_then(|column| line.get(column));
        if id.is_some_and(is_like_an_id) {
            return true;
        }
        let mut texts = line.cells().filter_map(|cell| match cell {
            Cell::Text(text) => Some(text),
            _ => None,
        });
        let total = texts.clone().next().is_some_and(|text| words.is_total(text));
        let sparse = line.len() * 3 < header.len() * 2;
        !(total || sparse && texts.any(|text| words.signature.labels(text)))
    }

    /// Whether one text alone stands over several columns: a heading of the rows below.
    fn is_heading(&self, line: &Line) -> bool {
        let over_columns = |area: &Area| area.top == area.bottom && area.width() > 2;
        line.len() == 1 && self.merged.iter().any(|(area, _)| over_columns(area))
    }

    /// The cells of a row. One that is merged over rows is that of each; a ditto mark takes the value
    /// of the data row above, and stays in the first row.
    fn given(&self, words: &Words, line: &Line) -> BTreeMap<usize, Given> {
        let mut given: BTreeMap<usize, Given> = line
            .iter()
            .map(|(column, cell)| {
                let shown = cell.shown();
                let cell = match self.above.get(&column) {
                    Some(above) if words.is_ditto(&shown) => above,
                    _ => cell,
                };
                (column, Given { cell: cell.clone(), shown })
            })
            .collect();
        for (area, cell) in self.merged.iter().filter(|(area, _)| area.bottom > area.top) {
            let shown = || Given { cell: cell.clone(), shown: cell.shown() };
            given.entry(area.left).or_insert_with(shown);
        }
        given
    }
}

fn decode_row<R>(
    decoding: &Decoding<'_, R>,
    reading: &Reading<R>,
    row: usize,
    given: &BTreeMap<usize, Given>,
) -> Row {
    let Decoding { known, villages, .. } = decoding;
    let columns = &reading.table.columns;
    let mut fields = Fields::new(known.words, villages, columns, given, reading.table.from_1904);
    let content = match reading.table.kind {
        SheetKind::Ledger(kind) => ledger::decode(kind, &mut fields),
        SheetKind::Visits => visit::decode(&mut fields),
    };
    let Fields { problems, repairs, .. } = fields;
    let (shown, columns) = (BTreeMap::new(), Arc::clone(&reading.columns));
    Row { row, content, problems, repairs, shown, columns }
}
