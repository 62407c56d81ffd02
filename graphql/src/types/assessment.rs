use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use entity::assessment::Column;
use hub::{
    HubError,
    assessments::AssessmentFilter,
    instruments,
    listing::Relation,
    policy::{Class, mask},
};

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
        Kind::Assessment.id(self.0.open(|row| row.id))
    }

    /// 评估日期 (day of the assessment)
    async fn assessed_on(&self) -> Date {
        Date(self.0.open(|row| row.assessed_on))
    }

    /// 量表代码 (code of the instrument)
    async fn instrument_code(&self) -> &str {
        self.0.open(|row| &row.instrument)
    }

    /// 量表版本 (version of the instrument)
    async fn instrument_version(&self) -> i64 {
        self.0.open(|row| row.instrument_version)
    }

    /// 量表 (the instrument)
    async fn instrument(&self) -> Option<Instrument> {
        self.instrument_of().map(Instrument)
    }

    /// 各题答案 (answers)
    async fn answers(&self, ctx: &Context<'_>) -> Option<Vec<Answer>> {
        let answers = self.0.value(ctx, Class::Health, |row| Some(row.answers.0.iter())).await?;
        let answer = |(item, value): (&String, &i64)| Answer { item: item.clone(), value: *value };
        Some(answers.map(answer).collect())
    }

    /// 得分 (score, computed by the hub)
    async fn score(&self, ctx: &Context<'_>) -> Option<i64> {
        self.0.value(ctx, Class::Health, |row| Some(row.score)).await
    }

    /// 等级代码 (code of the level, computed by the hub)
    async fn level(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.value(ctx, Class::Health, |row| Some(row.level.as_str())).await
    }

    /// 等级名称 (name of the level, in the language of the request)
    async fn level_name(&self, ctx: &Context<'_>) -> Option<String> {
        let code = self.0.value(ctx, Class::Health, |row| Some(row.level.as_str())).await?;
        let level = self.instrument_of()?.level(code)?;
        Some(level.label.of(ctx.language()).to_owned())
    }

    /// 等级轻重，最轻为 0 (0 for the lightest level, counting up)
    async fn level_rank(&self, ctx: &Context<'_>) -> Option<i64> {
        self.0.value(ctx, Class::Health, |row| Some(row.level_rank)).await
    }

    /// 评估人 (the assessors)
    async fn assessors(&self, ctx: &Context<'_>) -> Vec<String> {
        self.0.staff(ctx, |row| &row.assessors.0).await
    }

    /// 备注 (remark)
    async fn remark(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.0.sealed(ctx, Class::FreeText, mask::whole, Column::Remark).await
    }

    /// 被评估人 (the person assessed)
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(self.0.open(|row| row.person_id)).await
    }

    /// 被评估家庭 (the household assessed as a whole)
    async fn household(&self, ctx: &Context<'_>) -> Option<Result<Household>> {
        ctx.one(self.0.open(|row| row.household_id)).await
    }

    /// 社工站 (station)
    async fn station(&self, ctx: &Context<'_>) -> Option<Result<Station>> {
        ctx.one(Some(self.0.open(|row| row.station_id))).await
    }

    /// 所在区划代码 (division code)
    async fn division_code(&self) -> &str {
        self.0.open(|row| &row.division_code)
    }

    /// 所在区划 (division)
    async fn division(&self, ctx: &Context<'_>) -> Option<Result<Division>> {
        division_of(ctx, self.0.open(|row| &row.division_code)).await
    }

    /// 报送它的记录 (the submission it came by)
    async fn submission(&self, ctx: &Context<'_>) -> Option<Result<Submission>> {
        ctx.one(Some(self.0.open(|row| row.submission_id))).await
    }

    /// 入库时间 (recorded at)
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.open(|row| row.recorded_at)
    }

    #[graphql(flatten)]
    async fn lists(&self) -> AssessmentLists {
        AssessmentLists(Parent::row(self.0.open(|row| row.id)))
    }
}

impl Assessment {
    fn instrument_of(&self) -> Option<&'static instruments::Instrument> {
        self.0.open(|row| instruments::find(&row.instrument, row.instrument_version))
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
#[graphql(name = "AssessmentFilter")]
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
            cell: None,
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
