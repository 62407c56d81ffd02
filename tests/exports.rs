//! Exports: answers taken home as files, each opened again.

use std::{collections::HashSet, io::Cursor};

use calamine::{Data, DataType, Reader, Xlsx};
use entity::Role;
use hub::import::{
    act::{TakeKnown, Upload},
    report::Verdict,
};
use nuanyang::{bounds::Bounds, settings::Settings};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    jobs::{
        all_of, count, ended, known, one_by_one, sql_id, until, until_done, until_still, visits,
    },
    on_both,
    policy::{Types, Walker, roles, seed, systems},
    support::{Backend, NEIGHBOUR, STATION, TestHub, TestViewer, contents::*, slow},
};

pub const EXPORT: &str = "mutation ($operation: String!, $variables: JSON, $format: ExportFormat!) {
    export(operation: $operation, variables: $variables, format: $format) { id state format answer } }";
const MADE: &str = "query ($id: UUID!) { job(id: $id) {
    state done bytes digest answer format sight problem message } }";
const ROWS: &str = "{ visits { nodes { id visitedOn mode person { name residentId birthDate } station { code } \
                    minutes services recordedAt } } }";

type Sheet = Vec<Vec<Data>>;

pub async fn begin(viewer: &TestViewer<'_>, operation: &str, format: &str) -> String {
    let asked = json!({ "operation": operation, "format": format });
    let data = viewer.ask_with(EXPORT, asked).await;
    data["export"]["id"].as_str().unwrap().to_owned()
}

pub async fn job(viewer: &TestViewer<'_>, id: &str) -> Value {
    ended(viewer, id).await;
    viewer.ask_with(MADE, json!({ "id": id })).await["job"].take()
}

/// An export that has to come to its end.
pub async fn made(viewer: &TestViewer<'_>, operation: &str, format: &str) -> String {
    let id = begin(viewer, operation, format).await;
    let job = job(viewer, &id).await;
    assert_eq!(job["state"], "DONE", "{job:#}");
    assert_eq!(
        (&job["answer"], &job["format"]),
        (&json!(format!("/exports/{id}")), &json!(format))
    );
    id
}

pub async fn get(
    viewer: &TestViewer<'_>,
    path: &str,
    headers: &[(&str, &str)],
) -> reqwest::Response {
    let url = format!("{}/exports/{path}", viewer.hub.url);
    let mut request = viewer.hub.http.get(url).bearer_auth(&viewer.token);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

pub async fn cover(viewer: &TestViewer<'_>, id: &str) -> Value {
    get(viewer, &format!("{id}/cover"), &[]).await.json().await.unwrap()
}

pub fn sha256(bytes: &[u8]) -> String {
    hub::hex(&Sha256::digest(bytes))
}

/// The file of an export, whose digest and length have to be those that are told.
pub async fn bytes_of(viewer: &TestViewer<'_>, id: &str) -> Vec<u8> {
    let job = job(viewer, id).await;
    let answer = get(viewer, id, &[("accept-encoding", "gzip, br, zstd")]).await;
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("nuanyang-rows"), job["done"].to_string());
    assert!(answer.headers().get("content-encoding").is_none());
    let (tag, length) = (header("etag"), header("content-length"));
    let bytes = answer.bytes().await.unwrap().to_vec();
    assert_eq!((tag, length), (format!("\"{}\"", sha256(&bytes)), bytes.len().to_string()));
    assert_eq!((&job["digest"], &job["bytes"]), (&json!(sha256(&bytes)), &json!(bytes.len())));
    bytes
}

pub async fn file(viewer: &TestViewer<'_>, operation: &str, format: &str) -> Vec<u8> {
    let id = made(viewer, operation, format).await;
    bytes_of(viewer, &id).await
}

/// The sheets of a workbook but its cover: name → rows, the header first.
pub fn sheets(bytes: Vec<u8>) -> Vec<(String, Sheet)> {
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    let names = book.sheet_names();
    assert_eq!(names[0], "导出说明");
    for name in &names {
        let formulas = book.worksheet_formula(name).unwrap();
        assert!(formulas.cells().all(|(_, _, formula)| formula.is_empty()), "{name}");
    }
    let sheets = names[1..].iter().map(|name| {
        let range = book.worksheet_range(name).unwrap();
        (name.clone(), range.rows().map(<[Data]>::to_vec).collect())
    });
    sheets.collect()
}

fn texts(row: &[Data]) -> Vec<String> {
    row.iter().map(ToString::to_string).collect()
}

