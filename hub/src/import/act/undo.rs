//! Taking an act back, and putting back what was taken back. Its rows are gone through like those of
//! an apply, the last first; a row that somebody touched since stays, and says so.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use entity::{ImportRowState, ImportState, Role, import, import_row};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::{
    apply::{put, seal_told, told_of},
    change::path_of,
    keep::number,
    told::Told,
    work::{Asked, access_of, held},
};
use crate::{
    Hub, HubError,
    access::Viewer,
    import::ColumnProblem,
    intake::{
        revert::{Kept, Reverted, Way, revert},
        trace::Trace,
    },
    keys::{KeyFault, Keyring},
    problem::Problem,
    tables::signed_records,
    trail::Access,
};

/// A way to go through the rows of an act.
struct Course {
    way: Way,
    operation: &'static str,
    under_way: ImportState,
    done: ImportState,
    /// Rows that are due, and those that are where they are to be since the other way left them there.
    from: ImportRowState,
    settled: ImportRowState,
    /// Rows that are done, and those that stay as they are.
    to: ImportRowState,
    kept: ImportRowState,
}

const UNDO: Course = Course {
    way: Way::Back,
    operation: "IMPORT_UNDO",
    under_way: ImportState::Undoing,
    done: ImportState::Undone,
    from: ImportRowState::Taken,
    settled: ImportRowState::Unrestored,
    to: ImportRowState::Undone,
    kept: ImportRowState::Kept,
};

const RESTORE: Course = Course {
    way: Way::Again,
    operation: "IMPORT_RESTORE",
    under_way: ImportState::Restoring,
    done: ImportState::Applied,
    from: ImportRowState::Undone,
    settled: ImportRowState::Kept,
    to: ImportRowState::Taken,
    kept: ImportRowState::Unrestored,
};

impl Hub {
    /// Begins to take back what an import did; it goes on beside the requests, also after a restart. What
    /// somebody touched since is kept, and the row says so; asked again, it is tried again.
    ///
    /// # Errors
    /// `Invalid` where there is no such import for this viewer, or it was not applied; `Forbidden` for
    /// who neither applied it nor leads the station; `Conflict` while anything else of it is under way.
    pub async fn undo_import(
        &self,
        viewer: &Viewer,
        id: Uuid,
        asking: Access,
    ) -> Result<import::Model, HubError> {
        self.begin_course(viewer, id, (&UNDO, asking)).await
    }

    /// Begins to put back what was taken back of an import.
    ///
    /// # Errors
    /// As for [`Hub::undo_import`].
    pub async fn restore_import(
        &self,
        viewer: &Viewer,
        id: Uuid,
        asking: Access,
    ) -> Result<import::Model, HubError> {
        self.begin_course(viewer, id, (&RESTORE, asking)).await
    }

    async fn begin_course(
        &self,
        viewer: &Viewer,
        id: Uuid,
        (course, asking): (&Course, Access),
    ) -> Result<import::Model, HubError> {
        let tx = self.db.write_tx().await?;
        let row = self.own_import(&tx, viewer, id).await?;
        let row = row.ok_or_else(|| HubError::Invalid(format!("there is no import {id}")))?;
        if row.applied_by != Some(viewer.account_id) && viewer.role != Role::StationLead {
            return Err(HubError::Forbidden);
        }
        match row.state {
            state if state == course.under_way => return Ok(row),
            ImportState::Applied | ImportState::Undone => {}
            ImportState::Failed if row.applied_at.is_some() => {}
            ImportState::Applying | ImportState::Undoing | ImportState::Restoring => {
                let text = "something else is done with the import; wait until that is over";
                return Err(HubError::Conflict(text.to_owned()));
            }
            _ => return Err(HubError::Invalid("the import was not applied".to_owned())),
        }
        import_row::Entity::update_many()
            .set(import_row::ActiveModel { state: Set(course.from), ..Default::default() })
            .filter(import_row::Column::ImportId.eq(id))
            .filter(import_row::Column::State.eq(course.kept))
            .exec(&tx)
            .await?;
        let due = due(id, course).count(&tx).await?;
        if due == 0 && row.state != ImportState::Failed {
            tx.commit().await?;
            return Ok(row);
        }
        let due = i64::try_from(due).unwrap_or(i64::MAX);
        let undone = (course.way == Way::Back).then(|| self.clock.now());
        let begun = import::ActiveModel {
            state: Set(course.under_way),
            undone_at: Set(undone),
            undone_by: Set(undone.map(|_| viewer.account_id)),
            ..Asked { viewer, asking, due }.of(row)
        };
        let row = begun.update(&tx).await?;
        tx.commit().await?;
        self.imports.ring();
        Ok(row)
    }

