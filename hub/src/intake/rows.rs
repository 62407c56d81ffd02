//! Rows held in memory while a group of submissions is recorded: what was read, what was made, what
//! was changed. They are written at the end, many in a statement.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    Iterable, PrimaryKeyToColumn, QueryFilter, Value, sea_query::OnConflict,
};
use uuid::Uuid;

use super::writing::Writing;

/// The most values one statement binds; SQLite takes 32,766.
pub(super) const BINDS: usize = 30_000;

/// The rows of one table, by their key.
pub(super) struct Rows<E: EntityTrait> {
    rows: HashMap<Uuid, E::Model>,
    changed: BTreeSet<Uuid>,
    /// How the changed stood when they were read.
    before: HashMap<Uuid, E::Model>,
    /// Rows taken out, as they were read.
    removed: HashMap<Uuid, E::Model>,
    /// How what one item changes stood before it, where that is kept.
    traced: Option<HashMap<Uuid, Option<E::Model>>>,
}

impl<E: EntityTrait> Default for Rows<E> {
    fn default() -> Self {
        Self {
            rows: HashMap::new(),
            changed: BTreeSet::new(),
            before: HashMap::new(),
            removed: HashMap::new(),
            traced: None,
        }
    }
}

impl<E> Rows<E>
where
    E: EntityTrait,
    E::Model: Clone + IntoActiveModel<E::ActiveModel> + 'static,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    /// Takes in a row that was read.
    pub fn read(&mut self, key: Uuid, row: E::Model) {
        self.rows.insert(key, row);
    }

    pub fn get(&self, key: Uuid) -> Option<&E::Model> {
        self.rows.get(&key)
    }

    pub fn holds(&self, key: Uuid) -> bool {
        self.rows.contains_key(&key)
    }

    pub fn keys(&self) -> impl Iterator<Item = Uuid> {
        self.rows.keys().copied()
    }

    pub fn rows(&self) -> impl Iterator<Item = &E::Model> {
        self.rows.values()
    }

    /// Takes in a row that was made or changed.
    pub fn put(&mut self, key: Uuid, row: E::Model) {
        let old = self.rows.insert(key, row);
        self.note(key, old);
    }

    /// Changes a row that is held.
    pub fn change(&mut self, key: Uuid, change: impl FnOnce(&mut E::Model)) {
        if let Some(row) = self.rows.get_mut(&key) {
            let old = row.clone();
            change(row);
            self.note(key, Some(old));
        }
    }

    /// Takes out a row that was read.
    pub fn remove(&mut self, key: Uuid) {
        if let Some(row) = self.rows.remove(&key) {
            self.changed.remove(&key);
            let as_read = self.before.remove(&key).unwrap_or(row);
            self.removed.insert(key, as_read);
        }
    }

    /// The rows that were taken out, as they were read.
    pub fn removed(&self) -> impl Iterator<Item = &E::Model> {
        self.removed.values()
    }

    /// From now on keeps how what is changed stood before.
    pub fn trace(&mut self) {
        self.traced = Some(HashMap::new());
    }

    /// What was made or changed since this was last asked: as it was, and as it is.
    pub fn take_traced(&mut self) -> Vec<(Uuid, Option<E::Model>, E::Model)> {
        let traced = self.traced.as_mut().map(std::mem::take).unwrap_or_default();
        let now = |(key, old)| Some((key, old, self.rows.get(&key)?.clone()));
        traced.into_iter().filter_map(now).collect()
    }

    fn note(&mut self, key: Uuid, old: Option<E::Model>) {
        if let Some(traced) = &mut self.traced {
            traced.entry(key).or_insert_with(|| old.clone());
        }
        let is_first = self.changed.insert(key);
        self.before.extend(old.filter(|_| is_first).map(|old| (key, old)));
    }

    /// The rows that were read and changed, each as it was and as it is.
    pub fn replaced(&self) -> impl Iterator<Item = (&E::Model, &E::Model)> {
        self.before.iter().filter_map(|(key, old)| Some((old, self.rows.get(key)?)))
    }

    /// Has what was made or changed written.
    pub fn flush(&mut self, writing: &mut Writing) {
        let changed = std::mem::take(&mut self.changed);
        let rows: Vec<_> = changed.iter().filter_map(|key| self.rows.get(key)).cloned().collect();
        let mut on_conflict = OnConflict::columns(E::PrimaryKey::iter());
        on_conflict.update_columns(E::Column::iter());
        writing.add::<E>(rows, Some(on_conflict));
    }

    /// Deletes what was taken out.
    pub async fn flush_removed(&self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        let keys = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
        for key in keys {
            delete_among::<E>(tx, key, values(self.removed.keys().copied())).await?;
        }
        Ok(())
    }
}

/// Deletes the rows whose column has one of the values.
pub(super) async fn delete_among<E: EntityTrait>(
    tx: &impl ConnectionTrait,
    column: E::Column,
    values: Vec<Value>,
) -> Result<(), DbErr> {
    for some in values.chunks(BINDS) {
        E::delete_many().filter(column.is_in(some.to_vec())).exec(tx).await?;
    }
    Ok(())
}

/// The rows whose column has one of the values, in as many statements as the binds need.
pub(super) async fn among<E: EntityTrait>(
    tx: &impl ConnectionTrait,
    column: E::Column,
    values: Vec<Value>,
    only: Option<Condition>,
) -> Result<Vec<E::Model>, DbErr> {
    let mut rows = Vec::new();
    for some in values.chunks(BINDS) {
        let mut query = E::find().filter(column.is_in(padded(some.to_vec())));
        if let Some(only) = &only {
            query = query.filter(only.clone());
        }
        rows.extend(query.all(tx).await?);
    }
    Ok(rows)
}

/// Values that are looked among, with the last one repeated: of so many different lengths as there
/// are powers of two, not of any, a connection keeps the statements.
pub(crate) fn padded<V: Clone>(mut values: Vec<V>) -> Vec<V> {
    if let Some(last) = values.last().cloned() {
        let length = values.len().next_power_of_two().min(BINDS).max(values.len());
        values.resize(length, last);
    }
    values
}

/// Values to bind.
pub(super) fn values<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Vec<Value> {
    values.into_iter().map(Into::into).collect()
}
