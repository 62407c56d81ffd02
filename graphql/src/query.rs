//! What can be asked.

use async_graphql::{Context, ID, Object, Result};
use entity::{Dimension, Totals};
use hub::{
    HubError,
    bulletin::Bulletin,
    instruments,
    page::Window,
    people::PersonFilter,
    stations::StationFilter,
    tables,
    work::{Asked as CoverageAsked, WorkFilter},
};
use std::sync::Arc;
use uuid::Uuid;

use crate::{
    bulletin::BulletinOf,
    clearing::StaffAccount,
    connection::{Connected, Connection, Parent, lists},
    context::ContextExt,
    date::Date,
    duplicates::{LikelyConnection, LikelyFilterInput},
    ids::{self, Kind},
    imports::ImportActOf,
    jobs::JobOf,
    layouts::LayoutOf,
    loaders::{KeyOf, Loaded},
    questions::SavedQuestionOf,
    reveal::{NoticeOf, RevealOf},
    statistics::{
        Asked, Statistics, StatisticsHaving, StatisticsMeasure, StatisticsOf, StatisticsOrder,
        StatisticsWhere, answered,
    },
    tables::{ReturnedRecord, TableForm, TableOf},
    types::{
        AccessConnection, AccessFilterInput, Account, Assessment, Division, Excuse, Household,
        Instrument, LedgerEntry, Need, Node, Person, PersonFilterInput, Refusal, Station,
        Submission, Visit, division_of, node_of, parse_division,
    },
    work::{CoverageBy, CoverageOf, WorkDue, WorkFilterInput, WorkState, rows},
};

/// The most ids of one `nodes`.
const NODES: usize = 200;

/// The root of queries.
pub struct Query;

/// 查询 (what can be asked)
#[Object]
impl Query {
    /// 当前账户 (the account that asks)
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Account> {
        Ok(Account(ctx.viewer()?.clone()))
    }

