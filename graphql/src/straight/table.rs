//! The fields that are answered straight: which column each shows, and how. The resolvers in `types` say
//! the same; a test asks both for every field here, as every role.

use std::marker::PhantomData;

use async_graphql::{InputType, Value};
use entity::{Sealed, assessment, person, station, visit};
use futures_util::future::BoxFuture;
use hub::{
    Hub, HubError,
    access::Viewer,
    keys::{Keyring, Shut},
    listing::{Listing, Relation},
    page::{Window, cursor_at},
    policy::{Class, mask},
    tree::{Branch, Hang, Wanted},
};
use sea_orm::{EntityTrait, Iterable};
use uuid::Uuid;

use crate::{
    connection::Connected,
    ids::Kind,
    types::{Assessment, Person, Station, Visit},
};

pub(super) type Mask = fn(&str) -> Option<String>;

/// How a field shows its column.
#[derive(Clone, Copy)]
pub(super) enum Shows {
    /// To everyone who reaches the row.
    Open,
    /// Plainly or not at all.
    Plain(Class),
    Masked(Class, Mask),
    /// The same of a sealed text.
    Sealed(Class, Mask),
}

impl Shows {
    pub fn class(self) -> Option<Class> {
        match self {
            Self::Open => None,
            Self::Plain(class) | Self::Masked(class, _) | Self::Sealed(class, _) => Some(class),
        }
    }
}

/// What a field leads on to.
#[derive(Clone, Copy)]
pub(super) enum Leads<C> {
    /// To the row that a column names.
    Named(C),
    /// To the newest that hangs on it so.
    Newest(Relation),
    /// To the list of those.
    List(Relation),
}

/// Whom a row is about, as in `sight`.
#[derive(Clone, Copy)]
pub(super) enum About<C> {
    /// Someone born on the day of this column.
    Itself(C),
    /// The person that this column names.
    Person(C),
    NoOne,
}

type Led<C> = (&'static str, Leads<C>, &'static dyn Table);

/// A type whose rows are shown straight.
pub(super) trait Shown: Connected {
    const KIND: Kind;
    const ABOUT: About<ColumnOf<Self>>;
    const FIELDS: &'static [(&'static str, ColumnOf<Self>, Shows)];
    fn leads() -> Vec<Led<ColumnOf<Self>>>;
}

type ColumnOf<N> = <<N as Connected>::Entity as EntityTrait>::Column;

/// The arguments of a list.
pub(super) struct Arguments {
    pub filter: Option<Value>,
    pub order: Option<Value>,
    pub window: Window,
}

/// Tells the cursor of a row by its sort key and id.
pub(super) type Cursor = Box<dyn Fn(Option<sea_orm::Value>, Uuid) -> String + Send + Sync>;

/// A table, whatever its columns: these go by their place in it.
pub(super) trait Table: Sync {
    fn kind(&self) -> Kind;
    fn about(&self) -> About<usize>;
    fn field(&self, name: &str) -> Option<(&'static str, usize, Shows)>;
    fn leads(&self, name: &str) -> Option<(Leads<usize>, &'static dyn Table)>;
    fn id(&self) -> usize;
    fn open(
        &self,
        ring: &Keyring,
        column: usize,
        row: Uuid,
        sealed: &Sealed,
    ) -> Result<String, Shut>;

    /// Its rows as a branch of a tree. None where the arguments are not valid, or no tree can have them.
    fn branch<'a>(
        &'a self,
        asked: (&'a Hub, &'a Viewer),
        hang: Hang,
        given: &'a Arguments,
        columns: &'a [usize],
    ) -> BoxFuture<'a, Result<Option<(Branch, Cursor)>, HubError>>;
}

struct Of<N>(PhantomData<fn() -> N>);

impl<N: Shown> Of<N> {
    fn place(column: ColumnOf<N>) -> usize {
        let name = sea_orm::IdenStatic::as_str(&column);
        let mut columns = ColumnOf::<N>::iter();
        columns.position(|known| sea_orm::IdenStatic::as_str(&known) == name).unwrap_or(0)
    }

    fn column(place: usize) -> Option<ColumnOf<N>> {
        ColumnOf::<N>::iter().nth(place)
    }
}

fn parsed<T: InputType>(value: Option<&Value>) -> Option<Option<T>> {
    Option::<T>::parse(value.cloned()).ok()
}

impl<N: Shown> Table for Of<N> {
    fn kind(&self) -> Kind {
        N::KIND
    }

