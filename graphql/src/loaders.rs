//! Batching: what the resolvers of one level ask for is read together. One set of loaders serves one
//! execution; nothing is kept from one request, or one viewer, to another.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::gate::Gate;
use dataloader::{BatchFn, cached::Loader};
use entity::{
    Service, account, assessment, child_detail, disabled_detail, division, elderly_detail,
    household, ledger_entry, need, person, reveal, station, submission, visit,
};
use hub::{
    Hub, HubError,
    access::Viewer,
    ledgers::Detail,
    listing::{Anchor, Listing, Relation},
    page::{Page, Window},
    reveal::Grants,
};
use sea_orm::{EntityTrait, ModelTrait, Value};
use uuid::Uuid;

/// In this crate a batch is as large as what is asked for; the hub cuts statements to size.
const BATCH: usize = 20_000;

/// Who asks, and of which hub.
pub struct Asking {
    pub hub: Hub,
    pub viewer: Viewer,
    pub gate: Arc<Gate>,
}

/// A loader whose batch is all that is asked for before the gate opens.
pub struct Fetch<K, V, F>
where
    K: Eq + Hash + Clone + Debug,
    V: Clone,
    F: BatchFn<K, V>,
{
    /// Made when it is asked: an execution needs few of them.
    loader: OnceLock<Loader<K, V, Boxed<F>>>,
    make: fn(Arc<Asking>) -> F,
    /// With the round of the gate in which it was asked.
    asked: Mutex<Vec<(usize, K)>>,
    asking: Arc<Asking>,
}

impl<K, V, F> Fetch<K, V, F>
where
    K: Eq + Hash + Clone + Debug,
    V: Clone,
    F: BatchFn<K, V>,
{
    fn new(asking: &Arc<Asking>, make: fn(Arc<Asking>) -> F) -> Self {
        let asking = Arc::clone(asking);
        Self { loader: OnceLock::new(), make, asked: Mutex::default(), asking }
    }

    fn loader(&self) -> &Loader<K, V, Boxed<F>> {
        self.loader.get_or_init(|| {
            let fetch = Boxed((self.make)(Arc::clone(&self.asking)));
            Loader::new(fetch).with_max_batch_size(BATCH).with_yield_count(0)
        })
    }

    fn asked(&self) -> MutexGuard<'_, Vec<(usize, K)>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn load(&self, key: K) -> V {
        let gate = &self.asking.gate;
        let round = gate.round();
        self.asked().push((round, key.clone()));
        gate.wait().await;
        // The first one through reads for all of its round. Rows that came through already may have
        // asked anew: those wait for the next.
        let keys: Vec<K> = {
            let mut asked = self.asked();
            asked.extract_if(.., |(asked_in, _)| *asked_in <= round).map(|(_, key)| key).collect()
        };
        if !keys.is_empty() {
            let _reading = gate.reading();
            self.loader().load_many(keys).await;
        }
        self.loader().load(key).await
    }

    async fn clear(&self) {
        if let Some(loader) = self.loader.get() {
            loader.clear_all().await;
        }
    }
}

/// Keeps the future of a read apart: within, it would make that of every field as large, which is
/// moved about for each field of each row.
struct Boxed<F>(F);

impl<K, V, F: BatchFn<K, V>> BatchFn<K, V> for Boxed<F> {
    async fn load(&mut self, keys: &[K]) -> HashMap<K, V> {
        Box::pin(self.0.load(keys)).await
    }
}

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
    pub by_id: Fetch<Uuid, One<Row<E>>, ById<E>>,
    pub pages: Fetch<KeyOf<E>, Result<PageOf<E>, HubError>, Pages<E>>,
    /// None where it is suppressed.
    pub counts: Fetch<KeyOf<E>, Result<Option<i64>, HubError>, Counts<E>>,
}

/// A table with loaders.
pub trait Loaded: Listing<Model: Sync + 'static> + Sync + 'static {
    fn lists(loaders: &Loaders) -> &Lists<Self>;
}

