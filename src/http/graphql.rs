//! GraphQL over HTTP: POST with JSON, and GET for queries.
//!
//! No page of another origin can make a browser run an operation: a POST has to be of
//! `application/json`, which a browser asks leave for first and is not given, and a GET has to carry
//! its token in the `Authorization` header. A POST with files is of `multipart/form-data`, which a
//! browser sends unasked: it has to carry a header that a browser asks leave for, see `upload`. Of
//! the session in a cookie, see `cookie`.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use async_graphql::{Request, Response as Told, ServerError, Value, Variables};
use axum::{
    body::{Body, Bytes},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use graphql::{Answer, Explain, QueriesOnly, RequestContext, RequestId};
use hub::{HubError, accounts::Arrival, problem::Language};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use super::{
    App, CROWDED, MAX_BODY, MAX_FORM, REQUEST_ID, accept::MediaType, address::ClientAddress,
    cookie, purpose, turn::Turn, upload,
};

/// How much of a body that is too large is still taken from the wire. A client that cannot finish
/// sending sees a broken connection and never reads why.
pub(super) const DRAINED: usize = 8 * MAX_BODY;

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

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self(StatusCode::FORBIDDEN, "FORBIDDEN", message.into())
    }

    pub(super) fn unauthenticated(message: impl Into<String>) -> Self {
        Self(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message.into())
    }

    pub(super) fn late() -> Self {
        Self::input(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")
    }

    pub(super) fn no_request(why: impl std::fmt::Display) -> Self {
        Self::input(StatusCode::BAD_REQUEST, format!("this is no GraphQL request: {why}"))
    }

    fn answer(self, kind: MediaType) -> Response {
        let Self(status, code, message) = self;
        let error = json!({ "message": message, "extensions": { "code": code } });
        let body = json!({ "errors": [error] }).to_string();
        (status, [(header::CONTENT_TYPE, kind.header())], body).into_response()
    }
}

/// Why nobody could be let in.
impl From<HubError> for Refusal {
    fn from(error: HubError) -> Self {
        let text = error.to_string();
        match error {
            HubError::Unauthenticated | HubError::SignIn | HubError::CodeNeeded => {
                Self::unauthenticated(text)
            }
            HubError::PasswordDue | HubError::EnrolDue => Self::forbidden(text),
            HubError::Forbidden | HubError::NotGranted(_) => Self::forbidden(text),
            HubError::Conflict(_) => Self(StatusCode::CONFLICT, "CONFLICT", text),
            HubError::Invalid(_) => Self::input(StatusCode::BAD_REQUEST, text),
            error => {
                tracing::error!(%error, "a token, a session or an answer could not be looked up");
                Self::unavailable(HubError::Unavailable.to_string())
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.answer(MediaType::Json)
    }
}

/// A request as the specification names its parts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Params {
    query: String,
    operation_name: Option<String>,
    #[serde(default)]
    variables: Variables,
    /// An object; what is not known in it is left alone.
    #[serde(default)]
    extensions: Option<HashMap<String, serde_json::Value>>,
}

impl From<Params> for Request {
    fn from(params: Params) -> Self {
        let mut request = Self::new(params.query).variables(params.variables);
        request.operation_name = params.operation_name;
        let explain =
            params.extensions.is_some_and(|known| known.get("explain") == Some(&true.into()));
        if explain { request.data(Explain) } else { request }
    }
}

/// The same in a URL, where what is no text is JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UrlParams {
    query: String,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

impl TryFrom<UrlParams> for Params {
    type Error = Refusal;

    fn try_from(params: UrlParams) -> Result<Self, Refusal> {
        Ok(Self {
            query: params.query,
            operation_name: params.operation_name.filter(|name| !name.is_empty()),
            variables: object(params.variables)?.unwrap_or_default(),
            extensions: object(params.extensions)?,
        })
    }
}

/// The JSON object of a parameter; one left empty is none.
fn object<T: DeserializeOwned>(text: Option<String>) -> Result<Option<T>, Refusal> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| serde_json::from_str(&text)).transpose().map_err(Refusal::no_request)
}

pub(super) async fn post(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(&headers, async {
        let arrival = arrival(&app, cookie::token(&app, &headers)?, from).await?;
        let turn = turn(&app, arrival.as_ref(), from).await?;
        let known = arrival.is_some();
        let arriving = async {
            match upload::is_one(&headers) {
                true => upload::read(&headers, body, known).await,
                false => read(&headers, body, known).await.map(Request::from),
            }
        };
        let request =
            tokio::time::timeout(app.timeout, arriving).await.map_err(|_| Refusal::late())??;
        run(&app, &turn, &headers, (arrival, from), request).await
    })
    .await
}

pub(super) async fn get(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    params: Result<Query<UrlParams>, QueryRejection>,
) -> Response {
    answer(&headers, async {
        let token = bearer(&headers).ok_or_else(|| {
            Refusal::unauthenticated("a GET has to carry a token in the Authorization header")
        })?;
        let arrival = arrival(&app, Some(token), from).await?;
        let turn = turn(&app, arrival.as_ref(), from).await?;
        let Query(params) = params.map_err(Refusal::no_request)?;
        let request = Request::from(Params::try_from(params)?);
        run(&app, &turn, &headers, (arrival, from), request.data(QueriesOnly)).await
    })
    .await
}

