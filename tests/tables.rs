//! Statutory tables: as an independent count of what was handed in has them, with the records behind
//! each cell and those to blame for an equation; signed off step by step, kept as signed, returned.

use std::net::Ipv4Addr;

use chrono::{Datelike, NaiveDate};
use entity::{Role, TokenScope};
use hub::{clock::Clock, printout::Whom, trail::Access};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Backend, FAR, NEIGHBOUR, STATION, TestHub, TestViewer, contents::*},
};

const TABLE: &str = "query ($code: String!, $day: Date, $place: String) {
    statutoryTable(code: $code, day: $day, place: $place) { ...Sheet } }
    fragment Sheet on TableSheet { firstDay lastDay level place digest
        rows { code cells { column count records(first: 60) { nodes { id __typename } } } }
        equations { text left right holds culprits { totalCount nodes { id } } }
        signature { id signedBy } history { id returnedBy reason row column record { id } }
        parts { place signature { id } } }";

const SIGN: &str = "mutation ($code: String!, $day: Date!, $place: String!, $digest: String!) {
    signTable(code: $code, day: $day, place: $place, digest: $digest) {
        digest signature { id signedBy } rows { code cells { count } } } }";

const RETURN: &str =
    "mutation ($id: UUID!, $reason: String!, $row: String, $column: Int, $record: ID, $answerBy: Date) {
    returnTable(id: $id, reason: $reason, row: $row, column: $column, record: $record, answerBy: $answerBy) {
        id reason returnedAt answerBy } }";

const RETURNED: &str = "query ($station: String!) { returnedRecords(station: $station) {
    table { code } firstDay lastDay
    signature { id reason returnedBy answerBy record { id } } } }";

const REPORT: &str = "STATION_MONTHLY_REPORT";
const CHILDREN: &str = "LEFT_BEHIND_CHILDREN_SUMMARY";
const WINTER: &str = "WINTER_CARE_BULLETIN";

/// A month that is over, and in the year of the tables.
const MONTH: &str = "2026-10-15";

async fn table(viewer: &TestViewer<'_>, code: &str, day: &str, place: Option<&str>) -> Value {
    let asked = json!({ "code": code, "day": day, "place": place });
    let mut answer = viewer.answer(TABLE, asked).await;
    // Officers open no cell by age.
    let errors = answer["errors"].as_array().into_iter().flatten();
    for error in errors {
        assert!(error["path"][5] == "records" && error["path"][4] != 0, "{error:#}");
        assert_eq!(error["extensions"]["code"], "FORBIDDEN");
    }
    answer["data"]["statutoryTable"].take()
}

/// The numbers of a row, by column.
fn row(table: &Value, code: &str) -> Vec<u64> {
    let mut rows = table["rows"].as_array().unwrap().iter();
    let row = rows.find(|row| row["code"] == code).unwrap_or_else(|| panic!("no {code}: {table}"));
    row["cells"].as_array().unwrap().iter().map(|cell| cell["count"].as_u64().unwrap()).collect()
}

/// What a lead or officer signs after having looked at it.
async fn sign(viewer: &TestViewer<'_>, code: &str, place: &str) -> Value {
    let seen = table(viewer, code, MONTH, Some(place)).await;
    let asked = json!({ "code": code, "day": MONTH, "place": place, "digest": seen["digest"] });
    viewer.answer(SIGN, asked).await
}

/// The signature that a signing which has to succeed gives.
async fn signed(viewer: &TestViewer<'_>, code: &str, place: &str) -> String {
    let answer = sign(viewer, code, place).await;
    assert!(answer.get("errors").is_none(), "{answer:#}");
    answer["data"]["signTable"]["signature"]["id"].as_str().unwrap().to_owned()
}

fn code_of(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("no error: {answer:#}"))
}

async fn lead<'h>(hub: &'h TestHub, station: &str) -> TestViewer<'h> {
    hub.viewer(Role::StationLead, Some(station)).await
}

async fn county<'h>(hub: &'h TestHub, code: &str) -> TestViewer<'h> {
    hub.viewer(Role::CountyOfficer, Some(code)).await
}

/// Stations of a county, by code.
async fn stations(hub: &TestHub, county: &str) -> Vec<String> {
    let asked = format!(
        "{{ stations(first: 200, filter: {{ division: \"{county}\" }}) {{ nodes {{ code }} }} }}"
    );
    let data = hub.officer().await.ask(&asked).await;
    let nodes = data["stations"]["nodes"].as_array().unwrap().iter();
    nodes.map(|node| node["code"].as_str().unwrap().to_owned()).collect()
}

/// Someone born on a day, told apart by a number.
fn born(birth: &str, number: u32) -> Value {
    json!({ "name": format!("测试人{birth}{number}"), "residentId": resident_id("410802", birth, number) })
}

