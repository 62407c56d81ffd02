use sea_orm::entity::prelude::*;

use crate::{ChildKind, Sealed};

/// What the ledger of children holds of one entry.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "child_details")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: Uuid,
    pub child_kind: ChildKind,
    pub school: Option<Sealed>,
    pub grade: Option<String>,
    pub guardian: Option<String>,
    pub guardian_relation: Option<String>,
    pub guardian_phone: Option<Sealed>,
    pub father: Option<String>,
    pub mother: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
