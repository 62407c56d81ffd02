//! Excuses: handed in like all else, exactly once and from a village without signal, with an end, and
//! seen by nobody but those whose they are.

use chrono::Days;
use entity::TokenScope;
use hub::clock::Clock;
use nuanyang::client::{Queue, Sender, items};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Backend, NEIGHBOUR, STATION, TestHub, TestViewer, contents::*},
};

const EXCUSES: &str = "{ excuses { totalCount nodes { reason firstOn lastOn workers remark
    person { name } station { code } submission { kind } } } }";

async fn excuses(viewer: &TestViewer<'_>) -> Value {
    viewer.ask(EXCUSES).await["excuses"]["nodes"].take()
}

fn day(ahead: u64) -> String {
    (Clock::system().today() + Days::new(ahead)).to_string()
}

on_both! {
    async fn an_excuse_from_the_queue_of_a_village_is_recorded_once(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let more = json!({ "remark": "在儿子家", "reason": "AWAY" });
        let given = excuse(STATION, elder(1), ["2026-10-05", "2026-11-03"], more);
        let folder = tempfile::tempdir().unwrap();
        for round in 0..2 {
            // The second time from a queue that was lost and made anew.
            let mut queue = Queue::open(folder.path().join(round.to_string())).unwrap();
            queue.add(items(vec![given.clone()]).unwrap()).unwrap();
            let sender = Sender::new(&hub.url, &worker.token).unwrap();
            let progress = sender.drain(&mut queue, |_| ()).await.unwrap();
            assert_eq!((progress.stored, progress.replayed), (1 - round, round));
        }
        // Typed once more, under another id.
        let mut again = given;
        again["id"] = json!(uuid::Uuid::new_v4());
        assert_eq!(worker.submit(vec![again]).await[0]["status"], "REPLAYED");
        let told = json!([{
            "reason": "AWAY", "firstOn": "2026-10-05", "lastOn": "2026-11-03", "workers": ["社工甲"],
            "remark": "在儿子家", "person": { "name": "测试老人1" }, "station": { "code": STATION },
            "submission": { "kind": "EXCUSE" },
        }]);
        assert_eq!(excuses(&worker).await, told);
    }

    async fn an_excuse_handed_in_again_says_anew_until_when(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let from = "2026-10-05";
        let first = excuse(STATION, elder(1), [from, "2026-11-03"], json!({}));
        let stored = worker.store(first.clone()).await;
        assert_eq!(stored["record"]["__typename"], "Excuse");
        let ended = worker.store(excuse(STATION, elder(1), [from, "2026-10-11"], json!({}))).await;
        assert_eq!(ended["record"]["id"], stored["record"]["id"]);
        let found = excuses(&worker).await;
        assert_eq!((found.as_array().unwrap().len(), &found[0]["lastOn"]), (1, &json!("2026-10-11")));
        // The first is answered as it was, and lengthens nothing.
        assert_eq!(worker.submit(vec![first]).await[0]["status"], "REPLAYED");
        assert_eq!(excuses(&worker).await, found);
        // Two of one call, and of one who is not on record yet.
        let both = ["2026-10-20", "2026-10-15"].map(|last| excuse(STATION, elder(2), [from, last], json!({})));
        for receipt in worker.submit(both.to_vec()).await {
            assert_eq!(receipt["status"], "STORED", "{receipt:#}");
        }
        let found = excuses(&worker).await;
        assert_eq!((found.as_array().unwrap().len(), &found[0]["lastOn"]), (2, &json!("2026-10-15")));
    }

    async fn an_excuse_has_an_end_that_is_near(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let (far, today) = (day(93), day(0));
        let days = |first: &str, last: &str| excuse(STATION, elder(1), [first, last], json!({}));
        for (item, codes) in [
            (days("2026-10-05", "2026-10-04"), &["DATE_ORDER lastOn"][..]),
            (days("2026-02-30", "2026.3.1"), &["DATE_INVALID firstOn", "DATE_INVALID lastOn 2026-03-01"]),
            (days("2026-01-01", "2026-04-03"), &["EXCUSE_TOO_LONG lastOn 2026-04-02"]),
            (days(&far, &far), &["DATE_TOO_FAR firstOn"]),
            (days("1930-01-01", "1930-01-02"), &["DATE_ORDER firstOn"]),
        ] {
            let receipt = worker.submit(vec![item]).await.remove(0);
            assert_eq!(receipt["status"], "REJECTED", "{receipt:#}");
            let problems = receipt["problems"].as_array().unwrap().iter();
            let told: Vec<_> = problems.map(|problem| {
                let word = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
                format!("{} {} {}", word("code"), word("path"), word("repair")).trim().to_owned()
            }).collect();
            assert_eq!(told, codes);
        }
        let without_end = json!({ "excuse": { "person": elder(1), "reason": "AWAY", "firstOn": today } });
        let answer = worker.answer(SUBMIT, json!({ "items": [item(STATION, without_end)] })).await;
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains("lastOn"), "{answer:#}");
        assert_eq!(excuses(&worker).await, json!([]));
        for first in [day(0), day(92)] {
            worker.store(days(&first, &first)).await;
        }
        worker.store(days("2026-01-01", "2026-04-02")).await;
    }

    async fn an_excuse_of_another_station_is_not_seen_or_changed(hub: TestHub) {
        let (worker, neighbour) = (hub.worker(STATION).await, hub.worker(NEIGHBOUR).await);
        let days = ["2026-10-05", "2026-11-03"];
        let stored = worker.store(excuse(STATION, elder(1), days, json!({}))).await;
        neighbour.store(visit(NEIGHBOUR, elder(1), "2026-10-20", json!({}))).await;
        assert_eq!(excuses(&neighbour).await, json!([]));
        let id = &stored["record"]["id"];
        let asked = format!("{{ node(id: {id}) {{ id }} persons {{ nodes {{ excuses {{ totalCount }} }} }} }}");
        let found = neighbour.ask(&asked).await;
        assert_eq!(found["node"], Value::Null);
        assert_eq!(found["persons"]["nodes"][0]["excuses"]["totalCount"], 0);
        let of_others = excuse(STATION, elder(1), ["2026-10-05", "2026-10-06"], json!({}));
        assert_eq!(neighbour.refused(of_others).await, ["STATION_UNKNOWN"]);
        // The neighbour's own is another.
        neighbour.store(excuse(NEIGHBOUR, elder(1), ["2026-10-05", "2026-10-06"], json!({}))).await;
        assert_eq!(excuses(&worker).await[0]["lastOn"], "2026-11-03");
    }

    async fn why_someone_is_excused_is_a_matter_of_health(hub: TestHub) {
        use TokenScope::{Health, Identity, Read};
        hub.worker(STATION).await.store(excuse(STATION, elder(1), ["2026-10-05", "2026-11-03"], json!({}))).await;
        let by_reason = "{ excuses(filter: { reasons: [IN_HOSPITAL] }) { nodes { reason firstOn workers } } }";
        let told = hub.system("410802", &[Read, Identity, Health]).await;
        let node = json!({ "reason": "IN_HOSPITAL", "firstOn": "2026-10-05", "workers": [] });
        assert_eq!(told.ask(by_reason).await["excuses"]["nodes"], json!([node]));
        let blind = hub.system("410802", &[Read, Identity]).await;
        assert_eq!(blind.fault(by_reason).await, "FORBIDDEN");
        assert_eq!(excuses(&blind).await[0]["reason"], Value::Null);
    }
}
