//! The trail: who read or wrote whose data, when and why.
//!
//! Each row is chained to the one before by SHA-256 (`chain`), and each past day is sealed
//! (`seal`). [`Hub::verify_trail`] finds a row that was changed, removed or put elsewhere. Who can
//! rewrite the whole database can also chain it anew: only a head kept elsewhere tells that, so
//! `nuanyang trail seal` prints them, to be kept where the hub cannot write.

mod accesses;
mod chain;
mod people;
mod purge;
mod seal;
mod verify;
mod writer;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::{Role, SubmissionKind};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

pub use accesses::{AccessFilter, Accessed};
pub use purge::LEAST_KEEP_DAYS;
pub use verify::{Fault, Verified};
pub use writer::Trail;

use crate::{
    Hub,
    access::Viewer,
    error::HubError,
    intake::{Receipt, Status},
};

/// The longest purpose, in characters.
pub const LONGEST_PURPOSE: usize = LONGEST;
/// The longest text the trail takes over from a request, in characters.
const LONGEST: usize = 200;

/// What one operation saw or did.
#[derive(Clone, Debug)]
pub struct Access {
    pub account_id: Option<Uuid>,
    pub role: Option<Role>,
    pub from_address: Option<String>,
    pub request_id: String,
    pub operation: String,
    pub purpose: Option<String>,
    pub fields: BTreeSet<String>,
    pub people: BTreeSet<Uuid>,
}

impl Access {
    /// An operation of this viewer, about nobody yet.
    #[must_use]
    pub fn by(viewer: &Viewer, request_id: &str, operation: &str) -> Self {
        Self {
            account_id: Some(viewer.account_id),
            role: Some(viewer.role),
            ..Self::of_the_hub(request_id, operation)
        }
    }

    /// What the hub does by itself or on a command's behalf.
    #[must_use]
    pub fn of_the_hub(request_id: &str, operation: &str) -> Self {
        Self {
            account_id: None,
            role: None,
            from_address: None,
            request_id: request_id.to_owned(),
            operation: operation.to_owned(),
            purpose: None,
            fields: BTreeSet::new(),
            people: BTreeSet::new(),
        }
    }

    /// The same with whose data was written, and by what kinds of submissions; nothing where nothing
    /// was.
    #[must_use]
    pub fn writing(mut self, receipts: &[Receipt], kinds: &[SubmissionKind]) -> Option<Self> {
        for (receipt, kind) in receipts.iter().zip(kinds) {
            if receipt.status == Status::Stored {
                self.fields.insert(kind.code());
                self.people.extend(receipt.recorded.as_ref().and_then(|row| row.person_id));
            }
        }
        (!self.fields.is_empty()).then_some(self)
    }

    /// PostgreSQL keeps no NUL, and one text that it refuses would hold up all behind it.
    fn cleaned(mut self) -> Self {
        let clean = |text: String| -> String {
            text.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect()
        };
        self.from_address = self.from_address.map(clean);
        self.request_id = clean(self.request_id);
        self.operation = clean(self.operation);
        self.purpose = self.purpose.map(clean);
        self.fields = self.fields.into_iter().map(clean).collect();
        self
    }
}

/// An access and its instant.
struct Noted {
    at: DateTime<Utc>,
    access: Access,
}

impl Hub {
    fn noted(&self, access: Access) -> Noted {
        Noted { at: self.clock.now(), access: access.cleaned() }
    }

    /// Notes an access; it is written soon. Waits while too many are in line.
    ///
    /// # Errors
    /// `Unavailable` where nothing is written any more.
    pub async fn note(&self, access: Access) -> Result<(), HubError> {
        self.trail.note(self.noted(access)).await
    }

    /// Notes an access in a write transaction, with what is written there.
    pub(crate) async fn note_within(
        &self,
        tx: &impl ConnectionTrait,
        access: Access,
    ) -> Result<(), HubError> {
        writer::append(tx, [&self.noted(access)]).await
    }

    /// Notes an access, and returns once it is on disk.
    ///
    /// # Errors
    /// Where it could not be written: then nothing may be answered.
    pub async fn note_durably(&self, access: Access) -> Result<(), HubError> {
        self.trail.note_durably(Some(self.noted(access))).await
    }

    /// Returns once all that was noted before is on disk.
    ///
    /// # Errors
    /// Where the database does not take it; it is tried again as long as the hub lives.
    pub async fn flush_trail(&self) -> Result<(), HubError> {
        self.trail.note_durably(None).await
    }
}
