use sea_orm_migration::{
    prelude::*,
    schema::{json_binary, timestamp_with_time_zone, uuid},
};

use crate::columns::{drop, index, to, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What stations call the columns of their workbooks, as somebody confirmed it.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("layouts")
            .col(uuid("id").primary_key())
            .col(uuid("station_id"))
            .col(word("kind"))
            .col(json_binary("columns"))
            .col(uuid("confirmed_by"))
            .col(timestamp_with_time_zone("confirmed_at"))
            .foreign_key(&mut to("stations", "station_id"))
            .foreign_key(&mut to("accounts", "confirmed_by"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "layouts", &["station_id", "kind", "id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["layouts"]).await
    }
}
