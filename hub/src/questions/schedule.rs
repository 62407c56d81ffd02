//! Exporting saved questions when they are due, by whichever hub looks first.
//!
//! A job is started and the next time written in one transaction, and a question has one job a day at
//! most, which the database keeps to: so nothing is exported twice for a day, nor forgotten by a restart.

use chrono::NaiveDate;
use entity::{
    ExportFormat, ExportLayout, JobProblem, TokenScope, job, question_schedule, saved_question,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::Expr,
};
use uuid::Uuid;

use super::{SavedQuestion, Timing, own_question};
use crate::{
    Hub, HubError,
    access::Viewer,
    exports::File,
    jobs::{KEPT, NewJob, Origin, Question, is_kept, reach},
    keys::KeyFault,
    problem::Language,
    trail::Access,
};

/// The most questions of an account that are exported by the clock.
const MOST: u64 = 10;

/// When a question is to be exported, as which file, and the pages that it takes.
#[derive(Clone, Debug)]
pub struct NewSchedule {
    pub timing: Timing,
    pub format: ExportFormat,
    pub pages: NewJob,
}

impl Hub {
    /// Has a question of the viewer's own exported by the clock, in place of how it was before.
    ///
    /// # Errors
    /// `Invalid` for a day or an hour that there is not, or where there is no such question; `Conflict`
    /// where many of the account are exported already; `Forbidden` where it may have no jobs.
    pub async fn schedule_question(
        &self,
        viewer: &Viewer,
        id: Uuid,
        new: NewSchedule,
        asking: Access,
    ) -> Result<SavedQuestion, HubError> {
        let NewSchedule { timing, format, pages } = new;
        let timing = timing.check()?;
        self.may_have_jobs(viewer, Some(file_as(format)))?;
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let tx = self.db.write_tx().await?;
        let question = own_question(&tx, viewer, id).await?;
        has_room(&tx, viewer, id).await?;
        let row = question_schedule::Model {
            question_id: id,
            token_id: viewer.token_id,
            reach: reach(viewer),
            purpose: asking.purpose,
            every: timing.every,
            on_day: timing.on,
            hour: timing.hour,
            format,
            language: pages.language.tag().to_owned(),
            page_rows: number(pages.page_rows),
            page_price: number(pages.page_price),
            most: pages.most.map(number),
            due_at: timing.after(self.clock.now()),
            refused_on: None,
            problem: None,
        };
        question_schedule::Entity::delete_by_id(id).exec(&tx).await?;
        row.into_active_model().insert(&tx).await?;
        tx.commit().await?;
        self.told_of_own(viewer, question).await
    }

    /// Exports a question of the viewer's own by the clock no more.
    ///
    /// # Errors
    /// `Invalid` where there is no such question.
    pub async fn unschedule_question(
        &self,
        viewer: &Viewer,
        id: Uuid,
    ) -> Result<SavedQuestion, HubError> {
        viewer.needs(TokenScope::Read)?;
        let tx = self.db.write_tx().await?;
        let question = own_question(&tx, viewer, id).await?;
        question_schedule::Entity::delete_by_id(id).exec(&tx).await?;
        tx.commit().await?;
        self.told_of_own(viewer, question).await
    }

