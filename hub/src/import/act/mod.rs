//! An import as an act: a file is looked at first, row by row, then taken in as a whole.
//!
//! `preview` runs the rows through the rules of the door and writes nothing of the record. `apply`
//! takes them in, `mend` has a file looked at with cells corrected, `undo` takes them back; `work` has
//! what is under way worked off, whatever hub it was asked of. `told` is what is kept of a row, `keep`
//! how a file and its rows are kept, `read` who is told of them.

mod apply;
mod change;
mod keep;
mod mend;
mod preview;
mod read;
mod told;
mod turns;
mod undo;
mod waiting;
mod work;

pub use apply::TakeKnown;
pub use change::{Change, class_of, mask_of};
pub use preview::Upload;
pub use read::{Act, ActRow, Counts, LISTED, RowFilter};
pub(crate) use turns::Turns;
