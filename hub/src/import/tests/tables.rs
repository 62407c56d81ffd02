//! Headers of two rows, and several tables on one sheet.

use super::{
    books::{Xlsx, row},
    decoded, decoded_bytes, notes,
};
use crate::{
    import::{Decoded, NoteKind, Row, SheetKind},
    submission::{Content, LedgerDetailContent, PersonContent},
};
use entity::LedgerKind;

const ID: &str = "110105194912310021";

fn person(row: &Row) -> &PersonContent {
    match &row.content {
        Content::LedgerEntry(entry) => &entry.person,
        Content::Visit(visit) => visit.person.as_ref().expect("a person"),
        _ => panic!("of nobody"),
    }
}

fn rows(decoded: &Decoded) -> Vec<(SheetKind, usize, &str)> {
    let sheets = decoded.sheets.iter();
    sheets
        .flat_map(|sheet| sheet.rows.iter().map(move |row| (sheet.kind, row)))
        .map(|(kind, row)| (kind, row.row, person(row).name.as_deref().unwrap_or_default()))
        .collect()
}

fn child(row: &Row) -> (Option<&str>, Option<&str>, Option<&str>) {
    let Content::LedgerEntry(entry) = &row.content else { panic!("no entry") };
    let LedgerDetailContent::Child(child) = &entry.detail else { panic!("no child") };
    (child.guardian.as_deref(), child.guardian_relation.as_deref(), child.guardian_phone.as_deref())
}

#[test]
fn a_header_of_two_rows_is_read_with_the_cells_merged_in_it() {
    let lines = [
        row(1, "", &["某镇困境儿童台账"]),
        row(2, "", &["序号", "基本信息", "", "", "类别", "监护人情况", "", "", "建档日期"]),
        row(3, "", &["", "姓名", "身份证号", "性别", "", "姓名", "与儿童关系", "联系电话"]),
        row(4, "", &["1", "甲一", ID, "女", "留守", "王五", "祖母", "13800000001", "2024-3-5"]),
    ];
    let merged = ["A1:I1", "A2:A3", "B2:D2", "E2:E3", "F2:H2", "I2:I3"];
    let merged: String = merged.iter().map(|area| format!("<mergeCell ref=\"{area}\"/>")).collect();
    let xlsx = Xlsx::of(lines.concat()).and(&format!("<mergeCells>{merged}</mergeCells>"));
    let decoded = decoded_bytes("a.xlsx", &xlsx.bytes());
    assert!(decoded.faults.is_empty(), "{:?}", decoded.faults);
    assert_eq!(rows(&decoded).len(), 1);
    let row = &decoded.sheets[0].rows[0];
    assert_eq!(child(row), (Some("王五"), Some("祖母"), Some("13800000001")));
    assert_eq!(row.column_of("detail.child.guardian"), Some("监护人情况 姓名"));
    assert_eq!(person(row).name.as_deref(), Some("甲一"));
    assert!(decoded.sheets[0].unread.is_empty());
}

#[test]
fn groups_alone_above_the_header_are_part_of_it() {
    let lines = [
        row(1, "", &["儿童信息", "", "", "", "", "监护人信息", ""]),
        row(2, "", &["姓名", "身份证号", "儿童类别", "建档日期", "性别", "姓名", "电话"]),
        row(3, "", &["甲一", ID, "留守", "2024-3-5", "女", "王五", "13800000001"]),
    ];
    let xlsx = Xlsx::of(lines.concat())
        .and("<mergeCells><mergeCell ref=\"A1:E1\"/><mergeCell ref=\"F1:G1\"/></mergeCells>");
    let decoded = decoded_bytes("a.xlsx", &xlsx.bytes());
    assert_eq!(child(&decoded.sheets[0].rows[0]), (Some("王五"), None, Some("13800000001")));
}

/// Cells merged in a header of one row make no header of the row below, nor a title of what is above.
#[test]
fn a_row_without_id_below_a_merged_header_is_not_lost() {
    let lines = [
        row(1, "", &["独生子女家庭走访", "", "", "", "", "单位"]),
        row(2, "", &["姓名", "身份证号", "探访日期", "方式", "联系电话", ""]),
        row(3, "", &["甲一", "", "2024-3-5", "入户"]),
    ];
    let xlsx = Xlsx::of(lines.concat())
        .and("<mergeCells><mergeCell ref=\"A1:E1\"/><mergeCell ref=\"E2:F2\"/></mergeCells>");
    let decoded = decoded_bytes("a.xlsx", &xlsx.bytes());
    assert_eq!(rows(&decoded), [(SheetKind::Visits, 3, "甲一")]);
    assert_eq!(decoded.sheets[0].rows[0].column_of("person.name"), Some("姓名"));
}

