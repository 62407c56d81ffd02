use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Rule, assessment, closure, excuse, visit};
use crate::{
    instruments::{self, Item},
    intake::{EARLIEST_YEAR, Ground, LONGEST_LIST, LONGEST_TEXT, LONGEST_WORD, MINUTES, check},
    places::Places,
    problem::{Language, Problem},
    submission::Content,
};

/// A content as it is handed in on a day, and what the hub finds wrong with it.
#[derive(Debug, Serialize)]
pub struct Example {
    today: NaiveDate,
    /// In the form of the journal. In its texts `长×2000` stands for so many of the character, and
    /// `{ times, of }` for a list of so many rows.
    content: Value,
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
pub(super) fn examples() -> Vec<Example> {
    let mut contents = vec![all_wrong()];
    for (kind, plain, fields) in kinds() {
        contents.push(json!({ kind: plain }));
        for (field, rule) in fields {
            for value in values(&rule) {
                contents.push(json!({ kind: with(&plain, field, value) }));
            }
        }
    }
    contents.into_iter().map(example).collect()
}

type Kind = (&'static str, Value, BTreeMap<&'static str, Rule>);

/// The kinds of content that have rules here, each with a plain content and its fields.
fn kinds() -> [Kind; 4] {
    [
        ("visit", plain_visit(), visit::fields()),
        ("assessment", plain_assessment(), assessment::fields()),
        ("ledgerClosure", plain_closure(), closure::fields()),
        ("excuse", plain_excuse(), excuse::fields()),
    ]
}

/// The day of what is handed in, the day before [`today`].
const FIRST_ON: &str = "2026-10-30";

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 10, 31).unwrap_or_default()
}

fn plain_visit() -> Value {
    json!({ "person": { "id": Uuid::nil() }, "visitedOn": "2026-10-30", "mode": "HOME" })
}

/// By the instrument with the fewest items, each answered by its first option.
fn plain_assessment() -> Value {
    let shortest = instruments::all().iter().min_by_key(|instrument| instrument.items().count());
    let answer = |item: &Item| {
        let value = item.options.first().map(|option| option.value);
        json!({ "item": item.code, "value": value })
    };
    json!({
        "person": { "id": Uuid::nil() },
        "assessedOn": "2026-10-30",
        "instrument": shortest.map(|instrument| &instrument.code),
        "version": shortest.map(|instrument| instrument.version),
        "answers": shortest.map_or(Vec::new(), |instrument| instrument.items().map(answer).collect()),
    })
}

fn plain_closure() -> Value {
    let person = json!({ "id": Uuid::nil() });
    json!({ "person": person, "kind": "CHILD", "closedOn": "2026-10-30", "reason": "OF_AGE" })
}

fn plain_excuse() -> Value {
    let person = json!({ "id": Uuid::nil() });
    json!({ "person": person, "reason": "AWAY", "firstOn": FIRST_ON, "lastOn": "2026-10-31" })
}

fn with(plain: &Value, field: &str, value: Value) -> Value {
    let mut content = plain.clone();
    content[field] = value;
    content
}