/// The answer in the media type asked for; where there is none to give, nothing runs.
async fn answer(
    headers: &HeaderMap,
    running: impl Future<Output = Result<Answer, Refusal>>,
) -> Response {
    let Some(kind) = MediaType::of(headers) else {
        let text = "answers are application/graphql-response+json or application/json";
        return Refusal::input(StatusCode::NOT_ACCEPTABLE, text).answer(MediaType::Json);
    };
    match running.await {
        Ok(Answer::Written(body)) => written(kind, StatusCode::OK, body),
        Ok(Answer::Response(told)) => respond(kind, &told),
        Err(refusal) => refusal.answer(kind),
    }
}

/// Waits for the request's turn, before its body is taken in.
pub(super) async fn turn(
    app: &App,
    arrival: Option<&Arrival>,
    from: IpAddr,
) -> Result<Turn, Refusal> {
    let account = arrival.map(|arrival| arrival.viewer.account_id);
    let turn = tokio::time::timeout(app.timeout, app.turns.take(account, from)).await;
    turn.map_err(|_| Refusal::unavailable(CROWDED))
}

async fn run(
    app: &App,
    turn: &Turn,
    headers: &HeaderMap,
    (arrival, from): (Option<Arrival>, IpAddr),
    request: Request,
) -> Result<Answer, Refusal> {
    let (viewer, grants) = arrival.map(|Arrival { viewer, grants }| (viewer, grants)).unzip();
    let context = RequestContext {
        viewer,
        grants: grants.flatten().map(Arc::new),
        language: Language::of_header(text(headers, &header::ACCEPT_LANGUAGE)),
        request_id: RequestId(text(headers, &REQUEST_ID).to_owned()),
        from_address: Some(from),
        purpose: purpose::of(headers)?,
    };
    let answer = async {
        let _running = app.turns.run(turn).await;
        app.questions.answer(context, request).await
    };
    tokio::time::timeout(app.timeout, answer)
        .await
        .map_err(|_| Refusal::unavailable("the operation took too long"))
}

/// Who comes in by a token; nobody without one.
async fn arrival(app: &App, token: Option<&str>, from: IpAddr) -> Result<Option<Arrival>, Refusal> {
    let Some(token) = token else { return Ok(None) };
    Ok(Some(app.hub.let_in(token, from).await?))
}

async fn read(headers: &HeaderMap, body: Body, known: bool) -> Result<Params, Refusal> {
    must_be_json(headers)?;
    let (most, drained) = if known { (MAX_BODY, DRAINED) } else { (MAX_STRANGERS_BODY, 0) };
    let body = whole(body, most, drained).await?;
    // A list would be read as a request too, by the order of its fields.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Refusal::no_request("expected one JSON object"));
    }
    serde_json::from_slice(&body).map_err(Refusal::no_request)
}

/// A browser sends no JSON for a page of another origin without asking leave first.
pub(super) fn must_be_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    must_be_plain(headers)?;
    let kind = text(headers, &header::CONTENT_TYPE);
    if kind.split(';').next().map(str::trim) == Some("application/json") {
        return Ok(());
    }
    Err(Refusal::input(status, "the content type must be application/json"))
}

/// What is packed could be far larger than what is sent.
pub(super) fn must_be_plain(headers: &HeaderMap) -> Result<(), Refusal> {
    if matches!(text(headers, &header::CONTENT_ENCODING), "" | "identity") {
        return Ok(());
    }
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    Err(Refusal::input(status, "the body must be sent as it is, not packed"))
}

/// The body, if it is not too large.
pub(super) async fn whole(body: Body, most: usize, drained: usize) -> Result<Bytes, Refusal> {
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
            MAX_FORM => "the form is larger than 16 MiB; part the workbook and hand in the parts",
            MAX_BODY => "the request is larger than 8 MiB; hand in fewer items a call",
            _ => "the request is too large for one without a token",
        };
        return Err(Refusal::input(StatusCode::PAYLOAD_TOO_LARGE, text));
    }
    Ok(taken.into())
}

/// 200 for what ran. What did not run has a status of its own where the client knows the newer media
/// type, and 200 for older clients, as GraphQL over HTTP has it.
fn respond(kind: MediaType, answer: &Told) -> Response {
    let refused = answer.errors.first().filter(|_| answer.data == Value::Null);
    if refused.is_some_and(|error| error.source::<QueriesOnly>().is_some()) {
        let refusal =
            Refusal::input(StatusCode::METHOD_NOT_ALLOWED, "a mutation has to be sent by POST");
        return ([(header::ALLOW, "POST")], refusal.answer(kind)).into_response();
    }
    let status = match refused {
        Some(error) if kind == MediaType::GraphQl => status_of(error),
        _ => StatusCode::OK,
    };
    // An operation that did not start has errors without a path, and no data, not even null.
    let body = match refused {
        Some(error) if error.path.is_empty() => {
            serde_json::to_vec(&json!({ "errors": &answer.errors }))
        }
        _ => serde_json::to_vec(answer),
    };
    match body {
        Ok(body) => written(kind, status, body),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn written(kind: MediaType, status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, kind.header())], body).into_response()
}

fn status_of(error: &ServerError) -> StatusCode {
    let code = error.extensions.as_ref().and_then(|values| values.get("code"));
    match code {
        Some(Value::String(code)) => match code.as_str() {
            "UNAUTHENTICATED" => StatusCode::UNAUTHORIZED,
            "FORBIDDEN" => StatusCode::FORBIDDEN,
            "UNAVAILABLE" => StatusCode::SERVICE_UNAVAILABLE,
            "INTERNAL" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        },
        _ => StatusCode::BAD_REQUEST,
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
