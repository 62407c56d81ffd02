//! GraphQL over a WebSocket, by the protocol `graphql-transport-ws`. The token comes in the payload
//! of `connection_init`, as `{"authorization": "Bearer …"}`; without one, a page of the hub's own has
//! the session of its cookie.

use std::time::Duration;

use async_graphql::Data;
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    extract::{State, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use graphql::{RequestContext, RequestId};
use hub::problem::Language;
use tokio::sync::watch;

use super::{App, MAX_BODY, cookie};

/// How long a connection may take to say who it is.
const INIT: Duration = Duration::from_secs(10);

pub(super) async fn open(
    State(app): State<App>,
    protocol: GraphQLProtocol,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if is_foreign(&headers) {
        return (StatusCode::FORBIDDEN, "pages of another origin may not follow\n").into_response();
    }
    let cookie = match cookie::session(&app, &headers) {
        // Whoever tells no origin is no page.
        Ok(token) => token.filter(|_| headers.contains_key(header::ORIGIN)).map(str::to_owned),
        Err(refusal) => return refusal.into_response(),
    };
    let language = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = Language::of_header(language.unwrap_or_default());
    upgrade
        .max_message_size(MAX_BODY)
        .protocols(async_graphql::http::ALL_WEBSOCKET_PROTOCOLS)
        .on_upgrade(move |socket| async move {
            let mut stopped = app.stopped.clone();
            let (init, said) = watch::channel(false);
            let serve = GraphQLWebSocket::new(socket, app.schema.clone(), protocol)
                .on_connection_init(move |payload| {
                    init.send_replace(true);
                    sign_in(app, language, payload, cookie)
                })
                .serve();
            tokio::select! {
                () = serve => {}
                () = silence(said) => {}
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        })
}

/// Ends when the connection has not said who it is in time.
async fn silence(mut said: watch::Receiver<bool>) {
    if tokio::time::timeout(INIT, said.wait_for(|said| *said)).await.is_ok() {
        std::future::pending::<()>().await;
    }
}

/// Whether a page of another origin opens the connection. A browser does not ask leave for that, as
/// it does for a POST of JSON.
fn is_foreign(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let host = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    let own = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    match (host, own) {
        (Some((_, host)), Some(own)) => !host.eq_ignore_ascii_case(own),
        _ => true,
    }
}

async fn sign_in(
    app: App,
    language: Language,
    payload: serde_json::Value,
    cookie: Option<String>,
) -> async_graphql::Result<Data> {
    let given = payload.get("authorization").and_then(serde_json::Value::as_str);
    let token = match given {
        Some(given) => given.strip_prefix("Bearer "),
        None => cookie.as_deref(),
    };
    let viewer =
        app.hub.authenticate(token.unwrap_or_default()).await.map_err(|error| error.to_string())?;
    let request_id = RequestId(app.hub.clock.new_id().to_string());
    Ok(RequestContext { viewer: Some(viewer), language, request_id }.into_data())
}
