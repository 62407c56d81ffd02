//! Answers to the sample workbooks, and to packages as other programs write them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Cursor, Read, Write},
    path::PathBuf,
};

use serde_json::Value;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    outline::{self, Outline, Place},
    xml::Tags,
    *,
};
use crate::{
    import::{
        Decoded, ImportedRow, ImportedSheet, Row, decode, decode_each, hand_in::at_column,
        mend::Mend, report::Verdict, workbook::Cell,
    },
    problem::{Code, Problem},
};

type Parts = BTreeMap<String, Vec<u8>>;

fn parts(bytes: &[u8]) -> Parts {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).expect("a package");
    let mut parts = Parts::new();
    for index in 0..zip.len() {
        let mut part = zip.by_index(index).expect("a part");
        let mut content = Vec::new();
        part.read_to_end(&mut content).expect("unpacked");
        parts.insert(part.name().expect("a name").into_owned(), content);
    }
    parts
}

fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("begun");
        zip.write_all(text.as_bytes()).expect("written");
    }
    zip.finish().expect("finished").into_inner()
}

fn text(parts: &Parts, name: &str) -> String {
    String::from_utf8(parts[name].clone()).expect("a text")
}

/// Each cell of a worksheet as it is written, without its style, and the style.
fn cells(text: &str) -> BTreeMap<Place, (String, usize)> {
    let mut cells = BTreeMap::new();
    let mut tags = Tags::of(text);
    while let Some(tag) = tags.next() {
        let tag = tag.expect("well formed");
        if !tag.opens("c") {
            continue;
        }
        let place = outline::place(&tag.attribute("r").expect("a name")).expect("a cell");
        let mut end = tag.range.end;
        if tag.form == xml::Form::Open {
            let mut rest = tags.by_ref().map(|tag| tag.expect("well formed"));
            end = rest.find(|tag| tag.ends("c")).expect("an end").range.end;
        }
        let content = format!("{}{}", tag.with(&[("s", None)]), &text[tag.range.end..end]);
        cells.insert(place, (content, tag.number("s").unwrap_or(0)));
    }
    cells
}

/// The formats of a workbook as written, without their fills; and whether the fill is ours.
fn formats(styles: &str) -> Vec<(String, bool)> {
    let (mut fills, mut formats) = (Vec::new(), Vec::new());
    let mut inside = String::new();
    for tag in Tags::of(styles) {
        let tag = tag.expect("well formed");
        match tag.local() {
            "fills" | "cellXfs" | "cellStyleXfs" => tag.local().clone_into(&mut inside),
            "fill" if tag.form != xml::Form::Close => fills.push(false),
            "fgColor" if inside == "fills" => {
                *fills.last_mut().expect("a fill") =
                    tag.attribute("rgb").as_deref() == Some("FFFFC7CD");
            }
            "xf" if inside == "cellXfs" && tag.form != xml::Form::Close => {
                let mut attributes = tag.attributes();
                attributes.remove("applyFill");
                let fill =
                    attributes.remove("fillId").map_or(0, |fill| fill.parse().expect("a number"));
                formats.push((format!("{attributes:?}"), fills[fill]));
            }
            _ => {}
        }
    }
    formats
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data/ledgers")
}

/// Each sample: its name, its bytes, the rows that are refused and why.
fn samples() -> Vec<(String, Vec<u8>, BTreeMap<usize, Code>)> {
    let truth = fs::read(root().join("truth.json")).expect("the truth");
    let truth: Vec<Value> = serde_json::from_slice(&truth).expect("the truth");
    let sample = |file: &Value| {
        let name = file["file"].as_str().expect("a name").to_owned();
        let bytes = fs::read(root().join(&name)).expect("a file");
        let rows = file["rows"].as_array().expect("rows").iter();
        let refused = rows.filter(|row| row["verdict"] == "rejected").map(|row| {
            let code = Code::ALL.iter().find(|code| row["code"] == code.as_str());
            (row["row"].as_u64().expect("a row") as usize, *code.expect("a known code"))
        });
        (name, bytes, refused.collect())
    };
    truth.iter().map(sample).collect()
}

