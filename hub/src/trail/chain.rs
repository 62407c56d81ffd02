//! What the hashes of the trail are made of.
//!
//! A text is hashed as its length in bytes (eight, big-endian) and its bytes, so that no two lists
//! of texts look alike; what may be missing has a byte before it, 0 where it is. Numbers and instants
//! (microseconds since 1970) are eight bytes, big-endian. A row is hashed as its columns in the order
//! of the table, without `hash` and `people`; people as their number and their ids, in order; a seal likewise.

use entity::{Role, trail_row, trail_seal};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What the first row and the first seal are chained to.
pub(super) const BEGINNING: &str = "";

#[derive(Default)]
struct Hasher(Sha256);

impl Hasher {
    fn number(mut self, number: i64) -> Self {
        self.0.update(number.to_be_bytes());
        self
    }

    fn text(mut self, text: &str) -> Self {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
        self
    }

    fn maybe(mut self, text: Option<&str>) -> Self {
        self.0.update([u8::from(text.is_some())]);
        match text {
            Some(text) => self.text(text),
            None => self,
        }
    }

    fn hex(self) -> String {
        crate::hex(&self.0.finalize())
    }
}

/// The hash of people, given in the order of their ids.
pub(super) fn hash_people(people: impl ExactSizeIterator<Item = Uuid>) -> String {
    let hasher = Hasher::default().number(i64::try_from(people.len()).unwrap_or(i64::MAX));
    people.fold(hasher, |hasher, id| hasher.text(&id.to_string())).hex()
}

/// The hash a row has to have.
pub(super) fn hash_row(row: &trail_row::Model) -> String {
    let fields = &row.fields.0;
    let mut hasher = Hasher::default()
        .number(row.seq)
        .number(row.at.timestamp_micros())
        .maybe(row.account_id.map(|id| id.to_string()).as_deref())
        .maybe(row.role.map(Role::code).as_deref())
        .maybe(row.from_address.as_deref())
        .text(&row.request_id)
        .text(&row.operation)
        .maybe(row.purpose.as_deref())
        .number(i64::try_from(fields.len()).unwrap_or(i64::MAX));
    for field in fields {
        hasher = hasher.text(field);
    }
    hasher.number(row.people_count).text(&row.people_hash).text(&row.prev_hash).hex()
}

/// The hash a seal has to have.
pub(super) fn hash_seal(seal: &trail_seal::Model) -> String {
    Hasher::default()
        .text(&seal.day.to_string())
        .number(seal.last_seq)
        .number(seal.rows)
        .text(&seal.head)
        .text(&seal.prev_hash)
        .hex()
}
