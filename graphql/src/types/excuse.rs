use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use entity::{ExcuseReason, excuse::Column};
use hub::{
    HubError,
    excuses::ExcuseFilter,
    policy::{Class, mask},
};

use super::{Division, Person, Station, Submission, connected, division_code, division_of};
use crate::{
    context::ContextExt,
    date::Date,
    ids::{Kind, stations},
};

connected!(Excuse, excuse, ExcuseFilterInput, ExcuseOrder);

/// 免访登记：一段日子里不能探访的原因 (why a person cannot be visited on some days)
#[Object]
impl Excuse {
    /// 全局 id (global id)
    pub async fn id(&self) -> ID {
        Kind::Excuse.id(self.0.open(|row| row.id))
    }

    /// 原因 (reason)
    async fn reason(&self, ctx: &Context<'_>) -> Option<ExcuseReason> {
        self.0.value(ctx, Class::Health, |row| Some(row.reason)).await
    }

    /// 起始日 (the first day)
    async fn first_on(&self) -> Date {
        Date(self.0.open(|row| row.first_on))
    }

    /// 截止日，含当日 (the last day, included)
    async fn last_on(&self) -> Date {
        Date(self.0.open(|row| row.last_on))
    }

    /// 登记的社工 (the workers who found it so)
    async fn workers(&self, ctx: &Context<'_>) -> Vec<String> {
        self.0.staff(ctx, |row| &row.workers.0).await
    }

    /// 备注 (remark)
    async fn remark(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.0.sealed(ctx, Class::FreeText, mask::whole, Column::Remark).await
    }

    /// 免访的人 (the person who is excused)
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(Some(self.0.open(|row| row.person_id))).await
    }

    /// 社工站 (station)
    async fn station(&self, ctx: &Context<'_>) -> Option<Result<Station>> {
        ctx.one(Some(self.0.open(|row| row.station_id))).await
    }

    /// 所在区划代码 (division code)
    async fn division_code(&self) -> &str {
        self.0.open(|row| &row.division_code)
    }

    /// 所在区划 (division)
    async fn division(&self, ctx: &Context<'_>) -> Option<Result<Division>> {
        division_of(ctx, self.0.open(|row| &row.division_code)).await
    }

    /// 最近写入它的报送 (the submission that last wrote it)
    async fn submission(&self, ctx: &Context<'_>) -> Option<Result<Submission>> {
        ctx.one(Some(self.0.open(|row| row.submission_id))).await
    }

    /// 首次入库时间 (first recorded at)
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.open(|row| row.recorded_at)
    }

    /// 最近变更时间 (last changed at)
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.open(|row| row.updated_at)
    }
}

/// 免访登记的筛选 (which excuses)
#[derive(InputObject)]
#[graphql(name = "ExcuseFilter")]
pub struct ExcuseFilterInput {
    /// 在此区划内，任何层级 (in this division; a code of any level)
    division: Option<String>,
    /// 社工站，代码或 id (stations; codes or ids)
    stations: Option<Vec<String>>,
    /// 此日在免访期内 (holding on this day)
    on: Option<Date>,
    /// 原因 (reasons)
    reasons: Option<Vec<ExcuseReason>>,
    /// 免访的人 (the person who is excused; an id)
    person: Option<ID>,
}

impl TryFrom<ExcuseFilterInput> for ExcuseFilter {
    type Error = HubError;

    fn try_from(input: ExcuseFilterInput) -> Result<Self, HubError> {
        Ok(Self {
            division: division_code(input.division)?,
            stations: stations(input.stations),
            on: input.on.map(|day| day.0),
            reasons: input.reasons.unwrap_or_default(),
            person: Kind::Person.optional(input.person.as_ref())?,
        })
    }
}

/// 免访登记的排序 (order of excuses)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "hub::excuses::ExcuseOrder")]
pub enum ExcuseOrder {
    /// 新近开始的在前 (last begun first)
    FirstOnDesc,
    /// 早开始的在前 (first begun first)
    FirstOnAsc,
}
