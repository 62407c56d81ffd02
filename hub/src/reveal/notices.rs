//! Telling at once that someone broke the glass.

use std::sync::Arc;

use entity::{Role, TokenScope, account, notice, person_station, reveal};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use tokio::sync::watch;
use uuid::Uuid;

use super::SHOWN;
use crate::{Hub, HubError, access::Viewer};

/// Wakes those who wait for something.
#[derive(Clone)]
pub(crate) struct Bell(Arc<watch::Sender<()>>);

impl Default for Bell {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(())))
    }
}

impl Bell {
    pub fn ring(&self) {
        self.0.send_replace(());
    }

    pub fn listen(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}

impl Hub {
    /// Is changed whenever this hub posted a notice.
    #[must_use]
    pub fn notices_posted(&self) -> watch::Receiver<()> {
        self.bell.listen()
    }

    /// The viewer's notices, newest first; of those not acknowledged only where that is asked for.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn notices(
        &self,
        viewer: &Viewer,
        open_only: bool,
    ) -> Result<Vec<notice::Model>, HubError> {
        viewer.needs(TokenScope::Read)?;
        let open = notice::Column::AcknowledgedAt.is_null();
        let select = notice::Entity::find()
            .filter(notice::Column::AccountId.eq(viewer.account_id))
            .filter(Condition::all().add_option(open_only.then_some(open)))
            .order_by_desc(notice::Column::Id)
            .limit(SHOWN as u64);
        Ok(select.all(self.db.read()).await?)
    }

    /// Says that the viewer has taken note.
    ///
    /// # Errors
    /// `Forbidden` for another's notice.
    pub async fn acknowledge(&self, viewer: &Viewer, id: Uuid) -> Result<notice::Model, HubError> {
        viewer.needs(TokenScope::Read)?;
        let found = notice::Entity::find_by_id(id).one(self.db.read()).await?;
        let own = found.filter(|notice| notice.account_id == viewer.account_id);
        let own = own.ok_or(HubError::Forbidden)?;
        if own.acknowledged_at.is_some() {
            return Ok(own);
        }
        let mut row = own.into_active_model();
        row.acknowledged_at = Set(Some(self.clock.now()));
        Ok(row.update(self.db.writer()).await?)
    }

    /// The reveals of these ids, for what shows a notice.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn reveals_by_ids(&self, ids: &[Uuid]) -> Result<Vec<reveal::Model>, HubError> {
        let select = reveal::Entity::find().filter(reveal::Column::Id.is_in(ids.iter().copied()));
        Ok(select.all(self.db.read()).await?)
    }

    /// Posts a notice to each lead of a station that serves the person, and to each auditor.
    pub(super) async fn post_notices(
        &self,
        tx: &impl ConnectionTrait,
        broken: &reveal::Model,
    ) -> Result<(), HubError> {
        let serving = person_station::Entity::find()
            .select_only()
            .column(person_station::Column::StationId)
            .filter(person_station::Column::PersonId.eq(broken.person_id));
        let lead = Condition::all()
            .add(account::Column::Role.eq(Role::StationLead))
            .add(account::Column::StationId.in_subquery(serving.into_query()));
        let told = account::Entity::find()
            .filter(account::Column::Active.eq(true))
            .filter(Condition::any().add(lead).add(account::Column::Role.eq(Role::Auditor)))
            .all(tx)
            .await?;
        let notices: Vec<_> =
            told.into_iter().map(|account| self.notice(&account, broken)).collect();
        if notices.is_empty() {
            tracing::warn!(reveal = %broken.id, "the glass was broken, and there is nobody to tell");
            return Ok(());
        }
        notice::Entity::insert_many(notices).exec_without_returning(tx).await?;
        Ok(())
    }

    fn notice(&self, account: &account::Model, broken: &reveal::Model) -> notice::ActiveModel {
        notice::ActiveModel {
            id: Set(self.clock.new_id()),
            account_id: Set(account.id),
            reveal_id: Set(broken.id),
            at: Set(broken.asked_at),
            acknowledged_at: Set(None),
        }
    }
}