/// The details of one kind of ledger entries, with their loader.
pub trait DetailLoaded: Detail<Model: Sync + 'static> + Sync + 'static {
    fn loader(loaders: &Loaders) -> &Fetch<Uuid, One<Row<Self>>, Details<Self>>;
}

macro_rules! loaders {
    (lists { $($list:ident: $entity:ident),+ $(,)? } details { $($detail:ident),+ $(,)? }) => {
        /// Every loader of one execution.
        pub struct Loaders {
            $(pub $list: Lists<$entity::Entity>,)+
            $(pub $detail: Fetch<Uuid, One<$detail::Model>, Details<$detail::Entity>>,)+
            pub division_by_code: Fetch<String, One<division::Model>, DivisionByCode>,
            pub services: Fetch<Uuid, Result<Vec<Service>, HubError>, Services>,
            pub account: Fetch<Uuid, One<account::Model>, AccountById>,
            pub reveal: Fetch<Uuid, One<reveal::Model>, RevealById>,
            /// What is open to the viewer now, all of it by one read.
            pub grants: Fetch<(), Result<Arc<Grants>, HubError>, GrantsInForce>,
        }

        impl Loaders {
            #[must_use]
            pub fn new(asking: &Arc<Asking>) -> Self {
                Self {
                    $($list: Lists::new(asking),)+
                    $($detail: Fetch::new(asking, |asking| Details(asking, PhantomData)),)+
                    division_by_code: Fetch::new(asking, DivisionByCode),
                    services: Fetch::new(asking, Services),
                    account: Fetch::new(asking, AccountById),
                    reveal: Fetch::new(asking, RevealById),
                    grants: Fetch::new(asking, GrantsInForce),
                }
            }

            /// Forgets what was read, since something was written.
            pub async fn clear(&self) {
                $(self.$list.clear().await;)+
                $(self.$detail.clear().await;)+
                self.services.clear().await;
                self.grants.clear().await;
            }
        }

        $(impl Loaded for $entity::Entity {
            fn lists(loaders: &Loaders) -> &Lists<Self> {
                &loaders.$list
            }
        })+

        $(impl DetailLoaded for $detail::Entity {
            fn loader(loaders: &Loaders) -> &Fetch<Uuid, One<$detail::Model>, Details<Self>> {
                &loaders.$detail
            }
        })+
    };
}

loaders! {
    lists {
        divisions: division, stations: station, persons: person, households: household,
        visits: visit, assessments: assessment, ledger_entries: ledger_entry, needs: need,
        submissions: submission,
    }
    details { child_detail, elderly_detail, disabled_detail }
}

impl<E: Loaded> Lists<E> {
    fn new(asking: &Arc<Asking>) -> Self {
        Self {
            by_id: Fetch::new(asking, |asking| ById(asking, PhantomData)),
            pages: Fetch::new(asking, |asking| Pages(asking, PhantomData)),
            counts: Fetch::new(asking, |asking| Counts(asking, PhantomData)),
        }
    }

    async fn clear(&self) {
        self.by_id.clear().await;
        self.pages.clear().await;
        self.counts.clear().await;
    }
}

pub struct ById<E>(Arc<Asking>, PhantomData<fn() -> E>);

impl<E: Loaded> BatchFn<Uuid, One<Row<E>>> for ById<E> {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, One<Row<E>>> {
        let found = self.0.hub.by_ids::<E>(&self.0.viewer, keys).await;
        each_key(keys, found, |row| id_of(&row.get(E::ID)))
    }
}

pub struct Details<E>(Arc<Asking>, PhantomData<fn() -> E>);

impl<E: DetailLoaded> BatchFn<Uuid, One<Row<E>>> for Details<E> {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, One<Row<E>>> {
        let found = self.0.hub.details::<E>(keys).await;
        each_key(keys, found, |row| id_of(&row.get(E::ENTRY_ID)))
    }
}

pub struct DivisionByCode(Arc<Asking>);