pub fn records(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

pub fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = str::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

on_both! {
    async fn each_format_holds_every_row_and_each_value_as_what_it_is(hub: TestHub) {
        visits(&hub, 45).await;
        let bounds = Bounds { question: Some(200), ..Bounds::default() };
        let hub = hub.again(Settings { bounds, ..Settings::default() }).await;
        let officer = hub.officer().await;
        let rows = lines(&file(&officer, ROWS, "NDJSON").await);
        assert_eq!(rows.len() as i64, count(&hub, "visits").await);
        assert_eq!(rows[0].as_object().unwrap().len(), 8, "what was asked for and no more: {}", rows[0]);
        let book = sheets(file(&officer, ROWS, "XLSX").await);
        let [(name, sheet)] = &book[..] else { panic!("{book:?}") };
        assert_eq!(name, "探访");
        let header = ["全局 id", "探访日期", "方式", "被探访人·姓名", "被探访人·身份证号", "被探访人·出生日期",
            "社工站·代码", "时长", "服务内容", "入库时间"];
        assert_eq!(texts(&sheet[0]), header);
        assert_eq!(sheet.len(), 46);
        for (row, told) in sheet[1..].iter().zip(&rows) {
            let text = |at: usize| row[at].to_string();
            assert_eq!(row[0], Data::String(told["id"].as_str().unwrap().to_owned()));
            assert!(matches!(row[1], Data::DateTime(_)), "{:?}", row[1]);
            assert_eq!(row[1].as_date().unwrap().to_string(), told["visitedOn"]);
            assert_eq!((text(2), text(8)), ("入户".to_owned(), "帮扶照护".to_owned()));
            assert_eq!(row[4], Data::String(told["person"]["residentId"].as_str().unwrap().to_owned()));
            assert_eq!(row[7], Data::Empty);
            assert!(matches!(row[9], Data::DateTime(_)));
        }
        let csv = records(&file(&officer, ROWS, "CSV").await);
        assert_eq!(csv[0], header);
        assert_eq!(csv.len(), 46);
        for (row, told) in csv[1..].iter().zip(&rows) {
            assert_eq!(row[0], told["id"]);
            assert_eq!(row[1], told["visitedOn"]);
            assert_eq!((row[3].as_str(), row[4].as_str()), (told["person"]["name"].as_str().unwrap(), told["person"]["residentId"].as_str().unwrap()));
        }
        assert!(count(&hub, "jobs WHERE pages >= 2").await >= 3, "the pages were small");
        // Nothing is left of the lines that the files were made of, beside NDJSON's own file.
        until(async || (count(&hub, "job_parts").await == 0).then_some(())).await;
        assert_eq!(count(&hub, "jobs WHERE state = 'DONE'").await, 3);
    }

    async fn lists_within_rows_are_sheets_joined_by_id(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for number in 1..=3 {
            for day in 1..=number {
                let needs = json!({ "needs": [{ "domain": "CARE", "urgency": "SOON" }, { "domain": "OTHER", "urgency": "NORMAL" }] });
                worker.store(visit(STATION, elder(number), &format!("2026-10-0{day}"), needs)).await;
            }
        }
        let officer = hub.officer().await;
        let query = "{ persons { nodes { ...P } } }
            fragment P on Person { name visits { totalCount nodes { visitedOn needs(first: 1) { nodes { domain } } } } }";
        let book = sheets(file(&officer, query, "XLSX").await);
        let names: Vec<_> = book.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.len(), 3, "{names:?}");
        let [people, visits, needs] = [0, 1, 2].map(|at| &book[at].1);
        assert_eq!((people.len(), visits.len(), needs.len()), (1 + 3, 1 + 6, 1 + 3));
        let keys: HashSet<_> = people[1..].iter().map(|row| row[0].to_string()).collect();
        assert_eq!(keys.len(), 3);
        for person in &people[1..] {
            let own = visits[1..].iter().filter(|row| row[0] == person[0]).count();
            assert_eq!(Some(own as f64), person[2].as_f64(), "{person:?}");
        }
        let keys: HashSet<_> = visits[1..].iter().map(|row| row[1].to_string()).collect();
        assert!(keys.len() == 6 && needs[1..].iter().all(|row| keys.contains(&row[0].to_string())));
        // The question said how many of the needs it wants, so the rest is told of.
        let id = made(&officer, query, "CSV").await;
        let cover = cover(&officer, &id).await;
        let more: Vec<_> = cover["tables"].as_array().unwrap().iter().map(|table| table["more"].clone()).collect();
        assert_eq!(more, [json!(0), json!(0), json!(3)], "{cover:#}");
        // As separated values, they are files of a package.
        let bytes = bytes_of(&officer, &id).await;
        assert!(bytes.starts_with(b"PK"));
        let answer = get(&officer, &id, &[]).await;
        assert!(answer.headers()["content-disposition"].to_str().unwrap().ends_with(".zip\""));
        let ndjson = lines(&file(&officer, query, "NDJSON").await);
        assert!(!json!(ndjson).to_string().contains("export"), "{ndjson:?}");
    }

    async fn a_list_that_would_be_cut_fails_and_says_so(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for day in 1..=25 {
            worker.store(visit(STATION, elder(1), &format!("2026-10-{day:02}"), json!({}))).await;
        }
        let officer = hub.officer().await;
        for format in ["XLSX", "NDJSON"] {
            let query = "{ persons { nodes { name seen: visits { nodes { visitedOn } } } } }";
            let id = begin(&officer, query, format).await;
            let told = job(&officer, &id).await;
            assert_eq!(told["state"], "FAILED", "{told:#}");
            assert!(told["message"].as_str().unwrap().contains("seen 的条数多于一页"), "{told:#}");
            assert_eq!(get(&officer, &id, &[]).await.status(), 404);
        }
        let query = "{ persons { nodes { name seen: visits(first: 200) { nodes { visitedOn } } } } }";
        let book = sheets(file(&officer, query, "XLSX").await);
        assert_eq!(book[1].1.len(), 26);
        assert_eq!(count(&hub, "export_parts").await, 1);
    }

    async fn what_is_masked_stays_masked_and_the_cover_says_so(hub: TestHub) {
        visits(&hub, 6).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let id = made(&analyst, ROWS, "XLSX").await;
        let bytes = bytes_of(&analyst, &id).await;
        let mut book = Xlsx::new(Cursor::new(bytes.clone())).unwrap();
        let about: Vec<_> = book.worksheet_range("导出说明").unwrap().rows().map(texts).collect();
        let said = |label: &str| about.iter().find(|row| row[0] == label).unwrap()[1].clone();
        assert_eq!(said("条数"), "6");
        assert!(said("查询").contains("visits") && said("导出人").contains("ANALYST"));
        assert!(said("Person.name").contains("遮盖"));
        let sheet = &sheets(bytes)[0].1;
        for row in &sheet[1..] {
            assert_eq!(row[3].to_string().chars().nth(1), Some('*'), "{row:?}");
            assert!(row[4].to_string().contains('*') && row[5] == Data::Empty, "{row:?}");
        }
        let told = cover(&analyst, &id).await;
        let columns = told["tables"][0]["columns"].as_array().unwrap();
        let sight = |path: &str| columns.iter().find(|column| column["path"] == path).unwrap()["sight"].clone();
        assert_eq!((sight("person.name"), sight("visitedOn")), (json!("MASKED"), json!("PLAIN")));
        // The trail has the file: how many rows, and which.
        let auditor = hub.viewer(Role::Auditor, None).await;
        hub.server.hub().flush_trail().await.unwrap();
        let data = auditor.ask("{ accesses(first: 200) { nodes { operation requestId fields } } }").await;
        let noted = data["accesses"]["nodes"].as_array().unwrap();
        let digest = job(&analyst, &id).await["digest"].as_str().unwrap().to_owned();
        let rows = told["rowsDigest"].as_str().unwrap();
        for (word, more, request) in [("EXPORT", format!(" cells:{}", &rows[..32]), true), ("TAKE", String::new(), false)] {
            let operation = format!("{word} {id} XLSX 6 rows sha256:{digest}{more}");
            let found = noted.iter().find(|access| access["operation"] == operation).unwrap();
            assert_eq!(found["requestId"] == format!("job-{id}"), request);
        }
    }

    async fn the_digest_on_the_cover_is_that_of_the_cells(hub: TestHub) {
        visits(&hub, 6).await;
        let officer = hub.officer().await;
        let id = made(&officer, "{ visits { nodes { visitedOn person { name phone } } } }", "XLSX").await;
        let text = |cell: &Data| match cell {
            Data::DateTime(day) => day.as_datetime().unwrap().date().to_string(),
            cell => cell.to_string(),
        };
        let sheet = &sheets(bytes_of(&officer, &id).await)[0].1;
        assert_eq!(sheet.len(), 7);
        // A tab after each cell, a line feed after each row.
        let row = |row: &Vec<Data>| row.iter().map(|cell| text(cell) + "\t").collect::<String>() + "\n";
        let rows: String = sheet[1..].iter().map(row).collect();
        assert_eq!(cover(&officer, &id).await["rowsDigest"], sha256(rows.as_bytes()).as_str());
    }

    async fn suppressed_figures_are_said_to_be(hub: TestHub) {
        let (worker, neighbour) = (hub.worker(STATION).await, hub.worker(NEIGHBOUR).await);
        for number in 1..=8 {
            worker.store(visit(STATION, elder(number), "2026-10-02", json!({}))).await;
        }
        neighbour.store(visit(NEIGHBOUR, elder(9), "2026-10-02", json!({}))).await;
        let query = format!(
            "{{ stations(filter: {{ codes: [\"{STATION}\", \"{NEIGHBOUR}\"] }}) {{ nodes {{ code visits(first: 1) {{ totalCount }} }} }} }}"
        );
        let query = match hub.officer().await.answer(&query, json!({})).await["errors"].is_null() {
            true => query,
            false => "{ stations { nodes { code visits(first: 1) { totalCount } } } }".to_owned(),
        };
        let analyst = hub.viewer(Role::Analyst, None).await;
        let own = |rows: &[Vec<String>], code: &str| rows.iter().find(|row| row[0] == code).unwrap()[1].clone();
        let rows = records(&file(&analyst, &query, "CSV").await);
        assert_eq!(own(&rows, NEIGHBOUR), "已隐去");
        let rows = records(&file(&hub.officer().await, &query, "CSV").await);
        assert_eq!((own(&rows, NEIGHBOUR), own(&rows, STATION)), ("1".to_owned(), "8".to_owned()));
        let bulletin = "{ bulletin(from: \"2026-10-01\", to: \"2026-10-31\", division: \"410811\") { from peopleServed { count } } }";
        worker.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        let rows = records(&file(&hub.officer().await, bulletin, "CSV").await);
        assert_eq!(rows, [["起始日", "服务人数·数目"], ["2026-10-01", "0"]]);
    }

    async fn a_table_of_statistics_is_one_with_a_column_for_each_figure(hub: TestHub) {
        visits(&hub, 18).await;
        let officer = hub.officer().await;
        let query = "query ($of: [StatisticsMeasure!]!) { statistics(of: VISITS, by: [STATION, DAY], measures: $of) {
            found rows { station { code } day figures { count } } } }";
        let asked = json!({ "operation": query, "format": "XLSX", "variables": { "of": [{ "measure": "COUNT" }, { "measure": "PEOPLE" }] } });
        let id = officer.ask_with(EXPORT, asked).await["export"]["id"].as_str().unwrap().to_owned();
        assert_eq!(job(&officer, &id).await["state"], "DONE");
        let book = sheets(bytes_of(&officer, &id).await);
        let (_, rows) = &book[1];
        assert_eq!(texts(&rows[0]), ["社工站·代码", "日", "条数", "不同的人数"]);
        assert_eq!(rows.len(), 1 + 9);
        assert!(rows[1..].iter().all(|row| row[2] == Data::Float(2.0) && row[3] == Data::Float(2.0)));
        // Another day has columns of its own, which say so.
        let compared = "{ statistics(of: VISITS, by: [DAY], measures: [{ measure: COUNT }], compare: \"2026-01-01\") {
            rows { day figures { count } compared { figures { count } differences { count } } } } }";
        let rows = records(&file(&officer, compared, "CSV").await);
        assert_eq!(rows[0], ["日", "条数", "与较早之日相比·当日·条数", "与较早之日相比·相差·条数"]);
        assert_eq!(rows[1][1..], ["2", "0", "2"]);
        // Without a first, none of its rows is left out.
        let asked = |first: &str| format!(
            "{{ statistics(of: VISITS, by: [DAY], measures: [{{ measure: COUNT }}]{first}) {{ rows {{ day figures {{ count }} }} }} }}"
        );
        let rows = records(&file(&officer, &asked(", first: 4"), "CSV").await);
        assert_eq!(rows.len(), 5);
        let id = made(&officer, &asked(", first: 4"), "CSV").await;
        assert_eq!(cover(&officer, &id).await["found"], 9);
        let id = made(&officer, &asked(""), "CSV").await;
        assert_eq!(cover(&officer, &id).await["found"], Value::Null);
        let analyst = hub.viewer(Role::Analyst, None).await;
        let id = made(&analyst, &asked(""), "CSV").await;
        assert_eq!(cover(&analyst, &id).await["sight"]["Statistics.rows"], "SUPPRESSED");
    }

    async fn no_text_begins_a_formula(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let texts_in = ["=cmd|'/c calc'!A0", "+1", "-1", "@SUM(1)", "'=2", "平常"];
        for (number, text) in (1..).zip(texts_in) {
            worker.store(visit(STATION, elder(number), "2026-10-02", json!({ "living": text }))).await;
        }
        let officer = hub.officer().await;
        let query = "{ visits { nodes { living } } }";
        let mut found: Vec<_> = sheets(file(&officer, query, "XLSX").await)[0].1[1..].iter().map(|row| row[0].to_string()).collect();
        let mut expected: Vec<_> = texts_in.iter().map(|text| (*text).to_owned()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
        for row in &records(&file(&officer, query, "CSV").await)[1..] {
            let plain = row[0].strip_prefix('\'').unwrap_or(&row[0]);
            assert!(!row[0].starts_with(['=', '+', '-', '@']) && texts_in.contains(&plain), "{row:?}");
        }
    }

    async fn a_broken_download_goes_on_where_it_broke(hub: TestHub) {
        visits(&hub, 400).await;
        let officer = hub.officer().await;
        let id = made(&officer, ROWS, "NDJSON").await;
        let bytes = bytes_of(&officer, &id).await;
        assert!(count(&hub, "export_parts").await >= 3, "the file has several parts: {}", bytes.len());
        let tag = format!("\"{}\"", sha256(&bytes));
        for cut in [0, 1, 32 << 10, (32 << 10) + 1, bytes.len() - 1] {
            let range = format!("bytes={cut}-");
            let rest = get(&officer, &id, &[("range", &range), ("if-range", &tag), ("accept-encoding", "gzip")]).await;
            assert_eq!(rest.status(), 206);
            let place = format!("bytes {cut}-{}/{}", bytes.len() - 1, bytes.len());
            assert_eq!(rest.headers()["content-range"], place.as_str());
            assert_eq!(rest.bytes().await.unwrap(), &bytes[cut..]);
        }
        let some = get(&officer, &id, &[("range", "bytes=40000-70000")]).await;
        assert_eq!(some.bytes().await.unwrap(), &bytes[40_000..=70_000]);
        let other = get(&officer, &id, &[("range", "bytes=5-"), ("if-range", "\"0\"")]).await;
        assert_eq!((other.status().as_u16(), other.bytes().await.unwrap().len()), (200, bytes.len()));
        let range = format!("bytes={}-", bytes.len());
        let beyond = get(&officer, &id, &[("range", &range)]).await;
        assert_eq!(beyond.status(), 416);
        assert_eq!(beyond.headers()["content-range"], format!("bytes */{}", bytes.len()).as_str());
    }

    async fn who_sees_less_than_when_it_was_made_is_not_given_it(hub: TestHub) {
        visits(&hub, 5).await;
        let (analyst, other) = (hub.viewer(Role::Analyst, None).await, hub.viewer(Role::Analyst, None).await);
        let id = made(&analyst, ROWS, "XLSX").await;
        let none = Uuid::now_v7().to_string();
        for path in [id.clone(), format!("{id}/cover"), none, "x".to_owned()] {
            assert_eq!(get(&other, &path, &[]).await.status(), 404, "{path}");
        }
        let url = format!("{}/exports/{id}", hub.url);
        assert_eq!(hub.http.get(&url).send().await.unwrap().status(), 401);
        let with_cookie = hub.http.get(&url).header("cookie", format!("nuanyang={}", analyst.token));
        assert_eq!(with_cookie.send().await.unwrap().status(), 401);
        assert_eq!(get(&analyst, &id, &[]).await.status(), 200);
        // The lines it was made of are nobody's to take.
        let lines = hub.http.get(format!("{}/jobs/{id}/answer", hub.url)).bearer_auth(&analyst.token);
        assert_eq!(lines.send().await.unwrap().status(), 404);
        let account = sql_id(&hub, known(&analyst).await.account_id);
        hub.sql(&format!("UPDATE accounts SET role = 'COUNTY_OFFICER', division_code = '410802' WHERE id = {account}")).await;
        assert_eq!(get(&analyst, &id, &[]).await.status(), 404);
        assert_eq!(get(&analyst, &format!("{id}/cover"), &[]).await.status(), 404);
        hub.sql(&format!("UPDATE accounts SET role = 'ANALYST', division_code = NULL WHERE id = {account}")).await;
        assert_eq!(get(&analyst, &id, &[]).await.status(), 200);
        analyst.ask(&format!("mutation {{ stopJob(id: \"{id}\") {{ state }} }}")).await;
        assert_eq!(get(&analyst, &id, &[]).await.status(), 404);
        until(async || (count(&hub, "export_parts").await == 0).then_some(())).await;
    }

    async fn an_export_that_was_broken_off_is_whole_in_the_end(hub: TestHub) {
        visits(&hub, 60).await;
        let bounds = Bounds { question: Some(60), ..Bounds::default() };
        let settings = || Settings { bounds, ..Settings::default() };
        let hub = one_by_one(hub).await.again(settings()).await;
        let officer = hub.officer().await;
        let token = officer.token.clone();
        let id = begin(&officer, ROWS, "CSV").await;
        let viewer = known(&officer).await;
        until_done(hub.server.hub(), &viewer, id.parse().unwrap(), 5).await;
        let hub = hub.again(settings()).await;
        // What a maker that was killed left behind is made anew.
        let part = match hub.server.hub().db.backend() {
            sea_orm::DbBackend::Sqlite => "X'00'",
            _ => "'\\x00'::bytea",
        };
        let ids = (sql_id(&hub, Uuid::now_v7()), sql_id(&hub, id.parse().unwrap()));
        let running = count(&hub, "jobs WHERE state <> 'DONE'").await;
        if running == 1 {
            hub.sql(&format!("INSERT INTO export_parts (id, job_id, number, bytes) VALUES ({}, {}, 0, {part})", ids.0, ids.1)).await;
        }
        let officer = hub.bearing(token);
        let rows = records(&bytes_of(&officer, &id).await);
        assert_eq!(rows.len() as i64 - 1, count(&hub, "visits").await);
        let ids: HashSet<_> = rows[1..].iter().map(|row| &row[0]).collect();
        assert_eq!(ids.len(), 60);
    }

    async fn what_cannot_be_a_file_is_refused_with_a_sentence(hub: TestHub) {
        visits(&hub, 3).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        for (operation, says) in [
            ("{ visits { nodes { id } } persons { nodes { id } } }", "only field"),
            ("mutation { submit(items: []) { receipts { digest } } }", "no mutation"),
            ("{ visits { edges { node { id } } } }", "nodes"),
            ("{ visits(last: 5) { nodes { id } } }", "first"),
            ("{ visits { nodes { nope } } }", "nope"),
            ("{ visits { nodes { ...F } } } fragment F on Visit { person { ...G } } fragment G on Person { visits { nodes { ...F } } }", ""),
            ("{ visits { nodes { ...F } } }", "F"),
            ("{ visits", ""),
        ] {
            let answer = analyst.answer(EXPORT, json!({ "operation": operation, "format": "XLSX" })).await;
            let error = &answer["errors"][0];
            assert!(["INVALID_INPUT", "TOO_COSTLY"].contains(&error["extensions"]["code"].as_str().unwrap()), "{operation}: {answer}");
            assert!(error["message"].as_str().unwrap().contains(says), "{operation}: {answer}");
        }
        let asked = json!({ "operation": ROWS, "format": "XLSX" });
        let answer = hub.worker(STATION).await.answer(EXPORT, asked).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
        assert_eq!(count(&hub, "jobs").await, 0);
        // An empty list is a table without rows.
        let rows = records(&file(&analyst, "{ needs { nodes { domain } } }", "CSV").await);
        assert_eq!(rows.len(), 1);
    }

    async fn no_file_shows_what_the_policy_does_not_grant(hub: TestHub) {
        let secrets = seed(&hub).await;
        let types = Types::of(&hub.officer().await).await;
        let bounds = Bounds { question: Some(u64::MAX), ..Bounds::default() };
        let hub = hub.again(Settings { bounds, ..Settings::default() }).await;
        let walkers: Vec<Walker<'_>> = roles(&hub).await.into_iter().chain(systems(&hub).await).collect();
        let mut walked = 0;
        for walker in &walkers {
            let asked = json!({ "operation": ROWS, "format": "XLSX" });
            let answer = walker.viewer.answer(EXPORT, asked).await;
            if answer["errors"][0]["extensions"]["code"] == "FORBIDDEN" {
                continue;
            }
            walked += 1;
            for (list, kind) in [("persons", "Person"), ("visits", "Visit")] {
                let query = format!("{{ {list} {{ nodes {{ {} }} }} }}", all_of(&types, kind));
                let book = sheets(file(&walker.viewer, &query, "XLSX").await);
                let shown = format!("{book:?}");
                for secret in secrets.iter().filter(|secret| shown.contains(&secret.text)) {
                    assert!(walker.is_shown(secret), "{} sees {}", walker.name(), secret.text);
                }
            }
        }
        assert!(walked >= 9, "{walked}");
    }

    async fn files_are_sealed_and_opened_by_renewed_keys(hub: TestHub) {
        visits(&hub, 5).await;
        let officer = hub.officer().await;
        let id = made(&officer, ROWS, "XLSX").await;
        let bytes = bytes_of(&officer, &id).await;
        assert_eq!(count(&hub, "export_parts WHERE length(bytes) > 50").await, 1);
        let begins = match hub.server.hub().db.backend() {
            sea_orm::DbBackend::Sqlite => "hex(bytes) LIKE '0100000001%'",
            _ => "encode(bytes, 'hex') LIKE '0100000001%'",
        };
        assert_eq!(count(&hub, &format!("export_parts WHERE {begins}")).await, 1);
        hub.server.hub().rotate_keys(None).await.unwrap();
        assert_eq!(count(&hub, &format!("export_parts WHERE {begins}")).await, 0);
        assert_eq!(bytes_of(&officer, &id).await, bytes);
    }
}

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % count
    }

    fn one_of<'a>(&mut self, values: &[&'a str]) -> &'a str {
        values[self.below(values.len())]
    }

    /// A value or none.
    fn perhaps(&mut self, values: &[&str]) -> Value {
        let value = self.one_of(values);
        if self.below(3) == 0 { Value::Null } else { json!(value) }
    }
}

