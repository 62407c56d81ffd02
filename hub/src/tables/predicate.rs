//! What a table counts, and which of it: predicates over the record, as they stand in its file.

use entity::{
    AbilityLevel, ChildKind, DisabilityCategory, IncomeClass, LedgerKind, LivingArrangement,
    NeedDomain, RecordKind, Risk, Service, Sex, Urgency, VisitMode,
};
use serde::Deserialize;

use crate::instruments::Ages;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Counted {
    /// Entries open at the end of the day before the first.
    EntriesAtStart,
    EntriesOpened,
    EntriesClosed,
    /// Entries open at the end of the last day.
    EntriesAtEnd,
    /// All visits, those to whole households included.
    Visits,
    /// Visits to a person.
    PersonTimes,
    /// Visits to a household as a whole.
    HouseholdTimes,
    /// Distinct people visited.
    PeopleVisited,
    /// Stations with at least one visit.
    StationsVisiting,
    NeedsRaised,
    NeedsMet,
    /// Needs neither met nor closed at the end of the last day.
    NeedsOpen,
    Assessments,
}

impl Counted {
    /// The records of which it is a number.
    #[must_use]
    pub fn kind(self) -> RecordKind {
        match self {
            Self::EntriesAtStart
            | Self::EntriesOpened
            | Self::EntriesClosed
            | Self::EntriesAtEnd => RecordKind::LedgerEntry,
            Self::Visits | Self::PersonTimes | Self::HouseholdTimes => RecordKind::Visit,
            Self::PeopleVisited => RecordKind::Person,
            Self::StationsVisiting => RecordKind::Station,
            Self::NeedsRaised | Self::NeedsMet | Self::NeedsOpen => RecordKind::Need,
            Self::Assessments => RecordKind::Assessment,
        }
    }
}

/// What a predicate asks of a record, as it is at the end of the period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// Of an entry its own; else those of the station in which the person stood in the period.
    pub ledgers: Vec<LedgerKind>,
    pub sex: Option<Sex>,
    /// Full years on the last day.
    pub age: Option<i64>,
    pub child_kind: Option<ChildKind>,
    pub living: Option<LivingArrangement>,
    pub ability: Option<AbilityLevel>,
    pub disability: Option<DisabilityCategory>,
    pub grade: Option<i64>,
    pub income: Option<IncomeClass>,
    pub risk: Option<Risk>,
    /// Whether the person of an entry was visited by the station in the period.
    pub visited: Option<bool>,
    pub mode: Option<VisitMode>,
    pub services: Vec<Service>,
    pub domain: Option<NeedDomain>,
    pub urgency: Option<Urgency>,
}

/// Which records: those of whom all that is named holds. Of a list one value has to be the record's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Predicate {
    ledger: Vec<LedgerKind>,
    sex: Vec<Sex>,
    age: Option<Ages>,
    child_kind: Vec<ChildKind>,
    living: Vec<LivingArrangement>,
    ability: Vec<AbilityLevel>,
    disability: Vec<DisabilityCategory>,
    grade: Vec<i64>,
    income: Vec<IncomeClass>,
    risk: Vec<Risk>,
    visited: Option<bool>,
    mode: Vec<VisitMode>,
    service: Vec<Service>,
    domain: Vec<NeedDomain>,
    urgency: Vec<Urgency>,
    /// And of whom this does not hold.
    not: Option<Box<Predicate>>,
}

impl Predicate {
    pub(super) fn holds(&self, facts: &Facts) -> bool {
        one_of(&self.ledger, &facts.ledgers)
            && one_of(&self.sex, facts.sex.as_slice())
            && self.age.is_none_or(|ages| facts.age.is_some_and(|age| is_in(ages, age)))
            && one_of(&self.child_kind, facts.child_kind.as_slice())
            && one_of(&self.living, facts.living.as_slice())
            && one_of(&self.ability, facts.ability.as_slice())
            && one_of(&self.disability, facts.disability.as_slice())
            && one_of(&self.grade, facts.grade.as_slice())
            && one_of(&self.income, facts.income.as_slice())
            && one_of(&self.risk, facts.risk.as_slice())
            && self.visited.is_none_or(|visited| facts.visited == Some(visited))
            && one_of(&self.mode, facts.mode.as_slice())
            && one_of(&self.service, &facts.services)
            && one_of(&self.domain, facts.domain.as_slice())
            && one_of(&self.urgency, facts.urgency.as_slice())
            && !self.not.as_ref().is_some_and(|not| not.holds(facts))
    }

