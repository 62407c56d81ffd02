//! Batching: what the resolvers of one level ask for is read together. One set of loaders serves one
//! execution; nothing is kept from one request, or one viewer, to another.

use std::collections::HashMap;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use entity::{
    Service, account, assessment, child_detail, disabled_detail, division, elderly_detail, excuse,
    household, ledger_entry, need, person, photo, refusal, reveal, station, submission, visit,
};
use hub::{
    HubError, import,
    ledgers::Detail,
    listing::{Anchor, Listing, Relation},
    page::{Page, Window},
    reveal::Grants,
};
use sea_orm::{EntityTrait, ModelTrait, Value};
use uuid::Uuid;

use crate::fetch::{Asking, Batch, Fetch, Read};

/// The model of a table.
pub type Row<E> = <E as EntityTrait>::Model;
/// What a loader of one row gives: absent and forbidden look the same.
pub type One<M> = Result<Option<Arc<M>>, HubError>;

/// A list: of the whole hub or of a parent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListKey<F, O> {
    pub parent: Option<(Relation, Anchor)>,
    pub filter: Arc<F>,
    pub order: O,
    pub window: Arc<Window>,
}

pub type KeyOf<E> = ListKey<<E as Listing>::Filter, <E as Listing>::Order>;
pub type PageOf<E> = Arc<Page<Arc<Row<E>>>>;

/// The loaders of one table.
pub struct Lists<E: Loaded> {
    pub by_id: Fetch<ById<E>>,
    pub pages: Fetch<Pages<E>>,
    /// None where it is suppressed.
    pub counts: Fetch<Counts<E>>,
}

/// A table with loaders.
pub trait Loaded: Listing<Model: Sync + 'static> + Sync + 'static {
    fn lists(loaders: &Loaders) -> &Lists<Self>;
}

/// The details of one kind of ledger entries, with their loader.
pub trait DetailLoaded: Detail<Model: Sync + 'static> + Sync + 'static {
    fn loader(loaders: &Loaders) -> &Fetch<Details<Self>>;
}

macro_rules! loaders {
    (lists { $($list:ident: $entity:ident),+ $(,)? } details { $($detail:ident),+ $(,)? }) => {
        /// Every loader of one execution.
        pub struct Loaders {
            $(pub $list: Lists<$entity::Entity>,)+
            $(pub $detail: Fetch<Details<$detail::Entity>>,)+
            pub division_by_code: Fetch<DivisionByCode>,
            pub services: Fetch<Services>,
            pub photos: Fetch<Photos>,
            pub import_counts: Fetch<ImportCounts>,
            pub account: Fetch<AccountById>,
            pub reveal: Fetch<RevealById>,
            /// What is open to the viewer now, all of it by one read.
            pub grants: Fetch<GrantsInForce>,
        }

        impl Loaders {
            #[must_use]
            pub fn new(asking: &Arc<Asking>) -> Self {
                Self {
                    $($list: Lists::new(asking),)+
                    $($detail: Fetch::new(asking),)+
                    division_by_code: Fetch::new(asking),
                    services: Fetch::new(asking),
                    photos: Fetch::new(asking),
                    import_counts: Fetch::new(asking),
                    account: Fetch::new(asking),
                    reveal: Fetch::new(asking),
                    grants: Fetch::new(asking),
                }
            }

            /// Forgets what was read, since something was written.
            pub fn clear(&self) {
                $(self.$list.clear();)+
                $(self.$detail.clear();)+
                self.services.clear();
                self.photos.clear();
                self.import_counts.clear();
                self.grants.clear();
            }
        }

        $(impl Loaded for $entity::Entity {
            fn lists(loaders: &Loaders) -> &Lists<Self> {
                &loaders.$list
            }
        })+

        $(impl DetailLoaded for $detail::Entity {
            fn loader(loaders: &Loaders) -> &Fetch<Details<Self>> {
                &loaders.$detail
            }
        })+
    };
}

loaders! {
    lists {
        divisions: division, stations: station, persons: person, households: household,
        visits: visit, assessments: assessment, ledger_entries: ledger_entry, needs: need,
        submissions: submission, excuses: excuse, refusals: refusal,
    }
    details { child_detail, elderly_detail, disabled_detail }
}

impl<E: Loaded> Lists<E> {
    fn new(asking: &Arc<Asking>) -> Self {
        Self { by_id: Fetch::new(asking), pages: Fetch::new(asking), counts: Fetch::new(asking) }
    }

    fn clear(&self) {
        self.by_id.clear();
        self.pages.clear();
        self.counts.clear();
    }
}

pub struct ById<E>(PhantomData<fn() -> E>);

impl<E: Loaded> Batch for ById<E> {
    type Key = Uuid;
    type Value = Option<Arc<Row<E>>>;

