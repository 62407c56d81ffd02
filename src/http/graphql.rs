//! GraphQL over HTTP: POST with JSON. Other methods and content types never run an operation, so
//! that a page of another origin cannot either.

use async_graphql::{Request, Response as Answer};
use axum::{
    Json,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use graphql::{RequestContext, RequestId};
use hub::{HubError, access::Viewer, problem::Language};
use serde_json::json;

use super::{App, MAX_BODY, REQUEST_ID};

const RESPONSE_JSON: &str = "application/graphql-response+json";
/// How much of a body that is too large is still taken from the wire. A client that cannot finish
/// sending sees a broken connection and never reads why.
const DRAINED: usize = 8 * MAX_BODY;

/// The largest body of a request without a token, which can only be told that it needs one.
const MAX_STRANGERS_BODY: usize = 64 << 10;

/// Why a request does not come to its operation: status, code, sentence.
pub(super) struct Refusal(pub(super) StatusCode, pub(super) &'static str, pub(super) String);

impl Refusal {
    pub(super) fn input(status: StatusCode, message: impl Into<String>) -> Self {
        Self(status, "INVALID_INPUT", message.into())
    }

    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        let error = json!({ "message": message, "extensions": { "code": code } });
        (status, Json(json!({ "errors": [error] }))).into_response()
    }
}

pub(super) async fn post(State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    match run(&app, &headers, body).await {
        Ok(answer) => respond(&headers, &answer),
        Err(refusal) => refusal.into_response(),
    }
}

async fn run(app: &App, headers: &HeaderMap, body: Body) -> Result<Answer, Refusal> {
    let viewer = viewer(app, bearer(headers)).await?;
    let arriving = read(headers, body, viewer.is_some());
    let request = tokio::time::timeout(app.timeout, arriving).await.map_err(|_| {
        Refusal::input(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")
    })??;
    let context = RequestContext {
        viewer,
        language: Language::of_header(text(headers, &header::ACCEPT_LANGUAGE)),
        request_id: RequestId(text(headers, &REQUEST_ID).to_owned()),
    };
    let answer = app.schema.execute(context.into_request(request));
    tokio::time::timeout(app.timeout, answer)
        .await
        .map_err(|_| Refusal::unavailable("the operation took too long"))
}

/// The viewer behind a token; none without a token.
async fn viewer(app: &App, token: Option<&str>) -> Result<Option<Viewer>, Refusal> {
    let Some(token) = token else { return Ok(None) };
    match app.hub.authenticate(token).await {
        Ok(viewer) => Ok(Some(viewer)),
        Err(error @ HubError::Unauthenticated) => {
            Err(Refusal(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", error.to_string()))
        }
        Err(error @ HubError::PasswordDue) => {
            Err(Refusal(StatusCode::FORBIDDEN, "FORBIDDEN", error.to_string()))
        }
        Err(error) => {
            tracing::error!(%error, "a token could not be looked up");
            Err(Refusal::unavailable(HubError::Unavailable.to_string()))
        }
    }
}

async fn read(headers: &HeaderMap, body: Body, known: bool) -> Result<Request, Refusal> {
    let kind = text(headers, &header::CONTENT_TYPE);
    if kind.split(';').next().map(str::trim) != Some("application/json") {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Refusal::input(status, "the content type must be application/json"));
    }
    let (most, drained) = if known { (MAX_BODY, DRAINED) } else { (MAX_STRANGERS_BODY, 0) };
    let body = whole(body, most, drained).await?;
    let no_request = |why: &str| {
        let text = format!("the body is no GraphQL request: {why}");
        Refusal::input(StatusCode::BAD_REQUEST, text)
    };
    // A list would be read as a request too, by the order of its fields.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(no_request("expected one JSON object"));
    }
    serde_json::from_slice(&body).map_err(|error| no_request(&error.to_string()))
}

/// The body, if it is not too large.
async fn whole(body: Body, most: usize, drained: usize) -> Result<Bytes, Refusal> {
    let mut chunks = body.into_data_stream();
    let mut taken = Vec::new();
    let mut seen = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| {
            Refusal::input(StatusCode::BAD_REQUEST, "the body did not arrive whole")
        })?;
        seen += chunk.len();
        if seen <= most {
            taken.extend_from_slice(&chunk);
        } else if seen > drained {
            break;
        }
    }
    if seen > most {
        let text = match most {
            MAX_BODY => "the request is larger than 8 MiB; hand in fewer items a call",
            _ => "the request is too large for one without a token",
        };
        return Err(Refusal::input(StatusCode::PAYLOAD_TOO_LARGE, text));
    }
    Ok(taken.into())
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

pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = text(headers, &header::AUTHORIZATION);
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

pub(super) fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
