//! What an operation showed of whom, gathered while it runs.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use hub::trail::Access;
use uuid::Uuid;

/// Gathers what resolvers show. Cheap to clone; clones gather into one.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<Mutex<Gathered>>);

#[derive(Debug, Default)]
struct Gathered {
    people: BTreeSet<Uuid>,
    fields: BTreeSet<&'static str>,
}

impl Seen {
    /// A field such as `Person.name` was shown, of this person where it is known.
    pub fn saw(&self, person: Option<Uuid>, field: &'static str) {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.people.extend(person);
        gathered.fields.insert(field);
    }

    /// Moves what was gathered into an access; none where nothing was.
    #[must_use]
    pub fn take(&self, mut access: Access) -> Option<Access> {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Gathered { people, fields } = std::mem::take(&mut *gathered);
        access.people.extend(people);
        access.fields.extend(fields.into_iter().map(str::to_owned));
        (!access.fields.is_empty()).then_some(access)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_taken_once() {
        let access = Access {
            account_id: None,
            role: None,
            from_address: None,
            request_id: String::new(),
            operation: "QUERY".to_owned(),
            purpose: None,
            fields: BTreeSet::new(),
            people: BTreeSet::new(),
        };
        let (seen, person) = (Seen::default(), Uuid::nil());
        assert!(seen.take(access.clone()).is_none());
        for _ in 0..2 {
            seen.clone().saw(Some(person), "Person.name");
        }
        seen.saw(None, "Person.phone");
        let taken = seen.take(access.clone()).unwrap();
        assert!(taken.fields.iter().eq(["Person.name", "Person.phone"]));
        assert!(taken.people.iter().eq([&person]));
        assert!(seen.take(access).is_none());
    }
}
