use sea_orm::entity::prelude::*;

use crate::{NeedDomain, NeedStatus, Sealed, Urgency};

/// Something found wanting, open until met or closed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "needs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub station_id: Uuid,
    pub person_id: Option<Uuid>,
    pub household_id: Option<Uuid>,
    pub division_code: String,
    pub domain: NeedDomain,
    pub urgency: Urgency,
    pub status: NeedStatus,
    pub raised_on: Date,
    /// The visit that raised it.
    pub visit_id: Option<Uuid>,
    /// The assessment that raised it.
    pub assessment_id: Option<Uuid>,
    /// The ledger entry that raised it.
    pub ledger_entry_id: Option<Uuid>,
    /// The day it was met or closed.
    pub settled_on: Option<Date>,
    pub settled_by_visit_id: Option<Uuid>,
    pub remark: Option<Sealed>,
    pub recorded_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
