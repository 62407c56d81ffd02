//! Jobs: long answers that are worked out beside the requests.

mod check;
mod question;

use std::time::Duration;

use async_graphql::{Context, Error, Json, Object, Request, Result, ServerError, Value};
use chrono::{DateTime, Utc};
use entity::{ExportFormat, JobProblem, JobState};
use futures_util::{Stream, stream};
use hub::{
    Hub, HubError,
    access::Viewer,
    exports::File,
    jobs::{self, Job, NewJob, Told},
    price::Budget,
    problem::Language,
};
use tokio::time::sleep;
use uuid::Uuid;

pub(crate) use check::Checker;
pub(crate) use question::{PAGE, argument, is_one_query, is_paged, placed, selected};
pub use question::{Question, Read};

use crate::{context::ContextExt, errors::Code, price, text};

/// How often is looked how a job stands, by whichever hub it is worked off.
const LOOK: Duration = Duration::from_secs(1);

/// In a request's data: its price is paid already.
#[derive(Clone, Copy, Debug)]
pub struct Paid;

pub struct JobMutation;

/// 作业 (long answers)
#[Object]
impl JobMutation {
    /// 把一个查询作为作业逐页执行，完成后整份取回；查询只有一个列表，first 可不填(全部)或大于一页 (has a query gone through page by page, to be taken as a whole; of one list, whose first may be left out, for all, or larger than a page)
    async fn start_job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "查询的文本 (text of the query)")] query: String,
        #[graphql(desc = "查询的变量，JSON 对象 (its variables, an object)")] variables: Option<
            Json<serde_json::Value>,
        >,
    ) -> Result<JobOf> {
        start(ctx, query, variables, None).await
    }

    /// 停止本账户的作业；已完成的则删除其结果 (stops a job of this account; of one that is done, removes its answer)
    async fn stop_job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "作业 (the job)")] id: Uuid,
    ) -> Result<JobOf> {
        Ok(JobOf(ctx.hub()?.stop_job(ctx.viewer()?, id).await?))
    }
}

/// Starts the job of a question, and of its answer a file.
pub(crate) async fn start(
    ctx: &Context<'_>,
    query: String,
    variables: Option<Json<serde_json::Value>>,
    file: Option<File>,
) -> Result<JobOf> {
    let (hub, viewer) = (ctx.hub()?, ctx.viewer()?);
    hub.may_have_jobs(viewer, file)?;
    let new = Box::pin(checked(ctx, of_text(query, variables)?, file)).await?;
    Ok(JobOf(hub.start_job(viewer, new, ctx.access("")?).await?))
}

/// A question as it is handed in.
pub(crate) fn of_text(
    query: String,
    variables: Option<Json<serde_json::Value>>,
) -> Result<jobs::Question> {
    let variables = variables.map_or_else(|| serde_json::json!({}), |Json(values)| values);
    if !variables.is_object() {
        return Err(HubError::Invalid("variables is an object".to_owned()).into());
    }
    Ok(jobs::Question { query, variables })
}

/// Refuses a request that would be refused if it were asked, without asking it.
pub(crate) async fn refuse_unasked(ctx: &Context<'_>, request: Request) -> Result<()> {
    let checker = ctx.data::<Checker>()?;
    text::check(&checker.limits, &request.query).map_err(passed_on)?;
    let request = match ctx.asked_by() {
        Some(by) => by.clone().into_request(request),
        None => request,
    };
    let response = checker.check(request).await;
    response.errors.into_iter().next().map_or(Ok(()), |error| Err(passed_on(error)))
}

/// The job of a question, which is refused as it would be if it were asked page by page.
pub(crate) async fn checked(
    ctx: &Context<'_>,
    asked: jobs::Question,
    file: Option<File>,
) -> Result<NewJob> {
    let (language, registry) = (ctx.language(), &ctx.schema_env.registry);
    let limits = &ctx.data::<Checker>()?.limits;
    text::check(limits, &asked.query).map_err(passed_on)?;
    let question = Question::of(&asked, file)?;
    refuse_unasked(ctx, question.page(1, None)).await?;
    if !question.can_be_asked(registry) {
        let text = "a job goes through a list with first and after, such as visits";
        return Err(HubError::Invalid(text.to_owned()).into());
    }
    let budget = ctx.hub()?.budget(ctx.viewer()?);
    let (page_rows, page_price) = page(ctx, &question, budget)?;
    if let Some(most) = question.most {
        let pages = most.div_ceil(page_rows);
        let price = pages.saturating_mul(page_price);
        let limit = ctx.hub()?.job_budget(ctx.viewer()?, file);
        if price > limit {
            let first = limit / page_price * page_rows;
            return Err(passed_on(too_long(price, limit, first, language)));
        }
    }
    Ok(NewJob { most: question.most, question: asked, language, page_rows, page_price, file })
}

