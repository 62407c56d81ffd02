//! The tables that are counted: where each says who, where, when and what.

use entity::{Dimension, Fact, assessment, ledger_entry, need, person, submission, visit};

use std::mem;

use super::copy::Picked;
use crate::{
    assessments::AssessmentFilter,
    ledgers::LedgerFilter,
    listing::{Days, Listing},
    needs::NeedFilter,
    people::PersonFilter,
    policy::Class,
    submissions::SubmissionFilter,
    visits::VisitFilter,
};

/// A table that statistics count.
pub trait Counted: Listing {
    /// Whom a row is about.
    const PERSON: Self::Column;
    /// The household a row is about as a whole, or the person's own.
    const HOUSEHOLD: Option<Self::Column>;
    /// The division where it happened; none where that is the station's.
    const DIVISION: Option<Self::Column>;
    /// None for people, whom several stations may serve.
    const STATION: Option<Self::Column>;
    /// The day it happened; none for people, who are as they are today.
    const DAY: Option<Self::Column>;

    /// The column that a dimension is of this table alone, and what it tells of people.
    fn own(dimension: Dimension) -> Option<(Self::Column, Option<Class>)>;

    /// A number of this table, and what it tells of people.
    fn fact(_fact: Fact) -> Option<(Self::Column, Option<Class>)> {
        None
    }

    /// What of a filter are spans of days, and nothing else.
    fn spans(filter: &Self::Filter) -> Self::Filter;

    /// Takes the span of [`Counted::DAY`] out of a filter.
    fn take_span(_filter: &mut Self::Filter) -> Days {
        Days::default()
    }

    /// Whether a filter names a person or a household.
    fn names_someone(_filter: &Self::Filter) -> bool {
        false
    }

    /// Whether it is known of the past what a filter asks by.
    fn asks_of_the_past(_filter: &Self::Filter) -> bool {
        true
    }

    /// What a filter picks of the copy in memory; none where there is no copy, or the filter asks for
    /// more than is in it.
    fn picked(_filter: &Self::Filter) -> Option<Picked> {
        None
    }
}

impl Counted for visit::Entity {
    const PERSON: visit::Column = visit::Column::PersonId;
    const HOUSEHOLD: Option<visit::Column> = Some(visit::Column::HouseholdId);
    const DIVISION: Option<visit::Column> = Some(visit::Column::DivisionCode);
    const STATION: Option<visit::Column> = Some(visit::Column::StationId);
    const DAY: Option<visit::Column> = Some(visit::Column::VisitedOn);

    fn own(dimension: Dimension) -> Option<(visit::Column, Option<Class>)> {
        (dimension == Dimension::Mode).then_some((visit::Column::Mode, None))
    }

    fn fact(fact: Fact) -> Option<(visit::Column, Option<Class>)> {
        (fact == Fact::Minutes).then_some((visit::Column::Minutes, None))
    }

    fn take_span(filter: &mut VisitFilter) -> Days {
        mem::take(&mut filter.visited)
    }

    fn names_someone(filter: &VisitFilter) -> bool {
        filter.person.is_some() || filter.household.is_some()
    }

    fn spans(filter: &VisitFilter) -> VisitFilter {
        VisitFilter { visited: filter.visited, next_visit: filter.next_visit, ..Default::default() }
    }

    fn picked(filter: &VisitFilter) -> Option<Picked> {
        let VisitFilter { division, stations, visited, modes, .. } = filter.clone();
        let simple = VisitFilter {
            division: division.clone(),
            stations: stations.clone(),
            visited,
            modes: modes.clone(),
            ..Default::default()
        };
        (simple == *filter).then_some(Picked { division, stations, visited, modes })
    }
}

impl Counted for person::Entity {
    const PERSON: person::Column = person::Column::Id;
    const HOUSEHOLD: Option<person::Column> = Some(person::Column::HouseholdId);
    const DIVISION: Option<person::Column> = Some(person::Column::DivisionCode);
    const STATION: Option<person::Column> = None;
    const DAY: Option<person::Column> = None;

    fn own(_dimension: Dimension) -> Option<(person::Column, Option<Class>)> {
        None
    }

    fn names_someone(filter: &PersonFilter) -> bool {
        filter.visits.as_ref().is_some_and(visit::Entity::names_someone)
    }

    fn asks_of_the_past(filter: &PersonFilter) -> bool {
        filter.name_prefix.is_none() && filter.resident_id.is_none()
    }

    fn spans(_filter: &PersonFilter) -> PersonFilter {
        PersonFilter::default()
    }
}

