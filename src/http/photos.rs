//! Photos of visits: uploaded in pieces as the tus protocol has it (1.0.0, core and creation), so that
//! what broke off is gone on with, and looked at by who sees the texts of their visit.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::StreamExt;
use hub::{
    access::Viewer,
    photos::{LARGEST, Upload},
};
use uuid::Uuid;

use super::{
    App,
    address::ClientAddress,
    graphql::{Refusal, text},
    take::{asking, come, parts},
};

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const PIECE: &str = "application/offset+octet-stream";

/// So many bytes are on disk before more are taken from the wire.
const KEPT_AT_ONCE: usize = 256 << 10;

/// `OPTIONS /uploads`: what of the protocol there is.
pub(super) async fn known() -> Response {
    let known = [
        (RESUMABLE, "1.0.0".to_owned()),
        (HeaderName::from_static("tus-version"), "1.0.0".to_owned()),
        (HeaderName::from_static("tus-extension"), "creation".to_owned()),
        (HeaderName::from_static("tus-max-size"), LARGEST.to_string()),
    ];
    (StatusCode::NO_CONTENT, known).into_response()
}

/// `POST /uploads`: begins one, or finds the one that was begun with the same digest.
pub(super) async fn begin(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (viewer, _turn) = come(&app, from, &headers).await?;
    speaks_tus(&headers)?;
    let length = number(&headers, &UPLOAD_LENGTH)?;
    let begun = app.hub.begin_photo(&viewer, (length, &sha256(&headers)?)).await?;
    let location = format!("/uploads/{}", begun.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], told(begun)).into_response())
}

/// `HEAD /uploads/{id}`: how many bytes of it came.
pub(super) async fn offset(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (viewer, _turn) = come(&app, from, &headers).await?;
    speaks_tus(&headers)?;
    let found = match id.parse() {
        Ok(id) => app.hub.photo_upload(&viewer, id).await?,
        Err(_) => None,
    };
    let found = found.ok_or_else(no_upload)?;
    let length = [(UPLOAD_LENGTH, found.length.to_string())];
    Ok((StatusCode::OK, length, told(found)).into_response())
}

/// `PATCH /uploads/{id}`: the next bytes. What came before the connection broke, or fell silent, is kept.
pub(super) async fn add(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let (viewer, _turn) = come(&app, from, &headers).await?;
    speaks_tus(&headers)?;
    if text(&headers, &header::CONTENT_TYPE) != PIECE {
        let text = format!("a piece of an upload is of Content-Type {PIECE}");
        return Err(Refusal::input(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    let offset = number(&headers, &UPLOAD_OFFSET)?;
    let id = id.parse().map_err(|_| no_upload())?;
    let upload = take_in(&app, &viewer, (id, offset), body).await?;
    Ok((StatusCode::NO_CONTENT, told(upload)).into_response())
}

async fn take_in(
    app: &App,
    viewer: &Viewer,
    (id, mut offset): (Uuid, u64),
    body: Body,
) -> Result<Upload, Refusal> {
    let mut body = body.into_data_stream();
    let mut bytes = Vec::new();
    loop {
        let next = tokio::time::timeout(app.timeout, body.next()).await;
        let more = match &next {
            Ok(Some(Ok(piece))) => {
                bytes.extend_from_slice(piece);
                true
            }
            _ => false,
        };
        if more && bytes.len() < KEPT_AT_ONCE {
            continue;
        }
        let added = app.hub.add_to_photo(viewer, id, (offset, &bytes)).await?;
        let upload = added.ok_or_else(no_upload)?;
        match next {
            Err(_) => return Err(Refusal::late()),
            Ok(_) if !more => return Ok(upload),
            Ok(_) => offset = upload.received,
        }
        bytes.clear();
    }
}

/// `GET /photos/{id}`
pub(super) async fn picture(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (viewer, _turn) = come(&app, from, &headers).await?;
    let access = asking(&viewer, from, &headers)?;
    let taken = match id.parse() {
        Ok(id) => app.hub.take_photo(&viewer, id, access).await?,
        Err(_) => None,
    };
    let picture = taken.ok_or_else(|| {
        let text = "there is no such photo, or not of a visit whose texts this account sees";
        Refusal(StatusCode::NOT_FOUND, "NOT_FOUND", text.to_owned())
    })?;
    let headers = [
        (header::CONTENT_TYPE, picture.kind.media_type().to_owned()),
        (header::CONTENT_LENGTH, picture.bytes.to_string()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let hub = app.hub.clone();
    let body = parts("a photo", picture.parts, move |number| {
        let hub = hub.clone();
        async move { hub.photo_part(picture, number).await }
    });
    Ok((headers, body).into_response())
}

fn speaks_tus(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.get(RESUMABLE) == Some(&VERSION) {
        return Ok(());
    }
    let text = "an upload says Tus-Resumable: 1.0.0";
    Err(Refusal::input(StatusCode::PRECONDITION_FAILED, text))
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Refusal> {
    let wrong = || Refusal::input(StatusCode::BAD_REQUEST, format!("{name} is a number of bytes"));
    text(headers, name).parse().map_err(|_| wrong())
}

/// The digest of what is to come, in hex, by which it is told whether it came already.
fn sha256(headers: &HeaderMap) -> Result<String, Refusal> {
    let mut pairs = text(headers, &UPLOAD_METADATA).split(',').filter_map(|pair| {
        let (key, value) = pair.trim().split_once(' ')?;
        (key == "sha256").then_some(value)
    });
    let told = pairs.next().and_then(|value| STANDARD.decode(value).ok());
    told.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
        let text = "Upload-Metadata has sha256 with the SHA-256 in hex, in Base64";
        Refusal::input(StatusCode::BAD_REQUEST, text)
    })
}

fn told(upload: Upload) -> [(HeaderName, HeaderValue); 3] {
    let store = HeaderValue::from_static("no-store");
    [(RESUMABLE, VERSION), (UPLOAD_OFFSET, upload.received.into()), (header::CACHE_CONTROL, store)]
}

fn no_upload() -> Refusal {
    let text = "there is no such upload: it is another's, was no picture, or lay for a day";
    Refusal(StatusCode::NOT_FOUND, "NOT_FOUND", text.to_owned())
}
