use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap as Headers, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};

use super::*;
use crate::client::file::items;

/// How the stub fails once.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    Status(u16),
    /// Records the items and breaks off before the client has the receipts.
    BreakAfterRecording,
}

/// A hub that records by id, refuses what is marked, and fails as it is told.
#[derive(Default)]
struct Stub {
    recorded: HashMap<String, String>,
    order: Vec<String>,
    faults: Vec<Fault>,
    calls: usize,
    longest: usize,
}

type Shared = Arc<Mutex<Stub>>;

async fn answer(State(stub): State<Shared>, headers: Headers, body: Bytes) -> Response {
    let mut stub = stub.lock().expect("lock");
    stub.calls += 1;
    if headers.get("authorization").is_none_or(|h| h != "Bearer t") {
        return error("UNAUTHENTICATED");
    }
    let fault = stub.faults.pop();
    if let Some(Fault::Status(status)) = fault {
        let status = StatusCode::from_u16(status).expect("status");
        return (status, [("retry-after", "0")], "busy").into_response();
    }
    let body: Value = serde_json::from_slice(&body).expect("json");
    let items = body["variables"]["items"].as_array().expect("items");
    stub.longest = stub.longest.max(items.len());
    if items.iter().any(|item| mark(item) == "unreadable") {
        return error("INVALID_INPUT");
    }
    let receipts: Vec<_> = items.iter().map(|item| stub.receipt(item)).collect();
    if fault == Some(Fault::BreakAfterRecording) {
        let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("torn"))]);
        return Body::from_stream(broken).into_response();
    }
    axum::Json(json!({ "data": { "submit": { "receipts": receipts } } })).into_response()
}

fn mark(item: &Value) -> &str {
    item["content"]["visit"]["remark"].as_str().unwrap_or_default()
}

fn error(code: &str) -> Response {
    let error = json!({ "message": code, "extensions": { "code": code } });
    axum::Json(json!({ "data": null, "errors": [error] })).into_response()
}

impl Stub {
    fn receipt(&mut self, item: &Value) -> Value {
        let id = item["id"].as_str().expect("id").to_owned();
        let problem = json!({ "code": "X", "path": "a", "value": "b", "message": "c" });
        if mark(item) == "wrong" {
            return json!({ "submissionId": id, "status": "REJECTED", "problems": [problem] });
        }
        let before = self.recorded.insert(id.clone(), item["content"].to_string());
        let status = if before.is_some() {
            "REPLAYED"
        } else {
            self.order.push(id.clone());
            "STORED"
        };
        let at = "2026-10-31T08:00:00Z";
        json!({ "submissionId": id, "status": status, "recordedAt": at, "problems": [] })
    }
}

struct Fixture {
    stub: Shared,
    url: String,
    folder: tempfile::TempDir,
    queue: Queue,
}

