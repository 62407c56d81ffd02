//! Time and randomness as inputs, so that tests own them.

use chrono::{DateTime, NaiveDate, Timelike, Utc};
use uuid::{ContextV7, Timestamp, Uuid};

/// Tells the time, makes ids and secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    fixed: Option<DateTime<Utc>>,
}

/// China Standard Time, in which the days of the record are counted.
const HOURS_AHEAD_OF_UTC: i64 = 8;

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that always tells the same instant.
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self { fixed: Some(at) }
    }

    /// Now, to the microsecond, which both databases keep.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> DateTime<Utc> {
        let now = self.fixed.unwrap_or_else(Utc::now);
        now.with_nanosecond(now.nanosecond() / 1000 * 1000).unwrap_or(now)
    }

    /// Now, or an instant that is over by another hub's clock.
    #[must_use]
    pub fn not_before(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.now().max(at)
    }

    /// Today in China.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        day_of(self.now())
    }

    /// A new UUIDv7; ids made one after the other are in order.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        static CONTEXT: std::sync::Mutex<ContextV7> = std::sync::Mutex::new(ContextV7::new());
        let now = self.now();
        let (seconds, nanos) = (now.timestamp().unsigned_abs(), now.timestamp_subsec_nanos());
        let context = CONTEXT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*context, seconds, nanos))
    }
}

/// The day of an instant, in China.
#[must_use]
pub fn day_of(at: DateTime<Utc>) -> NaiveDate {
    (at + chrono::Duration::hours(HOURS_AHEAD_OF_UTC)).date_naive()
}

/// The first instant of a day in China.
#[must_use]
pub fn start_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc() - chrono::Duration::hours(HOURS_AHEAD_OF_UTC)
}

/// A new token: 256 random bits, in text that begins with a mark and so is told as one of ours.
///
/// # Errors
/// Where the machine gives no randomness.
pub fn new_secret(mark: &str) -> Result<String, getrandom::Error> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes)?;
    let text = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes);
    Ok(format!("{mark}{text}"))
}
