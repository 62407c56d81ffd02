use sea_orm_migration::{
    prelude::*,
    schema::{json_binary, timestamp_with_time_zone, uuid, uuid_null},
};

use crate::columns::{drop, index, to, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What clients handed in and was refused, until it is mended.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("refusals")
            .col(uuid("submission_id").primary_key())
            .col(uuid_null("station_id"))
            .col(uuid("account_id"))
            .col(word("kind"))
            .col(word("status"))
            .col(json_binary("problems"))
            .col(timestamp_with_time_zone("first_refused_at"))
            .col(timestamp_with_time_zone("refused_at"))
            .foreign_key(&mut to("stations", "station_id"))
            .foreign_key(&mut to("accounts", "account_id"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "refusals", &["station_id", "first_refused_at", "submission_id"]).await?;
        index(manager, "refusals", &["first_refused_at", "submission_id"]).await?;
        index(manager, "refusals", &["account_id", "refused_at", "submission_id"]).await?;
        index(manager, "refusals", &["refused_at"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["refusals"]).await
    }
}
