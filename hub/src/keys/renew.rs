//! Renewing: every sealed value under the newest key.
//!
//! A few rows a transaction, so that the hub serves meanwhile; whatever is sealed already is passed
//! over, so that it can be broken off and begun again.

use std::time::Duration;

use entity::{
    BlindIndex, KeySuite, Sealed, account, assessment, child_detail, data_key, disabled_detail,
    elderly_detail, excuse, export_part, household, import, import_part, import_row, job, job_part,
    kept_apart, ledger_entry, need, person, photo_part, saved_question, signed_table, submission,
    visit,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, Iterable, ModelTrait, PrimaryKeyToColumn,
    QueryFilter, QueryOrder, QuerySelect,
    sea_query::{ColumnType, Expr, OnConflict},
};
use uuid::Uuid;

use super::{KeyFault, Keyring, add, id_of, ring::DIGESTS, rows, sealed, vault::Wrapped};
use crate::{Hub, clock::Clock, db::Db, error::HubError, intake::write};

/// So many rows are renewed in one transaction.
const ROWS: u64 = 500;
/// Between two transactions others get their turn.
const PAUSE: Duration = Duration::from_millis(2);

impl Hub {
    /// Renews the data key: makes one, of this suite or that of the master key, seals every value by
    /// it, then forgets those before. Where a renewal was broken off, it goes on with that one.
    /// Gives back how many rows were sealed anew.
    ///
    /// # Errors
    /// Where the database does not answer, or a value does not open; begun again, it goes on.
    pub async fn rotate_keys(&self, suite: Option<KeySuite>) -> Result<u64, HubError> {
        let vault = &*self.keys.vault;
        let tx = self.db.write_tx().await?;
        if rows(&tx).await?.last().is_none_or(|newest| newest.renewed_at.is_some()) {
            let suite = suite.map_or_else(|| vault.suite(), Ok)?;
            add(&tx, vault, suite, self.clock.now()).await?;
        }
        tx.commit().await?;
        let ring = self.keys.fresh(self.db.read()).await?;
        let renewed = renew(&self.db, &ring).await?;
        finish(&self.db, self.clock, &ring).await?;
        Ok(renewed)
    }

