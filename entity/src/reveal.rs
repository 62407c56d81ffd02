use sea_orm::entity::prelude::*;

use crate::{DataClasses, RevealKind, RevealStatus};

/// Leave to see masked data of one person plainly for a while, asked for or given.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reveals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    /// Who asks, and alone will see.
    pub account_id: Uuid,
    pub kind: RevealKind,
    #[sea_orm(column_type = "JsonBinary")]
    pub classes: DataClasses,
    pub purpose: String,
    pub status: RevealStatus,
    pub asked_at: DateTimeUtc,
    /// Who approved or refused it.
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTimeUtc>,
    /// Why it was refused.
    pub reason: Option<String>,
    /// Until when it is open, once it was opened.
    pub ends_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// What has become of it by an instant.
    #[must_use]
    pub fn status_at(&self, now: DateTimeUtc) -> RevealStatus {
        match self.status {
            RevealStatus::Open if self.ends_at.is_none_or(|end| end <= now) => RevealStatus::Ended,
            status => status,
        }
    }
}
