use sea_orm::entity::prelude::*;

use crate::{ExcuseReason, Names, Sealed};

/// Why a person could not be visited by a station on some days. One a person, station and first day.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "excuses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The submission that last wrote it.
    pub submission_id: Uuid,
    pub station_id: Uuid,
    pub person_id: Uuid,
    pub division_code: String,
    pub reason: ExcuseReason,
    pub first_on: Date,
    /// Included.
    pub last_on: Date,
    /// Who found it so.
    #[sea_orm(column_type = "JsonBinary")]
    pub workers: Names,
    pub remark: Option<Sealed>,
    pub recorded_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
