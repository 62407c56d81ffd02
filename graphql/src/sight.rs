//! Where the policy meets the fields: a row is kept in [`Kept`], and no field gets at it without
//! naming the class of what it shows. Which sight that gives is the policy's to say
//! ([`hub::policy`]).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Response, Result, Value};
use entity::{SubmissionKind, person};
use hub::policy::{Class, Sight, is_minor, mask};
use sea_orm::{EntityTrait, ModelTrait};
use uuid::Uuid;

use crate::context::ContextExt;

/// Whom a row is about.
#[derive(Clone, Copy)]
pub enum About<'a> {
    Person(&'a person::Model),
    /// Of whom only the id is at hand.
    PersonId(Uuid),
    /// A household as a whole, with minors among its people perhaps.
    Anyone,
}

impl About<'_> {
    pub fn person_id(id: Option<Uuid>) -> Self {
        id.map_or(Self::Anyone, Self::PersonId)
    }
}

/// A row that is about someone.
pub trait Subject {
    /// The type of the schema that shows it.
    const TYPE: &'static str;

    fn about(&self) -> About<'_>;
}

/// A row, kept.
pub struct Kept<M>(Arc<M>);

impl<M> Clone for Kept<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M> From<Arc<M>> for Kept<M> {
    fn from(row: Arc<M>) -> Self {
        Self(row)
    }
}

impl<M> Kept<M> {
    /// What everyone sees who reaches the row: ids, days, kinds, places.
    pub fn open<'a, T>(&'a self, value: impl FnOnce(&'a M) -> T) -> T {
        value(&self.0)
    }
}

impl<M: Subject> Kept<M> {
    pub async fn sight(&self, ctx: &Context<'_>, class: Class) -> Sight {
        ctx.sight(class, M::TYPE, self.0.about()).await
    }

    /// A text of a class, masked where the viewer sees no more.
    pub async fn text<'a>(
        &'a self,
        ctx: &Context<'_>,
        class: Class,
        mask: fn(&str) -> Option<String>,
        value: impl FnOnce(&'a M) -> Option<&'a str>,
    ) -> Option<String> {
        match self.sight(ctx, class).await {
            Sight::Plain => value(&self.0).map(str::to_owned),
            Sight::Masked => value(&self.0).and_then(mask),
            Sight::Hidden => None,
        }
    }

    /// A sealed text of a class, opened where the viewer sees something of it, and masked where it
    /// sees no more.
    pub async fn sealed(
        &self,
        ctx: &Context<'_>,
        class: Class,
        mask: fn(&str) -> Option<String>,
        column: <M::Entity as EntityTrait>::Column,
    ) -> Option<Result<String>>
    where
        M: ModelTrait,
    {
        let sight = self.sight(ctx, class).await;
        if sight == Sight::Hidden {
            return None;
        }
        let opened = async { Ok(ctx.hub()?.unsealed(&*self.0, column).await?) };
        shown(sight, opened.await, mask)
    }

    /// A value of a class that has no masked form.
    pub async fn value<'a, T>(
        &'a self,
        ctx: &Context<'_>,
        class: Class,
        value: impl FnOnce(&'a M) -> Option<T>,
    ) -> Option<T> {
        match self.sight(ctx, class).await {
            Sight::Plain => value(&self.0),
            Sight::Masked | Sight::Hidden => None,
        }
    }

    /// A sealed text that holds data of every class.
    pub async fn whole(
        &self,
        ctx: &Context<'_>,
        column: <M::Entity as EntityTrait>::Column,
    ) -> Option<Result<String>>
    where
        M: ModelTrait,
    {
        for class in Class::ALL {
            if self.sight(ctx, *class).await < Sight::Plain {
                return None;
            }
        }
        let opened = async { Ok(ctx.hub()?.unsealed(&*self.0, column).await?) };
        opened.await.transpose()
    }

    /// Names of workers.
    pub async fn staff<'a>(
        &'a self,
        ctx: &Context<'_>,
        names: impl FnOnce(&'a M) -> &'a [String],
    ) -> Vec<String> {
        let sight = self.sight(ctx, Class::Staff).await;
        let names = names(&self.0).iter();
        match sight {
            Sight::Plain => names.cloned().collect(),
            Sight::Masked => names.filter_map(|name| mask::name(name)).collect(),
            Sight::Hidden => Vec::new(),
        }
    }
}

