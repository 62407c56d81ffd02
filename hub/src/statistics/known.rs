//! The record as it stood on a day: what had been handed in by its end.
//!
//! A statement reads it as it reads the record of now. What is put before it gives the tables it names
//! other rows: those that were there, and of rows that changed since what they were, which intake keeps
//! (`intake/past.rs`).

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::{Dimension, LedgerKind};
use sea_orm::sea_query::{
    Asterisk, CommonTableExpression, Expr, ExprTrait, IntoTableRef, JoinType, Query,
    SelectStatement, TableRef, UnionType, WithClause,
};

use super::{Counted, Ground, Question};
use crate::{
    HubError,
    access::Viewer,
    clock::start_of,
    policy::{Class, Found, Sight},
};

/// # Errors
/// `Invalid` for a filter by what is not known of the past, or days that cannot be compared; `Unseen`
/// where the viewer is not to find minors so, since who is one goes by what is known now, or is not to
/// know when they were born, since the day tells on which someone is of the next band of ages.
pub(super) fn check<E: Counted>(
    viewer: &Viewer,
    question: &Question<E::Filter>,
    today: NaiveDate,
) -> Result<(), HubError> {
    let as_of = question.as_of.unwrap_or(today);
    if let Some(day) = question.compare.filter(|day| *day >= as_of) {
        let text = format!("compare is a day before {as_of}, not {day}");
        return Err(HubError::Invalid(text));
    }
    if !viewer.sees_small_figures() && question.compare.and(question.as_of).is_some() {
        let text = "this account compares a day with today; leave asOf out";
        return Err(HubError::Invalid(text.to_owned()));
    }
    let by_age = question.by.iter().any(|by| by.dimension == Dimension::AgeBand);
    let is_of_the_day = by_age && E::DAY.is_none() && viewer.sees_small_figures();
    if is_of_the_day && viewer.sight_on_minor(Class::Identity) < Sight::Plain {
        return Err(HubError::Unseen(Class::Identity));
    }
    if !E::asks_of_the_past(&question.filter) {
        let text = "names and resident IDs are not kept as they were; leave them out of where, or \
                    asOf out of the question";
        return Err(HubError::Invalid(text.to_owned()));
    }
    match viewer.finds_by(&E::asks_by(&question.filter))? {
        Found::Everyone => Ok(()),
        Found::Adults => Err(HubError::Unseen(Class::Minor)),
    }
}

impl Ground {
    /// A statement over the record, of the record as it is known on this ground.
    pub(super) fn known(&self, mut statement: SelectStatement) -> SelectStatement {
        if let Some(day) = self.as_of {
            let until = start_of(day + Days::new(1));
            statement.with_cte(Known { until, on_postgres: self.on_postgres }.tables());
        }
        statement
    }
}

/// What statistics tell people, entries, needs and visits apart by.
const PERSON: &[&str] = &["sex", "birth_date", "division_code", "income_class", "household_id"];
const ENTRY: &[&str] = &[
    "person_id",
    "station_id",
    "division_code",
    "kind",
    "opened_on",
    "closed_on",
    "income_class",
    "risk",
];
const NEED: &[&str] = &[
    "station_id",
    "person_id",
    "household_id",
    "division_code",
    "domain",
    "urgency",
    "status",
    "raised_on",
    "settled_on",
];
const VISIT: &[&str] = &[
    "station_id",
    "person_id",
    "household_id",
    "division_code",
    "visited_on",
    "minutes",
    "mode",
    "next_visit_on",
];
const SERVICE: &[&str] = &["service"];
const LINK: &[&str] = &["station_id"];
/// The same of the details of entries, by kind of ledger.
const DETAILS: [(&str, LedgerKind, &[&str]); 3] = [
    ("child_details", LedgerKind::Child, &["child_kind"]),
    ("elderly_details", LedgerKind::Elderly, &["living_arrangement", "ability_level"]),
    ("disabled_details", LedgerKind::Disabled, &["category", "grade"]),
];

/// What was known before an instant.
struct Known {
    until: DateTime<Utc>,
    on_postgres: bool,
}