fn path_of(code: Code) -> &'static str {
    match code {
        Code::NameMissing => "person.name",
        Code::VillageUnknown => "person.village",
        Code::DateInvalid => "visitedOn",
        _ => "person.residentId",
    }
}

/// What became of a file whose rows are all new but for some.
fn imported(decoded: &Decoded, refused: &BTreeMap<usize, Code>) -> Imported {
    let row = |row: &Row| {
        let code = refused.get(&row.row);
        let problem = code.map(|code| Problem::new(*code, path_of(*code)));
        let problems = problem.into_iter().map(|problem| at_column(&row.columns, problem));
        ImportedRow {
            row: row.row,
            verdict: if code.is_some() { Verdict::Refused } else { Verdict::New },
            waits: false,
            problems: problems.collect(),
            repairs: row.repairs.clone(),
            changed: Vec::new(),
            looks_like: None,
        }
    };
    let sheets = decoded.sheets.iter().map(|sheet| ImportedSheet {
        name: sheet.name.clone(),
        header_row: sheet.header_row,
        unread: sheet.unread.clone(),
        rows: sheet.rows.iter().map(row).collect(),
    });
    Imported {
        sheets: sheets.collect(),
        faults: decoded.faults.clone(),
        notes: Vec::new(),
        mends: Vec::new(),
    }
}

fn answered(name: &str, bytes: &[u8], refused: &BTreeMap<usize, Code>) -> Answer {
    let decoded = decode(name, bytes, &[], &[]).expect("readable");
    answer(name, bytes, &imported(&decoded, refused), Language::Chinese).expect("answered")
}

fn rows(name: &str, bytes: &[u8]) -> Vec<String> {
    rows_of(decode(name, bytes, &[], &[]).expect("readable"))
}

fn rows_of(decoded: Decoded) -> Vec<String> {
    assert!(decoded.faults.is_empty());
    let sheets = decoded.sheets.into_iter();
    sheets
        .flat_map(|sheet| sheet.rows)
        .map(|row| format!("{} {:?} {:?} {:?}", row.row, row.content, row.problems, row.repairs))
        .collect()
}

#[test]
fn an_answered_workbook_differs_only_in_refused_cells_and_remarks() {
    for (name, bytes, refused) in samples().into_iter().filter(|(name, ..)| name.ends_with(".xlsx"))
    {
        let decoded = decode(&name, &bytes, &[], &[]).expect("readable");
        let sheet = &decoded.sheets[0];
        let row = |number: &usize| sheet.rows.iter().find(|row| row.row == *number).expect("a row");
        let places = refused
            .iter()
            .map(|(number, code)| (*number, row(number).columns[path_of(*code)].index));
        let places: BTreeSet<Place> = places.collect();
        let answer = answered(&name, &bytes, &refused);
        assert_eq!(answer.file_name, name);
        let (before, mut after) = (parts(&bytes), parts(&answer.bytes));
        let part = "xl/worksheets/sheet1.xml";
        let (old, new) = (cells(&text(&before, part)), cells(&text(&after, part)));
        let (old_formats, new_formats) =
            (formats(&text(&before, "xl/styles.xml")), formats(&text(&after, "xl/styles.xml")));
        let comments = after.remove("xl/comments1.xml").unwrap_or_default();
        let comments = String::from_utf8(comments).expect("a text");
        let last = old.keys().map(|(_, column)| column).max().expect("a column");
        for (place, (content, style)) in &new {
            let empty = (String::new(), 0);
            let (old_content, old_style) = old.get(place).unwrap_or(&empty);
            if places.contains(place) {
                let shown = format!("<comment ref=\"{}\"", outline::name(*place));
                assert!(comments.contains(&shown), "{name} {place:?}");
                assert!(new_formats[*style].1, "{name} {place:?} is coloured");
                assert_eq!(new_formats[*style].0, old_formats[*old_style].0, "{name} {place:?}");
                assert!(old.contains_key(place) || content.ends_with("/>"), "{name} {place:?}");
            } else if place.1 <= *last {
                assert_eq!((content, style), (old_content, old_style), "{name} {place:?}");
            } else {
                assert_eq!(place.1, last + 1, "{name} {place:?}");
                let known = sheet.rows.iter().any(|row| row.row == place.0);
                assert!(known || place.0 == sheet.header_row, "{name} {place:?}");
            }
        }
        assert!(old.keys().all(|place| new.contains_key(place)), "{name}");
        assert_eq!(comments.matches("<comment ").count(), places.len(), "{name}");
        let remarks = new.keys().filter(|(_, column)| *column == last + 1).count();
        assert_eq!(remarks, sheet.rows.len() + 1, "{name}");
        for (part, content) in &before {
            let touched = ["sheet1.xml", "styles.xml", "[Content_Types].xml", "sheet1.xml.rels"];
            let same = after.get(part) == Some(content);
            assert!(same || touched.iter().any(|ending| part.ends_with(ending)), "{name} {part}");
        }
    }
}

