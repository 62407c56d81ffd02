//! Where the tables of a sheet are: their headers, what they tell of, which rows and columns are theirs.

use std::ops::{Range, RangeInclusive};

use entity::LedgerKind;

use super::{
    SheetKind,
    header::{Columns, Header, Heading, KINDS, Known},
    words::Words,
    workbook::{Cell, Grid, Line},
};

/// How many rows may stand above the first header.
const TITLE_ROWS: usize = 30;
/// How many known headers make a row the header, and how many columns a table.
pub const HEADER_COLUMNS: usize = 3;
/// A longer text heads no column.
const LONGEST_HEADER: usize = 60;

pub struct Table {
    pub kind: SheetKind,
    pub header: Header,
    pub columns: Columns,
    pub header_rows: RangeInclusive<usize>,
    /// The columns that are the table's.
    pub span: RangeInclusive<usize>,
    /// Whether a number that means a day counts from 1904.
    pub from_1904: bool,
}

/// Header and data rows, of one table or of some side by side.
pub struct Block {
    pub rows: Range<usize>,
    pub tables: Vec<Result<Table, Missing>>,
}

/// A header without the columns that a sheet of its kind cannot be read without.
pub struct Missing {
    pub row: usize,
    /// How the template heads them.
    pub headers: String,
}

/// The header rows of a table and what its columns are headed by.
pub struct Headed {
    pub rows: RangeInclusive<usize>,
    pub header: Header,
}

/// The tables of a sheet from top to bottom.
pub fn blocks(known: &Known<'_>, file_name: &str, grid: &Grid) -> Vec<Block> {
    let headers = headers(known, grid);
    let mut starts = Vec::new();
    for (index, headed) in headers.iter().enumerate() {
        let above = index.checked_sub(1).map_or(0, |above| *headers[above].rows.end());
        starts.push(first_title(known.words, grid, *headed.rows.start(), above));
    }
    let blocks = headers.into_iter().enumerate().map(|(index, headed)| {
        let end = starts.get(index + 1).copied().unwrap_or(usize::MAX);
        let titles = starts[index]..*headed.rows.start();
        let names = names(file_name, grid, titles);
        Block {
            rows: starts[index]..end,
            tables: side_by_side(known, &names, headed, grid.from_1904),
        }
    });
    blocks.collect()
}

/// The first header of a sheet, if one is known.
pub fn first_header(known: &Known<'_>, grid: &Grid) -> Option<Headed> {
    headers(known, grid).into_iter().next()
}

/// Whether the grid looks like data, so that not finding its header has to be said.
pub fn is_table(grid: &Grid) -> bool {
    let wide = grid.lines.iter().filter(|(_, line)| line.len() >= HEADER_COLUMNS);
    wide.take(2).count() > 1
}

fn headers(known: &Known<'_>, grid: &Grid) -> Vec<Headed> {
    let mut found: Vec<Headed> = Vec::new();
    for (index, (row, line)) in grid.lines.iter().enumerate() {
        let is_header = match found.last() {
            None if index >= TITLE_ROWS => break,
            None => most_known(known, &of_line(&line)) >= HEADER_COLUMNS,
            Some(above) if above.rows.contains(&row) => false,
            Some(above) => is_further_header(known, &above.header, &line),
        };
        if is_header {
            found.push(compose(known, grid, row, &line));
        }
    }
    found
}

fn most_known(known: &Known<'_>, header: &Header) -> usize {
    let counts = KINDS.map(|kind| known.read(kind, header).known());
    counts.into_iter().max().unwrap_or_default()
}

fn of_line(line: &Line) -> Header {
    let headings = line.iter().filter_map(|(column, cell)| match cell {
        Cell::Text(text) => Some((column, Heading::new(text))),
        _ => None,
    });
    headings.collect()
}

/// Whether a row below a table begins another: most of it are headers, and it is not that of the
/// table once more.
fn is_further_header(known: &Known<'_>, above: &Header, line: &Line) -> bool {
    let short = |cell: &&Cell| match cell {
        Cell::Text(text) => text.len() <= LONGEST_HEADER && known.is_wording(text),
        _ => false,
    };
    let possible = line.len() >= HEADER_COLUMNS && !line.cells().any(is_like_an_id);
    possible && {
        let count = line.cells().filter(short).count();
        count >= HEADER_COLUMNS && count * 2 >= line.len() && !repeats(above, line)
    }
}

