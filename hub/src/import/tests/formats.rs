//! The same table in each format, and what a format alone can say.

use super::{
    books::{Xlsx, cell, label, number, ods, ods_row, record, row, xls},
    decoded_bytes, notes, repair,
};
use crate::{
    import::{Decoded, NoteKind, Row},
    problem::Code,
    submission::{Content, VisitContent},
};

const HEADER: [&str; 5] = ["姓名", "身份证号", "村居", "探访日期", "方式"];
const ID: &str = "110105194912310021";

fn visit(row: &Row) -> &VisitContent {
    match &row.content {
        Content::Visit(visit) => visit,
        _ => panic!("not a visit"),
    }
}

/// Row, name, village and day of each row of the only sheet.
fn found(decoded: &Decoded) -> Vec<(usize, &str, &str, &str)> {
    assert_eq!(decoded.sheets.len(), 1, "{:?}", decoded.faults);
    let rows = decoded.sheets[0].rows.iter();
    rows.map(|row| {
        let visit = visit(row);
        let person = visit.person.as_ref().expect("a person");
        let village = person.village.as_deref().unwrap_or_default();
        (row.row, person.name.as_deref().unwrap_or_default(), village, &*visit.visited_on)
    })
    .collect()
}

fn a_visit(row_number: usize, attributes: &str, day: &str) -> String {
    row(row_number, attributes, &["甲一", ID, "前高", day, "入户"])
}

#[test]
fn each_format_tells_the_same() {
    let expected =
        [(2, "甲一", "410823103208", "2024-03-05"), (4, "乙二", "410823103209", "2024-03-06")];
    let one = ["甲一", ID, "前高村", "2024.3.5", "入户"];
    let two = ["乙二", ID, "后高村", "2024年3月6日", "电话"];
    let text: String =
        [&HEADER[..], &one, &[], &two].iter().map(|line| line.join(",") + "\r\n").collect();
    let (gb18030, ..) = encoding_rs::GB18030.encode(&text);
    let xlsx = Xlsx::of([row(1, "", &HEADER), row(2, "", &one), row(4, "", &two)].concat());
    let rows = [ods_row("", &HEADER), ods_row("", &one), ods_row("", &[]), ods_row("", &two)];
    let ods = ods("", &format!("<table:table table:name=\"探访\">{}</table:table>", rows.concat()));
    let labels = [(0, HEADER), (1, one), (3, two)].into_iter().flat_map(|(row, texts)| {
        texts.into_iter().enumerate().map(move |(column, text)| label(row, column as u16, text))
    });
    let xls = xls(false, &labels.collect::<Vec<_>>());
    for (name, bytes) in [
        ("a.xlsx", xlsx.bytes()),
        ("a.ods", ods),
        ("a.xls", xls),
        ("utf8.csv", text.clone().into_bytes()),
        ("bom.csv", format!("\u{feff}{text}").into_bytes()),
        ("gb.csv", gb18030.into_owned()),
        ("tabs.txt", text.replace(',', "\t").into_bytes()),
        ("semicolons.csv", text.replace(',', ";").into_bytes()),
        ("xlsx-called.csv", xlsx.bytes()),
    ] {
        let decoded = decoded_bytes(name, &bytes);
        assert_eq!(found(&decoded), expected, "{name}");
        assert_eq!(notes(&decoded), [], "{name}");
    }
}

#[test]
fn a_cell_merged_over_rows_is_that_of_each_and_makes_no_row_of_an_empty_one() {
    let lines = [
        row(1, "", &HEADER),
        a_visit(2, "", "2024-3-5"),
        row(3, "", &["乙二", ID, "", "2024-3-6", "入户"]),
    ];
    let xlsx = Xlsx::of(lines.concat()).and(
        "<mergeCells count=\"2\"><mergeCell ref=\"C2:C5\"/><mergeCell ref=\"E2:E3\"/></mergeCells>",
    );
    let expected =
        [(2, "甲一", "410823103208", "2024-03-05"), (3, "乙二", "410823103208", "2024-03-06")];
    assert_eq!(found(&decoded_bytes("a.xlsx", &xlsx.bytes())), expected);

    let spanned = |texts: &str| {
        format!(
            "<table:table-row>{}<table:table-cell table:number-rows-spanned=\"2\" office:value-type=\"string\"><text:p>前高</text:p></table:table-cell>{texts}</table:table-row>",
            "<table:table-cell office:value-type=\"string\"><text:p>甲一</text:p></table:table-cell><table:table-cell office:value-type=\"string\"><text:p>110105194912310021</text:p></table:table-cell>"
        )
    };
    let day = |day: &str| {
        format!(
            "<table:table-cell office:value-type=\"date\" office:date-value=\"{day}\"><text:p>别的</text:p></table:table-cell><table:table-cell office:value-type=\"string\"><text:p>入户</text:p></table:table-cell>"
        )
    };
    let second = "<table:table-row><table:table-cell office:value-type=\"string\"><text:p>乙二</text:p></table:table-cell><table:table-cell office:value-type=\"string\"><text:p>110105194912310021</text:p></table:table-cell><table:covered-table-cell/>".to_owned() + &day("2024-03-06") + "</table:table-row>";
    let rows = [ods_row("", &HEADER), spanned(&day("2024-03-05")), second];
    let ods = ods("", &format!("<table:table table:name=\"a\">{}</table:table>", rows.concat()));
    assert_eq!(found(&decoded_bytes("a.ods", &ods)), expected);

    let mut records: Vec<_> =
        HEADER.iter().enumerate().map(|(column, text)| label(0, column as u16, text)).collect();
    for (column, text) in ["甲一", ID, "前高", "2024-3-5", "入户"].iter().enumerate() {
        records.push(label(1, column as u16, text));
    }
    for (column, text) in [(0, "乙二"), (1, ID), (3, "2024-3-6"), (4, "入户")] {
        records.push(label(2, column, text));
    }
    records.push(record(0xe5, &[1u16, 1, 2, 2, 2].map(u16::to_le_bytes).concat()));
    assert_eq!(found(&decoded_bytes("a.xls", &xls(false, &records))), expected);
}

