use sea_orm::entity::prelude::*;

use crate::{DisabilityCategory, Sealed, Subsidies};

/// What the ledger of disabled people holds of one entry.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "disabled_details")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: Uuid,
    pub certificate_no: Option<Sealed>,
    pub category: DisabilityCategory,
    /// 1 (heaviest) to 4.
    pub grade: i64,
    pub carer: Option<String>,
    pub carer_phone: Option<Sealed>,
    #[sea_orm(column_type = "JsonBinary")]
    pub subsidies: Subsidies,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
