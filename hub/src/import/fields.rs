//! The values of one row, read by their paths in the content. What is repaired and what cannot be
//! read is noted on the way.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    ColumnProblem, Repair,
    header::Columns,
    repair,
    text::plain,
    village::Villages,
    words::{Choice, Words, split},
    workbook::Cell,
};
use crate::problem::{Code, Problem};

/// A cell with ditto marks resolved.
#[derive(Clone, Debug)]
pub struct Given {
    pub cell: Cell,
    /// As the sheet shows it: the ditto mark itself.
    pub shown: String,
}

pub struct Fields<'a> {
    pub words: &'a Words,
    villages: &'a Villages<'a>,
    columns: &'a Columns,
    line: &'a BTreeMap<usize, Given>,
    /// Whether a number that means a day counts from 1904.
    from_1904: bool,
    pub problems: Vec<ColumnProblem>,
    pub repairs: Vec<Repair>,
}

impl<'a> Fields<'a> {
    pub fn new(
        words: &'a Words,
        villages: &'a Villages<'a>,
        columns: &'a Columns,
        line: &'a BTreeMap<usize, Given>,
        from_1904: bool,
    ) -> Self {
        let repairs = Vec::new();
        let mut fields =
            Self { words, villages, columns, line, from_1904, problems: Vec::new(), repairs };
        fields.find_unreadable();
        fields
    }

    fn find_unreadable(&mut self) {
        let columns = self.columns;
        for (path, column) in &columns.read {
            let given = self.line.get(&column.index);
            if let Some(Given { cell: Cell::Unreadable(shown), .. }) = given {
                let problem = Problem::new(Code::CellUnreadable, path).value(shown).detail(shown);
                self.problem(path, problem);
            }
        }
    }

    fn given(&self, path: &str) -> Option<(&'a Given, String)> {
        let given = self.line.get(&self.columns.index(path)?)?;
        let readable = !matches!(given.cell, Cell::Unreadable(_));
        readable.then(|| (given, given.cell.shown()))
    }

    /// Notes a repair if the value is not what the sheet shows.
    fn settle(&mut self, path: &str, given: &Given, value: &str) {
        if given.shown != value {
            self.record(path, given, value);
        }
    }

    fn record(&mut self, path: &str, given: &Given, value: &str) {
        self.repairs.push(Repair {
            column: self.header(path),
            from: given.shown.clone(),
            to: value.to_owned(),
        });
    }

    fn header(&self, path: &str) -> String {
        let column = self.columns.read.get(path);
        column.map_or_else(String::new, |column| column.header.clone())
    }

    fn problem(&mut self, column: &str, problem: Problem) {
        let column = self.columns.read.get(column);
        self.problems.push(ColumnProblem::new(problem, column));
    }

    fn missing(&mut self, path: &str) {
        if self.problems.iter().any(|known| known.problem.path == path) {
            return;
        }
        let detail = plain(&self.header(path));
        self.problem(path, Problem::new(Code::ValueMissing, path).detail(detail));
    }

    fn unknown(&mut self, column: &str, path: String, value: &str, likely: Option<&str>) {
        let mut problem = Problem::new(Code::ValueUnknown, path).value(value).detail(value);
        problem.repair = likely.map(str::to_owned);
        self.problem(column, problem);
    }

    /// A free text.
    pub fn text(&mut self, path: &str) -> Option<String> {
        let (given, text) = self.given(path)?;
        self.settle(path, given, &text);
        Some(text)
    }

    /// A text that a spreadsheet is likely to take for a day, such as 3-2 for a class or a door: what was
    /// typed is lost then.
    pub fn written(&mut self, path: &str) -> Option<String> {
        let (given, text) = self.given(path)?;
        if let Cell::Day(_) = given.cell {
            let problem = Problem::new(Code::TextTakenForDay, path).value(&text).detail(&text);
            self.problem(path, problem);
            return None;
        }
        self.text(path)
    }

