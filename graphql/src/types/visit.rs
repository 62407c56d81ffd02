use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use entity::{LedgerKind, PhotoKind, Service, VisitMode, photo, visit::Column};
use hub::{
    HubError,
    ledgers::Standing,
    listing::Relation,
    policy::{Class, mask},
    visits::VisitFilter,
};
use uuid::Uuid;

use super::{
    Division, Household, Need, Person, Station, Submission, connected, division_code, division_of,
};
use crate::{
    connection::{Parent, lists},
    context::ContextExt,
    date::{Date, DayRange},
    ids::{Kind, stations},
};

connected!(Visit, visit, VisitFilterInput, VisitOrder);

/// 探访 (one contact with a person or a household)
#[Object]
impl Visit {
    /// 全局 id (global id)
    pub async fn id(&self) -> ID {
        Kind::Visit.id(self.0.open(|row| row.id))
    }

    /// 探访日期 (day of the visit)
    async fn visited_on(&self) -> Date {
        Date(self.0.open(|row| row.visited_on))
    }

    /// 时长，分钟 (minutes it took)
    async fn minutes(&self) -> Option<i64> {
        self.0.open(|row| row.minutes)
    }

    /// 方式 (mode)
    async fn mode(&self) -> VisitMode {
        self.0.open(|row| row.mode)
    }

    /// 探访人 (the workers)
    async fn workers(&self, ctx: &Context<'_>) -> Vec<String> {
        self.0.staff(ctx, |row| &row.workers.0).await
    }

    /// 见到的人 (who was met)
    async fn met(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.0.sealed(ctx, Class::FreeText, mask::whole, Column::Met).await
    }

    /// 生活状况 (state of living, as seen)
    async fn living(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.0.sealed(ctx, Class::FreeText, mask::whole, Column::Living).await
    }

    /// 身体状况 (state of body, as seen)
    async fn body(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.0.sealed(ctx, Class::FreeText, mask::whole, Column::Body).await
    }

    /// 精神状况 (state of mind, as seen)
    async fn mind(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.0.sealed(ctx, Class::FreeText, mask::whole, Column::Mind).await
    }

    /// 服务内容 (services given)
    async fn services(&self, ctx: &Context<'_>) -> Option<Result<Vec<Service>>> {
        let visit = self.0.value(ctx, Class::Health, |row| Some(row.id)).await?;
        let given = async { Ok(ctx.loaders()?.services.load(visit).await?) };
        Some(given.await)
    }

    /// 照片 (photos)
    async fn photos(&self, ctx: &Context<'_>) -> Option<Result<Vec<Photo>>> {
        let visit = self.0.value(ctx, Class::FreeText, |row| Some(row.id)).await?;
        let taken = async { Ok(ctx.loaders()?.photos.load(visit).await?) };
        let taken = taken.await.map(|rows: Vec<_>| rows.into_iter().map(Photo).collect());
        Some(taken)
    }

    /// 地点 (place)
    async fn place(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.0.sealed(ctx, Class::FreeText, mask::whole, Column::Place).await
    }

    /// 下次探访日期 (day of the next visit)
    async fn next_visit_on(&self) -> Option<Date> {
        self.0.open(|row| row.next_visit_on).map(Date)
    }

    /// 备注 (remark)
    async fn remark(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.0.sealed(ctx, Class::FreeText, mask::whole, Column::Remark).await
    }

    /// 被探访人 (the person visited)
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(self.0.open(|row| row.person_id)).await
    }

    /// 被探访家庭 (the household visited as a whole)
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

    /// 报送它的记录 (the submission it came by)
    async fn submission(&self, ctx: &Context<'_>) -> Option<Result<Submission>> {
        ctx.one(Some(self.0.open(|row| row.submission_id))).await
    }

    /// 入库时间 (recorded at)
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.open(|row| row.recorded_at)
    }

    #[graphql(flatten)]
    async fn lists(&self) -> VisitLists {
        VisitLists(Parent::row(self.0.open(|row| row.id)))
    }
}

pub struct Photo(photo::Model);

/// 照片；拍摄地点等信息在上传时即已除去 (a photo, without what cameras write beside the picture)
#[Object]
impl Photo {
    /// 编号 (id)
    async fn id(&self) -> Uuid {
        self.0.id
    }

    /// 格式 (kind)
    async fn kind(&self) -> Option<PhotoKind> {
        self.0.kind
    }

    /// 字节数 (bytes)
    async fn bytes(&self) -> Option<i64> {
        self.0.bytes
    }

    /// 路径，GET 取回 (path of the picture, by GET)
    async fn path(&self) -> String {
        format!("/photos/{}", self.0.id)
    }
}

lists! {
    VisitLists {
        /// 此次发现的需求 (needs it raised)
        needs: Need, Some(Relation::Visit);
        /// 此次了结的需求 (needs it settled)
        needs_settled: Need, Some(Relation::SettlingVisit);
    }
}

/// 探访的筛选 (which visits)
#[derive(InputObject)]
#[graphql(name = "VisitFilter")]
pub struct VisitFilterInput {
    /// 在此区划内，任何层级 (in this division; a code of any level)
    division: Option<String>,
    /// 社工站，代码或 id (stations; codes or ids)
    stations: Option<Vec<String>>,
    /// 探访日期 (visited in these days)
    visited: Option<DayRange>,
    /// 下次探访日期 (next visit in these days)
    next_visit: Option<DayRange>,
    /// 方式 (modes)
    modes: Option<Vec<VisitMode>>,
    /// 服务内容，任一 (with one of these services)
    services: Option<Vec<Service>>,
    /// 被探访人 (the person visited; an id)
    person: Option<ID>,
    /// 被探访家庭 (the household visited; an id)
    household: Option<ID>,
    /// 只要对个人的探访 (to a person only)
    to_person: Option<bool>,
    /// 被探访人在探访期间所在的台账 (the person stood in one of these ledgers in the days `visited`)
    ledgers: Option<Vec<LedgerKind>>,
}

impl TryFrom<VisitFilterInput> for VisitFilter {
    type Error = HubError;

    fn try_from(input: VisitFilterInput) -> Result<Self, HubError> {
        let visited = DayRange::days(input.visited)?;
        Ok(Self {
            cell: None,
            division: division_code(input.division)?,
            stations: stations(input.stations),
            visited,
            next_visit: DayRange::days(input.next_visit)?,
            modes: input.modes.unwrap_or_default(),
            services: input.services.unwrap_or_default(),
            person: Kind::Person.optional(input.person.as_ref())?,
            household: Kind::Household.optional(input.household.as_ref())?,
            to_person: input.to_person.unwrap_or_default(),
            standing: input.ledgers.map(|kinds| Standing { kinds, days: visited, absent: false }),
        })
    }
}

/// 探访的排序 (order of visits)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "hub::visits::VisitOrder")]
pub enum VisitOrder {
    /// 近期探访在前 (newest visit first)
    VisitedOnDesc,
    /// 早期探访在前 (oldest visit first)
    VisitedOnAsc,
    /// 新入库的在前 (last recorded first)
    RecordedDesc,
    /// 早入库的在前 (first recorded first)
    RecordedAsc,
}
