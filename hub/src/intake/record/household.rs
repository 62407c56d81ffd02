//! Households: known by their head. Handed in again, the members are those of the newest form; one that
//! names the version it was made on sends nobody away whom its maker has not seen.

use std::collections::HashSet;

use entity::{ChangeAction, household};
use uuid::Uuid;

use super::{Made, is_made_on};
use crate::{
    intake::{
        check::{CheckedHousehold, CheckedPerson},
        group::{Desk, Group},
        identify::{Fill, Identity},
    },
    problem::{Code, Problem},
};

/// The relation that the head of a household has to its head.
const HEAD: &str = "户主";

impl Group<'_> {
    pub(super) fn make_household(
        &mut self,
        desk: &Desk<'_>,
        given: &CheckedHousehold,
    ) -> Result<Made, Vec<Problem>> {
        let identities = self.identify_all(desk, given)?;
        self.is_of_newest(&identities, given.based_on)?;
        let mut ids = identities
            .iter()
            .zip(people(given))
            .map(|(identity, person)| self.meet(desk, identity, person, Fill::All));
        let head_id = ids.next().unwrap_or_default();
        let members: Vec<Uuid> = ids.collect();
        let known = self.by_head.get(&head_id).copied();
        let id = known.unwrap_or_else(|| self.clock.new_id());
        self.put_household(desk, given, id, head_id);
        self.let_go(id, &members, head_id);
        self.move_in(head_id, id, Some(HEAD));
        for (member, given) in members.into_iter().zip(&given.members) {
            self.move_in(member, id, given.relation.as_deref());
        }
        let action = if known.is_some() { ChangeAction::Updated } else { ChangeAction::Created };
        Ok(Made { record_id: id, action, person_id: Some(head_id), household_id: Some(id) })
    }

    fn is_of_newest(
        &self,
        identities: &[Identity],
        based_on: Option<i64>,
    ) -> Result<(), Vec<Problem>> {
        let Some(based_on) = based_on else { return Ok(()) };
        let known = match identities.first() {
            Some(Identity::Known(head)) => self.by_head.get(head),
            _ => None,
        };
        let newest = known.and_then(|id| self.households.get(*id)).map_or(0, |row| row.version);
        is_made_on(newest, based_on)
    }

    fn identify_all(
        &self,
        desk: &Desk<'_>,
        given: &CheckedHousehold,
    ) -> Result<Vec<Identity>, Vec<Problem>> {
        let (mut identities, mut problems) = (Vec::new(), Vec::new());
        for person in people(given) {
            match self.identify(desk, person) {
                Ok(identity) if identities.contains(&identity) => {
                    problems.push(Problem::new(Code::MemberTwice, &person.path));
                }
                Ok(identity) if self.lives_elsewhere(desk, &identity) => {
                    problems.push(Problem::new(Code::HouseholdElsewhere, &person.path));
                }
                Ok(identity) => identities.push(identity),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(identities) } else { Err(problems) }
    }

    /// Whether someone is registered in a household of a station out of reach, or heads one.
    fn lives_elsewhere(&self, desk: &Desk<'_>, identity: &Identity) -> bool {
        let Identity::Known(id) = identity else { return false };
        let lived_in = self.persons.get(*id).and_then(|row| row.household_id);
        let homes = [lived_in, self.by_head.get(id).copied()];
        let mut rows = homes.into_iter().flatten().filter_map(|id| self.households.get(id));
        rows.any(|row| !desk.viewer.reaches(row.station_id))
    }

    fn put_household(
        &mut self,
        desk: &Desk<'_>,
        given: &CheckedHousehold,
        id: Uuid,
        head_id: Uuid,
    ) {
        let now = self.clock.now();
        let home = self.persons.get(head_id).map(|head| &head.division_code);
        let division = given.village.as_ref().or(home).unwrap_or(&desk.station.township).clone();
        let old = self.households.get(id);
        let address = given.address.as_deref();
        let address = self.keys.seal_some(household::Column::Address, id, address);
        let row = household::Model {
            id,
            station_id: desk.station.id,
            head_id,
            division_code: division,
            address: address.or_else(|| old?.address.clone()),
            income_class: given.income_class.or_else(|| old?.income_class),
            version: old.map_or(1, |old| old.version + 1),
            created_at: old.map_or(now, |old| old.created_at),
            updated_at: now,
        };
        self.by_head.insert(head_id, id);
        self.households.put(id, row);
    }

    /// Those who no longer live there.
    fn let_go(&mut self, household_id: Uuid, stay: &[Uuid], head_id: Uuid) {
        let before: HashSet<Uuid> = self.members.remove(&household_id).unwrap_or_default();
        for person_id in before {
            let stays = person_id == head_id || stay.contains(&person_id);
            let Some(old) = self.persons.get(person_id).filter(|_| !stays) else {
                continue;
            };
            if old.household_id == Some(household_id) {
                let mut new = old.clone();
                new.household_id = None;
                new.household_relation = None;
                self.new_version(person_id, new);
            }
        }
    }

    fn move_in(&mut self, person_id: Uuid, household_id: Uuid, relation: Option<&str>) {
        let Some(old) = self.persons.get(person_id) else {
            return;
        };
        let left = old.household_id.filter(|left| *left != household_id);
        let mut new = old.clone();
        new.household_id = Some(household_id);
        new.household_relation = relation.map(str::to_owned);
        if new != *old {
            self.new_version(person_id, new);
        }
        if let Some(left) = left {
            // Whoever looks at it as it was would send them back.
            let now = self.clock.now();
            self.households.change(left, |row| {
                row.version += 1;
                row.updated_at = now;
            });
        }
        self.members.entry(household_id).or_default().insert(person_id);
    }
}

/// The head, then the members.
fn people(given: &CheckedHousehold) -> impl Iterator<Item = &CheckedPerson> {
    std::iter::once(&given.head).chain(given.members.iter().map(|member| &member.person))
}
