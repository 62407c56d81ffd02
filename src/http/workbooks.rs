//! Blank workbooks of stations, for those who may hand in for them. As with a query by GET, the token
//! has to come in the `Authorization` header.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use hub::{HubError, import::SheetKind};

use super::{
    App,
    address::ClientAddress,
    graphql::{Refusal, bearer, turn},
};

pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// `GET /workbooks/{station}.xlsx`
pub(super) async fn blank(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let token = bearer(&headers).ok_or(HubError::Unauthenticated)?;
    let arrival = app.hub.let_in(token, from).await?;
    let _turn = turn(&app, Some(&arrival), from).await?;
    let station = file.strip_suffix(".xlsx").unwrap_or_default();
    let made = app.hub.blank_workbook(&arrival.viewer, station, &SheetKind::ALL).await;
    let bytes = made.map_err(|error| match error {
        HubError::Invalid(text) => Refusal(StatusCode::NOT_FOUND, "NOT_FOUND", text),
        error => error.into(),
    })?;
    let name = format!("attachment; filename=\"{station}.xlsx\"");
    let headers = [(header::CONTENT_TYPE, XLSX.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, bytes).into_response())
}
