use sea_orm::entity::prelude::*;

use crate::DivisionLevel;

/// An administrative division, as it stood from one day to another.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "divisions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub level: DivisionLevel,
    pub parent_id: Option<Uuid>,
    pub valid_from: Date,
    /// The last day on which the code was in use.
    pub valid_to: Option<Date>,
    /// The division that took over its area when the code ended.
    pub successor_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
