//! Looking at a file before it is taken in. Its rows go through the door's own rules, in memory, on a
//! view of the record that does not change meanwhile, and nothing is written of what they made: so
//! a preview cannot say other than the act does, as long as nobody hands in between, sees whom
//! earlier rows would make, and holds nobody up.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{ChangeAction, ImportRowState, ImportVerdict, TokenScope, import, person};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    change::changes,
    told::{KeptProblem, KeptSheet, Sheets, Told},
};
use crate::{
    Hub, HubError,
    access::{Scope, Viewer},
    import::{
        Decoded, HandInError, Row, decode,
        hand_in::{at_column, faults, identity},
    },
    intake::{
        Ground, Receipt, Status, rehearse,
        trace::{Image, Of, Trace},
    },
    places::Station,
    problem::{Code, Problem},
    submission::Submission,
    trail::Access,
};

/// How many names are looked up by one statement.
const NAMES: usize = 5_000;

/// A file as it was handed in.
#[derive(Clone, Debug)]
pub struct Upload {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// A row and what it would come to.
pub(super) struct Seen {
    pub sheet: String,
    pub row: usize,
    pub verdict: ImportVerdict,
    pub state: ImportRowState,
    pub submission: Option<Submission>,
    pub told: Told,
}

impl Hub {
    /// Looks at a station's file, row by row. Of the record nothing is written; the preview is kept
    /// for a day, to be applied.
    ///
    /// # Errors
    /// Where the file cannot be read, the viewer may not hand in for the station or has too many
    /// previews, or the database fails.
    pub async fn preview_import(
        &self,
        viewer: &Viewer,
        station: &str,
        upload: Upload,
        asking: Access,
    ) -> Result<import::Model, HandInError> {
        viewer.needs(TokenScope::Submit)?;
        let found = self.station_to_hand_in_for(viewer, station).await?;
        self.may_preview(viewer).await?;
        let villages = self.places().await?.villages(&found.township).to_vec();
        let layouts = self.layouts_of(found.id).await?;
        let reading = tokio::task::spawn_blocking(move || {
            let decoded = decode(&upload.name, &upload.bytes, &villages, &layouts);
            decoded.map(|decoded| (decoded, upload))
        });
        let (decoded, upload) = reading.await.map_err(|_| HubError::Unavailable)??;
        let sheets = Sheets {
            sheets: decoded.sheets.iter().map(kept_sheet).collect(),
            faults: decoded.faults.iter().map(Into::into).collect(),
            notes: decoded.notes.iter().map(Into::into).collect(),
        };
        let seen = self.see(viewer, found, decoded).await?;
        Ok(self.keep_import(viewer, found.id, (upload, sheets, seen), asking).await?)
    }

    /// What each row would come to.
    async fn see(
        &self,
        viewer: &Viewer,
        station: &Station,
        decoded: Decoded,
    ) -> Result<Vec<Seen>, HubError> {
        let places = self.places().await?;
        let ground = Ground { today: self.clock.today(), places, township: &station.township };
        let (mut seen, mut rows) = (Vec::new(), Vec::new());
        for sheet in decoded.sheets {
            let mut first_rows = HashMap::new();
            for mut row in sheet.rows {
                let problems = faults(&mut row, ground);
                if !problems.is_empty() {
                    let problems = problems.iter().map(Into::into).collect();
                    seen.push(settled(&sheet.name, &row, ImportVerdict::Refused, problems));
                    continue;
                }
                let item = Submission {
                    id: self.clock.new_id(),
                    station: station.code.clone(),
                    content: row.content.clone(),
                };
                // Not by the number of its row: tables side by side have it twice.
                if let Some(first) = first_rows.get(&identity(&item)) {
                    let problem = Problem::new(Code::DuplicateInFile, "").detail(first);
                    let problems = vec![(&at_column(&row, problem)).into()];
                    seen.push(settled(&sheet.name, &row, ImportVerdict::Duplicate, problems));
                    continue;
                }
                first_rows.insert(identity(&item), row.row);
                seen.push(settled(&sheet.name, &row, ImportVerdict::Refused, Vec::new()));
                rows.push((seen.len() - 1, row, item));
            }
        }
        self.rehearse_rows(viewer, &mut seen, rows).await?;
        Ok(seen)
    }

    async fn rehearse_rows(
        &self,
        viewer: &Viewer,
        seen: &mut [Seen],
        rows: Vec<(usize, Row, Submission)>,
    ) -> Result<(), HubError> {
        let items = rows.iter().map(|(.., item)| item.clone()).collect();
        let snapshot = self.db.snapshot().await?;
        let keys = self.keys.fresh(&snapshot).await?;
        let places = self.places().await?;
        let at = (self.clock, places, keys);
        let (receipts, mut traces) = rehearse(&snapshot, at, viewer, items).await?;
        let known = lookalikes(&snapshot, viewer, &traces).await?;
        for ((at, row, item), receipt) in rows.into_iter().zip(receipts) {
            let trace = traces.remove(&item.id).unwrap_or_default();
            // Also of a later row on the same newcomer.
            let person = receipt.recorded.as_ref().and_then(|recorded| recorded.person_id);
            let known = person.and_then(|id| known.get(&id)).copied();
            judge(&mut seen[at], &row, item, receipt, (&trace, known));
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
        Ok(())
    }
}

fn kept_sheet(sheet: &crate::import::Sheet) -> KeptSheet {
    KeptSheet {
        name: sheet.name.clone(),
        header_row: sheet.header_row,
        columns: sheet.columns.clone(),
        unread: sheet.unread.clone(),
        rows: sheet.rows.len(),
    }
}

fn settled(sheet: &str, row: &Row, verdict: ImportVerdict, problems: Vec<KeptProblem>) -> Seen {
    Seen {
        sheet: sheet.to_owned(),
        row: row.row,
        verdict,
        state: ImportRowState::Left,
        submission: None,
        told: Told { problems, repairs: row.repairs.clone(), ..Told::default() },
    }
}

/// What a row comes to by what the door says of it.
fn judge(
    seen: &mut Seen,
    row: &Row,
    item: Submission,
    receipt: Receipt,
    (trace, known): (&Trace, Option<Uuid>),
) {
    seen.verdict = match verdict(&receipt, trace) {
        ImportVerdict::New | ImportVerdict::Changed if known.is_some() => ImportVerdict::Known,
        verdict => verdict,
    };
    let problems = receipt.problems.into_iter().map(|problem| (&at_column(row, problem)).into());
    seen.told.problems = problems.collect();
    let may_be_taken =
        matches!(seen.verdict, ImportVerdict::New | ImportVerdict::Changed | ImportVerdict::Known);
    if !may_be_taken {
        return;
    }
    if seen.verdict != ImportVerdict::Known {
        seen.state = ImportRowState::Waiting;
    }
    seen.told.changes = changes(trace, |path| row.column_of(path).unwrap_or_default().to_owned());
    let is_made =
        |id: &Uuid| trace.touch(Of::Person).any(|touch| touch.id == *id && touch.before.is_none());
    let person = receipt.recorded.and_then(|recorded| recorded.person_id);
    seen.told.person = person.filter(|id| !is_made(id));
    seen.told.known = known;
    let columns = row.columns.iter();
    seen.told.columns =
        columns.map(|(path, column)| (path.clone(), column.header.clone())).collect();
    seen.submission = Some(item);
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
            .filter(person::Column::Name.is_in(names.iter().copied()))
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
            .filter(person::Column::Id.is_in(some.iter().copied()))
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
