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
mod make;
mod ranges;
mod take;
mod walk;
mod xlsx;

use std::collections::BTreeMap;

use entity::{ExportFormat, ExportLayout};

pub use cover::Cover;
pub(crate) use guarded::unguarded;
pub use ranges::Span;
pub use take::Export;

/// Under which keys a row brings what only its file needs: its id, and how many rows there are.
pub const ID: &str = "exportId";
pub const FOUND: &str = "exportFound";

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

/// How the values of a column are written for people.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    Text,
    Number,
    Truth,
    Day,
    Instant,
    /// Codes, each with its word.
    Words(BTreeMap<String, String>),
    /// Of a list within the row the values under this key.
    Each(Vec<String>, Box<Form>),
}

impl Form {
    /// About how many characters a value has.
    fn width(&self) -> usize {
        match self {
            Self::Number | Self::Truth => 8,
            Self::Day => 11,
            Self::Instant => 19,
            Self::Text | Self::Words(_) | Self::Each(..) => 10,
        }
    }
}
