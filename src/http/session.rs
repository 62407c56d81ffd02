//! Signing in and out: JSON alone, so that no form of another page can do it. A session is a bearer
//! token like any other, or where a browser asks for it a cookie (see `cookie`).

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Duration, Utc};
use entity::{account, session};
use hub::HubError;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    App,
    address::ClientAddress,
    cookie,
    graphql::{Refusal, must_be_json},
};
use crate::places::Key;

/// The largest body: names and passwords are short.
const MAX_BODY: usize = 16 << 10;
/// So many wrong passwords from one address in [`WINDOW`] are answered.
const MAX_ATTEMPTS: u32 = 20;
const WINDOW: Duration = Duration::minutes(10);
/// So many addresses are remembered before those whose window is over are forgotten.
const ADDRESSES: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    username: String,
    password: String,
    /// Of the second factor, where the account has one.
    code: Option<String>,
    /// Whether the token is to come as a cookie, for a browser.
    #[serde(default)]
    cookie: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ChangePassword {
    current_password: String,
    new_password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Marked {
    /// SHA-256 of a token, in hex.
    mark: String,
}

/// What was ordered for the devices that signed in by a token, also where that has ended: it is asked by a
/// mark that opens nothing, and guessed as little as the token.
pub(super) async fn clearing(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    let Marked { mark } = read(&app, &headers, body).await?;
    let (at_once, after_sending) = app.hub.clearing_of(&mark).await?;
    Ok(Json(json!({ "atOnce": at_once, "afterSending": after_sending })))
}

pub(super) async fn begin(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Response> {
    let SignIn { username, password, code, cookie } =
        read(&app, &headers, body).await.map_err(IntoResponse::into_response)?;
    app.attempts.begin(from, app.hub.clock.now()).map_err(too_many)?;
    let begun = app.hub.sign_in(&username, password, code, Some(from.to_string())).await;
    if !matches!(begun, Err(HubError::SignIn)) {
        app.attempts.forget(from);
    }
    let begun = begun.map_err(refused)?;
    let mut told = json!({
        "expiresAt": begun.expires_at,
        "mustChangePassword": begun.must_change_password,
        "mustEnrol": begun.must_enrol,
    });
    if cookie {
        let held = cookie::holding(&app, &headers, &begun.token);
        return Ok((held.map(|held| [(header::SET_COOKIE, held)]), Json(told)).into_response());
    }
    told["token"] = begun.token.into();
    Ok(Json(told).into_response())
}

pub(super) async fn list(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let (this, account) = settled(&app, &headers).await?;
    let sessions = app.hub.sessions(account.id).await?;
    let sessions: Vec<_> = sessions.iter().map(|session| shown(session, &this)).collect();
    Ok(Json(json!({ "sessions": sessions })))
}

pub(super) async fn end(State(app): State<App>, headers: HeaderMap) -> Result<Response, Refusal> {
    let (this, account) = current(&app, &headers).await?;
    app.hub.revoke_session(account.id, this.id).await?;
    let ended = cookie::session(&app, &headers)?.and_then(|_| cookie::ended(&app, &headers));
    let ended = ended.map(|ended| [(header::SET_COOKIE, ended)]);
    Ok((StatusCode::NO_CONTENT, ended, ()).into_response())
}

pub(super) async fn end_one(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let (_, account) = settled(&app, &headers).await?;
    let ended = match id.parse::<Uuid>() {
        Ok(id) => app.hub.revoke_session(account.id, id).await?,
        Err(_) => false,
    };
    if ended {
        return Ok(StatusCode::NO_CONTENT);
    }
    let text = "this account has no such session".to_owned();
    Err(Refusal(StatusCode::NOT_FOUND, "NOT_FOUND", text))
}

pub(super) async fn change_password(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let (this, account) = current(&app, &headers).await?;
    let ChangePassword { current_password, new_password } = read(&app, &headers, body).await?;
    let changed = app.hub.change_password(&this, account, current_password, new_password);
    changed.await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(session: &session::Model, this: &session::Model) -> Value {
    json!({
        "id": session.id,
        "createdAt": session.created_at,
        "lastSeenAt": session.last_seen_at,
        "expiresAt": session.ends_at,
        "fromAddress": session.from_address,
        "current": session.id == this.id,
    })
}

/// Why no session begins; a client asks for a code where that alone is wanting.
pub(super) fn refused(error: HubError) -> Response {
    let HubError::CodeNeeded = error else { return Refusal::from(error).into_response() };
    let extensions = json!({ "code": "UNAUTHENTICATED", "reason": "CODE_NEEDED" });
    let error = json!({ "message": error.to_string(), "extensions": extensions });
    (StatusCode::UNAUTHORIZED, Json(json!({ "errors": [error] }))).into_response()
}

/// The session that asks.
pub(super) async fn current(
    app: &App,
    headers: &HeaderMap,
) -> Result<(session::Model, account::Model), Refusal> {
    let token = cookie::token(app, headers)?.unwrap_or_default();
    Ok(app.hub.session(token).await?)
}

/// The session that asks, once nothing has to be done first.
async fn settled(
    app: &App,
    headers: &HeaderMap,
) -> Result<(session::Model, account::Model), Refusal> {
    let (session, account) = current(app, headers).await?;
    app.hub.settled(&session, &account)?;
    Ok((session, account))
}

pub(super) async fn read<T: DeserializeOwned>(
    app: &App,
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Refusal> {
    must_be_json(headers)?;
    let body = tokio::time::timeout(app.timeout, axum::body::to_bytes(body, MAX_BODY));
    let body = body.await.map_err(|_| Refusal::late())?.map_err(|_| {
        let text = "the body is larger than 16 KiB or broke off";
        Refusal::input(StatusCode::PAYLOAD_TOO_LARGE, text)
    })?;
    // What the reader says of a body could repeat a password.
    serde_json::from_slice(&body).map_err(|_| {
        Refusal::input(StatusCode::BAD_REQUEST, "the body is not the JSON that is asked for")
    })
}

/// The wrong passwords of each address. Kept in memory: a restart forgets them, the lock of an
/// account does not.
#[derive(Default)]
pub(super) struct Attempts(Mutex<HashMap<Key, (DateTime<Utc>, u32)>>);

impl Attempts {
    /// Counts an attempt before its password is looked at, so that many at once do not slip by.
    /// The error is the seconds to wait.
    pub(super) fn begin(&self, address: IpAddr, now: DateTime<Utc>) -> Result<(), i64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= ADDRESSES {
            counts.retain(|_, (since, _)| *since + WINDOW > now);
        }
        let (since, count) = counts.entry(Key::of(address)).or_insert((now, 0));
        if *since + WINDOW <= now {
            (*since, *count) = (now, 0);
        }
        if *count >= MAX_ATTEMPTS {
            return Err((*since + WINDOW - now).num_seconds().max(1));
        }
        *count += 1;
        Ok(())
    }

    /// Takes an attempt back that was no guess.
    pub(super) fn forget(&self, address: IpAddr) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, count)) = counts.get_mut(&Key::of(address)) {
            *count = count.saturating_sub(1);
        }
    }
}

pub(super) fn too_many(seconds: i64) -> Response {
    let text = format!("too many attempts to sign in from this address; try again in {seconds} s");
    let refusal = Refusal(StatusCode::TOO_MANY_REQUESTS, "UNAVAILABLE", text);
    let mut response = refusal.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}
