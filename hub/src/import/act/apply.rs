//! Taking a file in that was looked at: what is good of it, and those who look like somebody known
//! where they are named.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use entity::{ImportRowState, ImportState, import, import_row};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select, sea_query::OnConflict,
};
use uuid::Uuid;

use super::{
    change::changes,
    keep::number,
    preview::verdict,
    told::{KeptProblem, Told},
    work::{Asked, access_of},
};
use crate::{
    Hub, HubError,
    access::Viewer,
    import::{ColumnProblem, Columns, hand_in::at_column},
    intake::{MAX_ITEMS, Receipt, Status, Traced, take_in, trace::Trace, write},
    keys::{KeyFault, Keyring},
    problem::{Code, Problem},
    submission::{Content, Submission},
    trail::Access,
};

/// The rows that look like somebody known and are to be taken in all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakeKnown {
    All,
    These(Vec<Uuid>),
}

impl TakeKnown {
    fn names_none(&self) -> bool {
        matches!(self, Self::These(ids) if ids.is_empty())
    }
}

impl Hub {
    /// Begins to take an import in, or to go on with one that failed; it goes on beside the requests,
    /// also after a restart. One that is under way or taken in already stays as it is.
    ///
    /// # Errors
    /// `Invalid` where there is no such import for this viewer, or no such row that looks like
    /// somebody known; `Conflict` where rows are named while it is being taken in, or where rows of it
    /// were taken back.
    pub async fn apply_import(
        &self,
        viewer: &Viewer,
        id: Uuid,
        take: &TakeKnown,
        asking: Access,
    ) -> Result<import::Model, HubError> {
        let tx = self.db.write_tx().await?;
        let row = self.own_import(&tx, viewer, id).await?;
        let row = row.ok_or_else(|| HubError::Invalid(format!("there is no import {id}")))?;
        match row.state {
            ImportState::Applying | ImportState::Applied if take.names_none() => return Ok(row),
            ImportState::Applying => {
                let text = "the import is being taken in; name rows when that is done";
                return Err(HubError::Conflict(text.to_owned()));
            }
            ImportState::Undoing | ImportState::Undone | ImportState::Restoring => {
                let text = "the import was taken back; restore it, or look at the file again";
                return Err(HubError::Conflict(text.to_owned()));
            }
            _ => {}
        }
        if has_undone(&tx, id).await? {
            let text = "some rows were taken back; take back the rest or restore them first";
            return Err(HubError::Conflict(text.to_owned()));
        }
        take_known(&tx, id, take).await?;
        let due = waiting(id).count(&tx).await?;
        let due = i64::try_from(due).unwrap_or(i64::MAX);
        if row.state == ImportState::Applied && due == 0 {
            return Ok(row);
        }
        let now = self.clock.now();
        let begun = import::ActiveModel {
            // Who takes in further rows of it did not take in the others.
            applied_at: Set(row.applied_at.or(Some(now))),
            applied_by: Set(row.applied_by.or(Some(viewer.account_id))),
            undone_at: Set(None),
            undone_by: Set(None),
            ..Asked { viewer, asking, due }.of(row)
        };
        let row = begun.update(&tx).await?;
        tx.commit().await?;
        self.imports.ring();
        Ok(row)
    }

