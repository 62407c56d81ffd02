//! Whose turn it is: how many operations run at once for one account, from one address, and in all.
//!
//! Only as many of an account's as may run are in the common queue, so one that floods the hub
//! stands in its own queue, and everyone else waits for a few of its operations at most.

use std::{net::IpAddr, sync::Arc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::places::{Key, Place, Places};

/// How many operations run at once in all.
const RUNNING: usize = 256;

/// The queues of those who ask.
pub struct Turns {
    per_account: usize,
    per_address: usize,
    queues: Arc<Places>,
    running: Arc<Semaphore>,
}

/// The places one request needs.
pub struct Turn {
    _account: Option<Place>,
    _address: Option<Place>,
}

impl Turns {
    pub fn new(per_account: usize, per_address: usize) -> Self {
        let running = Arc::new(Semaphore::new(RUNNING));
        Self { per_account, per_address, queues: Arc::default(), running }
    }

    /// Waits for the turn of a request. The account comes first, so that a flood by one account
    /// leaves room for others behind the same address.
    pub async fn take(&self, account: Option<Uuid>, address: IpAddr) -> Turn {
        let account = match account {
            Some(id) => Some(self.queues.wait(Key::Account(id), self.per_account).await),
            None => None,
        };
        let address = self.queues.wait(Key::of(address), self.per_address).await;
        Turn { _account: account, _address: Some(address) }
    }

    /// The same for what the hub does by itself for an account.
    pub async fn take_for(&self, account: Uuid) -> Turn {
        let account = self.queues.wait(Key::Account(account), self.per_account).await;
        Turn { _account: Some(account), _address: None }
    }

    /// Waits until an operation whose turn it is may run.
    pub async fn run(&self, _: &Turn) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.running).acquire_owned().await.ok()
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
}
