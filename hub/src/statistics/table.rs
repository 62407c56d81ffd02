//! Counting: one statement for each depth of totals, all on one state of the database. People and
//! households are counted once in each cell, so no total can be had by adding up.

use std::collections::BTreeMap;

use entity::{Fact, Measure, person};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, QueryFilter, QueryResult,
    QuerySelect, QueryTrait,
    sea_query::{Asterisk, Expr, ExprTrait, Func, SelectStatement},
};

use super::{
    Counted, Measured,
    facet::{self, Facet, Join},
};
use crate::{
    Hub, HubError,
    access::Viewer,
    disclosure::{Path, people},
    policy::{Class, Found},
};

/// The most cells of one depth.
const MOST_GROUPS: u64 = 50_000;

/// What is counted, told apart by what.
pub(super) struct Table<'q> {
    pub facets: &'q [Facet],
    pub measures: &'q [Measured],
}

/// The rows of a cell, counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub count: i64,
    pub people: i64,
    pub households: i64,
    /// How many people or households it is about.
    pub subjects: i64,
    /// How often each number of a fact stands in it.
    pub facts: BTreeMap<Fact, BTreeMap<i64, i64>>,
}

pub(super) type Groups = BTreeMap<Path, Group>;

const COUNT: &str = "rows_counted";
const PEOPLE: &str = "people_counted";
const HOUSEHOLDS: &str = "households_counted";
const SUBJECTS: &str = "subjects_counted";
const NUMBER: &str = "number";

fn key(dimension: usize, level: usize) -> String {
    format!("key{dimension}_{level}")
}

impl Table<'_> {
    fn facts(&self) -> Vec<Fact> {
        let mut facts: Vec<_> = self.measures.iter().filter_map(|measured| measured.fact).collect();
        facts.sort_unstable();
        facts.dedup();
        facts
    }

    fn by_household(&self) -> bool {
        self.measures.iter().any(|measured| measured.measure == Measure::Households)
    }

    /// The rows told apart down to these levels.
    fn grouped<E: Counted>(
        &self,
        viewer: &Viewer,
        rows: Condition,
        depth: &[usize],
        more: &[Join],
    ) -> SelectStatement {
        let mut statement = E::find().select_only().filter(rows).into_query();
        let used = self.facets.iter().zip(depth).filter(|(_, levels)| **levels > 0);
        let needs = facet::needs(used.map(|(facet, _)| facet));
        facet::join::<E>(&mut statement, needs.into_iter().chain(more.iter().copied()), viewer);
        for (at, (facet, levels)) in self.facets.iter().zip(depth).enumerate() {
            for (level, value) in facet.levels.iter().take(*levels).enumerate() {
                let name = key(at, level);
                statement.expr_as(value.clone().cast_as("text"), name.clone()).group_by_col(name);
            }
        }
        statement.expr_as(Func::count(Expr::col(Asterisk)), COUNT).limit(MOST_GROUPS + 1);
        statement
    }

    fn counted<E: Counted>(
        &self,
        viewer: &Viewer,
        rows: Condition,
        depth: &[usize],
    ) -> SelectStatement {
        let (more, household): (&[Join], Option<Expr>) = match self.by_household() {
            true => household::<E>(),
            false => (&[], None),
        };
        let mut statement = self.grouped::<E>(viewer, rows, depth, more);
        let subjects = E::subject().filter(|_| !viewer.sees_small_figures());
        statement
            .expr_as(E::PERSON.into_expr().count_distinct(), PEOPLE)
            .expr_as(household.map_or(Expr::val(0_i64), ExprTrait::count_distinct), HOUSEHOLDS)
            .expr_as(subjects.map_or(Expr::val(0_i64), people), SUBJECTS);
        statement
    }

    /// How often each number of a fact stands in each cell.
    fn numbers<E: Counted>(
        &self,
        viewer: &Viewer,
        rows: Condition,
        depth: &[usize],
        fact: E::Column,
    ) -> SelectStatement {
        let rows = rows.add(fact.is_not_null());
        let mut statement = self.grouped::<E>(viewer, rows, depth, &[]);
        statement.expr_as(fact.into_expr(), NUMBER).group_by_col((E::default().table_name(), fact));
        statement
    }
}

