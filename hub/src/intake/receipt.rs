use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::problem::Problem;

/// What became of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Recorded now.
    Stored,
    /// Recorded before; this is the receipt of then.
    Replayed,
    /// Another content was recorded under this id; nothing was written.
    Conflict,
    /// Something is wrong with it; nothing was written. Mend it and hand it in again, under the
    /// same id or a new one.
    Rejected,
}

/// The hub's answer to one submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The id it was handed in under.
    pub submission_id: Uuid,
    pub status: Status,
    /// The journal's row: the same id, or the one the same event was first recorded under.
    pub journal_id: Option<Uuid>,
    pub digest: String,
    /// When it was recorded, for STORED and REPLAYED.
    pub recorded_at: Option<DateTime<Utc>>,
    /// What it made or changed: a visit, an assessment, a ledger entry, a household or a person.
    pub record_id: Option<Uuid>,
    pub person_id: Option<Uuid>,
    pub household_id: Option<Uuid>,
    pub problems: Vec<Problem>,
}