    fn about(&self) -> About<usize> {
        match N::ABOUT {
            About::Itself(column) => About::Itself(Self::place(column)),
            About::Person(column) => About::Person(Self::place(column)),
            About::NoOne => About::NoOne,
        }
    }

    fn field(&self, name: &str) -> Option<(&'static str, usize, Shows)> {
        let (name, column, shows) = N::FIELDS.iter().find(|(known, ..)| *known == name)?;
        Some((name, Self::place(*column), *shows))
    }

    fn leads(&self, name: &str) -> Option<(Leads<usize>, &'static dyn Table)> {
        let (_, leads, to) = N::leads().into_iter().find(|(known, ..)| *known == name)?;
        let leads = match leads {
            Leads::Named(column) => Leads::Named(Self::place(column)),
            Leads::Newest(relation) => Leads::Newest(relation),
            Leads::List(relation) => Leads::List(relation),
        };
        Some((leads, to))
    }

    fn id(&self) -> usize {
        Self::place(N::Entity::ID)
    }

    fn open(
        &self,
        ring: &Keyring,
        column: usize,
        row: Uuid,
        sealed: &Sealed,
    ) -> Result<String, Shut> {
        ring.open(Self::column(column).ok_or(Shut::Broken)?, row, sealed)
    }

    fn branch<'a>(
        &'a self,
        (hub, viewer): (&'a Hub, &'a Viewer),
        hang: Hang,
        given: &'a Arguments,
        columns: &'a [usize],
    ) -> BoxFuture<'a, Result<Option<(Branch, Cursor)>, HubError>> {
        Box::pin(async move {
            let filter = parsed::<N::Filter>(given.filter.as_ref());
            let order = parsed::<N::Order>(given.order.as_ref());
            let (Some(filter), Some(order)) = (filter, order) else { return Ok(None) };
            let filter = filter.map(TryInto::try_into).transpose()?.unwrap_or_default();
            let order = order.map(Into::into).unwrap_or_default();
            let columns: Vec<_> = columns.iter().filter_map(|at| Self::column(*at)).collect();
            let wanted = Wanted::<N::Entity> {
                hang,
                filter: &filter,
                order,
                window: &given.window,
                columns: &columns,
            };
            let branch = hub.branch(viewer, &wanted).await?;
            let cursor: Cursor = Box::new(move |key, id| cursor_at::<N::Entity>(order, key, id));
            Ok(branch.map(|branch| (branch, cursor)))
        })
    }
}

static STATION: Of<Station> = Of(PhantomData);
static PERSON: Of<Person> = Of(PhantomData);
static VISIT: Of<Visit> = Of(PhantomData);
static ASSESSMENT: Of<Assessment> = Of(PhantomData);

pub(super) static PEOPLE: &dyn Table = &PERSON;

/// The lists of the whole hub.
pub(super) fn list(field: &str) -> Option<&'static dyn Table> {
    Some(match field {
        "stations" => &STATION,
        "persons" => &PERSON,
        "visits" => &VISIT,
        "assessments" => &ASSESSMENT,
        _ => return None,
    })
}

/// The rows of the whole hub, by id; a station also by the filter of its code.
pub(super) fn one(field: &str) -> Option<&'static dyn Table> {
    Some(match field {
        "station" => &STATION,
        "person" => &PERSON,
        "visit" => &VISIT,
        _ => return None,
    })
}

use Shows::{Masked, Open, Plain, Sealed as Shut_};

impl Shown for Station {
    const KIND: Kind = Kind::Station;
    const ABOUT: About<station::Column> = About::NoOne;
    const FIELDS: &'static [(&'static str, station::Column, Shows)] = &[
        ("code", station::Column::Code, Open),
        ("name", station::Column::Name, Open),
        ("divisionCode", station::Column::DivisionCode, Open),
    ];

    fn leads() -> Vec<Led<station::Column>> {
        vec![
            ("newestVisit", Leads::Newest(Relation::Station), &VISIT),
            ("visits", Leads::List(Relation::Station), &VISIT),
            ("assessments", Leads::List(Relation::Station), &ASSESSMENT),
        ]
    }
}

