//! The journal as one group sees it: what was handed in before, under this id or with this content.

use std::collections::HashMap;

use entity::submission;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Receipt, Status, rows::padded};
use crate::submission::Submission;

/// The most items looked up by one statement, which binds two values of each.
const AT_ONCE: usize = 8_192;

#[derive(Default)]
pub(super) struct Journal {
    rows: HashMap<Uuid, submission::Model>,
    /// The newest row with a content that stands.
    by_digest: HashMap<String, Uuid>,
}

impl Journal {
    /// Reads the rows that have one of these ids or contents.
    pub async fn read(
        tx: &impl ConnectionTrait,
        items: &[(&Submission, String)],
    ) -> Result<Self, DbErr> {
        let mut journal = Self::default();
        for some in items.chunks(AT_ONCE) {
            let ids = padded(some.iter().map(|(item, _)| item.id).collect());
            let digests = padded(some.iter().map(|(_, digest)| digest.as_str()).collect());
            let either = Condition::any()
                .add(submission::Column::Id.is_in(ids))
                .add(submission::Column::Digest.is_in(digests));
            for row in submission::Entity::find().filter(either).all(tx).await? {
                journal.put(row);
            }
        }
        Ok(journal)
    }

    pub fn put(&mut self, row: submission::Model) {
        let newest = self
            .with_content(&row.digest)
            .is_none_or(|known| (known.received_at, known.id) <= (row.received_at, row.id));
        // What was taken back can be handed in again.
        if newest && row.undone_at.is_none() {
            self.by_digest.insert(row.digest.clone(), row.id);
        }
        self.rows.insert(row.id, row);
    }

    /// The newest row with this content that was not taken back.
    pub fn with_content(&self, digest: &str) -> Option<&submission::Model> {
        self.rows.get(self.by_digest.get(digest)?)
    }

    /// The receipt of an item that was handed in before: by its id, or for an event by its content.
    pub fn settle(&self, item: &Submission, digest: &str) -> Option<Receipt> {
        if let Some(row) = self.rows.get(&item.id) {
            return Some(if row.digest == digest {
                Receipt::recorded(item, Status::Replayed, row)
            } else {
                Receipt::conflict(item)
            });
        }
        let row = self.with_content(digest).filter(|_| item.content.is_event())?;
        Some(Receipt::recorded(item, Status::Replayed, row))
    }
}
