use sea_orm_migration::{
    prelude::*,
    schema::{json_binary_null, timestamp_with_time_zone_null},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column a statement.
        for column in [
            timestamp_with_time_zone_null("starts_at"),
            json_binary_null("scopes"),
            json_binary_null("networks"),
            timestamp_with_time_zone_null("last_used_at"),
        ] {
            let table = Table::alter().table("tokens").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["last_used_at", "networks", "scopes", "starts_at"] {
            let table = Table::alter().table("tokens").drop_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
