//! What a request is for, in the words of who asks: the header `X-Purpose`.

use axum::http::{HeaderMap, HeaderName, StatusCode};
use hub::trail::LONGEST_PURPOSE;
use percent_encoding::percent_decode_str;

use super::graphql::Refusal;

const PURPOSE: HeaderName = HeaderName::from_static("x-purpose");

/// The purpose that a request names, percent-encoded UTF-8, since headers hold ASCII.
pub(super) fn of(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let refused = |why: &str| {
        let text = format!("X-Purpose {why}");
        Refusal::input(StatusCode::BAD_REQUEST, text)
    };
    let given = headers.get(&PURPOSE).map_or(Ok(""), |given| given.to_str());
    let given = given.map_err(|_| refused("has to be UTF-8, percent-encoded"))?;
    let given = percent_decode_str(given).decode_utf8();
    let given = given.map_err(|_| refused("has to be UTF-8, percent-encoded"))?;
    checked(&given).map_err(|why| refused(&why))
}

/// A purpose as the trail takes it; none where it is blank.
pub(super) fn checked(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.chars().count() > LONGEST_PURPOSE {
        return Err(format!("may have {LONGEST_PURPOSE} characters at most"));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
