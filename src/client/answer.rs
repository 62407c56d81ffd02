//! What an HTTP answer to a batch means.

use std::time::Duration;

use serde::Deserialize;

use super::receipt::{Problem, Receipt, Refusal};

/// What to do after a batch was sent.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// Keep these.
    Receipts(Vec<Receipt>),
    /// An item of the batch cannot be read by the hub: find it.
    Faulty(Refusal),
    /// Send the same again later, not before the time the hub asks for.
    Again(String, Option<Duration>),
    /// No sending will help.
    Stop(Stop),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    #[error("the hub does not know the token; ask for a new one and give it with --token")]
    Unauthenticated,
    #[error("the account of this token may not hand in: {0}")]
    Forbidden(String),
    #[error("no Nuanyang hub answers there (HTTP {0}); check --url")]
    NotAHub(u16),
}

#[derive(Deserialize)]
struct Body {
    data: Option<Data>,
    #[serde(default)]
    errors: Vec<Error>,
}

#[derive(Deserialize)]
struct Data {
    submit: Option<Payload>,
}

#[derive(Deserialize)]
struct Payload {
    receipts: Vec<Receipt>,
}

#[derive(Deserialize)]
struct Error {
    message: String,
    #[serde(default)]
    extensions: Extensions,
}

#[derive(Default, Deserialize)]
struct Extensions {
    code: Option<String>,
}

impl Answer {
    /// Reads an answer by its status, its `Retry-After` and its body.
    #[must_use]
    pub fn read(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        match status {
            401 => return Self::Stop(Stop::Unauthenticated),
            408 | 425 | 429 | 500..=599 => {
                return Self::Again(format!("the hub answers HTTP {status}"), retry_after);
            }
            413 => return Self::Faulty(refusal("TOO_LARGE", "the hub takes no item so large")),
            _ => {}
        }
        let Ok(body) = serde_json::from_slice::<Body>(body) else {
            return Self::Stop(Stop::NotAHub(status));
        };
        let payload = body.data.and_then(|data| data.submit);
        match (payload, body.errors) {
            (Some(payload), _) => Self::Receipts(payload.receipts),
            (None, errors) if errors.is_empty() => Self::Stop(Stop::NotAHub(status)),
            (None, errors) => Self::of_errors(errors, retry_after),
        }
    }

    fn of_errors(errors: Vec<Error>, retry_after: Option<Duration>) -> Self {
        let with = |codes: &[&str]| {
            let code = |error: &&Error| {
                let code = error.extensions.code.as_deref();
                code.is_some_and(|code| codes.contains(&code))
            };
            errors.iter().find(code)
        };
        if with(&["UNAUTHENTICATED"]).is_some() {
            return Self::Stop(Stop::Unauthenticated);
        }
        if let Some(error) = with(&["FORBIDDEN"]) {
            return Self::Stop(Stop::Forbidden(error.message.clone()));
        }
        if let Some(error) = with(&["UNAVAILABLE", "INTERNAL"]) {
            return Self::Again(error.message.clone(), retry_after);
        }
        let problems = errors.into_iter().map(|error| Problem {
            code: error.extensions.code.unwrap_or_else(invalid_input),
            path: None,
            value: None,
            message: error.message,
        });
        let problems: Vec<_> = problems.collect();
        let reason = problems.first().map(|problem| problem.code.clone());
        Self::Faulty(Refusal { reason: reason.unwrap_or_else(invalid_input), problems })
    }
}

fn invalid_input() -> String {
    "INVALID_INPUT".to_owned()
}

fn refusal(code: &str, message: &str) -> Refusal {
    let problem =
        Problem { code: code.to_owned(), path: None, value: None, message: message.to_owned() };
    Refusal { reason: code.to_owned(), problems: vec![problem] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Answer {
        Answer::read(status, None, body.as_bytes())
    }

    fn error(code: &str) -> Answer {
        let body = format!(
            r#"{{"data":null,"errors":[{{"message":"m","extensions":{{"code":"{code}"}}}}]}}"#
        );
        read(200, &body)
    }

    #[test]
    fn receipts_are_read_whatever_else_is_there() {
        let id = "0193d3a5-0000-7000-8000-000000000001";
        let body = format!(
            r#"{{"data":{{"submit":{{"receipts":[
                {{"submissionId":"{id}","status":"REJECTED","recordedAt":null,"problems":[
                    {{"code":"NAME_MISSING","path":"person.name","value":null,"message":"没有填写姓名"}}
                ]}}]}}}},"extensions":{{}}}}"#
        );
        let Answer::Receipts(receipts) = read(200, &body) else {
            panic!("no receipts");
        };
        assert_eq!(receipts[0].submission_id.to_string(), id);
        assert_eq!(receipts[0].problems[0].code, "NAME_MISSING");
        assert!(!receipts[0].is_recorded());
    }

    #[test]
    fn each_error_has_its_way() {
        assert_eq!(error("UNAUTHENTICATED"), Answer::Stop(Stop::Unauthenticated));
        assert!(matches!(error("FORBIDDEN"), Answer::Stop(Stop::Forbidden(_))));
        assert!(matches!(error("UNAVAILABLE"), Answer::Again(..)));
        assert!(matches!(error("INTERNAL"), Answer::Again(..)));
        assert!(matches!(error("INVALID_INPUT"), Answer::Faulty(_)));
        let uncoded = read(400, r#"{"errors":[{"message":"m"}]}"#);
        assert!(matches!(uncoded, Answer::Faulty(refusal) if refusal.reason == "INVALID_INPUT"));
    }

    #[test]
    fn what_is_no_hub_is_told_from_a_hub_in_trouble() {
        assert_eq!(read(401, ""), Answer::Stop(Stop::Unauthenticated));
        assert_eq!(read(404, "not found"), Answer::Stop(Stop::NotAHub(404)));
        assert_eq!(read(200, "<html>"), Answer::Stop(Stop::NotAHub(200)));
        assert_eq!(read(200, "{}"), Answer::Stop(Stop::NotAHub(200)));
        assert!(matches!(read(413, ""), Answer::Faulty(_)));
        for status in [429, 500, 502, 503, 504] {
            assert!(matches!(read(status, "<html>"), Answer::Again(..)));
        }
    }
}
