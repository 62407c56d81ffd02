//! The budget against differencing: how many different questions for figures an account may ask in
//! a day. Two figures that differ by one person tell of that person, and no rule for one table
//! sees it; but to find such pairs takes many questions.

use entity::aggregate_question::{ActiveModel, Column, Entity};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter,
};
use sha2::{Digest, Sha256};

use crate::{Hub, HubError, access::Viewer, clock::start_of, hex};

/// Different questions for figures a day, where the settings say nothing.
pub const QUESTIONS_A_DAY: u64 = 200;

impl Hub {
    /// Takes a question from the day's budget of a viewer who has one. The same question again is
    /// free. Counted in a write transaction, so that several hubs count together.
    ///
    /// # Errors
    /// `Spent` where the budget of the day is used up.
    pub(crate) async fn spend(&self, viewer: &Viewer, question: &str) -> Result<(), HubError> {
        let (account_id, day) = (viewer.account_id, self.clock.today());
        let digest = hex(&Sha256::digest(question.as_bytes()));
        let key = (account_id, day, digest.clone());
        if Entity::find_by_id(key.clone()).one(self.db.read()).await?.is_some() {
            return Ok(());
        }
        let tx = self.db.write_tx().await?;
        if Entity::find_by_id(key).one(&tx).await?.is_some() {
            return Ok(());
        }
        let own = Entity::find().filter(Column::AccountId.eq(account_id));
        let asked = own.filter(Column::Day.eq(day)).count(&tx).await?;
        if asked >= self.questions_a_day {
            let until = start_of(day + chrono::Duration::days(1));
            return Err(HubError::Spent { asked, until });
        }
        let row = ActiveModel { account_id: Set(account_id), day: Set(day), digest: Set(digest) };
        row.insert(&tx).await?;
        let past = Entity::delete_many().filter(Column::AccountId.eq(account_id));
        past.filter(Column::Day.lt(day)).exec(&tx).await?;
        Ok(tx.commit().await?)
    }
}
