//! Looking at a file before it is taken in. Its rows go through the door's own rules, in memory, and
//! nothing is written of what they made: so a preview cannot say other than the act does, as long as
//! nobody hands in between, and sees whom earlier rows would make. All rows that may be about the same
//! person are judged at once, on a view of the record that does not change meanwhile; so a large file
//! is judged some rows at a time, and holds neither the memory nor other people up.

use std::{
    collections::{BTreeMap, HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use bytes::Bytes;
use entity::{ChangeAction, ImportRowState, ImportVerdict, TokenScope, import, person};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::Value as Json;
use tokio::task::{JoinError, JoinSet};
use uuid::Uuid;

use super::{
    change::changes,
    told::{KeptSheet, Sheets, Told},
    turns::Turn,
    waiting::{Waiting, lots},
};
use crate::{
    Hub, HubError,
    access::{Scope, Viewer},
    import::{
        Columns, Decoded, HandInError, Row, Sheet, decode_each, hand_in::at_column, mend::Mend,
    },
    intake::{
        Ground, Receipt, Status, padded, rehearse,
        trace::{Image, Of, Trace},
    },
    places::Station,
    problem::{Code, Problem},
    submission::Submission,
    trail::Access,
};

/// How many names are looked up by one statement.
const NAMES: usize = 5_000;
/// About how many rows are judged at once.
const AT_ONCE: usize = 500;
/// How many lots of a file are judged beside each other.
const LOTS: usize = 2;

/// A file as it was handed in.
#[derive(Clone, Debug)]
pub struct Upload {
    pub name: String,
    pub bytes: Bytes,
}

/// What is looked at.
pub(super) struct Look {
    pub upload: Upload,
    /// Cells that are corrected.
    pub mends: Vec<Mend>,
    /// The import that this one is to take the place of.
    pub replaced: Option<Uuid>,
}

impl Look {
    fn at(upload: Upload) -> Self {
        Self { upload, mends: Vec::new(), replaced: None }
    }
}

/// A row and what it would come to.
pub(super) struct Seen {
    /// In the order of the file, from 0.
    pub position: usize,
    pub sheet: String,
    pub row: usize,
    pub verdict: ImportVerdict,
    pub state: ImportRowState,
    pub submission: Option<Submission>,
    pub told: Told,
}

/// A file, read.
struct Read {
    sheets: Sheets,
    /// Each with the place of its sheet; in the order of the file.
    rows: Vec<(usize, Waiting)>,
}

impl Hub {
    /// Looks at a station's file, row by row. Of the record nothing is written; the preview is kept
    /// for a day, to be applied.
    ///
    /// # Errors
    /// Where the file cannot be read, the viewer may not hand in for the station or has too many
    /// previews, the hub looks at too many files at once, or the database fails.
    pub async fn preview_import(
        &self,
        viewer: &Viewer,
        station: &str,
        upload: Upload,
        asking: Access,
    ) -> Result<import::Model, HandInError> {
        viewer.needs(TokenScope::Submit)?;
        let station = self.station_to_hand_in_for(viewer, station).await?;
        self.may_preview(self.db.read(), viewer, None).await?;
        let turn = self.previews.turn(upload.bytes.len()).await?;
        self.look_at(viewer, station, (turn, Look::at(upload)), asking).await
    }

    /// Looks at a file, whose turn it is.
    pub(super) async fn look_at(
        &self,
        viewer: &Viewer,
        station: &Station,
        (_turn, look): (Turn, Look),
        asking: Access,
    ) -> Result<import::Model, HandInError> {
        let Look { upload, mends, replaced } = look;
        let (upload, Read { sheets, rows }) = self.read_file(station, upload, mends).await?;
        let act =
            self.begin_import(viewer, station.id, (&upload, &sheets, replaced), asking).await?;
        self.keep_parts(act.id, &upload.bytes).await?;
        drop(upload);
        let (viewer, station) = (viewer.clone(), station.clone());
        let looking = Looking { viewer, station, act: act.id, sheets };
        self.judge_rows(Arc::new(looking), rows).await?;
        Ok(self.end_preview(act).await?)
    }

    /// Reads a file and checks its rows, beside the requests.
    async fn read_file(
        &self,
        station: &Station,
        upload: Upload,
        mut mends: Vec<Mend>,
    ) -> Result<(Upload, Read), HandInError> {
        let villages = self.places().await?.villages(&station.township).to_vec();
        let layouts = self.layouts_of(station.id).await?;
        let (hub, station) = (self.clone(), station.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let places = hub.places.get().ok_or(HubError::Unavailable)?;
            let today = hub.clock.today();
            let ground = Ground { today, places, township: &station.township };
            let keep = |row: Row| Waiting::of(row, &station.code, ground);
            let file = (upload.name.as_str(), &*upload.bytes, &mut mends[..]);
            let decoded = decode_each(file, &villages, &layouts, &keep)?;
            Ok((upload, Read::of(decoded, mends)))
        });
        reading.await.map_err(|_| HubError::Unavailable)?
    }

    /// Judges the rows some at a time, and keeps them as they are judged.
    async fn judge_rows(
        &self,
        looking: Arc<Looking>,
        rows: Vec<(usize, Waiting)>,
    ) -> Result<(), HubError> {
        let repeated = repeated(&rows);
        let fit = rows.iter().enumerate().filter(|(at, _)| !repeated.contains_key(at));
        let fit: Vec<_> = fit.filter_map(|(at, (_, row))| Some((at, row.fit.as_ref()?))).collect();
        let lots = lots(&fit, AT_ONCE);
        let mut rows: Vec<_> = rows.into_iter().map(Some).collect();
        let mut judging = JoinSet::new();
        for lot in lots {
            let lot = lot.into_iter().filter_map(|at| Some((at, rows[at].take()?))).collect();
            if judging.len() == LOTS {
                judging.join_next().await.map_or(Ok(()), ended)?;
            }
            let (hub, looking) = (self.clone(), Arc::clone(&looking));
            judging.spawn(async move {
                let seen = hub.rehearse_rows(&looking, lot).await?;
                hub.keep_rows(looking.act, seen).await
            });
        }
        while let Some(judged) = judging.join_next().await {
            ended(judged)?;
        }
        let settled = rows.into_iter().enumerate();
        let mut settled = settled.filter_map(|(at, row)| Some((at, row?))).peekable();
        while settled.peek().is_some() {
            let some = settled.by_ref().take(AT_ONCE);
            let seen: Result<Vec<_>, _> =
                some.map(|(at, row)| settle(&looking, (at, row), repeated.get(&at))).collect();
            self.keep_rows(looking.act, seen?).await?;
        }
        Ok(())
    }

    /// What rows without faults of their own would come to.
    async fn rehearse_rows(
        &self,
        looking: &Looking,
        lot: Vec<(usize, (usize, Waiting))>,
    ) -> Result<Vec<Seen>, HubError> {
        let Looking { viewer, station, .. } = looking;
        let mut items = Vec::new();
        for (_, (_, row)) in &lot {
            let content = row.fit.as_ref().ok_or(HubError::Unavailable)?.content()?;
            items.push(Submission {
                id: self.clock.new_id(),
                station: station.code.clone(),
                content,
            });
        }
        let snapshot = self.db.snapshot().await?;
        let keys = self.keys.fresh(&snapshot).await?;
        let places = self.places().await?;
        let at = (self.clock, places, keys);
        let (receipts, mut traces) = rehearse(&snapshot, at, viewer, items.clone()).await?;
        let known = lookalikes(&snapshot, viewer, &traces).await?;
        let mut seen = Vec::new();
        for ((row, item), receipt) in lot.into_iter().zip(items).zip(receipts) {
            let trace = traces.remove(&item.id).unwrap_or_default();
            // Also of a later row on the same newcomer.
            let person = receipt.recorded.as_ref().and_then(|recorded| recorded.person_id);
            let known = person.and_then(|id| known.get(&id)).copied();
            seen.push(judge(looking, row, item, receipt, (&trace, known))?);
        }
        let people: Vec<_> = seen.iter().filter_map(|seen| seen.told.person).collect();
        let within = within_reach(&snapshot, viewer, &people).await?;
        for seen in seen.iter_mut().filter(|seen| seen.told.person.is_some()) {
            // A resident ID would do to ask what is on record of somebody out of reach.
            if seen.told.person.is_some_and(|id| !within.contains(&id)) {
                seen.told.person = None;
                seen.told.changes.clear();
            }
        }
        Ok(seen)
    }
}

/// Who looks at what.
struct Looking {
    viewer: Viewer,
    station: Station,
    act: Uuid,
    sheets: Sheets,
}

fn ended(judged: Result<Result<(), HubError>, JoinError>) -> Result<(), HubError> {
    judged.map_err(|_| HubError::Unavailable)?
}

impl Read {
    fn of(decoded: Decoded<Waiting>, mends: Vec<Mend>) -> Self {
        let sheets = Sheets {
            sheets: decoded.sheets.iter().map(kept_sheet).collect(),
            faults: decoded.faults.iter().map(Into::into).collect(),
            notes: decoded.notes.iter().map(Into::into).collect(),
            columns: columns_of(&decoded),
            mends,
        };
        let rows = decoded.sheets.into_iter().enumerate();
        let rows = rows.flat_map(|(at, sheet)| sheet.rows.into_iter().map(move |row| (at, row)));
        Self { sheets, rows: rows.collect() }
    }
}

/// The columns of each table, which its rows share.
fn columns_of(decoded: &Decoded<Waiting>) -> Vec<Columns> {
    let mut tables: Vec<Columns> = Vec::new();
    for row in decoded.sheets.iter().flat_map(|sheet| &sheet.rows) {
        if !tables.contains(&row.columns) {
            tables.push(Columns::clone(&row.columns));
        }
    }
    tables
}

fn kept_sheet<R>(sheet: &Sheet<R>) -> KeptSheet {
    KeptSheet {
        name: sheet.name.clone(),
        header_row: sheet.header_row,
        unread: sheet.unread.clone(),
        rows: sheet.rows.len(),
    }
}

/// The rows that say once more what one above says on the same sheet → the number of that one. Not by
/// their own numbers: tables side by side have each twice.
fn repeated(rows: &[(usize, Waiting)]) -> HashMap<usize, usize> {
    let (mut first_rows, mut repeated) = (HashMap::new(), HashMap::new());
    for (at, (sheet, row)) in rows.iter().enumerate() {
        let Some(fit) = &row.fit else { continue };
        match first_rows.entry((*sheet, &fit.identity)) {
            Entry::Occupied(first) => {
                repeated.insert(at, *first.get());
            }
            Entry::Vacant(free) => {
                free.insert(row.row);
            }
        }
    }
    repeated
}

/// A row that needs no look at the record: refused by its own faults, or said before.
fn settle(
    looking: &Looking,
    (position, (sheet, row)): (usize, (usize, Waiting)),
    first: Option<&usize>,
) -> Result<Seen, HubError> {
    let mut seen = seen(looking, position, sheet, &row)?;
    if let Some(first) = first {
        let problem = Problem::new(Code::DuplicateInFile, "").detail(first);
        seen.verdict = ImportVerdict::Duplicate;
        seen.told.problems = vec![(&at_column(&row.columns, problem)).into()];
    }
    Ok(seen)
}

fn seen(looking: &Looking, position: usize, sheet: usize, row: &Waiting) -> Result<Seen, HubError> {
    Ok(Seen {
        position,
        sheet: looking
            .sheets
            .sheets
            .get(sheet)
            .map_or_else(String::new, |sheet| sheet.name.clone()),
        row: row.row,
        verdict: ImportVerdict::Refused,
        state: ImportRowState::Left,
        submission: None,
        told: row.told()?,
    })
}

/// What a row comes to by what the door says of it.
fn judge(
    looking: &Looking,
    (position, (sheet, row)): (usize, (usize, Waiting)),
    item: Submission,
    receipt: Receipt,
    (trace, known): (&Trace, Option<Uuid>),
) -> Result<Seen, HubError> {
    let mut seen = seen(looking, position, sheet, &row)?;
    seen.verdict = match verdict(&receipt, trace) {
        ImportVerdict::New | ImportVerdict::Changed if known.is_some() => ImportVerdict::Known,
        verdict => verdict,
    };
    let problems = receipt.problems.into_iter();
    let problems = problems.map(|problem| (&at_column(&row.columns, problem)).into());
    seen.told.problems = problems.collect();
    let may_be_taken =
        matches!(seen.verdict, ImportVerdict::New | ImportVerdict::Changed | ImportVerdict::Known);
    if !may_be_taken {
        return Ok(seen);
    }
    if seen.verdict != ImportVerdict::Known {
        seen.state = ImportRowState::Waiting;
    }
    seen.told.changes = changes(trace, &row.columns);
    let is_made =
        |id: &Uuid| trace.touch(Of::Person).any(|touch| touch.id == *id && touch.before.is_none());
    let person = receipt.recorded.and_then(|recorded| recorded.person_id);
    seen.told.person = person.filter(|id| !is_made(id));
    seen.told.known = known;
    let mut tables = looking.sheets.columns.iter();
    seen.told.columns = tables.position(|columns| *columns == *row.columns);
    seen.submission = Some(item);
    Ok(seen)
}

/// What the door's answer comes to.
pub(super) fn verdict(receipt: &Receipt, trace: &Trace) -> ImportVerdict {
    let action = receipt.recorded.as_ref().map(|recorded| recorded.action);
    match (receipt.status, action) {
        (Status::Stored, Some(ChangeAction::Created)) => ImportVerdict::New,
        (Status::Stored, _) if trace.changes_nothing() => ImportVerdict::Unchanged,
        (Status::Stored, _) => ImportVerdict::Changed,
        (Status::Replayed, _) => ImportVerdict::Unchanged,
        (Status::Conflict | Status::Rejected, _) => ImportVerdict::Refused,
    }
}

/// Somebody whom an item would put on record.
struct Newcomer {
    id: Uuid,
    image: Image,
}

/// Of those who would be put on record: whom they look like, of those whom the viewer reaches.
/// Whoever is out of reach is not told of, or a name would do to ask whether someone is on record.
async fn lookalikes(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    traces: &BTreeMap<Uuid, Trace>,
) -> Result<HashMap<Uuid, Uuid>, HubError> {
    let mut newcomers = Vec::new();
    for trace in traces.values() {
        for touch in trace.touch(Of::Person).filter(|touch| touch.before.is_none()) {
            let Some(image) = touch.after.clone() else { continue };
            newcomers.push(Newcomer { id: touch.id, image });
        }
    }
    let names: HashSet<&str> = newcomers.iter().filter_map(|one| one.text("name")).collect();
    let names: Vec<_> = names.into_iter().collect();
    let mut namesakes: HashMap<String, Vec<person::Model>> = HashMap::new();
    for names in names.chunks(NAMES) {
        let named = person::Entity::find()
            .filter(person::Column::Name.is_in(padded(names.to_vec())))
            .filter(reached(viewer));
        for row in named.all(db).await? {
            namesakes.entry(row.name.clone()).or_default().push(row);
        }
    }
    let found = newcomers.iter().filter_map(|one| {
        let rows = namesakes.get(one.text("name")?)?;
        let like = rows.iter().find(|row| row.id != one.id && one.looks_like(row))?;
        Some((one.id, like.id))
    });
    Ok(found.collect())
}

/// Those of these people whom the viewer reaches.
async fn within_reach(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    people: &[Uuid],
) -> Result<HashSet<Uuid>, HubError> {
    let mut within = HashSet::new();
    for some in people.chunks(NAMES) {
        let found = person::Entity::find()
            .select_only()
            .column(person::Column::Id)
            .filter(person::Column::Id.is_in(padded(some.to_vec())))
            .filter(reached(viewer));
        within.extend(found.into_tuple::<Uuid>().all(db).await?);
    }
    Ok(within)
}

fn reached(viewer: &Viewer) -> Condition {
    match &viewer.scope {
        Scope::City => Condition::all(),
        Scope::Stations(_) => viewer.serves(person::Column::Id),
    }
}

impl Newcomer {
    fn text(&self, column: &str) -> Option<&str> {
        self.image.get(column).and_then(Json::as_str)
    }

    /// Whether it may be the same: no two numbers tell them apart, nothing contradicts, and the birth
    /// date or the village is the same.
    fn looks_like(&self, row: &person::Model) -> bool {
        if self.text("resident_id").is_some() && row.resident_id.is_some() {
            return false;
        }
        let sex = row.sex.map(entity::Sex::code);
        let born = row.birth_date.map(|day| day.to_string());
        let agrees = |given: Option<&str>, known: &Option<String>| match (given, known) {
            (Some(given), Some(known)) => given == known,
            _ => true,
        };
        let (given_sex, given_born) = (self.text("sex"), self.text("birth_date"));
        let same_village = self.text("division_code") == Some(&row.division_code);
        let same_day = given_born.is_some() && given_born == born.as_deref();
        agrees(given_sex, &sex) && agrees(given_born, &born) && (same_day || same_village)
    }
}
