use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use entity::{NeedDomain, NeedStatus, Urgency, need::Column};
use hub::{
    HubError,
    needs::NeedFilter,
    policy::{Class, mask},
};

use super::{
    Assessment, Division, Household, LedgerEntry, Person, Station, Visit, connected, division_code,
    division_of,
};
use crate::{
    context::ContextExt,
    date::{Date, DayRange},
    ids::{Kind, stations},
};

connected!(Need, need, NeedFilterInput, NeedOrder);

/// 需求 (something found wanting, open until met or closed)
#[Object]
impl Need {
    /// 全局 id (global id)
    pub async fn id(&self) -> ID {
        Kind::Need.id(self.0.open(|row| row.id))
    }

    /// 领域 (domain)
    async fn domain(&self, ctx: &Context<'_>) -> Option<NeedDomain> {
        self.0.value(ctx, Class::Health, |row| Some(row.domain)).await
    }

    /// 紧急程度 (urgency)
    async fn urgency(&self, ctx: &Context<'_>) -> Option<Urgency> {
        self.0.value(ctx, Class::Health, |row| Some(row.urgency)).await
    }

    /// 状态 (status)
    async fn status(&self) -> NeedStatus {
        self.0.open(|row| row.status)
    }

    /// 发现日期 (day it was raised)
    async fn raised_on(&self) -> Date {
        Date(self.0.open(|row| row.raised_on))
    }

    /// 满足或关闭日期 (day it was met or closed)
    async fn settled_on(&self) -> Option<Date> {
        self.0.open(|row| row.settled_on).map(Date)
    }

    /// 备注 (remark)
    async fn remark(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.0.sealed(ctx, Class::FreeText, mask::whole, Column::Remark).await
    }

    /// 有需求的人 (the person in need)
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(self.0.open(|row| row.person_id)).await
    }

    /// 有需求的家庭 (the household in need)
    async fn household(&self, ctx: &Context<'_>) -> Option<Result<Household>> {
        ctx.one(self.0.open(|row| row.household_id)).await
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

    /// 发现它的探访 (the visit that raised it)
    async fn visit(&self, ctx: &Context<'_>) -> Option<Result<Visit>> {
        ctx.one(self.0.open(|row| row.visit_id)).await
    }

    /// 发现它的评估 (the assessment that raised it)
    async fn assessment(&self, ctx: &Context<'_>) -> Option<Result<Assessment>> {
        ctx.one(self.0.open(|row| row.assessment_id)).await
    }

    /// 登记它的台账 (the ledger entry that raised it)
    async fn ledger_entry(&self, ctx: &Context<'_>) -> Option<Result<LedgerEntry>> {
        ctx.one(self.0.open(|row| row.ledger_entry_id)).await
    }

    /// 了结它的探访 (the visit that settled it)
    async fn settled_by(&self, ctx: &Context<'_>) -> Option<Result<Visit>> {
        ctx.one(self.0.open(|row| row.settled_by_visit_id)).await
    }

    /// 入库时间 (recorded at)
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.open(|row| row.recorded_at)
    }
}

/// 需求的筛选 (which needs)
#[derive(InputObject)]
#[graphql(name = "NeedFilter")]
pub struct NeedFilterInput {
    /// 在此区划内，任何层级 (in this division; a code of any level)
    division: Option<String>,
    /// 社工站，代码或 id (stations; codes or ids)
    stations: Option<Vec<String>>,
    /// 发现日期 (raised in these days)
    raised: Option<DayRange>,
    /// 满足或关闭日期 (met or closed in these days)
    settled: Option<DayRange>,
    /// 领域 (domains)
    domains: Option<Vec<NeedDomain>>,
    /// 紧急程度 (urgencies)
    urgencies: Option<Vec<Urgency>>,
    /// 状态 (statuses)
    statuses: Option<Vec<NeedStatus>>,
    /// 有需求的人 (the person in need; an id)
    person: Option<ID>,
    /// 有需求的家庭 (the household in need; an id)
    household: Option<ID>,
}

impl TryFrom<NeedFilterInput> for NeedFilter {
    type Error = HubError;

    fn try_from(input: NeedFilterInput) -> Result<Self, HubError> {
        Ok(Self {
            cell: None,
            division: division_code(input.division)?,
            stations: stations(input.stations),
            raised: DayRange::days(input.raised)?,
            settled: DayRange::days(input.settled)?,
            domains: input.domains.unwrap_or_default(),
            urgencies: input.urgencies.unwrap_or_default(),
            statuses: input.statuses.unwrap_or_default(),
            person: Kind::Person.optional(input.person.as_ref())?,
            household: Kind::Household.optional(input.household.as_ref())?,
        })
    }
}

/// 需求的排序 (order of needs)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "hub::needs::NeedOrder")]
pub enum NeedOrder {
    /// 新发现的在前 (last raised first)
    RaisedOnDesc,
    /// 早发现的在前 (first raised first)
    RaisedOnAsc,
}