/// The household of a row, its own or that of its person, and what tells it.
fn household<E: Counted>() -> (&'static [Join], Option<Expr>) {
    let of_person = person::Column::HouseholdId.into_expr();
    let household = match E::HOUSEHOLD {
        Some(own) => Func::coalesce([own.into_expr(), of_person]).into(),
        None => of_person,
    };
    (facet::person_of::<E>(), Some(household))
}

impl Hub {
    /// The cells of a table at each of these depths.
    pub(super) async fn groups<E: Counted>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        table: &Table<'_>,
        depths: Vec<Vec<usize>>,
    ) -> Result<Groups, HubError> {
        let mut rows = self.rows_of::<E>(viewer, filter).await?;
        let facts: Vec<_> = table
            .facts()
            .into_iter()
            .map(|fact| E::fact(fact).map(|(column, class)| (fact, column, class)))
            .map(|found| found.ok_or_else(|| HubError::Invalid(no_fact::<E>())))
            .collect::<Result<_, _>>()?;
        let of_facets = table.facets.iter().filter_map(|facet| facet.class);
        let classes: Vec<_> = of_facets.chain(facts.iter().filter_map(|fact| fact.2)).collect();
        // Without the minors who are not to be found so, figures would tell of these beside all others.
        if !viewer.sees_small_figures() && viewer.finds_by(&classes)? == Found::Adults {
            return Err(HubError::Unseen(Class::Minor));
        }
        rows = rows.add(self.found_by::<E>(viewer, &classes)?);
        let snapshot = self.db.snapshot().await?;
        let mut groups = Groups::new();
        for depth in depths {
            let statement = table.counted::<E>(viewer, rows.clone(), &depth);
            for (path, row) in cells(&snapshot, &statement, &depth).await? {
                groups.insert(path, Group::read(&row)?);
            }
            for (fact, column, _) in &facts {
                let statement = table.numbers::<E>(viewer, rows.clone(), &depth, *column);
                for (path, row) in cells(&snapshot, &statement, &depth).await? {
                    let (number, times) = (row.try_get("", NUMBER)?, row.try_get("", COUNT)?);
                    let facts = &mut groups.entry(path).or_default().facts;
                    facts.entry(*fact).or_default().insert(number, times);
                }
            }
        }
        Ok(groups)
    }
}

impl Group {
    fn read(row: &QueryResult) -> Result<Self, HubError> {
        Ok(Self {
            count: row.try_get("", COUNT)?,
            people: row.try_get("", PEOPLE)?,
            households: row.try_get("", HOUSEHOLDS)?,
            subjects: row.try_get("", SUBJECTS)?,
            facts: BTreeMap::new(),
        })
    }
}

fn no_fact<E: Counted>() -> String {
    let table = E::default();
    format!("{} have no such number to reckon with", table.table_name())
}

/// The rows of a statement, each with where it stands.
async fn cells(
    snapshot: &DatabaseTransaction,
    statement: &SelectStatement,
    depth: &[usize],
) -> Result<Vec<(Path, QueryResult)>, HubError> {
    let rows = snapshot.query_all(statement).await?;
    if rows.len() as u64 > MOST_GROUPS {
        let text = format!("the table has more than {MOST_GROUPS} cells; ask by less, or filter");
        return Err(HubError::Invalid(text));
    }
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let mut path = Path::new();
        for (at, levels) in depth.iter().enumerate() {
            let values = (0..*levels).map(|level| row.try_get("", &key(at, level)));
            path.push(values.collect::<Result<_, _>>()?);
        }
        found.push((path, row));
    }
    Ok(found)
}