/// Whether a row is the header once more, as it stands on top of each printed page.
pub fn repeats(header: &Header, line: &Line) -> bool {
    let same = line.iter().filter(|(column, cell)| match (header.get(column), cell) {
        (Some(heading), Cell::Text(text)) => heading.shown == *text,
        _ => false,
    });
    same.count() >= HEADER_COLUMNS
}

/// Whether the cell can only have been meant as a resident ID, so that the row is data whatever its
/// other cells say.
pub fn is_like_an_id(cell: &Cell) -> bool {
    match cell {
        Cell::Number(number) => *number >= 1e11,
        Cell::Text(text) => text.chars().filter(|letter| letter.is_numeric()).count() >= 12,
        Cell::Day(_) | Cell::Unreadable(_) => false,
    }
}

/// The header that a row is, or is one of two rows of.
pub fn compose(known: &Known<'_>, grid: &Grid, row: usize, line: &Line) -> Headed {
    let tall = grid.merged.iter().any(|area| area.top == row && area.bottom == row + 1);
    // One over the whole table is its title.
    let wide_at = |row: usize| {
        let mut areas = grid.merged.iter().filter(|area| area.top == row && area.bottom == row);
        areas.any(|area| area.width() > 1 && area.width() < line.len())
    };
    let below = grid.lines.get(row + 1);
    let above = row.checked_sub(1).and_then(|above| grid.lines.get(above));
    let next_is_part = below.as_ref().is_some_and(|below| {
        let data = below.cells().any(is_like_an_id);
        let named = wide_at(row) && is_of_headers(known, below);
        !data && (tall || named || is_second_row(known, line, below))
    });
    let above_is_part =
        above.is_some_and(|above| above.len() > 1) && wide_at(row.saturating_sub(1));
    let rows = match (next_is_part, above_is_part) {
        (true, _) => row..=row + 1,
        (false, true) => row - 1..=row,
        (false, false) => return Headed { rows: row..=row, header: of_line(line) },
    };
    let header = two_rows(grid, *rows.start());
    Headed { rows, header }
}

/// Whether a row may be one of headers: short texts without numbers, one of them a known header.
fn is_of_headers(known: &Known<'_>, line: &Line) -> bool {
    let mut texts = line.cells().map(|cell| match cell {
        Cell::Text(text) if text.len() <= LONGEST_HEADER => Some(text.as_str()),
        _ => None,
    });
    let has_no_number = |text: &str| text.chars().filter(char::is_ascii_digit).count() < 4;
    texts.clone().all(|text| text.is_some_and(has_no_number))
        && texts.any(|text| text.is_some_and(|text| known.is_wording(text)))
}

/// Whether each cell of the row below a header is a header too, and none stands below one that says
/// the same: 父亲 above 姓名 and 电话.
fn is_second_row(known: &Known<'_>, line: &Line, below: &Line) -> bool {
    let mut group = None;
    let mut free = 0;
    let headers = below.iter().all(|(column, cell)| {
        let Cell::Text(text) = cell else {
            return false;
        };
        group = line.iter().take_while(|(start, _)| *start <= column).last();
        free += usize::from(line.get(column).is_none());
        text.len() <= LONGEST_HEADER && known.is_wording(text)
    });
    headers && group.is_some() && free > 0 && below.len() > 1
}

/// What the columns are headed by where a header has two rows, the second below some of the first.
fn two_rows(grid: &Grid, first: usize) -> Header {
    let lines = [first, first + 1].map(|row| grid.lines.get(row).unwrap_or_default());
    let text = |row: usize, column: usize| match lines[row - first].get(column)? {
        Cell::Text(text) => Some(text.as_str()),
        _ => None,
    };
    let columns = lines.iter().flat_map(Line::iter).map(|(column, _)| column);
    let mut columns: Vec<usize> = columns.collect();
    columns.sort_unstable();
    columns.dedup();
    let mut group = None;
    let mut header = Header::new();
    for column in columns {
        let own = text(first, column);
        let area = grid.merged.iter().find(|area| area.holds(first, column));
        if own.is_some() {
            group = own;
        } else if area.is_some_and(|area| area.left == column)
            || area.is_none() && !grid.merged.is_empty()
        {
            group = None;
        }
        let heading = match (
            group.filter(|_| area.is_none_or(|area| area.bottom == first)),
            text(first + 1, column),
        ) {
            (Some(group), Some(below)) if group != below => Heading::under(group, below),
            (_, Some(below)) => Heading::new(below),
            (_, None) => match own {
                Some(own) => Heading::new(own),
                None => continue,
            },
        };
        header.insert(column, heading);
    }
    header
}

