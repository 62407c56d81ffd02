//! Exports: the answer of a job, made into a file that a spreadsheet or a program opens.
//!
//! What stands in which table and column is told from outside ([`Table`]); here the rows are read from
//! the lines of the answer, written as a workbook, as separated values or as lines of JSON, and
//! kept in sealed parts. Lists within the rows are tables of their own, joined by a first column with
//! the key of the row they hang on.
//!
//! No temporary file and no more than a few parts in memory: each table is one pass over the lines,
//! and what a writer has written is sealed as soon as a part is full.

mod cells;
mod cover;
mod csv;
mod guarded;
pub mod ledger;
mod line;
mod make;
mod parquet;
mod ranges;
mod take;
mod walk;
mod xlsx;

use std::collections::BTreeMap;

use entity::{ExportFormat, ExportLayout};

pub use cover::Cover;
pub(crate) use guarded::unguarded;
pub use parquet::{KEY, PARENT};
pub use ranges::Span;
pub use take::Export;

/// Under which keys a row brings what only its file needs: its id, how many rows there are, and of a
/// list within it whether it has more rows than the question said that it wants.
pub const ID: &str = "exportId";
pub const FOUND: &str = "exportFound";
pub const PAGE: &str = "exportPage";

/// What file is made of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    pub format: ExportFormat,
    pub layout: ExportLayout,
}

/// A table of the file, and those of the lists within its rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The names of the fields that lead to it, as `visits.needs`.
    pub name: String,
    /// What it is called for people.
    pub title: String,
    /// The keys that lead from a row of the table above to the list; for the first table none.
    pub path: Vec<String>,
    /// Only rows with this `__typename`.
    pub only: Option<String>,
    /// One row, which has no key.
    pub single: bool,
    /// How many rows it has at most, however many there are.
    pub at_most: Option<u64>,
    /// Whether its rows have an id; others are numbered.
    pub has_id: bool,
    /// The keys that lead, from a row of the table above, to whether the list has more rows than were
    /// asked for.
    pub more: Vec<String>,
    pub columns: Vec<Column>,
    pub within: Vec<Table>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub header: String,
    /// The keys that lead to the value from the row.
    pub path: Vec<String>,
    pub form: Form,
    /// By which names `extensions.sight` may tell of it, such as `Person.name`.
    pub fields: Vec<String>,
}

/// What the values of a column are, and how they are written for people.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    Text,
    /// A whole number.
    Number,
    Fraction,
    Truth,
    Day,
    Instant,
    /// Codes, each with its word.
    Words(BTreeMap<String, String>),
    /// A list of such values.
    List(Box<Form>),
}

impl Form {
    /// About how many characters a value has.
    fn width(&self) -> usize {
        match self {
            Self::Number | Self::Fraction | Self::Truth => 8,
            Self::Day => 11,
            Self::Instant => 19,
            Self::Text | Self::Words(_) | Self::List(_) => 10,
        }
    }
}
