//! The cells of a list at places, as they are counted.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{
    Condition, ConnectionTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Asterisk, Expr, ExprTrait, Func, JoinType, SelectStatement},
};

use super::{
    Cell, Split,
    figures::{Figures, Keys},
    people, shown,
    siblings::{PLACE, Place, Siblings},
};
use crate::{Hub, HubError, access::Viewer, listing::Listing, policy::Found};

/// The cells of a table at each place.
pub(super) struct Cells(HashMap<Place, Vec<Cell<Keys>>>);

impl Cells {
    pub fn at(&self, place: &str) -> &[Cell<Keys>] {
        self.0.get(place).map_or(&[], Vec::as_slice)
    }

    pub fn cell(&self, place: &str, key: &[String]) -> Cell<Keys> {
        let found = self.at(place).iter().find(|cell| cell.key == *key);
        found.cloned().unwrap_or_else(|| empty(key.to_vec()))
    }

    /// The chosen cells first, also those in which there is nothing.
    pub fn table(&self, place: &str, choices: &[Keys]) -> Vec<Cell<Keys>> {
        let chosen = choices.iter().map(|key| self.cell(place, key));
        let others = self.at(place).iter().filter(|cell| !choices.contains(&cell.key));
        chosen.chain(others.cloned()).collect()
    }

    /// Adds a cell of this name to each table whose rows are cells of these, where it is small.
    fn put_small(&mut self, tables: Self, name: &str) {
        for (place, tables) in tables.0 {
            let small = tables.into_iter().filter(Cell::is_small);
            let named = small.map(|mut cell| {
                cell.key.push(name.to_owned());
                cell
            });
            self.0.entry(place).or_default().extend(named);
        }
    }

    /// The figures of a place, each where its table shows it there and in the places around, and
    /// where it may stand beside that of the neighbours.
    pub fn figures(&self, siblings: &Siblings, place: &Place, choices: &[Keys]) -> Figures<Keys> {
        let table = self.table(place, choices);
        let keys: Vec<_> = table.iter().map(|cell| cell.key.clone()).collect();
        let around: Vec<_> =
            siblings.line(place).map(|place| shown_of_each(&self.table(place, &keys))).collect();
        let figure = |(at, cell): (usize, Cell<Keys>)| {
            let told = around.iter().all(|shown| shown[at])
                && siblings.show(place, &|place: &Place| self.cell(place, &cell.key));
            (cell.key, told.then_some(cell.figure))
        };
        table.into_iter().enumerate().map(figure).collect()
    }
}

pub(super) fn empty<K>(key: K) -> Cell<K> {
    Cell { key, figure: 0, people: 0 }
}

