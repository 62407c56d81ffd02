//! What one item did to the record: each row as it was and as it became, in values that are open. An
//! import shows it before it is done, and keeps it with what was done, so that it can be taken back.

use std::{borrow::Cow, collections::BTreeMap};

use chrono::NaiveDate;
use entity::{Risk, Sealed, Service};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IdenStatic, IntoActiveModel, Iterable, ModelTrait,
    Value, sea_query::ColumnType,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{group::Group, rows::Rows};
use crate::keys::{KeyFault, Keyring};

/// Column → value. A sealed value is open, an index is left out: it follows from its value.
pub(crate) type Image = BTreeMap<Cow<'static, str>, Json>;

/// Whether a column says how often or when a row was written, and not what it says.
pub(crate) fn is_bookkeeping(column: &str) -> bool {
    matches!(column, "version" | "created_at" | "recorded_at" | "updated_at")
}

/// The tables that a row of a workbook writes to by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Of {
    Person,
    Entry,
    Child,
    Elderly,
    Disabled,
    Visit,
    Need,
}

/// A row that was made, changed or removed. Of one that was changed, the columns that differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Touch {
    pub of: Of,
    pub id: Uuid,
    pub before: Option<Image>,
    pub after: Option<Image>,
}

/// A link, a service or the like, which is there or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tie<T> {
    pub of: Uuid,
    pub to: T,
    /// Whether it was made, and else removed.
    pub made: bool,
}

/// The risk of an entry from a day on; none where there was no such row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spell {
    pub entry: Uuid,
    pub from_on: NaiveDate,
    pub before: Option<Option<Risk>>,
    pub after: Option<Option<Risk>>,
}

/// All that one item did, in the order in which it may be done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trace {
    pub rows: Vec<Touch>,
    /// Persons and the stations that serve them.
    pub links: Vec<Tie<Uuid>>,
    /// Visits and the services given at them.
    pub services: Vec<Tie<Service>>,
    pub spells: Vec<Spell>,
    /// Of an undoing: what it left as it was, to be tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Box<Self>>,
}

impl Trace {
    /// Whether the record says anything else than before.
    pub fn changes_nothing(&self) -> bool {
        let is_written_only = |touch: &Touch| match (&touch.before, &touch.after) {
            (Some(before), Some(_)) => {
                before.keys().all(|column| is_bookkeeping(column) || column == "submission_id")
            }
            _ => false,
        };
        self.rows.iter().all(is_written_only) && self.links.is_empty() && self.spells.is_empty()
    }

    /// Both, the other one after this.
    pub fn and(mut self, other: Self) -> Self {
        self.rows.extend(other.rows);
        self.links.extend(other.links);
        self.services.extend(other.services);
        self.spells.extend(other.spells);
        self
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub fn touch(&self, of: Of) -> impl Iterator<Item = &Touch> {
        self.rows.iter().filter(move |touch| touch.of == of)
    }
}

/// How far the lists of a group had come before an item.
pub(super) struct Mark {
    visits: usize,
    services: usize,
    links: usize,
}

impl Group<'_> {
    /// From now on what each item does is kept.
    pub(super) fn trace(&mut self) {
        self.traces = Some(BTreeMap::new());
        self.persons.trace();
        self.entries.trace();
        self.children.trace();
        self.elderly.trace();
        self.disabled.trace();
        self.needs.trace();
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            visits: self.visits.len(),
            services: self.services.len(),
            links: self.new_links.len(),
        }
    }

    /// Keeps what was done since the mark as done by this item.
    pub(super) fn keep_trace(&mut self, item: Uuid, mark: &Mark) -> Result<(), KeyFault> {
        if self.traces.is_none() {
            return Ok(());
        }
        let ring = std::sync::Arc::clone(&self.keys);
        let mut rows = Vec::new();
        rows.extend(touches(&ring, Of::Person, &mut self.persons)?);
        rows.extend(touches(&ring, Of::Entry, &mut self.entries)?);
        rows.extend(touches(&ring, Of::Child, &mut self.children)?);
        rows.extend(touches(&ring, Of::Elderly, &mut self.elderly)?);
        rows.extend(touches(&ring, Of::Disabled, &mut self.disabled)?);
        for visit in &self.visits[mark.visits..] {
            let after = Some(image(&ring, visit)?);
            rows.push(Touch { of: Of::Visit, id: visit.id, before: None, after });
        }
        rows.extend(touches(&ring, Of::Need, &mut self.needs)?);
        let links = self.new_links[mark.links..].iter();
        let services = self.services[mark.services..].iter();
        let trace = Trace {
            rows,
            links: links
                .map(|link| Tie { of: link.person_id, to: link.station_id, made: true })
                .collect(),
            services: services
                .map(|given| Tie { of: given.visit_id, to: given.service, made: true })
                .collect(),
            spells: std::mem::take(&mut self.spells_traced),
            rest: None,
        };
        if let Some(traces) = &mut self.traces {
            traces.insert(item, trace);
        }
        Ok(())
    }
}

