//! Reading the record for a table: every record of its period at some stations, with what predicates
//! ask of it, marked by the rows and columns in which it stands.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    AbilityLevel, ChildKind, DisabilityCategory, IncomeClass, LedgerKind, LivingArrangement,
    NeedDomain, NeedStatus, RecordKind, Risk, Service, Sex, Urgency, VisitMode, assessment,
    child_detail, disabled_detail, elderly_detail, ledger_entry, need, person, visit,
    visit_service,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter,
    QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, SelectStatement},
};
use uuid::Uuid;

use super::{
    definition::Definition,
    predicate::{Counted, Facts, Predicate},
};
use crate::{Hub, HubError};

/// A record, with the rows and columns in which it stands, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Marked {
    pub kind: RecordKind,
    pub id: Uuid,
    pub rows: u32,
    pub columns: u32,
}

/// What a table counts at each station.
pub(super) type Counts = HashMap<Uuid, Vec<Marked>>;

/// The days of a period.
type Span = (NaiveDate, NaiveDate);

#[derive(FromQueryResult)]
struct Entry {
    id: Uuid,
    station_id: Uuid,
    person_id: Uuid,
    kind: LedgerKind,
    opened_on: NaiveDate,
    closed_on: Option<NaiveDate>,
    income_class: Option<IncomeClass>,
    risk: Option<Risk>,
    sex: Option<Sex>,
    birth_date: Option<NaiveDate>,
    child_kind: Option<ChildKind>,
    living_arrangement: Option<LivingArrangement>,
    ability_level: Option<AbilityLevel>,
    category: Option<DisabilityCategory>,
    grade: Option<i64>,
}

#[derive(FromQueryResult)]
struct Visit {
    id: Uuid,
    station_id: Uuid,
    person_id: Option<Uuid>,
    mode: VisitMode,
    sex: Option<Sex>,
    birth_date: Option<NaiveDate>,
}

#[derive(FromQueryResult)]
struct Need {
    id: Uuid,
    station_id: Uuid,
    person_id: Option<Uuid>,
    domain: NeedDomain,
    urgency: Urgency,
    status: NeedStatus,
    raised_on: NaiveDate,
    settled_on: Option<NaiveDate>,
    sex: Option<Sex>,
    birth_date: Option<NaiveDate>,
}

#[derive(FromQueryResult)]
struct Assessment {
    id: Uuid,
    station_id: Uuid,
    person_id: Option<Uuid>,
    sex: Option<Sex>,
    birth_date: Option<NaiveDate>,
}

/// The record of a period at some stations.
struct Record {
    entries: Vec<Entry>,
    visits: Vec<Visit>,
    services: HashMap<Uuid, Vec<Service>>,
    needs: Vec<Need>,
    assessments: Vec<Assessment>,
}

impl Hub {
    /// What a table counts in a period at these stations, as the record stands now.
    pub(super) async fn counted(
        &self,
        definition: &Definition,
        (first, last): Span,
        stations: &[Uuid],
    ) -> Result<Counts, HubError> {
        let record = self.record_of(definition, (first, last), stations).await?;
        let mut counting = Counting::of(definition, &record, last);
        for entry in &record.entries {
            counting.entry(entry, first);
        }
        for visit in &record.visits {
            let services = record.services.get(&visit.id).cloned().unwrap_or_default();
            counting.visit(visit, services);
        }
        for need in &record.needs {
            counting.need(need, first);
        }
        for row in &record.assessments {
            let facts = counting.of_person(row.station_id, row.person_id, row.sex, row.birth_date);
            counting.add(row.station_id, row.id, &[Counted::Assessments], &facts);
        }
        Ok(counting.counts)
    }

    /// Reads by one statement each, all of one instant, what the table asks for.
    async fn record_of(
        &self,
        definition: &Definition,
        (first, last): Span,
        stations: &[Uuid],
    ) -> Result<Record, HubError> {
        let span = (first, last);
        let by_visits = [RecordKind::Visit, RecordKind::Person, RecordKind::Station];
        let by_visits = definition.counts(&by_visits) || definition.asks(Predicate::by_visits);
        let snapshot = self.db.snapshot().await?;
        let entries = joined(rows(&snapshot, &entries_of(span, stations)).await?);
        let (mut visits, mut services) = (Vec::new(), HashMap::new());
        let (mut needs, mut assessments) = (Vec::new(), Vec::new());
        if by_visits {
            let asked = with_person(visits_of(span, stations), visit::Column::PersonId);
            visits = rows(&snapshot, &asked).await?;
        }
        if definition.asks(Predicate::by_services) {
            services = services_at(&snapshot, visits_of(span, stations)).await?;
        }
        if definition.counts(&[RecordKind::Need]) {
            needs = rows(&snapshot, &needs_of(span, stations)).await?;
        }
        if definition.counts(&[RecordKind::Assessment]) {
            assessments = rows(&snapshot, &assessments_of(span, stations)).await?;
        }
        Ok(Record { entries, visits, services, needs, assessments })
    }
}

