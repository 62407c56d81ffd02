//! Taking a file home, in the whole or from where it broke off.

use entity::{ExportFormat, JobState, TokenScope, export_part, job};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    Cover, Span,
    make::{PART, noted},
};
use crate::{Hub, HubError, access::Viewer, jobs::reach, trail::Access};

/// A file that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    job_id: Uuid,
    pub format: ExportFormat,
    pub bytes: u64,
    /// How many rows its answer has.
    pub rows: i64,
    /// SHA-256 of the file, in hex.
    pub digest: String,
    /// What is told of it beside it.
    pub cover: Cover,
}

impl Export {
    /// How its name ends.
    #[must_use]
    pub fn ending(&self) -> &'static str {
        match self.format {
            ExportFormat::Xlsx => "xlsx",
            ExportFormat::Csv | ExportFormat::Parquet if self.cover.tables.len() > 1 => "zip",
            ExportFormat::Csv => "csv",
            ExportFormat::Parquet => "parquet",
            ExportFormat::Ndjson => "jsonl",
        }
    }

    /// These bytes of it.
    #[must_use]
    pub fn span(&self, bytes: std::ops::Range<u64>) -> Span {
        Span::new(bytes, PART as u64)
    }
}

impl Hub {
    /// Gives the file of a job of the viewer's own, once it is noted that it is taken. None where there
    /// is none, or where the viewer reaches or sees something else than when it was asked for.
    ///
    /// # Errors
    /// `NotGranted` where its token does not let it read; where it cannot be noted.
    pub async fn take_export(
        &self,
        viewer: &Viewer,
        id: Uuid,
        asking: Access,
    ) -> Result<Option<Export>, HubError> {
        viewer.needs(TokenScope::Read)?;
        let found = self.own_job(self.db.read(), viewer, id).await?;
        let Some(job) = found.filter(|job| job.state == JobState::Done) else { return Ok(None) };
        let (Some(format), Some(digest)) = (job.format, job.file_digest.clone()) else {
            return Ok(None);
        };
        if job.reach != reach(viewer) {
            return Ok(None);
        }
        // Whose data it holds was noted as each page was read.
        let (operation, fields) = (noted("TAKE", &job, &digest), ["Job.answer".to_owned()].into());
        self.note_durably(Access { operation, fields, ..asking }).await?;
        let cover = self.unsealed(&job, job::Column::Cover).await?.unwrap_or_default();
        let cover = serde_json::from_str(&cover).map_err(|_| HubError::Unavailable)?;
        let bytes = job.file_bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0);
        Ok(Some(Export { job_id: job.id, format, bytes, rows: job.done, digest, cover }))
    }

    /// What of a part of a file, counted from 0, belongs to a span.
    ///
    /// # Errors
    /// `Unavailable` where it was removed meanwhile.
    pub async fn export_part(
        &self,
        export: &Export,
        span: &Span,
        number: i64,
    ) -> Result<Vec<u8>, HubError> {
        let part = export_part::Entity::find()
            .filter(export_part::Column::JobId.eq(export.job_id))
            .filter(export_part::Column::Number.eq(number));
        let part = part.one(self.db.read()).await?.ok_or(HubError::Unavailable)?;
        let bytes = self.unsealed_bytes(&part, export_part::Column::Bytes).await?;
        Ok(span.of_part(number, &bytes.unwrap_or_default()).to_vec())
    }
}
