//! The one way to read the record: a list of a table, filtered, within what the viewer may see, by
//! page, of the whole hub or of each of many parents.
//!
//! A table becomes a list by [`Listing`]; then [`Hub::list`], [`Hub::count`], [`Hub::list_of_each`],
//! [`Hub::count_of_each`] and [`Hub::by_ids`] serve it; counting is in `counting`. None sends more statements for more rows.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::mem;
use std::sync::Arc;

use chrono::NaiveDate;
use entity::{DivisionCode, TokenScope, station};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    Hub, HubError,
    access::Viewer,
    columns::Columns,
    disclosure::Criterion,
    divisions::Areas,
    each,
    keys::Keyring,
    page::{Bounds, Order, Page, Window},
    policy::{Class, Found},
    statistics::Cell,
    visits::VisitFilter,
};

/// A table that is read as lists.
pub trait Listing: EntityTrait {
    type Filter: Clone + Debug + Default + Eq + Hash + Send + Sync + 'static;
    type Order: Order<Self::Column>;

    const ID: Self::Column;

    /// The rows within reach of the viewer.
    fn scope(viewer: &Viewer) -> Condition;

    /// The same where few rows are at hand, whose ids are known: each is looked up by itself.
    fn scope_of_known(viewer: &Viewer) -> Condition {
        Self::scope(viewer)
    }

    /// The divisions a filter names.
    fn divisions(_filter: &Self::Filter) -> Vec<&DivisionCode> {
        Vec::new()
    }

    /// The classes of the values a filter asks by.
    fn asks_by(filter: &Self::Filter) -> Vec<Class>;

    /// The class of the values an order sorts by, where they have one.
    fn sorts_by(_order: Self::Order) -> Option<Class> {
        None
    }

    /// The rows about adults.
    fn adults(_today: NaiveDate) -> Condition {
        Condition::all()
    }

    /// Whether a filter asks by the blind index of a sealed value.
    fn by_index(_filter: &Self::Filter) -> bool {
        false
    }

    /// What of a filter picks cells of a table.
    fn criteria(_viewer: &Viewer, _filter: &Self::Filter) -> Vec<Criterion<Self::Filter>> {
        Vec::new()
    }

    /// Takes the places out of a filter.
    fn take_places(_filter: &mut Self::Filter) -> FilteredPlaces {
        FilteredPlaces::default()
    }

    /// Takes the visits by which it finds people out of a filter.
    fn take_visits(_filter: &mut Self::Filter) -> Option<VisitFilter> {
        None
    }

    /// The cell of statistics that a filter names.
    fn cell(_filter: &Self::Filter) -> Option<&Cell> {
        None
    }

    /// Of these rows, those of a cell of statistics.
    ///
    /// # Errors
    /// `Unseen` where naming it tells more than the viewer may know.
    fn rows_of_cell(
        _viewer: &Viewer,
        _cell: &Cell,
        rows: Condition,
    ) -> Result<Condition, HubError> {
        Ok(rows)
    }

    /// The rows a filter lets through.
    fn condition(viewer: &Viewer, filter: &Self::Filter, known: &Known) -> Condition;

    /// What tells whom a row is about, by which people are counted; none for a place.
    fn subject() -> Option<Expr>;

    /// How its rows hang on a parent.
    fn link(relation: Relation) -> Option<Link<Self::Column>>;
}

/// What was looked up for a filter before its statement is written.
pub struct Known {
    pub(crate) areas: Areas,
    pub(crate) keys: Arc<Keyring>,
}

/// What rows can hang on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// A division, by the codes of its area.
    Division,
    /// A division, as its parts.
    ParentDivision,
    Station,
    Household,
    Person,
    /// A visit that raised them.
    Visit,
    /// A visit at which they were settled.
    SettlingVisit,
    Assessment,
    LedgerEntry,
    /// A record that a submission made or changed.
    Record,
}

