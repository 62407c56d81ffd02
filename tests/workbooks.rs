//! Workbooks that the hub writes: files answered, and blank ones.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read, Write},
    path::{Path, PathBuf},
    process::Command,
};

use calamine::{Data, Reader, Xlsx};
use entity::Role;
use serde_json::Value;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{
    on_both,
    support::{Backend, NEIGHBOUR, STATION, TestHub, contents::resident_id},
};

fn ledgers() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/ledgers")
}

fn nuanyang(hub: &TestHub, token: &str, station: &str, command: &str) -> Command {
    let mut run = Command::new(env!("CARGO_BIN_EXE_nuanyang"));
    run.args([command, "--station", station, "--token", token, "--database", &hub.database.url]);
    run.arg("--key-file").arg(&hub.database.key_file);
    run
}

/// File without its folder, and row → verdict.
type Verdicts = BTreeMap<(String, u64), String>;

/// Imports a file or folder and has it answered into another.
fn import(hub: &TestHub, token: &str, station: &str, from: &Path, to: &Path) -> Verdicts {
    let report = tempfile::NamedTempFile::new().unwrap();
    let mut command = nuanyang(hub, token, station, "import");
    command.arg("--report").arg(report.path()).arg("--answer").arg(to).arg(from);
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 2)), "{errors}");
    let text = std::fs::read_to_string(report.path()).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let rows = rows.map(|row| {
        let (_, file) = row["file"].as_str().unwrap().rsplit_once('/').unwrap();
        let file = file.trim_end_matches(".xlsx").trim_end_matches(".csv").to_owned();
        ((file, row["row"].as_u64().unwrap()), row["verdict"].as_str().unwrap().to_owned())
    });
    rows.collect()
}

