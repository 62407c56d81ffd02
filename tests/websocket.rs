//! What a WebSocket may take of the hub, and when it ends.

use std::time::Duration;

use futures_util::SinkExt;
use nuanyang::{bounds::Bounds, settings::Settings};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    on_both,
    support::{Backend, FAR, Follower, STATION, TestHub, WAIT, contents::*, slow},
};

const FOLLOW: &str = "subscription { submissionRecorded(after: 0) { seq } }";

fn bounds(bounds: Bounds) -> Settings {
    Settings { bounds, ..Settings::default() }
}

/// Looks so seldom that a test does not see it.
const NEVER: Duration = Duration::from_secs(3600);
const SOON: Duration = Duration::from_millis(100);

fn code(message: &Value) -> &Value {
    &message["payload"]["errors"][0]["extensions"]["code"]
}

on_both! {
    async fn an_operation_waits_for_the_turn_of_its_account(hub: TestHub) {
        let hub = hub.again(Settings {
            per_account: 1.try_into().unwrap(),
            timeout: Duration::from_secs(1),
            ..Settings::default()
        }).await;
        let (worker, other) = (hub.worker(STATION).await, hub.worker(FAR).await);
        let mut own = Follower::signed_in(&hub, &worker.token).await;
        let mut others = Follower::signed_in(&hub, &other.token).await;
        // Each keeps the turn until its body is given up.
        let _first = slow(&hub, &worker.token).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let _second = slow(&hub, &worker.token).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        own.ask("1", "{ viewer { role } }", json!({})).await;
        others.ask("1", "{ viewer { role } }", json!({})).await;
        assert_eq!(others.next().await["payload"]["data"]["viewer"]["role"], "STATION_WORKER");
        assert_eq!(code(&own.next().await), "UNAVAILABLE");
        assert_eq!(own.next().await["type"], "complete");
    }

    async fn who_only_follows_holds_no_turn(hub: TestHub) {
        let hub = hub.again(Settings { per_account: 1.try_into().unwrap(), ..Settings::default() }).await;
        let worker = hub.worker(STATION).await;
        worker.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        let mut follower = Follower::signed_in(&hub, &worker.token).await;
        for id in ["1", "2", "3"] {
            follower.ask(id, FOLLOW, json!({})).await;
            assert_eq!(follower.next().await["payload"]["data"]["submissionRecorded"]["seq"], 1);
        }
        worker.ask("{ viewer { role } }").await;
        follower.ask("4", "{ viewer { role } }", json!({})).await;
        assert_eq!(follower.next().await["payload"]["data"]["viewer"]["role"], "STATION_WORKER");
    }

    async fn so_many_sockets_are_open_for_an_account_and_an_address(hub: TestHub) {
        let hub = hub.again(bounds(Bounds { sockets: 1, ..Bounds::default() })).await;
        let (one, other) = (hub.worker(STATION).await, hub.worker(FAR).await);
        let first = Follower::signed_in(&hub, &one.token).await;
        assert_eq!(Follower::connect(&hub, &one.token).await.closed().await, 1013);
        let _others = Follower::signed_in(&hub, &other.token).await;
        let mut open = Vec::new();
        let refused = loop {
            match Follower::open(&hub).await {
                Ok(follower) => open.push(follower),
                Err(status) => break status,
            }
        };
        assert_eq!(refused, 503);
        assert!((2..=3).contains(&open.len()), "{} beside two of an account", open.len());
        drop((first, open));
        until_let_in(&hub, &one.token).await;
    }

    async fn so_many_operations_are_under_way_on_a_socket(hub: TestHub) {
        let hub = hub.again(bounds(Bounds { operations: 2, ..Bounds::default() })).await;
        let officer = hub.officer().await;
        let mut follower = Follower::signed_in(&hub, &officer.token).await;
        for id in ["1", "2", "3"] {
            follower.ask(id, FOLLOW, json!({})).await;
        }
        let refused = follower.next().await;
        assert_eq!((&refused["id"], code(&refused)), (&json!("3"), &json!("TOO_COSTLY")), "{refused}");
        assert_eq!(follower.next().await, json!({ "id": "3", "type": "complete" }));
        follower.send(json!({ "type": "complete", "id": "1" })).await;
        follower.ask("1", "{ viewer { role } }", json!({})).await;
        assert_eq!(follower.next().await["payload"]["data"]["viewer"]["role"], "COUNTY_OFFICER");
    }

    async fn a_stop_finishes_a_mutation_and_sends_followers_elsewhere(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let mut follower = Follower::signed_in(&hub, &worker.token).await;
        follower.ask("following", "subscription { submissionRecorded { seq } }", json!({})).await;
        let items: Vec<_> = (0..100).map(|i| visit(STATION, elder(i), "2026-10-03", json!({}))).collect();
        follower.ask("handing in", SUBMIT, json!({ "items": items })).await;
        follower.heard().await;
        let TestHub { server, database, .. } = hub;
        let stopping = tokio::spawn(server.stop());
        let (mut answered, mut ended) = (0, 0);
        while ended == 0 {
            match follower.hear().await {
                Ok(message) if message["id"] == "following" => assert_eq!(message["type"], "next"),
                Ok(message) if message["type"] == "next" => {
                    answered = message["payload"]["data"]["submit"]["receipts"].as_array().unwrap().len();
                }
                Ok(_) => {}
                Err(code) => ended = code,
            }
        }
        assert_eq!((answered, ended), (100, 1001));
        stopping.await.unwrap().unwrap();
        let hub = TestHub::on(database).await;
        let data = hub.officer().await.ask("{ visits { totalCount } }").await;
        assert_eq!(data["visits"]["totalCount"], 100);
    }

    async fn a_follower_whose_account_changes_is_told_nothing_more(hub: TestHub) {
        let hub = hub.again(bounds(Bounds { look: NEVER, ..Bounds::default() })).await;
        let writer = hub.worker(STATION).await;
        for (n, change, end) in [
            (0, "UPDATE accounts SET active = FALSE", 4401),
            (2, "UPDATE tokens SET revoked_at = created_at", 4401),
            (4, "UPDATE accounts SET division_code = '410802'", 4403),
            (6, "UPDATE accounts SET role = 'ADMIN'", 4403),
        ] {
            let officer = hub.officer().await;
            let mut follower = Follower::signed_in(&hub, &officer.token).await;
            writer.store(visit(STATION, elder(n), "2026-10-03", json!({}))).await;
            follower.ask("1", FOLLOW, json!({})).await;
            assert_eq!(follower.next().await["type"], "next");
            while follower.soon().await.is_some() {}
            change_account(&hub, &officer.token, change).await;
            writer.store(visit(STATION, elder(n + 1), "2026-10-03", json!({}))).await;
            assert_eq!(follower.closed().await, end, "{change}");
        }
    }

    async fn a_silent_follower_is_looked_at_from_time_to_time(hub: TestHub) {
        let hub = hub.again(bounds(Bounds { look: SOON, ..Bounds::default() })).await;
        let officer = hub.officer().await;
        let mut follower = Follower::signed_in(&hub, &officer.token).await;
        let mut idle = Follower::signed_in(&hub, &officer.token).await;
        follower.ask("1", FOLLOW, json!({})).await;
        follower.heard().await;
        tokio::time::sleep(3 * SOON).await;
        follower.heard().await;
        change_account(&hub, &officer.token, "UPDATE tokens SET revoked_at = created_at").await;
        assert_eq!(follower.closed().await, 4401);
        assert_eq!(idle.closed().await, 4401);
    }

    async fn following_keeps_no_session_from_its_end(hub: TestHub) {
        let hub = hub.again(bounds(Bounds { look: SOON, ..Bounds::default() })).await;
        let session = crate::session::settled(&hub, "zhang.san").await;
        let mut follower = Follower::signed_in(&hub, &session).await;
        let seen = chrono::Utc::now() - chrono::Duration::minutes(31);
        hub.sql(&format!("UPDATE sessions SET last_seen_at = '{}'", seen.to_rfc3339())).await;
        assert_eq!(follower.closed().await, 4401);
    }

    async fn words_out_of_place_end_a_socket(hub: TestHub) {
        let token = hub.officer().await.token;
        let init = json!({ "type": "connection_init" });
        let operation = |id: &str| json!({ "id": id, "type": "subscribe", "payload": { "query": FOLLOW } });
        for (said, end) in [(operation("1"), 4401), (json!({ "type": "complete", "id": "1" }), 4401), (init.clone(), 4403)] {
            let mut stranger = Follower::open(&hub).await.unwrap();
            stranger.send(said.clone()).await;
            assert_eq!(stranger.closed().await, end, "{said}");
        }
        let long = "x".repeat(1 << 17);
        for (said, end) in [
            (init, 4429),
            (operation("1"), 4409),
            (operation(&long), 4400),
            (json!({ "type": "start", "id": "2", "payload": {} }), 4400),
            (json!([]), 4400),
            (operation(&long.repeat(4)), 1009),
        ] {
            let mut follower = Follower::signed_in(&hub, &token).await;
            follower.send(operation("1")).await;
            follower.heard().await;
            follower.send(said).await;
            assert_eq!(follower.closed().await, end);
        }
        let mut follower = Follower::signed_in(&hub, &token).await;
        follower.0.send(Message::binary("{}")).await.unwrap();
        assert_eq!(follower.closed().await, 4400);
    }

    async fn who_says_nothing_at_first_or_for_long_is_let_go(hub: TestHub) {
        let hub = hub.again(bounds(Bounds { init: SOON, pulse: 3 * SOON, sockets: 1, ..Bounds::default() })).await;
        let mut silent = Follower::open(&hub).await.unwrap();
        assert_eq!(silent.closed().await, 4408);
        let officer = hub.officer().await;
        // It does not read, and so gives no sign of life.
        let _gone = Follower::signed_in(&hub, &officer.token).await;
        let mut alive = until_let_in(&hub, &officer.token).await;
        for _ in 0..10 {
            assert_eq!(alive.soon().await, None, "it reads, and answers by that");
        }
        alive.heard().await;
    }

    async fn what_costs_too_much_is_refused_on_a_socket_too(hub: TestHub) {
        let mut follower = Follower::signed_in(&hub, &hub.officer().await.token).await;
        let mut bomb = "{ ...f0 }".to_owned();
        for level in 0..30 {
            let next = level + 1;
            bomb += &format!(" fragment f{level} on Query {{ ...f{next} ...f{next} }}");
        }
        bomb += " fragment f30 on Query { __typename }";
        for (query, refused) in [
            (bomb, "TOO_COSTLY"),
            (format!("{{ nodes(ids: {}1{}) {{ id }} }}", "[".repeat(400), "]".repeat(400)), "TOO_COSTLY"),
            ("{ nonsense".to_owned(), "INVALID_INPUT"),
        ] {
            follower.ask("1", &query, json!({})).await;
            assert_eq!(code(&follower.next().await), refused);
            assert_eq!(follower.next().await["type"], "complete");
        }
        follower.heard().await;
    }
}

/// Lays a change over the account of a token, or over the token.
async fn change_account(hub: &TestHub, token: &str, change: &str) {
    let account =
        hub.server.hub().authenticate(token, nuanyang::commands::HERE).await.unwrap().account_id;
    let column = if change.contains("accounts") { "id" } else { "account_id" };
    let id = match hub.database.url.starts_with("sqlite") {
        true => format!("x'{}'", account.simple()),
        false => format!("'{account}'"),
    };
    hub.sql(&format!("{change} WHERE {column} = {id}")).await;
}

/// Connects again until a place is free.
async fn until_let_in(hub: &TestHub, token: &str) -> Follower {
    let trying = async {
        loop {
            if let Ok(mut follower) = Follower::open(hub).await {
                follower.sign_in(token).await;
                if follower.hear().await.is_ok() {
                    return follower;
                }
            }
            tokio::time::sleep(SOON).await;
        }
    };
    tokio::time::timeout(WAIT, trying).await.unwrap()
}
