//! The data keys in memory: what seals, opens and finds values.

use std::collections::BTreeMap;
use std::sync::Arc;

use entity::{BlindIndex, KeyId, ResidentId, Sealed};
use sea_orm::{ColumnTrait, EntityName};
use uuid::Uuid;

use super::suite::Suite;
use crate::hex;

/// The key of digests, which stays as it is: what was handed in is told by them from what was not.
pub(super) const DIGESTS: KeyId = 0;
/// How many bytes of its keyed hash a value or a content is found by.
const FOUND_BY: usize = 16;
/// How a keyed digest begins.
const KEYED: &str = "keyed:";

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
    digests: Arc<dyn Suite>,
}

impl Keyring {
    /// None where a key is missing.
    pub(super) fn new(keys: BTreeMap<KeyId, Arc<dyn Suite>>) -> Option<Self> {
        let digests = Arc::clone(keys.get(&DIGESTS)?);
        let (id, newest) = keys.last_key_value().filter(|(id, _)| **id != DIGESTS)?;
        let newest = (*id, Arc::clone(newest));
        Some(Self { keys, newest, digests })
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
        self.seal_bytes(column, row, text.as_bytes())
    }

    /// Seals what is no text.
    pub fn seal_bytes<C: ColumnTrait>(&self, column: C, row: Uuid, bytes: &[u8]) -> Sealed {
        let (id, key) = &self.newest;
        Sealed::new(*id, &key.seal(&place(column, row), bytes))
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
        String::from_utf8(self.open_bytes(column, row, sealed)?).map_err(|_| Shut::Broken)
    }

    /// The same of what may be no text.
    ///
    /// # Errors
    /// Where it does not open.
    pub fn open_bytes<C: ColumnTrait>(
        &self,
        column: C,
        row: Uuid,
        sealed: &Sealed,
    ) -> Result<Vec<u8>, Shut> {
        let id = sealed.key().ok_or(Shut::Broken)?;
        let key = self.keys.get(&id).ok_or(Shut::UnknownKey)?;
        let opened = key.open(&place(column, row), sealed.body()).ok_or(Shut::Broken)?;
        Ok(opened.to_vec())
    }

    /// By what a resident ID is found from now on.
    #[must_use]
    pub fn index(&self, number: &ResidentId) -> BlindIndex {
        let (id, key) = &self.newest;
        index(*id, &**key, number.as_str())
    }

    /// By what a resident ID may be found: one index, and while keys are renewed two.
    #[must_use]
    pub fn indices(&self, number: &ResidentId) -> Vec<BlindIndex> {
        let keys = self.keys.range(DIGESTS + 1..).rev();
        keys.map(|(id, key)| index(*id, &**key, number.as_str())).collect()
    }

    /// By what the same content is found again: the keyed hash of its digest.
    #[must_use]
    pub fn digest(&self, digest: &str) -> String {
        format!("{KEYED}{}", hex(&self.digests.hash(digest.as_bytes())[..FOUND_BY]))
    }

    /// Whether a digest is keyed; those of an older program are not.
    #[must_use]
    pub fn is_keyed(digest: &str) -> bool {
        digest.starts_with(KEYED)
    }
}

fn index(id: KeyId, key: &dyn Suite, value: &str) -> BlindIndex {
    BlindIndex::new(id, &key.hash(value.as_bytes())[..FOUND_BY])
}

/// What a value is bound to, so that it does not open in another column or row.
fn place<C: ColumnTrait>(column: C, row: Uuid) -> Vec<u8> {
    let table = C::EntityName::default();
    [table.table_name().as_bytes(), b".", column.as_str().as_bytes(), b"\0", row.as_bytes()]
        .concat()
}
