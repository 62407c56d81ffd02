//! Paging, once for all lists: keyset cursors over (sort column, id), so that a page stays right
//! while rows are added.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ColumnTrait, ColumnType, Condition, ModelTrait, QuerySelect, Select, Value,
    sea_query::{Expr, ExprTrait, Order as Direction, SelectStatement},
};
use uuid::Uuid;

use crate::{HubError, listing::Listing};

/// How many rows a page has where no number is asked for.
pub const DEFAULT_ROWS: u64 = 20;
/// The most rows of a page.
pub const MAX_ROWS: u64 = 200;

/// Which page of a list, in the words of Relay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Window {
    pub first: Option<i64>,
    pub after: Option<String>,
    pub last: Option<i64>,
    pub before: Option<String>,
}

impl Window {
    /// The first rows of the list.
    #[must_use]
    pub fn first(rows: i64) -> Self {
        Self { first: Some(rows), ..Self::default() }
    }
}

/// A page of a list, in the order of the list.
#[derive(Clone, Debug)]
pub struct Page<M> {
    pub rows: Vec<M>,
    pub has_previous: bool,
    pub has_next: bool,
}

/// How the rows of a list are sorted: by a column that is never null, then by id, both in one
/// direction. Without a column, by id, which is the order of creation.
#[derive(Clone, Copy, Debug)]
pub struct Sort<C> {
    pub column: Option<C>,
    pub descending: bool,
}

/// The orders a list can be asked in.
pub trait Order<C>:
    Copy + Default + std::fmt::Debug + Eq + std::hash::Hash + Send + Sync + 'static
{
    fn sort(self) -> Sort<C>;
}

