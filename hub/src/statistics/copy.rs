//! A copy of the visits in memory, 16 bytes each, for questions that need nothing else of the record:
//! there a database takes seconds to count the different people of a million visits. The visits lie
//! in the order of whom they were to, so that whoever was met in a cell already was met in it last.
//!
//! The copy follows the feed of changes, whose numbers are given out in the order of commits, also
//! by several hubs on one database: before it answers, it takes in what was committed since. Visits
//! are never changed; where some were taken back, all are read again. What it counts is what SQL counts; a test compares the two.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, PoisonError, RwLock},
    thread::{self, available_parallelism},
};

use chrono::{Datelike, NaiveDate};
use entity::{
    ChangeAction, Dimension, DivisionCode, SubmissionKind, TokenScope, VisitMode, change, station,
    visit,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, QueryTrait, sea_query::SelectStatement,
};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{
    By, DIGITS, Ground, Question, period,
    table::{self, Group, Groups},
};
use crate::{
    Hub, HubError,
    access::{Scope, Viewer},
    disclosure::Path,
    divisions::Areas,
    feed::newest_change,
    listing::{Days, StationRef},
};

/// The most cells that are counted here, met or not.
const MOST_CELLS: usize = 1 << 20;
/// The most threads that count for one question.
const MOST_THREADS: usize = 4;
/// How many visits wait at least to be put among the others.
const LATE: usize = 20_000;
/// How many visits are read at once.
const BATCH: u64 = 20_000;
/// The longest span of days that is looked up by its days.
const MOST_DAYS: usize = 1 << 16;

/// What a filter of visits picks, where it picks by nothing else.
#[derive(Clone, Debug, Default)]
pub struct Picked {
    pub division: Option<DivisionCode>,
    pub stations: Vec<StationRef>,
    pub visited: Days,
    pub modes: Vec<VisitMode>,
}

/// The copy of a hub.
#[derive(Clone, Default)]
pub(crate) struct Copies {
    visits: Arc<RwLock<Visits>>,
    /// Held while it is brought up to date.
    following: Arc<Mutex<()>>,
}

#[derive(Default)]
struct Visits {
    /// The last change that is in it; none before the first load.
    upto: Option<i64>,
    /// Id, code and division code, by id.
    stations: Vec<(Uuid, String, String)>,
    places: Ids<String>,
    subjects: Ids<Uuid>,
    /// The first and the last day of them.
    days: Option<(i32, i32)>,
    /// By subject.
    visits: Vec<Visit>,
    /// By subject too: those that came since the others were put in order.
    late: Vec<Visit>,
}

/// A visit: when, where, how and to whom, by numbers.
#[derive(Clone, Copy)]
struct Visit {
    /// The person, or the household where it was to that as a whole.
    subject: u32,
    /// Since the first day of our era.
    day: i32,
    place: u32,
    station: u16,
    mode: u8,
    to_person: bool,
}

/// Numbers for values, from 0.
struct Ids<T>(HashMap<T, u32>, Vec<T>);

impl<T> Default for Ids<T> {
    fn default() -> Self {
        Self(HashMap::new(), Vec::new())
    }
}

impl<T: Clone + Eq + Hash> Ids<T> {
    fn of(&mut self, value: T) -> u32 {
        let next = u32::try_from(self.1.len()).unwrap_or(u32::MAX);
        *self.0.entry(value).or_insert_with_key(|value| {
            self.1.push(value.clone());
            next
        })
    }
}

/// A dimension down to a depth: which value each station, place, day or mode has.
struct Axis {
    column: Column,
    /// By the number of a visit, less `from`.
    values: Vec<u32>,
    from: i32,
    paths: Vec<Vec<Option<String>>>,
}

#[derive(Clone, Copy)]
enum Column {
    Station,
    Place,
    Day,
    Mode,
}

