//! Ledger entries: one open entry a ledger, person and station. A ledger handed in again brings the
//! entry up to date; one that names the version it was made on writes over nothing that its maker has not seen.

use std::sync::Arc;

use entity::{
    ChangeAction, Subsidies, child_detail, disabled_detail, elderly_detail, ledger_entry, person,
};
use uuid::Uuid;

use super::{Made, event::Met, is_made_on, needs::Raised};
use crate::{
    intake::{
        check::{CheckedClosure, CheckedDetail, CheckedEntry, is_grown},
        group::{Desk, Group},
        identify::{Fill, Identity},
    },
    problem::{Code, Problem},
};

impl Group<'_> {
    pub(super) fn make_entry(
        &mut self,
        desk: &Desk<'_>,
        given: CheckedEntry,
    ) -> Result<Made, Vec<Problem>> {
        let identity = self.identify(desk, &given.person).map_err(|problem| vec![problem])?;
        if let Identity::Known(id) = &identity
            && let Some(problem) = self.persons.get(*id).and_then(|row| self.misfit(row, &given))
        {
            return Err(vec![problem]);
        }
        self.is_of_newest_entry(desk, &identity, &given)?;
        let person_id = self.meet(desk, &identity, &given.person, Fill::All);
        let key = (person_id, given.detail.kind(), desk.station.id);
        let open = self.open_entries.get(&key).and_then(|id| self.entries.get(*id));
        let (id, action, version) = match open {
            Some(entry) => (entry.id, ChangeAction::Updated, entry.version + 1),
            None => (self.clock.new_id(), ChangeAction::Created, 1),
        };
        self.note_risk(id, &given);
        let row = self.entry_row(desk, &given, id, person_id, version);
        let met = Met {
            person_id: Some(person_id),
            household_id: None,
            division_code: row.division_code.clone(),
        };
        self.open_entries.insert(key, id);
        self.entries.put(id, row);
        self.raise_needs(desk, &met, &given.needs, given.opened_on, Raised::Entry(id));
        self.put_detail(id, given.detail);
        Ok(Made { record_id: id, action, person_id: Some(person_id), household_id: None })
    }

    fn is_of_newest_entry(
        &self,
        desk: &Desk<'_>,
        identity: &Identity,
        given: &CheckedEntry,
    ) -> Result<(), Vec<Problem>> {
        let Some(based_on) = given.based_on else { return Ok(()) };
        let open = match identity {
            Identity::Known(id) => {
                self.open_entries.get(&(*id, given.detail.kind(), desk.station.id))
            }
            Identity::New(_) => None,
        };
        let newest = open.and_then(|id| self.entries.get(*id)).map_or(0, |row| row.version);
        is_made_on(newest, based_on)
    }

    fn entry_row(
        &self,
        desk: &Desk<'_>,
        given: &CheckedEntry,
        id: Uuid,
        person_id: Uuid,
        version: i64,
    ) -> ledger_entry::Model {
        let (old, now) = (self.entries.get(id), self.clock.now());
        let person = self.persons.get(person_id);
        let division = person.map_or(&desk.station.township, |row| &row.division_code);
        ledger_entry::Model {
            id,
            person_id,
            station_id: desk.station.id,
            division_code: division.clone(),
            kind: given.detail.kind(),
            opened_on: given.opened_on,
            closed_on: None,
            closure_reason: None,
            income_class: given.person.income_class,
            risk: given.risk,
            remark: self.keys.seal_some(ledger_entry::Column::Remark, id, given.remark.as_deref()),
            version,
            submission_id: desk.submission_id,
            recorded_at: old.map_or(now, |old| old.recorded_at),
            updated_at: old.map_or(now, |old| self.clock.not_before(old.updated_at)),
        }
    }

    /// Notes since when an entry stands at its risk: the day it was opened, or today where it changed.
    /// An earlier day of opening counts at the risk on record; a later one takes nothing away.
    fn note_risk(&mut self, id: Uuid, given: &CheckedEntry) {
        let (mut spells, today) = (Vec::new(), self.clock.today());
        match self.entries.get(id) {
            None => spells.push((given.opened_on, given.risk)),
            Some(entry) => {
                let is_earlier = given.opened_on < entry.opened_on;
                spells.extend(is_earlier.then_some((given.opened_on, entry.risk)));
                spells.extend((given.risk != entry.risk).then_some((today, given.risk)));
            }
        }
        for (from_on, risk) in spells {
            self.put_spell(id, from_on, risk);
        }
    }

    fn put_detail(&mut self, entry_id: Uuid, detail: CheckedDetail) {
        let keys = Arc::clone(&self.keys);
        match detail {
            CheckedDetail::Child(child) => {
                use child_detail::Column::{GuardianPhone, School};
                let phone = child.guardian_phone.as_deref();
                let row = child_detail::Model {
                    entry_id,
                    child_kind: child.kind,
                    school: keys.seal_some(School, entry_id, child.school.as_deref()),
                    grade: child.grade,
                    guardian: child.guardian,
                    guardian_relation: child.guardian_relation,
                    guardian_phone: keys.seal_some(GuardianPhone, entry_id, phone),
                    father: child.father,
                    mother: child.mother,
                };
                self.children.put(entry_id, row);
            }
            CheckedDetail::Elderly(elderly) => {
                use elderly_detail::Column::{ContactPhone, Illnesses};
                let illnesses = elderly.illnesses.as_deref();
                let phone = elderly.contact_phone.as_deref();
                let row = elderly_detail::Model {
                    entry_id,
                    living_arrangement: elderly.living_arrangement,
                    ability_level: elderly.ability_level,
                    illnesses: keys.seal_some(Illnesses, entry_id, illnesses),
                    contact: elderly.contact,
                    contact_phone: keys.seal_some(ContactPhone, entry_id, phone),
                };
                self.elderly.put(entry_id, row);
            }
            CheckedDetail::Disabled(disabled) => {
                use disabled_detail::Column::{CarerPhone, CertificateNo};
                let number = disabled.certificate_no.as_ref().map(entity::CertificateNo::as_str);
                let phone = disabled.carer_phone.as_deref();
                let row = disabled_detail::Model {
                    entry_id,
                    certificate_no: keys.seal_some(CertificateNo, entry_id, number),
                    category: disabled.category,
                    grade: disabled.grade,
                    carer: disabled.carer,
                    carer_phone: keys.seal_some(CarerPhone, entry_id, phone),
                    subsidies: Subsidies(disabled.subsidies),
                };
                self.disabled.put(entry_id, row);
            }
        }
    }

    pub(super) fn close_entry(
        &mut self,
        desk: &Desk<'_>,
        given: &CheckedClosure,
    ) -> Result<Made, Vec<Problem>> {
        let identity = self.identify(desk, &given.person).map_err(|problem| vec![problem])?;
        let open = match &identity {
            Identity::Known(person_id) => {
                self.open_entries.get(&(*person_id, given.kind, desk.station.id))
            }
            Identity::New(_) => None,
        };
        let entry = open.and_then(|id| self.entries.get(*id));
        let Some(entry) = entry.cloned() else {
            let problem = Problem::new(Code::EntryNotOpen, "kind").value(given.kind.code());
            return Err(vec![problem]);
        };
        let (id, person_id) = (entry.id, entry.person_id);
        if given.closed_on < entry.opened_on {
            let problem = Problem::new(Code::DateOrder, "closedOn").value(given.closed_on);
            return Err(vec![problem.detail(entry.opened_on)]);
        }
        self.open_entries.remove(&(person_id, given.kind, desk.station.id));
        let now = self.clock.not_before(entry.updated_at);
        self.entries.change(id, |entry| {
            entry.closed_on = Some(given.closed_on);
            entry.closure_reason = Some(given.reason);
            entry.version += 1;
            entry.submission_id = desk.submission_id;
            entry.updated_at = now;
        });
        let person_id = Some(person_id);
        Ok(Made { record_id: id, action: ChangeAction::Closed, person_id, household_id: None })
    }

    /// How an entry contradicts what is on record of a person who was named without it.
    fn misfit(&self, row: &person::Model, given: &CheckedEntry) -> Option<Problem> {
        match &given.detail {
            CheckedDetail::Disabled(disabled) => {
                let number = disabled.certificate_no.as_ref()?;
                self.number_of(row).filter(|id| !number.belongs_to(id))?;
                let path = "detail.disabled.certificateNo";
                Some(Problem::new(Code::CertIdMismatch, path).value(number))
            }
            CheckedDetail::Child(_) => {
                let grown = row.birth_date.is_some_and(|birth| is_grown(birth, given.opened_on));
                let problem = Problem::new(Code::LedgerAgeMismatch, "openedOn");
                grown.then(|| problem.value(given.opened_on))
            }
            CheckedDetail::Elderly(_) => None,
        }
    }
}
