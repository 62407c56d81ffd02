//! The form of a table's file, and what makes one fit for use.

use std::str::FromStr;
use std::sync::LazyLock;

use chrono::{Datelike, Days, NaiveDate};
use entity::RecordKind;
use serde::Deserialize;

use super::predicate::{Counted, Predicate};
use crate::instruments::Text;

macro_rules! files {
    ($($name:literal)+) => {
        [$(include_str!(concat!("../../tables/", $name))),+]
    };
}

/// The text of each file. A version that a table was signed by is never edited.
const FILES: [&str; 3] = files! {
    "left-behind-children-summary-1.toml"
    "station-monthly-report-1.toml"
    "winter-care-bulletin-1.toml"
};

static DEFINITIONS: LazyLock<Vec<Definition>> = LazyLock::new(|| {
    let (read, broken): (Vec<_>, Vec<_>) =
        FILES.iter().map(|text| Definition::parse(text)).partition(Result::is_ok);
    for error in broken.into_iter().filter_map(Result::err) {
        tracing::error!(%error, "a statutory table is left out");
    }
    read.into_iter().filter_map(Result::ok).collect()
});

/// The most rows and the most columns: a record keeps in which it stands as bits.
const MOST: usize = 32;

/// A statutory table in one version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub code: String,
    /// Counts up from 1.
    pub version: i64,
    /// The first day of the first period it is for.
    pub from: NaiveDate,
    pub period: Period,
    pub title: Text,
    /// Without any, a row for each part of the place.
    #[serde(default)]
    pub rows: Vec<Line>,
    pub columns: Vec<Column>,
    #[serde(default)]
    pub equations: Vec<Equation>,
}

/// Over which days a table goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Period {
    Month,
    /// The heating season of the north: 15 November to 15 March.
    Winter,
}

/// A row: records of whom this holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub code: String,
    pub title: Text,
    #[serde(rename = "where", default)]
    pub predicate: Predicate,
}

/// A column: what it counts, and of it those of whom this holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// As equations name it.
    pub number: i64,
    pub title: Text,
    pub count: Counted,
    #[serde(rename = "where", default)]
    pub predicate: Predicate,
}

/// Sums of columns that have to agree: `1 = 2 + 5 + 8`, `1 + 2 = 3 + 4`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Equation {
    pub text: String,
    pub left: Vec<i64>,
    pub right: Vec<i64>,
}

/// What is wrong with a table's file.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    #[error(transparent)]
    Form(#[from] toml::de::Error),
    #[error("{table}: {what}")]
    Sense { table: String, what: String },
}

/// A text that is no equation.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no equation such as 1 = 2 + 3")]
pub struct NoEquation(String);

impl TryFrom<String> for Equation {
    type Error = NoEquation;

    fn try_from(text: String) -> Result<Self, NoEquation> {
        let sum = |side: &str| {
            side.split('+').map(|term| i64::from_str(term.trim()).ok()).collect::<Option<Vec<_>>>()
        };
        let sides = text.split_once('=').and_then(|(left, right)| Some((sum(left)?, sum(right)?)));
        let Some((left, right)) = sides else { return Err(NoEquation(text)) };
        Ok(Self { text, left, right })
    }
}

impl Period {
    /// The first and the last day of the period in which a day lies; none where it lies in none.
    #[must_use]
    pub fn span(self, day: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let on = NaiveDate::from_ymd_opt;
        match self {
            Self::Month => {
                let first = day.with_day(1)?;
                let next = first.checked_add_months(chrono::Months::new(1))?;
                Some((first, next - Days::new(1)))
            }
            Self::Winter => {
                let year = if day.month() <= 3 { day.year() - 1 } else { day.year() };
                let (first, last) = (on(year, 11, 15)?, on(year + 1, 3, 15)?);
                (first..=last).contains(&day).then_some((first, last))
            }
        }
    }
}

impl Definition {
    fn parse(text: &str) -> Result<Self, Flaw> {
        let read: Self = toml::from_str(text)?;
        match read.flaw() {
            Some(what) => Err(Flaw::Sense { table: read.code, what }),
            None => Ok(read),
        }
    }

    /// What of it makes no sense.
    fn flaw(&self) -> Option<String> {
        if self.rows.len() > MOST || self.columns.len() > MOST {
            return Some(format!("more than {MOST} rows or columns"));
        }
        for (place, column) in self.columns.iter().enumerate() {
            let kind = column.count.kind();
            if self.columns[..place].iter().any(|before| before.number == column.number) {
                return Some(format!("two columns are number {}", column.number));
            }
            let lines = self.rows.iter().map(|line| &line.predicate);
            if !lines.chain([&column.predicate]).all(|asked| asked.suits(kind)) {
                return Some(format!("column {} counts what has not all asked for", column.number));
            }
        }
        let flawed = self.equations.iter().find(|equation| !self.adds_up(equation))?;
        Some(format!("{}: columns of one kind of record, each at one station", flawed.text))
    }