impl Hub {
    /// The cells of a list, split by all of these, at the places asked for or at all their siblings.
    /// What the total of a table and its cells leave is one more, where it tells of a few: the rows
    /// that the viewer may not find, and those that stand in several cells.
    pub(super) async fn cells<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        places: (&Siblings, bool),
        splits: &[&Split],
    ) -> Result<Cells, HubError> {
        let all = Condition::all();
        let mut cells = self.cells_of::<E>(viewer, filter, places, splits, all).await?;
        let Some((last, others)) = splits.split_last().filter(|_| !viewer.sees_small_figures())
        else {
            return Ok(cells);
        };
        let found = last.class.map(|class| viewer.finds_by(&[class])).transpose()?;
        let unfound = (found == Some(Found::Adults)).then(|| {
            // Whose rows name no person are not known to be an adult's either.
            let adults = Func::coalesce([E::adults(self.clock.today()).into(), Expr::val(false)]);
            Condition::all().add(Expr::from(adults).not())
        });
        let several = self.in_several::<E>(viewer, last, &[])?;
        let tables = last.of_tables();
        let others: Vec<_> = others.iter().copied().chain(&tables).collect();
        for (name, rows) in [("unfound", unfound), ("several", several)] {
            if let Some(rows) = rows {
                let left = self.cells_of::<E>(viewer, filter, places, &others, rows).await?;
                cells.put_small(left, name);
            }
        }
        Ok(cells)
    }

    /// The rows that a viewer finds in several of these cells, or of all; none where rows never do.
    pub(super) fn in_several<E: Listing>(
        &self,
        viewer: &Viewer,
        split: &Split,
        cells: &[String],
    ) -> Result<Option<Condition>, HubError> {
        let Some(rows) = split.in_several(cells) else { return Ok(None) };
        let found = self.found_by::<E>(viewer, split.class.as_slice())?;
        Ok(Some(rows.add(found)))
    }

    /// The same of those rows alone which meet a condition, and without what they leave.
    pub(super) async fn cells_of<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        (siblings, with_siblings): (&Siblings, bool),
        splits: &[&Split],
        rows: Condition,
    ) -> Result<Cells, HubError> {
        let all = self.cells_in_all::<E>(viewer, filter, splits, rows).await?;
        let keys = splits.iter().map(|split| split.keys.len()).sum();
        let mut cells: HashMap<_, Vec<_>> = HashMap::new();
        for statement in siblings.each::<E>(viewer, &all, with_siblings) {
            for row in self.db.read().query_all(&statement).await? {
                let text = |column: String| row.try_get::<Option<String>>("", &column);
                let key: Result<Keys, _> = (0..keys)
                    .map(|at| Ok::<_, HubError>(text(key(at))?.unwrap_or_default()))
                    .collect();
                cells.entry(row.try_get::<String>("", PLACE)?).or_default().push(Cell {
                    key: key?,
                    figure: row.try_get("", FIGURE)?,
                    people: row.try_get("", PEOPLE)?,
                });
            }
        }
        Ok(Cells(cells))
    }

    async fn cells_in_all<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        splits: &[&Split],
        rows: Condition,
    ) -> Result<SelectStatement, HubError> {
        let mut rows = self.rows_of::<E>(viewer, filter).await?.add(rows);
        for class in splits.iter().filter_map(|split| split.class) {
            rows = rows.add(self.found_by::<E>(viewer, &[class])?);
        }
        let mut statement = E::find().select_only().filter(rows).into_query();
        for (table, on) in splits.iter().filter_map(|split| split.join.clone()) {
            statement.join(JoinType::LeftJoin, table, on);
        }
        for (at, each) in splits.iter().flat_map(|split| &split.keys).enumerate() {
            statement.expr_as(each.clone().cast_as("text"), key(at)).group_by_col(key(at));
        }
        let figure: Expr = match splits.iter().any(|split| split.repeats) {
            true => Expr::col((E::default().table_name(), E::ID)).count_distinct(),
            false => Func::count(Expr::col(Asterisk)).into(),
        };
        let who = E::subject().filter(|_| !viewer.sees_small_figures());
        let people = who.map_or(Expr::val(0_i64), people);
        Ok(statement.expr_as(figure, FIGURE).expr_as(people, PEOPLE).to_owned())
    }
}

const FIGURE: &str = "figure";
const PEOPLE: &str = "people";

fn key(at: usize) -> String {
    format!("key{at}")
}

/// Which cells are shown, where their keys but the last name the table in which each stands.
pub(super) fn shown_of_each(cells: &[Cell<Keys>]) -> Vec<bool> {
    let mut tables: BTreeMap<&[String], Vec<usize>> = BTreeMap::new();
    for (at, cell) in cells.iter().enumerate() {
        let table = cell.key.split_last().map_or(&[][..], |(_, table)| table);
        tables.entry(table).or_default().push(at);
    }
    let mut all = vec![false; cells.len()];
    for places in tables.into_values() {
        let table: Vec<_> = places.iter().map(|at| cells[*at].clone()).collect();
        for (at, shown) in places.into_iter().zip(shown(&table)) {
            all[at] = shown;
        }
    }
    all
}
