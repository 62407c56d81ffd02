use chrono::NaiveDate;

use super::{CheckedNeed, Checker, Subject};
use crate::{
    instruments::{self, Scored},
    problem::{Code, Problem},
    submission::AssessmentContent,
};

#[derive(Clone, Debug)]
pub struct CheckedAssessment {
    pub subject: Subject,
    pub assessed_on: NaiveDate,
    pub instrument: String,
    pub version: i64,
    pub scored: Scored,
    pub assessors: Vec<String>,
    pub remark: Option<String>,
    pub needs: Vec<CheckedNeed>,
}

impl Checker<'_> {
    pub(super) fn assessment(&mut self, given: &AssessmentContent) -> Option<CheckedAssessment> {
        let subject = self.subject(given.person.as_ref(), given.household_id);
        let assessed_on = self.past_day("assessedOn", &given.assessed_on);
        let scored = self.scored(given);
        Some(CheckedAssessment {
            instrument: given.instrument.clone(),
            version: given.version,
            assessors: self.words("assessors", &given.assessors),
            remark: self.text("remark", given.remark.as_ref()),
            needs: self.needs(&given.needs),
            subject: subject?,
            assessed_on: assessed_on?,
            scored: scored?,
        })
    }

    fn scored(&mut self, given: &AssessmentContent) -> Option<Scored> {
        let Some(instrument) = instruments::find(&given.instrument, given.version) else {
            let value = format!("{} {}", given.instrument, given.version);
            self.found(Problem::new(Code::InstrumentUnknown, "instrument").value(value));
            return None;
        };
        if !self.is_short("answers", &given.answers) {
            return None;
        }
        match instrument.score(&given.answers) {
            Ok(scored) => Some(scored),
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }
}
