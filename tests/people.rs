//! A person is one in the whole hub.

use serde_json::json;

use crate::{
    on_both,
    support::{Backend, FAR, STATION, TestHub, contents::*},
};

on_both! {
    async fn two_stations_serve_one_person(hub: TestHub) {
        let (here, there) = (hub.worker(STATION).await, hub.worker(FAR).await);
        let first = here.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        let second = there.store(visit(FAR, elder(1), "2026-10-08", json!({}))).await;
        assert_eq!(first["person"], second["person"]);
        let data = hub.officer().await.ask("{ persons { totalCount } }").await;
        assert_eq!(data["persons"]["totalCount"], 1);
        let data = here.ask("{ persons { nodes { visits { nodes { visitedOn } } } } }").await;
        let visits = &data["persons"]["nodes"][0]["visits"]["nodes"];
        assert_eq!(*visits, json!([{ "visitedOn": "2026-10-03" }]), "the other station's visit is not shown");
    }

    async fn a_nameplate_finds_nobody_with_a_number_whom_the_station_does_not_serve(hub: TestHub) {
        let (here, there) = (hub.worker(STATION).await, hub.worker(FAR).await);
        let mut known = elder(1);
        known["phone"] = json!("13812345678");
        known["village"] = json!("410802001001");
        let first = here.store(elderly_entry(STATION, known, "2026-01-02", json!({}))).await;
        let data = here.ask("{ persons { nodes { name sex birthDate divisionCode } } }").await;
        let person = &data["persons"]["nodes"][0];
        let plate = json!({ "name": person["name"], "sex": person["sex"], "birthDate": person["birthDate"],
            "village": person["divisionCode"], "noIdReason": "LOST" });
        let second = there.store(visit(FAR, plate.clone(), "2026-10-08", json!({}))).await;
        assert_ne!(first["person"], second["person"]);
        let seen = there.ask("{ persons { nodes { residentId phone } } }").await;
        assert_eq!(seen["persons"]["nodes"], json!([{ "residentId": null, "phone": null }]));
        let again = here.store(visit(STATION, plate, "2026-10-09", json!({}))).await;
        assert_eq!(again["person"], first["person"], "its own station finds them by it");
    }

    async fn a_number_is_one_person_whether_old_or_small(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let new = (1..).map(|n| resident_id("410802", "19430717", n)).find(|id| id.ends_with('X')).unwrap();
        let old = format!("{}{}", &new[..6], &new[8..17]);
        for id in [new.clone(), new.to_lowercase(), old] {
            let person = json!({ "name": "测试老人", "residentId": id });
            worker.store(visit(STATION, person, "2026-10-03", json!({ "remark": id }))).await;
        }
        let data = worker.ask("{ persons { nodes { residentId birthDate } } }").await;
        assert_eq!(data["persons"]["nodes"], json!([{ "residentId": new, "birthDate": "1943-07-17" }]));
    }

    async fn another_name_for_a_recorded_number_is_refused_without_telling_the_name(hub: TestHub) {
        let (here, there) = (hub.worker(STATION).await, hub.worker(FAR).await);
        here.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        let mut other = elder(1);
        other["name"] = json!("旁人");
        let receipt = there.submit(vec![visit(FAR, other, "2026-10-04", json!({}))]).await.remove(0);
        assert_eq!(receipt["problems"][0]["code"], "NAME_CONTRADICTS_RECORD");
        assert!(!receipt.to_string().contains("测试老人1"));
    }

    async fn a_person_without_a_number_needs_a_reason_and_is_one(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let person = json!({ "name": "测试无证", "sex": "FEMALE", "birthDate": "1950-01-02", "village": "410802001001" });
        let codes = worker.refused(visit(STATION, person.clone(), "2026-10-03", json!({}))).await;
        assert_eq!(codes, ["ID_MISSING"]);
        let mut person = person;
        person["noIdReason"] = json!("UNREGISTERED");
        let first = worker.store(visit(STATION, person.clone(), "2026-10-03", json!({}))).await;
        let second = worker.store(visit(STATION, person, "2026-10-04", json!({}))).await;
        assert_eq!(first["person"], second["person"]);
    }

    async fn a_correction_names_the_version_it_was_made_on(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let person = worker.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await["person"]["id"].clone();
        let correct = |based_on: i64, values| item(STATION, json!({ "personCorrection": {
            "personId": person, "basedOn": based_on, "values": values } }));
        worker.store(correct(1, json!({ "phone": "138-1234-5678" }))).await;
        let codes = worker.refused(correct(1, json!({ "phone": "13800000000" }))).await;
        assert_eq!(codes, ["VERSION_OUTDATED"]);
        let codes = worker.refused(correct(2, json!({ "sex": "FEMALE" }))).await;
        assert_eq!(codes, ["SEX_CONTRADICTS_ID"]);
        worker.store(visit(STATION, elder(2), "2026-10-03", json!({}))).await;
        let codes = worker.refused(correct(2, json!({ "residentId": elder(2)["residentId"] }))).await;
        assert_eq!(codes, ["ID_TAKEN"]);
        let data = worker.ask_with("query ($id: ID!) { person(id: $id) { phone version } }", json!({ "id": person })).await;
        assert_eq!(data["person"], json!({ "phone": "13812345678", "version": 2 }));
        let stranger = hub.worker(FAR).await;
        let mut foreign = correct(2, json!({ "phone": "13800000000" }));
        foreign["station"] = json!(FAR);
        assert_eq!(stranger.refused(foreign).await, ["PERSON_UNKNOWN"]);
    }

    async fn a_household_has_the_members_of_its_newest_form(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let household = |members| item(STATION, json!({ "household": {
            "head": elder(1), "members": members, "village": "410802001001", "incomeClass": "MINIMUM_LIVING" } }));
        let member = |person: serde_json::Value| json!({ "person": person, "relation": "孙子女" });
        let first = worker.store(household(json!([member(child(1)), member(child(2))]))).await;
        let codes = worker.refused(household(json!([member(child(3)), member(child(3))]))).await;
        assert_eq!(codes, ["MEMBER_TWICE"]);
        let second = worker.store(household(json!([member(child(2))]))).await;
        assert_eq!(first["household"], second["household"]);
        let data = worker.ask("{ households { nodes { head { name } members { nodes { name householdRelation } } } } }").await;
        assert_eq!(data["households"]["nodes"], json!([{
            "head": { "name": "测试老人1" },
            "members": { "nodes": [
                { "name": "测试儿童2", "householdRelation": "孙子女" },
                { "name": "测试老人1", "householdRelation": "户主" } ] } }]));
        let visit = item(STATION, json!({ "visit": { "householdId": first["household"]["id"], "visitedOn": "2026-10-03", "mode": "HOME" } }));
        assert_eq!(worker.store(visit).await["household"], first["household"]);
        let data = worker.ask("{ persons { totalCount } }").await;
        assert_eq!(data["persons"]["totalCount"], 3);
    }

    async fn a_household_made_on_an_older_version_sends_nobody_away(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let household = |based_on: serde_json::Value, children: &[u32]| {
            let members: Vec<_> = children.iter().map(|n| json!({ "person": child(*n), "relation": "孙子女" })).collect();
            item(STATION, json!({ "household": { "basedOn": based_on, "head": elder(1), "members": members } }))
        };
        assert_eq!(worker.refused(household(json!(1), &[1])).await, ["VERSION_OUTDATED"], "there is none yet");
        worker.store(household(json!(0), &[1])).await;
        assert_eq!(worker.refused(household(json!(0), &[])).await, ["VERSION_OUTDATED"], "there is one already");
        worker.store(household(json!(1), &[1, 2])).await;
        let receipt = worker.submit(vec![household(json!(1), &[1])]).await.remove(0);
        assert_eq!(receipt["problems"][0]["path"], "basedOn");
        let names = "{ households { nodes { version members { nodes { name } } } } }";
        let both = json!([{ "version": 2, "members": { "nodes": [
            { "name": "测试儿童2" }, { "name": "测试儿童1" }, { "name": "测试老人1" } ] } }]);
        assert_eq!(worker.ask(names).await["households"]["nodes"], both);
        worker.store(household(serde_json::Value::Null, &[])).await;
        assert_eq!(worker.ask(names).await["households"]["nodes"][0]["members"]["nodes"], json!([{ "name": "测试老人1" }]));
    }

    async fn a_ledger_entry_made_on_an_older_version_writes_over_nothing(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let entry = |based_on: serde_json::Value, remark: &str| item(STATION, json!({ "ledgerEntry": {
            "basedOn": based_on, "person": elder(1), "openedOn": "2025-01-01", "remark": remark,
            "detail": { "elderly": { "livingArrangement": "ALONE" } } } }));
        assert_eq!(worker.refused(entry(json!(1), "没有这一版")).await, ["VERSION_OUTDATED"], "there is none yet");
        assert_eq!(hub.worker(STATION).await.ask("{ persons { totalCount } }").await["persons"]["totalCount"], 0);
        worker.store(entry(json!(0), "甲")).await;
        assert_eq!(worker.refused(entry(json!(0), "乙")).await, ["VERSION_OUTDATED"], "there is one already");
        // Two answers to the same version that come together: the first is recorded.
        let receipts = worker.submit(vec![entry(json!(1), "丙"), entry(json!(1), "丁")]).await;
        assert_eq!((&receipts[0]["status"], &receipts[1]["status"]), (&json!("STORED"), &json!("REJECTED")));
        assert_eq!(receipts[1]["problems"][0]["path"], "basedOn");
        let remarks = "{ persons { nodes { ledgerEntries { nodes { version remark } } } } }";
        let told = worker.ask(remarks).await["persons"]["nodes"][0]["ledgerEntries"]["nodes"].clone();
        assert_eq!(told, json!([{ "version": 2, "remark": "丙" }]));
        // Closed meanwhile, an entry is not opened again by an answer to it.
        worker.store(item(STATION, json!({ "ledgerClosure": {
            "person": elder(1), "kind": "ELDERLY", "closedOn": "2025-02-01", "reason": "MOVED_AWAY" } }))).await;
        assert_eq!(worker.refused(entry(json!(2), "戊")).await, ["VERSION_OUTDATED"]);
        worker.store(entry(serde_json::Value::Null, "己")).await;
    }

    async fn a_household_that_somebody_left_for_another_is_a_newer_version(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let household = |based_on: i64, head: u32, children: &[u32]| {
            let members: Vec<_> = children.iter().map(|n| json!({ "person": child(*n), "relation": "孙子女" })).collect();
            item(STATION, json!({ "household": { "basedOn": based_on, "head": elder(head), "members": members } }))
        };
        worker.store(household(0, 1, &[1, 2])).await;
        worker.store(household(0, 2, &[1])).await;
        let codes = worker.refused(household(1, 1, &[1, 2])).await;
        assert_eq!(codes, ["VERSION_OUTDATED"], "it would take the child back");
        worker.store(household(2, 1, &[2])).await;
    }

    async fn a_certificate_agrees_with_number_category_and_grade(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let number = resident_id("410802", "19930122", 37);
        let entry = |certificate: String, category: &str, grade: i64| item(STATION, json!({ "ledgerEntry": {
            "person": { "name": "测试残疾", "residentId": number }, "openedOn": "2025-01-01",
            "detail": { "disabled": { "certificateNo": certificate, "category": category, "grade": grade } } } }));
        assert_eq!(worker.refused(entry(format!("{number}43"), "VISUAL", 3)).await, ["CERT_CATEGORY_MISMATCH"]);
        assert_eq!(worker.refused(entry(format!("{number}43"), "PHYSICAL", 2)).await, ["CERT_GRADE_MISMATCH"]);
        assert_eq!(worker.refused(entry(format!("{number}83"), "PHYSICAL", 3)).await, ["CERT_INVALID"]);
        let other = resident_id("410802", "19930122", 39);
        assert_eq!(worker.refused(entry(format!("{other}43"), "PHYSICAL", 3)).await, ["CERT_ID_MISMATCH"]);
        worker.store(entry(format!("{number}43"), "PHYSICAL", 3)).await;
    }

    async fn a_station_takes_no_household_and_no_member_of_another(hub: TestHub) {
        let (here, there) = (hub.worker(STATION).await, hub.worker(FAR).await);
        let household = |station, head: u32, members: &[u32]| {
            let members: Vec<_> = members.iter().map(|n| json!({ "person": elder(*n), "relation": "亲属" })).collect();
            item(station, json!({ "household": { "head": elder(head), "members": members, "address": "测试路1号" } }))
        };
        let own = here.store(household(STATION, 1, &[2])).await;
        assert_eq!(there.refused(household(FAR, 1, &[])).await, ["HOUSEHOLD_ELSEWHERE"]);
        assert_eq!(there.refused(household(FAR, 3, &[2])).await, ["HOUSEHOLD_ELSEWHERE"]);
        let query = "query ($id: ID!) { household(id: $id) { address members { totalCount } } }";
        let data = here.ask_with(query, json!({ "id": own["household"]["id"] })).await;
        assert_eq!(data["household"], json!({ "address": "测试路1号", "members": { "totalCount": 2 } }));
        let officer = hub.officer().await;
        officer.store(household(STATION, 1, &[])).await;
        there.store(household(FAR, 3, &[2])).await;
    }

    async fn a_number_handed_on_in_one_batch_is_handed_on(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let plain = json!({ "name": "测试无证", "noIdReason": "LOST", "village": "410802001001" });
        let first = worker.store(visit(STATION, plain, "2026-10-01", json!({}))).await["person"]["id"].clone();
        let second = worker.store(visit(STATION, elder(1), "2026-10-01", json!({}))).await["person"]["id"].clone();
        let correct = |person, id: &serde_json::Value| item(STATION, json!({ "personCorrection": {
            "personId": person, "basedOn": 1, "values": { "residentId": id } } }));
        let receipts = worker.submit(vec![
            correct(second, &elder(3)["residentId"]),
            correct(first, &elder(1)["residentId"]),
            visit(STATION, elder(5), "2026-10-02", json!({})),
        ]).await;
        assert!(receipts.iter().all(|receipt| receipt["status"] == "STORED"), "{receipts:#?}");
    }

    async fn a_person_without_a_number_stays_one_while_more_is_learnt(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let plate = json!({ "name": "测试无证", "noIdReason": "LOST", "village": "410802001001" });
        let with = |more: serde_json::Value| {
            let mut person = plate.clone();
            person.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            person
        };
        let first = worker.store(visit(STATION, plate.clone(), "2026-10-01", json!({}))).await;
        worker.store(visit(STATION, with(json!({ "sex": "MALE" })), "2026-10-02", json!({}))).await;
        worker.store(visit(STATION, plate.clone(), "2026-10-03", json!({}))).await;
        worker.store(visit(STATION, with(json!({ "sex": "FEMALE" })), "2026-10-04", json!({}))).await;
        let data = worker.ask("{ persons { totalCount } }").await;
        assert_eq!(data["persons"]["totalCount"], 2);
        let codes = worker.refused(visit(STATION, plate, "2026-10-05", json!({}))).await;
        assert_eq!(codes, ["PERSON_AMBIGUOUS"]);
        let person = json!({ "id": first["person"]["id"], "name": "测试无证", "residentId": elder(1)["residentId"] });
        assert_eq!(worker.refused(visit(STATION, person, "2026-10-06", json!({}))).await, ["ID_BY_CORRECTION"]);
    }

    async fn whom_another_station_serves_is_not_told(hub: TestHub) {
        let (here, there) = (hub.worker(STATION).await, hub.worker(FAR).await);
        here.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        there.store(visit(FAR, elder(1), "2026-10-04", json!({}))).await;
        let query = format!("{{ persons {{ nodes {{ stations {{ nodes {{ code }} }} }} }}
            station(code: \"{FAR}\") {{ persons {{ totalCount }} }}
            filtered: persons(filter: {{ stations: [\"{FAR}\"] }}) {{ totalCount }} }}");
        let data = here.ask(&query).await;
        assert_eq!(data["persons"]["nodes"], json!([{ "stations": { "nodes": [{ "code": STATION }] } }]));
        assert_eq!(data["station"]["persons"]["totalCount"], 0);
        assert_eq!(data["filtered"]["totalCount"], 0);
        let data = hub.officer().await.ask(&query).await;
        assert_eq!(data["station"]["persons"]["totalCount"], 1);
    }
}
