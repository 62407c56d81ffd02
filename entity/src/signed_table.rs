use sea_orm::entity::prelude::*;

use crate::{Ids, RecordKind, Sealed, TableLevel};

/// A statutory table as it was signed. It is never changed, only returned.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signed_tables")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub table_code: String,
    pub table_version: i64,
    pub first_day: Date,
    pub last_day: Date,
    pub level: TableLevel,
    /// Code of the station, county or city.
    pub place: String,
    /// What a station's table counts; empty above, where the parts hold it.
    pub records: Vec<u8>,
    /// The signed tables that it was made of; none of a station's.
    #[sea_orm(column_type = "JsonBinary")]
    pub parts: Ids,
    /// SHA-256 of table, period, place and what was signed: the records, or the digests of the parts.
    pub digest: String,
    pub signed_by: Uuid,
    pub signed_at: DateTimeUtc,
    pub returned_by: Option<Uuid>,
    pub returned_at: Option<DateTimeUtc>,
    /// The day by which whoever returned it wants an answer.
    pub answer_by: Option<Date>,
    /// Why it was returned.
    pub reason: Option<Sealed>,
    /// The cell that the reason is about.
    pub pinned_row: Option<String>,
    pub pinned_column: Option<i64>,
    /// The record that the reason is about.
    pub pinned_kind: Option<RecordKind>,
    pub pinned_record: Option<Uuid>,
    /// Whom that record is about.
    pub pinned_person: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