    async fn read(asking: &Asking, keys: &[Uuid]) -> Read<Self> {
        let found = asking.hub.by_ids::<E>(&asking.viewer, keys, &asking.columns).await;
        each_key(keys, found, |row| id_of(&row.get(E::ID)))
    }
}

pub struct Details<E>(PhantomData<fn() -> E>);

impl<E: DetailLoaded> Batch for Details<E> {
    type Key = Uuid;
    type Value = Option<Arc<Row<E>>>;

    async fn read(asking: &Asking, keys: &[Uuid]) -> Read<Self> {
        let found = asking.hub.details::<E>(keys).await;
        each_key(keys, found, |row| id_of(&row.get(E::ENTRY_ID)))
    }
}

pub struct DivisionByCode;

impl Batch for DivisionByCode {
    type Key = String;
    type Value = Option<Arc<division::Model>>;

    async fn read(asking: &Asking, keys: &[String]) -> Read<Self> {
        let found = asking.hub.divisions_by_codes(&asking.viewer, keys).await;
        each_key(keys, found, |row| row.code.clone())
    }
}

pub struct AccountById;

impl Batch for AccountById {
    type Key = Uuid;
    type Value = Option<Arc<account::Model>>;

    async fn read(asking: &Asking, keys: &[Uuid]) -> Read<Self> {
        each_key(keys, asking.hub.accounts(keys).await, |row| row.id)
    }
}

pub struct RevealById;

impl Batch for RevealById {
    type Key = Uuid;
    type Value = Option<Arc<reveal::Model>>;

    async fn read(asking: &Asking, keys: &[Uuid]) -> Read<Self> {
        each_key(keys, asking.hub.reveals_by_ids(keys).await, |row| row.id)
    }
}

pub struct GrantsInForce;

impl Batch for GrantsInForce {
    type Key = ();
    type Value = Arc<Grants>;

    async fn read(asking: &Asking, _: &[()]) -> Read<Self> {
        let found = asking.hub.grants(&asking.viewer).await;
        HashMap::from([((), found.map(Arc::new))])
    }
}

pub struct Services;

impl Batch for Services {
    type Key = Uuid;
    type Value = Vec<Service>;

    async fn read(asking: &Asking, keys: &[Uuid]) -> Read<Self> {
        let found = match asking.hub.services(&asking.viewer, keys).await {
            Ok(found) => found,
            Err(error) => return all_fail(keys, &error),
        };
        let mut given: HashMap<_, Vec<_>> = keys.iter().map(|key| (*key, Vec::new())).collect();
        for row in found {
            given.entry(row.visit_id).or_default().push(row.service);
        }
        for services in given.values_mut() {
            services.sort_unstable();
        }
        given.into_iter().map(|(key, row)| (key, Ok(row))).collect()
    }
}

pub struct Photos;

impl Batch for Photos {
    type Key = Uuid;
    type Value = Vec<photo::Model>;

    async fn read(asking: &Asking, keys: &[Uuid]) -> Read<Self> {
        let found = match asking.hub.photos(&asking.viewer, keys).await {
            Ok(found) => found,
            Err(error) => return all_fail(keys, &error),
        };
        let mut taken: HashMap<_, Vec<_>> = keys.iter().map(|key| (*key, Vec::new())).collect();
        for (visit, row) in found {
            taken.entry(visit).or_default().push(row);
        }
        taken.into_iter().map(|(key, rows)| (key, Ok(rows))).collect()
    }
}

pub struct ImportCounts;

impl Batch for ImportCounts {
    type Key = Uuid;
    type Value = import::act::Counts;

    async fn read(asking: &Asking, keys: &[Uuid]) -> Read<Self> {
        match asking.hub.import_counts(keys).await {
            Ok(found) => found.into_iter().map(|(key, counts)| (key, Ok(counts))).collect(),
            Err(error) => all_fail(keys, &error),
        }
    }
}

pub struct Pages<E>(PhantomData<fn() -> E>);

impl<E: Loaded> Batch for Pages<E> {
    type Key = KeyOf<E>;
    type Value = PageOf<E>;

    async fn read(asking: &Asking, keys: &[KeyOf<E>]) -> Read<Self> {
        let mut loaded = HashMap::new();
        for (asked, keys) in groups(keys) {
            let found = Self::page_of_each(asking, &asked, &keys).await;
            loaded.extend(give(&keys, found));
        }
        loaded
    }
}

