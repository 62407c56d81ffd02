//! By what rows are split into the cells of a table, and which of its cells a filter asks for.

use std::mem;

use entity::LedgerKind;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, Value,
    sea_query::{Expr, ExprTrait, IntoCondition, Query, TableRef},
};

use crate::{access::Viewer, ledgers::Standing, policy::Class};

/// What splits rows into cells. The last key names the cell; those before it name the table.
#[derive(Clone, Debug)]
pub(crate) struct Split {
    pub keys: Vec<Expr>,
    /// What it needs beside the rows; rows for which there is none have an empty key.
    pub join: Option<(TableRef, Condition)>,
    /// Whether a row may stand in several cells.
    pub overlaps: bool,
    /// Whether a row may stand in a cell more than once.
    pub repeats: bool,
    /// What the cells tell of people.
    pub class: Option<Class>,
}

impl Split {
    /// Not at all: the one cell of all rows.
    pub fn none() -> Self {
        Self { keys: Vec::new(), join: None, overlaps: false, repeats: false, class: None }
    }

    pub fn by(key: impl Into<Expr>) -> Self {
        Self { keys: vec![key.into()], ..Self::none() }
    }

    /// By a column of another table, which is joined on this.
    pub fn through(table: impl EntityTrait, on: impl IntoCondition, key: impl ColumnTrait) -> Self {
        let join = Some((table.table_ref(), on.into_condition()));
        Self { join, ..Self::by(key.into_expr()) }
    }

    pub fn overlapping(self) -> Self {
        Self { overlaps: true, ..self }
    }

    pub fn repeating(self) -> Self {
        Self { repeats: true, ..self }
    }

    pub fn telling(self, class: Class) -> Self {
        Self { class: Some(class), ..self }
    }

    /// A table for each value of this.
    pub fn of_each(mut self, table: impl Into<Expr>) -> Self {
        self.keys.insert(0, table.into());
        self
    }

    /// By the tables alone, where there are several.
    pub fn of_tables(&self) -> Option<Self> {
        let (_, tables) = self.keys.split_last().filter(|(_, tables)| !tables.is_empty())?;
        Some(Self { keys: tables.to_vec(), ..Self::none() })
    }

    /// The rows that stand in several of these cells, or of all; none where rows never do.
    pub(super) fn in_several(&self, cells: &[String]) -> Option<Condition> {
        let (key, _) = self.keys.split_last().filter(|_| self.overlaps)?;
        let (table, on) = self.join.clone()?;
        let of_row = match cells {
            [] => Condition::all(),
            cells => Condition::all().add(key.clone().is_in(cells)),
        };
        let several = Query::select()
            .expr(key.clone().count_distinct())
            .from(table)
            .cond_where(on)
            .cond_where(of_row)
            .to_owned();
        Some(Condition::all().add(Expr::from(several).gt(1)))
    }
}

/// A part of a filter that picks cells of a table: all that the filter lets through without it.
pub struct Criterion<F> {
    pub(crate) wider: F,
    pub(crate) split: Split,
    /// The cells it picks.
    pub(crate) asked: Vec<String>,
    /// The cells whose rows it takes together: lets through, or keeps out.
    pub(crate) together: Vec<String>,
}

/// Takes a filter apart, list by list.
pub(crate) struct Criteria<'f, F> {
    filter: &'f F,
    pub found: Vec<Criterion<F>>,
}

impl<'f, F: Clone> Criteria<'f, F> {
    pub fn of(filter: &'f F) -> Self {
        Self { filter, found: Vec::new() }
    }

    /// One of these values of a closed list, where values are given.
    pub fn list<T: Into<Value>>(
        self,
        list: fn(&mut F) -> &mut Vec<T>,
        split: impl FnOnce() -> Split,
    ) -> Self {
        let mut wider = self.filter.clone();
        let asked: Vec<_> = mem::take(list(&mut wider)).into_iter().map(text).collect();
        self.with(wider, (asked.clone(), asked), split)
    }

    /// Rows of this key only, where it is set.
    pub fn flag(self, flag: fn(&mut F) -> &mut bool, key: &str, split: Split) -> Self {
        let mut wider = self.filter.clone();
        let asked = mem::take(flag(&mut wider)).then(|| key.to_owned());
        self.with(wider, (asked.into_iter().collect(), Vec::new()), || split)
    }

    /// Rows whose person, named by this column, stands in ledgers so.
    pub fn standing(
        self,
        standing: fn(&mut F) -> &mut Option<Standing>,
        viewer: &Viewer,
        person_id: impl ColumnTrait,
    ) -> Self {
        let mut wider = self.filter.clone();
        let Some(asked) = standing(&mut wider).take() else {
            return self;
        };
        let is_named = |kind: &&LedgerKind| asked.kinds.is_empty() || asked.kinds.contains(kind);
        let (named, others): (Vec<_>, Vec<_>) = LedgerKind::ALL.iter().partition(is_named);
        let codes = |kinds: Vec<&LedgerKind>| -> Vec<String> {
            kinds.into_iter().map(|kind| kind.code()).collect()
        };
        let (named, mut others) = (codes(named), codes(others));
        others.push(String::new());
        let picked = if asked.absent { others } else { named.clone() };
        self.with(wider, (picked, named), || asked.by_kind(viewer, person_id))
    }

    fn with(
        mut self,
        wider: F,
        (asked, together): (Vec<String>, Vec<String>),
        split: impl FnOnce() -> Split,
    ) -> Self {
        if !asked.is_empty() {
            self.found.push(Criterion { wider, split: split(), asked, together });
        }
        self
    }
}

/// A value as the key of a cell.
fn text(value: impl Into<Value>) -> String {
    match value.into() {
        Value::String(Some(text)) => text,
        Value::BigInt(Some(number)) => number.to_string(),
        value => value.to_string(),
    }
}
