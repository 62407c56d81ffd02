use async_graphql::{Context, Enum, ID, InputObject, Json, Object, Result};
use chrono::{DateTime, Utc};
use entity::{ChangeAction, SubmissionKind, submission::Column};
use hub::{HubError, policy::Class, submission as handed_in, submissions::SubmissionFilter};
use uuid::Uuid;

use super::{Household, Node, Person, Station, connected, record_of};
use crate::{
    context::ContextExt,
    ids::{Kind, stations},
};

connected!(Submission, submission, SubmissionFilterInput, SubmissionOrder);

/// 报送记录，不可更改 (what a client handed in, immutable)
#[Object]
impl Submission {
    /// 全局 id (global id)
    pub async fn id(&self) -> ID {
        Kind::Submission.id(self.0.open(|row| row.id))
    }

    /// 报送方自编的 UUID (the client's own UUID)
    async fn submission_id(&self) -> Uuid {
        self.0.open(|row| row.id)
    }

    /// 报送种类 (kind)
    async fn kind(&self) -> SubmissionKind {
        self.0.open(|row| row.kind)
    }

    /// 对记录做了什么 (what it did to the record)
    async fn action(&self) -> ChangeAction {
        self.0.open(|row| row.action)
    }

    /// 随导入一并撤销的时间；未撤销的为空 (when it was taken back with its import; none where it stands)
    async fn undone_at(&self) -> Option<DateTime<Utc>> {
        self.0.open(|row| row.undone_at)
    }

    /// 报送内容，原样 (the content, as handed in)
    async fn content(&self, ctx: &Context<'_>) -> Option<Result<Json<serde_json::Value>>> {
        let text = self.0.whole(ctx, Column::Content).await?;
        Some(text.and_then(|text| Ok(Json(serde_json::from_str(&text)?))))
    }

    /// 社工站与内容的 SHA-256 (SHA-256 of station and content)
    async fn digest(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let text = self.0.whole(ctx, Column::Content).await?;
        let (id, station_id) = self.0.open(|row| (row.id, row.station_id));
        let digest = async {
            let station = ctx.loaders()?.stations.by_id.load(station_id).await?;
            let station = station.map(|row| row.code.clone()).unwrap_or_default();
            Ok(handed_in::Submission { id, station, content: serde_json::from_str(&text?)? }
                .digest())
        };
        Some(digest.await)
    }

    /// 社工站 (the station it was handed in for)
    async fn station(&self, ctx: &Context<'_>) -> Option<Result<Station>> {
        ctx.one(Some(self.0.open(|row| row.station_id))).await
    }

    /// 报送账户的名称 (name of the account)
    async fn account_name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let loaders = match ctx.loaders() {
            Ok(loaders) => loaders,
            Err(error) => return Some(Err(error)),
        };
        let id = self.0.value(ctx, Class::Staff, |row| Some(row.account_id)).await?;
        let found = loaders.account.load(id).await;
        let name = found.map(|row| row.map(|account| account.name.clone()));
        name.map_err(Into::into).transpose()
    }

    /// 新增或变更的记录 (what it made or changed)
    async fn record(&self, ctx: &Context<'_>) -> Option<Result<Node>> {
        record_of(ctx, self.0.open(|row| row.kind), self.0.open(|row| row.record_id)).await
    }

    /// 涉及的人员 (the person it is about)
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(self.0.open(|row| row.person_id)).await
    }

    /// 涉及的家庭 (the household it is about)
    async fn household(&self, ctx: &Context<'_>) -> Option<Result<Household>> {
        ctx.one(self.0.open(|row| row.household_id)).await
    }

    /// 收到时间 (received at)
    async fn received_at(&self) -> DateTime<Utc> {
        self.0.open(|row| row.received_at)
    }
}

/// 报送记录的筛选 (which submissions)
#[derive(InputObject)]
#[graphql(name = "SubmissionFilter")]
pub struct SubmissionFilterInput {
    /// 社工站，代码或 id (stations; codes or ids)
    stations: Option<Vec<String>>,
    /// 报送种类 (kinds)
    kinds: Option<Vec<SubmissionKind>>,
    /// 此刻起收到 (received from this instant on)
    received_from: Option<DateTime<Utc>>,
    /// 此刻前收到 (received before this instant)
    received_before: Option<DateTime<Utc>>,
    /// 涉及的人员 (the person; an id)
    person: Option<ID>,
    /// 只要本账户报送的 (handed in by this account)
    mine: Option<bool>,
}

impl TryFrom<SubmissionFilterInput> for SubmissionFilter {
    type Error = HubError;

    fn try_from(input: SubmissionFilterInput) -> Result<Self, HubError> {
        Ok(Self {
            cell: None,
            stations: stations(input.stations),
            kinds: input.kinds.unwrap_or_default(),
            received_from: input.received_from,
            received_before: input.received_before,
            person: Kind::Person.optional(input.person.as_ref())?,
            mine: input.mine.unwrap_or_default(),
        })
    }
}

/// 报送记录的排序 (order of submissions)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "hub::submissions::SubmissionOrder")]
pub enum SubmissionOrder {
    /// 新收到的在前 (last received first)
    ReceivedDesc,
    /// 早收到的在前 (first received first)
    ReceivedAsc,
}
