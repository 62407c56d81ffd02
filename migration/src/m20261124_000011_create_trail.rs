use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, date, json_binary, timestamp_with_time_zone, uuid, uuid_null},
};

use crate::columns::{drop, index, word, word_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    /// No foreign keys: a row of the trail stays when what it speaks of is gone.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("trail")
            .col(big_integer("seq").primary_key())
            .col(timestamp_with_time_zone("at"))
            .col(uuid_null("account_id"))
            .col(word_null("role"))
            .col(word_null("from_address"))
            .col(word("request_id"))
            .col(word("operation"))
            .col(word_null("purpose"))
            .col(json_binary("fields"))
            .col(big_integer("people_count"))
            .col(word("people_hash"))
            .col(word("prev_hash"))
            .col(word("hash"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "trail", &["at"]).await?;
        let table = Table::create()
            .table("trail_people")
            .col(big_integer("seq"))
            .col(uuid("person_id"))
            .primary_key(Index::create().col("seq").col("person_id"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "trail_people", &["person_id", "-seq"]).await?;
        let table = Table::create()
            .table("trail_seals")
            .col(date("day").primary_key())
            .col(big_integer("last_seq"))
            .col(big_integer("rows"))
            .col(word("head"))
            .col(word("prev_hash"))
            .col(word("hash"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["trail_seals", "trail_people", "trail"]).await
    }
}
