//! A table filled in: its cells, each with the records it counts, and its equations, each with the
//! records to blame.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{RecordKind, TableLevel, signed_table};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    definition::{Definition, Equation},
    facts::Marked,
    place::Place,
    predicate::Predicate,
};
use crate::{
    HubError,
    access::Viewer,
    hex,
    instruments::Text,
    page::{Page, forward_rows},
    policy::{Class, Sight},
};

/// A record that a cell counts.
pub type RecordRef = (RecordKind, Uuid);

/// A statutory table of a place in a period.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub definition: &'static Definition,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    pub level: TableLevel,
    /// Code of the station, county or city.
    pub place: String,
    pub place_name: String,
    pub rows: Vec<Row>,
    pub equations: Vec<Checked>,
    /// Of what would be signed; none while parts of it are not.
    pub digest: Option<String>,
    /// Where it is signed.
    pub signature: Option<signed_table::Model>,
    /// Every time it was signed, the last first.
    pub history: Vec<signed_table::Model>,
    /// What it is made of; nothing at a station.
    pub parts: Vec<Part>,
    pub(super) leaves: Vec<Leaf>,
}

#[derive(Clone, Debug)]
pub struct Row {
    /// As the table names it, or the code of a place, or `TOTAL`.
    pub code: String,
    pub title: Text,
    /// In the order of the columns.
    pub cells: Vec<Vec<RecordRef>>,
}

/// An equation and what comes of it.
#[derive(Clone, Debug)]
pub struct Checked {
    pub equation: &'static Equation,
    pub left: usize,
    pub right: usize,
    /// The records that count more on one side than on the other; it holds where there are none.
    pub culprits: Vec<RecordRef>,
}

/// The same table of a station or county within.
#[derive(Clone, Debug)]
pub struct Part {
    pub place: String,
    pub name: String,
    /// Where it is signed.
    pub signature: Option<signed_table::Model>,
}

/// What a table counts at one station.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub station: String,
    pub name: String,
    /// Code of its county.
    pub county: String,
    pub records: Vec<Marked>,
}

impl Sheet {
    /// What is counted, not signed yet.
    pub(super) fn of(
        definition: &'static Definition,
        (first_day, last_day): (NaiveDate, NaiveDate),
        place: Place,
        parts: Vec<Part>,
        leaves: Vec<Leaf>,
    ) -> Self {
        Self {
            definition,
            first_day,
            last_day,
            level: place.level,
            rows: rows(definition, place.level, &leaves, &parts),
            equations: checked(definition, &leaves),
            place: place.code,
            place_name: place.name,
            digest: None,
            signature: None,
            history: Vec::new(),
            parts,
            leaves,
        }
    }

    /// The places of a cell's row and column, by the code of the one and the number of the other.
    ///
    /// # Errors
    /// `Invalid` where there is no such cell.
    pub fn place_of(&self, row: &str, column: i64) -> Result<(usize, usize), HubError> {
        let line = self.rows.iter().position(|found| found.code == row);
        let place = line.zip(self.definition.column(column).map(|(place, _)| place));
        let none = || HubError::Invalid(format!("the table has no cell {row} {column}"));
        place.ok_or_else(none)
    }

    /// The records of a cell, by the places of its row and column. Who may not know when a minor was born
    /// is told how many are in a band of ages, and not who.
    ///
    /// # Errors
    /// `Unseen` for a cell picked by age, for who sees minors masked; `Invalid` where there is no such
    /// cell.
    pub fn records(
        &self,
        viewer: &Viewer,
        (row, column): (usize, usize),
    ) -> Result<&[RecordRef], HubError> {
        let form = self.definition;
        let line = form.rows.get(row).map(|line| &line.predicate);
        let by_age = |predicate: &Predicate| predicate.asks(Predicate::by_age);
        let asked = form.columns.get(column).map(|column| &column.predicate);
        let masked = viewer.sight_on_minor(Class::Identity) < Sight::Plain;
        if masked && line.into_iter().chain(asked).any(by_age) {
            return Err(HubError::Unseen(Class::Identity));
        }
        let cell = self.rows.get(row).and_then(|row| row.cells.get(column));
        let none = || HubError::Invalid("the table has no such cell".to_owned());
        cell.map(Vec::as_slice).ok_or_else(none)
    }

