//! The one writer of a hub. It takes as many waiting calls as there are into one transaction, so
//! that they share one commit.

use std::sync::Arc;

use tokio::sync::{Notify, OnceCell, mpsc, oneshot};

use super::{Receipt, group::Group};
use crate::{
    access::Viewer, clock::Clock, db::Db, error::HubError, places::Places, submission::Submission,
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

/// Records a group; where that fails, each call by itself, so that one call's fault is not
/// another's.
async fn record_and_answer(db: &Db, clock: Clock, places: &Places, group: Vec<Waiting>) {
    let (calls, answers): (Vec<_>, Vec<_>) =
        group.into_iter().map(|waiting| (waiting.call, waiting.answer)).unzip();
    match record(db, clock, places, &calls).await {
        Ok(receipts) => {
            for (answer, receipts) in answers.into_iter().zip(receipts) {
                answer.send(Ok(receipts)).ok();
            }
        }
        Err(error) if calls.len() == 1 => {
            tracing::error!(%error, "a call could not be recorded");
            for answer in answers {
                answer.send(Err(error.clone())).ok();
            }
        }
        Err(error) => {
            tracing::warn!(%error, calls = calls.len(), "a group could not be recorded");
            for (call, answer) in calls.into_iter().zip(answers) {
                let alone = record(db, clock, places, &[call]).await;
                answer.send(alone.map(|receipts| receipts.into_iter().flatten().collect())).ok();
            }
        }
    }
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
