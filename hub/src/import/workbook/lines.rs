//! The rows of a sheet, packed: as cells, each a text of its own, the rows of a large file would take
//! the memory many times over. A row is unpacked when it is asked for.

use std::{
    collections::{BTreeMap, btree_map::Range},
    ops::RangeBounds,
};

use chrono::{Datelike, NaiveDate};

use super::{Cell, Line};

/// Row, 1-based as the spreadsheet shows it → its cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines(BTreeMap<usize, Packed>);

/// Cells one after the other: the column, what it is, its value. All numbers begin with the lowest byte.
#[derive(Clone, Debug, Default, PartialEq)]
struct Packed {
    bytes: Vec<u8>,
    last_column: u16,
}

const TEXT: u8 = 0;
const NUMBER: u8 = 1;
const DAY: u8 = 2;
const UNREADABLE: u8 = 3;

impl Lines {
    /// Puts a cell into a row, in place of what stands there.
    pub fn put(&mut self, row: usize, column: usize, cell: Cell) {
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        if !self.0.contains_key(&row)
            && let Some(mut above) = self.0.last_entry()
        {
            above.get_mut().bytes.shrink_to_fit();
        }
        let packed = self.0.entry(row).or_default();
        if packed.bytes.is_empty() || column > packed.last_column {
            packed.push(column, &cell);
            return;
        }
        let mut line = packed.line();
        line.insert(column.into(), cell);
        *packed = Packed::of(&line);
    }

    /// Puts a cell, or nothing, in place of what stands in a row that there is.
    pub fn replace(&mut self, row: usize, column: usize, cell: Option<Cell>) {
        if let Some(packed) = self.0.get_mut(&row) {
            let others = packed.line().0.into_iter().filter(|(at, _)| *at != column);
            let line: Line = others.chain(cell.map(|cell| (column, cell))).collect();
            *packed = Packed::of(&line);
        }
    }

    pub fn holds(&self, row: usize) -> bool {
        self.0.contains_key(&row)
    }

    pub fn get(&self, row: usize) -> Option<Line> {
        self.0.get(&row).map(Packed::line)
    }

    pub fn first_row(&self) -> Option<usize> {
        self.0.keys().next().copied()
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, Line)> {
        self.range(..)
    }

    pub fn range(
        &self,
        rows: impl RangeBounds<usize>,
    ) -> impl DoubleEndedIterator<Item = (usize, Line)> {
        let found: Range<'_, usize, Packed> = self.0.range(rows);
        found.map(|(row, packed)| (*row, packed.line()))
    }

    /// The columns that hold something in any row.
    pub fn columns(&self) -> impl Iterator<Item = usize> {
        self.iter().flat_map(|(_, line)| line.iter().map(|(column, _)| column).collect::<Vec<_>>())
    }

    /// Takes the first row out, where it stands before another.
    pub fn take_before(&mut self, end: usize) -> Option<(usize, Line)> {
        let first = self.0.first_entry().filter(|first| *first.key() < end)?;
        let (row, packed) = first.remove_entry();
        Some((row, packed.line()))
    }
}

impl Packed {
    fn of(line: &Line) -> Self {
        let mut packed = Self::default();
        for (column, cell) in line.iter() {
            packed.push(u16::try_from(column).unwrap_or(u16::MAX), cell);
        }
        packed
    }

    fn push(&mut self, column: u16, cell: &Cell) {
        self.last_column = column;
        self.bytes.extend(column.to_le_bytes());
        let (kind, text) = match cell {
            Cell::Number(number) => {
                self.bytes.push(NUMBER);
                return self.bytes.extend(number.to_le_bytes());
            }
            Cell::Day(day) => {
                self.bytes.push(DAY);
                return self.bytes.extend(day.num_days_from_ce().to_le_bytes());
            }
            Cell::Text(text) => (TEXT, text),
            Cell::Unreadable(text) => (UNREADABLE, text),
        };
        self.bytes.push(kind);
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend(text.as_bytes());
    }

    fn line(&self) -> Line {
        let mut rest = self.bytes.as_slice();
        let cells = std::iter::from_fn(|| {
            let column = usize::from(u16::from_le_bytes(head(&mut rest)?));
            let [kind] = head(&mut rest)?;
            let cell = match kind {
                NUMBER => Cell::Number(f64::from_le_bytes(head(&mut rest)?)),
                DAY => {
                    let day = i32::from_le_bytes(head(&mut rest)?);
                    Cell::Day(NaiveDate::from_num_days_from_ce_opt(day)?)
                }
                kind => {
                    let length = u32::from_le_bytes(head(&mut rest)?) as usize;
                    let (text, after) = rest.split_at_checked(length)?;
                    rest = after;
                    let text = String::from_utf8_lossy(text).into_owned();
                    if kind == TEXT { Cell::Text(text) } else { Cell::Unreadable(text) }
                }
            };
            Some((column, cell))
        });
        Line(cells.collect())
    }
}

fn head<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_unpacked_as_it_was_put_in_whatever_the_order_of_its_cells() {
        let day = NaiveDate::from_ymd_opt(2026, 2, 28).expect("a day");
        let cells = [
            (4, Cell::Text("王小明".to_owned())),
            (0, Cell::Number(-1.5e300)),
            (999, Cell::Unreadable("#REF!".to_owned())),
            (2, Cell::Day(day)),
        ];
        let mut lines = Lines::default();
        for (column, cell) in cells.clone() {
            lines.put(7, column, cell);
            lines.put(3, 1, Cell::Number(column as f64));
        }
        let expected: Line = cells.into_iter().collect();
        assert_eq!(lines.get(7), Some(expected.clone()));
        assert_eq!(lines.get(3), Some([(1, Cell::Number(2.0))].into_iter().collect()));
        assert_eq!(lines.get(4), None);
        assert_eq!(lines.take_before(3), None);
        assert_eq!(lines.take_before(8).map(|(row, _)| row), Some(3));
        assert_eq!(lines.take_before(8), Some((7, expected)));
        assert_eq!(lines.first_row(), None);
    }
}
