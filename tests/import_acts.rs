//! Imports as acts: looked at, taken in, given back with their verdicts.

use std::{io::Cursor, process::Command, time::Duration};

use calamine::{Reader, Xlsx};
use entity::{Role, TokenScope};
use serde_json::{Value, json};

use crate::{
    on_both, reads,
    support::{Backend, FAR, NEIGHBOUR, STATION, TestHub, TestViewer, contents::*},
};

/// The headers of an elderly people's ledger, of visits.
pub const LEDGER: &str =
    "姓名,身份证号,村居,家庭住址,本人电话,居住状况,能力等级,风险等级,建档日期,备注";

const ACT: &str = "id state rowCount done due counts { verdict state count }
    lines(first: 100) { totalCount nodes { id sheet row verdict state kind
      problems { column problem { code message value repair } } repairs { column from to }
      changes { path column from to } person { id } looksLike { id }
      record { __typename id } submission { id } } }";

/// A village of the station, by its name.
pub async fn village(hub: &TestHub) -> String {
    let hub = hub.server.hub();
    let places = hub.places().await.unwrap();
    places.villages(&places.station(STATION).unwrap().township)[0].name.clone()
}

pub fn number(of: u32) -> String {
    resident_id("410802", "19430717", of)
}

/// A file of a header and lines.
pub fn csv(header: &str, lines: &[String]) -> Vec<u8> {
    format!("{header}\n{}\n", lines.join("\n")).into_bytes()
}

pub fn elder_line(of: u32, village: &str, phone: &str) -> String {
    format!("测试老人{of},{},{village},前街{of}号,{phone},独居,轻度,一般,2026-03-01,", number(of))
}

/// A form as the specification has it.
pub fn form(query: &str, variables: Value, file: (&str, &[u8])) -> (String, Vec<u8>) {
    let operations = json!({ "query": query, "variables": variables }).to_string();
    let mut body = Vec::new();
    for (name, more, content) in [
        ("operations", String::new(), operations.as_bytes()),
        ("map", String::new(), br#"{"0": ["variables.file"]}"#.as_slice()),
        ("0", format!("; filename=\"{}\"", file.0), file.1),
    ] {
        let head =
            format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n");
        body.extend(head.as_bytes());
        body.extend(content);
        body.extend(b"\r\n");
    }
    body.extend(b"--xyz--\r\n");
    ("multipart/form-data; boundary=xyz".to_owned(), body)
}

fn preview_form(station: &str, file: (&str, &[u8])) -> (String, Vec<u8>) {
    let query = format!(
        "mutation ($station: String!, $file: Upload!) {{
          previewImport(station: $station, file: $file) {{ {ACT} }} }}"
    );
    form(&query, json!({ "station": station, "file": null }), file)
}

