//! People who look like one are told to those who see both by name, until somebody says that they are two.

use entity::{Role, TokenScope, kept_apart};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Backend, FAR, NEIGHBOUR, STATION, TestHub, TestViewer, contents::*},
};

const LIKELY: &str = "query ($first: Int, $after: String, $filter: LikelyDuplicateFilter) {
    likelyDuplicates(first: $first, after: $after, filter: $filter) {
      nodes { earlier { id name sex residentId } later { id name birthDate } }
      edges { cursor } pageInfo { hasNextPage endCursor } } }";
const APART: &str = "mutation ($a: ID!, $b: ID!, $reason: String!) {
    keepApart(a: $a, b: $b, reason: $reason) { earlier { id } later { id } } }";

async fn likely(viewer: &TestViewer<'_>, asked: Value) -> Value {
    viewer.ask_with(LIKELY, asked).await["likelyDuplicates"].take()
}

async fn count(viewer: &TestViewer<'_>) -> usize {
    likely(viewer, json!({})).await["nodes"].as_array().unwrap().len()
}

/// Stores an entry of somebody of this name; gives the id of the person.
async fn entered(viewer: &TestViewer<'_>, station: &str, name: &str, more: Value) -> Value {
    let person = laid_over(json!({ "name": name }), more);
    let stored = viewer.store(elderly_entry(station, person, "2026-01-05", json!({}))).await;
    stored["person"]["id"].clone()
}

/// Without a resident ID, and of a village, by which two people of one name are two.
fn unnumbered(village: &str, more: Value) -> Value {
    laid_over(json!({ "noIdReason": "LOST", "village": village }), more)
}

/// The codes of the villages of a station.
async fn villages_of(hub: &TestHub, station: &str) -> Vec<String> {
    let places = hub.server.hub().places().await.unwrap();
    let villages = places.villages(&places.station(station).unwrap().township);
    villages.iter().map(|village| village.code.clone()).collect()
}