#[test]
fn hidden_rows_and_columns_are_read_and_said_to_be_and_a_hidden_sheet_is_only_named() {
    let lines =
        [row(1, "", &HEADER), a_visit(2, "hidden=\"1\"", "2024-3-5"), a_visit(3, "", "2024-3-6")];
    let mut xlsx = Xlsx::of("");
    let columns = "<cols><col min=\"3\" max=\"3\" hidden=\"1\"/><col min=\"9\" max=\"16384\" hidden=\"true\"/></cols>";
    let data = format!("<sheetData>{}</sheetData>", lines.concat());
    xlsx.sheets = vec![
        ("探访", "", format!("{columns}{data}")),
        ("旧表", "state=\"hidden\"", data.clone()),
        ("字典表", "state=\"veryHidden\"", data),
    ];
    let decoded = decoded_bytes("a.xlsx", &xlsx.bytes());
    assert_eq!(found(&decoded).len(), 2);
    let expected = [
        (NoteKind::HiddenSheet, ""),
        (NoteKind::HiddenSheet, ""),
        (NoteKind::HiddenRows, "2"),
        (NoteKind::HiddenColumns, "村居"),
    ];
    assert_eq!(notes(&decoded), expected);

    let rows = [
        "<table:table-column table:number-columns-repeated=\"2\"/><table:table-column table:visibility=\"collapse\"/>".to_owned(),
        ods_row("", &HEADER),
        ods_row("table:visibility=\"filter\"", &["甲一", ID, "前高", "2024-3-5", "入户"]),
        ods_row("table:visibility=\"collapse\" table:number-rows-repeated=\"1048000\"", &[]),
    ].concat();
    let ods = ods(
        "",
        &format!(
            "<table:table table:name=\"a\">{rows}</table:table><table:table table:name=\"旧\" table:style-name=\"gone\">{rows}</table:table>"
        ),
    );
    let decoded = decoded_bytes("a.ods", &ods);
    assert_eq!(found(&decoded).len(), 1);
    assert_eq!(notes(&decoded), [expected[0], expected[2], expected[3]]);

    let mut records: Vec<_> =
        HEADER.iter().enumerate().map(|(column, text)| label(0, column as u16, text)).collect();
    records.push(record(0x7d, &[2u16, 2, 0, 0, 1, 0].map(u16::to_le_bytes).concat()));
    records.push(record(0x208, &[1u16, 0, 5, 0, 0, 0, 0x20, 0].map(u16::to_le_bytes).concat()));
    for (column, text) in ["甲一", ID, "前高", "2024-3-5", "入户"].iter().enumerate() {
        records.push(label(1, column as u16, text));
    }
    let decoded = decoded_bytes("a.xls", &xls(false, &records));
    assert_eq!(found(&decoded).len(), 1);
    assert_eq!(notes(&decoded), expected[2..]);
}

