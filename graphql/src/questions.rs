//! Saved questions: kept, shared, and exported by the clock.

use async_graphql::{Context, Json, Object, Request, Result, Variables};
use chrono::{DateTime, Utc};
use entity::{Cadence, ExportFormat, JobProblem, question_schedule};
use hub::{
    HubError,
    problem::Language,
    questions::{Change, NewSchedule, SavedQuestion, Timing, file_as},
};
use uuid::Uuid;

use crate::{
    context::ContextExt,
    date::Date,
    jobs::{JobOf, checked, is_one_query, of_text, refuse_unasked},
    tables::staff,
};

pub struct QuestionMutation;

/// 保存的查询 (saved questions)
#[Object]
impl QuestionMutation {
    /// 保存一个查询，供本账户再用；只存文本与变量，不存结果 (keeps a query for this account: its text and variables, and no answer)
    async fn save_question(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "名称，1 至 60 字 (name; 1 to 60 characters)")] name: String,
        #[graphql(desc = "查询的文本 (text of the query)")] query: String,
        #[graphql(desc = "查询的变量，JSON 对象 (its variables, an object)")] variables: Option<
            Json<serde_json::Value>,
        >,
    ) -> Result<SavedQuestionOf> {
        let question = of_text(query, variables)?;
        let variables = Variables::from_json(question.variables.clone());
        refuse_unasked(ctx, Request::new(&question.query).variables(variables)).await?;
        is_one_query(&question.query)?;
        let saved = ctx.hub()?.save_question(ctx.viewer()?, &name, &question).await?;
        Ok(SavedQuestionOf(saved))
    }

    /// 更名，或设为凭编号可见；他人凭编号只看到文本，查询时按其自己的权限 (renames it, or has whoever has its id read its text, which they ask with rights of their own)
    async fn change_question(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "保存的查询 (the question)")] id: Uuid,
        #[graphql(desc = "新的名称 (its new name)")] name: Option<String>,
        #[graphql(desc = "是否凭编号可见 (whether whoever has its id may read it)")] shared: Option<
            bool,
        >,
    ) -> Result<SavedQuestionOf> {
        let change = Change { name, shared };
        Ok(SavedQuestionOf(ctx.hub()?.change_question(ctx.viewer()?, id, change).await?))
    }

    /// 删除保存的查询，不再定时导出；已导出的文件到期才删除 (removes it and exports it no more; what was exported stays until it expires)
    async fn remove_question(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "保存的查询 (the question)")] id: Uuid,
    ) -> Result<Uuid> {
        ctx.hub()?.remove_question(ctx.viewer()?, id).await?;
        Ok(id)
    }

    /// 定时导出本账户保存的查询，以本账户的名义，每个日子至多一次；权限变更后不再导出，并说明原因 (has it exported by the clock in the name of this account, once a day at most; not once what the account may see has changed, which is told)
    async fn schedule_question(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "保存的查询 (the question)")] id: Uuid,
        #[graphql(desc = "多久一次 (how often)")] every: Cadence,
        #[graphql(
            desc = "每周的第几天，1 为周一，至 7；每月的几日，1 至 28；每天则不填 (of a week 1, Monday, to 7; of a month 1 to 28; left out of DAILY)"
        )]
        on: Option<i32>,
        #[graphql(desc = "几点，北京时间，0 至 23 (hour of the day in China)")] hour: i32,
        #[graphql(desc = "文件的格式 (format of the file)")] format: ExportFormat,
    ) -> Result<SavedQuestionOf> {
        let (hub, viewer) = (ctx.hub()?, ctx.viewer()?);
        let found = hub.saved_question(viewer, id).await?;
        let found = found.filter(|found| found.account_id == viewer.account_id);
        let none = || HubError::Invalid(format!("this account has saved no question {id}"));
        let question = found.ok_or_else(none)?.question;
        hub.may_have_jobs(viewer, Some(file_as(format)))?;
        let pages = Box::pin(checked(ctx, question, Some(file_as(format)))).await?;
        let timing = Timing { every, on: on.map(Into::into), hour: hour.into() };
        let new = NewSchedule { timing, format, pages };
        Ok(SavedQuestionOf(hub.schedule_question(viewer, id, new, ctx.access("")?).await?))
    }

    /// 不再定时导出 (exports it by the clock no more)
    async fn unschedule_question(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "保存的查询 (the question)")] id: Uuid,
    ) -> Result<SavedQuestionOf> {
        Ok(SavedQuestionOf(ctx.hub()?.unschedule_question(ctx.viewer()?, id).await?))
    }
}

