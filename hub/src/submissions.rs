//! The journal, as lists.

use chrono::{DateTime, Utc};
use entity::{SubmissionKind, account, submission};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use crate::{
    Hub, HubError,
    access::Viewer,
    disclosure::person_or_household,
    listing::{Known, Link, Listing, Relation, StationRef, at_stations, one_of},
    page::orders,
    policy::Class,
    statistics::Cell,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SubmissionFilter {
    pub stations: Vec<StationRef>,
    pub kinds: Vec<SubmissionKind>,
    pub received_from: Option<DateTime<Utc>>,
    /// Received before this instant.
    pub received_before: Option<DateTime<Utc>>,
    pub person: Option<Uuid>,
    /// Handed in by the viewer.
    pub mine: bool,
    /// A cell of statistics.
    pub cell: Option<Cell>,
}

orders! {
    SubmissionOrder(submission) { ReceivedDesc: ReceivedAt desc, ReceivedAsc: ReceivedAt asc }
}

impl Listing for submission::Entity {
    type Filter = SubmissionFilter;
    type Order = SubmissionOrder;
    const ID: submission::Column = submission::Column::Id;

    fn scope(viewer: &Viewer) -> Condition {
        viewer.within(submission::Column::StationId)
    }

    fn asks_by(_filter: &SubmissionFilter) -> Vec<Class> {
        Vec::new()
    }

    fn cell(filter: &SubmissionFilter) -> Option<&Cell> {
        filter.cell.as_ref()
    }

    fn rows_of_cell(viewer: &Viewer, cell: &Cell, rows: Condition) -> Result<Condition, HubError> {
        cell.rows::<Self>(viewer, rows)
    }

    fn condition(viewer: &Viewer, filter: &SubmissionFilter, _known: &Known) -> Condition {
        use submission::Column;
        let mine = filter.mine.then(|| Column::AccountId.eq(viewer.account_id));
        Condition::all()
            .add(at_stations(Column::StationId, &filter.stations))
            .add(one_of(Column::Kind, &filter.kinds))
            .add_option(filter.received_from.map(|at| Column::ReceivedAt.gte(at)))
            .add_option(filter.received_before.map(|at| Column::ReceivedAt.lt(at)))
            .add_option(filter.person.map(|id| Column::PersonId.eq(id)))
            .add_option(mine)
    }

    fn subject() -> Option<Expr> {
        Some(person_or_household(submission::Column::PersonId, submission::Column::HouseholdId))
    }

    fn link(relation: Relation) -> Option<Link<submission::Column>> {
        use submission::Column;
        match relation {
            Relation::Station => Some(Link::Column(Column::StationId)),
            Relation::Person => Some(Link::Column(Column::PersonId)),
            Relation::Record => Some(Link::Column(Column::RecordId)),
            _ => None,
        }
    }
}

impl Hub {
    /// The accounts behind submissions, for a caller that was shown those by a query with its viewer.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn accounts(&self, ids: &[Uuid]) -> Result<Vec<account::Model>, HubError> {
        let select = account::Entity::find().filter(account::Column::Id.is_in(ids.iter().copied()));
        Ok(select.all(self.db.read()).await?)
    }
}