#[test]
fn a_day_is_the_one_of_the_workbooks_own_date_system() {
    // 2024-03-05 counted from 1900 and from 1904.
    for (properties, serial, from_1904) in
        [("", 45_356, false), ("<workbookPr date1904=\"1\"/>", 43_894, true)]
    {
        let lines = format!(
            "{}<row r=\"2\">{}<c r=\"D2\" s=\"1\"><v>{serial}.5</v></c>{}</row><row r=\"3\">{}<c r=\"D3\"><v>{serial}</v></c>{}</row><row r=\"4\">{}{}</row>",
            row(1, "", &HEADER),
            cell(2, 1, ID),
            cell(2, 4, "入户"),
            cell(3, 1, ID),
            cell(3, 4, "入户"),
            cell(4, 1, ID),
            cell(4, 3, &serial.to_string()) + &cell(4, 4, "入户"),
        );
        let xlsx = Xlsx { properties, ..Xlsx::of(lines) };
        let decoded = decoded_bytes("a.xlsx", &xlsx.bytes());
        let days: Vec<&str> = found(&decoded).into_iter().map(|row| row.3).collect();
        assert_eq!(days, ["2024-03-05"; 3], "{properties}");
        assert_eq!(repair(&decoded.sheets[0].rows[0], "探访日期"), None);

        let mut records: Vec<_> =
            HEADER.iter().enumerate().map(|(column, text)| label(0, column as u16, text)).collect();
        for row in [1, 2] {
            records.push(label(row, 1, ID));
            records.push(number(row, 3, 2 - row, f64::from(serial)));
        }
        let decoded = decoded_bytes("a.xls", &xls(from_1904, &records));
        let days: Vec<&str> = found(&decoded).into_iter().map(|row| row.3).collect();
        assert_eq!(days, ["2024-03-05"; 2], "{properties}");
    }
    let start = "<table:calculation-settings><table:null-date table:date-value=\"1904-01-01\"/></table:calculation-settings>";
    let rows = [
        ods_row("", &HEADER),
        format!(
            "<table:table-row><table:table-cell/><table:table-cell office:value-type=\"string\"><text:p>{ID}</text:p></table:table-cell><table:table-cell/><table:table-cell office:value-type=\"float\" office:value=\"43894\"><text:p>43894</text:p></table:table-cell></table:table-row>"
        ),
    ];
    let ods =
        ods("", &format!("{start}<table:table table:name=\"a\">{}</table:table>", rows.concat()));
    assert_eq!(found(&decoded_bytes("a.ods", &ods))[0].3, "2024-03-05");
}

#[test]
fn a_formula_is_what_it_came_to_and_one_without_a_value_is_a_problem_at_its_cell() {
    let formula = |place: &str, kind: &str, value: &str| {
        format!("<c r=\"{place}\" {kind}><f>VLOOKUP(B2,A:B,2)</f>{value}</c>")
    };
    let lines = [
        row(1, "", &HEADER),
        format!(
            "<row r=\"2\">{}{}{}</row>",
            formula("A2", "t=\"str\"", "<v>甲一</v>"),
            cell(2, 1, ID),
            formula("C2", "t=\"str\"", "<v></v>")
        ),
        format!(
            "<row r=\"3\">{}{}{}{}</row>",
            formula("A3", "", "<v/>"),
            cell(3, 1, ID),
            formula("D3", "", ""),
            formula("E3", "t=\"e\"", "<v>#REF!</v>")
        ),
    ];
    let decoded = decoded_bytes("a.xlsx", &Xlsx::of(lines.concat()).bytes());
    let rows = &decoded.sheets[0].rows;
    assert_eq!(found(&decoded)[0].1, "甲一");
    let problems = |row: &Row| -> Vec<(Code, String, String)> {
        let problems = row.problems.iter();
        problems
            .map(|found| (found.problem.code, found.column.clone(), found.problem.detail.clone()))
            .collect()
    };
    assert_eq!(problems(&rows[0]).len(), 2);
    assert!(problems(&rows[0]).iter().all(|found| found.0 == Code::ValueMissing));
    let unreadable =
        |column: &str, shown: &str| (Code::CellUnreadable, column.to_owned(), shown.to_owned());
    let mut expected = vec![
        unreadable("姓名", "=VLOOKUP(B2,A:B,2)"),
        unreadable("探访日期", "=VLOOKUP(B2,A:B,2)"),
        unreadable("方式", "#REF!"),
    ];
    expected.sort_by_key(|found| found.1.clone());
    let mut found = problems(&rows[1]);
    found.sort_by_key(|found| found.1.clone());
    assert_eq!(found, expected);

    let rows = [
        ods_row("", &HEADER),
        format!(
            "<table:table-row><table:table-cell table:formula=\"of:=A1\"/><table:table-cell office:value-type=\"string\"><text:p>{ID}</text:p></table:table-cell><table:table-cell office:value-type=\"string\" calcext:value-type=\"error\"><text:p>#N/A</text:p></table:table-cell></table:table-row>"
        ),
    ];
    let ods = ods("", &format!("<table:table table:name=\"a\">{}</table:table>", rows.concat()));
    let decoded = decoded_bytes("a.ods", &ods);
    let details: Vec<_> = decoded.sheets[0].rows[0]
        .problems
        .iter()
        .map(|found| found.problem.detail.clone())
        .collect();
    assert!(
        details.contains(&"of:=A1".to_owned()) && details.contains(&"#N/A".to_owned()),
        "{details:?}"
    );
}

