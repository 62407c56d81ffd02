//! One grid of cells → a sheet of rows: where its header is, what it tells of, which rows are data.

use std::collections::BTreeMap;

use entity::LedgerKind;

use super::{
    Row, Sheet, SheetFault, SheetKind, Wordings,
    fields::{Fields, Given},
    header::{Columns, KINDS},
    ledger,
    village::Villages,
    visit,
    words::Words,
    workbook::{Cell, Grid, Line},
};
use crate::problem::{Code, Problem};

/// How many rows may stand above the header.
const TITLE_ROWS: usize = 30;
/// How many known headers make a row the header.
const HEADER_COLUMNS: usize = 3;

pub enum Outcome {
    Data(Sheet),
    Fault(SheetFault),
    /// An empty sheet, notes, a list of words.
    NoData,
}

pub fn decode(
    wordings: &Wordings,
    villages: &Villages<'_>,
    file_name: &str,
    grid: &Grid,
) -> Outcome {
    if wordings.words.is_notes(&grid.name) {
        return Outcome::NoData;
    }
    let fault = |row: Option<usize>, detail: String| {
        Outcome::Fault(SheetFault {
            sheet: grid.name.clone(),
            row,
            problem: Problem::new(Code::HeaderMissing, "").detail(detail),
        })
    };
    let Some((row, header)) = find_header(wordings, grid) else {
        return if is_table(grid) {
            fault(None, "姓名、身份证号等".to_owned())
        } else {
            Outcome::NoData
        };
    };
    let (kind, columns) = match find_kind(wordings, file_name, grid, row, header) {
        Ok(found) => found,
        Err(missing) => return fault(Some(row), missing),
    };
    let lines = grid.lines.range(row + 1..);
    let lines = lines.filter(|(_, line)| is_data(&wordings.words, &columns, header, line));
    let mut above = BTreeMap::new();
    let rows = lines.map(|(row, line)| {
        let given = resolve_dittos(&wordings.words, line, &above);
        let decoded = decode_row(wordings, villages, kind, &columns, *row, &given);
        above = given;
        decoded
    });
    Outcome::Data(Sheet {
        name: grid.name.clone(),
        kind,
        header_row: row,
        columns: columns.read.values().map(|(index, header)| (header.clone(), *index)).collect(),
        rows: rows.collect(),
        unread: columns.unknown.clone(),
    })
}

/// The first row with several known headers.
fn find_header<'a>(wordings: &Wordings, grid: &'a Grid) -> Option<(usize, &'a Line)> {
    let mut lines = grid.lines.iter().take(TITLE_ROWS);
    let known = |line| KINDS.map(|kind| wordings.headers.read(kind, line).known());
    let (row, line) =
        lines.find(|(_, line)| known(line).into_iter().any(|count| count >= HEADER_COLUMNS))?;
    Some((*row, line))
}

/// Whether the grid looks like data, so that not finding its header has to be said.
fn is_table(grid: &Grid) -> bool {
    let wide = grid.lines.values().filter(|line| line.len() >= HEADER_COLUMNS);
    wide.count() > 1
}

/// The kind that knows most of the headers; of equals, the one that sheet, title or file are named
/// for. Without its needed columns, what is missing.
fn find_kind(
    wordings: &Wordings,
    file_name: &str,
    grid: &Grid,
    row: usize,
    header: &Line,
) -> Result<(SheetKind, Columns), String> {
    let titles = grid.lines.range(..row).flat_map(|(_, line)| line.values());
    let mut names: Vec<String> = titles.map(Cell::shown).collect();
    names.extend([grid.name.clone(), file_name.to_owned()]);
    let mut best: Option<(usize, usize, SheetKind, Columns)> = None;
    for kind in KINDS {
        let columns = wordings.headers.read(kind, header);
        let hints = hints(&wordings.words, kind, &names);
        if best.as_ref().is_none_or(|best| (columns.known(), hints) > (best.0, best.1)) {
            best = Some((columns.known(), hints, kind, columns));
        }
    }
    let (_, _, kind, columns) = best.ok_or("姓名")?;
    match wordings.headers.missing(kind, &columns)[..] {
        [] => Ok((kind, columns)),
        ref missing => Err(missing.join("、")),
    }
}

fn hints(words: &Words, kind: SheetKind, names: &[String]) -> usize {
    let key = match kind {
        SheetKind::Ledger(LedgerKind::Child) => "CHILD",
        SheetKind::Ledger(LedgerKind::Elderly) => "ELDERLY",
        SheetKind::Ledger(LedgerKind::Disabled) => "DISABLED",
        SheetKind::Visits => "VISIT",
    };
    let words = words.sheet.get(key).map_or(&[][..], Vec::as_slice);
    let named = |name: &&String| words.iter().any(|word| name.contains(word));
    names.iter().filter(named).count()
}

/// Whether a row tells of someone: not blank but for its number, no total, no signature, and not the
/// header once more.
fn is_data(words: &Words, columns: &Columns, header: &Line, line: &Line) -> bool {
    if line.keys().all(|column| columns.unused.contains(column)) {
        return false;
    }
    let repeated = line.iter().filter(|(column, cell)| header.get(column) == Some(cell));
    if repeated.count() >= HEADER_COLUMNS {
        return false;
    }
    let id = columns.index("person.residentId").and_then(|column| line.get(&column));
    if id.is_some_and(is_like_an_id) {
        return true;
    }
    let mut texts = line.values().filter_map(|cell| match cell {
        Cell::Text(text) => Some(text),
        _ => None,
    });
    let total = texts.clone().next().is_some_and(|text| words.is_total(text));
    let sparse = line.len() * 3 < header.len() * 2;
    !(total || sparse && texts.any(|text| words.signature.labels(text)))
}

/// Whether the cell can only have been meant as a resident ID, so that the row is data whatever its
/// other cells say.
fn is_like_an_id(cell: &Cell) -> bool {
    match cell {
        Cell::Number(number) => *number >= 1e11,
        Cell::Text(text) => text.chars().filter(|letter| letter.is_numeric()).count() >= 12,
        Cell::Day(_) => false,
    }
}

/// Ditto marks take the value of the data row above; in the first row they stay.
fn resolve_dittos(
    words: &Words,
    line: &Line,
    above: &BTreeMap<usize, Given>,
) -> BTreeMap<usize, Given> {
    let resolve = |(column, cell): (&usize, &Cell)| {
        let shown = cell.shown();
        let cell = match above.get(column) {
            Some(above) if words.is_ditto(&shown) => &above.cell,
            _ => cell,
        };
        let cell = cell.clone();
        (*column, Given { cell, shown })
    };
    line.iter().map(resolve).collect()
}

fn decode_row(
    wordings: &Wordings,
    villages: &Villages<'_>,
    kind: SheetKind,
    columns: &Columns,
    row: usize,
    given: &BTreeMap<usize, Given>,
) -> Row {
    let mut fields = Fields::new(&wordings.words, villages, columns, given);
    let content = match kind {
        SheetKind::Ledger(kind) => ledger::decode(kind, &mut fields),
        SheetKind::Visits => visit::decode(&mut fields),
    };
    let headers = columns.read.iter();
    Row {
        row,
        content,
        problems: fields.problems,
        repairs: fields.repairs,
        columns: headers.map(|(path, (_, header))| (path.clone(), header.clone())).collect(),
    }
}