on_both! {
    async fn those_who_look_like_one_are_told_until_they_are_two(hub: TestHub) {
        let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
        let villages = villages_of(&hub, STATION).await;
        let numbered = entered(&lead, STATION, "测试甲", json!({ "residentId": resident_id("410802", "19430717", 2) })).await;
        let same = entered(&lead, STATION, "测试甲", unnumbered(&villages[0], json!({ "sex": "FEMALE", "birthDate": "1943-07-17" }))).await;
        // What is known of both tells these from the first.
        for (at, other) in [json!({ "sex": "MALE" }), json!({ "birthDate": "1944-07-17" })].into_iter().enumerate() {
            entered(&lead, STATION, "测试甲", unnumbered(&villages[at + 1], other)).await;
        }
        entered(&lead, STATION, "测试甲", json!({ "residentId": resident_id("410802", "19430717", 4) })).await;
        entered(&lead, STATION, "测试乙", unnumbered(&villages[0], json!({}))).await;
        let found = likely(&lead, json!({})).await;
        let first = found["nodes"].as_array().unwrap().iter().any(|pair| pair["earlier"]["id"] == numbered && pair["later"]["id"] == same);
        assert!(first, "{found:#}");

        let decided = lead.ask_with(APART, json!({ "a": same, "b": numbered, "reason": "核对过证件，是两个人" })).await;
        assert_eq!(decided["keepApart"], json!({ "earlier": { "id": numbered }, "later": { "id": same } }));
        let before = found["nodes"].as_array().unwrap().len();
        assert_eq!(count(&lead).await, before - 1);
        lead.ask_with(APART, json!({ "a": numbered, "b": same, "reason": "再说一遍也一样" })).await;
        assert_eq!(count(&lead).await, before - 1);
        let kept = kept_apart::Entity::find().all(hub.server.hub().db.read()).await.unwrap();
        assert_eq!(kept.len(), 1);
        let reason = hub.server.hub().unsealed(&kept[0], kept_apart::Column::Reason).await.unwrap();
        assert_eq!(reason.as_deref(), Some("核对过证件，是两个人"));
        let auditor = hub.viewer(Role::Auditor, None).await;
        let trail = "{ accesses(filter: { operations: [\"KEEP_APART\"] }) { nodes { role peopleCount } } }";
        let noted = json!({ "role": "STATION_LEAD", "peopleCount": 2 });
        assert_eq!(auditor.ask(trail).await["accesses"]["nodes"], json!([noted, noted]));
    }

    async fn only_who_stands_in_an_open_ledger_is_told(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let villages = villages_of(&hub, STATION).await;
        for village in &villages[..2] {
            entered(&worker, STATION, "测试甲", unnumbered(village, json!({}))).await;
        }
        assert_eq!(count(&worker).await, 1);
        let person = laid_over(json!({ "name": "测试甲" }), unnumbered(&villages[1], json!({})));
        worker.store(item(STATION, json!({ "ledgerClosure": {
            "person": person, "kind": "ELDERLY", "closedOn": "2026-06-01", "reason": "MOVED_AWAY" } }))).await;
        assert_eq!(count(&worker).await, 0);
    }

    async fn a_pair_is_told_to_nobody_who_does_not_see_both_by_name(hub: TestHub) {
        let (worker, neighbour, far) = (hub.worker(STATION).await, hub.worker(NEIGHBOUR).await, hub.worker(FAR).await);
        let here = villages_of(&hub, STATION).await.remove(0);
        let born = json!({ "birthDate": "1943-07-17" });
        let mine = entered(&worker, STATION, "测试甲", unnumbered(&here, born.clone())).await;
        let next = entered(&neighbour, NEIGHBOUR, "测试甲", unnumbered(&villages_of(&hub, NEIGHBOUR).await[0], born.clone())).await;
        entered(&far, FAR, "测试甲", unnumbered(&villages_of(&hub, FAR).await[0], born)).await;
        for station in [&worker, &neighbour, &far] {
            assert_eq!(count(station).await, 0, "the other is of another station");
        }
        let officer = hub.viewer(Role::CountyOfficer, Some("410802")).await;
        assert_eq!(count(&officer).await, 1);
        assert_eq!(count(&hub.officer().await).await, 3);
        for (filter, pairs) in [(json!({ "stations": [FAR] }), 2), (json!({ "division": "410802" }), 3), (json!({ "division": "410811" }), 2)] {
            let found = likely(&hub.officer().await, json!({ "filter": filter })).await;
            assert_eq!(found["nodes"].as_array().unwrap().len(), pairs, "{filter}");
        }
        for blind in [hub.viewer(Role::Analyst, None).await, hub.system("410802", &[TokenScope::Read]).await] {
            assert_eq!(blind.fault("{ likelyDuplicates { nodes { later { id } } } }").await, "FORBIDDEN");
        }
        let refused = async |viewer: &TestViewer<'_>| {
            let answer = viewer.answer(APART, json!({ "a": mine, "b": next, "reason": "不该我来判定" })).await;
            answer["errors"][0]["extensions"]["code"].clone()
        };
        let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
        let elsewhere = hub.viewer(Role::CountyOfficer, Some("410811")).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        for stranger in [&worker, &lead, &elsewhere, &analyst] {
            assert_eq!(refused(stranger).await, "FORBIDDEN");
        }
        assert_eq!(count(&officer).await, 1);
    }

    async fn an_officer_is_told_of_no_minors(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let villages = villages_of(&hub, STATION).await;
        for (at, born) in [(0, json!({ "birthDate": "2016-02-06" })), (1, json!({ "birthDate": "2016-02-06" })), (2, json!({}))] {
            let person = laid_over(json!({ "name": "测试童" }), unnumbered(&villages[at], born));
            let detail = json!({ "child": { "kind": "LEFT_BEHIND" } });
            worker.store(item(STATION, json!({ "ledgerEntry": { "person": person, "openedOn": "2026-01-05", "detail": detail } }))).await;
        }
        assert_eq!(count(&worker).await, 3);
        assert_eq!(count(&hub.viewer(Role::CountyOfficer, Some("410802")).await).await, 0);
    }

    async fn pages_go_on_where_the_one_before_ended_by_as_many_statements_for_many(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let villages = villages_of(&hub, STATION).await;
        let mut statements = Vec::new();
        for name in ["测试甲", "测试乙"] {
            for village in &villages[..4] {
                entered(&worker, STATION, name, unnumbered(village, json!({}))).await;
            }
            statements.push(worker.statements(LIKELY, json!({ "first": 50 })).await);
        }
        assert_eq!(statements[0], statements[1]);
        let all = likely(&worker, json!({ "first": 50 })).await;
        assert_eq!(all["nodes"].as_array().unwrap().len(), 12);
        let (mut walked, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = likely(&worker, json!({ "first": 5, "after": after })).await;
            walked.extend(page["nodes"].as_array().unwrap().clone());
            if page["pageInfo"]["hasNextPage"] == false { break }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(json!(walked), all["nodes"]);
        let wrong = worker.answer(LIKELY, json!({ "after": "x" })).await;
        assert_eq!(wrong["errors"][0]["extensions"]["code"], "INVALID_INPUT");
    }

    async fn namesakes_are_found_by_the_index_of_names(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let villages = villages_of(&hub, STATION).await;
        for village in &villages[..2] {
            entered(&worker, STATION, "测试甲", unnumbered(village, json!({}))).await;
        }
        let body = json!({ "query": "{ likelyDuplicates { pageInfo { hasNextPage } } }", "extensions": { "explain": true } });
        let answer: Value = hub.http.post(format!("{}/graphql", hub.url)).bearer_auth(&worker.token).json(&body)
            .send().await.unwrap().json().await.unwrap();
        let reads = answer["extensions"]["explain"]["statements"][0]["reads"].to_string();
        // PostgreSQL goes by how much there is, and here is next to nothing.
        let is_sqlite = hub.database.url.starts_with("sqlite");
        assert!(!is_sqlite || reads.contains("SEARCH earlier USING INDEX persons_name_id"), "{reads}");
        assert!(!is_sqlite || !reads.contains("SCAN"), "{reads}");
    }
}
