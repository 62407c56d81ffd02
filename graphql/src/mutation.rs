//! Handing in.

use std::borrow::Cow;

use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use entity::{ChangeAction, SubmissionKind};
use hub::{HubError, intake, intake::Status, problem::Problem, submission::Submission};
use uuid::Uuid;

use crate::{
    clearing::ClearingMutation,
    context::ContextExt,
    duplicates::DuplicateMutation,
    exports::ExportMutation,
    ids::Kind,
    imports::ImportMutation,
    input::SubmissionInput,
    jobs::JobMutation,
    layouts::LayoutMutation,
    questions::QuestionMutation,
    reveal::RevealMutation,
    tables::TableMutation,
    types::{Household, Node, Person, Submission as Journaled, Visit, record_of},
};

/// The root of mutations.
pub struct Mutation;

/// 变更 (what can be changed)
#[Object]
impl Mutation {
    /// 报送，逐条回执，次序相同；一次至多 500 条。同一条重报不会重复入库 (hands in up to 500 items; each is answered, in order, and recorded once however often it is sent)
    async fn submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "各条报送 (what is handed in)")] items: Vec<SubmissionInput>,
    ) -> Result<SubmitPayload> {
        let items: Vec<Submission> = items.into_iter().map(Into::into).collect();
        let kinds: Vec<_> = items.iter().map(|item| item.content.kind()).collect();
        let receipts = hand_in(ctx, items, kinds.clone()).await?;
        ctx.loaders()?.clear();
        let receipts = receipts.into_iter().zip(kinds);
        let receipts = receipts.map(|(receipt, kind)| Receipt { receipt, kind }).collect();
        Ok(SubmitPayload { receipts })
    }

    /// 为已入库的探访补上照片，每次探访至多 10 张 (hangs photos on a visit that is on record; 10 at most)
    async fn attach_photos(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "探访 (the visit)")] visit: ID,
        #[graphql(desc = "由本账户传完的照片 (photos that this account uploaded whole)")]
        photos: Vec<Uuid>,
    ) -> Result<Visit> {
        let id = Kind::Visit.uuid(&visit)?;
        let (hub, viewer) = (ctx.hub()?.clone(), ctx.viewer()?.clone());
        let asking = ctx.access("")?;
        // What is in the trail is done, though nobody waits for the answer any more.
        let attaching =
            tokio::spawn(async move { hub.attach_photos(&viewer, id, &photos, asking).await });
        attaching.await.map_err(|_| HubError::Unavailable)??;
        ctx.loaders()?.clear();
        ctx.one(Some(id)).await.unwrap_or_else(|| Err(HubError::Unavailable.into()))
    }

    /// 不再列出未入库的报送：本账户的；或说明理由，由负责人或区县人员对其范围内的。答复条数 (lists refusals no more: own ones, or with a reason those of a lead's or officer's reach; gives how many)
    async fn dismiss_refusals(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "报送时的 UUID，至多 500 个 (ids they were handed in under; 500 at most)"
        )]
        ids: Vec<Uuid>,
        #[graphql(desc = "理由，4 至 200 字 (why; 4 to 200 characters)")] reason: Option<String>,
    ) -> Result<u64> {
        let (hub, viewer, asking) = (ctx.hub()?, ctx.viewer()?, ctx.access("")?);
        let gone = hub.dismiss_refusals(viewer, (&ids, reason.as_deref()), asking).await?;
        ctx.loaders()?.clear();
        Ok(gone)
    }

    #[graphql(flatten)]
    async fn clearing(&self) -> ClearingMutation {
        ClearingMutation
    }

    #[graphql(flatten)]
    async fn duplicates(&self) -> DuplicateMutation {
        DuplicateMutation
    }

    #[graphql(flatten)]
    async fn imports(&self) -> ImportMutation {
        ImportMutation
    }

    #[graphql(flatten)]
    async fn jobs(&self) -> JobMutation {
        JobMutation
    }

    #[graphql(flatten)]
    async fn layouts(&self) -> LayoutMutation {
        LayoutMutation
    }

    #[graphql(flatten)]
    async fn questions(&self) -> QuestionMutation {
        QuestionMutation
    }

    #[graphql(flatten)]
    async fn exports(&self) -> ExportMutation {
        ExportMutation
    }

    #[graphql(flatten)]
    async fn reveals(&self) -> RevealMutation {
        RevealMutation
    }

    #[graphql(flatten)]
    async fn tables(&self) -> TableMutation {
        TableMutation
    }
}