/// The entries, of those of one person in one ledger of a station that overlap the last only, from when the
/// first was opened: one that was closed and handed in again for the same time is one standing.
fn joined(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by_key(|entry| {
        (entry.station_id, entry.person_id, entry.kind, entry.opened_on, entry.id)
    });
    let mut standing: Vec<Entry> = Vec::with_capacity(entries.len());
    for mut entry in entries {
        let before = standing.last().filter(|before| {
            let same = (before.station_id, before.person_id, before.kind);
            let ended = before.closed_on.is_some_and(|closed| closed <= entry.opened_on);
            same == (entry.station_id, entry.person_id, entry.kind) && !ended
        });
        if let Some(before) = before {
            entry.opened_on = before.opened_on;
            standing.pop();
        }
        standing.push(entry);
    }
    standing
}

async fn rows<R: FromQueryResult>(
    connection: &impl ConnectionTrait,
    statement: &SelectStatement,
) -> Result<Vec<R>, HubError> {
    let found = connection.query_all(statement).await?;
    Ok(found.iter().map(|row| R::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

/// The entries open at some time of the period, each with its person and its detail.
fn entries_of((first, last): Span, stations: &[Uuid]) -> SelectStatement {
    use ledger_entry::Column;
    let not_before = Condition::any().add(Column::ClosedOn.is_null());
    let select = ledger_entry::Entity::find()
        .select_only()
        .columns([Column::Id, Column::StationId, Column::PersonId, Column::Kind])
        .columns([Column::OpenedOn, Column::ClosedOn, Column::IncomeClass, Column::Risk])
        .filter(Column::StationId.is_in(stations.iter().copied()))
        .filter(Column::OpenedOn.lte(last))
        .filter(not_before.add(Column::ClosedOn.gte(first)));
    let mut select = with_person(select.into_query(), Column::PersonId);
    let of_entry = |column: Expr| column.equals((ledger_entry::Entity, Column::Id));
    select
        .column((child_detail::Entity, child_detail::Column::ChildKind))
        .columns([
            (elderly_detail::Entity, elderly_detail::Column::LivingArrangement),
            (elderly_detail::Entity, elderly_detail::Column::AbilityLevel),
        ])
        .columns([
            (disabled_detail::Entity, disabled_detail::Column::Category),
            (disabled_detail::Entity, disabled_detail::Column::Grade),
        ])
        .left_join(child_detail::Entity, of_entry(child_detail::Column::EntryId.into_expr()))
        .left_join(elderly_detail::Entity, of_entry(elderly_detail::Column::EntryId.into_expr()))
        .left_join(disabled_detail::Entity, of_entry(disabled_detail::Column::EntryId.into_expr()));
    select
}

fn visits_of((first, last): Span, stations: &[Uuid]) -> SelectStatement {
    use visit::Column;
    visit::Entity::find()
        .select_only()
        .columns([Column::Id, Column::StationId, Column::PersonId, Column::Mode])
        .filter(Column::StationId.is_in(stations.iter().copied()))
        .filter(Column::VisitedOn.between(first, last))
        .into_query()
}

/// The needs raised in the period or before it, and not settled before it.
fn needs_of((first, last): Span, stations: &[Uuid]) -> SelectStatement {
    use need::Column;
    let not_before = Condition::any().add(Column::SettledOn.is_null());
    let select = need::Entity::find()
        .select_only()
        .columns([Column::Id, Column::StationId, Column::PersonId, Column::Domain])
        .columns([Column::Urgency, Column::Status, Column::RaisedOn, Column::SettledOn])
        .filter(Column::StationId.is_in(stations.iter().copied()))
        .filter(Column::RaisedOn.lte(last))
        .filter(not_before.add(Column::SettledOn.gte(first)));
    with_person(select.into_query(), Column::PersonId)
}

fn assessments_of((first, last): Span, stations: &[Uuid]) -> SelectStatement {
    use assessment::Column;
    let select = assessment::Entity::find()
        .select_only()
        .columns([Column::Id, Column::StationId, Column::PersonId])
        .filter(Column::StationId.is_in(stations.iter().copied()))
        .filter(Column::AssessedOn.between(first, last));
    with_person(select.into_query(), Column::PersonId)
}

/// The same rows, each with the sex and birth date of its person.
fn with_person<C: ColumnTrait>(mut select: SelectStatement, person_id: C) -> SelectStatement {
    let same = person::Column::Id.into_expr().equals(person_id.as_column_ref());
    select
        .columns([
            (person::Entity, person::Column::Sex),
            (person::Entity, person::Column::BirthDate),
        ])
        .left_join(person::Entity, same);
    select
}

/// The services given at visits.
async fn services_at(
    connection: &impl ConnectionTrait,
    mut visits: SelectStatement,
) -> Result<HashMap<Uuid, Vec<Service>>, HubError> {
    visits.clear_selects().column((visit::Entity, visit::Column::Id));
    let given: Vec<visit_service::Model> = visit_service::Entity::find()
        .filter(visit_service::Column::VisitId.in_subquery(visits))
        .all(connection)
        .await?;
    let mut services: HashMap<_, Vec<_>> = HashMap::new();
    for row in given {
        services.entry(row.visit_id).or_default().push(row.service);
    }
    Ok(services)
}

/// Marks records one after the other.
struct Counting<'a> {
    definition: &'a Definition,
    last: NaiveDate,
    /// The ledgers in which people stood at each station in the period.
    standing: HashMap<(Uuid, Uuid), BTreeSet<LedgerKind>>,
    /// Who was visited by each station.
    visited: HashSet<(Uuid, Uuid)>,
    /// Whom a visit of each station was counted for already, and the stations themselves.
    met: HashSet<(Uuid, Uuid)>,
    counts: Counts,
}

impl<'a> Counting<'a> {
    fn of(definition: &'a Definition, record: &Record, last: NaiveDate) -> Self {
        let mut standing: HashMap<_, BTreeSet<_>> = HashMap::new();
        for entry in &record.entries {
            standing.entry((entry.station_id, entry.person_id)).or_default().insert(entry.kind);
        }
        let visits = record.visits.iter();
        let visited =
            visits.filter_map(|visit| Some((visit.station_id, visit.person_id?))).collect();
        let (met, counts) = (HashSet::new(), Counts::new());
        Self { definition, last, standing, visited, met, counts }
    }

    fn entry(&mut self, entry: &Entry, first: NaiveDate) {
        let facts = Facts {
            ledgers: vec![entry.kind],
            child_kind: entry.child_kind,
            living: entry.living_arrangement,
            ability: entry.ability_level,
            disability: entry.category,
            grade: entry.grade,
            income: entry.income_class,
            risk: entry.risk,
            visited: Some(self.visited.contains(&(entry.station_id, entry.person_id))),
            ..self.of_person(entry.station_id, None, entry.sex, entry.birth_date)
        };
        let (opened, closed) = (entry.opened_on, entry.closed_on);
        let mut counted = Vec::new();
        counted.extend((opened < first).then_some(Counted::EntriesAtStart));
        counted.extend((opened >= first).then_some(Counted::EntriesOpened));
        let ended = closed.is_some_and(|closed| closed <= self.last);
        counted.push(if ended { Counted::EntriesClosed } else { Counted::EntriesAtEnd });
        self.add(entry.station_id, entry.id, &counted, &facts);
    }

    fn visit(&mut self, visit: &Visit, services: Vec<Service>) {
        let (station, person) = (visit.station_id, visit.person_id);
        let whom = self.of_person(station, person, visit.sex, visit.birth_date);
        let facts = Facts { mode: Some(visit.mode), services, ..whom.clone() };
        let to_whom = person.map_or(Counted::HouseholdTimes, |_| Counted::PersonTimes);
        self.add(station, visit.id, &[Counted::Visits, to_whom], &facts);
        if let Some(person) = person.filter(|person| self.met.insert((station, *person))) {
            self.add(station, person, &[Counted::PeopleVisited], &whom);
        }
        if self.met.insert((station, station)) {
            self.add(station, station, &[Counted::StationsVisiting], &Facts::default());
        }
    }

    fn need(&mut self, need: &Need, first: NaiveDate) {
        let facts = Facts {
            domain: Some(need.domain),
            urgency: Some(need.urgency),
            ..self.of_person(need.station_id, need.person_id, need.sex, need.birth_date)
        };
        let mut counted = Vec::new();
        counted.extend((need.raised_on >= first).then_some(Counted::NeedsRaised));
        let settled = need.settled_on.is_some_and(|settled| settled <= self.last);
        let met = settled && need.status == NeedStatus::Met;
        counted.extend(met.then_some(Counted::NeedsMet));
        counted.extend((!settled).then_some(Counted::NeedsOpen));
        self.add(need.station_id, need.id, &counted, &facts);
    }

    /// What is asked of the person that a record is about.
    fn of_person(
        &self,
        station: Uuid,
        person: Option<Uuid>,
        sex: Option<Sex>,
        born: Option<NaiveDate>,
    ) -> Facts {
        let ledgers = person.and_then(|person| self.standing.get(&(station, person)));
        Facts {
            ledgers: ledgers.into_iter().flatten().copied().collect(),
            sex,
            age: born.and_then(|born| self.last.years_since(born)).map(i64::from),
            ..Facts::default()
        }
    }

    /// Adds a record that is counted so, where it stands in any cell.
    fn add(&mut self, station: Uuid, id: Uuid, counted: &[Counted], facts: &Facts) {
        let Some(kind) = counted.first().map(|counted| counted.kind()) else { return };
        let lines = self.definition.rows.iter().map(|line| line.predicate.holds(facts));
        let rows = if self.definition.rows.is_empty() { 1 } else { bits(lines) };
        let columns = bits(
            self.definition
                .columns
                .iter()
                .map(|column| counted.contains(&column.count) && column.predicate.holds(facts)),
        );
        if rows != 0 && columns != 0 {
            self.counts.entry(station).or_default().push(Marked { kind, id, rows, columns });
        }
    }
}

/// One bit for each that holds, the first lowest.
fn bits(holding: impl Iterator<Item = bool>) -> u32 {
    holding.enumerate().fold(0, |bits, (place, holds)| bits | (u32::from(holds) << place))
}
