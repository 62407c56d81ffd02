//! Opening what is masked: asking, deciding, and what is told of it.

use std::{collections::HashSet, time::Duration};

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use entity::{DataClass, RevealKind, RevealStatus, notice, reveal};
use futures_util::{Stream, StreamExt, stream};
use hub::{Hub, HubError, access::Viewer};
use uuid::Uuid;

use crate::{context::ContextExt, ids::Kind, types::Person};

/// How often is looked for what another hub on the same database posted.
const LOOK: Duration = Duration::from_secs(5);

pub struct RevealMutation;

/// 明文查看 (opening what is masked)
#[Object]
impl RevealMutation {
    /// 申请查看某人被遮蔽的资料；须说明事由，未成年人的须另一人批准 (asks to see masked data of a person plainly; of a minor once a second person approves)
    async fn reveal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "人员 (the person; an id)")] person: ID,
        #[graphql(desc = "资料类别 (classes of data)")] classes: Vec<DataClass>,
        #[graphql(desc = "事由，4 至 200 字 (what for; 4 to 200 characters)")] purpose: String,
    ) -> Result<RevealOf> {
        let person = Kind::Person.uuid(&person)?;
        let (hub, viewer, asking) = (ctx.hub()?, ctx.viewer()?, ctx.access("")?);
        written(ctx, hub.reveal(viewer, (person, &classes), &purpose, asking).await).await
    }

    /// 紧急查看：立即开放某人全部资料 4 小时，并立即通知其社工站负责人与审计人员 (opens all of a person at once for 4 hours, and tells the leads of its stations and the auditors at once)
    async fn break_glass(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "人员 (the person; an id)")] person: ID,
        #[graphql(desc = "事由，4 至 200 字 (what for; 4 to 200 characters)")] purpose: String,
    ) -> Result<RevealOf> {
        let person = Kind::Person.uuid(&person)?;
        let (hub, viewer, asking) = (ctx.hub()?, ctx.viewer()?, ctx.access("")?);
        written(ctx, hub.break_glass(viewer, person, &purpose, asking).await).await
    }

    /// 批准他人的申请，开放 1 至 72 小时 (approves what another asked for; open for 1 to 72 hours)
    async fn approve_reveal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "申请 (the request)")] id: Uuid,
        #[graphql(desc = "小时数 (hours)")] hours: i32,
    ) -> Result<RevealOf> {
        let (hub, viewer, asking) = (ctx.hub()?, ctx.viewer()?, ctx.access("")?);
        written(ctx, hub.approve_reveal(viewer, (id, hours.into()), asking).await).await
    }

    /// 不批准他人的申请，或收回已开放的 (refuses what another asked for, or ends what is open)
    async fn refuse_reveal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "申请 (the request)")] id: Uuid,
        #[graphql(desc = "理由，4 至 200 字 (why; 4 to 200 characters)")] reason: String,
    ) -> Result<RevealOf> {
        let (hub, viewer, asking) = (ctx.hub()?, ctx.viewer()?, ctx.access("")?);
        written(ctx, hub.refuse_reveal(viewer, (id, &reason), asking).await).await
    }

    /// 撤回自己的申请，已开放的随即结束 (takes back an own request, also where it is open)
    async fn withdraw_reveal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "申请 (the request)")] id: Uuid,
    ) -> Result<RevealOf> {
        let (hub, viewer, asking) = (ctx.hub()?, ctx.viewer()?, ctx.access("")?);
        written(ctx, hub.withdraw_reveal(viewer, id, asking).await).await
    }

    /// 确认已知悉一条通知 (says that a notice was taken note of)
    async fn acknowledge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "通知 (the notice)")] id: Uuid,
    ) -> Result<NoticeOf> {
        Ok(NoticeOf(ctx.hub()?.acknowledge(ctx.viewer()?, id).await?))
    }
}

/// What was written, read anew from now on.
async fn written(ctx: &Context<'_>, settled: Result<reveal::Model, HubError>) -> Result<RevealOf> {
    let settled = settled?;
    ctx.loaders()?.clear();
    Ok(RevealOf::from(settled))
}

/// Shown to who asked, who may decide and who is told: the hub gives it to nobody else.
pub struct RevealOf(reveal::Model);

