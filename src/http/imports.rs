//! Files of imports with their verdicts, for those who may hand in for the station and see all of it.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use hub::problem::Language;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    App,
    address::ClientAddress,
    graphql::{Refusal, text},
    take::{XLSX, asking, come},
};

/// `GET /imports/{id}/workbook`
pub(super) async fn workbook(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (viewer, _turn) = come(&app, from, &headers).await?;
    let access = asking(&viewer, from, &headers)?;
    let language = Language::of_header(text(&headers, &header::ACCEPT_LANGUAGE));
    let answer = match id.parse() {
        Ok(id) => app.hub.answered_import(&viewer, id, language, access).await?,
        Err(_) => None,
    };
    let answer = answer.ok_or_else(|| {
        let text = format!("there is no import {id} whose file this account may have");
        Refusal(StatusCode::NOT_FOUND, "NOT_FOUND", text)
    })?;
    let name = utf8_percent_encode(&answer.file_name, NON_ALPHANUMERIC);
    let name = format!("attachment; filename*=UTF-8''{name}");
    let headers = [(header::CONTENT_TYPE, XLSX.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, answer.bytes).into_response())
}
