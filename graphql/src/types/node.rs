use async_graphql::{Context, ID, Interface, Result};
use entity::SubmissionKind;
use uuid::Uuid;

use super::{
    Assessment, Division, Excuse, Household, LedgerEntry, Need, Person, Refusal, Station,
    Submission, Visit,
    ledger::{ChildEntry, DisabledEntry, ElderlyEntry},
};
use crate::{context::ContextExt, ids::Kind};

/// 有全局 id 的对象 (what has a global id)
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "全局 id (global id)"))]
pub enum Node {
    Division(Division),
    Station(Station),
    Person(Person),
    Household(Household),
    Visit(Visit),
    Assessment(Assessment),
    Need(Need),
    ChildEntry(ChildEntry),
    ElderlyEntry(ElderlyEntry),
    DisabledEntry(DisabledEntry),
    Submission(Submission),
    Excuse(Excuse),
    Refusal(Refusal),
}

impl From<LedgerEntry> for Node {
    fn from(entry: LedgerEntry) -> Self {
        match entry {
            LedgerEntry::Child(entry) => Self::ChildEntry(entry),
            LedgerEntry::Elderly(entry) => Self::ElderlyEntry(entry),
            LedgerEntry::Disabled(entry) => Self::DisabledEntry(entry),
        }
    }
}

/// The row of a global id; null where there is none, or none to see.
pub async fn node_of(ctx: &Context<'_>, kind: Kind, id: Uuid) -> Option<Result<Node>> {
    async fn row<N: crate::connection::Connected + Into<Node>>(
        ctx: &Context<'_>,
        id: Uuid,
    ) -> Option<Result<Node>> {
        ctx.one::<N>(Some(id)).await.map(|found| found.map(Into::into))
    }
    match kind {
        Kind::Division => row::<Division>(ctx, id).await,
        Kind::Station => row::<Station>(ctx, id).await,
        Kind::Person => row::<Person>(ctx, id).await,
        Kind::Household => row::<Household>(ctx, id).await,
        Kind::Visit => row::<Visit>(ctx, id).await,
        Kind::Assessment => row::<Assessment>(ctx, id).await,
        Kind::Need => row::<Need>(ctx, id).await,
        Kind::LedgerEntry => row::<LedgerEntry>(ctx, id).await,
        Kind::Submission => row::<Submission>(ctx, id).await,
        Kind::Excuse => row::<Excuse>(ctx, id).await,
        Kind::Refusal => row::<Refusal>(ctx, id).await,
    }
}

/// What a submission of this kind made or changed.
pub async fn record_of(
    ctx: &Context<'_>,
    kind: SubmissionKind,
    record: Uuid,
) -> Option<Result<Node>> {
    let kind = match kind {
        SubmissionKind::Visit => Kind::Visit,
        SubmissionKind::Assessment => Kind::Assessment,
        SubmissionKind::LedgerEntry | SubmissionKind::LedgerClosure => Kind::LedgerEntry,
        SubmissionKind::Household => Kind::Household,
        SubmissionKind::PersonCorrection => Kind::Person,
        SubmissionKind::Excuse => Kind::Excuse,
    };
    node_of(ctx, kind, record).await
}
