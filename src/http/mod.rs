//! What the server answers, on one screen.

mod accept;
mod address;
mod cookie;
mod exports;
mod graphql;
mod headers;
mod health;
mod imports;
mod jobs;
mod metrics;
mod oidc;
mod pages;
mod photos;
mod purpose;
mod session;
mod take;
mod totp;
mod turn;
mod upload;
mod websocket;
mod workbooks;

use std::{ops::Deref, sync::Arc, time::Duration};

use ::graphql::Questions;
use axum::{
    Router,
    body::Body,
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, Request, StatusCode, Version, header},
    routing::{delete, get, head, post},
};
use entity::Network;
use hub::Hub;
use tokio::sync::watch;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, Predicate},
    },
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
};

use crate::{bounds::Bounds, oidc::Provider, places::Places, settings::Settings};
use metrics::Metrics;
use session::Attempts;
pub use turn::Turns;

/// The largest body of a request: 8 MiB.
pub const MAX_BODY: usize = 8 << 20;
/// The largest form with a file: 16 MiB, a workbook of some 150,000 rows.
pub const MAX_FORM: usize = 16 << 20;
/// What a request may take beyond the time-out of its operation.
const GRACE: Duration = Duration::from_secs(5);

/// What is told where no turn comes.
const CROWDED: &str =
    "too many requests of this account or address are under way; send fewer at once";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the handlers share. Cloned for each layer that a request goes through.
#[derive(Clone)]
struct App(Arc<Shared>);

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

struct Shared {
    hub: Hub,
    questions: Questions,
    metrics: Arc<Metrics>,
    turns: Arc<Turns>,
    timeout: Duration,
    stopped: watch::Receiver<bool>,
    attempts: Arc<Attempts>,
    /// Of open WebSockets.
    sockets: Arc<Places>,
    bounds: Bounds,
    proxies: Arc<[Network]>,
    tls: bool,
    oidc: Option<Arc<Provider>>,
}

/// The routes of the server.
pub fn router(
    hub: Hub,
    (questions, turns): (Questions, Arc<Turns>),
    settings: &Settings,
    oidc: Option<Provider>,
    stopped: watch::Receiver<bool>,
) -> Router {
    let ids = RequestIds(hub.clock);
    let metrics = Arc::new(Metrics::new(hub.db.clone(), questions.clone()));
    let timeout = settings.timeout + GRACE;
    let (attempts, sockets, bounds) = (Arc::default(), Arc::default(), settings.bounds);
    let proxies = settings.trusted_proxies.as_slice().into();
    let (tls, oidc) = (settings.tls_cert.is_some(), oidc.map(Arc::new));
    let app = App(Arc::new(Shared {
        hub,
        questions,
        metrics,
        turns,
        timeout,
        stopped,
        attempts,
        sockets,
        bounds,
        proxies,
        tls,
        oidc,
    }));
    Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/graphql/ws", get(websocket::open))
        .route("/jobs/{id}/answer", get(jobs::answer))
        .route("/imports/{id}/workbook", get(imports::workbook))
        .route("/workbooks/{file}", get(workbooks::blank))
        .route("/exports/{id}", get(exports::file))
        .route("/exports/{id}/cover", get(exports::cover))
        .route("/uploads", post(photos::begin).options(photos::known))
        .route("/uploads/{id}", head(photos::offset).patch(photos::add))
        .route("/photos/{id}", get(photos::picture))
        .merge(sessions())
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .fallback(get(pages::page))
        .layer(axum::middleware::from_fn_with_state(app.clone(), metrics::measure))
        .layer(CatchPanicLayer::new())
        .layer(axum::middleware::map_response_with_state(headers::Tls(tls), headers::protect))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(packed()))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, ids))
        .layer(axum::middleware::map_request(plain_id))
        .with_state(app)
}

/// What is packed on its way: all but what can be taken from any byte on.
fn packed() -> impl Predicate {
    let whole = |_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| {
        !headers.contains_key(header::ACCEPT_RANGES)
    };
    DefaultPredicate::new().and(whole)
}

/// The log holds the name that a sender gave its request, which is to be a name and nothing more.
async fn plain_id(mut request: Request<Body>) -> Request<Body> {
    let plain = |id: &HeaderValue| {
        let mut bytes = id.as_bytes().iter();
        (1..=64).contains(&id.len())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    };
    if !request.headers().get(REQUEST_ID).is_some_and(plain) {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}

/// Signing in and out.
fn sessions() -> Router<App> {
    Router::new()
        .route("/session", post(session::begin).get(session::list).delete(session::end))
        .route("/session/{id}", delete(session::end_one))
        .route("/session/clearing", post(session::clearing))
        .route("/session/password", post(session::change_password))
        .route("/session/totp", post(totp::begin).delete(totp::remove))
        .route("/session/totp/confirm", post(totp::confirm))
        .route("/session/oidc", get(oidc::begin))
        .route("/session/oidc/callback", get(oidc::callback))
}

/// Names each request that its sender did not name.
#[derive(Clone)]
struct RequestIds(hub::clock::Clock);

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        Some(RequestId::new(self.0.new_id().to_string().parse().ok()?))
    }
}
