//! Visits and assessments.

use chrono::NaiveDate;
use entity::{ChangeAction, Names, assessment, visit, visit_service};
use uuid::Uuid;

use super::{Made, needs::Raised};
use crate::{
    intake::{
        check::{CheckedAssessment, CheckedVisit, Subject},
        group::{Desk, Group},
        identify::{Fill, Identity},
    },
    photos::is_whole_of,
    problem::{Code, Problem},
};

/// Whom an event is of, on record.
#[derive(Clone, Debug)]
pub(super) struct Met {
    pub person_id: Option<Uuid>,
    pub household_id: Option<Uuid>,
    pub division_code: String,
}

impl Met {
    /// The person, or else the household.
    pub fn subject(&self) -> Uuid {
        self.person_id.or(self.household_id).unwrap_or_default()
    }
}

impl Group<'_> {
    pub(super) fn make_visit(
        &mut self,
        desk: &Desk<'_>,
        given: CheckedVisit,
    ) -> Result<Made, Vec<Problem>> {
        let identity = self.find_subject(desk, &given.subject).map_err(|problem| vec![problem])?;
        self.is_born(identity.as_ref(), "visitedOn", given.visited_on)?;
        self.are_uploaded(desk, &given.photos)?;
        let met = self.meet_subject(desk, identity, &given.subject);
        let id = self.clock.new_id();
        self.meet_needs(desk, &met, &given.needs_met, given.visited_on, id);
        self.raise_needs(desk, &met, &given.needs, given.visited_on, Raised::Visit(id));
        self.taken.extend(given.photos.iter().map(|photo| (id, *photo)));
        let services = given.services.iter();
        self.services.extend(
            services.map(|service| visit_service::Model { visit_id: id, service: *service }),
        );
        let seal = |column, text: &Option<String>| self.keys.seal_some(column, id, text.as_deref());
        let row = visit::Model {
            id,
            submission_id: desk.submission_id,
            station_id: desk.station.id,
            person_id: met.person_id,
            household_id: met.household_id,
            division_code: met.division_code.clone(),
            visited_on: given.visited_on,
            minutes: given.minutes,
            mode: given.mode,
            workers: Names(given.workers),
            met: seal(visit::Column::Met, &given.met),
            living: seal(visit::Column::Living, &given.living),
            body: seal(visit::Column::Body, &given.body),
            mind: seal(visit::Column::Mind, &given.mind),
            place: seal(visit::Column::Place, &given.place),
            next_visit_on: given.next_visit_on,
            remark: seal(visit::Column::Remark, &given.remark),
            recorded_at: self.clock.now(),
        };
        self.visits.push(row);
        Ok(created(id, &met))
    }

    pub(super) fn make_assessment(
        &mut self,
        desk: &Desk<'_>,
        given: CheckedAssessment,
    ) -> Result<Made, Vec<Problem>> {
        let identity = self.find_subject(desk, &given.subject).map_err(|problem| vec![problem])?;
        self.is_born(identity.as_ref(), "assessedOn", given.assessed_on)?;
        let met = self.meet_subject(desk, identity, &given.subject);
        let id = self.clock.new_id();
        self.raise_needs(desk, &met, &given.needs, given.assessed_on, Raised::Assessment(id));
        self.assessments.push(assessment::Model {
            id,
            submission_id: desk.submission_id,
            station_id: desk.station.id,
            person_id: met.person_id,
            household_id: met.household_id,
            division_code: met.division_code.clone(),
            assessed_on: given.assessed_on,
            instrument: given.instrument,
            instrument_version: given.version,
            answers: given.scored.answers,
            score: given.scored.score,
            level: given.scored.level,
            level_rank: given.scored.level_rank,
            assessors: Names(given.assessors),
            remark: self.keys.seal_some(assessment::Column::Remark, id, given.remark.as_deref()),
            recorded_at: self.clock.now(),
        });
        Ok(created(id, &met))
    }

    /// Refuses photos that whoever hands in did not upload whole.
    fn are_uploaded(&self, desk: &Desk<'_>, photos: &[Uuid]) -> Result<(), Vec<Problem>> {
        let is_there = |id| self.photos.get(id).is_some_and(|row| is_whole_of(row, desk.viewer));
        let missing = photos.iter().enumerate().filter(|(_, id)| !is_there(id));
        let problem =
            |(place, id)| Problem::new(Code::PhotoUnknown, format!("photos[{place}]")).value(id);
        let problems: Vec<_> = missing.map(problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Finds whom it is of; changes nothing. No identity for a household.
    pub(super) fn find_subject(
        &self,
        desk: &Desk<'_>,
        subject: &Subject,
    ) -> Result<Option<Identity>, Problem> {
        match subject {
            Subject::Person(person) => self.identify(desk, person).map(Some),
            Subject::Household(id) => {
                let household = self.households.get(*id);
                let seen = household.is_some_and(|row| desk.viewer.reaches(row.station_id));
                if seen {
                    return Ok(None);
                }
                Err(Problem::new(Code::HouseholdUnknown, "householdId").value(id))
            }
        }
    }

    /// Refuses a day before the birth on record.
    pub(super) fn is_born(
        &self,
        identity: Option<&Identity>,
        path: &str,
        day: NaiveDate,
    ) -> Result<(), Vec<Problem>> {
        let Some(Identity::Known(id)) = identity else { return Ok(()) };
        let birth = self.persons.get(*id).and_then(|row| row.birth_date);
        match birth.filter(|birth| day < *birth) {
            Some(birth) => Err(vec![Problem::new(Code::DateOrder, path).value(day).detail(birth)]),
            None => Ok(()),
        }
    }

    pub(super) fn meet_subject(
        &mut self,
        desk: &Desk<'_>,
        identity: Option<Identity>,
        subject: &Subject,
    ) -> Met {
        let (person_id, household_id) = match (subject, identity) {
            (Subject::Person(given), Some(identity)) => {
                (Some(self.meet(desk, &identity, given, Fill::Gaps)), None)
            }
            (Subject::Person(_), None) => (None, None),
            (Subject::Household(id), _) => (None, Some(*id)),
        };
        let person = person_id.and_then(|id| Some(&self.persons.get(id)?.division_code));
        let home = household_id.and_then(|id| Some(&self.households.get(id)?.division_code));
        let division_code = person.or(home).unwrap_or(&desk.station.township).clone();
        Met { person_id, household_id, division_code }
    }
}

fn created(record_id: Uuid, met: &Met) -> Made {
    let (person_id, household_id) = (met.person_id, met.household_id);
    Made { record_id, action: ChangeAction::Created, person_id, household_id }
}