    /// Wraps the data keys by the newest master key.
    ///
    /// # Errors
    /// Where one does not unwrap, or the database does not answer.
    pub async fn rewrap_keys(&self) -> Result<(), HubError> {
        let vault = &*self.keys.vault;
        let tx = self.db.write_tx().await?;
        for row in rows(&tx).await? {
            let about = super::about(row.id, row.suite);
            let old = Wrapped { master: row.master.clone(), bytes: row.wrapped.clone() };
            let new = vault.wrap(&*vault.unwrap(&old, &about)?, &about)?;
            let mut row = row.into_active_model();
            row.master = Set(new.master);
            row.wrapped = Set(new.bytes);
            row.update(&tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Seals by the newest key of the ring whatever is not. Gives back how many rows were sealed.
pub(super) async fn renew(db: &Db, ring: &Keyring) -> Result<u64, HubError> {
    let mut renewed = 0;
    renewed += table::<account::Entity>(db, ring, nothing_else).await?;
    renewed += table::<person::Entity>(db, ring, index_anew).await?;
    renewed += table::<household::Entity>(db, ring, nothing_else).await?;
    renewed += table::<ledger_entry::Entity>(db, ring, nothing_else).await?;
    renewed += table::<child_detail::Entity>(db, ring, nothing_else).await?;
    renewed += table::<elderly_detail::Entity>(db, ring, nothing_else).await?;
    renewed += table::<disabled_detail::Entity>(db, ring, nothing_else).await?;
    renewed += table::<visit::Entity>(db, ring, nothing_else).await?;
    renewed += table::<assessment::Entity>(db, ring, nothing_else).await?;
    renewed += table::<need::Entity>(db, ring, nothing_else).await?;
    renewed += table::<signed_table::Entity>(db, ring, nothing_else).await?;
    renewed += table::<excuse::Entity>(db, ring, nothing_else).await?;
    renewed += table::<job::Entity>(db, ring, nothing_else).await?;
    renewed += table::<job_part::Entity>(db, ring, nothing_else).await?;
    renewed += table::<import::Entity>(db, ring, nothing_else).await?;
    renewed += table::<import_part::Entity>(db, ring, nothing_else).await?;
    renewed += table::<import_row::Entity>(db, ring, nothing_else).await?;
    renewed += table::<export_part::Entity>(db, ring, nothing_else).await?;
    renewed += table::<photo_part::Entity>(db, ring, nothing_else).await?;
    renewed += table::<kept_apart::Entity>(db, ring, nothing_else).await?;
    renewed += table::<saved_question::Entity>(db, ring, nothing_else).await?;
    renewed += table::<submission::Entity>(db, ring, digests_anew).await?;
    Ok(renewed)
}

/// Marks the newest key of the ring as that of every value, and forgets the keys before it.
pub(super) async fn finish(db: &Db, clock: Clock, ring: &Keyring) -> Result<(), HubError> {
    let tx = db.write_tx().await?;
    data_key::Entity::update_many()
        .col_expr(data_key::Column::RenewedAt, Expr::value(clock.now()))
        .filter(data_key::Column::Id.eq(ring.newest()))
        .exec(&tx)
        .await?;
    data_key::Entity::delete_many()
        .filter(data_key::Column::Id.between(DIGESTS + 1, ring.newest() - 1))
        .exec(&tx)
        .await?;
    Ok(tx.commit().await?)
}

/// What a row has beside its sealed columns that depends on the keys, brought up to date. Whether it
/// was not.
type Also<M> = fn(&Keyring, &mut M) -> Result<bool, KeyFault>;

async fn table<E>(db: &Db, ring: &Keyring, also: Also<E::Model>) -> Result<u64, HubError>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let Some(id) = E::PrimaryKey::iter().next().map(PrimaryKeyToColumn::into_column) else {
        return Ok(0);
    };
    let mut on_conflict = OnConflict::column(id);
    on_conflict.update_columns(E::Column::iter());
    let (mut renewed, mut last) = (0, Uuid::nil());
    loop {
        let tx = db.write_tx().await?;
        let rows = E::find().filter(id.gt(last)).order_by_asc(id).limit(ROWS).all(&tx).await?;
        let Some(end) = rows.last().map(id_of) else { return Ok(renewed) };
        let mut changed = Vec::new();
        for mut row in rows {
            if seal_anew(ring, &mut row)? | also(ring, &mut row)? {
                changed.push(row);
            }
        }
        renewed += changed.len() as u64;
        write::<E>(&tx, changed, Some(on_conflict.clone())).await?;
        tx.commit().await?;
        last = end;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Seals what a row holds by the newest key. Whether anything was not.
fn seal_anew<M: ModelTrait>(ring: &Keyring, row: &mut M) -> Result<bool, KeyFault> {
    let (id, mut changed) = (id_of(row), false);
    for column in <M::Entity as EntityTrait>::Column::iter() {
        if let Some(old) = sealed(row, column).filter(|old| old.key() < Some(ring.newest()))
            && is_sealed(&column)
        {
            let bytes = match old.plain() {
                Some(plain) => plain.as_bytes().to_vec(),
                None => ring.open_bytes(column, id, &old).map_err(|_| KeyFault::Broken)?,
            };
            row.set(column, ring.seal_bytes(column, id, &bytes).into());
            changed = true;
        }
    }
    Ok(changed)
}

fn is_sealed<C: ColumnTrait>(column: &C) -> bool {
    *column.def().get_column_type() == ColumnType::Blob
}

fn text<C: ColumnTrait>(
    ring: &Keyring,
    column: C,
    row: Uuid,
    value: &Sealed,
) -> Result<String, KeyFault> {
    match value.plain() {
        Some(plain) => Ok(plain.to_owned()),
        None => ring.open(column, row, value).map_err(|_| KeyFault::Broken),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as for the table that has more")]
fn nothing_else<M>(_: &Keyring, _: &mut M) -> Result<bool, KeyFault> {
    Ok(false)
}

fn index_anew(ring: &Keyring, row: &mut person::Model) -> Result<bool, KeyFault> {
    let indexed = row.resident_index.as_ref().and_then(BlindIndex::key);
    let Some(number) = row.resident_id.as_ref().filter(|_| indexed < Some(ring.newest())) else {
        return Ok(false);
    };
    let number = text(ring, person::Column::ResidentId, row.id, number)?;
    let number = number.parse().map_err(|_| KeyFault::Broken)?;
    row.resident_index = Some(ring.index(&number));
    Ok(true)
}

/// Keys the digests of an older program.
#[expect(clippy::unnecessary_wraps, reason = "as for the table that has more")]
fn digests_anew(ring: &Keyring, row: &mut submission::Model) -> Result<bool, KeyFault> {
    if Keyring::is_keyed(&row.digest) {
        return Ok(false);
    }
    row.digest = ring.digest(&row.digest);
    row.event_digest = row.event_digest.as_deref().map(|digest| ring.digest(digest));
    Ok(true)
}
