//! Encryption at rest: resident IDs, phones, addresses, certificate numbers and free texts are sealed
//! in the database.
//!
//! Data keys ([`Keyring`]) seal the values; they are in the database, wrapped by a master key that is
//! not ([`vault`]). A resident ID is found by its blind index, a keyed hash. [`Hub::rotate_keys`]
//! renews the data keys while the hub serves: the newest key seals, the older ones still open.

mod renew;
mod ring;
pub mod suite;
pub mod vault;

use std::collections::{BTreeMap, btree_map::Entry};
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use entity::{KeyId, KeySuite, Sealed, data_key, person};
use sea_orm::{
    ConnectionTrait, EntityTrait, IntoActiveModel, Iterable, ModelTrait, PrimaryKeyToColumn,
    QueryOrder, QuerySelect, Value,
};
use uuid::Uuid;

pub use ring::{Keyring, Shut};
use suite::Suite;
use vault::{Vault, Wrapped};

use crate::{Hub, clock::Clock, db::Db, error::HubError};

/// What is wrong with the keys.
#[derive(Clone, Debug, thiserror::Error)]
pub enum KeyFault {
    #[error("line {0} of the key file is no key")]
    Line(usize),
    #[error("the key file holds no master key")]
    NoMaster,
    #[error("the database needs the master key {0:?}, which the key file does not hold")]
    MasterUnknown(String),
    #[error("a data key does not open by the master key {0:?}: it is another key of that name")]
    NotUnwrapped(String),
    #[error("the key file {0}")]
    File(String),
    #[error("the machine gives no randomness")]
    NoRandomness,
    #[error("a sealed value does not open: it was changed or put elsewhere")]
    Broken,
}

/// The keys of a hub. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    vault: Arc<dyn Vault>,
    ring: Arc<RwLock<Arc<Keyring>>>,
}

impl Keys {
    /// Reads the data keys of a database; makes the first one where there is none, and seals what an
    /// older program wrote plainly.
    ///
    /// # Errors
    /// Where the master key that wraps them is not at hand, or the database does not answer.
    pub async fn open(db: &Db, clock: Clock, vault: Arc<dyn Vault>) -> Result<Self, HubError> {
        if !Self::are_in(db).await? {
            let tx = db.write_tx().await?;
            if rows(&tx).await?.is_empty() {
                add(&tx, &*vault, vault.suite()?, clock.now()).await?;
                add(&tx, &*vault, vault.suite()?, clock.now()).await?;
            }
            tx.commit().await?;
        }
        let rows = rows(db.read()).await?;
        let ring = ring_of(&rows, &*vault, &BTreeMap::new())?;
        if rows.iter().any(|row| row.id == FIRST && row.renewed_at.is_none()) {
            let sealed = renew::renew(db, &ring).await?;
            // Also where an earlier start sealed it and was broken off.
            if person::Entity::find().one(db.read()).await?.is_some() {
                tracing::info!(rows = sealed, "what was written plainly is sealed now");
                db.rewrite().await?;
            }
            renew::finish(db, clock, &ring).await?;
        }
        Ok(Self { vault, ring: Arc::new(RwLock::new(Arc::new(ring))) })
    }

    /// Whether a database has data keys already.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn are_in(db: &Db) -> Result<bool, HubError> {
        Ok(!rows(db.read()).await?.is_empty())
    }

    /// The keys known now.
    #[must_use]
    pub fn ring(&self) -> Arc<Keyring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The keys that the database has now, by one statement. In a write transaction the newest of
    /// them stays the newest until it ends.
    ///
    /// # Errors
    /// Where a new key does not unwrap, or the database does not answer.
    pub async fn fresh(&self, db: &impl ConnectionTrait) -> Result<Arc<Keyring>, HubError> {
        let known = self.ring();
        let newest: Option<KeyId> = data_key::Entity::find()
            .select_only()
            .column(data_key::Column::Id)
            .order_by_desc(data_key::Column::Id)
            .into_tuple()
            .one(db)
            .await?;
        if newest == Some(known.newest()) {
            return Ok(known);
        }
        let ring = Arc::new(ring_of(&rows(db).await?, &*self.vault, known.keys())?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&ring);
        Ok(ring)
    }
}

