//! Which cells of a table of several dimensions are shown.
//!
//! A dimension has levels, such as county, township, village; a cell stands somewhere in each
//! dimension, or totals over what lies beneath. Totals are settled before what they total, so a cell is
//! shown or not whatever else is asked for. What is left out is not told from what is not there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cell, FEWEST};
use crate::HubError;

/// Where a cell stands: for each dimension the value of each level, down to where it totals.
pub(crate) type Path = Vec<Vec<Option<String>>>;

/// A table with all its totals.
pub(crate) struct Cube {
    /// Of each dimension, whether a row may be of several values.
    overlaps: Vec<bool>,
    cells: BTreeMap<Path, Cell<Path>>,
}

/// Cells that differ in one value, and add up to the cell around them.
struct Line<'c> {
    total: Path,
    cells: Vec<&'c Cell<Path>>,
    overlaps: bool,
}

impl Cube {
    pub fn of(overlaps: Vec<bool>, cells: impl IntoIterator<Item = Cell<Path>>) -> Self {
        let cells = cells.into_iter().map(|cell| (cell.key.clone(), cell)).collect();
        Self { overlaps, cells }
    }

    /// The cells that are shown.
    ///
    /// # Errors
    /// `Invalid` where too many small cells hang together to be looked through.
    pub fn told(&self) -> Result<BTreeSet<Path>, HubError> {
        let mut layers: BTreeMap<(usize, Vec<usize>), Vec<&Cell<Path>>> = BTreeMap::new();
        for (path, cell) in &self.cells {
            let depth: Vec<_> = path.iter().map(Vec::len).collect();
            layers.entry((depth.iter().sum(), depth)).or_default().push(cell);
        }
        let mut told = BTreeSet::new();
        for layer in layers.into_values() {
            let hidden = self.hidden(&layer, &told)?;
            let shown = layer.into_iter().filter(|cell| !hidden.contains(&cell.key));
            told.extend(shown.map(|cell| cell.key.clone()).collect::<Vec<_>>());
        }
        Ok(told)
    }

    /// The same of a cube of changes, in which cells without any are listed too. Beside one that is
    /// hidden these are hidden as well: else each of five hidden changes of five would be one.
    ///
    /// # Errors
    /// `Invalid` where too many small cells hang together to be looked through.
    pub fn told_of_changes(&self) -> Result<BTreeSet<Path>, HubError> {
        let mut told = self.told()?;
        let hidden = self.cells.keys().filter(|path| !told.contains(*path));
        let open: BTreeSet<_> = hidden.flat_map(totals).collect();
        let is_beside = |path: &Path| totals(path).any(|line| open.contains(&line));
        let none = self.cells.values().filter(|cell| cell.figure == 0);
        let beside: Vec<_> = none.map(|cell| &cell.key).filter(|path| is_beside(path)).collect();
        beside.into_iter().for_each(|path| {
            told.remove(path);
        });
        Ok(told)
    }

    /// What is not shown of the cells of one depth, where it is settled what is of their totals.
    fn hidden(
        &self,
        layer: &[&Cell<Path>],
        told: &BTreeSet<Path>,
    ) -> Result<BTreeSet<Path>, HubError> {
        let lines = self.lines(layer);
        let small = layer.iter().filter(|cell| cell.is_small());
        let mut hidden: BTreeSet<Path> = small.map(|cell| cell.key.clone()).collect();
        for line in &lines {
            let total = self.cells.get(&line.total);
            if !told.contains(&line.total) {
                hidden.extend(line.cells.iter().map(|cell| cell.key.clone()));
            } else if let Some(total) = total {
                hidden.extend(line.revealing(total));
            }
            if line.cells.iter().any(|cell| cell.is_small()) {
                hidden.extend(line.cover(&BTreeSet::new()));
            }
        }
        let lines: Vec<_> = lines.into_iter().filter(|line| told.contains(&line.total)).collect();
        loop {
            let before = hidden.len();
            for line in &lines {
                hidden.extend(line.wanting(&hidden, &hidden));
            }
            if hidden.len() == before {
                hidden.extend(unravelled(&lines, &hidden)?);
            }
            if hidden.len() == before {
                return Ok(hidden);
            }
        }
    }

    fn lines<'c>(&self, layer: &[&'c Cell<Path>]) -> Vec<Line<'c>> {
        let mut lines: BTreeMap<(usize, Path), Vec<&Cell<Path>>> = BTreeMap::new();
        for cell in layer {
            for line in totals(&cell.key) {
                lines.entry(line).or_default().push(cell);
            }
        }
        let line = |((dimension, total), cells)| {
            let overlaps = self.overlaps.get(dimension).copied().unwrap_or_default();
            Line { total, cells, overlaps }
        };
        lines.into_iter().map(line).collect()
    }
}

