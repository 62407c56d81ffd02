//! Files that are refused, each with its sentence, or made harmless.

use proptest::prelude::*;

use super::{
    books::{Xlsx, cell, container, label, ods, ods_row, package, record, row, xls},
    decoded_bytes, notes,
};
use crate::{
    import::{ImportError, NoteKind, decode},
    problem::Language,
};

const HEADER: [&str; 4] = ["姓名", "身份证号", "探访日期", "方式"];
const ID: &str = "110105194912310021";

fn fault(bytes: &[u8]) -> ImportError {
    decode("台账.xlsx", bytes, &[], &[]).expect_err("refused")
}

fn rows() -> String {
    [row(1, "", &HEADER), row(2, "", &["甲一", ID, "2024-3-5", "入户"])].concat()
}

#[test]
fn what_is_no_spreadsheet_is_refused() {
    let word = package(&[("word/document.xml", b"<document/>")]);
    let text_document = package(&[
        ("META-INF/manifest.xml", b"<manifest/>"),
        ("content.xml", b"<office:document-content/>"),
    ]);
    let old_word = container(&[("/WordDocument", b"text")]);
    for bytes in
        [b"%PDF-1.7".as_slice(), b"\x89PNG\r\n\x1a\n\0\0", &word, &text_document, &old_word]
    {
        assert!(matches!(fault(bytes), ImportError::NotASpreadsheet));
    }
    for bytes in ["<html><table>", "\n <?xml version=\"1.0\"?><Workbook/>"] {
        assert!(matches!(fault(bytes.as_bytes()), ImportError::Markup));
    }
    assert!(matches!(fault(&package(&[("xl/workbook.bin", b"")])), ImportError::Binary));
}

#[test]
fn a_file_without_a_table_is_refused_and_a_header_without_rows_is_told() {
    for text in ["", "\n\n", "# 说明\n\n这里没有表格。\n", "{ \"name\": \"测试\" }"] {
        assert!(matches!(fault(text.as_bytes()), ImportError::NoTable), "{text}");
    }
    assert!(matches!(fault(&Xlsx::of("").bytes()), ImportError::NoTable));
    let found = decoded_bytes("台账.xlsx", &Xlsx::of(row(1, "", &HEADER)).bytes());
    assert!(notes(&found).contains(&(NoteKind::NoRows, "1")), "{:?}", found.notes);
}

#[test]
fn a_password_is_asked_to_be_taken_off() {
    let xlsx = container(&[("/EncryptionInfo", b"\x04\0"), ("/EncryptedPackage", b"?")]);
    let xls = xls(false, &[]);
    let place = xls.windows(4).position(|bytes| bytes == [0x22, 0, 2, 0]).expect("a record");
    let locked = [&xls[..place], &[0x2f], &xls[place + 1..]].concat();
    let ods = ods("<manifest:encryption-data/>", "");
    for bytes in [xlsx, locked, ods] {
        assert!(matches!(fault(&bytes), ImportError::Password));
    }
}

#[test]
fn a_damaged_workbook_is_refused() {
    let whole = Xlsx::of(rows()).bytes();
    let entities =
        "<!DOCTYPE w [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    let bomb = rows().replace("甲一", "&b;");
    let mut xlsx = Xlsx::of("");
    xlsx.sheets[0].2 = format!("{entities}<sheetData>{bomb}</sheetData>");
    let row = ods_row("", &["&b;"]);
    let ods = ods("", &format!("<table:table table:name=\"a\">{row}</table:table>"));
    for bytes in [&whole[..whole.len() / 2], b"PK\x03\x04", &xlsx.bytes(), &ods] {
        assert!(matches!(fault(bytes), ImportError::Damaged(_)));
    }
    let xls = xls(false, &[label(0, 0, "姓名")]);
    assert!(matches!(fault(&xls[..xls.len() / 2]), ImportError::Damaged(_)));
}

#[test]
fn what_unpacks_to_more_than_a_workbook_does_is_refused_before_it_is_unpacked() {
    let blank = vec![b' '; 40 << 20];
    let mut xlsx = Xlsx::of(rows());
    xlsx.more = vec![("xl/media/a.xml", &blank)];
    assert!(matches!(fault(&xlsx.bytes()), ImportError::Unpacks(_)));

    // The sizes it tells are those of an honest part.
    let mut lying = Xlsx::of(rows());
    lying.more = vec![("xl/media/a.xml", &blank[..2 << 20])];
    let mut bytes = lying.bytes();
    let (told, less) = ((2u32 << 20).to_le_bytes(), 1000u32.to_le_bytes());
    let places: Vec<usize> =
        (0..bytes.len() - 4).filter(|place| bytes[*place..place + 4] == told).collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place..place + 4].copy_from_slice(&less);
    }
    assert!(matches!(fault(&bytes), ImportError::Unpacks(_) | ImportError::Damaged(_)));
}

