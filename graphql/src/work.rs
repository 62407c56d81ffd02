//! Work due: who is to be visited, by when; and coverage: how many of the visits that were due were made.

use async_graphql::{Context, Enum, InputObject, Object, Result};
use entity::LedgerKind;
use hub::{
    HubError,
    page::Page,
    policy::{Class, Sight},
    work::{Coverage, CoverageRow, DueVisit, Missed, State, Work, WorkFilter},
};
use uuid::Uuid;

use crate::{
    connection::PageInfo,
    context::ContextExt,
    date::Date,
    ids::stations,
    sight::{About, SightExt},
    types::{Division, Excuse, LedgerEntry, Person, Station, Visit, division_code, division_of},
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
}

impl TryFrom<WorkFilterInput> for WorkFilter {
    type Error = HubError;

    fn try_from(input: WorkFilterInput) -> Result<Self, HubError> {
        Ok(Self {
            division: division_code(input.division)?,
            stations: stations(input.stations),
            kinds: input.kinds.unwrap_or_default(),
            worker: input.worker,
        })
    }
}

/// 某日的应访情况 (how someone stands on a day)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum WorkState {
    /// 本期已访 (visited in the period of the day)
    Visited,
    /// 待访，尚未逾期 (due)
    Due,
    /// 已逾期 (due before the day)
    Overdue,
    /// 当日在免访期内 (excused on the day)
    Excused,
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

    /// 当日在免访期内、本期未访的人数 (people excused on the day and not visited in its period)
    async fn excused(&self) -> usize {
        self.0.excused
    }

    /// 所问的，最早应访的在前，及其游标 (those asked for, the longest due first, with their cursors)
    async fn edges(&self) -> Vec<DueVisitEdge<'_>> {
        self.visits().map(DueVisitEdge).collect()
    }

    /// 所问的，最早应访的在前 (those asked for, the longest due first)
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
        self.0.page.rows.iter().map(|visit| DueVisitOf { visit })
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

    /// 当日的应访情况 (how they stand on the day)
    async fn state(&self, ctx: &Context<'_>) -> WorkState {
        self.shown(ctx, self.visit.state.into())
    }

    /// 应访的最后一日 (the last day on which it is in time)
    async fn due_on(&self, ctx: &Context<'_>) -> Date {
        self.shown(ctx, Date(self.visit.due_on))
    }

    /// 是否已逾期 (whether it was due before the day)
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        self.shown(ctx, self.visit.state == State::Overdue)
    }

    /// 情况明显变化之日：高风险者此后一日内应访；不因变化而应访则为空 (the marked change that asks for it)
    async fn changed_on(&self, ctx: &Context<'_>) -> Option<Date> {
        self.shown(ctx, self.visit.changed_on.map(Date))
    }

    /// 当日有效的免访登记 (the excuse that holds on the day)
    async fn excuse(&self, ctx: &Context<'_>) -> Option<Result<Excuse>> {
        ctx.one(self.visit.excuse_id).await
    }

    /// 本站上次计入的探访 (the last visit by the station that counts)
    async fn last_visit(&self, ctx: &Context<'_>) -> Option<Result<Visit>> {
        ctx.one(self.visit.visit_id).await
    }
}

impl DueVisitOf<'_> {
    /// What tells of a person's risk, and is noted so.
    fn shown<T>(&self, ctx: &Context<'_>, value: T) -> T {
        note(ctx, "DueVisit", self.visit.person_id);
        value
    }
}

/// Notes a field of which nobody asks who does not see health plainly.
fn note(ctx: &Context<'_>, kind: &'static str, person: Uuid) {
    ctx.note(Class::Health, kind, About::PersonId(person), Sight::Plain);
}

/// 探访覆盖的维度 (by what coverage is told apart)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "hub::work::By")]
pub enum CoverageBy {
    /// 月：一期计入其截止日所在的月 (the month in which a period ends)
    Month,
    /// 社工站 (station)
    Station,
    /// 社工站所在的县(市、区) (county of the station)
    County,
    /// 社工：已访的计给去访的人，未访的计给此前最近去访的人 (who made the visit; of one missed, who made the last one before)
    Worker,
}

/// The rows of coverage, where it is not said how many.
const ROWS: usize = 20;

/// The most rows of coverage.
pub(crate) const MAX_ROWS: usize = 1000;

/// How many rows of coverage are asked for.
pub fn rows(first: Option<i32>) -> Result<usize, HubError> {
    let rows = first.map_or(Some(ROWS), |first| usize::try_from(first).ok());
    let rows = rows.filter(|rows| (1..=MAX_ROWS).contains(rows));
    rows.ok_or_else(|| HubError::Invalid(format!("first is 1 to {MAX_ROWS}")))
}

/// The coverage of a span of days.
pub struct CoverageOf {
    pub coverage: Coverage,
    pub first: usize,
}

/// 探访覆盖：应访的各期中访了多少 (of the periods in which visits were due, in how many there was one)
#[Object(name = "Coverage")]
impl CoverageOf {
    /// 应访期数 (periods in which a visit was due)
    async fn due(&self) -> usize {
        self.coverage.all.due
    }

    /// 其中已访的 (those of them with a visit)
    async fn done(&self) -> usize {
        self.coverage.all.done
    }

