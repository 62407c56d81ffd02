//! Jobs: answers too long for one request. A question is gone through page by page beside the
//! requests; who asked watches it, stops it, and takes the whole answer within a day.
//!
//! `ask` is the side of who asks, `work` that of the process that works them off, `answer` what
//! is taken home. What the pages are, the hub does not know: each is a question like any other.

mod answer;
mod ask;
mod work;

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use entity::{JobProblem, JobState, job};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use uuid::Uuid;

pub use answer::Answer;
pub(crate) use ask::{LARGEST, Origin};
pub use ask::{LISTED, NewJob};
pub use work::JobPage;
pub(crate) use work::{ended, held, rank};

use crate::{
    Hub, HubError,
    access::{Scope, Viewer},
    exports::File,
    problem::Language,
};

/// How long a job is kept once it has ended.
pub(crate) const KEPT: Duration = Duration::hours(24);
/// The same of one that the clock started, when nobody may have been there to take it.
const KEPT_BY_CLOCK: Duration = Duration::days(7);

/// What a job asks, as it was handed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    pub query: String,
    pub variables: serde_json::Value,
}

/// A job, as its account is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub id: Uuid,
    pub state: JobState,
    pub asked_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub problem: Option<JobProblem>,
    /// What file is made of its answer; none where the answer is its lines.
    pub file: Option<File>,
    /// None where the account, or its token, reaches or sees something else than it was asked with.
    pub told: Option<Told>,
}

impl Job {
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended_at.is_some()
    }
}

/// What tells of the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub question: Question,
    /// Rows so far, and about how many there will be where that may be told.
    pub done: i64,
    pub expected: Option<i64>,
    pub bytes: i64,
    /// SHA-256 of the file, in hex, once it is made.
    pub digest: Option<String>,
    /// What was not shown plainly: field → word.
    pub sight: BTreeMap<String, String>,
    /// What a page was answered that failed.
    pub fault: Option<String>,
}

impl Hub {
    /// Is changed whenever a job was asked for in this hub.
    #[must_use]
    pub fn jobs_asked(&self) -> watch::Receiver<()> {
        self.jobs.listen()
    }

    /// What a job asks.
    ///
    /// # Errors
    /// Where it does not open.
    pub async fn question_of(&self, job: &job::Model) -> Result<Question, HubError> {
        let text = self.unsealed(job, job::Column::Question).await?.unwrap_or_default();
        serde_json::from_str(&text).map_err(|_| HubError::Unavailable)
    }
}

/// What file is made of the answer of a job.
#[must_use]
pub fn file_of(job: &job::Model) -> Option<File> {
    Some(File { format: job.format?, layout: job.layout? })
}

/// The language of a job's texts.
#[must_use]
pub fn language_of(job: &job::Model) -> Language {
    Language::of_header(&job.language)
}

/// Those that are there still: the others wait to be removed.
pub(crate) fn is_kept(now: DateTime<Utc>) -> Condition {
    let ends = job::Column::ExpiresAt;
    Condition::any().add(ends.is_null()).add(Expr::col(ends).gt(now))
}

/// What a viewer reaches and sees, in a digest.
pub(crate) fn reach(viewer: &Viewer) -> String {
    let places = match &viewer.scope {
        Scope::City => vec!["CITY".to_owned()],
        Scope::Stations(ids) => ids.iter().map(Uuid::to_string).collect(),
    };
    let grants = viewer.grants.iter().flatten().map(|scope| scope.code());
    let limited = if viewer.grants.is_some() { "LIMITED" } else { "WHOLE" };
    let mut parts: Vec<_> = places.into_iter().chain(grants).collect();
    parts.sort_unstable();
    let text = format!("{} {limited} {}", viewer.role.code(), parts.join(" "));
    crate::hex(&Sha256::digest(text))
}
