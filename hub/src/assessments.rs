//! Assessments, as lists.

use chrono::NaiveDate;
use entity::{DivisionCode, assessment};
use sea_orm::{ColumnTrait, Condition, sea_query::Expr};
use uuid::Uuid;

use crate::{
    HubError,
    access::Viewer,
    disclosure::{Criteria, Criterion, Split, person_or_household},
    instruments,
    listing::{
        Days, FilteredPlaces, Known, Link, Listing, Relation, StationRef, at_stations, one_of,
    },
    page::orders,
    policy::{self, Class},
    statistics::Cell,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AssessmentFilter {
    pub division: Option<DivisionCode>,
    pub stations: Vec<StationRef>,
    pub assessed: Days,
    pub instruments: Vec<String>,
    pub levels: Vec<String>,
    pub person: Option<Uuid>,
    pub household: Option<Uuid>,
    /// A cell of statistics.
    pub cell: Option<Cell>,
}

orders! {
    AssessmentOrder(assessment) {
        AssessedOnDesc: AssessedOn desc, AssessedOnAsc: AssessedOn asc,
        LevelDesc: LevelRank desc, LevelAsc: LevelRank asc,
    }
}

impl Listing for assessment::Entity {
    type Filter = AssessmentFilter;
    type Order = AssessmentOrder;
    const ID: assessment::Column = assessment::Column::Id;

    fn scope(viewer: &Viewer) -> Condition {
        viewer.within(assessment::Column::StationId)
    }

    fn divisions(filter: &AssessmentFilter) -> Vec<&DivisionCode> {
        filter.division.iter().collect()
    }

    fn asks_by(filter: &AssessmentFilter) -> Vec<Class> {
        let by_level = !filter.levels.is_empty();
        by_level.then_some(Class::Health).into_iter().collect()
    }

    fn sorts_by(order: AssessmentOrder) -> Option<Class> {
        match order {
            AssessmentOrder::LevelDesc | AssessmentOrder::LevelAsc => Some(Class::Health),
            AssessmentOrder::AssessedOnDesc | AssessmentOrder::AssessedOnAsc => None,
        }
    }

    fn adults(today: NaiveDate) -> Condition {
        policy::about_adults(assessment::Column::PersonId, today)
    }

    fn criteria(_viewer: &Viewer, filter: &AssessmentFilter) -> Vec<Criterion<AssessmentFilter>> {
        if filter.levels.is_empty() {
            let by_instrument = || Split::by(assessment::Column::Instrument.into_expr());
            return Criteria::of(filter)
                .list(|filter| &mut filter.instruments, by_instrument)
                .found;
        }
        // What has a level was assessed by an instrument that has it.
        let instruments = match filter.instruments.as_slice() {
            [] => instruments::with_levels(&filter.levels),
            named => named.to_vec(),
        };
        let filter = &AssessmentFilter { instruments, ..filter.clone() };
        Criteria::of(filter).list(|filter| &mut filter.levels, by_level).found
    }

    fn take_places(filter: &mut AssessmentFilter) -> FilteredPlaces {
        FilteredPlaces::take(&mut filter.division, &mut filter.stations)
    }

    fn cell(filter: &AssessmentFilter) -> Option<&Cell> {
        filter.cell.as_ref()
    }

    fn rows_of_cell(viewer: &Viewer, cell: &Cell, rows: Condition) -> Result<Condition, HubError> {
        cell.rows::<Self>(viewer, rows)
    }

    fn condition(_viewer: &Viewer, filter: &AssessmentFilter, known: &Known) -> Condition {
        use assessment::Column;
        Condition::all()
            .add(known.areas.holds(Column::DivisionCode, filter.division.as_ref()))
            .add(at_stations(Column::StationId, &filter.stations))
            .add(filter.assessed.holds(Column::AssessedOn))
            .add(one_of(Column::Instrument, &filter.instruments))
            .add(one_of(Column::Level, &filter.levels))
            .add_option(filter.person.map(|id| Column::PersonId.eq(id)))
            .add_option(filter.household.map(|id| Column::HouseholdId.eq(id)))
    }

    fn subject() -> Option<Expr> {
        Some(person_or_household(assessment::Column::PersonId, assessment::Column::HouseholdId))
    }

    fn link(relation: Relation) -> Option<Link<assessment::Column>> {
        use assessment::Column;
        match relation {
            Relation::Division => Some(Link::Area(Column::DivisionCode)),
            Relation::Station => Some(Link::Column(Column::StationId)),
            Relation::Person => Some(Link::Column(Column::PersonId)),
            Relation::Household => Some(Link::Column(Column::HouseholdId)),
            _ => None,
        }
    }
}

/// By level, each instrument a table of its own: levels of different ones are not alike.
pub(crate) fn by_level() -> Split {
    use assessment::Column;
    Split::by(Column::Level.into_expr())
        .of_each(Column::Instrument.into_expr())
        .telling(Class::Health)
}
