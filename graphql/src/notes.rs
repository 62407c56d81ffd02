//! What one operation saw: which fields, and whose. It is told beside the answer where it is not
//! all, and noted in the trail where it tells who someone is.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use async_graphql::{Name, Response, Value};
use chrono::NaiveDate;
use hub::{
    access::Viewer,
    policy::{Class, Sight, Sights},
    trail::Access,
};
use uuid::Uuid;

use crate::context::RequestContext;

/// The notes on one execution, with what its viewer sees, looked up once.
pub struct Notes {
    pub(crate) sights: Sights,
    pub(crate) may_reveal: bool,
    pub(crate) today: NaiveDate,
    seen: Mutex<Seen>,
    trail_of: OnceLock<Uuid>,
}

#[derive(Default)]
struct Seen {
    /// By type, then by field.
    fields: BTreeMap<Cow<'static, str>, BTreeMap<String, Field>>,
    people: HashSet<Uuid>,
    /// Whether anything was shown that tells who someone is, also where no single person is meant.
    identifies: bool,
}

/// What was shown of a field over all its rows.
struct Field {
    lowest: Sight,
    /// Shown at least masked, and no worker's name.
    shown: bool,
    /// A figure about too few people, or one that would tell such a figure.
    suppressed: bool,
}

/// A field by the type of the schema that has it.
pub(crate) type FieldOf<'a> = (&'static str, &'a str);

impl Notes {
    pub(crate) fn of(viewer: &Viewer, today: NaiveDate) -> Self {
        let (sights, may_reveal) = (viewer.sights(), viewer.may_reveal());
        Self { sights, may_reveal, today, seen: Mutex::default(), trail_of: OnceLock::new() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(
        &self,
        (kind, name): FieldOf<'_>,
        class: Class,
        sight: Sight,
        person: Option<Uuid>,
    ) {
        let shown = sight > Sight::Hidden && class != Class::Staff;
        let seen = &mut *self.seen();
        let fields = seen.fields.entry(Cow::Borrowed(kind)).or_default();
        match fields.get_mut(name) {
            Some(field) => {
                field.lowest = sight.min(field.lowest);
                field.shown |= shown;
            }
            None => {
                let field = Field { lowest: sight, shown, suppressed: false };
                fields.insert(name.to_owned(), field);
            }
        }
        if shown && class.identifies() {
            seen.identifies = true;
            seen.people.extend(person);
        }
    }

    /// Notes that a figure was suppressed.
    pub(crate) fn suppress(&self, (kind, name): (&str, &str)) {
        let field = Field { lowest: Sight::Plain, shown: false, suppressed: true };
        let seen = &mut *self.seen();
        let fields = seen.fields.entry(Cow::Owned(kind.to_owned())).or_default();
        fields.entry(name.to_owned()).or_insert(field).suppressed = true;
    }

    /// Whether the trail of this person may be read: it is read of one person an operation, since
    /// each takes a statement.
    pub(crate) fn may_read_trail_of(&self, person: Uuid) -> bool {
        *self.trail_of.get_or_init(|| person) == person
    }

    /// What the trail keeps of it; nothing where nothing told who someone is. Beside the fields that
    /// do, it names the others that were shown of these people.
    pub(crate) fn access(&self, asked: &RequestContext, operation: &str) -> Option<Access> {
        let seen = self.seen();
        let mut access = asked.access(operation).filter(|_| seen.identifies)?;
        for (kind, fields) in &seen.fields {
            let shown = fields.iter().filter(|(_, field)| field.shown);
            access.fields.extend(shown.map(|(name, _)| format!("{kind}.{name}")));
        }
        access.people.extend(&seen.people);
        Some(access)
    }

    /// Tells in `extensions.sight` what was not shown plainly: `{"Person.phone": "HIDDEN"}`, the
    /// lowest of a field's rows.
    pub(crate) fn tell(&self, response: Response) -> Response {
        let seen = self.seen();
        let mut told = async_graphql::indexmap::IndexMap::new();
        for (kind, fields) in &seen.fields {
            for (name, Field { lowest, suppressed, .. }) in fields {
                let word = match lowest {
                    _ if *suppressed => "SUPPRESSED",
                    Sight::Hidden => "HIDDEN",
                    Sight::Masked => "MASKED",
                    Sight::Plain => continue,
                };
                told.insert(Name::new(format!("{kind}.{name}")), Value::from(word));
            }
        }
        match told.is_empty() {
            true => response,
            false => response.extension("sight", Value::Object(told)),
        }
    }
}
