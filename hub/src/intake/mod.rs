//! Handing in, exactly once: check, identify, record, announce.
//!
//! The door is [`Hub::submit`]. What passes it waits in line for the [`Writer`], which records many
//! submissions in one transaction; a receipt is given only after the commit.

mod check;
mod group;
mod identify;
mod journal;
mod past;
mod receipt;
mod record;
mod refused;
pub(crate) mod revert;
mod rows;
pub(crate) mod trace;
mod write_back;
mod writer;
mod writing;

pub use check::{Checked, Ground, check};
pub(crate) use check::{EARLIEST_YEAR, GRADES, LONGEST_LIST, LONGEST_TEXT, LONGEST_WORD, MINUTES};
pub use receipt::{Receipt, Status};
pub(crate) use rows::padded;
pub use writer::Writer;
pub(crate) use writing::write;

use std::{collections::BTreeMap, sync::Arc};

use entity::TokenScope;
use sea_orm::ConnectionTrait;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::{
    Hub, access::Viewer, clock::Clock, error::HubError, keys::Keyring, places::Places,
    submission::Submission,
};
use group::Group;
use trace::Trace;
use writer::Call;

/// The most items one call may hand in.
pub const MAX_ITEMS: usize = 500;

/// Whether so many items may be handed in by one call.
///
/// # Errors
/// `Invalid` for more than [`MAX_ITEMS`].
pub fn check_count(given: usize) -> Result<(), HubError> {
    if given > MAX_ITEMS {
        let text = format!("{given} items are too many; hand in {MAX_ITEMS} at most a call");
        return Err(HubError::Invalid(text));
    }
    Ok(())
}

/// What taking items in stands on.
pub(crate) type Stand<'a> = (Clock, &'a Places, Arc<Keyring>);

/// Answers for each item, and what each did to the record.
pub(crate) type Traced = (Vec<Receipt>, BTreeMap<Uuid, Trace>);

/// Takes items in within a write transaction. What is made of the answers is made while the database
/// writes.
pub(crate) async fn take_in<Made: Send + 'static>(
    tx: &impl ConnectionTrait,
    (clock, places, keys): Stand<'_>,
    viewer: &Viewer,
    items: Vec<Submission>,
    make: impl FnOnce(Traced) -> Made + Send + 'static,
) -> Result<Made, HubError> {
    let calls = [Call { viewer: viewer.clone(), items }];
    let mut group = Group::open(tx, clock, places, keys).await?;
    group.trace();
    let traced = group.take(tx, &calls).await?;
    let making = spawn_blocking(move || make(traced));
    group.flush(tx).await?;
    making.await.map_err(|_| HubError::Unavailable)
}

/// What the door would answer, and what each item would do, on a view of the record. Nothing is
/// written.
pub(crate) async fn rehearse(
    view: &impl ConnectionTrait,
    (clock, places, keys): Stand<'_>,
    viewer: &Viewer,
    items: Vec<Submission>,
) -> Result<Traced, HubError> {
    let calls = [Call { viewer: viewer.clone(), items }];
    let mut group = Group::open(view, clock, places, keys).await?;
    group.trace();
    group.take(view, &calls).await
}

impl Hub {
    /// Takes in what is handed in and answers for each item, in order. An answered receipt is on
    /// disk.
    ///
    /// # Errors
    /// `NotGranted` for a token that does not submit, `Invalid` for more than [`MAX_ITEMS`]: nothing
    /// is written. `Unavailable` where the hub is stopping, `Database` where the database fails:
    /// nothing is known of the items then, and they may be sent again.
    pub async fn submit(
        &self,
        viewer: &Viewer,
        items: Vec<Submission>,
    ) -> Result<Vec<Receipt>, HubError> {
        viewer.needs(TokenScope::Submit)?;
        check_count(items.len())?;
        if items.is_empty() {
            return Ok(Vec::new());
        }
        self.writer.hand_in(viewer.clone(), items).await
    }
}
