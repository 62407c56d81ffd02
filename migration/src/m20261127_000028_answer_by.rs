use sea_orm_migration::{prelude::*, schema::date_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A table is returned with a day by which an answer is wanted.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = date_null("answer_by");
        manager
            .alter_table(Table::alter().table("signed_tables").add_column(column).to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter().table("signed_tables").drop_column("answer_by").to_owned();
        manager.alter_table(table).await
    }
}
