use sea_orm::entity::prelude::*;

use crate::{NeedDomain, NeedStatus, Urgency};

/// How a need stood before a change, in what statistics tell needs apart by.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "past_needs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub need_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub known_from: DateTimeUtc,
    /// When it changed, or was taken back.
    pub known_until: DateTimeUtc,
    pub station_id: Uuid,
    pub person_id: Option<Uuid>,
    pub household_id: Option<Uuid>,
    pub division_code: String,
    pub domain: NeedDomain,
    pub urgency: Urgency,
    pub status: NeedStatus,
    pub raised_on: Date,
    pub settled_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
