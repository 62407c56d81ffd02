//! Decoding as a whole: the sample workbooks, and sheets made up for one point each.

mod bad_files;
mod books;
mod formats;
mod held_out;
mod learning;
mod samples;
mod sheets;
mod tables;

use super::{Decoded, NoteKind, Row, Sheet, decode};
use crate::places::Village;

/// The only sheet of a .csv.
fn sheet(file_name: &str, text: &str) -> Sheet {
    let mut decoded = decoded(file_name, text);
    assert!(decoded.faults.is_empty(), "{:?}", decoded.faults);
    decoded.sheets.pop().expect("a sheet")
}

fn decoded(file_name: &str, text: &str) -> Decoded {
    decoded_bytes(file_name, text.as_bytes())
}

fn decoded_bytes(file_name: &str, bytes: &[u8]) -> Decoded {
    let village = |code: &str, name: &str| Village { code: code.to_owned(), name: name.to_owned() };
    let villages =
        [village("410823103208", "前高村民委员会"), village("410823103209", "后高村民委员会")];
    decode(file_name, bytes, &villages, &[]).expect("readable")
}

fn repair<'a>(row: &'a Row, column: &str) -> Option<(&'a str, &'a str)> {
    let mut repairs = row.repairs.iter();
    let repair = repairs.find(|repair| repair.column == column)?;
    Some((repair.from.as_str(), repair.to.as_str()))
}

/// The notes of a file: kind and detail.
fn notes(decoded: &Decoded) -> Vec<(NoteKind, &str)> {
    decoded.notes.iter().map(|note| (note.kind, note.detail.as_str())).collect()
}
