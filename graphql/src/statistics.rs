//! Statistics: a table counted by dimensions, each row with the records it counts.

use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, Object, OneofObject, Result, SimpleObject, Union};
use entity::{
    ChildKind, Dimension, DisabilityCategory, Fact, IncomeClass, LedgerKind, LivingArrangement,
    Measure, NeedDomain, NeedStatus, Risk, Service, Sex, SubmissionKind, Totals, Urgency,
    VisitMode,
};
use hub::{
    HubError,
    assessments::AssessmentFilter,
    ledgers::LedgerFilter,
    listing::Listing,
    needs::NeedFilter,
    page::Window,
    people::PersonFilter,
    statistics::{
        Answer, BANDS, By, Cell, Compared, DEFAULT_ROWS, Figure, Having, Key, Measured, Question,
        Row, levels,
    },
    submissions::SubmissionFilter,
    visits::VisitFilter,
};
use sea_orm::ActiveEnum;

use crate::{
    connection::{Connected, Connection, Parent, window},
    context::ContextExt,
    date::Date,
    sight::SightExt,
    types::{
        Assessment, Division, LedgerEntry, Need, Person, Station, Submission, Visit, division_of,
    },
};

type FilterOf<N> = <<N as Connected>::Entity as Listing>::Filter;

/// How many tables a question counts: one for each choice of levels, and once more for each number it
/// reckons with.
pub(crate) fn tables(by: &[Dimension], measures: &[StatisticsMeasure]) -> usize {
    let depths = by.iter().map(|dimension| 1 + levels(*dimension));
    let depths = depths.fold(1, usize::saturating_mul);
    let mut facts: Vec<_> = measures.iter().filter_map(|measure| measure.of).collect();
    facts.sort_unstable();
    facts.dedup();
    // Rates count people as well.
    let rates = usize::from(measures.iter().any(|measure| measure.measure == Measure::Rate));
    depths.saturating_mul(1 + facts.len() + rates)
}

/// 统计的对象 (what is counted)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum StatisticsOf {
    /// 探访 (visits)
    Visits,
    /// 人员，按其现状 (people, as they are now)
    Persons,
    /// 台账条目 (ledger entries)
    LedgerEntries,
    /// 评估 (assessments)
    Assessments,
    /// 需求 (needs)
    Needs,
    /// 报送记录 (submissions)
    Submissions,
}

/// 计入哪些，须与统计对象相同 (which of them; has to be of what is counted)
#[derive(OneofObject)]
pub enum StatisticsWhere {
    /// 探访 (which visits)
    Visits(<Visit as Connected>::Filter),
    /// 人员 (which people)
    Persons(<Person as Connected>::Filter),
    /// 台账条目 (which ledger entries)
    LedgerEntries(<LedgerEntry as Connected>::Filter),
    /// 评估 (which assessments)
    Assessments(<Assessment as Connected>::Filter),
    /// 需求 (which needs)
    Needs(<Need as Connected>::Filter),
    /// 报送记录 (which submissions)
    Submissions(<Submission as Connected>::Filter),
}

/// 要算的量 (what is counted or reckoned)
#[derive(InputObject)]
pub struct StatisticsMeasure {
    /// 量 (the measure)
    measure: Measure,
    /// 合计、平均、中位数所用的数值 (the number that SUM, MEAN and MEDIAN are of)
    of: Option<Fact>,
}

/// 只要数值在此范围内的行 (only rows whose figure lies within)
#[derive(InputObject)]
pub struct StatisticsHaving {
    /// 第几个量，从 0 起，次序同 measures (which of measures, from 0)
    #[graphql(default)]
    figure: u32,
    /// 不小于 (not less than)
    at_least: Option<f64>,
    /// 不大于 (not more than)
    at_most: Option<f64>,
}