/// The dimensions that need nothing but visits.
fn column_of(dimension: Dimension) -> Option<Column> {
    match dimension {
        Dimension::County | Dimension::Township | Dimension::Village => Some(Column::Place),
        Dimension::Station => Some(Column::Station),
        Dimension::Year
        | Dimension::Quarter
        | Dimension::Month
        | Dimension::Week
        | Dimension::Day => Some(Column::Day),
        Dimension::Mode => Some(Column::Mode),
        _ => None,
    }
}

impl Hub {
    /// The cells of visits at each of these depths; none where the copy cannot tell.
    pub(super) async fn copied<F>(
        &self,
        viewer: &Viewer,
        picked: Picked,
        (question, dimensions): (&Question<F>, &[By]),
        (ground, depths): (&Ground, &[Vec<usize>]),
    ) -> Result<Option<Groups>, HubError> {
        use entity::Measure::{Count, People, Rate, Share};
        let by_visits = dimensions.iter().all(|by| column_of(by.dimension).is_some());
        let countable = question
            .measures
            .iter()
            .all(|each| matches!(each.measure, Count | People | Rate | Share));
        if !by_visits || !countable {
            return Ok(None);
        }
        viewer.needs(TokenScope::Read)?;
        let divisions: Vec<_> = picked.division.iter().collect();
        let areas = self.areas(&divisions).await?;
        self.follow().await?;
        let (visits, viewer) = (Arc::clone(&self.copies.visits), viewer.clone());
        let (dimensions, depths, ground) = (dimensions.to_vec(), depths.to_vec(), ground.clone());
        let counted = tokio::task::spawn_blocking(move || {
            let visits = visits.read().unwrap_or_else(PoisonError::into_inner);
            let rows = visits.rows(&viewer, &picked, &areas);
            let mut groups = Groups::new();
            // The most cells first.
            for depth in depths.iter().rev() {
                let Some(axes) = visits.axes(&dimensions, depth, &ground) else { return Ok(None) };
                let Some(counted) = visits.count(&axes, &rows) else { return Ok(None) };
                groups.extend(counted);
                table::check(&groups)?;
            }
            Ok(Some(groups))
        });
        counted.await.map_err(|_| HubError::Unavailable)?
    }

    /// Takes in what was committed since, also where whoever asked is gone before it is done.
    async fn follow(&self) -> Result<(), HubError> {
        let hub = self.clone();
        let following = tokio::spawn(async move { hub.take_in().await });
        following.await.map_err(|_| HubError::Unavailable)?
    }

    async fn take_in(&self) -> Result<(), HubError> {
        let _alone = self.copies.following.lock().await;
        let snapshot = self.db.snapshot().await?;
        let newest = newest_change(&snapshot).await?;
        let mut upto = self.copies.visits.read().unwrap_or_else(PoisonError::into_inner).upto;
        if upto == Some(newest) {
            return Ok(());
        }
        if let Some(change) = upto
            && is_taken_back_since(&snapshot, change).await?
        {
            upto = None;
        }
        let (mut all, mut later) = (Visits::default(), Vec::new());
        if upto.is_none() {
            all.stations = stations(&snapshot).await?;
            committed_since(&snapshot, None, |visit| all.push(&visit)).await?;
        } else {
            committed_since(&snapshot, upto, |visit| later.push(visit)).await?;
        }
        let visits = Arc::clone(&self.copies.visits);
        let put = tokio::task::spawn_blocking(move || {
            let mut visits = visits.write().unwrap_or_else(PoisonError::into_inner);
            if upto.is_none() {
                *visits = all;
            }
            later.iter().for_each(|visit| visits.push(visit));
            visits.put_in_order();
            visits.upto = Some(newest);
        });
        put.await.map_err(|_| HubError::Unavailable)
    }
}

/// Id, code and division code of all, by id. They change by migrations only.
async fn stations(
    snapshot: &impl ConnectionTrait,
) -> Result<Vec<(Uuid, String, String)>, HubError> {
    let rows = station::Entity::find().order_by_asc(station::Column::Id).all(snapshot).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.code, row.division_code)).collect())
}

