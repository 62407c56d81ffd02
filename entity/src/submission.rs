use sea_orm::entity::prelude::*;

use crate::{ChangeAction, Sealed, SubmissionKind};

/// The journal: what a client handed in, immutable.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "submissions")]
pub struct Model {
    /// The client's own UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub station_id: Uuid,
    pub account_id: Uuid,
    pub kind: SubmissionKind,
    /// The keyed hash of station and content, which guesses cannot be tried against.
    pub digest: String,
    /// The digest again where the content is an event, which happens once.
    pub event_digest: Option<String>,
    /// The content, as JSON.
    pub content: Sealed,
    /// What it made or changed.
    pub record_id: Uuid,
    pub person_id: Option<Uuid>,
    pub household_id: Option<Uuid>,
    pub action: ChangeAction,
    pub received_at: DateTimeUtc,
    /// When what it did was taken back; none where it stands.
    pub undone_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
