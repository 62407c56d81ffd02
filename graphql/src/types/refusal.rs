use std::borrow::Cow;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use entity::{RefusalStatus, SubmissionKind};
use hub::{
    HubError,
    refusals::{RefusalFilter, may_dismiss, problems},
};
use uuid::Uuid;

use super::{Station, connected};
use crate::{
    context::ContextExt,
    ids::{Kind, stations},
    mutation::ProblemOf,
    tables::staff,
};

connected!(Refusal, refusal, RefusalFilterInput, RefusalOrder);

/// 未入库且尚未改正的报送；内容只在报送的设备上 (what was handed in, refused and is not mended; only the device that sent it has the content)
#[Object]
impl Refusal {
    /// 全局 id (global id)
    pub async fn id(&self) -> ID {
        Kind::Refusal.id(self.0.open(|row| row.submission_id))
    }

    /// 报送方自编的 UUID (the client's own UUID)
    async fn submission_id(&self) -> Uuid {
        self.0.open(|row| row.submission_id)
    }

    /// 报送种类 (kind)
    async fn kind(&self) -> SubmissionKind {
        self.0.open(|row| row.kind)
    }

    /// 为何未入库 (why it is not on record)
    async fn status(&self) -> RefusalStatus {
        self.0.open(|row| row.status)
    }

    /// 问题，不含报送的值 (what is wrong with it, without the values)
    async fn problems(&self) -> Vec<ProblemOf<'_>> {
        let found = self.0.open(problems).into_iter();
        found.map(|problem| ProblemOf(Cow::Owned(problem))).collect()
    }

    /// 社工站；无从得知的为空 (the station it was handed in for; null where that is not known)
    async fn station(&self, ctx: &Context<'_>) -> Option<Result<Station>> {
        ctx.one(self.0.open(|row| row.station_id)).await
    }

    /// 报送账户的名称 (name of the account)
    async fn account_name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        staff(ctx, "Refusal", Some(self.0.open(|row| row.account_id))).await
    }

    /// 本账户可否使其不再列出 (whether this account may have it listed no more)
    async fn may_dismiss(&self, ctx: &Context<'_>) -> Result<bool> {
        let viewer = ctx.viewer()?;
        Ok(self.0.open(|row| may_dismiss(viewer, row)))
    }

    /// 首次未入库的时间 (first refused at)
    async fn first_refused_at(&self) -> DateTime<Utc> {
        self.0.open(|row| row.first_refused_at)
    }

    /// 最近一次未入库的时间 (last refused at)
    async fn refused_at(&self) -> DateTime<Utc> {
        self.0.open(|row| row.refused_at)
    }
}

/// 未入库报送的筛选 (which refusals)
#[derive(InputObject)]
#[graphql(name = "RefusalFilter")]
pub struct RefusalFilterInput {
    /// 社工站，代码或 id (stations; codes or ids)
    stations: Option<Vec<String>>,
    /// 报送种类 (kinds)
    kinds: Option<Vec<SubmissionKind>>,
    /// 只要本账户报送的 (handed in by this account)
    mine: Option<bool>,
}

impl TryFrom<RefusalFilterInput> for RefusalFilter {
    type Error = HubError;

    fn try_from(input: RefusalFilterInput) -> Result<Self, HubError> {
        Ok(Self {
            stations: stations(input.stations),
            kinds: input.kinds.unwrap_or_default(),
            mine: input.mine.unwrap_or_default(),
        })
    }
}

/// 未入库报送的排序 (order of refusals)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "hub::refusals::RefusalOrder")]
pub enum RefusalOrder {
    /// 早未入库的在前 (first refused first)
    FirstRefusedAsc,
    /// 新未入库的在前 (last refused first)
    FirstRefusedDesc,
}