/// Whether a visit was taken back after a change.
async fn is_taken_back_since(
    snapshot: &impl ConnectionTrait,
    change: i64,
) -> Result<bool, HubError> {
    let found = change::Entity::find()
        .filter(change::Column::Seq.gt(change))
        .filter(change::Column::Kind.eq(SubmissionKind::Visit))
        .filter(change::Column::Action.eq(ChangeAction::Removed));
    Ok(found.one(snapshot).await?.is_some())
}

/// Gives the visits that were recorded after a change; all, after none.
async fn committed_since(
    snapshot: &impl ConnectionTrait,
    change: Option<i64>,
    mut give: impl FnMut(Recorded),
) -> Result<(), HubError> {
    let recorded = change.map(|change| {
        let changes = change::Entity::find()
            .select_only()
            .column(change::Column::RecordId)
            .filter(change::Column::Kind.eq(SubmissionKind::Visit))
            .filter(change::Column::Seq.gt(change));
        visit::Column::Id.in_subquery(changes.into_query())
    });
    let rows = Condition::all().add_option(recorded);
    let mut after = None;
    loop {
        let found = snapshot.query_all(&batch(rows.clone(), after)).await?;
        let Some(last) = found.last() else { return Ok(()) };
        after = Some(last.try_get("", "id")?);
        for row in &found {
            give(Recorded::read(row)?);
        }
    }
}

/// The next visits by their ids.
fn batch(rows: Condition, after: Option<Uuid>) -> SelectStatement {
    use visit::Column;
    let columns = [
        Column::Id,
        Column::StationId,
        Column::DivisionCode,
        Column::VisitedOn,
        Column::Mode,
        Column::PersonId,
        Column::HouseholdId,
    ];
    visit::Entity::find()
        .select_only()
        .columns(columns)
        .filter(rows.add_option(after.map(|after| Column::Id.gt(after))))
        .order_by_asc(Column::Id)
        .limit(BATCH)
        .into_query()
}

/// A visit as it is read.
struct Recorded {
    station: Uuid,
    place: String,
    day: NaiveDate,
    mode: VisitMode,
    person: Option<Uuid>,
    household: Option<Uuid>,
}

impl Recorded {
    fn read(row: &QueryResult) -> Result<Self, HubError> {
        Ok(Self {
            station: row.try_get("", "station_id")?,
            place: row.try_get("", "division_code")?,
            day: row.try_get("", "visited_on")?,
            mode: row.try_get("", "mode")?,
            person: row.try_get("", "person_id")?,
            household: row.try_get("", "household_id")?,
        })
    }
}

/// Which visits are counted, by their numbers.
struct Rows {
    /// All of them.
    every: bool,
    stations: Vec<bool>,
    places: Vec<bool>,
    modes: Vec<bool>,
    from: i32,
    to: i32,
}

impl Visits {
    fn push(&mut self, visit: &Recorded) {
        let station = self.stations.binary_search_by_key(&visit.station, |(id, ..)| *id);
        let subject = visit.person.or(visit.household).unwrap_or_default();
        let copied = Visit {
            subject: self.subjects.of(subject),
            day: visit.day.num_days_from_ce(),
            place: self.places.of(visit.place.clone()),
            // A visit names a station that is there: the database keeps it so.
            station: station.ok().and_then(|at| u16::try_from(at).ok()).unwrap_or(u16::MAX),
            mode: mode_number(visit.mode),
            to_person: visit.person.is_some(),
        };
        let (first, last) = self.days.unwrap_or((copied.day, copied.day));
        self.days = Some((first.min(copied.day), last.max(copied.day)));
        self.late.push(copied);
    }

    /// Puts the late by subject, and among the others once they are many.
    fn put_in_order(&mut self) {
        self.late.sort_unstable_by_key(|visit| visit.subject);
        if self.visits.is_empty() || self.late.len() > LATE.max(self.visits.len() / 16) {
            self.visits.append(&mut self.late);
            self.visits.sort_by_key(|visit| visit.subject);
        }
    }

