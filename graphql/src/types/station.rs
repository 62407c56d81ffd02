use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use hub::{HubError, listing::Relation, stations::StationFilter, visits::VisitFilter};

use super::{
    Assessment, Division, Excuse, Household, LedgerEntry, Need, Person, Submission, Visit,
    connected, division_code,
};
use crate::{
    connection::{Parent, lists},
    context::ContextExt,
    date::DayRange,
    ids::Kind,
};

connected!(Station, station, StationFilterInput, StationOrder);

/// 社工站 (a social-work station)
#[Object]
impl Station {
    /// 全局 id (global id)
    pub async fn id(&self) -> ID {
        Kind::Station.id(self.0.open(|row| row.id))
    }

    /// 代码 (code)
    async fn code(&self) -> &str {
        self.0.open(|row| &row.code)
    }

    /// 名称 (name)
    async fn name(&self) -> &str {
        self.0.open(|row| &row.name)
    }

    /// 所在乡镇（街道）的代码 (code of its division)
    async fn division_code(&self) -> &str {
        self.0.open(|row| &row.division_code)
    }

    /// 所在乡镇（街道）(its division)
    async fn division(&self, ctx: &Context<'_>) -> Option<Result<Division>> {
        ctx.one(Some(self.0.open(|row| row.division_id))).await
    }

    /// 最近一次探访 (its newest visit)
    async fn newest_visit(&self, ctx: &Context<'_>) -> Option<Result<Visit>> {
        ctx.newest(self.0.open(|row| row.id), Relation::Station).await
    }

    #[graphql(flatten)]
    async fn lists(&self) -> StationLists {
        StationLists(Parent::row(self.0.open(|row| row.id)))
    }
}

lists! {
    StationLists {
        /// 服务的人员 (people it serves)
        persons: Person, Some(Relation::Station);
        /// 登记的家庭 (households it registered)
        households: Household, Some(Relation::Station);
        /// 探访 (visits)
        visits: Visit, Some(Relation::Station);
        /// 评估 (assessments)
        assessments: Assessment, Some(Relation::Station);
        /// 台账 (ledger entries)
        ledger_entries: LedgerEntry, Some(Relation::Station);
        /// 需求 (needs)
        needs: Need, Some(Relation::Station);
        /// 免访登记 (excuses)
        excuses: Excuse, Some(Relation::Station);
        /// 报送记录 (submissions)
        submissions: Submission, Some(Relation::Station);
    }
}

/// 社工站的筛选 (which stations)
#[derive(InputObject)]
#[graphql(name = "StationFilter")]
pub struct StationFilterInput {
    /// 在此区划内 (in this division; a code)
    division: Option<String>,
    /// 代码 (codes)
    codes: Option<Vec<String>>,
    /// 名称开头 (how the name begins)
    name_prefix: Option<String>,
    /// 在此期间有探访 (with a visit in these days)
    visited: Option<DayRange>,
}

impl TryFrom<StationFilterInput> for StationFilter {
    type Error = HubError;

    fn try_from(input: StationFilterInput) -> Result<Self, HubError> {
        let visited = DayRange::days(input.visited)?;
        Ok(Self {
            division: division_code(input.division)?,
            codes: input.codes.unwrap_or_default(),
            name_prefix: input.name_prefix,
            visits: input.visited.map(|_| VisitFilter { visited, ..VisitFilter::default() }),
        })
    }
}

/// 社工站的排序 (order of stations)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "hub::stations::StationOrder")]
pub enum StationOrder {
    /// 按代码升序 (by code)
    CodeAsc,
    /// 按代码降序 (by code, last first)
    CodeDesc,
}
