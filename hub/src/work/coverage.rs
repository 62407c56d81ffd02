//! Coverage: of the periods in which people were to be visited by a station, in how many they were.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, Days, NaiveDate};
use entity::{Names, VisitMode, ledger_entry, visit};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use uuid::Uuid;

use super::{
    Place, WorkFilter, cursor, page,
    policy::{Excused, Policy, Span, Spell, is_covered, owed},
    read::{Entry, Whom},
    window,
};
use crate::{Hub, HubError, access::Viewer, page::Page, places::Places};

/// How many days coverage can be asked of.
const DAYS: u64 = 366;

/// A quarter is the longest period: a visit so long before may be the one that was due.
const LONGEST_PERIOD: u64 = 92;

/// By what coverage is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// In which the period ends.
    Month,
    Station,
    County,
    /// Who made the visit that was due; of a visit that was not made, who made the last one before.
    Worker,
}

/// What a row of coverage is of: the values asked for, and null for those that are not.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unit {
    /// The first day of the month.
    pub month: Option<NaiveDate>,
    /// The county's code.
    pub county: Option<String>,
    /// The station's code.
    pub station: Option<String>,
    /// None also where nobody made a visit.
    pub worker: Option<String>,
}

/// Periods that were owed, counted.
#[derive(Clone, Debug, Default)]
pub struct CoverageRow {
    pub unit: Unit,
    /// In how many a visit was due.
    pub due: usize,
    /// In how many of them there was one.
    pub done: usize,
    /// How many more asked for none, since excuses held on each of their days and there was none.
    pub excused: usize,
    /// Those due and not done, the earliest first; empty where nobody asked for them.
    missed: Vec<Missed>,
}

/// The coverage of a span of days.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// Each period once.
    pub all: CoverageRow,
    pub rows: Vec<CoverageRow>,
}

/// A visit that was due and not made.
#[derive(Clone, Debug)]
pub struct Missed {
    pub person_id: Uuid,
    pub station_id: Uuid,
    /// An entry that asked for it.
    pub entry_id: Uuid,
    /// The first day of its period.
    pub first_on: NaiveDate,
    /// The last day of its period.
    pub last_on: NaiveDate,
    /// The last visit before.
    pub visit_id: Option<Uuid>,
}

impl Missed {
    fn place(&self) -> Place {
        (self.last_on, self.entry_id)
    }

    #[must_use]
    pub fn cursor(&self) -> String {
        cursor(self.place())
    }
}

impl CoverageRow {
    /// A page of the visits that were missed.
    ///
    /// # Errors
    /// `Invalid` for a wrong page.
    pub fn missed(
        &self,
        first: Option<i64>,
        after: Option<&str>,
    ) -> Result<Page<Missed>, HubError> {
        Ok(page(&self.missed, Missed::place, window(first, after)?))
    }
}

/// A visit, as far as it counts.
#[derive(Clone, FromQueryResult)]
struct Seen {
    id: Uuid,
    person_id: Uuid,
    station_id: Uuid,
    visited_on: NaiveDate,
    mode: VisitMode,
    workers: Names,
}

/// What is asked of coverage.
pub struct Asked<'a> {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub filter: &'a WorkFilter,
    pub by: &'a [By],
    /// Whether the visits that were missed are asked for one by one.
    pub missed: bool,
}

impl Hub {
    /// In how many periods that ended in these days, and before today, people were visited who were to
    /// be, as the record stands now.
    ///
    /// # Errors
    /// `Unseen` as for work due; `Invalid` for days out of order or too many, or an unknown division.
    pub async fn coverage(&self, viewer: &Viewer, asked: &Asked<'_>) -> Result<Coverage, HubError> {
        let (from, filter) = (asked.from, asked.filter);
        let end = from.checked_add_days(Days::new(DAYS));
        let start = from.checked_sub_days(Days::new(LONGEST_PERIOD));
        let (Some(end), Some(start)) = (end, start) else {
            return Err(HubError::Invalid(format!("from is a day of the record, not {from}")));
        };
        if asked.to < from || asked.to >= end {
            let text = format!("to lies on from or within {DAYS} days, not on {}", asked.to);
            return Err(HubError::Invalid(text));
        }
        let to = asked.to.min(self.clock.today() - Days::new(1));
        let by_worker = filter.worker.is_some() || asked.by.contains(&By::Worker);
        let closed = ledger_entry::Column::ClosedOn;
        // Since when each stands is told by its risks: the day of opening may be handed in anew.
        let standing = self.standing(viewer, filter.ledgers(), by_worker).await?;
        let standing = standing.add(Condition::any().add(closed.is_null()).add(closed.gt(from)));
        let modes = Policy::on(to).map_or(&[][..], |policy| &policy.modes);
        let entries = self.with_last_visits(&standing, modes, Some(start)).await?;
        let spells = self.spells(&standing).await?;
        let excused = self.excused(viewer, &standing).await?;
        let visits = self.seen(viewer, &standing, (start, to)).await?;
        let mut tally = Tally::new(self.places().await?, asked);
        let mut people: BTreeMap<Whom, Vec<Entry>> = BTreeMap::new();
        for entry in entries {
            people.entry((entry.person_id, entry.station_id)).or_default().push(entry);
        }
        for (whom, entries) in people {
            let visits = visits.get(&whom).map_or(&[][..], Vec::as_slice);
            let excused = excused.get(&whom).map_or(&[][..], Vec::as_slice);
            tally.add(&entries, (from, to), (&spells, visits, excused));
        }
        Ok(tally.coverage())
    }