    /// 按全局 id 取一个对象 (what a global id names)
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局 id (global id)")] id: ID,
    ) -> Option<Result<Node>> {
        if let Err(error) = ctx.viewer() {
            return Some(Err(error));
        }
        let (kind, id) = ids::parse(&id)?;
        node_of(ctx, kind, id).await
    }

    /// 按全局 id 取多个对象，至多 200 个，次序相同 (what global ids name, at most 200, in their order)
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局 id (global ids)")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Result<Node>>>> {
        ctx.viewer()?;
        if ids.len() > NODES {
            let text = format!("at most {NODES} ids, not {}", ids.len());
            return Err(HubError::Invalid(text).into());
        }
        let nodes = ids.iter().map(|id| async {
            let (kind, id) = ids::parse(id)?;
            node_of(ctx, kind, id).await
        });
        Ok(futures_util::future::join_all(nodes).await)
    }

    /// 区划，按代码或 id (a division, by code or by id)
    async fn division(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "代码 (code)")] code: Option<String>,
        #[graphql(desc = "全局 id (global id)")] id: Option<ID>,
    ) -> Option<Result<Division>> {
        let found = async {
            ctx.viewer()?;
            match (code, id) {
                (None, Some(id)) => ctx.one(Some(Kind::Division.uuid(&id)?)).await.transpose(),
                (Some(code), None) => {
                    division_of(ctx, parse_division(&code)?.as_str()).await.transpose()
                }
                _ => Err(HubError::Invalid("give either id or code".to_owned()).into()),
            }
        };
        found.await.transpose()
    }

    /// 社工站，按代码或 id (a station, by code or by id)
    async fn station(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "代码 (code)")] code: Option<String>,
        #[graphql(desc = "全局 id (global id)")] id: Option<ID>,
    ) -> Option<Result<Station>> {
        let filter = |code| Ok(StationFilter { codes: vec![code], ..StationFilter::default() });
        by_id_or(ctx, (Kind::Station, id, "code"), code.map(filter)).await
    }

    /// 人员，按 id 或身份证号 (a person, by id or by resident ID)
    async fn person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局 id (global id)")] id: Option<ID>,
        #[graphql(desc = "身份证号 (resident ID)")] resident_id: Option<String>,
    ) -> Option<Result<Person>> {
        let filter = |number| PersonFilter::try_from(PersonFilterInput::resident(number));
        by_id_or(ctx, (Kind::Person, id, "residentId"), resident_id.map(filter)).await
    }

    /// 家庭 (a household)
    async fn household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局 id (global id)")] id: ID,
    ) -> Option<Result<Household>> {
        by_id_or(ctx, (Kind::Household, Some(id), ""), None).await
    }

    /// 探访 (a visit)
    async fn visit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局 id (global id)")] id: ID,
    ) -> Option<Result<Visit>> {
        by_id_or(ctx, (Kind::Visit, Some(id), ""), None).await
    }

    /// 全部量表及版本 (every instrument in every version)
    async fn instruments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只要此代码的 (of this code only)")] code: Option<String>,
    ) -> Result<Vec<Instrument>> {
        ctx.viewer()?;
        let all = instruments::all().iter();
        let asked = all.filter(|found| code.as_ref().is_none_or(|code| found.code == *code));
        Ok(asked.map(Instrument).collect())
    }

    /// 公报：一段日子的各项数字 (the numbers of a span of days)
    async fn bulletin(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "起始日 (the first day)")] from: Date,
        #[graphql(desc = "截止日，含当日 (the last day, included)")] to: Date,
        #[graphql(desc = "区划代码，任何层级；不填为全市 (a division's code of any level)")]
        division: Option<String>,
    ) -> Result<BulletinOf> {
        ctx.viewer()?;
        let division = division.as_deref().map(parse_division).transpose()?;
        Ok(BulletinOf(Bulletin::new(from.0, to.0, division)?))
    }

    /// 统计：按至多四个维度计数，可有小计，每一行可展开所计的记录 (counts by up to four dimensions, with totals; each row opens to its records)
    #[expect(clippy::too_many_arguments, reason = "each is a part of one question")]
    async fn statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "统计什么 (what is counted)")] of: StatisticsOf,
        #[graphql(desc = "要算的量 (what is counted or reckoned)")] measures: Vec<
            StatisticsMeasure,
        >,
        #[graphql(desc = "维度，至多四个 (dimensions, at most four)")] by: Option<Vec<Dimension>>,
        #[graphql(
            desc = "各年龄段的起始年龄，用于 AGE_BAND，默认 0、6、12、18、60、70、80 (the first ages of bands)"
        )]
        age_bands: Option<Vec<u8>>,
        #[graphql(name = "where", desc = "计入哪些 (which of them)")] filter: Option<
            StatisticsWhere,
        >,
        #[graphql(desc = "小计 (totals)", default_with = "Totals::None")] totals: Totals,
        #[graphql(desc = "只要哪些行 (which rows)")] having: Option<Vec<StatisticsHaving>>,
        #[graphql(desc = "排序 (order of the rows)")] order: Option<StatisticsOrder>,
        #[graphql(desc = "略过前几行 (how many rows to leave out from the start)")] skip: Option<
            i32,
        >,
        #[graphql(desc = "取前几行，1 至 10000，默认 1000 (how many rows)")] first: Option<i32>,
        #[graphql(
            desc = "按某日结束时已报送的记录作答，不填为现在 (as the record stood at the end of this day; now by default)"
        )]
        as_of: Option<Date>,
        #[graphql(
            desc = "与较早的某日相比，见各行的 compared (compared with an earlier day, see compared of the rows)"
        )]
        compare: Option<Date>,
    ) -> Result<Statistics> {
        let by = by.unwrap_or_default();
        let having = having.unwrap_or_default();
        let days = (as_of, compare);
        let asked = Asked { of, measures, by, age_bands, totals, having, order, skip, first, days };
        Box::pin(answered(ctx, asked, filter)).await
    }

    /// 某日应访的人员：由台账、风险等级和探访规定推算 (whom to visit on a day, by ledgers, risks and policy)
    async fn work_due(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "日期，默认今天，至多 92 天后 (the day; today or up to 92 days ahead)")]
        day: Option<Date>,
        #[graphql(desc = "筛选 (whose work)")] filter: Option<WorkFilterInput>,
        #[graphql(desc = "列出哪些，默认 DUE 和 OVERDUE (whom to list)")] states: Option<
            Vec<WorkState>,
        >,
        #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")] first: Option<i32>,
        #[graphql(desc = "在此游标之后 (after this cursor)")] after: Option<String>,
    ) -> Result<WorkDue> {
        let filter = filter.map(WorkFilter::try_from).transpose()?.unwrap_or_default();
        let states: Vec<_> = states.unwrap_or_default().into_iter().map(Into::into).collect();
        let asked = (day.map(|day| day.0), &filter, states.as_slice());
        let window = (first.map(i64::from), after.as_deref());
        Ok(WorkDue(ctx.hub()?.work_due(ctx.viewer()?, asked, window).await?))
    }

    /// 探访覆盖：在这些日子到期、且已过的各期中，应访的访了多少 (of the visits due in periods that ended in these days and before today, how many were made)
    async fn coverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "起始日 (the first day)")] from: Date,
        #[graphql(desc = "截止日，含当日，至多 366 天 (the last day, included; 366 days at most)")]
        to: Date,
        #[graphql(desc = "筛选 (whose work)")] filter: Option<WorkFilterInput>,
        #[graphql(desc = "维度，不填则只有总数 (by what it is told apart)")] by: Option<
            Vec<CoverageBy>,
        >,
        #[graphql(desc = "取前几行，1 至 1000，默认 20 (how many rows)")] first: Option<i32>,
    ) -> Result<CoverageOf> {
        let filter = filter.map(WorkFilter::try_from).transpose()?.unwrap_or_default();
        let by: Vec<_> = by.unwrap_or_default().into_iter().map(Into::into).collect();
        let first = rows(first)?;
        let missed = ctx.look_ahead().field("rows").field("missed").exists();
        let asked = CoverageAsked { from: from.0, to: to.0, filter: &filter, by: &by, missed };
        let coverage = ctx.hub()?.coverage(ctx.viewer()?, &asked).await?;
        Ok(CoverageOf { coverage, first })
    }

    /// 统计报表的全部样式及版本 (every statutory table in every version)
    async fn statutory_tables(&self, ctx: &Context<'_>) -> Result<Vec<TableForm>> {
        ctx.viewer()?;
        Ok(tables::all().iter().map(TableForm).collect())
    }

    /// 某地某期的统计报表 (a statutory table of a place and period)
    async fn statutory_table(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "报表代码 (code of the table)")] code: String,
        #[graphql(desc = "期间内的一日，默认今天 (a day of its period; today by default)")]
        day: Option<Date>,
        #[graphql(
            desc = "社工站、县或市的代码，默认本账户的全部范围 (code of a station, county or city; all in reach by default)"
        )]
        place: Option<String>,
    ) -> Result<TableOf> {
        let asked = tables::Asked { code, day: day.map(|day| day.0), place };
        Ok(ctx.hub()?.statutory_table(ctx.viewer()?, &asked).await?.into())
    }

    /// 某次签批时的报表，后来退回的也在 (a table as it was signed, also where it was returned since)
    async fn signed_table(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "签批 (the signature)")] signature: Uuid,
    ) -> Option<Result<TableOf>> {
        let found = async { Ok(ctx.hub()?.signed_table(ctx.viewer()?, signature).await?) };
        found.await.map(|found| found.map(TableOf::from)).transpose()
    }

    /// 本账户的作业；他人的视同没有 (a job of this account; another's is none)
    async fn job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "作业 (the job)")] id: Uuid,
    ) -> Option<Result<JobOf>> {
        let found = async { Ok(ctx.hub()?.job(ctx.viewer()?, id).await?) };
        found.await.map(|found| found.map(JobOf)).transpose()
    }

    /// 本账户的作业，至多 50 个，新的在前 (the jobs of this account; at most 50, newest first)
    async fn jobs(&self, ctx: &Context<'_>) -> Result<Vec<JobOf>> {
        let found = ctx.hub()?.jobs(ctx.viewer()?).await?;
        Ok(found.into_iter().map(JobOf).collect())
    }

    /// 保存的查询，本账户的或凭编号可见的；其余视同没有 (a question of this account, or one that is shared; any other is none)
    async fn saved_question(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "保存的查询 (the question)")] id: Uuid,
    ) -> Option<Result<SavedQuestionOf>> {
        let found = async { Ok(ctx.hub()?.saved_question(ctx.viewer()?, id).await?) };
        found.await.map(|found| found.map(SavedQuestionOf)).transpose()
    }

    /// 本账户保存的查询，至多 100 个，新的在前 (the questions of this account; at most 100, newest first)
    async fn saved_questions(&self, ctx: &Context<'_>) -> Result<Vec<SavedQuestionOf>> {
        let found = ctx.hub()?.saved_questions(ctx.viewer()?).await?;
        Ok(found.into_iter().map(SavedQuestionOf).collect())
    }

    /// 一次导入；无权为其社工站报送的视同没有 (an import; none for who may not hand in for its station)
    async fn import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "导入 (the import)")] id: Uuid,
    ) -> Option<Result<ImportActOf>> {
        let found = async { Ok(ctx.hub()?.import_act(ctx.viewer()?, id).await?) };
        found.await.map(|found| found.map(ImportActOf)).transpose()
    }

    /// 一个社工站的导入，至多 50 次，新的在前 (imports for a station; at most 50, newest first)
    async fn imports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "社工站代码 (code of the station)")] station: String,
    ) -> Result<Vec<ImportActOf>> {
        let found = ctx.hub()?.import_acts(ctx.viewer()?, &station).await?;
        Ok(found.into_iter().map(ImportActOf).collect())
    }

    /// 一个社工站中可由本账户命令清除其设备的账户，至多 200 个，按用户名 (accounts of a station whose devices this account may have cleared; at most 200, by username)
    async fn accounts_to_clear(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "社工站代码 (code of the station)")] station: String,
    ) -> Result<Vec<StaffAccount>> {
        let found = ctx.hub()?.accounts_to_clear(ctx.viewer()?, &station).await?;
        Ok(found.into_iter().map(StaffAccount).collect())
    }

    /// 一个社工站被退回、尚未答复的记录，至多 200 条，新的在前；记录有了新版本，或报表重新签批，即为已答复 (records that tables of a station were returned for; answered once changed, or once the table is signed again; at most 200, newest first)
    async fn returned_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "社工站代码 (code of the station)")] station: String,
    ) -> Result<Vec<ReturnedRecord>> {
        let found = ctx.hub()?.returned_records(ctx.viewer()?, &station).await?;
        Ok(found.into_iter().map(ReturnedRecord).collect())
    }

    /// 本账户提出的明文查看申请，及待其决定或已开放的申请，至多 50 条，新的在前 (reveals this account asked for, and those that are its to decide or to end; at most 50, newest first)
    async fn reveal_requests(&self, ctx: &Context<'_>) -> Result<Vec<RevealOf>> {
        let found = ctx.hub()?.reveals(ctx.viewer()?).await?;
        Ok(found.into_iter().map(RevealOf::from).collect())
    }

    /// 给本账户的紧急查看通知，至多 50 条，新的在前 (notices of broken glass to this account; at most 50, newest first)
    async fn notices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只要未确认的 (only those not acknowledged)")] open_only: Option<bool>,
    ) -> Result<Vec<NoticeOf>> {
        let found = ctx.hub()?.notices(ctx.viewer()?, open_only.unwrap_or_default()).await?;
        Ok(found.into_iter().map(NoticeOf).collect())
    }

    /// 表头对照，限可为其报送的社工站，至多 200 条，新的在前 (layouts of a station, or of all that the account may hand in for; at most 200, newest first)
    async fn layouts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "社工站代码 (code of the station)")] station: Option<String>,
    ) -> Result<Vec<LayoutOf>> {
        let found = ctx.hub()?.layouts(ctx.viewer()?, station.as_deref()).await?;
        Ok(found.into_iter().map(LayoutOf).collect())
    }

    /// 查阅留痕，仅限审计人员，新的在前 (the trail of reads and writes; for an AUDITOR; newest first)
    async fn accesses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "筛选 (which rows)")] filter: Option<AccessFilterInput>,
        #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")] first: Option<i32>,
        #[graphql(desc = "在此游标之后 (after this cursor)")] after: Option<String>,
    ) -> Result<AccessConnection> {
        let filter = filter.map(TryInto::try_into).transpose()?.unwrap_or_default();
        let window = (first.map(i64::from), after.as_deref());
        let page = ctx.hub()?.accesses(ctx.viewer()?, &filter, window, ctx.access("")?).await?;
        Ok(AccessConnection::from(page))
    }

    /// 疑为同一人的在册人员，两两列出，后登记的在前；须可见姓名 (people in ledgers who look like one, by twos, the last recorded first; for who sees names plainly)
    async fn likely_duplicates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "筛选 (which rows)")] filter: Option<LikelyFilterInput>,
        #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")] first: Option<i32>,
        #[graphql(desc = "在此游标之后 (after this cursor)")] after: Option<String>,
    ) -> Result<LikelyConnection> {
        let filter = filter.map(TryInto::try_into).transpose()?.unwrap_or_default();
        let window = (first.map(i64::from), after.as_deref());
        let page = ctx.hub()?.likely_duplicates(ctx.viewer()?, &filter, window).await?;
        Ok(LikelyConnection(page))
    }

    #[graphql(flatten)]
    async fn lists(&self) -> QueryLists {
        QueryLists(Parent::root())
    }
}

