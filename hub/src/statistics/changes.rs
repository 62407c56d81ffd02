//! What came into the cells of a table from one day to another, and what went: whoever sees no small
//! figures is told no difference that is about a few people.

use std::collections::BTreeMap;

use entity::Fact;
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Asterisk, BinOper, Expr, ExprTrait, Func, JoinType, Query, SelectStatement},
};

use super::{
    Counted, Ground,
    table::{COUNT, Group, Groups, SUBJECTS, Table, cells, check, key},
};
use crate::{Hub, HubError, access::Viewer, disclosure::people};

const ID: &str = "id";
const SUBJECT: &str = "subject";
/// The rows of one day, and of the other.
const HERE: &str = "here";
const THERE: &str = "there";

/// A table on the ground of a day.
pub(super) type OnDay<'t> = (&'t Table<'t>, &'t Ground);

impl Hub {
    /// The rows that are in a cell on one of two days alone, for each cell that has some. Those who
    /// came and those who went may be the same people, so it is about so many people at least.
    pub(super) async fn changed<E: Counted>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        (then, now): (OnDay<'_>, OnDay<'_>),
        depths: &[Vec<usize>],
    ) -> Result<Groups, HubError> {
        let rows = self.rows_of::<E>(viewer, filter).await?;
        let snapshot = self.db.snapshot().await?;
        let mut changes = Groups::new();
        for depth in depths {
            for (here, there) in [(now, then), (then, now)] {
                let statement = only_here::<E>(viewer, &rows, (here, there), depth)?;
                for (path, row) in cells(&snapshot, &statement, depth).await? {
                    let group: &mut Group = changes.entry(path).or_default();
                    group.count += row.try_get::<i64>("", COUNT)?;
                    group.subjects = Ord::max(group.subjects, row.try_get("", SUBJECTS)?);
                    for (fact, ..) in now.0.columns::<E>()? {
                        let with_fact = group.with_fact.entry(fact).or_default();
                        *with_fact = Ord::max(*with_fact, row.try_get("", &name(fact))?);
                    }
                }
            }
            check(&changes)?;
        }
        Ok(changes)
    }
}

fn name(fact: Fact) -> String {
    format!("with_{}", fact.code().to_lowercase())
}

/// The rows that are in a cell here and not there, counted.
fn only_here<E: Counted>(
    viewer: &Viewer,
    rows: &Condition,
    (here, there): (OnDay<'_>, OnDay<'_>),
    depth: &[usize],
) -> Result<SelectStatement, HubError> {
    let keys: Vec<_> = depth
        .iter()
        .enumerate()
        .flat_map(|(at, levels)| (0..*levels).map(move |level| key(at, level)))
        .collect();
    let of = |side: &'static str, name: &str| Expr::col((side, name.to_owned()));
    let same =
        keys.iter().fold(Condition::all().add(of(HERE, ID).eq(of(THERE, ID))), |same, key| {
            let alike = BinOper::Custom("IS NOT DISTINCT FROM");
            same.add(of(HERE, key).binary(alike, of(THERE, key)))
        });
    let mut only = Query::select();
    only.from_subquery(placed::<E>(viewer, rows, here, depth)?, HERE)
        .join_subquery(JoinType::LeftJoin, placed::<E>(viewer, rows, there, depth)?, THERE, same)
        .and_where(of(THERE, ID).is_null())
        .expr_as(Func::count(Expr::col(Asterisk)), COUNT)
        .expr_as(people(of(HERE, SUBJECT)), SUBJECTS);
    for (fact, ..) in here.0.columns::<E>()? {
        let has = of(HERE, &name(fact)).is_not_null();
        only.expr_as(people(Expr::case(has, of(HERE, SUBJECT)).into()), name(fact));
    }
    for key in keys {
        only.expr_as(of(HERE, &key), key.clone()).add_group_by([of(HERE, &key)]);
    }
    Ok(only)
}

/// The rows of a day with where they stand down to a depth, each once for each cell.
fn placed<E: Counted>(
    viewer: &Viewer,
    rows: &Condition,
    (table, ground): OnDay<'_>,
    depth: &[usize],
) -> Result<SelectStatement, HubError> {
    let mut placed = table.placed::<E>(viewer, rows.clone(), depth, &[]);
    placed
        .distinct()
        .expr_as(E::ID.into_expr(), ID)
        .expr_as(E::subject().unwrap_or_else(|| Expr::val(0_i64)), SUBJECT);
    for (fact, column, _) in table.columns::<E>()? {
        placed.expr_as(column.into_expr(), name(fact));
    }
    Ok(ground.known(placed))
}

/// The changes of all cells of two tables, those without any too, with how many people and households
/// there are more or less in each.
pub(super) fn of_all(mut changes: Groups, (then, now): (&Groups, &Groups)) -> Groups {
    let none = Group::default();
    let paths: BTreeMap<_, _> = then.iter().chain(now).collect();
    for path in paths.into_keys() {
        let (then, now) = (then.get(path).unwrap_or(&none), now.get(path).unwrap_or(&none));
        let group = changes.entry(path.clone()).or_default();
        group.people = (now.people - then.people).abs();
        group.households = (now.households - then.households).abs();
    }
    changes
}