#[test]
fn a_second_header_row_of_separated_values_is_known_by_its_words() {
    let decoded = decoded(
        "儿童.csv",
        &format!(
            "姓名,身份证号,类别,建档日期,监护人,,\n,,,,姓名,与儿童关系,联系电话\n甲一,{ID},留守,2024-3-5,王五,祖母,13800000001\n"
        ),
    );
    let row = &decoded.sheets[0].rows[0];
    assert_eq!((row.row, child(row)), (3, (Some("王五"), Some("祖母"), Some("13800000001"))));
}

#[test]
fn tables_one_below_the_other_are_read_by_their_own_headers() {
    let decoded = decoded(
        "a.csv",
        &format!(
            "某镇台账\n姓名,身份证号,残疾类别,残疾等级,建档日期\n甲一,{ID},肢体,2,2024-3-5\n\n\
                  老年人\n身份证号,姓名,居住状况,建档日期\n{ID},乙二,独居,2024-3-5\n填表人:张三\n\n\
                  姓名,残疾等级,身份证号,残疾类别,建档日期\n丙三,1,{ID},肢体,2024-3-5\n\
                  姓名,残疾等级,身份证号,残疾类别,建档日期\n丁四,1,{ID},肢体,2024-3-5\n"
        ),
    );
    assert!(decoded.faults.is_empty(), "{:?}", decoded.faults);
    let (disabled, elderly) =
        (SheetKind::Ledger(LedgerKind::Disabled), SheetKind::Ledger(LedgerKind::Elderly));
    let expected = [
        (disabled, 3, "甲一"),
        (disabled, 11, "丙三"),
        (disabled, 13, "丁四"),
        (elderly, 7, "乙二"),
    ];
    assert_eq!(rows(&decoded), expected);
    let columns = |index: usize| decoded.sheets[0].rows[index].columns["person.residentId"].index;
    assert_eq!((columns(0), columns(1)), (1, 2));
}

/// Only a row that is set apart, or names what follows, is a title and not somebody's.
#[test]
fn a_sparse_row_above_a_further_header_is_not_lost() {
    let text = format!(
        "姓名,身份证号,探访日期,方式\n甲一,{ID},2024-3-5,入户\n乙二,2024-3-6\n身份证号,姓名,探访日期,方式\n"
    );
    assert_eq!(rows(&decoded("a.csv", &text)).len(), 2);
}

#[test]
fn tables_side_by_side_are_read_each_by_itself() {
    let gap = decoded(
        "a.csv",
        &format!(
            "老年人,,,,残疾人,,,,\n姓名,身份证号,建档日期,,姓名,身份证号,残疾类别,残疾等级,建档日期\n甲一,{ID},2024-3-5,,乙二,{ID},肢体,2,2024-3-6\n,,,,丙三,{ID},肢体,2,2024-3-6\n"
        ),
    );
    let (disabled, elderly) =
        (SheetKind::Ledger(LedgerKind::Disabled), SheetKind::Ledger(LedgerKind::Elderly));
    assert_eq!(rows(&gap), [(elderly, 3, "甲一"), (disabled, 3, "乙二"), (disabled, 4, "丙三")]);
    let twice = decoded(
        "a.csv",
        &format!(
            "序号,姓名,身份证号,探访日期,方式,序号,姓名,身份证号,探访日期,方式\n1,甲一,{ID},2024-3-5,入户,2,乙二,{ID},2024-3-6,入户\n"
        ),
    );
    assert_eq!(rows(&twice), [(SheetKind::Visits, 2, "甲一"), (SheetKind::Visits, 2, "乙二")]);
}

#[test]
fn a_column_without_header_in_between_does_not_part_a_table() {
    let text = format!("姓名,身份证号,,探访日期,方式,\n甲一,{ID},?,2024-3-5,入户,!\n");
    let decoded = decoded("a.csv", &text);
    assert_eq!(rows(&decoded), [(SheetKind::Visits, 2, "甲一")]);
    assert_eq!(notes(&decoded), [(NoteKind::NoHeader, "C, F")]);
}

#[test]
fn a_heading_over_the_columns_is_no_row_and_is_said_not_to_be() {
    let lines = [
        row(1, "", &["姓名", "身份证号", "探访日期", "方式"]),
        row(2, "", &["一、前高村"]),
        row(3, "", &["甲一", ID, "2024-3-5", "入户"]),
        row(4, "", &["备注一下"]),
    ];
    let xlsx = Xlsx::of(lines.concat()).and("<mergeCells><mergeCell ref=\"A2:D2\"/></mergeCells>");
    let decoded = decoded_bytes("a.xlsx", &xlsx.bytes());
    let found: Vec<usize> = rows(&decoded).into_iter().map(|row| row.1).collect();
    assert_eq!(found, [3, 4]);
    assert_eq!(notes(&decoded), [(NoteKind::Headings, "2")]);
}
