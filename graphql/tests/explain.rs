//! What a question took, for whoever asks.

use async_graphql::{Request, Response, Value as GraphValue};
use entity::trail_row;
use futures_util::StreamExt;
use graphql::{Explain, Limits};
use hub::access::Viewer;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::{
    on_both,
    world::{Backend, STATION, World, codes, context},
};

const QUESTION: &str = "{ division(code: \"410802\") { name } \
    some: persons(filter: { namePrefix: \"测试人\" }) { nodes { name visits(first: 7) { nodes { id mode } } } } }";

async fn ask(world: &World, viewer: Option<Viewer>, query: &str) -> Response {
    let request = Request::new(query).data(Explain);
    world.schema.execute(context(viewer).into_request(request)).await
}

fn explained(response: &Response) -> Value {
    let told = response.extensions.get("explain").cloned();
    told.map_or(Value::Null, |told: GraphValue| told.into_json().unwrap())
}

on_both! {
    async fn a_question_tells_what_it_took_and_no_values(world: World) {
        for number in 0..3 {
            world.record(STATION, number, "2026-10-10").await;
        }
        let (before, officer) = (world.hub.db.statements(), world.analyst());
        let response = ask(&world, Some(officer.clone()), QUESTION).await;
        assert_eq!(codes(&response), [""; 0], "{:?}", response.errors);
        let told = explained(&response);
        let statements = told["statements"].as_array().unwrap();
        let text = told.to_string();
        for value in ["测试人", "410802", "$1", "?, ?"] {
            assert!(!text.contains(value), "{value} {told:#}");
        }
        let of = |table: &str| {
            let from = format!("\"{table}\"");
            statements.iter().find(|known| known["text"].as_str().unwrap().contains(&from)).unwrap()
        };
        assert_eq!((&of("visits")["calls"], &of("visits")["rows"]), (&json!(1), &json!(3)), "{told:#}");
        let reads = of("divisions")["reads"].to_string();
        let index = match world.hub.db.backend() {
            sea_orm::DbBackend::Sqlite => "USING INDEX",
            _ => "Index Scan using",
        };
        assert!(reads.contains(index), "{told:#}");
        let calls: u64 = statements.iter().map(|known| known["calls"].as_u64().unwrap()).sum();
        let plans = statements.len() as u64;
        assert!(world.hub.db.statements() - before >= calls + plans, "{told:#}");

        let field = |path: &str| {
            told["fields"].as_array().unwrap().iter().find(|field| field["path"] == path).unwrap().clone()
        };
        assert_eq!(field("some")["calls"], 1);
        assert_eq!(field("some.nodes.name")["calls"], 3);
        assert_eq!(field("some.nodes.visits.nodes")["calls"], 3);
        assert!(field("some")["ms"].as_f64().unwrap() >= field("some.nodes.visits.nodes")["ms"].as_f64().unwrap());
        let ms: f64 = statements.iter().map(|known| known["ms"].as_f64().unwrap()).sum();
        assert!(ms > 0.0);

        let plain = world.run(Some(officer), QUESTION).await;
        assert_eq!(plain.data, response.data);
        assert_eq!(explained(&plain), Value::Null);
    }

    async fn who_sees_no_small_figures_is_told_no_counts(world: World) {
        world.record(STATION, 1, "2026-10-10").await;
        let query = "{ persons(first: 5) { totalCount nodes { id } } stations(first: 2) { nodes { visits { totalCount } } } }";
        let told = explained(&ask(&world, Some(world.shielded()), query).await);
        assert!(told["price"].as_u64().unwrap() > 0);
        assert_eq!(told["statements"], Value::Null);
        let fields = told["fields"].as_array().unwrap();
        assert!(fields.iter().any(|field| field["path"] == "persons.totalCount"), "{told:#}");
        for field in fields {
            let keys: Vec<_> = field.as_object().unwrap().keys().collect();
            assert_eq!(keys, ["ms", "path"], "{told:#}");
            assert!(field["ms"].is_u64(), "{told:#}");
        }
        assert!(!told.to_string().contains("rows"), "{told:#}");
    }
}

#[tokio::test]
async fn the_price_told_is_the_price_of_the_refusal() {
    let world = World::start(Backend::Sqlite).await;
    let told = explained(&ask(&world, Some(world.analyst()), QUESTION).await);
    assert_eq!(told["limit"], 10_000_000);
    let mut poor = world.hub.clone();
    poor.question_budget = Some(told["price"].as_u64().unwrap() - 1);
    let schema = graphql::schema(poor, world.feed.clone(), Limits::default());
    let response =
        schema.execute(context(Some(world.analyst())).into_request(QUESTION.into())).await;
    let price = response.errors[0].extensions.as_ref().unwrap().get("price").cloned().unwrap();
    assert_eq!(price.into_json().unwrap(), told["price"]);
}

#[tokio::test]
async fn only_questions_of_the_record_are_explained() {
    let world = World::start(Backend::Sqlite).await;
    let officer = Some(world.analyst());
    for (viewer, query) in [
        (None, "{ __typename }"),
        (officer.clone(), "{ __typename }"),
        (officer.clone(), "{ __schema { types { name } } }"),
        (officer.clone(), "mutation { submit(items: []) { receipts { status } } }"),
        (officer.clone(), "{ visits(first: 0) { nodes { id } } nope }"),
    ] {
        assert_eq!(explained(&ask(&world, viewer, query).await), Value::Null, "{query}");
    }
    let recorded = world.record(STATION, 1, "2026-10-10").await;
    world.announce(&recorded, STATION, 1).await;
    let query = "subscription { submissionRecorded(after: 0) { seq } }";
    let request = context(officer).into_request(Request::new(query).data(Explain));
    let told = world.schema.execute_stream(request).take(1).collect::<Vec<_>>().await;
    assert!(told[0].errors.is_empty() && explained(&told[0]) == Value::Null, "{told:?}");
}

#[tokio::test]
async fn the_trail_is_the_same_whether_it_is_explained_or_not() {
    let world = World::start(Backend::Sqlite).await;
    world.record(STATION, 1, "2026-10-10").await;
    let response = ask(&world, Some(world.analyst()), QUESTION).await;
    let plain = world.run(Some(world.analyst()), QUESTION).await;
    assert_eq!(response.extensions.get("sight"), plain.extensions.get("sight"));
    world.hub.flush_trail().await.unwrap();
    let rows = trail_row::Entity::find().all(world.hub.db.read()).await.unwrap();
    let noted: Vec<_> = rows.iter().map(|row| (&row.operation, &row.fields, &row.people)).collect();
    assert_eq!(noted.len(), 2);
    assert_eq!(noted[0], noted[1]);
}
