//! The schema on a hub of its own, on SQLite and on PostgreSQL, without HTTP.

#[path = "../../tests/support/database.rs"]
mod database;
mod world;

mod answers;
mod bulletin;
mod following;
mod limits;
mod paging;
mod published;
mod scope;
mod statements;
