//! Taking the answer of a job home.

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use hub::{Hub, HubError, jobs::Answer};

use super::{
    App,
    address::ClientAddress,
    graphql::Refusal,
    take::{asking, come},
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
    Ok((headers, parts(app.hub.clone(), taken)).into_response())
}

/// Part after part, as it is taken from the wire. One that cannot be read breaks the answer off, so
/// that nobody takes it for the whole.
fn parts(hub: Hub, answer: Answer) -> Body {
    Body::from_stream(stream::try_unfold(0, move |number| {
        let hub = hub.clone();
        async move {
            if number == answer.parts {
                return Ok::<_, HubError>(None);
            }
            let part = hub.answer_part(answer, number).await.inspect_err(|error| {
                tracing::error!(%error, number, "an answer broke off");
            })?;
            Ok(Some((Bytes::from(part), number + 1)))
        }
    }))
}