    /// A text brought to its form; a word such as 无 counts as empty.
    fn formed(&mut self, path: &str, form: impl Fn(&str) -> String) -> Option<String> {
        let (given, text) = self.given(path)?;
        if self.words.blank.contains(&text) {
            return None;
        }
        let text = form(&text);
        self.settle(path, given, &text);
        (!text.is_empty()).then_some(text)
    }

    pub fn name(&mut self, path: &str) -> Option<String> {
        self.formed(path, repair::name)
    }

    pub fn names(&mut self, path: &str) -> Vec<String> {
        let Some((given, text)) = self.given(path) else {
            return Vec::new();
        };
        let names = each_name(&text);
        if given.shown != text || names.iter().any(|name| !text.contains(name)) {
            self.record(path, given, &names.join("、"));
        }
        names
    }

    /// A resident ID or certificate number.
    pub fn number(&mut self, path: &str) -> Option<String> {
        let number = self.formed(path, repair::number)?;
        self.note_number_cell(path, &number);
        Some(number)
    }

    /// A phone. Of a landline that is kept as a number the spreadsheet has eaten the 0 before it.
    pub fn phone(&mut self, path: &str) -> Option<String> {
        let eaten = |phone: &str| {
            let has_no_area_code = ["1", "400", "800"].iter().any(|start| phone.starts_with(start));
            let is_digits = phone.bytes().all(|byte| byte.is_ascii_digit());
            is_digits && matches!(phone.len(), 10 | 11) && !has_no_area_code
        };
        let is_number = matches!(self.given(path)?.0.cell, Cell::Number(_));
        let phone = self.formed(path, |text| match repair::phone(text) {
            phone if is_number && eaten(&phone) => format!("0{phone}"),
            phone => phone,
        })?;
        self.note_number_cell(path, &phone);
        Some(phone)
    }

    /// A number where a text belongs is a repair too, though it shows the same digits.
    fn note_number_cell(&mut self, path: &str, text: &str) {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some((given, shown)) = self.given(path)
            && digits
            && matches!(given.cell, Cell::Number(_))
            && given.shown == shown
            && shown == text
        {
            self.record(path, given, text);
        }
    }

    /// A day as `YYYY-MM-DD` if it is one for certain, else as written.
    pub fn day(&mut self, path: &str) -> Option<String> {
        let (given, text) = self.given(path)?;
        let day = match given.cell {
            Cell::Number(number) => self.serial(number).or_else(|| repair::day(&text)),
            // A serial number that became a text, in a workbook that counts from 1904.
            _ if self.from_1904 && text.len() == 5 => {
                text.parse().ok().and_then(|number| self.serial(number))
            }
            _ => repair::day(&text),
        };
        let text = day.map_or(text, |day| day.to_string());
        self.settle(path, given, &text);
        Some(text)
    }

    fn serial(&self, number: f64) -> Option<NaiveDate> {
        /// From 1899-12-30 to 1904-01-01.
        const DAYS: f64 = 1462.0;
        repair::serial(if self.from_1904 { number + DAYS } else { number })
    }

    /// A day that has to be given.
    pub fn needed_day(&mut self, path: &str) -> String {
        self.day(path).unwrap_or_else(|| {
            self.missing(path);
            String::new()
        })
    }

    /// A village's code if the text can mean only one, else the text.
    pub fn village(&mut self, path: &str) -> Option<String> {
        let (given, text) = self.given(path)?;
        let Some(village) = self.villages.find(&text) else {
            self.settle(path, given, &text);
            return Some(text);
        };
        if given.shown != village.code {
            self.settle(path, given, &village.name);
        }
        Some(village.code.clone())
    }

    pub fn choice<T: Ord + Clone>(&mut self, path: &str, choice: &Choice<T>) -> Option<T> {
        let (given, text) = self.given(path)?;
        if let Some(meaning) = choice.of(&text) {
            self.settle(path, given, choice.word(&meaning));
            return Some(meaning);
        }
        if !self.words.blank.contains(&text) {
            self.unknown(path, path.to_owned(), &text, choice.nearest(&text));
        }
        None
    }

