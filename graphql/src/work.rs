//! Work due: who is to be visited, by when.

use async_graphql::{Context, InputObject, Object, Result};
use entity::LedgerKind;
use hub::{
    HubError,
    work::{DueVisit, Work, WorkFilter},
};

use crate::{
    connection::PageInfo,
    context::ContextExt,
    date::Date,
    ids::stations,
    types::{LedgerEntry, Person, Station, Visit, division_code},
};

/// 应访任务的筛选 (whose work)
#[derive(Default, InputObject)]
#[graphql(name = "WorkFilter")]
pub struct WorkFilterInput {
    /// 在此区划内，任何层级 (in this division; a code of any level)
    division: Option<String>,
    /// 社工站，代码或 id (stations; codes or ids)
    stations: Option<Vec<String>>,
    /// 台账种类 (kinds of ledger)
    kinds: Option<Vec<LedgerKind>>,
    /// 上次探访的社工的姓名 (a worker who made the last visit)
    worker: Option<String>,
    /// 只要逾期的 (only what is overdue)
    overdue: Option<bool>,
}

impl TryFrom<WorkFilterInput> for WorkFilter {
    type Error = HubError;

    fn try_from(input: WorkFilterInput) -> Result<Self, HubError> {
        Ok(Self {
            division: division_code(input.division)?,
            stations: stations(input.stations),
            kinds: input.kinds.unwrap_or_default(),
            worker: input.worker,
            overdue: input.overdue.unwrap_or_default(),
        })
    }
}

/// The work of a day.
pub struct WorkDue(pub Work);

/// 某日应访的人员 (whom to visit on a day)
#[Object]
impl WorkDue {
    /// 日期 (the day)
    async fn day(&self) -> Date {
        Date(self.0.day)
    }

    /// 本期已访的人数：按其风险等级，本周、本月或本季已探访 (people visited in the week, month or quarter of the day, by their risk)
    async fn visited(&self) -> usize {
        self.0.visited
    }

    /// 本期待访、尚未逾期的人数 (people due in the period of the day)
    async fn due(&self) -> usize {
        self.0.due
    }

    /// 已逾期的人数 (people due before the day)
    async fn overdue(&self) -> usize {
        self.0.overdue
    }

    /// 待访和逾期的，最早应访的在前，及其游标 (those due and overdue, the longest due first, with their cursors)
    async fn edges(&self) -> Vec<DueVisitEdge<'_>> {
        self.visits().map(DueVisitEdge).collect()
    }

    /// 待访和逾期的，最早应访的在前 (those due and overdue, the longest due first)
    async fn nodes(&self) -> Vec<DueVisitOf<'_>> {
        self.visits().collect()
    }

    /// 分页信息 (where the page lies)
    async fn page_info(&self) -> PageInfo {
        PageInfo::of(&self.0.page, DueVisit::cursor)
    }
}

impl WorkDue {
    fn visits(&self) -> impl Iterator<Item = DueVisitOf<'_>> {
        self.0.page.rows.iter().map(|visit| DueVisitOf { visit, day: self.0.day })
    }
}

struct DueVisitEdge<'a>(DueVisitOf<'a>);

/// 应访列表中的一条 (a row of the list of what is due)
#[Object]
impl<'a> DueVisitEdge<'a> {
    /// 游标 (its place in the list)
    async fn cursor(&self) -> String {
        self.0.visit.cursor()
    }

    /// 内容 (the row)
    async fn node(&self) -> &DueVisitOf<'a> {
        &self.0
    }
}

struct DueVisitOf<'a> {
    visit: &'a DueVisit,
    day: chrono::NaiveDate,
}

/// 一次应做的探访 (a visit that is due)
#[Object(name = "DueVisit")]
impl DueVisitOf<'_> {
    /// 应访的人 (who is to be visited)
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(Some(self.visit.person_id)).await
    }

    /// 应去的社工站 (whose work it is)
    async fn station(&self, ctx: &Context<'_>) -> Option<Result<Station>> {
        ctx.one(Some(self.visit.station_id)).await
    }

    /// 据以应访的台账 (the entry that asks for it)
    async fn ledger_entry(&self, ctx: &Context<'_>) -> Option<Result<LedgerEntry>> {
        ctx.one(Some(self.visit.entry_id)).await
    }

    /// 应访的最后一日 (the last day on which it is in time)
    async fn due_on(&self) -> Date {
        Date(self.visit.due_on)
    }

    /// 是否已逾期 (whether it was due before the day)
    async fn overdue(&self) -> bool {
        self.visit.due_on < self.day
    }

    /// 情况明显变化之日：高风险者此后一日内应访；不因变化而应访则为空 (the marked change that asks for it)
    async fn changed_on(&self) -> Option<Date> {
        self.visit.changed_on.map(Date)
    }

    /// 本站上次计入的探访 (the last visit by the station that counts)
    async fn last_visit(&self, ctx: &Context<'_>) -> Option<Result<Visit>> {
        ctx.one(self.visit.visit_id).await
    }
}
