use sea_orm::entity::prelude::*;

use crate::Sealed;

/// A part of the file that was made of the answer of a job. All parts of a file but the last have the
/// same length.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "export_parts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub job_id: Uuid,
    /// From 0, in the order of the file.
    pub number: i64,
    pub bytes: Sealed,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
