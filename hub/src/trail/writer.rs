//! Writes the trail in bulk, beside the hot path.

use std::{sync::Arc, time::Duration};

use entity::{Fields, PersonIds, Role, trail_row};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryOrder, Statement};
use serde_json::json;
use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::timeout,
};

use super::{
    Noted,
    chain::{BEGINNING, hash_people, hash_row},
    people::{self, GROUP, Rows},
};
use crate::{db::Db, error::HubError, intake};

/// The most accesses that wait in line; further ones wait to get in line.
const LINE: usize = 4096;
/// The most rows of one text: PostgreSQL takes 256 MiB of it, and one answer can hold 80,000 people.
const ROWS: usize = 50;
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
pub struct Trail(Arc<Line>);

struct Line {
    sender: mpsc::Sender<Waiting>,
    /// Wakes the writer from its gathering. What nobody waits for does not: it would be woken for each
    /// access.
    hurry: Arc<Notify>,
}

/// Nothing more will come.
impl Drop for Line {
    fn drop(&mut self) {
        self.hurry.notify_one();
    }
}

impl Trail {
    /// Starts the writer on the current Tokio runtime. It ends when the last way to it is dropped
    /// and the line is empty.
    #[must_use]
    pub fn start(db: Db) -> Self {
        let (sender, waiting) = mpsc::channel(LINE);
        let hurry = Arc::new(Notify::new());
        tokio::spawn(run(db, waiting, Arc::clone(&hurry)));
        Self(Arc::new(Line { sender, hurry }))
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
        let Line { sender, hurry } = &*self.0;
        let is_awaited = waiting.done.is_some();
        sender.send(waiting).await.map_err(|_| HubError::Unavailable)?;
        if is_awaited || sender.capacity() <= LINE - GROUP {
            hurry.notify_one();
        }
        Ok(())
    }
}

/// Who waits for a write is told where it fails, and may not answer then. What nobody waits for was
/// answered already: it is kept until the database takes it, and the line fills up behind it.
async fn run(db: Db, mut line: mpsc::Receiver<Waiting>, hurry: Arc<Notify>) {
    let mut group = Vec::new();
    loop {
        if group.is_empty() {
            line.recv_many(&mut group, GROUP).await;
            gather(&group, &hurry).await;
        }
        while group.len() < GROUP
            && let Ok(waiting) = line.try_recv()
        {
            group.push(waiting);
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

/// Waits for more, until somebody waits for it, there is much or it was long enough.
async fn gather(group: &[Waiting], hurry: &Notify) {
    if !group.is_empty() && group.len() < GROUP && group.iter().all(|one| one.done.is_none()) {
        timeout(GATHER, hurry.notified()).await.ok();
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
    insert(tx, rows).await?;
    people::index(tx, first_seq, &rows_of).await
}

/// PostgreSQL takes many rows in one text: so it parses and plans the statement once, and there is one
/// value to bind instead of fourteen a row.
async fn insert(tx: &impl ConnectionTrait, rows: Vec<trail_row::Model>) -> Result<(), HubError> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(intake::write::<trail_row::Entity>(tx, rows, None).await?);
    }
    let sql = "INSERT INTO trail (seq, at, account_id, role, from_address, request_id, operation, \
               purpose, fields, people_count, people_hash, prev_hash, hash, people) \
               SELECT seq, at, account_id, role, from_address, request_id, operation, \
               purpose, fields, people_count, people_hash, prev_hash, hash, decode(people, 'hex') \
               FROM jsonb_to_recordset($1) AS rows (seq bigint, at timestamptz, account_id uuid, \
               role text, from_address text, request_id text, operation text, purpose text, \
               fields jsonb, people_count bigint, people_hash text, prev_hash text, hash text, \
               people text)";
    for rows in rows.chunks(ROWS) {
        let rows = serde_json::Value::Array(rows.iter().map(as_json).collect());
        let insert = Statement::from_sql_and_values(DbBackend::Postgres, sql, [rows.into()]);
        tx.execute_raw(insert).await?;
    }
    Ok(())
}

/// A row by its columns; its people in hex.
fn as_json(row: &trail_row::Model) -> serde_json::Value {
    json!({
        "seq": row.seq,
        "at": row.at,
        "account_id": row.account_id,
        "role": row.role.map(Role::code),
        "from_address": row.from_address,
        "request_id": row.request_id,
        "operation": row.operation,
        "purpose": row.purpose,
        "fields": row.fields,
        "people": crate::hex(row.people.as_bytes()),
        "people_count": row.people_count,
        "people_hash": row.people_hash,
        "prev_hash": row.prev_hash,
        "hash": row.hash,
    })
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
