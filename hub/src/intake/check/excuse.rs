use chrono::{Days, NaiveDate};
use entity::ExcuseReason;

use super::{CheckedPerson, Checker};
use crate::{
    problem::{Code, Problem},
    submission::ExcuseContent,
    work::EXCUSED_DAYS,
};

#[derive(Clone, Debug)]
pub struct CheckedExcuse {
    pub person: CheckedPerson,
    pub reason: ExcuseReason,
    pub first_on: NaiveDate,
    pub last_on: NaiveDate,
    pub workers: Vec<String>,
    pub remark: Option<String>,
}

impl Checker<'_> {
    pub(super) fn excuse(&mut self, given: &ExcuseContent) -> Option<CheckedExcuse> {
        let person = self.person("person", &given.person);
        let first_on = self.day("firstOn", &given.first_on);
        let last_on = self.day("lastOn", &given.last_on);
        if let (Some(first), Some(last)) = (first_on, last_on) {
            self.lasts(first, last);
        }
        let birth = person.as_ref().and_then(|person| person.birth_date);
        if let (Some(birth), Some(first)) = (birth, first_on)
            && first < birth
        {
            self.found(Problem::new(Code::DateOrder, "firstOn").value(first).detail(birth));
        }
        Some(CheckedExcuse {
            reason: given.reason,
            workers: self.words("workers", &given.workers),
            remark: self.text("remark", given.remark.as_ref()),
            person: person?,
            first_on: first_on?,
            last_on: last_on?,
        })
    }

    /// An excuse has an end, and begins before a year is mistyped.
    fn lasts(&mut self, first: NaiveDate, last: NaiveDate) {
        let latest_first = self.ground.today + Days::new(EXCUSED_DAYS);
        let latest_last = first + Days::new(EXCUSED_DAYS - 1);
        if first > latest_first {
            let problem = Problem::new(Code::DateTooFar, "firstOn").value(first);
            self.found(problem.detail(latest_first));
        }
        if last < first {
            self.found(Problem::new(Code::DateOrder, "lastOn").value(last).detail(first));
        }
        if last > latest_last {
            let problem = Problem::new(Code::ExcuseTooLong, "lastOn").value(last);
            self.found(problem.detail(EXCUSED_DAYS).repair(latest_last));
        }
    }
}
