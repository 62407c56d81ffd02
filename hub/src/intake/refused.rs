//! What a group refuses of what clients hand in themselves: kept until it is mended, so that a need
//! seen on a doorstep is not known to one device alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use entity::{Problems, RefusalStatus, change, refusal};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Iterable, QueryFilter,
    QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, Func, OnConflict, Order, Query, WindowStatement},
};
use uuid::Uuid;

use super::{
    Receipt, Status,
    rows::{among, delete_among, padded, values},
    writer::Call,
    writing::write,
};
use crate::{
    access::{Scope, Viewer},
    places::Places,
    refusals,
    submission::Submission,
};

/// The most problems of one submission that are kept.
const PROBLEMS: usize = 20;
/// The most that are kept of an account.
const MOST: i64 = 300;

/// The refusals that a group touches.
#[derive(Default)]
pub(super) struct Refusals {
    known: HashMap<Uuid, refusal::Model>,
    refused: BTreeMap<Uuid, refusal::Model>,
    mended: BTreeSet<Uuid>,
}

#[derive(FromQueryResult)]
struct Begin {
    newest: Option<i64>,
    is_refused: bool,
}

/// The number of the newest change, and whether any of what is handed in was refused before. It is one
/// statement, since of most groups nothing was.
pub(super) async fn begin(
    tx: &impl ConnectionTrait,
    calls: &[Call],
) -> Result<(i64, Refusals), DbErr> {
    let ids: Vec<Uuid> = calls.iter().flat_map(|call| &call.items).map(|item| item.id).collect();
    let newest = change::Entity::find().select_only().expr(Expr::col(change::Column::Seq).max());
    let refused = Query::select()
        .expr(Expr::val(1))
        .from(refusal::Entity)
        .and_where(Expr::col(refusal::Column::SubmissionId).is_in(padded(ids.clone())))
        .take();
    let asked = Query::select()
        .expr_as(Expr::SubQuery(None, Box::new(newest.into_query().into())), "newest")
        .expr_as(Expr::exists(refused), "is_refused")
        .take();
    let begun = Begin::find_by_statement(tx.get_database_backend().build(&asked)).one(tx).await?;
    let (newest, is_refused) =
        begun.map_or((None, false), |begun| (begun.newest, begun.is_refused));
    let mut refusals = Refusals::default();
    if is_refused {
        let column = refusal::Column::SubmissionId;
        let rows = among::<refusal::Entity>(tx, column, values(ids), None).await?;
        refusals.known = rows.into_iter().map(|row| (row.submission_id, row)).collect();
    }
    Ok((newest.unwrap_or_default(), refusals))
}

impl Refusals {
    /// Takes in what became of the items of a call.
    pub fn heed(&mut self, call: &Call, receipts: &[Receipt], places: &Places, now: DateTime<Utc>) {
        for (item, receipt) in call.items.iter().zip(receipts) {
            let known = self.known.get(&item.id);
            // Another's id tells nothing of what is on this one's device.
            if known.is_some_and(|row| row.account_id != call.viewer.account_id) {
                continue;
            }
            match refusal_status(receipt.status) {
                Some(status) if call.viewer.hands_in() => {
                    let row = refused(&call.viewer, item, receipt, (status, places), now);
                    self.refuse(row);
                }
                // What another content was recorded instead of stays so.
                None if known.is_some_and(|row| row.status == RefusalStatus::Rejected) => {
                    self.mend(item.id);
                }
                _ => {}
            }
        }
    }

    fn refuse(&mut self, mut row: refusal::Model) {
        if let Some(known) = self.known.get(&row.submission_id) {
            row.first_refused_at = known.first_refused_at;
        }
        self.mended.remove(&row.submission_id);
        self.known.insert(row.submission_id, row.clone());
        self.refused.insert(row.submission_id, row);
    }

    fn mend(&mut self, id: Uuid) {
        self.known.remove(&id);
        self.refused.remove(&id);
        self.mended.insert(id);
    }

    /// Writes what was refused and takes away what is mended; nothing where there is neither.
    pub async fn flush(self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        delete_among::<refusal::Entity>(tx, refusal::Column::SubmissionId, values(self.mended))
            .await?;
        let accounts: BTreeSet<Uuid> = self.refused.values().map(|row| row.account_id).collect();
        if accounts.is_empty() {
            return Ok(());
        }
        let mut again = OnConflict::column(refusal::Column::SubmissionId);
        again.update_columns(refusal::Column::iter());
        let rows = self.refused.into_values().collect();
        write::<refusal::Entity>(tx, rows, Some(again)).await?;
        drop_oldest(tx, accounts).await
    }
}

fn refusal_status(status: Status) -> Option<RefusalStatus> {
    match status {
        Status::Stored | Status::Replayed => None,
        Status::Rejected => Some(RefusalStatus::Rejected),
        Status::Conflict => Some(RefusalStatus::Conflict),
    }
}

fn refused(
    viewer: &Viewer,
    item: &Submission,
    receipt: &Receipt,
    (status, places): (RefusalStatus, &Places),
    now: DateTime<Utc>,
) -> refusal::Model {
    let kept = receipt.problems.iter().take(PROBLEMS).map(refusals::keep).collect();
    refusal::Model {
        submission_id: item.id,
        station_id: station_of(viewer, &item.station, places),
        account_id: viewer.account_id,
        kind: item.content.kind(),
        status,
        problems: Problems(kept),
        first_refused_at: now,
        refused_at: now,
    }
}

/// The station it was handed in for; where that is none of the viewer's, the viewer's own.
fn station_of(viewer: &Viewer, named: &str, places: &Places) -> Option<Uuid> {
    let named = places.station(named).map(|station| station.id);
    named.filter(|id| viewer.may_submit_for(*id)).or(match &viewer.scope {
        Scope::Stations(ids) => <[Uuid; 1]>::try_from(ids.as_slice()).ok().map(|[own]| own),
        Scope::City => None,
    })
}

/// Keeps the newest of each account.
async fn drop_oldest(tx: &impl ConnectionTrait, accounts: BTreeSet<Uuid>) -> Result<(), DbErr> {
    use refusal::Column;
    const PLACE: &str = "place";
    let newest_first = WindowStatement::partition_by(Column::AccountId)
        .order_by(Column::RefusedAt, Order::Desc)
        .order_by(Column::SubmissionId, Order::Desc)
        .take();
    let numbered = Query::select()
        .column(Column::SubmissionId)
        .expr_window_as(Func::cust("ROW_NUMBER"), newest_first, PLACE)
        .from(refusal::Entity)
        .and_where(Column::AccountId.is_in(accounts))
        .take();
    let old = Query::select()
        .column(Column::SubmissionId)
        .from_subquery(numbered, "numbered")
        .and_where(Expr::col(PLACE).gt(MOST))
        .take();
    let old = Column::SubmissionId.in_subquery(old);
    refusal::Entity::delete_many().filter(old).exec(tx).await?;
    Ok(())
}
