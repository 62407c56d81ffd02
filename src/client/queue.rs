//! What is to be handed in and what became of it, in a folder. The state is what the log says,
//! record by record; each change is on disk before anyone is told of it.

use std::{
    collections::HashMap,
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use hub::clock::Clock;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    file::Item,
    log::{Log, LogError, sync_folder_of},
    receipt::{Receipt, Refusal},
};

#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error("the queue {0} is in use by another client; wait until it ends, or choose another")]
    InUse(PathBuf),
    #[error(
        "the queue {folder} cannot be read: {fault}; move the folder away and queue the files \
         again (what has an id is never recorded twice)"
    )]
    Damaged { folder: PathBuf, fault: LogError },
    #[error("the queue {folder} cannot be used: {fault}")]
    Io { folder: PathBuf, fault: io::Error },
    #[error("no item {0} is in the queue")]
    Unknown(Uuid),
}

/// One change of the queue, as the log keeps it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Record {
    /// Queued for the first time, or anew with another content or after a refusal.
    Queued(QueuedItem),
    Answered(Receipt),
    Refused {
        id: Uuid,
        refusal: Refusal,
    },
}

#[derive(Clone, Serialize, Deserialize)]
struct QueuedItem {
    id: Uuid,
    digest: String,
    body: serde_json::Map<String, Value>,
}

enum State {
    Waiting,
    Answered(Receipt),
    Refused(Refusal),
}

struct Entry {
    item: QueuedItem,
    state: State,
}

/// What came of queueing some items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Now waiting.
    pub queued: usize,
    /// In the queue already: left as they were.
    pub known: usize,
    /// Ids among the known that came with another content than the one they wait or are recorded
    /// with.
    pub differing: Vec<Uuid>,
}

/// How many items stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub waiting: usize,
    pub answered: usize,
    pub refused: usize,
}

/// The queue of one client to one hub. Only one process has it at a time.
pub struct Queue {
    folder: PathBuf,
    log: Log<Record>,
    entries: Vec<Entry>,
    by_id: HashMap<Uuid, usize>,
    /// Ids by the digest of what they were queued with, in the order of queueing.
    by_digest: HashMap<String, Vec<Uuid>>,
    counts: Counts,
    /// Everything before this place is answered or refused.
    first_waiting: usize,
    /// The operating system lets go of it when the process ends, however it ends.
    _lock: File,
}

