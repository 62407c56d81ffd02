//! A file and what became of its rows, kept.

use chrono::Duration;
use entity::{ImportState, import, import_part, import_row};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    preview::{Seen, Upload},
    told::Sheets,
};
use crate::{
    Hub, HubError, access::Viewer, db::delete_some, intake::write, jobs::reach, keys::Keyring,
    trail::Access,
};

/// How long a preview is kept that nobody applies.
const KEPT: Duration = Duration::hours(24);
/// The most previews of an account that are kept.
const MOST: u64 = 100;
/// No file is looked at for so long: one that still is was broken off, and nobody sees it.
const READING: Duration = Duration::hours(1);
/// How many bytes of a file a part has.
const PART: usize = 32 << 10;
/// How many rows, or parts, are written or removed by one transaction, so that others can write
/// meanwhile.
const AT_ONCE: usize = 500;

impl Hub {
    /// # Errors
    /// `Conflict` where the account has too many previews besides the one that another is to replace.
    pub(super) async fn may_preview(
        &self,
        db: &impl ConnectionTrait,
        viewer: &Viewer,
        replaced: Option<Uuid>,
    ) -> Result<(), HubError> {
        use import::Column::{AccountId, CreatedAt, ExpiresAt, Id, State};
        let now = self.clock.now();
        let is_read = State.ne(ImportState::Reading);
        let waits = Condition::any().add(is_read).add(CreatedAt.gt(now - READING));
        let own = import::Entity::find()
            .filter(AccountId.eq(viewer.account_id))
            .filter(ExpiresAt.gt(now))
            .filter(waits)
            .filter(Condition::all().add_option(replaced.map(|id| Id.ne(id))));
        if own.count(db).await? >= MOST {
            let text = format!("{MOST} previews of this account wait; apply them, or wait a day");
            return Err(HubError::Conflict(text));
        }
        Ok(())
    }