impl BatchFn<String, One<division::Model>> for DivisionByCode {
    async fn load(&mut self, keys: &[String]) -> HashMap<String, One<division::Model>> {
        let found = self.0.hub.divisions_by_codes(&self.0.viewer, keys).await;
        each_key(keys, found, |row| row.code.clone())
    }
}

pub struct AccountById(Arc<Asking>);

impl BatchFn<Uuid, One<account::Model>> for AccountById {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, One<account::Model>> {
        let found = self.0.hub.accounts(keys).await;
        each_key(keys, found, |row| row.id)
    }
}

pub struct RevealById(Arc<Asking>);

impl BatchFn<Uuid, One<reveal::Model>> for RevealById {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, One<reveal::Model>> {
        let found = self.0.hub.reveals_by_ids(keys).await;
        each_key(keys, found, |row| row.id)
    }
}

pub struct GrantsInForce(Arc<Asking>);

impl BatchFn<(), Result<Arc<Grants>, HubError>> for GrantsInForce {
    async fn load(&mut self, _: &[()]) -> HashMap<(), Result<Arc<Grants>, HubError>> {
        let found = self.0.hub.grants(&self.0.viewer).await;
        HashMap::from([((), found.map(Arc::new))])
    }
}

pub struct Services(Arc<Asking>);

impl BatchFn<Uuid, Result<Vec<Service>, HubError>> for Services {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, Result<Vec<Service>, HubError>> {
        let found = match self.0.hub.services(&self.0.viewer, keys).await {
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

pub struct Pages<E>(Arc<Asking>, PhantomData<fn() -> E>);

impl<E: Loaded> BatchFn<KeyOf<E>, Result<PageOf<E>, HubError>> for Pages<E> {
    async fn load(&mut self, keys: &[KeyOf<E>]) -> HashMap<KeyOf<E>, Result<PageOf<E>, HubError>> {
        let mut loaded = HashMap::new();
        for (asked, keys) in groups(keys) {
            let found = self.page_of_each(&asked, &keys).await;
            loaded.extend(give(&keys, found));
        }
        loaded
    }
}

impl<E: Loaded> Pages<E> {
    async fn page_of_each(
        &self,
        asked: &KeyOf<E>,
        keys: &[KeyOf<E>],
    ) -> Result<HashMap<Option<Anchor>, PageOf<E>>, HubError> {
        let Asking { hub, viewer, .. } = &*self.0;
        let Some((relation, _)) = asked.parent else {
            let page = hub.list::<E>(viewer, &asked.filter, asked.order, &asked.window);
            return Ok(HashMap::from([(None, shared(page.await?))]));
        };
        let parents = anchors(keys);
        let pages = hub.list_of_each::<E>(
            viewer,
            (relation, &parents),
            &asked.filter,
            asked.order,
            &asked.window,
        );
        let pages = pages.await?.into_iter();
        Ok(pages.map(|(parent, page)| (Some(parent), shared(page))).collect())
    }
}

pub struct Counts<E>(Arc<Asking>, PhantomData<fn() -> E>);

impl<E: Loaded> BatchFn<KeyOf<E>, Result<Option<i64>, HubError>> for Counts<E> {
    async fn load(
        &mut self,
        keys: &[KeyOf<E>],
    ) -> HashMap<KeyOf<E>, Result<Option<i64>, HubError>> {
        let mut loaded = HashMap::new();
        for (asked, keys) in groups(keys) {
            let found = self.count_of_each(&asked, &keys).await;
            loaded.extend(give(&keys, found));
        }
        loaded
    }
}

impl<E: Loaded> Counts<E> {
    async fn count_of_each(
        &self,
        asked: &KeyOf<E>,
        keys: &[KeyOf<E>],
    ) -> Result<HashMap<Option<Anchor>, Option<i64>>, HubError> {
        let Asking { hub, viewer, .. } = &*self.0;
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

/// Answers every key, as the loader demands, from what each parent has.
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