/// The workbook with each part changed as text.
fn changed(bytes: &[u8], change: impl Fn(&str, String) -> String) -> Vec<u8> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..zip.len() {
        let mut part = zip.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        out.start_file(&name, SimpleFileOptions::default()).unwrap();
        out.write_all(change(&name, text).as_bytes()).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn rows(bytes: &[u8], sheet: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let range = book.worksheet_range(sheet).unwrap();
    range.rows().map(|row| row.iter().map(Data::to_string).collect()).collect()
}

/// A blank workbook over HTTP, or the status by which it is refused.
async fn workbook(hub: &TestHub, token: &str, station: &str) -> Result<Vec<u8>, u16> {
    let url = format!("{}/workbooks/{station}.xlsx", hub.url);
    let answer = hub.http.get(url).bearer_auth(token).send().await.unwrap();
    match answer.status().as_u16() {
        200 => Ok(answer.bytes().await.unwrap().to_vec()),
        status => Err(status),
    }
}

/// What is typed under a header of a blank workbook.
fn typed(header: &str, child: bool, village: &str) -> String {
    let text = match header {
        "*姓名" if child => "测试孩子",
        "*姓名" => "测试老人",
        "*身份证号" if child => return resident_id("410802", "20160206", 7),
        "*身份证号" => return resident_id("410802", "19430717", 7),
        "村(社区)" => village,
        "*建档日期" | "*探访日期" => "2026-10-30",
        "*儿童类别" => "留守儿童",
        "*残疾类别" => "肢体残疾",
        "*残疾等级" => "2",
        "*探访方式" => "入户",
        "探访人" => "张三、李四",
        "提供服务" => "心理疏导、政策宣传",
        _ => "",
    };
    text.to_owned()
}

on_both! {
    async fn an_answered_file_imports_as_the_file_did_and_mended_is_taken_in(hub: TestHub) {
        let truth: Vec<Value> =
            serde_json::from_slice(&std::fs::read(ledgers().join("truth.json")).unwrap()).unwrap();
        let unknown = |row: &&Value| row["code"] == "VILLAGE_UNKNOWN";
        let (file, row) = truth.iter()
            .filter(|file| file["file"].as_str().unwrap().ends_with(".xlsx"))
            .find_map(|file| Some((file, file["rows"].as_array().unwrap().iter().find(unknown)?)))
            .unwrap();
        let station = file["station"].as_str().unwrap();
        let worker = hub.worker(station).await;
        let folder = tempfile::tempdir().unwrap();
        let [once, twice, mended, thrice] =
            ["once", "twice", "mended", "thrice"].map(|name| folder.path().join(name));
        let first = import(&hub, &worker.token, station, &ledgers().join(station), &once);
        let second = import(&hub, &worker.token, station, &once, &twice);
        assert_eq!(first.len(), second.len());
        for (place, verdict) in &first {
            let verdict = if verdict == "new" { "unchanged" } else { verdict };
            assert_eq!(second[place], verdict, "{place:?}");
        }
        // What is answered again is the same but for what is new no longer.
        let name = file["file"].as_str().unwrap().rsplit_once('/').unwrap().1;
        let answer = std::fs::read(twice.join(name)).unwrap();
        let sheet = rows(&answer, Xlsx::new(Cursor::new(&answer)).unwrap().sheet_names()[0].as_str());
        let remarks: Vec<&String> = sheet.iter().map(|row| row.last().unwrap()).collect();
        assert_eq!(remarks.iter().filter(|remark| **remark == "导入结果").count(), 1);
        let remark = remarks.iter().find(|remark| remark.starts_with("未登记"));
        assert!(remark.is_some(), "{remarks:?}");
        let code = row["village"].as_str().unwrap();
        let bytes = changed(&answer, |name, text| match name.starts_with("xl/worksheets/") {
            true => text.replace("<t>幸福里新村东区</t>", &format!("<t>{code}</t>")),
            false => text,
        });
        std::fs::create_dir(&mended).unwrap();
        std::fs::write(mended.join(name), bytes).unwrap();
        let third = import(&hub, &worker.token, station, &mended, &thrice);
        let rows = file["rows"].as_array().unwrap().iter();
        let good: Vec<u64> = rows.filter(unknown).map(|row| row["row"].as_u64().unwrap()).collect();
        for (place, verdict) in &third {
            let expected = if good.contains(&place.1) { "new" } else { &second[place] };
            assert_eq!(verdict, expected, "{place:?}");
        }
        let last = std::fs::read(thrice.join(name)).unwrap();
        changed(&last, |name, text| {
            if name.starts_with("xl/comments") {
                assert!(!text.contains("本乡镇"), "its comment is gone: {text}");
            }
            text
        });
    }

    async fn an_answer_never_takes_the_place_of_a_file_that_is_imported(hub: TestHub) {
        let station = "S410802004";
        let worker = hub.worker(station).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("儿童台账.xlsx");
        std::fs::copy(ledgers().join(station).join("儿童台账.xlsx"), &file).unwrap();
        let before = std::fs::read(&file).unwrap();
        let mut command = nuanyang(&hub, &worker.token, station, "import");
        let output = command.arg("--answer").arg(folder.path()).arg(&file).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("name another folder"));
        assert_eq!(std::fs::read(&file).unwrap(), before);
        assert_eq!(worker.ask("{ submissions { totalCount } }").await["submissions"]["totalCount"], 0);
    }

    async fn a_blank_workbook_filled_in_by_its_own_words_is_all_new(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let blank = workbook(&hub, &worker.token, STATION).await.unwrap();
        let village = rows(&blank, "选项").iter().find_map(|row| {
            row.iter().find(|word| word.ends_with("委员会") || word.ends_with("居委会")).cloned()
        }).unwrap();
        let sheets = ["儿童台账", "老年人台账", "残疾人台账", "入户探访记录"];
        let filled = changed(&blank, |name, text| {
            let sheet = (1..).zip(sheets).find(|(number, _)| name.ends_with(&format!("/sheet{number}.xml")));
            let Some((_, sheet)) = sheet else { return text };
            let headers = rows(&blank, sheet).remove(0);
            let cells = headers.iter().map(|header| {
                format!("<c t=\"inlineStr\"><is><t>{}</t></is></c>", typed(header, sheet == "儿童台账", &village))
            });
            let row = format!("<row r=\"2\">{}</row></sheetData>", cells.collect::<String>());
            text.replace("</sheetData>", &row)
        });
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("新站.xlsx");
        std::fs::write(&file, filled).unwrap();
        let report = folder.path().join("report");
        let mut command = nuanyang(&hub, &worker.token, STATION, "import");
        let output = command.arg("--report").arg(&report).arg(&file).output().unwrap();
        let text = std::fs::read_to_string(&report).unwrap();
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert_eq!(text.matches("\"verdict\":\"new\"").count(), 4, "{text}");
        assert_eq!(text.matches("\"repairs\":[]").count(), 4, "{text}");
        let made = folder.path().join("made.xlsx");
        let mut command = nuanyang(&hub, &worker.token, STATION, "workbook");
        assert!(command.arg(&made).output().unwrap().status.success());
        assert_eq!(std::fs::read(&made).unwrap(), blank, "the command makes the same");
        let mut command = nuanyang(&hub, &worker.token, STATION, "workbook");
        assert!(!command.arg(&made).output().unwrap().status.success(), "it is left alone");
    }

    async fn only_who_may_hand_in_for_a_station_gets_its_workbook(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        assert!(workbook(&hub, &worker.token, STATION).await.is_ok());
        assert_eq!(workbook(&hub, &worker.token, NEIGHBOUR).await, Err(404));
        assert_eq!(workbook(&hub, &worker.token, "S000000000").await, Err(404));
        let analyst = hub.viewer(Role::Analyst, None).await;
        assert_eq!(workbook(&hub, &analyst.token, STATION).await, Err(404));
        let url = format!("{}/workbooks/{STATION}.xlsx", hub.url);
        assert_eq!(hub.http.get(url).send().await.unwrap().status(), 401);
        let url = format!("{}/workbooks/{STATION}", hub.url);
        let answer = hub.http.get(url).bearer_auth(&worker.token).send().await.unwrap();
        assert_eq!(answer.status(), 404);
    }
}