    /// The record of this id, where a cell counts it.
    pub(super) fn counted(&self, record: Uuid) -> Option<RecordRef> {
        let cells = self.rows.iter().flat_map(|row| &row.cells);
        cells.flatten().find(|(_, id)| *id == record).copied()
    }
}

/// A page of records, after the one that a cursor names.
///
/// # Errors
/// `Invalid` for a wrong number of rows or a record that is not among them.
pub fn page(
    records: &[RecordRef],
    first: Option<i64>,
    after: Option<Uuid>,
) -> Result<Page<RecordRef>, HubError> {
    let rows = usize::try_from(forward_rows(first)?).unwrap_or(usize::MAX);
    let begin = match after {
        None => 0,
        Some(after) => {
            let place = records.iter().position(|(_, id)| *id == after);
            let none = || HubError::Invalid("after is a cursor of this list".to_owned());
            place.ok_or_else(none)? + 1
        }
    };
    let rest = &records[begin..];
    let has_next = rest.len() > rows;
    let rows = rest.iter().take(rows).copied().collect();
    Ok(Page { rows, has_previous: begin > 0, has_next })
}

/// The rows of a table: those it defines, or one for each part, and one for all.
fn rows(definition: &Definition, level: TableLevel, leaves: &[Leaf], parts: &[Part]) -> Vec<Row> {
    let all: Vec<_> = leaves.iter().collect();
    if !definition.rows.is_empty() {
        let lines = definition.rows.iter().enumerate();
        return lines
            .map(|(place, line)| Row {
                code: line.code.clone(),
                title: line.title.clone(),
                cells: cells(definition, &all, 1 << place),
            })
            .collect();
    }
    let mut groups: BTreeMap<(&str, &str), Vec<&Leaf>> = BTreeMap::new();
    for leaf in leaves {
        let group = match level {
            TableLevel::City => {
                let county = parts.iter().find(|part| part.place == leaf.county);
                (leaf.county.as_str(), county.map_or("", |part| part.name.as_str()))
            }
            TableLevel::Station | TableLevel::County => (leaf.station.as_str(), leaf.name.as_str()),
        };
        groups.entry(group).or_default().push(leaf);
    }
    let named = |zh: &str, en: &str| Text { zh: zh.to_owned(), en: en.to_owned() };
    let parts = groups.into_iter().map(|((code, name), leaves)| Row {
        code: code.to_owned(),
        title: named(name, name),
        cells: cells(definition, &leaves, 1),
    });
    let total = (level != TableLevel::Station).then(|| Row {
        code: "TOTAL".to_owned(),
        title: named("合计", "Total"),
        cells: cells(definition, &all, 1),
    });
    parts.chain(total).collect()
}

/// What each column counts of the records in a row.
fn cells(definition: &Definition, leaves: &[&Leaf], row: u32) -> Vec<Vec<RecordRef>> {
    let mut cells = vec![Vec::new(); definition.columns.len()];
    for marked in leaves.iter().flat_map(|leaf| &leaf.records) {
        for (place, cell) in cells.iter_mut().enumerate() {
            if marked.rows & row != 0 && marked.is_in(place) {
                cell.push((marked.kind, marked.id));
            }
        }
    }
    for cell in &mut cells {
        // Two stations may have served one person.
        cell.sort_unstable();
        cell.dedup();
    }
    cells
}

