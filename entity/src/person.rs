use sea_orm::entity::prelude::*;

use crate::{BlindIndex, IncomeClass, NoIdReason, Sealed, Sex};

/// Someone served: once in the whole hub.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "persons")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub resident_id: Option<Sealed>,
    /// By what the resident ID is found: no two people have one.
    pub resident_index: Option<BlindIndex>,
    /// Why there is no resident ID, where there is none.
    pub no_id_reason: Option<NoIdReason>,
    pub name: String,
    pub sex: Option<Sex>,
    pub birth_date: Option<Date>,
    /// The village, or the township where no village is known.
    pub division_code: String,
    pub address: Option<Sealed>,
    pub phone: Option<Sealed>,
    pub income_class: Option<IncomeClass>,
    pub household_id: Option<Uuid>,
    /// Relation to the head of the household.
    pub household_relation: Option<String>,
    /// Counts up with each change, from 1; a correction names it.
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
