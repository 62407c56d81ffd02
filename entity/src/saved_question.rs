use sea_orm::entity::prelude::*;

use crate::Sealed;

/// A question that an account keeps. It holds no answer: that is always asked by who asks.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_questions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub account_id: Uuid,
    pub name: Sealed,
    /// Text and variables, in JSON.
    pub question: Sealed,
    /// Whether whoever has its id may read it.
    pub shared: bool,
    pub saved_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
