//! The dataloader: what the resolvers of one level ask of one kind is read together, once.
//!
//! The first one to ask waits at the gate (`gate.rs`) until nobody can ask any more, and reads
//! for all; the others wait for what it has read.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hub::{Hub, HubError, access::Viewer, columns::Columns};
use tokio::sync::Notify;

use crate::gate::Gate;

/// Who asks, and of which hub.
pub struct Asking {
    pub hub: Hub,
    pub viewer: Viewer,
    pub columns: Arc<Columns>,
    pub gate: Arc<Gate>,
}

/// What is read by keys.
pub trait Batch {
    type Key: Clone + Eq + Hash + Send + Sync;
    type Value: Clone + Send;

    /// Reads what there is for each key.
    fn read(asking: &Asking, keys: &[Self::Key]) -> impl Future<Output = Read<Self>> + Send;
}

pub type Read<B> = HashMap<<B as Batch>::Key, Result<<B as Batch>::Value, HubError>>;

/// A loader whose batch is all that is asked for before the gate opens.
pub struct Fetch<B: Batch> {
    asking: Arc<Asking>,
    state: Mutex<State<B>>,
    read: Notify,
}

struct State<B: Batch> {
    found: Read<B>,
    asked: Vec<B::Key>,
    /// Whether someone is about to read.
    is_led: bool,
}

impl<B: Batch> Fetch<B> {
    pub fn new(asking: &Arc<Asking>) -> Self {
        let state = State { found: HashMap::new(), asked: Vec::new(), is_led: false };
        Self { asking: Arc::clone(asking), state: Mutex::new(state), read: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<B>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// # Errors
    /// Where it could not be read.
    pub async fn load(&self, key: B::Key) -> Result<B::Value, HubError> {
        loop {
            let read = self.read.notified();
            let is_led = {
                let mut state = self.state();
                state.asked.push(key.clone());
                mem::replace(&mut state.is_led, true)
            };
            if is_led {
                read.await;
            } else {
                // Apart: within, it would make the future of every field as large.
                Box::pin(self.lead()).await;
            }
            // Not there where it was asked during a read, or where who led was given up.
            if let Some(found) = self.found(&key) {
                return found;
            }
        }
    }

    /// What was read already.
    pub fn found(&self, key: &B::Key) -> Option<Result<B::Value, HubError>> {
        self.state().found.get(key).cloned()
    }

    async fn lead(&self) {
        let _leading = Leading(self);
        self.asking.gate.wait().await;
        let keys: Vec<_> = {
            let state = &mut *self.state();
            let asked: HashSet<_> = state.asked.drain(..).collect();
            asked.into_iter().filter(|key| !state.found.contains_key(key)).collect()
        };
        if keys.is_empty() {
            return;
        }
        let _reading = self.asking.gate.reading();
        let mut read = B::read(&self.asking, &keys).await;
        for key in keys {
            read.entry(key).or_insert(Err(HubError::Unavailable));
        }
        self.state().found.extend(read);
    }

    /// Takes in what needs no read.
    pub fn know(&self, key: B::Key, value: B::Value) {
        self.state().found.insert(key, Ok(value));
    }

    /// Forgets what was read.
    pub fn clear(&self) {
        self.state().found.clear();
    }
}

/// Lets the others go on when it ends, also when it was given up.
struct Leading<'f, B: Batch>(&'f Fetch<B>);

impl<B: Batch> Drop for Leading<'_, B> {
    fn drop(&mut self) {
        self.0.state().is_led = false;
        self.0.read.notify_waiters();
    }
}