    /// A choice that has to be given. Without it `instead` stands in its place.
    pub fn needed<T: Ord + Clone>(&mut self, path: &str, choice: &Choice<T>, instead: T) -> T {
        let found = self.choice(path, choice);
        if found.is_none() {
            self.missing(path);
        }
        found.unwrap_or(instead)
    }

    /// A list of choices. The problem of a part stands at `path[n]` and what `member` adds.
    pub fn choices<T: Ord + Clone>(
        &mut self,
        path: &str,
        member: &str,
        choice: &Choice<T>,
    ) -> Vec<T> {
        let Some((given, text)) = self.given(path) else {
            return Vec::new();
        };
        let mut found: Vec<T> = Vec::new();
        let mut as_in_template = given.shown == text;
        for part in parts(&text, choice) {
            let meanings = choice.all_of(part);
            if meanings.is_empty() && !self.words.blank.contains(part) {
                let path_of_part = format!("{path}[{}]{member}", found.len());
                self.unknown(path, path_of_part, part, choice.nearest(part));
            }
            for meaning in meanings {
                as_in_template &= choice.word(meaning) == part;
                if !found.contains(meaning) {
                    found.push(meaning.clone());
                }
            }
        }
        if !as_in_template {
            let words: Vec<&str> = found.iter().map(|meaning| choice.word(meaning)).collect();
            let value = if words.is_empty() { text } else { words.join("、") };
            self.settle(path, given, &value);
        }
        found
    }

    /// A duration in minutes; of one in another unit as many.
    pub fn minutes(&mut self, path: &str) -> Option<i64> {
        let (given, text) = self.given(path)?;
        let plain = plain(&text);
        let unit =
            plain.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let amount: Option<f64> = plain[..plain.len() - unit.len()].parse().ok();
        let of_unit = match unit {
            "" => Some(1.0),
            unit => self.words.minutes.of(unit).and_then(|minutes| minutes.parse().ok()),
        };
        let minutes = amount.zip(of_unit).map(|(amount, of_unit)| amount * of_unit);
        match minutes.filter(|minutes| minutes.fract() == 0.0) {
            Some(minutes) => {
                self.settle(path, given, &minutes.to_string());
                Some(minutes as i64)
            }
            None => {
                self.unknown(path, path.to_owned(), &text, None);
                None
            }
        }
    }

    /// A disability grade. One beyond the four passes on, for the check to refuse it.
    pub fn grade(&mut self, path: &str, instead: i64) -> i64 {
        let words = self.words;
        let Some((_, text)) = self.given(path) else {
            self.missing(path);
            return instead;
        };
        let beyond = plain(&text).trim_end_matches('级').parse().ok();
        if let (None, Some(grade)) = (words.disability_grade.of(&text), beyond) {
            return grade;
        }
        let grade = self.needed(path, &words.disability_grade, String::new());
        grade.parse().unwrap_or(instead)
    }
}

/// The parts of a list; a cell that is one known word as a whole is not cut up.
fn parts<'a, T: Ord + Clone>(text: &'a str, choice: &Choice<T>) -> Vec<&'a str> {
    if choice.all_of(text).is_empty() {
        return split(text).collect();
    }
    vec![text]
}

/// Names between separators. A space separates names only where it does not stand inside one.
fn each_name(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split(['、', '，', ',', ';', '；', '/', '／', '|', '\n']).collect();
    if let [only] = parts[..] {
        let words: Vec<&str> = split(only).collect();
        if words.iter().all(|word| word.chars().count() > 1 && !word.is_ascii()) {
            return words.into_iter().map(str::to_owned).collect();
        }
    }
    let names = parts.into_iter().map(repair::name);
    names.filter(|name| !name.is_empty()).collect()
}
