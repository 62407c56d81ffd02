//! What a connection may take of the hub: raw sockets that do not behave.

use std::time::Duration;

use nuanyang::{bounds::Bounds, settings::Settings};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    on_both,
    support::{Backend, STATION, TestDatabase, TestHub, WAIT},
    tls::Certificate,
};

const SOON: Duration = Duration::from_millis(300);
const ALIVE: &str = "GET /healthz HTTP/1.1\r\nhost: hub\r\n\r\n";

async fn hub(settings: Settings) -> TestHub {
    TestHub::with(TestDatabase::fresh(Backend::Sqlite).await, settings).await
}

fn bounds(bounds: Bounds) -> Settings {
    Settings { bounds, ..Settings::default() }
}

/// A connection that says so much and no more.
async fn saying(hub: &TestHub, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(hub.server.address()).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// All that the hub answers until it closes.
async fn answers(mut stream: TcpStream) -> String {
    let mut answers = Vec::new();
    // A connection that is reset is closed as well.
    timeout(WAIT, stream.read_to_end(&mut answers)).await.unwrap().ok();
    String::from_utf8_lossy(&answers).into_owned()
}

/// The first answer.
async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = [0; 12];
    timeout(WAIT, stream.read_exact(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_does_not_come_to_its_end_is_not_waited_for() {
    let hub = hub(bounds(Bounds { head: SOON, ..Bounds::default() })).await;
    for said in ["", "GET /healthz HTTP/1.1\r\nhost: hub\r\n", "G"] {
        assert!(!answers(saying(&hub, said).await).await.contains("200 OK"), "{said}");
    }
    let once = answers(saying(&hub, ALIVE).await).await;
    assert!(once.starts_with("HTTP/1.1 200 OK"), "{once}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_agreed_on_is_not_waited_for() {
    let certificate = Certificate::fresh();
    let bounds = Bounds { handshake: SOON, ..Bounds::default() };
    let hub = hub(Settings { bounds, ..certificate.settings() }).await;
    assert_eq!(answers(saying(&hub, "").await).await, "");
    assert_eq!(answers(saying(&hub, "\u{16}\u{3}\u{1}").await).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_no_answer_is_let_go() {
    let hub = hub(bounds(Bounds { write: SOON, ..Bounds::default() })).await;
    let mut stream = saying(&hub, "").await;
    let asking = async { while stream.write_all(ALIVE.repeat(100).as_bytes()).await.is_ok() {} };
    timeout(WAIT, asking).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_so_many_connections_open() {
    let bounds = Bounds { connections_a_turn: 1, ..Bounds::default() };
    let hub =
        hub(Settings { per_address: 2.try_into().unwrap(), bounds, ..Settings::default() }).await;
    let mut open = [saying(&hub, "G").await, saying(&hub, "G").await];
    assert_eq!(answers(saying(&hub, ALIVE).await).await, "");
    for stream in &mut open {
        stream.write_all(&ALIVE.as_bytes()[1..]).await.unwrap();
        assert_eq!(answer(stream).await, "HTTP/1.1 200");
    }
    drop(open);
    let again =
        async { while hub.http.get(format!("{}/healthz", hub.url)).send().await.is_err() {} };
    timeout(WAIT, again).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_connections_are_open_in_all() {
    let hub = hub(bounds(Bounds { connections: 2, ..Bounds::default() })).await;
    let open = [saying(&hub, "G").await, saying(&hub, "G").await];
    let mut third = saying(&hub, ALIVE).await;
    let mut byte = [0];
    assert!(timeout(SOON, third.read_exact(&mut byte)).await.is_err(), "it has no place yet");
    drop(open);
    timeout(WAIT, third.read_exact(&mut byte)).await.unwrap().unwrap();
}

/// What follows a request that may be read in two ways is never taken for another request.
#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_smuggled_within_another() {
    let hub = hub(Settings::default()).await;
    let post = "POST /graphql HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\n";
    for (lengths, body) in [
        ("content-length: 4\r\ncontent-length: 5\r\n", "{}  "),
        ("content-length: 4, 5\r\n", "{}  "),
        ("content-length: +4\r\n", "{}  "),
        ("content-length: -1\r\n", ""),
        ("transfer-encoding: chunked\r\ncontent-length: 3\r\n", "0\r\n\r\n"),
        ("content-length: 3\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n"),
        ("transfer-encoding: chunked, identity\r\n", "0\r\n\r\n"),
        ("transfer-encoding : chunked\r\n", "0\r\n\r\n"),
        ("transfer-encoding: chunked\r\n", "5;\r\n{}   \r\nzz\r\n\r\n"),
        ("transfer-encoding: chunked\r\n", "fffffffffffffffff\r\n"),
        (" x: folded\r\ncontent-length: 0\r\n", ""),
    ] {
        let told = answers(saying(&hub, &format!("{post}{lengths}\r\n{body}{ALIVE}")).await).await;
        assert!(!told.contains("200 OK"), "{lengths:?} {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_at_once_is_answered_in_order() {
    let hub = hub(bounds(Bounds { head: SOON, ..Bounds::default() })).await;
    let nowhere = ALIVE.replace("healthz", "nowhere");
    let told = answers(saying(&hub, &format!("{ALIVE}{nowhere}{ALIVE}")).await).await;
    let statuses: Vec<_> = told.matches("HTTP/1.1 ").count().to_string().chars().collect();
    assert_eq!(statuses, ['3'], "{told}");
    let places: Vec<_> = [" 200 OK", " 404 Not"].iter().map(|status| told.find(status)).collect();
    assert!(places[0] < places[1] && told.rfind(" 200 OK") > places[1], "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_giant_head_is_refused() {
    let hub = hub(Settings::default()).await;
    let long = "x".repeat(200 << 10);
    for head in [
        format!("GET /healthz HTTP/1.1\r\nhost: hub\r\nx: {long}\r\n\r\n"),
        format!("GET /{long} HTTP/1.1\r\nhost: hub\r\n\r\n"),
        format!("GET /healthz HTTP/1.1\r\nhost: hub\r\n{}\r\n", "x: y\r\n".repeat(1_000)),
    ] {
        let told = answers(saying(&hub, &head).await).await;
        assert!(told.starts_with("HTTP/1.1 4") || told.is_empty(), "{told}");
    }
}

on_both! {
    async fn no_body_is_unpacked(hub: TestHub) {
        let post = hub.http.post(format!("{}/graphql", hub.url)).bearer_auth(hub.worker(STATION).await.token)
            .header("content-type", "application/json").header("content-encoding", "gzip")
            .body(r#"{"query":"{ viewer { role } }"}"#);
        assert_eq!(post.send().await.unwrap().status(), 415);
    }
}
