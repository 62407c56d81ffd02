use std::ops::RangeInclusive;

use chrono::NaiveDate;
use entity::{NeedDomain, Service, VisitMode};
use uuid::Uuid;

use super::{CheckedNeed, CheckedPerson, Checker};
use crate::{
    photos,
    problem::{Code, Problem},
    submission::VisitContent,
};

/// A visit takes a minute at least and a day at most.
pub(crate) const MINUTES: RangeInclusive<i64> = 1..=1440;

/// Whom a visit or an assessment is of.
#[derive(Clone, Debug)]
pub enum Subject {
    Person(CheckedPerson),
    Household(Uuid),
}

#[derive(Clone, Debug)]
pub struct CheckedVisit {
    pub subject: Subject,
    pub visited_on: NaiveDate,
    pub minutes: Option<i64>,
    pub mode: VisitMode,
    pub workers: Vec<String>,
    pub met: Option<String>,
    pub living: Option<String>,
    pub body: Option<String>,
    pub mind: Option<String>,
    /// Each once.
    pub services: Vec<Service>,
    pub place: Option<String>,
    pub next_visit_on: Option<NaiveDate>,
    pub remark: Option<String>,
    pub needs: Vec<CheckedNeed>,
    pub needs_met: Vec<NeedDomain>,
    pub photos: Vec<Uuid>,
}

impl Checker<'_> {
    pub(super) fn visit(&mut self, given: &VisitContent) -> Option<CheckedVisit> {
        let subject = self.subject(given.person.as_ref(), given.household_id);
        let visited_on = self.past_day("visitedOn", &given.visited_on);
        let next = given.next_visit_on.as_ref().and_then(|text| self.day("nextVisitOn", text));
        if let (Some(day), Some(next)) = (visited_on, next)
            && next < day
        {
            self.found(Problem::new(Code::DateOrder, "nextVisitOn").value(next).detail(day));
        }
        if let (Some(Subject::Person(person)), Some(day)) = (&subject, visited_on)
            && let Some(birth) = person.birth_date.filter(|birth| *birth > day)
        {
            self.found(Problem::new(Code::DateOrder, "visitedOn").value(day).detail(birth));
        }
        if let Some(minutes) = given.minutes.filter(|minutes| !MINUTES.contains(minutes)) {
            self.found(Problem::new(Code::MinutesInvalid, "minutes").value(minutes));
        }
        if given.photos.len() > photos::MOST {
            let problem = Problem::new(Code::ListTooLong, "photos").value(given.photos.len());
            self.found(problem.detail(photos::MOST));
        }
        let mut services = given.services.clone();
        services.sort_unstable();
        services.dedup();
        Some(CheckedVisit {
            minutes: given.minutes,
            mode: given.mode,
            workers: self.words("workers", &given.workers),
            met: self.word("met", given.met.as_ref()),
            living: self.text("living", given.living.as_ref()),
            body: self.text("body", given.body.as_ref()),
            mind: self.text("mind", given.mind.as_ref()),
            services,
            place: self.text("place", given.place.as_ref()),
            next_visit_on: next,
            remark: self.text("remark", given.remark.as_ref()),
            needs: self.needs(&given.needs),
            needs_met: given.needs_met.clone(),
            photos: given.photos.clone(),
            subject: subject?,
            visited_on: visited_on?,
        })
    }
}
