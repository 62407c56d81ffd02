//! The reference client: what a station runs to hand in. Items are queued on disk, sent in batches,
//! and answered one by one. It may be killed at any moment: an item leaves the waiting ones only
//! when its receipt is on disk, and handing the same item in again is answered REPLAYED.
//!
//! - `file` reads what is to be handed in, `queue` keeps it, `log` makes the keeping crash-proof.
//! - `sender` sends and sends again, `answer` reads what came back, `pause` says how long to wait.
//! - `command` is `nuanyang submit`, `progress` its line on the screen.

mod answer;
mod command;
mod file;
mod log;
mod pause;
mod progress;
mod queue;
mod receipt;
mod sender;

pub use command::{SubmitArgs, run};
pub use file::{FileError, Item, items, parse, read};
pub use progress::Progress;
pub use queue::{Added, Counts, Queue, QueueError};
pub use receipt::{Problem, Receipt, Refusal, Status};
pub use sender::{SendError, Sender, http_client};