/// 按数值排序；不填则按维度 (the order by a figure; else by the dimensions)
#[derive(InputObject)]
pub struct StatisticsOrder {
    /// 第几个量，从 0 起，次序同 measures (which of measures, from 0)
    #[graphql(default)]
    figure: u32,
    /// 大者在前 (the largest first)
    #[graphql(default = true)]
    descending: bool,
}

/// How a question is asked.
pub struct Asked {
    pub of: StatisticsOf,
    pub measures: Vec<StatisticsMeasure>,
    pub by: Vec<Dimension>,
    pub age_bands: Option<Vec<u8>>,
    pub totals: Totals,
    pub having: Vec<StatisticsHaving>,
    pub order: Option<StatisticsOrder>,
    pub skip: Option<i32>,
    pub first: Option<i32>,
    /// The day asked of, and the one to compare with.
    pub days: (Option<Date>, Option<Date>),
}

/// The filter of what is counted.
#[derive(Clone)]
enum Counted {
    Visits(VisitFilter),
    Persons(PersonFilter),
    LedgerEntries(LedgerFilter),
    Assessments(AssessmentFilter),
    Needs(NeedFilter),
    Submissions(SubmissionFilter),
}

impl Counted {
    fn new(of: StatisticsOf, filter: Option<StatisticsWhere>) -> Result<Self, HubError> {
        let filter = match filter {
            None => Self::all(of),
            Some(StatisticsWhere::Visits(filter)) => Self::Visits(filter.try_into()?),
            Some(StatisticsWhere::Persons(filter)) => Self::Persons(filter.try_into()?),
            Some(StatisticsWhere::LedgerEntries(filter)) => Self::LedgerEntries(filter.try_into()?),
            Some(StatisticsWhere::Assessments(filter)) => Self::Assessments(filter.try_into()?),
            Some(StatisticsWhere::Needs(filter)) => Self::Needs(filter.try_into()?),
            Some(StatisticsWhere::Submissions(filter)) => Self::Submissions(filter.try_into()?),
        };
        if std::mem::discriminant(&filter) == std::mem::discriminant(&Self::all(of)) {
            return Ok(filter);
        }
        let text = "where names something else than of; name in it what is counted";
        Err(HubError::Invalid(text.to_owned()))
    }

    fn all(of: StatisticsOf) -> Self {
        match of {
            StatisticsOf::Visits => Self::Visits(VisitFilter::default()),
            StatisticsOf::Persons => Self::Persons(PersonFilter::default()),
            StatisticsOf::LedgerEntries => Self::LedgerEntries(LedgerFilter::default()),
            StatisticsOf::Assessments => Self::Assessments(AssessmentFilter::default()),
            StatisticsOf::Needs => Self::Needs(NeedFilter::default()),
            StatisticsOf::Submissions => Self::Submissions(SubmissionFilter::default()),
        }
    }
}

impl Asked {
    fn question<F>(&self, filter: F) -> Result<Question<F>, HubError> {
        let bands = self.age_bands.as_deref().unwrap_or(&BANDS);
        let by = |dimension: &Dimension| match dimension {
            Dimension::AgeBand => By::ages(bands),
            dimension => By::from(*dimension),
        };
        let first = self.first.map_or(Ok(DEFAULT_ROWS), usize::try_from);
        let first = first.map_err(|_| HubError::Invalid("first is 1 or more".to_owned()))?;
        let skip = self.skip.map_or(Ok(0), usize::try_from);
        let skip = skip.map_err(|_| HubError::Invalid("skip is 0 or more".to_owned()))?;
        let place = |figure: u32| usize::try_from(figure).unwrap_or(usize::MAX);
        let measured = |StatisticsMeasure { measure, of }: &StatisticsMeasure| Measured {
            measure: *measure,
            fact: *of,
        };
        let having = |having: &StatisticsHaving| Having {
            figure: place(having.figure),
            at_least: having.at_least,
            at_most: having.at_most,
        };
        let order = self.order.as_ref().map(|order| (place(order.figure), order.descending));
        Ok(Question {
            filter,
            measures: self.measures.iter().map(measured).collect(),
            by: self.by.iter().map(by).collect(),
            totals: self.totals,
            having: self.having.iter().map(having).collect(),
            order,
            skip,
            first,
            as_of: self.days.0.map(|day| day.0),
            compare: self.days.1.map(|day| day.0),
        })
    }
}

