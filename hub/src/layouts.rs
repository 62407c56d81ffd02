//! Layouts: what stations call the columns of their workbooks. One is proposed from a file, confirmed by
//! a person, and holds for the station's files from then on.

use bytes::Bytes;
use entity::{LayoutColumns, LayoutKind, LedgerKind, TokenScope, layout};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::{
    Hub, HubError,
    access::Viewer,
    import::{HandInError, Layout, SheetKind, learn},
    trail::Access,
};

/// How many layouts are listed.
pub const LISTED: usize = 200;
/// How many layouts a station keeps of a kind.
const MOST: usize = 50;

impl Hub {
    /// What the tables of a station's file seem to be, for a person to confirm.
    ///
    /// # Errors
    /// Where the file cannot be read, the viewer may not hand in for the station, or the database
    /// fails.
    pub async fn propose_layout(
        &self,
        viewer: &Viewer,
        station: &str,
        file_name: &str,
        bytes: Bytes,
    ) -> Result<Vec<learn::Proposal>, HandInError> {
        viewer.needs(TokenScope::Submit)?;
        let found = self.station_to_hand_in_for(viewer, station).await?;
        let villages = self.places().await?.villages(&found.township).to_vec();
        let layouts = self.layouts_of(found.id).await?;
        let _turn = self.previews.turn(bytes.len()).await?;
        let file_name = file_name.to_owned();
        let proposing = tokio::task::spawn_blocking(move || {
            learn::propose(&file_name, &bytes, &villages, &layouts)
        });
        Ok(proposing.await.map_err(|_| HubError::Unavailable)??)
    }

    /// Keeps a layout for a station. It replaces those of its kind of which it names every header.
    ///
    /// # Errors
    /// `Invalid` where the viewer may not hand in for the station, a path is none of the kind's or
    /// stands twice, or the station has many layouts already.
    pub async fn confirm_layout(
        &self,
        viewer: &Viewer,
        station: &str,
        layout: &Layout,
        asking: Access,
    ) -> Result<layout::Model, HubError> {
        viewer.needs(TokenScope::Submit)?;
        let station_id = self.station_to_hand_in_for(viewer, station).await?.id;
        learn::check(layout).map_err(HubError::Invalid)?;
        let kind = LayoutKind::from(layout.kind);
        let confirmed = layout::Model {
            id: self.clock.new_id(),
            station_id,
            kind,
            columns: LayoutColumns(layout.columns.clone()),
            confirmed_by: viewer.account_id,
            confirmed_at: self.clock.now(),
        };
        let fields = [format!("{station} {}", kind.code())].into();
        let operation = "LAYOUT_CONFIRM".to_owned();
        self.note_durably(Access { operation, fields, ..asking }).await?;
        let tx = self.db.write_tx().await?;
        let kept = layout::Entity::find()
            .filter(layout::Column::StationId.eq(station_id))
            .filter(layout::Column::Kind.eq(kind));
        let kept = kept.all(&tx).await?;
        let (replaced, others): (Vec<_>, Vec<_>) = kept.into_iter().partition(|kept| {
            kept.columns.0.keys().all(|header| confirmed.columns.0.contains_key(header))
        });
        if others.len() >= MOST {
            let text = format!("the station keeps {MOST} layouts of this kind; confirm one anew");
            return Err(HubError::Invalid(text));
        }
        let replaced: Vec<Uuid> = replaced.into_iter().map(|kept| kept.id).collect();
        layout::Entity::delete_many().filter(layout::Column::Id.is_in(replaced)).exec(&tx).await?;
        let confirmed = confirmed.into_active_model().insert(&tx).await?;
        tx.commit().await?;
        Ok(confirmed)
    }

    /// The layouts of a station, or of all that the viewer may hand in for; the newest first, at most
    /// [`LISTED`]. None of a station that it may not hand in for.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn layouts(
        &self,
        viewer: &Viewer,
        station: Option<&str>,
    ) -> Result<Vec<layout::Model>, HubError> {
        viewer.needs(TokenScope::Submit)?;
        let stations = self.places().await?.stations();
        let stations = stations.filter(|found| viewer.may_submit_for(found.id));
        let stations = stations.filter(|found| station.is_none_or(|code| found.code == code));
        let ids: Vec<Uuid> = stations.map(|found| found.id).collect();
        let found = layout::Entity::find()
            .filter(layout::Column::StationId.is_in(ids))
            .order_by_desc(layout::Column::Id)
            .limit(LISTED as u64);
        Ok(found.all(self.db.read()).await?)
    }

    /// The layouts of a station as decoding takes them, the newest last.
    pub(crate) async fn layouts_of(&self, station_id: Uuid) -> Result<Vec<Layout>, HubError> {
        let found = layout::Entity::find()
            .filter(layout::Column::StationId.eq(station_id))
            .order_by_asc(layout::Column::Id);
        let rows = found.all(self.db.read()).await?.into_iter();
        Ok(rows.map(|row| Layout { kind: row.kind.into(), columns: row.columns.0 }).collect())
    }
}

impl From<SheetKind> for LayoutKind {
    fn from(kind: SheetKind) -> Self {
        match kind {
            SheetKind::Ledger(LedgerKind::Child) => Self::Child,
            SheetKind::Ledger(LedgerKind::Elderly) => Self::Elderly,
            SheetKind::Ledger(LedgerKind::Disabled) => Self::Disabled,
            SheetKind::Visits => Self::Visit,
        }
    }
}

impl From<LayoutKind> for SheetKind {
    fn from(kind: LayoutKind) -> Self {
        match kind {
            LayoutKind::Child => Self::Ledger(LedgerKind::Child),
            LayoutKind::Elderly => Self::Ledger(LedgerKind::Elderly),
            LayoutKind::Disabled => Self::Ledger(LedgerKind::Disabled),
            LayoutKind::Visit => Self::Visits,
        }
    }
}
