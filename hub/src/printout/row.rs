//! A row of a table as it is printed: every column, in the order of the table.

use std::collections::HashMap;

use chrono::SecondsFormat;
use sea_orm::{
    ColumnTrait, ColumnType, EntityTrait, IdenStatic, Iterable, ModelTrait, Value as Cell,
};
use serde::{Serialize, Serializer};
use serde_json::Value;
use uuid::Uuid;

use crate::{Hub, HubError, columns};

/// Keys, as the schema writes them, with their values.
#[derive(Clone, Debug, Default)]
pub struct Row(pub Vec<(String, Value)>);

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// Stations, divisions and accounts, as rows name them.
pub(super) struct Names {
    pub by_id: HashMap<Uuid, Value>,
    pub by_code: HashMap<String, Value>,
}

impl Names {
    pub fn of_id(&self, id: Option<Uuid>) -> Value {
        id.and_then(|id| self.by_id.get(&id)).cloned().unwrap_or_default()
    }
}

/// What a row refers to by these columns is printed with its name instead of its id.
const NAMED: [(&str, &str); 6] = [
    ("station_id", "station"),
    ("account_id", "account"),
    ("decided_by", "decidedBy"),
    ("signed_by", "signedBy"),
    ("returned_by", "returnedBy"),
    ("division_code", "division"),
];

impl Hub {
    /// Every column of a row, sealed ones opened, or left out where that is said.
    pub(super) async fn printed<M: ModelTrait>(
        &self,
        row: &M,
        names: &Names,
        withhold: bool,
    ) -> Result<Row, HubError> {
        let mut cells = Vec::new();
        for column in <M::Entity as EntityTrait>::Column::iter() {
            let name = column.as_str();
            let named = NAMED.iter().find(|(column, _)| *column == name);
            let value = match column.def().get_column_type() {
                // Made from a sealed value beside it, to find it by.
                ColumnType::VarBinary(_) => continue,
                ColumnType::Blob if withhold => Value::Null,
                ColumnType::Blob => self.unsealed(row, column).await?.into(),
                _ if named.is_some() => name_of(row.get(column), names),
                _ => json(row.get(column)),
            };
            let key =
                named.map_or_else(|| columns::field_name(column), |(_, key)| (*key).to_owned());
            cells.push((key, value));
        }
        Ok(Row(cells))
    }
}

impl Row {
    /// The row without these keys.
    pub fn without(mut self, keys: &[&str]) -> Self {
        self.0.retain(|(key, _)| !keys.contains(&key.as_str()));
        self
    }

    /// The row with one more key.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.push((key.to_owned(), value.into()));
        self
    }
}

impl From<Row> for Value {
    fn from(row: Row) -> Self {
        Self::Object(row.0.into_iter().collect())
    }
}

fn name_of(cell: Cell, names: &Names) -> Value {
    match cell {
        Cell::Uuid(id) => names.of_id(id),
        Cell::String(Some(code)) => {
            names.by_code.get(&code).cloned().unwrap_or_else(|| code.into())
        }
        other => json(other),
    }
}

fn json(cell: Cell) -> Value {
    match cell {
        Cell::ChronoDate(day) => day.map(|day| day.to_string()).into(),
        Cell::ChronoDateTimeUtc(at) => {
            at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)).into()
        }
        other => sea_orm::sea_query::sea_value_to_json_value(&other),
    }
}
