use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use entity::{IncomeClass, LedgerKind, NoIdReason, Sex, person::Column};
use hub::{
    HubError,
    ledgers::Standing,
    listing::Relation,
    people::PersonFilter,
    policy::{Class, mask},
    visits::VisitFilter,
};

use super::{
    AccessConnection, Assessment, Division, Excuse, Household, LedgerEntry, Need, Station,
    Submission, Visit, access::accesses_of, connected, division_code, division_of,
};
use crate::{
    connection::{Parent, lists},
    context::ContextExt,
    date::{Date, DayRange},
    ids::{Kind, stations},
};

connected!(Person, person, PersonFilterInput, PersonOrder);

/// 服务对象，全市一人一条 (someone served, once in the whole hub)
#[Object]
impl Person {
    /// 全局 id (global id)
    pub async fn id(&self) -> ID {
        Kind::Person.id(self.0.open(|row| row.id))
    }

    /// 姓名 (name)
    async fn name(&self, ctx: &Context<'_>) -> Option<String> {
        self.0.text(ctx, Class::Identity, mask::name, |row| Some(&row.name)).await
    }

    /// 身份证号 (resident ID, GB 11643)
    async fn resident_id(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.0.sealed(ctx, Class::Identity, mask::number, Column::ResidentId).await
    }

    /// 没有身份证号的原因 (why there is no resident ID)
    async fn no_id_reason(&self) -> Option<NoIdReason> {
        self.0.open(|row| row.no_id_reason)
    }

    /// 性别 (sex)
    async fn sex(&self) -> Option<Sex> {
        self.0.open(|row| row.sex)
    }

    /// 出生日期 (birth date)
    async fn birth_date(&self, ctx: &Context<'_>) -> Option<Date> {
        self.0.value(ctx, Class::Identity, |row| row.birth_date.map(Date)).await
    }

    /// 住址所在村（社区）或乡镇的代码 (code of the village, or of the township)
    async fn division_code(&self) -> &str {
        self.0.open(|row| &row.division_code)
    }

    /// 住址所在区划 (the division they live in)
    async fn division(&self, ctx: &Context<'_>) -> Option<Result<Division>> {
        division_of(ctx, self.0.open(|row| &row.division_code)).await
    }

    /// 住址 (address)
    async fn address(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.0.sealed(ctx, Class::Address, mask::whole, Column::Address).await
    }

    /// 电话 (phone)
    async fn phone(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.0.sealed(ctx, Class::Contact, mask::phone, Column::Phone).await
    }

    /// 家庭经济类别 (income class)
    async fn income_class(&self, ctx: &Context<'_>) -> Option<IncomeClass> {
        self.0.value(ctx, Class::Finance, |row| row.income_class).await
    }

    /// 所在家庭 (the household they live in)
    async fn household(&self, ctx: &Context<'_>) -> Option<Result<Household>> {
        ctx.one(self.0.open(|row| row.household_id)).await
    }

    /// 与户主关系 (relation to the head of the household)
    async fn household_relation(&self, ctx: &Context<'_>) -> Option<String> {
        self.0
            .text(ctx, Class::Guardian, mask::whole, |row| row.household_relation.as_deref())
            .await
    }

    /// 版本，每次变更加一，更正时须注明 (version; a correction names it)
    async fn version(&self) -> i64 {
        self.0.open(|row| row.version)
    }

    /// 首次登记时间 (first recorded at)
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.open(|row| row.created_at)
    }

    /// 最近变更时间 (last changed at)
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.open(|row| row.updated_at)
    }

    /// 最近一次探访 (the newest visit)
    async fn newest_visit(&self, ctx: &Context<'_>) -> Option<Result<Visit>> {
        ctx.newest(self.0.open(|row| row.id), Relation::Person).await
    }

    /// 最近一次评估 (the newest assessment)
    async fn newest_assessment(&self, ctx: &Context<'_>) -> Option<Result<Assessment>> {
        ctx.newest(self.0.open(|row| row.id), Relation::Person).await
    }

    /// 谁查阅或写入过其资料，新的在前；仅限社工站负责人与民政人员，一次只可查一人 (who has seen or written their data, newest first; for a STATION_LEAD and a COUNTY_OFFICER, of one person a request)
    async fn accesses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")] first: Option<i32>,
        #[graphql(desc = "在此游标之后 (after this cursor)")] after: Option<String>,
    ) -> Option<Result<AccessConnection>> {
        let id = self.0.open(|row| row.id);
        Some(accesses_of(ctx, id, (first.map(i64::from), after.as_deref())).await)
    }

    #[graphql(flatten)]
    async fn lists(&self) -> PersonLists {
        PersonLists(Parent::row(self.0.open(|row| row.id)))
    }
}