/// A random entry of a kind of ledger, with values that spreadsheets are prone to spoil.
fn any_entry(dice: &mut Dice, kind: &str, number: u32, villages: &[String]) -> Value {
    const PHONES: [&str; 3] = ["13800000000", "0391-2345678", "18605258795"];
    const NAMES: [&str; 3] = ["王建国", "阿依古丽·买买提", "John Smith"];
    let birth = if kind == "child" { "20160206" } else { "19430717" };
    let id = resident_id("410802", birth, number);
    let village = villages[dice.below(villages.len())].as_str();
    let mut person = json!({
        "name": format!("{}{number}", dice.one_of(&["测试", "欧阳", "李"])),
        "village": dice.perhaps(&[village]), "phone": dice.perhaps(&PHONES),
        "address": dice.perhaps(&["=1+1", "和平路1号，2单元", "'三号院", "－5栋", "\"东\"院"]),
        "incomeClass": dice.perhaps(&["MINIMUM_LIVING", "LOW_INCOME_MARGIN", "NONE"]),
    });
    let has_id = dice.below(4) > 0;
    if has_id {
        person["residentId"] = json!(id);
    } else {
        person["noIdReason"] = json!(dice.one_of(&["LOST", "UNREGISTERED", "OTHER"]));
        person["village"] = json!(village);
        person["sex"] = dice.perhaps(&["MALE", "FEMALE"]);
        person["birthDate"] = json!(format!("{}-{}-{}", &birth[..4], &birth[4..6], &birth[6..]));
    }
    let detail = match kind {
        "child" => json!({
            "kind": dice.one_of(&["LEFT_BEHIND", "IN_DIFFICULTY", "ORPHAN", "DE_FACTO_UNATTENDED"]),
            "school": dice.perhaps(&["中心小学", "@第二小学"]), "grade": dice.perhaps(&["三年级", "5"]),
            "guardian": dice.perhaps(&NAMES), "guardianRelation": dice.perhaps(&["祖孙", "母子"]),
            "guardianPhone": dice.perhaps(&PHONES), "father": dice.perhaps(&NAMES), "mother": dice.perhaps(&NAMES),
        }),
        "elderly" => json!({
            "livingArrangement": dice.perhaps(&["ALONE", "EMPTY_NEST", "INSTITUTION", "OTHER"]),
            "abilityLevel": dice.perhaps(&["INTACT", "MODERATE", "COMPLETE"]),
            "illnesses": dice.perhaps(&["高血压、糖尿病", "+高血压", "-", "无"]),
            "contact": dice.perhaps(&NAMES), "contactPhone": dice.perhaps(&PHONES),
        }),
        _ => {
            let grade = dice.below(4) + 1;
            let certificate = format!("{id}4{grade}");
            json!({
                "category": "PHYSICAL", "grade": grade,
                "certificateNo": if has_id { dice.perhaps(&[&certificate]) } else { Value::Null },
                "carer": dice.perhaps(&NAMES), "carerPhone": dice.perhaps(&PHONES),
                "subsidies": (&["LIVING", "NURSING"])[..dice.below(3)],
            })
        }
    };
    let need = json!({ "domain": "CARE", "urgency": "URGENT" });
    let needs = vec![need; dice.below(2)];
    let day = format!("2026-0{}-1{}", 1 + dice.below(9), dice.below(9));
    item(
        STATION,
        json!({ "ledgerEntry": {
        "person": person, "openedOn": day, "risk": dice.perhaps(&["HIGH", "MEDIUM", "LOW"]),
        "remark": dice.perhaps(&["=HYPERLINK(1)", "+86", "'", "''=1", "第一行\n第二行", "0012", "2026-01-02", "无"]),
        "detail": { kind: detail },
        "needs": needs,
    } }),
    )
}