on_both! {
    async fn the_summary_of_children_is_as_a_count_by_hand_has_it(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        // Sex by the number, odd or even; ages at the end of October 2026; risks, kinds and openings.
        let births = ["20240301", "20210101", "20201101", "20150601", "20121031", "20121101", "20090501"];
        let mut by_hand = [0_u64; 17];
        for number in 1..=42_u32 {
            let birth = births[number as usize % births.len()];
            let risk = [Some("HIGH"), Some("MEDIUM"), Some("LOW"), None][number as usize % 4];
            let opened = if number % 9 == 0 { "2026-11-01" } else { "2026-10-31" };
            let kind = if number % 5 == 0 { "ORPHAN" } else { "LEFT_BEHIND" };
            let closed = (number % 7 == 0).then_some(if number % 2 == 0 { "2026-10-31" } else { "2026-11-02" });
            let more = json!({ "risk": risk, "detail": { "child": { "kind": kind } } });
            let mut whom = born(birth, number);
            if number % 3 == 0 {
                whom["incomeClass"] = json!("MINIMUM_LIVING");
            }
            worker.store(child_entry(STATION, whom, opened, more)).await;
            let visited = number % 4 == 1;
            if visited {
                worker.store(visit(STATION, born(birth, number), "2026-10-31", json!({}))).await;
            } else {
                worker.store(visit(STATION, born(birth, number), "2026-11-01", json!({}))).await;
            }
            if let Some(day) = closed.filter(|day| *day >= opened) {
                let closure = json!({ "ledgerClosure": { "person": born(birth, number), "kind": "CHILD",
                    "closedOn": day, "reason": "SITUATION_ENDED" } });
                worker.store(item(STATION, closure)).await;
            }
            let open = opened <= "2026-10-31" && closed.is_none_or(|day| day > "2026-10-31");
            if !open || kind != "LEFT_BEHIND" {
                continue;
            }
            let (y, md): (i32, &str) = (birth[..4].parse().unwrap(), &birth[4..]);
            let age = 2026 - y - i32::from(md > "1031");
            let band = match age { 0..=5 => 4, 6..=11 => 5, 12..=15 => 6, _ => 7 };
            let risk = match risk { Some("HIGH") => 8, Some("MEDIUM") => 9, Some(_) => 10, None => 11 };
            let poor = if number % 3 == 0 { 12 } else { 14 };
            let met = if visited { 15 } else { 16 };
            for column in [1, if number % 2 == 1 { 2 } else { 3 }, band, risk, poor, met] {
                by_hand[column] += 1;
            }
        }
        let found = table(&worker, CHILDREN, MONTH, None).await;
        assert_eq!(row(&found, STATION), by_hand[1..], "{found:#}");
        assert!(by_hand[2..=12].iter().all(|count| *count > 0), "{by_hand:?}");
        for equation in found["equations"].as_array().unwrap() {
            assert_eq!(equation["holds"], true, "{equation}");
            assert_eq!(equation["left"], by_hand[1]);
        }
        for cell in found["rows"][0]["cells"].as_array().unwrap() {
            let records = &cell["records"];
            let nodes = records["nodes"].as_array().unwrap();
            assert_eq!(nodes.len() as u64, cell["count"].as_u64().unwrap());
            assert!(nodes.iter().all(|node| node["__typename"] == "ChildEntry"));
        }
    }

    async fn the_report_of_a_station_counts_by_whom_it_worked_for(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.store(elderly_entry(STATION, elder(1), "2026-09-30", json!({ "risk": "HIGH" }))).await;
        worker.store(elderly_entry(STATION, elder(2), "2026-10-01", json!({ "risk": null }))).await;
        worker.store(child_entry(STATION, child(1), "2026-09-01", json!({ "risk": "LOW" }))).await;
        let closure = json!({ "ledgerClosure": { "person": child(1), "kind": "CHILD", "closedOn": "2026-10-20", "reason": "MOVED_AWAY" } });
        worker.store(item(STATION, closure)).await;
        let needs = json!([{ "domain": "CARE", "urgency": "URGENT" }]);
        for (whom, day, mode, needs) in [
            (elder(1), "2026-10-02", "HOME", needs.clone()), (elder(1), "2026-10-31", "PHONE", json!([])),
            (elder(1), "2026-11-01", "HOME", json!([])), (child(1), "2026-10-05", "VIDEO", json!([])),
            (elder(9), "2026-10-06", "OTHER", needs.clone()), (elder(9), "2026-09-30", "HOME", json!([])),
        ] {
            worker.store(visit(STATION, whom, day, json!({ "mode": mode, "needs": needs }))).await;
        }
        worker.store(assessment(&elder(2), "older-adult-ability")).await;
        let household = worker.store(item(STATION, json!({ "household": { "head": elder(1), "members": [] } }))).await;
        let mut of_home = visit(STATION, Value::Null, "2026-10-08", json!({ "householdId": household["record"]["id"] }));
        of_home["content"]["visit"].as_object_mut().unwrap().remove("person");
        worker.store(of_home).await;
        let found = table(&worker, REPORT, MONTH, None).await;
        // At the start, opened, closed, at the end, of them high, medium, low, not judged; visits by
        // home, phone, video, station, other; people, assessments; needs found, met, open,
        // urgent; visits to households.
        for (code, numbers) in [
            ("ALL", [2, 1, 1, 2, 1, 0, 0, 1, 4, 1, 1, 1, 0, 1, 3, 1, 2, 0, 2, 2, 1]),
            ("CHILDREN", [1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
            ("ELDERLY", [1, 1, 0, 2, 1, 0, 0, 1, 2, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 0]),
            ("DISABLED", [0; 21]),
            ("IN_NO_LEDGER", [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1]),
        ] {
            assert_eq!(row(&found, code), numbers, "{code}");
        }
        assert!(found["equations"].as_array().unwrap().iter().all(|equation| equation["holds"] == true));
        assert_eq!((&found["firstDay"], &found["lastDay"]), (&json!("2026-10-01"), &json!("2026-10-31")));
    }

    async fn an_equation_that_does_not_hold_names_the_records_to_blame_and_is_not_signed(hub: TestHub) {
        let (worker, lead) = (hub.worker(STATION).await, lead(&hub, STATION).await);
        worker.store(child_entry(STATION, child(1), "2026-09-01", json!({}))).await;
        let aged = worker.store(child_entry(STATION, born("20081020", 3), "2026-09-01", json!({}))).await;
        let found = table(&lead, CHILDREN, MONTH, None).await;
        let failed: Vec<_> =
            found["equations"].as_array().unwrap().iter().filter(|equation| equation["holds"] == false).collect();
        assert_eq!(failed.len(), 1, "{found:#}");
        assert_eq!(failed[0]["text"], "1 = 4 + 5 + 6 + 7");
        assert_eq!((&failed[0]["left"], &failed[0]["right"]), (&json!(2), &json!(1)));
        let culprits = &failed[0]["culprits"]["nodes"];
        assert_eq!(culprits, &json!([{ "id": aged["record"]["id"] }]));
        let answer = sign(&lead, CHILDREN, STATION).await;
        assert_eq!(code_of(&answer), "INVALID_INPUT");
        assert!(answer.to_string().contains("1 = 4 + 5 + 6 + 7"), "{answer}");
    }

    async fn a_winter_is_counted_over_the_city_each_person_and_station_once(hub: TestHub) {
        let (near, far) = (hub.worker(STATION).await, hub.worker(FAR).await);
        let today = Clock::system().today();
        let winter = NaiveDate::from_ymd_opt(today.year() - i32::from(today.month() < 11), 1, 10).unwrap();
        let (day, before) = (winter.to_string(), NaiveDate::from_ymd_opt(winter.year() - 1, 11, 14).unwrap());
        let opened = NaiveDate::from_ymd_opt(winter.year() - 1, 6, 1).unwrap().to_string();
        let alone = json!({ "detail": { "elderly": { "livingArrangement": "ALONE" } } });
        for (worker, station) in [(&near, STATION), (&far, FAR)] {
            worker.store(elderly_entry(station, elder(1), &opened, alone.clone())).await;
            worker.store(visit(station, elder(1), &day, json!({ "services": ["MATERIAL_AID"] }))).await;
            worker.store(visit(station, elder(2), &before.to_string(), json!({}))).await;
        }
        near.store(elderly_entry(STATION, elder(3), &opened, alone)).await;
        near.store(visit(STATION, child(1), &day, json!({}))).await;
        let officer = hub.officer().await;
        let found = table(&officer, WINTER, &day, None).await;
        assert_eq!(found["level"], "CITY");
        assert_eq!(row(&found, "TOTAL"), [2, 2, 3, 0, 2, 0, 1, 2, 0, 3, 2, 1, 0, 0], "{found:#}");
        assert_eq!(row(&found, "410802"), [1, 2, 2, 0, 1, 0, 1, 1, 0, 2, 1, 1, 0, 0]);
        assert_eq!(row(&found, "410811"), [1, 1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0]);
    }

    async fn a_month_is_signed_by_the_lead_then_the_county_then_the_city_and_stays_as_it_was(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.store(elderly_entry(STATION, elder(1), "2026-09-01", json!({}))).await;
        worker.store(visit(STATION, elder(1), "2026-10-02", json!({}))).await;
        let (county_officer, city) = (county(&hub, "410802").await, hub.officer().await);
        // Nobody signs out of turn, or for another.
        for viewer in [&worker, &county_officer, &city] {
            assert_eq!(code_of(&sign(viewer, REPORT, STATION).await), "FORBIDDEN");
        }
        let nothing = json!({ "code": REPORT, "day": MONTH, "place": "410802", "digest": "" });
        let answer = county_officer.answer(SIGN, nothing).await;
        assert_eq!(code_of(&answer), "INVALID_INPUT");
        assert!(answer.to_string().contains("not signed yet, such as S410802"), "{answer}");

        let own = signed(&lead(&hub, STATION).await, REPORT, STATION).await;
        let before = table(&worker, REPORT, MONTH, None).await;
        // What comes late is not in what was signed.
        worker.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        let after = table(&worker, REPORT, MONTH, None).await;
        assert_eq!(after, before);
        assert_eq!(row(&after, "ALL")[8], 1);
        assert_eq!(after["signature"]["id"], own);
        assert_eq!(after["signature"]["signedBy"], "测试");
        assert_eq!(code_of(&sign(&lead(&hub, STATION).await, REPORT, STATION).await), "CONFLICT");

        for station in stations(&hub, "410802").await.iter().filter(|code| *code != STATION) {
            signed(&lead(&hub, station).await, REPORT, station).await;
        }
        assert_eq!(code_of(&sign(&city, REPORT, "410802").await), "FORBIDDEN", "that is the county's");
        let of_county = signed(&county_officer, REPORT, "410802").await;
        let found = table(&county_officer, REPORT, MONTH, None).await;
        assert_eq!(row(&found, "ALL")[8], 1, "of what the station signed");
        assert_eq!(found["parts"].as_array().unwrap().len(), stations(&hub, "410802").await.len());

        // What a signed table was made of is not returned under it.
        let back = json!({ "id": own, "reason": "请核对探访", "row": "ALL", "column": 9 });
        assert_eq!(code_of(&county_officer.answer(RETURN, back).await), "INVALID_INPUT");
        let of_city = city.ask("{ statutoryTable(code: \"STATION_MONTHLY_REPORT\", day: \"2026-10-15\") {
            digest parts { place signature { id } } } }").await;
        assert_eq!(of_city["statutoryTable"]["digest"], Value::Null, "other counties have not signed");
        let parts = of_city["statutoryTable"]["parts"].as_array().unwrap();
        let signed_parts: Vec<_> = parts.iter().filter(|part| !part["signature"].is_null()).collect();
        assert_eq!(signed_parts.len(), 1);
        assert_eq!(signed_parts[0]["signature"]["id"], of_county);
    }

    async fn the_city_signs_what_all_counties_signed(hub: TestHub) {
        let city = hub.officer().await;
        let mut counties: Vec<String> = Vec::new();
        for station in stations(&hub, "410800").await {
            signed(&lead(&hub, &station).await, CHILDREN, &station).await;
            counties.push(station[1..7].to_owned());
        }
        counties.dedup();
        for code in &counties {
            signed(&county(&hub, code).await, CHILDREN, code).await;
        }
        let id = signed(&city, CHILDREN, "410800").await;
        let found = table(&city, CHILDREN, MONTH, None).await;
        assert_eq!(found["signature"]["id"], id);
        assert_eq!(found["rows"].as_array().unwrap().len(), counties.len() + 1);
        // It is told where what was signed was changed behind the hub's back.
        hub.sql("UPDATE signed_tables SET digest = 'x' WHERE place = 'S410802001'").await;
        let asked = format!("{{ signedTable(signature: \"{id}\") {{ digest }} }}");
        assert_eq!(city.fault(&asked).await, "INTERNAL");
        // Such tables are returned all the same, from above, and signed anew.
        let county = county(&hub, "410802").await;
        let standing = async |place: &str| {
            use sea_orm::{ConnectionTrait, Statement};
            let db = &hub.server.hub().db;
            let ask = format!("SELECT id FROM signed_tables WHERE place = '{place}' AND returned_at IS NULL");
            let row = db.read().query_one_raw(Statement::from_string(db.backend(), ask)).await.unwrap().unwrap();
            row.try_get::<uuid::Uuid>("", "id").unwrap()
        };
        for (viewer, place) in [(&city, "410800"), (&city, "410802"), (&county, STATION)] {
            let back = json!({ "id": standing(place).await, "reason": "数据被改动", "row": "TOTAL", "column": 1 });
            viewer.ask_with(RETURN, back).await;
        }
        signed(&lead(&hub, STATION).await, CHILDREN, STATION).await;
        signed(&county, CHILDREN, "410802").await;
        signed(&city, CHILDREN, "410800").await;
    }

    async fn a_table_is_returned_with_a_reason_about_a_cell_or_a_record(hub: TestHub) {
        let (worker, lead) = (hub.worker(STATION).await, lead(&hub, STATION).await);
        worker.store(elderly_entry(STATION, elder(1), "2026-09-01", json!({}))).await;
        let met = worker.store(visit(STATION, elder(1), "2026-10-02", json!({}))).await;
        let other = worker.store(visit(STATION, elder(1), "2026-11-02", json!({}))).await;
        let officer = county(&hub, "410802").await;
        let id = signed(&lead, REPORT, STATION).await;
        let back = |rest: Value| {
            let mut asked = json!({ "id": id, "reason": "此次探访没有记录服务内容" });
            asked.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            asked
        };
        let record = json!({ "record": met["record"]["id"] });
        for (viewer, asked, code) in [
            (&lead, back(record.clone()), "FORBIDDEN"),
            (&county(&hub, "410811").await, back(record.clone()), "FORBIDDEN"),
            (&officer, back(json!({})), "INVALID_INPUT"),
            (&officer, back(json!({ "row": "ALL" })), "INVALID_INPUT"),
            (&officer, back(json!({ "row": "ALL", "column": 99 })), "INVALID_INPUT"),
            (&officer, back(json!({ "record": other["record"]["id"] })), "INVALID_INPUT"),
            (&officer, back(json!({ "record": met["record"]["id"], "reason": "错" })), "INVALID_INPUT"),
        ] {
            assert_eq!(code_of(&viewer.answer(RETURN, asked.clone()).await), code, "{asked}");
        }
        let returned = officer.ask_with(RETURN, back(record.clone())).await["returnTable"].take();
        assert_eq!((&returned["id"], returned["returnedAt"].is_null()), (&json!(id), false));
        assert_eq!(code_of(&officer.answer(RETURN, back(record)).await), "CONFLICT");

        let open = table(&lead, REPORT, MONTH, None).await;
        assert_eq!(open["signature"], Value::Null);
        let told = &open["history"][0];
        assert_eq!(told["reason"], "此次探访没有记录服务内容");
        assert_eq!(told["record"]["id"], met["record"]["id"]);
        let again = signed(&lead, REPORT, STATION).await;
        assert_ne!(again, id);
        // What was signed first can still be looked at.
        let asked = format!("{{ signedTable(signature: \"{id}\") {{ rows {{ code cells {{ count }} }} }} }}");
        let first = lead.ask(&asked).await["signedTable"].take();
        assert_eq!(row(&first, "ALL")[8], 1);
        let stranger = hub.viewer(Role::StationLead, Some(NEIGHBOUR)).await;
        assert_eq!(stranger.ask(&asked).await["signedTable"], Value::Null, "of another station");
    }

    async fn what_a_table_was_returned_for_waits_until_it_is_changed_or_signed_again(hub: TestHub) {
        let (worker, lead) = (hub.worker(STATION).await, lead(&hub, STATION).await);
        let entry = |n: u32, more: Value| elderly_entry(STATION, elder(n), "2026-09-01", more);
        let first = worker.store(entry(1, json!({}))).await["record"]["id"].clone();
        let second = worker.store(entry(2, json!({}))).await["record"]["id"].clone();
        let met = worker.store(visit(STATION, elder(1), "2026-10-02", json!({}))).await["record"]["id"].clone();
        let officer = county(&hub, "410802").await;
        let waiting = async |viewer: &TestViewer<'_>| {
            let answer = viewer.ask_with(RETURNED, json!({ "station": STATION })).await;
            let nodes = answer["returnedRecords"].as_array().unwrap().iter();
            nodes.map(|one| one["signature"]["record"]["id"].clone()).collect::<Vec<_>>()
        };
        let back = async |record: &Value, answer_by: Value| {
            let id = signed(&lead, REPORT, STATION).await;
            let asked = json!({ "id": id, "reason": "请核实后改正", "record": record, "answerBy": answer_by });
            officer.answer(RETURN, asked).await
        };
        let today = Clock::system().today();
        let over = back(&first, json!(today.pred_opt())).await;
        assert_eq!(code_of(&over), "INVALID_INPUT");
        let standing = table(&lead, REPORT, MONTH, None).await["signature"]["id"].clone();
        let cell = json!({ "id": standing, "reason": "请核实后改正", "row": "ALL", "column": 4 });
        officer.ask_with(RETURN, cell).await;
        assert_eq!(waiting(&worker).await, Vec::<Value>::new(), "what is about a cell is the lead's");

        let told = back(&first, json!(today)).await;
        assert_eq!(told["data"]["returnTable"]["answerBy"], json!(today));
        let answer = worker.ask_with(RETURNED, json!({ "station": STATION })).await;
        let one = &answer["returnedRecords"][0];
        assert_eq!((&one["table"]["code"], &one["firstDay"], &one["lastDay"]), (&json!(REPORT), &json!("2026-10-01"), &json!("2026-10-31")));
        let signature = &one["signature"];
        assert_eq!((&signature["reason"], &signature["answerBy"]), (&json!("请核实后改正"), &json!(today)));
        assert!(signature["returnedBy"].is_string());
        assert_eq!(waiting(&officer).await, std::slice::from_ref(&first), "an officer hands in for it too");
        for other in [hub.worker(NEIGHBOUR).await, county(&hub, "410811").await, hub.viewer(Role::Analyst, None).await] {
            let refused = other.answer(RETURNED, json!({ "station": STATION })).await;
            assert_eq!(code_of(&refused), "INVALID_INPUT");
        }

        worker.store(entry(2, json!({ "risk": "LOW" }))).await;
        assert_eq!(waiting(&worker).await, std::slice::from_ref(&first), "another record is no answer");
        assert_eq!(worker.submit(vec![entry(1, json!({}))]).await[0]["status"], "REPLAYED");
        assert_eq!(waiting(&worker).await, std::slice::from_ref(&first), "a file taken in again is no answer");
        worker.store(entry(1, json!({ "basedOn": 1 }))).await;
        assert_eq!(waiting(&worker).await, Vec::<Value>::new(), "by its form: it is right as it is");

        back(&met, Value::Null).await;
        worker.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        assert_eq!(waiting(&worker).await, [met], "a visit has no versions, and another one is no answer");
        back(&second, Value::Null).await;
        assert_eq!(waiting(&worker).await, [second], "signed again and returned for something else");
        signed(&lead, REPORT, STATION).await;
        assert_eq!(waiting(&worker).await, Vec::<Value>::new(), "signed again");
    }

    async fn the_statements_for_what_waits_do_not_grow_with_it(hub: TestHub) {
        let (worker, lead) = (hub.worker(STATION).await, lead(&hub, STATION).await);
        let officer = county(&hub, "410802").await;
        let mut counts = Vec::new();
        // Two tables of the same month, each returned for someone's entry.
        for (n, code) in [(1, REPORT), (2, CHILDREN)] {
            let entry = match code {
                REPORT => elderly_entry(STATION, elder(n), "2026-09-01", json!({})),
                _ => child_entry(STATION, born("20150601", n), "2026-09-01", json!({ "detail": { "child": { "kind": "LEFT_BEHIND" } } })),
            };
            let record = worker.store(entry).await["record"]["id"].clone();
            let id = signed(&lead, code, STATION).await;
            officer.ask_with(RETURN, json!({ "id": id, "reason": "请核实后改正", "record": record })).await;
            let asked = json!({ "station": STATION });
            counts.push(worker.statements(RETURNED, asked.clone()).await);
            let answer = worker.ask_with(RETURNED, asked).await;
            assert_eq!(answer["returnedRecords"].as_array().unwrap().len(), n as usize);
        }
        assert_eq!(counts[0], counts[1]);
    }

    async fn a_print_out_tells_which_signed_tables_count_someone_and_what_was_said_of_them(hub: TestHub) {
        let lead = lead(&hub, STATION).await;
        for number in [1, 2] {
            hub.worker(STATION).await
                .store(elderly_entry(STATION, elder(number), "2026-09-01", json!({ "risk": "HIGH" }))).await;
        }
        let entry = lead.ask("{ persons(filter: { namePrefix: \"测试老人2\" }) { nodes { id ledgerEntries { nodes { id } } } } }").await;
        let entry = &entry["persons"]["nodes"][0];
        let id = signed(&lead, REPORT, STATION).await;
        let back = json!({ "id": id, "reason": "风险等级待核实", "record": entry["ledgerEntries"]["nodes"][0]["id"] });
        county(&hub, "410802").await.ask_with(RETURN, back).await;
        for (number, reason) in [(1, Value::Null), (2, json!("风险等级待核实"))] {
            let hub = hub.server.hub();
            let whom = elder(number)["residentId"].as_str().unwrap().parse().unwrap();
            let viewer = hub.let_in(&lead.token, Ipv4Addr::LOCALHOST.into()).await.unwrap().viewer;
            let asking = Access::by(&viewer, "test", "");
            let printed = hub.print_out(&viewer, Whom::ResidentId(whom), "本人申请", asking).await.unwrap();
            let printed = serde_json::to_value(&printed).unwrap();
            let tables = &printed["signedTables"];
            assert_eq!(tables[0]["columns"], json!([1, 4, 5]), "{tables}");
            assert_eq!(tables[0]["reason"], reason);
            assert_eq!(tables[0]["place"], STATION);
            assert_eq!(tables.as_array().unwrap().len(), 1);
        }
    }

    async fn who_may_not_know_when_minors_were_born_opens_no_cell_by_age(hub: TestHub) {
        hub.worker(STATION).await.store(child_entry(STATION, child(1), "2026-09-01", json!({}))).await;
        let ask = "{ statutoryTable(code: \"LEFT_BEHIND_CHILDREN_SUMMARY\", day: \"2026-10-15\", place: \"S410802001\") {
            rows { cells { column count records { nodes { id } } } } } }";
        let answer = county(&hub, "410802").await.answer(ask, json!({})).await;
        let closed: Vec<_> = answer["errors"].as_array().unwrap().iter()
            .map(|error| (error["extensions"]["code"].clone(), error["path"][4].clone())).collect();
        assert_eq!(closed, [3, 4, 5, 6].map(|cell| (json!("FORBIDDEN"), json!(cell))));
        let lead = lead(&hub, STATION).await.ask(ask).await;
        let by_age = &lead["statutoryTable"]["rows"][0]["cells"][4];
        assert_eq!((by_age["count"].as_u64(), by_age["records"]["nodes"].as_array().unwrap().len()), (Some(1), 1));
    }

    async fn one_cell_is_opened_page_by_page_also_as_it_was_signed(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.store(elderly_entry(STATION, elder(1), "2026-09-01", json!({}))).await;
        let mut met = Vec::new();
        for day in ["2026-10-02", "2026-10-05", "2026-10-09"] {
            met.push(worker.store(visit(STATION, elder(1), day, json!({}))).await["record"]["id"].clone());
        }
        let ask = "query($row: String!, $column: Int!, $after: String) {
            statutoryTable(code: \"STATION_MONTHLY_REPORT\", day: \"2026-10-15\", place: \"S410802001\") {
                cell(row: $row, column: $column) { column count records(first: 2, after: $after) {
                    totalCount nodes { ... on Visit { id } } pageInfo { hasNextPage endCursor } } } } }";
        let cell = async |after: &Value| {
            let asked = json!({ "row": "ALL", "column": 9, "after": after });
            worker.ask_with(ask, asked).await["statutoryTable"]["cell"].take()
        };
        let opened = async || {
            let first = cell(&Value::Null).await;
            assert_eq!((&first["column"], &first["count"], &first["records"]["totalCount"]), (&json!(9), &json!(3), &json!(3)));
            assert_eq!(first["records"]["pageInfo"]["hasNextPage"], true);
            let second = cell(&first["records"]["pageInfo"]["endCursor"]).await;
            assert_eq!(second["records"]["pageInfo"]["hasNextPage"], false);
            let pages = [first, second];
            let nodes = pages.iter().flat_map(|page| page["records"]["nodes"].as_array().unwrap());
            nodes.map(|node| node["id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(opened().await, met);
        signed(&lead(&hub, STATION).await, REPORT, STATION).await;
        worker.store(visit(STATION, elder(1), "2026-10-11", json!({}))).await;
        assert_eq!(opened().await, met, "as it was signed");
        for (row, column) in [("ALL", 99), ("all", 9)] {
            let answer = worker.answer(ask, json!({ "row": row, "column": column })).await;
            assert_eq!(code_of(&answer), "INVALID_INPUT");
            assert!(answer.to_string().contains(&format!("no cell {row} {column}")), "{answer}");
        }
        // The number of a band of ages is told, and not who is in it.
        worker.store(child_entry(STATION, child(1), "2026-09-01", json!({}))).await;
        let by_age = "{ statutoryTable(code: \"LEFT_BEHIND_CHILDREN_SUMMARY\", day: \"2026-10-15\", place: \"S410802001\") {
            rows { code } cell(row: \"S410802001\", column: 5) { count records { nodes { id } } } } }";
        let answer = county(&hub, "410802").await.answer(by_age, json!({})).await;
        assert_eq!(code_of(&answer), "FORBIDDEN");
        assert_eq!(answer["data"]["statutoryTable"]["cell"]["count"], 1, "{answer}");
    }

    async fn an_entry_that_was_closed_by_mistake_and_handed_in_again_stands_once(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.store(elderly_entry(STATION, elder(1), "2026-09-01", json!({}))).await;
        let closure = json!({ "ledgerClosure": { "person": elder(1), "kind": "ELDERLY", "closedOn": "2026-10-20", "reason": "REGISTERED_IN_ERROR" } });
        worker.store(item(STATION, closure)).await;
        assert_eq!(row(&table(&worker, REPORT, MONTH, None).await, "ALL")[..4], [1, 0, 1, 0]);
        let again = elderly_entry(STATION, elder(1), "2026-09-01", json!({ "remark": "误销" }));
        worker.store(again).await;
        assert_eq!(row(&table(&worker, REPORT, MONTH, None).await, "ALL")[..4], [1, 0, 0, 1]);
    }

    async fn a_signed_table_that_was_changed_is_not_signed_over(hub: TestHub) {
        let stations = stations(&hub, "410802").await;
        for station in &stations {
            signed(&lead(&hub, station).await, REPORT, station).await;
        }
        let (set, zeros) = match hub.server.hub().db.backend() {
            sea_orm::DbBackend::Postgres => ("decode", ", 'hex')"),
            _ => ("unhex", ")"),
        };
        let bytes = "00".repeat(25);
        hub.sql(&format!("UPDATE signed_tables SET records = {set}('{bytes}'{zeros} WHERE place = '{STATION}'")).await;
        let ask = "{ statutoryTable(code: \"STATION_MONTHLY_REPORT\", day: \"2026-10-15\") { digest } }";
        assert_eq!(county(&hub, "410802").await.fault(ask).await, "INTERNAL");
    }

    async fn signing_and_returning_are_in_the_trail_and_what_is_refused_is_not(hub: TestHub) {
        let lead = lead(&hub, STATION).await;
        hub.worker(STATION).await.store(elderly_entry(STATION, elder(1), "2026-09-01", json!({}))).await;
        let id = signed(&lead, REPORT, STATION).await;
        let officer = county(&hub, "410802").await;
        let nothing = json!({ "id": id, "reason": "没有这一列", "row": "ALL", "column": 99 });
        assert_eq!(code_of(&officer.answer(RETURN, nothing).await), "INVALID_INPUT");
        officer.ask_with(RETURN, json!({ "id": id, "reason": "请再核对", "row": "ALL", "column": 4 })).await;
        let auditor = hub.viewer(Role::Auditor, None).await;
        let trail = auditor.ask("{ accesses(first: 50) { nodes { operation fields } } }").await;
        let noted = trail["accesses"]["nodes"].as_array().unwrap().iter()
            .filter(|row| row["operation"].as_str().unwrap().starts_with("TABLE")).collect::<Vec<_>>();
        let words: Vec<_> = noted.iter().map(|row| row["operation"].as_str().unwrap()).collect();
        assert_eq!(words, ["TABLE_RETURN", "TABLE_SIGN"]);
        let what = noted[0]["fields"][0].as_str().unwrap();
        assert!(what.starts_with("STATION_MONTHLY_REPORT 2026-10-01 S410802001 "), "{what}");
    }

    async fn what_was_looked_at_is_signed_and_nothing_before_its_time(hub: TestHub) {
        let (worker, lead) = (hub.worker(STATION).await, lead(&hub, STATION).await);
        let seen = table(&lead, REPORT, MONTH, None).await;
        worker.store(visit(STATION, elder(1), "2026-10-02", json!({}))).await;
        let asked = json!({ "code": REPORT, "day": MONTH, "place": STATION, "digest": seen["digest"] });
        assert_eq!(code_of(&lead.answer(SIGN, asked).await), "CONFLICT");
        let today = Clock::system().today().to_string();
        let running = table(&lead, REPORT, &today, None).await;
        let asked = json!({ "code": REPORT, "day": today, "place": STATION, "digest": running["digest"] });
        assert_eq!(code_of(&lead.answer(SIGN, asked).await), "INVALID_INPUT");
    }

    async fn tables_are_told_to_those_who_see_all_that_they_count_by(hub: TestHub) {
        use TokenScope::{Finance, Health, Identity, Minor, Read, Submit};
        let ask = "{ statutoryTable(code: \"STATION_MONTHLY_REPORT\", day: \"2026-10-15\") { digest rows { code } } }";
        for role in [Role::Analyst, Role::Admin, Role::Auditor] {
            assert_eq!(hub.viewer(role, None).await.fault(ask).await, "FORBIDDEN", "{role:?}");
        }
        let all = [Read, Submit, Identity, Health, Finance, Minor];
        hub.system("410800", &all).await.ask(ask).await;
        for left_out in [Identity, Health, Finance, Minor] {
            let scopes: Vec<_> = all.into_iter().filter(|scope| *scope != left_out).collect();
            assert_eq!(hub.system("410800", &scopes).await.fault(ask).await, "FORBIDDEN", "{left_out:?}");
        }
        let worker = hub.worker(STATION).await;
        for (arguments, names) in [
            ("code: \"NONE\"", "LEFT_BEHIND_CHILDREN_SUMMARY"),
            ("code: \"WINTER_CARE_BULLETIN\", day: \"2026-07-01\"", "2026-07-01"),
            ("code: \"STATION_MONTHLY_REPORT\", day: \"2100-01-01\"", "2100-01-01"),
            ("code: \"STATION_MONTHLY_REPORT\", day: \"2025-12-01\"", "2025-12-01"),
            ("code: \"STATION_MONTHLY_REPORT\", place: \"S410802002\"", "S410802002"),
            ("code: \"STATION_MONTHLY_REPORT\", place: \"410802\"", "410802"),
            ("code: \"STATION_MONTHLY_REPORT\", place: \"x\"", "x"),
        ] {
            let answer = worker.answer(&format!("{{ statutoryTable({arguments}) {{ place }} }}"), json!({})).await;
            assert_eq!(code_of(&answer), "INVALID_INPUT", "{arguments}");
            assert!(answer["errors"][0]["message"].as_str().unwrap().contains(names), "{answer}");
        }
    }

    async fn a_table_takes_as_many_statements_for_many_stations_as_for_one(hub: TestHub) {
        let officer = hub.officer().await;
        let worker = hub.worker(STATION).await;
        worker.store(visit(STATION, elder(1), "2026-10-02", json!({}))).await;
        let statements = async |place: &str| {
            let ask = format!("{{ statutoryTable(code: \"{REPORT}\", day: \"{MONTH}\", place: \"{place}\") {{ rows {{ code cells {{ count }} }} }} }}");
            officer.statements(&ask, json!({})).await
        };
        // One more for what the counties signed, and one for what the stations did.
        assert_eq!(statements("410800").await, statements(STATION).await + 2);
    }
}
