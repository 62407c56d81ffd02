use sea_orm::entity::prelude::*;

use crate::{IncomeClass, Sealed};

/// The people who live together.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "households")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub station_id: Uuid,
    /// The person it is registered under; identifies it.
    pub head_id: Uuid,
    pub division_code: String,
    pub address: Option<Sealed>,
    pub income_class: Option<IncomeClass>,
    /// Counts up with each change, from 1.
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
