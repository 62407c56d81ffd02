//! The sheet that says how the others are filled in. Reading leaves a sheet of its name out.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::{
    SheetKind, Wordings,
    column::{Column, columns},
    header,
};

const NAME: &str = "填表说明";

pub fn write(
    book: &mut Workbook,
    wordings: &Wordings,
    kinds: &[SheetKind],
) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name(NAME)?;
    for (column, width) in (0..).zip([18, 24, 8, 48, 24]) {
        sheet.set_column_width(column, width)?;
    }
    let text = Format::new().set_num_format("@");
    for (column, title) in (0..).zip(["工作表", "列", "必填", "填写方法", "示例"]) {
        sheet.write_string_with_format(0, column, title, &header(false))?;
    }
    let kinds = kinds.iter().map(|kind| (kind, columns(wordings, *kind)));
    let lines = kinds.flat_map(|(kind, columns)| columns.into_iter().map(move |line| (kind, line)));
    for (row, (kind, column)) in (1..).zip(lines) {
        let needed = if column.needed { "必填" } else { "" };
        let cells =
            [kind.sheet_name(), &column.header, needed, column.check.how(), example(&column)];
        for (number, cell) in (0..).zip(cells) {
            sheet.write_string_with_format(row, number, cell, &text)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// The resident ID is the example of GB 11643.
fn example(column: &Column) -> &'static str {
    match column.path {
        "person.name" => "王小明",
        "person.residentId" => "11010519491231002X",
        "detail.disabled.certificateNo" => "11010519491231002X43",
        "openedOn" | "visitedOn" => "2026-10-31",
        "workers" => "张三、李四",
        "services" => "心理疏导、政策宣传",
        "needs" => "生活物资、医疗救助",
        "minutes" => "40",
        path if path.to_lowercase().ends_with("phone") => "13800000000",
        _ => "",
    }
}
