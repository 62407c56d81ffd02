use sea_orm::entity::prelude::*;

use crate::Sealed;

/// A part of a file that was handed in, small enough to be held in memory with others.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_parts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub import_id: Uuid,
    /// From 0, in the order of the file.
    pub number: i64,
    /// In base64.
    pub bytes: Sealed,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
