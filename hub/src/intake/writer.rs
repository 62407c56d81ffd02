//! The one writer of a hub. It takes as many waiting calls as there are into one transaction, so
//! that they share one commit.

use std::{slice, sync::Arc};

use tokio::sync::{Notify, OnceCell, mpsc, oneshot};

use super::{Receipt, group::Group, refused};
use crate::{
    access::Viewer,
    clock::Clock,
    db::Db,
    error::HubError,
    keys::Keys,
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
    pub fn start(db: Db, clock: Clock, keys: Keys, places: Arc<OnceCell<Places>>) -> Self {
        let (line, calls) = mpsc::channel(LINE);
        let announced = Arc::new(Notify::new());
        let recorder = Recorder { db, clock, keys, places };
        tokio::spawn(recorder.run(calls, Arc::clone(&announced)));
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

/// What recording takes.
struct Recorder {
    db: Db,
    clock: Clock,
    keys: Keys,
    places: Arc<OnceCell<Places>>,
}

impl Recorder {
    async fn run(self, mut calls: mpsc::Receiver<Waiting>, announced: Arc<Notify>) {
        while let Some(first) = calls.recv().await {
            let mut items = first.call.items.len();
            let mut group = vec![first];
            while items < GROUP
                && let Ok(next) = calls.try_recv()
            {
                items += next.call.items.len();
                group.push(next);
            }
            self.record_and_answer(group).await;
            announced.notify_waiters();
        }
    }

    /// Records a group; where that fails, each call by itself, and then each item, so that one's
    /// fault is not another's.
    async fn record_and_answer(&self, group: Vec<Waiting>) {
        let (calls, answers): (Vec<_>, Vec<_>) =
            group.into_iter().map(|waiting| (waiting.call, waiting.answer)).unzip();
        match self.record(&calls).await {
            Ok(receipts) => {
                for (answer, receipts) in answers.into_iter().zip(receipts) {
                    answer.send(Ok(receipts)).ok();
                }
            }
            Err(error) => {
                tracing::warn!(%error, calls = calls.len(), "a group could not be recorded at once");
                for (call, answer) in calls.into_iter().zip(answers) {
                    answer.send(self.record_by_item(call).await).ok();
                }
            }
        }
    }

    async fn record_by_item(&self, call: Call) -> Answer {
        let mut receipts = Vec::new();
        for item in call.items {
            let alone = Call { viewer: call.viewer.clone(), items: vec![item] };
            match self.record(slice::from_ref(&alone)).await {
                Ok(found) => receipts.extend(found.into_iter().flatten()),
                Err(error) => {
                    let item = &alone.items[0];
                    tracing::error!(%error, submission = %item.id, "an item was not recorded");
                    // Where the database or the keys are away, nothing is said about an item.
                    if matches!(error, HubError::Keys(_)) || self.db.ping().await.is_err() {
                        return Err(HubError::Unavailable);
                    }
                    let problem = Problem::new(Code::NotRecorded, "");
                    let receipt = Receipt::rejected(item, vec![problem]);
                    if let Err(error) = self.keep_refused(&alone, &receipt).await {
                        tracing::error!(%error, submission = %receipt.submission_id, "a refusal was not kept");
                    }
                    receipts.push(receipt);
                }
            }
        }
        Ok(receipts)
    }

    async fn keep_refused(&self, alone: &Call, receipt: &Receipt) -> Result<(), HubError> {
        let places = self.places.get_or_try_init(|| Places::load(self.db.read())).await?;
        let tx = self.db.write_tx().await?;
        let (_, mut refusals) = refused::begin(&tx, slice::from_ref(alone)).await?;
        refusals.heed(alone, slice::from_ref(receipt), places, self.clock.now());
        refusals.flush(&tx).await?;
        Ok(tx.commit().await?)
    }

    async fn record(&self, calls: &[Call]) -> Result<Vec<Vec<Receipt>>, HubError> {
        let places = self.places.get_or_try_init(|| Places::load(self.db.read())).await?;
        let tx = self.db.write_tx().await?;
        let keys = self.keys.fresh(&tx).await?;
        let mut group = Group::open_for(&tx, calls, (self.clock, places, keys)).await?;
        let (receipts, _) = group.take(&tx, calls).await?;
        group.flush(&tx).await?;
        tx.commit().await?;
        let mut receipts = receipts.into_iter();
        Ok(calls.iter().map(|call| receipts.by_ref().take(call.items.len()).collect()).collect())
    }
}
