use sea_orm::entity::prelude::*;

use crate::{Fields, PersonIds, Role};

/// One operation that read or wrote identifiable data; a link of the trail's chain.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "trail")]
pub struct Model {
    /// 1, 2, 3 … without a gap.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub at: DateTimeUtc,
    /// None for what the hub does by itself.
    pub account_id: Option<Uuid>,
    pub role: Option<Role>,
    pub from_address: Option<String>,
    pub request_id: String,
    /// A word such as QUERY, SUBMIT, REVEAL.
    pub operation: String,
    pub purpose: Option<String>,
    /// Words such as Person.name.
    pub fields: Fields,
    pub people: PersonIds,
    pub people_count: i64,
    /// SHA-256 of the people's ids.
    pub people_hash: String,
    /// The hash of the row before.
    pub prev_hash: String,
    pub hash: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