/// A text that was opened, as far as the viewer sees it.
pub fn shown(
    sight: Sight,
    opened: Result<Option<String>>,
    mask: fn(&str) -> Option<String>,
) -> Option<Result<String>> {
    let masked = |text: String| match sight {
        Sight::Plain => Some(text),
        Sight::Masked => mask(&text),
        Sight::Hidden => None,
    };
    opened.map(|text| text.and_then(masked)).transpose()
}

macro_rules! subjects {
    ($($entity:ident as $name:literal: |$row:ident| $about:expr;)+) => {$(
        impl Subject for entity::$entity::Model {
            const TYPE: &'static str = $name;

            fn about(&self) -> About<'_> {
                let $row = self;
                $about
            }
        }
    )+};
}

subjects! {
    person as "Person": |row| About::Person(row);
    household as "Household": |row| About::PersonId(row.head_id);
    visit as "Visit": |row| About::person_id(row.person_id);
    assessment as "Assessment": |row| About::person_id(row.person_id);
    need as "Need": |row| About::person_id(row.person_id);
    ledger_entry as "LedgerEntry": |row| About::PersonId(row.person_id);
    submission as "Submission": |row| match row.kind {
        SubmissionKind::Household => About::Anyone,
        _ => About::person_id(row.person_id),
    };
}

/// Why a value is not shown plainly, the strongest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Note {
    /// A figure about too few people, or one that would tell such a figure.
    Suppressed,
    Hidden,
    Masked,
}

impl Note {
    fn word(self) -> &'static str {
        match self {
            Self::Suppressed => "SUPPRESSED",
            Self::Hidden => "HIDDEN",
            Self::Masked => "MASKED",
        }
    }

    fn of(sight: Sight) -> Option<Self> {
        match sight {
            Sight::Hidden => Some(Self::Hidden),
            Sight::Masked => Some(Self::Masked),
            Sight::Plain => None,
        }
    }
}

/// What one answer did not show plainly, by type and field.
#[derive(Default)]
pub struct Notes(Mutex<BTreeMap<String, Note>>);

impl Notes {
    fn add(&self, field: String, note: Note) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let strongest = notes.entry(field).or_insert(note);
        *strongest = note.min(*strongest);
    }

    /// Tells them in `extensions.sight`: `{"Person.phone": "HIDDEN"}`, the strongest of a field's rows.
    pub fn tell(&self, response: Response) -> Response {
        let notes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if notes.is_empty() {
            return response;
        }
        let told = notes
            .into_iter()
            .map(|(field, note)| (async_graphql::Name::new(field), Value::from(note.word())));
        response.extension("sight", Value::Object(told.collect()))
    }
}

pub(crate) trait SightExt {
    async fn sight(&self, class: Class, kind: &str, about: About<'_>) -> Sight;

    /// Notes the figure or the rows of this field where they are suppressed.
    fn figure<T>(&self, kind: &str, figure: Option<T>) -> Option<T>;
}

impl SightExt for Context<'_> {
    /// What the viewer sees of a class of data on someone; noted where it is not all. In doubt, what
    /// it sees of a minor.
    async fn sight(&self, class: Class, kind: &str, about: About<'_>) -> Sight {
        let Ok(viewer) = self.viewer() else { return Sight::Hidden };
        let (adult, minor) = (viewer.sight(class), viewer.sight_on_minor(class));
        let sight = if adult > minor && is_about_minor(self, about).await { minor } else { adult };
        if let Some(note) = Note::of(sight) {
            note_field(self, kind, note);
        }
        sight
    }

    fn figure<T>(&self, kind: &str, figure: Option<T>) -> Option<T> {
        if figure.is_none() {
            note_field(self, kind, Note::Suppressed);
        }
        figure
    }
}

fn note_field(ctx: &Context<'_>, kind: &str, note: Note) {
    if let Some(notes) = ctx.data_opt::<Arc<Notes>>() {
        notes.add(format!("{kind}.{}", ctx.field().name()), note);
    }
}

async fn is_about_minor(ctx: &Context<'_>, about: About<'_>) -> bool {
    let Ok(hub) = ctx.hub() else { return true };
    let today = hub.clock.today();
    match about {
        About::Anyone => true,
        About::Person(row) => is_minor(row, today),
        About::PersonId(id) => {
            let Ok(loaders) = ctx.loaders() else { return true };
            let found = loaders.persons.by_id.load(id).await;
            found.ok().flatten().is_none_or(|row| is_minor(&row, today))
        }
    }
}
