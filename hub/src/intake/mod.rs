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
mod rows;
mod writer;

pub use check::{Checked, Ground, check};
pub use receipt::{Receipt, Status};
pub(crate) use rows::write;
pub use writer::Writer;

use entity::TokenScope;

use crate::{Hub, access::Viewer, error::HubError, submission::Submission};

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
