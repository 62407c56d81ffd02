use sea_orm::entity::prelude::*;

use crate::Sealed;

/// Two people who look like one, of whom somebody has decided that they are two.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kept_apart")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of the two, the one who was recorded first.
    pub earlier_id: Uuid,
    pub later_id: Uuid,
    pub account_id: Uuid,
    pub decided_at: DateTimeUtc,
    pub reason: Sealed,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