    /// 全期免访、不计入应访的期数 (periods excused from end to end, which are not due)
    async fn excused(&self) -> usize {
        self.coverage.all.excused
    }

    /// 各行，至多 first 行 (the rows, at most `first`)
    async fn rows(&self) -> Vec<CoverageRowOf<'_>> {
        self.coverage.rows.iter().take(self.first).map(CoverageRowOf).collect()
    }

    /// 共有多少行，含未取的 (how many rows there are, those past `first` included)
    async fn found(&self) -> usize {
        self.coverage.rows.len()
    }
}

struct CoverageRowOf<'a>(&'a CoverageRow);

/// 探访覆盖的一行 (a row of coverage)
#[Object(name = "CoverageRow")]
impl CoverageRowOf<'_> {
    /// 月的首日 (the first day of the month; null where not told apart)
    async fn month(&self) -> Option<Date> {
        self.0.unit.month.map(Date)
    }

    /// 县(市、区) (county; null where not told apart)
    async fn county(&self, ctx: &Context<'_>) -> Option<Result<Division>> {
        division_of(ctx, self.0.unit.county.as_deref()?).await
    }

    /// 社工站 (station; null where not told apart)
    async fn station(&self, ctx: &Context<'_>) -> Option<Result<Station>> {
        let code = self.0.unit.station.as_deref()?;
        let places = match ctx.hub() {
            Ok(hub) => hub.places().await,
            Err(error) => return Some(Err(error)),
        };
        match places {
            Ok(places) => ctx.one(places.station(code).map(|station| station.id)).await,
            Err(error) => Some(Err(error.into())),
        }
    }

    /// 社工；从未有人去访则为空 (worker; null where nobody ever made a visit, or not told apart)
    async fn worker(&self) -> Option<&str> {
        self.0.unit.worker.as_deref()
    }

    /// 应访期数 (periods in which a visit was due)
    async fn due(&self) -> usize {
        self.0.due
    }

    /// 其中已访的 (those of them with a visit)
    async fn done(&self) -> usize {
        self.0.done
    }

    /// 全期免访、不计入应访的期数 (periods excused from end to end, which are not due)
    async fn excused(&self) -> usize {
        self.0.excused
    }

    /// 应访而未访的，早到期的在前 (those due that had no visit, the earliest first)
    async fn missed(
        &self,
        #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")] first: Option<i32>,
        #[graphql(desc = "在此游标之后 (after this cursor)")] after: Option<String>,
    ) -> Result<MissedVisits> {
        Ok(MissedVisits(self.0.missed(first.map(i64::from), after.as_deref())?))
    }
}

struct MissedVisits(Page<Missed>);

/// 未做的探访，分页 (a page of visits that were missed)
#[Object(name = "MissedVisitConnection")]
impl MissedVisits {
    /// 各条及其游标 (the rows with their cursors)
    async fn edges(&self) -> Vec<MissedVisitEdge<'_>> {
        self.0.rows.iter().map(MissedVisitEdge).collect()
    }

    /// 各条 (the rows)
    async fn nodes(&self) -> Vec<MissedVisitOf<'_>> {
        self.0.rows.iter().map(MissedVisitOf).collect()
    }

    /// 分页信息 (where the page lies)
    async fn page_info(&self) -> PageInfo {
        PageInfo::of(&self.0, Missed::cursor)
    }
}

struct MissedVisitEdge<'a>(&'a Missed);

/// 未做的探访中的一条 (a row of the visits that were missed)
#[Object]
impl<'a> MissedVisitEdge<'a> {
    /// 游标 (its place in the list)
    async fn cursor(&self) -> String {
        self.0.cursor()
    }

    /// 内容 (the row)
    async fn node(&self) -> MissedVisitOf<'a> {
        MissedVisitOf(self.0)
    }
}

struct MissedVisitOf<'a>(&'a Missed);

/// 一次应做而未做的探访 (a visit that was due and not made)
#[Object(name = "MissedVisit")]
impl MissedVisitOf<'_> {
    /// 应访的人 (who was to be visited)
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(Some(self.0.person_id)).await
    }

    /// 应去的社工站 (whose work it was)
    async fn station(&self, ctx: &Context<'_>) -> Option<Result<Station>> {
        ctx.one(Some(self.0.station_id)).await
    }

    /// 据以应访的台账 (an entry that asked for it)
    async fn ledger_entry(&self, ctx: &Context<'_>) -> Option<Result<LedgerEntry>> {
        ctx.one(Some(self.0.entry_id)).await
    }

    /// 该期起始日 (the first day of the period)
    async fn first_on(&self, ctx: &Context<'_>) -> Date {
        note(ctx, "MissedVisit", self.0.person_id);
        Date(self.0.first_on)
    }

    /// 该期截止日，即应访的最后一日 (the last day of the period, on which a visit was still in time)
    async fn last_on(&self, ctx: &Context<'_>) -> Date {
        note(ctx, "MissedVisit", self.0.person_id);
        Date(self.0.last_on)
    }

    /// 此前最近一次计入的探访 (the last visit before that counts)
    async fn last_visit(&self, ctx: &Context<'_>) -> Option<Result<Visit>> {
        ctx.one(self.0.visit_id).await
    }
}
