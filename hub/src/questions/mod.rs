//! Saved questions: what an account asks again and again, kept as text with its variables.
//!
//! A saved question holds no answer. Who has the id of one that is shared reads the text and asks it
//! with rights of their own, so sharing shows nothing of the record. `schedule` says when one is exported
//! in the name of whose it is; that is a job like any other ([`crate::jobs`]).

mod schedule;
mod timing;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{TokenScope, job, question_schedule, saved_question};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

pub use schedule::{NewSchedule, file_as};
pub use timing::Timing;

use crate::{
    Hub, HubError,
    access::Viewer,
    jobs::{Job, LARGEST, Question},
};

/// The most questions that an account keeps.
pub const MOST: usize = 100;
/// The most characters of a name.
const LONGEST: usize = 60;

/// A saved question, as who asks is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedQuestion {
    pub id: Uuid,
    pub account_id: Uuid,
    pub name: String,
    pub question: Question,
    pub shared: bool,
    pub saved_at: DateTime<Utc>,
    /// Told to whose it is, where it is exported.
    pub schedule: Option<question_schedule::Model>,
    /// The newest export, told to whose it is, until it expires.
    pub export: Option<Job>,
}

/// What is to be changed of a saved question.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub name: Option<String>,
    pub shared: Option<bool>,
}

impl Hub {
    /// Keeps a question for the viewer, for nobody else yet.
    ///
    /// # Errors
    /// `Invalid` for a name that is empty or long, or a question that is too large; `Conflict` where the
    /// account keeps many already.
    pub async fn save_question(
        &self,
        viewer: &Viewer,
        name: &str,
        question: &Question,
    ) -> Result<SavedQuestion, HubError> {
        viewer.needs(TokenScope::Read)?;
        let name = named(name)?;
        let text = serde_json::to_string(question).unwrap_or_default();
        if text.len() > LARGEST {
            let text = format!("a question with its variables has {LARGEST} bytes at most");
            return Err(HubError::Invalid(text));
        }
        let tx = self.db.write_tx().await?;
        if own(viewer).count(&tx).await? >= MOST as u64 {
            let text = format!("this account keeps {MOST} questions; remove one of them first");
            return Err(HubError::Conflict(text));
        }
        let ring = self.keys.fresh(&tx).await?;
        let id = self.clock.new_id();
        let row = saved_question::Model {
            id,
            account_id: viewer.account_id,
            name: ring.seal(saved_question::Column::Name, id, &name),
            question: ring.seal(saved_question::Column::Question, id, &text),
            shared: false,
            saved_at: self.clock.now(),
        };
        let row = row.into_active_model().insert(&tx).await?;
        tx.commit().await?;
        self.told_of_question(viewer, row, None, None).await
    }

    /// The viewer's own questions, the newest first.
    ///
    /// # Errors
    /// `NotGranted` where its token does not let it read.
    pub async fn saved_questions(&self, viewer: &Viewer) -> Result<Vec<SavedQuestion>, HubError> {
        viewer.needs(TokenScope::Read)?;
        let own = own(viewer).order_by_desc(saved_question::Column::Id);
        let rows = own.all(self.db.read()).await?;
        self.told_of_questions(viewer, rows).await
    }

    /// A question of the viewer's own, or one that is shared; any other is none.
    ///
    /// # Errors
    /// `NotGranted` where its token does not let it read.
    pub async fn saved_question(
        &self,
        viewer: &Viewer,
        id: Uuid,
    ) -> Result<Option<SavedQuestion>, HubError> {
        viewer.needs(TokenScope::Read)?;
        let row = saved_question::Entity::find_by_id(id).one(self.db.read()).await?;
        let row = row.filter(|row| row.shared || row.account_id == viewer.account_id);
        Ok(self.told_of_questions(viewer, row.into_iter().collect()).await?.pop())
    }