/// Hands in, and notes in the trail whose data was written. Goes on where nobody waits for the answer
/// any more: what was taken is recorded then all the same.
async fn hand_in(
    ctx: &Context<'_>,
    items: Vec<Submission>,
    kinds: Vec<SubmissionKind>,
) -> Result<Vec<intake::Receipt>> {
    let (hub, viewer) = (ctx.hub()?.clone(), ctx.viewer()?.clone());
    let access = ctx.access("SUBMIT")?;
    let handing_in = tokio::spawn(async move {
        let receipts = hub.submit(&viewer, items).await?;
        if let Some(access) = access.writing(&receipts, &kinds) {
            hub.note(access).await?;
        }
        Ok::<_, HubError>(receipts)
    });
    Ok(handing_in.await.map_err(|_| HubError::Unavailable)??)
}

pub struct SubmitPayload {
    receipts: Vec<Receipt>,
}

/// 报送的答复 (the answer to what was handed in)
#[Object]
impl SubmitPayload {
    /// 回执，与报送的次序相同 (receipts, in the order of the items)
    async fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }
}

/// 报送结果 (what became of a submission)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Status")]
pub enum ReceiptStatus {
    /// 已入库 (recorded now)
    Stored,
    /// 此前已入库，这是当时的回执 (recorded before; this is the receipt of then)
    Replayed,
    /// 此 id 此前报送过别的内容，未入库 (another content was recorded under this id; nothing was written)
    Conflict,
    /// 内容有误，未入库；改正后可再报 (something is wrong; nothing was written; mend it and send it again)
    Rejected,
}

pub struct Receipt {
    receipt: intake::Receipt,
    kind: SubmissionKind,
}

/// 回执 (the answer to one submission)
#[Object]
impl Receipt {
    /// 报送时的 UUID (the id it was handed in under)
    async fn submission_id(&self) -> Uuid {
        self.receipt.submission_id
    }

    /// 结果 (what became of it)
    async fn status(&self) -> ReceiptStatus {
        self.receipt.status.into()
    }

    /// 入库时间 (when it was recorded)
    async fn recorded_at(&self) -> Option<DateTime<Utc>> {
        self.receipt.recorded.as_ref().map(|recorded| recorded.at)
    }

    /// 对记录做了什么 (what it did to the record)
    async fn action(&self) -> Option<ChangeAction> {
        self.receipt.recorded.as_ref().map(|recorded| recorded.action)
    }

    /// 社工站与内容的 SHA-256 (SHA-256 of station and content)
    async fn digest(&self) -> &str {
        &self.receipt.digest
    }

    /// 问题，没有则为空列表 (what is wrong with it; empty where nothing is)
    async fn problems(&self) -> Vec<ProblemOf<'_>> {
        self.receipt.problems.iter().map(|found| ProblemOf(Cow::Borrowed(found))).collect()
    }

    /// 报送记录 (the journal's row)
    async fn submission(&self, ctx: &Context<'_>) -> Option<Result<Journaled>> {
        ctx.one(self.receipt.recorded.as_ref().map(|recorded| recorded.journal_id)).await
    }

    /// 新增或变更的记录 (what it made or changed)
    async fn record(&self, ctx: &Context<'_>) -> Option<Result<Node>> {
        record_of(ctx, self.kind, self.receipt.recorded.as_ref()?.record_id).await
    }

    /// 涉及的人员 (the person it is about)
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(self.receipt.recorded.as_ref()?.person_id).await
    }

    /// 涉及的家庭 (the household it is about)
    async fn household(&self, ctx: &Context<'_>) -> Option<Result<Household>> {
        ctx.one(self.receipt.recorded.as_ref()?.household_id).await
    }
}

pub(crate) struct ProblemOf<'a>(pub Cow<'a, Problem>);

/// 一处问题 (one thing that is wrong)
#[Object(name = "Problem")]
impl ProblemOf<'_> {
    /// 固定代码 (stable code)
    async fn code(&self) -> &str {
        self.0.code.as_str()
    }

    /// 位置，如 person.residentId (path of the value in the content)
    async fn path(&self) -> &str {
        &self.0.path
    }

    /// 报送的值 (the value as given)
    async fn value(&self) -> Option<&str> {
        self.0.value.as_deref()
    }

    /// 说明，按请求语言 (a sentence, in the language of the request)
    async fn message(&self, ctx: &Context<'_>) -> String {
        self.0.message(ctx.language())
    }

    /// 可能的改正 (the likely repair)
    async fn repair(&self) -> Option<&str> {
        self.0.repair.as_deref()
    }
}