/// An enum of orders: `Name: column direction`, the first being the default.
macro_rules! orders {
    ($(#[$about:meta])* $name:ident($entity:ident) { $first:ident: $($rest:tt)* }) => {
        crate::page::orders!(@collect $(#[$about])* $name $entity $first [] $first: $($rest)*);
    };
    (@collect $(#[$about:meta])* $name:ident $entity:ident $default:ident [$($done:tt)*]
        $order:ident: id $direction:ident $(, $($rest:tt)*)?) => {
        crate::page::orders!(@collect $(#[$about])* $name $entity $default
            [$($done)* { $order, None, $direction }] $($($rest)*)?);
    };
    (@collect $(#[$about:meta])* $name:ident $entity:ident $default:ident [$($done:tt)*]
        $order:ident: $column:ident $direction:ident $(, $($rest:tt)*)?) => {
        crate::page::orders!(@collect $(#[$about])* $name $entity $default
            [$($done)* { $order, Some($entity::Column::$column), $direction }] $($($rest)*)?);
    };
    (@collect $(#[$about:meta])* $name:ident $entity:ident $default:ident
        [$({ $order:ident, $column:expr, $direction:ident })+]) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($order),+ }

        impl Default for $name {
            fn default() -> Self { Self::$default }
        }

        impl crate::page::Order<$entity::Column> for $name {
            fn sort(self) -> crate::page::Sort<$entity::Column> {
                let (column, descending) = match self {
                    $(Self::$order => ($column, stringify!($direction) == "desc")),+
                };
                crate::page::Sort { column, descending }
            }
        }
    };
}
pub(crate) use orders;

/// The place of a row in a list.
struct Position {
    key: Option<Value>,
    id: Uuid,
}

/// A window, checked: how many rows, from which end, between which places.
pub(crate) struct Bounds {
    pub rows: u64,
    pub backward: bool,
    after: Option<Position>,
    before: Option<Position>,
}

impl Bounds {
    pub fn of<E: Listing>(window: &Window, order: E::Order) -> Result<Self, HubError> {
        if window.first.is_some() && window.last.is_some() {
            let text = "give either first or last, not both";
            return Err(HubError::Invalid(text.to_owned()));
        }
        let position = |cursor: &Option<String>| {
            let cursor = cursor.as_deref();
            cursor.map(|text| read_cursor::<E>(text, order)).transpose()
        };
        Ok(Self {
            rows: rows(window.first.or(window.last))?,
            backward: window.last.is_some(),
            after: position(&window.after)?,
            before: position(&window.before)?,
        })
    }

    /// The rows between the bounds. `Expr::tuple` compares (key, id) as one, which indexes serve.
    pub fn condition<E: Listing>(&self, order: E::Order) -> Condition {
        let Sort { column, descending } = order.sort();
        let place = |position: &Position| {
            let row = column.into_iter().chain([E::ID]);
            let value = position.key.iter().cloned().chain([position.id.into()]);
            (Expr::tuple(row.map(ColumnTrait::into_expr)), Expr::tuple(value.map(Expr::val)))
        };
        let later = |(row, value): (Expr, Expr)| match descending {
            true => row.lt(value),
            false => row.gt(value),
        };
        let earlier = |(row, value): (Expr, Expr)| match descending {
            true => row.gt(value),
            false => row.lt(value),
        };
        Condition::all()
            .add_option(self.after.as_ref().map(|after| later(place(after))))
            .add_option(self.before.as_ref().map(|before| earlier(place(before))))
    }

    /// The direction to read in.
    pub fn direction<E: Listing>(&self, order: E::Order) -> Direction {
        match order.sort().descending != self.backward {
            true => Direction::Desc,
            false => Direction::Asc,
        }
    }

    /// Sorts and cuts off, leaving one row more than asked for, which tells whether there are more.
    pub fn apply<E: Listing>(&self, select: Select<E>, order: E::Order) -> Select<E> {
        let mut select = select;
        sort_by::<E>(QuerySelect::query(&mut select), E::default().table_name(), order, self);
        select.limit(self.rows + 1)
    }

    /// A page of the rows read, which may be one more than asked for.
    pub fn page<M>(&self, mut rows: Vec<M>) -> Page<M> {
        let size = usize::try_from(self.rows).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        if self.backward {
            rows.reverse();
            return Page { rows, has_previous: more, has_next: self.before.is_some() };
        }
        Page { rows, has_previous: self.after.is_some(), has_next: more }
    }
}

/// Sorts a statement by the columns of a list in the table of this name.
pub(crate) fn sort_by<E: Listing>(
    query: &mut SelectStatement,
    table: &'static str,
    order: E::Order,
    bounds: &Bounds,
) {
    let direction = bounds.direction::<E>(order);
    for column in order.sort().column.into_iter().chain([E::ID]) {
        query.order_by((table, column), direction.clone());
    }
}

/// How many rows a page that only goes forward has.
pub(crate) fn forward_rows(first: Option<i64>) -> Result<u64, HubError> {
    rows(first)
}

fn rows(asked: Option<i64>) -> Result<u64, HubError> {
    let Some(asked) = asked else {
        return Ok(DEFAULT_ROWS);
    };
    let rows = u64::try_from(asked).unwrap_or(0);
    if (1..=MAX_ROWS).contains(&rows) {
        return Ok(rows);
    }
    Err(HubError::Invalid(format!(
        "first and last are 1 to {MAX_ROWS}, not {asked}; for more, go on from endCursor, or take all \
         by startJob"
    )))
}

fn list_name<E: Listing>(order: E::Order) -> String {
    format!("{}/{order:?}", E::default().table_name())
}

/// The cursor of a row in a list of this order.
#[must_use]
pub fn cursor<E: Listing>(row: &E::Model, order: E::Order) -> String {
    let id = match row.get(E::ID) {
        Value::Uuid(id) => id.unwrap_or_default(),
        _ => Uuid::nil(),
    };
    cursor_at::<E>(order, order.sort().column.map(|column| row.get(column)), id)
}

/// The same of a row whose sort key and id are at hand.
#[must_use]
pub fn cursor_at<E: Listing>(order: E::Order, key: Option<Value>, id: Uuid) -> String {
    let place = (list_name::<E>(order), key.map(to_text), id);
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&place).unwrap_or_default())
}

fn read_cursor<E: Listing>(cursor: &str, order: E::Order) -> Result<Position, HubError> {
    let wrong = || HubError::Invalid(format!("{cursor:?} is no cursor of the hub"));
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    let (list, key, id): (String, Option<String>, Uuid) =
        serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    if list != list_name::<E>(order) {
        let text = format!("{cursor:?} is a cursor of another list or another order");
        return Err(HubError::Invalid(text));
    }
    let key = match (order.sort().column, key) {
        (None, None) => None,
        (Some(column), Some(text)) => Some(to_value(column, &text).ok_or_else(wrong)?),
        _ => return Err(wrong()),
    };
    Ok(Position { key, id })
}

fn to_text(value: Value) -> String {
    match value {
        Value::String(Some(text)) => text,
        Value::BigInt(Some(number)) => number.to_string(),
        Value::ChronoDate(Some(day)) => day.to_string(),
        Value::ChronoDateTimeUtc(Some(at)) => at.to_rfc3339(),
        _ => String::new(),
    }
}

fn to_value<C: ColumnTrait>(column: C, text: &str) -> Option<Value> {
    Some(match column.def().get_column_type() {
        ColumnType::Date => text.parse::<NaiveDate>().ok()?.into(),
        ColumnType::BigInteger => text.parse::<i64>().ok()?.into(),
        ColumnType::TimestampWithTimeZone => text.parse::<DateTime<Utc>>().ok()?.into(),
        _ => text.into(),
    })
}
