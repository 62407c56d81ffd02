use sea_orm::entity::prelude::*;

/// The head of the trail at the end of a day in China; a link of the seals' own chain.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "trail_seals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    /// The last row sealed, 0 where there is none yet.
    pub last_seq: i64,
    /// How many rows came since the seal before.
    pub rows: i64,
    /// The hash of the last row sealed.
    pub head: String,
    /// The hash of the seal before.
    pub prev_hash: String,
    pub hash: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
