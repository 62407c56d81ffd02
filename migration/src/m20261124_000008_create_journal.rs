use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, json_binary, timestamp_with_time_zone, uuid, uuid_null},
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
            .table("submissions")
            .col(uuid("id").primary_key())
            .col(uuid("station_id"))
            .col(uuid("account_id"))
            .col(word("kind"))
            .col(word("digest"))
            .col(word_null("event_digest"))
            .col(json_binary("content"))
            .col(uuid("record_id"))
            .col(uuid_null("person_id"))
            .col(uuid_null("household_id"))
            .col(word("action"))
            .col(timestamp_with_time_zone("received_at"))
            .foreign_key(&mut to("stations", "station_id"))
            .foreign_key(&mut to("accounts", "account_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "submissions", &["event_digest"]).await?;
        index(manager, "submissions", &["station_id", "-received_at", "-id"]).await?;
        index(manager, "submissions", &["person_id", "-received_at", "-id"]).await?;
        index(manager, "submissions", &["-received_at", "-id"]).await?;
        index(manager, "submissions", &["record_id"]).await?;
        index(manager, "submissions", &["digest"]).await?;
        let table = Table::create()
            .table("changes")
            .col(big_integer("seq").primary_key())
            .col(uuid("submission_id"))
            .col(uuid("station_id"))
            .col(word("kind"))
            .col(word("action"))
            .col(uuid("record_id"))
            .col(uuid_null("person_id"))
            .col(uuid_null("household_id"))
            .col(timestamp_with_time_zone("at"))
            .foreign_key(&mut to("submissions", "submission_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "changes", &["submission_id"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["changes", "submissions"]).await
    }
}
