use sea_orm::entity::prelude::*;

use crate::{LayoutColumns, LayoutKind};

/// What a station calls the columns of its workbooks of a kind, as somebody confirmed it. Of two that
/// say different things of a header, the newer holds.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "layouts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub station_id: Uuid,
    pub kind: LayoutKind,
    #[sea_orm(column_type = "JsonBinary")]
    pub columns: LayoutColumns,
    pub confirmed_by: Uuid,
    pub confirmed_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
