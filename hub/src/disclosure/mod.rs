//! What of a table of figures is shown to those who are not to know who is meant.
//!
//! A figure about fewer than five people tells of them, and so does the difference of a total and
//! the other figures. So small cells are suppressed, and one safe cell with them, the cover: what a
//! total leaves is then about five people or more, by the cover alone, however the others overlap.
//! Where no cell is small nothing is suppressed; so what overlaps, or is left out, is given as a cell
//! of its own where it is about a few. The same table always gives the same answer.

mod budget;
mod cells;
mod cube;
mod figures;
mod siblings;
mod split;

use sea_orm::{
    ColumnTrait, ExprTrait,
    sea_query::{Expr, Func},
};

pub use budget::QUESTIONS_A_DAY;
pub(crate) use cube::{Cube, Path};
pub use figures::Figures;
pub(crate) use figures::Keys;
pub use split::Criterion;
pub(crate) use split::{Criteria, Split};

/// Figures about fewer people are not shown.
pub const FEWEST: i64 = 5;

/// A cell of a one-way table. Each person may be in several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell<K> {
    pub key: K,
    /// What is counted, such as visits.
    pub figure: i64,
    /// How many people it is about; never more than it counts.
    pub people: i64,
}

impl<K> Cell<K> {
    /// Whether it counts something, about too few people. That there is nothing tells of nobody.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.figure > 0 && self.people < FEWEST
    }

    /// What the rows of another leave of its own, and how many people that is about at least.
    #[must_use]
    pub fn less(self, other: &Self) -> Self {
        let (figure, people) = (self.figure - other.figure, self.people - other.people);
        Self { figure, people, ..self }
    }
}

/// Which cells of a table are shown, in their order. Its total is a figure of its own: it may be
/// known, where it is about five people or more.
///
/// The cover is the smallest cell that is about five people or more, the first of the smallest by
/// key. Where there is none, all are suppressed, empty ones included: else each of five hidden cells
/// of a total of five would be one.
#[must_use]
pub fn shown<K: Ord>(cells: &[Cell<K>]) -> Vec<bool> {
    if !cells.iter().any(Cell::is_small) {
        return vec![true; cells.len()];
    }
    let safe = cells.iter().filter(|cell| cell.people >= FEWEST);
    let cover = safe.min_by(|a, b| (a.figure, &a.key).cmp(&(b.figure, &b.key)));
    let is_shown =
        |cell: &Cell<K>| cover.is_some_and(|cover| cell.key != cover.key) && !cell.is_small();
    cells.iter().map(is_shown).collect()
}

/// Whom a row is about that names a person or, for a household as a whole, the household.
pub(crate) fn person_or_household<C: ColumnTrait>(person_id: C, household_id: C) -> Expr {
    Func::coalesce([person_id.into_expr(), household_id.into_expr()]).into()
}

/// How many people rows are about.
pub(crate) fn people(who: Expr) -> Expr {
    who.count_distinct()
}

#[cfg(test)]
mod tests;
