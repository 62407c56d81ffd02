//! "The newest N of each parent" in one statement, and what differs between the databases in it.

use std::collections::HashMap;

use entity::{DivisionCode, person_station};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QueryResult, QueryTrait,
    sea_query::{Asterisk, Expr, ExprTrait, Func, JoinType, Query, SelectStatement, ValueTuple},
};
use uuid::Uuid;

use crate::{
    access::Viewer,
    columns::Columns,
    divisions::Areas,
    listing::{Anchor, Link, Listing},
    page::{Bounds, sort_by},
};

/// The parents of one statement.
pub(crate) struct Parents<'a, C> {
    pub link: Link<C>,
    pub anchors: &'a [Anchor],
    pub areas: Areas,
}

const PARENT: &str = "p";
const ROW: &str = "t";
const KEY: &str = "parent_key";
/// The most parents in one statement, each with up to three values; SQLite takes 32,766.
const PARENTS: usize = 8_000;

/// The rows of each parent, in the order of reading, one more than the page where there are more.
pub(crate) async fn rows<E: Listing>(
    db: &impl ConnectionTrait,
    parents: &Parents<'_, E::Column>,
    condition: &Condition,
    (order, bounds, columns): (E::Order, &Bounds, &Columns),
) -> Result<HashMap<Anchor, Vec<E::Model>>, DbErr> {
    let size = usize::try_from(bounds.rows + 1).unwrap_or(usize::MAX);
    let mut found = empty(parents);
    for keys in parents.keys().chunks(PARENTS) {
        let mut inner = linked::<E>(parents.link, condition);
        sort_by::<E>(&mut inner, E::default().table_name(), order, bounds);
        inner.limit(bounds.rows + 1);
        let mut outer = Query::select();
        outer
            .expr_as(Expr::col((PARENT, "column1")), KEY)
            .from_values(keys.iter().cloned(), PARENT);
        columns.write::<E>(&mut outer, ROW);
        let row = (JoinType::InnerJoin, ROW, E::ID);
        join::<E>(db.get_database_backend(), &mut outer, row, inner);
        sort_by::<E>(&mut outer, ROW, order, bounds);
        for row in db.query_all(&outer).await? {
            let rows: &mut Vec<_> = found.entry(key_of(&parents.link, &row)?).or_default();
            // More than a page comes where a parent's area is made of several ranges.
            if rows.len() < size {
                rows.push(E::Model::from_query_result(&row, "")?);
            }
        }
    }
    Ok(found)
}

/// How many rows each parent has.
pub(crate) async fn counts<E: Listing>(
    db: &impl ConnectionTrait,
    parents: &Parents<'_, E::Column>,
    condition: &Condition,
) -> Result<HashMap<Anchor, Option<i64>>, DbErr> {
    let mut found: HashMap<_, i64> = empty(parents);
    for keys in parents.keys().chunks(PARENTS) {
        let mut counted = linked::<E>(parents.link, condition);
        counted.clear_selects().expr(Func::count(Expr::col(Asterisk)));
        let mut outer = Query::select();
        outer
            .expr_as(Expr::col((PARENT, "column1")), KEY)
            .expr_as(Expr::SubQuery(None, Box::new(counted.into())), "rows")
            .from_values(keys.iter().cloned(), PARENT);
        for row in db.query_all(&outer).await? {
            let count: i64 = row.try_get("", "rows")?;
            *found.entry(key_of(&parents.link, &row)?).or_default() += count;
        }
    }
    Ok(found.into_iter().map(|(key, count)| (key, Some(count))).collect())
}

/// Joins the rows of each parent under a name. PostgreSQL does it laterally; SQLite knows no lateral
/// join, but may look at the parent from a subselect in the join's condition.
pub(crate) fn join<E: EntityTrait>(
    backend: DbBackend,
    outer: &mut SelectStatement,
    (how, row, id): (JoinType, &'static str, E::Column),
    mut inner: SelectStatement,
) {
    if backend == DbBackend::Postgres {
        outer.join_lateral(how, inner, row, Expr::val(true));
        return;
    }
    inner.clear_selects().column((E::default().table_name(), id));
    let found = Expr::col((row, id)).in_subquery(inner);
    outer.join_as(how, E::default().table_ref(), row, found);
}

/// The rows that hang on the parent of the statement around it.
fn linked<E: Listing>(link: Link<E::Column>, condition: &Condition) -> SelectStatement {
    let parent = |column: &'static str| Expr::col((PARENT, column));
    let mut query = E::find().filter(condition.clone()).into_query();
    let mut through = |mine: person_station::Column, parents: person_station::Column| {
        query
            .inner_join(
                person_station::Entity,
                mine.into_expr().equals((E::default().table_name(), E::ID)),
            )
            .and_where(parents.into_expr().eq(parent("column1")));
    };
    match link {
        Link::ServedBy => {
            through(person_station::Column::PersonId, person_station::Column::StationId);
        }
        Link::Serving => {
            through(person_station::Column::StationId, person_station::Column::PersonId);
        }
        Link::Column(column) => {
            query.and_where(column.into_expr().eq(parent("column1")));
        }
        Link::Area(column) => {
            query
                .and_where(column.into_expr().gte(parent("column2")))
                .and_where(column.into_expr().lt(parent("column3")));
        }
    }
    query
}

impl<C> Parents<'_, C> {
    /// Keeps out what only a station out of reach knows: whom it serves.
    pub fn reach(&self, viewer: &Viewer) -> Condition {
        match self.link {
            Link::ServedBy | Link::Serving => viewer.within(person_station::Column::StationId),
            Link::Column(_) | Link::Area(_) => Condition::all(),
        }
    }

    fn keys(&self) -> Vec<ValueTuple> {
        let mut keys = Vec::with_capacity(self.anchors.len());
        for anchor in self.anchors {
            match anchor {
                Anchor::Id(id) => keys.push(ValueTuple::One((*id).into())),
                Anchor::Area(code) => {
                    keys.extend(self.areas.ranges(code).iter().map(|(low, high)| {
                        ValueTuple::Three(code.as_str().into(), low.into(), high.into())
                    }));
                }
            }
        }
        keys
    }
}

fn empty<C, V: Default>(parents: &Parents<'_, C>) -> HashMap<Anchor, V> {
    let anchors = parents.anchors.iter().cloned();
    anchors.map(|anchor| (anchor, V::default())).collect()
}

fn key_of<C>(link: &Link<C>, row: &QueryResult) -> Result<Anchor, DbErr> {
    if !matches!(link, Link::Area(_)) {
        return Ok(Anchor::Id(row.try_get::<Uuid>("", KEY)?));
    }
    let code: DivisionCode = row
        .try_get::<String>("", KEY)?
        .parse()
        .map_err(|_| DbErr::Type("a parent key is a division code".to_owned()))?;
    Ok(Anchor::Area(code))
}
