//! Rows written from their images: the way back from what a trace keeps.

use chrono::{DateTime, Utc};
use entity::Sealed;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IdenStatic, IntoActiveModel, Iterable, ModelTrait,
    TryIntoModel, Value, sea_query::ColumnType,
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    rows::Rows,
    trace::{Image, Of, Touch, image, is_bookkeeping, is_sealed},
};
use crate::{
    clock::Clock,
    keys::{KeyFault, Keyring},
};

/// Whether a row says anything else than an image of it.
pub(super) fn differs(now: &Image, then: &Image) -> bool {
    let mut said = then.iter().filter(|(column, _)| !is_bookkeeping(column));
    said.any(|(column, value)| now.get(column).unwrap_or(&Json::Null) != value)
}

/// The row of an image.
///
/// # Errors
/// `Broken` where it is none.
pub(super) fn made<M>(ring: &Keyring, id: Uuid, image: &Image) -> Result<M, KeyFault>
where
    M: ModelTrait,
    <M::Entity as EntityTrait>::ActiveModel: ActiveModelTrait<Entity = M::Entity> + TryIntoModel<M>,
{
    let mut row = <<M::Entity as EntityTrait>::ActiveModel as ActiveModelTrait>::default();
    for column in <M::Entity as EntityTrait>::Column::iter() {
        let value = image.get(column.as_str()).unwrap_or(&Json::Null);
        set(ring, (&mut row, column), id, value)?;
    }
    row.try_into_model().map_err(|_| KeyFault::Broken)
}

/// Writes values over a row, or the row itself where it is gone; gives what that did.
pub(super) fn put<E>(
    (ring, clock): (&Keyring, Clock),
    rows: &mut Rows<E>,
    (of, id, is_gone): (Of, Uuid, bool),
    values: &Image,
) -> Result<Option<Touch>, KeyFault>
where
    E: EntityTrait,
    E::Model: Clone + ModelTrait<Entity = E> + IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + TryIntoModel<E::Model> + Send,
{
    let mut values = values.clone();
    let (row, before) = if is_gone {
        (made::<E::Model>(ring, id, &values)?, None)
    } else {
        values.retain(|column, _| !is_bookkeeping(column));
        let Some(row) = rows.get(id).filter(|_| !values.is_empty()) else { return Ok(None) };
        let mut before = image(ring, row)?;
        before.retain(|column, _| values.contains_key(column));
        (row.clone(), Some(before))
    };
    let mut new = row.clone().into_active_model();
    for column in E::Column::iter() {
        match (column.as_str(), row.get(column)) {
            ("version", Value::BigInt(Some(version))) => new.set(column, (version + 1).into()),
            ("updated_at", Value::ChronoDateTimeUtc(Some(at))) => {
                new.set(column, clock.not_before(at).into());
            }
            (name, _) => {
                if let Some(value) = values.get(name) {
                    set(ring, (&mut new, column), id, value)?;
                }
            }
        }
    }
    let new = new.try_into_model().map_err(|_| KeyFault::Broken)?;
    let after = if is_gone { image(ring, &new)? } else { values };
    rows.put(id, new);
    Ok(Some(Touch { of, id, before, after: Some(after) }))
}

/// Takes a row out; gives its image.
pub(super) fn taken_away<E>(
    ring: &Keyring,
    rows: &mut Rows<E>,
    id: Uuid,
) -> Result<Option<Image>, KeyFault>
where
    E: EntityTrait,
    E::Model: Clone + ModelTrait<Entity = E> + IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let was = rows.get(id).map(|row| image(ring, row)).transpose()?;
    rows.remove(id);
    Ok(was)
}

fn set<A>(
    ring: &Keyring,
    (row, column): (&mut A, <A::Entity as EntityTrait>::Column),
    id: Uuid,
    value: &Json,
) -> Result<(), KeyFault>
where
    A: ActiveModelTrait,
{
    row.try_set(column, value_of(ring, column, id, value)?).map_err(|_| KeyFault::Broken)
}

/// A value as its column has it.
fn value_of<C: ColumnTrait>(
    ring: &Keyring,
    column: C,
    id: Uuid,
    value: &Json,
) -> Result<Value, KeyFault> {
    let text = value.as_str();
    let parsed = match column.def().get_column_type() {
        _ if is_sealed(&column) => match text {
            Some(text) => Value::from(ring.seal(column, id, text)),
            None => Value::from(None::<Sealed>),
        },
        // An index, which follows from another value.
        ColumnType::Binary(_) | ColumnType::VarBinary(_) => Value::Bytes(None),
        ColumnType::Uuid => Value::Uuid(parse(text)?),
        ColumnType::Date => Value::ChronoDate(parse(text)?),
        ColumnType::TimestampWithTimeZone => {
            Value::ChronoDateTimeUtc(parse::<DateTime<Utc>>(text)?)
        }
        ColumnType::BigInteger => Value::BigInt(value.as_i64()),
        ColumnType::Json | ColumnType::JsonBinary => {
            Value::Json((!value.is_null()).then(|| Box::new(value.clone())))
        }
        _ => Value::String(text.map(str::to_owned)),
    };
    Ok(parsed)
}

fn parse<T: std::str::FromStr>(text: Option<&str>) -> Result<Option<T>, KeyFault> {
    text.map(str::parse).transpose().map_err(|_| KeyFault::Broken)
}
