//! What was refused is listed until it is mended, for those who answer for it and for nobody else, and
//! without anything that was handed in.

use chrono::Duration;
use entity::{Role, TokenScope, refusal};
use hub::clock::Clock;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::{
    import_acts::{LEDGER, csv, elder_line, number, village},
    on_both,
    support::{Backend, FAR, NEIGHBOUR, STATION, TestHub, TestViewer, contents::*},
};

const REFUSALS: &str = "{ refusals { totalCount nodes { submissionId kind status station { code }
    accountName mayDismiss problems { code path value repair message } } } }";
const DISMISS: &str =
    "mutation ($ids: [UUID!]!, $reason: String) { dismissRefusals(ids: $ids, reason: $reason) }";

async fn refusals(viewer: &TestViewer<'_>) -> Vec<Value> {
    let mut data = viewer.ask(REFUSALS).await;
    assert_eq!(data["refusals"]["totalCount"], data["refusals"]["nodes"].as_array().unwrap().len());
    serde_json::from_value(data["refusals"]["nodes"].take()).unwrap()
}

async fn dismissed(viewer: &TestViewer<'_>, ids: &[&Value], reason: Option<&str>) -> Value {
    let given = json!({ "ids": ids, "reason": reason });
    viewer.ask_with(DISMISS, given).await["dismissRefusals"].take()
}

/// A visit of a day that does not exist.
fn bad(station: &str) -> Value {
    visit(station, elder(1), "2026-13-05", json!({ "remark": "不得外传的话" }))
}

/// The same, mended.
fn mended(bad: &Value) -> Value {
    let mut mended = bad.clone();
    mended["content"]["visit"]["visitedOn"] = json!("2026-10-05");
    mended
}

