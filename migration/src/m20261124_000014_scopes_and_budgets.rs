use sea_orm_migration::{
    prelude::*,
    schema::{date, json_binary_null, timestamp_with_time_zone_null, uuid},
};

use crate::columns::{drop, to, word};

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
        let table = Table::create()
            .table("aggregate_questions")
            .col(uuid("account_id"))
            .col(date("day"))
            .col(word("digest"))
            .primary_key(Index::create().col("account_id").col("day").col("digest"))
            .foreign_key(&mut to("accounts", "account_id"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["aggregate_questions"]).await?;
        for column in ["last_used_at", "networks", "scopes", "starts_at"] {
            let table = Table::alter().table("tokens").drop_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
