//! Writes rows as the answer, value by value.

use std::sync::Arc;

use async_graphql::Value as GraphValue;
use chrono::NaiveDate;
use entity::Sealed;
use hub::{
    keys::Keyring,
    policy::{Sight, minor_on},
    tree::{Prepared, Span, Tree},
};
use sea_orm::Value;
use serde::Serialize;
use uuid::Uuid;

use super::{
    plan::{InfoWhat, Minor, Node, PagePart, PageWhat, Part, Root, What},
    table::{Cursor, Shows},
};
use crate::notes::Notes;

/// It cannot be answered straight after all: a value does not open, or is of another kind.
#[derive(Debug)]
pub(super) struct Stop;

/// How the rows of a root are read.
pub(super) struct Reading {
    pub prepared: Arc<Prepared>,
    /// Of each node which branch; none where its rows are not needed.
    pub branches: Vec<Option<usize>>,
    /// Of each branch: the cursors of its rows, and where their sort key is.
    pub cursors: Vec<(Cursor, Option<usize>)>,
}

/// The rows of a root.
pub(super) struct Rows<'a> {
    pub tree: Tree,
    pub reading: &'a Reading,
}

pub(super) struct Writer<'a> {
    pub notes: &'a Notes,
    pub ring: &'a Keyring,
    pub out: Vec<u8>,
}

/// A place in the rows of a root.
#[derive(Clone, Copy)]
struct At<'a> {
    root: &'a Root,
    rows: &'a Rows<'a>,
}

impl At<'_> {
    fn node(&self, node: usize) -> &Node {
        &self.root.nodes[node]
    }

    fn cell(&self, node: usize, row: usize, column: usize) -> Result<&Value, Stop> {
        let branch = self.rows.reading.branches[node].ok_or(Stop)?;
        Ok(self.rows.tree.cell(branch, row, column))
    }

    fn id(&self, node: usize, row: usize, column: usize) -> Result<Option<Uuid>, Stop> {
        match self.cell(node, row, column)? {
            Value::Uuid(id) => Ok(*id),
            _ => Err(Stop),
        }
    }

    fn born(&self, node: usize, row: usize, column: usize) -> Result<Option<NaiveDate>, Stop> {
        match self.cell(node, row, column)? {
            Value::ChronoDate(day) => Ok(*day),
            _ => Err(Stop),
        }
    }

    fn span(&self, node: usize, above: usize) -> Result<Span, Stop> {
        Ok(self.rows.tree.span(self.rows.reading.branches[node].ok_or(Stop)?, above))
    }
}

