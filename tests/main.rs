//! The whole program through real HTTP, on SQLite and on PostgreSQL. A file for each room.

mod access;
mod http;
mod imports;
mod kill;
mod intake;
mod people;
mod support;
