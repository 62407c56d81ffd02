//! The rules of the hub: intake, people, ledgers, visits, assessments, access, statistics.
//!
//! No HTTP and no GraphQL here. A command, a resolver and an import go through the same doors, and
//! each read and write takes a [`access::Viewer`].
//!
//! One more content to hand in: a variant in [`submission`], its check in `intake/check`, its record
//! in `intake/record`, an input in `graphql`.

pub mod problem;
pub mod submission;
