use sea_orm::entity::prelude::*;

use crate::{
    AbilityLevel, ChildKind, DisabilityCategory, IncomeClass, LedgerKind, LivingArrangement, Risk,
};

/// How a ledger entry stood before a change, with its detail, in what statistics tell entries apart by.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "past_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub known_from: DateTimeUtc,
    /// When it changed, or was taken back.
    pub known_until: DateTimeUtc,
    pub person_id: Uuid,
    pub station_id: Uuid,
    pub division_code: String,
    pub kind: LedgerKind,
    pub opened_on: Date,
    pub closed_on: Option<Date>,
    pub income_class: Option<IncomeClass>,
    pub risk: Option<Risk>,
    pub child_kind: Option<ChildKind>,
    pub living_arrangement: Option<LivingArrangement>,
    pub ability_level: Option<AbilityLevel>,
    pub category: Option<DisabilityCategory>,
    pub grade: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
