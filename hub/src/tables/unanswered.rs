//! What a station has to answer: the records that its signed tables were returned for.

use entity::{TableLevel, TokenScope, assessment, ledger_entry, need, person, signed_table, visit};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use signed_table::Column;

use crate::{Hub, HubError, access::Viewer};

/// The most that are told.
pub const LISTED: usize = 200;

impl Hub {
    /// The tables of a station that were returned for a record, the newest return first. One is answered
    /// once the record is there in a newer version, or no longer, or the table was signed again:
    /// visits and assessments have no versions, so for those its lead answers by signing.
    ///
    /// # Errors
    /// `Invalid` where the viewer may not hand in for the station.
    pub async fn returned_records(
        &self,
        viewer: &Viewer,
        station: &str,
    ) -> Result<Vec<signed_table::Model>, HubError> {
        viewer.needs(TokenScope::Read)?;
        let station = self.station_to_hand_in_for(viewer, station).await?;
        let found = signed_table::Entity::find()
            .filter(Column::Level.eq(TableLevel::Station))
            .filter(Column::Place.eq(&station.code))
            .filter(Column::ReturnedAt.is_not_null())
            .filter(is_as_returned())
            .filter(Expr::exists(signed_again()).not())
            .order_by_desc(Column::ReturnedAt)
            .order_by_desc(Column::Id)
            .limit(LISTED as u64);
        Ok(found.all(self.db.read()).await?)
    }
}

/// That the record is on record as it was when the table was returned for it.
fn is_as_returned() -> Condition {
    let entry = since(
        pinned::<ledger_entry::Entity>(ledger_entry::Column::Id),
        ledger_entry::Column::UpdatedAt,
    );
    let person = since(pinned::<person::Entity>(person::Column::Id), person::Column::UpdatedAt);
    let need = since(pinned::<need::Entity>(need::Column::Id), need::Column::UpdatedAt);
    let visit = pinned::<visit::Entity>(visit::Column::Id);
    let assessment = pinned::<assessment::Entity>(assessment::Column::Id);
    [
        entry.into_query(),
        person.into_query(),
        need.into_query(),
        visit.into_query(),
        assessment.into_query(),
    ]
    .into_iter()
    .fold(Condition::any(), |any, found| any.add(Expr::exists(found)))
}

fn pinned<E: EntityTrait>(id: impl ColumnTrait) -> Select<E> {
    let same = id.into_expr().equals(Column::PinnedRecord.as_column_ref());
    E::find().select_only().expr(Expr::val(1)).filter(same)
}

fn since<E: EntityTrait>(found: Select<E>, updated_at: impl ColumnTrait) -> Select<E> {
    found.filter(updated_at.into_expr().lte(Expr::col(Column::ReturnedAt.as_column_ref())))
}

/// The same table of the same period and place, signed since, also where it was returned for something else.
fn signed_again() -> SelectStatement {
    const AGAIN: &str = "again";
    let mut again = Query::select();
    again.expr(Expr::val(1)).from_as(signed_table::Entity, AGAIN);
    for column in [Column::TableCode, Column::FirstDay, Column::Place] {
        again.and_where(Expr::col((AGAIN, column)).equals(column.as_column_ref()));
    }
    let returned_at = Expr::col(Column::ReturnedAt.as_column_ref());
    again.and_where(Expr::col((AGAIN, Column::SignedAt)).gt(returned_at)).to_owned()
}
