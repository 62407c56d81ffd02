//! The hub's answers to single items, as they are received and as the queue keeps them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Stored,
    Replayed,
    Conflict,
    Rejected,
}

/// One thing that is wrong with an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    pub code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    pub submission_id: Uuid,
    pub status: Status,
    /// The instant of recording, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

/// Why an item was not taken. `reason` is the status of its receipt, or the code of the error where
/// the hub could not read the item at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    pub reason: String,
    #[serde(default)]
    pub problems: Vec<Problem>,
}

impl Receipt {
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        matches!(self.status, Status::Stored | Status::Replayed)
    }

    /// What of the receipt a refused item is kept with.
    #[must_use]
    pub fn into_refusal(self) -> Refusal {
        let reason = match self.status {
            Status::Conflict => "CONFLICT",
            _ => "REJECTED",
        };
        Refusal { reason: reason.to_owned(), problems: self.problems }
    }
}