/// The lines in which a cell lies: the dimension, and the total over it.
fn totals(path: &Path) -> impl Iterator<Item = (usize, Path)> {
    (0..path.len()).filter(|at| !path[*at].is_empty()).map(|dimension| {
        let mut total = path.clone();
        total[dimension].pop();
        (dimension, total)
    })
}

impl Line<'_> {
    /// Where rows may be of several values: the cells that leave a few of the total, and a cover
    /// where the cells together are a few more than it, since a few are of several.
    fn revealing(&self, total: &Cell<Path>) -> Vec<Path> {
        if !self.overlaps {
            return Vec::new();
        }
        let leaves_few = self.cells.iter().filter(|cell| total.clone().less(cell).is_small());
        let mut found: Vec<_> = leaves_few.map(|cell| cell.key.clone()).collect();
        let twice = self.cells.iter().map(|cell| cell.figure).sum::<i64>() - total.figure;
        if (1..FEWEST).contains(&twice) {
            found.extend(self.cover(&BTreeSet::new()));
        }
        found
    }

    /// The smallest cell about enough people that is not hidden, the first of the smallest by key.
    fn cover(&self, hidden: &BTreeSet<Path>) -> Option<Path> {
        let safe = self.cells.iter().filter(|cell| cell.people >= FEWEST);
        let free = safe.filter(|cell| !hidden.contains(&cell.key));
        let cover = free.min_by(|a, b| (a.figure, &a.key).cmp(&(b.figure, &b.key)));
        cover.map(|cell| cell.key.clone())
    }

    /// What has to be hidden as well, so that the total less what is shown tells of nobody: that has
    /// to be several cells, one of them about enough people by itself. Open are the hidden cells that
    /// no sums settle.
    fn wanting(&self, open: &BTreeSet<Path>, hidden: &BTreeSet<Path>) -> Option<Path> {
        let of_line = self.cells.iter().filter(|cell| open.contains(&cell.key));
        let (count, most) =
            of_line.fold((0, 0), |(count, most), cell| (count + 1, cell.people.max(most)));
        let is_covered = count == 0 || (count > 1 && most >= FEWEST);
        if is_covered { None } else { self.cover(hidden) }
    }
}

/// The most hidden cells that hang together whose sums are looked through.
const MOST_UNKNOWN: usize = 300;