#[test]
fn an_answer_is_read_as_the_file_it_answers_and_answered_again_it_is_the_same() {
    for (name, bytes, refused) in samples() {
        let first = answered(&name, &bytes, &refused);
        assert_eq!(rows(&first.file_name, &first.bytes), rows(&name, &bytes), "{name}");
        let second = answered(&first.file_name, &first.bytes, &refused);
        assert_eq!(second, first, "{name}");
    }
}

#[test]
fn a_corrected_cell_says_in_the_answer_what_it_was_corrected_to() {
    for (name, bytes, refused) in samples() {
        let decoded = decode(&name, &bytes, &[], &[]).expect("readable");
        let sheet = &decoded.sheets[0];
        let mends = sheet.rows.iter().filter_map(|row| {
            let path = path_of(*refused.get(&row.row)?);
            let (column, sheet) = (row.columns[path].index, sheet.name.clone());
            let (from, to) = (String::new(), format!("=改{}", row.row));
            Some(Mend { sheet, row: row.row, column, from, to })
        });
        let mut mends: Vec<_> = mends.collect();
        let file = (name.as_str(), bytes.as_slice(), &mut mends[..]);
        let mended = rows_of(decode_each(file, &[], &[], &|row| row).expect("readable"));
        assert_eq!(mended == rows(&name, &bytes), refused.is_empty(), "{name}");
        let imported = Imported { mends, ..imported(&decoded, &refused) };
        let answer = answer(&name, &bytes, &imported, Language::Chinese).expect("answered");
        assert_eq!(rows(&answer.file_name, &answer.bytes), mended, "{name}");
    }
}

#[test]
fn what_is_good_now_loses_its_colour_and_its_comment() {
    for (name, bytes, refused) in samples().into_iter().filter(|(name, ..)| name.ends_with(".xlsx"))
    {
        let first = answered(&name, &bytes, &refused);
        let second = answered(&name, &first.bytes, &BTreeMap::new());
        let (before, after) = (parts(&bytes), parts(&second.bytes));
        let part = "xl/worksheets/sheet1.xml";
        let (old, new) = (cells(&text(&before, part)), cells(&text(&after, part)));
        for (place, cell) in &old {
            assert_eq!(new.get(place), Some(cell), "{name} {place:?}");
        }
        let comments = after.get("xl/comments1.xml").map(|part| String::from_utf8_lossy(part));
        assert!(comments.is_none_or(|part| !part.contains("<comment ")), "{name}");
        let drawing =
            after.get("xl/drawings/vmlDrawing1.vml").map(|part| String::from_utf8_lossy(part));
        assert!(drawing.is_none_or(|part| !part.contains("<v:shape ")), "{name}");
    }
}

#[test]
fn a_text_that_would_be_a_formula_is_written_as_a_text() {
    let table = "姓名,身份证号,探访日期,探访方式,探访人\n=1+1,1,2026-9-1,=cmd,@甲\n";
    let answer = answered("探访.csv", table.as_bytes(), &BTreeMap::from([(2, Code::IdLength)]));
    assert_eq!(answer.file_name, "探访.csv.xlsx");
    let parts = parts(&answer.bytes);
    for (name, part) in &parts {
        let part = String::from_utf8_lossy(part);
        assert!(!part.contains("<f>") && !part.contains("<f "), "{name}");
    }
    assert_eq!(rows("探访.csv.xlsx", &answer.bytes), rows("探访.csv", table.as_bytes()));
}

