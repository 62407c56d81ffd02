use sea_orm::entity::prelude::*;

use crate::{IncomeClass, Sex};

/// How a person stood on record before a change, in what statistics tell people apart by.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "past_persons")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub known_from: DateTimeUtc,
    /// When it changed, or was taken back.
    pub known_until: DateTimeUtc,
    pub sex: Option<Sex>,
    pub birth_date: Option<Date>,
    pub division_code: String,
    pub income_class: Option<IncomeClass>,
    pub household_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
