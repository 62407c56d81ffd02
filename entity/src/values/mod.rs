//! The small value types of the record.

mod certificate_no;
mod choices;
mod division_code;
mod lists;
mod network;
mod person_ids;
mod resident_id;
mod sealed;

pub use certificate_no::{CertificateFault, CertificateNo};
pub use choices::*;
pub use division_code::DivisionCode;
pub use lists::{
    Answers, DataClasses, Fields, Ids, KeptProblem, LayoutColumns, Names, Networks, Problems,
    Scopes, Subsidies, Unshown,
};
pub use network::{Network, NetworkFault};
pub use person_ids::PersonIds;
pub use resident_id::{ResidentId, ResidentIdFault};
pub use sealed::{BlindIndex, KeyId, Sealed};
