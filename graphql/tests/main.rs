//! The schema on a hub of its own, on SQLite and on PostgreSQL, without HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may stop where it stands, and read where the server is"
)]

#[path = "../../tests/support/database.rs"]
mod database;
mod world;

mod answers;
mod bulletin;
mod explain;
mod following;
mod limits;
mod noted;
mod paging;
mod price;
mod published;
mod scope;
mod statements;
