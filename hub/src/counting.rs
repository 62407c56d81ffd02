//! How many rows lists have, and what of that is told to those who see no small figures.

use std::collections::HashMap;

use sea_orm::{PaginatorTrait, QueryFilter};

use crate::{
    Hub, HubError,
    access::Viewer,
    disclosure::{Keys, Split},
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
        if !is_shielded::<E>(viewer, None) {
            let select = E::find().filter(self.rows_of::<E>(viewer, filter).await?);
            let count = select.count(self.db.read()).await?;
            return Ok(Some(i64::try_from(count).unwrap_or(i64::MAX)));
        }
        self.spend(viewer, &question::<E>(None, filter)).await?;
        let split = Split::none();
        let figures = self.figures::<E>(viewer, filter, &split, &[Keys::new()]).await?;
        Ok(figures.into_iter().find_map(|(_, figure)| figure))
    }

    /// How many rows the list of each parent has, for all by the same statements; none where they are
    /// about too few people for the viewer to know.
    ///
    /// # Errors
    /// `Invalid` for an unknown division, `Spent` where the day's budget is used up.
    pub async fn count_of_each<E: Listing>(
        &self,
        viewer: &Viewer,
        (relation, parents): (Relation, &[Anchor]),
        filter: &E::Filter,
    ) -> Result<HashMap<Anchor, Option<i64>>, HubError> {
        if is_shielded::<E>(viewer, Some(relation)) {
            self.spend(viewer, &question::<E>(Some(relation), filter)).await?;
            return self.figure_of_each::<E>(viewer, parents, filter).await;
        }
        let parents = self.parents::<E>(relation, parents).await?;
        let condition = self.rows_of::<E>(viewer, filter).await?.add(parents.reach(viewer));
        Ok(each::counts::<E>(self.db.read(), &parents, &condition).await?)
    }
}

/// Whether small figures of the list are not the viewer's to see. What hangs on one person, one
/// household or one record is of rows that it sees anyhow.
fn is_shielded<E: Listing>(viewer: &Viewer, relation: Option<Relation>) -> bool {
    let aggregates = match relation {
        None | Some(Relation::Division | Relation::ParentDivision | Relation::Station) => true,
        Some(_) => false,
    };
    E::subject().is_some() && aggregates && !viewer.sees_small_figures()
}

/// What is asked, in one text. The figure of each place is one question.
fn question<E: Listing>(relation: Option<Relation>, filter: &E::Filter) -> String {
    format!("{} {relation:?} {filter:?}", E::default().table_name())
}