/// All that is on record but when and how often it was written.
async fn record(viewer: &TestViewer<'_>) -> Vec<Value> {
    const ENTRIES: &str = "{ ledgerEntries(first: 200) { nodes { __typename id openedOn closedOn risk incomeClass
        remark divisionCode needs { nodes { domain urgency raisedOn } } person { id name residentId noIdReason sex
        birthDate divisionCode address phone incomeClass version }
        ... on ChildEntry { childKind school year: grade guardian guardianRelation guardianPhone father mother }
        ... on ElderlyEntry { livingArrangement abilityLevel illnesses contact contactPhone }
        ... on DisabledEntry { certificateNo category grade carer carerPhone subsidies } } } }";
    let data = viewer.ask(ENTRIES).await;
    let mut rows = data["ledgerEntries"]["nodes"].as_array().unwrap().clone();
    rows.sort_by_key(|row| row["id"].to_string());
    rows
}

/// What the record says, whoever gave its ids; without needs, which the workbook leaves out.
async fn said(viewer: &TestViewer<'_>) -> Vec<String> {
    let without_ids = |mut row: Value| {
        for field in ["id", "needs"] {
            row[field].take();
        }
        for field in ["id", "version"] {
            row["person"][field].take();
        }
        row.to_string()
    };
    let mut said: Vec<String> = record(viewer).await.into_iter().map(without_ids).collect();
    said.sort_unstable();
    said
}

