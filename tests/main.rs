//! The whole program through real HTTP, on SQLite and on PostgreSQL. A file for each room.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    reason = "a test may stop where it stands, asks where the server is, and gives values away"
)]

mod access;
mod bulletin;
mod commands;
mod cookie;
mod follow;
mod graphql_over_http;
mod http;
mod imports;
mod intake;
mod kill;
mod oidc;
mod people;
mod policy;
mod second_factor;
mod session;
mod support;
mod tls;
mod trail;
mod turns;
