//! What is logged, taken as it is written.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use tracing_subscriber::EnvFilter;

static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins to take what this process logs, more of it than anyone would have logged.
pub fn take_logs() {
    let filter = EnvFilter::new("debug,hub=trace,graphql=trace,nuanyang=trace");
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| Writer);
    // In a process of many tests, another may have begun.
    logs.try_init().ok();
}

/// All that was logged since.
pub fn logs() -> String {
    let written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&written).into_owned()
}
