//! GraphQL over a WebSocket, by the protocol `graphql-transport-ws`. The token comes in the payload
//! of `connection_init`, as `{"authorization": "Bearer …"}`, a purpose beside it as `"purpose"`.

use std::{net::SocketAddr, time::Duration};

use async_graphql::Data;
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    extract::{ConnectInfo, State, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use graphql::{RequestContext, RequestId};
use hub::problem::Language;
use tokio::sync::watch;

use super::{App, MAX_BODY, purpose};

/// How long a connection may take to say who it is.
const INIT: Duration = Duration::from_secs(10);

pub(super) async fn open(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    protocol: GraphQLProtocol,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if is_foreign(&headers) {
        return (StatusCode::FORBIDDEN, "pages of another origin may not follow\n").into_response();
    }
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
                    sign_in(app, language, from, payload)
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
    from: SocketAddr,
    payload: serde_json::Value,
) -> async_graphql::Result<Data> {
    let given = payload.get("authorization").and_then(serde_json::Value::as_str);
    let token = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let viewer = app.hub.authenticate(token).await.map_err(|error| error.to_string())?;
    let request_id = RequestId(app.hub.clock.new_id().to_string());
    let purpose = payload.get("purpose").and_then(serde_json::Value::as_str).unwrap_or_default();
    let purpose = purpose::checked(purpose).map_err(|why| format!("the purpose {why}"))?;
    let from_address = Some(from.ip());
    let viewer = Some(viewer);
    Ok(RequestContext { viewer, language, request_id, from_address, purpose }.into_data())
}
