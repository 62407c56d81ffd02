use sea_orm::entity::prelude::*;

use crate::KeySuite;

/// A key that values are sealed and found by; kept wrapped by the master key, which is not in the
/// database.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "data_keys")]
pub struct Model {
    /// Counts up: the highest is in use, those below are on their way out.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub suite: KeySuite,
    /// The name of the master key.
    pub master: String,
    pub wrapped: Vec<u8>,
    pub created_at: DateTimeUtc,
    /// When every value was sealed by it; none while it is on its way in.
    pub renewed_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
