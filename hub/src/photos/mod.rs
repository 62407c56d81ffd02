//! Photos of visits. One is uploaded in pieces (`upload`), cleaned of what cameras write beside the
//! picture once it is whole (`clean`), and hangs on visits by their submission or afterwards. It is
//! shown where its visit is, to who sees the texts of that visit plainly.

mod clean;
mod upload;

use std::collections::{BTreeSet, HashMap};

use entity::{PhotoKind, TokenScope, person, photo, photo_part, visit, visit_photo};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use uuid::Uuid;

pub(crate) use upload::is_whole_of;
pub use upload::{LARGEST, Upload};

use crate::{
    Hub, HubError,
    access::Viewer,
    columns::Columns,
    policy::{Class, Sight, is_minor},
    trail::Access,
};

/// The most photos of a visit.
pub const MOST: usize = 10;

/// A photo that may be looked at, of so many parts.
#[derive(Clone, Copy, Debug)]
pub struct Picture {
    id: Uuid,
    pub kind: PhotoKind,
    pub bytes: i64,
    pub parts: i64,
}

impl Hub {
    /// The photos of these visits, of whose texts the viewer has plain sight: visit → photo.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn photos(
        &self,
        _viewer: &Viewer,
        visits: &[Uuid],
    ) -> Result<Vec<(Uuid, photo::Model)>, HubError> {
        let mut found = Vec::new();
        // A visit has ten photos at most, and SQLite binds no more than 32,766 values.
        for visits in visits.chunks(3_000) {
            let links = visit_photo::Entity::find()
                .filter(visit_photo::Column::VisitId.is_in(visits.iter().copied()))
                .order_by_asc(visit_photo::Column::PhotoId);
            let links = links.all(self.db.read()).await?;
            if links.is_empty() {
                continue;
            }
            let ids = links.iter().map(|link| link.photo_id);
            let photos = photo::Entity::find().filter(photo::Column::Id.is_in(ids));
            let photos = photos.all(self.db.read()).await?.into_iter();
            let photos: HashMap<_, _> = photos.map(|photo| (photo.id, photo)).collect();
            found.extend(
                links
                    .iter()
                    .filter_map(|link| Some((link.visit_id, photos.get(&link.photo_id)?.clone()))),
            );
        }
        Ok(found)
    }

    /// Hangs photos on a visit that is on record already; those that hang on it stay.
    ///
    /// # Errors
    /// `Invalid` where there is no such visit to hand in for, a photo is not whole or not the
    /// account's, or they are too many; where it cannot be noted.
    pub async fn attach_photos(
        &self,
        viewer: &Viewer,
        visit: Uuid,
        photos: &[Uuid],
        asking: Access,
    ) -> Result<(), HubError> {
        viewer.needs(TokenScope::Submit)?;
        let found = self.by_ids::<visit::Entity>(viewer, &[visit], &Columns::All).await?.pop();
        let found = found.filter(|row| viewer.may_submit_for(row.station_id));
        let none = || HubError::Invalid("there is no such visit to hand in for".to_owned());
        let found = found.ok_or_else(none)?;
        let tx = self.db.write_tx().await?;
        // It may have been taken back meanwhile.
        visit::Entity::find_by_id(visit).one(&tx).await?.ok_or_else(none)?;
        let of_visit = visit_photo::Entity::find().filter(visit_photo::Column::VisitId.eq(visit));
        let known: BTreeSet<_> =
            of_visit.all(&tx).await?.into_iter().map(|link| link.photo_id).collect();
        let wanted: BTreeSet<_> = photos.iter().copied().filter(|id| !known.contains(id)).collect();
        if known.len() + wanted.len() > MOST {
            return Err(HubError::Invalid(format!("a visit has {MOST} photos at most")));
        }
        if wanted.is_empty() {
            return Ok(());
        }
        for id in wanted {
            let found = photo::Entity::find_by_id(id).one(&tx).await?;
            if !found.is_some_and(|row| is_whole_of(&row, viewer)) {
                let text =
                    format!("the photo {id} is not uploaded whole by this account; upload it");
                return Err(HubError::Invalid(text));
            }
            let link = visit_photo::Model { visit_id: visit, photo_id: id }.into_active_model();
            visit_photo::Entity::insert(link).exec_without_returning(&tx).await?;
        }
        let people = found.person_id.into_iter().collect();
        let fields = ["Visit.photos".to_owned()].into();
        let operation = "ATTACH".to_owned();
        self.note_within(&tx, Access { operation, fields, people, ..asking }).await?;
        Ok(tx.commit().await?)
    }

    /// Gives a photo of a visit in reach, once it is noted that it is looked at. None where there is
    /// none, or the viewer has no plain sight of the texts of its visits.
    ///
    /// # Errors
    /// `NotGranted` where its token does not let it read; where it cannot be noted.
    pub async fn take_photo(
        &self,
        viewer: &Viewer,
        id: Uuid,
        asking: Access,
    ) -> Result<Option<Picture>, HubError> {
        viewer.needs(TokenScope::Read)?;
        let row = photo::Entity::find_by_id(id).one(self.db.read()).await?;
        let Some(row) = row else { return Ok(None) };
        let (Some(kind), Some(bytes)) = (row.kind, row.bytes) else { return Ok(None) };
        let links = visit_photo::Entity::find().filter(visit_photo::Column::PhotoId.eq(id));
        let links = links.all(self.db.read()).await?;
        let visits: Vec<_> = links.into_iter().map(|link| link.visit_id).collect();
        let visits = self.by_ids::<visit::Entity>(viewer, &visits, &Columns::All).await?;
        let mut seen = Vec::new();
        for visit in visits {
            if self.sees_texts(viewer, &visit).await? {
                seen.push(visit);
            }
        }
        if seen.is_empty() {
            return Ok(None);
        }
        let people = seen.iter().filter_map(|visit| visit.person_id).collect();
        let fields = ["Visit.photos".to_owned()].into();
        let operation = format!("PHOTO {id}");
        self.note_durably(Access { operation, fields, people, ..asking }).await?;
        Ok(Some(Picture { id, kind, bytes, parts: row.parts }))
    }

    /// Whether a viewer has plain sight of what was written about a visit: of one to a household, as
    /// of a minor.
    async fn sees_texts(&self, viewer: &Viewer, visit: &visit::Model) -> Result<bool, HubError> {
        let class = Class::FreeText;
        let (adult, minor) = (viewer.sight(class), viewer.sight_on_minor(class));
        if adult == minor && adult == Sight::Plain {
            return Ok(true);
        }
        let Some(person) = visit.person_id else { return Ok(minor == Sight::Plain) };
        let found = person::Entity::find_by_id(person).one(self.db.read()).await?;
        let today = self.clock.today();
        let below = match found.is_some_and(|row| !is_minor(&row, today)) {
            true => adult,
            false => minor,
        };
        Ok(self.grants(viewer).await?.sight(person, class, below) == Sight::Plain)
    }

    /// A part of a photo, from 0.
    ///
    /// # Errors
    /// `Unavailable` where it was removed meanwhile.
    pub async fn photo_part(&self, picture: Picture, number: i64) -> Result<Vec<u8>, HubError> {
        let part = photo_part::Entity::find()
            .filter(photo_part::Column::PhotoId.eq(picture.id))
            .filter(photo_part::Column::Number.eq(number));
        let part = part.one(self.db.read()).await?.ok_or(HubError::Unavailable)?;
        let bytes = self.unsealed_bytes(&part, photo_part::Column::Bytes).await?;
        Ok(bytes.unwrap_or_default())
    }

    /// All bytes of a photo, by any connection.
    pub(crate) async fn photo_bytes(
        &self,
        db: &impl ConnectionTrait,
        id: Uuid,
    ) -> Result<Vec<u8>, HubError> {
        let parts = photo_part::Entity::find()
            .filter(photo_part::Column::PhotoId.eq(id))
            .order_by_asc(photo_part::Column::Number);
        let mut bytes = Vec::new();
        for part in parts.all(db).await? {
            let opened = self.unsealed_bytes(&part, photo_part::Column::Bytes).await?;
            bytes.extend(opened.unwrap_or_default());
        }
        Ok(bytes)
    }
}
