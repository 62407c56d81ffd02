//! What the record tells of those who are to be visited: their entries, how their risks stood, the last
//! visits, excuses and marked changes.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    ExcuseReason, Names, Risk, VisitMode, assessment, excuse, ledger_entry, need, risk_spell, visit,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, JoinType, SelectStatement},
};
use uuid::Uuid;

use super::policy::{Excused, Policy, Span, Spell};
use crate::{
    Hub, HubError, access::Viewer, each, ledgers::LedgerFilter, listing::one_of, policy::Class,
};

/// A person's standing in a ledger, with the last visit that counts.
#[derive(FromQueryResult)]
pub(super) struct Entry {
    pub id: Uuid,
    pub person_id: Uuid,
    pub station_id: Uuid,
    pub closed_on: Option<NaiveDate>,
    pub visit_id: Option<Uuid>,
    pub visited_on: Option<NaiveDate>,
    pub workers: Option<Names>,
}

/// A person at a station.
pub(super) type Whom = (Uuid, Uuid);

const LAST: &str = "last_visit";

impl Hub {
    /// The entries that a filter lets through, for those who see who is meant, what their risk is and,
    /// where workers are told apart, who works.
    pub(super) async fn standing(
        &self,
        viewer: &Viewer,
        filter: LedgerFilter,
        by_worker: bool,
    ) -> Result<Condition, HubError> {
        if !viewer.sees_small_figures() {
            return Err(HubError::Unseen(Class::Identity));
        }
        let staff = by_worker.then_some(Class::Staff);
        let told: Vec<_> = [Class::Health].into_iter().chain(staff).collect();
        let found = self.found_by::<ledger_entry::Entity>(viewer, &told)?;
        Ok(self.rows_of::<ledger_entry::Entity>(viewer, &filter).await?.add(found))
    }

