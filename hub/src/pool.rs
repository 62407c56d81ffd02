//! Connections to read by that SQLx does not keep: its pool pings each at its return, which costs
//! PostgreSQL as much as a short statement does, and its SQLite sends each row between threads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::HubError;

/// As many connections as there are places, opened when they are needed.
#[derive(Debug)]
pub(crate) struct Pool<C> {
    idle: Mutex<Vec<C>>,
    places: Arc<Semaphore>,
}

/// A place, held until it is dropped. Its connection goes back to the pool then; one that was taken out
/// and not put back, as where a reading was broken off, is closed.
pub(crate) struct Place<C> {
    pub connection: Option<C>,
    pool: Arc<Pool<C>>,
    _place: OwnedSemaphorePermit,
}

impl<C> Pool<C> {
    pub fn new(places: u32) -> Self {
        let places = usize::try_from(places.max(1)).unwrap_or(1);
        Self { idle: Mutex::default(), places: Arc::new(Semaphore::new(places)) }
    }

    /// Waits for a place, and gives it with the connection used last, where one is open.
    ///
    /// # Errors
    /// `Unavailable` where the pool is closed.
    pub async fn place(self: &Arc<Self>) -> Result<Place<C>, HubError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| HubError::Unavailable)?;
        let connection = self.idle().pop();
        Ok(Place { connection, pool: Arc::clone(self), _place: place })
    }

    /// Closes those that nobody uses, and gives out no more.
    pub fn close(&self) {
        self.places.close();
        self.idle().clear();
    }

    fn idle(&self) -> MutexGuard<'_, Vec<C>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> Drop for Place<C> {
    fn drop(&mut self) {
        let connection = self.connection.take();
        if !self.pool.places.is_closed() {
            self.pool.idle().extend(connection);
        }
    }
}
