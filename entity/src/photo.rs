use sea_orm::entity::prelude::*;

use crate::PhotoKind;

/// A photo of a visit, from its first piece on. Its account has it once, however often it is uploaded.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "photos")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who uploads it, and alone hands it in.
    pub account_id: Uuid,
    /// Keyed hash of the SHA-256 of what is uploaded.
    pub digest: String,
    /// Bytes that are uploaded, and how many of them came.
    pub length: i64,
    pub received: i64,
    /// How many parts hold it.
    pub parts: i64,
    /// What it is, and the bytes that are kept of it; none until it is whole.
    pub kind: Option<PhotoKind>,
    pub bytes: Option<i64>,
    /// When something of it came the last time.
    pub touched_at: DateTimeUtc,
    pub whole_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
