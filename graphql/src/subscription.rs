//! Following what is recorded.

use std::{collections::VecDeque, sync::Arc};

use async_graphql::{Context, InputObject, Object, Result, Subscription as Root};
use chrono::{DateTime, Utc};
use entity::{ChangeAction, SubmissionKind, TokenScope, change};
use futures_util::{Stream, stream};
use hub::{
    Hub, HubError,
    feed::{BATCH, ChangeFilter, Feed, Interest},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use uuid::Uuid;

use crate::{
    context::ContextExt,
    ids::stations,
    imports::{self, ImportActOf},
    jobs::{JobOf, progressed},
    reveal::{NoticeOf, noticed},
    types::{Submission, parse_division},
};

/// The root of subscriptions.
pub struct Subscription;

/// 订阅 (what can be followed)
#[Root]
impl Subscription {
    /// 每有报送入库即告知 (tells each submission as it is recorded, in the order of the commits)
    async fn submission_recorded(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "筛选 (which submissions)")] filter: Option<RecordedFilter>,
        #[graphql(desc = "从此序号之后接续，断线重连时用 (goes on after this seq)")] after: Option<
            i64,
        >,
    ) -> Result<impl Stream<Item = Result<Recorded>>> {
        let (hub, viewer) = (ctx.hub()?.clone(), ctx.viewer()?);
        let filter = filter.map(ChangeFilter::try_from).transpose()?.unwrap_or_default();
        let interest = hub.interest(viewer, &filter).await?;
        let receiver = ctx.data::<Feed>()?.subscribe();
        let seq = match after {
            Some(seq) => seq,
            None => hub.newest_change().await?,
        };
        let following = Following {
            hub,
            interest,
            receiver,
            seq,
            read: VecDeque::new(),
            behind: after.is_some(),
        };
        Ok(stream::unfold(Some(following), |following| async {
            let mut following = following?;
            match following.next().await {
                Ok(change) => change.map(|change| (Ok(Recorded(change)), Some(following))),
                Err(error) => Some((Err(error.into()), None)),
            }
        }))
    }

    /// 有紧急查看须通知本账户时即告知，先补发未确认的 (tells this account of broken glass at once, what it has not acknowledged first)
    async fn noticed(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = Result<NoticeOf>>> {
        let viewer = ctx.viewer()?;
        viewer.needs(TokenScope::Follow)?;
        Ok(noticed(ctx.hub()?.clone(), viewer.clone()))
    }

    /// 本账户一个作业的进展：先告知现状，此后有变化时至多每秒一次，到结束为止 (a job of this account: as it stands, then whenever it has moved on, at most each second, up to its end)
    async fn job_progressed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "作业 (the job)")] id: Uuid,
    ) -> Result<impl Stream<Item = Result<JobOf>>> {
        let viewer = ctx.viewer()?;
        viewer.needs(TokenScope::Follow)?;
        Ok(progressed(ctx.hub()?.clone(), viewer.clone(), id))
    }

    /// 一次导入的进展：先告知现状，此后有变化时至多每秒一次，到结束为止 (an import: as it stands, then whenever it has moved on, at most each second, until nothing of it is under way)
    async fn import_progressed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "导入 (the import)")] id: Uuid,
    ) -> Result<impl Stream<Item = Result<ImportActOf>>> {
        let viewer = ctx.viewer()?;
        viewer.needs(TokenScope::Follow)?;
        Ok(imports::progressed(ctx.hub()?.clone(), viewer.clone(), id))
    }
}

/// A follower. What it misses of the feed, by being slow or away, it reads from the database.
struct Following {
    hub: Hub,
    interest: Interest,
    receiver: Receiver<Arc<change::Model>>,
    /// The last change told or passed over.
    seq: i64,
    read: VecDeque<Arc<change::Model>>,
    behind: bool,
}

impl Following {
    /// The next change; none where the hub stops.
    async fn next(&mut self) -> Result<Option<Arc<change::Model>>, HubError> {
        loop {
            if let Some(change) = self.read.pop_front() {
                return Ok(Some(change));
            }
            if self.behind {
                self.read_on().await?;
                continue;
            }
            match self.receiver.recv().await {
                Ok(change) if change.seq <= self.seq => {}
                Ok(change) => {
                    self.seq = change.seq;
                    if self.interest.covers(&change) {
                        return Ok(Some(change));
                    }
                }
                Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => return Ok(None),
            }
        }
    }

    async fn read_on(&mut self) -> Result<(), HubError> {
        let changes = self.hub.changes_after(&self.interest, self.seq, BATCH).await?;
        match changes.last() {
            Some(last) => self.seq = last.seq,
            None => self.behind = false,
        }
        self.read.extend(changes.into_iter().map(Arc::new));
        Ok(())
    }
}

/// 订阅的筛选 (which submissions to follow)
#[derive(InputObject)]
pub struct RecordedFilter {
    /// 社工站，代码或 id (a station; a code or an id)
    station: Option<String>,
    /// 社工站所在区划，乡镇或以上 (stations in this division; a code of a township or above)
    division: Option<String>,
    /// 报送种类 (kinds)
    kinds: Option<Vec<SubmissionKind>>,
}

impl TryFrom<RecordedFilter> for ChangeFilter {
    type Error = HubError;

    fn try_from(input: RecordedFilter) -> Result<Self, HubError> {
        Ok(Self {
            stations: stations(input.station.map(|station| vec![station])),
            division: input.division.as_deref().map(parse_division).transpose()?,
            kinds: input.kinds.unwrap_or_default(),
        })
    }
}

/// A change as a follower is told of it.
pub struct Recorded(Arc<change::Model>);

/// 一次入库 (a submission that was recorded)
#[Object(name = "SubmissionRecorded")]
impl Recorded {
    /// 序号，按入库次序递增 (counts up in the order of the commits)
    async fn seq(&self) -> i64 {
        self.0.seq
    }

    /// 对记录做了什么 (what it did to the record)
    async fn action(&self) -> ChangeAction {
        self.0.action
    }

    /// 入库时间 (recorded at)
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// 报送记录 (the submission)
    async fn submission(&self, ctx: &Context<'_>) -> Option<Result<Submission>> {
        ctx.one(Some(self.0.submission_id)).await
    }
}
