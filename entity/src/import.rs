use sea_orm::entity::prelude::*;

use crate::{ImportState, JobProblem, Sealed};

/// A file that was handed in for a station: looked at first, then taken in as one act, which can be
/// taken back.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "imports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub station_id: Uuid,
    /// Who handed the file in.
    pub account_id: Uuid,
    /// What whoever last had it applied came in with; none with a session.
    pub token_id: Option<Uuid>,
    /// Digest of what that account reached and saw then.
    pub reach: String,
    pub file_name: String,
    /// SHA-256 of the file, in hex.
    pub digest: String,
    /// The size of the file.
    pub bytes: i64,
    /// Of each sheet what is not of a row, in JSON.
    pub sheets: Sealed,
    pub state: ImportState,
    pub rows: i64,
    /// Rows that are worked off and that are to be, of what is under way or was last.
    pub done: i64,
    pub due: i64,
    pub created_at: DateTimeUtc,
    /// When a preview is removed that nobody applies.
    pub expires_at: Option<DateTimeUtc>,
    pub applied_at: Option<DateTimeUtc>,
    pub applied_by: Option<Uuid>,
    /// When what it did was last begun to be taken back; none where it stands.
    pub undone_at: Option<DateTimeUtc>,
    pub undone_by: Option<Uuid>,
    /// For whom it is worked off.
    pub asked_by: Option<Uuid>,
    pub from_address: Option<String>,
    pub purpose: Option<String>,
    /// Why it did not get on.
    pub problem: Option<JobProblem>,
    /// By whom it is worked off, and until when where nothing more is heard.
    pub held_by: Option<Uuid>,
    pub held_until: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
