//! Households, as lists.

use chrono::NaiveDate;
use entity::{DivisionCode, IncomeClass, household, person};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr,
};

use crate::{
    access::Viewer,
    disclosure::{Criteria, Criterion, Split},
    listing::{
        FilteredPlaces, Known, Link, Listing, Relation, StationRef, at_stations, begins_with,
        one_of,
    },
    page::orders,
    policy::{self, Class},
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HouseholdFilter {
    pub division: Option<DivisionCode>,
    pub stations: Vec<StationRef>,
    pub income_classes: Vec<IncomeClass>,
    /// How the name of its head begins.
    pub head_name_prefix: Option<String>,
}

orders! {
    HouseholdOrder(household) {
        RegisteredDesc: id desc, RegisteredAsc: id asc,
        DivisionAsc: DivisionCode asc, DivisionDesc: DivisionCode desc,
    }
}

impl Listing for household::Entity {
    type Filter = HouseholdFilter;
    type Order = HouseholdOrder;
    const ID: household::Column = household::Column::Id;

    fn scope(viewer: &Viewer) -> Condition {
        viewer.within(household::Column::StationId)
    }

    fn divisions(filter: &HouseholdFilter) -> Vec<&DivisionCode> {
        filter.division.iter().collect()
    }

    fn asks_by(filter: &HouseholdFilter) -> Vec<Class> {
        let by_finance = !filter.income_classes.is_empty();
        let finance = by_finance.then_some(Class::Finance);
        let by_name = filter.head_name_prefix.is_some();
        finance.into_iter().chain(by_name.then_some(Class::Identity)).collect()
    }

    fn adults(today: NaiveDate) -> Condition {
        policy::about_adults(household::Column::HeadId, today)
    }

    fn criteria(_viewer: &Viewer, filter: &HouseholdFilter) -> Vec<Criterion<HouseholdFilter>> {
        let by_income =
            || Split::by(household::Column::IncomeClass.into_expr()).telling(Class::Finance);
        Criteria::of(filter).list(|filter| &mut filter.income_classes, by_income).found
    }

    fn take_places(filter: &mut HouseholdFilter) -> FilteredPlaces {
        FilteredPlaces::take(&mut filter.division, &mut filter.stations)
    }

    fn condition(viewer: &Viewer, filter: &HouseholdFilter, known: &Known) -> Condition {
        use household::Column;
        let prefix = filter.head_name_prefix.as_deref();
        let headed = prefix.map(|prefix| {
            let heads = person::Entity::find()
                .select_only()
                .column(person::Column::Id)
                .filter(viewer.serves(person::Column::Id))
                .filter(begins_with(person::Column::Name, Some(prefix)));
            Column::HeadId.in_subquery(heads.into_query())
        });
        Condition::all()
            .add(known.areas.holds(Column::DivisionCode, filter.division.as_ref()))
            .add(at_stations(Column::StationId, &filter.stations))
            .add(one_of(Column::IncomeClass, &filter.income_classes))
            .add_option(headed)
    }

    fn subject() -> Option<Expr> {
        Some(household::Column::Id.into_expr())
    }

    fn link(relation: Relation) -> Option<Link<household::Column>> {
        match relation {
            Relation::Division => Some(Link::Area(household::Column::DivisionCode)),
            Relation::Station => Some(Link::Column(household::Column::StationId)),
            _ => None,
        }
    }
}