/// Shown to its own account, and where it is shared to whoever has its id.
pub struct SavedQuestionOf(pub SavedQuestion);

/// 保存的查询：名称、文本与变量 (a saved question: its name, text and variables)
#[Object(name = "SavedQuestion")]
impl SavedQuestionOf {
    /// 编号 (id)
    async fn id(&self) -> Uuid {
        self.0.id
    }

    /// 名称 (name)
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 查询的文本 (text of the query)
    async fn query(&self) -> &str {
        &self.0.question.query
    }

    /// 查询的变量 (variables of the query)
    async fn variables(&self) -> Json<&serde_json::Value> {
        Json(&self.0.question.variables)
    }

    /// 是否凭编号可见 (whether whoever has its id may read it)
    async fn shared(&self) -> bool {
        self.0.shared
    }

    /// 是否本账户所存 (whether this account saved it)
    async fn is_own(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.0.account_id == ctx.viewer()?.account_id)
    }

    /// 保存人 (name of the account that saved it)
    async fn saved_by(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        staff(ctx, "SavedQuestion", Some(self.0.account_id)).await
    }

    /// 保存时间 (saved at)
    async fn saved_at(&self) -> DateTime<Utc> {
        self.0.saved_at
    }

    /// 定时导出；未设定、或他人的则为空 (when it is exported; null where it is not, and for others)
    async fn schedule(&self) -> Option<ScheduleOf<'_>> {
        self.0.schedule.as_ref().map(ScheduleOf)
    }

    /// 最近一次定时导出，到期前可取回；没有、或他人的则为空 (the newest export by the clock, to be taken until it expires; null where there is none, and for others)
    async fn export(&self) -> Option<JobOf> {
        self.0.export.clone().map(JobOf)
    }
}

pub struct ScheduleOf<'q>(&'q question_schedule::Model);

/// 定时导出的设定 (when a question is exported)
#[Object(name = "QuestionSchedule")]
impl ScheduleOf<'_> {
    /// 多久一次 (how often)
    async fn every(&self) -> Cadence {
        self.0.every
    }

    /// 每周的第几天，1 为周一，或每月的几日；每天的为空 (of a week 1, Monday, to 7; of a month 1 to 28; null of DAILY)
    async fn on(&self) -> Option<i64> {
        self.0.on_day
    }

    /// 几点，北京时间 (hour of the day in China)
    async fn hour(&self) -> i64 {
        self.0.hour
    }

    /// 文件的格式 (format of the file)
    async fn format(&self) -> ExportFormat {
        self.0.format
    }

    /// 下一次的时间 (when it is exported the next time)
    async fn due_at(&self) -> DateTime<Utc> {
        self.0.due_at
    }

    /// 最近一次未导出的日子；最近一次已导出则为空 (the day for which it was not exported the last time; null where it was)
    async fn refused_on(&self) -> Option<Date> {
        self.0.refused_on.map(Date)
    }

    /// 未导出的原因 (why it was not)
    async fn problem(&self) -> Option<JobProblem> {
        self.0.problem
    }

    /// 原因的说明，按请求语言 (the same in a sentence, in the language of the request)
    async fn message(&self, ctx: &Context<'_>) -> Option<&'static str> {
        self.0.problem.map(|problem| message(problem, ctx.language()))
    }
}

fn message(problem: JobProblem, language: Language) -> &'static str {
    match (problem, language) {
        (JobProblem::AccountClosed, Language::Chinese) => "账户已停用，未导出",
        (JobProblem::AccountClosed, Language::English) => {
            "the account was closed, so nothing was exported"
        }
        (JobProblem::TokenEnded, Language::Chinese) => "设定时所用的令牌已失效，未导出；请重新设定",
        (JobProblem::TokenEnded, Language::English) => {
            "the token it was scheduled with has ended, so nothing was exported; schedule it again"
        }
        (JobProblem::Faulty, Language::Chinese) => "保存的查询无法读出，未导出；请删除后重新保存",
        (JobProblem::Faulty, Language::English) => {
            "the question cannot be read any more, so nothing was exported; remove it and save it again"
        }
        (_, Language::Chinese) => "账户的权限与设定时不同，未导出；请重新设定",
        (_, Language::English) => {
            "what the account may see has changed, so nothing was exported; schedule it again"
        }
    }
}
