//! The data keys in memory: what seals, opens and finds values.

use std::collections::BTreeMap;
use std::sync::Arc;

use entity::{BlindIndex, KeyId, ResidentId, Sealed};
use sea_orm::{ColumnTrait, EntityName};
use uuid::Uuid;

use super::suite::Suite;

/// Why a sealed value does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shut {
    /// By a data key that is not in the ring.
    UnknownKey,
    /// It was changed, or put elsewhere.
    Broken,
}

/// The data keys as of one instant.
pub struct Keyring {
    keys: BTreeMap<KeyId, Arc<dyn Suite>>,
    newest: (KeyId, Arc<dyn Suite>),
}

impl Keyring {
    /// None without a key.
    pub(super) fn new(keys: BTreeMap<KeyId, Arc<dyn Suite>>) -> Option<Self> {
        let (id, newest) = keys.last_key_value()?;
        let newest = (*id, Arc::clone(newest));
        Some(Self { keys, newest })
    }

    /// The key that new values are sealed with.
    #[must_use]
    pub fn newest(&self) -> KeyId {
        self.newest.0
    }

    pub(super) fn keys(&self) -> &BTreeMap<KeyId, Arc<dyn Suite>> {
        &self.keys
    }

    /// Seals a text for a column of a row.
    pub fn seal<C: ColumnTrait>(&self, column: C, row: Uuid, text: &str) -> Sealed {
        let (id, key) = &self.newest;
        Sealed::new(*id, &key.seal(&place(column, row), text.as_bytes()))
    }

    /// Seals a text, where there is one.
    pub fn seal_some<C: ColumnTrait>(
        &self,
        column: C,
        row: Uuid,
        text: Option<&str>,
    ) -> Option<Sealed> {
        text.map(|text| self.seal(column, row, text))
    }

    /// Opens what a column of a row holds.
    ///
    /// # Errors
    /// Where it does not open.
    pub fn open<C: ColumnTrait>(
        &self,
        column: C,
        row: Uuid,
        sealed: &Sealed,
    ) -> Result<String, Shut> {
        let id = sealed.key().ok_or(Shut::Broken)?;
        let key = self.keys.get(&id).ok_or(Shut::UnknownKey)?;
        let opened = key.open(&place(column, row), sealed.body()).ok_or(Shut::Broken)?;
        String::from_utf8(opened.to_vec()).map_err(|_| Shut::Broken)
    }

    /// By what a resident ID is found from now on.
    #[must_use]
    pub fn index(&self, number: &ResidentId) -> BlindIndex {
        let (id, key) = &self.newest;
        BlindIndex::new(*id, &key.hash(number.as_str().as_bytes()))
    }

    /// By what a resident ID may be found: one index, and while keys are renewed two.
    #[must_use]
    pub fn indices(&self, number: &ResidentId) -> Vec<BlindIndex> {
        let number = number.as_str().as_bytes();
        self.keys.iter().rev().map(|(id, key)| BlindIndex::new(*id, &key.hash(number))).collect()
    }
}

/// What a value is bound to, so that it does not open in another column or row.
fn place<C: ColumnTrait>(column: C, row: Uuid) -> Vec<u8> {
    let table = C::EntityName::default();
    [table.table_name().as_bytes(), b".", column.as_str().as_bytes(), b"\0", row.as_bytes()]
        .concat()
}
