use sea_orm::entity::prelude::*;

use crate::VisitMode;

/// A visit that was taken back, in what statistics tell visits apart by.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "past_visits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub visit_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub known_from: DateTimeUtc,
    /// When it was taken back.
    pub known_until: DateTimeUtc,
    pub station_id: Uuid,
    pub person_id: Option<Uuid>,
    pub household_id: Option<Uuid>,
    pub division_code: String,
    pub visited_on: Date,
    pub minutes: Option<i64>,
    pub mode: VisitMode,
    pub next_visit_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