impl From<reveal::Model> for RevealOf {
    fn from(row: reveal::Model) -> Self {
        Self(row)
    }
}

/// 一次明文查看 (leave to see masked data of one person plainly)
#[Object(name = "Reveal")]
impl RevealOf {
    /// 编号 (id)
    async fn id(&self) -> Uuid {
        self.0.id
    }

    /// 方式 (how it was asked for)
    async fn kind(&self) -> RevealKind {
        self.0.kind
    }

    /// 状态 (what has become of it)
    async fn status(&self, ctx: &Context<'_>) -> Result<RevealStatus> {
        Ok(self.0.status_at(ctx.hub()?.clock.now()))
    }

    /// 人员的 id (id of the person)
    async fn person_id(&self) -> ID {
        Kind::Person.id(self.0.person_id)
    }

    /// 人员，不在范围内则为空 (the person; null out of reach)
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(Some(self.0.person_id)).await
    }

    /// 资料类别 (classes of data)
    async fn classes(&self) -> &[DataClass] {
        &self.0.classes.0
    }

    /// 事由 (what for)
    async fn purpose(&self) -> &str {
        &self.0.purpose
    }

    /// 申请人 (name of the account that asked)
    async fn asked_by(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        name_of(ctx, Some(self.0.account_id)).await
    }

    /// 申请时间 (asked at)
    async fn asked_at(&self) -> DateTime<Utc> {
        self.0.asked_at
    }

    /// 决定人 (name of the account that decided)
    async fn decided_by(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        name_of(ctx, self.0.decided_by).await
    }

    /// 决定时间 (decided at)
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// 不予开放的理由 (why it was refused)
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// 开放至 (open until)
    async fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.0.ends_at
    }
}

/// The name of an account.
pub(crate) async fn name_of(ctx: &Context<'_>, account: Option<Uuid>) -> Option<Result<String>> {
    let loaders = match ctx.loaders() {
        Ok(loaders) => loaders,
        Err(error) => return Some(Err(error)),
    };
    let found = loaders.account.load(account?).await;
    found.map(|row| row.map(|row| row.name.clone())).map_err(Into::into).transpose()
}

/// Shown to its own account alone.
pub struct NoticeOf(pub notice::Model);

/// 紧急查看的通知 (a notice of broken glass)
#[Object(name = "Notice")]
impl NoticeOf {
    /// 编号 (id)
    async fn id(&self) -> Uuid {
        self.0.id
    }

    /// 时间 (when)
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// 确认时间 (acknowledged at)
    async fn acknowledged_at(&self) -> Option<DateTime<Utc>> {
        self.0.acknowledged_at
    }

    /// 所告知的紧急查看 (what it tells of)
    async fn reveal(&self, ctx: &Context<'_>) -> Option<Result<RevealOf>> {
        let loaders = match ctx.loaders() {
            Ok(loaders) => loaders,
            Err(error) => return Some(Err(error)),
        };
        let found = loaders.reveal.load(self.0.reveal_id).await;
        let found = found.map(|row| row.map(|row| RevealOf((*row).clone())));
        found.map_err(Into::into).transpose()
    }
}

/// The notices of an account, each once: those that wait for it, then each as it is posted.
pub(crate) fn noticed(hub: Hub, viewer: Viewer) -> impl Stream<Item = Result<NoticeOf>> {
    let posted = hub.notices_posted();
    let rounds = stream::unfold((posted, true), |(mut posted, first)| async move {
        if !first {
            // The sender lives as long as the hub, which the stream holds.
            let _ = tokio::time::timeout(LOOK, posted.changed()).await;
        }
        Some(((), (posted, false)))
    });
    let mut told = HashSet::new();
    rounds
        .then(move |()| {
            let (hub, viewer) = (hub.clone(), viewer.clone());
            async move { hub.notices(&viewer, true).await }
        })
        .flat_map(move |found| {
            let new: Vec<Result<NoticeOf>> = match found {
                Ok(found) => {
                    let new = found.into_iter().rev().filter(|notice| told.insert(notice.id));
                    new.map(|notice| Ok(NoticeOf(notice))).collect()
                }
                Err(error) => vec![Err(error.into())],
            };
            stream::iter(new)
        })
}
