//! The one way to read the record: a list of a table, filtered, within what the viewer may see, by
//! page, of the whole hub or of each of many parents.
//!
//! A table becomes a list by [`Listing`]; then [`Hub::list`], [`Hub::count`], [`Hub::list_of_each`],
//! [`Hub::count_of_each`] and [`Hub::by_ids`] serve it. None sends more statements for more rows.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

use chrono::NaiveDate;
use entity::{DivisionCode, TokenScope, station};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    QueryTrait,
    sea_query::{Asterisk, Expr, Func},
};
use uuid::Uuid;

use crate::{
    Hub, HubError,
    access::Viewer,
    disclosure::{Cell, people},
    divisions::Areas,
    each,
    page::{Bounds, Order, Page, Window},
    policy::{Class, Found},
};

/// A table that is read as lists.
pub trait Listing: EntityTrait {
    type Filter: Clone + Debug + Default + Eq + Hash + Send + Sync + 'static;
    type Order: Order<Self::Column>;

    const ID: Self::Column;

    /// The rows within reach of the viewer.
    fn scope(viewer: &Viewer) -> Condition;

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

    /// The rows a filter lets through.
    fn condition(viewer: &Viewer, filter: &Self::Filter, areas: &Areas) -> Condition;

    /// What tells whom a row is about, by which people are counted; none for a place.
    fn subject() -> Option<Expr>;

    /// How its rows hang on a parent.
    fn link(relation: Relation) -> Option<Link<Self::Column>>;
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

/// By what people are counted, where small figures of the list are not the viewer's to see. What
/// hangs on one person, one household or one record is of rows that it sees anyhow.
fn shielded<E: Listing>(viewer: &Viewer, relation: Option<Relation>) -> Option<Expr> {
    let aggregates = match relation {
        None | Some(Relation::Division | Relation::ParentDivision | Relation::Station) => true,
        Some(_) => false,
    };
    E::subject().filter(|_| aggregates && !viewer.sees_small_figures())
}

/// What is asked, in one text. The figure of each place is one question.
fn question<E: Listing>(relation: Option<Relation>, filter: &E::Filter) -> String {
    format!("{} {relation:?} {filter:?}", E::default().table_name())
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
        window: &Window,
    ) -> Result<Page<E::Model>, HubError> {
        may_sort::<E>(viewer, order)?;
        let bounds = Bounds::of::<E>(window, order)?;
        let condition = self.rows_of::<E>(viewer, filter).await?;
        let select = E::find().filter(condition).filter(bounds.condition::<E>(order));
        let rows = bounds.apply(select, order).all(self.db.read()).await?;
        Ok(bounds.page(rows))
    }

    /// How many rows a list has; none where they are about too few people for the viewer to know.
    ///
    /// # Errors
    /// `Invalid` for an unknown division, `Spent` where the day's budget is used up.
    pub async fn count<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
    ) -> Result<Option<i64>, HubError>
    where
        E::Model: Send + Sync,
    {
        let cell = self.cell::<E>(viewer, filter).await?;
        let is_shown = viewer.sees_small_figures() || E::subject().is_none() || !cell.is_small();
        Ok(is_shown.then_some(cell.figure))
    }

    /// The same as it is, with the people it is about where the viewer does not see small figures.
    pub(crate) async fn cell<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
    ) -> Result<Cell<()>, HubError>
    where
        E::Model: Send + Sync,
    {
        let select = E::find().filter(self.rows_of::<E>(viewer, filter).await?);
        let Some(who) = shielded::<E>(viewer, None) else {
            let count = select.count(self.db.read()).await?;
            let figure = i64::try_from(count).unwrap_or(i64::MAX);
            return Ok(Cell { key: (), figure, people: 0 });
        };
        self.spend(viewer, &question::<E>(None, filter)).await?;
        let statement = select
            .select_only()
            .into_query()
            .expr(Func::count(Expr::col(Asterisk)))
            .expr(people(who))
            .to_owned();
        let row = self.db.read().query_one(&statement).await?.ok_or(HubError::Unavailable)?;
        Ok(Cell { key: (), figure: row.try_get_by_index(0)?, people: row.try_get_by_index(1)? })
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
        window: &Window,
    ) -> Result<HashMap<Anchor, Page<E::Model>>, HubError> {
        may_sort::<E>(viewer, order)?;
        let bounds = Bounds::of::<E>(window, order)?;
        let condition = self.rows_of::<E>(viewer, filter).await?.add(bounds.condition::<E>(order));
        let parents = self.parents::<E>(relation, parents).await?;
        let condition = condition.add(parents.reach(viewer));
        let rows = each::rows::<E>(self.db.read(), &parents, &condition, order, &bounds).await?;
        let pages = rows.into_iter();
        Ok(pages.map(|(key, rows)| (key, bounds.page(rows))).collect())
    }

    /// How many rows the list of each parent has, by one statement; none where they are about too
    /// few people for the viewer to know.
    ///
    /// # Errors
    /// `Invalid` for an unknown division, `Spent` where the day's budget is used up.
    pub async fn count_of_each<E: Listing>(
        &self,
        viewer: &Viewer,
        (relation, parents): (Relation, &[Anchor]),
        filter: &E::Filter,
    ) -> Result<HashMap<Anchor, Option<i64>>, HubError> {
        let parents = self.parents::<E>(relation, parents).await?;
        let condition = self.rows_of::<E>(viewer, filter).await?.add(parents.reach(viewer));
        let who = shielded::<E>(viewer, Some(relation));
        let all = who.is_none();
        if !all {
            self.spend(viewer, &question::<E>(Some(relation), filter)).await?;
        }
        let cells = each::counts::<E>(self.db.read(), &parents, &condition, who).await?;
        let shown = |cell: Cell<Anchor>| {
            let figure = (all || !cell.is_small()).then_some(cell.figure);
            (cell.key, figure)
        };
        Ok(cells.into_iter().map(shown).collect())
    }

    /// The rows of these ids that are within reach.
    ///
    /// # Errors
    /// `NotGranted` for a token that does not read; where the database fails.
    pub async fn by_ids<E: Listing>(
        &self,
        viewer: &Viewer,
        ids: &[Uuid],
    ) -> Result<Vec<E::Model>, HubError> {
        viewer.needs(TokenScope::Read)?;
        let mut rows = Vec::new();
        for ids in ids.chunks(IDS) {
            let select =
                E::find().filter(E::scope(viewer)).filter(E::ID.is_in(ids.iter().copied()));
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
        let found = self.found_by::<E>(viewer, &E::asks_by(filter))?;
        let areas = self.areas(&E::divisions(filter)).await?;
        let asked = E::condition(viewer, filter, &areas);
        Ok(Condition::all().add(E::scope(viewer)).add(found).add(asked))
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

    async fn parents<'a, E: Listing>(
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
