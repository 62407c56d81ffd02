//! What the server answers, on one screen.

mod explorer;
mod graphql;
mod health;
mod metrics;
mod session;
mod subscriptions;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderName, Request},
    routing::{delete, get, post},
};
use hub::{Hub, feed::Feed};
use tokio::sync::watch;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
};

use crate::settings::Settings;
use metrics::Metrics;
use session::Attempts;

/// The largest body of a request: 8 MiB.
pub const MAX_BODY: usize = 8 << 20;
/// What a request may take beyond the time-out of its operation.
const GRACE: Duration = Duration::from_secs(5);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the handlers share.
#[derive(Clone)]
struct App {
    hub: Hub,
    schema: ::graphql::Schema,
    metrics: Arc<Metrics>,
    timeout: Duration,
    stopped: watch::Receiver<bool>,
    attempts: Arc<Attempts>,
}

/// The routes of the server.
pub fn router(hub: Hub, feed: Feed, settings: &Settings, stopped: watch::Receiver<bool>) -> Router {
    let limits = ::graphql::Limits {
        depth: settings.depth,
        timeout: settings.timeout,
        ..Default::default()
    };
    let schema = ::graphql::schema(hub.clone(), feed, limits);
    let ids = RequestIds(hub.clock);
    let metrics = Arc::new(Metrics::new(hub.db.clone()));
    let timeout = settings.timeout + GRACE;
    let app = App { hub, schema, metrics, timeout, stopped, attempts: Arc::default() };
    Router::new()
        .route("/graphql", post(graphql::post))
        .route("/graphql/ws", get(subscriptions::open))
        .route("/session", post(session::begin).get(session::list).delete(session::end))
        .route("/session/{id}", delete(session::end_one))
        .route("/session/password", post(session::change_password))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .fallback(get(explorer::page))
        .layer(axum::middleware::from_fn_with_state(app.clone(), metrics::measure))
        .layer(CatchPanicLayer::new())
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, ids))
        .with_state(app)
}

/// Names each request that its sender did not name.
#[derive(Clone)]
struct RequestIds(hub::clock::Clock);

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        Some(RequestId::new(self.0.new_id().to_string().parse().ok()?))
    }
}
