use sea_orm::entity::prelude::*;

use crate::{Answers, Names, Sealed};

/// One filled-in instrument, with its computed score and level.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "assessments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub submission_id: Uuid,
    pub station_id: Uuid,
    pub person_id: Option<Uuid>,
    pub household_id: Option<Uuid>,
    pub division_code: String,
    pub assessed_on: Date,
    pub instrument: String,
    pub instrument_version: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub answers: Answers,
    pub score: i64,
    /// A level code of the instrument.
    pub level: String,
    /// 0 for the lightest level of the instrument, counting up.
    pub level_rank: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub assessors: Names,
    pub remark: Option<Sealed>,
    pub recorded_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
