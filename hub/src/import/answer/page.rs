//! What is to be said on a worksheet: a remark for each row, a comment for each refused cell.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    outline::{Outline, Place},
    worksheet::Marks,
};
use crate::{
    import::{
        ColumnProblem, Imported, ImportedRow, SheetFault,
        text::without_spaces,
        workbook::{Cell, Grid},
    },
    problem::{Language, Problem},
};

/// What the remarks column is headed. `headers.toml` has it among those not read.
const REMARKS: &str = "导入结果";
/// How much of a remark is written; a cell holds 32,767 characters.
const LONGEST: usize = 2_000;

/// What is to be said on a worksheet.
pub struct Page {
    /// The first column to the right of all that is used, but for the remarks of before.
    used: usize,
    /// The remarks of before.
    remarks_column: Option<usize>,
    remarks: BTreeMap<usize, String>,
    /// Cell → row and sentence of each problem.
    refused: BTreeMap<Place, Vec<(usize, String)>>,
    /// Cell → what it is to say, where a person corrected it.
    mended: BTreeMap<Place, String>,
}

impl Page {
    /// `None` where nothing is to be said on the sheet.
    pub fn of(grid: &Grid, imported: &Imported, language: Language) -> Option<Self> {
        let remarks_column = remarks_column(grid);
        let used = grid.lines.columns().filter(|column| Some(*column) != remarks_column).max();
        let used = used.map_or(0, |last| last + 1);
        let mended = imported.mends.iter().filter(|mend| mend.sheet == grid.name);
        let mended = mended.map(|mend| ((mend.row, mend.column), mend.to.clone())).collect();
        let (remarks, refused) = (BTreeMap::new(), BTreeMap::new());
        let mut page = Self { used, remarks_column, remarks, refused, mended };
        for sheet in imported.sheets.iter().filter(|sheet| sheet.name == grid.name) {
            page.remark(sheet.header_row, REMARKS);
            for row in &sheet.rows {
                page.add(row, language);
            }
        }
        for fault in imported.faults.iter().filter(|fault| fault.sheet == grid.name) {
            page.fault(fault, grid, language);
        }
        (!page.remarks.is_empty()).then_some(page)
    }

    fn add(&mut self, row: &ImportedRow, language: Language) {
        self.remark(row.row, &remark(row, language));
        for found in &row.problems {
            if let Some(column) = found.index {
                let sentence = sentence(&found.problem, language);
                self.refused.entry((row.row, column)).or_default().push((row.row, sentence));
            }
        }
    }

    /// A sheet that cannot be read says so where its header is, or would be.
    fn fault(&mut self, fault: &SheetFault, grid: &Grid, language: Language) {
        let first = grid.lines.first_row().unwrap_or(1);
        let text = format!("{REMARKS}:{}", sentence(&fault.problem, language));
        self.remark(fault.row.unwrap_or(first), &text);
    }

    /// Tables side by side share a remark.
    fn remark(&mut self, row: usize, text: &str) {
        let remark = self.remarks.entry(row).or_default();
        if remark == text {
            return;
        }
        if !remark.is_empty() {
            remark.push('\n');
        }
        remark.push_str(text);
        if let Some((end, _)) = remark.char_indices().nth(LONGEST) {
            remark.truncate(end);
            remark.push('…');
        }
    }

    /// What is written where, as merged cells show it; and the comments.
    pub fn marks(&self, outline: &Outline) -> Option<(Marks, BTreeMap<Place, String>)> {
        let column = match self.remarks_column {
            Some(column) => column,
            None => outline.free_column(self.used)?,
        };
        let mut comments: BTreeMap<Place, String> = BTreeMap::new();
        for (place, sentences) in &self.refused {
            let shown = outline.shown(*place);
            for (row, sentence) in sentences {
                let comment = comments.entry(shown).or_default();
                if !comment.is_empty() {
                    comment.push('\n');
                }
                if *row != shown.0 {
                    *comment += &format!("第{row}行:");
                }
                comment.push_str(sentence);
            }
        }
        let from = self.remarks.keys().next().copied()?;
        let refused: BTreeSet<Place> = comments.keys().copied().collect();
        let (remarks, mended) = (self.remarks.clone(), self.mended.clone());
        Some((Marks { column, from, remarks, refused, mended }, comments))
    }
}

/// The column of the remarks of before: the last one, if it is headed as ours.
fn remarks_column(grid: &Grid) -> Option<usize> {
    let last = grid.lines.columns().max()?;
    let head = grid.lines.iter().find_map(|(_, line)| line.get(last).cloned())?;
    let Cell::Text(head) = head else {
        return None;
    };
    let head = without_spaces(&head);
    (head == REMARKS || head.starts_with(&format!("{REMARKS}:"))).then_some(last)
}

/// What became of a row, in words: the verdict, each problem, each repair.
fn remark(row: &ImportedRow, language: Language) -> String {
    let colon = match language {
        Language::Chinese => "：",
        Language::English => ": ",
    };
    let at_column = |ColumnProblem { problem, column, .. }: &ColumnProblem| {
        let sentence = sentence(problem, language);
        match column.is_empty() {
            true => sentence,
            false => format!("{}{colon}{sentence}", without_spaces(column)),
        }
    };
    let repairs = row.repairs.iter().map(|repair| {
        let column = without_spaces(&repair.column);
        match language {
            Language::Chinese => format!("{column}「{}」按「{}」登记", repair.from, repair.to),
            Language::English => format!("{column} “{}” taken as “{}”", repair.from, repair.to),
        }
    });
    let changed = row.changed.iter().map(|header| match language {
        Language::Chinese => format!("{}有变化", without_spaces(header)),
        Language::English => format!("{} changes", without_spaces(header)),
    });
    let said: Vec<String> =
        row.problems.iter().map(at_column).chain(repairs).chain(changed).collect();
    let verdict = match row.waits {
        true => row.verdict.words_before(language),
        false => row.verdict.words(language),
    };
    match said.is_empty() {
        true => verdict.to_owned(),
        false => format!("{verdict}{colon}{}", said.join("；")),
    }
}

fn sentence(problem: &Problem, language: Language) -> String {
    let sentence = problem.message(language);
    match (&problem.repair, language) {
        (None, _) => sentence,
        (Some(repair), Language::Chinese) => format!("{sentence},可能应为「{repair}」"),
        (Some(repair), Language::English) => format!("{sentence}; likely “{repair}”"),
    }
}