impl Known {
    fn tables(&self) -> WithClause {
        let mut tables = WithClause::new();
        let mut put = |name: &'static str, rows: SelectStatement| {
            let mut table = CommonTableExpression::new();
            tables.cte(table.table_name(name).query(rows).materialized(false).to_owned());
        };
        // PostgreSQL reads a table of this name from here on, so details, which ask for the entries
        // as they are, come before entries.
        for (table, kind, columns) in DETAILS {
            put(table, self.details(table, kind, columns));
        }
        put("ledger_entries", self.stood(("ledger_entries", "past_entries", "entry_id"), ENTRY));
        put("persons", self.stood(("persons", "past_persons", "person_id"), PERSON));
        put("needs", self.stood(("needs", "past_needs", "need_id"), NEED));
        // A visit that was put back has its services twice.
        let given = self.past("past_services", "visit_id", SERVICE);
        let twice = self.past("past_services", "visit_id", &[]);
        let mut services = self.read("visit_services");
        services
            .column("visit_id")
            .columns(SERVICE.iter().copied())
            .and_where(Expr::col("visit_id").not_in_subquery(twice));
        put("visit_services", services.union(UnionType::All, given).to_owned());
        put("visits", self.recorded("visits", ("id", "visit_id"), ("past_visits", VISIT)));
        let link = ("past_person_stations", LINK);
        put("person_stations", self.recorded("person_stations", ("person_id", "person_id"), link));
        for (table, recorded) in [("assessments", "recorded_at"), ("submissions", "received_at")] {
            let mut rows = self.read(table);
            put(table, rows.column(Asterisk).and_where(self.is_before(recorded)).to_owned());
        }
        tables
    }

    /// The rows of a table as they stood, each by its id.
    fn stood(
        &self,
        (table, past, key): (&'static str, &'static str, &'static str),
        columns: &[&'static str],
    ) -> SelectStatement {
        let mut rows = self.read(table);
        rows.column("id").columns(columns.iter().copied()).and_where(self.is_before("updated_at"));
        rows.union(UnionType::All, self.past(past, key, columns)).to_owned()
    }

    /// The rows of a table that never change, with those that were taken back since.
    fn recorded(
        &self,
        table: &'static str,
        (key, past_key): (&'static str, &'static str),
        (past, columns): (&'static str, &[&'static str]),
    ) -> SelectStatement {
        let mut rows = self.read(table);
        rows.column(key).columns(columns.iter().copied()).and_where(self.is_before("recorded_at"));
        rows.union(UnionType::All, self.past(past, past_key, columns)).to_owned()
    }

    /// The details of entries of a kind as they stood: they change with their entry.
    fn details(
        &self,
        table: &'static str,
        kind: LedgerKind,
        columns: &[&'static str],
    ) -> SelectStatement {
        let of_entry = Expr::col("entry_id").equals("id");
        let mut past = self.past("past_entries", "entry_id", columns);
        past.and_where(Expr::col("kind").eq(kind));
        let mut rows = self.read(table);
        rows.column("entry_id")
            .columns(columns.iter().copied())
            .join(JoinType::InnerJoin, self.table("ledger_entries"), of_entry)
            .and_where(self.is_before("updated_at"))
            .union(UnionType::All, past)
            .to_owned()
    }

    /// The rows kept of a table that had changed since.
    fn past(
        &self,
        past: &'static str,
        key: &'static str,
        columns: &[&'static str],
    ) -> SelectStatement {
        let mut rows = Query::select();
        rows.column(key)
            .columns(columns.iter().copied())
            .from(past)
            .and_where(self.is_before("known_from"))
            .and_where(Expr::col("known_until").gte(self.until))
            .to_owned()
    }

    fn is_before(&self, instant: &'static str) -> Expr {
        Expr::col(instant).lt(self.until)
    }

    fn read(&self, table: &'static str) -> SelectStatement {
        Query::select().from(self.table(table)).to_owned()
    }

    /// The table of the database. SQLite takes its bare name for the rows that are put in its place.
    fn table(&self, table: &'static str) -> TableRef {
        match self.on_postgres {
            true => table.into_table_ref(),
            false => ("main", table).into_table_ref(),
        }
    }
}