/// Answers a question.
pub(crate) async fn answered(
    ctx: &Context<'_>,
    asked: Asked,
    filter: Option<StatisticsWhere>,
) -> Result<Statistics> {
    let (hub, viewer) = (ctx.hub()?, ctx.viewer()?);
    let counted = Counted::new(asked.of, filter)?;
    macro_rules! ask {
        ($filter:ident, $entity:ident) => {
            hub.statistics::<entity::$entity::Entity>(viewer, &asked.question($filter.clone())?)
                .await?
        };
    }
    let answer = match &counted {
        Counted::Visits(filter) => ask!(filter, visit),
        Counted::Persons(filter) => ask!(filter, person),
        Counted::LedgerEntries(filter) => ask!(filter, ledger_entry),
        Counted::Assessments(filter) => ask!(filter, assessment),
        Counted::Needs(filter) => ask!(filter, need),
        Counted::Submissions(filter) => ask!(filter, submission),
    };
    if answer.withheld {
        ctx.figure::<()>("Statistics", None);
    }
    let shape = Shape { asked, counted, withheld: answer.withheld };
    Ok(Statistics { answer, shape: Arc::new(shape) })
}

/// What the rows of an answer have in common.
struct Shape {
    asked: Asked,
    counted: Counted,
    withheld: bool,
}

impl Shape {
    fn figures(&self, figures: &[Option<Figure>]) -> Vec<StatisticsFigure> {
        let figure = |(measured, figure): (&StatisticsMeasure, &Option<Figure>)| StatisticsFigure {
            measure: measured.measure,
            of: measured.of,
            count: figure.and_then(|figure| match figure {
                Figure::Whole(count) => Some(count),
                Figure::Real(_) => None,
            }),
            value: figure.map(Figure::number),
        };
        self.asked.measures.iter().zip(figures).map(figure).collect()
    }

    /// The records of a cell. How many there are is told, withheld, or still to be counted.
    async fn records(
        &self,
        ctx: &Context<'_>,
        cell: &Cell,
        (window, count): (Window, Option<Option<i64>>),
    ) -> Result<StatisticsRecords> {
        let (window, cell) = (Arc::new(window), Some(cell.clone()));
        macro_rules! records {
            ($kind:ident, $filter:ident, $node:ty) => {{
                let filter: FilterOf<$node> = FilterOf::<$node> { cell, ..$filter.clone() };
                let order = Default::default();
                let mut key =
                    Parent::root().list::<<$node as Connected>::Entity>(None, filter, order);
                key.window = window;
                let records = Connection::<$node>::load(ctx, key).await?;
                StatisticsRecords::$kind(records.counted(count))
            }};
        }
        Ok(match &self.counted {
            Counted::Visits(filter) => records!(Visits, filter, Visit),
            Counted::Persons(filter) => records!(Persons, filter, Person),
            Counted::LedgerEntries(filter) => records!(LedgerEntries, filter, LedgerEntry),
            Counted::Assessments(filter) => records!(Assessments, filter, Assessment),
            Counted::Needs(filter) => records!(Needs, filter, Need),
            Counted::Submissions(filter) => records!(Submissions, filter, Submission),
        })
    }

    /// The records that came or went, whose number may be told only as a part of a difference.
    async fn changed(
        &self,
        ctx: &Context<'_>,
        cell: &Cell,
        window: Window,
    ) -> Result<StatisticsRecords> {
        self.records(ctx, cell, (window, self.withheld.then_some(None))).await
    }
}

/// The answer to a question.
pub struct Statistics {
    answer: Answer,
    shape: Arc<Shape>,
}

