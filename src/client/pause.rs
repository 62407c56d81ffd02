//! How long to wait before trying again: twice as long each time, with jitter, so that many clients
//! that lost the same hub do not come back at the same moment.

use std::time::Duration;

use hub::clock::Clock;

const LONGEST: Duration = Duration::from_secs(60);
/// What a server may ask for at most.
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// The pauses of one run of failures.
#[derive(Clone, Debug)]
pub struct Pauses {
    first: Duration,
    failures: u32,
}

impl Pauses {
    #[must_use]
    pub fn new(first: Duration) -> Self {
        Self { first, failures: 0 }
    }

    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// The next pause: between half and all of the doubled time, but never less than was asked for.
    pub fn next(&mut self, asked: Option<Duration>) -> Duration {
        self.next_with(asked, chance())
    }

    fn next_with(&mut self, asked: Option<Duration>, chance: f64) -> Duration {
        let whole = self.first.saturating_mul(1 << self.failures.min(16));
        self.failures += 1;
        let pause = whole.min(LONGEST).mul_f64(0.5 + chance / 2.0);
        pause.max(asked.unwrap_or_default().min(LONGEST_ASKED))
    }
}

/// A number from 0 up to 1, from the random bits of a fresh UUID.
fn chance() -> f64 {
    let (_, low) = Clock::system().new_id().as_u64_pair();
    f64::from(low as u32) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute_and_honour_what_was_asked() {
        let mut pauses = Pauses::new(Duration::from_millis(500));
        let mut next = |asked| pauses.next_with(asked, 1.0).as_millis();
        assert_eq!([next(None), next(None), next(None)], [500, 1000, 2000]);
        assert_eq!(next(Some(Duration::from_secs(9))), 9000);
        assert_eq!(next(Some(Duration::from_secs(1))), 8000);
        for _ in 0..40 {
            assert!(next(None) <= 60_000);
        }
        pauses.reset();
        let pause = pauses.next_with(None, 0.0);
        assert_eq!(pause.as_millis(), 250);
    }

    #[test]
    fn chances_stay_below_one_and_differ() {
        let chances: Vec<_> = (0..100).map(|_| chance()).collect();
        assert!(chances.iter().all(|chance| (0.0..1.0).contains(chance)));
        assert!(chances.iter().any(|chance| *chance != chances[0]));
    }
}
