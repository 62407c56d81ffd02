//! The other end of a WebSocket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, handshake::client::Request},
};

use super::TestHub;

/// So long is waited for what has to come.
pub const WAIT: Duration = Duration::from_secs(20);

pub struct Follower(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Follower {
    pub fn request(hub: &TestHub) -> Request {
        let url = format!("{}/graphql/ws", hub.url.replace("http", "ws"));
        let mut request = url.into_client_request().unwrap();
        let protocol = "graphql-transport-ws".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        request
    }

    /// One that has not said who it is, or the status by which it is refused.
    pub async fn open(hub: &TestHub) -> Result<Self, u16> {
        match connect_async(Self::request(hub)).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// One that has said who it is, and was not answered yet.
    pub async fn connect(hub: &TestHub, token: &str) -> Self {
        let mut follower = Self::open(hub).await.unwrap();
        follower.sign_in(token).await;
        follower
    }

    pub async fn sign_in(&mut self, token: &str) {
        let payload = json!({ "authorization": format!("Bearer {token}") });
        self.send(json!({ "type": "connection_init", "payload": payload })).await;
    }

    /// One that was let in.
    pub async fn signed_in(hub: &TestHub, token: &str) -> Self {
        let mut follower = Self::connect(hub, token).await;
        assert_eq!(follower.next().await["type"], "connection_ack");
        follower
    }

    pub async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    pub async fn ask(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    /// Waits until the hub has heard all that was said.
    pub async fn heard(&mut self) {
        self.send(json!({ "type": "ping" })).await;
        assert_eq!(self.next().await["type"], "pong");
    }

    /// The next message, or the code by which the hub closes.
    pub async fn hear(&mut self) -> Result<Value, u16> {
        loop {
            match tokio::time::timeout(WAIT, self.0.next()).await.unwrap() {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err(0),
                Some(Ok(_)) => {}
            }
        }
    }

    /// What more comes at once.
    pub async fn soon(&mut self) -> Option<Value> {
        tokio::time::timeout(Duration::from_millis(200), self.hear()).await.ok()?.ok()
    }

    pub async fn next(&mut self) -> Value {
        self.hear().await.unwrap()
    }

    /// The code by which the hub closes, with nothing said before.
    pub async fn closed(&mut self) -> u16 {
        self.hear().await.unwrap_err()
    }
}