/// 统计结果 (the answer to a question)
#[Object]
impl Statistics {
    /// 各行 (the rows)
    async fn rows(&self) -> Vec<StatisticsRow> {
        let rows = self.answer.rows.iter().cloned();
        rows.map(|row| StatisticsRow { row, shape: Arc::clone(&self.shape) }).collect()
    }

    /// 共有多少行，含未取的 (how many rows there are, those past `first` included)
    async fn found(&self) -> usize {
        self.answer.found
    }

    /// 是否可能有因人数过少等而不予显示的行和数值 (whether rows and figures may be withheld, which are about too few people or would tell such a one)
    async fn withheld(&self) -> bool {
        self.answer.withheld
    }
}

/// 一个数值 (a figure)
#[derive(SimpleObject)]
pub struct StatisticsFigure {
    /// 量 (the measure)
    measure: Measure,
    /// 所用的数值 (the number it is of)
    of: Option<Fact>,
    /// 整数：条数、人数、户数、合计 (a whole number: counts and sums)
    count: Option<i64>,
    /// 数值；无从计算时为空 (the number; null where there is nothing to reckon with)
    value: Option<f64>,
}

/// 年龄段 (a band of ages)
#[derive(SimpleObject)]
pub struct AgeBand {
    /// 起始年龄 (the first age)
    from: u8,
    /// 截止年龄，含；为空表示以上 (the last age; null for all above)
    to: Option<u8>,
}

/// 计入的记录 (the records behind a figure)
#[derive(Union)]
pub enum StatisticsRecords {
    Visits(Connection<Visit>),
    Persons(Connection<Person>),
    LedgerEntries(Connection<LedgerEntry>),
    Assessments(Connection<Assessment>),
    Needs(Connection<Need>),
    Submissions(Connection<Submission>),
}

/// A row of an answer.
pub struct StatisticsRow {
    row: Row,
    shape: Arc<Shape>,
}

impl StatisticsRow {
    fn key(&self, dimension: Dimension) -> Option<&Key> {
        let at = self.shape.asked.by.iter().position(|by| *by == dimension)?;
        self.row.keys.get(at)
    }

    fn text(&self, dimension: Dimension) -> Option<&str> {
        match self.key(dimension)? {
            Key::Value(value) => Some(value),
            Key::Of(_, value) => value.as_deref(),
            Key::Total | Key::Unknown => None,
        }
    }

    fn choice<T: ActiveEnum<Value = String>>(&self, dimension: Dimension) -> Option<T> {
        T::try_from_value(&self.text(dimension)?.to_owned()).ok()
    }

    async fn division(&self, ctx: &Context<'_>, dimension: Dimension) -> Option<Result<Division>> {
        division_of(ctx, self.text(dimension)?).await
    }

    /// The first day of a time: 2026, 2026-10 or 2026-10-05.
    fn day(&self, dimension: Dimension) -> Option<Date> {
        let text = self.text(dimension)?;
        let whole = format!("{text}{}", &"2000-01-01"[text.len().min(10)..]);
        whole.parse().ok().map(Date)
    }

    fn counts(&self, of: StatisticsOf) -> bool {
        self.shape.asked.of == of
    }
}

/// 统计的一行 (a row of an answer)
#[Object]
impl StatisticsRow {
    /// 本行在哪些维度上是合计 (the dimensions over which this row totals)
    async fn totals(&self) -> Vec<Dimension> {
        let keys = self.shape.asked.by.iter().zip(&self.row.keys);
        keys.filter(|(_, key)| **key == Key::Total).map(|(by, _)| *by).collect()
    }

    /// 各数值，次序同 measures (the figures, in the order of measures)
    async fn figures(&self) -> Vec<StatisticsFigure> {
        self.shape.figures(&self.row.figures)
    }

