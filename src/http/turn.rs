//! Whose turn it is: how many operations run at once for one account, from one address, and in all.
//!
//! Only as many of an account's as may run are in the common queue, so one that floods the hub
//! stands in its own queue, and everyone else waits for a few of its operations at most.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use uuid::Uuid;

/// How many operations run at once in all.
const RUNNING: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Account(Uuid),
    Address(IpAddr),
}

/// The queues of those who ask.
pub(super) struct Turns {
    per_account: usize,
    per_address: usize,
    queues: Arc<Queues>,
    running: Semaphore,
}

/// A queue lives as long as someone stands in it or has a place: with how many do.
#[derive(Default)]
struct Queues(Mutex<HashMap<Key, (Arc<Semaphore>, usize)>>);

/// A place among those of an account or an address that may run. It is given back when dropped.
struct Place {
    key: Key,
    queues: Arc<Queues>,
    permit: Option<OwnedSemaphorePermit>,
}

/// The places one request needs.
pub(super) struct Turn {
    _account: Option<Place>,
    _address: Place,
}

impl Turns {
    pub fn new(per_account: usize, per_address: usize) -> Self {
        let (queues, running) = (Arc::default(), Semaphore::new(RUNNING));
        Self { per_account, per_address, queues, running }
    }

    /// Waits for the turn of a request. The account comes first, so that a flood by one account
    /// leaves room for others behind the same address.
    pub async fn take(&self, account: Option<Uuid>, address: IpAddr) -> Turn {
        let account = match account {
            Some(id) => Some(self.queues.place(Key::Account(id), self.per_account).await),
            None => None,
        };
        let address = self.queues.place(Key::Address(network(address)), self.per_address).await;
        Turn { _account: account, _address: address }
    }

    /// Waits until an operation whose turn it is may run.
    pub async fn run(&self, _: &Turn) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.running.acquire().await
    }
}

impl Queues {
    async fn place(self: &Arc<Self>, key: Key, width: usize) -> Place {
        let queue = {
            let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let (queue, users) =
                queues.entry(key).or_insert_with(|| (Arc::new(Semaphore::new(width)), 0));
            *users += 1;
            Arc::clone(queue)
        };
        // Made before the wait, since who gives up waiting leaves the queue as well.
        let mut place = Place { key, queues: Arc::clone(self), permit: None };
        place.permit = queue.acquire_owned().await.ok();
        place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.permit = None;
        let mut queues = self.queues.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut queue) = queues.entry(self.key) {
            queue.get_mut().1 -= 1;
            if queue.get().1 == 0 {
                queue.remove();
            }
        }
    }
}

/// One who has an IPv6 address has the 2^64 beside it too.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    async fn soon<T>(future: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(Duration::from_millis(50), future).await.ok()
    }

    #[tokio::test]
    async fn an_account_waits_for_its_own_and_for_no_other() {
        let turns = Turns::new(2, 10);
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let held = [turns.take(Some(one), HERE).await, turns.take(Some(one), HERE).await];
        assert!(soon(turns.take(Some(one), HERE)).await.is_none());
        assert!(soon(turns.take(Some(other), HERE)).await.is_some());
        drop(held);
        assert!(soon(turns.take(Some(one), HERE)).await.is_some());
    }

    #[tokio::test]
    async fn an_address_waits_for_its_own_and_for_no_other() {
        let turns = Turns::new(10, 1);
        let [one, beside, far] =
            ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"].map(|text| text.parse().unwrap());
        let _held = turns.take(None, one).await;
        assert!(soon(turns.take(Some(Uuid::nil()), beside)).await.is_none());
        assert!(soon(turns.take(None, far)).await.is_some());
    }

    #[tokio::test]
    async fn nothing_is_kept_of_those_who_are_gone() {
        let turns = Turns::new(1, 10);
        let held = turns.take(Some(Uuid::nil()), HERE).await;
        assert!(soon(turns.take(Some(Uuid::nil()), HERE)).await.is_none());
        assert_eq!(turns.queues.0.lock().unwrap().len(), 2);
        drop(held);
        assert!(turns.queues.0.lock().unwrap().is_empty());
    }
}