/// Every problem is found, not only the first.
fn all_wrong() -> Value {
    let mut visit = with(&plain_visit(), "visitedOn", json!("2026/10/30"));
    visit["minutes"] = json!(0);
    visit["workers"] = json!(["王芳", long(LONGEST_WORD + 1)]);
    visit["nextVisitOn"] = json!("2026-02-30");
    visit["needs"] = json!([need("坏\u{0}字")]);
    json!({ "visit": visit })
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
        Rule::Day { ahead, lasts, .. } => {
            let ahead = ahead.map(|days| [day(today(), days), day(today(), days + 1)]);
            let first = FIRST_ON.parse().unwrap_or_default();
            let lasts = lasts.map(|days| [day(first, days - 1), day(first, days)]);
            let bounds: Vec<_> = ahead.into_iter().chain(lasts).flatten().collect();
            let mut of_the_rule = vec![FIRST_ON, "2026-10-29", "2027-10-30"];
            of_the_rule.extend(bounds.iter().map(String::as_str));
            days(&of_the_rule)
        }
        Rule::Number { .. } => {
            let (from, to) = (*MINUTES.start(), *MINUTES.end());
            [from - 1, from, to, to + 1].map(Value::from).into()
        }
        Rule::Words => {
            let many = |count| many(count, &json!("王芳"));
            let of_one = texts(LONGEST_WORD).into_iter().map(|text| json!(["王芳", text]));
            [many(LONGEST_LIST), many(LONGEST_LIST + 1)].into_iter().chain(of_one).collect()
        }
        Rule::Rows { .. } => {
            let many = |count| many(count, &need("缺一张床"));
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

/// So many rows of a list, in short.
fn many(times: usize, of: &Value) -> Value {
    json!({ "times": times, "of": of })
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
        Value::Object(fields) if fields.contains_key("times") => {
            let times = fields["times"].as_u64().unwrap_or_default();
            (0..times).map(|_| spelled_out(&fields["of"])).collect()
        }
        Value::Object(fields) => {
            fields.iter().map(|(field, value)| (field.clone(), spelled_out(value))).collect()
        }
        other => other.clone(),
    }
}

/// So many days after another.
fn day(from: NaiveDate, days: u64) -> String {
    (from + Days::new(days)).to_string()
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

fn example(content: Value) -> Example {
    let places = Places::default();
    let ground = Ground { today: today(), places: &places, township: "" };
    let problems = match serde_json::from_value::<Content>(spelled_out(&content)) {
        Ok(content) => check(&content, ground).err().unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    Example { today: today(), content, problems: problems.into_iter().map(fault).collect() }
}

fn fault(problem: Problem) -> Fault {
    let message = problem.message(Language::Chinese);
    Fault { code: problem.code.as_str(), path: problem.path, message, repair: problem.repair }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_content_and_every_rule_with_bounds_refuses_one() {
        let examples = examples();
        for example in &examples {
            let content = serde_json::from_value::<Content>(spelled_out(&example.content));
            assert!(content.is_ok(), "{:?}", example.content);
        }
        for (kind, _, fields) in kinds() {
            let of_kind = examples.iter().filter(|example| !example.content[kind].is_null());
            let problems: Vec<_> = of_kind.flat_map(|example| &example.problems).collect();
            for (field, rule) in fields {
                let refused = problems.iter().any(|problem| problem.path.starts_with(field));
                let closed = matches!(rule, Rule::Choice { .. } | Rule::Choices { .. });
                assert_ne!(refused, closed, "{kind}.{field}");
            }
        }
    }

    /// Of a content with a value in each field, those that its rules are to name.
    fn fields_of(content: Value, kind: &str, others: &[&str]) -> Vec<String> {
        let content: Content = serde_json::from_value(content).expect("a content");
        let written = serde_json::to_value(content).expect("JSON");
        let fields = written[kind].as_object().expect("an object").keys().cloned();
        let mut fields: Vec<_> = fields.filter(|field| !others.contains(&field.as_str())).collect();
        fields.sort_unstable();
        fields
    }

    #[test]
    fn every_field_of_a_visit_has_a_rule() {
        let mut visit = plain_visit();
        for field in ["met", "living", "body", "mind", "place", "remark"] {
            visit[field] = json!("好");
        }
        visit["minutes"] = json!(30);
        visit["workers"] = json!(["王芳"]);
        visit["services"] = json!(["CARE"]);
        visit["nextVisitOn"] = json!("2026-11-30");
        visit["needs"] = json!([need("缺一张床")]);
        visit["needsMet"] = json!(["CARE"]);
        let fields = fields_of(json!({ "visit": visit }), "visit", &["person"]);
        assert_eq!(fields, visit::fields().into_keys().collect::<Vec<_>>());
    }

    #[test]
    fn every_field_of_an_assessment_has_a_rule() {
        let mut assessment = plain_assessment();
        assessment["assessors"] = json!(["王芳"]);
        assessment["remark"] = json!("好");
        assessment["needs"] = json!([need("缺一张床")]);
        let others = ["person", "instrument", "version", "answers"];
        let fields = fields_of(json!({ "assessment": assessment }), "assessment", &others);
        assert_eq!(fields, assessment::fields().into_keys().collect::<Vec<_>>());
    }

    #[test]
    fn every_field_of_a_closure_and_of_an_excuse_has_a_rule() {
        let closure = json!({ "ledgerClosure": plain_closure() });
        let fields = fields_of(closure, "ledgerClosure", &["person"]);
        assert_eq!(fields, closure::fields().into_keys().collect::<Vec<_>>());
        let mut excuse = plain_excuse();
        excuse["workers"] = json!(["王芳"]);
        excuse["remark"] = json!("好");
        let fields = fields_of(json!({ "excuse": excuse }), "excuse", &["person"]);
        assert_eq!(fields, excuse::fields().into_keys().collect::<Vec<_>>());
    }
}
