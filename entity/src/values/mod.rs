//! The small value types of the record.

mod certificate_no;
mod choices;
mod division_code;
mod lists;
mod resident_id;

pub use certificate_no::{CertificateFault, CertificateNo};
pub use choices::*;
pub use division_code::DivisionCode;
pub use lists::{Answers, DataClasses, Fields, Names, Subsidies};
pub use resident_id::{ResidentId, ResidentIdFault};
