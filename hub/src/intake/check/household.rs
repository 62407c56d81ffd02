use entity::IncomeClass;

use super::{CheckedPerson, Checker, LONGEST_LIST};
use crate::submission::HouseholdContent;

#[derive(Clone, Debug)]
pub struct CheckedHousehold {
    pub based_on: Option<i64>,
    pub head: CheckedPerson,
    pub members: Vec<CheckedMember>,
    pub village: Option<String>,
    pub address: Option<String>,
    pub income_class: Option<IncomeClass>,
}

#[derive(Clone, Debug)]
pub struct CheckedMember {
    pub person: CheckedPerson,
    pub relation: Option<String>,
}

impl Checker<'_> {
    pub(super) fn household(&mut self, given: &HouseholdContent) -> Option<CheckedHousehold> {
        let head = self.person("head", &given.head);
        let mut members = Vec::new();
        self.is_short("members", &given.members);
        for (i, member) in given.members.iter().take(LONGEST_LIST).enumerate() {
            let person = self.person(&format!("members[{i}].person"), &member.person);
            let relation = self.word(&format!("members[{i}].relation"), Some(&member.relation));
            if let Some(person) = person {
                members.push(CheckedMember { person, relation });
            }
        }
        Some(CheckedHousehold {
            based_on: given.based_on,
            members,
            village: self.village("village", given.village.as_ref()),
            address: self.text("address", given.address.as_ref()),
            income_class: given.income_class,
            head: head?,
        })
    }
}