    /// The visits to so many parts of the subjects.
    fn parts(&self, count: usize) -> impl Iterator<Item = Part<'_>> {
        let subjects = self.subjects.1.len();
        let of_part = move |visits: &[Visit], part: usize| {
            let below = |part: usize| {
                visits.partition_point(|visit| (visit.subject as usize) < part * subjects / count)
            };
            below(part)..below(part + 1)
        };
        (0..count).map(move |part| Part {
            visits: &self.visits[of_part(&self.visits, part)],
            late: &self.late[of_part(&self.late, part)],
        })
    }

    fn rows(&self, viewer: &Viewer, picked: &Picked, areas: &Areas) -> Rows {
        let in_scope = |id: &Uuid| match &viewer.scope {
            Scope::City => true,
            Scope::Stations(ids) => ids.contains(id),
        };
        let is_picked = |(id, code, _): &(Uuid, String, String)| {
            picked.stations.is_empty()
                || picked.stations.iter().any(|station| match station {
                    StationRef::Id(asked) => asked == id,
                    StationRef::Code(asked) => asked == code,
                })
        };
        let stations = self.stations.iter();
        let is_within = |code: &String| {
            picked.division.as_ref().is_none_or(|division| {
                let mut ranges = areas.ranges(division).iter();
                ranges.any(|(low, high)| low <= code && code < high)
            })
        };
        let modes = VisitMode::ALL.iter();
        let mut rows = Rows {
            every: false,
            stations: stations.map(|row| in_scope(&row.0) && is_picked(row)).collect(),
            places: self.places.1.iter().map(is_within).collect(),
            modes: modes
                .map(|mode| picked.modes.is_empty() || picked.modes.contains(mode))
                .collect(),
            from: picked.visited.from.map_or(i32::MIN, |day| day.num_days_from_ce()),
            to: picked.visited.to.map_or(i32::MAX, |day| day.num_days_from_ce()),
        };
        let flags = [&rows.stations, &rows.places, &rows.modes];
        rows.every = flags.into_iter().flatten().all(|flag| *flag)
            && (rows.from, rows.to) == (i32::MIN, i32::MAX);
        rows
    }

    /// The dimensions that are told apart at a depth; none where a span of days is too long.
    fn axes(
        &self,
        dimensions: &[By],
        depth: &[usize],
        ground: &Ground,
    ) -> Option<Vec<Option<Axis>>> {
        let axis = |(by, levels): (&By, &usize)| match levels {
            0 => Some(None),
            levels => self.axis(by.dimension, *levels, ground).map(Some),
        };
        dimensions.iter().zip(depth).map(axis).collect()
    }

    fn axis(&self, dimension: Dimension, levels: usize, ground: &Ground) -> Option<Axis> {
        let column = column_of(dimension)?;
        let mut from = 0;
        let all: Vec<Vec<Option<String>>> = match column {
            Column::Mode => VisitMode::ALL.iter().map(|mode| vec![Some(mode.code())]).collect(),
            Column::Station => {
                let path = |(_, code, division): &(Uuid, String, String)| {
                    vec![ground.part(division, DIGITS[0]), Some(code.clone())]
                };
                self.stations.iter().map(path).collect()
            }
            Column::Place => {
                let path = |code: &String| DIGITS.map(|digits| ground.part(code, digits)).to_vec();
                self.places.1.iter().map(path).collect()
            }
            Column::Day => {
                let (first, last) = self.days.unwrap_or_default();
                from = first;
                let days = usize::try_from(last - first).ok().filter(|days| *days < MOST_DAYS)?;
                let day =
                    |after| NaiveDate::from_num_days_from_ce_opt(from + i32::try_from(after).ok()?);
                (0..=days)
                    .map(|after| Some(period(dimension, day(after)?)))
                    .collect::<Option<_>>()?
            }
        };
        let mut known = Ids::default();
        let values = all.into_iter().map(|mut path| {
            path.truncate(levels);
            known.of(path)
        });
        let values = values.collect();
        Some(Axis { column, values, from, paths: known.1 })
    }

    /// Counts the visits of each cell; none where there are too many cells.
    fn count(&self, axes: &[Option<Axis>], rows: &Rows) -> Option<Groups> {
        let used: Vec<_> = axes.iter().flatten().collect();
        let cells = used.iter().try_fold(1_usize, |cells, axis| {
            cells.checked_mul(axis.paths.len().max(1)).filter(|cells| *cells <= MOST_CELLS)
        })?;
        let threads = available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        let counted = thread::scope(|scope| {
            let parts = self.parts(threads);
            let parts = parts.map(|part| scope.spawn(|| part.count(&used, rows, cells)));
            let parts: Vec<_> = parts.collect();
            parts.into_iter().map(|part| part.join().ok()).collect::<Option<Vec<_>>>()
        })?;
        let is_whole = used.is_empty();
        let group = |at: usize| {
            let mut group = Group::default();
            counted.iter().for_each(|cells| cells[at].add_to(&mut group));
            (path_of(axes, at), group)
        };
        let met = |at: &usize| is_whole || counted.iter().any(|cells| cells[*at].count > 0);
        Some((0..cells).filter(met).map(group).collect())
    }
}

