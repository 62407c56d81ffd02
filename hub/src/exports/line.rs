//! A line of an answer, with its fields in the order of the question.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{FOUND, ID, PAGE};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Line {
    Object(IndexMap<String, Self>),
    List(Vec<Self>),
    Value(serde_json::Value),
}

impl Line {
    /// Takes away what was asked along for the tables of a file.
    pub fn strip(&mut self) {
        match self {
            Self::Object(fields) => {
                fields.retain(|key, _| ![ID, FOUND, PAGE].contains(&key.as_str()));
                fields.values_mut().for_each(Self::strip);
            }
            Self::List(lines) => lines.iter_mut().for_each(Self::strip),
            Self::Value(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_it_was_answered_without_what_was_asked_along() {
        let asked = r#"{"exportId":"1","z":-3,"a":[{"exportPage":{"hasMore":true},"y":"甲\n","b":1.5}],"exportFound":9,"m":null,"n":true}"#;
        let mut line: Line = serde_json::from_str(asked).unwrap();
        line.strip();
        let expected = r#"{"z":-3,"a":[{"y":"甲\n","b":1.5}],"m":null,"n":true}"#;
        assert_eq!(serde_json::to_string(&line).unwrap(), expected);
    }
}