impl<E: Loaded> Pages<E> {
    async fn page_of_each(
        Asking { hub, viewer, columns, .. }: &Asking,
        asked: &KeyOf<E>,
        keys: &[KeyOf<E>],
    ) -> Result<HashMap<Option<Anchor>, PageOf<E>>, HubError> {
        let window = (&*asked.window, &**columns);
        let Some((relation, _)) = asked.parent else {
            let page = hub.list::<E>(viewer, &asked.filter, asked.order, window);
            return Ok(HashMap::from([(None, shared(page.await?))]));
        };
        let parents = anchors(keys);
        let pages =
            hub.list_of_each::<E>(viewer, (relation, &parents), &asked.filter, asked.order, window);
        let pages = pages.await?.into_iter();
        Ok(pages.map(|(parent, page)| (Some(parent), shared(page))).collect())
    }
}

pub struct Counts<E>(PhantomData<fn() -> E>);

impl<E: Loaded> Batch for Counts<E> {
    type Key = KeyOf<E>;
    type Value = Option<i64>;

    async fn read(asking: &Asking, keys: &[KeyOf<E>]) -> Read<Self> {
        let mut loaded = HashMap::new();
        for (asked, keys) in groups(keys) {
            let found = Self::count_of_each(asking, &asked, &keys).await;
            loaded.extend(give(&keys, found));
        }
        loaded
    }
}

impl<E: Loaded> Counts<E> {
    async fn count_of_each(
        Asking { hub, viewer, .. }: &Asking,
        asked: &KeyOf<E>,
        keys: &[KeyOf<E>],
    ) -> Result<HashMap<Option<Anchor>, Option<i64>>, HubError> {
        let Some((relation, _)) = asked.parent else {
            let count = hub.count::<E>(viewer, &asked.filter).await?;
            return Ok(HashMap::from([(None, count)]));
        };
        let parents = anchors(keys);
        let counts = hub.count_of_each::<E>(viewer, (relation, &parents), &asked.filter).await?;
        Ok(counts.into_iter().map(|(parent, count)| (Some(parent), count)).collect())
    }
}

/// The lists that differ in their parent only, which one statement answers.
fn groups<F, O>(keys: &[ListKey<F, O>]) -> HashMap<ListKey<F, O>, Vec<ListKey<F, O>>>
where
    F: Clone + Eq + Hash,
    O: Copy + Eq + Hash,
{
    let mut groups: HashMap<_, Vec<_>> = HashMap::new();
    for key in keys {
        let mut alike = key.clone();
        alike.parent =
            key.parent.as_ref().map(|(relation, _)| (*relation, Anchor::Id(Uuid::nil())));
        groups.entry(alike).or_default().push(key.clone());
    }
    groups
}

fn anchors<F, O>(keys: &[ListKey<F, O>]) -> Vec<Anchor> {
    let parents = keys.iter().filter_map(|key| key.parent.as_ref());
    parents.map(|(_, anchor)| anchor.clone()).collect()
}

/// Answers every key from what each parent has.
fn give<F, O, V>(
    keys: &[ListKey<F, O>],
    found: Result<HashMap<Option<Anchor>, V>, HubError>,
) -> HashMap<ListKey<F, O>, Result<V, HubError>>
where
    F: Clone + Eq + Hash,
    O: Copy + Eq + Hash,
    V: Clone,
{
    let found = match found {
        Ok(found) => found,
        Err(error) => return all_fail(keys, &error),
    };
    let answer = |key: &ListKey<F, O>| {
        let parent = key.parent.as_ref().map(|(_, anchor)| anchor.clone());
        found.get(&parent).cloned().ok_or(HubError::Unavailable)
    };
    keys.iter().map(|key| (key.clone(), answer(key))).collect()
}

fn all_fail<K: Clone + Eq + Hash, V>(
    keys: &[K],
    error: &HubError,
) -> HashMap<K, Result<V, HubError>> {
    keys.iter().map(|key| (key.clone(), Err(error.clone()))).collect()
}

fn each_key<K: Clone + Eq + Hash, M>(
    keys: &[K],
    found: Result<Vec<M>, HubError>,
    key: impl Fn(&M) -> K,
) -> HashMap<K, One<M>> {
    let found = match found {
        Ok(found) => found,
        Err(error) => return all_fail(keys, &error),
    };
    let mut rows: HashMap<K, One<M>> = keys.iter().map(|key| (key.clone(), Ok(None))).collect();
    for row in found {
        rows.insert(key(&row), Ok(Some(Arc::new(row))));
    }
    rows
}

fn shared<M>(page: Page<M>) -> Arc<Page<Arc<M>>> {
    Arc::new(Page {
        rows: page.rows.into_iter().map(Arc::new).collect(),
        has_previous: page.has_previous,
        has_next: page.has_next,
    })
}

fn id_of(value: &Value) -> Uuid {
    match value {
        Value::Uuid(id) => id.unwrap_or_default(),
        _ => Uuid::nil(),
    }
}
