use sea_orm::entity::prelude::*;

use crate::{Names, Sealed, VisitMode};

/// One contact with a person or a household.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "visits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub submission_id: Uuid,
    pub station_id: Uuid,
    pub person_id: Option<Uuid>,
    pub household_id: Option<Uuid>,
    pub division_code: String,
    pub visited_on: Date,
    /// How long it took.
    pub minutes: Option<i64>,
    pub mode: VisitMode,
    #[sea_orm(column_type = "JsonBinary")]
    pub workers: Names,
    /// Who was met.
    pub met: Option<Sealed>,
    /// State of living, as seen.
    pub living: Option<Sealed>,
    /// State of body, as seen.
    pub body: Option<Sealed>,
    /// State of mind, as seen.
    pub mind: Option<Sealed>,
    pub place: Option<Sealed>,
    pub next_visit_on: Option<Date>,
    pub remark: Option<Sealed>,
    pub recorded_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