/// The equations of a table over all its records.
fn checked(definition: &'static Definition, leaves: &[Leaf]) -> Vec<Checked> {
    let check = |equation: &'static Equation| {
        let times = |marked: &Marked, side: &[i64]| {
            let columns = side.iter().filter_map(|number| definition.column(*number));
            columns.filter(|(place, _)| marked.is_in(*place)).count()
        };
        let mut checked = Checked { equation, left: 0, right: 0, culprits: Vec::new() };
        for marked in leaves.iter().flat_map(|leaf| &leaf.records) {
            let (left, right) = (times(marked, &equation.left), times(marked, &equation.right));
            checked.left += left;
            checked.right += right;
            if left != right {
                checked.culprits.push((marked.kind, marked.id));
            }
        }
        checked.culprits.sort_unstable();
        checked
    };
    definition.equations.iter().map(check).collect()
}

impl Marked {
    fn is_in(&self, column: usize) -> bool {
        self.columns & (1 << column) != 0
    }
}

/// How many bytes a record takes: its kind, its id, its rows and its columns.
const PACKED: usize = 25;

/// Records as a signed table keeps them, each once and in order.
pub(super) fn pack(records: &[Marked]) -> Vec<u8> {
    let mut records = records.to_vec();
    records.sort_unstable();
    records.dedup();
    let mut bytes = Vec::with_capacity(records.len() * PACKED);
    for marked in &records {
        bytes.push(marked.kind as u8);
        bytes.extend(marked.id.as_bytes());
        bytes.extend(marked.rows.to_be_bytes());
        bytes.extend(marked.columns.to_be_bytes());
    }
    bytes
}

/// The records that a signed table keeps; none where the bytes are not such records.
pub(super) fn unpack(bytes: &[u8]) -> Option<Vec<Marked>> {
    let number = |bytes: &[u8]| Some(u32::from_be_bytes(bytes.try_into().ok()?));
    let record = |bytes: &[u8]| {
        Some(Marked {
            kind: *RecordKind::ALL.get(usize::from(bytes[0]))?,
            id: Uuid::from_slice(&bytes[1..17]).ok()?,
            rows: number(&bytes[17..21])?,
            columns: number(&bytes[21..])?,
        })
    };
    let records = bytes.chunks_exact(PACKED);
    if !records.remainder().is_empty() {
        return None;
    }
    records.map(record).collect()
}

/// What a table is, and what of it was signed: the records at a station, the parts' digests above.
pub(super) fn digest(
    (code, version): (&str, i64),
    (first_day, last_day): (NaiveDate, NaiveDate),
    place: &str,
    content: &[u8],
) -> String {
    let mut hasher = Sha256::new();
    hasher.update(format!("{code} {version} {first_day} {last_day} {place}\n"));
    hasher.update(content);
    hex(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tables_keep_is_read_by_every_later_program() {
        let kept = |kind: u8| [vec![kind], vec![7; 16], vec![0, 0, 0, 1, 0, 0, 0, 2]].concat();
        for (number, kind) in [
            (0, RecordKind::LedgerEntry),
            (1, RecordKind::Visit),
            (2, RecordKind::Person),
            (3, RecordKind::Need),
            (4, RecordKind::Assessment),
            (5, RecordKind::Station),
        ] {
            let read = Marked { kind, id: Uuid::from_bytes([7; 16]), rows: 1, columns: 2 };
            assert_eq!(unpack(&kept(number)), Some(vec![read]));
        }
    }

    fn marked(kind: RecordKind, id: u128, columns: u32) -> Marked {
        Marked { kind, id: Uuid::from_u128(id), rows: 1, columns }
    }

    #[test]
    fn what_is_packed_is_unpacked_each_record_once_and_in_order() {
        let [one, two] = [1, 2].map(|id| marked(RecordKind::Visit, id, 0x8000_0001));
        assert_eq!(unpack(&pack(&[two, one, two])), Some(vec![one, two]));
        assert_eq!(unpack(&pack(&[one])[1..]), None);
        assert_eq!(unpack(&[9; PACKED]), None, "there is no such kind");
    }
}
