//! Sealing: the head of the trail at the end of each day.

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::{trail_row, trail_seal};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

use super::chain::{BEGINNING, hash_seal};
use crate::{Hub, clock::day_of, error::HubError};

impl Hub {
    /// Seals the days before today that are not sealed yet, and gives the new seals.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn seal_trail(&self) -> Result<Vec<trail_seal::Model>, HubError> {
        let tx = self.db.write_tx().await?;
        let newest = trail_seal::Entity::find().order_by_desc(trail_seal::Column::Day);
        let mut before = newest.one(&tx).await?;
        let mut made = Vec::new();
        let mut next = match &before {
            Some(seal) => seal.day.checked_add_days(Days::new(1)),
            None => first_day(&tx).await?,
        };
        while let Some(day) = next.filter(|day| *day < self.clock.today()) {
            let seal = seal_of(&tx, day, before.as_ref()).await?;
            trail_seal::Entity::insert(seal.clone().into_active_model())
                .exec_without_returning(&tx)
                .await?;
            made.push(seal.clone());
            before = Some(seal);
            next = day.checked_add_days(Days::new(1));
        }
        tx.commit().await?;
        Ok(made)
    }

    /// The newest seal.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn newest_seal(&self) -> Result<Option<trail_seal::Model>, HubError> {
        let newest = trail_seal::Entity::find().order_by_desc(trail_seal::Column::Day);
        Ok(newest.one(self.db.read()).await?)
    }
}

async fn first_day(tx: &impl ConnectionTrait) -> Result<Option<NaiveDate>, HubError> {
    let first = trail_row::Entity::find().order_by_asc(trail_row::Column::Seq).one(tx).await?;
    Ok(first.map(|row| day_of(row.at)))
}

/// A row that was noted before midnight and written after the seal belongs to the next.
async fn seal_of(
    tx: &impl ConnectionTrait,
    day: NaiveDate,
    before: Option<&trail_seal::Model>,
) -> Result<trail_seal::Model, HubError> {
    let (seq, head, prev_hash) = before.map_or((0, BEGINNING, BEGINNING), |seal| {
        (seal.last_seq, seal.head.as_str(), seal.hash.as_str())
    });
    let last = trail_row::Entity::find()
        .filter(trail_row::Column::Seq.gt(seq))
        .filter(trail_row::Column::At.lt(end_of(day)))
        .order_by_desc(trail_row::Column::Seq)
        .one(tx)
        .await?;
    let (last_seq, head) = last.map_or((seq, head.to_owned()), |row| (row.seq, row.hash));
    let mut seal = trail_seal::Model {
        day,
        last_seq,
        rows: last_seq - seq,
        head,
        prev_hash: prev_hash.to_owned(),
        hash: String::new(),
    };
    seal.hash = hash_seal(&seal);
    Ok(seal)
}

fn end_of(day: NaiveDate) -> DateTime<Utc> {
    crate::clock::start_of(day) + chrono::Duration::days(1)
}
