//! People, as lists.

use chrono::NaiveDate;
use entity::{DivisionCode, IncomeClass, ResidentId, Sex, person, person_station, visit};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr,
};

use crate::{
    HubError,
    access::Viewer,
    disclosure::{Criteria, Criterion, Split},
    ledgers::Standing,
    listing::{
        Days, FilteredPlaces, Known, Link, Listing, Relation, StationRef, at_stations, begins_with,
        one_of,
    },
    page::orders,
    policy::{self, Class},
    statistics::Cell,
    visits::VisitFilter,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PersonFilter {
    pub division: Option<DivisionCode>,
    /// Served by one of these.
    pub stations: Vec<StationRef>,
    pub name_prefix: Option<String>,
    pub resident_id: Option<ResidentId>,
    pub sexes: Vec<Sex>,
    pub born: Days,
    pub income_classes: Vec<IncomeClass>,
    pub standing: Option<Standing>,
    /// Visited by at least one of these visits.
    pub visits: Option<VisitFilter>,
    /// A cell of statistics.
    pub cell: Option<Cell>,
}

orders! {
    PersonOrder(person) {
        RegisteredDesc: id desc, RegisteredAsc: id asc,
        NameAsc: Name asc, NameDesc: Name desc,
        DivisionAsc: DivisionCode asc, DivisionDesc: DivisionCode desc,
    }
}

impl Listing for person::Entity {
    type Filter = PersonFilter;
    type Order = PersonOrder;
    const ID: person::Column = person::Column::Id;

    fn scope(viewer: &Viewer) -> Condition {
        viewer.serves(person::Column::Id)
    }

    fn scope_of_known(viewer: &Viewer) -> Condition {
        viewer.serves_each(person::Column::Id)
    }

    fn divisions(filter: &PersonFilter) -> Vec<&DivisionCode> {
        let visits = filter.visits.iter().filter_map(|visits| visits.division.as_ref());
        filter.division.iter().chain(visits).collect()
    }

    fn asks_by(filter: &PersonFilter) -> Vec<Class> {
        let by_identity = filter.name_prefix.is_some()
            || filter.resident_id.is_some()
            || filter.born != Days::default();
        let by_finance = !filter.income_classes.is_empty();
        let finance = by_finance.then_some(Class::Finance);
        finance.into_iter().chain(by_identity.then_some(Class::Identity)).collect()
    }

    fn sorts_by(order: PersonOrder) -> Option<Class> {
        match order {
            PersonOrder::NameAsc | PersonOrder::NameDesc => Some(Class::Identity),
            PersonOrder::RegisteredDesc
            | PersonOrder::RegisteredAsc
            | PersonOrder::DivisionAsc
            | PersonOrder::DivisionDesc => None,
        }
    }

    fn adults(today: NaiveDate) -> Condition {
        policy::adults(today)
    }

    fn by_index(filter: &PersonFilter) -> bool {
        filter.resident_id.is_some()
    }

    fn criteria(viewer: &Viewer, filter: &PersonFilter) -> Vec<Criterion<PersonFilter>> {
        use person::Column;
        Criteria::of(filter)
            .list(|filter| &mut filter.sexes, || Split::by(Column::Sex.into_expr()))
            .list(
                |filter| &mut filter.income_classes,
                || Split::by(Column::IncomeClass.into_expr()).telling(Class::Finance),
            )
            .standing(|filter| &mut filter.standing, viewer, Column::Id)
            .found
    }

    fn take_places(filter: &mut PersonFilter) -> FilteredPlaces {
        FilteredPlaces::take(&mut filter.division, &mut filter.stations)
    }

    fn take_visits(filter: &mut PersonFilter) -> Option<VisitFilter> {
        let visits = filter.visits.take()?;
        // Those who live there are whom the visited are compared with.
        if filter.division.is_none() && filter.stations.is_empty() {
            filter.division.clone_from(&visits.division);
            filter.stations.clone_from(&visits.stations);
        }
        Some(visits)
    }

    fn cell(filter: &PersonFilter) -> Option<&Cell> {
        filter.cell.as_ref()
    }

    fn rows_of_cell(viewer: &Viewer, cell: &Cell, rows: Condition) -> Result<Condition, HubError> {
        cell.rows::<Self>(viewer, rows)
    }

    fn condition(viewer: &Viewer, filter: &PersonFilter, known: &Known) -> Condition {
        use person::Column;
        let standing = filter.standing.as_ref();
        let number = filter.resident_id.as_ref();
        let visited = filter.visits.as_ref().map(|visits| {
            let people = visit::Entity::find()
                .select_only()
                .column(visit::Column::PersonId)
                .filter(visit::Column::PersonId.is_not_null())
                .filter(visit::Entity::scope(viewer))
                .filter(visit::Entity::condition(viewer, visits, known));
            Column::Id.in_subquery(people.into_query())
        });
        Condition::all()
            .add(known.areas.holds(Column::DivisionCode, filter.division.as_ref()))
            .add(served_by(viewer, &filter.stations))
            .add(begins_with(Column::Name, filter.name_prefix.as_deref()))
            .add_option(
                number.map(|number| Column::ResidentIndex.is_in(known.keys.indices(number))),
            )
            .add(one_of(Column::Sex, &filter.sexes))
            .add(filter.born.holds(Column::BirthDate))
            .add(one_of(Column::IncomeClass, &filter.income_classes))
            .add_option(standing.map(|standing| standing.holds(viewer, Column::Id)))
            .add_option(visited)
    }

    fn subject() -> Option<Expr> {
        Some(person::Column::Id.into_expr())
    }

    fn link(relation: Relation) -> Option<Link<person::Column>> {
        match relation {
            Relation::Division => Some(Link::Area(person::Column::DivisionCode)),
            Relation::Station => Some(Link::ServedBy),
            Relation::Household => Some(Link::Column(person::Column::HouseholdId)),
            _ => None,
        }
    }
}

fn served_by(viewer: &Viewer, stations: &[StationRef]) -> Condition {
    if stations.is_empty() {
        return Condition::all();
    }
    let served = person_station::Entity::find()
        .select_only()
        .column(person_station::Column::PersonId)
        .filter(viewer.within(person_station::Column::StationId))
        .filter(at_stations(person_station::Column::StationId, stations));
    Condition::all().add(person::Column::Id.in_subquery(served.into_query()))
}