lists! {
    QueryLists {
        /// 区划 (divisions)
        divisions: Division, None;
        /// 社工站，全部可见 (stations; all are listed for everyone)
        stations: Station, None;
        /// 人员 (people)
        persons: Person, None;
        /// 家庭 (households)
        households: Household, None;
        /// 探访 (visits)
        visits: Visit, None;
        /// 评估 (assessments)
        assessments: Assessment, None;
        /// 台账 (ledger entries)
        ledger_entries: LedgerEntry, None;
        /// 需求 (needs)
        needs: Need, None;
        /// 免访登记 (excuses)
        excuses: Excuse, None;
        /// 未入库且尚未改正的报送，早的在前 (what was handed in, refused and is not mended; the oldest first)
        refusals: Refusal, None;
        /// 报送记录 (the journal of submissions)
        submissions: Submission, None;
    }
}

type FilterOf<N> = <<N as Connected>::Entity as hub::listing::Listing>::Filter;

/// The row of an id, or the one that another argument names.
async fn by_id_or<N: Connected>(
    ctx: &Context<'_>,
    (kind, id, other): (Kind, Option<ID>, &str),
    filter: Option<Result<FilterOf<N>, HubError>>,
) -> Option<Result<N>>
where
    N::Entity: Loaded,
{
    let found = async {
        ctx.viewer()?;
        match (id, filter) {
            (Some(id), None) => ctx.one(Some(kind.uuid(&id)?)).await.transpose(),
            (None, Some(filter)) => {
                let mut key: KeyOf<N::Entity> =
                    Parent::root().list::<N::Entity>(None, filter?, Default::default());
                key.window = Arc::new(Window::first(1));
                Ok(Connection::<N>::load(ctx, key).await?.into_first())
            }
            _ => {
                let text = format!("give either id or {other}");
                Err(HubError::Invalid(text).into())
            }
        }
    };
    found.await.transpose()
}
