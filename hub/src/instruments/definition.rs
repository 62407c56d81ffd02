//! The form of an instrument's file. `docs/instruments.md` explains it to those who write one.

use serde::{Deserialize, Serialize};

use super::check::{self, Flaw};
use crate::problem::Language;

/// A versioned scale: items with options, levels by score, rules that move the level.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// Lower case with hyphens, such as `older-adult-ability`.
    pub code: String,
    /// Counts up from 1.
    pub version: i64,
    pub title: Text,
    pub source: Source,
    /// What can be assessed by it.
    pub subjects: Vec<Subject>,
    /// The ages it is made for; without it, any age.
    pub ages: Option<Ages>,
    /// The score with the most points on every item; the least is always 0.
    pub maximum: i64,
    pub higher: Direction,
    pub groups: Vec<Group>,
    /// From the lightest, rank 0, to the heaviest.
    pub levels: Vec<Level>,
    /// Applied in this order to the level that the score gives.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// One wording in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub zh: String,
    pub en: String,
}

/// Where an instrument comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The number of a standard, such as `GB/T 42195-2022`.
    Standard(String),
    /// Of the project's own making.
    Own,
}

/// What an instrument assesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Subject {
    Person,
    Household,
}

/// Full years of age, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ages {
    pub from: Option<i64>,
    pub to: Option<i64>,
}

/// What a higher score means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Direction {
    Better,
    Worse,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub code: String,
    pub label: Text,
    pub items: Vec<Item>,
}

/// One question. Its options have points, or none has: then it is a fact that only rules read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub code: String,
    pub label: Text,
    /// From the best to the worst.
    pub options: Vec<AnswerOption>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerOption {
    /// What an answer names; unlike the points, it is the option's own within the item.
    pub value: i64,
    pub points: Option<i64>,
    pub label: Text,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Upper case with underscores, such as `MILD`.
    pub code: String,
    pub label: Text,
    /// 0 for the lightest.
    pub rank: i64,
    pub min: i64,
    pub max: i64,
}

/// Moves the level, once, where any of its conditions holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub label: Text,
    pub any: Vec<Condition>,
    pub effect: Effect,
}

/// Bounds for the values of the named items, added up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub items: Vec<String>,
    pub at_least: Option<i64>,
    pub at_most: Option<i64>,
}

/// No effect makes a level lighter.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// This level, unless it is a heavier one already.
    RaiseTo(String),
    /// So many levels heavier, not past the heaviest.
    Heavier(usize),
}

impl Instrument {
    /// Reads and checks a whole file.
    ///
    /// # Errors
    ///
    /// The first flaw found in it.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        let instrument: Self = toml::from_str(text)?;
        check::check(&instrument)?;
        Ok(instrument)
    }

    /// All items, in the order of the form.
    pub fn items(&self) -> impl Iterator<Item = &Item> + Clone {
        self.groups.iter().flat_map(|group| &group.items)
    }

    #[must_use]
    pub fn item(&self, code: &str) -> Option<&Item> {
        self.items().find(|item| item.code == code)
    }

    #[must_use]
    pub fn level(&self, code: &str) -> Option<&Level> {
        self.levels.iter().find(|level| level.code == code)
    }

    /// Whether it can assess a household.
    #[must_use]
    pub fn suits_household(&self) -> bool {
        self.subjects.contains(&Subject::Household)
    }

    /// Whether it can assess a person of this age in full years.
    #[must_use]
    pub fn suits_person(&self, age: i64) -> bool {
        let Ages { from, to } = self.ages.unwrap_or(Ages { from: None, to: None });
        self.subjects.contains(&Subject::Person)
            && from.is_none_or(|from| age >= from)
            && to.is_none_or(|to| age <= to)
    }
}

impl Item {
    /// Whether it counts towards the score.
    #[must_use]
    pub fn is_scored(&self) -> bool {
        self.options.iter().any(|option| option.points.is_some())
    }

    #[must_use]
    pub fn option(&self, value: i64) -> Option<&AnswerOption> {
        self.options.iter().find(|option| option.value == value)
    }
}

impl Condition {
    /// Whether a sum lies within the bounds.
    #[must_use]
    pub fn contains(&self, sum: i64) -> bool {
        self.at_least.is_none_or(|least| sum >= least)
            && self.at_most.is_none_or(|most| sum <= most)
    }
}

impl Text {
    #[must_use]
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }
}

impl Source {
    /// The standard's number, or that there is none.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        match (self, language) {
            (Self::Standard(number), _) => number,
            (Self::Own, Language::Chinese) => "本项目自拟,非国家或行业标准",
            (Self::Own, Language::English) => "of the project's own making, not a standard",
        }
    }
}
