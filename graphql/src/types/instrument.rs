use async_graphql::{Context, Enum, Object};
use hub::{
    instruments::{self, AnswerOption, Direction, Effect, Group, Item, Level, Rule, Source},
    problem::Language,
};

use crate::context::ContextExt;

/// An instrument is part of the program, so its parts are shown by reference.
pub struct Instrument(pub &'static instruments::Instrument);

struct GroupOf(&'static Group);
struct ItemOf(&'static Item);
struct OptionOf(&'static AnswerOption);
struct LevelOf(&'static Level);
struct RuleOf(&'static Rule);

/// 评估对象 (what an instrument assesses)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "InstrumentSubject", remote = "instruments::Subject")]
enum Subject {
    /// 人员 (a person)
    Person,
    /// 家庭 (a household)
    Household,
}

/// 量表 (a versioned scale)
#[Object]
impl Instrument {
    /// 代码 (code)
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// 版本 (version)
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// 名称，按请求语言 (title, in the language of the request)
    async fn title(&self, ctx: &Context<'_>) -> &str {
        self.0.title.of(ctx.language())
    }

    /// 依据的标准；自编量表为空 (the standard it follows; null for one of our own making)
    async fn standard(&self) -> Option<&str> {
        match &self.0.source {
            Source::Standard(number) => Some(number),
            Source::Own => None,
        }
    }

    /// 评估对象 (what can be assessed by it)
    async fn subjects(&self) -> Vec<Subject> {
        self.0.subjects.iter().map(|subject| (*subject).into()).collect()
    }

    /// 适用年龄下限，周岁 (youngest age, full years)
    async fn age_from(&self) -> Option<i64> {
        self.0.ages.and_then(|ages| ages.from)
    }

    /// 适用年龄上限，周岁 (oldest age, full years)
    async fn age_to(&self) -> Option<i64> {
        self.0.ages.and_then(|ages| ages.to)
    }

    /// 满分 (the highest score)
    async fn maximum(&self) -> i64 {
        self.0.maximum
    }

    /// 分数越高是否越好 (whether a higher score is better)
    async fn higher_is_better(&self) -> bool {
        self.0.higher == Direction::Better
    }

    /// 题目分组 (groups of items)
    async fn groups(&self) -> Vec<GroupOf> {
        self.0.groups.iter().map(GroupOf).collect()
    }

    /// 等级，由轻到重 (levels, from the lightest)
    async fn levels(&self) -> Vec<LevelOf> {
        self.0.levels.iter().map(LevelOf).collect()
    }

    /// 等级调整规则，依次适用 (rules that move the level, in order)
    async fn rules(&self) -> Vec<RuleOf> {
        self.0.rules.iter().map(RuleOf).collect()
    }
}

/// 量表的题目分组 (a group of items)
#[Object(name = "InstrumentGroup")]
impl GroupOf {
    /// 代码 (code)
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// 名称 (label)
    async fn label(&self, ctx: &Context<'_>) -> &str {
        self.0.label.of(ctx.language())
    }

    /// 题目 (items)
    async fn items(&self) -> Vec<ItemOf> {
        self.0.items.iter().map(ItemOf).collect()
    }
}

/// 量表的题目 (an item)
#[Object(name = "InstrumentItem")]
impl ItemOf {
    /// 代码，作答时注明 (code; an answer names it)
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// 题目 (label)
    async fn label(&self, ctx: &Context<'_>) -> &str {
        self.0.label.of(ctx.language())
    }

    /// 选项，由好到差 (options, from the best)
    async fn options(&self) -> Vec<OptionOf> {
        self.0.options.iter().map(OptionOf).collect()
    }
}

/// 题目的选项 (an option of an item)
#[Object(name = "InstrumentOption")]
impl OptionOf {
    /// 选项的值，作答时填写 (value; an answer gives it)
    async fn value(&self) -> i64 {
        self.0.value
    }

    /// 分值；不计分的题目为空 (points; null where the item is not scored)
    async fn points(&self) -> Option<i64> {
        self.0.points
    }

    /// 选项 (label)
    async fn label(&self, ctx: &Context<'_>) -> &str {
        self.0.label.of(ctx.language())
    }
}

/// 量表的等级 (a level)
#[Object(name = "InstrumentLevel")]
impl LevelOf {
    /// 代码 (code)
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// 名称 (label)
    async fn label(&self, ctx: &Context<'_>) -> &str {
        self.0.label.of(ctx.language())
    }

    /// 轻重，最轻为 0 (0 for the lightest)
    async fn rank(&self) -> i64 {
        self.0.rank
    }

    /// 最低分 (lowest score)
    async fn min(&self) -> i64 {
        self.0.min
    }

    /// 最高分 (highest score)
    async fn max(&self) -> i64 {
        self.0.max
    }
}

/// 等级调整规则 (a rule that moves the level)
#[Object(name = "InstrumentRule")]
impl RuleOf {
    /// 规则 (label)
    async fn label(&self, ctx: &Context<'_>) -> &str {
        self.0.label.of(ctx.language())
    }

    /// 效果 (what it does)
    async fn effect(&self, ctx: &Context<'_>) -> String {
        match (&self.0.effect, ctx.language()) {
            (Effect::RaiseTo(level), Language::Chinese) => format!("至少定为 {level}"),
            (Effect::RaiseTo(level), Language::English) => format!("at least {level}"),
            (Effect::Heavier(levels), Language::Chinese) => format!("加重 {levels} 级"),
            (Effect::Heavier(levels), Language::English) => format!("{levels} levels heavier"),
        }
    }
}
