//! Needs, as lists.

use chrono::NaiveDate;
use entity::{DivisionCode, NeedDomain, NeedStatus, Urgency, need};
use sea_orm::{ColumnTrait, Condition, sea_query::Expr};
use uuid::Uuid;

use crate::{
    HubError,
    access::Viewer,
    disclosure::{Criteria, Criterion, Split, person_or_household},
    listing::{
        Days, FilteredPlaces, Known, Link, Listing, Relation, StationRef, at_stations, one_of,
    },
    page::orders,
    policy::{self, Class},
    statistics::Cell,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NeedFilter {
    pub division: Option<DivisionCode>,
    pub stations: Vec<StationRef>,
    pub raised: Days,
    /// Met or closed in these days.
    pub settled: Days,
    pub domains: Vec<NeedDomain>,
    pub urgencies: Vec<Urgency>,
    pub statuses: Vec<NeedStatus>,
    pub person: Option<Uuid>,
    pub household: Option<Uuid>,
    /// A cell of statistics.
    pub cell: Option<Cell>,
}

orders! {
    NeedOrder(need) { RaisedOnDesc: RaisedOn desc, RaisedOnAsc: RaisedOn asc }
}

impl Listing for need::Entity {
    type Filter = NeedFilter;
    type Order = NeedOrder;
    const ID: need::Column = need::Column::Id;

    fn scope(viewer: &Viewer) -> Condition {
        viewer.within(need::Column::StationId)
    }

    fn divisions(filter: &NeedFilter) -> Vec<&DivisionCode> {
        filter.division.iter().collect()
    }

    fn asks_by(filter: &NeedFilter) -> Vec<Class> {
        let by_health = !filter.domains.is_empty() || !filter.urgencies.is_empty();
        by_health.then_some(Class::Health).into_iter().collect()
    }

    fn adults(today: NaiveDate) -> Condition {
        policy::about_adults(need::Column::PersonId, today)
    }

    fn criteria(_viewer: &Viewer, filter: &NeedFilter) -> Vec<Criterion<NeedFilter>> {
        use need::Column;
        Criteria::of(filter)
            .list(|filter| &mut filter.domains, by_domain)
            .list(
                |filter| &mut filter.urgencies,
                || Split::by(Column::Urgency.into_expr()).telling(Class::Health),
            )
            .list(|filter| &mut filter.statuses, || Split::by(Column::Status.into_expr()))
            .found
    }

    fn take_places(filter: &mut NeedFilter) -> FilteredPlaces {
        FilteredPlaces::take(&mut filter.division, &mut filter.stations)
    }

    fn cell(filter: &NeedFilter) -> Option<&Cell> {
        filter.cell.as_ref()
    }

    fn rows_of_cell(viewer: &Viewer, cell: &Cell, rows: Condition) -> Result<Condition, HubError> {
        cell.rows::<Self>(viewer, rows)
    }

    fn condition(_viewer: &Viewer, filter: &NeedFilter, known: &Known) -> Condition {
        use need::Column;
        Condition::all()
            .add(known.areas.holds(Column::DivisionCode, filter.division.as_ref()))
            .add(at_stations(Column::StationId, &filter.stations))
            .add(filter.raised.holds(Column::RaisedOn))
            .add(filter.settled.holds(Column::SettledOn))
            .add(one_of(Column::Domain, &filter.domains))
            .add(one_of(Column::Urgency, &filter.urgencies))
            .add(one_of(Column::Status, &filter.statuses))
            .add_option(filter.person.map(|id| Column::PersonId.eq(id)))
            .add_option(filter.household.map(|id| Column::HouseholdId.eq(id)))
    }

    fn subject() -> Option<Expr> {
        Some(person_or_household(need::Column::PersonId, need::Column::HouseholdId))
    }

    fn link(relation: Relation) -> Option<Link<need::Column>> {
        use need::Column;
        match relation {
            Relation::Division => Some(Link::Area(Column::DivisionCode)),
            Relation::Station => Some(Link::Column(Column::StationId)),
            Relation::Person => Some(Link::Column(Column::PersonId)),
            Relation::Household => Some(Link::Column(Column::HouseholdId)),
            Relation::Visit => Some(Link::Column(Column::VisitId)),
            Relation::SettlingVisit => Some(Link::Column(Column::SettledByVisitId)),
            Relation::Assessment => Some(Link::Column(Column::AssessmentId)),
            Relation::LedgerEntry => Some(Link::Column(Column::LedgerEntryId)),
            _ => None,
        }
    }
}

pub(crate) fn by_domain() -> Split {
    Split::by(need::Column::Domain.into_expr()).telling(Class::Health)
}