#[test]
fn macros_and_links_to_other_files_are_left_alone_and_said_to_be() {
    let lines = [row(1, "", &HEADER), a_visit(2, "", "2024-3-5")].concat();
    let mut xlsx = Xlsx::of(lines);
    xlsx.more = vec![
        ("xl/vbaProject.bin", b"Sub Auto_Open()"),
        ("xl/externalLinks/externalLink1.xml", b"<externalLink/>"),
        ("xl/externalLinks/_rels/externalLink1.xml.rels", b"<Relationships/>"),
    ];
    let decoded = decoded_bytes("a.xlsm", &xlsx.bytes());
    assert_eq!(found(&decoded).len(), 1);
    assert_eq!(notes(&decoded), [(NoteKind::Macros, ""), (NoteKind::Links, "1")]);
    assert!(decoded.notes.iter().all(|note| note.sheet.is_none()));
}

#[test]
fn an_id_that_lost_its_digits_passes_on_as_the_number_it_is() {
    let lines = format!(
        "{}<row r=\"2\"><c r=\"B2\"><v>4.10823200206060E+17</v></c></row>",
        row(1, "", &HEADER)
    );
    let decoded = decoded_bytes("a.xlsx", &Xlsx::of(lines).bytes());
    let person = visit(&decoded.sheets[0].rows[0]).person.clone().expect("a person");
    assert_eq!(person.resident_id.as_deref(), Some("4.1082320020606e+17"));
}

#[test]
fn the_comment_of_a_cell_is_no_part_of_its_text() {
    let rows = [
        ods_row("", &HEADER),
        format!(
            "<table:table-row><table:table-cell office:value-type=\"string\"><office:annotation><text:p>写错了</text:p></office:annotation><text:p>甲<text:s text:c=\"2\"/><text:span>一</text:span></text:p></table:table-cell><table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"1\"><text:p>{ID}</text:p></table:table-cell></table:table-row>"
        ),
    ];
    let bytes = ods("", &format!("<table:table table:name=\"a\">{}</table:table>", rows.concat()));
    assert_eq!(found(&decoded_bytes("a.ods", &bytes))[0].1, "甲一");
}

#[test]
fn a_zero_that_a_spreadsheet_ate_is_put_back_and_a_text_that_it_took_for_a_day_is_refused() {
    let header = ["姓名", "身份证号", "家庭住址", "联系电话", "建档日期"];
    let line = |row: usize, phone: &str, address: &str| {
        format!(
            "<row r=\"{row}\">{}{address}<c r=\"D{row}\"><v>{phone}</v></c></row>",
            cell(row, 1, ID)
        )
    };
    let day = "<c r=\"C2\" s=\"1\"><v>45356</v></c>";
    let lines = [
        row(1, "", &header),
        line(2, "3912345678", day),
        line(3, "13800000000", &cell(3, 2, "3-2")),
        line(4, "1380000000", ""),
        line(5, "4008001234", ""),
    ];
    let decoded = decoded_bytes("老年人台账.xlsx", &Xlsx::of(lines.concat()).bytes());
    let rows = &decoded.sheets[0].rows;
    let eaten = [
        Some(("3912345678", "03912345678")),
        Some(("13800000000", "13800000000")),
        Some(("1380000000", "1380000000")),
        Some(("4008001234", "4008001234")),
    ];
    assert_eq!([0, 1, 2, 3].map(|row| repair(&rows[row], "联系电话")), eaten);
    let taken = |row: &Row| {
        row.problems.iter().any(|found| {
            found.problem.code == Code::TextTakenForDay && found.problem.path == "person.address"
        })
    };
    assert_eq!([0, 1, 2].map(|row| taken(&rows[row])), [true, false, false]);
}

#[test]
fn a_duration_is_of_minutes_in_whatever_unit() {
    let minutes = |text: &str| {
        let text =
            format!("姓名,身份证号,探访日期,方式,探访时长\n甲一,{ID},2024-3-5,入户,{text}\n");
        let decoded = decoded_bytes("探访.csv", text.as_bytes());
        let row = decoded.sheets[0].rows[0].clone();
        let repaired = repair(&row, "探访时长").map(|(_, to)| to.to_owned());
        (visit(&row).minutes, repaired)
    };
    assert_eq!(minutes("45"), (Some(45), None));
    for (text, expected) in [("45分钟", 45), ("45 min", 45), ("1小时", 60), ("1.5h", 90)] {
        assert_eq!(minutes(text), (Some(expected), Some(expected.to_string())), "{text}");
    }
    for text in ["半天", "1.7分钟", "小时", "-5"] {
        assert_eq!(minutes(text).0, None, "{text}");
    }
}
