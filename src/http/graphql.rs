//! GraphQL over HTTP: POST with JSON. Other methods and content types never run an operation, so
//! that a page of another origin cannot either.

use async_graphql::{Request, Response as Answer};
use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use graphql::{RequestContext, RequestId};
use hub::{HubError, access::Viewer, problem::Language};
use serde_json::json;

use super::{App, REQUEST_ID};

const RESPONSE_JSON: &str = "application/graphql-response+json";

pub(super) async fn post(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let request = match read(&headers, body) {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    let viewer = match viewer(&app, bearer(&headers)).await {
        Ok(viewer) => viewer,
        Err(refusal) => return refusal,
    };
    let context = RequestContext {
        viewer,
        language: Language::of_header(text(&headers, &header::ACCEPT_LANGUAGE)),
        request_id: RequestId(text(&headers, &REQUEST_ID).to_owned()),
    };
    let request = context.into_request(request);
    match tokio::time::timeout(app.timeout, app.schema.execute(request)).await {
        Ok(answer) => respond(&headers, &answer),
        Err(_) => refuse(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "the operation took too long"),
    }
}

/// The viewer behind a token; none without a token.
async fn viewer(app: &App, token: Option<&str>) -> Result<Option<Viewer>, Response> {
    let Some(token) = token else { return Ok(None) };
    match app.hub.authenticate(token).await {
        Ok(viewer) => Ok(Some(viewer)),
        Err(error @ HubError::Unauthenticated) => {
            Err(refuse(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", &error.to_string()))
        }
        Err(error) => {
            tracing::error!(%error, "a token could not be looked up");
            let text = HubError::Unavailable.to_string();
            Err(refuse(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", &text))
        }
    }
}

fn read(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Request, Response> {
    let kind = text(headers, &header::CONTENT_TYPE);
    if kind.split(';').next().map(str::trim) != Some("application/json") {
        let text = "the content type must be application/json";
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "INVALID_INPUT", text));
    }
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let text = "the request is larger than 8 MiB; hand in fewer items a call";
            refuse(StatusCode::PAYLOAD_TOO_LARGE, "INVALID_INPUT", text)
        }
        status => refuse(status, "INVALID_INPUT", "the body did not arrive whole"),
    })?;
    let no_request = |why: &str| {
        let text = format!("the body is no GraphQL request: {why}");
        refuse(StatusCode::BAD_REQUEST, "INVALID_INPUT", &text)
    };
    // A list would be read as a request too, by the order of its fields.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(no_request("expected one JSON object"));
    }
    serde_json::from_slice(&body).map_err(|error| no_request(&error.to_string()))
}

/// 200 for what ran; for what did not, 400 where the client knows the GraphQL media type and 200
/// for older ones, as GraphQL over HTTP has it.
fn respond(headers: &HeaderMap, answer: &Answer) -> Response {
    let knows = text(headers, &header::ACCEPT).contains(RESPONSE_JSON);
    let ran = answer.data != async_graphql::Value::Null || answer.errors.is_empty();
    let status = if knows && !ran { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let kind = if knows { RESPONSE_JSON } else { "application/json" };
    match serde_json::to_vec(answer) {
        Ok(body) => (status, [(header::CONTENT_TYPE, kind)], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    let error = json!({ "message": message, "extensions": { "code": code } });
    (status, Json(json!({ "errors": [error] }))).into_response()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = text(headers, &header::AUTHORIZATION);
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