impl Shown for Person {
    const KIND: Kind = Kind::Person;
    const ABOUT: About<person::Column> = About::Itself(person::Column::BirthDate);
    const FIELDS: &'static [(&'static str, person::Column, Shows)] = &[
        ("name", person::Column::Name, Masked(Class::Identity, mask::name)),
        ("residentId", person::Column::ResidentId, Shut_(Class::Identity, mask::number)),
        ("noIdReason", person::Column::NoIdReason, Open),
        ("sex", person::Column::Sex, Open),
        ("birthDate", person::Column::BirthDate, Plain(Class::Identity)),
        ("divisionCode", person::Column::DivisionCode, Open),
        ("address", person::Column::Address, Shut_(Class::Address, mask::whole)),
        ("phone", person::Column::Phone, Shut_(Class::Contact, mask::phone)),
        ("incomeClass", person::Column::IncomeClass, Plain(Class::Finance)),
        (
            "householdRelation",
            person::Column::HouseholdRelation,
            Masked(Class::Guardian, mask::whole),
        ),
        ("version", person::Column::Version, Open),
        ("createdAt", person::Column::CreatedAt, Open),
        ("updatedAt", person::Column::UpdatedAt, Open),
    ];

    fn leads() -> Vec<Led<person::Column>> {
        vec![
            ("newestVisit", Leads::Newest(Relation::Person), &VISIT),
            ("newestAssessment", Leads::Newest(Relation::Person), &ASSESSMENT),
            ("visits", Leads::List(Relation::Person), &VISIT),
            ("assessments", Leads::List(Relation::Person), &ASSESSMENT),
        ]
    }
}

impl Shown for Visit {
    const KIND: Kind = Kind::Visit;
    const ABOUT: About<visit::Column> = About::Person(visit::Column::PersonId);
    const FIELDS: &'static [(&'static str, visit::Column, Shows)] = &[
        ("visitedOn", visit::Column::VisitedOn, Open),
        ("minutes", visit::Column::Minutes, Open),
        ("mode", visit::Column::Mode, Open),
        ("met", visit::Column::Met, Shut_(Class::FreeText, mask::whole)),
        ("living", visit::Column::Living, Shut_(Class::FreeText, mask::whole)),
        ("body", visit::Column::Body, Shut_(Class::FreeText, mask::whole)),
        ("mind", visit::Column::Mind, Shut_(Class::FreeText, mask::whole)),
        ("place", visit::Column::Place, Shut_(Class::FreeText, mask::whole)),
        ("nextVisitOn", visit::Column::NextVisitOn, Open),
        ("remark", visit::Column::Remark, Shut_(Class::FreeText, mask::whole)),
        ("divisionCode", visit::Column::DivisionCode, Open),
        ("recordedAt", visit::Column::RecordedAt, Open),
    ];

    fn leads() -> Vec<Led<visit::Column>> {
        vec![
            ("person", Leads::Named(visit::Column::PersonId), &PERSON),
            ("station", Leads::Named(visit::Column::StationId), &STATION),
        ]
    }
}

impl Shown for Assessment {
    const KIND: Kind = Kind::Assessment;
    const ABOUT: About<assessment::Column> = About::Person(assessment::Column::PersonId);
    const FIELDS: &'static [(&'static str, assessment::Column, Shows)] = &[
        ("assessedOn", assessment::Column::AssessedOn, Open),
        ("instrumentCode", assessment::Column::Instrument, Open),
        ("instrumentVersion", assessment::Column::InstrumentVersion, Open),
        ("score", assessment::Column::Score, Plain(Class::Health)),
        ("level", assessment::Column::Level, Plain(Class::Health)),
        ("levelRank", assessment::Column::LevelRank, Plain(Class::Health)),
        ("remark", assessment::Column::Remark, Shut_(Class::FreeText, mask::whole)),
        ("divisionCode", assessment::Column::DivisionCode, Open),
        ("recordedAt", assessment::Column::RecordedAt, Open),
    ];

    fn leads() -> Vec<Led<assessment::Column>> {
        vec![
            ("person", Leads::Named(assessment::Column::PersonId), &PERSON),
            ("station", Leads::Named(assessment::Column::StationId), &STATION),
        ]
    }
}
