//! Writes the trail in bulk, beside the hot path.

use std::time::Duration;

use entity::{Fields, PersonIds, trail_row};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    Noted,
    chain::{BEGINNING, hash_people, hash_row},
    people::{self, GROUP, Rows},
};
use crate::{db::Db, error::HubError, intake};

/// The most accesses that wait in line; further ones wait to get in line.
const LINE: usize = 4096;
/// How long what nobody waits for is gathered before it is written. Each person has one entry in the
/// index for all that is written at once.
const GATHER: Duration = Duration::from_secs(2);
/// How long the writer waits after the database did not take a group.
const PAUSE: Duration = Duration::from_secs(1);

struct Waiting {
    noted: Option<Noted>,
    done: Option<oneshot::Sender<Result<(), HubError>>>,
}

/// The way to the trail's writer.
#[derive(Clone)]
pub struct Trail {
    line: mpsc::Sender<Waiting>,
}

impl Trail {
    /// Starts the writer on the current Tokio runtime. It ends when the last way to it is dropped
    /// and the line is empty.
    #[must_use]
    pub fn start(db: Db) -> Self {
        let (line, waiting) = mpsc::channel(LINE);
        tokio::spawn(run(db, waiting));
        Self { line }
    }

    pub(super) async fn note(&self, noted: Noted) -> Result<(), HubError> {
        self.send(Waiting { noted: Some(noted), done: None }).await
    }

    pub(super) async fn note_durably(&self, noted: Option<Noted>) -> Result<(), HubError> {
        let (done, written) = oneshot::channel();
        self.send(Waiting { noted, done: Some(done) }).await?;
        written.await.map_err(|_| HubError::Unavailable)?
    }

    async fn send(&self, waiting: Waiting) -> Result<(), HubError> {
        self.line.send(waiting).await.map_err(|_| HubError::Unavailable)
    }
}

/// Who waits for a write is told where it fails, and may not answer then. What nobody waits for was
/// answered already: it is kept until the database takes it, and the line fills up behind it.
async fn run(db: Db, mut line: mpsc::Receiver<Waiting>) {
    let mut group = Vec::new();
    loop {
        let room = GROUP - group.len();
        if room > 0 && (group.is_empty() || !line.is_empty()) {
            line.recv_many(&mut group, room).await;
            gather(&mut line, &mut group).await;
        }
        if group.is_empty() {
            return;
        }
        match write(&db, &group).await {
            Ok(()) => {
                for done in group.drain(..).filter_map(|waiting: Waiting| waiting.done) {
                    done.send(Ok(())).ok();
                }
            }
            Err(error) => {
                tracing::error!(%error, rows = group.len(), "the trail could not be written");
                for waiting in group.extract_if(.., |waiting| waiting.done.is_some()) {
                    if let Some(done) = waiting.done {
                        done.send(Err(error.clone())).ok();
                    }
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Takes in more, until somebody waits, the group is full or it was long enough.
async fn gather(line: &mut mpsc::Receiver<Waiting>, group: &mut Vec<Waiting>) {
    let end = Instant::now() + GATHER;
    while group.len() < GROUP && group.iter().all(|waiting| waiting.done.is_none()) {
        let room = GROUP - group.len();
        match tokio::time::timeout_at(end, line.recv_many(group, room)).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
    }
}

async fn write(db: &Db, group: &[Waiting]) -> Result<(), HubError> {
    let noted = || group.iter().filter_map(|waiting| waiting.noted.as_ref());
    if noted().next().is_none() {
        return Ok(());
    }
    let tx = db.write_tx().await?;
    append(&tx, noted()).await?;
    Ok(tx.commit().await?)
}

/// Chains accesses to the end of the trail. The transaction holds the write lock, so that nobody
/// else does meanwhile.
pub(super) async fn append<'n>(
    tx: &impl ConnectionTrait,
    noted: impl IntoIterator<Item = &'n Noted>,
) -> Result<(), HubError> {
    let last = trail_row::Entity::find().order_by_desc(trail_row::Column::Seq).one(tx).await?;
    let (mut seq, mut head) = last.map_or((0, BEGINNING.to_owned()), |row| (row.seq, row.hash));
    let (first_seq, mut rows, mut rows_of) = (seq + 1, Vec::new(), Rows::new());
    for noted in noted {
        seq += 1;
        let row = row_of(noted, seq, head);
        head = row.hash.clone();
        rows.push(row);
        for person in &noted.access.people {
            rows_of.entry(*person).or_default().push(seq);
        }
    }
    intake::write::<trail_row::Entity>(tx, rows, None).await?;
    people::index(tx, first_seq, &rows_of).await
}

fn row_of(Noted { at, access }: &Noted, seq: i64, prev_hash: String) -> trail_row::Model {
    let people: PersonIds = access.people.iter().collect();
    let mut row = trail_row::Model {
        seq,
        at: *at,
        account_id: access.account_id,
        role: access.role,
        from_address: access.from_address.clone(),
        request_id: access.request_id.clone(),
        operation: access.operation.clone(),
        purpose: access.purpose.clone(),
        fields: Fields(access.fields.iter().cloned().collect()),
        people_count: i64::try_from(access.people.len()).unwrap_or(i64::MAX),
        people_hash: hash_people(people.iter()),
        people,
        prev_hash,
        hash: String::new(),
    };
    row.hash = hash_row(&row);
    row
}