impl Queue {
    /// Opens the queue in this folder; makes it where there is none.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, QueueError> {
        let folder = folder.into();
        let lock = locked(&folder)?;
        let opened = Log::open(&folder.join("queue.jsonl"));
        let (log, records) = opened.map_err(|fault| match fault {
            LogError::Io(fault) => io_in(&folder, fault),
            fault => QueueError::Damaged { folder: folder.clone(), fault },
        })?;
        let mut queue = Self {
            folder,
            log,
            entries: Vec::new(),
            by_id: HashMap::new(),
            by_digest: HashMap::new(),
            counts: Counts::default(),
            first_waiting: 0,
            _lock: lock,
        };
        for record in records {
            queue.apply(record);
        }
        Ok(queue)
    }

    /// Queues items, on disk when it returns. An item without id gets one; where its content was
    /// queued before, it is that item again (the second of two equal ones the second, and so on).
    /// A refused item that comes with another content waits anew.
    pub fn add(&mut self, items: Vec<Item>) -> Result<Added, QueueError> {
        let mut added = Added::default();
        let mut records = Vec::new();
        let mut new: HashMap<Uuid, String> = HashMap::new();
        let mut seen = HashMap::new();
        for item in items {
            let digest = item.digest();
            let id = item.id.or_else(|| self.given_before(&digest, &mut seen));
            let id = match id.and_then(|id| Some((id, self.standing(id, &new)?))) {
                Some(_) if item.id.is_none() => None,
                Some((_, (before, _))) if before == digest => None,
                Some((id, (_, refused))) => {
                    added.differing.extend((!refused).then_some(id));
                    refused.then_some(id)
                }
                None => Some(id.unwrap_or_else(|| Clock::system().new_id())),
            };
            let Some(id) = id else {
                added.known += 1;
                continue;
            };
            new.insert(id, digest.clone());
            let body = item.body;
            records.push(Record::Queued(QueuedItem { id, digest, body }));
        }
        added.queued = records.len();
        self.write(records)?;
        Ok(added)
    }

    /// The id that this content got when it was last in a file as often as it has now been seen.
    fn given_before(&self, digest: &str, seen: &mut HashMap<String, usize>) -> Option<Uuid> {
        let times = seen.entry(digest.to_owned()).or_default();
        let id = self.by_digest.get(digest)?.get(*times).copied();
        *times += 1;
        id
    }

    /// The digest an item stands with, and whether it is refused.
    fn standing<'a>(&'a self, id: Uuid, new: &'a HashMap<Uuid, String>) -> Option<(&'a str, bool)> {
        if let Some(digest) = new.get(&id) {
            return Some((digest, false));
        }
        let entry = self.entries.get(*self.by_id.get(&id)?)?;
        let refused = matches!(entry.state, State::Refused(_));
        Some((&entry.item.digest, refused))
    }

    /// Lets every refused item wait again; their number.
    pub fn retry_refused(&mut self) -> Result<usize, QueueError> {
        let refused = self.entries.iter().filter_map(|entry| match entry.state {
            State::Refused(_) => Some(Record::Queued(entry.item.clone())),
            _ => None,
        });
        let records: Vec<_> = refused.collect();
        let number = records.len();
        self.write(records)?;
        Ok(number)
    }

    /// The first waiting items as the mutation takes them: at most `items` of them and `bytes` of
    /// JSON, but one in any case.
    #[must_use]
    pub fn batch(&self, items: usize, bytes: usize) -> Vec<(Uuid, Value)> {
        let mut batch = Vec::new();
        let mut size = 0;
        let later = self.entries.iter().skip(self.first_waiting);
        for entry in later.filter(|entry| matches!(entry.state, State::Waiting)) {
            let mut body = entry.item.body.clone();
            body.insert("id".to_owned(), json!(entry.item.id));
            let value = Value::Object(body);
            size += value.to_string().len() + 1;
            if batch.len() == items || (size > bytes && !batch.is_empty()) {
                break;
            }
            batch.push((entry.item.id, value));
        }
        batch
    }

    /// Keeps receipts of waiting items, on disk when it returns.
    pub fn settle(&mut self, receipts: Vec<Receipt>) -> Result<(), QueueError> {
        let mut records = Vec::new();
        for receipt in receipts {
            let id = receipt.submission_id;
            if !self.by_id.contains_key(&id) {
                return Err(QueueError::Unknown(id));
            }
            records.push(if receipt.is_recorded() {
                Record::Answered(receipt)
            } else {
                let refusal = receipt.into_refusal();
                Record::Refused { id, refusal }
            });
        }
        self.write(records)
    }

    /// Puts an item among the refused, on disk when it returns.
    pub fn refuse(&mut self, id: Uuid, refusal: Refusal) -> Result<(), QueueError> {
        if !self.by_id.contains_key(&id) {
            return Err(QueueError::Unknown(id));
        }
        self.write(vec![Record::Refused { id, refusal }])
    }

    /// The receipts of what is recorded (STORED or REPLAYED), in the order of queueing.
    pub fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        self.entries.iter().filter_map(|entry| match &entry.state {
            State::Answered(receipt) => Some(receipt),
            _ => None,
        })
    }

    /// What was refused and why, in the order of queueing.
    pub fn refused(&self) -> impl Iterator<Item = (Uuid, &Refusal)> {
        self.entries.iter().filter_map(|entry| match &entry.state {
            State::Refused(refusal) => Some((entry.item.id, refusal)),
            _ => None,
        })
    }

    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Writes the refused items with their problems into `refused.json` of the folder, to be mended
    /// there and handed in from there; removes the file where nothing is refused.
    pub fn write_refused(&self) -> Result<Option<PathBuf>, QueueError> {
        let path = self.folder.join("refused.json");
        if self.counts.refused == 0 {
            return match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(io_in(&self.folder, error))
                }
                _ => Ok(None),
            };
        }
        let refused = Value::Array(self.entries.iter().filter_map(mendable).collect());
        replace(&path, &format!("{refused:#}\n")).map_err(|fault| io_in(&self.folder, fault))?;
        Ok(Some(path))
    }

    fn write(&mut self, records: Vec<Record>) -> Result<(), QueueError> {
        let appended = self.log.append(&records);
        appended.map_err(|fault| io_in(&self.folder, fault))?;
        for record in records {
            self.apply(record);
        }
        Ok(())
    }

    fn apply(&mut self, record: Record) {
        match record {
            Record::Queued(item) => self.enter(item),
            Record::Answered(receipt) => {
                self.set_state(receipt.submission_id, State::Answered(receipt));
            }
            Record::Refused { id, refusal } => self.set_state(id, State::Refused(refusal)),
        }
    }

    fn enter(&mut self, item: QueuedItem) {
        let id = item.id;
        let ids = self.by_digest.entry(item.digest.clone()).or_default();
        if !ids.contains(&id) {
            ids.push(id);
        }
        if let Some(place) = self.by_id.get(&id).copied() {
            if let Some(entry) = self.entries.get_mut(place) {
                entry.item = item;
            }
            self.set_state(id, State::Waiting);
            self.first_waiting = self.first_waiting.min(place);
        } else {
            self.by_id.insert(id, self.entries.len());
            let state = State::Waiting;
            self.entries.push(Entry { item, state });
            self.counts.waiting += 1;
        }
    }

    fn set_state(&mut self, id: Uuid, state: State) {
        let Some(place) = self.by_id.get(&id) else {
            return;
        };
        if let Some(entry) = self.entries.get_mut(*place) {
            *self.counts.of(&entry.state) -= 1;
            *self.counts.of(&state) += 1;
            if matches!(state, State::Answered(_)) {
                entry.item.body.clear();
            }
            entry.state = state;
        }
        let from_here = self.entries.iter().skip(self.first_waiting);
        self.first_waiting +=
            from_here.take_while(|entry| !matches!(entry.state, State::Waiting)).count();
    }
}

