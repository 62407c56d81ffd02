//! Who sees what.

use entity::Role;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Backend, FAR, NEIGHBOUR, STATION, TestHub, contents::*},
};

const EVERYTHING: &str = "{
    visits { totalCount nodes { id } } persons { totalCount nodes { id } } needs { totalCount nodes { id } }
    ledgerEntries { totalCount nodes { id } } submissions { totalCount nodes { id } }
    assessments { totalCount } households { totalCount nodes { id } }
    bulletin(from: \"2026-10-01\", to: \"2026-10-31\") { personTimes { count } peopleServed { count } } }";

async fn fill(hub: &TestHub) {
    for (number, station) in [STATION, NEIGHBOUR, FAR].into_iter().enumerate() {
        let worker = hub.worker(station).await;
        let number = u32::try_from(number).unwrap();
        let need = json!({ "needs": [{ "domain": "CARE", "urgency": "SOON" }] });
        worker.store(visit(station, elder(number), "2026-10-03", need)).await;
        worker.store(elderly_entry(station, elder(number), "2025-10-03", json!({}))).await;
        worker.store(item(station, json!({ "household": { "head": elder(number) } }))).await;
    }
}

fn counts(data: &Value) -> Vec<u64> {
    let lists = ["visits", "persons", "needs", "ledgerEntries", "households"];
    lists.iter().map(|list| data[list]["nodes"].as_array().unwrap().len() as u64).collect()
}

on_both! {
    async fn each_role_sees_its_scope_in_every_list(hub: TestHub) {
        fill(&hub).await;
        for (role, place, seen) in [
            (Role::StationWorker, Some(STATION), 1),
            (Role::CountyOfficer, Some("410802"), 2),
            (Role::StationLead, Some(STATION), 1),
            (Role::CountyOfficer, Some("410800"), 3),
            (Role::Analyst, None, 3),
            (Role::Admin, None, 0),
            (Role::Auditor, None, 0),
        ] {
            let data = hub.viewer(role, place).await.ask(EVERYTHING).await;
            assert_eq!(counts(&data), [seen; 5], "{role:?}");
            if role == Role::Analyst {
                assert_eq!(data["persons"]["totalCount"], json!(null), "figures about three people");
                continue;
            }
            assert_eq!(data["persons"]["totalCount"], seen, "{role:?}");
            let handed_in = if seen > 0 { json!(seen * 3) } else { json!(null) };
            assert_eq!(data["submissions"]["totalCount"], handed_in, "{role:?}");
            assert_eq!(data["bulletin"]["personTimes"]["count"], seen, "{role:?}");
            assert_eq!(data["bulletin"]["peopleServed"]["count"], seen, "{role:?}");
        }
    }

    async fn what_is_out_of_scope_looks_like_what_is_not_there(hub: TestHub) {
        fill(&hub).await;
        let all = hub.officer().await.ask(EVERYTHING).await;
        let worker = hub.worker(STATION).await;
        let own = worker.ask(EVERYTHING).await;
        for list in ["visits", "persons", "needs", "ledgerEntries", "submissions", "households"] {
            let nodes = |data: &Value| data[list]["nodes"].as_array().unwrap().clone();
            for node in nodes(&all) {
                let data = worker.ask_with("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": node["id"] })).await;
                let expected = if nodes(&own).contains(&node) { node } else { json!(null) };
                assert_eq!(data["node"], expected, "{list}");
            }
        }
        let query = "query ($id: String!) { person(residentId: $id) { name } }";
        let other = worker.ask_with(query, json!({ "id": elder(1)["residentId"] })).await;
        assert_eq!(other["person"], json!(null));
        let own = worker.ask_with(query, json!({ "id": elder(0)["residentId"] })).await;
        assert_eq!(own["person"]["name"], "测试老人0");
    }
}