impl Fixture {
    async fn new(marks: &[&str], faults: &[Fault]) -> Self {
        let stub = Shared::default();
        stub.lock().expect("lock").faults = faults.to_vec();
        let router = Router::new().route("/graphql", post(answer)).with_state(stub.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let folder = tempfile::tempdir().expect("folder");
        let mut queue = Queue::open(folder.path()).expect("opens");
        let values = marks
            .iter()
            .map(|mark| json!({ "station": "S1", "content": { "visit": { "remark": mark } } }));
        queue.add(items(values.collect()).expect("items")).expect("added");
        Self { stub, url, folder, queue }
    }

    fn sender(&self, token: &str) -> Sender {
        Sender::new(&self.url, token).expect("a sender").first_pause(Duration::from_millis(5))
    }

    async fn drain(&mut self) -> Result<Progress, SendError> {
        self.sender("t").drain(&mut self.queue, |_| {}).await
    }
}

#[tokio::test]
async fn a_long_queue_goes_out_in_batches_and_in_order() {
    let marks = vec!["fine"; 250];
    let mut fixture = Fixture::new(&marks, &[]).await;
    let all: Vec<_> = fixture.queue.batch(1000, usize::MAX);
    let ids: Vec<_> = all.iter().map(|(id, _)| id.to_string()).collect();
    let done = fixture.drain().await.expect("drained");
    assert_eq!((done.sent, done.stored, done.left), (250, 250, 0));
    let stub = fixture.stub.lock().expect("lock");
    assert_eq!((stub.calls, stub.longest), (3, 100));
    assert_eq!(stub.order, ids);
}

#[tokio::test]
async fn faulty_items_are_found_and_the_others_recorded_in_order() {
    let mut marks = vec!["fine"; 100];
    (marks[17], marks[18], marks[99]) = ("unreadable", "wrong", "unreadable");
    let mut fixture = Fixture::new(&marks, &[]).await;
    let all: Vec<_> = fixture.queue.batch(1000, usize::MAX);
    let done = fixture.drain().await.expect("drained");
    assert_eq!((done.stored, done.refused, done.left), (97, 3, 0));
    let refused: Vec<_> =
        fixture.queue.refused().map(|(id, refusal)| (id, refusal.reason.as_str())).collect();
    let expected =
        [(all[17].0, "INVALID_INPUT"), (all[18].0, "REJECTED"), (all[99].0, "INVALID_INPUT")];
    assert_eq!(refused, expected);
    let stub = fixture.stub.lock().expect("lock");
    let good = all.iter().filter(|(_, item)| mark(item) == "fine");
    let good: Vec<_> = good.map(|(id, _)| id.to_string()).collect();
    assert_eq!(stub.order, good);
}

#[tokio::test]
async fn what_was_recorded_before_the_connection_broke_is_replayed() {
    let faults = [Fault::Status(429), Fault::BreakAfterRecording, Fault::Status(503)];
    let mut fixture = Fixture::new(&["a", "b"], &faults).await;
    let mut troubles = Vec::new();
    let sender = fixture.sender("t");
    let done = sender
        .drain(&mut fixture.queue, |progress| {
            troubles.extend(progress.trouble.clone());
        })
        .await
        .expect("drained");
    assert_eq!((done.stored, done.replayed, done.left), (0, 2, 0));
    assert_eq!(troubles.len(), 3);
    assert_eq!(fixture.stub.lock().expect("lock").order.len(), 2);
}

#[tokio::test]
async fn a_killed_client_goes_on_where_it_stood() {
    let mut fixture = Fixture::new(&["a", "b"], &[Fault::BreakAfterRecording]).await;
    let sender = fixture.sender("t").first_pause(Duration::from_secs(60));
    let killed = sender.drain(&mut fixture.queue, |_| {});
    tokio::time::timeout(Duration::from_millis(300), killed)
        .await
        .expect_err("still waiting when killed");
    drop(fixture.queue);
    fixture.queue = Queue::open(fixture.folder.path()).expect("opens");
    let done = fixture.drain().await.expect("drained");
    assert_eq!(done.replayed, 2);
    assert_eq!(fixture.queue.receipts().count(), 2);
}

#[tokio::test]
async fn a_refused_token_stops_with_everything_still_waiting() {
    let mut fixture = Fixture::new(&["a"], &[]).await;
    let sender = fixture.sender("wrong");
    let error = sender.drain(&mut fixture.queue, |_| {}).await;
    assert!(matches!(error, Err(SendError::Stop(Stop::Unauthenticated))));
    assert_eq!(fixture.queue.counts().waiting, 1);
}

#[tokio::test]
async fn nobody_answering_is_given_up_after_the_set_time() {
    let mut fixture = Fixture::new(&["a"], &[]).await;
    let nowhere = Sender::new("http://127.0.0.1:1", "t")
        .expect("a sender")
        .first_pause(Duration::from_millis(5))
        .give_up_after(Some(Duration::from_millis(100)));
    let error = nowhere.drain(&mut fixture.queue, |_| {}).await;
    assert!(matches!(error, Err(SendError::GaveUp { .. })));
    assert_eq!(fixture.queue.counts().waiting, 1);
}

#[tokio::test]
async fn the_command_tells_by_its_status_whether_all_is_recorded() {
    let fixture = Fixture::new(&[], &[]).await;
    let run = async |mark: &str, token: &str| {
        let folder = fixture.folder.path().join(mark);
        let file = fixture.folder.path().join(format!("{mark}.json"));
        let item = json!({ "station": "S1", "content": { "visit": { "remark": mark } } });
        std::fs::write(&file, item.to_string()).expect("written");
        let ended = crate::client::run(crate::client::SubmitArgs {
            files: vec![file],
            url: fixture.url.clone(),
            token: Some(token.to_owned()),
            queue: folder,
            give_up_after: None,
            retry_refused: false,
        });
        ended.await.map(|code| format!("{code:?}")).map_err(|error| error.to_string())
    };
    let code = |code: u8| Ok(format!("{:?}", std::process::ExitCode::from(code)));
    assert_eq!(run("fine", "t").await, code(0));
    assert_eq!(run("wrong", "t").await, code(2));
    assert_eq!(run("unreadable", "t").await, code(2));
    let unknown = run("unsent", "other").await.expect_err("stopped");
    assert!(unknown.contains("token"), "{unknown}");
}