    /// Whether the columns of an equation are there and count records that can be told to be to blame:
    /// of one kind, and of those that belong to one station.
    fn adds_up(&self, equation: &Equation) -> bool {
        let numbers = equation.left.iter().chain(&equation.right);
        let kinds: Option<Vec<_>> =
            numbers.map(|number| Some(self.column(*number)?.1.count.kind())).collect();
        let whole = |kind: RecordKind| !matches!(kind, RecordKind::Person | RecordKind::Station);
        kinds.is_some_and(|kinds| whole(kinds[0]) && kinds.iter().all(|kind| *kind == kinds[0]))
    }

    /// Whether any row or column asks so.
    pub(super) fn asks(&self, what: fn(&Predicate) -> bool) -> bool {
        let lines = self.rows.iter().map(|line| &line.predicate);
        let columns = self.columns.iter().map(|column| &column.predicate);
        lines.chain(columns).any(|predicate| predicate.asks(what))
    }

    /// Whether any column counts records of one of these kinds.
    pub(super) fn counts(&self, kinds: &[RecordKind]) -> bool {
        self.columns.iter().any(|column| kinds.contains(&column.count.kind()))
    }

    /// The column of this number, and its place.
    #[must_use]
    pub fn column(&self, number: i64) -> Option<(usize, &Column)> {
        self.columns.iter().enumerate().find(|(_, column)| column.number == number)
    }
}

/// Every table in every version.
#[must_use]
pub fn all() -> &'static [Definition] {
    &DEFINITIONS
}

/// The table of this code in the version that holds on a day.
pub(super) fn on(code: &str, day: NaiveDate) -> Option<&'static Definition> {
    let known = all().iter().filter(|table| table.code == code && table.from <= day);
    known.max_by_key(|table| table.version)
}

/// The table of this code in this version.
#[must_use]
pub fn find(code: &str, version: i64) -> Option<&'static Definition> {
    all().iter().find(|table| table.code == code && table.version == version)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn every_file_is_fit_for_use() {
        for text in FILES {
            Definition::parse(text).unwrap();
        }
        assert_eq!(all().len(), FILES.len());
    }

    #[test]
    fn a_version_that_tables_were_signed_by_is_never_edited() {
        // A correction is a new file with the next version, for periods to come.
        let digests = FILES.map(|text| crate::hex(&Sha256::digest(text))[..16].to_owned());
        assert_eq!(digests, ["77a6f9d892944490", "9c52a77d9e227fda", "6d61300fe322b258"]);
    }

    #[test]
    fn a_winter_is_the_heating_season() {
        let winter = (day("2026-11-15"), day("2027-03-15"));
        for inside in ["2026-11-15", "2026-12-31", "2027-03-15"] {
            assert_eq!(Period::Winter.span(day(inside)), Some(winter), "{inside}");
        }
        for outside in ["2026-11-14", "2027-03-16"] {
            assert_eq!(Period::Winter.span(day(outside)), None, "{outside}");
        }
    }

    #[test]
    fn a_month_ends_with_its_last_day() {
        let february = (day("2028-02-01"), day("2028-02-29"));
        assert_eq!(Period::Month.span(day("2028-02-10")), Some(february));
    }

    #[test]
    fn what_makes_no_sense_is_not_used() {
        let table = |rest: &str| {
            format!(
                "code = \"T\"\nversion = 1\nfrom = \"2026-01-01\"\nperiod = \"MONTH\"\n\
                 title = {{ zh = \"表\", en = \"t\" }}\n{rest}"
            )
        };
        let column = |number: u8, count: &str, rest: &str| {
            format!(
                "[[columns]]\nnumber = {number}\ntitle = {{ zh = \"列\", en = \"c\" }}\n\
                 count = \"{count}\"\n{rest}\n"
            )
        };
        let (one, two) = (column(1, "VISITS", ""), column(2, "VISITS", ""));
        Definition::parse(&table(&format!("equations = [\"1 = 2\"]\n{one}{two}"))).unwrap();
        for wrong in [
            format!("{one}{one}"),
            format!("equations = [\"1 = 3\"]\n{one}{two}"),
            format!("equations = [\"1\"]\n{one}{two}"),
            format!("equations = [\"1 = 2\"]\n{one}{}", column(2, "NEEDS_OPEN", "")),
            format!("equations = [\"1 = 1\"]\n{}", column(1, "PEOPLE_VISITED", "")),
            column(1, "VISITS", "where = { risk = [\"HIGH\"] }"),
            column(1, "VISITS", "where = { colour = [\"RED\"] }"),
        ] {
            assert!(Definition::parse(&table(&wrong)).is_err(), "{wrong}");
        }
    }
}