    /// 与较早之日相比：即 compare 所指之日；未作比较、或会透露少数人时为空 (beside the day of compare; null where nothing is compared, or it would tell of a few people)
    async fn compared(&self) -> Option<StatisticsComparison> {
        let compared = self.row.compared.clone()?;
        Some(StatisticsComparison { compared, shape: Arc::clone(&self.shape) })
    }

    /// 县(市、区) (county; null where it totals or is not known)
    async fn county(&self, ctx: &Context<'_>) -> Option<Result<Division>> {
        self.division(ctx, Dimension::County).await
    }

    /// 乡镇(街道) (township)
    async fn township(&self, ctx: &Context<'_>) -> Option<Result<Division>> {
        self.division(ctx, Dimension::Township).await
    }

    /// 村(社区) (village)
    async fn village(&self, ctx: &Context<'_>) -> Option<Result<Division>> {
        self.division(ctx, Dimension::Village).await
    }

    /// 社工站 (station)
    async fn station(&self, ctx: &Context<'_>) -> Option<Result<Station>> {
        let code = self.text(Dimension::Station)?;
        let places = match ctx.hub() {
            Ok(hub) => hub.places().await,
            Err(error) => return Some(Err(error)),
        };
        match places {
            Ok(places) => ctx.one(places.station(code).map(|station| station.id)).await,
            Err(error) => Some(Err(error.into())),
        }
    }

    /// 年 (year)
    async fn year(&self) -> Option<i32> {
        self.text(Dimension::Year)?.parse().ok()
    }

    /// 季的首日 (the first day of the quarter)
    async fn quarter(&self) -> Option<Date> {
        self.day(Dimension::Quarter)
    }

    /// 月的首日 (the first day of the month)
    async fn month(&self) -> Option<Date> {
        self.day(Dimension::Month)
    }

    /// 周的周一 (the Monday of the week)
    async fn week(&self) -> Option<Date> {
        self.day(Dimension::Week)
    }

    /// 日 (day)
    #[graphql(name = "day")]
    async fn on_day(&self) -> Option<Date> {
        self.day(Dimension::Day)
    }

    /// 台账种类，也是各类台账明细所属的种类；探访按被探访人当日所在的台账 (kind of ledger, also of a detail's; of visits, in which the visited stood on the day)
    async fn kind(&self) -> Option<LedgerKind> {
        if self.counts(StatisticsOf::Submissions) {
            return None;
        }
        let of_detail = self.row.keys.iter().find_map(|key| match key {
            Key::Of(kind, _) => LedgerKind::try_from_value(kind).ok(),
            _ => None,
        });
        self.choice(Dimension::Kind).or(of_detail)
    }

    /// 报送种类 (kind of submission)
    async fn submission_kind(&self) -> Option<SubmissionKind> {
        self.choice(Dimension::Kind).filter(|_| self.counts(StatisticsOf::Submissions))
    }

    /// 探访方式 (mode)
    async fn mode(&self) -> Option<VisitMode> {
        self.choice(Dimension::Mode)
    }

    /// 服务内容 (service)
    async fn service(&self) -> Option<Service> {
        self.choice(Dimension::Service)
    }

    /// 量表代码 (code of the instrument, also of a level's)
    async fn instrument(&self) -> Option<&str> {
        match self.key(Dimension::Level) {
            Some(Key::Of(instrument, _)) => Some(instrument),
            _ => self.text(Dimension::Instrument),
        }
    }

    /// 等级代码 (code of the level)
    async fn level(&self) -> Option<&str> {
        self.text(Dimension::Level)
    }

    /// 风险等级 (risk)
    async fn risk(&self) -> Option<Risk> {
        self.choice(Dimension::Risk)
    }

    /// 需求领域 (domain)
    async fn domain(&self) -> Option<NeedDomain> {
        self.choice(Dimension::Domain)
    }

    /// 紧急程度 (urgency)
    async fn urgency(&self) -> Option<Urgency> {
        self.choice(Dimension::Urgency)
    }