/// How many rows a page may have, and what it costs.
fn page(ctx: &Context<'_>, question: &Question, budget: Budget) -> Result<(u64, u64)> {
    let mut request = question.page(1, None);
    let variables = std::mem::take(&mut request.variables);
    let document = request.parsed_query().map_err(passed_on)?;
    let operations: Vec<_> =
        document.operations.iter().map(|(_, operation)| &operation.node).collect();
    let bill = price::of(&ctx.schema_env.registry, document, &operations, (&variables, 1));
    bill.within(budget.question, ctx.language()).map_err(passed_on)?;
    Ok(if question.is_whole() { (1, bill.total) } else { bill.largest_page(budget.question) })
}

/// An error of the question, as one of the job that asks it.
fn passed_on(error: ServerError) -> Error {
    let mut extensions = error.extensions.unwrap_or_default();
    if !error.locations.is_empty() {
        let places = error.locations.iter().map(|place| {
            let place = [("line", place.line), ("column", place.column)];
            let place = place.map(|(key, at)| (async_graphql::Name::new(key), Value::from(at)));
            Value::Object(place.into_iter().collect())
        });
        extensions.set("question", Value::List(places.collect()));
    }
    Error { message: error.message, source: error.source, extensions: Some(extensions) }
}

/// What to say where a job would cost more than its role may spend on one.
fn too_long(price: u64, limit: u64, first: u64, language: Language) -> ServerError {
    let text = match language {
        Language::Chinese => format!(
            "此作业的总价为{price}，上限为{limit}；请用筛选减少条数，或改为 first: {first} 或更少"
        ),
        Language::English => format!(
            "the job costs {price}, {limit} are allowed; narrow it by a filter, or ask for first: \
             {first} or less"
        ),
    };
    let told = [("price", Value::from(price)), ("limit", limit.into()), ("first", first.into())];
    Code::TooCostly.telling(text, told)
}

/// Shown to its own account alone.
pub struct JobOf(pub Job);

/// 一个作业：逐页执行、整份取回的查询 (a question gone through page by page, whose answer is taken as a whole)
#[Object(name = "Job")]
impl JobOf {
    /// 编号 (id)
    async fn id(&self) -> Uuid {
        self.0.id
    }

    /// 状态 (what has become of it)
    async fn state(&self) -> JobState {
        self.0.state
    }

    /// 查询的文本；账户或令牌的权限与开始时不同时，查询、条数和结果各项为空 (text of the query; null, as are figures and answer, where the account or its token may not see the same as when it was started)
    async fn query(&self) -> Option<&str> {
        self.told().map(|told| told.question.query.as_str())
    }

    /// 查询的变量 (variables of the query)
    async fn variables(&self) -> Option<Json<&serde_json::Value>> {
        self.told().map(|told| Json(&told.question.variables))
    }

    /// 已取的条数 (rows so far)
    async fn done(&self) -> Option<i64> {
        self.told().map(|told| told.done)
    }

    /// 开始时预计的条数；无权得知时为空 (how many rows were expected when it began; null where that is not told)
    async fn expected(&self) -> Option<i64> {
        self.told().and_then(|told| told.expected)
    }

    /// 结果至今的字节数 (bytes of the answer so far)
    async fn bytes(&self) -> Option<i64> {
        self.told().map(|told| told.bytes)
    }

    /// 结果中未以明文显示的字段，同 extensions.sight (which fields of the answer were not shown plainly, as extensions.sight)
    async fn sight(&self) -> Option<Json<serde_json::Value>> {
        self.told().map(|told| Json(serde_json::json!(told.sight)))
    }

    /// 结果的路径，GET 取回：每行一条 JSON，导出则为所要格式的文件；完成前为空 (path of the answer, by GET: a row in JSON on each line, of an export the file; null until it is done)
    async fn answer(&self) -> Option<String> {
        let is_done = self.0.state == JobState::Done;
        let id = self.0.id;
        let path = match self.0.file {
            Some(_) => format!("/exports/{id}"),
            None => format!("/jobs/{id}/answer"),
        };
        self.told().filter(|_| is_done).map(|_| path)
    }

