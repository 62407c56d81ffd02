use sea_orm_migration::prelude::*;

use crate::columns::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// How many rows of an import have come to what is counted from an index alone.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let narrower = Index::drop().name("import_rows_import_id_state_position").to_owned();
        manager.drop_index(narrower).await?;
        index(manager, "import_rows", &["import_id", "state", "position", "verdict"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let wider = Index::drop().name("import_rows_import_id_state_position_verdict").to_owned();
        manager.drop_index(wider).await?;
        index(manager, "import_rows", &["import_id", "state", "position"]).await
    }
}
