//! Whether two answers say the same.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{Sealed, visit};
use hub::keys::Keyring;
use serde_json::Value;

/// An answer with its ids written in one way: the hub gives global ids, PostgreSQL hyphens, SQLite
/// none.
pub fn plain(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(plain).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) if name == "id" => (name.clone(), plain_id(text).into()),
                value => (name.clone(), plain(value)),
            })
            .collect(),
        value => value.clone(),
    }
}

fn plain_id(text: &str) -> String {
    let global = || {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (_, id) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
        Some(id.to_owned())
    };
    global().unwrap_or_else(|| text.to_owned()).replace('-', "").to_lowercase()
}

/// SQL's answer with the remarks of its visits opened, which SQL gives as they are sealed.
pub fn unsealed(keys: &Keyring, value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(|value| unsealed(keys, value)).collect(),
        Value::Object(fields) => {
            let id = fields.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
            let open = |text: &str| {
                let bytes: Result<Vec<u8>, _> = (0..text.len() / 2)
                    .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16))
                    .collect();
                let sealed = Sealed::try_from(sea_orm::Value::from(bytes.ok()?)).ok()?;
                keys.open(visit::Column::Remark, id?, &sealed).ok()
            };
            let opened = |(name, value): (String, Value)| match &value {
                Value::String(text) if name == "remark" => (name, open(text).into()),
                _ => (name, unsealed(keys, value)),
            };
            fields.into_iter().map(opened).collect()
        }
        value => value,
    }
}

/// PostGraphile's answer in the hub's form: whole numbers come as texts, the newest assessment as a list.
pub fn of_peer(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(of_peer).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| {
                let value = match (name.as_str(), value) {
                    ("minutes" | "score", Value::String(text)) => {
                        text.parse::<i64>().map_or(Value::Null, Value::from)
                    }
                    ("newestAssessment", Value::Array(newest)) => {
                        newest.first().map_or(Value::Null, of_peer)
                    }
                    (_, value) => of_peer(value),
                };
                (name.clone(), value)
            })
            .collect(),
        value => value.clone(),
    }
}

/// The hub's answer without what PostGraphile cannot open.
pub fn without_remarks(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(without_remarks).collect(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| *name != "remark")
            .map(|(name, value)| (name.clone(), without_remarks(value)))
            .collect(),
        value => value.clone(),
    }
}

/// The first place where two answers differ, with what stands there.
pub fn difference(path: &str, hub: &Value, sql: &Value) -> Option<String> {
    match (hub, sql) {
        (Value::Object(left), Value::Object(right)) if left.keys().eq(right.keys()) => left
            .iter()
            .find_map(|(name, value)| difference(&format!("{path}.{name}"), value, &right[name])),
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(at, (left, right))| difference(&format!("{path}[{at}]"), left, right)),
        (left, right) if left == right => None,
        (left, right) => Some(format!("{path}: {} and {}", head(left), head(right))),
    }
}

fn head(value: &Value) -> String {
    value.to_string().chars().take(400).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_compared_whatever_their_form() {
        let id = "018cc251-f400-7000-8000-0123456789ab";
        let global = URL_SAFE_NO_PAD.encode(format!("Visit:{id}"));
        let hex = id.replace('-', "").to_uppercase();
        assert_eq!(plain(&json!({ "id": global })), plain(&json!({ "id": id })));
        assert_eq!(plain(&json!({ "id": hex })), plain(&json!({ "id": id })));
    }

    #[test]
    fn a_difference_is_told_with_its_place() {
        let (hub, sql) = (json!({ "a": [1, { "b": 2 }] }), json!({ "a": [1, { "b": 3 }] }));
        assert_eq!(difference("", &hub, &hub), None);
        assert_eq!(difference("", &hub, &sql).as_deref(), Some(".a[1].b: 2 and 3"));
    }
}
