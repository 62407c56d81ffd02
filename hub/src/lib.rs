//! The rules of the hub: intake, people, ledgers, visits, assessments, access, statistics.
//!
//! No HTTP and no GraphQL here. A command, a resolver and an import go through the same doors of
//! [`Hub`], and each read and write takes an [`access::Viewer`].
//!
//! One more content to hand in: a variant in [`submission`], its check in `intake/check`, its record
//! in `intake/record`, an input in `graphql`.

pub mod access;
pub mod clock;
pub mod db;
pub mod error;
pub mod import;
pub mod instruments;
pub mod intake;
pub mod places;
pub mod problem;
pub mod submission;

use clock::Clock;
use db::Db;
pub use error::HubError;
use intake::Writer;

/// The hub: its database, its clock and its one writer. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    pub db: Db,
    pub clock: Clock,
    writer: Writer,
}

impl Hub {
    /// A hub on an open, migrated database. Its writer runs on the current Tokio runtime until the
    /// last clone of the hub is dropped.
    #[must_use]
    pub fn new(db: Db, clock: Clock) -> Self {
        let writer = Writer::start(db.clone(), clock);
        Self { db, clock, writer }
    }
}
