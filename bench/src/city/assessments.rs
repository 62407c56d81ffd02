//! Assessments of the old and of children, filled in and scored by the hub's own instruments.

use anyhow::Context;
use entity::{LedgerKind, Names, assessment};
use hub::{instruments, submission::AnswerContent};

use super::{City, day, millis, people, recorded, tables};
use crate::random::Random;

impl City {
    pub fn assessment(&self, number: u64) -> anyhow::Result<assessment::Model> {
        let mut random = Random::of(tables::ASSESSMENTS, number);
        let (who, code) = self.assessed(&mut random);
        let instrument = instruments::find(code, 1).context("an instrument is missing")?;
        let answers: Vec<_> = instrument
            .items()
            .map(|item| {
                let chosen = (item.options.len() as f64 * random.unit().powi(2)) as usize;
                let option = item.options.get(chosen).or(item.options.first());
                AnswerContent {
                    item: item.code.clone(),
                    value: option.map_or(0, |option| option.value),
                }
            })
            .collect();
        let scored = instrument
            .score(&answers)
            .map_err(|problems| anyhow::anyhow!("made-up answers are wrong: {problems:?}"))?;
        let person = self.person(who)?;
        let at = recorded(number, self.sizes.assessments);
        Ok(assessment::Model {
            id: random.id(millis(at)),
            submission_id: random.id(millis(at)),
            station_id: self.home(who).id,
            person_id: Some(person.id),
            household_id: None,
            division_code: person.division_code,
            assessed_on: day(at),
            instrument: code.to_owned(),
            instrument_version: 1,
            answers: scored.answers,
            score: scored.score,
            level: scored.level,
            level_rank: scored.level_rank,
            assessors: Names(vec![people::name(&mut random)]),
            remark: None,
            recorded_at: at,
        })
    }

    /// Whom, and by which instrument.
    fn assessed(&self, random: &mut Random) -> (u64, &'static str) {
        for _ in 0..64 {
            let who = random.below(self.sizes.persons);
            match self.kind(who) {
                LedgerKind::Elderly => return (who, "older-adult-ability"),
                LedgerKind::Child => return (who, "child-risk"),
                LedgerKind::Disabled => {}
            }
        }
        (0, "child-risk")
    }
}
