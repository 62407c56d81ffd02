//! What the trail keeps of reading: who read, from where, what for, whose data and which of it.

use std::time::Duration;

use entity::{Role, TokenScope, trail_row};
use hub::{Hub, clock::Clock};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    on_both,
    support::{Backend, STATION, TestHub, TestViewer, contents::*},
};

/// The rows of the trail whose operation begins so, oldest first, each with its people.
pub async fn noted(hub: &Hub, operation: &str) -> Vec<(trail_row::Model, Vec<Uuid>)> {
    hub.flush_trail().await.unwrap();
    let mut rows = Vec::new();
    let all = trail_row::Entity::find().order_by_asc(trail_row::Column::Seq);
    for row in all.all(hub.db.read()).await.unwrap() {
        if row.operation.starts_with(operation) {
            let people = row.people.iter().collect();
            rows.push((row, people));
        }
    }
    rows
}

async fn with_purpose(viewer: &TestViewer<'_>, purpose: &str) -> (u16, Value) {
    let request = viewer.hub.http.post(format!("{}/graphql", viewer.hub.url));
    let body = json!({ "query": "query Due { persons { nodes { name sex phone } } }" });
    let request =
        request.bearer_auth(&viewer.token).header("x-purpose", purpose.as_bytes()).json(&body);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

on_both! {
    async fn a_read_is_noted_with_who_whence_why_whose_and_which(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for number in 1..=2 {
            worker.store(visit(STATION, elder(number), "2026-10-03", json!({}))).await;
        }
        let (status, answer) = with_purpose(&worker, "%E6%9C%88%E5%BA%95%E6%A0%B8%E5%AF%B9").await;
        assert_eq!((status, &answer["errors"]), (200, &Value::Null));
        let rows = noted(hub.server.hub(), "QUERY").await;
        assert_eq!(rows.len(), 1, "one row for an operation: {rows:?}");
        let (row, people) = &rows[0];
        assert_eq!(row.operation, "QUERY Due");
        assert_eq!(row.role, Some(Role::StationWorker));
        assert_eq!(row.from_address.as_deref(), Some("127.0.0.1"));
        assert_eq!(row.purpose.as_deref(), Some("月底核对"));
        assert_eq!(row.fields.0, ["Person.name", "Person.phone"], "sex tells nobody");
        assert!(!row.request_id.is_empty());
        let persons = entity::person::Entity::find().all(hub.server.hub().db.read()).await.unwrap();
        let mut known: Vec<_> = persons.iter().map(|row| row.id).collect();
        known.sort_unstable();
        assert_eq!(*people, known);
    }

    async fn a_purpose_that_cannot_be_kept_is_refused_before_anything_is_read(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        for wrong in ["%FF".to_owned(), "月底核对".to_owned(), "a".repeat(201)] {
            let (status, answer) = with_purpose(&worker, &wrong).await;
            assert_eq!((status, &answer["data"]), (400, &Value::Null));
            assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_INPUT");
        }
        assert!(noted(hub.server.hub(), "QUERY").await.is_empty());
    }

    async fn what_was_hidden_or_tells_nobody_is_not_noted(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        let system = hub.system("410800", &[TokenScope::Read]).await;
        system.ask("{ persons { totalCount nodes { id name phone } } visits { nodes { living } } }").await;
        worker.ask("{ persons { totalCount nodes { id sex version } } visits { nodes { workers } } }").await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        analyst.ask("{ persons { nodes { id incomeClass phone } } submissions { nodes { content } } }").await;
        let rows = noted(hub.server.hub(), "QUERY").await;
        assert!(rows.is_empty(), "{rows:?}");
        analyst.ask("{ persons { nodes { name phone incomeClass } } }").await;
        let rows = noted(hub.server.hub(), "QUERY").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].0.fields.0, ["Person.incomeClass", "Person.name"], "masked counts, hidden does not");
    }

    async fn what_hangs_on_a_person_is_noted_as_theirs_also_after_a_mutation(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let receipt = worker.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        assert!(noted(hub.server.hub(), "MUTATION").await.is_empty(), "only ids were asked for");
        worker.ask("{ visits { nodes { living } } }").await;
        let query = "mutation Hand($items: [SubmissionInput!]!) {
            submit(items: $items) { receipts { person { name } } } }";
        let items = json!({ "items": [visit(STATION, elder(1), "2026-10-04", json!({}))] });
        worker.ask_with(query, items).await;
        let person = entity::person::Entity::find().one(hub.server.hub().db.read()).await.unwrap();
        let person = person.unwrap().id;
        let read = noted(hub.server.hub(), "QUERY").await;
        assert_eq!((&read[0].0.fields.0[..], &read[0].1[..]), (&["Visit.living".to_owned()][..], &[person][..]));
        let read = noted(hub.server.hub(), "MUTATION Hand").await;
        assert_eq!((&read[0].0.fields.0[..], &read[0].1[..]), (&["Person.name".to_owned()][..], &[person][..]));
        let written = noted(hub.server.hub(), "SUBMIT").await;
        assert_eq!(written[0].0.from_address.as_deref(), Some("127.0.0.1"));
        assert_eq!(receipt["status"], "STORED");
    }

    async fn a_page_of_many_is_one_row_with_each_of_them_once(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let days = ["2026-10-03", "2026-10-04"];
        let visits = (1..=60).flat_map(|number| days.map(|day| visit(STATION, elder(number), day, json!({}))));
        worker.submit(visits.collect()).await;
        worker.ask("{ visits(first: 200) { nodes { living person { name residentId } } } }").await;
        let rows = noted(hub.server.hub(), "QUERY").await;
        assert_eq!(rows.iter().map(|(_, people)| people.len()).collect::<Vec<_>>(), [60]);
        assert_eq!(rows[0].0.people_count, 60);
        assert!(hub.server.hub().verify_trail(None).await.unwrap().is_ok());
    }

    async fn what_was_read_is_on_disk_once_the_server_has_stopped(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        for _ in 0..20 {
            worker.ask("{ persons { nodes { name } } }").await;
        }
        let TestHub { database, server, .. } = hub;
        server.stop().await.unwrap();
        let hub = database.hub(Clock::system()).await;
        assert_eq!(noted(&hub, "QUERY").await.len(), 20);
    }

    async fn what_was_handed_in_is_noted_though_nobody_waits_for_the_answer(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for number in 0..20 {
            let given_up = worker.submit(vec![visit(STATION, elder(number), "2026-10-03", json!({}))]);
            tokio::time::timeout(Duration::from_millis(u64::from(number) / 2), given_up).await.ok();
        }
        // Handed in after them, so that they are recorded by now.
        worker.store(visit(STATION, elder(99), "2026-10-03", json!({}))).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let handed_in = worker.ask("{ visits(first: 100) { totalCount } }").await["visits"]["totalCount"].clone();
        let noted: usize = noted(hub.server.hub(), "SUBMIT").await.iter().map(|(_, people)| people.len()).sum();
        assert_eq!(handed_in, noted);
    }
}
