//! Reading what is to be handed in: a JSON array of items, an object with `items`, or one object a
//! line. An item is a `SubmissionInput` of the schema; its `id` may be missing.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("cannot be read: {0}")]
    Io(io::Error),
    #[error("is no JSON (line {line}): {fault}")]
    Json { line: usize, fault: serde_json::Error },
    #[error("item {place}: {fault}")]
    Item { place: usize, fault: &'static str },
}

/// An item to hand in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// The item without its id: `station`, `content`, and whatever else the file gave.
    pub body: Map<String, Value>,
}

/// The items of a file.
pub fn read(path: &Path) -> Result<Vec<Item>, FileError> {
    parse(&fs::read_to_string(path).map_err(FileError::Io)?)
}

/// The items of a text.
pub fn parse(text: &str) -> Result<Vec<Item>, FileError> {
    let text = text.trim_start_matches('\u{feff}');
    let values = match serde_json::from_str(text) {
        Ok(Value::Array(values)) => values,
        Ok(Value::Object(mut object)) => match object.remove("items") {
            Some(Value::Array(values)) => values,
            Some(other) => vec![other],
            None => vec![Value::Object(object)],
        },
        Ok(other) => vec![other],
        Err(_) => lines(text)?,
    };
    items(values)
}

/// Values as items; the first that is none is told by its place, counted from 1.
pub fn items(values: Vec<Value>) -> Result<Vec<Item>, FileError> {
    let numbered = values.into_iter().zip(1..);
    numbered
        .map(|(value, place)| Item::of(value).map_err(|fault| FileError::Item { place, fault }))
        .collect()
}

fn lines(text: &str) -> Result<Vec<Value>, FileError> {
    let filled = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    filled
        .map(|(line, number)| {
            serde_json::from_str(line).map_err(|fault| FileError::Json { line: number, fault })
        })
        .collect()
}

impl Item {
    fn of(value: Value) -> Result<Self, &'static str> {
        let Value::Object(mut body) = value else {
            return Err("is not an object");
        };
        let id = match body.remove("id") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => {
                Some(Uuid::parse_str(&text).map_err(|_| "its `id` is no UUID")?)
            }
            Some(_) => return Err("its `id` is no text"),
        };
        // The list of refused items writes the refusal beside the item, to be mended in place.
        body.remove("refused");
        if !body.get("station").is_some_and(Value::is_string) {
            return Err("it has no `station`");
        }
        if !body.get("content").is_some_and(Value::is_object) {
            return Err("it has no `content`");
        }
        Ok(Self { id, body })
    }

    /// SHA-256 in hex over the body, whatever the order of its keys.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut text = String::new();
        write_sorted(&self.body, &mut text);
        let digest = Sha256::digest(text.as_bytes());
        hub::hex(&digest)
    }
}

fn write_sorted(object: &Map<String, Value>, text: &mut String) {
    let mut keys: Vec<_> = object.keys().collect();
    keys.sort_unstable();
    text.push('{');
    for key in keys {
        text.push_str(&Value::from(key.as_str()).to_string());
        text.push(':');
        write_canonical(&object[key], text);
        text.push(',');
    }
    text.push('}');
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(object) => write_sorted(object, text),
        Value::Array(values) => {
            text.push('[');
            for value in values {
                write_canonical(value, text);
                text.push(',');
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: &str = r#"{"station":"S1","content":{"visit":{"mode":"HOME"}}}"#;

    #[test]
    fn an_array_an_object_with_items_and_lines_are_read_alike() {
        let array = parse(&format!("\u{feff}[{ITEM},\n{ITEM}]")).expect("array");
        assert_eq!(array.len(), 2);
        let object = parse(&format!("{{\"items\":[{ITEM},{ITEM}]}}")).expect("object");
        let lines = parse(&format!("{ITEM}\n\n{ITEM}\n")).expect("lines");
        assert_eq!(array, object);
        assert_eq!(array, lines);
        assert_eq!(parse(ITEM).expect("one line"), array[..1]);
    }

    #[test]
    fn what_is_no_item_is_told_by_its_place() {
        let told = |text: &str| parse(text).expect_err("refused").to_string();
        assert_eq!(told(&format!("[{ITEM},7]")), "item 2: is not an object");
        assert_eq!(told(r#"[{"id":"x","station":"S1"}]"#), "item 1: its `id` is no UUID");
        assert!(told(&format!("{ITEM}\n{{")).starts_with("is no JSON (line 2)"));
    }

    #[test]
    fn the_digest_does_not_depend_on_the_order_of_keys_or_on_the_id() {
        let one = parse(r#"[{"station":"S1","content":{"a":{"x":1,"y":[{"p":1,"q":2}]}}}]"#);
        let two = parse(
            r#"[{"id":"0193d3a5-0000-7000-8000-000000000001",
                 "content":{"a":{"y":[{"q":2,"p":1}],"x":1}},"station":"S1"}]"#,
        );
        let (one, two) = (one.expect("items"), two.expect("items"));
        assert_eq!(one[0].digest(), two[0].digest());
    }
}