impl Writer<'_> {
    pub fn root(&mut self, root: &Root, rows: &Rows<'_>) -> Result<(), Stop> {
        let at = At { root, rows };
        self.text(&root.key);
        match &root.page {
            Some(parts) => self.page(at, (0, 0, true), parts),
            None => self.one(at, (0, 0, true)),
        }
    }

    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn json(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Stop> {
        serde_json::to_writer(&mut self.out, value).map_err(|_| Stop)
    }

    /// Things between brackets, with commas.
    fn all<T>(
        &mut self,
        brackets: [&str; 2],
        things: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.text(brackets[0]);
        for (at, thing) in things.into_iter().enumerate() {
            if at > 0 {
                self.text(",");
            }
            write(self, thing)?;
        }
        self.text(brackets[1]);
        Ok(())
    }

    /// The first row that hangs on one above, or null.
    fn one(&mut self, at: At<'_>, (node, above, minor): (usize, usize, bool)) -> Result<(), Stop> {
        let span = at.span(node, above)?;
        if span.start == span.end {
            self.text("null");
            return Ok(());
        }
        self.object(at, (node, span.start, minor))
    }

    fn page(
        &mut self,
        at: At<'_>,
        (node, above, minor): (usize, usize, bool),
        parts: &[PagePart],
    ) -> Result<(), Stop> {
        let span = at.span(node, above)?;
        self.all(["{", "}"], parts, |writer, PagePart { key, what }| {
            writer.text(key);
            match what {
                PageWhat::Typename(name) => writer.json(name),
                PageWhat::Nodes => writer.all(["[", "]"], span.start..span.end, |writer, row| {
                    writer.object(at, (node, row, minor))
                }),
                PageWhat::Info(parts) => writer.all(["{", "}"], parts, |writer, (key, what)| {
                    writer.text(key);
                    writer.info(at, (node, span), *what)
                }),
            }
        })
    }

    fn info(
        &mut self,
        at: At<'_>,
        (node, span): (usize, Span),
        what: InfoWhat,
    ) -> Result<(), Stop> {
        let cursor = |row: Option<usize>| {
            let Some(row) = row else { return Ok(None) };
            let branch = at.rows.reading.branches[node].ok_or(Stop)?;
            let (cursor, key) = &at.rows.reading.cursors[branch];
            let key = key.map(|column| at.cell(node, row, column).cloned()).transpose()?;
            Ok(Some(cursor(key, at.id(node, row, 0)?.ok_or(Stop)?)))
        };
        let rows = span.start..span.end;
        match what {
            InfoWhat::Typename => self.json("PageInfo"),
            InfoWhat::HasPrevious => self.json(&span.has_previous),
            InfoWhat::HasNext => self.json(&span.has_next),
            InfoWhat::Start => self.json(&cursor(rows.clone().next())?),
            InfoWhat::End => self.json(&cursor(rows.last())?),
        }
    }

    fn object(&mut self, at: At<'_>, (node, row, above): (usize, usize, bool)) -> Result<(), Stop> {
        let minor = self.is_minor(at, (node, row, above))?;
        self.all(["{", "}"], &at.node(node).parts, |writer, Part { key, what }| {
            writer.text(key);
            match what {
                What::Typename(name) => writer.json(name),
                What::Id => {
                    let id = at.id(node, row, 0)?.ok_or(Stop)?;
                    writer.json(&at.node(node).table.kind().id(id).0)
                }
                What::One(below) => writer.one(at, (*below, row, minor)),
                What::Page(below, parts) => writer.page(at, (*below, row, minor), parts),
                What::Value { .. } => writer.value(at, (node, row, minor), what),
            }
        })
    }

    /// Whether a row is about a minor, where what it shows goes by that. In doubt it is.
    fn is_minor(&self, at: At<'_>, (node, row, above): (usize, usize, bool)) -> Result<bool, Stop> {
        let born = match at.node(node).minor {
            Minor::Never => return Ok(true),
            Minor::Above => return Ok(above),
            Minor::Own(column) => at.born(node, row, column)?,
            Minor::Person(person, column) => {
                if at.rows.reading.branches[person].is_none() {
                    return Ok(true);
                }
                let span = at.span(person, row)?;
                if span.start == span.end {
                    return Ok(true);
                }
                at.born(person, span.start, column)?
            }
        };
        Ok(minor_on(born, self.notes.today))
    }

    fn value(
        &mut self,
        at: At<'_>,
        (node, row, minor): (usize, usize, bool),
        what: &What,
    ) -> Result<(), Stop> {
        let What::Value { field, at: cell, column, shows } = what else { return Err(Stop) };
        let (found, table) = (at.cell(node, row, *cell)?, at.node(node).table);
        let Some(class) = shows.class() else { return self.plain(found) };
        let sights = &self.notes.sights;
        let sight = if minor { sights.on_minor(class) } else { sights.on_adult(class) };
        let subject = at.node(node).subject.map(|column| at.id(node, row, column)).transpose()?;
        self.notes.add((table.kind().name(), field), class, sight, subject.flatten());
        let masked = match (sight, shows) {
            (Sight::Hidden, _) | (Sight::Masked, Shows::Plain(_)) => None,
            (_, Shows::Open | Shows::Plain(_)) => return self.plain(found),
            (sight, Shows::Masked(_, mask)) => match (found, sight) {
                (Value::String(Some(text)), Sight::Masked) => mask(text),
                _ => return self.plain(found),
            },
            (sight, Shows::Sealed(_, mask)) => {
                let Value::Bytes(bytes) = found else { return Err(Stop) };
                let opened = bytes.as_ref().map(|bytes| {
                    let id = at.id(node, row, 0)?.ok_or(Stop)?;
                    let sealed = Sealed::try_from(Value::from(bytes.clone())).map_err(|_| Stop)?;
                    table.open(self.ring, *column, id, &sealed).map_err(|_| Stop)
                });
                let opened = opened.transpose()?;
                if sight == Sight::Masked { opened.and_then(|text| mask(&text)) } else { opened }
            }
        };
        self.json(&masked)
    }

    /// A value that is seen.
    fn plain(&mut self, value: &Value) -> Result<(), Stop> {
        match value {
            Value::String(text) => self.json(text),
            Value::BigInt(number) => self.json(number),
            Value::ChronoDate(day) => self.json(&day.map(|day| day.to_string())),
            Value::ChronoDateTimeUtc(at) => self.json(&at.map(|at| at.to_rfc3339())),
            _ => Err(Stop),
        }
    }

    /// Ends an answer, with what is told beside it.
    pub fn end(
        mut self,
        beside: &std::collections::BTreeMap<String, GraphValue>,
    ) -> Result<Vec<u8>, Stop> {
        self.text("}");
        if !beside.is_empty() {
            self.text(",\"extensions\":");
            self.json(beside)?;
        }
        self.text("}");
        Ok(self.out)
    }
}
