//! So many places for each account and each address: to wait for, or to have at once or not at all.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// Whose places they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Account(Uuid),
    Address(IpAddr),
}

impl Key {
    /// One who has an IPv6 address has the 2^64 beside it too.
    pub fn of(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
            address => address,
        })
    }
}

/// The queues before the places. A queue lives as long as someone stands in it or has a place: with
/// how many do.
#[derive(Default)]
pub struct Places(Mutex<HashMap<Key, (Arc<Semaphore>, usize)>>);

/// A place, given back when dropped.
pub struct Place {
    key: Key,
    places: Arc<Places>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Places {
    /// Waits for one of so many places.
    pub async fn wait(self: &Arc<Self>, key: Key, width: usize) -> Place {
        let (queue, mut place) = self.enter(key, width);
        place.permit = queue.acquire_owned().await.ok();
        place
    }

    /// One of so many places; none where all are taken.
    pub fn take(self: &Arc<Self>, key: Key, width: usize) -> Option<Place> {
        let (queue, mut place) = self.enter(key, width);
        place.permit = Some(queue.try_acquire_owned().ok()?);
        Some(place)
    }

    /// The place is made before the wait, since who gives up waiting leaves the queue as well.
    fn enter(self: &Arc<Self>, key: Key, width: usize) -> (Arc<Semaphore>, Place) {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (queue, users) =
            queues.entry(key).or_insert_with(|| (Arc::new(Semaphore::new(width)), 0));
        *users += 1;
        (Arc::clone(queue), Place { key, places: Arc::clone(self), permit: None })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.permit = None;
        let mut queues = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut queue) = queues.entry(self.key) {
            queue.get_mut().1 -= 1;
            if queue.get().1 == 0 {
                queue.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_kept_of_those_who_are_gone() {
        let places = Arc::new(Places::default());
        let key = Key::Account(Uuid::nil());
        let held = places.wait(key, 1).await;
        assert!(places.take(key, 1).is_none());
        assert_eq!(places.0.lock().unwrap().len(), 1);
        drop(held);
        assert!(places.0.lock().unwrap().is_empty());
    }
}
