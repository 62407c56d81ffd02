//! Which columns of a row are read. What is sealed is wide, and dear to send and to take in: of it a
//! list reads only what is shown.

use std::collections::HashSet;

use sea_orm::{
    ColumnTrait, ColumnType, EntityTrait, Iterable, QuerySelect, Select,
    sea_query::{Keyword, SelectStatement, SimpleExpr},
};

/// The columns to read of rows.
#[derive(Clone, Debug)]
pub enum Columns {
    All,
    /// What is not sealed, and the sealed columns behind these fields of the schema; the others
    /// come as null.
    Shown(HashSet<String>),
}

impl Columns {
    /// Whether a column is read.
    #[must_use]
    pub fn reads<C: ColumnTrait>(&self, column: C) -> bool {
        let Self::Shown(fields) = self else { return true };
        let about = column.def();
        match about.get_column_type() {
            // A row without it would be none.
            _ if !about.is_null() => true,
            ColumnType::Blob => fields.contains(&field_name(column)),
            // No field shows a blind index.
            ColumnType::VarBinary(_) => false,
            _ => true,
        }
    }

    pub(crate) fn select<E: EntityTrait>(&self) -> Select<E> {
        let mut select = E::find();
        let query = QuerySelect::query(&mut select);
        query.clear_selects();
        self.write::<E>(query, E::default().table_name());
        select
    }

    /// Has a statement give the columns of a table of this name.
    pub(crate) fn write<E: EntityTrait>(&self, query: &mut SelectStatement, table: &'static str) {
        for column in E::Column::iter() {
            match self.reads(column) {
                true => query.column((table, column)),
                false => query.expr_as(SimpleExpr::Keyword(Keyword::Null), column),
            };
        }
    }
}

/// A column as the schema writes it.
pub(crate) fn field_name<C: ColumnTrait>(column: C) -> String {
    let mut words = column.as_str().split('_');
    let mut key = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        key.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        key.push_str(letters.as_str());
    }
    key
}
