//! Excuses: one a person, station and first day. Handed in again it says anew until when.

use entity::{ChangeAction, Names, excuse};

use super::{Made, event::Met};
use crate::{
    intake::{
        check::{CheckedExcuse, Subject},
        group::{Desk, Group},
    },
    problem::Problem,
};

impl Group<'_> {
    pub(super) fn make_excuse(
        &mut self,
        desk: &Desk<'_>,
        given: CheckedExcuse,
    ) -> Result<Made, Vec<Problem>> {
        let subject = Subject::Person(given.person.clone());
        let identity = self.find_subject(desk, &subject).map_err(|problem| vec![problem])?;
        self.is_born(identity.as_ref(), "firstOn", given.first_on)?;
        let met = self.meet_subject(desk, identity, &subject);
        let key = (met.subject(), desk.station.id, given.first_on);
        let known = self.excuse_from.get(&key).and_then(|id| self.excuses.get(*id));
        let (action, id) = match known {
            Some(row) => (ChangeAction::Updated, row.id),
            None => (ChangeAction::Created, self.clock.new_id()),
        };
        let row = self.excuse_row(desk, &met, given, id);
        self.excuse_from.insert(key, id);
        self.excuses.put(id, row);
        Ok(Made { record_id: id, action, person_id: met.person_id, household_id: None })
    }

    fn excuse_row(
        &self,
        desk: &Desk<'_>,
        met: &Met,
        given: CheckedExcuse,
        id: uuid::Uuid,
    ) -> excuse::Model {
        let now = self.clock.now();
        excuse::Model {
            id,
            submission_id: desk.submission_id,
            station_id: desk.station.id,
            person_id: met.subject(),
            division_code: met.division_code.clone(),
            reason: given.reason,
            first_on: given.first_on,
            last_on: given.last_on,
            workers: Names(given.workers),
            remark: self.keys.seal_some(excuse::Column::Remark, id, given.remark.as_deref()),
            recorded_at: self.excuses.get(id).map_or(now, |row| row.recorded_at),
            updated_at: now,
        }
    }
}
