//! Following what is recorded, over a WebSocket.

use serde_json::{Value, json};
use tokio_tungstenite::{connect_async, tungstenite};

use crate::{
    on_both,
    support::{Backend, FAR, Follower, STATION, TestHub, contents::*},
};

async fn subscribe(follower: &mut Follower, filter: &str) {
    let query = format!(
        "subscription {{ submissionRecorded{filter} {{ action submission {{ kind station {{ code }} }} }} }}"
    );
    follower.ask("1", &query, json!({})).await;
    follower.heard().await;
}

async fn recorded(follower: &mut Follower) -> Value {
    let mut message = follower.next().await;
    assert_eq!(message["type"], "next", "{message}");
    message["payload"]["data"]["submissionRecorded"].take()
}

on_both! {
    async fn a_follower_is_told_what_its_scope_holds_and_nothing_else(hub: TestHub) {
        let (here, there) = (hub.worker(STATION).await, hub.worker(FAR).await);
        let mut follower = Follower::signed_in(&hub, &here.token).await;
        subscribe(&mut follower, "").await;
        there.store(visit(FAR, elder(1), "2026-10-02", json!({}))).await;
        here.store(visit(STATION, elder(2), "2026-10-03", json!({}))).await;
        here.store(elderly_entry(STATION, elder(2), "2025-10-03", json!({}))).await;
        let told = |kind: &str| json!({ "action": "CREATED", "submission": { "kind": kind, "station": { "code": STATION } } });
        assert_eq!(recorded(&mut follower).await, told("VISIT"));
        assert_eq!(recorded(&mut follower).await, told("LEDGER_ENTRY"));
    }

    async fn a_follower_is_told_what_another_process_records(hub: TestHub) {
        let officer = hub.officer().await;
        let mut follower = Follower::signed_in(&hub, &officer.token).await;
        subscribe(&mut follower, "(filter: { kinds: [VISIT] })").await;
        let other = hub.database.hub(hub::clock::Clock::system()).await;
        let viewer = other.authenticate(&officer.token, nuanyang::commands::HERE).await.unwrap();
        let item = serde_json::from_value(visit(STATION, elder(1), "2026-10-03", json!({}))).unwrap();
        other.submit(&viewer, vec![item]).await.unwrap();
        assert_eq!(recorded(&mut follower).await["submission"]["kind"], "VISIT");
    }

    async fn a_connection_without_a_valid_token_is_refused(hub: TestHub) {
        let mut follower = Follower::connect(&hub, "nyt_wrong").await;
        assert_eq!(follower.closed().await, 4403);
    }

    async fn a_page_of_another_origin_may_not_follow(hub: TestHub) {
        let open = async |origin: &str| {
            let mut request = Follower::request(&hub);
            request.headers_mut().insert("origin", origin.parse().unwrap());
            match connect_async(request).await {
                Ok((_, answer)) => answer.status().as_u16(),
                Err(tungstenite::Error::Http(answer)) => answer.status().as_u16(),
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!(open(&hub.url).await, 101);
        for foreign in ["https://elsewhere.example", "http://127.0.0.1", "http://127.0.0.1:1", "null"] {
            assert_eq!(open(foreign).await, 403, "{foreign}");
        }
    }
}
