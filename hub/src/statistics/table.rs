//! Counting: one statement for each depth of totals, all on one state of the database. People and
//! households are counted once in each cell, so no total can be had by adding up.

use std::collections::{BTreeMap, BTreeSet};

use entity::{Fact, Measure, person};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryResult, QuerySelect,
    QueryTrait,
    sea_query::{Asterisk, Expr, ExprTrait, Func, SelectStatement},
};

use super::{
    Counted, Ground, Measured,
    facet::{self, Facet, Join},
};
use crate::{
    Hub, HubError,
    access::Viewer,
    disclosure::{Path, people},
    policy::{Class, Found},
};

/// The most cells of a table with all its totals.
const MOST_CELLS: usize = 100_000;
/// The most different numbers in the cells of one depth.
const MOST_NUMBERS: u64 = 500_000;

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
    /// How many of its subjects have a number of a fact.
    pub with_fact: BTreeMap<Fact, i64>,
}

/// Facts, each with its column and what it tells of people.
type Columns<E> = Vec<(Fact, <E as EntityTrait>::Column, Option<Class>)>;

pub(super) type Groups = BTreeMap<Path, Group>;

pub(super) const COUNT: &str = "rows_counted";
const PEOPLE: &str = "people_counted";
const HOUSEHOLDS: &str = "households_counted";
pub(super) const SUBJECTS: &str = "subjects_counted";
const NUMBER: &str = "number";

pub(super) fn key(dimension: usize, level: usize) -> String {
    format!("key{dimension}_{level}")
}

impl Table<'_> {
    pub fn columns<E: Counted>(&self) -> Result<Columns<E>, HubError> {
        let facts: BTreeSet<_> =
            self.measures.iter().filter_map(|measured| measured.fact).collect();
        let column = |fact: Fact| {
            let (column, class) = E::fact(fact).ok_or_else(|| {
                let (table, word) = (E::default().table_name(), fact.code());
                HubError::Invalid(format!("{table} have no {word} to reckon with"))
            })?;
            Ok((fact, column, class))
        };
        facts.into_iter().map(column).collect()
    }

    fn by_household(&self) -> bool {
        self.measures.iter().any(|measured| measured.measure == Measure::Households)
    }

    /// The rows with where they stand down to these levels.
    pub fn placed<E: Counted>(
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
                statement.expr_as(value.clone().cast_as("text"), key(at, level));
            }
        }
        statement
    }

    /// The rows of each cell, counted.
    fn grouped<E: Counted>(
        &self,
        viewer: &Viewer,
        rows: Condition,
        depth: &[usize],
        more: &[Join],
    ) -> SelectStatement {
        let mut statement = self.placed::<E>(viewer, rows, depth, more);
        for (at, levels) in depth.iter().enumerate() {
            statement.add_group_by((0..*levels).map(|level| Expr::col(key(at, level))));
        }
        // Two stations of a county may serve the same person.
        let repeats =
            self.facets.iter().zip(depth).any(|(facet, levels)| facet.overlaps && *levels > 0);
        let count: Expr = match repeats {
            true => Expr::col((E::default().table_name(), E::ID)).count_distinct(),
            false => Func::count(Expr::col(Asterisk)).into(),
        };
        statement.expr_as(count, COUNT);
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
            .expr_as(subjects.map_or(Expr::val(0_i64), people), SUBJECTS)
            .limit(MOST_CELLS as u64 + 1);
        statement
    }

    /// What the cells and their figures tell of people.
    pub fn classes<E: Counted>(&self) -> Result<Vec<Class>, HubError> {
        let mut classes: Vec<_> = self.facets.iter().filter_map(|facet| facet.class).collect();
        classes.extend(self.columns::<E>()?.into_iter().filter_map(|(_, _, class)| class));
        Ok(classes)
    }
}

/// How often each number of a fact stands in each cell.
fn numbers<E: Counted>(mut rows: SelectStatement, fact: E::Column) -> SelectStatement {
    rows.expr_as(fact.into_expr(), NUMBER)
        .group_by_col((E::default().table_name(), fact))
        .limit(MOST_NUMBERS + 1);
    rows
}

/// How many people or households each cell is about.
fn subjects<E: Counted>(mut rows: SelectStatement) -> SelectStatement {
    rows.expr_as(E::subject().map_or(Expr::val(0_i64), people), SUBJECTS);
    rows
}

/// # Errors
/// `Invalid` for too many cells.
pub(super) fn check(groups: &Groups) -> Result<(), HubError> {
    if groups.len() <= MOST_CELLS {
        return Ok(());
    }
    let text = format!("the table has more than {MOST_CELLS} cells with its totals; ask by less");
    Err(HubError::Invalid(text))
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
    /// The cells of a table at each of these depths, which tell these classes of people.
    pub(super) async fn groups<E: Counted>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        (table, classes, depths): (&Table<'_>, &[Class], &[Vec<usize>]),
        ground: &Ground,
    ) -> Result<Groups, HubError> {
        // Without the minors who are not to be found so, figures would tell of these beside all others.
        let is_shielded = !viewer.sees_small_figures();
        // Nor do those of a day, since who is a minor goes by what is known now.
        let is_settled = is_shielded || ground.as_of.is_some();
        if is_settled && viewer.finds_by(classes)? == Found::Adults {
            return Err(HubError::Unseen(Class::Minor));
        }
        let rows = self.rows_of::<E>(viewer, filter).await?;
        let rows = rows.add(self.found_by::<E>(viewer, classes)?);
        let facts = table.columns::<E>()?;
        let snapshot = self.db.snapshot().await?;
        let mut groups = Groups::new();
        for depth in depths {
            let statement = ground.known(table.counted::<E>(viewer, rows.clone(), depth));
            for (path, row) in cells(&snapshot, &statement, depth).await? {
                groups.insert(path, Group::read(&row)?);
            }
            check(&groups)?;
            for (fact, column, _) in &facts {
                let rows = rows.clone().add(column.is_not_null());
                let rows = table.grouped::<E>(viewer, rows, depth, &[]);
                let statement = ground.known(numbers::<E>(rows.clone(), *column));
                for (path, row) in cells(&snapshot, &statement, depth).await? {
                    let (number, times) = (row.try_get("", NUMBER)?, row.try_get("", COUNT)?);
                    let facts = &mut groups.entry(path).or_default().facts;
                    facts.entry(*fact).or_default().insert(number, times);
                }
                if !is_shielded {
                    continue;
                }
                let statement = ground.known(subjects::<E>(rows));
                for (path, row) in cells(&snapshot, &statement, depth).await? {
                    let subjects = row.try_get("", SUBJECTS)?;
                    groups.entry(path).or_default().with_fact.insert(*fact, subjects);
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
            ..Self::default()
        })
    }
}

/// The rows of a statement, each with where it stands.
pub(super) async fn cells(
    snapshot: &impl ConnectionTrait,
    statement: &SelectStatement,
    depth: &[usize],
) -> Result<Vec<(Path, QueryResult)>, HubError> {
    let rows = snapshot.query_all(statement).await?;
    if rows.len() as u64 > MOST_NUMBERS {
        let text = "the cells hold too many different numbers; ask by less".to_owned();
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