/// The first of the rows above a header that only say what the table is.
fn first_title(words: &Words, grid: &Grid, header: usize, above: usize) -> usize {
    if above == 0 {
        return 0;
    }
    let mut first = header;
    let mut next = header;
    for (row, line) in grid.lines.range(above + 1..header).rev() {
        if line.len() > 2 || line.cells().any(is_like_an_id) {
            return if row + 1 < next { next } else { first };
        }
        let wide = grid.merged.iter().any(|area| area.top == row && area.width() >= HEADER_COLUMNS);
        let named = line.cells().any(|cell| words.names_a_sheet(&cell.shown()));
        if wide || named {
            first = row;
        }
        next = row;
    }
    first
}

/// What says of what a table tells: its title, its sheet, its file.
pub fn names(file_name: &str, grid: &Grid, titles: Range<usize>) -> Vec<String> {
    let mut names = Vec::new();
    for (_, line) in grid.lines.range(titles) {
        names.extend(line.cells().map(Cell::shown));
    }
    names.extend([grid.name.clone(), file_name.to_owned()]);
    names
}

/// One table, or several where the header falls into parts that each are one by itself.
fn side_by_side(
    known: &Known<'_>,
    names: &[String],
    headed: Headed,
    from_1904: bool,
) -> Vec<Result<Table, Missing>> {
    let Headed { rows, header } = headed;
    let table = |header: Header, span: RangeInclusive<usize>| {
        find_kind(known, names, *rows.start(), &header).map(|(kind, columns)| Table {
            kind,
            header,
            columns,
            header_rows: rows.clone(),
            span,
            from_1904,
        })
    };
    for starts in [after_gaps(&header), after_repeats(&header)] {
        let ends = starts.iter().skip(1).map(|next| next - 1).chain([usize::MAX]);
        let spans = starts.iter().zip(ends).map(|(start, end)| *start..=end);
        let parts = spans.map(|span| {
            let headings = header.range(span.clone());
            table(headings.map(|(column, heading)| (*column, heading.clone())).collect(), span)
        });
        let parts: Vec<_> = parts.collect();
        if parts.len() > 1 && parts.iter().all(Result::is_ok) {
            return parts;
        }
    }
    vec![table(header, 0..=usize::MAX)]
}

/// The first columns of the parts between columns without header.
fn after_gaps(header: &Header) -> Vec<usize> {
    let columns: Vec<usize> = header.keys().copied().collect();
    let gaps = columns.windows(2).filter(|pair| pair[1] > pair[0] + 1).map(|pair| pair[1]);
    columns.first().copied().into_iter().chain(gaps).collect()
}

/// The first columns of the parts of a header that says all of itself twice or more.
fn after_repeats(header: &Header) -> Vec<usize> {
    let columns: Vec<(usize, &str)> =
        header.iter().map(|(column, heading)| (*column, heading.wording())).collect();
    let starts = (HEADER_COLUMNS..=columns.len() / 2).find(|length| {
        columns.len().is_multiple_of(*length)
            && columns.iter().zip(&columns[*length..]).all(|(one, other)| one.1 == other.1)
    });
    let length = starts.unwrap_or(columns.len().max(1));
    columns.iter().step_by(length).map(|(column, _)| *column).collect()
}

/// The kind that knows most of the headers; of equals, the one that sheet, title or file are named
/// for. Without its needed columns, what is missing.
fn find_kind(
    known: &Known<'_>,
    names: &[String],
    row: usize,
    header: &Header,
) -> Result<(SheetKind, Columns), Missing> {
    let mut best: Option<(usize, usize, SheetKind, Columns)> = None;
    for kind in KINDS {
        let columns = known.read(kind, header);
        let hints = hints(known.words, kind, names);
        if best.as_ref().is_none_or(|best| (columns.known(), hints) > (best.0, best.1)) {
            best = Some((columns.known(), hints, kind, columns));
        }
    }
    let Some((_, _, kind, columns)) = best else {
        return Err(Missing { row, headers: "姓名".to_owned() });
    };
    match known.headers.missing(kind, &columns)[..] {
        [] => Ok((kind, columns)),
        ref missing => Err(Missing { row, headers: missing.join("、") }),
    }
}

/// How many of the names speak of a kind.
pub fn hints(words: &Words, kind: SheetKind, names: &[String]) -> usize {
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