    /// 需求状态 (status)
    async fn status(&self) -> Option<NeedStatus> {
        self.choice(Dimension::Status)
    }

    /// 家庭经济类别 (income class)
    async fn income_class(&self) -> Option<IncomeClass> {
        self.choice(Dimension::IncomeClass)
    }

    /// 性别 (sex)
    async fn sex(&self) -> Option<Sex> {
        self.choice(Dimension::Sex)
    }

    /// 年龄段；探访、评估等按当日的年龄 (band of ages, as they were on the day)
    async fn age_band(&self) -> Option<AgeBand> {
        let from: u8 = self.text(Dimension::AgeBand)?.parse().ok()?;
        let bands = self.shape.asked.age_bands.as_deref().unwrap_or(&BANDS);
        let next = bands.iter().find(|first| **first > from);
        Some(AgeBand { from, to: next.map(|next| next - 1) })
    }

    /// 居住状况 (living arrangement)
    async fn living_arrangement(&self) -> Option<LivingArrangement> {
        self.choice(Dimension::LivingArrangement)
    }

    /// 儿童类别 (kind of child)
    async fn child_kind(&self) -> Option<ChildKind> {
        self.choice(Dimension::ChildKind)
    }

    /// 残疾类别 (category of disability)
    async fn disability_category(&self) -> Option<DisabilityCategory> {
        self.choice(Dimension::DisabilityCategory)
    }

    /// 残疾等级 (grade of disability)
    async fn disability_grade(&self) -> Option<i32> {
        self.text(Dimension::DisabilityGrade)?.parse().ok()
    }

    /// 计入的记录 (the records counted)
    async fn records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")] first: Option<i32>,
        #[graphql(desc = "在此游标之后 (after this cursor)")] after: Option<String>,
        #[graphql(desc = "取后几条，1 至 200 (rows from the end)")] last: Option<i32>,
        #[graphql(desc = "在此游标之前 (before this cursor)")] before: Option<String>,
    ) -> Result<StatisticsRecords> {
        let window = window(first, after, last, before);
        self.shape.records(ctx, &self.row.cell, (window, Some(Some(self.row.count)))).await
    }
}

/// A row beside the same of an earlier day.
pub struct StatisticsComparison {
    compared: Compared,
    shape: Arc<Shape>,
}

/// 与较早一日的比较 (a row beside the same of an earlier day)
#[Object]
impl StatisticsComparison {
    /// 当日：各数值，次序同 measures (the figures of then, in the order of measures)
    async fn figures(&self) -> Vec<StatisticsFigure> {
        self.shape.figures(&self.compared.figures)
    }

    /// 相差：本行各数值减去当日的 (the figures of the row less those of then)
    async fn differences(&self) -> Vec<StatisticsFigure> {
        self.shape.figures(&self.compared.differences)
    }

    /// 现计入而当日尚未计入的记录：其后报送或变更的 (records counted that were not then: handed in late, or changed since)
    async fn late(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")] first: Option<i32>,
        #[graphql(desc = "在此游标之后 (after this cursor)")] after: Option<String>,
        #[graphql(desc = "取后几条，1 至 200 (rows from the end)")] last: Option<i32>,
        #[graphql(desc = "在此游标之前 (before this cursor)")] before: Option<String>,
    ) -> Result<StatisticsRecords> {
        let window = window(first, after, last, before);
        self.shape.changed(ctx, &self.compared.came, window).await
    }

    /// 当日计入而现已不计入的记录 (records counted then that are not now)
    async fn gone(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")] first: Option<i32>,
        #[graphql(desc = "在此游标之后 (after this cursor)")] after: Option<String>,
        #[graphql(desc = "取后几条，1 至 200 (rows from the end)")] last: Option<i32>,
        #[graphql(desc = "在此游标之前 (before this cursor)")] before: Option<String>,
    ) -> Result<StatisticsRecords> {
        let window = window(first, after, last, before);
        self.shape.changed(ctx, &self.compared.went, window).await
    }
}
