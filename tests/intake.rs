//! Handing in, exactly once.

use migration::{Migrator, MigratorTrait};
use nuanyang::{bounds::Bounds, settings::Settings};
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::{
    on_both,
    support::{Backend, FAR, NEIGHBOUR, STATION, TestHub, contents::*},
};

on_both! {
    async fn a_submission_again_is_answered_with_what_was_recorded_then(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let item = visit(STATION, elder(1), "2026-10-03", json!({}));
        let first = worker.store(item.clone()).await;
        let again = worker.submit(vec![item]).await.remove(0);
        assert_eq!(again["status"], "REPLAYED");
        for field in ["submissionId", "recordedAt", "digest", "record", "person"] {
            assert_eq!(again[field], first[field], "{field}");
        }
        let data = worker.ask("{ visits { totalCount } submissions { totalCount } }").await;
        assert_eq!(data["visits"]["totalCount"], 1);
        assert_eq!(data["submissions"]["totalCount"], 1);
    }

    async fn the_same_id_with_another_content_is_a_conflict_and_writes_nothing(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let item = visit(STATION, elder(1), "2026-10-03", json!({}));
        worker.store(item.clone()).await;
        let mut other = item;
        other["content"]["visit"]["remark"] = json!("另有内容");
        let receipt = worker.submit(vec![other]).await.remove(0);
        assert_eq!(receipt["status"], "CONFLICT");
        assert_eq!(receipt["record"], json!(null));
        let data = worker.ask("{ visits { totalCount nodes { remark } } }").await;
        assert_eq!(data["visits"], json!({ "totalCount": 1, "nodes": [{ "remark": null }] }));
    }

    async fn a_thousand_replays_at_once_leave_one_row_and_equal_receipts(hub: TestHub) {
        // They all come from one address, as from behind a proxy.
        let bounds = Bounds { connections: 1_100, ..Bounds::default() };
        let hub = hub.again(Settings { per_address: 275.try_into().unwrap(), bounds, ..Settings::default() }).await;
        let worker = hub.worker(STATION).await;
        let item = visit(STATION, elder(1), "2026-10-03", json!({ "needs": [{ "domain": "CARE", "urgency": "SOON" }] }));
        let calls = (0..1000).map(|_| worker.submit(vec![item.clone()]));
        let receipts = futures_util::future::join_all(calls).await;
        let stored = receipts.iter().filter(|receipts| receipts[0]["status"] == "STORED").count();
        assert_eq!(stored, 1);
        for receipt in &receipts {
            assert!(["STORED", "REPLAYED"].contains(&receipt[0]["status"].as_str().unwrap()));
            for field in ["submissionId", "recordedAt", "digest", "record", "person", "problems"] {
                assert_eq!(receipt[0][field], receipts[0][0][field], "{field}");
            }
        }
        let data = worker.ask("{ visits { totalCount } needs { totalCount } persons { totalCount } }").await;
        for list in ["visits", "needs", "persons"] {
            assert_eq!(data[list]["totalCount"], 1, "{list}");
        }
    }

    async fn one_event_handed_in_under_two_ids_is_one_event(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let first = visit(STATION, elder(1), "2026-10-03", json!({}));
        let mut second = first.clone();
        second["id"] = json!(uuid::Uuid::new_v4());
        let receipts = worker.submit(vec![first, second.clone()]).await;
        assert_eq!(receipts[0]["status"], "STORED");
        assert_eq!(receipts[1]["status"], "REPLAYED");
        assert_eq!(receipts[1]["submissionId"], second["id"]);
        assert_eq!(receipts[1]["record"], receipts[0]["record"]);
    }

    async fn a_bad_item_takes_no_good_one_down_and_leaves_no_trace(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let bad = visit(STATION, json!({ "name": "测试", "residentId": "410802194307170013" }), "2026-13-05", json!({}));
        let receipts = worker.submit(vec![
            visit(STATION, elder(1), "2026-10-03", json!({})),
            bad.clone(),
            visit(STATION, elder(2), "2026-10-04", json!({})),
        ]).await;
        let statuses: Vec<_> = receipts.iter().map(|receipt| receipt["status"].clone()).collect();
        assert_eq!(statuses, ["STORED", "REJECTED", "STORED"]);
        let codes: Vec<_> = receipts[1]["problems"].as_array().unwrap().iter().map(|problem| (problem["code"].clone(), problem["path"].clone())).collect();
        assert_eq!(codes, [(json!("ID_CHECK_DIGIT"), json!("person.residentId")), (json!("DATE_INVALID"), json!("visitedOn"))]);
        let data = worker.ask("{ persons { totalCount } submissions { totalCount } }").await;
        assert_eq!(data["persons"]["totalCount"], 2);
        assert_eq!(data["submissions"]["totalCount"], 2);

        let mut mended = bad;
        mended["content"]["visit"]["person"] = elder(3);
        mended["content"]["visit"]["visitedOn"] = json!("2026-10-05");
        worker.store(mended).await;
    }

    async fn problems_speak_the_language_asked_for(hub: TestHub) {
        let mut worker = hub.worker(STATION).await;
        let bad = visit(STATION, elder(1), "2026-02-30", json!({}));
        let message = |receipts: Vec<serde_json::Value>| receipts[0]["problems"][0]["message"].as_str().unwrap().to_owned();
        assert!(message(worker.submit(vec![bad.clone()]).await).contains("日期"));
        worker.language = "en-GB,en;q=0.9";
        assert!(message(worker.submit(vec![bad]).await).contains("calendar"));
    }

    async fn more_than_five_hundred_items_are_refused_and_nothing_is_written(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let items: Vec<_> = (0..501).map(|i| visit(STATION, elder(i), "2026-10-03", json!({}))).collect();
        let answer = worker.answer(SUBMIT, json!({ "items": items })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_INPUT", "{answer}");
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains("500"));
        let data = worker.ask("{ visits { totalCount } }").await;
        assert_eq!(data["visits"]["totalCount"], 0);
        let receipts = worker.submit(items[..500].to_vec()).await;
        assert!(receipts.iter().all(|receipt| receipt["status"] == "STORED"));
    }

    async fn more_than_eight_mebibytes_are_refused_and_nothing_is_written(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let long = "长".repeat(30_000);
        let items: Vec<_> = (0..100).map(|i| visit(STATION, elder(i), "2026-10-03", json!({ "remark": long }))).collect();
        let answer = worker.answer(SUBMIT, json!({ "items": items })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_INPUT");
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains("8 MiB"));
        let data = worker.ask("{ visits { totalCount } }").await;
        assert_eq!(data["visits"]["totalCount"], 0);
    }

    async fn a_worker_hands_in_for_its_own_station_only(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for station in [NEIGHBOUR, "S999999999"] {
            let codes = worker.refused(visit(station, elder(1), "2026-10-03", json!({}))).await;
            assert_eq!(codes, ["STATION_UNKNOWN"]);
        }
        let analyst = hub.viewer(entity::Role::Analyst, None).await;
        let codes = analyst.refused(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        assert_eq!(codes, ["STATION_UNKNOWN"]);
        let officer = hub.viewer(entity::Role::CountyOfficer, Some("410802")).await;
        officer.store(visit(NEIGHBOUR, elder(1), "2026-10-03", json!({}))).await;
        let codes = officer.refused(visit(FAR, elder(1), "2026-10-03", json!({}))).await;
        assert_eq!(codes, ["STATION_UNKNOWN"]);
    }

    async fn what_was_handed_in_under_longer_digests_is_still_known(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let said = || visit(STATION, elder(1), "2026-10-03", json!({}));
        let first = worker.store(said()).await;
        let writer = hub.server.hub().db.writer();
        let steps = Migrator::migrations();
        let later = steps.iter().skip_while(|step| !step.name().ends_with("_shorten_digests")).count();
        Migrator::down(writer, Some(u32::try_from(later).unwrap())).await.unwrap();
        let half = "0".repeat(32);
        let longer = format!("UPDATE submissions SET digest = digest || '{half}', event_digest = event_digest || '{half}'");
        writer.execute_unprepared(&longer).await.unwrap();
        Migrator::up(writer, None).await.unwrap();
        let again = worker.submit(vec![said()]).await.remove(0);
        assert_eq!((&again["status"], &again["record"]), (&json!("REPLAYED"), &first["record"]));
    }

    async fn a_ledger_handed_in_again_changes_nothing_and_opens_nothing_again(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let entry = |more| elderly_entry(STATION, elder(1), "2025-05-07", more);
        let first = worker.store(entry(json!({}))).await;
        let again = worker.submit(vec![entry(json!({}))]).await.remove(0);
        assert_eq!(again["status"], "REPLAYED");
        assert_eq!(again["record"], first["record"]);

        let heavier = worker.store(entry(json!({ "risk": "HIGH" }))).await;
        assert_eq!(heavier["record"], first["record"]);
        let back = worker.store(entry(json!({}))).await;
        assert_eq!(back["record"], first["record"], "a state can come back");

        let closure = item(STATION, json!({ "ledgerClosure": {
            "person": elder(1), "kind": "ELDERLY", "closedOn": "2026-09-01", "reason": "MOVED_AWAY" } }));
        worker.store(closure.clone()).await;
        assert_eq!(worker.submit(vec![closure]).await[0]["status"], "REPLAYED");
        let late = worker.submit(vec![entry(json!({}))]).await.remove(0);
        assert_eq!(late["status"], "REPLAYED");
        let data = worker.ask("{ ledgerEntries { totalCount nodes { closedOn } } }").await;
        assert_eq!(data["ledgerEntries"], json!({ "totalCount": 1, "nodes": [{ "closedOn": "2026-09-01" }] }));
    }

    async fn a_need_is_open_once_grows_urgent_and_is_met(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let need = |urgency| json!({ "needs": [{ "domain": "MEDICAL_AID", "urgency": urgency }] });
        worker.store(visit(STATION, elder(1), "2026-10-03", need("NORMAL"))).await;
        worker.store(visit(STATION, elder(1), "2026-10-09", need("URGENT"))).await;
        let needs = "{ needs { nodes { domain urgency status raisedOn settledOn } } }";
        let data = worker.ask(needs).await;
        let open = json!([{ "domain": "MEDICAL_AID", "urgency": "URGENT", "status": "OPEN",
                            "raisedOn": "2026-10-03", "settledOn": null }]);
        assert_eq!(data["needs"]["nodes"], open);
        worker.store(visit(STATION, elder(1), "2026-10-20", json!({ "needsMet": ["MEDICAL_AID", "CARE"] }))).await;
        let data = worker.ask(needs).await;
        assert_eq!(data["needs"]["nodes"][0]["status"], "MET");
        assert_eq!(data["needs"]["nodes"][0]["settledOn"], "2026-10-20");
        worker.store(visit(STATION, elder(1), "2026-10-25", need("SOON"))).await;
        let data = worker.ask("{ needs { totalCount } }").await;
        assert_eq!(data["needs"]["totalCount"], 2);
    }

    async fn a_control_character_or_an_endless_list_takes_no_good_item_down(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let receipts = worker.submit(vec![
            visit(STATION, elder(1), "2026-10-03", json!({ "remark": "前\u{0}后" })),
            visit(STATION, elder(2), "2026-10-03", json!({ "workers": vec!["社工甲"; 5000] })),
            visit(STATION, elder(3), "2026-10-03", json!({ "remark": "两行\n备注 😀" })),
        ]).await;
        let told: Vec<_> = receipts.iter().map(|receipt| (receipt["status"].as_str().unwrap(), receipt["problems"][0]["code"].as_str())).collect();
        assert_eq!(told, [("REJECTED", Some("TEXT_CHARACTER")), ("REJECTED", Some("LIST_TOO_LONG")), ("STORED", None)]);
    }

    async fn a_closure_handed_in_again_closes_no_later_entry(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let closure = || item(STATION, json!({ "ledgerClosure": {
            "person": elder(1), "kind": "ELDERLY", "closedOn": "2026-04-01", "reason": "OTHER" } }));
        worker.store(elderly_entry(STATION, elder(1), "2026-03-01", json!({}))).await;
        worker.store(closure()).await;
        worker.store(elderly_entry(STATION, elder(1), "2026-02-15", json!({}))).await;
        assert_eq!(worker.submit(vec![closure()]).await[0]["status"], "REPLAYED");
        let data = worker.ask("{ ledgerEntries(filter: { openOn: \"2026-10-01\" }) { totalCount } }").await;
        assert_eq!(data["ledgerEntries"]["totalCount"], 1);
    }

    async fn impossible_days_are_refused(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let id = worker.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await["person"]["id"].clone();
        let days = [("0000-02-29", "DATE_TOO_EARLY"), ("9999-12-31", "DATE_IN_FUTURE"), ("1930-01-01", "DATE_ORDER"), ("2026-2-3", "DATE_INVALID")];
        for (day, code) in days {
            assert_eq!(worker.refused(visit(STATION, json!({ "id": id }), day, json!({}))).await, [code], "{day}");
        }
    }
}
