//! What the server counts, for Prometheus.

use std::{sync::atomic::AtomicU64, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use graphql::Questions;
use hub::db::Db;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text::encode},
    metrics::{counter::ConstCounter, counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

use super::{App, REQUEST_ID};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
    status: u16,
}

pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Route, Counter<u64, AtomicU64>>,
    seconds: Histogram,
}

impl Metrics {
    pub fn new(db: Db, questions: Questions) -> Self {
        let mut registry = Registry::with_prefix("nuanyang");
        let requests = Family::default();
        let seconds = Histogram::new([0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0]);
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_request_seconds", "Time to the answer", seconds.clone());
        registry.register_collector(Box::new(Counted(db, questions)));
        Self { registry, requests, seconds }
    }
}

/// What is counted where it happens.
struct Counted(Db, Questions);

impl std::fmt::Debug for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Counted")
    }
}

impl Collector for Counted {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Self(db, questions) = self;
        for (name, help, count) in [
            ("sql_statements", "SQL statements sent to the database", db.statements()),
            ("straight_answers", "Answers given past the executor", questions.written()),
        ] {
            let counter = ConstCounter::new(count);
            counter.encode(encoder.encode_descriptor(
                name,
                help,
                None,
                counter.metric_type(),
            )?)?;
        }
        Ok(())
    }
}

/// Counts and logs each request.
pub(super) async fn measure(State(app): State<App>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or("page", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let id = request.headers().get(REQUEST_ID).cloned();
    let response = next.run(request).await;
    let (seconds, status) = (start.elapsed().as_secs_f64(), response.status().as_u16());
    app.metrics.seconds.observe(seconds);
    let id = id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info!(request_id = id, %method, route, status, seconds, "answered");
    app.metrics.requests.get_or_create(&Route { route, status }).inc();
    response
}

pub(super) async fn show(State(app): State<App>) -> Response {
    let mut text = String::new();
    match encode(&mut text, &app.metrics.registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
