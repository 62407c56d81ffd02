//! Blank workbooks of stations, for those who may hand in for them.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use hub::{HubError, import::SheetKind};

use super::{
    App,
    address::ClientAddress,
    graphql::Refusal,
    take::{XLSX, come},
};

/// `GET /workbooks/{station}.xlsx`
pub(super) async fn blank(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (viewer, _turn) = come(&app, from, &headers).await?;
    let station = file.strip_suffix(".xlsx").unwrap_or_default();
    let made = app.hub.blank_workbook(&viewer, station, &SheetKind::ALL).await;
    let bytes = made.map_err(|error| match error {
        HubError::Invalid(text) => Refusal(StatusCode::NOT_FOUND, "NOT_FOUND", text),
        error => error.into(),
    })?;
    let name = format!("attachment; filename=\"{station}.xlsx\"");
    let headers = [(header::CONTENT_TYPE, XLSX.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, bytes).into_response())
}
