use sea_orm::entity::prelude::*;

use crate::{ClosureReason, IncomeClass, LedgerKind, Risk, Sealed};

/// A person's standing in one ledger at one station, from a day until closed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    pub station_id: Uuid,
    pub division_code: String,
    pub kind: LedgerKind,
    pub opened_on: Date,
    pub closed_on: Option<Date>,
    pub closure_reason: Option<ClosureReason>,
    pub income_class: Option<IncomeClass>,
    pub risk: Option<Risk>,
    pub remark: Option<Sealed>,
    pub version: i64,
    /// The submission that last wrote it.
    pub submission_id: Uuid,
    pub recorded_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
