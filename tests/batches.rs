//! What the dataloader owes to who waits for it.

use std::{collections::HashMap, pin::pin, sync::Arc, time::Duration};

use futures_util::future::{join, poll_immediate};
use graphql::fetch::{Asking, Batch, Fetch, Read};
use hub::{HubError, columns::Columns};
use nuanyang::commands::HERE;

use crate::{
    on_both,
    support::{Backend, STATION, TestHub},
};

/// Doubles numbers, but for 13.
struct Doubles;

/// How long it takes.
const TIME: Duration = Duration::from_millis(200);

impl Batch for Doubles {
    type Key = u32;
    type Value = u32;

    async fn read(_: &Asking, keys: &[u32]) -> Read<Self> {
        tokio::time::sleep(TIME).await;
        let doubles = keys.iter().filter(|key| **key != 13).map(|key| (*key, Ok(key * 2)));
        doubles.collect::<HashMap<_, _>>()
    }
}

async fn asking(hub: &TestHub) -> Arc<Asking> {
    let worker = hub.worker(STATION).await;
    let viewer = hub.server.hub().authenticate(&worker.token, HERE).await.unwrap();
    let (hub, columns) = (hub.server.hub().clone(), Arc::new(Columns::All));
    Arc::new(Asking { hub, viewer, columns, gate: Arc::default() })
}

on_both! {
    async fn who_waits_for_one_that_is_given_up_is_read_for_all_the_same(hub: TestHub) {
        let asking = asking(&hub).await;
        let fetch = Fetch::<Doubles>::new(&asking);
        let given_up_before_reading = async {
            let mut other = pin!(fetch.load(2));
            {
                let mut first = pin!(fetch.load(1));
                assert!(poll_immediate(&mut first).await.is_none());
                assert!(poll_immediate(&mut other).await.is_none());
            }
            assert_eq!(other.await.unwrap(), 4);
        };
        asking.gate.drive(given_up_before_reading).await;
        let given_up_while_reading = join(
            tokio::time::timeout(TIME / 4, fetch.load(3)),
            async { assert_eq!(fetch.load(4).await.unwrap(), 8) },
        );
        let (first, ()) = asking.gate.drive(given_up_while_reading).await;
        assert!(first.is_err());
    }

    async fn a_key_without_a_value_keeps_nobody_waiting(hub: TestHub) {
        let asking = asking(&hub).await;
        let fetch = Fetch::<Doubles>::new(&asking);
        let (none, some) = asking.gate.drive(join(fetch.load(13), fetch.load(14))).await;
        assert!(matches!(none, Err(HubError::Unavailable)));
        assert_eq!(some.unwrap(), 28);
    }
}
