//! Files of imports with their verdicts, for those who may hand in for the station and see all of it. As
//! with a query by GET, the token has to come in the `Authorization` header.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use hub::{HubError, problem::Language, trail::Access};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    App, REQUEST_ID,
    address::ClientAddress,
    graphql::{Refusal, bearer, text, turn},
    purpose,
    workbooks::XLSX,
};

/// `GET /imports/{id}/workbook`
pub(super) async fn workbook(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let token = bearer(&headers).ok_or(HubError::Unauthenticated)?;
    let arrival = app.hub.let_in(token, from).await?;
    let _turn = turn(&app, Some(&arrival), from).await?;
    let viewer = arrival.viewer;
    let asking = Access {
        from_address: Some(from.to_canonical().to_string()),
        purpose: purpose::of(&headers)?,
        ..Access::by(&viewer, text(&headers, &REQUEST_ID), "")
    };
    let language = Language::of_header(text(&headers, &header::ACCEPT_LANGUAGE));
    let answer = match id.parse() {
        Ok(id) => app.hub.answered_import(&viewer, id, language, asking).await?,
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
