//! Which bytes of a file.

use std::ops::Range;

/// Bytes of a file, and in which parts of it they lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub bytes: Range<u64>,
    /// The length of each part but the last.
    part: u64,
}

impl Span {
    #[must_use]
    pub fn new(bytes: Range<u64>, part: u64) -> Self {
        Self { bytes, part: part.max(1) }
    }

    #[must_use]
    pub fn len(&self) -> u64 {
        self.bytes.end.saturating_sub(self.bytes.start)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers of the parts it lies in.
    #[must_use]
    pub fn parts(&self) -> Range<i64> {
        if self.is_empty() {
            return 0..0;
        }
        let number = |at: u64| i64::try_from(at / self.part).unwrap_or(i64::MAX);
        number(self.bytes.start)..number(self.bytes.end - 1) + 1
    }

    /// What of a part belongs to it.
    #[must_use]
    pub fn of_part<'b>(&self, number: i64, bytes: &'b [u8]) -> &'b [u8] {
        let begin = u64::try_from(number).unwrap_or(0) * self.part;
        let within = |at: u64| {
            let at = at.saturating_sub(begin).min(bytes.len() as u64);
            usize::try_from(at).unwrap_or(bytes.len())
        };
        bytes.get(within(self.bytes.start)..within(self.bytes.end)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_parts_of_a_span_put_together_are_its_bytes(
            file in prop::collection::vec(any::<u8>(), 1..200), part in 1u64..50, a in 0u64..200, b in 0u64..200,
        ) {
            let (a, b) = (a.min(file.len() as u64), b.min(file.len() as u64));
            let span = Span::new(a.min(b)..a.max(b), part);
            let parts: Vec<_> = file.chunks(part as usize).collect();
            let found = span.parts().flat_map(|at| span.of_part(at, parts[at as usize]).to_vec());
            let wanted = &file[span.bytes.start as usize..span.bytes.end as usize];
            prop_assert_eq!(found.collect::<Vec<_>>(), wanted);
        }
    }
}