lists! {
    PersonLists {
        /// 服务他的社工站 (stations that serve them)
        stations: Station, Some(Relation::Person);
        /// 探访 (visits)
        visits: Visit, Some(Relation::Person);
        /// 评估 (assessments)
        assessments: Assessment, Some(Relation::Person);
        /// 台账 (ledger entries)
        ledger_entries: LedgerEntry, Some(Relation::Person);
        /// 需求 (needs)
        needs: Need, Some(Relation::Person);
        /// 免访登记 (excuses)
        excuses: Excuse, Some(Relation::Person);
        /// 涉及他的报送 (submissions about them)
        submissions: Submission, Some(Relation::Person);
    }
}

/// 人员的筛选 (which people)
#[derive(Default, InputObject)]
#[graphql(name = "PersonFilter")]
pub struct PersonFilterInput {
    /// 住址在此区划内，任何层级 (living in this division; a code of any level)
    division: Option<String>,
    /// 由这些社工站服务，代码或 id (served by one of these stations; codes or ids)
    stations: Option<Vec<String>>,
    /// 姓名开头 (how the name begins)
    name_prefix: Option<String>,
    /// 身份证号，须完整 (the whole resident ID)
    resident_id: Option<String>,
    /// 性别 (sexes)
    sexes: Option<Vec<Sex>>,
    /// 出生日期 (born in these days)
    born: Option<DayRange>,
    /// 家庭经济类别 (income classes)
    income_classes: Option<Vec<IncomeClass>>,
    /// 期间在这些台账中 (in one of these ledgers in the span `standing`, or ever)
    ledgers: Option<Vec<LedgerKind>>,
    /// 与 ledgers 合用的期间 (the days that `ledgers` means)
    standing: Option<DayRange>,
    /// 期间被探访过 (visited in these days)
    visited: Option<DayRange>,
}

impl PersonFilterInput {
    /// The one with this resident ID.
    pub fn resident(number: String) -> Self {
        Self { resident_id: Some(number), ..Self::default() }
    }
}

impl TryFrom<PersonFilterInput> for PersonFilter {
    type Error = HubError;

    fn try_from(input: PersonFilterInput) -> Result<Self, HubError> {
        let resident_id = input.resident_id.map(|text| {
            text.parse()
                .map_err(|error| HubError::Invalid(format!("{text:?} is no resident ID: {error}")))
        });
        let days = DayRange::days(input.standing)?;
        let visited = DayRange::days(input.visited)?;
        Ok(Self {
            cell: None,
            division: division_code(input.division)?,
            stations: stations(input.stations),
            name_prefix: input.name_prefix,
            resident_id: resident_id.transpose()?,
            sexes: input.sexes.unwrap_or_default(),
            born: DayRange::days(input.born)?,
            income_classes: input.income_classes.unwrap_or_default(),
            standing: input.ledgers.map(|kinds| Standing { kinds, days, absent: false }),
            visits: input.visited.map(|_| VisitFilter { visited, ..VisitFilter::default() }),
        })
    }
}

/// 人员的排序 (order of people)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "hub::people::PersonOrder")]
pub enum PersonOrder {
    /// 新登记的在前 (last registered first)
    RegisteredDesc,
    /// 早登记的在前 (first registered first)
    RegisteredAsc,
    /// 按姓名升序 (by name)
    NameAsc,
    /// 按姓名降序 (by name, last first)
    NameDesc,
    /// 按区划代码升序 (by division code)
    DivisionAsc,
    /// 按区划代码降序 (by division code, last first)
    DivisionDesc,
}
