//! Visits handed in, and beside it the bare insert of the rows that they become.

use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context, ensure};
use entity::{account, change, submission, visit};
use hub::db::Db;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbBackend, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, TransactionTrait,
};
use serde_json::json;

use super::{handed::Stock, insert::Insert};
use crate::{client, stand::Stand};

/// The mutation of the reference client.
const SUBMIT: &str = "mutation Submit($items: [SubmissionInput!]!) { submit(items: $items) \
                      { receipts { submissionId status recordedAt \
                      problems { code path value message } } } }";

pub struct Submit {
    stock: Stock,
    insert: Insert,
    /// SQLite has one writer; PostgreSQL takes as many as there are connections.
    db: Db,
    next_seq: AtomicI64,
    visits_before: u64,
}

impl Submit {
    pub async fn new(stand: &Stand, connections: usize) -> anyhow::Result<Self> {
        let engine = &stand.engine;
        let db = match engine.db.backend() {
            DbBackend::Postgres => Db::open(&engine.url, connections as u32).await?,
            _ => engine.db.clone(),
        };
        let account = account::Entity::find()
            .filter(account::Column::Username.eq(&engine.username))
            .one(db.read())
            .await?
            .context("the account is gone")?;
        Ok(Self {
            stock: Stock::of(&engine.city)?,
            insert: Insert::new(db.backend(), account.id),
            next_seq: AtomicI64::new(0),
            visits_before: visit::Entity::find().count(db.read()).await?,
            db,
        })
    }

    /// Goes on numbering where the hub left off.
    pub async fn prepare(&self) -> anyhow::Result<()> {
        let last = change::Entity::find().order_by_desc(change::Column::Seq);
        let last = last.one(self.db.read()).await?.map_or(0, |row| row.seq);
        self.next_seq.store(last + 1, Ordering::Relaxed);
        Ok(())
    }

    pub async fn hand_in(&self, stand: &Stand, batch: usize) -> anyhow::Result<usize> {
        let items: Vec<_> =
            self.stock.take(batch)?.into_iter().map(|item| item.submission).collect();
        let body = client::body(SUBMIT, &json!({ "items": items }));
        let answer = stand.client.post(body).await?;
        let stored = answer.matches(r#""STORED""#).count();
        ensure!(stored == batch, "{stored} of {batch} visits were stored: {answer:.600}");
        Ok(answer.len())
    }

    pub async fn insert(&self, batch: usize) -> anyhow::Result<usize> {
        let items = self.stock.take(batch)?;
        let seq = self.next_seq.fetch_add(batch as i64, Ordering::Relaxed);
        let tx = self.begin().await?;
        self.insert.write(&tx, items, seq).await?;
        tx.commit().await?;
        Ok(0)
    }

    async fn begin(&self) -> anyhow::Result<DatabaseTransaction> {
        Ok(match self.db.backend() {
            DbBackend::Sqlite => self.db.write_tx().await?,
            _ => self.db.writer().begin_with_options(Default::default()).await?,
        })
    }

    /// Makes sure that every visit taken from the stock is on record, once.
    pub async fn check(&self) -> anyhow::Result<()> {
        let visits = visit::Entity::find().count(self.db.read()).await?;
        let (added, taken) = (visits - self.visits_before, self.stock.taken());
        ensure!(added == taken, "{taken} visits were handed in or inserted, {added} are on record");
        let journal = submission::Entity::find().count(self.db.read()).await?;
        let feed = change::Entity::find().count(self.db.read()).await?;
        ensure!(journal == feed, "the journal has {journal} rows and the feed {feed}");
        Ok(())
    }
}
