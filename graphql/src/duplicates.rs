//! People who look like one, and the decision that they are two.

use async_graphql::{Context, ID, InputObject, Object, Result};
use hub::{
    HubError,
    duplicates::{DuplicateFilter, Likely},
    page::Page,
};

use crate::{
    connection::PageInfo,
    context::ContextExt,
    ids::{Kind, stations},
    types::{Person, division_code},
};

pub struct DuplicateMutation;

/// 疑为同一人 (people who look like one)
#[Object]
impl DuplicateMutation {
    /// 判定疑为同一人的两人是两个人，不再列出；由社工站负责人或区县人员，须说明理由 (decides that two who look like one are two, so that they are listed no more; by a lead or officer, with a reason)
    async fn keep_apart(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "其中一人 (one of them)")] a: ID,
        #[graphql(desc = "另一人 (the other)")] b: ID,
        #[graphql(desc = "理由，4 至 200 字 (why; 4 to 200 characters)")] reason: String,
    ) -> Result<LikelyOf> {
        let pair = (Kind::Person.uuid(&a)?, Kind::Person.uuid(&b)?);
        let (hub, viewer, asking) = (ctx.hub()?, ctx.viewer()?, ctx.access("")?);
        Ok(LikelyOf(hub.keep_apart(viewer, pair, &reason, asking).await?))
    }
}

/// 疑为同一人的筛选 (which of them)
#[derive(Default, InputObject)]
#[graphql(name = "LikelyDuplicateFilter")]
pub struct LikelyFilterInput {
    /// 至少一人在此区划在册，任何层级 (at least one stands in a ledger in this division; a code of any level)
    division: Option<String>,
    /// 至少一人在这些社工站在册，代码或 id (at least one stands in a ledger of one of these stations; codes or ids)
    stations: Option<Vec<String>>,
}

impl TryFrom<LikelyFilterInput> for DuplicateFilter {
    type Error = HubError;

    fn try_from(input: LikelyFilterInput) -> Result<Self, HubError> {
        Ok(Self { stations: stations(input.stations), division: division_code(input.division)? })
    }
}

/// A page of pairs.
pub struct LikelyConnection(pub Page<Likely>);

/// 疑为同一人的分页列表 (a page of people who look like one)
#[Object(name = "LikelyDuplicateConnection")]
impl LikelyConnection {
    /// 各条及其游标 (the rows with their cursors)
    async fn edges(&self) -> Vec<LikelyEdge> {
        self.0.rows.iter().copied().map(LikelyEdge).collect()
    }

    /// 各条 (the rows)
    async fn nodes(&self) -> Vec<LikelyOf> {
        self.0.rows.iter().copied().map(LikelyOf).collect()
    }

    /// 分页信息 (where the page lies)
    async fn page_info(&self) -> PageInfo {
        PageInfo::of(&self.0, Likely::cursor)
    }
}

struct LikelyEdge(Likely);

/// 疑为同一人列表中的一条 (a row of the list of people who look like one)
#[Object(name = "LikelyDuplicateEdge")]
impl LikelyEdge {
    /// 游标 (its place in the list)
    async fn cursor(&self) -> String {
        self.0.cursor()
    }

    /// 内容 (the row)
    async fn node(&self) -> LikelyOf {
        LikelyOf(self.0)
    }
}

pub struct LikelyOf(Likely);

/// 疑为同一人的两人：同名，已知的性别、出生日期相同，且不是各有身份证号；都在册 (two who look like one: of one name, of one sex and birth date as far as known of both, not with a resident ID each; both stand in a ledger)
#[Object(name = "LikelyDuplicate")]
impl LikelyOf {
    /// 先登记的 (the one recorded first)
    async fn earlier(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(Some(self.0.earlier)).await
    }

    /// 后登记的 (the one recorded later)
    async fn later(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(Some(self.0.later)).await
    }
}