/// The id of the first key of values.
const FIRST: KeyId = ring::DIGESTS + 1;

async fn rows(db: &impl ConnectionTrait) -> Result<Vec<data_key::Model>, HubError> {
    Ok(data_key::Entity::find().order_by_asc(data_key::Column::Id).all(db).await?)
}

/// The keys of the rows, and those that were known already.
fn ring_of(
    rows: &[data_key::Model],
    vault: &dyn Vault,
    known: &BTreeMap<KeyId, Arc<dyn Suite>>,
) -> Result<Keyring, HubError> {
    let mut keys = known.clone();
    for row in rows {
        if let Entry::Vacant(place) = keys.entry(row.id) {
            let wrapped = Wrapped { master: row.master.clone(), bytes: row.wrapped.clone() };
            let key = vault.unwrap(&wrapped, &about(row.id, row.suite))?;
            place.insert(suite::keyed(row.suite, &key).into());
        }
    }
    Ok(Keyring::new(keys).ok_or(KeyFault::NoMaster)?)
}

/// What a data key is bound to when it is wrapped.
fn about(id: KeyId, suite: KeySuite) -> String {
    format!("nuanyang data key {id} {}", suite.code())
}

/// Makes the next data key; the first of all is that of digests.
async fn add(
    tx: &impl ConnectionTrait,
    vault: &dyn Vault,
    suite: KeySuite,
    created_at: DateTime<Utc>,
) -> Result<KeyId, HubError> {
    let id = rows(tx).await?.last().map_or(ring::DIGESTS, |row| row.id + 1);
    let key = vault::new_key()?;
    let Wrapped { master, bytes } = vault.wrap(&key, &about(id, suite))?;
    let row = data_key::Model { id, suite, master, wrapped: bytes, created_at, renewed_at: None };
    data_key::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(id)
}

impl Hub {
    /// The text of a sealed column of a row; none where it has none.
    ///
    /// # Errors
    /// Where it was changed or put elsewhere, or its key is not at hand.
    pub async fn unsealed<M: ModelTrait>(
        &self,
        row: &M,
        column: <M::Entity as EntityTrait>::Column,
    ) -> Result<Option<String>, HubError> {
        let Some(opened) = self.unsealed_bytes(row, column).await? else { return Ok(None) };
        Ok(Some(String::from_utf8(opened).map_err(|_| KeyFault::Broken)?))
    }

    /// The same of a column that may hold no text.
    ///
    /// # Errors
    /// Where it was changed or put elsewhere, or its key is not at hand.
    pub async fn unsealed_bytes<M: ModelTrait>(
        &self,
        row: &M,
        column: <M::Entity as EntityTrait>::Column,
    ) -> Result<Option<Vec<u8>>, HubError> {
        let Some(sealed) = sealed(row, column) else { return Ok(None) };
        let id = id_of(row);
        let opened = match self.keys.ring().open_bytes(column, id, &sealed) {
            // Rare, and apart, so that the future of every sealed field stays small.
            Err(Shut::UnknownKey) => {
                let ring = Box::pin(self.keys.fresh(self.db.read())).await?;
                ring.open_bytes(column, id, &sealed)
            }
            opened => opened,
        };
        Ok(Some(opened.map_err(|_| KeyFault::Broken)?))
    }

    /// The data keys known now.
    #[must_use]
    pub fn keyring(&self) -> Arc<Keyring> {
        self.keys.ring()
    }

    /// The data keys, without the keys themselves.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn data_keys(&self) -> Result<Vec<data_key::Model>, HubError> {
        rows(self.db.read()).await
    }
}

/// What a sealed column of a row holds.
fn sealed<M: ModelTrait>(row: &M, column: <M::Entity as EntityTrait>::Column) -> Option<Sealed> {
    match row.get(column) {
        Value::Bytes(Some(bytes)) => Sealed::try_from(Value::Bytes(Some(bytes))).ok(),
        _ => None,
    }
}

/// The id of a row.
pub(crate) fn id_of<M: ModelTrait>(row: &M) -> Uuid {
    let key = <M::Entity as EntityTrait>::PrimaryKey::iter().next();
    match key.map(|key| row.get(key.into_column())) {
        Some(Value::Uuid(Some(id))) => id,
        _ => Uuid::nil(),
    }
}
