//! Working jobs off, by as many hubs as there are on a database: each job by one at a time.
//!
//! Who works one off holds it for a while, and for longer with each page. Whatever it writes it writes
//! only while it holds it, a page and the place to go on from at once: so a job that is stopped or
//! taken over gets no page more, and none twice.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use entity::{JobProblem, JobState, account, export_part, job, job_part, token};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::{KEPT, KEPT_BY_CLOCK, reach};
use crate::{Hub, HubError, access::Viewer, db::delete_some, keys::Keyring};

/// How long a job is held that nothing more is heard of.
const HELD: Duration = Duration::seconds(60);
/// About how many bytes a part of an answer has. One is held in memory where it is taken, and some
/// hundreds where keys are renewed.
const PART: usize = 32 << 10;
/// How many parts are removed by one transaction.
const REMOVED: u64 = 200;

/// A page of the answer of a job.
#[derive(Clone, Debug, Default)]
pub struct JobPage {
    /// Each a row, in JSON.
    pub lines: Vec<String>,
    /// The cursor to go on from; none where it is the last page.
    pub after: Option<String>,
    /// What was not shown plainly: field → word.
    pub sight: BTreeMap<String, String>,
}

impl Hub {
    /// Takes the next job: the oldest that waits, or is held by nobody any more, of an account with no
    /// other under way.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn claim_job(&self) -> Result<Option<job::Model>, HubError> {
        let now = self.clock.now();
        if next_job(self.db.read(), now).await?.is_none() {
            return Ok(None);
        }
        let tx = self.db.write_tx().await?;
        let Some(found) = next_job(&tx, now).await? else { return Ok(None) };
        let row = job::ActiveModel {
            state: Set(JobState::Running),
            started_at: Set(found.started_at.or(Some(now))),
            held_by: Set(Some(self.clock.new_id())),
            held_until: Set(Some(now + HELD)),
            ..found.into_active_model()
        };
        let row = row.update(&tx).await?;
        tx.commit().await?;
        Ok(Some(row))
    }

    /// Whether a job is held still, and holds it for longer.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn holds_job(&self, job: &job::Model) -> Result<bool, HubError> {
        let Some(found) = held(self.db.read(), job).await? else { return Ok(false) };
        let now = self.clock.now();
        if found.held_until.is_some_and(|until| until > now + HELD / 2) {
            return Ok(true);
        }
        let longer = |row: &mut job::ActiveModel, _: &Keyring| {
            row.held_until = Set(Some(now + HELD));
        };
        Ok(self.write_job(job, longer).await?.is_some())
    }

    /// For whom a job is worked off, as it stands now; or why it is not any more.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn job_viewer(
        &self,
        job: &job::Model,
    ) -> Result<Result<Viewer, JobProblem>, HubError> {
        self.viewer_at_work(job.account_id, (job.token_id, &job.reach)).await
    }

    /// An account with the token it came in with, where both stand and reach what they reached then.
    pub(crate) async fn viewer_at_work(
        &self,
        account_id: Uuid,
        (token_id, reached): (Option<Uuid>, &str),
    ) -> Result<Result<Viewer, JobProblem>, HubError> {
        let account = account::Entity::find_by_id(account_id).one(self.db.read()).await?;
        let Some(account) = account.filter(|account| account.active) else {
            return Ok(Err(JobProblem::AccountClosed));
        };
        let token = match token_id {
            Some(id) => match token::Entity::find_by_id(id).one(self.db.read()).await? {
                Some(token) if is_valid(&token, self.clock.now()) => Some(token),
                _ => return Ok(Err(JobProblem::TokenEnded)),
            },
            None => None,
        };
        let viewer = self.viewer_with(account, token).await?;
        Ok(if reach(&viewer) == reached { Ok(viewer) } else { Err(JobProblem::AccessChanged) })
    }

    /// Notes about how many rows a job will have.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn expect_of_job(
        &self,
        job: &job::Model,
        expected: Option<i64>,
    ) -> Result<Option<job::Model>, HubError> {
        self.write_job(job, |row, _| row.expected = Set(expected)).await
    }

    /// Adds the next page to the answer of a job, which is done with the last one unless a file is made
    /// of it; gives the job as it stands then. None where it is not held any more: then nothing is added.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn keep_page(
        &self,
        job: &job::Model,
        page: &JobPage,
    ) -> Result<Option<job::Model>, HubError> {
        let tx = self.db.write_tx().await?;
        let Some(found) = held(&tx, job).await? else { return Ok(None) };
        if found.pages != job.pages {
            // It was kept, and only that was not heard.
            return Ok(Some(found));
        }
        let ring = self.keys.fresh(&tx).await?;
        let parts = parts_of(&page.lines);
        let number = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        let rows = (found.parts..).zip(&parts).map(|(at, lines)| {
            let id = self.clock.new_id();
            let lines = ring.seal(job_part::Column::Lines, id, lines);
            job_part::Model { id, job_id: job.id, number: at, lines }.into_active_model()
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            job_part::Entity::insert_many(rows).exec_without_returning(&tx).await?;
        }
        let now = self.clock.now();
        let mut sight = found.sight.clone();
        merge(&mut sight.0, &page.sight);
        let (done, pages, bytes) = (found.done, found.pages, found.bytes);
        let makes_file = found.format.is_some();
        let row = job::ActiveModel {
            done: Set(done + number(page.lines.len())),
            pages: Set(pages + 1),
            parts: Set(found.parts + number(parts.len())),
            bytes: Set(bytes + number(parts.iter().map(String::len).sum())),
            sight: Set(sight),
            after: Set(ring.seal_some(job::Column::After, job.id, page.after.as_deref())),
            held_until: Set(Some(now + HELD)),
            ..found.into_active_model()
        };
        let row = match page.after {
            None if !makes_file => ended(row, JobState::Done, now),
            _ => row,
        };
        let row = row.update(&tx).await?;
        tx.commit().await?;
        Ok(Some(row))
    }

    /// Ends a job that cannot be done. Its answer is not kept.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn fail_job(
        &self,
        job: &job::Model,
        problem: JobProblem,
        fault: Option<&str>,
    ) -> Result<(), HubError> {
        let now = self.clock.now();
        let failed = |row: &mut job::ActiveModel, ring: &Keyring| {
            row.problem = Set(Some(problem));
            row.fault = Set(ring.seal_some(job::Column::Fault, job.id, fault));
            row.after = Set(None);
            *row = ended(std::mem::take(row), JobState::Failed, now);
        };
        self.write_job(job, failed).await.map(|_| ())
    }

    /// Lets go of a job, which then waits to be gone on with.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn release_job(&self, job: &job::Model) -> Result<(), HubError> {
        let released = |row: &mut job::ActiveModel, _: &Keyring| {
            row.state = Set(JobState::Waiting);
            row.held_by = Set(None);
            row.held_until = Set(None);
        };
        self.write_job(job, released).await.map(|_| ())
    }

    /// Changes a job that is held; none where it is not any more.
    async fn write_job(
        &self,
        job: &job::Model,
        change: impl FnOnce(&mut job::ActiveModel, &Keyring),
    ) -> Result<Option<job::Model>, HubError> {
        let tx = self.db.write_tx().await?;
        let Some(found) = held(&tx, job).await? else { return Ok(None) };
        let ring = self.keys.fresh(&tx).await?;
        let mut row = found.into_active_model();
        change(&mut row, &ring);
        let row = row.update(&tx).await?;
        tx.commit().await?;
        Ok(Some(row))
    }

    /// Removes the answers that nobody is to have any more, and the jobs that have expired.
    ///
    /// # Errors
    /// Where the database does not answer; what is left is removed the next time.
    pub async fn clear_jobs(&self) -> Result<(), HubError> {
        let now = self.clock.now();
        let nobody = job::Column::State.is_in([JobState::Stopped, JobState::Failed]);
        let made = Condition::all()
            .add(job::Column::State.eq(JobState::Done))
            .add(job::Column::Format.is_not_null());
        let unwanted = Condition::all()
            .add(Condition::any().add(nobody).add(made))
            .add(job::Column::Parts.gt(0));
        let given_up = Condition::all()
            .add(job::Column::State.eq(JobState::Stopped))
            .add(job::Column::FileBytes.is_not_null());
        let over =
            Condition::any().add(job::Column::ExpiresAt.lte(now)).add(unwanted).add(given_up);
        for found in job::Entity::find().filter(over).all(self.db.read()).await? {
            while self.remove_parts(found.id).await? > 0 {}
            // The lines that a file was made of go, and the file stays for its day.
            let is_over = found.expires_at.is_some_and(|at| at <= now);
            if is_over || found.state != JobState::Done {
                while self.remove_file(found.id, None).await? > 0 {}
            }
            let tx = self.db.write_tx().await?;
            if is_over {
                job::Entity::delete_by_id(found.id).exec(&tx).await?;
            } else {
                let file_bytes = found.file_bytes.filter(|_| found.state == JobState::Done);
                let row = job::ActiveModel {
                    parts: Set(0),
                    bytes: Set(0),
                    file_bytes: Set(file_bytes),
                    ..found.into_active_model()
                };
                row.update(&tx).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// A few at a time, so that others can write meanwhile. How many it were.
    async fn remove_parts(&self, id: Uuid) -> Result<u64, HubError> {
        let tx = self.db.write_tx().await?;
        let columns = (job_part::Column::Id, job_part::Column::JobId);
        let removed = delete_some::<job_part::Entity>(&tx, columns, (id, REMOVED)).await?;
        tx.commit().await?;
        Ok(removed)
    }

    /// The same of the parts of a file; where it is made anew, by who holds the job.
    pub(crate) async fn remove_file(
        &self,
        id: Uuid,
        held_as: Option<&job::Model>,
    ) -> Result<u64, HubError> {
        let tx = self.db.write_tx().await?;
        if let Some(job) = held_as
            && held(&tx, job).await?.is_none()
        {
            return Ok(0);
        }
        let columns = (export_part::Column::Id, export_part::Column::JobId);
        let removed = delete_some::<export_part::Entity>(&tx, columns, (id, REMOVED)).await?;
        tx.commit().await?;
        Ok(removed)
    }
}

async fn next_job(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Option<job::Model>, HubError> {
    let running = job::Column::State.eq(JobState::Running);
    let under_way = job::Entity::find()
        .select_only()
        .column(job::Column::AccountId)
        .filter(running.clone())
        .filter(job::Column::HeldUntil.gt(now));
    let abandoned = Condition::all().add(running).add(job::Column::HeldUntil.lte(now));
    let free = Condition::any().add(job::Column::State.eq(JobState::Waiting)).add(abandoned);
    let next = job::Entity::find()
        .filter(free)
        .filter(job::Column::AccountId.not_in_subquery(under_way.into_query()))
        .order_by_asc(job::Column::Id);
    Ok(next.one(db).await?)
}

/// A job as it stands, while it is held by whom it was given to.
pub(crate) async fn held(
    db: &impl ConnectionTrait,
    job: &job::Model,
) -> Result<Option<job::Model>, HubError> {
    let Some(holder) = job.held_by else { return Ok(None) };
    let found = job::Entity::find_by_id(job.id).filter(job::Column::HeldBy.eq(holder));
    Ok(found.one(db).await?)
}

pub(crate) fn ended(
    row: job::ActiveModel,
    state: JobState,
    now: DateTime<Utc>,
) -> job::ActiveModel {
    let is_by_clock = row.question_id.try_as_ref().is_some_and(Option::is_some);
    let kept = if is_by_clock { KEPT_BY_CLOCK } else { KEPT };
    job::ActiveModel {
        state: Set(state),
        ended_at: Set(Some(now)),
        expires_at: Set(Some(now + kept)),
        held_by: Set(None),
        held_until: Set(None),
        ..row
    }
}

fn is_valid(token: &token::Model, now: DateTime<Utc>) -> bool {
    token.revoked_at.is_none()
        && token.starts_at.is_none_or(|start| start <= now)
        && token.expires_at.is_none_or(|end| end > now)
}

/// Lines put together, each with its end; a line is never split.
fn parts_of(lines: &[String]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for line in lines {
        match parts.last_mut() {
            Some(part) if part.len() + line.len() < PART => {
                part.push_str(line);
                part.push('\n');
            }
            _ => parts.push(format!("{line}\n")),
        }
    }
    parts
}

/// How low a sight is that is not plain: the lowest first.
pub(crate) fn rank(word: &str) -> Option<usize> {
    ["SUPPRESSED", "HIDDEN", "MASKED"].iter().position(|known| *known == word)
}

/// Of each field the lowest sight of all pages.
fn merge(all: &mut BTreeMap<String, String>, page: &BTreeMap<String, String>) {
    for (field, word) in page {
        let known = all.entry(field.clone()).or_insert_with(|| word.clone());
        if rank(word) < rank(known) {
            known.clone_from(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_whole_and_in_order() {
        let lines: Vec<String> = (0..5_000).map(|number| format!("{{\"n\":{number}}}")).collect();
        let long = "x".repeat(2 * PART);
        let lines = [lines.as_slice(), &[long, "{}".to_owned()]].concat();
        let parts = parts_of(&lines);
        assert!(parts.len() > 2 && parts.iter().filter(|part| part.len() > PART).count() == 1);
        assert!(parts.iter().all(|part| part.ends_with('\n')));
        assert_eq!(parts.concat().lines().collect::<Vec<_>>(), lines);
        assert_eq!(parts_of(&[]), [""; 0]);
    }

    #[test]
    fn of_each_field_the_lowest_sight_is_kept() {
        let of = |words: &[(&str, &str)]| -> BTreeMap<String, String> {
            words.iter().map(|(field, word)| ((*field).to_owned(), (*word).to_owned())).collect()
        };
        let mut all = of(&[("a", "MASKED"), ("b", "HIDDEN")]);
        merge(&mut all, &of(&[("a", "HIDDEN"), ("b", "MASKED"), ("c", "SUPPRESSED")]));
        assert_eq!(all, of(&[("a", "HIDDEN"), ("b", "HIDDEN"), ("c", "SUPPRESSED")]));
    }
}
