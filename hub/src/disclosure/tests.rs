use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn cells(counts: &[(i64, i64)]) -> Vec<Cell<usize>> {
    let cells = counts.iter().enumerate();
    cells.map(|(key, (figure, people))| Cell { key, figure: *figure, people: *people }).collect()
}

fn told(counts: &[(i64, i64)]) -> String {
    let table = cells(counts);
    let shown = shown(&table).into_iter().zip(&table);
    let told = shown.map(|(shown, cell)| if shown { cell.figure.to_string() } else { "x".into() });
    told.collect::<Vec<_>>().join(" ")
}

#[test]
fn people_are_counted_and_not_what_was_done_for_them() {
    assert_eq!(told(&[(12, 2), (9, 7), (30, 20)]), "x x 30");
    assert_eq!(told(&[(5, 5), (6, 6)]), "5 6");
}

#[test]
fn a_small_cell_takes_the_smallest_safe_one_along() {
    assert_eq!(told(&[(4, 4), (50, 40), (7, 7), (0, 0)]), "x 50 x 0");
    assert_eq!(told(&[(4, 4), (7, 7), (7, 7), (3, 3)]), "x x 7 x");
}

#[test]
fn without_a_safe_cell_empty_ones_are_not_told_from_others() {
    assert_eq!(told(&[(1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (0, 0)]), "x x x x x x");
    assert_eq!(told(&[(3, 3), (0, 0)]), "x x");
    assert_eq!(told(&[(0, 0), (0, 0)]), "0 0");
}

/// What was done for whom: cell and person, again and again.
type Done = Vec<(usize, u8)>;

const CELLS: usize = 6;

fn table(done: &Done) -> Vec<Cell<usize>> {
    let cell = |key| {
        let people = done.iter().filter(|(cell, _)| *cell == key).map(|(_, person)| person);
        let (figure, people) = (people.clone().count(), people.collect::<BTreeSet<_>>().len());
        Cell { key, figure: i64::try_from(figure).unwrap(), people: i64::try_from(people).unwrap() }
    };
    (0..CELLS).map(cell).collect()
}

proptest! {
    /// What a total leaves when the shown cells are taken from it is about five people or more, and
    /// no hidden cell can be told from it.
    #[test]
    fn no_difference_of_a_total_and_cells_tells_of_a_few(
        done in proptest::collection::vec((0..CELLS, 0..9_u8), 0..60)
    ) {
        let table = table(&done);
        let shown = shown(&table);
        let everyone: BTreeSet<_> = done.iter().map(|(_, person)| person).collect();
        for (cell, shown) in table.iter().zip(&shown) {
            prop_assert!(!(cell.is_small() && *shown));
        }
        let total_is_known = everyone.len() >= 5;
        if total_is_known && shown.contains(&false) {
            let hidden: BTreeSet<_> =
                done.iter().filter(|(cell, _)| !shown[*cell]).map(|(_, person)| person).collect();
            prop_assert!(hidden.len() >= 5, "{hidden:?}");
            let left: Vec<_> = table.iter().zip(&shown).filter(|(_, shown)| !**shown).collect();
            prop_assert!(left.len() >= 2);
            // Whether empty cells are among the hidden ones is known from whether any is shown.
            let all = left.len() == CELLS;
            let least = i64::try_from(left.len() - 1).unwrap() * i64::from(!all);
            let sum: i64 = left.iter().map(|(cell, _)| cell.figure).sum();
            prop_assert!(sum - least >= 5, "a hidden cell might be five");
        }
    }

    #[test]
    fn the_answer_does_not_hang_on_the_order_of_the_cells(
        done in proptest::collection::vec((0..CELLS, 0..9_u8), 0..60), turn in 0..CELLS
    ) {
        let mut table = table(&done);
        let mut answer: Vec<_> = table.iter().map(|cell| cell.key).zip(shown(&table)).collect();
        table.rotate_left(turn);
        table.reverse();
        let mut other: Vec<_> = table.iter().map(|cell| cell.key).zip(shown(&table)).collect();
        answer.sort_unstable();
        other.sort_unstable();
        prop_assert_eq!(answer, other);
    }
}
