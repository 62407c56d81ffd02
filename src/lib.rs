//! The program: commands, settings, HTTP, background work.
//!
//! `main.rs` reads the command line; each command has a file in `commands`. `server` puts the hub on
//! the network, `listen` takes the connections, `http` has a file for each thing it answers.

pub mod bounds;
pub mod client;
pub mod commands;
pub mod demo;
pub mod http;
pub mod keys;
mod listen;
pub mod oidc;
mod places;
mod printout;
pub mod server;
pub mod settings;
