use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use entity::{IncomeClass, household::Column};
use hub::{
    HubError,
    households::HouseholdFilter,
    listing::Relation,
    policy::{Class, mask},
};

use super::{
    Assessment, Division, Need, Person, Station, Submission, Visit, connected, division_code,
    division_of,
};
use crate::{
    connection::{Parent, lists},
    context::ContextExt,
    ids::{Kind, stations},
};

connected!(Household, household, HouseholdFilterInput, HouseholdOrder);

/// 家庭 (the people who live together)
#[Object]
impl Household {
    /// 全局 id (global id)
    pub async fn id(&self) -> ID {
        Kind::Household.id(self.0.open(|row| row.id))
    }

    /// 户主 (whom it is registered under)
    async fn head(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(Some(self.0.open(|row| row.head_id))).await
    }

    /// 登记的社工站 (the station that registered it)
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

    /// 住址 (address)
    async fn address(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.0.sealed(ctx, Class::Address, mask::whole, Column::Address).await
    }

    /// 家庭经济类别 (income class)
    async fn income_class(&self, ctx: &Context<'_>) -> Option<IncomeClass> {
        self.0.value(ctx, Class::Finance, |row| row.income_class).await
    }

    /// 版本，每次变更加一 (version, counting up with each change)
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
        ctx.newest(self.0.open(|row| row.id), Relation::Household).await
    }

    #[graphql(flatten)]
    async fn lists(&self) -> HouseholdLists {
        HouseholdLists(Parent::row(self.0.open(|row| row.id)))
    }
}

lists! {
    HouseholdLists {
        /// 成员，含户主 (members, the head included)
        members: Person, Some(Relation::Household);
        /// 对整户的探访 (visits to the household as a whole)
        visits: Visit, Some(Relation::Household);
        /// 对整户的评估 (assessments of the household as a whole)
        assessments: Assessment, Some(Relation::Household);
        /// 整户的需求 (needs of the household as a whole)
        needs: Need, Some(Relation::Household);
        /// 登记或变更它的报送 (submissions that made or changed it)
        submissions: Submission, Some(Relation::Record);
    }
}

/// 家庭的筛选 (which households)
#[derive(InputObject)]
#[graphql(name = "HouseholdFilter")]
pub struct HouseholdFilterInput {
    /// 在此区划内，任何层级 (in this division; a code of any level)
    division: Option<String>,
    /// 社工站，代码或 id (stations; codes or ids)
    stations: Option<Vec<String>>,
    /// 家庭经济类别 (income classes)
    income_classes: Option<Vec<IncomeClass>>,
    /// 户主姓名开头 (how the name of the head begins)
    head_name_prefix: Option<String>,
}

impl TryFrom<HouseholdFilterInput> for HouseholdFilter {
    type Error = HubError;

    fn try_from(input: HouseholdFilterInput) -> Result<Self, HubError> {
        Ok(Self {
            division: division_code(input.division)?,
            stations: stations(input.stations),
            income_classes: input.income_classes.unwrap_or_default(),
            head_name_prefix: input.head_name_prefix,
        })
    }
}

/// 家庭的排序 (order of households)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "hub::households::HouseholdOrder")]
pub enum HouseholdOrder {
    /// 新登记的在前 (last registered first)
    RegisteredDesc,
    /// 早登记的在前 (first registered first)
    RegisteredAsc,
    /// 按区划代码升序 (by division code)
    DivisionAsc,
    /// 按区划代码降序 (by division code, last first)
    DivisionDesc,
}