    /// The entries, each with the last visit to its person by its station in one of these modes; of
    /// those before a day, where one is given.
    pub(super) async fn with_last_visits(
        &self,
        standing: &Condition,
        modes: &[VisitMode],
        before: Option<NaiveDate>,
    ) -> Result<Vec<Entry>, HubError> {
        use ledger_entry::Column;
        let of_entry =
            |mine: visit::Column, entrys: Column| mine.into_expr().equals(entrys.as_column_ref());
        let last = visit::Entity::find()
            .select_only()
            .columns([visit::Column::Id, visit::Column::VisitedOn, visit::Column::Workers])
            .filter(of_entry(visit::Column::PersonId, Column::PersonId))
            .filter(of_entry(visit::Column::StationId, Column::StationId))
            .filter(one_of(visit::Column::Mode, modes))
            .filter(Condition::all().add_option(before.map(|day| visit::Column::VisitedOn.lt(day))))
            .order_by_desc(visit::Column::VisitedOn)
            .order_by_desc(visit::Column::Id)
            .limit(1)
            .into_query();
        let mut entries = ledger_entry::Entity::find()
            .select_only()
            .columns([Column::Id, Column::PersonId, Column::StationId, Column::ClosedOn])
            .filter(standing.clone())
            .into_query();
        entries
            .expr_as(Expr::col((LAST, visit::Column::Id)), "visit_id")
            .column((LAST, visit::Column::VisitedOn))
            .column((LAST, visit::Column::Workers));
        let last_visit = (JoinType::LeftJoin, LAST, visit::Column::Id);
        each::join::<visit::Entity>(self.db.backend(), &mut entries, last_visit, last);
        let rows = self.db.read().query_all(&entries).await?;
        let rows = rows.iter().map(|row| Entry::from_query_result(row, ""));
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How the risk of each entry stood, one after the other.
    pub(super) async fn spells(
        &self,
        standing: &Condition,
    ) -> Result<HashMap<Uuid, Vec<Spell>>, HubError> {
        use risk_spell::Column;
        let entries = of_entries(ledger_entry::Column::Id, standing);
        let rows: Vec<(Uuid, NaiveDate, Option<Risk>)> = risk_spell::Entity::find()
            .select_only()
            .columns([Column::EntryId, Column::FromOn, Column::Risk])
            .filter(Column::EntryId.in_subquery(entries))
            .order_by_asc(Column::EntryId)
            .order_by_asc(Column::FromOn)
            .into_tuple()
            .all(self.db.read())
            .await?;
        let mut spells: HashMap<_, Vec<_>> = HashMap::new();
        for (entry, from, risk) in rows {
            spells.entry(entry).or_default().push(Spell { from, risk });
        }
        Ok(spells)
    }

    /// The excuses of these people, at the stations within reach.
    pub(super) async fn excused(
        &self,
        viewer: &Viewer,
        standing: &Condition,
    ) -> Result<HashMap<Whom, Vec<Excused>>, HubError> {
        use excuse::Column;
        type Row = (Uuid, Uuid, Uuid, NaiveDate, NaiveDate, ExcuseReason);
        let people = of_entries(ledger_entry::Column::PersonId, standing);
        let rows: Vec<Row> = excuse::Entity::find()
            .select_only()
            .columns([Column::PersonId, Column::StationId, Column::Id])
            .columns([Column::FirstOn, Column::LastOn, Column::Reason])
            .filter(viewer.within(Column::StationId))
            .filter(Column::PersonId.in_subquery(people))
            .into_tuple()
            .all(self.db.read())
            .await?;
        let mut excused: HashMap<_, Vec<_>> = HashMap::new();
        for (person, station, id, first, last, reason) in rows {
            let excuse = Excused { id, days: Span { first, last }, reason };
            excused.entry((person, station)).or_default().push(excuse);
        }
        Ok(excused)
    }

    /// The last marked changes of those at high risk: a need that is urgent enough was found, or an
    /// assessment was worse than the one before it.
    pub(super) async fn marked_changes(
        &self,
        viewer: &Viewer,
        standing: &Condition,
        policy: &Policy,
    ) -> Result<HashMap<Whom, NaiveDate>, HubError> {
        let at_high_risk = standing.clone().add(ledger_entry::Column::Risk.eq(Risk::High));
        let at_high_risk = of_entries(ledger_entry::Column::PersonId, &at_high_risk);
        let needs: Vec<(Uuid, Uuid, NaiveDate)> = need::Entity::find()
            .select_only()
            .columns([need::Column::PersonId, need::Column::StationId])
            .column_as(need::Column::RaisedOn.max(), "raised_on")
            .filter(viewer.within(need::Column::StationId))
            .filter(need::Column::PersonId.in_subquery(at_high_risk.clone()))
            .filter(one_of(need::Column::Urgency, &policy.marked_change.needs))
            .group_by(need::Column::PersonId)
            .group_by(need::Column::StationId)
            .into_tuple()
            .all(self.db.read())
            .await?;
        let worsened = self.worsened(viewer, at_high_risk).await?;
        let mut changes = HashMap::new();
        for (person, station, day) in needs.into_iter().chain(worsened) {
            let last = changes.entry((person, station)).or_insert(day);
            *last = Ord::max(day, *last);
        }
        Ok(changes)
    }

    /// Of whom of these people, and when, an assessment was worse than the one before it by the same
    /// instrument at the same station: person, station, day.
    async fn worsened(
        &self,
        viewer: &Viewer,
        people: SelectStatement,
    ) -> Result<Vec<(Uuid, Uuid, NaiveDate)>, HubError> {
        use assessment::Column;
        let mut rows = assessment::Entity::find().select_only();
        for column in ORDER {
            rows = rows.column(column).order_by_asc(column);
        }
        let rows: Vec<Assessed> = rows
            .column(Column::LevelRank)
            .filter(viewer.within(Column::StationId))
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

/// A column of the entries that are asked for.
fn of_entries(column: ledger_entry::Column, standing: &Condition) -> SelectStatement {
    let entries = ledger_entry::Entity::find().select_only().column(column);
    entries.filter(standing.clone()).into_query()
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
