//! The whole program through real HTTP, on SQLite and on PostgreSQL. A file for each room.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    reason = "a test may stop where it stands, asks where the server is, and gives values away"
)]

mod access;
mod accesses;
mod as_of;
mod at_rest;
mod batches;
mod bulletin;
mod clearing;
mod commands;
mod cookie;
mod disclosure;
mod door;
mod duplicates;
mod excuses;
mod exports;
mod exports_parquet;
mod exports_whole;
mod follow;
mod graphql_over_http;
mod http;
mod import_acts;
mod import_bounds;
mod import_mend;
mod import_undo;
mod imports;
mod intake;
mod jobs;
mod kill;
mod layouts;
mod oidc;
mod people;
mod photos;
mod policy;
mod policy_following;
mod print;
mod purge;
mod questions;
mod reads;
mod refusals;
mod reveal;
mod second_factor;
mod session;
mod statistics;
mod straight;
mod support;
mod tables;
mod tls;
mod tokens;
mod trail;
mod turns;
mod websocket;
mod work;
mod workbooks;
