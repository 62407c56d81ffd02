use std::{
    collections::BTreeSet,
    io::{Cursor, Read, Write},
};

use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{column::Check, *};
use crate::import::{Decoded, decode};

fn wordings() -> &'static Wordings {
    WORDINGS.as_ref().expect("readable")
}

fn villages() -> Vec<Village> {
    let village = |code: &str, name: &str| Village { code: code.to_owned(), name: name.to_owned() };
    vec![village("410823103208", "前高村民委员会"), village("410823103209", "后高村民委员会")]
}

fn blank() -> Vec<u8> {
    workbook(wordings(), &SheetKind::ALL, &villages()).expect("made")
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut text = String::new();
    let mut zip = ZipArchive::new(Cursor::new(bytes)).expect("a package");
    zip.by_name(name).expect("a part").read_to_string(&mut text).expect("a text");
    text
}

/// The workbook with a row typed into each of its ledgers, and into that of visits.
fn typed(bytes: &[u8], value: impl Fn(&Column) -> String) -> Vec<u8> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).expect("a package");
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    let names: Vec<String> =
        zip.file_names().map(|name| name.expect("a name").into_owned()).collect();
    for name in names {
        let mut content = Vec::new();
        zip.by_name(&name).expect("a part").read_to_end(&mut content).expect("read");
        let sheet = (1..).zip(SheetKind::ALL);
        for (_, kind) in sheet.filter(|(number, _)| name.ends_with(&format!("/sheet{number}.xml")))
        {
            let cells = columns(wordings(), kind).into_iter().map(|column| {
                let text = value(&column);
                format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>")
            });
            let row = format!("<row r=\"2\">{}</row></sheetData>", cells.collect::<String>());
            let text = String::from_utf8(content).expect("a text");
            content = text.replace("</sheetData>", &row).into_bytes();
        }
        out.start_file(name, SimpleFileOptions::default()).expect("begun");
        out.write_all(&content).expect("written");
    }
    out.finish().expect("finished").into_inner()
}

fn decoded(bytes: &[u8]) -> Decoded {
    decode("空白.xlsx", bytes, &villages(), &[]).expect("readable")
}

#[test]
fn each_column_that_is_read_is_in_the_template_once() {
    for kind in SheetKind::ALL {
        let columns = columns(wordings(), kind);
        let paths: BTreeSet<&str> = columns.iter().map(|column| column.path).collect();
        assert_eq!(paths.len(), columns.len());
        assert_eq!(paths, wordings().headers.paths(kind).into_keys().collect());
        let needed: BTreeSet<&str> =
            columns.iter().filter(|column| column.needed).map(|column| column.path).collect();
        assert_eq!(needed, kind.needed().iter().copied().collect());
    }
}

#[test]
fn a_blank_workbook_is_read_as_its_kinds_and_holds_nothing() {
    let decoded = decoded(&blank());
    assert!(decoded.faults.is_empty(), "{:?}", decoded.faults);
    let kinds: Vec<SheetKind> = decoded.sheets.iter().map(|sheet| sheet.kind).collect();
    assert_eq!(kinds, SheetKind::ALL);
    for sheet in &decoded.sheets {
        assert!(sheet.rows.is_empty() && sheet.unread.is_empty(), "{:?}", sheet.unread);
    }
}

/// What is chosen from the lists, and what the rules ask for, is taken as it is.
#[test]
fn what_is_typed_by_the_rules_is_read_without_a_repair() {
    let lists = Lists::new(&wordings().words, &villages());
    let first = |column: &Column| match column.check {
        Check::One | Check::Several => lists.words(column.path)[0].clone(),
        Check::ResidentId => "11010519491231002X".to_owned(),
        Check::Certificate => "11010519491231002X11".to_owned(),
        Check::Phone => "13800000000".to_owned(),
        Check::Minutes => "40".to_owned(),
        Check::PastDay | Check::Day => "2026-10-31".to_owned(),
        Check::Word | Check::Text => "甲乙".to_owned(),
    };
    let decoded = decoded(&typed(&blank(), first));
    assert!(decoded.faults.is_empty());
    for sheet in &decoded.sheets {
        assert_eq!(sheet.rows.len(), 1, "{}", sheet.name);
        assert_eq!(sheet.rows[0].problems, [], "{}", sheet.name);
        assert_eq!(sheet.rows[0].repairs, [], "{}", sheet.name);
    }
}

#[test]
fn every_word_of_every_list_is_understood_as_it_is() {
    let lists = Lists::new(&wordings().words, &villages());
    let longest = SheetKind::ALL.into_iter().flat_map(|kind| columns(wordings(), kind));
    let longest = longest.filter(|column| matches!(column.check, Check::One | Check::Several));
    let longest = longest.map(|column| lists.words(column.path).len()).max().expect("a list");
    for number in 0..longest {
        let nth = |column: &Column| match column.check {
            Check::One | Check::Several => {
                let words = lists.words(column.path);
                words[number.min(words.len() - 1)].clone()
            }
            Check::PastDay => "2026-10-31".to_owned(),
            _ => String::new(),
        };
        for sheet in &decoded(&typed(&blank(), nth)).sheets {
            assert_eq!(sheet.rows[0].problems, [], "{}", sheet.name);
            assert_eq!(sheet.rows[0].repairs, [], "{}", sheet.name);
        }
    }
}

#[test]
fn villages_and_choices_are_chosen_from_a_hidden_sheet() {
    let bytes = blank();
    let book = part(&bytes, "xl/workbook.xml");
    assert!(book.contains("<sheet name=\"选项\" sheetId=\"6\" state=\"hidden\""), "{book}");
    let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
    for rule in [
        "type=\"list\" allowBlank=\"1\" showInputMessage=\"1\" showErrorMessage=\"1\"",
        "<formula1>选项!$C$1:$C$2</formula1>",
        "type=\"custom\"",
        "sqref=\"B2:B5001\"",
        "<pane ySplit=\"1\"",
    ] {
        assert!(sheet.contains(rule), "{rule}: {sheet}");
    }
    let strings = part(&bytes, "xl/sharedStrings.xml");
    assert!(strings.contains("后高村民委员会") && strings.contains("*姓名"));
}

#[test]
fn a_blank_workbook_is_the_same_whenever_it_is_made() {
    assert_eq!(blank(), blank());
}