    /// Takes the next rows back, or puts them back, at most so many; gives the import as it stands
    /// then. None where it is not held any more: then nothing is written.
    pub(super) async fn revert_rows(
        &self,
        act: &import::Model,
        viewer: &Viewer,
        at_most: usize,
    ) -> Result<Option<import::Model>, HubError> {
        let course = course_of(act.state);
        let places = self.places().await?;
        let tx = self.db.write_tx().await?;
        let Some(found) = held(&tx, act).await? else { return Ok(None) };
        let rows = next(&tx, act.id, (course, at_most)).await?;
        if rows.is_empty() {
            return self.rest(tx, found, course.done).await.map(Some);
        }
        let ring = self.keys.fresh(&tx).await?;
        let mut items = Vec::new();
        for row in rows.iter().filter(|row| row.state == course.from) {
            items.push((row.submission_id.unwrap_or_default(), trace_of(&ring, row)?));
        }
        let station = places.stations().find(|station| station.id == act.station_id);
        let station = station.ok_or(HubError::Unavailable)?;
        let signed = signed_records(&tx, &station.code).await?;
        let at = (self.clock, places, Arc::clone(&ring));
        let done = revert(&tx, at, (course.way, signed), &items).await?;
        self.note_within(&tx, noted(access_of(act, viewer, course.operation), &done)).await?;
        let worked = number(rows.len());
        let mut done = done.into_iter();
        let rows = rows.into_iter().map(|row| match row.state == course.from {
            true => told(&ring, row, (course, done.next().unwrap_or_default())),
            false => settled(&ring, row, course),
        });
        put(&tx, rows.collect::<Result<_, _>>()?).await?;
        let row = self.got_on(tx, found, worked).await?;
        self.announced().notify_waiters();
        Ok(Some(row))
    }
}

/// The course that an import is under way on.
fn course_of(state: ImportState) -> &'static Course {
    if state == ImportState::Restoring { &RESTORE } else { &UNDO }
}

fn due(id: Uuid, course: &Course) -> Select<import_row::Entity> {
    import_row::Entity::find()
        .filter(import_row::Column::ImportId.eq(id))
        .filter(import_row::Column::State.is_in([course.from, course.settled]))
}

/// The next rows: the last first, where they are taken back.
async fn next(
    db: &impl ConnectionTrait,
    id: Uuid,
    (course, at_most): (&Course, usize),
) -> Result<Vec<import_row::Model>, HubError> {
    let rows = due(id, course).limit(at_most as u64);
    let rows = match course.way {
        Way::Back => rows.order_by_desc(import_row::Column::Position),
        Way::Again => rows.order_by_asc(import_row::Column::Position),
    };
    Ok(rows.all(db).await?)
}

fn trace_of(ring: &Keyring, row: &import_row::Model) -> Result<Trace, KeyFault> {
    let sealed = row.trace.as_ref().ok_or(KeyFault::Broken)?;
    let text = ring.open(import_row::Column::Trace, row.id, sealed);
    let text = text.map_err(|_| KeyFault::Broken)?;
    serde_json::from_str(&text).map_err(|_| KeyFault::Broken)
}

/// Whose data was written, by what kinds of submissions.
fn noted(access: Access, done: &[Reverted]) -> Access {
    let written = done.iter().filter(|done| done.trace.is_some());
    let written: Vec<_> = written.filter_map(|done| done.submission.as_ref()).collect();
    let fields: BTreeSet<_> = written.iter().map(|row| row.kind.code()).collect();
    let people = written.iter().filter_map(|row| row.person_id).collect();
    Access { fields, people, ..access }
}

/// A row that is where it is to be.
fn settled(
    ring: &Keyring,
    mut row: import_row::Model,
    course: &Course,
) -> Result<import_row::Model, KeyFault> {
    let told = Told { problems: Vec::new(), ..told_of(ring, &row)? };
    row.told = seal_told(ring, row.id, &told);
    row.state = course.to;
    Ok(row)
}

/// A row with what became of it.
fn told(
    ring: &Keyring,
    mut row: import_row::Model,
    (course, done): (&Course, Reverted),
) -> Result<import_row::Model, KeyFault> {
    let mut told = told_of(ring, &row)?;
    let columns: HashMap<_, _> =
        told.changes.iter().map(|change| (change.path.clone(), change.column.clone())).collect();
    let problem = |kept: Kept| {
        let path = kept.column.and_then(|column| path_of(kept.of, &column)).unwrap_or_default();
        let column = columns.get(path).cloned().unwrap_or_default();
        (&ColumnProblem { problem: Problem::new(kept.code, path), column }).into()
    };
    told.problems = done.kept.into_iter().map(problem).collect();
    row.told = seal_told(ring, row.id, &told);
    row.state = course.kept;
    if let Some(trace) = done.trace {
        row.state = course.to;
        let text = serde_json::to_string(&trace).unwrap_or_default();
        row.trace = Some(ring.seal(import_row::Column::Trace, row.id, &text));
    }
    Ok(row)
}