impl TestViewer<'_> {
    /// The whole answer to a preview.
    async fn upload(&self, station: &str, file: (&str, &[u8])) -> Value {
        let (kind, body) = preview_form(station, file);
        self.post(&kind, body).await
    }

    /// The whole answer to a form.
    pub async fn post(&self, kind: &str, body: Vec<u8>) -> Value {
        let request = self.hub.http.post(format!("{}/graphql", self.hub.url));
        let request = request.bearer_auth(&self.token).header("content-type", kind).body(body);
        request.send().await.unwrap().json().await.unwrap()
    }

    pub async fn preview(&self, file: (&str, &[u8])) -> Value {
        let mut answer = self.upload(STATION, file).await;
        assert!(answer.get("errors").is_none(), "{answer:#}");
        answer["data"]["previewImport"].take()
    }

    pub async fn act(&self, id: &Value) -> Value {
        let query = format!("query ($id: UUID!) {{ import(id: $id) {{ {ACT} }} }}");
        self.ask_with(&query, json!({ "id": id })).await["import"].take()
    }

    /// Has something done with an import, and waits until it is.
    pub async fn have(&self, what: &str, id: &Value) -> Value {
        let query = format!("mutation ($id: UUID!) {{ {what}Import(id: $id) {{ state }} }}");
        self.ask_with(&query, json!({ "id": id })).await;
        self.rest(id).await
    }

    /// An import once nothing of it is under way.
    pub async fn rest(&self, id: &Value) -> Value {
        loop {
            let act = self.act(id).await;
            if !act["state"].as_str().unwrap().ends_with("ING") {
                return act;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Looks at a file and takes it in.
    pub async fn take(&self, file: (&str, &[u8])) -> Value {
        let id = self.preview(file).await["id"].clone();
        self.have("apply", &id).await
    }

    pub async fn counts(&self) -> Value {
        self.ask(
            "{ persons { totalCount } visits { totalCount } ledgerEntries { totalCount }
               needs { totalCount } submissions { totalCount } }",
        )
        .await
    }
}

pub fn lines(act: &Value) -> &Vec<Value> {
    act["lines"]["nodes"].as_array().unwrap()
}

pub fn verdicts(act: &Value) -> Vec<&str> {
    lines(act).iter().map(|line| line["verdict"].as_str().unwrap()).collect()
}

pub fn states(act: &Value) -> Vec<&str> {
    lines(act).iter().map(|line| line["state"].as_str().unwrap()).collect()
}

on_both! {
    async fn a_preview_tells_of_every_row_and_records_nothing(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let first = csv(LEDGER, &[elder_line(1, &village, "13812340001"), elder_line(2, &village, "13812340002")]);
        worker.take(("老年人台账.csv", &first)).await;
        let before = worker.counts().await;
        let wrong = elder_line(4, &village, "13812340004").replace(&number(4), "410802194307170000");
        let second = csv(LEDGER, &[
            elder_line(1, &village, "13812340001"),
            elder_line(2, &village, "13999990002"),
            elder_line(3, &village, "１３８１２３４０００３"),
            elder_line(3, &village, "13812340003"),
            wrong,
        ]);
        let act = worker.preview(("老年人台账.csv", &second)).await;
        assert_eq!(worker.counts().await, before);
        assert_eq!(act["state"], "PREVIEWED");
        assert_eq!(verdicts(&act), ["UNCHANGED", "CHANGED", "NEW", "DUPLICATE", "REFUSED"], "{act:#}");
        assert_eq!(states(&act), ["LEFT", "WAITING", "WAITING", "LEFT", "LEFT"]);
        let changed = &lines(&act)[1];
        assert_eq!(changed["changes"], json!([{ "path": "person.phone", "column": "本人电话", "from": "13812340002", "to": "13999990002" }]));
        assert!(changed["person"]["id"].is_string());
        let repair = &lines(&act)[2]["repairs"][0];
        assert_eq!((&repair["from"], &repair["to"]), (&json!("１３８１２３４０００３"), &json!("13812340003")));
        let refused = &lines(&act)[4]["problems"][0];
        assert_eq!(refused["column"], "身份证号");
        assert_eq!(refused["problem"]["code"], "ID_CHECK_DIGIT");
    }

    async fn what_was_previewed_is_applied_once_and_the_same_file_changes_nothing(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let file = csv(LEDGER, &[elder_line(1, &village, "13812340001"), elder_line(2, &village, "13812340002")]);
        let seen = worker.preview(("老年人台账.csv", &file)).await;
        let act = worker.have("apply", &seen["id"]).await;
        assert_eq!((&act["state"], &act["done"], &act["due"]), (&json!("APPLIED"), &json!(2), &json!(2)));
        assert_eq!(states(&act), ["TAKEN", "TAKEN"]);
        assert_eq!(lines(&act)[0]["record"]["__typename"], "ElderlyEntry");
        assert!(lines(&act)[0]["submission"]["id"].is_string());
        let counts = worker.counts().await;
        assert_eq!(counts["persons"]["totalCount"], 2);
        assert_eq!(worker.have("apply", &seen["id"]).await, act);
        let again = worker.take(("另存.csv", &file)).await;
        assert_eq!(verdicts(&again), ["UNCHANGED", "UNCHANGED"]);
        assert_eq!(worker.counts().await, counts);
        let noted = reads::noted(hub.server.hub(), "IMPORT").await;
        assert_eq!(noted.len(), 1, "what was written is noted once, with it");
        assert_eq!(noted[0].1.len(), 2);
    }

    async fn who_looks_like_somebody_known_is_taken_in_only_where_named(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let person = json!({ "name": "测试老人7", "noIdReason": "LOST", "sex": "MALE", "birthDate": "1943-07-17", "village": village });
        let receipt = worker.store(elderly_entry(STATION, person, "2026-01-01", json!({}))).await;
        let file = csv(LEDGER, &[elder_line(7, &village, "13812340007")]);
        let seen = worker.preview(("老年人台账.csv", &file)).await;
        assert_eq!(verdicts(&seen), ["KNOWN"], "{seen:#}");
        assert_eq!(lines(&seen)[0]["looksLike"]["id"], receipt["person"]["id"]);
        let act = worker.have("apply", &seen["id"]).await;
        assert_eq!(states(&act), ["LEFT"]);
        let seen = worker.preview(("老年人台账.csv", &file)).await;
        let apply = "mutation ($id: UUID!, $known: [UUID!]) { applyImport(id: $id, known: $known) { id } }";
        worker.ask_with(apply, json!({ "id": seen["id"], "known": [lines(&seen)[0]["id"]] })).await;
        let act = worker.rest(&seen["id"]).await;
        assert_eq!((verdicts(&act), states(&act)), (vec!["NEW"], vec!["TAKEN"]));
        // A namesake out of reach is not told of.
        let elsewhere = hub.worker(NEIGHBOUR).await;
        let mut answer = elsewhere.upload(NEIGHBOUR, ("台账.csv", &csv(LEDGER, &[elder_line(7, "", "13812340007").replace(&number(7), &number(9))]))).await;
        assert_eq!(verdicts(&answer["data"]["previewImport"].take()), ["NEW"]);
    }

    async fn a_refused_cell_is_told_with_what_is_likely_meant_and_only_where_that_is_clear(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let line = |of: u32| elder_line(of, &village, "");
        let lettered = number(1).replace('0', "O");
        let file = csv(LEDGER, &[
            line(1).replace(&number(1), &lettered),
            line(2).replace("2026-03-01", "26-3-1"),
            line(3).replace("独居", "独居老"),
            line(4).replace("轻度", "不好说"),
            line(5).replace("2026-03-01", "3月1日"),
        ]);
        let seen = worker.preview(("老年人台账.csv", &file)).await;
        assert_eq!(verdicts(&seen), ["REFUSED"; 5], "{seen:#}");
        let likely: Vec<_> =
            lines(&seen).iter().map(|line| line["problems"][0]["problem"]["repair"].clone()).collect();
        assert_eq!(likely, [json!(number(1)), json!("2026-03-01"), json!("独居"), Value::Null, Value::Null]);
    }

    async fn a_need_that_a_row_adds_is_told_among_its_changes(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let header = format!("{LEDGER},主要需求");
        let line = |needs: &str| csv(&header, &[format!("{},{needs}", elder_line(1, &village, ""))]);
        let act = worker.take(("老年人台账.csv", &line(""))).await;
        assert_eq!(lines(&act)[0]["changes"], json!([]));
        let seen = worker.preview(("老年人台账.csv", &line("住房修缮"))).await;
        assert_eq!(verdicts(&seen), ["CHANGED"]);
        let changes = &lines(&seen)[0]["changes"];
        assert_eq!((&changes[0]["path"], &changes[0]["column"]), (&json!("needs"), &json!("主要需求")), "{changes}");
        assert_eq!(changes[0]["to"], "住房修缮 一般", "{changes}");
        assert_eq!((&changes[0]["from"], &changes[1]), (&Value::Null, &Value::Null));
    }

    async fn a_file_is_given_back_with_its_verdicts_to_who_sees_all_of_it(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let wrong = elder_line(2, &village, "13812340002").replace(&number(2), "410802194001010000");
        let file = csv(LEDGER, &[elder_line(1, &village, "13812340001"), wrong]);
        let id = worker.preview(("台账.csv", &file)).await["id"].as_str().unwrap().to_owned();
        let take = |token: &str, id: &str| {
            let url = format!("{}/imports/{id}/workbook", hub.url);
            hub.http.get(url).bearer_auth(token).send()
        };
        let answer = take(&worker.token, &id).await.unwrap();
        assert_eq!(answer.status(), 200);
        let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
        assert!(name.ends_with("%2Ecsv%2Exlsx"), "{name}");
        let bytes = answer.bytes().await.unwrap();
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        let range = book.worksheet_range_at(0).unwrap().unwrap();
        let remarks: Vec<_> = range.rows().filter_map(|row| row.last().map(ToString::to_string)).collect();
        assert_eq!(remarks[0], "导入结果");
        assert!(remarks[1].starts_with("将新增"), "{remarks:?}");
        assert!(remarks[2].starts_with("未登记"), "{remarks:?}");
        worker.have("apply", &json!(id)).await;
        let bytes = take(&worker.token, &id).await.unwrap().bytes().await.unwrap();
        let range = Xlsx::new(Cursor::new(bytes)).unwrap().worksheet_range_at(0).unwrap().unwrap();
        let remarks: Vec<_> = range.rows().filter_map(|row| row.last().map(ToString::to_string)).collect();
        assert!(remarks[1].starts_with("已新增"), "{remarks:?}");
        let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
        assert_eq!(take(&lead.token, &id).await.unwrap().status(), 200);
        let system = hub.system("410800", &[TokenScope::Submit, TokenScope::Read]).await;
        for stranger in [hub.worker(FAR).await, hub.viewer(Role::Analyst, None).await, system] {
            let status = take(&stranger.token, &id).await.unwrap().status();
            assert!([403, 404].contains(&status.as_u16()), "{status}");
        }
        assert_eq!(take(&worker.token, "none").await.unwrap().status(), 404);
        let noted = reads::noted(hub.server.hub(), &format!("TAKE_IMPORT {id}")).await;
        assert_eq!(noted.len(), 3);
    }

    async fn an_import_is_told_to_those_who_hand_in_for_its_station_alone(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        worker.take(("台账.csv", &csv(LEDGER, &[elder_line(1, &village, "13812340001")]))).await;
        let file = csv(LEDGER, &[elder_line(1, &village, "１３９１２３４０００１")]);
        let seen = worker.preview(("台账.csv", &file)).await;
        let id = &seen["id"];
        for stranger in [
            hub.worker(FAR).await,
            hub.viewer(Role::Analyst, None).await,
            hub.viewer(Role::Admin, None).await,
        ] {
            assert_eq!(stranger.act(id).await, json!(null));
            assert_eq!(stranger.fault(&format!("{{ imports(station: \"{STATION}\") {{ id }} }}")).await, "INVALID_INPUT");
            assert_eq!(stranger.fault(&format!("mutation {{ applyImport(id: {id}) {{ id }} }}")).await, "INVALID_INPUT");
            let answer = stranger.upload(STATION, ("台账.csv", &file)).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_INPUT", "{answer:#}");
        }
        let reads_only = hub.system("410800", &[TokenScope::Read]).await;
        assert_eq!(reads_only.fault(&format!("{{ import(id: {id}) {{ id }} }}")).await, "FORBIDDEN");
        // Another system of the station's sees neither what is on record nor what the file says.
        let system = hub.system("410800", &[TokenScope::Submit, TokenScope::Read]).await;
        let told = system.act(id).await;
        let line = &lines(&told)[0];
        assert_eq!(line["changes"], json!([{ "path": "person.phone", "column": "本人电话", "from": null, "to": null }]));
        let repairs = line["repairs"].as_array().unwrap();
        assert!(repairs.contains(&json!({ "column": "本人电话", "from": null, "to": null })), "{repairs:?}");
        assert!(repairs.iter().all(|repair| repair["from"].is_null() && repair["to"].is_null()));
        let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
        assert_eq!(lines(&lead.act(id).await)[0]["changes"][0]["from"], "13812340001");
    }

    async fn a_form_with_files_needs_what_no_page_of_another_origin_can_add(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let (kind, body) = preview_form(STATION, ("台账.csv", b"x"));
        let post = || {
            let request = hub.http.post(format!("{}/graphql", hub.url));
            request.header("content-type", kind.clone()).body(body.clone())
        };
        let status = |answer: reqwest::Response| answer.status().as_u16();
        assert_eq!(status(post().send().await.unwrap()), 403);
        let cookie = format!("nuanyang={}", worker.token);
        assert_eq!(status(post().header("cookie", &cookie).send().await.unwrap()), 403);
        assert_eq!(status(post().header("graphql-preflight", "1").send().await.unwrap()), 401);
        let answer = post().bearer_auth(&worker.token).send().await.unwrap();
        assert_eq!(status(answer), 200);
        let packed = post().bearer_auth(&worker.token).header("content-encoding", "gzip");
        assert_eq!(status(packed.send().await.unwrap()), 415);
    }

    async fn a_file_that_cannot_be_read_is_told_in_the_readers_language(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let answer = worker.upload(STATION, ("台账.xlsx", b"PK\x03\x04 no workbook")).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "INVALID_INPUT");
        assert!(error["message"].as_str().unwrap().contains("工作簿"), "{error}");
    }

    async fn a_preview_that_nobody_applies_is_removed_after_a_day(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let seen = worker.preview(("台账.csv", &csv(LEDGER, &[elder_line(1, &village, "13812340001")]))).await;
        hub.sql("UPDATE imports SET expires_at = '2026-01-01T00:00:00+00:00'").await;
        assert_eq!(worker.act(&seen["id"]).await, json!(null));
        hub.server.hub().clear_imports().await.unwrap();
        use sea_orm::{EntityTrait, PaginatorTrait};
        let db = hub.server.hub().db.read();
        assert_eq!(entity::import::Entity::find().count(db).await.unwrap(), 0);
        assert_eq!(entity::import_row::Entity::find().count(db).await.unwrap(), 0);
        assert_eq!(entity::import_part::Entity::find().count(db).await.unwrap(), 0);
    }

    async fn the_command_says_what_would_change_and_records_nothing(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        worker.take(("台账.csv", &csv(LEDGER, &[elder_line(1, &village, "13812340001")]))).await;
        let before = worker.counts().await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("台账.csv");
        std::fs::write(&file, csv(LEDGER, &[elder_line(1, &village, "13912340001"), elder_line(2, &village, "13812340002")])).unwrap();
        let run = |more: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_nuanyang"));
            command.args(["import", "--station", STATION, "--token", &worker.token, "--database", &hub.database.url]);
            command.arg("--key-file").arg(&hub.database.key_file).args(more);
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        let path = file.to_str().unwrap();
        let told = run(&["--dry-run", path]);
        assert!(told.contains("person.phone: 13812340001 → 13912340001"), "{told}");
        assert!(told.contains("2 rows: 1 new, 1 changed"), "{told}");
        assert_eq!(worker.counts().await, before);
        assert_eq!(reads::noted(hub.server.hub(), "IMPORT_PREVIEW").await.len(), 1);
        let told = run(&[path]);
        assert!(told.contains(": import "), "{told}");
        assert_eq!(worker.counts().await["persons"]["totalCount"], 2);
    }
}
