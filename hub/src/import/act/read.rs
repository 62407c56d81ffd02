//! Who is told of an import, and what. Those who may hand in for its station are; the values of its
//! rows, which no sight was taken of yet, only who handed them in or sees everything plainly.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use entity::{
    ImportRowState, ImportState, ImportVerdict, SubmissionKind, TokenScope, import, import_row,
    person,
};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    Change,
    change::{class_of, mask_of},
    told::{KeptFault, KeptNote, KeptProblem, KeptSheet, Sheets, Told},
};
use crate::{
    Hub, HubError,
    access::Viewer,
    import::{
        ColumnProblem, Imported, ImportedRow, ImportedSheet, Note, Repair, SheetFault,
        answer::{Answer, answer},
        mend::Mend,
        report::Verdict,
    },
    page::{Page, Window, forward_rows},
    policy::{Class, Sight, is_minor},
    problem::Language,
    trail::Access,
};

/// The most imports that are listed.
pub const LISTED: usize = 50;

/// How many rows have come to what.
pub type Counts = BTreeMap<(ImportVerdict, ImportRowState), i64>;

/// An import, as it is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    pub row: import::Model,
    /// Columns that nobody knows, by sheet.
    pub unread: Vec<(String, Vec<String>)>,
    /// Sheets that cannot be read.
    pub faults: Vec<SheetFault>,
    /// What a person should know of how the file was read.
    pub notes: Vec<Note>,
    /// Cells that were corrected after it was looked at; none for a viewer who is not told the values
    /// that the file brought.
    pub mends: Vec<Mend>,
}

impl Act {
    /// Whether nothing of it is under way.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        use ImportState::{Applied, Failed, Previewed, Undone};
        matches!(self.row.state, Previewed | Applied | Failed | Undone)
    }
}

/// A row of an import, as it is told.
#[derive(Clone, Debug)]
pub struct ActRow {
    pub id: Uuid,
    /// In the order of the file.
    pub position: i64,
    pub sheet: String,
    pub row: i64,
    pub verdict: ImportVerdict,
    pub state: ImportRowState,
    pub kind: Option<SubmissionKind>,
    pub submission_id: Option<Uuid>,
    pub record_id: Option<Uuid>,
    pub person: Option<Uuid>,
    pub known: Option<Uuid>,
    /// Whether values are told that the file brought.
    pub is_open: bool,
    pub problems: Vec<ColumnProblem>,
    pub repairs: Vec<Repair>,
    pub changes: Vec<Change>,
}

/// Which rows.
#[derive(Clone, Debug, Default)]
pub struct RowFilter {
    pub verdicts: Vec<ImportVerdict>,
    pub states: Vec<ImportRowState>,
}

/// Whether a viewer is told the values that a file brought.
pub(super) fn sees_all(viewer: &Viewer, row: &import::Model) -> bool {
    let plain =
        |class: &Class| viewer.sight(*class).min(viewer.sight_on_minor(*class)) == Sight::Plain;
    row.account_id == viewer.account_id || Class::ALL.iter().all(plain)
}

impl Hub {
    /// An import; none where the viewer may not hand in for its station.
    ///
    /// # Errors
    /// `NotGranted` where its token does not submit.
    pub async fn import_act(&self, viewer: &Viewer, id: Uuid) -> Result<Option<Act>, HubError> {
        let Some(row) = self.own_import(self.db.read(), viewer, id).await? else { return Ok(None) };
        Ok(Some(self.act_of(viewer, row).await?))
    }

    /// The newest imports for a station.
    ///
    /// # Errors
    /// `Invalid` where there is no such station that the viewer may hand in for.
    pub async fn import_acts(&self, viewer: &Viewer, station: &str) -> Result<Vec<Act>, HubError> {
        viewer.needs(TokenScope::Submit)?;
        let station = self.station_to_hand_in_for(viewer, station).await?.id;
        let expires = import::Column::ExpiresAt;
        let rows = import::Entity::find()
            .filter(import::Column::StationId.eq(station))
            .filter(import::Column::State.ne(ImportState::Reading))
            .filter(expires.is_null().or(Expr::col(expires).gt(self.clock.now())))
            .order_by_desc(import::Column::Id)
            .limit(LISTED as u64);
        let mut acts = Vec::new();
        for row in rows.all(self.db.read()).await? {
            acts.push(self.act_of(viewer, row).await?);
        }
        Ok(acts)
    }