/// Some of the subjects, with all visits to them.
struct Part<'v> {
    visits: &'v [Visit],
    late: &'v [Visit],
}

impl Part<'_> {
    fn count(self, axes: &[&Axis], rows: &Rows, cells: usize) -> Vec<Counted> {
        let mut counted = vec![Counted::NONE; cells];
        let mut late = self.late.iter().peekable();
        let mut note = |visit: &Visit| {
            if rows.hold(visit) {
                let place = |cell, axis: &&Axis| cell * axis.paths.len() + axis.value(visit);
                counted[axes.iter().fold(0, place)].note(visit);
            }
        };
        for visit in self.visits {
            while let Some(late) = late.next_if(|late| late.subject < visit.subject) {
                note(late);
            }
            note(visit);
        }
        late.for_each(note);
        counted
    }
}

/// What was met of a cell.
#[derive(Clone, Copy)]
struct Counted {
    count: u32,
    people: u32,
    subjects: u32,
    /// Whom the last visit was to.
    last: u32,
}

impl Counted {
    const NONE: Self = Self { count: 0, people: 0, subjects: 0, last: u32::MAX };

    fn note(&mut self, visit: &Visit) {
        self.count += 1;
        if self.last != visit.subject {
            self.last = visit.subject;
            self.subjects += 1;
            self.people += u32::from(visit.to_person);
        }
    }

    fn add_to(&self, group: &mut Group) {
        group.count += i64::from(self.count);
        group.people += i64::from(self.people);
        group.subjects += i64::from(self.subjects);
    }
}

/// Where a cell stands.
fn path_of(axes: &[Option<Axis>], mut cell: usize) -> Path {
    let mut path: Path = axes.iter().map(|_| Vec::new()).collect();
    for (at, axis) in axes.iter().enumerate().rev() {
        if let Some(axis) = axis {
            path[at].clone_from(&axis.paths[cell % axis.paths.len()]);
            cell /= axis.paths.len();
        }
    }
    path
}

impl Rows {
    fn hold(&self, visit: &Visit) -> bool {
        let is_set = |set: &[bool], number: usize| set.get(number).copied().unwrap_or_default();
        self.every
            || (self.from..=self.to).contains(&visit.day)
                && is_set(&self.stations, visit.station.into())
                && is_set(&self.places, visit.place as usize)
                && is_set(&self.modes, visit.mode.into())
    }
}

impl Axis {
    fn value(&self, visit: &Visit) -> usize {
        let number = match self.column {
            Column::Station => usize::from(visit.station),
            Column::Place => visit.place as usize,
            Column::Mode => usize::from(visit.mode),
            Column::Day => usize::try_from(visit.day - self.from).unwrap_or_default(),
        };
        self.values[number] as usize
    }
}

fn mode_number(mode: VisitMode) -> u8 {
    let at = VisitMode::ALL.iter().position(|known| *known == mode);
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
}
