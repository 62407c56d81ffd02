//! The one writer of a hub. It takes as many waiting calls as there are into one transaction, so
//! that they share one commit.

use std::sync::Arc;

use tokio::sync::{Notify, OnceCell, mpsc, oneshot};

use super::{Receipt, group::Group};
use crate::{
    access::Viewer,
    clock::Clock,
    db::Db,
    error::HubError,
    places::Places,
    problem::{Code, Problem},
    submission::Submission,
};

/// The most calls that wait in line; further ones wait to get in line.
const LINE: usize = 1024;
/// A group takes no further call once it has this many items: what a second of writing carries.
const GROUP: usize = 1000;

/// One call of `submit`.
pub(super) struct Call {
    pub viewer: Viewer,
    pub items: Vec<Submission>,
}

type Answer = Result<Vec<Receipt>, HubError>;

struct Waiting {
    call: Call,
    answer: oneshot::Sender<Answer>,
}

/// The way to the writer.
#[derive(Clone)]
pub struct Writer {
    line: mpsc::Sender<Waiting>,
    announced: Arc<Notify>,
}

impl Writer {
    /// Starts the writer on the current Tokio runtime. It ends when the last way to it is dropped
    /// and the line is empty.
    #[must_use]
    pub fn start(db: Db, clock: Clock, places: Arc<OnceCell<Places>>) -> Self {
        let (line, calls) = mpsc::channel(LINE);
        let announced = Arc::new(Notify::new());
        tokio::spawn(run(db, clock, places, calls, Arc::clone(&announced)));
        Self { line, announced }
    }

    pub(super) async fn hand_in(&self, viewer: Viewer, items: Vec<Submission>) -> Answer {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { call: Call { viewer, items }, answer };
        self.line.send(waiting).await.map_err(|_| HubError::Unavailable)?;
        answered.await.map_err(|_| HubError::Unavailable)?
    }

    /// Whether there still is a writer to take calls.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        !self.line.is_closed()
    }

    /// Is notified after each commit.
    #[must_use]
    pub fn announced(&self) -> Arc<Notify> {
        Arc::clone(&self.announced)
    }
}

async fn run(
    db: Db,
    clock: Clock,
    places: Arc<OnceCell<Places>>,
    mut calls: mpsc::Receiver<Waiting>,
    announced: Arc<Notify>,
) {
    while let Some(first) = calls.recv().await {
        let mut items = first.call.items.len();
        let mut group = vec![first];
        while items < GROUP
            && let Ok(next) = calls.try_recv()
        {
            items += next.call.items.len();
            group.push(next);
        }
        match places.get_or_try_init(|| Places::load(db.read())).await {
            Ok(places) => record_and_answer(&db, clock, places, group).await,
            Err(error) => {
                for waiting in group {
                    waiting.answer.send(Err(error.clone())).ok();
                }
            }
        }
        announced.notify_waiters();
    }
}

/// Records a group; where that fails, each call by itself, and then each item, so that one's fault is
/// not another's.
async fn record_and_answer(db: &Db, clock: Clock, places: &Places, group: Vec<Waiting>) {
    let (calls, answers): (Vec<_>, Vec<_>) =
        group.into_iter().map(|waiting| (waiting.call, waiting.answer)).unzip();
    match record(db, clock, places, &calls).await {
        Ok(receipts) => {
            for (answer, receipts) in answers.into_iter().zip(receipts) {
                answer.send(Ok(receipts)).ok();
            }
        }
        Err(error) => {
            tracing::warn!(%error, calls = calls.len(), "a group could not be recorded at once");
            for (call, answer) in calls.into_iter().zip(answers) {
                answer.send(record_by_item(db, clock, places, call).await).ok();
            }
        }
    }
}

async fn record_by_item(db: &Db, clock: Clock, places: &Places, call: Call) -> Answer {
    let mut receipts = Vec::new();
    for item in call.items {
        let alone = Call { viewer: call.viewer.clone(), items: vec![item] };
        match record(db, clock, places, std::slice::from_ref(&alone)).await {
            Ok(found) => receipts.extend(found.into_iter().flatten()),
            Err(error) => {
                tracing::error!(%error, submission = %alone.items[0].id, "an item was not recorded");
                // Where the database is down, nothing is said about an item.
                db.ping().await.map_err(|_| HubError::Unavailable)?;
                let problem = Problem::new(Code::NotRecorded, "");
                let item = &alone.items[0];
                receipts.push(Receipt::rejected(item, item.digest(), vec![problem]));
            }
        }
    }
    Ok(receipts)
}

async fn record(
    db: &Db,
    clock: Clock,
    places: &Places,
    calls: &[Call],
) -> Result<Vec<Vec<Receipt>>, HubError> {
    let tx = db.write_tx().await?;
    let mut group = Group::open(&tx, clock, places).await?;
    let receipts = group.take(&tx, calls).await?;
    group.flush(&tx).await?;
    tx.commit().await?;
    Ok(receipts)
}
