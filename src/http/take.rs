//! Who comes for something to take home, or with photos: with a token in the `Authorization` header, or
//! from a page of the hub's own, of which the browser says so.

use std::net::IpAddr;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName},
};
use futures_util::stream;
use hub::{HubError, access::Viewer, trail::Access};

use super::{
    App, REQUEST_ID, cookie,
    graphql::{Refusal, bearer, text, turn},
    purpose,
    turn::Turn,
};

/// By what a browser says which page asks.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// How a workbook is named on the way.
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Lets in who comes, when it is their turn.
pub(super) async fn come(
    app: &App,
    from: IpAddr,
    headers: &HeaderMap,
) -> Result<(Viewer, Turn), Refusal> {
    let is_own_link = text(headers, &FETCH_SITE) == "same-origin";
    let token = if is_own_link { cookie::token(app, headers)? } else { bearer(headers) };
    let token = token.ok_or(HubError::Unauthenticated)?;
    let arrival = app.hub.let_in(token, from).await?;
    let turn = turn(app, Some(&arrival), from).await?;
    Ok((arrival.viewer, turn))
}

/// What the trail keeps of a taking, but for what is taken.
pub(super) fn asking(
    viewer: &Viewer,
    from: IpAddr,
    headers: &HeaderMap,
) -> Result<Access, Refusal> {
    Ok(Access {
        from_address: Some(from.to_canonical().to_string()),
        purpose: purpose::of(headers)?,
        ..Access::by(viewer, text(headers, &REQUEST_ID), "")
    })
}

/// Part after part, each read as it is taken from the wire. One that cannot be read breaks the whole off,
/// so that nobody takes what came for all of it.
pub(super) fn parts<P, F>(
    what: &'static str,
    count: i64,
    read: impl Fn(i64) -> F + Send + 'static,
) -> Body
where
    P: Into<Bytes>,
    F: Future<Output = Result<P, HubError>> + Send + 'static,
{
    Body::from_stream(stream::try_unfold(0, move |number| {
        let part = (number < count).then(|| read(number));
        async move {
            let Some(part) = part else { return Ok::<_, HubError>(None) };
            let part = part.await.inspect_err(|error| {
                tracing::error!(%error, number, "{what} broke off");
            })?;
            Ok(Some((part.into(), number + 1)))
        }
    }))
}
