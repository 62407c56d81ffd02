use sea_orm::entity::prelude::*;

use crate::{Cadence, ExportFormat, JobProblem};

/// When a saved question is exported, in the name of whose it is.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "question_schedules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub question_id: Uuid,
    /// What it was asked for with; none with a session.
    pub token_id: Option<Uuid>,
    /// Digest of what the account reached and saw then. Where it is another, nothing is exported.
    pub reach: String,
    pub purpose: Option<String>,
    pub every: Cadence,
    /// Of a week 1 (Monday) to 7, of a month 1 to 28.
    pub on_day: Option<i64>,
    /// Of the day in China, 0 to 23.
    pub hour: i64,
    pub format: ExportFormat,
    /// The language of its texts, as a tag: zh or en.
    pub language: String,
    /// Rows of a page, what a page costs, and the most rows that are asked for, as of a job.
    pub page_rows: i64,
    pub page_price: i64,
    pub most: Option<i64>,
    /// When it is exported the next time.
    pub due_at: DateTimeUtc,
    /// For which day it was not exported, and why; none where it was the last time.
    pub refused_on: Option<Date>,
    pub problem: Option<JobProblem>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
