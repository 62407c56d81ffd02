use sea_orm::entity::prelude::*;

use crate::{Problems, RefusalStatus, SubmissionKind};

/// What a client handed in and was refused, and is not on record since. Of its content nothing is kept:
/// the device has it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "refusals")]
pub struct Model {
    /// The client's own UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub submission_id: Uuid,
    /// None where neither the station it named nor the account says which.
    pub station_id: Option<Uuid>,
    pub account_id: Uuid,
    pub kind: SubmissionKind,
    pub status: RefusalStatus,
    #[sea_orm(column_type = "JsonBinary")]
    pub problems: Problems,
    pub first_refused_at: DateTimeUtc,
    pub refused_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
