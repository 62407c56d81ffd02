use sea_orm_migration::{
    prelude::*,
    schema::{boolean, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null},
};

use crate::columns::{drop, index, to, unique, word, word_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("accounts")
            .col(uuid("id").primary_key())
            .col(word("username"))
            .col(word("name"))
            .col(word("role"))
            .col(uuid_null("station_id"))
            .col(word_null("division_code"))
            .col(boolean("active"))
            .col(timestamp_with_time_zone("created_at"))
            .foreign_key(&mut to("stations", "station_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "accounts", &["username"]).await?;
        let table = Table::create()
            .table("tokens")
            .col(uuid("id").primary_key())
            .col(uuid("account_id"))
            .col(word("hash"))
            .col(word("label"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("expires_at"))
            .col(timestamp_with_time_zone_null("revoked_at"))
            .foreign_key(&mut to("accounts", "account_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "tokens", &["hash"]).await?;
        index(manager, "tokens", &["account_id"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["tokens", "accounts"]).await
    }
}
