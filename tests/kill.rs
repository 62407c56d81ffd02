//! The server is killed in the middle of the load, again and again; the clients go on.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use entity::{Role, submission, visit};
use hub::{accounts::NewAccount, clock::Clock, db::Db};
use nuanyang::{
    client::{Queue, Sender, items},
    demo::generate::{Month, SEED, StationSeed, month},
};
use sea_orm::EntityTrait;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{Backend, TestDatabase};

/// A server in a process of its own.
pub struct Process(Child);

impl Process {
    pub fn serve(database: &TestDatabase, port: u16) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nuanyang"))
            .args(["serve", "--log", "error", "--database", &database.url])
            .arg("--key-file")
            .arg(&database.key_file)
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("serves on"), "{line}");
        Self(child)
    }

    /// SIGKILL: the process gets no chance to finish anything.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

struct Station {
    token: String,
    month: Month,
}

/// The months of some stations, each with an account.
async fn stations(database: &TestDatabase, count: usize) -> Vec<Station> {
    let hub = database.hub(Clock::system()).await;
    let places = hub.places().await.unwrap();
    let mut chosen: Vec<_> = places.stations().collect();
    chosen.sort_by(|a, b| a.code.cmp(&b.code));
    let mut stations = Vec::new();
    for station in chosen.into_iter().take(count) {
        let seed = StationSeed::of(places, station);
        let new = NewAccount {
            username: station.code.clone(),
            name: station.code.clone(),
            role: Role::StationWorker,
            station: Some(station.code.clone()),
            county: None,
        };
        let token = hub.add_account(new).await.unwrap();
        stations.push(Station { token, month: month(&seed, SEED) });
    }
    stations
}

async fn every_receipt_is_in_the_database_and_nothing_is_there_twice(backend: Backend) {
    const STATIONS: usize = 54;
    let database = TestDatabase::fresh(backend).await;
    let stations = stations(&database, STATIONS).await;
    let expected: HashSet<Uuid> =
        stations.iter().flat_map(|station| wanted(&station.month)).collect();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = Process::serve(&database, port);

    let folder = tempfile::tempdir().unwrap();
    let answered = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for (number, station) in stations.into_iter().enumerate() {
        let queue = folder.path().join(number.to_string());
        let answered = Arc::clone(&answered);
        clients.spawn(async move {
            let sender = Sender::new(&format!("http://127.0.0.1:{port}"), &station.token).unwrap();
            let sender = sender.first_pause(Duration::from_millis(50));
            let mut queue = Queue::open(queue).unwrap();
            queue.add(items(station.month.items).unwrap()).unwrap();
            let mut before = 0;
            let drained = sender.drain(&mut queue, |progress| {
                let now = progress.stored + progress.replayed;
                answered.fetch_add(now - before, Ordering::Relaxed);
                before = now;
            });
            drained.await.unwrap();
            queue.receipts().map(|receipt| receipt.submission_id).collect::<Vec<_>>()
        });
    }
    for share in [10, 4, 2] {
        let mark = expected.len() / share;
        while answered.load(Ordering::Relaxed) < mark {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert!(
            answered.load(Ordering::Relaxed) < expected.len(),
            "the load was over before the kill"
        );
        server.kill();
        server = Process::serve(&database, port);
    }
    let receipts: Vec<Uuid> = clients.join_all().await.into_iter().flatten().collect();
    drop(server);

    let db = Db::open(&database.url, 1).await.unwrap();
    let journal = submission::Entity::find().all(db.read()).await.unwrap();
    let recorded: HashSet<Uuid> = journal.iter().map(|row| row.id).collect();
    assert_eq!(recorded.len(), journal.len());
    let lost: Vec<_> = receipts.iter().filter(|id| !recorded.contains(id)).collect();
    assert!(lost.is_empty(), "{} receipts are held for what is not there", lost.len());
    assert_eq!(recorded, expected, "what was handed in is there, and nothing else");
    let visits = visit::Entity::find().all(db.read()).await.unwrap();
    let from: HashSet<Uuid> = visits.iter().map(|row| row.submission_id).collect();
    assert_eq!(from.len(), visits.len(), "no visit is there twice");
    let journaled = journal.iter().filter(|row| row.kind == entity::SubmissionKind::Visit).count();
    assert_eq!(visits.len(), journaled);
}

/// The ids that have to be in the journal at the end.
fn wanted(month: &Month) -> Vec<Uuid> {
    let ids = month.items.iter().map(|item| item["id"].as_str().unwrap().parse().unwrap());
    ids.filter(|id| !month.rejected.contains(id)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_on_sqlite() {
    every_receipt_is_in_the_database_and_nothing_is_there_twice(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_on_postgres() {
    every_receipt_is_in_the_database_and_nothing_is_there_twice(Backend::Postgres).await;
}
