use sea_orm::entity::prelude::*;

use crate::Sealed;

/// A part of the answer of a job, small enough to be held in memory with others.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "job_parts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub job_id: Uuid,
    /// From 0, in the order of the answer.
    pub number: i64,
    /// Whole lines of JSON.
    pub lines: Sealed,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
