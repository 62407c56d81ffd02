//! Corrections of a person. One names the version it was made on, so that it never undoes what its
//! maker has not seen.

use entity::{
    ChangeAction, ResidentId,
    person::{self, Column},
};

use super::{Made, is_made_on};
use crate::{
    intake::{
        check::{CheckedCorrection, CheckedPerson},
        group::{Desk, Group},
    },
    problem::{Code, Problem},
};

impl Group<'_> {
    pub(super) fn correct(
        &mut self,
        desk: &Desk<'_>,
        given: &CheckedCorrection,
    ) -> Result<Made, Vec<Problem>> {
        let id = given.person_id;
        let seen = self.persons.get(id).filter(|row| self.is_seen(desk, row.id));
        let Some(old) = seen else {
            return Err(vec![Problem::new(Code::PersonUnknown, "personId").value(id)]);
        };
        is_made_on(old.version, given.based_on)?;
        let new = self.corrected(old, &given.values);
        let problems = self.contradictions(&new, &given.values);
        if !problems.is_empty() {
            return Err(problems);
        }
        if let Some(index) = old.resident_index.clone() {
            self.by_number.remove(&index);
        }
        self.new_version(id, new);
        let person_id = Some(id);
        Ok(Made { record_id: id, action: ChangeAction::Updated, person_id, household_id: None })
    }

    fn contradictions(&self, new: &person::Model, values: &CheckedPerson) -> Vec<Problem> {
        let mut problems = Vec::new();
        let Some(number) = self.number_of(new) else {
            return problems;
        };
        if self.numbered(&number).is_some_and(|other| other != new.id) {
            problems.push(Problem::new(Code::IdTaken, "values.residentId").value(&number));
        }
        if values.sex.is_some_and(|sex| sex != number.sex()) {
            let problem = Problem::new(Code::SexContradictsId, "values.sex");
            problems.push(problem.detail(number.sex().zh()));
        }
        if values.birth_date.is_some_and(|day| day != number.birth_date()) {
            let problem = Problem::new(Code::BirthDateContradictsId, "values.birthDate");
            problems.push(problem.detail(number.birth_date()));
        }
        problems
    }

    fn corrected(&self, old: &person::Model, values: &CheckedPerson) -> person::Model {
        let given = values.clone();
        let seal = |column, text| self.keys.seal_some(column, old.id, text);
        let number = given.resident_id.as_ref();
        let numbered = number.is_some() || old.resident_id.is_some();
        let index = number.map(|number| self.keys.index(number));
        let resident_id = seal(Column::ResidentId, number.map(ResidentId::as_str));
        person::Model {
            name: given.name.unwrap_or_else(|| old.name.clone()),
            resident_id: resident_id.or_else(|| old.resident_id.clone()),
            resident_index: index.or_else(|| old.resident_index.clone()),
            no_id_reason: given.no_id_reason.or(old.no_id_reason).filter(|_| !numbered),
            sex: given.sex.or(old.sex),
            birth_date: given.birth_date.or(old.birth_date),
            division_code: given.village.unwrap_or_else(|| old.division_code.clone()),
            address: seal(Column::Address, given.address.as_deref())
                .or_else(|| old.address.clone()),
            phone: seal(Column::Phone, given.phone.as_deref()).or_else(|| old.phone.clone()),
            income_class: given.income_class.or(old.income_class),
            ..old.clone()
        }
    }
}
