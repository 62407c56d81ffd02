use sea_orm::entity::prelude::*;

use crate::{ImportRowState, ImportVerdict, Sealed, SubmissionKind};

/// A row of a file that was handed in.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_rows")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub import_id: Uuid,
    /// From 0, in the order in which rows are taken in.
    pub position: i64,
    pub sheet: String,
    /// 1-based, as the spreadsheet shows it.
    pub row: i64,
    pub verdict: ImportVerdict,
    pub state: ImportRowState,
    /// Under which it is handed in; none where it cannot be.
    pub submission_id: Option<Uuid>,
    pub kind: Option<SubmissionKind>,
    /// What it made or changed.
    pub record_id: Option<Uuid>,
    /// What is to be handed in, as JSON, until it is.
    pub content: Option<Sealed>,
    /// What its owner is told of it, as JSON.
    pub told: Sealed,
    /// What was last done to the record on its account, as JSON.
    pub trace: Option<Sealed>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::import::Entity",
        from = "Column::ImportId",
        to = "super::import::Column::Id"
    )]
    Import,
}

impl Related<super::import::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Import.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
