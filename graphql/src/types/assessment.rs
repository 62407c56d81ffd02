use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use hub::{HubError, assessments::AssessmentFilter, instruments, listing::Relation};

use super::{
    Division, Household, Instrument, Need, Person, Station, Submission, connected, division_code,
    division_of,
};
use crate::{
    connection::{Parent, lists},
    context::ContextExt,
    date::{Date, DayRange},
    ids::{Kind, stations},
};

connected!(Assessment, assessment, AssessmentFilterInput, AssessmentOrder);

/// 量表题目的答案 (an answer to an item)
#[derive(SimpleObject)]
pub struct Answer {
    /// 题目代码 (code of the item)
    item: String,
    /// 所选选项的值 (value of the chosen option)
    value: i64,
}

/// 评估 (one filled-in instrument, with its computed score and level)
#[Object]
impl Assessment {
    /// 全局 id (global id)
    pub async fn id(&self) -> ID {
        Kind::Assessment.id(self.0.id)
    }

    /// 评估日期 (day of the assessment)
    async fn assessed_on(&self) -> Date {
        Date(self.0.assessed_on)
    }

    /// 量表代码 (code of the instrument)
    async fn instrument_code(&self) -> &str {
        &self.0.instrument
    }

    /// 量表版本 (version of the instrument)
    async fn instrument_version(&self) -> i64 {
        self.0.instrument_version
    }

    /// 量表 (the instrument)
    async fn instrument(&self) -> Option<Instrument> {
        instruments::find(&self.0.instrument, self.0.instrument_version).map(Instrument)
    }

    /// 各题答案 (answers)
    async fn answers(&self) -> Vec<Answer> {
        let answers = self.0.answers.0.iter();
        let answer = |(item, value): (&String, &i64)| Answer { item: item.clone(), value: *value };
        answers.map(answer).collect()
    }

    /// 得分 (score, computed by the hub)
    async fn score(&self) -> i64 {
        self.0.score
    }

    /// 等级代码 (code of the level, computed by the hub)
    async fn level(&self) -> &str {
        &self.0.level
    }

    /// 等级名称 (name of the level, in the language of the request)
    async fn level_name(&self, ctx: &Context<'_>) -> Option<String> {
        let found = instruments::find(&self.0.instrument, self.0.instrument_version)?;
        let level = found.level(&self.0.level)?;
        Some(level.label.of(ctx.language()).to_owned())
    }

    /// 等级轻重，最轻为 0 (0 for the lightest level, counting up)
    async fn level_rank(&self) -> i64 {
        self.0.level_rank
    }

    /// 评估人 (the assessors)
    async fn assessors(&self) -> &[String] {
        &self.0.assessors.0
    }

    /// 备注 (remark)
    async fn remark(&self) -> Option<&str> {
        self.0.remark.as_deref()
    }

    /// 被评估人 (the person assessed)
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(self.0.person_id).await
    }

    /// 被评估家庭 (the household assessed as a whole)
    async fn household(&self, ctx: &Context<'_>) -> Option<Result<Household>> {
        ctx.one(self.0.household_id).await
    }

    /// 社工站 (station)
    async fn station(&self, ctx: &Context<'_>) -> Option<Result<Station>> {
        ctx.one(Some(self.0.station_id)).await
    }

    /// 所在区划代码 (division code)
    async fn division_code(&self) -> &str {
        &self.0.division_code
    }

    /// 所在区划 (division)
    async fn division(&self, ctx: &Context<'_>) -> Option<Result<Division>> {
        division_of(ctx, &self.0.division_code).await
    }

    /// 报送它的记录 (the submission it came by)
    async fn submission(&self, ctx: &Context<'_>) -> Option<Result<Submission>> {
        ctx.one(Some(self.0.submission_id)).await
    }

    /// 入库时间 (recorded at)
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }

    #[graphql(flatten)]
    async fn lists(&self) -> AssessmentLists {
        AssessmentLists(Parent::row(self.0.id))
    }
}

lists! {
    AssessmentLists {
        /// 此次发现的需求 (needs it raised)
        needs: Need, Some(Relation::Assessment);
    }
}

/// 评估的筛选 (which assessments)
#[derive(InputObject)]
pub struct AssessmentFilterInput {
    /// 在此区划内，任何层级 (in this division; a code of any level)
    division: Option<String>,
    /// 社工站，代码或 id (stations; codes or ids)
    stations: Option<Vec<String>>,
    /// 评估日期 (assessed in these days)
    assessed: Option<DayRange>,
    /// 量表代码 (codes of instruments)
    instruments: Option<Vec<String>>,
    /// 等级代码 (codes of levels)
    levels: Option<Vec<String>>,
    /// 被评估人 (the person assessed; an id)
    person: Option<ID>,
    /// 被评估家庭 (the household assessed; an id)
    household: Option<ID>,
}

impl TryFrom<AssessmentFilterInput> for AssessmentFilter {
    type Error = HubError;

    fn try_from(input: AssessmentFilterInput) -> Result<Self, HubError> {
        Ok(Self {
            division: division_code(input.division)?,
            stations: stations(input.stations),
            assessed: DayRange::days(input.assessed)?,
            instruments: input.instruments.unwrap_or_default(),
            levels: input.levels.unwrap_or_default(),
            person: Kind::Person.optional(input.person.as_ref())?,
            household: Kind::Household.optional(input.household.as_ref())?,
        })
    }
}

/// 评估的排序 (order of assessments)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "hub::assessments::AssessmentOrder")]
pub enum AssessmentOrder {
    /// 近期评估在前 (newest first)
    AssessedOnDesc,
    /// 早期评估在前 (oldest first)
    AssessedOnAsc,
    /// 等级重的在前 (heaviest level first)
    LevelDesc,
    /// 等级轻的在前 (lightest level first)
    LevelAsc,
}
