use sea_orm::entity::prelude::*;

use crate::Service;

/// A service given at a visit that was taken back.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "past_services")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub visit_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub service: Service,
    #[sea_orm(primary_key, auto_increment = false)]
    pub known_from: DateTimeUtc,
    /// When it was taken back.
    pub known_until: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
