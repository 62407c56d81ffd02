//! The change feed: what was recorded, in the order of the commits, told to whoever follows.

use std::{future::Future, sync::Arc, time::Duration};

use entity::{DivisionCode, TokenScope, change, station};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use tokio::sync::{Notify, broadcast};
use uuid::Uuid;

use crate::{
    Hub, HubError,
    access::{Scope, Viewer},
    listing::{Listing, StationRef, at_stations, one_of},
    stations::StationFilter,
};

/// Changes that a slow follower may fall behind by before it has to read them from the database.
const BACKLOG: usize = 1024;
/// Another hub on the same database cannot notify this one.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Changes read by one statement.
pub const BATCH: u64 = 500;

/// Tells changes to those who follow. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Feed {
    sender: broadcast::Sender<Arc<change::Model>>,
}

impl Default for Feed {
    fn default() -> Self {
        let (sender, _) = broadcast::channel(BACKLOG);
        Self { sender }
    }
}

impl Feed {
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<change::Model>> {
        self.sender.subscribe()
    }

    /// Tells every change recorded from now on, until `stop` is done. Looks when notified, and
    /// twice a second besides.
    pub async fn follow(&self, hub: Hub, notify: Arc<Notify>, stop: impl Future<Output = ()>) {
        let following = async {
            let mut seq = None;
            loop {
                match self.tell(&hub, seq).await {
                    Ok(told) => seq = Some(told),
                    Err(error) => tracing::warn!(%error, "the change feed could not be read"),
                }
                let _ = tokio::time::timeout(LOOK_EVERY, notify.notified()).await;
            }
        };
        tokio::select! {
            () = stop => {}
            () = following => {}
        }
    }

    /// Tells the changes after `seq`; tells none where `seq` is not known yet. Gives the newest told.
    async fn tell(&self, hub: &Hub, seq: Option<i64>) -> Result<i64, HubError> {
        let Some(mut seq) = seq else {
            return hub.newest_change().await;
        };
        loop {
            let changes = hub.changes(Condition::all(), seq, BATCH).await?;
            let Some(last) = changes.last() else {
                return Ok(seq);
            };
            seq = last.seq;
            for change in changes {
                // An error says that nobody follows.
                let _ = self.sender.send(Arc::new(change));
            }
        }
    }
}

/// Which changes someone wants to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    pub stations: Vec<StationRef>,
    pub division: Option<DivisionCode>,
    pub kinds: Vec<entity::SubmissionKind>,
}

/// The changes someone is told: what the viewer may see of what was asked for.
#[derive(Clone, Debug)]
pub struct Interest {
    /// Any station, where there is none.
    stations: Option<Vec<Uuid>>,
    kinds: Vec<entity::SubmissionKind>,
}

impl Interest {
    #[must_use]
    pub fn covers(&self, change: &change::Model) -> bool {
        let stations = self.stations.as_ref();
        stations.is_none_or(|stations| stations.contains(&change.station_id))
            && (self.kinds.is_empty() || self.kinds.contains(&change.kind))
    }

    fn condition(&self) -> Condition {
        let stations = self.stations.iter();
        stations
            .fold(Condition::all().add(one_of(change::Column::Kind, &self.kinds)), |all, ids| {
                all.add(change::Column::StationId.is_in(ids.iter().copied()))
            })
    }
}

impl Hub {
    /// The changes of a filter that are within reach of the viewer.
    ///
    /// # Errors
    /// `Invalid` for an unknown division or one that is smaller than a station's.
    pub async fn interest(
        &self,
        viewer: &Viewer,
        filter: &ChangeFilter,
    ) -> Result<Interest, HubError> {
        viewer.needs(TokenScope::Follow)?;
        let kinds = filter.kinds.clone();
        let everywhere = filter.stations.is_empty() && filter.division.is_none();
        if everywhere && viewer.scope == Scope::City {
            return Ok(Interest { stations: None, kinds });
        }
        let village = entity::DivisionLevel::Village;
        if filter.division.as_ref().is_some_and(|code| code.level() == village) {
            let text = "a station's division is a township; name that or a larger one";
            return Err(HubError::Invalid(text.to_owned()));
        }
        let asked = StationFilter { division: filter.division.clone(), ..StationFilter::default() };
        let known = self.known::<station::Entity>(&asked).await?;
        let found = station::Entity::find()
            .filter(station::Entity::condition(viewer, &asked, &known))
            .filter(at_stations(station::Column::Id, &filter.stations))
            .all(self.db.read())
            .await?;
        let within = found.into_iter().map(|station| station.id);
        let stations = within.filter(|id| viewer.reaches(*id)).collect();
        Ok(Interest { stations: Some(stations), kinds })
    }

    /// The next changes after one, in the order of the commits.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn changes_after(
        &self,
        interest: &Interest,
        seq: i64,
        limit: u64,
    ) -> Result<Vec<change::Model>, HubError> {
        self.changes(interest.condition(), seq, limit).await
    }

    /// The number of the newest change; 0 where there is none.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn newest_change(&self) -> Result<i64, HubError> {
        newest_change(self.db.read()).await
    }

    async fn changes(
        &self,
        condition: Condition,
        seq: i64,
        limit: u64,
    ) -> Result<Vec<change::Model>, HubError> {
        let select = change::Entity::find()
            .filter(condition)
            .filter(change::Column::Seq.gt(seq))
            .order_by_asc(change::Column::Seq)
            .limit(limit);
        Ok(select.all(self.db.read()).await?)
    }
}

/// The number of the newest change; 0 where there is none.
pub(crate) async fn newest_change(db: &impl ConnectionTrait) -> Result<i64, HubError> {
    let newest = change::Entity::find()
        .select_only()
        .column(change::Column::Seq)
        .order_by_desc(change::Column::Seq)
        .into_tuple::<i64>()
        .one(db)
        .await?;
    Ok(newest.unwrap_or_default())
}
