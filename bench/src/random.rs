//! Repeatable randomness: every row of every table has a stream of its own, so that any row can be
//! made again without the ones before it.

use uuid::Uuid;

/// SplitMix64.
pub struct Random(u64);

impl Random {
    /// The stream of a row of a table.
    #[must_use]
    pub fn of(table: u64, row: u64) -> Self {
        let mut seed = Self(table.wrapping_mul(0xA076_1D64_78BD_642F));
        let table = seed.next();
        Self(table ^ row.wrapping_mul(0xE703_7ED1_A0B4_28DB))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below the bound; 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// A number from 0 up to 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// One of some; the default of none.
    pub fn pick<T: Copy + Default>(&mut self, some: &[T]) -> T {
        let place = self.below(some.len() as u64) as usize;
        some.get(place).copied().unwrap_or_default()
    }

    /// One of a closed list, which has a first.
    pub fn choose<T: Copy>(&mut self, all: &[T], first: T) -> T {
        let place = self.below(all.len() as u64) as usize;
        all.get(place).copied().unwrap_or(first)
    }

    /// A UUIDv7 of an instant.
    pub fn id(&mut self, millis: u64) -> Uuid {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.next().to_be_bytes());
        random[8..].copy_from_slice(&self.next().to_be_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_the_same_each_time_and_unlike_its_neighbours() {
        assert_eq!(Random::of(1, 7).next(), Random::of(1, 7).next());
        assert_ne!(Random::of(1, 7).next(), Random::of(1, 8).next());
        assert_ne!(Random::of(1, 7).next(), Random::of(2, 7).next());
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let mut random = Random::of(1, 1);
        assert!((0..1000).all(|_| random.below(7) < 7 && random.unit() < 1.0));
    }
}