on_both! {
    async fn what_is_refused_is_listed_until_it_is_mended(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
        let bad = bad(STATION);
        worker.refused(bad.clone()).await;
        let first = lead.ask("{ refusals { nodes { firstRefusedAt refusedAt } } }").await;
        worker.refused(bad.clone()).await;
        let told = json!({
            "submissionId": bad["id"], "kind": "VISIT", "status": "REJECTED", "station": { "code": STATION },
            "accountName": "测试", "mayDismiss": true,
            "problems": [{ "code": "DATE_INVALID", "path": "visitedOn", "value": null, "repair": null,
                "message": "日期不存在或无法识别,请按 2026-10-31 的格式填写" }],
        });
        assert_eq!(refusals(&lead).await, [told]);
        let again = lead.ask("{ refusals { nodes { firstRefusedAt refusedAt } } }").await;
        let at = |data: &Value, field: &str| data["refusals"]["nodes"][0][field].clone();
        assert_eq!(at(&again, "firstRefusedAt"), at(&first, "firstRefusedAt"));
        assert_ne!(at(&again, "refusedAt"), at(&first, "refusedAt"));
        worker.store(mended(&bad)).await;
        assert_eq!(refusals(&lead).await, [] as [Value; 0]);
    }

    async fn what_turns_out_to_be_on_record_is_listed_no_more(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let bad = bad(STATION);
        worker.refused(bad.clone()).await;
        let mut same = mended(&bad);
        same["id"] = json!(uuid::Uuid::new_v4());
        worker.store(same).await;
        assert_eq!(worker.submit(vec![mended(&bad)]).await[0]["status"], "REPLAYED");
        assert_eq!(refusals(&worker).await, [] as [Value; 0]);
        // Refused and mended by one call.
        let receipts = worker.submit(vec![bad.clone(), mended(&bad)]).await;
        assert_eq!((&receipts[0]["status"], &receipts[1]["status"]), (&json!("REJECTED"), &json!("REPLAYED")));
        assert_eq!(refusals(&worker).await, [] as [Value; 0]);
    }

    async fn a_conflict_stays_until_it_is_put_aside(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let stored = visit(STATION, elder(1), "2026-10-05", json!({}));
        worker.store(stored.clone()).await;
        let mut other = stored.clone();
        other["content"]["visit"]["remark"] = json!("另有内容");
        assert_eq!(worker.submit(vec![other]).await[0]["status"], "CONFLICT");
        assert_eq!(worker.submit(vec![stored.clone()]).await[0]["status"], "REPLAYED");
        let found = refusals(&worker).await;
        assert_eq!((&found[0]["status"], &found[0]["problems"]), (&json!("CONFLICT"), &json!([])));
        assert_eq!(dismissed(&worker, &[&stored["id"]], None).await, 1);
        assert_eq!(refusals(&worker).await, [] as [Value; 0]);
    }

    async fn nobody_else_sees_a_refusal_or_puts_it_aside(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let (colleague, neighbour) = (hub.worker(STATION).await, hub.worker(NEIGHBOUR).await);
        let bad = bad(STATION);
        worker.refused(bad.clone()).await;
        let far = hub.viewer(Role::CountyOfficer, Some("410811")).await;
        let nothing = hub.viewer(Role::Auditor, None).await;
        let id = &bad["id"];
        for stranger in [&neighbour, &far, &nothing] {
            assert_eq!(refusals(stranger).await, [] as [Value; 0]);
        }
        for stranger in [&neighbour, &far] {
            assert_eq!(dismissed(stranger, &[id], Some("与我无关的事")).await, 0);
        }
        let seen = refusals(&colleague).await;
        assert_eq!((&seen[0]["submissionId"], &seen[0]["mayDismiss"]), (id, &json!(false)));
        assert_eq!(dismissed(&colleague, &[id], Some("不是我报送的")).await, 0);
        // Another's id mends nothing of what is on the worker's device, and is not listed for both.
        let mut of_another = mended(&bad);
        of_another["station"] = json!(NEIGHBOUR);
        neighbour.store(of_another).await;
        assert_eq!(refusals(&worker).await.len(), 1);
        assert_eq!(worker.submit(vec![mended(&bad)]).await[0]["status"], "CONFLICT");

        let analyst = hub.viewer(Role::Analyst, None).await;
        assert_eq!(refusals(&analyst).await[0]["accountName"], "测*");
        let blind = hub.system("410802", &[TokenScope::Read]).await;
        assert_eq!(refusals(&blind).await[0]["accountName"], Value::Null);
        let officer = hub.viewer(Role::CountyOfficer, Some("410802")).await;
        let short = officer.answer(DISMISS, json!({ "ids": [id], "reason": "略" })).await;
        assert_eq!(short["errors"][0]["extensions"]["code"], "INVALID_INPUT");
        assert_eq!(dismissed(&officer, &[id], None).await, 0, "a reason is wanted");
        assert_eq!(dismissed(&officer, &[id], Some("设备已报废，内容另行补报")).await, 1);
        assert_eq!(refusals(&worker).await, [] as [Value; 0]);
        let auditor = hub.viewer(Role::Auditor, None).await;
        let trail = "{ accesses(filter: { operations: [\"REFUSAL_DISMISS\"] }) { nodes { role purpose fields } } }";
        let noted = json!([{ "role": "COUNTY_OFFICER", "purpose": "设备已报废，内容另行补报", "fields": ["1 refusals"] }]);
        assert_eq!(auditor.ask(trail).await["accesses"]["nodes"], noted);
    }

    async fn nothing_that_was_handed_in_is_kept_of_a_refusal(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let person = json!({ "name": "测试密", "residentId": resident_id("410802", "19430717", 9),
            "sex": "FEMALE", "birthDate": "1950-01-02", "phone": "电话密" });
        let needs = json!([{ "domain": "CARE", "urgency": "SOON", "remark": "话密\u{7}" }]);
        let item = visit(STATION, person, "1942-01-01", json!({ "needs": needs, "nextVisitOn": "1941-01-01" }));
        let codes = worker.refused(item).await;
        assert!(codes.len() >= 5, "{codes:?}");
        let found = refusals(&worker).await.remove(0);
        assert_eq!(found["problems"].as_array().unwrap().len(), codes.len());
        let kept = refusal::Entity::find().one(hub.server.hub().db.read()).await.unwrap().unwrap();
        let kept = format!("{found} {}", serde_json::to_string(&kept.problems).unwrap());
        for value in ["密", "1943", "19430717", "1950", "1942", "1941", "男"] {
            assert!(!kept.contains(value), "{value}: {kept}");
        }
        assert!(kept.contains("性别与身份证号第17位(…)不一致"), "{kept}");
    }

    async fn a_refusal_of_a_station_out_of_reach_is_its_own_stations(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let bad = bad(FAR);
        assert_eq!(worker.refused(bad).await, ["STATION_UNKNOWN"]);
        assert_eq!(refusals(&hub.worker(FAR).await).await, [] as [Value; 0]);
        assert_eq!(refusals(&worker).await[0]["station"]["code"], STATION);
        // Who may hand nothing in leaves nothing behind.
        hub.viewer(Role::Analyst, None).await.refused(visit(STATION, elder(1), "2026-10-05", json!({}))).await;
        assert_eq!(refusals(&hub.officer().await).await.len(), 1);
        hub.officer().await.refused(visit("S0", elder(1), "2026-10-05", json!({}))).await;
        assert_eq!(refusals(&worker).await.len(), 1);
        assert_eq!(refusals(&hub.officer().await).await[1]["station"], Value::Null);
    }

    async fn of_an_account_the_newest_are_kept_and_no_longer_than_a_quarter(hub: TestHub) {
        let (worker, other) = (hub.worker(STATION).await, hub.worker(STATION).await);
        other.refused(bad(STATION)).await;
        let first = bad(STATION);
        worker.refused(first.clone()).await;
        let items: Vec<Value> = (0..300).map(|_| bad(STATION)).collect();
        worker.submit(items).await;
        let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
        let count = async || lead.ask("{ refusals { totalCount } }").await["refusals"]["totalCount"].take();
        assert_eq!(count().await, 301);
        let mine = worker.ask("{ refusals(filter: { mine: true }) { totalCount nodes { submissionId } } }").await;
        assert_eq!(mine["refusals"]["totalCount"], 300);
        assert_ne!(mine["refusals"]["nodes"][0]["submissionId"], first["id"]);
        let later = |days| {
            let mut later = hub.server.hub().clone();
            later.clock = Clock::fixed(later.clock.now() + Duration::days(days));
            later
        };
        later(89).clear_refusals().await.unwrap();
        assert_eq!(count().await, 301);
        later(91).clear_refusals().await.unwrap();
        assert_eq!(count().await, 0);
    }

    async fn rows_of_an_import_are_told_there_and_not_here(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let wrong = elder_line(1, &village, "13800000001").replace(&number(1), "410802194307170013");
        let bytes = csv(LEDGER, &[elder_line(2, &village, "13800000002"), wrong]);
        let act = worker.preview(("台账.csv", &bytes)).await;
        // Since the file was looked at, somebody else has the number of the other line.
        let mut taken = elder(2);
        taken["name"] = json!("另有其人");
        worker.store(elderly_entry(STATION, taken, "2026-01-05", json!({}))).await;
        let applied = worker.have("apply", &act["id"]).await;
        let verdicts: Vec<_> = applied["lines"]["nodes"].as_array().unwrap().iter().map(|line| &line["verdict"]).collect();
        assert_eq!(verdicts, ["REFUSED", "REFUSED"], "{applied:#}");
        assert_eq!(refusals(&worker).await, [] as [Value; 0]);
    }
}
