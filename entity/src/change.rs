use sea_orm::entity::prelude::*;

use crate::{ChangeAction, SubmissionKind};

/// The feed: a row a stored submission, and one more each time it is taken back or put back, in the
/// order of the commits.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "changes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub submission_id: Uuid,
    pub station_id: Uuid,
    pub kind: SubmissionKind,
    pub action: ChangeAction,
    pub record_id: Uuid,
    pub person_id: Option<Uuid>,
    pub household_id: Option<Uuid>,
    pub at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
