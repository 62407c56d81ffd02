//! What the server answers, on one screen.

mod accept;
mod cookie;
mod explorer;
mod graphql;
mod health;
mod metrics;
mod oidc;
mod session;
mod subscriptions;
mod totp;
mod turn;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderName, HeaderValue, Request, header},
    routing::{delete, get, post},
};
use hub::{Hub, feed::Feed};
use tokio::sync::watch;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
};

use crate::{oidc::Provider, settings::Settings};
use metrics::Metrics;
use session::Attempts;
use turn::Turns;

/// The largest body of a request: 8 MiB.
pub const MAX_BODY: usize = 8 << 20;
/// What a request may take beyond the time-out of its operation.
const GRACE: Duration = Duration::from_secs(5);

/// What answers that are no page may load: nothing.
const CLOSED: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the handlers share.
#[derive(Clone)]
struct App {
    hub: Hub,
    schema: ::graphql::Schema,
    metrics: Arc<Metrics>,
    turns: Arc<Turns>,
    timeout: Duration,
    stopped: watch::Receiver<bool>,
    attempts: Arc<Attempts>,
    tls: bool,
    oidc: Option<Arc<Provider>>,
}

/// The routes of the server.
pub fn router(
    hub: Hub,
    feed: Feed,
    settings: &Settings,
    oidc: Option<Provider>,
    stopped: watch::Receiver<bool>,
) -> Router {
    let limits = ::graphql::Limits {
        depth: settings.depth,
        timeout: settings.timeout,
        ..Default::default()
    };
    let schema = ::graphql::schema(hub.clone(), feed, limits);
    let ids = RequestIds(hub.clock);
    let metrics = Arc::new(Metrics::new(hub.db.clone()));
    let turns =
        Arc::new(Turns::new(settings.per_account.get().into(), settings.per_address.get().into()));
    let timeout = settings.timeout + GRACE;
    let attempts = Arc::default();
    let (tls, oidc) = (settings.tls_cert.is_some(), oidc.map(Arc::new));
    let app = App { hub, schema, metrics, turns, timeout, stopped, attempts, tls, oidc };
    Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/graphql/ws", get(subscriptions::open))
        .merge(sessions())
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .fallback(get(explorer::page))
        .layer(axum::middleware::from_fn_with_state(app.clone(), metrics::measure))
        .layer(CatchPanicLayer::new())
        .layer(SetResponseHeaderLayer::if_not_present(header::CONTENT_SECURITY_POLICY, CLOSED))
        .layer(SetResponseHeaderLayer::overriding(header::X_CONTENT_TYPE_OPTIONS, NO_SNIFF))
        .layer(SetResponseHeaderLayer::overriding(header::REFERRER_POLICY, NO_REFERRER))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, ids))
        .with_state(app)
}

/// What is said of sessions is nobody else's, and is kept nowhere.
fn sessions() -> Router<App> {
    Router::new()
        .route("/session", post(session::begin).get(session::list).delete(session::end))
        .route("/session/{id}", delete(session::end_one))
        .route("/session/password", post(session::change_password))
        .route("/session/totp", post(totp::begin).delete(totp::remove))
        .route("/session/totp/confirm", post(totp::confirm))
        .route("/session/oidc", get(oidc::begin))
        .route("/session/oidc/callback", get(oidc::callback))
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, NO_STORE))
}

/// Names each request that its sender did not name.
#[derive(Clone)]
struct RequestIds(hub::clock::Clock);

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        Some(RequestId::new(self.0.new_id().to_string().parse().ok()?))
    }
}
