//! Who comes by a GET for something to take home. As with a query by GET, the token has to come in the
//! `Authorization` header.

use std::net::IpAddr;

use axum::http::HeaderMap;
use hub::{HubError, access::Viewer, trail::Access};

use super::{
    App, REQUEST_ID,
    graphql::{Refusal, bearer, text, turn},
    purpose,
    turn::Turn,
};

/// How a workbook is named on the way.
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Lets in who comes, when it is their turn.
pub(super) async fn come(
    app: &App,
    from: IpAddr,
    headers: &HeaderMap,
) -> Result<(Viewer, Turn), Refusal> {
    let token = bearer(headers).ok_or(HubError::Unauthenticated)?;
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
