use sea_orm::entity::prelude::*;

use crate::{ExportFormat, ExportLayout, JobProblem, JobState, Sealed, Unshown};

/// A long answer, worked out page by page beside the requests.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who asked, and alone is answered.
    pub account_id: Uuid,
    /// What it was asked with; none with a session.
    pub token_id: Option<Uuid>,
    /// Digest of what its account reached and saw then. Who reaches another is not told the answer.
    pub reach: String,
    /// Text and variables, in JSON.
    pub question: Sealed,
    /// The language of its texts, as a tag: zh or en.
    pub language: String,
    pub from_address: Option<String>,
    pub purpose: Option<String>,
    pub state: JobState,
    pub asked_at: DateTimeUtc,
    pub started_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    /// When it is removed with its answer, once it has ended.
    pub expires_at: Option<DateTimeUtc>,
    /// Rows of a page, and what a page costs.
    pub page_rows: i64,
    pub page_price: i64,
    /// The most rows that are asked for.
    pub most: Option<i64>,
    /// How many rows there were when it began; none where that is not told.
    pub expected: Option<i64>,
    /// Rows and pages of the answer so far.
    pub done: i64,
    pub pages: i64,
    /// The cursor to go on from.
    pub after: Option<Sealed>,
    /// How many parts hold the answer so far, and its bytes.
    pub parts: i64,
    pub bytes: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub sight: Unshown,
    pub problem: Option<JobProblem>,
    /// What a page was answered that failed.
    pub fault: Option<Sealed>,
    /// By whom it is worked off, and until when where nothing more is heard.
    pub held_by: Option<Uuid>,
    pub held_until: Option<DateTimeUtc>,
    /// Of what format a file is made of the answer, and how it is laid out; none where the answer is
    /// its lines.
    pub format: Option<ExportFormat>,
    pub layout: Option<ExportLayout>,
    /// What is told of the file beside it, in JSON, once it is made.
    pub cover: Option<Sealed>,
    pub file_bytes: Option<i64>,
    /// SHA-256 of the file, in hex.
    pub file_digest: Option<String>,
    /// The saved question it was started for by the hub, and for which day; none where somebody started
    /// it.
    pub question_id: Option<Uuid>,
    pub due_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