    /// Renames a question of the viewer's own, shares it or keeps it to its account again.
    ///
    /// # Errors
    /// `Invalid` for a name that is empty or long, or where there is no such question.
    pub async fn change_question(
        &self,
        viewer: &Viewer,
        id: Uuid,
        change: Change,
    ) -> Result<SavedQuestion, HubError> {
        viewer.needs(TokenScope::Read)?;
        let name = change.name.as_deref().map(named).transpose()?;
        let tx = self.db.write_tx().await?;
        let mut row = own_question(&tx, viewer, id).await?.into_active_model();
        let ring = self.keys.fresh(&tx).await?;
        if let Some(name) = name {
            row.name = Set(ring.seal(saved_question::Column::Name, id, &name));
        }
        if let Some(shared) = change.shared {
            row.shared = Set(shared);
        }
        let row = row.update(&tx).await?;
        tx.commit().await?;
        self.told_of_own(viewer, row).await
    }

    /// Removes a question of the viewer's own, and exports it no more. What was exported stays until
    /// it expires.
    ///
    /// # Errors
    /// `Invalid` where there is no such question.
    pub async fn remove_question(&self, viewer: &Viewer, id: Uuid) -> Result<(), HubError> {
        viewer.needs(TokenScope::Read)?;
        let tx = self.db.write_tx().await?;
        own_question(&tx, viewer, id).await?;
        question_schedule::Entity::delete_by_id(id).exec(&tx).await?;
        saved_question::Entity::delete_by_id(id).exec(&tx).await?;
        Ok(tx.commit().await?)
    }

    async fn told_of_own(
        &self,
        viewer: &Viewer,
        row: saved_question::Model,
    ) -> Result<SavedQuestion, HubError> {
        let told = self.told_of_questions(viewer, vec![row]).await?.pop();
        told.ok_or(HubError::Unavailable)
    }

    /// With what is told of the exports of those that are the viewer's own, by two statements.
    async fn told_of_questions(
        &self,
        viewer: &Viewer,
        rows: Vec<saved_question::Model>,
    ) -> Result<Vec<SavedQuestion>, HubError> {
        let own = rows.iter().filter(|row| row.account_id == viewer.account_id);
        let ids: Vec<_> = own.map(|row| row.id).collect();
        let (mut schedules, mut newest) = (HashMap::new(), HashMap::new());
        if !ids.is_empty() {
            let scheduled = question_schedule::Column::QuestionId.is_in(ids.iter().copied());
            let found = question_schedule::Entity::find().filter(scheduled);
            for row in found.all(self.db.read()).await? {
                schedules.insert(row.question_id, row);
            }
            for job in self.exports_of(viewer, &ids).await? {
                newest.insert(job.question_id, job);
            }
        }
        let mut told = Vec::with_capacity(rows.len());
        for row in rows {
            let (schedule, job) = (schedules.remove(&row.id), newest.remove(&Some(row.id)));
            told.push(self.told_of_question(viewer, row, schedule, job).await?);
        }
        Ok(told)
    }

    async fn told_of_question(
        &self,
        viewer: &Viewer,
        row: saved_question::Model,
        schedule: Option<question_schedule::Model>,
        job: Option<job::Model>,
    ) -> Result<SavedQuestion, HubError> {
        use saved_question::Column::{Name, Question};
        let name = self.unsealed(&row, Name).await?.unwrap_or_default();
        let question = self.unsealed(&row, Question).await?.unwrap_or_default();
        let question = serde_json::from_str(&question).map_err(|_| HubError::Unavailable)?;
        let export = match job {
            Some(job) => Some(self.told_of(viewer, &job).await?),
            None => None,
        };
        let saved_question::Model { id, account_id, shared, saved_at, .. } = row;
        Ok(SavedQuestion { id, account_id, name, question, shared, saved_at, schedule, export })
    }
}

/// The questions of a viewer's account.
fn own(viewer: &Viewer) -> sea_orm::Select<saved_question::Entity> {
    saved_question::Entity::find().filter(saved_question::Column::AccountId.eq(viewer.account_id))
}

async fn own_question(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    id: Uuid,
) -> Result<saved_question::Model, HubError> {
    let found = own(viewer).filter(saved_question::Column::Id.eq(id)).one(db).await?;
    found.ok_or_else(|| HubError::Invalid(format!("this account has saved no question {id}")))
}

fn named(name: &str) -> Result<String, HubError> {
    let name = name.trim();
    let length = name.chars().count();
    if (1..=LONGEST).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(HubError::Invalid(format!("name has 1 to {LONGEST} characters in one line")))
}
