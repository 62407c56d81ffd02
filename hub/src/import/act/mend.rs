//! Correcting cells of a file that was looked at, and looking at it anew.

use chrono::Duration;
use entity::{ImportState, import};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    preview::{Look, Upload},
    read::sees_all,
};
use crate::{
    Hub, HubError,
    access::Viewer,
    import::{
        HandInError,
        mend::{MOST_MENDS, Mend, joined},
    },
    trail::Access,
};

impl Hub {
    /// Looks at the file of an import anew, with these cells corrected besides those that were before.
    /// The file stays as it was handed in. What comes of it is an import of its own, which takes the
    /// place of the viewer's own preview; of one that was taken in already, the rows that were are found unchanged.
    ///
    /// # Errors
    /// `Invalid` where there is no such import for this viewer, it may not be told the values that the
    /// file brought, or too many cells are corrected; `Conflict` where something of it is under way;
    /// those of [`Hub::preview_import`].
    pub async fn mend_import(
        &self,
        viewer: &Viewer,
        id: Uuid,
        mends: Vec<Mend>,
        asking: Access,
    ) -> Result<import::Model, HandInError> {
        use ImportState::{Applying, Restoring, Undoing};
        let row = self.own_import(self.db.read(), viewer, id).await?;
        let row = row.filter(|row| sees_all(viewer, row));
        let row = row.ok_or_else(|| HubError::Invalid(format!("there is no import {id}")))?;
        if matches!(row.state, Applying | Undoing | Restoring) {
            let text = "something of the import is under way; correct cells when that is done";
            return Err(HubError::Conflict(text.to_owned()).into());
        }
        let mends = joined(self.sheets_of(&row).await?.mends, mends);
        if mends.len() > MOST_MENDS {
            let text = format!(
                "more than {MOST_MENDS} cells are corrected; correct them in the workbook and hand it in"
            );
            return Err(HubError::Invalid(text).into());
        }
        let station = self.places().await?.stations().find(|place| place.id == row.station_id);
        let station = station.ok_or(HubError::Unavailable)?;
        self.may_preview(self.db.read(), viewer, Some(id)).await?;
        let turn = self.previews.turn(usize::try_from(row.bytes).unwrap_or_default()).await?;
        let upload = Upload { name: row.file_name, bytes: self.bytes_of(id).await?.into() };
        let look = Look { upload, mends, replaced: Some(id) };
        let anew = self.look_at(viewer, station, (turn, look), asking).await?;
        self.replace_preview(viewer, id).await?;
        Ok(anew)
    }

    /// A preview of the viewer's own that another took the place of is over.
    async fn replace_preview(&self, viewer: &Viewer, id: Uuid) -> Result<(), HubError> {
        let tx = self.db.write_tx().await?;
        let over = Set(Some(self.clock.now() - Duration::seconds(1)));
        import::Entity::update_many()
            .set(import::ActiveModel { expires_at: over, ..Default::default() })
            .filter(import::Column::Id.eq(id))
            .filter(import::Column::AccountId.eq(viewer.account_id))
            .filter(import::Column::State.eq(ImportState::Previewed))
            .exec(&tx)
            .await?;
        Ok(tx.commit().await?)
    }
}
