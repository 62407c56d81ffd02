use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Rule, visit};
use crate::{
    intake::{EARLIEST_YEAR, Ground, LONGEST_LIST, LONGEST_TEXT, LONGEST_WORD, MINUTES, check},
    places::Places,
    problem::{Language, Problem},
    submission::Content,
};

/// A visit as it is handed in on a day, and what the hub finds wrong with it.
#[derive(Debug, Serialize)]
pub struct Example {
    today: NaiveDate,
    /// In its texts `长×2000` stands for so many of the character.
    visit: Value,
    problems: Vec<Fault>,
}

/// A problem as a receipt tells it.
#[derive(Debug, PartialEq, Serialize)]
pub struct Fault {
    code: &'static str,
    path: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    repair: Option<String>,
}

/// For each field what its rule allows at most and least, and what lies just beyond.
pub(super) fn visits() -> Vec<Example> {
    let mut visits = vec![plain()];
    for (field, rule) in visit::fields() {
        for value in values(&rule) {
            visits.push(with(field, value));
        }
    }
    visits.push(all_wrong());
    visits.into_iter().map(example).collect()
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 10, 31).unwrap_or_default()
}

fn plain() -> Value {
    json!({ "person": { "id": Uuid::nil() }, "visitedOn": "2026-10-30", "mode": "HOME" })
}

fn with(field: &str, value: Value) -> Value {
    let mut visit = plain();
    visit[field] = value;
    visit
}

/// Every problem is found, not only the first.
fn all_wrong() -> Value {
    let mut visit = with("visitedOn", json!("2026/10/30"));
    visit["minutes"] = json!(0);
    visit["workers"] = json!(["王芳", long(LONGEST_WORD + 1)]);
    visit["nextVisitOn"] = json!("2026-02-30");
    visit["needs"] = json!([need("坏\u{0}字")]);
    visit
}

fn need(remark: &str) -> Value {
    json!({ "domain": "CARE", "urgency": "SOON", "remark": remark })
}

/// What is put into a field of this rule.
fn values(rule: &Rule) -> Vec<Value> {
    match rule {
        Rule::Word => texts(LONGEST_WORD),
        Rule::Text => texts(LONGEST_TEXT),
        Rule::PastDay => days(&["2026-10-31", "2026-11-01"]),
        Rule::Day { .. } => days(&["2026-10-30", "2026-10-29", "2027-10-30"]),
        Rule::Number { .. } => {
            let (from, to) = (*MINUTES.start(), *MINUTES.end());
            [from - 1, from, to, to + 1].map(Value::from).into()
        }
        Rule::Words => {
            let many = |count| Value::from(vec!["王芳"; count]);
            let of_one = texts(LONGEST_WORD).into_iter().map(|text| json!(["王芳", text]));
            [many(LONGEST_LIST), many(LONGEST_LIST + 1)].into_iter().chain(of_one).collect()
        }
        Rule::Rows { .. } => {
            let many = |count| Value::from(vec![need("缺一张床"); count]);
            let long = json!([need("缺一张床"), need(&long(LONGEST_TEXT + 1))]);
            vec![many(LONGEST_LIST), many(LONGEST_LIST + 1), long]
        }
        // A value outside a closed list is no content at all, which is for the schema to refuse.
        Rule::Choice { .. } | Rule::Choices { .. } => Vec::new(),
    }
}

/// A character beyond the basic plane counts once; a blank at either end does not count.
fn texts(longest: usize) -> Vec<Value> {
    let at_most = format!(" {}𠮷 ", long(longest - 1));
    let texts = [
        "",
        "  ",
        &at_most,
        &long(longest + 1),
        "两\n行",
        "响\u{7}铃",
        "看不见\u{200B}",
        "反\u{202E}写",
    ];
    texts.map(Value::from).into()
}

/// So many characters, in short.
fn long(length: usize) -> String {
    format!("长×{length}")
}

/// The text that one in short stands for.
fn spelled(text: &str) -> String {
    let Some((before, rest)) = text.split_once("长×") else { return text.to_owned() };
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let (length, after) = rest.split_at(end);
    format!("{before}{}{after}", "长".repeat(length.parse().unwrap_or_default()))
}

fn spelled_out(value: &Value) -> Value {
    match value {
        Value::String(text) => spelled(text).into(),
        Value::Array(values) => values.iter().map(spelled_out).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(field, value)| (field.clone(), spelled_out(value))).collect()
        }
        other => other.clone(),
    }
}

fn days(of_the_rule: &[&str]) -> Vec<Value> {
    let last_too_early = format!("{}-12-31", EARLIEST_YEAR - 1);
    let first = format!("{EARLIEST_YEAR}-01-01");
    let written = [
        "",
        "2026-2-3",
        "2026年10月5日",
        "20261030",
        "2026-02-29",
        "2024-02-29",
        " 2026-10-30 ",
        "今天",
        "2026-13-01",
        &last_too_early,
        &first,
    ];
    written.iter().chain(of_the_rule).map(|text| Value::from(*text)).collect()
}

fn example(visit: Value) -> Example {
    let places = Places::default();
    let ground = Ground { today: today(), places: &places, township: "" };
    let content = json!({ "visit": spelled_out(&visit) });
    let problems = match serde_json::from_value::<Content>(content) {
        Ok(content) => check(&content, ground).err().unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    Example { today: today(), visit, problems: problems.into_iter().map(fault).collect() }
}

fn fault(problem: Problem) -> Fault {
    let message = problem.message(Language::Chinese);
    Fault { code: problem.code.as_str(), path: problem.path, message, repair: problem.repair }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_content_and_most_rules_have_one_that_is_refused() {
        for example in visits() {
            let content = json!({ "visit": example.visit });
            assert!(serde_json::from_value::<Content>(content).is_ok(), "{:?}", example.visit);
        }
        for (field, rule) in visit::fields() {
            let refused = visits().iter().any(|example| {
                example.problems.iter().any(|problem| problem.path.starts_with(field))
            });
            let closed = matches!(rule, Rule::Choice { .. } | Rule::Choices { .. });
            assert_ne!(refused, closed, "{field}");
        }
    }

    #[test]
    fn every_field_of_a_visit_has_a_rule() {
        let content: crate::submission::VisitContent =
            serde_json::from_value(filled()).expect("a visit");
        let Value::Object(written) = serde_json::to_value(content).expect("JSON") else {
            panic!("no object")
        };
        let mut fields: Vec<_> = written.keys().map(String::as_str).collect();
        fields.retain(|field| !["person", "householdId"].contains(field));
        fields.sort_unstable();
        assert_eq!(fields, visit::fields().into_keys().collect::<Vec<_>>());
    }

    /// A visit with a value in each field but `householdId`.
    fn filled() -> Value {
        let mut visit = plain();
        for field in ["met", "living", "body", "mind", "place", "remark"] {
            visit[field] = json!("好");
        }
        visit["minutes"] = json!(30);
        visit["workers"] = json!(["王芳"]);
        visit["services"] = json!(["CARE"]);
        visit["nextVisitOn"] = json!("2026-11-30");
        visit["needs"] = json!([need("缺一张床")]);
        visit["needsMet"] = json!(["CARE"]);
        visit
    }
}
