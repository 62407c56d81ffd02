//! Visits, as lists, and the services given at them.

use chrono::NaiveDate;
use entity::{DivisionCode, Service, VisitMode, visit, visit_service};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use crate::{
    Hub, HubError,
    access::Viewer,
    disclosure::{Criteria, Criterion, Split, person_or_household},
    ledgers::Standing,
    listing::{
        Days, FilteredPlaces, Known, Link, Listing, Relation, StationRef, at_stations, one_of,
    },
    page::orders,
    policy::{self, Class},
    statistics::Cell,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VisitFilter {
    pub division: Option<DivisionCode>,
    pub stations: Vec<StationRef>,
    pub visited: Days,
    pub next_visit: Days,
    pub modes: Vec<VisitMode>,
    /// With at least one of these services.
    pub services: Vec<Service>,
    pub person: Option<Uuid>,
    pub household: Option<Uuid>,
    /// To a person, not to a household as a whole.
    pub to_person: bool,
    /// To a person of this standing.
    pub standing: Option<Standing>,
    /// A cell of statistics.
    pub cell: Option<Cell>,
}

orders! {
    VisitOrder(visit) {
        VisitedOnDesc: VisitedOn desc, VisitedOnAsc: VisitedOn asc,
        RecordedDesc: id desc, RecordedAsc: id asc,
    }
}

impl Listing for visit::Entity {
    type Filter = VisitFilter;
    type Order = VisitOrder;
    const ID: visit::Column = visit::Column::Id;

    fn scope(viewer: &Viewer) -> Condition {
        viewer.within(visit::Column::StationId)
    }

    fn divisions(filter: &VisitFilter) -> Vec<&DivisionCode> {
        filter.division.iter().collect()
    }

    fn asks_by(filter: &VisitFilter) -> Vec<Class> {
        let by_health = !filter.services.is_empty();
        by_health.then_some(Class::Health).into_iter().collect()
    }

    fn adults(today: NaiveDate) -> Condition {
        policy::about_adults(visit::Column::PersonId, today)
    }

    fn criteria(viewer: &Viewer, filter: &VisitFilter) -> Vec<Criterion<VisitFilter>> {
        use visit::Column;
        let to_person = Split::by(Expr::case(Column::PersonId.is_null(), "").finally("PERSON"));
        // Who stands in ledgers, or in none, is a person.
        let stands = filter.standing.is_some();
        let filter = &VisitFilter { to_person: filter.to_person || stands, ..filter.clone() };
        let criteria = Criteria::of(filter)
            .list(|filter| &mut filter.modes, || Split::by(Column::Mode.into_expr()))
            .list(|filter| &mut filter.services, by_service)
            .standing(|filter| &mut filter.standing, viewer, Column::PersonId);
        if stands {
            return criteria.found;
        }
        criteria.flag(|filter| &mut filter.to_person, "PERSON", to_person).found
    }

    fn take_places(filter: &mut VisitFilter) -> FilteredPlaces {
        FilteredPlaces::take(&mut filter.division, &mut filter.stations)
    }

    fn cell(filter: &VisitFilter) -> Option<&Cell> {
        filter.cell.as_ref()
    }

    fn rows_of_cell(viewer: &Viewer, cell: &Cell, rows: Condition) -> Result<Condition, HubError> {
        cell.rows::<Self>(viewer, rows)
    }

    fn condition(viewer: &Viewer, filter: &VisitFilter, known: &Known) -> Condition {
        use visit::Column;
        let to_person = filter.to_person.then(|| Column::PersonId.is_not_null());
        let standing = filter.standing.as_ref();
        Condition::all()
            .add(known.areas.holds(Column::DivisionCode, filter.division.as_ref()))
            .add(at_stations(Column::StationId, &filter.stations))
            .add(filter.visited.holds(Column::VisitedOn))
            .add(filter.next_visit.holds(Column::NextVisitOn))
            .add(one_of(Column::Mode, &filter.modes))
            .add(with_services(&filter.services))
            .add_option(filter.person.map(|id| Column::PersonId.eq(id)))
            .add_option(filter.household.map(|id| Column::HouseholdId.eq(id)))
            .add_option(to_person)
            .add_option(standing.map(|standing| standing.holds(viewer, Column::PersonId)))
    }

    fn subject() -> Option<Expr> {
        Some(person_or_household(visit::Column::PersonId, visit::Column::HouseholdId))
    }

    fn link(relation: Relation) -> Option<Link<visit::Column>> {
        use visit::Column;
        match relation {
            Relation::Division => Some(Link::Area(Column::DivisionCode)),
            Relation::Station => Some(Link::Column(Column::StationId)),
            Relation::Person => Some(Link::Column(Column::PersonId)),
            Relation::Household => Some(Link::Column(Column::HouseholdId)),
            _ => None,
        }
    }
}

fn with_services(services: &[Service]) -> Condition {
    if services.is_empty() {
        return Condition::all();
    }
    let visits = visit_service::Entity::find()
        .select_only()
        .column(visit_service::Column::VisitId)
        .filter(one_of(visit_service::Column::Service, services));
    Condition::all().add(visit::Column::Id.in_subquery(visits.into_query()))
}

/// By the services given, of which a visit may have several.
pub(crate) fn by_service() -> Split {
    let at_visit = Expr::col(visit::Column::Id.as_column_ref())
        .equals(visit_service::Column::VisitId.as_column_ref());
    Split::through(visit_service::Entity, at_visit, visit_service::Column::Service)
        .overlapping()
        .telling(Class::Health)
}

impl Hub {
    /// The services given at these visits, which the viewer was shown.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn services(
        &self,
        _viewer: &Viewer,
        visits: &[Uuid],
    ) -> Result<Vec<visit_service::Model>, HubError> {
        let mut found = Vec::new();
        for visits in visits.chunks(10_000) {
            let select = visit_service::Entity::find()
                .filter(visit_service::Column::VisitId.is_in(visits.iter().copied()))
                .order_by_asc(visit_service::Column::Service);
            found.extend(select.all(self.db.read()).await?);
        }
        Ok(found)
    }
}
