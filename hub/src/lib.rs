//! The rules of the hub: intake, people, ledgers, visits, assessments, access, statistics.
//!
//! No HTTP and no GraphQL here. A command, a resolver and an import go through the same doors of
//! [`Hub`], and each read and write takes an [`access::Viewer`].
//!
//! Reading is in [`listing`]: one way for all lists, and a room for each table with its filter, its
//! orders and what it hangs on.
//!
//! One more content to hand in: a variant in [`submission`], its check in `intake/check`, its record
//! in `intake/record`, an input in `graphql`.

pub mod access;
pub mod accounts;
pub mod assessments;
pub mod bulletin;
pub mod clock;
pub mod db;
pub mod divisions;
mod each;
pub mod error;
pub mod feed;
mod hex;
pub mod households;
pub mod import;
pub mod instruments;
pub mod intake;
pub mod ledgers;
pub mod listing;
pub mod needs;
pub mod page;
pub mod people;
pub mod places;
pub mod policy;
pub mod problem;
pub mod stations;
pub mod submission;
pub mod submissions;
pub mod trail;
pub mod visits;

use std::sync::Arc;

use tokio::sync::{Notify, OnceCell};

use clock::Clock;
use db::Db;
use entity::Role;
pub use error::HubError;
pub use hex::hex;
use intake::Writer;
use places::Places;
use trail::Trail;

/// The hub: its database, its clock and its one writer. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    pub db: Db,
    pub clock: Clock,
    places: Arc<OnceCell<Places>>,
    writer: Writer,
    trail: Trail,
    /// The roles that need a second factor.
    second_factor: Arc<[Role]>,
}

impl Hub {
    /// A hub on an open, migrated database. Its writer runs on the current Tokio runtime until the
    /// last clone of the hub is dropped.
    #[must_use]
    pub fn new(db: Db, clock: Clock) -> Self {
        let places = Arc::new(OnceCell::new());
        let writer = Writer::start(db.clone(), clock, Arc::clone(&places));
        let trail = Trail::start(db.clone());
        let second_factor = accounts::NEED_SECOND_FACTOR.into();
        Self { db, clock, places, writer, trail, second_factor }
    }

    /// The stations and divisions.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn places(&self) -> Result<&Places, HubError> {
        self.places.get_or_try_init(|| Places::load(self.db.read())).await
    }

    /// Whether the hub can take and answer: its writer runs and its database answers.
    ///
    /// # Errors
    /// Where it cannot.
    pub async fn ready(&self) -> Result<(), HubError> {
        if !self.writer.is_alive() {
            return Err(HubError::Unavailable);
        }
        self.db.ping().await
    }

    /// Is notified after each commit.
    #[must_use]
    pub fn announced(&self) -> Arc<Notify> {
        self.writer.announced()
    }
}