    async fn act_of(&self, viewer: &Viewer, row: import::Model) -> Result<Act, HubError> {
        let sheets = self.sheets_of(&row).await?;
        let mut faults: Vec<_> = sheets.faults.into_iter().filter_map(KeptFault::open).collect();
        let is_open = sees_all(viewer, &row);
        if !is_open {
            for fault in &mut faults {
                (fault.problem.value, fault.problem.repair) = (None, None);
            }
        }
        Ok(Act {
            faults,
            unread: sheets.sheets.into_iter().map(|sheet| (sheet.name, sheet.unread)).collect(),
            notes: sheets.notes.into_iter().filter_map(KeptNote::open).collect(),
            mends: if is_open { sheets.mends } else { Vec::new() },
            row,
        })
    }

    /// How many rows of imports, which the viewer was told of, have come to what.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn import_counts(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Counts>, HubError> {
        use import_row::Column;
        let counted = import_row::Entity::find()
            .select_only()
            .columns([Column::ImportId, Column::Verdict, Column::State])
            // Nothing is counted that an index does not hold.
            .column_as(Expr::val(1).count(), "rows")
            .filter(Column::ImportId.is_in(ids.iter().copied()))
            .group_by(Column::ImportId)
            .group_by(Column::Verdict)
            .group_by(Column::State)
            .into_tuple::<(Uuid, ImportVerdict, ImportRowState, i64)>()
            .all(self.db.read())
            .await?;
        let mut counts: HashMap<_, Counts> = ids.iter().map(|id| (*id, Counts::new())).collect();
        for (id, verdict, state, rows) in counted {
            counts.entry(id).or_default().insert((verdict, state), rows);
        }
        Ok(counts)
    }

    pub(super) async fn sheets_of(&self, row: &import::Model) -> Result<Sheets, HubError> {
        let text = self.unsealed(row, import::Column::Sheets).await?.unwrap_or_default();
        serde_json::from_str(&text).map_err(|_| HubError::Unavailable)
    }

    /// A page of the rows of an import that was told.
    ///
    /// # Errors
    /// `Invalid` for a wrong window.
    pub async fn import_rows(
        &self,
        viewer: &Viewer,
        act: &import::Model,
        filter: &RowFilter,
        window: &Window,
    ) -> Result<Page<ActRow>, HubError> {
        let size = forward_rows(window.first)?;
        let after = match &window.after {
            None => -1,
            Some(text) => text.parse::<i64>().map_err(|_| {
                HubError::Invalid(format!("{text:?} is no cursor of the rows of an import"))
            })?,
        };
        let found = rows_of(act.id, filter)
            .filter(import_row::Column::Position.gt(after))
            .limit(size + 1)
            .all(self.db.read())
            .await?;
        let has_next = found.len() as u64 > size;
        let mut rows = Vec::new();
        for row in found.into_iter().take(usize::try_from(size).unwrap_or(usize::MAX)) {
            rows.push(self.told_row(viewer, act, row).await?);
        }
        Ok(Page { rows, has_previous: after >= 0, has_next })
    }

    /// How many rows of an import a filter picks.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn count_import_rows(&self, id: Uuid, filter: &RowFilter) -> Result<i64, HubError> {
        use sea_orm::PaginatorTrait;
        let count = rows_of(id, filter).count(self.db.read()).await?;
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }

    pub(super) async fn told_of_row(&self, row: &import_row::Model) -> Result<Told, HubError> {
        let text = self.unsealed(row, import_row::Column::Told).await?.unwrap_or_default();
        serde_json::from_str(&text).map_err(|_| HubError::Unavailable)
    }

    async fn told_row(
        &self,
        viewer: &Viewer,
        act: &import::Model,
        row: import_row::Model,
    ) -> Result<ActRow, HubError> {
        let told = self.told_of_row(&row).await?;
        let is_open = sees_all(viewer, act);
        let mut problems: Vec<_> =
            told.problems.into_iter().filter_map(KeptProblem::open).collect();
        if !is_open {
            for found in &mut problems {
                (found.problem.value, found.problem.repair, found.given) = (None, None, None);
            }
        }
        Ok(ActRow {
            id: row.id,
            position: row.position,
            sheet: row.sheet,
            row: row.row,
            verdict: row.verdict,
            state: row.state,
            kind: row.kind,
            submission_id: row.submission_id,
            record_id: row.record_id,
            person: told.person,
            known: told.known,
            is_open,
            problems,
            repairs: told.repairs,
            changes: told.changes,
        })
    }

    /// The rows of an import that change something on record, with former values as far as the viewer
    /// sees them, and whose values are shown.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn changes_of_import(
        &self,
        viewer: &Viewer,
        act: &import::Model,
    ) -> Result<(Vec<ActRow>, BTreeSet<Uuid>), HubError> {
        let filter = RowFilter {
            verdicts: vec![ImportVerdict::New, ImportVerdict::Changed, ImportVerdict::Known],
            ..RowFilter::default()
        };
        let mut rows = self.all_rows(viewer, act, &filter).await?;
        rows.retain(|row| !row.changes.is_empty());
        let minors = self.minors(rows.iter().filter_map(|row| row.person)).await?;
        let mut shown = BTreeSet::new();
        for row in &mut rows {
            let is_minor = row.person.is_none_or(|id| minors.contains(&id));
            for change in &mut row.changes {
                let Some(class) = class_of(&change.path) else { continue };
                let sight = match is_minor {
                    true => viewer.sight_on_minor(class),
                    false => viewer.sight(class),
                };
                change.from = match sight {
                    Sight::Plain => change.from.take(),
                    Sight::Masked => change.from.as_deref().and_then(mask_of(&change.path)),
                    Sight::Hidden => None,
                };
                shown.extend(row.person.filter(|_| change.from.is_some()));
            }
        }
        Ok((rows, shown))
    }

    /// Of these, who are minors; also who is not on record any more.
    async fn minors(&self, ids: impl Iterator<Item = Uuid>) -> Result<HashSet<Uuid>, HubError> {
        let mut minors: HashSet<Uuid> = ids.collect();
        let all: Vec<_> = minors.iter().copied().collect();
        for ids in all.chunks(5_000) {
            let found = person::Entity::find().filter(person::Column::Id.is_in(ids.to_vec()));
            for row in found.all(self.db.read()).await? {
                if !is_minor(&row, self.clock.today()) {
                    minors.remove(&row.id);
                }
            }
        }
        Ok(minors)
    }

    async fn all_rows(
        &self,
        viewer: &Viewer,
        act: &import::Model,
        filter: &RowFilter,
    ) -> Result<Vec<ActRow>, HubError> {
        let (mut rows, mut window) = (Vec::new(), Window::first(200));
        loop {
            let page = self.import_rows(viewer, act, filter, &window).await?;
            window.after = page.rows.last().map(|row| row.position.to_string());
            rows.extend(page.rows);
            if !page.has_next {
                return Ok(rows);
            }
        }
    }

    /// The file of an import with what became of it written in; none where the viewer may not hand in for
    /// its station, or may not be told the values that the file brought.
    ///
    /// # Errors
    /// `Invalid` where the file has no place for it.
    pub async fn answered_import(
        &self,
        viewer: &Viewer,
        id: Uuid,
        language: Language,
        asking: Access,
    ) -> Result<Option<Answer>, HubError> {
        let row = self.own_import(self.db.read(), viewer, id).await?;
        let Some(row) = row.filter(|row| sees_all(viewer, row)) else { return Ok(None) };
        let rows = self.all_rows(viewer, &row, &RowFilter::default()).await?;
        let people = rows.iter().filter_map(|row| row.person).collect();
        let (operation, fields) = (format!("TAKE_IMPORT {id}"), ["ImportAct.workbook".to_owned()]);
        self.note_durably(Access { operation, fields: fields.into(), people, ..asking }).await?;
        let imported = self.result_of(&row, rows).await?;
        let (name, bytes) = (row.file_name, self.bytes_of(id).await?);
        let answering =
            tokio::task::spawn_blocking(move || answer(&name, &bytes, &imported, language));
        let answered = answering.await.map_err(|_| HubError::Unavailable)?;
        answered.map(Some).map_err(|fault| HubError::Invalid(fault.message(language)))
    }

    /// What became of a file that was looked at or taken in, sheet by sheet.
    ///
    /// # Errors
    /// `Invalid` where there is no such import for this viewer, or where it may not be told the values
    /// that the file brought.
    pub async fn import_result(&self, viewer: &Viewer, id: Uuid) -> Result<Imported, HubError> {
        let row = self.own_import(self.db.read(), viewer, id).await?;
        let row = row.filter(|row| sees_all(viewer, row));
        let row = row.ok_or_else(|| HubError::Invalid(format!("there is no import {id}")))?;
        let rows = self.all_rows(viewer, &row, &RowFilter::default()).await?;
        self.result_of(&row, rows).await
    }

    async fn result_of(
        &self,
        row: &import::Model,
        rows: Vec<ActRow>,
    ) -> Result<Imported, HubError> {
        let sheets = self.sheets_of(row).await?;
        let mut imported = Imported {
            faults: sheets.faults.into_iter().filter_map(KeptFault::open).collect(),
            notes: sheets.notes.into_iter().filter_map(KeptNote::open).collect(),
            sheets: Vec::new(),
            mends: sheets.mends,
        };
        // Of a sheet with tables of two kinds there are two of one name: rows are told apart by their order.
        let mut ends: Vec<usize> = Vec::new();
        for sheet in sheets.sheets {
            let KeptSheet { name, header_row, unread, rows } = sheet;
            ends.push(ends.last().unwrap_or(&0) + rows);
            let rows = Vec::new();
            imported.sheets.push(ImportedSheet { name, header_row, unread, rows });
        }
        for row in rows {
            let position = usize::try_from(row.position).unwrap_or_default();
            let at = ends.partition_point(|end| *end <= position);
            let Some(sheet) = imported.sheets.get_mut(at) else { continue };
            sheet.rows.push(ImportedRow {
                row: usize::try_from(row.row).unwrap_or_default(),
                verdict: Verdict::of(row.verdict, row.state),
                waits: row.state == ImportRowState::Waiting,
                problems: row.problems,
                repairs: row.repairs,
                changed: headers(row.changes),
                looks_like: row.known,
            });
        }
        for sheet in &mut imported.sheets {
            sheet.rows.sort_by_key(|row| row.row);
        }
        Ok(imported)
    }
}

/// The headers of what is changed, each once.
fn headers(changes: Vec<Change>) -> Vec<String> {
    let mut headers: Vec<String> = changes.into_iter().map(|change| change.column).collect();
    headers.retain(|header| !header.is_empty());
    headers.dedup();
    headers
}

fn rows_of(id: Uuid, filter: &RowFilter) -> sea_orm::Select<import_row::Entity> {
    let mut rows = import_row::Entity::find()
        .filter(import_row::Column::ImportId.eq(id))
        .order_by_asc(import_row::Column::Position);
    if !filter.verdicts.is_empty() {
        rows = rows.filter(import_row::Column::Verdict.is_in(filter.verdicts.iter().copied()));
    }
    if !filter.states.is_empty() {
        rows = rows.filter(import_row::Column::State.is_in(filter.states.iter().copied()));
    }
    rows
}
