//! From answers to score and level, the same for every instrument.

use std::collections::BTreeMap;

use entity::Answers;

use super::definition::{AnswerOption, Condition, Direction, Effect, Instrument, Rule};
use crate::problem::{Code, Problem};
use crate::submission::AnswerContent;

/// What the answers come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scored {
    /// Item code → the value of the chosen option.
    pub answers: Answers,
    pub score: i64,
    /// A level code of the instrument.
    pub level: String,
    /// 0 for the lightest level.
    pub level_rank: i64,
}

type Chosen<'a> = BTreeMap<&'a str, &'a AnswerOption>;

impl Instrument {
    /// Scores a complete set of answers.
    ///
    /// # Errors
    ///
    /// Every answer that is unknown, given twice or impossible, in the order of the answers, then
    /// every item without an answer, in the order of the form.
    pub fn score(&self, answers: &[AnswerContent]) -> Result<Scored, Vec<Problem>> {
        let chosen = self.choose(answers)?;
        let score = chosen.values().filter_map(|option| option.points).sum();
        let rank = (self.rules.iter())
            .filter(|rule| rule.any.iter().any(|condition| holds(condition, &chosen)))
            .fold(self.rank_of_score(score), |rank, rule| self.moved(rank, rule));
        let level = &self.levels[rank];
        Ok(Scored {
            score,
            level: level.code.clone(),
            level_rank: level.rank,
            answers: Answers(
                (chosen.iter()).map(|(item, option)| ((*item).to_owned(), option.value)).collect(),
            ),
        })
    }

    fn choose(&self, answers: &[AnswerContent]) -> Result<Chosen<'_>, Vec<Problem>> {
        let mut problems = Vec::new();
        // An impossible answer is still an answer: its item is not missing as well.
        let mut answered: BTreeMap<&str, Option<&AnswerOption>> = BTreeMap::new();
        for (at, answer) in answers.iter().enumerate() {
            let problem = |code, field| {
                Problem::new(code, format!("answers[{at}].{field}")).detail(&answer.item)
            };
            let Some(item) = self.item(&answer.item) else {
                problems.push(problem(Code::AnswerUnknownItem, "item").value(&answer.item));
                continue;
            };
            let option = item.option(answer.value);
            if option.is_none() {
                problems.push(problem(Code::AnswerImpossible, "value").value(answer.value));
            }
            if answered.insert(&item.code, option).is_some() {
                problems.push(problem(Code::AnswerTwice, "item").value(&answer.item));
            }
        }
        for item in self.items() {
            if !answered.contains_key(item.code.as_str()) {
                problems.push(Problem::new(Code::AnswerMissing, "answers").detail(&item.code));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok((answered.into_iter()).filter_map(|(item, option)| Some((item, option?))).collect())
    }

    /// Levels lie without a gap from the lightest on, so the rank is how many the score has passed.
    fn rank_of_score(&self, score: i64) -> usize {
        let heavier = self.levels.iter().skip(1);
        heavier
            .filter(|level| match self.higher {
                Direction::Better => score <= level.max,
                Direction::Worse => score >= level.min,
            })
            .count()
    }

    fn moved(&self, rank: usize, rule: &Rule) -> usize {
        match &rule.effect {
            Effect::RaiseTo(code) => (self.levels.iter())
                .position(|level| level.code == *code)
                .map_or(rank, |to| rank.max(to)),
            Effect::Heavier(by) => rank.saturating_add(*by).min(self.levels.len() - 1),
        }
    }
}

fn holds(condition: &Condition, chosen: &Chosen) -> bool {
    let sum: i64 = (condition.items.iter())
        .filter_map(|item| chosen.get(item.as_str()))
        .map(|option| option.value)
        .sum();
    condition.contains(sum)
}
