//! What one request may be. What its question costs, `price` tells, and what it may cost, `hub::price`;
//! `guard` keeps to both.

use std::time::Duration;

/// What one request may be.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Levels of fields. The explorer's introspection has 15.
    pub depth: usize,
    /// Fields as written, with fragments taken in. Checked before anything walks the query, since
    /// small texts can spread fragments into a great many fields.
    pub fields: usize,
    /// Bytes of the query's text; values belong into variables. Parsing takes time by the byte.
    pub text: usize,
    /// How deeply brackets of the text are nested. The parser recurses, and has a stack to lose.
    pub nesting: usize,
    pub aliases: usize,
    /// On one field.
    pub directives: usize,
    /// How deeply the text is nested, which bounds the stack.
    pub recursion: usize,
    pub timeout: Duration,
    pub introspection: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 15,
            fields: 2_000,
            text: 64 << 10,
            nesting: 64,
            aliases: 100,
            directives: 10,
            recursion: 32,
            timeout: Duration::from_secs(30),
            introspection: true,
        }
    }
}

/// In a request's data: its way must change nothing. It is also the source of the error that
/// refuses a mutation.
#[derive(Clone, Copy, Debug)]
pub struct QueriesOnly;
