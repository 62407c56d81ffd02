//! Chance that comes out the same from the same seed, on every machine.

use chrono::{Days, NaiveDate};
use uuid::{Builder, Uuid};

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Random(u64);

impl Random {
    /// A stream of its own for each seed and name.
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(name.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, mix))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, but not, `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub fn within(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1).max(1).unsigned_abs()).cast_signed()
    }

    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// One of the list, each as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, list: &[(usize, T)]) -> T {
        let mut place = self.below(list.iter().map(|(weight, _)| weight).sum());
        for (weight, value) in list {
            if place < *weight {
                return *value;
            }
            place -= weight;
        }
        list[0].1
    }

    /// A day from the first to the last, both included.
    pub fn day(&mut self, first: NaiveDate, last: NaiveDate) -> NaiveDate {
        let days = self.within(0, (last - first).num_days());
        first + Days::new(days.unsigned_abs())
    }
}

/// Makes UUIDv7s in the order of asking.
pub struct Ids {
    random: Random,
    millis: u64,
}

impl Ids {
    pub fn new(seed: u64, station: &str) -> Self {
        // The evening the month was handed in.
        let start = date(2026, 10, 31).and_hms_opt(10, 0, 0).unwrap_or_default();
        Self {
            random: Random::new(seed, &format!("ids of {station}")),
            millis: start.and_utc().timestamp_millis().unsigned_abs(),
        }
    }

    pub fn next(&mut self) -> Uuid {
        self.millis += 1;
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.random.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.random.next().to_be_bytes()[..2]);
        Builder::from_unix_timestamp_millis(self.millis, &bytes).into_uuid()
    }
}

/// A day that is written into the program.
pub fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}
