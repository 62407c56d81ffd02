//! How far a sending is, and the one line that shows it.

use std::{
    fmt,
    io::{IsTerminal, Write, stderr},
};

/// What one sending has done so far, and what is left of the whole queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Items that the hub has answered for.
    pub sent: usize,
    pub stored: usize,
    pub replayed: usize,
    pub refused: usize,
    /// Items that still wait.
    pub left: usize,
    /// Why it is waiting just now.
    pub trouble: Option<String>,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "sent {}: {} stored, {} replayed, {} refused; {} left",
            self.sent, self.stored, self.replayed, self.refused, self.left
        )?;
        match &self.trouble {
            Some(trouble) => write!(f, " ({trouble})"),
            None => Ok(()),
        }
    }
}

/// The line on standard error: rewritten in place on a terminal, else a line a change.
pub struct Line {
    in_place: bool,
    written: bool,
}

impl Line {
    #[must_use]
    pub fn new() -> Self {
        Self { in_place: stderr().is_terminal(), written: false }
    }

    /// Nothing hangs on the screen being writable, so its failures are not told.
    pub fn show(&mut self, progress: &Progress) {
        let mut screen = stderr().lock();
        if self.in_place {
            write!(screen, "\r{progress}\x1b[K").ok();
            screen.flush().ok();
        } else {
            writeln!(screen, "{progress}").ok();
        }
        self.written = true;
    }

    /// Leaves the line as it stands.
    pub fn end(self) {
        if self.in_place && self.written {
            writeln!(stderr()).ok();
        }
    }
}
