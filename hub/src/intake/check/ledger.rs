use std::ops::RangeInclusive;

use chrono::NaiveDate;
use entity::{
    CertificateFault, CertificateNo, ClosureReason, DisabilityCategory, LedgerKind, Risk, Subsidy,
};

use super::{CheckedNeed, CheckedPerson, Checker};
use crate::{
    problem::{Code, Problem},
    submission::{
        ChildContent, DisabledContent, ElderlyContent, LedgerClosureContent, LedgerDetailContent,
        LedgerEntryContent,
    },
};

/// Of a disability, from the heaviest.
pub(crate) const GRADES: RangeInclusive<i64> = 1..=4;

#[derive(Clone, Debug)]
pub struct CheckedEntry {
    pub based_on: Option<i64>,
    pub person: CheckedPerson,
    pub opened_on: NaiveDate,
    pub risk: Option<Risk>,
    pub remark: Option<String>,
    pub detail: CheckedDetail,
    pub needs: Vec<CheckedNeed>,
}

/// The detail of a kind of ledger; texts are trimmed, phones plain.
#[derive(Clone, Debug)]
pub enum CheckedDetail {
    Child(ChildContent),
    Elderly(ElderlyContent),
    Disabled(CheckedDisabled),
}

#[derive(Clone, Debug)]
pub struct CheckedDisabled {
    pub certificate_no: Option<CertificateNo>,
    pub category: DisabilityCategory,
    pub grade: i64,
    pub carer: Option<String>,
    pub carer_phone: Option<String>,
    pub subsidies: Vec<Subsidy>,
}

#[derive(Clone, Debug)]
pub struct CheckedClosure {
    pub person: CheckedPerson,
    pub kind: LedgerKind,
    pub closed_on: NaiveDate,
    pub reason: ClosureReason,
}

/// Whether someone born on a day is eighteen or older on another.
pub fn is_grown(birth: NaiveDate, day: NaiveDate) -> bool {
    day.years_since(birth).is_some_and(|age| age >= 18)
}

impl CheckedDetail {
    pub fn kind(&self) -> LedgerKind {
        match self {
            Self::Child(_) => LedgerKind::Child,
            Self::Elderly(_) => LedgerKind::Elderly,
            Self::Disabled(_) => LedgerKind::Disabled,
        }
    }
}

impl Checker<'_> {
    pub(super) fn entry(&mut self, given: &LedgerEntryContent) -> Option<CheckedEntry> {
        let person = self.person("person", &given.person);
        let opened_on = self.past_day("openedOn", &given.opened_on);
        let detail = match &given.detail {
            LedgerDetailContent::Child(child) => {
                if let (Some(person), Some(day)) = (&person, opened_on) {
                    self.is_minor(person, day);
                }
                CheckedDetail::Child(self.child(child))
            }
            LedgerDetailContent::Elderly(elderly) => CheckedDetail::Elderly(self.elderly(elderly)),
            LedgerDetailContent::Disabled(disabled) => {
                CheckedDetail::Disabled(self.disabled(disabled, person.as_ref()))
            }
        };
        Some(CheckedEntry {
            based_on: given.based_on,
            risk: given.risk,
            remark: self.text("remark", given.remark.as_ref()),
            detail,
            needs: self.needs(&given.needs),
            person: person?,
            opened_on: opened_on?,
        })
    }

    pub(super) fn closure(&mut self, given: &LedgerClosureContent) -> Option<CheckedClosure> {
        let person = self.person("person", &given.person);
        let closed_on = self.past_day("closedOn", &given.closed_on);
        Some(CheckedClosure {
            person: person?,
            kind: given.kind,
            closed_on: closed_on?,
            reason: given.reason,
        })
    }

    fn is_minor(&mut self, person: &CheckedPerson, day: NaiveDate) {
        if person.birth_date.is_some_and(|birth| is_grown(birth, day)) {
            self.found(Problem::new(Code::LedgerAgeMismatch, "openedOn").value(day));
        }
    }

    fn child(&mut self, given: &ChildContent) -> ChildContent {
        ChildContent {
            kind: given.kind,
            school: self.word("detail.child.school", given.school.as_ref()),
            grade: self.word("detail.child.grade", given.grade.as_ref()),
            guardian: self.word("detail.child.guardian", given.guardian.as_ref()),
            guardian_relation: self
                .word("detail.child.guardianRelation", given.guardian_relation.as_ref()),
            guardian_phone: self.phone("detail.child.guardianPhone", given.guardian_phone.as_ref()),
            father: self.word("detail.child.father", given.father.as_ref()),
            mother: self.word("detail.child.mother", given.mother.as_ref()),
        }
    }

    fn elderly(&mut self, given: &ElderlyContent) -> ElderlyContent {
        ElderlyContent {
            living_arrangement: given.living_arrangement,
            ability_level: given.ability_level,
            illnesses: self.text("detail.elderly.illnesses", given.illnesses.as_ref()),
            contact: self.word("detail.elderly.contact", given.contact.as_ref()),
            contact_phone: self.phone("detail.elderly.contactPhone", given.contact_phone.as_ref()),
        }
    }

    fn disabled(
        &mut self,
        given: &DisabledContent,
        person: Option<&CheckedPerson>,
    ) -> CheckedDisabled {
        if !GRADES.contains(&given.grade) {
            let problem = Problem::new(Code::GradeInvalid, "detail.disabled.grade");
            self.found(problem.value(given.grade));
        }
        let mut subsidies = given.subsidies.clone();
        subsidies.sort_unstable();
        subsidies.dedup();
        CheckedDisabled {
            certificate_no: self.certificate(given, person),
            category: given.category,
            grade: given.grade,
            carer: self.word("detail.disabled.carer", given.carer.as_ref()),
            carer_phone: self.phone("detail.disabled.carerPhone", given.carer_phone.as_ref()),
            subsidies,
        }
    }

    /// The certificate agrees with the person's resident ID, the category and the grade.
    fn certificate(
        &mut self,
        given: &DisabledContent,
        person: Option<&CheckedPerson>,
    ) -> Option<CertificateNo> {
        let path = "detail.disabled.certificateNo";
        let text = given.certificate_no.as_ref()?.trim();
        if text.is_empty() {
            return None;
        }
        let number = match text.parse::<CertificateNo>() {
            Ok(number) => number,
            // A wrong ID inside it is one fault with the person's, told once.
            Err(CertificateFault::ResidentId(_)) if person.is_none() => return None,
            Err(_) => {
                self.found(Problem::new(Code::CertInvalid, path).value(text));
                return None;
            }
        };
        let id = person.and_then(|person| person.resident_id.as_ref());
        if id.is_some_and(|id| !number.belongs_to(id)) {
            self.found(Problem::new(Code::CertIdMismatch, path).value(text));
        }
        if let Some(category) = number.category().filter(|category| *category != given.category) {
            let problem = Problem::new(Code::CertCategoryMismatch, "detail.disabled.category");
            self.found(problem.value(given.category.code()).detail(category.zh()));
        }
        if number.grade() != given.grade {
            let problem = Problem::new(Code::CertGradeMismatch, "detail.disabled.grade");
            self.found(problem.value(given.grade).detail(number.grade()));
        }
        Some(number)
    }
}
