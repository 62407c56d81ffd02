//! Who is told who has seen whom, and that it is noted who asked.

use entity::{Role, TokenScope};
use serde_json::{Value, json};

use crate::{
    on_both,
    reads::noted,
    support::{Backend, FAR, NEIGHBOUR, STATION, TestHub, contents::*},
};

/// Someone of the first station, whom its worker has read; gives back the id.
async fn someone_seen(hub: &TestHub) -> String {
    let worker = hub.worker(STATION).await;
    worker.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
    worker.ask("query First { persons { nodes { name } } }").await;
    worker.ask("query Second { persons { nodes { phone } } }").await;
    hub.server.hub().flush_trail().await.unwrap();
    let data = worker.ask("{ persons { nodes { id } } }").await;
    data["persons"]["nodes"][0]["id"].as_str().unwrap().to_owned()
}

const FIELDS: &str =
    "nodes { operation role accountName fromAddress purpose fields peopleCount people }
    pageInfo { hasNextPage endCursor }";

fn of_person(id: &str, page: &str) -> String {
    format!("{{ person(id: \"{id}\") {{ accesses{page} {{ {FIELDS} }} }} }}")
}

on_both! {
    async fn a_lead_and_an_officer_learn_who_has_seen_someone_newest_first(hub: TestHub) {
        let id = someone_seen(&hub).await;
        for (role, place) in [(Role::StationLead, STATION), (Role::CountyOfficer, "410802")] {
            let viewer = hub.viewer(role, Some(place)).await;
            let data = viewer.ask(&of_person(&id, "(first: 2)")).await;
            let page = &data["person"]["accesses"];
            let skipped = usize::from(role == Role::CountyOfficer);
            if skipped == 0 {
                assert_eq!(page["nodes"][0]["operation"], "QUERY Second");
                assert_eq!(page["nodes"][0]["fields"], json!(["Person.phone"]));
                assert_eq!(page["nodes"][0]["role"], "STATION_WORKER");
                assert_eq!(page["nodes"][0]["fromAddress"], "127.0.0.1");
                assert_eq!(page["nodes"][0]["people"], Value::Null, "ids of others are not theirs");
                let after = page["pageInfo"]["endCursor"].as_str().unwrap();
                let rest = viewer.ask(&of_person(&id, &format!("(after: \"{after}\")"))).await;
                let rest = &rest["person"]["accesses"]["nodes"];
                assert_eq!(rest.as_array().unwrap().iter().map(|row| &row["operation"]).collect::<Vec<_>>(), ["SUBMIT"]);
            } else {
                assert_eq!(page["nodes"][0]["operation"], "TRAIL", "the lead's reading is noted");
            }
            hub.server.hub().flush_trail().await.unwrap();
        }
        let read = noted(hub.server.hub(), "TRAIL").await;
        assert_eq!(read.len(), 3);
        assert!(read.iter().all(|(row, people)| row.fields.0 == ["Access"] && people.len() == 1));
    }

    async fn nobody_else_learns_who_has_seen_someone(hub: TestHub) {
        let id = someone_seen(&hub).await;
        for viewer in [
            hub.worker(STATION).await,
            hub.viewer(Role::Analyst, None).await,
            hub.system("410802", TokenScope::ALL).await,
        ] {
            let answer = viewer.answer(&of_person(&id, ""), json!({})).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
            assert_eq!(answer["data"]["person"]["accesses"], Value::Null);
        }
        for (role, place) in [
            (Role::StationLead, Some(NEIGHBOUR)),
            (Role::StationLead, Some(FAR)),
            (Role::CountyOfficer, Some("410811")),
            (Role::Admin, None),
        ] {
            let data = hub.viewer(role, place).await.ask(&of_person(&id, "")).await;
            assert_eq!(data["person"], Value::Null, "{role:?} {place:?}");
        }
        for (role, place) in [(Role::CountyOfficer, Some("410800")), (Role::StationLead, Some(STATION)), (Role::Admin, None)] {
            let fault = hub.viewer(role, place).await.fault("{ accesses { nodes { at } } }").await;
            assert_eq!(fault, "FORBIDDEN", "{role:?}");
        }
        assert!(noted(hub.server.hub(), "TRAIL").await.is_empty());
    }

    async fn the_trail_is_read_of_one_person_a_request(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for number in 1..=3 {
            worker.store(visit(STATION, elder(number), "2026-10-03", json!({}))).await;
        }
        let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
        let answer = lead.answer("{ persons { nodes { accesses { nodes { at } } } } }", json!({})).await;
        let people = answer["data"]["persons"]["nodes"].as_array().unwrap();
        assert_eq!(people.iter().filter(|person| !person["accesses"].is_null()).count(), 1);
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_INPUT");
    }

    async fn an_auditor_asks_by_person_account_time_and_operation(hub: TestHub) {
        let id = someone_seen(&hub).await;
        let auditor = hub.viewer(Role::Auditor, None).await;
        let ask = async |filter: &str| {
            let query = format!("{{ accesses(filter: {{ {filter} }}) {{ nodes {{ operation username people }} }} }}");
            let mut data = auditor.ask(&query).await;
            hub.server.hub().flush_trail().await.unwrap();
            data["accesses"]["nodes"].take()
        };
        let operations = |rows: &Value| -> Vec<String> {
            let rows = rows.as_array().unwrap().iter();
            rows.map(|row| row["operation"].as_str().unwrap().to_owned()).collect()
        };
        let of_person = ask(&format!("person: \"{id}\"")).await;
        assert_eq!(operations(&of_person), ["QUERY Second", "QUERY First", "SUBMIT"]);
        assert_eq!(of_person[0]["people"], json!([id]));
        let worker = of_person[0]["username"].as_str().unwrap();
        let of_account = ask(&format!("account: \"{worker}\", operations: [\"QUERY\"]")).await;
        assert_eq!(operations(&of_account), ["QUERY Second", "QUERY First"]);
        assert_eq!(operations(&ask("account: \"nobody\"").await), [""; 0]);
        assert_eq!(operations(&ask("operations: [\"QUE\"]").await), [""; 0], "words are whole");
        assert_eq!(operations(&ask("to: \"2026-01-01T00:00:00Z\"").await), [""; 0]);
        assert_eq!(operations(&ask("operations: [\"TRAIL\"]").await).len(), 5, "what the auditor did");
        let nothing = auditor.ask(&format!("{{ persons {{ totalCount }} person(id: \"{id}\") {{ id }} }}")).await;
        assert_eq!(nothing, json!({ "persons": { "totalCount": 0 }, "person": null }));
    }
}