    /// 导出文件的格式；不是导出的作业则为空 (format of the file; null where it is no export)
    async fn format(&self) -> Option<ExportFormat> {
        self.0.file.map(|file| file.format)
    }

    /// 导出文件的 SHA-256，十六进制；完成前为空 (SHA-256 of the file, in hex; null until it is done)
    async fn digest(&self) -> Option<&str> {
        self.told().and_then(|told| told.digest.as_deref())
    }

    /// 未能完成的原因 (why it could not be done)
    async fn problem(&self) -> Option<JobProblem> {
        self.0.problem
    }

    /// 原因的说明，按请求语言 (the same in a sentence, in the language of the request)
    async fn message(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let problem = self.0.problem?;
        let limit = match (ctx.hub(), ctx.viewer()) {
            (Ok(hub), Ok(viewer)) => hub.job_budget(viewer, self.0.file),
            (Err(error), _) | (_, Err(error)) => return Some(Err(error)),
        };
        let fault = self.told().and_then(|told| told.fault.as_deref()).unwrap_or_default();
        Some(Ok(message(problem, limit, fault, ctx.language())))
    }

    /// 提交时间 (asked for at)
    async fn asked_at(&self) -> DateTime<Utc> {
        self.0.asked_at
    }

    /// 开始时间 (begun at)
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.0.started_at
    }

    /// 结束时间 (ended at)
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// 连同结果删除的时间，结束后一天，定时导出的为七天 (when it is removed with its answer, a day after its end, or a week where the clock started it)
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }
}

impl JobOf {
    fn told(&self) -> Option<&Told> {
        self.0.told.as_ref()
    }
}

fn message(problem: JobProblem, limit: u64, fault: &str, language: Language) -> String {
    let text = match (problem, language) {
        (JobProblem::AccountClosed, Language::Chinese) => "账户已停用",
        (JobProblem::AccountClosed, Language::English) => "the account was closed",
        (JobProblem::TokenEnded, Language::Chinese) => {
            "开始作业所用的令牌已失效；请用有效的令牌重新开始"
        }
        (JobProblem::TokenEnded, Language::English) => {
            "the token it was started with has ended; start it again with another"
        }
        (JobProblem::AccessChanged, Language::Chinese) => "账户的权限与开始时不同；请重新开始",
        (JobProblem::AccessChanged, Language::English) => {
            "what the account may see has changed; start it again"
        }
        (JobProblem::TooCostly, Language::Chinese) => {
            return format!("总价超过上限{limit}，或结果超过 1 GiB；请用筛选或 first 减少条数");
        }
        (JobProblem::TooCostly, Language::English) => {
            return format!(
                "it costs more than {limit}, or its answer is larger than 1 GiB; narrow it by a \
                 filter or by first"
            );
        }
        (JobProblem::Faulty, Language::Chinese) => {
            return format!("有一页未能取得，请重新开始：{fault}");
        }
        (JobProblem::Faulty, Language::English) => {
            return format!("a page failed, start it again: {fault}");
        }
    };
    text.to_owned()
}

/// Someone who watches a job.
struct Watch {
    hub: Hub,
    viewer: Viewer,
    id: Uuid,
    last: Option<Job>,
}

/// A job as it stands, then each step of it, up to its end.
pub(crate) fn progressed(hub: Hub, viewer: Viewer, id: Uuid) -> impl Stream<Item = Result<JobOf>> {
    let watch = Watch { hub, viewer, id, last: None };
    stream::unfold(Some(watch), |watch| async {
        let mut watch = watch?;
        match watch.next().await {
            Ok(job) => job.map(|job| (Ok(JobOf(job)), Some(watch))),
            Err(error) => Some((Err(error.into()), None)),
        }
    })
}

impl Watch {
    /// Its next step; none once it has ended or is removed.
    async fn next(&mut self) -> Result<Option<Job>, HubError> {
        loop {
            if self.last.as_ref().is_some_and(Job::has_ended) {
                return Ok(None);
            }
            let found = self.hub.job(&self.viewer, self.id).await?;
            if found.is_none() && self.last.is_none() {
                return Err(HubError::Invalid(format!("there is no job {}", self.id)));
            }
            let Some(found) = found else { return Ok(None) };
            if self.last.as_ref() != Some(&found) {
                self.last = Some(found.clone());
                return Ok(Some(found));
            }
            sleep(LOOK).await;
        }
    }
}
