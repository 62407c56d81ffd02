//! Clearing devices: the order that what an account has left on the devices it signed in on goes.
//!
//! The order is a time on the account. Whoever keeps something on a device asks by the mark of the token
//! it signed in with, also once that is worth nothing, and obeys where the order is a later one than stood
//! when it signed in.

use chrono::{DateTime, Utc};
use entity::{Role, TokenScope, account, session, token};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{
    named,
    session::{revoke, unknown},
};
use crate::{Hub, HubError, access::Viewer, trail::Access};

/// The most accounts that are listed.
pub const LISTED: usize = 200;

/// How a device is cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clear {
    /// Whatever was not sent is lost; sessions and tokens end.
    AtOnce,
    /// What waits on the device is sent first.
    AfterSending,
}

impl Hub {
    /// Orders that the devices an account has signed in on are cleared: of one's own account, and for a
    /// station's lead or an officer of the accounts of stations in reach.
    ///
    /// # Errors
    /// `Forbidden` for any other account, and where there is none of this name.
    pub async fn clear_devices(
        &self,
        viewer: &Viewer,
        (username, how): (&str, Clear),
        asking: Access,
    ) -> Result<account::Model, HubError> {
        viewer.needs(TokenScope::Submit)?;
        let found = named(self.db.read(), username).await?;
        let account = found.filter(|account| may_clear(viewer, account));
        let account = account.ok_or(HubError::Forbidden)?;
        let fields = [format!("account {username} {how:?}")].into();
        let operation = "DEVICES_CLEAR".to_owned();
        self.note_durably(Access { operation, fields, ..asking }).await?;
        self.order_clearing(account.id, how).await
    }

    /// The same by who runs the hub.
    ///
    /// # Errors
    /// `Invalid` where there is no account of this name.
    pub async fn clear_devices_of(&self, username: &str, how: Clear) -> Result<(), HubError> {
        let account = named(self.db.read(), username).await?;
        let account = account.ok_or_else(|| unknown(username))?;
        self.order_clearing(account.id, how).await.map(|_| ())
    }

    /// A device that another holds is to do nothing in the account's name, so at once ends its sessions
    /// and tokens too.
    async fn order_clearing(&self, id: Uuid, how: Clear) -> Result<account::Model, HubError> {
        let now = self.clock.now();
        let mut change = account::ActiveModel { id: Unchanged(id), ..Default::default() };
        let tx = self.db.write_tx().await?;
        match how {
            Clear::AfterSending => change.cleared_after_sending_at = Set(Some(now)),
            Clear::AtOnce => {
                change.cleared_at_once_at = Set(Some(now));
                revoke(&tx, id, session::Column::RevokedAt.is_null(), now).await?;
                token::Entity::update_many()
                    .col_expr(token::Column::RevokedAt, Expr::value(now))
                    .filter(token::Column::AccountId.eq(id))
                    .filter(token::Column::RevokedAt.is_null())
                    .exec(&tx)
                    .await?;
            }
        }
        let account = change.update(&tx).await?;
        tx.commit().await?;
        Ok(account)
    }

    /// When it was last ordered, at once and after sending, of the account that a token of this mark was
    /// ever given to. The mark is what the hub keeps of a token, and opens nothing.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn clearing_of(
        &self,
        mark: &str,
    ) -> Result<(Option<DateTime<Utc>>, Option<DateTime<Utc>>), HubError> {
        let db = self.db.read();
        let by_session = session::Entity::find()
            .find_also_related(account::Entity)
            .filter(session::Column::Hash.eq(mark));
        let mut found = by_session.one(db).await?.and_then(|(_, account)| account);
        if found.is_none() {
            let by_token = token::Entity::find()
                .find_also_related(account::Entity)
                .filter(token::Column::Hash.eq(mark));
            found = by_token.one(db).await?.and_then(|(_, account)| account);
        }
        Ok(found.map_or((None, None), |account| {
            (account.cleared_at_once_at, account.cleared_after_sending_at)
        }))
    }

    /// The accounts of a station whose devices the viewer may have cleared, by name.
    ///
    /// # Errors
    /// `Invalid` where the viewer may not hand in for the station.
    pub async fn accounts_to_clear(
        &self,
        viewer: &Viewer,
        station: &str,
    ) -> Result<Vec<account::Model>, HubError> {
        viewer.needs(TokenScope::Submit)?;
        let station = self.station_to_hand_in_for(viewer, station).await?.id;
        let found = account::Entity::find()
            .filter(account::Column::StationId.eq(station))
            .filter(account::Column::Role.is_in([Role::StationWorker, Role::StationLead]))
            .order_by_asc(account::Column::Username)
            .limit(LISTED as u64);
        let mut accounts = found.all(self.db.read()).await?;
        accounts.retain(|account| may_clear(viewer, account));
        Ok(accounts)
    }
}

fn may_clear(viewer: &Viewer, account: &account::Model) -> bool {
    let is_own = account.id == viewer.account_id;
    let leads = matches!(viewer.role, Role::StationLead | Role::CountyOfficer);
    let is_of_station = matches!(account.role, Role::StationWorker | Role::StationLead)
        && account.station_id.is_some_and(|station| viewer.reaches(station));
    is_own || (leads && is_of_station)
}