#[test]
fn tables_of_texts_and_styles_have_a_largest_size() {
    let noise: String = (0..400_000_u32)
        .map(|index| format!("<xf a=\"{}\"/>", index.wrapping_mul(2_654_435_761)))
        .collect();
    let styles =
        format!("<x:styleSheet xmlns:x=\"m\"><x:cellXfs>{noise}</x:cellXfs></x:styleSheet>");
    let mut xlsx = Xlsx::of(rows());
    xlsx.more = vec![("xl/other.xml", styles.as_bytes())];
    assert!(matches!(fault(&xlsx.bytes()), ImportError::Unpacks(_)));
}

#[test]
fn a_million_empty_rows_and_a_cell_in_the_last_corner_are_nothing() {
    let empty: String = (3..=1_048_575)
        .map(|row| format!("<row r=\"{row}\" s=\"{}\"/>", (row % 10_007) * 7919 % 10_007))
        .collect();
    let corner = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    let decoded = decoded_bytes("a.xlsx", &Xlsx::of(rows() + &empty + corner).bytes());
    assert_eq!(decoded.sheets[0].rows.len(), 1);
    assert_eq!(notes(&decoded), [(NoteKind::Beyond, "1")]);

    let header = ods_row("", &HEADER);
    let one = ods_row("", &["甲一", ID, "2024-3-5", "入户"]);
    let empty = "<table:table-row table:number-rows-repeated=\"1048574\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>";
    let ods = ods("", &format!("<table:table table:name=\"a\">{header}{one}{empty}</table:table>"));
    assert_eq!(decoded_bytes("a.ods", &ods).sheets[0].rows.len(), 1);
}

#[test]
fn more_cells_than_a_station_has_are_refused() {
    let row = "<table:table-row table:number-rows-repeated=\"1000000\"><table:table-cell table:number-columns-repeated=\"3\" office:value-type=\"string\"><text:p>a</text:p></table:table-cell></table:table-row>";
    let bytes = ods("", &format!("<table:table table:name=\"a\">{row}</table:table>"));
    assert!(matches!(fault(&bytes), ImportError::TooLarge(_)));
    let corners = [label(0, 0, "姓名"), label(65_535, 255, "姓名")];
    assert!(matches!(fault(&xls(false, &corners)), ImportError::TooLarge(_)));
    let dimensions =
        [u32::MAX.to_le_bytes().as_slice(), &u32::MAX.to_le_bytes(), &[0, 0, 255, 255, 0, 0]]
            .concat();
    let bytes = xls(false, &[record(0x200, &dimensions)]);
    assert!(matches!(fault(&bytes), ImportError::Damaged(_)));
}

#[test]
fn a_sheet_of_every_column_there_is_is_read_as_far_as_a_table_may_go() {
    let cells: String = (4..16_384).map(|column| cell(1, column, &format!("列{column}"))).collect();
    let header = row(1, "", &HEADER).replace("</row>", &(cells + "</row>"));
    let body = row(2, "", &["甲一", ID, "2024-3-5", "入户"]);
    let decoded = decoded_bytes("a.xlsx", &Xlsx::of(header + &body).bytes());
    assert_eq!(decoded.sheets[0].rows.len(), 1);
    assert_eq!(decoded.sheets[0].unread.len(), 996);
    assert_eq!(notes(&decoded), [(NoteKind::Beyond, "15384")]);
}

#[test]
fn every_refusal_has_a_sentence_in_chinese_and_english() {
    let faults = [
        ImportError::NotASpreadsheet,
        ImportError::Markup,
        ImportError::Binary,
        ImportError::Password,
        ImportError::Damaged("?".to_owned()),
        ImportError::Unpacks(256),
        ImportError::Encoding,
        ImportError::TooLarge(7),
    ];
    for fault in faults {
        let (chinese, english) =
            (fault.message(Language::Chinese), fault.message(Language::English));
        assert!(!chinese.is_ascii() && english.is_ascii(), "{chinese} {english}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever a broken disk makes of a workbook, it is read or refused.
    #[test]
    fn no_damage_makes_the_reader_fall(places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let records: Vec<_> = HEADER.iter().enumerate().map(|(column, text)| label(0, column as u16, text)).collect();
        let rows = ods_row("", &HEADER);
        for mut bytes in [
            Xlsx::of(self::rows()).bytes(),
            ods("", &format!("<table:table table:name=\"a\">{rows}</table:table>")),
            xls(false, &records),
        ] {
            for (place, byte) in &places {
                let place = place.index(bytes.len());
                bytes[place] = *byte;
            }
            let _ = decode("a", &bytes, &[], &[]);
        }
    }
}