    /// Whether it asks so, by itself or by what it leaves out.
    pub(super) fn asks(&self, what: fn(&Self) -> bool) -> bool {
        what(self) || self.not.as_ref().is_some_and(|not| not.asks(what))
    }

    pub(super) fn by_age(&self) -> bool {
        self.age.is_some()
    }

    pub(super) fn by_visits(&self) -> bool {
        self.visited.is_some()
    }

    pub(super) fn by_services(&self) -> bool {
        !self.service.is_empty()
    }

    /// Whether records of this kind have all that it asks for. Otherwise it would never hold, or
    /// always.
    pub(super) fn suits(&self, kind: RecordKind) -> bool {
        let of_person = !self.ledger.is_empty() || !self.sex.is_empty() || self.age.is_some();
        let of_entry = !self.child_kind.is_empty()
            || !self.living.is_empty()
            || !self.ability.is_empty()
            || !self.disability.is_empty()
            || !self.grade.is_empty()
            || !self.income.is_empty()
            || !self.risk.is_empty()
            || self.visited.is_some();
        let of_visit = !self.mode.is_empty() || !self.service.is_empty();
        let of_need = !self.domain.is_empty() || !self.urgency.is_empty();
        (!of_person || kind != RecordKind::Station)
            && (!of_entry || kind == RecordKind::LedgerEntry)
            && (!of_visit || kind == RecordKind::Visit)
            && (!of_need || kind == RecordKind::Need)
            && self.not.as_ref().is_none_or(|not| not.suits(kind))
    }
}

fn one_of<T: PartialEq>(asked: &[T], has: &[T]) -> bool {
    asked.is_empty() || has.iter().any(|value| asked.contains(value))
}

fn is_in(ages: Ages, age: i64) -> bool {
    ages.from.is_none_or(|from| from <= age) && ages.to.is_none_or(|to| age <= to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predicate(text: &str) -> Predicate {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn all_that_is_named_has_to_hold_and_what_is_not_known_does_not() {
        let asked = predicate("sex = [\"FEMALE\"]\nage = { from = 6, to = 11 }");
        let girl = Facts { sex: Some(Sex::Female), age: Some(6), ..Facts::default() };
        assert!(asked.holds(&girl));
        assert!(!asked.holds(&Facts { age: Some(12), ..girl.clone() }));
        assert!(!asked.holds(&Facts { age: None, ..girl.clone() }));
        assert!(!asked.holds(&Facts { sex: None, ..girl.clone() }));
        assert!(predicate("").holds(&girl));
    }

    #[test]
    fn not_leaves_out_those_of_whom_it_holds() {
        let asked = predicate("ledger = [\"ELDERLY\"]\nnot = { ledger = [\"CHILD\"] }");
        let of = |ledgers: &[LedgerKind]| Facts { ledgers: ledgers.to_vec(), ..Facts::default() };
        assert!(asked.holds(&of(&[LedgerKind::Elderly, LedgerKind::Disabled])));
        assert!(!asked.holds(&of(&[LedgerKind::Elderly, LedgerKind::Child])));
        assert!(!asked.holds(&of(&[])));
    }

    #[test]
    fn a_predicate_suits_records_that_have_what_it_asks_for() {
        let by_mode = predicate("mode = [\"HOME\"]");
        assert!(by_mode.suits(RecordKind::Visit));
        assert!(!by_mode.suits(RecordKind::LedgerEntry));
        assert!(!predicate("not = { risk = [\"HIGH\"] }").suits(RecordKind::Need));
        assert!(!predicate("sex = [\"MALE\"]").suits(RecordKind::Station));
    }
}
