//! Cells that a person corrected after a file was looked at. The file stays as it was handed in: they
//! are put into what is read of it, each time it is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    ImportError,
    answer::cell_name,
    text,
    workbook::{Cell, Grid},
};

/// The most cells of a file that are corrected in place; the workbook itself is the place for more.
pub const MOST_MENDS: usize = 500;
/// The most characters a cell is corrected to; no value that is recorded has more.
const LONGEST: usize = 2_000;

/// A cell and what it is to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mend {
    pub sheet: String,
    /// 1-based, as the spreadsheet shows it.
    pub row: usize,
    /// 0-based.
    pub column: usize,
    /// What it says in the file, as the spreadsheet shows it; empty where there is nothing.
    pub from: String,
    /// Empty for nothing.
    pub to: String,
}

impl Mend {
    /// As `老年人!C5`.
    #[must_use]
    pub fn cell(&self) -> String {
        format!("{}!{}", self.sheet, cell_name((self.row, self.column)))
    }
}

/// Puts the corrected cells into the sheets, and notes what they said. Of cells that are merged the
/// first is meant, as in the spreadsheet, which shows no other.
///
/// # Errors
/// `NoCell` where a sheet has no such row, or what a cell is to say is too long.
pub(super) fn put_into(grids: &mut [Grid], mends: &mut [Mend]) -> Result<(), ImportError> {
    for mend in mends {
        let grid = grids.iter_mut().find(|grid| grid.name == mend.sheet);
        let grid = grid.filter(|grid| grid.lines.holds(mend.row) && grid.reads(mend.column));
        mend.to = text::trim(&mend.to).to_owned();
        let grid = grid.filter(|_| mend.to.chars().count() <= LONGEST);
        let grid = grid.ok_or_else(|| ImportError::NoCell(mend.cell()))?;
        let merged = grid.merged.iter().find(|area| area.holds(mend.row, mend.column));
        (mend.row, mend.column) =
            merged.map_or((mend.row, mend.column), |area| (area.top, area.left));
        let line = grid.lines.get(mend.row).unwrap_or_default();
        mend.from = line.get(mend.column).map(Cell::shown).unwrap_or_default();
        grid.lines.replace(mend.row, mend.column, Cell::text(&mend.to));
    }
    Ok(())
}

/// The mends of before with those that come; a cell mended twice says what it was last told to.
pub(super) fn joined(before: Vec<Mend>, new: Vec<Mend>) -> Vec<Mend> {
    let all = before.into_iter().chain(new);
    let cells = all.map(|mend| ((mend.sheet.clone(), mend.row, mend.column), mend));
    cells.collect::<BTreeMap<_, _>>().into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::workbook::{self, Area};

    fn mend(row: usize, column: usize, to: &str) -> Mend {
        let (sheet, from, to) = ("台账".to_owned(), String::new(), to.to_owned());
        Mend { sheet, row, column, from, to }
    }

    fn grids() -> Vec<Grid> {
        workbook::read("台账.csv", "姓名,性别\n李四,男女\n王五,男".as_bytes())
            .expect("a table")
            .grids
    }

    #[test]
    fn cells_say_what_they_were_told_to_and_their_mends_what_they_said() {
        let (mut grids, mut mends) =
            (grids(), [mend(2, 1, "女"), mend(3, 1, " "), mend(3, 7, "新")]);
        put_into(&mut grids, &mut mends).expect("mended");
        let text = |row: usize, column: usize| {
            grids[0].lines.get(row).and_then(|line| line.get(column).map(Cell::shown))
        };
        assert_eq!(text(2, 0).as_deref(), Some("李四"));
        assert_eq!(text(2, 1).as_deref(), Some("女"));
        assert_eq!(text(3, 1), None);
        assert_eq!(text(3, 7).as_deref(), Some("新"));
        assert_eq!(mends.each_ref().map(|mend| mend.from.as_str()), ["男女", "男", ""]);
    }

    #[test]
    fn of_merged_cells_the_first_is_meant() {
        let (mut grids, mut mends) = (grids(), [mend(3, 1, "女")]);
        grids[0].merged.push(Area { top: 2, bottom: 3, left: 1, right: 1 });
        put_into(&mut grids, &mut mends).expect("mended");
        assert_eq!((mends[0].row, mends[0].column, mends[0].from.as_str()), (2, 1, "男女"));
        let shown =
            |row: usize| grids[0].lines.get(row).and_then(|line| line.get(1).map(Cell::shown));
        assert_eq!((shown(2).as_deref(), shown(3).as_deref()), (Some("女"), Some("男")));
    }

    #[test]
    fn a_cell_that_is_not_there_is_named() {
        let long = "长".repeat(LONGEST + 1);
        for wrong in [mend(9, 0, "女"), mend(2, 1_000, "女"), mend(2, 1, &long)] {
            let (mut grids, name) = (grids(), wrong.cell());
            let fault = put_into(&mut grids, &mut [wrong]).expect_err("no such cell");
            assert!(matches!(fault, ImportError::NoCell(cell) if cell == name));
        }
        let elsewhere = Mend { sheet: "另表".to_owned(), ..mend(2, 1, "女") };
        assert!(put_into(&mut grids(), &mut [elsewhere]).is_err());
    }

    #[test]
    fn the_last_word_on_a_cell_stands() {
        let joined = joined(vec![mend(2, 1, "女"), mend(3, 1, "女")], vec![mend(2, 1, "男")]);
        assert_eq!(joined, [mend(2, 1, "男"), mend(3, 1, "女")]);
    }
}
