//! Asking for a job, watching and stopping it.

use chrono::NaiveDate;
use entity::{JobState, TokenScope, job};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::{Job, KEPT, Question, Told, file_of, is_kept, reach};
use crate::{
    Hub, HubError, access::Viewer, exports::File, keys::Keyring, problem::Language, trail::Access,
};

/// The most jobs of an account that wait, run or hold an answer, beside those of the clock.
const MOST: u64 = 10;
/// The most it starts in about a day, until those that have ended are removed.
const A_DAY: u64 = 200;
/// The most bytes of a question with its variables.
pub(crate) const LARGEST: usize = 128 << 10;
/// The most jobs that are listed.
pub const LISTED: usize = 50;

/// A job to be started.
#[derive(Clone, Debug)]
pub struct NewJob {
    pub question: Question,
    pub language: Language,
    /// Rows of a page, and what a page costs.
    pub page_rows: u64,
    pub page_price: u64,
    /// The most rows that are asked for.
    pub most: Option<u64>,
    /// What file is made of the answer.
    pub file: Option<File>,
}

/// In whose name a job is, and what it came of.
pub(crate) struct Origin {
    pub account_id: Uuid,
    pub token_id: Option<Uuid>,
    pub reach: String,
    pub from_address: Option<String>,
    pub purpose: Option<String>,
    /// The saved question and the day that the clock starts it for.
    pub due: Option<(Uuid, NaiveDate)>,
}

impl Hub {
    /// Whether a viewer may have jobs, of whose answers this file is made.
    ///
    /// # Errors
    /// `Forbidden` where its role may not, `NotGranted` where its token does not let it read.
    pub fn may_have_jobs(&self, viewer: &Viewer, file: Option<File>) -> Result<(), HubError> {
        viewer.needs(TokenScope::Read)?;
        if self.job_budget(viewer, file) > 0 { Ok(()) } else { Err(HubError::Forbidden) }
    }

    /// Starts a job, whose turn comes after the others of its account.
    ///
    /// # Errors
    /// `Conflict` where the account has too many already, `Forbidden` where it may have none, `Invalid` for a
    /// question that is too large.
    pub async fn start_job(
        &self,
        viewer: &Viewer,
        new: NewJob,
        asking: Access,
    ) -> Result<Job, HubError> {
        self.may_have_jobs(viewer, new.file)?;
        if serde_json::to_string(&new.question).unwrap_or_default().len() > LARGEST {
            let text = format!("a job's question with its variables has {LARGEST} bytes at most");
            return Err(HubError::Invalid(text));
        }
        let tx = self.db.write_tx().await?;
        self.has_room(&tx, viewer).await?;
        let ring = self.keys.fresh(&tx).await?;
        let origin = Origin {
            account_id: viewer.account_id,
            token_id: viewer.token_id,
            reach: reach(viewer),
            from_address: asking.from_address,
            purpose: asking.purpose,
            due: None,
        };
        let row = self.waiting(&ring, origin, &new);
        job::Entity::insert(row.clone().into_active_model()).exec_without_returning(&tx).await?;
        tx.commit().await?;
        self.jobs.ring();
        self.told_of(viewer, &row).await
    }

    /// The row of a job whose turn has not come.
    pub(crate) fn waiting(&self, ring: &Keyring, origin: Origin, new: &NewJob) -> job::Model {
        let id = self.clock.new_id();
        let question = serde_json::to_string(&new.question).unwrap_or_default();
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        job::Model {
            id,
            account_id: origin.account_id,
            token_id: origin.token_id,
            reach: origin.reach,
            question: ring.seal(job::Column::Question, id, &question),
            language: new.language.tag().to_owned(),
            from_address: origin.from_address,
            purpose: origin.purpose,
            state: JobState::Waiting,
            asked_at: self.clock.now(),
            started_at: None,
            ended_at: None,
            expires_at: None,
            page_rows: number(new.page_rows),
            page_price: number(new.page_price),
            most: new.most.map(number),
            expected: None,
            done: 0,
            pages: 0,
            after: None,
            parts: 0,
            bytes: 0,
            sight: Default::default(),
            problem: None,
            fault: None,
            held_by: None,
            held_until: None,
            format: new.file.map(|file| file.format),
            layout: new.file.map(|file| file.layout),
            cover: None,
            file_bytes: None,
            file_digest: None,
            question_id: origin.due.map(|(question, _)| question),
            due_on: origin.due.map(|(_, day)| day),
        }
    }