/// What has to be hidden as well, since sums of lines give a small cell away: of each such cell a
/// cover in a line of its own or, where those are hidden whole, in one that hangs together with them.
fn unravelled(lines: &[Line<'_>], hidden: &BTreeSet<Path>) -> Result<Vec<Path>, HubError> {
    let (mut covers, mut open) = (Vec::new(), hidden.clone());
    for block in blocks(lines, hidden) {
        let cells = || block.iter().flat_map(|line| &line.cells);
        let unknown = cells().filter(|cell| hidden.contains(&cell.key));
        let unknown: BTreeMap<_, _> = unknown.map(|cell| (&cell.key, *cell)).collect();
        let unknown: Vec<_> = unknown.into_values().collect();
        if unknown.len() > MOST_UNKNOWN {
            let text = "too many figures of this table are about a few people; ask by less";
            return Err(HubError::Invalid(text.to_owned()));
        }
        let holds =
            |line: &Line<'_>, cell: &Cell<Path>| line.cells.iter().any(|at| at.key == cell.key);
        let sums = block.iter().filter(|line| !line.overlaps).map(|line| {
            unknown.iter().map(|cell| u64::from(holds(line, cell))).collect::<Vec<_>>()
        });
        let settled = settled(sums.collect());
        let settled: Vec<_> = settled.into_iter().map(|at| unknown[at]).collect();
        if let Some(cell) = settled.iter().find(|cell| cell.is_small()) {
            let own = block.iter().filter(|line| holds(line, cell));
            let cover = own.chain(&block).find_map(|line| line.cover(hidden));
            covers.extend(cover);
        }
        for cell in settled {
            open.remove(&cell.key);
        }
        covers.extend(block.iter().find_map(|line| line.wanting(&open, hidden)));
    }
    Ok(covers)
}

/// The lines with hidden cells, by what hangs together through those.
fn blocks<'l, 'c>(lines: &'l [Line<'c>], hidden: &BTreeSet<Path>) -> Vec<Vec<&'l Line<'c>>> {
    let mut blocks: Vec<(BTreeSet<&Path>, Vec<&Line<'_>>)> = Vec::new();
    for line in lines {
        let mut cells: BTreeSet<_> =
            line.cells.iter().map(|cell| &cell.key).filter(|key| hidden.contains(*key)).collect();
        if cells.is_empty() {
            continue;
        }
        let mut block = vec![line];
        let (joined, apart): (Vec<_>, Vec<_>) =
            blocks.into_iter().partition(|(known, _)| !known.is_disjoint(&cells));
        for (known, lines) in joined {
            cells.extend(known);
            block.extend(lines);
        }
        blocks = apart;
        blocks.push((cells, block));
    }
    blocks.into_iter().map(|(_, block)| block).collect()
}

/// A prime: sums are taken modulo it, in which what is settled by whole numbers stays so.
const PRIME: u64 = 2_147_483_647;

/// The unknowns that sums settle by themselves: Gauss-Jordan elimination, of whose rows those with one
/// unknown are left.
fn settled(mut sums: Vec<Vec<u64>>) -> Vec<usize> {
    let unknowns = sums.first().map_or(0, Vec::len);
    let mut done = 0;
    for unknown in 0..unknowns {
        let Some(found) = (done..sums.len()).find(|row| sums[*row][unknown] != 0) else { continue };
        sums.swap(done, found);
        let inverse = power(sums[done][unknown], PRIME - 2);
        for value in &mut sums[done] {
            *value = *value * inverse % PRIME;
        }
        let pivot = sums[done].clone();
        for (row, sum) in sums.iter_mut().enumerate() {
            let times = sum[unknown];
            if row != done && times != 0 {
                for (value, pivot) in sum.iter_mut().zip(&pivot) {
                    *value = (*value + (PRIME - times) * pivot) % PRIME;
                }
            }
        }
        done += 1;
    }
    let alone = |sum: &Vec<u64>| {
        let mut left = sum.iter().enumerate().filter(|(_, value)| **value != 0);
        left.next().filter(|_| left.next().is_none()).map(|(unknown, _)| unknown)
    };
    sums[..done].iter().filter_map(alone).collect()
}

fn power(base: u64, exponent: u64) -> u64 {
    let (mut result, mut base, mut exponent) = (1, base % PRIME, exponent);
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        exponent /= 2;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cube of two dimensions of one level, with all its totals; a cell counts its people.
    fn table(rows: &[&[i64]]) -> Cube {
        let mut cells: BTreeMap<Path, i64> = BTreeMap::new();
        for (row, figures) in rows.iter().enumerate() {
            for (column, figure) in figures.iter().enumerate().filter(|(_, figure)| **figure > 0) {
                let (row, column) = (vec![Some(row.to_string())], vec![Some(column.to_string())]);
                for key in [
                    vec![row.clone(), column.clone()],
                    vec![row, vec![]],
                    vec![vec![], column],
                    vec![vec![], vec![]],
                ] {
                    *cells.entry(key).or_default() += figure;
                }
            }
        }
        let cell = |(key, figure)| Cell { key, figure, people: figure };
        Cube::of(vec![false; 2], cells.into_iter().map(cell))
    }

    /// Which cells of a row are shown.
    fn row(told: &BTreeSet<Path>, row: usize, columns: usize) -> Vec<bool> {
        let key = |column: usize| vec![vec![Some(row.to_string())], vec![Some(column.to_string())]];
        (0..columns).map(|column| told.contains(&key(column))).collect()
    }

    #[test]
    fn a_small_cell_takes_a_rectangle_with_it() {
        let told = table(&[&[3, 20, 30], &[20, 40, 50], &[30, 60, 70]]).told().expect("few cells");
        assert_eq!(row(&told, 0, 3), [false, false, true]);
        assert_eq!(row(&told, 1, 3), [false, false, true]);
        assert_eq!(row(&told, 2, 3), [true, true, true]);
        assert!(told.contains(&vec![vec![], vec![]]));
    }

    /// Whether sums of lines give a cell away: it adds nothing to what they say.
    fn is_given_away(cell: &Path, cube: &Cube, told: &BTreeSet<Path>) -> bool {
        let layer: Vec<_> =
            cube.cells.values().filter(|cell| cell.key.iter().all(|at| at.len() == 1)).collect();
        let unknown: Vec<_> =
            layer.iter().map(|cell| &cell.key).filter(|key| !told.contains(*key)).collect();
        let row = |holds: &dyn Fn(&Path) -> bool| {
            unknown.iter().map(|key| f64::from(u8::from(holds(key)))).collect::<Vec<_>>()
        };
        let lines = cube.lines(&layer);
        let mut sums: Vec<_> = lines
            .iter()
            .filter(|line| told.contains(&line.total))
            .map(|line| row(&|key: &Path| line.cells.iter().any(|cell| cell.key == *key)))
            .collect();
        let before = rank(sums.clone());
        sums.push(row(&|key: &Path| key == cell));
        rank(sums) == before
    }

    fn rank(mut rows: Vec<Vec<f64>>) -> usize {
        let columns = rows.first().map_or(0, Vec::len);
        let mut rank = 0;
        for column in 0..columns {
            let Some(found) = (rank..rows.len()).find(|row| rows[*row][column].abs() > 1e-9) else {
                continue;
            };
            rows.swap(rank, found);
            let pivot = rows[rank].clone();
            for row in &mut rows[rank + 1..] {
                let times = row[column] / pivot[column];
                for (value, pivot) in row.iter_mut().zip(&pivot) {
                    *value -= times * pivot;
                }
            }
            rank += 1;
        }
        rank
    }

    #[test]
    fn sums_of_several_lines_give_no_small_cell_away() {
        let rows: [&[i64]; 4] =
            [&[1, 59, 3, 55], &[45, 35, 29, 12], &[14, 6, 57, 59], &[3, 31, 37, 31]];
        let cube = table(&rows);
        let told = cube.told().expect("few cells");
        for cell in cube.cells.values().filter(|cell| cell.is_small()) {
            assert!(!is_given_away(&cell.key, &cube, &told), "{cell:?}");
        }
    }

    #[test]
    fn a_cover_that_sums_settle_is_none() {
        let rows: [&[i64]; 4] = [
            &[1, 2, 10, 50, 100],
            &[20, 21, 60, 61, 100],
            &[70, 71, 11, 12, 100],
            &[72, 73, 13, 14, 100],
        ];
        let told = table(&rows).told().expect("few cells");
        let first = row(&told, 0, 5);
        assert!(first.iter().filter(|shown| !**shown).count() > 3, "{first:?}");
    }

    #[test]
    fn no_change_is_told_beside_changes_that_are_hidden() {
        let changes = |figures: &[i64]| {
            let cells =
                figures.iter().enumerate().map(|(at, figure)| (Some(at.to_string()), *figure));
            let all = cells.map(|(value, figure)| (vec![vec![value]], figure));
            let all = all.chain([(vec![vec![]], figures.iter().sum())]);
            let cell = |(key, figure)| Cell { key, figure, people: figure };
            Cube::of(vec![false], all.map(cell)).told_of_changes().expect("few cells")
        };
        let total = BTreeSet::from([vec![vec![]]]);
        assert_eq!(changes(&[1, 1, 1, 1, 1, 0, 0, 0]), total, "each of five would be known");
        assert_eq!(changes(&[0, 0, 1, 0]), BTreeSet::new());
        assert_eq!(changes(&[0, 0, 0]).len(), 4);
        assert_eq!(changes(&[0, 7, 9]).len(), 4);
    }

    #[test]
    fn where_none_is_small_all_are_shown() {
        let told = table(&[&[5, 6], &[7, 8]]).told().expect("few cells");
        assert_eq!(told.len(), 9);
    }

    #[test]
    fn no_line_with_a_total_leaves_one_cell_or_a_few_people() {
        let mut state = 7_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            i64::try_from((state >> 33) % 12).unwrap_or(0)
        };
        for _ in 0..500 {
            let rows: Vec<Vec<i64>> = (0..4).map(|_| (0..5).map(|_| random()).collect()).collect();
            let cube = table(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
            let told = cube.told().expect("few cells");
            for cell in cube.cells.values() {
                assert!(!told.contains(&cell.key) || !cell.is_small(), "{rows:?} {cell:?}");
                if cell.is_small() && cell.key.iter().all(|at| at.len() == 1) {
                    assert!(!is_given_away(&cell.key, &cube, &told), "{rows:?} {cell:?}");
                }
            }
            let layer: Vec<_> = cube
                .cells
                .values()
                .filter(|cell| cell.key.iter().all(|at| at.len() == 1))
                .collect();
            for line in cube.lines(&layer).iter().filter(|line| told.contains(&line.total)) {
                let hidden: Vec<_> =
                    line.cells.iter().filter(|cell| !told.contains(&cell.key)).collect();
                let people: i64 = hidden.iter().map(|cell| cell.people).sum();
                let all = hidden.len() == line.cells.len();
                let enough = hidden.len() > 1 && people >= FEWEST;
                assert!(hidden.is_empty() || all || enough, "{rows:?} {:?}", line.total);
            }
        }
    }
}
