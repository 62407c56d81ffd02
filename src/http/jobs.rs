//! Taking the answer of a job home.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    App,
    address::ClientAddress,
    graphql::Refusal,
    take::{asking, come, parts},
};

pub(super) async fn answer(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (viewer, _turn) = come(&app, from, &headers).await?;
    let access = asking(&viewer, from, &headers)?;
    let taken = match id.parse() {
        Ok(id) => app.hub.take_answer(&viewer, id, access).await?,
        Err(_) => None,
    };
    let taken = taken.ok_or_else(|| {
        let text = "there is no such answer: the job is not done, has expired, or is another's";
        Refusal(StatusCode::NOT_FOUND, "NOT_FOUND", text.to_owned())
    })?;
    let name = format!("attachment; filename=\"job-{id}.jsonl\"");
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    let hub = app.hub.clone();
    let body = parts("an answer", taken.parts, move |number| {
        let hub = hub.clone();
        async move { hub.answer_part(taken, number).await }
    });
    Ok((headers, body).into_response())
}
