//! Excuses, as lists.

use chrono::NaiveDate;
use entity::{DivisionCode, ExcuseReason, excuse};
use sea_orm::{ColumnTrait, Condition, sea_query::Expr};
use uuid::Uuid;

use crate::{
    access::Viewer,
    disclosure::{Criteria, Criterion, Split},
    listing::{FilteredPlaces, Known, Link, Listing, Relation, StationRef, at_stations, one_of},
    page::orders,
    policy::{self, Class},
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ExcuseFilter {
    pub division: Option<DivisionCode>,
    pub stations: Vec<StationRef>,
    /// Holding on this day.
    pub on: Option<NaiveDate>,
    pub reasons: Vec<ExcuseReason>,
    pub person: Option<Uuid>,
}

orders! {
    ExcuseOrder(excuse) { FirstOnDesc: FirstOn desc, FirstOnAsc: FirstOn asc }
}

impl Listing for excuse::Entity {
    type Filter = ExcuseFilter;
    type Order = ExcuseOrder;
    const ID: excuse::Column = excuse::Column::Id;

    fn scope(viewer: &Viewer) -> Condition {
        viewer.within(excuse::Column::StationId)
    }

    fn divisions(filter: &ExcuseFilter) -> Vec<&DivisionCode> {
        filter.division.iter().collect()
    }

    fn asks_by(filter: &ExcuseFilter) -> Vec<Class> {
        let by_health = !filter.reasons.is_empty();
        by_health.then_some(Class::Health).into_iter().collect()
    }

    fn adults(today: NaiveDate) -> Condition {
        policy::about_adults(excuse::Column::PersonId, today)
    }

    fn criteria(_viewer: &Viewer, filter: &ExcuseFilter) -> Vec<Criterion<ExcuseFilter>> {
        let by_reason = || Split::by(excuse::Column::Reason.into_expr()).telling(Class::Health);
        Criteria::of(filter).list(|filter| &mut filter.reasons, by_reason).found
    }

    fn take_places(filter: &mut ExcuseFilter) -> FilteredPlaces {
        FilteredPlaces::take(&mut filter.division, &mut filter.stations)
    }

    fn condition(_viewer: &Viewer, filter: &ExcuseFilter, known: &Known) -> Condition {
        use excuse::Column;
        Condition::all()
            .add(known.areas.holds(Column::DivisionCode, filter.division.as_ref()))
            .add(at_stations(Column::StationId, &filter.stations))
            .add_option(filter.on.map(holding))
            .add(one_of(Column::Reason, &filter.reasons))
            .add_option(filter.person.map(|id| Column::PersonId.eq(id)))
    }

    fn subject() -> Option<Expr> {
        Some(excuse::Column::PersonId.into_expr())
    }

    fn link(relation: Relation) -> Option<Link<excuse::Column>> {
        use excuse::Column;
        match relation {
            Relation::Division => Some(Link::Area(Column::DivisionCode)),
            Relation::Station => Some(Link::Column(Column::StationId)),
            Relation::Person => Some(Link::Column(Column::PersonId)),
            _ => None,
        }
    }
}

/// The excuses that hold on a day.
fn holding(day: NaiveDate) -> Condition {
    use excuse::Column;
    Condition::all().add(Column::FirstOn.lte(day)).add(Column::LastOn.gte(day))
}
