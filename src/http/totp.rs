//! Enrolling the second factor, and taking it away.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    App,
    graphql::Refusal,
    session::{current, read, refused},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MayHaveCode {
    /// Of the device that is enrolled already, where one is.
    code: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    code: String,
}

pub(super) async fn begin(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Response> {
    let (_, account) = current(&app, &headers).await.map_err(IntoResponse::into_response)?;
    let MayHaveCode { code } =
        read(&app, &headers, body).await.map_err(IntoResponse::into_response)?;
    let begun = app.hub.begin_totp(&account, code).await.map_err(refused)?;
    Ok(Json(json!({ "secret": begun.secret, "uri": begun.uri })))
}

pub(super) async fn confirm(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    let (session, _) = current(&app, &headers).await?;
    let Code { code } = read(&app, &headers, body).await?;
    let codes = app.hub.confirm_totp(&session, &code).await?;
    Ok(Json(json!({ "recoveryCodes": codes })))
}

pub(super) async fn remove(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let (session, account) = current(&app, &headers).await?;
    let Code { code } = read(&app, &headers, body).await?;
    app.hub.remove_totp(&session, &account, &code).await?;
    Ok(StatusCode::NO_CONTENT)
}