impl Counted for ledger_entry::Entity {
    const PERSON: ledger_entry::Column = ledger_entry::Column::PersonId;
    const HOUSEHOLD: Option<ledger_entry::Column> = None;
    const DIVISION: Option<ledger_entry::Column> = Some(ledger_entry::Column::DivisionCode);
    const STATION: Option<ledger_entry::Column> = Some(ledger_entry::Column::StationId);
    const DAY: Option<ledger_entry::Column> = Some(ledger_entry::Column::OpenedOn);

    fn own(dimension: Dimension) -> Option<(ledger_entry::Column, Option<Class>)> {
        match dimension {
            Dimension::Kind => Some((ledger_entry::Column::Kind, None)),
            Dimension::Risk => Some((ledger_entry::Column::Risk, Some(Class::Health))),
            Dimension::IncomeClass => {
                Some((ledger_entry::Column::IncomeClass, Some(Class::Finance)))
            }
            _ => None,
        }
    }

    fn take_span(filter: &mut LedgerFilter) -> Days {
        mem::take(&mut filter.opened)
    }

    fn names_someone(filter: &LedgerFilter) -> bool {
        filter.person.is_some()
    }

    fn spans(filter: &LedgerFilter) -> LedgerFilter {
        let LedgerFilter { opened, closed, open_on, .. } = *filter;
        LedgerFilter { opened, closed, open_on, ..Default::default() }
    }
}

impl Counted for assessment::Entity {
    const PERSON: assessment::Column = assessment::Column::PersonId;
    const HOUSEHOLD: Option<assessment::Column> = Some(assessment::Column::HouseholdId);
    const DIVISION: Option<assessment::Column> = Some(assessment::Column::DivisionCode);
    const STATION: Option<assessment::Column> = Some(assessment::Column::StationId);
    const DAY: Option<assessment::Column> = Some(assessment::Column::AssessedOn);

    fn own(dimension: Dimension) -> Option<(assessment::Column, Option<Class>)> {
        match dimension {
            Dimension::Instrument => Some((assessment::Column::Instrument, None)),
            Dimension::Level => Some((assessment::Column::Level, Some(Class::Health))),
            _ => None,
        }
    }

    fn fact(fact: Fact) -> Option<(assessment::Column, Option<Class>)> {
        let is_score = fact == Fact::Score;
        is_score.then_some((assessment::Column::Score, Some(Class::Health)))
    }

    fn take_span(filter: &mut AssessmentFilter) -> Days {
        mem::take(&mut filter.assessed)
    }

    fn names_someone(filter: &AssessmentFilter) -> bool {
        filter.person.is_some() || filter.household.is_some()
    }

    fn spans(filter: &AssessmentFilter) -> AssessmentFilter {
        AssessmentFilter { assessed: filter.assessed, ..Default::default() }
    }
}

impl Counted for need::Entity {
    const PERSON: need::Column = need::Column::PersonId;
    const HOUSEHOLD: Option<need::Column> = Some(need::Column::HouseholdId);
    const DIVISION: Option<need::Column> = Some(need::Column::DivisionCode);
    const STATION: Option<need::Column> = Some(need::Column::StationId);
    const DAY: Option<need::Column> = Some(need::Column::RaisedOn);

    fn own(dimension: Dimension) -> Option<(need::Column, Option<Class>)> {
        match dimension {
            Dimension::Domain => Some((need::Column::Domain, Some(Class::Health))),
            Dimension::Urgency => Some((need::Column::Urgency, Some(Class::Health))),
            Dimension::Status => Some((need::Column::Status, None)),
            _ => None,
        }
    }

    fn take_span(filter: &mut NeedFilter) -> Days {
        mem::take(&mut filter.raised)
    }

    fn names_someone(filter: &NeedFilter) -> bool {
        filter.person.is_some() || filter.household.is_some()
    }

    fn spans(filter: &NeedFilter) -> NeedFilter {
        NeedFilter { raised: filter.raised, settled: filter.settled, ..Default::default() }
    }
}

impl Counted for submission::Entity {
    const PERSON: submission::Column = submission::Column::PersonId;
    const HOUSEHOLD: Option<submission::Column> = Some(submission::Column::HouseholdId);
    const DIVISION: Option<submission::Column> = None;
    const STATION: Option<submission::Column> = Some(submission::Column::StationId);
    const DAY: Option<submission::Column> = Some(submission::Column::ReceivedAt);

    fn own(dimension: Dimension) -> Option<(submission::Column, Option<Class>)> {
        (dimension == Dimension::Kind).then_some((submission::Column::Kind, None))
    }

    fn spans(filter: &SubmissionFilter) -> SubmissionFilter {
        let SubmissionFilter { received_from, received_before, .. } = *filter;
        SubmissionFilter { received_from, received_before, ..Default::default() }
    }
}
