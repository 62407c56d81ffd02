use sea_orm::entity::prelude::*;

use crate::{AbilityLevel, LivingArrangement, Sealed};

/// What the ledger of the elderly holds of one entry.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "elderly_details")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: Uuid,
    pub living_arrangement: Option<LivingArrangement>,
    pub ability_level: Option<AbilityLevel>,
    pub illnesses: Option<Sealed>,
    /// The emergency contact.
    pub contact: Option<String>,
    pub contact_phone: Option<Sealed>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
