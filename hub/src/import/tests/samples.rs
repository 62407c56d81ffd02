//! Every sample workbook against what is true of its rows.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use serde::Deserialize;

use super::super::{Row, Sheet, SheetKind, decode};
use crate::{
    places::Village,
    submission::{Content, NeedContent, PersonContent},
};

#[derive(Deserialize)]
struct TruthFile {
    file: String,
    station: String,
    kind: String,
    rows: Vec<TruthRow>,
}

#[derive(Deserialize)]
struct TruthRow {
    row: usize,
    verdict: String,
    code: Option<String>,
    marks: Vec<String>,
    name: String,
    resident_id: String,
    village: String,
    needs: Vec<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn table(name: &str) -> Vec<Vec<String>> {
    let path = root().join("migration/data").join(name);
    let mut reader = csv::Reader::from_path(path).expect("a table");
    let records = reader.records().map(|record| record.expect("a record"));
    records.map(|record| record.iter().map(str::to_owned).collect()).collect()
}

fn villages_of(station: &str) -> Vec<Village> {
    let stations = table("stations.csv");
    let station = stations.iter().find(|row| row[0] == station).expect("a station");
    let divisions = table("divisions.csv").into_iter();
    divisions
        .filter(|row| row[2] == "VILLAGE" && row[3] == station[2])
        .map(|row| Village { code: row[0].clone(), name: row[1].clone() })
        .collect()
}

fn truth() -> Vec<TruthFile> {
    let text = fs::read_to_string(root().join("tests/data/ledgers/truth.json")).expect("the truth");
    serde_json::from_str(&text).expect("the truth")
}

fn sheet_of(file: &TruthFile) -> Sheet {
    let bytes = fs::read(root().join("tests/data/ledgers").join(&file.file)).expect("a file");
    let mut decoded =
        decode(&file.file, &bytes, &villages_of(&file.station), &[]).expect("readable");
    assert!(decoded.faults.is_empty(), "{}", file.file);
    assert_eq!(decoded.sheets.len(), 1, "{}", file.file);
    decoded.sheets.pop().expect("a sheet")
}

fn parts(row: &Row) -> (&PersonContent, &[NeedContent]) {
    match &row.content {
        Content::LedgerEntry(entry) => (&entry.person, &entry.needs),
        Content::Visit(visit) => (visit.person.as_ref().expect("a person"), &visit.needs),
        _ => panic!("neither a ledger entry nor a visit"),
    }
}

#[test]
fn every_row_that_is_there_is_found_and_no_other() {
    for file in truth() {
        let sheet = sheet_of(&file);
        let found: Vec<usize> = sheet.rows.iter().map(|row| row.row).collect();
        let expected: BTreeSet<usize> = file.rows.iter().map(|row| row.row).collect();
        assert_eq!(found, Vec::from_iter(expected), "{}", file.file);
        assert!(sheet.unread.is_empty(), "{}: {:?}", file.file, sheet.unread);
        let kind = match sheet.kind {
            SheetKind::Ledger(kind) => kind.code(),
            SheetKind::Visits => "VISIT".to_owned(),
        };
        assert_eq!(kind, file.kind);
    }
}

#[test]
fn good_rows_decode_to_what_is_true() {
    for file in truth() {
        let sheet = sheet_of(&file);
        let rows: BTreeMap<usize, &Row> = sheet.rows.iter().map(|row| (row.row, row)).collect();
        for truth in file.rows.iter().filter(|row| row.verdict != "rejected") {
            let row = rows[&truth.row];
            let place = format!("{} row {}", file.file, truth.row);
            assert_eq!(row.problems, [], "{place}");
            let (person, needs) = parts(row);
            assert_eq!(person.name.as_deref(), Some(&*truth.name), "{place}");
            assert_eq!(person.resident_id.as_deref(), Some(&*truth.resident_id), "{place}");
            assert_eq!(person.village.as_deref(), Some(&*truth.village), "{place}");
            let needs: Vec<&str> = needs.iter().map(|need| need.domain.zh()).collect();
            assert_eq!(needs, truth.needs, "{place}");
        }
    }
}

/// What is wrong with these rows is for the check to say: decoding passes on what is written.
#[test]
fn refused_rows_pass_their_values_on() {
    for file in truth() {
        let sheet = sheet_of(&file);
        let rows: BTreeMap<usize, &Row> = sheet.rows.iter().map(|row| (row.row, row)).collect();
        for truth in file.rows.iter().filter(|row| row.verdict == "rejected") {
            let row = rows[&truth.row];
            let place = format!("{} row {}", file.file, truth.row);
            assert_eq!(row.problems, [], "{place}");
            let (person, _) = parts(row);
            let id = person.resident_id.clone().unwrap_or_default();
            match truth.code.as_deref().expect("a code") {
                "NAME_MISSING" => assert_eq!(person.name, None, "{place}"),
                "VILLAGE_UNKNOWN" => {
                    assert_eq!(person.village.as_deref(), Some("幸福里新村东区"), "{place}");
                    assert_eq!(row.column_of("person.village"), row.column_of("person.village.x"));
                }
                "ID_PRECISION_LOST" => {
                    assert!(id.to_uppercase().contains("E+17"), "{place}: {id}");
                }
                "ID_LENGTH" => assert_ne!(id.len(), 18, "{place}"),
                "DATE_INVALID" => match &row.content {
                    Content::Visit(visit) => assert_eq!(visit.visited_on, "2026年13月5日"),
                    _ => panic!("{place}"),
                },
                _ => assert_eq!(id.len(), 18, "{place}"),
            }
        }
    }
}

#[test]
fn every_mark_has_its_repair() {
    for file in truth() {
        let sheet = sheet_of(&file);
        let rows: BTreeMap<usize, &Row> = sheet.rows.iter().map(|row| (row.row, row)).collect();
        for truth in &file.rows {
            let row = rows[&truth.row];
            for mark in &truth.marks {
                let place = format!("{} row {} {mark}", file.file, truth.row);
                assert!(has_repair(&file, truth, row, mark), "{place}: {:?}", row.repairs);
            }
        }
    }
}

fn has_repair(file: &TruthFile, truth: &TruthRow, row: &Row, mark: &str) -> bool {
    let (paths, shown): (&[&str], fn(&str) -> bool) = match mark {
        "id_fullwidth" => {
            (&["person.residentId"], |from| from.contains(|c| ('０'..='９').contains(&c)))
        }
        "id_spaces" => (&["person.residentId"], |from| from.contains(' ')),
        "id_apostrophe" => (&["person.residentId"], |from| from.starts_with('\'')),
        "id_lower_x" => (&["person.residentId"], |from| from.contains(['x', 'ｘ'])),
        "name_spaces" => (&["person.name"], |from| from.contains(char::is_whitespace)),
        "phone_dashes" => (&PHONES, |from| from.contains('-')),
        "phone_number_cell" => (&PHONES, |from| from.len() == 11),
        "village_short" => (&["person.village"], |_| true),
        "ditto" => (&["person.village"], |from| matches!(from, "〃" | "同上")),
        _ => panic!("an unknown mark: {mark}"),
    };
    // A visit has no phone: its mark is the ledger row's. A .csv has no number cells.
    let no_cell = file.kind == "VISIT" && mark.starts_with("phone_")
        || file.file.ends_with(".csv") && mark == "phone_number_cell";
    // A refused row may be spoiled where its mark was.
    let spoiled = truth.code.as_deref().is_some_and(|code| {
        code.starts_with("ID_") && mark.starts_with("id_")
            || code == "VILLAGE_UNKNOWN" && mark == "village_short"
            || code == "NAME_MISSING" && mark == "name_spaces"
    });
    let columns: Vec<_> = paths.iter().filter_map(|path| row.column_of(path)).collect();
    let mut repairs = row.repairs.iter();
    no_cell
        || spoiled
        || repairs.any(|repair| columns.contains(&&*repair.column) && shown(&repair.from))
}

const PHONES: [&str; 3] =
    ["detail.child.guardianPhone", "detail.elderly.contactPhone", "detail.disabled.carerPhone"];
