//! Operations that bring files, by the GraphQL multipart request specification.
//!
//! A browser sends such a form for any page, with the cookies it has, and asks nobody. So it has to
//! carry its token in the `Authorization` header or a `GraphQL-Preflight` header, neither of which a
//! page of another origin can add unless the hub gives leave, which it never does.

use async_graphql::{
    Request,
    http::{MultipartOptions, receive_body},
};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, header},
};
use futures_util::io::Cursor;

use super::{
    MAX_FORM,
    graphql::{DRAINED, Refusal, must_be_plain, text, whole},
};

const PREFLIGHT: HeaderName = HeaderName::from_static("graphql-preflight");

/// Whether a body is a form with files.
pub(super) fn is_one(headers: &HeaderMap) -> bool {
    let kind = text(headers, &header::CONTENT_TYPE).split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("multipart/form-data")
}

/// The operation of a form, with its files.
pub(super) async fn read(headers: &HeaderMap, body: Body, known: bool) -> Result<Request, Refusal> {
    if !headers.contains_key(header::AUTHORIZATION) && text(headers, &PREFLIGHT).is_empty() {
        let text = "a form with files has to carry the header GraphQL-Preflight: 1, or a token in \
                    the Authorization header";
        return Err(Refusal::forbidden(text));
    }
    if !known {
        return Err(Refusal::unauthenticated("files are taken of those who are signed in"));
    }
    must_be_plain(headers)?;
    let body = whole(body, MAX_FORM, DRAINED).await?;
    let options = MultipartOptions::default().max_file_size(MAX_FORM).max_num_files(1);
    let kind = text(headers, &header::CONTENT_TYPE);
    let received = receive_body(Some(kind), Cursor::new(body), options).await;
    received.map_err(Refusal::no_request)
}
