//! What connections may take of the hub: how many, and for how long without doing anything.

use std::time::Duration;

/// The bounds of the door. They are no settings for those who run it; tests set them.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections open at once: fewer than the files that a process may commonly have open.
    pub connections: usize,
    /// Of one address, as many as this for each of its requests that may run at once.
    pub connections_a_turn: usize,
    /// For agreeing on a key.
    pub handshake: Duration,
    /// For the head of a request, and between two requests.
    pub head: Duration,
    /// Bytes of the head of a request: a query by GET may be of 64 KiB.
    pub head_size: usize,
    /// For taking some of what is written.
    pub write: Duration,
    /// WebSockets of one account; of one address, four times as many.
    pub sockets: usize,
    /// Operations under way on one WebSocket, subscriptions among them.
    pub operations: usize,
    /// For saying who opens a WebSocket.
    pub init: Duration,
    /// How often a WebSocket is asked for a sign of life, and broken off without one.
    pub pulse: Duration,
    /// How often is looked whether who follows may still do so.
    pub look: Duration,
    /// What a question may cost, whoever asks; none for what the role may.
    pub question: Option<u64>,
    /// What a job may cost, of whom its role lets have any; none for what the role may.
    pub job: Option<u64>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 800,
            connections_a_turn: 4,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(20),
            head_size: 80 << 10,
            write: Duration::from_secs(30),
            sockets: 16,
            operations: 32,
            init: Duration::from_secs(10),
            pulse: Duration::from_secs(30),
            look: Duration::from_secs(60),
            question: None,
            job: None,
        }
    }
}
