//! Which of the two media types of GraphQL over HTTP an answer has.

use axum::http::{HeaderMap, header};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// Every well-formed request is answered by 200.
    Json,
    /// The status tells whether the operation ran.
    GraphQl,
}

impl MediaType {
    /// What the `Accept` header asks for; none where it takes neither. Whoever names the newer type
    /// knows it; any other gets plain JSON.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let accept: Vec<&str> = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter(|range| !range.trim().is_empty())
            .collect();
        if accept.is_empty() {
            return Some(Self::Json);
        }
        let weight = |named: &str| accept.iter().find_map(|range| weight_of(range, named));
        let wild = weight("application/*").or_else(|| weight("*/*")).unwrap_or(0.0);
        let newer = weight("application/graphql-response+json");
        let json = weight("application/json").unwrap_or(wild);
        match newer {
            Some(newer) if newer > 0.0 && newer >= json => Some(Self::GraphQl),
            _ if json > 0.0 => Some(Self::Json),
            _ if newer.unwrap_or(wild) > 0.0 => Some(Self::GraphQl),
            _ => None,
        }
    }

    pub fn header(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
        }
    }
}

/// The weight (`q`) of a range, if it is this one.
fn weight_of(range: &str, named: &str) -> Option<f32> {
    let mut parts = range.split(';').map(str::trim);
    parts.next()?.eq_ignore_ascii_case(named).then_some(())?;
    let q = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some(q.map_or(1.0, |q| q.parse().unwrap_or(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(accept: &str) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        MediaType::of(&headers)
    }

    #[test]
    fn the_type_asked_for_is_given() {
        use MediaType::{GraphQl, Json};
        for (accept, given) in [
            ("", Some(Json)),
            ("*/*", Some(Json)),
            ("application/*;q=0.5", Some(Json)),
            ("application/json; charset=utf-8", Some(Json)),
            ("application/graphql-response+json", Some(GraphQl)),
            ("Application/GraphQL-Response+JSON; charset=utf-8", Some(GraphQl)),
            ("application/json, application/graphql-response+json", Some(GraphQl)),
            ("application/graphql-response+json;q=0.5, application/json", Some(Json)),
            ("application/json;q=0, */*", Some(GraphQl)),
            ("application/graphql-response+json;q=0, application/json;q=0", None),
            ("text/html", None),
            ("text/html, */*;q=0.1", Some(Json)),
        ] {
            assert_eq!(of(accept), given, "{accept}");
        }
    }
}
