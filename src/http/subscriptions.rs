//! GraphQL over a WebSocket, by the protocol `graphql-transport-ws`. The token comes in the payload
//! of `connection_init`, as `{"authorization": "Bearer …"}`.

use async_graphql::Data;
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    extract::{State, WebSocketUpgrade},
    http::{HeaderMap, header},
    response::Response,
};
use graphql::{RequestContext, RequestId};
use hub::problem::Language;

use super::App;

pub(super) async fn open(
    State(app): State<App>,
    protocol: GraphQLProtocol,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let language = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = Language::of_header(language.unwrap_or_default());
    upgrade.protocols(async_graphql::http::ALL_WEBSOCKET_PROTOCOLS).on_upgrade(
        move |socket| async move {
            let mut stopped = app.stopped.clone();
            let serve = GraphQLWebSocket::new(socket, app.schema.clone(), protocol)
                .on_connection_init(move |payload| sign_in(app, language, payload))
                .serve();
            tokio::select! {
                () = serve => {}
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        },
    )
}

async fn sign_in(
    app: App,
    language: Language,
    payload: serde_json::Value,
) -> async_graphql::Result<Data> {
    let given = payload.get("authorization").and_then(serde_json::Value::as_str);
    let token = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let viewer = app.hub.authenticate(token).await.map_err(|error| error.to_string())?;
    let request_id = RequestId(app.hub.clock.new_id().to_string());
    Ok(RequestContext { viewer: Some(viewer), language, request_id }.into_data())
}