impl Counts {
    fn of(&mut self, state: &State) -> &mut usize {
        match state {
            State::Waiting => &mut self.waiting,
            State::Answered(_) => &mut self.answered,
            State::Refused(_) => &mut self.refused,
        }
    }
}

/// A refused item as `refused.json` writes it, the refusal beside it.
fn mendable(entry: &Entry) -> Option<Value> {
    let State::Refused(refusal) = &entry.state else {
        return None;
    };
    let mut body = entry.item.body.clone();
    body.insert("id".to_owned(), json!(entry.item.id));
    body.insert("refused".to_owned(), json!(refusal));
    Some(Value::Object(body))
}

fn locked(folder: &Path) -> Result<File, QueueError> {
    let io = |fault| io_in(folder, fault);
    fs::create_dir_all(folder).map_err(io)?;
    // A folder above it that may not be read cannot be synced, and is not ours to have made.
    sync_folder_of(&fs::canonicalize(folder).map_err(io)?).ok();
    let file = File::create(folder.join("lock")).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(QueueError::InUse(folder.to_owned())),
        Err(TryLockError::Error(fault)) => Err(io(fault)),
    }
}

fn io_in(folder: &Path, fault: io::Error) -> QueueError {
    QueueError::Io { folder: folder.to_owned(), fault }
}

/// A reader finds the old text or the new one, never a part.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension("part");
    let mut file = File::create(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    sync_folder_of(path)
}

#[cfg(test)]
mod tests;
