//! Taking the file of an export home, whole or from where it broke off (RFC 9110, range requests).

use std::ops::Range;

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use entity::ExportFormat;
use futures_util::stream;
use hub::{
    Hub, HubError,
    exports::{Cover, Export, Span},
};

use super::{
    App,
    address::ClientAddress,
    graphql::{Refusal, text},
    take::{XLSX, asking, come},
};

/// How many rows the answer has.
const ROWS: HeaderName = HeaderName::from_static("nuanyang-rows");

/// What of a file is asked for.
#[derive(Debug, PartialEq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    /// None of its bytes.
    Beyond,
}

pub(super) async fn file(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let export = taken(&app, from, &id, &headers).await?;
    let tag = format!("\"{}\"", export.digest);
    let whole = 0..export.bytes;
    let (status, bytes) = match asked(&headers, &tag, export.bytes) {
        Asked::Whole => (StatusCode::OK, whole),
        Asked::Part(bytes) => (StatusCode::PARTIAL_CONTENT, bytes),
        Asked::Beyond => (StatusCode::RANGE_NOT_SATISFIABLE, 0..0),
    };
    let kind = match export.ending() {
        "zip" => "application/zip",
        _ => kind_of(export.format),
    };
    let name = format!("attachment; filename=\"export-{id}.{}\"", export.ending());
    let mut answer = HeaderMap::new();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer.insert(ROWS, export.rows.into());
    answer.insert(header::CONTENT_LENGTH, (bytes.end - bytes.start).into());
    let range = match status {
        StatusCode::PARTIAL_CONTENT => {
            Some(format!("bytes {}-{}/{}", bytes.start, bytes.end - 1, export.bytes))
        }
        StatusCode::RANGE_NOT_SATISFIABLE => Some(format!("bytes */{}", export.bytes)),
        _ => None,
    };
    let texts = [(header::ETAG, Some(tag)), (header::CONTENT_DISPOSITION, Some(name))];
    for (header, text) in texts.into_iter().chain([(header::CONTENT_RANGE, range)]) {
        if let Some(value) = text.and_then(|text| text.parse().ok()) {
            answer.insert(header, value);
        }
    }
    let span = export.span(bytes);
    Ok((status, answer, parts(app.hub.clone(), export, span)).into_response())
}

/// What is told of a file beside it.
pub(super) async fn cover(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Cover>, Refusal> {
    Ok(Json(taken(&app, from, &id, &headers).await?.cover))
}

/// The file, for who may have it now.
async fn taken(
    app: &App,
    from: std::net::IpAddr,
    id: &str,
    headers: &HeaderMap,
) -> Result<Export, Refusal> {
    let (viewer, _turn) = come(app, from, headers).await?;
    let access = asking(&viewer, from, headers)?;
    let taken = match id.parse() {
        Ok(id) => app.hub.take_export(&viewer, id, access).await?,
        Err(_) => None,
    };
    taken.ok_or_else(|| {
        let text = "there is no such file: the export is not done, has expired, or is another's";
        Refusal(StatusCode::NOT_FOUND, "NOT_FOUND", text.to_owned())
    })
}

fn kind_of(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Xlsx => XLSX,
        ExportFormat::Csv => "text/csv; charset=utf-8",
        ExportFormat::Ndjson => "application/jsonl",
        ExportFormat::Parquet => "application/vnd.apache.parquet",
    }
}

/// One range of bytes, of the file that was begun with; several, or what is no range, is the whole.
fn asked(headers: &HeaderMap, tag: &str, length: u64) -> Asked {
    let begun_with = text(headers, &header::IF_RANGE);
    let range = text(headers, &header::RANGE);
    if !begun_with.is_empty() && begun_with != tag {
        return Asked::Whole;
    }
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return Asked::Whole;
    };
    let bytes = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Some(first), None) if last.is_empty() => first..length,
        (None, Some(last)) if first.is_empty() => length.saturating_sub(last)..length,
        _ => return Asked::Whole,
    };
    if bytes.is_empty() { Asked::Beyond } else { Asked::Part(bytes) }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Part after part, as it is taken from the wire. One that cannot be read breaks the file off, so that
/// nobody takes it for the whole.
fn parts(hub: Hub, export: Export, span: Span) -> Body {
    let numbers = span.parts();
    let begin = (hub, export, span, numbers);
    Body::from_stream(stream::try_unfold(begin, |(hub, export, span, mut numbers)| async move {
        let Some(number) = numbers.next() else { return Ok::<_, HubError>(None) };
        let part = hub.export_part(&export, &span, number).await.inspect_err(|error| {
            tracing::error!(%error, number, "a file broke off");
        })?;
        Ok(Some((Bytes::from(part), (hub, export, span, numbers))))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_taken_where_it_is_of_the_file_that_was_begun_with() {
        let of = |range: &str, begun_with: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, range.parse().unwrap());
            if let Some(tag) = begun_with {
                headers.insert(header::IF_RANGE, tag.parse().unwrap());
            }
            asked(&headers, "\"a\"", 100)
        };
        assert_eq!(of("bytes=10-", None), Asked::Part(10..100));
        assert_eq!(of("bytes=10-19", Some("\"a\"")), Asked::Part(10..20));
        assert_eq!(of("bytes=90-900", None), Asked::Part(90..100));
        assert_eq!(of("bytes=-5", None), Asked::Part(95..100));
        assert_eq!(of("bytes=-500", None), Asked::Part(0..100));
        assert_eq!(of("bytes=10-", Some("\"b\"")), Asked::Whole);
        for range in ["bytes=100-", "bytes=-0", "bytes=100-200"] {
            assert_eq!(of(range, None), Asked::Beyond, "{range}");
        }
        for range in
            ["bytes=9-1", "bytes=a-b", "bytes=0-1,5-6", "lines=1-2", "bytes=+1-2", "bytes=-"]
        {
            assert_eq!(of(range, None), Asked::Whole, "{range}");
        }
        assert_eq!(asked(&HeaderMap::new(), "\"a\"", 0), Asked::Whole);
    }
}
