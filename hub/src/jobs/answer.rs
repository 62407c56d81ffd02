//! Taking the answer of a job home.

use entity::{JobState, TokenScope, job, job_part};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::reach;
use crate::{Hub, HubError, access::Viewer, trail::Access};

/// The answer of a job, of so many parts.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    job_id: Uuid,
    pub parts: i64,
}

impl Answer {
    /// What a job has so far.
    pub(crate) fn of(job: &job::Model) -> Self {
        Self { job_id: job.id, parts: job.parts }
    }
}

impl Hub {
    /// Gives the answer of a job of the viewer's own, once it is noted that it is taken. None where
    /// there is none, or where the viewer reaches or sees something else than when it was asked for.
    ///
    /// # Errors
    /// `NotGranted` where its token does not let it read; where it cannot be noted.
    pub async fn take_answer(
        &self,
        viewer: &Viewer,
        id: Uuid,
        asking: Access,
    ) -> Result<Option<Answer>, HubError> {
        viewer.needs(TokenScope::Read)?;
        let found = self.own_job(self.db.read(), viewer, id).await?;
        let Some(found) = found.filter(|job| job.state == JobState::Done) else { return Ok(None) };
        // Of an export, the file is the answer.
        if found.format.is_some() || found.reach != reach(viewer) {
            return Ok(None);
        }
        // Whose data it holds was noted as each page was read.
        let (operation, fields) = (format!("TAKE {id}"), ["Job.answer".to_owned()].into());
        self.note_durably(Access { operation, fields, ..asking }).await?;
        Ok(Some(Answer::of(&found)))
    }

    /// A part of an answer, from 0: whole lines.
    ///
    /// # Errors
    /// `Unavailable` where it was removed meanwhile.
    pub async fn answer_part(&self, answer: Answer, number: i64) -> Result<String, HubError> {
        let part = job_part::Entity::find()
            .filter(job_part::Column::JobId.eq(answer.job_id))
            .filter(job_part::Column::Number.eq(number));
        let part = part.one(self.db.read()).await?.ok_or(HubError::Unavailable)?;
        Ok(self.unsealed(&part, job_part::Column::Lines).await?.unwrap_or_default())
    }
}