    /// Takes the next rows in, at most so many; gives the import as it stands then. None where it is
    /// not held any more: then nothing is written.
    pub(super) async fn apply_rows(
        &self,
        act: &import::Model,
        viewer: &Viewer,
        at_most: usize,
    ) -> Result<Option<import::Model>, HubError> {
        let places = self.places().await?;
        let tx = self.db.write_tx().await?;
        let Some(found) = super::work::held(&tx, act).await? else { return Ok(None) };
        let rows = next(&tx, act.id, at_most).await?;
        if rows.is_empty() {
            return self.rest(tx, found, ImportState::Applied).await.map(Some);
        }
        let ring = self.keys.fresh(&tx).await?;
        let station = places.stations().find(|station| station.id == act.station_id);
        let station = station.ok_or(HubError::Unavailable)?;
        let mut items = Vec::new();
        for row in &rows {
            items.push(item_of(&ring, row, &station.code)?);
        }
        let kinds: Vec<_> = items.iter().map(|item| item.content.kind()).collect();
        let worked = number(rows.len());
        let columns = self.sheets_of(&found).await?.columns;
        let access = access_of(act, viewer, "IMPORT");
        let at = (self.clock, places, Arc::clone(&ring));
        let make = move |(receipts, traces): Traced| {
            let written = access.writing(&receipts, &kinds);
            Ok::<_, KeyFault>((written, taken((&ring, &columns), rows, receipts, &traces)?))
        };
        let (written, rows) = take_in(&tx, at, viewer, items, make).await??;
        if let Some(written) = written {
            self.note_within(&tx, written).await?;
        }
        put(&tx, rows).await?;
        let row = self.got_on(tx, found, worked).await?;
        self.announced().notify_waiters();
        Ok(Some(row))
    }

    /// Refuses the next row, which the database does not take.
    pub(super) async fn refuse_row(
        &self,
        act: &import::Model,
    ) -> Result<Option<import::Model>, HubError> {
        let tx = self.db.write_tx().await?;
        let Some(found) = super::work::held(&tx, act).await? else { return Ok(None) };
        let ring = self.keys.fresh(&tx).await?;
        let mut rows = next(&tx, act.id, 1).await?;
        let worked = number(rows.len());
        for row in &mut rows {
            let mut told = told_of(&ring, row)?;
            let problem = Problem::new(Code::NotRecorded, "");
            told.problems = vec![(&ColumnProblem::new(problem, None)).into()];
            row.verdict = entity::ImportVerdict::Refused;
            row.state = ImportRowState::Left;
            row.told = seal_told(&ring, row.id, &told);
        }
        put(&tx, rows).await?;
        Ok(Some(self.got_on(tx, found, worked).await?))
    }
}

/// Rows that look like somebody known wait to be taken in too, where they are named.
async fn take_known(db: &impl ConnectionTrait, id: Uuid, take: &TakeKnown) -> Result<(), HubError> {
    let known = import_row::Entity::update_many()
        .set(import_row::ActiveModel { state: Set(ImportRowState::Waiting), ..Default::default() })
        .filter(import_row::Column::ImportId.eq(id))
        .filter(import_row::Column::Verdict.eq(entity::ImportVerdict::Known))
        .filter(import_row::Column::State.eq(ImportRowState::Left));
    match take {
        TakeKnown::All => {
            known.exec(db).await?;
        }
        TakeKnown::These(ids) => {
            let ids: Vec<Uuid> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
            for some in ids.chunks(MAX_ITEMS) {
                let named = import_row::Column::Id.is_in(some.iter().copied());
                known.clone().filter(named.clone()).exec(db).await?;
                // Those that are taken in already may be named again.
                let taken = [ImportRowState::Waiting, ImportRowState::Taken];
                let fit = import_row::Entity::find()
                    .filter(import_row::Column::ImportId.eq(id))
                    .filter(import_row::Column::State.is_in(taken))
                    .filter(named);
                if fit.count(db).await? != some.len() as u64 {
                    let text = "a row named in known is not one of this import that looks like \
                                somebody known";
                    return Err(HubError::Invalid(text.to_owned()));
                }
            }
        }
    }
    Ok(())
}

async fn has_undone(db: &impl ConnectionTrait, id: Uuid) -> Result<bool, HubError> {
    use ImportRowState::{PartlyUndone, Retrying, Undone};
    let undone = [Undone, PartlyUndone, Retrying];
    let undone = import_row::Entity::find()
        .filter(import_row::Column::ImportId.eq(id))
        .filter(import_row::Column::State.is_in(undone));
    Ok(undone.count(db).await? > 0)
}

