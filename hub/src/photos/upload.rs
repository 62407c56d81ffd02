//! Uploading a photo in pieces: begun with its length and digest, gone on with from where it broke off.
//!
//! A photo is found by its account and the digest of what is uploaded. So one begun again is gone on
//! with, and one that is there already is not uploaded again.

use chrono::Duration;
use entity::{TokenScope, photo, photo_part, visit_photo};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait,
    DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QuerySelect, QueryTrait, sea_query::Expr,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::clean::clean;
use crate::{Hub, HubError, access::Viewer, hex, keys::Keyring};

/// The most bytes of a photo: 8 MiB.
pub const LARGEST: u64 = 8 << 20;
/// How long a photo waits to be handed in with a visit.
const KEPT: Duration = Duration::days(1);
/// The most photos of an account that wait so.
const WAITING: u64 = 100;
/// About how many bytes a part has, which is what is in memory where it is looked at.
const PART: usize = 32 << 10;

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upload {
    pub id: Uuid,
    pub length: u64,
    pub received: u64,
}

impl Hub {
    /// Begins the upload of a photo, or finds the one that was begun with.
    ///
    /// # Errors
    /// `Forbidden` for who hands nothing in, `Invalid` for a length or a SHA-256 (in hex) that is none,
    /// `Conflict` where many photos of the account wait.
    pub async fn begin_photo(
        &self,
        viewer: &Viewer,
        (length, sha256): (u64, &str),
    ) -> Result<Upload, HubError> {
        may_upload(viewer)?;
        if !(1..=LARGEST).contains(&length) {
            let text = format!("a photo has 1 to {LARGEST} bytes; shrink it");
            return Err(HubError::Invalid(text));
        }
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(HubError::Invalid("sha256 is 64 digits in hex".to_owned()));
        }
        let tx = self.db.write_tx().await?;
        let digest = self.keys.fresh(&tx).await?.digest(&sha256.to_ascii_lowercase());
        let own = photo::Entity::find().filter(photo::Column::AccountId.eq(viewer.account_id));
        let known = own.clone().filter(photo::Column::Digest.eq(&digest)).one(&tx).await?;
        let now = self.clock.now();
        let row = match known {
            Some(row) if row.length == as_number(length) => {
                let touched =
                    photo::ActiveModel { touched_at: Set(now), ..row.into_active_model() };
                touched.update(&tx).await?
            }
            Some(_) => return Err(HubError::Invalid("sha256 is of another length".to_owned())),
            None => {
                if own.filter(waits()).count(&tx).await? >= WAITING {
                    let text =
                        format!("{WAITING} photos wait to be handed in; hand in their visits");
                    return Err(HubError::Conflict(text));
                }
                let row = photo::Model {
                    id: self.clock.new_id(),
                    account_id: viewer.account_id,
                    digest,
                    length: as_number(length),
                    received: 0,
                    parts: 0,
                    kind: None,
                    bytes: None,
                    touched_at: now,
                    whole_at: None,
                };
                row.into_active_model().insert(&tx).await?
            }
        };
        tx.commit().await?;
        Ok(upload(&row))
    }

    /// How far an upload of the viewer's own is; another's is none.
    ///
    /// # Errors
    /// `Forbidden` for who hands nothing in.
    pub async fn photo_upload(
        &self,
        viewer: &Viewer,
        id: Uuid,
    ) -> Result<Option<Upload>, HubError> {
        may_upload(viewer)?;
        let row = own_photo(self.db.read(), viewer, id).await?;
        Ok(row.as_ref().map(upload))
    }

    /// Adds a piece to an upload of the viewer's own, behind so many bytes. With the last one it is
    /// looked at: what is no picture is removed. None where there is no such upload.
    ///
    /// # Errors
    /// `Forbidden` for who hands nothing in, `Conflict` where another number of bytes came already,
    /// `Invalid` where it gets too long, or is not the picture that was said.
    pub async fn add_to_photo(
        &self,
        viewer: &Viewer,
        id: Uuid,
        (offset, piece): (u64, &[u8]),
    ) -> Result<Option<Upload>, HubError> {
        may_upload(viewer)?;
        let tx = self.db.write_tx().await?;
        let Some(row) = own_photo(&tx, viewer, id).await? else { return Ok(None) };
        let received = row.received + as_number(piece.len() as u64);
        if row.received != as_number(offset) {
            let text = format!("{} bytes came already; go on behind them", row.received);
            return Err(HubError::Conflict(text));
        }
        if received > row.length {
            let text = format!("the photo has {} bytes, and no more are taken", row.length);
            return Err(HubError::Invalid(text));
        }
        let ring = self.keys.fresh(&tx).await?;
        let parts = self.add_parts(&tx, &ring, &row, piece).await?;
        let row = photo::ActiveModel {
            received: Set(received),
            parts: Set(parts),
            touched_at: Set(self.clock.now()),
            ..row.into_active_model()
        };
        let row = row.update(&tx).await?;
        let done = match row.received == row.length && row.whole_at.is_none() {
            true => self.finish_photo(&tx, &ring, &row).await?,
            false => Ok(()),
        };
        tx.commit().await?;
        done.map(|()| Some(upload(&row)))
    }

    /// Looks at the whole of a photo, and keeps it clean; or removes it, and says why.
    async fn finish_photo(
        &self,
        tx: &DatabaseTransaction,
        ring: &Keyring,
        row: &photo::Model,
    ) -> Result<Result<(), HubError>, HubError> {
        let bytes = self.photo_bytes(tx, row.id).await?;
        remove_parts(tx, row.id).await?;
        let refuse = |text: &str| Ok(Err(HubError::Invalid(text.to_owned())));
        if ring.digest(&hex(&Sha256::digest(&bytes))) != row.digest {
            photo::Entity::delete_by_id(row.id).exec(tx).await?;
            return refuse("what came is not of the sha256 that was said; upload it again");
        }
        let Some((kind, bytes)) = clean(&bytes) else {
            photo::Entity::delete_by_id(row.id).exec(tx).await?;
            return refuse("this is no whole picture in JPEG, PNG or WebP; take it again");
        };
        let none = photo::Model { parts: 0, ..row.clone() };
        let parts = self.add_parts(tx, ring, &none, &bytes).await?;
        let whole = photo::ActiveModel {
            kind: Set(Some(kind)),
            bytes: Set(Some(as_number(bytes.len() as u64))),
            parts: Set(parts),
            whole_at: Set(Some(self.clock.now())),
            ..row.clone().into_active_model()
        };
        whole.update(tx).await?;
        Ok(Ok(()))
    }

    /// Seals bytes behind those of a photo; gives back how many parts it has then.
    async fn add_parts(
        &self,
        tx: &impl ConnectionTrait,
        ring: &Keyring,
        row: &photo::Model,
        bytes: &[u8],
    ) -> Result<i64, HubError> {
        let parts = (row.parts..).zip(bytes.chunks(PART)).map(|(number, bytes)| {
            let id = self.clock.new_id();
            let bytes = ring.seal_bytes(photo_part::Column::Bytes, id, bytes);
            photo_part::Model { id, photo_id: row.id, number, bytes }.into_active_model()
        });
        let parts: Vec<_> = parts.collect();
        let count = row.parts + as_number(parts.len() as u64);
        if !parts.is_empty() {
            photo_part::Entity::insert_many(parts).exec_without_returning(tx).await?;
        }
        Ok(count)
    }

    /// Removes the photos that hang on no visit and of which nothing was heard for a day.
    ///
    /// # Errors
    /// Where the database does not answer; what is left is removed the next time.
    pub async fn clear_photos(&self) -> Result<(), HubError> {
        let over = photo::Column::TouchedAt.lte(self.clock.now() - KEPT);
        let over = photo::Entity::find().filter(waits().add(over));
        for row in over.clone().all(self.db.read()).await? {
            let tx = self.db.write_tx().await?;
            // It may have been handed in meanwhile.
            if over.clone().filter(photo::Column::Id.eq(row.id)).one(&tx).await?.is_some() {
                remove_parts(&tx, row.id).await?;
                photo::Entity::delete_by_id(row.id).exec(&tx).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Whether a photo may be handed in by a viewer.
pub(crate) fn is_whole_of(row: &photo::Model, viewer: &Viewer) -> bool {
    row.whole_at.is_some() && row.account_id == viewer.account_id
}

fn may_upload(viewer: &Viewer) -> Result<(), HubError> {
    viewer.needs(TokenScope::Submit)?;
    if viewer.hands_in() { Ok(()) } else { Err(HubError::Forbidden) }
}

async fn own_photo(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    id: Uuid,
) -> Result<Option<photo::Model>, HubError> {
    let own = photo::Column::AccountId.eq(viewer.account_id);
    Ok(photo::Entity::find_by_id(id).filter(own).one(db).await?)
}

/// Those that hang on no visit.
fn waits() -> Condition {
    // NOT IN would be worked out anew for each row where the list outgrows PostgreSQL's work_mem.
    let same = visit_photo::Column::PhotoId.into_expr().equals(photo::Column::Id.as_column_ref());
    let linked =
        visit_photo::Entity::find().select_only().column(visit_photo::Column::PhotoId).filter(same);
    Condition::all().add(Expr::exists(linked.into_query()).not())
}

async fn remove_parts(tx: &impl ConnectionTrait, id: Uuid) -> Result<(), HubError> {
    let parts = photo_part::Entity::delete_many().filter(photo_part::Column::PhotoId.eq(id));
    parts.exec(tx).await?;
    Ok(())
}

fn upload(row: &photo::Model) -> Upload {
    let number = |value: i64| u64::try_from(value).unwrap_or(0);
    Upload { id: row.id, length: number(row.length), received: number(row.received) }
}

fn as_number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
