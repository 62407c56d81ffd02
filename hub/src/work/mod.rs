//! Work due: whom each station is to visit, and by when. Expected visits follow from the ledgers in which
//! people stand, their risk and the policy of the day, so nobody has to enter them.
//!
//! A person stands in several ledgers of a station; the visit that is due first is what is due. Only
//! visits to the person by that station count, not those to the household as a whole.

mod policy;

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{Days, NaiveDate};
use entity::{DivisionCode, LedgerKind, Names, Risk, assessment, ledger_entry, need, visit};
use policy::{Policy, Standing};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, JoinType, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Hub, HubError,
    access::Viewer,
    ledgers::LedgerFilter,
    listing::{StationRef, one_of},
    page::{Page, forward_rows},
    policy::Class,
};

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
    /// Only what was due before the day.
    pub overdue: bool,
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
    /// Those due and overdue, the longest due first.
    pub page: Page<DueVisit>,
}

/// A visit that is due.
#[derive(Clone, Debug)]
pub struct DueVisit {
    pub person_id: Uuid,
    pub station_id: Uuid,
    /// The entry that asks for it.
    pub entry_id: Uuid,
    /// The last day on which it is in time.
    pub due_on: NaiveDate,
    /// The marked change that asks for it, where one does.
    pub changed_on: Option<NaiveDate>,
    /// The last visit that counts.
    pub visit_id: Option<Uuid>,
    is_due: bool,
}

impl DueVisit {
    /// Its place in the order of the list.
    fn place(&self) -> (NaiveDate, Uuid, Uuid) {
        (self.due_on, self.person_id, self.station_id)
    }

    #[must_use]
    pub fn cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{} {} {}", self.due_on, self.person_id, self.station_id))
    }
}

/// A person's standing in a ledger, with the last visit that counts.
#[derive(FromQueryResult)]
struct Entry {
    id: Uuid,
    person_id: Uuid,
    station_id: Uuid,
    risk: Option<Risk>,
    opened_on: NaiveDate,
    risk_since: NaiveDate,
    visit_id: Option<Uuid>,
    visited_on: Option<NaiveDate>,
    workers: Option<Names>,
}

/// The last marked change of people, at each station.
type Changes = HashMap<(Uuid, Uuid), NaiveDate>;

const LAST: &str = "last_visit";

impl Hub {
    /// Whom the viewer's stations are to visit on a day, today or later, as the record stands now.
    ///
    /// # Errors
    /// `Unseen` for who does not see who is meant, what their risk is or, asked by worker, who works;
    /// `Invalid` for a day that is over or too far ahead, an unknown division or a wrong page.
    pub async fn work_due(
        &self,
        viewer: &Viewer,
        (day, filter): (Option<NaiveDate>, &WorkFilter),
        (first, after): (Option<i64>, Option<&str>),
    ) -> Result<Work, HubError> {
        let rows = usize::try_from(forward_rows(first)?).unwrap_or(usize::MAX);
        let after = after.map(place_of).transpose()?;
        let today = self.clock.today();
        let day = day.unwrap_or(today);
        if day < today || day > today + Days::new(DAYS_AHEAD) {
            let text = format!("day is today or within {DAYS_AHEAD} days, not {day}");
            return Err(HubError::Invalid(text));
        }
        let policy = Policy::on(day);
        let policy = policy
            .ok_or_else(|| HubError::Invalid(format!("no policy says whom to visit on {day}")))?;
        let standing = self.standing(viewer, day, filter).await?;
        let entries = self.with_last_visits(&standing, policy).await?;
        let changes = self.marked_changes(&standing, policy).await?;
        let mut visits = first_of_each(policy, day, entries, &changes);
        if let Some(worker) = &filter.worker {
            visits.retain(|_, (_, workers)| workers.0.iter().any(|name| name == worker));
        }
        let visits = visits.into_values().map(|(visit, _)| visit).collect();
        Ok(Work::of(day, visits, filter.overdue, (rows, after)))
    }