    /// Notes a file that was read, whose parts and rows are kept next. Who looks at many at the same
    /// time has no more than the most all the same.
    ///
    /// # Errors
    /// `Conflict` where the account has too many previews.
    pub(super) async fn begin_import(
        &self,
        viewer: &Viewer,
        station_id: Uuid,
        (upload, sheets, replaced): (&Upload, &Sheets, Option<Uuid>),
        asking: Access,
    ) -> Result<import::Model, HubError> {
        let id = self.clock.new_id();
        let tx = self.db.write_tx().await?;
        self.may_preview(&tx, viewer, replaced).await?;
        let ring = self.keys.fresh(&tx).await?;
        let rows = sheets.sheets.iter().map(|sheet| sheet.rows).sum();
        let sheets = serde_json::to_string(&sheets).unwrap_or_default();
        let now = self.clock.now();
        let row = import::Model {
            id,
            station_id,
            account_id: viewer.account_id,
            token_id: viewer.token_id,
            reach: reach(viewer),
            file_name: upload
                .name
                .chars()
                .filter(|letter| !letter.is_control())
                .take(200)
                .collect(),
            digest: crate::hex(&Sha256::digest(&upload.bytes)),
            bytes: number(upload.bytes.len()),
            sheets: ring.seal(import::Column::Sheets, id, &sheets),
            state: ImportState::Reading,
            rows: number(rows),
            done: 0,
            due: 0,
            created_at: now,
            expires_at: Some(now + KEPT),
            applied_at: None,
            applied_by: None,
            undone_at: None,
            undone_by: None,
            asked_by: None,
            from_address: asking.from_address,
            purpose: asking.purpose,
            problem: None,
            held_by: None,
            held_until: None,
        };
        import::Entity::insert(row.clone().into_active_model()).exec_without_returning(&tx).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Notes that all rows of a file are kept.
    pub(super) async fn end_preview(&self, row: import::Model) -> Result<import::Model, HubError> {
        let tx = self.db.write_tx().await?;
        let row =
            import::ActiveModel { state: Set(ImportState::Previewed), ..row.into_active_model() };
        let row = row.update(&tx).await?;
        tx.commit().await?;
        Ok(row)
    }

    pub(super) async fn keep_parts(&self, import_id: Uuid, bytes: &[u8]) -> Result<(), HubError> {
        let parts: Vec<_> = bytes.chunks(PART).collect();
        for (batch, parts) in parts.chunks(AT_ONCE).enumerate() {
            let tx = self.db.write_tx().await?;
            let ring = self.keys.fresh(&tx).await?;
            let rows = parts.iter().enumerate().map(|(at, bytes)| {
                let id = self.clock.new_id();
                let bytes = ring.seal_bytes(import_part::Column::Bytes, id, bytes);
                import_part::Model { id, import_id, number: number(batch * AT_ONCE + at), bytes }
            });
            write::<import_part::Entity>(&tx, rows.collect(), None).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    pub(super) async fn keep_rows(&self, import_id: Uuid, seen: Vec<Seen>) -> Result<(), HubError> {
        let mut seen = seen.into_iter().peekable();
        while seen.peek().is_some() {
            let tx = self.db.write_tx().await?;
            let ring = self.keys.fresh(&tx).await?;
            let rows = seen.by_ref().take(AT_ONCE);
            let rows = rows.map(|seen| self.kept_row(&ring, import_id, seen));
            write::<import_row::Entity>(&tx, rows.collect(), None).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    fn kept_row(&self, ring: &Keyring, import_id: Uuid, seen: Seen) -> import_row::Model {
        let id = self.clock.new_id();
        let told = serde_json::to_string(&seen.told).unwrap_or_default();
        let content = seen.submission.as_ref().map(|item| item.content.json());
        import_row::Model {
            id,
            import_id,
            position: number(seen.position),
            sheet: seen.sheet,
            row: number(seen.row),
            verdict: seen.verdict,
            state: seen.state,
            submission_id: seen.submission.as_ref().map(|item| item.id),
            kind: seen.submission.as_ref().map(|item| item.content.kind()),
            record_id: None,
            content: ring.seal_some(import_row::Column::Content, id, content.as_deref()),
            told: ring.seal(import_row::Column::Told, id, &told),
            trace: None,
        }
    }

    /// The bytes of a file, as it was handed in.
    pub(super) async fn bytes_of(&self, id: Uuid) -> Result<Vec<u8>, HubError> {
        let parts = import_part::Entity::find()
            .filter(import_part::Column::ImportId.eq(id))
            .order_by_asc(import_part::Column::Number);
        let mut bytes = Vec::new();
        for part in parts.all(self.db.read()).await? {
            let part = self.unsealed_bytes(&part, import_part::Column::Bytes).await?;
            bytes.extend(part.unwrap_or_default());
        }
        Ok(bytes)
    }

    /// Removes the previews that nobody applied.
    ///
    /// # Errors
    /// Where the database does not answer; what is left is removed the next time.
    pub async fn clear_imports(&self) -> Result<(), HubError> {
        let over = import::Column::ExpiresAt.lte(self.clock.now());
        for found in import::Entity::find().filter(over.clone()).all(self.db.read()).await? {
            // From now on nobody applies it.
            let tx = self.db.write_tx().await?;
            let ours = Condition::all().add(import::Column::Id.eq(found.id)).add(over.clone());
            let begun = import::Entity::update_many()
                .set(import::ActiveModel { state: Set(ImportState::Reading), ..Default::default() })
                .filter(ours);
            let begun = begun.exec(&tx).await?.rows_affected;
            tx.commit().await?;
            if begun == 0 {
                continue;
            }
            while self.remove_rows(found.id).await? > 0 {}
            let tx = self.db.write_tx().await?;
            import::Entity::delete_by_id(found.id).exec(&tx).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn remove_rows(&self, id: Uuid) -> Result<u64, HubError> {
        let tx = self.db.write_tx().await?;
        use {import_part::Column as Part, import_row::Column as Row};
        let most = AT_ONCE as u64;
        let rows = delete_some::<import_row::Entity>(&tx, (Row::Id, Row::ImportId), (id, most));
        let rows = rows.await?;
        let parts = delete_some::<import_part::Entity>(&tx, (Part::Id, Part::ImportId), (id, most));
        let parts = parts.await?;
        tx.commit().await?;
        Ok(rows + parts)
    }

    pub(super) async fn own_import(
        &self,
        db: &impl ConnectionTrait,
        viewer: &Viewer,
        id: Uuid,
    ) -> Result<Option<import::Model>, HubError> {
        viewer.needs(entity::TokenScope::Submit)?;
        let found = import::Entity::find_by_id(id).one(db).await?;
        let now = self.clock.now();
        Ok(found.filter(|row| viewer.may_submit_for(row.station_id)).filter(|row| {
            row.state != ImportState::Reading && row.expires_at.is_none_or(|at| at > now)
        }))
    }
}

pub(super) fn number(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
