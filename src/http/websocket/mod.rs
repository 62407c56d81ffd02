//! GraphQL over a WebSocket, by the protocol `graphql-transport-ws`. The token comes in the payload
//! of `connection_init`, as `{"authorization": "Bearer …"}`, a purpose beside it as `"purpose"`;
//! without one, a page of the hub's own has the session of its cookie.
//!
//! [`socket`] hears and answers, [`guest`] is who signed in on it, [`message`] the words they use.

mod guest;
mod message;
mod socket;

use axum::{
    extract::{State, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use hub::problem::Language;

use super::{
    App,
    address::ClientAddress,
    cookie,
    graphql::{Refusal, text},
};
use crate::places::Key;
use guest::Visitor;

const PROTOCOL: &str = "graphql-transport-ws";
/// The largest message. Many items at once are handed in over HTTP, which waits for its turn before
/// it takes them in.
const MAX_MESSAGE: usize = 256 << 10;
/// What is read at once: there may be many sockets, and most are silent.
const READ_BUFFER: usize = 8 << 10;

pub(super) async fn open(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
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
    let upgrade = upgrade.protocols([PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        let text = format!("the protocol of this WebSocket is {PROTOCOL}");
        return Refusal::input(StatusCode::BAD_REQUEST, text).into_response();
    }
    let Some(place) = app.sockets.take(Key::of(from), 4 * app.bounds.sockets) else {
        let text = "too many WebSockets of this address are open; follow more on one";
        return Refusal::unavailable(text).into_response();
    };
    let language = Language::of_header(text(&headers, &header::ACCEPT_LANGUAGE));
    let visitor = Visitor { app, from, language, cookie };
    upgrade
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .read_buffer_size(READ_BUFFER)
        .on_upgrade(async move |wire| {
            socket::serve(wire, visitor).await;
            drop(place);
        })
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
