use chrono::{DateTime, Utc};
use entity::{ChangeAction, submission};
use uuid::Uuid;

use crate::{problem::Problem, submission::Submission};

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
    /// SHA-256 over station and content, in hex.
    pub digest: String,
    pub problems: Vec<Problem>,
    /// What was recorded, for STORED and REPLAYED.
    pub recorded: Option<Recorded>,
}

/// What the journal says was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The journal's row: the same id, or the one the same content was first recorded under.
    pub journal_id: Uuid,
    pub at: DateTime<Utc>,
    /// What it made or changed: a visit, an assessment, a ledger entry, a household or a person.
    pub record_id: Uuid,
    pub action: ChangeAction,
    pub person_id: Option<Uuid>,
    pub household_id: Option<Uuid>,
}

impl Receipt {
    pub(super) fn recorded(item: &Submission, status: Status, row: &submission::Model) -> Self {
        let recorded = Recorded {
            journal_id: row.id,
            at: row.received_at,
            record_id: row.record_id,
            action: row.action,
            person_id: row.person_id,
            household_id: row.household_id,
        };
        Self { recorded: Some(recorded), ..Self::of(item, status) }
    }

    pub(super) fn conflict(item: &Submission) -> Self {
        Self::of(item, Status::Conflict)
    }

    pub(super) fn rejected(item: &Submission, problems: Vec<Problem>) -> Self {
        Self { problems, ..Self::of(item, Status::Rejected) }
    }

    fn of(item: &Submission, status: Status) -> Self {
        let (submission_id, digest) = (item.id, item.digest());
        Self { submission_id, status, digest, problems: Vec::new(), recorded: None }
    }
}
