use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use entity::DivisionLevel;
use hub::{HubError, divisions::DivisionFilter, listing::Relation};

use super::{
    Assessment, Excuse, Household, LedgerEntry, Need, Person, Station, Visit, connected,
    division_code,
};
use crate::{
    connection::{Parent, lists},
    context::ContextExt,
    date::Date,
    ids::Kind,
};

connected!(Division, division, DivisionFilterInput, DivisionOrder);

/// 行政区划 (an administrative division)
#[Object]
impl Division {
    /// 全局 id (global id)
    pub async fn id(&self) -> ID {
        Kind::Division.id(self.0.open(|row| row.id))
    }

    /// 统计用区划代码：市县 6 位、乡镇 9 位、村 12 位 (statistics code)
    async fn code(&self) -> &str {
        self.0.open(|row| &row.code)
    }

    /// 名称 (name)
    async fn name(&self) -> &str {
        self.0.open(|row| &row.name)
    }

    /// 层级 (level)
    async fn level(&self) -> DivisionLevel {
        self.0.open(|row| row.level)
    }

    /// 启用日 (first day of the code)
    async fn valid_from(&self) -> Date {
        Date(self.0.open(|row| row.valid_from))
    }

    /// 停用日，仍在用则为空 (last day of the code)
    async fn valid_to(&self) -> Option<Date> {
        self.0.open(|row| row.valid_to).map(Date)
    }

    /// 承继其辖区的区划 (what took over its area when the code ended)
    async fn successor(&self, ctx: &Context<'_>) -> Option<Result<Division>> {
        ctx.one(self.0.open(|row| row.successor_id)).await
    }

    /// 上级区划 (the division it is part of)
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Division>> {
        ctx.one(self.0.open(|row| row.parent_id)).await
    }

    /// 全部上级，自市而下 (all it is part of, from the city down)
    async fn ancestors(&self, ctx: &Context<'_>) -> Result<Vec<Division>> {
        let mut ancestors: Vec<Division> = Vec::new();
        let mut parent = self.0.open(|row| row.parent_id);
        while let Some(found) = ctx.one::<Division>(parent).await.transpose()? {
            parent = found.0.open(|row| row.parent_id);
            ancestors.insert(0, found);
        }
        Ok(ancestors)
    }

    #[graphql(flatten)]
    async fn lists(&self) -> DivisionLists {
        DivisionLists(Parent::division(self.0.open(|row| row.id), self.0.open(|row| &row.code)))
    }
}

lists! {
    DivisionLists {
        /// 下一级区划 (its parts)
        children: Division, Some(Relation::ParentDivision);
        /// 辖区内的社工站 (stations in it)
        stations: Station, Some(Relation::Division);
        /// 住址在辖区内的人员 (people who live in it)
        persons: Person, Some(Relation::Division);
        /// 辖区内的家庭 (households in it)
        households: Household, Some(Relation::Division);
        /// 辖区内的探访 (visits in it)
        visits: Visit, Some(Relation::Division);
        /// 辖区内的评估 (assessments in it)
        assessments: Assessment, Some(Relation::Division);
        /// 辖区内的台账 (ledger entries in it)
        ledger_entries: LedgerEntry, Some(Relation::Division);
        /// 辖区内的需求 (needs in it)
        needs: Need, Some(Relation::Division);
        /// 辖区内的免访登记 (excuses in it)
        excuses: Excuse, Some(Relation::Division);
    }
}

/// 区划的筛选 (which divisions)
#[derive(InputObject)]
#[graphql(name = "DivisionFilter")]
pub struct DivisionFilterInput {
    /// 在此区划内，含其本身 (this division and what lies in it; a code)
    within: Option<String>,
    /// 层级 (levels)
    levels: Option<Vec<DivisionLevel>>,
    /// 名称开头 (how the name begins)
    name_prefix: Option<String>,
    /// 在此日有效 (in use on this day)
    valid_on: Option<Date>,
}

impl TryFrom<DivisionFilterInput> for DivisionFilter {
    type Error = HubError;

    fn try_from(input: DivisionFilterInput) -> Result<Self, HubError> {
        Ok(Self {
            within: division_code(input.within)?,
            levels: input.levels.unwrap_or_default(),
            name_prefix: input.name_prefix,
            valid_on: input.valid_on.map(|day| day.0),
        })
    }
}

/// 区划的排序 (order of divisions)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "hub::divisions::DivisionOrder")]
pub enum DivisionOrder {
    /// 按代码升序 (by code)
    CodeAsc,
    /// 按代码降序 (by code, last first)
    CodeDesc,
}
