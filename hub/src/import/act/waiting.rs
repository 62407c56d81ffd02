//! The rows of a file as they wait for their verdicts: packed, since a file has many, and parted so
//! that some can be judged at a time.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use entity::ResidentId;
use uuid::Uuid;

use super::told::Told;
use crate::{
    HubError,
    import::{
        Columns, Row,
        hand_in::{faults, identity},
    },
    intake::Ground,
    submission::{Content, PersonContent, Submission},
};

/// A row and what is known of it before the record is asked.
pub(super) struct Waiting {
    /// 1-based, as the spreadsheet shows it.
    pub row: usize,
    pub columns: Arc<Columns>,
    /// [`Told`] as JSON.
    told: Box<str>,
    /// None where its own faults refuse it.
    pub fit: Option<Fit>,
}

/// A row without faults of its own.
pub(super) struct Fit {
    /// As JSON.
    content: Box<str>,
    /// By what two rows of a sheet are the same.
    pub identity: Box<str>,
    /// By what someone may be known: rows that share neither are of two people.
    plates: [u64; 2],
}

impl Waiting {
    pub fn of(mut row: Row, station: &str, ground: Ground<'_>) -> Self {
        let problems = faults(&mut row, ground);
        let Row { row, content, repairs, columns, .. } = row;
        let fit = problems.is_empty().then(|| Fit::of(content, station));
        let problems = problems.iter().map(Into::into).collect();
        let told = Told { problems, repairs, ..Told::default() };
        let told = serde_json::to_string(&told).unwrap_or_default().into();
        Self { row, columns, told, fit }
    }

    /// # Errors
    /// Never, for what [`Waiting::of`] packed.
    pub fn told(&self) -> Result<Told, HubError> {
        serde_json::from_str(&self.told).map_err(|_| HubError::Unavailable)
    }
}

impl Fit {
    fn of(content: Content, station: &str) -> Self {
        let (text, plates) = (content.json(), plates(&content));
        let item = Submission { id: Uuid::nil(), station: station.to_owned(), content };
        Self { content: text.into(), identity: identity(&item).into(), plates }
    }

    /// # Errors
    /// Never, for what [`Fit::of`] packed.
    pub fn content(&self) -> Result<Content, HubError> {
        serde_json::from_str(&self.content).map_err(|_| HubError::Unavailable)
    }
}

/// Name and number of the person a row tells of, as digests. What the door takes for one has one
/// digest; that two may share it does no harm.
fn plates(content: &Content) -> [u64; 2] {
    let person = match content {
        Content::LedgerEntry(entry) => Some(&entry.person),
        Content::Visit(visit) => visit.person.as_ref(),
        _ => None,
    };
    let name = person.and_then(|person| person.name.as_deref()).unwrap_or_default();
    let name = digest(&("name", name.trim()));
    [name, person.and_then(number).map_or(name, |number| digest(&("number", number.as_str())))]
}

fn number(person: &PersonContent) -> Option<ResidentId> {
    person.resident_id.as_ref()?.trim().parse().ok()
}

fn digest(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Parts rows into lots of about so many, each in the order of the rows, so that no two lots have
/// rows that may be about the same person: what a row comes to hangs on no row of another lot.
pub(super) fn lots(rows: &[(usize, &Fit)], about: usize) -> Vec<Vec<usize>> {
    let mut people = People::default();
    for (at, (_, fit)) in rows.iter().enumerate() {
        people.add(at, fit.plates);
    }
    let mut sizes: HashMap<usize, usize> = HashMap::new();
    for at in 0..rows.len() {
        *sizes.entry(people.first(at)).or_default() += 1;
    }
    let mut lots: Vec<Vec<usize>> = Vec::new();
    let mut filled = about;
    let mut lot_of: HashMap<usize, usize> = HashMap::new();
    for (at, (position, _)) in rows.iter().enumerate() {
        let first = people.first(at);
        let lot = *lot_of.entry(first).or_insert_with(|| {
            if filled + sizes[&first] > about {
                lots.push(Vec::new());
                filled = 0;
            }
            filled += sizes[&first];
            lots.len() - 1
        });
        lots[lot].push(*position);
    }
    lots
}

/// Rows joined that share a plate, at first or second hand.
#[derive(Default)]
struct People {
    /// An earlier row that is joined to the row, or the row itself.
    joined: Vec<usize>,
    /// Plate → the first row that has it.
    by_plate: HashMap<u64, usize>,
}

impl People {
    fn add(&mut self, at: usize, plates: [u64; 2]) {
        self.joined.push(at);
        for plate in plates {
            let other = *self.by_plate.entry(plate).or_insert(at);
            let (one, other) = (self.first(at), self.first(other));
            self.joined[one.max(other)] = one.min(other);
        }
    }

    /// The first of the rows that a row is joined to.
    fn first(&mut self, mut at: usize) -> usize {
        while self.joined[at] != at {
            self.joined[at] = self.joined[self.joined[at]];
            at = self.joined[at];
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(name: &str, number: &str) -> Fit {
        let plates = [digest(&("name", name)), digest(&("number", number))];
        Fit { content: "".into(), identity: "".into(), plates }
    }

    #[test]
    fn rows_that_may_be_of_one_person_are_never_parted_and_keep_their_order() {
        // The first and the last are one at third hand: a number, a name, a number.
        let people = [("甲", "1"), ("乙", "2"), ("丙", "3"), ("丁", "4"), ("丙", "2"), ("甲", "3")];
        let fits: Vec<Fit> = people.iter().map(|(name, number)| fit(name, number)).collect();
        let rows: Vec<_> = fits.iter().enumerate().map(|(at, fit)| (at * 10, fit)).collect();
        assert_eq!(lots(&rows, 2), [vec![0, 10, 20, 40, 50], vec![30]]);
        assert_eq!(lots(&rows, 6), [[0, 10, 20, 30, 40, 50]]);
        assert_eq!(lots(&rows[..4], 3), [vec![0, 10, 20], vec![30]]);
        assert_eq!(lots(&rows[..4], 1), [[0], [10], [20], [30]]);
        assert!(lots(&[], 3).is_empty());
    }
}
