//! Taking turns: who floods the hub waits for its own requests alone.

use std::time::{Duration, Instant};

use nuanyang::settings::Settings;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::support::{Backend, FAR, STATION, TestDatabase, TestHub, slow};

async fn hub(backend: Backend, settings: Settings) -> TestHub {
    TestHub::with(TestDatabase::fresh(backend).await, settings).await
}

async fn flood(backend: Backend) {
    let settings = Settings { per_account: 2.try_into().unwrap(), ..Settings::default() };
    let hub = hub(backend, settings).await;
    let (flooding, other) = (hub.worker(STATION).await, hub.worker(FAR).await);
    let mut flood = Vec::new();
    for _ in 0..200 {
        flood.push(slow(&hub, &flooding.token).await);
    }
    sleep(Duration::from_millis(500)).await;
    let began = Instant::now();
    for _ in 0..20 {
        other.ask("{ stations { totalCount } }").await;
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let own = flooding.ask("{ stations { totalCount } }");
    assert!(timeout(Duration::from_millis(300), own).await.is_err(), "it waits behind its own");
    drop(flood);
    timeout(Duration::from_secs(20), flooding.ask("{ stations { totalCount } }")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_floods_keeps_no_other_from_its_answer_sqlite() {
    flood(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_floods_keeps_no_other_from_its_answer_postgres() {
    flood(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_does_not_come_in_time_is_told() {
    let settings = Settings {
        per_address: 1.try_into().unwrap(),
        timeout: Duration::from_secs(1),
        ..Settings::default()
    };
    let hub = hub(Backend::Sqlite, settings).await;
    let worker = hub.worker(STATION).await;
    // Each keeps its turn until its body is given up.
    let _first = slow(&hub, &worker.token).await;
    sleep(Duration::from_secs(2)).await;
    let _second = slow(&hub, &worker.token).await;
    sleep(Duration::from_secs(1)).await;
    let query = json!({ "query": "{ __typename }" });
    let url = format!("{}/graphql", hub.url);
    let late = hub.http.post(url).json(&query).send().await.unwrap();
    assert_eq!(late.status(), 503);
    let answer: Value = late.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE");
}