on_both! {
    async fn an_exported_ledger_imports_back_unchanged(hub: TestHub) {
        let inner = hub.server.hub();
        let places = inner.places().await.unwrap();
        let township = &places.station(STATION).unwrap().township;
        let villages: Vec<_> = places.villages(township).iter().map(|village| village.code.clone()).collect();
        let worker = hub.worker(STATION).await;
        let mut dice = Dice(5);
        let mut number = 0;
        for kind in ["child", "elderly", "disabled"] {
            let items = (0..40).map(|_| {
                number += 1;
                any_entry(&mut dice, kind, number, &villages)
            });
            for receipt in worker.submit(items.collect()).await {
                assert_eq!(receipt["status"], "STORED", "{receipt:#}");
            }
        }
        hub.worker(NEIGHBOUR).await.store(elderly_entry(NEIGHBOUR, elder(900), "2026-09-01", json!({}))).await;
        // Who alone sees all of it plainly: the station itself.
        let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
        let before = record(&lead).await;
        assert_eq!(before.len(), 120);
        let query = |kinds: &str| format!(
            "{{ ledgerEntries(filter: {{ stations: [\"{STATION}\"]{kinds} }}) {{ nodes {{ id }} }} }}"
        );
        let viewer = known(&lead).await;
        let mut seen = 0;
        for (format, kinds) in [
            ("XLSX", ""), ("CSV", ", kinds: [CHILD]"), ("CSV", ", kinds: [ELDERLY]"), ("CSV", ", kinds: [DISABLED]"),
        ] {
            let asked = json!({ "operation": query(kinds), "format": format });
            let data = lead.ask_with(&EXPORT.replace("format: $format", "format: $format, layout: WORKBOOK"), asked).await;
            let id = data["export"]["id"].as_str().unwrap().to_owned();
            let told = job(&lead, &id).await;
            assert_eq!(told["state"], "DONE", "{told:#}");
            let bytes = bytes_of(&lead, &id).await;
            for _ in 0..2 {
                let name = format!("台账.{}", format.to_lowercase());
                let upload = Upload { name, bytes: bytes.clone().into() };
                let take = TakeKnown::These(Vec::new());
                let (_, imported) = inner.import(&viewer, STATION, upload, &take).await.unwrap();
                assert!(imported.faults.is_empty(), "{:?}", imported.faults);
                for sheet in &imported.sheets {
                    assert_eq!(sheet.unread, [""; 0], "{}", sheet.name);
                    for row in &sheet.rows {
                        assert!(row.problems.is_empty() && row.repairs.is_empty(), "{row:#?}");
                        assert_eq!(row.verdict, Verdict::Unchanged, "{row:#?}");
                        seen += 1;
                    }
                }
            }
            for (was, is) in before.iter().zip(record(&lead).await) {
                assert_eq!(*was, is, "{format} {kinds}");
            }
        }
        assert_eq!(seen, 2 * (120 + 120));
    }

    async fn an_exported_ledger_makes_the_same_record_on_another_hub(hub: TestHub) {
        let inner = hub.server.hub();
        let places = inner.places().await.unwrap();
        let township = &places.station(STATION).unwrap().township;
        let villages: Vec<_> = places.villages(township).iter().map(|village| village.code.clone()).collect();
        let (worker, lead) = (hub.worker(STATION).await, hub.viewer(Role::StationLead, Some(STATION)).await);
        let mut number = 0;
        for seed in [1, 22, 333] {
            let mut dice = Dice(seed);
            let items = (0..45).map(|of| {
                number += 1;
                any_entry(&mut dice, ["child", "elderly", "disabled"][of % 3], number, &villages)
            });
            for receipt in worker.submit(items.collect()).await {
                assert_eq!(receipt["status"], "STORED", "{receipt:#}");
            }
        }
        let query = format!("{{ ledgerEntries(filter: {{ stations: [\"{STATION}\"] }}) {{ nodes {{ id }} }} }}");
        let asked = json!({ "operation": query, "format": "XLSX" });
        let workbook = EXPORT.replace("format: $format", "format: $format, layout: WORKBOOK");
        let id = lead.ask_with(&workbook, asked).await["export"]["id"].as_str().unwrap().to_owned();
        assert_eq!(job(&lead, &id).await["state"], "DONE");
        let bytes = bytes_of(&lead, &id).await;

        let is_sqlite = hub.database.url.starts_with("sqlite");
        let other = TestHub::start(if is_sqlite { Backend::Sqlite } else { Backend::Postgres }).await;
        let newcomer = other.viewer(Role::StationLead, Some(STATION)).await;
        let upload = Upload { name: "台账.xlsx".to_owned(), bytes: bytes.into() };
        let take = TakeKnown::All;
        let (_, imported) =
            other.server.hub().import(&known(&newcomer).await, STATION, upload, &take).await.unwrap();
        let rows: Vec<_> = imported.sheets.iter().flat_map(|sheet| &sheet.rows).collect();
        assert_eq!(rows.len(), 135);
        assert!(rows.iter().all(|row| row.verdict == Verdict::New), "{rows:#?}");
        assert_eq!(said(&newcomer).await, said(&lead).await);
    }

    async fn a_workbook_to_be_imported_is_one_stations_open_and_seen_plainly(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.store(elderly_entry(STATION, elder(1), "2026-09-01", json!({}))).await;
        let own = format!("{{ ledgerEntries(filter: {{ stations: [\"{STATION}\"] }}) {{ nodes {{ id }} }} }}");
        let workbook = EXPORT.replace("format: $format", "format: $format, layout: WORKBOOK");
        let (officer, analyst) = (hub.officer().await, hub.viewer(Role::Analyst, None).await);
        for (operation, says) in [
            ("{ visits { nodes { id } } }".to_owned(), "ledgerEntries"),
            ("{ ledgerEntries { nodes { id } } }".to_owned(), "one station"),
            (own.replace(&format!("\"{STATION}\""), &format!("\"{STATION}\", \"{NEIGHBOUR}\"")), "one station"),
        ] {
            let answer = officer.answer(&workbook, json!({ "operation": operation, "format": "XLSX" })).await;
            assert!(answer["errors"][0]["message"].as_str().unwrap().contains(says), "{answer}");
        }
        let begin = async |viewer: &TestViewer<'_>| {
            let data = viewer.ask_with(&workbook, json!({ "operation": own, "format": "XLSX" })).await;
            data["export"]["id"].as_str().unwrap().to_owned()
        };
        let masked = job(&analyst, &begin(&analyst).await).await;
        assert!(masked["state"] == "FAILED" && masked["message"].as_str().unwrap().contains("原值"), "{masked}");
        for viewer in [&officer, &worker, &hub.viewer(Role::StationLead, Some(STATION)).await] {
            assert_eq!(job(viewer, &begin(viewer).await).await["state"], "DONE");
        }
        let auditor = hub.viewer(Role::Auditor, None).await.answer(&workbook, json!({ "operation": own, "format": "XLSX" })).await;
        assert_eq!(auditor["errors"][0]["extensions"]["code"], "FORBIDDEN");
        let neighbour = hub.worker(NEIGHBOUR).await;
        let id = begin(&neighbour).await;
        assert_eq!(job(&neighbour, &id).await["done"], 0, "another station's is empty");
        let closure = item(STATION, json!({ "ledgerClosure": {
            "person": elder(1), "kind": "ELDERLY", "closedOn": "2026-10-01", "reason": "MOVED_AWAY" } }));
        worker.store(closure).await;
        let closed = job(&officer, &begin(&officer).await).await;
        assert!(closed["state"] == "FAILED" && closed["message"].as_str().unwrap().contains("openOn"), "{closed}");
    }

    async fn the_command_takes_a_file_home_and_goes_on_with_a_broken_one(hub: TestHub) {
        visits(&hub, 150).await;
        let officer = hub.officer().await;
        let folder = tempfile::tempdir().unwrap();
        let (query, out) = (folder.path().join("q.graphql"), folder.path().join("答案.jsonl"));
        std::fs::write(&query, ROWS).unwrap();
        let run = async |server: &str| {
            let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_nuanyang"));
            command.arg("export").arg("--query").arg(&query).arg("--out").arg(&out);
            command.args(["--format", "ndjson", "--server", server, "--token", &officer.token]);
            command.output().await.unwrap()
        };
        let done = run(&hub.url).await;
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let bytes = std::fs::read(&out).unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(said.contains("150 rows") && said.contains(&sha256(&bytes)), "{said}");
        assert_eq!(lines(&bytes).len(), 150);
        // As a command leaves it that was killed within the download.
        let id = made(&officer, ROWS, "NDJSON").await;
        let asked = json!({ "operation": ROWS, "variables": {}, "format": "NDJSON", "layout": "TABLE" });
        let begun = json!({ "id": id, "asked": asked }).to_string();
        let (state, part) = (folder.path().join("答案.jsonl.export"), folder.path().join("答案.jsonl.part"));
        let before = count(&hub, "jobs").await;
        for cut in [0, 1_000, bytes.len()] {
            std::fs::remove_file(&out).unwrap();
            std::fs::write(&state, &begun).unwrap();
            std::fs::write(&part, &bytes[..cut]).unwrap();
            let done = run(&hub.url).await;
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            assert_eq!(std::fs::read(&out).unwrap(), bytes);
        }
        assert_eq!(count(&hub, "jobs").await, before, "no export was made anew");
        // What is not what was made is not taken for it.
        std::fs::remove_file(&out).unwrap();
        std::fs::write(&state, &begun).unwrap();
        std::fs::write(&part, "x".repeat(1_000)).unwrap();
        let failed = run(&hub.url).await;
        assert!(!failed.status.success() && !out.exists() && !part.exists());
        assert!(String::from_utf8_lossy(&failed.stderr).contains("not what was made"));
        assert!(run(&hub.url).await.status.success() && std::fs::read(&out).unwrap() == bytes);
        let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(files.len(), 3, "nothing but the cover is left beside: {files:?}");
        let cover: Value = serde_json::from_slice(&std::fs::read(folder.path().join("答案.jsonl.cover.json")).unwrap()).unwrap();
        assert_eq!((&cover["tables"][0]["rows"], &cover["rowsDigest"]), (&json!(150), &json!(sha256(&bytes))));
        // Of what a file has not all, it says so.
        assert!(!String::from_utf8_lossy(&done.stderr).contains("共有"));
        std::fs::write(&query, "{ visits(first: 3) { nodes { id } } }").unwrap();
        let some = run(&hub.url).await;
        let said = String::from_utf8_lossy(&some.stderr).into_owned();
        assert!(some.status.success() && said.contains("共有: 150 条"), "{said}");
        // Several tables of csv are an archive, and are called one.
        std::fs::write(&query, "{ persons { nodes { name visits(first: 200) { nodes { visitedOn } } } } }").unwrap();
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_nuanyang"));
        let table = folder.path().join("表.csv");
        command.arg("export").arg("--query").arg(&query).arg("--out").arg(&table);
        command.args(["--format", "csv", "--server", &hub.url, "--token", &officer.token]);
        let done = command.output().await.unwrap();
        assert!(done.status.success() && !table.exists(), "{}", String::from_utf8_lossy(&done.stderr));
        assert!(std::fs::read(folder.path().join("表.csv.zip")).unwrap().starts_with(b"PK"));
        assert!(folder.path().join("表.csv.zip.cover.json").exists());
    }
}

/// Held up in the middle, so that what stops there is seen.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_stopped_keeps_nothing() {
    let hub = TestHub::start(Backend::Sqlite).await;
    visits(&hub, 60).await;
    let bounds = Bounds { question: Some(40), ..Bounds::default() };
    let hub = hub
        .again(Settings { per_account: 1.try_into().unwrap(), bounds, ..Settings::default() })
        .await;
    let officer = hub.officer().await;
    let id = begin(&officer, ROWS, "XLSX").await;
    let viewer = known(&officer).await;
    until_done(hub.server.hub(), &viewer, id.parse().unwrap(), 1).await;
    let held = slow(&hub, &officer.token).await;
    until_still(hub.server.hub(), &viewer, id.parse().unwrap()).await;
    hub.server.hub().stop_job(&viewer, id.parse().unwrap()).await.unwrap();
    drop(held);
    until(async || (count(&hub, "job_parts").await == 0).then_some(())).await;
    assert_eq!(count(&hub, "export_parts").await, 0);
    assert_eq!(get(&officer, &id, &[]).await.status(), 404);
}
