//! Contents to hand in.

use hub::instruments;
use serde_json::{Value, json};

use super::STATION;

pub const SUBMIT: &str =
    "mutation ($items: [SubmissionInput!]!) { submit(items: $items) { receipts {
    submissionId status recordedAt digest
    record { __typename id } person { id } household { id }
    problems { code path value repair message } } } }";

/// A valid resident ID: a county's code, a birth date as YYYYMMDD, a number up to 999 (odd: male).
pub fn resident_id(county: &str, birth: &str, number: u32) -> String {
    let body = format!("{county}{birth}{number:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 =
        body.chars().zip(weights).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
    let check = "10X98765432".chars().nth(sum as usize % 11).unwrap();
    format!("{body}{check}")
}

/// Someone old, told apart by a number.
pub fn elder(number: u32) -> Value {
    json!({ "name": format!("测试老人{number}"), "residentId": resident_id("410802", "19430717", number) })
}

/// A child, told apart by a number.
pub fn child(number: u32) -> Value {
    json!({ "name": format!("测试儿童{number}"), "residentId": resident_id("410802", "20160206", number) })
}

/// A submission with a new id.
pub fn item(station: &str, content: Value) -> Value {
    json!({ "id": uuid::Uuid::new_v4(), "station": station, "content": content })
}

/// A visit of a person on a day, with more or other fields laid over it.
pub fn visit(station: &str, person: Value, day: &str, more: Value) -> Value {
    let base = json!({
        "person": person, "visitedOn": day, "mode": "HOME", "workers": ["社工甲"],
        "services": ["CARE"], "living": "良好",
    });
    item(station, json!({ "visit": laid_over(base, more) }))
}

/// An excuse of a person from a first day to a last.
pub fn excuse(station: &str, person: Value, days: [&str; 2], more: Value) -> Value {
    let base = json!({
        "person": person, "reason": "IN_HOSPITAL", "firstOn": days[0], "lastOn": days[1],
        "workers": ["社工甲"],
    });
    item(station, json!({ "excuse": laid_over(base, more) }))
}

/// An elderly person's ledger entry.
pub fn elderly_entry(station: &str, person: Value, day: &str, more: Value) -> Value {
    let base = json!({
        "person": person, "openedOn": day, "risk": "MEDIUM",
        "detail": { "elderly": { "livingArrangement": "ALONE", "abilityLevel": "MILD" } },
    });
    item(station, json!({ "ledgerEntry": laid_over(base, more) }))
}

/// A child's ledger entry.
pub fn child_entry(station: &str, person: Value, day: &str, more: Value) -> Value {
    let base = json!({
        "person": person, "openedOn": day, "risk": "HIGH",
        "detail": { "child": { "kind": "LEFT_BEHIND", "school": "中心小学", "guardian": "测试祖母" } },
    });
    item(station, json!({ "ledgerEntry": laid_over(base, more) }))
}

/// An assessment with the first answer to each item.
pub fn assessment(person: &Value, instrument: &str) -> Value {
    let items = instruments::find(instrument, 1).unwrap().items();
    let answers = items.map(|item| json!({ "item": item.code, "value": item.options[0].value }));
    item(
        STATION,
        json!({ "assessment": { "person": person, "assessedOn": "2026-10-02", "instrument": instrument,
            "version": 1, "answers": answers.collect::<Vec<_>>(), "assessors": ["评估员乙"] } }),
    )
}

pub fn laid_over(mut base: Value, more: Value) -> Value {
    if let (Some(base), Value::Object(more)) = (base.as_object_mut(), more) {
        base.extend(more);
    }
    base
}
