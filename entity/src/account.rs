use sea_orm::entity::prelude::*;

use crate::Role;

/// Someone, or some system, that may sign in.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub username: String,
    pub name: String,
    pub role: Role,
    /// The station of a STATION_WORKER.
    pub station_id: Option<Uuid>,
    /// The county of a COUNTY_OFFICER.
    pub division_code: Option<String>,
    pub active: bool,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
