//! Removing what is older than it has to be kept: whole sealed days, from the beginning. The seals
//! stay, so that what remains is still chained to a head that is known.

use chrono::Days;
use entity::{trail_row, trail_seal};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{Access, people, writer::append};
use crate::{Hub, error::HubError};

/// The word under which a purge is noted.
pub(super) const PURGE: &str = "TRAIL_PURGE";

/// The fewest days for which the trail is kept: six months.
pub const LEAST_KEEP_DAYS: u16 = 183;

/// What the row that notes a purge says, so that the walk knows a purge from a theft.
pub(super) fn through(seq: i64) -> String {
    format!("through {seq}")
}

impl Hub {
    /// Removes the rows of the sealed days that are past by more than so many days; gives the seal
    /// up to which nothing is left, where there was something to remove.
    ///
    /// # Errors
    /// `Invalid` for less than [`LEAST_KEEP_DAYS`]; where the database does not answer.
    pub async fn purge_trail(
        &self,
        keep_days: u16,
        request_id: &str,
    ) -> Result<Option<trail_seal::Model>, HubError> {
        if keep_days < LEAST_KEEP_DAYS {
            let text = format!("the trail is kept {LEAST_KEEP_DAYS} days at least");
            return Err(HubError::Invalid(text));
        }
        self.seal_trail().await?;
        let Some(seal) = self.last_seal_before(keep_days).await? else { return Ok(None) };
        let access = Access {
            fields: [through(seal.last_seq)].into(),
            ..Access::of_the_hub(request_id, PURGE)
        };
        let tx = self.db.write_tx().await?;
        append(&tx, &[self.noted(access)]).await?;
        people::forget(&tx, seal.last_seq).await?;
        trail_row::Entity::delete_many()
            .filter(trail_row::Column::Seq.lte(seal.last_seq))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(Some(seal))
    }

    /// The newest seal of the days to be removed, where it still has rows.
    async fn last_seal_before(
        &self,
        keep_days: u16,
    ) -> Result<Option<trail_seal::Model>, HubError> {
        let Some(kept) = self.clock.today().checked_sub_days(Days::new(keep_days.into())) else {
            return Ok(None);
        };
        let seal = trail_seal::Entity::find()
            .filter(trail_seal::Column::Day.lt(kept))
            .order_by_desc(trail_seal::Column::Day)
            .one(self.db.read())
            .await?;
        let first = trail_row::Entity::find().order_by_asc(trail_row::Column::Seq);
        let first = first.one(self.db.read()).await?;
        Ok(seal.filter(|seal| first.is_some_and(|first| first.seq <= seal.last_seq)))
    }
}