/// How rows hang on their parent.
#[derive(Clone, Copy, Debug)]
pub enum Link<C> {
    /// By a column with the parent's id.
    Column(C),
    /// By a column with a division code within the parent's area.
    Area(C),
    /// By `person_stations`: people of a station.
    ServedBy,
    /// By `person_stations`: stations of a person.
    Serving,
}

/// A parent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Anchor {
    Id(Uuid),
    Area(DivisionCode),
}

/// Days, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Days {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
}

impl Days {
    pub(crate) fn holds<C: ColumnTrait>(self, day: C) -> Condition {
        Condition::all()
            .add_option(self.from.map(|from| day.gte(from)))
            .add_option(self.to.map(|to| day.lte(to)))
    }
}

/// The places that a filter names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilteredPlaces {
    pub division: Option<DivisionCode>,
    pub stations: Vec<StationRef>,
}

impl FilteredPlaces {
    pub(crate) fn take(
        division: &mut Option<DivisionCode>,
        stations: &mut Vec<StationRef>,
    ) -> Self {
        Self { division: division.take(), stations: mem::take(stations) }
    }
}

/// A station, by id or by code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StationRef {
    Id(Uuid),
    Code(String),
}

/// One of the values, where values are given.
pub(crate) fn one_of<C: ColumnTrait, V: Clone + Into<sea_orm::Value>>(
    column: C,
    values: &[V],
) -> Condition {
    match values {
        [] => Condition::all(),
        values => Condition::all().add(column.is_in(values.iter().cloned())),
    }
}

/// One of the stations, where stations are given.
pub(crate) fn at_stations<C: ColumnTrait>(column: C, stations: &[StationRef]) -> Condition {
    let (mut ids, mut codes) = (Vec::new(), Vec::new());
    for station in stations {
        match station {
            StationRef::Id(id) => ids.push(*id),
            StationRef::Code(code) => codes.push(code.as_str()),
        }
    }
    if stations.is_empty() {
        return Condition::all();
    }
    let coded = station::Entity::find()
        .select_only()
        .column(station::Column::Id)
        .filter(station::Column::Code.is_in(codes))
        .into_query();
    Condition::any().add(column.is_in(ids)).add(column.in_subquery(coded))
}

/// Texts that begin so. The columns compare byte by byte, so this is a range of an index.
pub(crate) fn begins_with<C: ColumnTrait>(column: C, prefix: Option<&str>) -> Condition {
    let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) else {
        return Condition::all();
    };
    Condition::all().add(column.gte(prefix)).add(column.lt(format!("{prefix}\u{10FFFF}")))
}

fn may_sort<E: Listing>(viewer: &Viewer, order: E::Order) -> Result<(), HubError> {
    E::sorts_by(order).map_or(Ok(()), |class| viewer.may_sort_by(class))
}

/// The most ids in one statement; SQLite takes 32,766 values.
const IDS: usize = 10_000;