    /// Starts the exports that are due. One that cannot be started leaves the others alone.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn start_due_exports(&self) -> Result<(), HubError> {
        let due = question_schedule::Entity::find()
            .filter(question_schedule::Column::DueAt.lte(self.clock.now()))
            .order_by_asc(question_schedule::Column::DueAt);
        for row in due.all(self.db.read()).await? {
            let question = row.question_id;
            if let Err(error) = self.start_due_export(row).await {
                tracing::error!(%error, %question, "a question that is due could not be exported");
            }
        }
        Ok(())
    }

    async fn start_due_export(&self, due: question_schedule::Model) -> Result<(), HubError> {
        let question = saved_question::Entity::find_by_id(due.question_id);
        let Some(question) = question.one(self.db.read()).await? else { return Ok(()) };
        let asked_with = (due.token_id, due.reach.as_str());
        let viewer = self.viewer_at_work(question.account_id, asked_with).await?;
        let asked = self.asked_by(&question).await?;
        let tx = self.db.write_tx().await?;
        let stands = question_schedule::Entity::find_by_id(due.question_id)
            .filter(question_schedule::Column::DueAt.eq(due.due_at));
        // Another hub was faster, or it was changed.
        let Some(due) = stands.one(&tx).await? else { return Ok(()) };
        let (day, next) = Timing::from(&due).turn(due.due_at, self.clock.now());
        let problem = match (viewer, asked) {
            (Err(problem), _) => Some(problem),
            (Ok(_), None) => Some(JobProblem::Faulty),
            (Ok(_), Some(asked)) => {
                self.start_export_of(&tx, (&question, asked), (&due, day)).await?;
                None
            }
        };
        let row = question_schedule::ActiveModel {
            due_at: Set(next),
            refused_on: Set(problem.map(|_| day)),
            problem: Set(problem),
            ..due.into_active_model()
        };
        row.update(&tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What a question asks; none where what is kept of it is not as it was.
    async fn asked_by(
        &self,
        question: &saved_question::Model,
    ) -> Result<Option<Question>, HubError> {
        match self.unsealed(question, saved_question::Column::Question).await {
            Ok(text) => Ok(serde_json::from_str(&text.unwrap_or_default()).ok()),
            Err(HubError::Keys(KeyFault::Broken)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Starts the job of a question for a day, where there is none yet, and lets what was made of it before
    /// go soon.
    async fn start_export_of(
        &self,
        tx: &impl ConnectionTrait,
        (question, asked): (&saved_question::Model, Question),
        (due, day): (&question_schedule::Model, NaiveDate),
    ) -> Result<(), HubError> {
        use job::Column::{DueOn, ExpiresAt, QuestionId};
        let own = job::Entity::find().filter(QuestionId.eq(question.id));
        if own.filter(DueOn.eq(day)).count(tx).await? > 0 {
            return Ok(());
        }
        let soon = self.clock.now() + KEPT;
        let before = job::Entity::update_many()
            .col_expr(ExpiresAt, Expr::value(soon))
            .filter(QuestionId.eq(question.id))
            .filter(ExpiresAt.gt(soon));
        before.exec(tx).await?;
        let origin = Origin {
            account_id: question.account_id,
            token_id: due.token_id,
            reach: due.reach.clone(),
            from_address: None,
            purpose: due.purpose.clone(),
            due: Some((question.id, day)),
        };
        let number = |value: i64| u64::try_from(value).unwrap_or(0);
        let new = NewJob {
            question: asked,
            language: Language::of_header(&due.language),
            page_rows: number(due.page_rows),
            page_price: number(due.page_price),
            most: due.most.map(number),
            file: Some(file_as(due.format)),
        };
        let ring = self.keys.fresh(tx).await?;
        let row = self.waiting(&ring, origin, &new);
        job::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
        Ok(())
    }

    /// The newest export of each of these questions of the viewer's own, until it expires.
    pub(super) async fn exports_of(
        &self,
        viewer: &Viewer,
        questions: &[Uuid],
    ) -> Result<Vec<job::Model>, HubError> {
        let newest = job::Entity::find()
            .filter(job::Column::AccountId.eq(viewer.account_id))
            .filter(job::Column::QuestionId.is_in(questions.iter().copied()))
            .filter(is_kept(self.clock.now()))
            .order_by_asc(job::Column::Id);
        Ok(newest.all(self.db.read()).await?)
    }
}

/// Whether one more question of the account may be exported by the clock, beside this.
async fn has_room(tx: &impl ConnectionTrait, viewer: &Viewer, id: Uuid) -> Result<(), HubError> {
    let own = super::own(viewer).select_only().column(saved_question::Column::Id);
    let others = question_schedule::Entity::find()
        .filter(question_schedule::Column::QuestionId.in_subquery(own.into_query()))
        .filter(question_schedule::Column::QuestionId.ne(id));
    if others.count(tx).await? < MOST {
        return Ok(());
    }
    let text =
        format!("{MOST} questions of this account are scheduled; unschedule one of them first");
    Err(HubError::Conflict(text))
}

/// The file that is made by the clock: what the question selects.
#[must_use]
pub fn file_as(format: ExportFormat) -> File {
    File { format, layout: ExportLayout::Table }
}
