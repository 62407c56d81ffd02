//! The program: commands, settings, HTTP, background work.
//!
//! `main.rs` reads the command line; each command has a file in `commands`. `server` puts the hub on
//! the network, `listen` takes the connections, `http` has a file for each thing it answers.

pub mod bounds;
pub mod client;
pub mod commands;
pub mod demo;
pub mod http;
mod imports;
pub mod jobs;
pub mod keys;
mod listen;
pub mod oidc;
mod places;
mod printout;
pub mod server;
pub mod settings;

/// Much is allocated by one thread and freed by another: the system's allocator makes threads wait
/// for each other there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
