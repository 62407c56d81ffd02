//! Where the policy meets the fields: a row is kept in [`Kept`], and no field gets at it without
//! naming the class of what it shows. Which sight that gives is the policy's to say
//! ([`hub::policy`]).

use std::sync::Arc;

use async_graphql::{Context, Result};
use chrono::NaiveDate;
use entity::{SubmissionKind, person};
use hub::{
    HubError,
    columns::Columns,
    policy::{Class, Sight, is_minor, mask},
};
use sea_orm::{EntityTrait, ModelTrait};
use uuid::Uuid;

use crate::{
    context::ContextExt,
    fetch::{Batch, Fetch},
    notes::Notes,
};

/// Whom a row is about.
#[derive(Clone, Copy)]
pub enum About<'a> {
    Person(&'a person::Model),
    /// Of whom only the id is at hand.
    PersonId(Uuid),
    /// The household of this head, with minors among its people perhaps.
    Household(Uuid),
    /// A household that is not at hand.
    Anyone,
    /// No one served: what offices say to each other.
    Nobody,
}

impl About<'_> {
    pub fn person_id(id: Option<Uuid>) -> Self {
        id.map_or(Self::Anyone, Self::PersonId)
    }

    fn id(self) -> Option<Uuid> {
        match self {
            Self::Person(row) => Some(row.id),
            Self::PersonId(id) | Self::Household(id) => Some(id),
            Self::Anyone | Self::Nobody => None,
        }
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
        shown(sight, self.opened(ctx, column).await, mask)
    }

    async fn opened(
        &self,
        ctx: &Context<'_>,
        column: <M::Entity as EntityTrait>::Column,
    ) -> Result<Option<String>>
    where
        M: ModelTrait,
    {
        let selected = || Columns::Shown([ctx.field().name().to_owned()].into());
        debug_assert!(selected().reads(column), "read by no name of this field");
        Ok(ctx.hub()?.unsealed(&*self.0, column).await?)
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
        let mut lowest = Sight::Plain;
        for class in Class::ALL {
            lowest = lowest.min(ctx.sight_on(*class, self.0.about()).await);
        }
        // It has no masked form: what is not seen plainly is not seen.
        let sight = if lowest == Sight::Plain { lowest } else { Sight::Hidden };
        ctx.note(Class::Identity, M::TYPE, self.0.about(), sight);
        if sight == Sight::Hidden {
            return None;
        }
        self.opened(ctx, column).await.transpose()
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
    household as "Household": |row| About::Household(row.head_id);
    visit as "Visit": |row| About::person_id(row.person_id);
    assessment as "Assessment": |row| About::person_id(row.person_id);
    need as "Need": |row| About::person_id(row.person_id);
    excuse as "Excuse": |row| About::PersonId(row.person_id);
    ledger_entry as "LedgerEntry": |row| About::PersonId(row.person_id);
    refusal as "Refusal": |_row| About::Nobody;
    submission as "Submission": |row| match row.kind {
        SubmissionKind::Household => About::Anyone,
        _ => About::person_id(row.person_id),
    };
}

pub(crate) trait SightExt {
    /// What the viewer sees of a class of data on someone. In doubt, what it sees of a minor.
    async fn sight_on(&self, class: Class, about: About<'_>) -> Sight;

    /// The same, noted as what this field of a type shows.
    async fn sight(&self, class: Class, kind: &'static str, about: About<'_>) -> Sight;

    fn note(&self, class: Class, kind: &'static str, about: About<'_>, sight: Sight);

    /// Notes the figure or the rows of this field where they are suppressed.
    fn figure<T>(&self, kind: &str, figure: Option<T>) -> Option<T>;
}

impl SightExt for Context<'_> {
    async fn sight_on(&self, class: Class, about: About<'_>) -> Sight {
        let Some(notes) = self.data_opt::<Arc<Notes>>() else { return Sight::Hidden };
        let (adult, minor) = (notes.sights.on_adult(class), notes.sights.on_minor(class));
        if adult == minor && (adult == Sight::Plain || !notes.may_reveal) {
            return adult;
        }
        let is_minor = adult > minor && is_about_minor(self, about, notes.today).await;
        let sight = if is_minor { minor } else { adult };
        match about.id().filter(|_| sight < Sight::Plain && notes.may_reveal) {
            Some(person) => granted(self, person, class, sight).await,
            None => sight,
        }
    }

    async fn sight(&self, class: Class, kind: &'static str, about: About<'_>) -> Sight {
        let sight = self.sight_on(class, about).await;
        self.note(class, kind, about, sight);
        sight
    }

    fn note(&self, class: Class, kind: &'static str, about: About<'_>, sight: Sight) {
        if let Some(notes) = self.data_opt::<Arc<Notes>>() {
            notes.add((kind, self.field().name()), class, sight, about.id());
        }
    }

    fn figure<T>(&self, kind: &str, figure: Option<T>) -> Option<T> {
        if let (None, Some(notes)) = (&figure, self.data_opt::<Arc<Notes>>()) {
            notes.suppress((kind, self.field().name()));
        }
        figure
    }
}

/// What the viewer's grants open beyond the policy. What cannot be read opens nothing.
async fn granted(ctx: &Context<'_>, person: Uuid, class: Class, below: Sight) -> Sight {
    let Ok(loaders) = ctx.loaders() else { return below };
    let grants = found(&loaders.grants, ()).await;
    grants.map_or(below, |grants| grants.sight(person, class, below))
}

async fn is_about_minor(ctx: &Context<'_>, about: About<'_>, today: NaiveDate) -> bool {
    match about {
        About::Household(_) | About::Anyone => true,
        About::Nobody => false,
        About::Person(row) => is_minor(row, today),
        About::PersonId(id) => {
            let Ok(loaders) = ctx.loaders() else { return true };
            let found = found(&loaders.persons.by_id, id).await;
            found.ok().flatten().is_none_or(|row| is_minor(&row, today))
        }
    }
}

/// What was read already is at hand at once. Else it is loaded, apart, so that the future of every
/// field stays small.
async fn found<B: Batch>(fetch: &Fetch<B>, key: B::Key) -> std::result::Result<B::Value, HubError> {
    match fetch.found(&key) {
        Some(found) => found,
        None => Box::pin(fetch.load(key)).await,
    }
}