    /// The entries that ask for visits on a day.
    async fn standing(
        &self,
        viewer: &Viewer,
        day: NaiveDate,
        filter: &WorkFilter,
    ) -> Result<Condition, HubError> {
        if !viewer.sees_small_figures() {
            return Err(HubError::Unseen(Class::Identity));
        }
        let staff = filter.worker.as_ref().map(|_| Class::Staff);
        let told: Vec<_> = [Class::Health].into_iter().chain(staff).collect();
        let found = self.found_by::<ledger_entry::Entity>(viewer, &told)?;
        let entries = LedgerFilter {
            division: filter.division.clone(),
            stations: filter.stations.clone(),
            kinds: filter.kinds.clone(),
            open_on: Some(day),
            ..LedgerFilter::default()
        };
        Ok(self.rows_of::<ledger_entry::Entity>(viewer, &entries).await?.add(found))
    }

    /// The entries, each with the last visit to its person by its station that counts.
    async fn with_last_visits(
        &self,
        standing: &Condition,
        policy: &Policy,
    ) -> Result<Vec<Entry>, HubError> {
        use ledger_entry::Column;
        let of_entry =
            |mine: visit::Column, entrys: Column| mine.into_expr().equals(entrys.as_column_ref());
        let last = visit::Entity::find()
            .select_only()
            .column(visit::Column::Id)
            .filter(of_entry(visit::Column::PersonId, Column::PersonId))
            .filter(of_entry(visit::Column::StationId, Column::StationId))
            .filter(one_of(visit::Column::Mode, &policy.modes))
            .order_by_desc(visit::Column::VisitedOn)
            .order_by_desc(visit::Column::Id)
            .limit(1)
            .into_query();
        let mut entries = ledger_entry::Entity::find()
            .select_only()
            .columns([Column::Id, Column::PersonId, Column::StationId, Column::Risk])
            .columns([Column::OpenedOn, Column::RiskSince])
            .filter(standing.clone())
            .into_query();
        entries
            .expr_as(Expr::col((LAST, visit::Column::Id)), "visit_id")
            .column((LAST, visit::Column::VisitedOn))
            .column((LAST, visit::Column::Workers))
            .join_as(
                JoinType::LeftJoin,
                visit::Entity,
                LAST,
                Expr::col((LAST, visit::Column::Id))
                    .eq(Expr::SubQuery(None, Box::new(last.into()))),
            );
        let rows = self.db.read().query_all(&entries).await?;
        let rows = rows.iter().map(|row| Entry::from_query_result(row, ""));
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The last marked changes of those at high risk: a need that is urgent enough was found, or an
    /// assessment was worse than the one before it.
    async fn marked_changes(
        &self,
        standing: &Condition,
        policy: &Policy,
    ) -> Result<Changes, HubError> {
        let at_high_risk = ledger_entry::Entity::find()
            .select_only()
            .column(ledger_entry::Column::PersonId)
            .filter(standing.clone())
            .filter(ledger_entry::Column::Risk.eq(Risk::High))
            .into_query();
        let needs: Vec<(Uuid, Uuid, NaiveDate)> = need::Entity::find()
            .select_only()
            .columns([need::Column::PersonId, need::Column::StationId])
            .column_as(need::Column::RaisedOn.max(), "raised_on")
            .filter(need::Column::PersonId.in_subquery(at_high_risk.clone()))
            .filter(one_of(need::Column::Urgency, &policy.marked_change.needs))
            .group_by(need::Column::PersonId)
            .group_by(need::Column::StationId)
            .into_tuple()
            .all(self.db.read())
            .await?;
        let mut changes = Changes::new();
        for (person, station, day) in needs.into_iter().chain(self.worsened(at_high_risk).await?) {
            let last = changes.entry((person, station)).or_insert(day);
            *last = Ord::max(day, *last);
        }
        Ok(changes)
    }

    /// Of whom of these people, and when, an assessment was worse than the one before it by the same
    /// instrument at the same station: person, station, day.
    async fn worsened(
        &self,
        people: SelectStatement,
    ) -> Result<Vec<(Uuid, Uuid, NaiveDate)>, HubError> {
        use assessment::Column;
        let mut rows = assessment::Entity::find().select_only();
        for column in ORDER {
            rows = rows.column(column).order_by_asc(column);
        }
        let rows: Vec<Assessed> = rows
            .column(Column::LevelRank)
            .filter(Column::PersonId.in_subquery(people))
            .order_by_asc(Column::Id)
            .into_model()
            .all(self.db.read())
            .await?;
        let one_series = rows.chunk_by(|a, b| a.series() == b.series());
        let pairs = one_series.flat_map(|series| series.iter().zip(&series[1..]));
        let worse = pairs.filter(|(before, after)| after.level_rank > before.level_rank);
        let worse = worse.map(|(_, row)| (row.person_id, row.station_id, row.assessed_on));
        Ok(worse.collect())
    }
}

/// The order of assessments one after the other.
const ORDER: [assessment::Column; 4] = [
    assessment::Column::PersonId,
    assessment::Column::StationId,
    assessment::Column::Instrument,
    assessment::Column::AssessedOn,
];

#[derive(FromQueryResult)]
struct Assessed {
    person_id: Uuid,
    station_id: Uuid,
    instrument: String,
    assessed_on: NaiveDate,
    level_rank: i64,
}

impl Assessed {
    /// Within what assessments compare.
    fn series(&self) -> (Uuid, Uuid, &str) {
        (self.person_id, self.station_id, &self.instrument)
    }
}

/// Of each person at each station the visit that is due first, with who made the last one.
fn first_of_each(
    policy: &Policy,
    day: NaiveDate,
    entries: Vec<Entry>,
    changes: &Changes,
) -> HashMap<(Uuid, Uuid), (DueVisit, Names)> {
    let mut visits: HashMap<_, (DueVisit, Names)> = HashMap::new();
    for entry in entries {
        let key = (entry.person_id, entry.station_id);
        let (due_on, changed_on) = policy.next(&Standing {
            risk: entry.risk,
            opened_on: entry.opened_on,
            risk_since: entry.risk_since,
            visited_on: entry.visited_on,
            changed_on: changes.get(&key).copied(),
        });
        let visit = DueVisit {
            person_id: entry.person_id,
            station_id: entry.station_id,
            entry_id: entry.id,
            due_on,
            changed_on,
            visit_id: entry.visit_id,
            // The day after a change may lie in the next week.
            is_due: changed_on.is_some() || due_on <= policy.end(entry.risk, day),
        };
        let workers = entry.workers.unwrap_or_default();
        let first = visits.entry(key).or_insert_with(|| (visit.clone(), workers));
        if (visit.due_on, visit.entry_id) < (first.0.due_on, first.0.entry_id) {
            first.0 = visit;
        }
    }
    visits
}

impl Work {
    fn of(
        day: NaiveDate,
        visits: Vec<DueVisit>,
        only_overdue: bool,
        (rows, after): (usize, Option<(NaiveDate, Uuid, Uuid)>),
    ) -> Self {
        let all = visits.len();
        let mut asked: Vec<_> = visits.into_iter().filter(|visit| visit.is_due).collect();
        let visited = all - asked.len();
        let overdue = asked.iter().filter(|visit| visit.due_on < day).count();
        let due = asked.len() - overdue;
        asked.retain(|visit| !only_overdue || visit.due_on < day);
        asked.retain(|visit| after.is_none_or(|after| visit.place() > after));
        asked.sort_by_key(DueVisit::place);
        let has_next = asked.len() > rows;
        asked.truncate(rows);
        let page = Page { rows: asked, has_previous: after.is_some(), has_next };
        Self { day, visited, due, overdue, page }
    }
}

/// The place that a cursor names.
fn place_of(cursor: &str) -> Result<(NaiveDate, Uuid, Uuid), HubError> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let mut parts = text.split(' ');
        let day = parts.next()?.parse().ok()?;
        Some((day, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    read()
        .ok_or_else(|| HubError::Invalid(format!("after is a cursor of this list, not {cursor:?}")))
}
