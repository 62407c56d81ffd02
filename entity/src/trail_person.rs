use sea_orm::entity::prelude::*;

/// In which rows of the trail someone stands: an index of what the rows say, an entry for each group
/// of rows that was written together.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "trail_people")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: Uuid,
    /// The first row of the group.
    #[sea_orm(primary_key, auto_increment = false)]
    pub first_seq: i64,
    /// The rows: numbers as a JSON array.
    pub seqs: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
