//! Following what is recorded, over a WebSocket.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};

use crate::{
    on_both,
    support::{Backend, FAR, STATION, TestHub, contents::*},
};

pub struct Follower(WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>);

impl Follower {
    pub async fn connect(hub: &TestHub, token: &str) -> Self {
        let url = format!("{}/graphql/ws", hub.url.replace("http", "ws"));
        let mut request = url.into_client_request().unwrap();
        let protocol = "graphql-transport-ws".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let mut follower = Self(connect_async(request).await.unwrap().0);
        let payload = json!({ "authorization": format!("Bearer {token}") });
        follower.send(json!({ "type": "connection_init", "payload": payload })).await;
        follower
    }

    pub async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, filter: &str) {
        let query = format!(
            "subscription {{ submissionRecorded{filter} {{ action submission {{ kind station {{ code }} }} }} }}"
        );
        self.send(json!({ "id": "1", "type": "subscribe", "payload": { "query": query } })).await;
        // The hub answers a ping after it has taken up the subscription.
        self.send(json!({ "type": "ping" })).await;
        assert_eq!(self.next().await["type"], "pong");
    }

    pub async fn next(&mut self) -> Value {
        let wait = std::time::Duration::from_secs(20);
        loop {
            let message =
                tokio::time::timeout(wait, self.0.next()).await.unwrap().unwrap().unwrap();
            if let Message::Text(text) = message {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// Whether the connection is taken up, and not closed.
    pub async fn is_acknowledged(&mut self) -> bool {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Close(_))) | None | Some(Err(_)) => return false,
                Some(Ok(Message::Text(text))) if text.contains("connection_ack") => return true,
                Some(Ok(_)) => {}
            }
        }
    }

    async fn recorded(&mut self) -> Value {
        let mut message = self.next().await;
        assert_eq!(message["type"], "next", "{message}");
        message["payload"]["data"]["submissionRecorded"].take()
    }
}

on_both! {
    async fn a_follower_is_told_what_its_scope_holds_and_nothing_else(hub: TestHub) {
        let (here, there) = (hub.worker(STATION).await, hub.worker(FAR).await);
        let mut follower = Follower::connect(&hub, &here.token).await;
        assert_eq!(follower.next().await["type"], "connection_ack");
        follower.subscribe("").await;
        there.store(visit(FAR, elder(1), "2026-10-02", json!({}))).await;
        here.store(visit(STATION, elder(2), "2026-10-03", json!({}))).await;
        here.store(elderly_entry(STATION, elder(2), "2025-10-03", json!({}))).await;
        let told = |kind: &str| json!({ "action": "CREATED", "submission": { "kind": kind, "station": { "code": STATION } } });
        assert_eq!(follower.recorded().await, told("VISIT"));
        assert_eq!(follower.recorded().await, told("LEDGER_ENTRY"));
    }

    async fn a_follower_is_told_what_another_process_records(hub: TestHub) {
        let officer = hub.officer().await;
        let mut follower = Follower::connect(&hub, &officer.token).await;
        assert_eq!(follower.next().await["type"], "connection_ack");
        follower.subscribe("(filter: { kinds: [VISIT] })").await;
        let other = hub::Hub::new(
            hub::db::Db::open(&hub.database.url, 1).await.unwrap(),
            hub::clock::Clock::system(),
        );
        let viewer = other.authenticate(&officer.token, nuanyang::commands::HERE).await.unwrap();
        let item = serde_json::from_value(visit(STATION, elder(1), "2026-10-03", json!({}))).unwrap();
        other.submit(&viewer, vec![item]).await.unwrap();
        assert_eq!(follower.recorded().await["submission"]["kind"], "VISIT");
    }

    async fn a_connection_without_a_valid_token_is_refused(hub: TestHub) {
        let mut follower = Follower::connect(&hub, "nyt_wrong").await;
        assert!(!follower.is_acknowledged().await);
    }

    async fn a_page_of_another_origin_may_not_follow(hub: TestHub) {
        let open = async |origin: &str| {
            let mut request = format!("{}/graphql/ws", hub.url.replace("http", "ws")).into_client_request().unwrap();
            request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
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

    async fn a_connection_that_says_nothing_is_closed(hub: TestHub) {
        let mut request = format!("{}/graphql/ws", hub.url.replace("http", "ws")).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let (mut silent, _) = connect_async(request).await.unwrap();
        let officer = hub.officer().await;
        let mut follower = Follower::connect(&hub, &officer.token).await;
        assert_eq!(follower.next().await["type"], "connection_ack");
        let closed = async { while let Some(Ok(_)) = silent.next().await {} };
        tokio::time::timeout(std::time::Duration::from_secs(15), closed).await.unwrap();
        follower.send(json!({ "type": "ping" })).await;
        assert_eq!(follower.next().await["type"], "pong");
    }
}