    /// Whether the account of a viewer may have one job more.
    async fn has_room(&self, tx: &impl ConnectionTrait, viewer: &Viewer) -> Result<(), HubError> {
        let own = job::Entity::find()
            .filter(job::Column::AccountId.eq(viewer.account_id))
            .filter(job::Column::QuestionId.is_null())
            .filter(is_kept(self.clock.now()));
        let held = [JobState::Waiting, JobState::Running, JobState::Done];
        let held = own.clone().filter(job::Column::State.is_in(held));
        if held.count(tx).await? >= MOST {
            let text = format!(
                "{MOST} jobs of this account wait, run or hold an answer; stopJob one of them first"
            );
            return Err(HubError::Conflict(text));
        }
        if own.count(tx).await? >= A_DAY {
            let text = format!("this account has started {A_DAY} jobs in a day; wait for tomorrow");
            return Err(HubError::Conflict(text));
        }
        Ok(())
    }

    /// The viewer's own jobs, the newest first.
    ///
    /// # Errors
    /// `NotGranted` where its token does not let it read.
    pub async fn jobs(&self, viewer: &Viewer) -> Result<Vec<Job>, HubError> {
        viewer.needs(TokenScope::Read)?;
        let own = job::Entity::find()
            .filter(job::Column::AccountId.eq(viewer.account_id))
            .filter(is_kept(self.clock.now()))
            .order_by_desc(job::Column::Id)
            .limit(LISTED as u64);
        let mut jobs = Vec::new();
        for row in own.all(self.db.read()).await? {
            jobs.push(self.told_of(viewer, &row).await?);
        }
        Ok(jobs)
    }

    /// One of the viewer's own jobs; another's is none.
    ///
    /// # Errors
    /// `NotGranted` where its token does not let it read.
    pub async fn job(&self, viewer: &Viewer, id: Uuid) -> Result<Option<Job>, HubError> {
        viewer.needs(TokenScope::Read)?;
        match self.own_job(self.db.read(), viewer, id).await? {
            Some(row) => Ok(Some(self.told_of(viewer, &row).await?)),
            None => Ok(None),
        }
    }

    /// Stops a job of the viewer's own. Of one that is done, the answer is not kept any longer; one
    /// that has ended otherwise stays as it is.
    ///
    /// # Errors
    /// `Invalid` where there is no such job.
    pub async fn stop_job(&self, viewer: &Viewer, id: Uuid) -> Result<Job, HubError> {
        viewer.needs(TokenScope::Read)?;
        let tx = self.db.write_tx().await?;
        let found = self.own_job(&tx, viewer, id).await?;
        let row = found.ok_or_else(|| HubError::Invalid(format!("there is no job {id}")))?;
        if matches!(row.state, JobState::Stopped | JobState::Failed) {
            return self.told_of(viewer, &row).await;
        }
        let row = job::ActiveModel {
            state: Set(JobState::Stopped),
            ended_at: Set(Some(self.clock.now())),
            expires_at: Set(Some(self.clock.now() + KEPT)),
            after: Set(None),
            held_by: Set(None),
            held_until: Set(None),
            ..row.into_active_model()
        };
        let row = row.update(&tx).await?;
        tx.commit().await?;
        self.told_of(viewer, &row).await
    }

    pub(crate) async fn own_job(
        &self,
        db: &impl ConnectionTrait,
        viewer: &Viewer,
        id: Uuid,
    ) -> Result<Option<job::Model>, HubError> {
        let own = job::Entity::find_by_id(id)
            .filter(job::Column::AccountId.eq(viewer.account_id))
            .filter(is_kept(self.clock.now()));
        Ok(own.one(db).await?)
    }

    pub(crate) async fn told_of(&self, viewer: &Viewer, row: &job::Model) -> Result<Job, HubError> {
        let told = match row.reach == reach(viewer) {
            true => Some(Told {
                question: self.question_of(row).await?,
                done: row.done,
                expected: row.expected,
                bytes: row.file_bytes.unwrap_or(row.bytes),
                digest: row.file_digest.clone(),
                sight: row.sight.0.clone(),
                fault: self.unsealed(row, job::Column::Fault).await?,
            }),
            false => None,
        };
        Ok(Job {
            id: row.id,
            state: row.state,
            asked_at: row.asked_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
            expires_at: row.expires_at,
            problem: row.problem,
            file: file_of(row),
            told,
        })
    }
}