#[test]
fn each_table_of_a_sheet_is_marked_in_its_own_columns() {
    let marked = |table: &str, row: usize| {
        let refused = BTreeMap::from([(row, Code::IdLength)]);
        let parts = parts(&answered("探访.csv", table.as_bytes(), &refused).bytes);
        let comments = text(&parts, "xl/comments1.xml");
        let mut refs = comments.split("<comment ref=\"").skip(1);
        let found = refs.next().and_then(|rest| Some(rest.split_once('"')?.0.to_owned()));
        assert_eq!(refs.next(), None);
        found.expect("a comment")
    };
    let header = "姓名,身份证号,探访日期,探访方式";
    let beside = format!(
        "{header},{header}\n甲一,1,2026-9-1,入户,乙二,2,2026-9-1,入户\n,,,,丙三,3,2026-9-1,入户\n"
    );
    assert_eq!(marked(&beside, 3), "F3");
    let below = format!(
        "{header}\n甲一,1,2026-9-1,入户\n\n探访\n身份证号,姓名,探访日期,探访方式\n2,乙二,2026-9-1,入户\n"
    );
    assert_eq!((marked(&below, 2), marked(&below, 6)), ("B2".to_owned(), "A6".to_owned()));
}

#[test]
fn numbers_and_days_of_a_table_made_anew_stay_what_they_are() {
    let mut grid = Grid { name: "a[1]/b".to_owned(), ..Grid::default() };
    let day = chrono::NaiveDate::from_ymd_opt(2026, 9, 1).expect("a day");
    let line = [Cell::Text("0371".to_owned()), Cell::Number(4.108_232e17), Cell::Day(day)];
    for (column, cell) in line.into_iter().enumerate() {
        grid.lines.put(3, column, cell);
    }
    let twin = Grid { name: "A1b".to_owned(), lines: grid.lines.clone(), ..Grid::default() };
    let (bytes, names) = anew::workbook(&[grid, twin]).expect("made");
    assert_eq!((&*names["a[1]/b"], &*names["A1b"]), ("a1b", "A1b 2"));
    let read = workbook::read("a.xlsx", &bytes).expect("read").grids;
    assert_eq!(read[0].lines, read[1].lines);
    let shown: Vec<String> =
        read[0].lines.get(3).expect("a row").cells().map(Cell::shown).collect();
    assert_eq!(shown, ["0371", "4.108232e+17", "2026-09-01"]);
}

#[test]
fn a_sheet_that_cannot_be_read_says_so_once() {
    let table = "残疾人台账\n姓名,残疾证号,残疾类别,建档日期\n甲一,1,肢体,2026-9-1\n";
    let decoded = decode("a.csv", table.as_bytes(), &[], &[]).expect("readable");
    let first =
        answer("a.csv", table.as_bytes(), &imported(&decoded, &BTreeMap::new()), Language::Chinese)
            .expect("answered");
    let decoded = decode(&first.file_name, &first.bytes, &[], &[]).expect("readable");
    assert_eq!(decoded.faults.len(), 1);
    let remark = |bytes: &[u8]| {
        let grid = workbook::read("a.xlsx", bytes).expect("read").grids.remove(0);
        grid.lines.get(2)?.cells().last().map(Cell::shown)
    };
    let expected = "导入结果:找不到表头行,或缺少必需的列:身份证号、残疾等级";
    assert_eq!(remark(&first.bytes).as_deref(), Some(expected));
    let again = imported(&decoded, &BTreeMap::new());
    let second = answer("a.csv.xlsx", &first.bytes, &again, Language::Chinese).expect("answered");
    assert_eq!(second.bytes, first.bytes);
}

const TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>";
const R: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn relations(lines: &[(&str, &str, &str)]) -> String {
    let lines = lines.iter().map(|(id, kind, target)| {
        format!("<Relationship Id=\"{id}\" Type=\"{R}/{kind}\" Target=\"{target}\"/>")
    });
    format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{}</Relationships>",
        lines.collect::<String>()
    )
}

