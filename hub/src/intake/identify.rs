//! A person is one in the whole hub. By the id a client knows, else by resident ID, else by the
//! nameplate: name and village, and sex and birth date where they are known.

use entity::{
    ResidentId, Sealed,
    person::{self, Column},
    person_station,
};
use uuid::Uuid;

use super::{
    check::CheckedPerson,
    group::{Desk, Group, Nameplate},
};
use crate::problem::{Code, Problem};

/// Who a named person is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    Known(Uuid),
    /// Not on record. Equal plates are one person.
    New(Plate),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plate {
    ResidentId(ResidentId),
    Nameplate(Nameplate),
}

/// How a content that names a person changes what is on record of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fill {
    /// It is about something else, and only fills gaps.
    Gaps,
    /// It is about the person: what it says stands.
    All,
}

impl Group<'_> {
    /// Finds who is meant; changes nothing.
    pub fn identify(&self, desk: &Desk<'_>, given: &CheckedPerson) -> Result<Identity, Problem> {
        if let Some(id) = given.id {
            let seen = self.persons.get(id).filter(|row| self.is_seen(desk, row.id));
            let Some(row) = seen else {
                return Err(Problem::new(Code::PersonUnknown, format!("{}.id", given.path)));
            };
            self.agrees(row, given)?;
            return Ok(Identity::Known(id));
        }
        let Some(number) = &given.resident_id else {
            return self.identify_by_plate(desk, given);
        };
        match self.numbered(number).and_then(|id| self.persons.get(id)) {
            Some(row) => {
                self.agrees(row, given)?;
                Ok(Identity::Known(row.id))
            }
            None => Ok(Identity::New(Plate::ResidentId(number.clone()))),
        }
    }

    /// Someone named without a number: the one of that name in the village whose sex and birth date
    /// do not say otherwise.
    fn identify_by_plate(
        &self,
        desk: &Desk<'_>,
        given: &CheckedPerson,
    ) -> Result<Identity, Problem> {
        let plate = nameplate(desk, given);
        let (first, second) = {
            let fitting: Vec<_> = self.fitting(desk, &plate).collect();
            let (seen, others): (Vec<_>, Vec<_>) =
                fitting.into_iter().partition(|row| self.is_seen(desk, row.id));
            // Whom the station serves is meant before a namesake elsewhere.
            let mut meant = if seen.is_empty() { others } else { seen }.into_iter();
            (meant.next(), meant.next())
        };
        match (first, second) {
            (None, _) => Ok(Identity::New(Plate::Nameplate(plate))),
            (Some(row), None) => Ok(Identity::Known(row.id)),
            (Some(_), Some(_)) => {
                let path = format!("{}.name", given.path);
                Err(Problem::new(Code::PersonAmbiguous, path).value(&plate.0))
            }
        }
    }

    /// The people who may be the one of a nameplate. Someone with a number is found without it by
    /// the stations that serve them alone: else a name would do to see the number.
    fn fitting<'g>(
        &'g self,
        desk: &'g Desk<'_>,
        plate: &'g Nameplate,
    ) -> impl Iterator<Item = &'g person::Model> {
        let namesakes = self.by_name.get(&plate.0).into_iter().flatten();
        let rows = namesakes.filter_map(|id| self.persons.get(*id));
        let known = |row: &&person::Model| row.resident_id.is_none() || self.is_seen(desk, row.id);
        rows.filter(move |row| fits(row, plate)).filter(known)
    }

    /// Whether a station in the viewer's scope serves the person.
    pub fn is_seen(&self, desk: &Desk<'_>, person_id: Uuid) -> bool {
        let stations = self.links.get(&person_id);
        stations.is_some_and(|ids| ids.iter().any(|id| desk.viewer.reaches(*id)))
    }

    fn agrees(&self, row: &person::Model, given: &CheckedPerson) -> Result<(), Problem> {
        let at = |field: &str| format!("{}.{field}", given.path);
        if let Some(number) = given.resident_id.as_ref()
            && !row
                .resident_index
                .as_ref()
                .is_some_and(|index| self.keys.indices(number).contains(index))
        {
            let recorded = row.resident_id.is_some();
            let code = if recorded { Code::IdTaken } else { Code::IdByCorrection };
            return Err(Problem::new(code, at("residentId")).value(number));
        }
        match &given.name {
            Some(name) if *name != row.name => {
                Err(Problem::new(Code::NameContradictsRecord, at("name")).value(name))
            }
            _ => Ok(()),
        }
    }

    /// The person meant, made where not on record, with what the content says of them taken over.
    pub fn meet(
        &mut self,
        desk: &Desk<'_>,
        identity: &Identity,
        given: &CheckedPerson,
        fill: Fill,
    ) -> Uuid {
        let known = match identity {
            Identity::Known(id) => Some(*id),
            // Made by an earlier mention in the same content.
            Identity::New(Plate::ResidentId(number)) => self.numbered(number),
            Identity::New(Plate::Nameplate(plate)) => {
                self.fitting(desk, plate).map(|row| row.id).next()
            }
        };
        let id = match known {
            Some(id) => {
                self.take_over(id, given, fill);
                id
            }
            None => self.new_person(desk, given),
        };
        if self.links.entry(id).or_default().insert(desk.station.id) {
            let (station_id, recorded_at) = (desk.station.id, self.clock.now());
            self.new_links.push(person_station::Model { person_id: id, station_id, recorded_at });
        }
        id
    }

    fn new_person(&mut self, desk: &Desk<'_>, given: &CheckedPerson) -> Uuid {
        let (id, now) = (self.clock.new_id(), self.clock.now());
        let village = given.village.as_ref().unwrap_or(&desk.station.township);
        let number = given.resident_id.as_ref();
        let seal = |column, text| self.keys.seal_some(column, id, text);
        let row = person::Model {
            id,
            resident_id: seal(Column::ResidentId, number.map(ResidentId::as_str)),
            resident_index: number.map(|number| self.keys.index(number)),
            no_id_reason: given.no_id_reason,
            name: given.name.clone().unwrap_or_default(),
            sex: given.sex,
            birth_date: given.birth_date,
            division_code: village.clone(),
            address: seal(Column::Address, given.address.as_deref()),
            phone: seal(Column::Phone, given.phone.as_deref()),
            income_class: given.income_class,
            household_id: None,
            household_relation: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        self.know(&row);
        self.persons.put(id, row);
        id
    }

    fn take_over(&mut self, id: Uuid, given: &CheckedPerson, fill: Fill) {
        let Some(old) = self.persons.get(id) else {
            return;
        };
        let mut new = old.clone();
        let village = given.village.as_ref();
        let vague = new.division_code.len() < 12;
        if let Some(village) = village.filter(|_| fill == Fill::All || vague) {
            new.division_code.clone_from(village);
        }
        take(&mut new.sex, &given.sex, Fill::Gaps);
        take(&mut new.birth_date, &given.birth_date, Fill::Gaps);
        self.take_sealed(Column::Address, id, &mut new.address, given.address.as_deref(), fill);
        self.take_sealed(Column::Phone, id, &mut new.phone, given.phone.as_deref(), fill);
        take(&mut new.income_class, &given.income_class, fill);
        if new != *old {
            self.new_version(id, new);
        }
    }

    /// As [`take`]; what says the same stays as it is sealed.
    fn take_sealed(
        &self,
        column: Column,
        id: Uuid,
        known: &mut Option<Sealed>,
        given: Option<&str>,
        fill: Fill,
    ) {
        let same = |sealed: &Sealed, given: &str| {
            self.keys.open(column, id, sealed).is_ok_and(|text| text == given)
        };
        match (&*known, given) {
            (Some(sealed), Some(given)) if fill == Fill::Gaps || same(sealed, given) => {}
            (_, Some(given)) => *known = Some(self.keys.seal(column, id, given)),
            (_, None) => {}
        }
    }

    /// Puts a changed person on record.
    pub fn new_version(&mut self, id: Uuid, mut row: person::Model) {
        row.version += 1;
        row.updated_at = self.clock.not_before(row.updated_at);
        self.know(&row);
        self.persons.put(id, row);
    }
}

/// Whether a person may be the one of a nameplate. Of people with a number, only one whose sex and
/// birth date are named and right.
fn fits(row: &person::Model, (name, sex, birth, village): &Nameplate) -> bool {
    let agree = |known: bool, same: bool| if known { same } else { row.resident_id.is_none() };
    row.name == *name
        && row.division_code == *village
        && agree(sex.is_some() && row.sex.is_some(), row.sex == *sex)
        && agree(birth.is_some() && row.birth_date.is_some(), row.birth_date == *birth)
}

/// The nameplate a person without a number is known by.
fn nameplate(desk: &Desk<'_>, given: &CheckedPerson) -> Nameplate {
    let village = given.village.as_ref().unwrap_or(&desk.station.township);
    (given.name.clone().unwrap_or_default(), given.sex, given.birth_date, village.clone())
}

fn take<T: Clone>(known: &mut Option<T>, given: &Option<T>, fill: Fill) {
    if given.is_some() && (fill == Fill::All || known.is_none()) {
        known.clone_from(given);
    }
}
