//! Work due: whom each station is to visit, and by when. Expected visits follow from the ledgers in which
//! people stand, their risk and the policy of the day, so nobody has to enter them.
//!
//! A person stands in several ledgers of a station; the visit that is due first is what is due. Only
//! visits to the person by that station count, not those to the household as a whole.

mod coverage;
mod policy;
mod read;

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{Days, NaiveDate};
use entity::{DivisionCode, LedgerKind, Names};
use uuid::Uuid;

pub use coverage::{Asked, By, Coverage, CoverageRow, Missed, Unit};
pub use policy::State;

use crate::{
    Hub, HubError,
    access::Viewer,
    ledgers::LedgerFilter,
    listing::StationRef,
    page::{Page, forward_rows},
};
use policy::{Policy, Standing};
use read::Whom;

/// How many days ahead work can be asked for.
pub const DAYS_AHEAD: u64 = 92;

/// How many days an excuse lasts at most.
pub const EXCUSED_DAYS: u64 = 92;

/// Whose work is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkFilter {
    pub division: Option<DivisionCode>,
    pub stations: Vec<StationRef>,
    pub kinds: Vec<LedgerKind>,
    /// A worker who made the last visit.
    pub worker: Option<String>,
}

impl WorkFilter {
    fn ledgers(&self) -> LedgerFilter {
        LedgerFilter {
            division: self.division.clone(),
            stations: self.stations.clone(),
            kinds: self.kinds.clone(),
            ..LedgerFilter::default()
        }
    }
}

/// The work of a day.
#[derive(Clone, Debug)]
pub struct Work {
    pub day: NaiveDate,
    /// How many people were visited in the period in which the day lies, and are not due in it again.
    pub visited: usize,
    /// How many are due on the day or later in its period.
    pub due: usize,
    /// How many were due before the day.
    pub overdue: usize,
    /// How many are not to be visited on the day.
    pub excused: usize,
    /// Those of the states that are asked for, the longest due first.
    pub page: Page<DueVisit>,
}

/// A visit that is due.
#[derive(Clone, Debug)]
pub struct DueVisit {
    pub person_id: Uuid,
    pub station_id: Uuid,
    /// The entry that asks for it.
    pub entry_id: Uuid,
    pub state: State,
    /// The last day on which it is in time.
    pub due_on: NaiveDate,
    /// The marked change that asks for it, where one does.
    pub changed_on: Option<NaiveDate>,
    /// The last visit that counts.
    pub visit_id: Option<Uuid>,
    /// The excuse that holds on the day.
    pub excuse_id: Option<Uuid>,
}

/// The place of a row in the order of its list: a day and a ledger entry.
type Place = (NaiveDate, Uuid);

impl DueVisit {
    fn place(&self) -> Place {
        (self.due_on, self.entry_id)
    }

    #[must_use]
    pub fn cursor(&self) -> String {
        cursor(self.place())
    }
}

impl Hub {
    /// Whom the viewer's stations are to visit on a day, today or later, as the record stands now: those
    /// of the given states; those due and overdue, where none is given.
    ///
    /// # Errors
    /// `Unseen` for who does not see who is meant, what their risk is or, asked by worker, who works;
    /// `Invalid` for a day that is over or too far ahead, an unknown division or a wrong page.
    pub async fn work_due(
        &self,
        viewer: &Viewer,
        (day, filter, states): (Option<NaiveDate>, &WorkFilter, &[State]),
        (first, after): (Option<i64>, Option<&str>),
    ) -> Result<Work, HubError> {
        let window = window(first, after)?;
        let today = self.clock.today();
        let day = day.unwrap_or(today);
        if day < today || day > today + Days::new(DAYS_AHEAD) {
            let text = format!("day is today or within {DAYS_AHEAD} days, not {day}");
            return Err(HubError::Invalid(text));
        }
        let policy = Policy::on(day);
        let policy = policy
            .ok_or_else(|| HubError::Invalid(format!("no policy says whom to visit on {day}")))?;
        let ledgers = LedgerFilter { open_on: Some(day), ..filter.ledgers() };
        let standing = self.standing(viewer, ledgers, filter.worker.is_some()).await?;
        let entries = self.with_last_visits(&standing, &policy.modes, None).await?;
        let (spells, excused) =
            (self.spells(&standing).await?, self.excused(viewer, &standing).await?);
        let changes = self.marked_changes(viewer, &standing, policy).await?;
        let mut visits: HashMap<Whom, (DueVisit, Names)> = HashMap::new();
        for entry in entries {
            let whom = (entry.person_id, entry.station_id);
            let standing = Standing {
                spells: spells.get(&entry.id).map_or(&[], Vec::as_slice),
                excused: excused.get(&whom).map_or(&[], Vec::as_slice),
                visited_on: entry.visited_on,
                changed_on: changes.get(&whom).copied(),
            };
            let Some(next) = policy.next(&standing, day) else { continue };
            let visit = DueVisit {
                person_id: entry.person_id,
                station_id: entry.station_id,
                entry_id: entry.id,
                state: next.state,
                due_on: next.due_on,
                changed_on: next.changed_on,
                visit_id: entry.visit_id,
                excuse_id: next.excuse_id,
            };
            let workers = entry.workers.unwrap_or_default();
            let first = visits.entry(whom).or_insert_with(|| (visit.clone(), workers));
            // Of several ledgers the one that presses most.
            if (visit.state, visit.place()) < (first.0.state, first.0.place()) {
                first.0 = visit;
            }
        }
        if let Some(worker) = &filter.worker {
            visits.retain(|_, (_, workers)| workers.0.contains(worker));
        }
        let visits = visits.into_values().map(|(visit, _)| visit).collect();
        Ok(Work::of(day, visits, states, window))
    }
}

impl Work {
    fn of(
        day: NaiveDate,
        mut visits: Vec<DueVisit>,
        states: &[State],
        window: (usize, Option<Place>),
    ) -> Self {
        let count = |state| visits.iter().filter(|visit| visit.state == state).count();
        let [visited, due, overdue, excused] =
            [State::Visited, State::Due, State::Overdue, State::Excused].map(count);
        let states = if states.is_empty() { &[State::Due, State::Overdue] } else { states };
        visits.retain(|visit| states.contains(&visit.state));
        visits.sort_by_key(DueVisit::place);
        let page = page(&visits, DueVisit::place, window);
        Self { day, visited, due, overdue, excused, page }
    }
}

/// How many rows, after which place.
fn window(first: Option<i64>, after: Option<&str>) -> Result<(usize, Option<Place>), HubError> {
    let rows = usize::try_from(forward_rows(first)?).unwrap_or(usize::MAX);
    Ok((rows, after.map(place_of).transpose()?))
}

/// A page of rows that are in order.
fn page<T: Clone>(
    rows: &[T],
    place: impl Fn(&T) -> Place,
    (first, after): (usize, Option<Place>),
) -> Page<T> {
    let start = after.map_or(0, |after| rows.partition_point(|row| place(row) <= after));
    let rest = &rows[start..];
    let rows = rest[..rest.len().min(first)].to_vec();
    Page { has_previous: after.is_some(), has_next: rest.len() > rows.len(), rows }
}

fn cursor((day, entry): Place) -> String {
    URL_SAFE_NO_PAD.encode(format!("{day} {entry}"))
}

/// The place that a cursor names.
fn place_of(cursor: &str) -> Result<Place, HubError> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (day, entry) = text.split_once(' ')?;
        Some((day.parse().ok()?, entry.parse().ok()?))
    };
    read()
        .ok_or_else(|| HubError::Invalid(format!("after is a cursor of this list, not {cursor:?}")))
}
