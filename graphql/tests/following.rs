//! Following what is recorded.

use std::{sync::Arc, time::Duration};

use async_graphql::Response;
use futures_util::{Stream, StreamExt};
use hub::access::Viewer;
use serde_json::Value;
use tokio::sync::{Notify, oneshot};

use crate::{
    on_both,
    world::{Backend, FAR, STATION, World, codes, context},
};

const FOLLOW: &str = "subscription { submissionRecorded { seq action submission { kind record { id } person { name } } } }";

fn follow(world: &World, viewer: Viewer, query: &str) -> impl Stream<Item = Response> + Unpin {
    world.schema.execute_stream(context(Some(viewer)).into_request(query.into()))
}

/// The seq of the next item; none where nothing comes for a while.
async fn next(stream: &mut (impl Stream<Item = Response> + Unpin)) -> Option<Value> {
    let waited = tokio::time::timeout(Duration::from_millis(1500), stream.next()).await;
    let response = waited.ok()??;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    Some(response.data.into_json().unwrap()["submissionRecorded"].clone())
}

struct Tailing {
    notify: Arc<Notify>,
    _stop: oneshot::Sender<()>,
}

/// Starts the tailer, and waits until it knows where the feed stands.
async fn tail(world: &World) -> Tailing {
    let (sender, receiver) = oneshot::channel();
    let notify = Arc::new(Notify::new());
    let (feed, hub) = (world.feed.clone(), world.hub.clone());
    let (told, stop) = (Arc::clone(&notify), async { drop(receiver.await) });
    tokio::spawn(async move { feed.follow(hub, told, stop).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    Tailing { notify, _stop: sender }
}

on_both! {
    async fn each_follower_is_told_what_it_may_see(world: World) {
        let tailing = tail(&world).await;
        let mut worker = follow(&world, world.worker(STATION).await, FOLLOW);
        let mut analyst = follow(&world, world.analyst(), FOLLOW);
        let county = "subscription { submissionRecorded(filter: { division: \"410811\" }) { seq } }";
        let mut county = follow(&world, world.analyst(), county);
        let none = "subscription { submissionRecorded(filter: { station: \"S410802001\", kinds: [ASSESSMENT] }) { seq } }";
        let mut none = follow(&world, world.analyst(), none);
        let told = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            for (seq, station) in [(1, FAR), (2, STATION), (3, FAR)] {
                let recorded = world.record(station, seq as u32, "2026-10-10").await;
                world.announce(&recorded, station, seq).await;
                tailing.notify.notify_one();
            }
        };
        let seen = async {
            let first = next(&mut worker).await.unwrap();
            assert_eq!(first["seq"], 2);
            assert_eq!(first["submission"]["person"]["name"], "测试人员0002");
            assert!(first["submission"]["record"]["id"].is_string());
        };
        let all = async {
            for seq in 1..=3 {
                assert_eq!(next(&mut analyst).await.unwrap()["seq"], seq);
            }
        };
        let (county_seen, none_seen, ..) = tokio::join!(
            async { [next(&mut county).await, next(&mut county).await] }, next(&mut none), told, seen, all,
        );
        assert_eq!(county_seen.map(|item| item.unwrap()["seq"].as_i64().unwrap()), [1, 3]);
        assert_eq!(none_seen, None);
        assert_eq!(next(&mut worker).await, None);
    }

    async fn a_follower_goes_on_where_it_stopped(world: World) {
        for seq in 1..=4 {
            let recorded = world.record(STATION, seq as u32, "2026-10-10").await;
            world.announce(&recorded, STATION, seq).await;
        }
        let _tailing = tail(&world).await;
        let query = "subscription { submissionRecorded(after: 2) { seq } }";
        let mut stream = follow(&world, world.analyst(), query);
        assert_eq!(next(&mut stream).await.unwrap()["seq"], 3);
        assert_eq!(next(&mut stream).await.unwrap()["seq"], 4);
        let recorded = world.record(STATION, 5, "2026-10-10").await;
        world.announce(&recorded, STATION, 5).await;
        assert_eq!(next(&mut stream).await.unwrap()["seq"], 5);
    }

    async fn a_slow_follower_misses_nothing(world: World) {
        let tailing = tail(&world).await;
        let mut stream = follow(&world, world.analyst(), "subscription { submissionRecorded { seq } }");
        // Polled once, so that it follows; then not again until the feed has run over.
        assert_eq!(next(&mut stream).await, None);
        let recorded = world.record(STATION, 1, "2026-10-10").await;
        world.announce(&recorded, STATION, 1).await;
        let one = world.hub.changes_after(&world.hub.interest(&world.analyst(), &Default::default()).await.unwrap(), 0, 1).await.unwrap().remove(0);
        let mut rows = Vec::new();
        for seq in 2..=1500 {
            let submission_id = world.hub.clock.new_id();
            world.copy_submission(recorded.submission, submission_id).await;
            rows.push(entity::change::Model { seq, submission_id, ..one.clone() });
        }
        world.insert_changes(rows).await;
        tailing.notify.notify_one();
        tokio::time::sleep(Duration::from_millis(800)).await;
        for seq in 1..=1500 {
            assert_eq!(next(&mut stream).await.unwrap()["seq"], seq);
        }
    }

    async fn nobody_follows_without_a_viewer(world: World) {
        let request = context(None).into_request(FOLLOW.into());
        let refused = world.schema.execute_stream(request).next().await.unwrap();
        assert_eq!(codes(&refused), ["UNAUTHENTICATED"]);
        let village = "subscription { submissionRecorded(filter: { division: \"410802001001\" }) { seq } }";
        let refused = follow(&world, world.analyst(), village).next().await.unwrap();
        assert_eq!(codes(&refused), ["INVALID_INPUT"]);
    }
}
