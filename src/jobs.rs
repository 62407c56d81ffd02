//! Works off the jobs, a few at once and of an account one. Each page is a question like any other, of
//! the account as it stands then, that takes its turn; between two pages others have theirs.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use entity::{JobProblem, job};
use futures_util::FutureExt;
use graphql::{
    RequestContext, RequestId, Schema,
    jobs::{Paid, Question, Read},
};
use hub::{
    Hub, HubError,
    access::Viewer,
    jobs::{JobPage, file_of, language_of},
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{http::Turns, server::told};

/// How many jobs a hub works off at once.
const AT_ONCE: usize = 2;
/// How often is looked for jobs that another hub was asked for, or has left.
const LOOK: Duration = Duration::from_secs(5);
/// How often is looked whether a job is still to be worked off.
const HOLD: Duration = Duration::from_millis(500);
/// After a page a job rests for as long as the page took, at most so long.
const REST: Duration = Duration::from_secs(1);
/// The most bytes of an answer: 1 GiB.
const LARGEST: i64 = 1 << 30;
/// How often a page is tried that may be answered the next time, and how long is waited before.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(2);

/// Who works the jobs off.
#[derive(Clone)]
pub struct Clerk {
    pub hub: Hub,
    pub schema: Schema,
    pub turns: Arc<Turns>,
    pub stopped: watch::Receiver<bool>,
}

/// Why a job did not get on.
struct Fault {
    problem: JobProblem,
    text: Option<String>,
    /// Whether the same may do the next time.
    may_pass: bool,
}

impl From<JobProblem> for Fault {
    fn from(problem: JobProblem) -> Self {
        Self { problem, text: None, may_pass: false }
    }
}

impl From<HubError> for Fault {
    fn from(error: HubError) -> Self {
        if let HubError::Invalid(text) = error {
            let text = Some(format!("INVALID_INPUT: {text}"));
            return Self { problem: JobProblem::Faulty, text, may_pass: false };
        }
        tracing::error!(%error, "a job did not get on");
        let may_pass = error.is_outage() || matches!(error, HubError::Unavailable);
        let text = if may_pass { "UNAVAILABLE" } else { "INTERNAL" };
        Self { problem: JobProblem::Faulty, text: Some(text.to_owned()), may_pass }
    }
}

impl Clerk {
    /// Works until told to stop; then what is under way is let go, to be gone on with later.
    pub async fn serve(self) {
        let mut asked = self.hub.jobs_asked();
        let mut under_way = JoinSet::new();
        loop {
            asked.mark_unchanged();
            if let Err(error) = self.begin(&mut under_way).await {
                tracing::warn!(%error, "the jobs could not be looked for");
            }
            tokio::select! {
                () = told(self.stopped.clone()) => break,
                Some(_) = under_way.join_next() => {}
                _ = timeout(LOOK, asked.changed()) => {}
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    async fn begin(&self, under_way: &mut JoinSet<()>) -> Result<(), HubError> {
        self.hub.clear_jobs().await?;
        self.hub.start_due_exports().await?;
        while under_way.len() < AT_ONCE
            && let Some(job) = self.hub.claim_job().await?
        {
            under_way.spawn(self.clone().work_off(job));
        }
        Ok(())
    }

    /// Works a job off to its end, until it is not to be any more, or until the hub stops.
    async fn work_off(self, job: job::Model) {
        let working = AssertUnwindSafe(self.go_through(job.clone())).catch_unwind();
        let settled = tokio::select! {
            worked = working => match worked {
                Ok(Ok(())) => return,
                Ok(Err(Fault { problem, text, .. })) => {
                    self.hub.fail_job(&job, problem, text.as_deref()).await
                }
                Err(_) => self.hub.fail_job(&job, JobProblem::Faulty, Some("INTERNAL")).await,
            },
            () = self.lost(&job) => return,
            () = told(self.stopped.clone()) => self.hub.release_job(&job).await,
        };
        if let Err(error) = settled {
            // It is held for a while yet, and gone on with then.
            tracing::warn!(%error, job = %job.id, "how a job stands could not be written");
        }
    }

    /// Waits until a job was stopped, or another has taken it over.
    async fn lost(&self, job: &job::Model) {
        loop {
            sleep(HOLD).await;
            match self.hub.holds_job(job).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, job = %job.id, "a job could not be held"),
            }
        }
    }

    async fn go_through(&self, job: job::Model) -> Result<(), Fault> {
        let asked = self.hub.question_of(&job).await?;
        let question = Question::of(&asked, file_of(&job))?;
        let (mut job, mut tries) = (job, 0);
        loop {
            match self.go_on(&job, &question).await {
                Ok(Some(next)) if next.ended_at.is_none() => (job, tries) = (next, 0),
                // It is done, or another's.
                Ok(_) => return Ok(()),
                Err(fault) if fault.may_pass && tries < TRIES => {
                    tries += 1;
                    sleep(PAUSE * tries).await;
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Adds the next page. None where the job is not to be worked off any more.
    async fn go_on(
        &self,
        job: &job::Model,
        question: &Question,
    ) -> Result<Option<job::Model>, Fault> {
        let viewer = self.hub.job_viewer(job).await??;
        if job.format.is_some() && job.pages > 0 && job.after.is_none() {
            return Ok(self.hub.make_export(job, &viewer, &question.tables).await?);
        }
        if job.pages == 0 && job.expected.is_none() {
            let expected = match question.is_whole() {
                true => question.tables.iter().all(|table| table.single).then_some(1),
                false => self.count(job, question, &viewer).await,
            };
            let Some(_) = self.hub.expect_of_job(job, expected).await? else { return Ok(None) };
            self.afford(job, &viewer, rows_of(job, expected))?;
        }
        self.afford(job, &viewer, job.done + 1)?;
        self.pay(job, &viewer).await;
        let began = Instant::now();
        let page = self.page(job, question, &viewer).await?;
        let kept = self.hub.keep_page(job, &page).await?;
        sleep(began.elapsed().min(REST)).await;
        Ok(kept)
    }

    /// Refuses a job of so many rows that costs more than its role may spend on one, or has grown too
    /// large.
    fn afford(&self, job: &job::Model, viewer: &Viewer, rows: i64) -> Result<(), Fault> {
        let pages = (rows + job.page_rows - 1) / job.page_rows.max(1);
        let price = price_of(job).saturating_mul(u64::try_from(pages).unwrap_or(0));
        if price > self.hub.job_budget(viewer, file_of(job)) || job.bytes > LARGEST {
            return Err(JobProblem::TooCostly.into());
        }
        Ok(())
    }

    /// Waits until the account has enough of its minute.
    async fn pay(&self, job: &job::Model, viewer: &Viewer) {
        while let Err(overspent) = self.hub.pay_at_leisure(viewer, price_of(job)) {
            sleep(overspent.wait.to_std().unwrap_or_default() + Duration::from_millis(1)).await;
        }
    }

    async fn page(
        &self,
        job: &job::Model,
        question: &Question,
        viewer: &Viewer,
    ) -> Result<JobPage, Fault> {
        let after = self.hub.unsealed(job, job::Column::After).await?;
        let wanted = job.most.map_or(job.page_rows, |most| job.page_rows.min(most - job.done));
        let request = question.page(u64::try_from(wanted).unwrap_or(1), after.as_deref());
        match question.read(self.ask(job, viewer, request).await) {
            Read::Page { lines, after, sight } => {
                let done = job.done + i64::try_from(lines.len()).unwrap_or(i64::MAX);
                let after = after.filter(|_| job.most.is_none_or(|most| done < most));
                Ok(JobPage { lines, after, sight })
            }
            Read::Fault { text, may_pass } => {
                Err(Fault { problem: JobProblem::Faulty, text: Some(text), may_pass })
            }
        }
    }

    /// How many rows there are, where that is told.
    async fn count(&self, job: &job::Model, question: &Question, viewer: &Viewer) -> Option<i64> {
        question.counted(&self.ask(job, viewer, question.count()).await)
    }

    /// Asks as the account itself would.
    async fn ask(
        &self,
        job: &job::Model,
        viewer: &Viewer,
        request: async_graphql::Request,
    ) -> async_graphql::Response {
        let context = RequestContext {
            viewer: Some(viewer.clone()),
            grants: None,
            language: language_of(job),
            request_id: RequestId(format!("job-{}", job.id)),
            from_address: job.from_address.as_deref().and_then(|from| from.parse().ok()),
            purpose: job.purpose.clone(),
        };
        let turn = self.turns.take_for(viewer.account_id).await;
        let _running = self.turns.run(&turn).await;
        self.schema.execute(context.into_request(request).data(Paid)).await
    }
}

fn price_of(job: &job::Model) -> u64 {
    u64::try_from(job.page_price).unwrap_or(0)
}

/// How many rows a job will have: none where that is not known.
fn rows_of(job: &job::Model, expected: Option<i64>) -> i64 {
    expected.map_or(0, |rows| job.most.map_or(rows, |most| rows.min(most)))
}
