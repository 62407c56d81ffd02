use std::fmt;

use sea_orm::{
    ColIdx, DbErr, QueryResult, TryGetError, TryGetable, Value,
    sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr},
};

/// Which data key a value was sealed with, or looked up by.
pub type KeyId = i32;

/// The first byte of a sealed value. No text of the record begins with it, so that what an older
/// program wrote plainly is told apart.
const MARK: u8 = 1;
const KEY: std::ops::Range<usize> = 1..5;

/// A text kept encrypted: mark, id of the data key, then what its suite made of it. Only who holds
/// the keys opens it (`hub::keys`).
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    #[must_use]
    pub fn new(key: KeyId, body: &[u8]) -> Self {
        Self([&[MARK], key.to_be_bytes().as_slice(), body].concat())
    }

    /// The data key it was sealed with; none where an older program wrote it plainly.
    #[must_use]
    pub fn key(&self) -> Option<KeyId> {
        let key = self.0.get(KEY).filter(|_| self.0.first() == Some(&MARK))?;
        key.try_into().ok().map(KeyId::from_be_bytes)
    }

    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.0.get(KEY.end..).unwrap_or_default()
    }

    /// What an older program wrote plainly.
    #[must_use]
    pub fn plain(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok().filter(|_| self.key().is_none())
    }
}

/// By what a sealed value is found again: id of the data key, then the keyed hash of the value.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlindIndex(Vec<u8>);

impl BlindIndex {
    #[must_use]
    pub fn new(key: KeyId, hash: &[u8]) -> Self {
        Self([key.to_be_bytes().as_slice(), hash].concat())
    }

    #[must_use]
    pub fn key(&self) -> Option<KeyId> {
        let key = self.0.get(..4)?;
        key.try_into().ok().map(KeyId::from_be_bytes)
    }
}

/// Bytes in a column of their own type. Neither is ever written to a log.
macro_rules! bytes {
    ($($name:ident: $column:expr;)+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        impl From<$name> for Value {
            fn from(value: $name) -> Self {
                value.0.into()
            }
        }

        impl TryGetable for $name {
            fn try_get_by<I: ColIdx>(row: &QueryResult, at: I) -> Result<Self, TryGetError> {
                Vec::<u8>::try_get_by(row, at).map(Self)
            }
        }

        impl ValueType for $name {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                <Vec<u8> as ValueType>::try_from(value).map(Self)
            }

            fn type_name() -> String {
                stringify!($name).to_owned()
            }

            fn array_type() -> ArrayType {
                ArrayType::Bytes
            }

            fn column_type() -> ColumnType {
                $column
            }
        }

        impl Nullable for $name {
            fn null() -> Value {
                Value::Bytes(None)
            }
        }

        impl TryFrom<Value> for $name {
            type Error = DbErr;

            fn try_from(value: Value) -> Result<Self, DbErr> {
                <Self as ValueType>::try_from(value).map_err(|error| DbErr::Type(error.to_string()))
            }
        }
    )+};
}

bytes! {
    Sealed: ColumnType::Blob;
    BlindIndex: ColumnType::VarBinary(sea_orm::sea_query::StringLen::N(20));
}