pub(super) fn waiting(id: Uuid) -> Select<import_row::Entity> {
    import_row::Entity::find()
        .filter(import_row::Column::ImportId.eq(id))
        .filter(import_row::Column::State.eq(ImportRowState::Waiting))
}

async fn next(
    db: &impl ConnectionTrait,
    id: Uuid,
    at_most: usize,
) -> Result<Vec<import_row::Model>, HubError> {
    let rows = waiting(id).order_by_asc(import_row::Column::Position).limit(at_most as u64);
    Ok(rows.all(db).await?)
}

fn item_of(ring: &Keyring, row: &import_row::Model, station: &str) -> Result<Submission, KeyFault> {
    let sealed = row.content.as_ref().ok_or(KeyFault::Broken)?;
    let text = ring.open(import_row::Column::Content, row.id, sealed);
    let text = text.map_err(|_| KeyFault::Broken)?;
    let content: Content = serde_json::from_str(&text).map_err(|_| KeyFault::Broken)?;
    let id = row.submission_id.ok_or(KeyFault::Broken)?;
    Ok(Submission { id, station: station.to_owned(), content })
}

/// The rows with what became of them.
fn taken(
    (ring, columns): (&Keyring, &[Columns]),
    rows: Vec<import_row::Model>,
    receipts: Vec<Receipt>,
    traces: &BTreeMap<Uuid, Trace>,
) -> Result<Vec<import_row::Model>, KeyFault> {
    let (none, no_columns) = (Trace::default(), Columns::new());
    let mut done = Vec::new();
    for (mut row, receipt) in rows.into_iter().zip(receipts) {
        let trace = row.submission_id.and_then(|id| traces.get(&id)).unwrap_or(&none);
        let mut told = told_of(ring, &row)?;
        let columns = told.columns.and_then(|at| columns.get(at));
        let columns = columns.unwrap_or(&no_columns);
        let is_stored = receipt.status == Status::Stored;
        row.verdict = verdict(&receipt, trace);
        row.state = if is_stored { ImportRowState::Taken } else { ImportRowState::Left };
        row.content = None;
        if is_stored {
            let text = serde_json::to_string(trace).unwrap_or_default();
            row.trace = Some(ring.seal(import_row::Column::Trace, row.id, &text));
            // Of whom it was not told before, it is not told now either.
            let is_told = told.person.is_some();
            told.changes = if is_told { changes(trace, columns) } else { Vec::new() };
        }
        told.problems = problems(&receipt, columns);
        if let Some(recorded) = &receipt.recorded {
            row.record_id = is_stored.then_some(recorded.record_id);
            told.person = recorded.person_id;
        }
        row.told = seal_told(ring, row.id, &told);
        done.push(row);
    }
    Ok(done)
}

fn problems(receipt: &Receipt, columns: &Columns) -> Vec<KeptProblem> {
    let problems = receipt.problems.iter().cloned();
    problems.map(|problem| (&at_column(columns, problem)).into()).collect()
}

pub(super) fn told_of(ring: &Keyring, row: &import_row::Model) -> Result<Told, KeyFault> {
    let text = ring.open(import_row::Column::Told, row.id, &row.told);
    let text = text.map_err(|_| KeyFault::Broken)?;
    serde_json::from_str(&text).map_err(|_| KeyFault::Broken)
}

pub(super) fn seal_told(ring: &Keyring, id: Uuid, told: &Told) -> entity::Sealed {
    let text = serde_json::to_string(told).unwrap_or_default();
    ring.seal(import_row::Column::Told, id, &text)
}

/// Writes what became of rows.
pub(super) async fn put(
    db: &impl ConnectionTrait,
    rows: Vec<import_row::Model>,
) -> Result<(), HubError> {
    use import_row::Column::{Content, RecordId, State, Told, Trace, Verdict};
    let mut known = OnConflict::column(import_row::Column::Id);
    // No others, whose indexes would be written anew.
    known.update_columns([Verdict, State, RecordId, Content, Told, Trace]);
    Ok(write::<import_row::Entity>(db, rows, Some(known)).await?)
}
