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
pub mod columns;
mod counting;
pub mod db;
pub mod disclosure;
pub mod divisions;
pub mod duplicates;
mod each;
pub mod error;
pub mod excuses;
pub mod explain;
pub mod exports;
pub mod feed;
mod hex;
pub mod households;
pub mod import;
pub mod instruments;
pub mod intake;
pub mod jobs;
pub mod keys;
pub mod layouts;
pub mod ledgers;
pub mod listing;
pub mod needs;
pub mod page;
pub mod people;
pub mod photos;
pub mod places;
pub mod policy;
mod pool;
mod postgres;
pub mod price;
pub mod printout;
pub mod problem;
pub mod questions;
pub mod refusals;
pub mod reveal;
pub mod rules;
mod sqlite;
pub mod stations;
pub mod statistics;
pub mod submission;
pub mod submissions;
pub mod tables;
pub mod trail;
pub mod tree;
pub mod visits;
pub mod work;

use std::sync::Arc;

use tokio::sync::{Notify, OnceCell};

use clock::Clock;
use db::Db;
use disclosure::QUESTIONS_A_DAY;
use entity::Role;
pub use error::HubError;
pub use hex::hex;
use import::act::Turns;
use intake::Writer;
use keys::Keys;
use places::Places;
use price::Spent;
use reveal::Bell;
use statistics::Copies;
use trail::Trail;

/// The hub: its database, its clock and its one writer. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    pub db: Db,
    pub clock: Clock,
    keys: Keys,
    /// How many different questions for figures those may ask in a day who do not see small ones.
    pub questions_a_day: u64,
    /// What a question of each account may cost, all in a minute, and a whole job, in place of what its
    /// role says.
    pub question_budget: Option<u64>,
    pub minute_budget: Option<u64>,
    pub job_budget: Option<u64>,
    spent: Spent,
    places: Arc<OnceCell<Places>>,
    writer: Writer,
    trail: Trail,
    bell: Bell,
    /// Rings where a job is asked for.
    jobs: Bell,
    /// Rings where an import is to be taken in.
    imports: Bell,
    previews: Turns,
    copies: Copies,
    /// The roles that need a second factor.
    second_factor: Arc<[Role]>,
}

impl Hub {
    /// A hub on an open, migrated database. Its writer runs on the current Tokio runtime until the
    /// last clone of the hub is dropped.
    #[must_use]
    pub fn new(db: Db, clock: Clock, keys: Keys) -> Self {
        let places = Arc::new(OnceCell::new());
        let writer = Writer::start(db.clone(), clock, keys.clone(), Arc::clone(&places));
        let trail = Trail::start(db.clone());
        let (questions_a_day, bell, jobs) = (QUESTIONS_A_DAY, Bell::default(), Bell::default());
        let (copies, spent) = (Copies::default(), Spent::default());
        let second_factor = accounts::NEED_SECOND_FACTOR.into();
        Self {
            db,
            clock,
            keys,
            questions_a_day,
            question_budget: None,
            minute_budget: None,
            job_budget: None,
            spent,
            places,
            writer,
            trail,
            bell,
            jobs,
            imports: Bell::default(),
            previews: Turns::default(),
            copies,
            second_factor,
        }
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