fn touches<E>(ring: &Keyring, of: Of, rows: &mut Rows<E>) -> Result<Vec<Touch>, KeyFault>
where
    E: EntityTrait,
    E::Model: Clone + IntoActiveModel<E::ActiveModel> + ModelTrait<Entity = E>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let mut touches = Vec::new();
    for (id, before, after) in rows.take_traced() {
        let before = before.map(|row| image(ring, &row)).transpose()?;
        touches.extend(touch(of, id, before, Some(image(ring, &after)?)));
    }
    touches.sort_by_key(|touch| touch.id);
    Ok(touches)
}

/// What became of a row; none where it is as it was.
pub(crate) fn touch(
    of: Of,
    id: Uuid,
    before: Option<Image>,
    after: Option<Image>,
) -> Option<Touch> {
    let (before, after) = match (before, after) {
        (Some(mut before), Some(mut after)) => {
            let differ = |column: &str, one: &Image, other: &Image| {
                one.get(column).unwrap_or(&Json::Null) != other.get(column).unwrap_or(&Json::Null)
            };
            let (whole_before, whole_after) = (before.clone(), after.clone());
            before.retain(|column, _| differ(column, &whole_before, &whole_after));
            after.retain(|column, _| differ(column, &whole_before, &whole_after));
            if before.is_empty() {
                return None;
            }
            (Some(before), Some(after))
        }
        other => other,
    };
    Some(Touch { of, id, before, after })
}

/// A row by its columns.
///
/// # Errors
/// Where a sealed value does not open.
pub(crate) fn image<M: ModelTrait>(ring: &Keyring, row: &M) -> Result<Image, KeyFault> {
    let (id, mut image) = (crate::keys::id_of(row), Image::new());
    for column in <M::Entity as EntityTrait>::Column::iter() {
        let value = match row.get(column) {
            Value::Bytes(bytes) if is_sealed(&column) => match bytes {
                Some(bytes) => Json::String(opened(ring, column, id, bytes)?),
                None => Json::Null,
            },
            Value::Bytes(_) => continue,
            value => plain(value),
        };
        image.insert(Cow::Borrowed(column.as_str()), value);
    }
    Ok(image)
}

fn opened<C: ColumnTrait>(
    ring: &Keyring,
    column: C,
    id: Uuid,
    bytes: Vec<u8>,
) -> Result<String, KeyFault> {
    let sealed = Sealed::try_from(Value::Bytes(Some(bytes))).map_err(|_| KeyFault::Broken)?;
    match sealed.plain() {
        Some(plain) => Ok(plain.to_owned()),
        None => ring.open(column, id, &sealed).map_err(|_| KeyFault::Broken),
    }
}

pub(super) fn is_sealed<C: ColumnTrait>(column: &C) -> bool {
    *column.def().get_column_type() == ColumnType::Blob
}

fn plain(value: Value) -> Json {
    match value {
        Value::BigInt(Some(number)) => number.into(),
        Value::String(Some(text)) => text.into(),
        Value::Json(Some(json)) => *json,
        Value::ChronoDate(Some(day)) => serde_json::json!(day),
        Value::ChronoDateTimeUtc(Some(at)) => serde_json::json!(at),
        Value::Uuid(Some(id)) => serde_json::json!(id),
        _ => Json::Null,
    }
}
