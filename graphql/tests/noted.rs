//! What a subscription showed is noted as it is told.

use entity::trail_row;
use futures_util::StreamExt;
use sea_orm::EntityTrait;

use crate::{
    on_both,
    world::{Backend, STATION, World, context},
};

on_both! {
    async fn each_event_that_tells_of_someone_is_noted(world: World) {
        let worker = world.worker(STATION).await;
        let first = world.record(STATION, 1, "2026-10-10").await;
        let second = world.record(STATION, 2, "2026-10-10").await;
        world.announce(&first, STATION, 1).await;
        world.announce(&second, STATION, 2).await;
        for query in [
            "subscription Open { submissionRecorded(after: 0) { seq submission { person { id sex } } } }",
            "subscription Follow { submissionRecorded(after: 0) { seq submission { person { name } } } }",
        ] {
            let request = context(Some(worker.clone())).into_request(query.into());
            let told = world.schema.execute_stream(request).take(2).collect::<Vec<_>>().await;
            assert!(told.iter().all(|response| response.errors.is_empty()), "{told:?}");
        }
        world.hub.flush_trail().await.unwrap();
        let rows = trail_row::Entity::find().all(world.hub.db.read()).await.unwrap();
        let operations: Vec<_> = rows.iter().map(|row| row.operation.as_str()).collect();
        assert_eq!(operations, ["SUBSCRIPTION Follow"; 2]);
        let people = rows.iter().flat_map(|row| row.people.iter());
        assert_eq!(people.collect::<Vec<_>>(), [first.person, second.person]);
    }
}
