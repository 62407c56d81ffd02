//! A copy of the visits in memory, column by column, for questions that need nothing else of the
//! record: there a database takes seconds to count the different people of a million visits.
//!
//! The copy follows the feed of changes, whose numbers are given out in the order of commits, also
//! by several hubs on one database: before it answers, it takes in what was committed since. Visits
//! are never changed. What it counts is what SQL counts; a test compares the two.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{Datelike, NaiveDate};
use entity::{
    Dimension, DivisionCode, SubmissionKind, TokenScope, VisitMode, change, station, visit,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QueryResult, QuerySelect, QueryTrait, sea_query::SelectStatement,
};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{
    By, Ground, Question,
    table::{Group, Groups},
};
use crate::{
    Hub, HubError,
    access::{Scope, Viewer},
    disclosure::Path,
    divisions::Areas,
    listing::{Days, StationRef},
};

/// No person: the visit was to a household as a whole.
const NOBODY: u32 = u32::MAX;
/// The most cells that are counted here, with a count for each whether it is met or not.
const MOST_CELLS: usize = 1 << 20;
/// The most memory for who was met in which cell, in words of 64 people.
const MOST_WORDS: usize = 6 << 20;
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
    stations: Vec<(Uuid, String, String)>,
    places: Ids<String>,
    people: Ids<Uuid>,
    /// Of each visit: where in `stations`, in `places`, the day since the first of our era, how, and
    /// who: the person and the person or household.
    station: Vec<u16>,
    place: Vec<u16>,
    day: Vec<i32>,
    mode: Vec<u8>,
    person: Vec<u32>,
    subject: Vec<u32>,
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
    /// By the number in the column, less `from`.
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
        use entity::Measure::{Count, People, Share};
        let by_visits = dimensions.iter().all(|by| column_of(by.dimension).is_some());
        let countable =
            question.measures.iter().all(|each| matches!(each.measure, Count | People | Share));
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
            let shielded = !viewer.sees_small_figures();
            let mut groups = Groups::new();
            for depth in &depths {
                let axes = visits.axes(&dimensions, depth, &ground)?;
                groups.extend(visits.count(&axes, &rows, shielded)?);
            }
            Some(groups)
        });
        counted.await.map_err(|_| HubError::Unavailable)
    }

    /// Takes in what was committed since.
    async fn follow(&self) -> Result<(), HubError> {
        let _alone = self.copies.following.lock().await;
        let snapshot = self.db.snapshot().await?;
        let newest = change::Entity::find()
            .select_only()
            .column(change::Column::Seq)
            .order_by_desc(change::Column::Seq)
            .into_tuple::<i64>()
            .one(&snapshot)
            .await?
            .unwrap_or_default();
        let upto = self.visits(|visits| visits.upto);
        if upto == Some(newest) {
            return Ok(());
        }
        let stations = station::Entity::find().order_by_asc(station::Column::Id).all(&snapshot);
        let stations = stations.await?.into_iter();
        let stations = stations.map(|row| (row.id, row.code, row.division_code)).collect();
        if upto.is_none() {
            let mut all = Visits { upto: Some(newest), stations, ..Visits::default() };
            committed_since(&snapshot, None, |visit| all.push(&visit)).await?;
            *self.copies.visits.write().unwrap_or_else(PoisonError::into_inner) = all;
            return Ok(());
        }
        let mut later = Vec::new();
        committed_since(&snapshot, upto, |visit| later.push(visit)).await?;
        let mut visits = self.copies.visits.write().unwrap_or_else(PoisonError::into_inner);
        for visit in &later {
            visits.push(visit);
        }
        visits.upto = Some(newest);
        Ok(())
    }

    fn visits<T>(&self, get: impl FnOnce(&Visits) -> T) -> T {
        get(&self.copies.visits.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Gives the visits that were recorded after a change; all, after none.
async fn committed_since(
    snapshot: &DatabaseTransaction,
    change: Option<i64>,
    mut give: impl FnMut(Visit),
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
            give(Visit::read(row)?);
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

/// A visit as it is copied.
struct Visit {
    station: Uuid,
    place: String,
    day: i32,
    mode: VisitMode,
    person: Option<Uuid>,
    household: Option<Uuid>,
}

impl Visit {
    fn read(row: &QueryResult) -> Result<Self, HubError> {
        let day: NaiveDate = row.try_get("", "visited_on")?;
        Ok(Self {
            station: row.try_get("", "station_id")?,
            place: row.try_get("", "division_code")?,
            day: day.num_days_from_ce(),
            mode: row.try_get("", "mode")?,
            person: row.try_get("", "person_id")?,
            household: row.try_get("", "household_id")?,
        })
    }
}

/// Which rows are counted, by the numbers in their columns.
struct Rows {
    stations: Vec<bool>,
    places: Vec<bool>,
    modes: Vec<bool>,
    from: i32,
    to: i32,
}

impl Visits {
    fn push(&mut self, visit: &Visit) {
        let station = self.stations.binary_search_by_key(&visit.station, |(id, ..)| *id);
        let number = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        // A visit names a station that is there: the database keeps it so.
        self.station.push(number(station.unwrap_or(usize::MAX)));
        let place = self.places.of(visit.place.clone());
        self.place.push(u16::try_from(place).unwrap_or(u16::MAX));
        self.day.push(visit.day);
        self.mode.push(mode_number(visit.mode));
        let person = visit.person.map(|id| self.people.of(id));
        let household = visit.household.map(|id| self.people.of(id));
        self.person.push(person.unwrap_or(NOBODY));
        self.subject.push(person.or(household).unwrap_or(NOBODY));
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
        Rows {
            stations: stations.map(|row| in_scope(&row.0) && is_picked(row)).collect(),
            places: self.places.1.iter().map(is_within).collect(),
            modes: modes
                .map(|mode| picked.modes.is_empty() || picked.modes.contains(mode))
                .collect(),
            from: picked.visited.from.map_or(i32::MIN, |day| day.num_days_from_ce()),
            to: picked.visited.to.map_or(i32::MAX, |day| day.num_days_from_ce()),
        }
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
                    vec![ground.part(division, 6), Some(code.clone())]
                };
                self.stations.iter().map(path).collect()
            }
            Column::Place => {
                let path =
                    |code: &String| [6, 9, 12].map(|digits| ground.part(code, digits)).to_vec();
                self.places.1.iter().map(path).collect()
            }
            Column::Day => {
                from = self.day.iter().copied().min().unwrap_or_default();
                let to = self.day.iter().copied().max().unwrap_or_default();
                let days = usize::try_from(to - from).ok().filter(|days| *days < MOST_DAYS)?;
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

    /// Counts the rows of each cell; none where there are too many cells.
    fn count(&self, axes: &[Option<Axis>], rows: &Rows, shielded: bool) -> Option<Groups> {
        let used: Vec<_> = axes.iter().flatten().collect();
        let cells = used.iter().try_fold(1_usize, |cells, axis| {
            cells.checked_mul(axis.paths.len().max(1)).filter(|cells| *cells <= MOST_CELLS)
        })?;
        let mut counts = vec![0_i64; cells];
        let (mut people, mut subjects) = (Met::new(cells, self), Met::new(cells, self));
        for at in 0..self.day.len() {
            if !rows.hold(self, at) {
                continue;
            }
            let cell =
                used.iter().fold(0, |cell, axis| cell * axis.paths.len() + axis.value(self, at));
            counts[cell] += 1;
            people.note(cell, self.person[at]);
            if shielded {
                subjects.note(cell, self.subject[at]);
            }
        }
        let (people, subjects) = (people.counts(cells), subjects.counts(cells));
        let is_whole = used.is_empty();
        let groups = (0..cells).filter(|cell| counts[*cell] > 0 || is_whole).map(|cell| {
            let (count, people, subjects) = (counts[cell], people[cell], subjects[cell]);
            (path_of(axes, cell), Group { count, people, subjects, ..Group::default() })
        });
        Some(groups.collect())
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
    fn hold(&self, visits: &Visits, at: usize) -> bool {
        let is_set = |set: &[bool], number: usize| set.get(number).copied().unwrap_or_default();
        (self.from..=self.to).contains(&visits.day[at])
            && is_set(&self.stations, visits.station[at].into())
            && is_set(&self.places, visits.place[at].into())
            && is_set(&self.modes, visits.mode[at].into())
    }
}

impl Axis {
    fn value(&self, visits: &Visits, at: usize) -> usize {
        let number = match self.column {
            Column::Station => usize::from(visits.station[at]),
            Column::Place => usize::from(visits.place[at]),
            Column::Mode => usize::from(visits.mode[at]),
            Column::Day => usize::try_from(visits.day[at] - self.from).unwrap_or_default(),
        };
        self.values[number] as usize
    }
}

/// Who was met in which cell: a bit for each, or where that is too much, the list of all.
enum Met {
    Bits { words: usize, bits: Vec<u64> },
    Pairs(Vec<u64>),
}

impl Met {
    fn new(cells: usize, visits: &Visits) -> Self {
        let words = visits.people.1.len().div_ceil(64);
        match cells.checked_mul(words).filter(|words| *words <= MOST_WORDS) {
            Some(all) => Self::Bits { words, bits: vec![0; all] },
            None => Self::Pairs(Vec::new()),
        }
    }

    fn note(&mut self, cell: usize, who: u32) {
        if who == NOBODY {
            return;
        }
        match self {
            Self::Bits { words, bits } => {
                bits[cell * *words + who as usize / 64] |= 1 << (who % 64);
            }
            Self::Pairs(pairs) => pairs.push((cell as u64) << 32 | u64::from(who)),
        }
    }

    /// How many there are in each cell.
    fn counts(self, cells: usize) -> Vec<i64> {
        let mut counts = vec![0; cells];
        match self {
            Self::Bits { words: 0, .. } => {}
            Self::Bits { words, bits } => {
                for (count, bits) in counts.iter_mut().zip(bits.chunks(words)) {
                    *count = bits.iter().map(|word| i64::from(word.count_ones())).sum();
                }
            }
            Self::Pairs(mut pairs) => {
                pairs.sort_unstable();
                pairs.dedup();
                for pair in pairs {
                    counts[usize::try_from(pair >> 32).unwrap_or_default()] += 1;
                }
            }
        }
        counts
    }
}

fn mode_number(mode: VisitMode) -> u8 {
    let at = VisitMode::ALL.iter().position(|known| *known == mode);
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
}

/// The levels of a time in which a day lies.
fn period(dimension: Dimension, day: NaiveDate) -> Vec<Option<String>> {
    let year = format!("{:04}", day.year());
    let quarter = format!("{year}-{:02}", day.month0() / 3 * 3 + 1);
    let month = format!("{year}-{:02}", day.month());
    let levels = match dimension {
        Dimension::Year => vec![year],
        Dimension::Quarter => vec![year, quarter],
        Dimension::Month => vec![year, quarter, month],
        Dimension::Week => {
            let since = chrono::Days::new(day.weekday().num_days_from_monday().into());
            vec![day.checked_sub_days(since).unwrap_or(day).to_string()]
        }
        _ => vec![year, quarter, month, day.to_string()],
    };
    levels.into_iter().map(Some).collect()
}

impl Ground {
    /// The division of so many digits in which a code lies today; none where it is named less finely.
    fn part(&self, code: &str, digits: usize) -> Option<String> {
        let within = |old: &String| code >= old.as_str() && code < format!("{old}:").as_str();
        let moved = self.moved.iter().find(|(old, new)| new.len() >= digits && within(old));
        let today = moved.map_or(code, |(_, new)| new.as_str());
        today.get(..digits).map(str::to_owned)
    }
}