impl Hub {
    /// A page of a list.
    ///
    /// # Errors
    /// `Invalid` for a wrong window or an unknown division, `Unseen` for an order or a filter by what
    /// is not the viewer's to see.
    pub async fn list<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        order: E::Order,
        (window, columns): (&Window, &Columns),
    ) -> Result<Page<E::Model>, HubError> {
        may_sort::<E>(viewer, order)?;
        let bounds = Bounds::of::<E>(window, order)?;
        let condition = self.rows_of::<E>(viewer, filter).await?;
        let select = columns.select::<E>().filter(condition).filter(bounds.condition::<E>(order));
        let rows = bounds.apply(select, order).all(self.db.read()).await?;
        Ok(bounds.page(rows))
    }

    /// The same page of the list of each parent, by one statement.
    ///
    /// # Errors
    /// `Invalid` for a wrong window or an unknown division, `Unseen` for an order or a filter by what
    /// is not the viewer's to see.
    pub async fn list_of_each<E: Listing>(
        &self,
        viewer: &Viewer,
        (relation, parents): (Relation, &[Anchor]),
        filter: &E::Filter,
        order: E::Order,
        (window, columns): (&Window, &Columns),
    ) -> Result<HashMap<Anchor, Page<E::Model>>, HubError> {
        may_sort::<E>(viewer, order)?;
        let bounds = Bounds::of::<E>(window, order)?;
        let condition = self.rows_of::<E>(viewer, filter).await?.add(bounds.condition::<E>(order));
        let parents = self.parents::<E>(relation, parents).await?;
        let condition = condition.add(parents.reach(viewer));
        let page = (order, &bounds, columns);
        let rows = each::rows::<E>(self.db.read(), &parents, &condition, page).await?;
        let pages = rows.into_iter();
        Ok(pages.map(|(key, rows)| (key, bounds.page(rows))).collect())
    }

    /// The rows of these ids that are within reach.
    ///
    /// # Errors
    /// `NotGranted` for a token that does not read; where the database fails.
    pub async fn by_ids<E: Listing>(
        &self,
        viewer: &Viewer,
        ids: &[Uuid],
        columns: &Columns,
    ) -> Result<Vec<E::Model>, HubError> {
        viewer.needs(TokenScope::Read)?;
        let mut rows = Vec::new();
        for ids in ids.chunks(IDS) {
            let select = columns
                .select::<E>()
                .filter(E::scope_of_known(viewer))
                .filter(E::ID.is_in(ids.iter().copied()));
            rows.extend(select.all(self.db.read()).await?);
        }
        Ok(rows)
    }

    /// The condition of a list: the viewer's to read, within reach, the viewer's to find, and let
    /// through by the filter.
    pub(crate) async fn rows_of<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
    ) -> Result<Condition, HubError> {
        viewer.needs(TokenScope::Read)?;
        let cell = E::cell(filter);
        let told_by_cell = cell.map_or(&[][..], Cell::classes);
        let classes = [&E::asks_by(filter), told_by_cell].concat();
        let found = self.found_by::<E>(viewer, &classes)?;
        let known = self.known::<E>(filter).await?;
        let asked = E::condition(viewer, filter, &known);
        let rows = Condition::all().add(E::scope(viewer)).add(found).add(asked);
        match cell {
            Some(cell) => E::rows_of_cell(viewer, cell, rows),
            None => Ok(rows),
        }
    }

    /// What has to be looked up for the condition of a filter.
    pub(crate) async fn known<E: Listing>(&self, filter: &E::Filter) -> Result<Known, HubError> {
        let areas = self.areas(&E::divisions(filter)).await?;
        // Keys may be on their way in, and who is sought be indexed by the newest.
        let keys = match E::by_index(filter) {
            true => self.keys.fresh(self.db.read()).await?,
            false => self.keys.ring(),
        };
        Ok(Known { areas, keys })
    }

    /// The rows that the viewer may find by values of these classes.
    pub(crate) fn found_by<E: Listing>(
        &self,
        viewer: &Viewer,
        classes: &[Class],
    ) -> Result<Condition, HubError> {
        Ok(match viewer.finds_by(classes)? {
            Found::Everyone => Condition::all(),
            Found::Adults => E::adults(self.clock.today()),
        })
    }

    pub(crate) async fn parents<'a, E: Listing>(
        &self,
        relation: Relation,
        anchors: &'a [Anchor],
    ) -> Result<each::Parents<'a, E::Column>, HubError> {
        let link = E::link(relation).ok_or_else(|| {
            let table = sea_orm::EntityName::table_name(&E::default());
            HubError::Invalid(format!("{table} do not hang on a {relation:?}"))
        })?;
        let codes: Vec<_> = anchors
            .iter()
            .filter_map(|anchor| match anchor {
                Anchor::Area(code) => Some(code),
                Anchor::Id(_) => None,
            })
            .collect();
        let areas = self.areas(&codes).await?;
        Ok(each::Parents { link, anchors, areas })
    }
}