    /// The visits to these people by stations within reach in these days, of each the first first.
    async fn seen(
        &self,
        viewer: &Viewer,
        standing: &Condition,
        (first, last): (NaiveDate, NaiveDate),
    ) -> Result<HashMap<Whom, Vec<Seen>>, HubError> {
        use visit::Column;
        let people = ledger_entry::Entity::find().select_only();
        let people = people.column(ledger_entry::Column::PersonId).filter(standing.clone());
        let rows: Vec<Seen> = visit::Entity::find()
            .select_only()
            .columns([Column::Id, Column::PersonId, Column::StationId, Column::VisitedOn])
            .columns([Column::Mode, Column::Workers])
            .filter(viewer.within(Column::StationId))
            .filter(Column::VisitedOn.between(first, last))
            .filter(Column::PersonId.in_subquery(people.into_query()))
            .order_by_asc(Column::VisitedOn)
            .order_by_asc(Column::Id)
            .into_model()
            .all(self.db.read())
            .await?;
        let mut seen: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            seen.entry((row.person_id, row.station_id)).or_default().push(row);
        }
        Ok(seen)
    }
}

/// Counts periods by what they are told apart.
struct Tally<'a> {
    asked: &'a Asked<'a>,
    /// Code and county of each station.
    stations: HashMap<Uuid, (&'a str, &'a str)>,
    all: CoverageRow,
    rows: BTreeMap<Unit, CoverageRow>,
}

/// What came of a period that was owed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    Missed,
    Excused,
}

impl<'a> Tally<'a> {
    fn new(places: &'a Places, asked: &'a Asked<'a>) -> Self {
        let station = |station: &'a crate::places::Station| {
            let county = station.township.get(..6).unwrap_or_default();
            (station.id, (station.code.as_str(), county))
        };
        let stations = places.stations().map(station).collect();
        Self { asked, stations, all: CoverageRow::default(), rows: BTreeMap::new() }
    }

    /// Counts what was owed to a person by a station. A period that several entries ask for is one.
    fn add(
        &mut self,
        entries: &[Entry],
        (from, to): (NaiveDate, NaiveDate),
        (spells, visits, excused): (&HashMap<Uuid, Vec<Spell>>, &[Seen], &[Excused]),
    ) {
        let mut spans: BTreeMap<Span, &Entry> = BTreeMap::new();
        for entry in entries {
            let spells = spells.get(&entry.id).map_or(&[][..], Vec::as_slice);
            let ended = owed(spells, from).take_while(|span| span.last <= to);
            let open = |span: &Span| entry.closed_on.is_none_or(|closed| span.last < closed);
            for span in ended.filter(open) {
                spans.entry(span).or_insert(entry);
            }
        }
        for (span, entry) in spans {
            let counts = |visit: &&Seen| {
                Policy::on(span.last).is_some_and(|policy| policy.modes.contains(&visit.mode))
            };
            let counted = || visits.iter().filter(counts);
            let visit = counted().find(|visit| span.holds(visit.visited_on));
            let outcome = match visit {
                Some(_) => Outcome::Done,
                None if is_covered(span, excused) => Outcome::Excused,
                None => Outcome::Missed,
            };
            let last = visit.or_else(|| counted().rfind(|visit| visit.visited_on < span.first));
            let workers = last.map(|last| &last.workers).or(entry.workers.as_ref());
            let missed = Missed {
                person_id: entry.person_id,
                station_id: entry.station_id,
                entry_id: entry.id,
                first_on: span.first,
                last_on: span.last,
                visit_id: last.map(|last| last.id).or(entry.visit_id),
            };
            self.count(&missed, outcome, workers.map_or(&[], |names| names.0.as_slice()));
        }
    }

    fn count(&mut self, period: &Missed, outcome: Outcome, workers: &[String]) {
        let worker = self.asked.filter.worker.as_ref();
        if worker.is_some_and(|worker| !workers.contains(worker)) {
            return;
        }
        let keeps = self.asked.missed;
        self.all.count(period, outcome, false);
        for unit in self.units(period, workers) {
            let row = self.rows.entry(unit).or_default();
            row.count(period, outcome, keeps);
        }
    }

    /// The rows in which a period counts: one for each worker, where they are told apart.
    fn units(&self, period: &Missed, workers: &[String]) -> Vec<Unit> {
        let by = |by: By| self.asked.by.contains(&by);
        let place = self.stations.get(&period.station_id);
        let unit = Unit {
            month: by(By::Month).then(|| period.last_on.with_day(1)).flatten(),
            county: place.filter(|_| by(By::County)).map(|(_, county)| (*county).to_owned()),
            station: place.filter(|_| by(By::Station)).map(|(code, _)| (*code).to_owned()),
            worker: None,
        };
        if !by(By::Worker) || workers.is_empty() {
            return vec![unit];
        }
        let asked = self.asked.filter.worker.as_ref();
        let mut workers: Vec<_> = workers.iter().collect();
        workers.retain(|worker| asked.is_none_or(|asked| asked == *worker));
        workers.sort_unstable();
        workers.dedup();
        let of_worker = |worker: &String| Unit { worker: Some(worker.clone()), ..unit.clone() };
        workers.into_iter().map(of_worker).collect()
    }

    fn coverage(self) -> Coverage {
        let rows = self.rows.into_iter().map(|(unit, mut row)| {
            row.missed.sort_by_key(Missed::place);
            CoverageRow { unit, ..row }
        });
        Coverage { all: self.all, rows: rows.collect() }
    }
}

impl CoverageRow {
    fn count(&mut self, period: &Missed, outcome: Outcome, keeps: bool) {
        match outcome {
            Outcome::Excused => self.excused += 1,
            Outcome::Done => {
                self.due += 1;
                self.done += 1;
            }
            Outcome::Missed => {
                self.due += 1;
                self.missed.extend(keeps.then(|| period.clone()));
            }
        }
    }
}
