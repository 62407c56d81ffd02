//! How many rows lists have, and what of that is told to those who see no small figures.

use std::collections::HashMap;

use sea_orm::{
    ConnectionTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Asterisk, Expr, Func},
};

use crate::{
    Hub, HubError,
    access::Viewer,
    disclosure::{Cell, people},
    each,
    listing::{Anchor, Listing, Relation},
};

impl Hub {
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
