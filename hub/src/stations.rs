//! Stations, as lists.

use entity::{DivisionCode, station, visit};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr,
};

use crate::{
    Hub, HubError,
    access::Viewer,
    listing::{Known, Link, Listing, Relation, begins_with, one_of},
    page::orders,
    places::Station,
    policy::Class,
    visits::VisitFilter,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StationFilter {
    pub division: Option<DivisionCode>,
    pub codes: Vec<String>,
    pub name_prefix: Option<String>,
    /// With at least one of these visits.
    pub visits: Option<VisitFilter>,
}

orders! {
    StationOrder(station) { CodeAsc: Code asc, CodeDesc: Code desc }
}

impl Hub {
    /// The station of a code, where the viewer may hand in for it.
    ///
    /// # Errors
    /// `Invalid` where there is no such station for this viewer.
    pub(crate) async fn station_to_hand_in_for(
        &self,
        viewer: &Viewer,
        code: &str,
    ) -> Result<&Station, HubError> {
        let found = self.places().await?.station(code);
        found.filter(|found| viewer.may_submit_for(found.id)).ok_or_else(|| {
            let text = format!("there is no station {code:?} this account may hand in for");
            HubError::Invalid(text)
        })
    }
}

impl Listing for station::Entity {
    type Filter = StationFilter;
    type Order = StationOrder;
    const ID: station::Column = station::Column::Id;

    fn scope(_viewer: &Viewer) -> Condition {
        Condition::all()
    }

    fn divisions(filter: &StationFilter) -> Vec<&DivisionCode> {
        let visits = filter.visits.iter().filter_map(|visits| visits.division.as_ref());
        filter.division.iter().chain(visits).collect()
    }

    fn asks_by(_filter: &StationFilter) -> Vec<Class> {
        Vec::new()
    }

    fn condition(viewer: &Viewer, filter: &StationFilter, known: &Known) -> Condition {
        use station::Column;
        let visiting = filter.visits.as_ref().map(|visits| {
            let stations = visit::Entity::find()
                .select_only()
                .column(visit::Column::StationId)
                .filter(visit::Entity::scope(viewer))
                .filter(visit::Entity::condition(viewer, visits, known));
            Column::Id.in_subquery(stations.into_query())
        });
        Condition::all()
            .add(known.areas.holds(Column::DivisionCode, filter.division.as_ref()))
            .add(one_of(Column::Code, &filter.codes))
            .add(begins_with(Column::Name, filter.name_prefix.as_deref()))
            .add_option(visiting)
    }

    fn subject() -> Option<Expr> {
        None
    }

    fn link(relation: Relation) -> Option<Link<station::Column>> {
        match relation {
            Relation::Division => Some(Link::Area(station::Column::DivisionCode)),
            Relation::Person => Some(Link::Serving),
            _ => None,
        }
    }
}