/// A workbook of one sheet, with more parts.
fn one_sheet(sheet: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let root = relations(&[("rId1", "officeDocument", "xl/workbook.xml")]);
    let book = format!(
        "<x:workbook xmlns:x=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"{R}\"><x:sheets><x:sheet name=\"探访\" sheetId=\"1\" r:id=\"rId1\"/></x:sheets></x:workbook>"
    );
    let mut lines = vec![("rId1", "worksheet", "worksheets/sheet1.xml")];
    if more.iter().any(|(name, _)| *name == "xl/sharedStrings.xml") {
        lines.push(("rId2", "sharedStrings", "sharedStrings.xml"));
    }
    let book_relations = relations(&lines);
    let mut all = vec![
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", root.as_str()),
        ("xl/workbook.xml", book.as_str()),
        ("xl/_rels/workbook.xml.rels", book_relations.as_str()),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    all.extend_from_slice(more);
    packed(&all)
}

/// As some programs write it: prefixes, `spans`, empty rows, no names of cells, no styles, merged
/// villages, conditional formats.
const ODD: &str = "\u{feff}<?xml version='1.0'?><x:worksheet xmlns:x='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>\
    <x:sheetData><x:row r='1' spans='1:5'><x:c t='inlineStr'><x:is><x:t>姓名</x:t></x:is></x:c><x:c t='s'><x:v>0</x:v></x:c>\
    <x:c t='inlineStr'><x:is><x:t>探访日期</x:t></x:is></x:c><x:c t='inlineStr'><x:is><x:t>探访方式</x:t></x:is></x:c>\
    <x:c t='inlineStr'><x:is><x:t>村居</x:t></x:is></x:c></x:row><x:row/>\
    <x:row r='4' spans='1:5'><x:c r='B4' t='str'><x:v>1</x:v></x:c><x:c r='C4' t='inlineStr'><x:is><x:t>2026-9-1</x:t></x:is></x:c><x:c r='D4' t='inlineStr'><x:is><x:t>电话</x:t></x:is></x:c><x:c r='E4' t='inlineStr'><x:is><x:t>前高</x:t></x:is></x:c></x:row>\
    <x:row r='5'><x:c r='A5' t='inlineStr'><x:is><x:t>乙</x:t></x:is></x:c><x:c r='B5' t='str'><x:v>2</x:v></x:c><x:c r='C5' t='inlineStr'><x:is><x:t>2026-9-1</x:t></x:is></x:c><x:c r='D5' t='inlineStr'><x:is><x:t>电话</x:t></x:is></x:c><x:c r='E5' t='inlineStr'><x:is><x:t>后高</x:t></x:is></x:c></x:row>\
    </x:sheetData><x:mergeCells count='2'><x:mergeCell ref='E4:E6'/><x:mergeCell ref='A8:G8'/></x:mergeCells>\
    <x:conditionalFormatting sqref='A1:E9'><x:cfRule type='expression' priority='1'><x:formula>$A1=1</x:formula></x:cfRule></x:conditionalFormatting>\
    <x:extLst/></x:worksheet>";
const STRINGS: &str = "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><si><t>身份证号</t></si></sst>";

#[test]
fn a_package_as_other_programs_write_it_is_answered() {
    let bytes = one_sheet(ODD, &[("xl/sharedStrings.xml", STRINGS)]);
    let refused = BTreeMap::from([(4, Code::NameMissing), (5, Code::VillageUnknown)]);
    let first = answered("探访.xlsx", &bytes, &refused);
    let found = parts(&first.bytes);
    let sheet = text(&found, "xl/worksheets/sheet1.xml");
    let rest =
        &ODD[ODD.find("<x:mergeCells").expect("there")..ODD.find("<x:extLst").expect("there")];
    let drawing = format!("{rest}<x:legacyDrawing xmlns:r=\"{R}\" r:id=\"rId2\"/><x:extLst/>");
    assert!(sheet.contains(&drawing), "{sheet}");
    // Merged cells reach to G, and E4 shows what E5 holds.
    assert!(
        sheet.contains("<x:c r=\"H1\" t=\"inlineStr\"><x:is><x:t xml:space=\"preserve\">导入结果"),
        "{sheet}"
    );
    assert!(sheet.contains("<x:c r=\"A4\" s=\"1\"/><x:c r='B4' t='str'>"), "{sheet}");
    assert!(sheet.contains("<x:c r=\"E4\" t=\"inlineStr\" s=\"1\">"), "{sheet}");
    let comments = text(&found, "xl/comments1.xml");
    assert!(
        comments.contains("<comment ref=\"E4\"") && comments.contains("第5行:本乡镇"),
        "{comments}"
    );
    assert!(text(&found, "xl/_rels/workbook.xml.rels").contains("/xl/styles.xml"));
    assert!(text(&found, "[Content_Types].xml").contains("/xl/comments1.xml"));
    assert_eq!(found["xl/sharedStrings.xml"], STRINGS.as_bytes());
    assert_eq!(rows("探访.xlsx", &first.bytes), rows("探访.xlsx", &bytes));
    assert_eq!(answered("探访.xlsx", &first.bytes, &refused), first);
}

#[test]
fn comments_and_buttons_of_others_stay() {
    let theirs = "<comments xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><authors><author>张三</author></authors><commentList><comment ref=\"A1\" authorId=\"0\"><text><t>请按户口本</t></text></comment><comment ref=\"A4\" authorId=\"0\"><text><t>缺</t></text></comment></commentList></comments>";
    let drawing =
        drawing::written(&drawing::none(), &BTreeSet::from([(1, 0), (4, 0)])).expect("drawn");
    let drawing = drawing.replace(
        "</xml>",
        "<v:shape id=\"_x0000_s3000\"><x:ClientData ObjectType=\"Button\"/></v:shape></xml>",
    );
    let sheet = ODD.replace(
        "<x:extLst/>",
        &format!("<x:legacyDrawing xmlns:r='{R}' r:id='rId9'/><x:extLst/>"),
    );
    let own = relations(&[
        ("rId9", "vmlDrawing", "../drawings/vmlDrawing7.vml"),
        ("rId10", "comments", "../comments7.xml"),
    ]);
    let more = [
        ("xl/sharedStrings.xml", STRINGS),
        ("xl/worksheets/_rels/sheet1.xml.rels", own.as_str()),
        ("xl/comments7.xml", theirs),
        ("xl/drawings/vmlDrawing7.vml", drawing.as_str()),
    ];
    let bytes = one_sheet(&sheet, &more);
    let refused = BTreeMap::from([(4, Code::NameMissing), (5, Code::IdLength)]);
    let first = answered("探访.xlsx", &bytes, &refused);
    let found = parts(&first.bytes);
    let comments = text(&found, "xl/comments7.xml");
    assert!(
        comments.contains(
            "<comment ref=\"A1\" authorId=\"0\"><text><t>请按户口本</t></text></comment>"
        ),
        "{comments}"
    );
    assert!(
        comments.contains("<r><t>缺</t></r><r>")
            && comments.contains("<comment ref=\"B5\" authorId=\"1\""),
        "{comments}"
    );
    let drawn = text(&found, "xl/drawings/vmlDrawing7.vml");
    assert_eq!(drawn.matches("ObjectType=\"Note\"").count(), 3);
    assert!(drawn.contains("_x0000_s3000") && drawn.contains("_x0000_s3001"), "{drawn}");
    assert_eq!(text(&found, "xl/worksheets/sheet1.xml").matches("legacyDrawing").count(), 1);
    assert_eq!(answered("探访.xlsx", &first.bytes, &refused), first);
    let good = parts(&answered("探访.xlsx", &first.bytes, &BTreeMap::new()).bytes);
    let comments = text(&good, "xl/comments7.xml");
    assert!(comments.contains("<r><t>缺</t></r></text>") && !comments.contains("B5"), "{comments}");
}

#[test]
fn a_sheet_that_is_full_to_the_last_column_is_told_and_merged_titles_do_not_fill_it() {
    let outline =
        Outline::of("<worksheet><mergeCells><mergeCell ref=\"A1:XFD1\"/></mergeCells></worksheet>");
    let outline = outline.expect("read");
    assert_eq!(outline.free_column(9), Some(9));
    assert_eq!(outline.free_column(16_384), None);
}

#[test]
fn what_is_no_package_or_a_broken_one_is_an_error() {
    let none = Imported::default();
    let fault = answer("a.xlsx", b"PK\x03\x04", &none, Language::Chinese);
    assert!(matches!(fault, Err(AnswerError::File(_))));
    let broken = one_sheet("<worksheet><sheetData><row><c>", &[]);
    assert!(answer("a.xlsx", &broken, &none, Language::Chinese).is_err());
}
