use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, binary, binary_null, json_binary, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use crate::columns::{drop, index, to, unique, word, word_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Long answers that are worked out beside the requests, and the parts of them until they expire.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("jobs")
            .col(uuid("id").primary_key())
            .col(uuid("account_id"))
            .col(uuid_null("token_id"))
            .col(word("reach"))
            .col(binary("question"))
            .col(word("language"))
            .col(word_null("from_address"))
            .col(word_null("purpose"))
            .col(word("state"))
            .col(timestamp_with_time_zone("asked_at"))
            .col(timestamp_with_time_zone_null("started_at"))
            .col(timestamp_with_time_zone_null("ended_at"))
            .col(timestamp_with_time_zone_null("expires_at"))
            .col(big_integer("page_rows"))
            .col(big_integer("page_price"))
            .col(big_integer_null("most"))
            .col(big_integer_null("expected"))
            .col(big_integer("done"))
            .col(big_integer("pages"))
            .col(binary_null("after"))
            .col(big_integer("parts"))
            .col(big_integer("bytes"))
            .col(json_binary("sight"))
            .col(word_null("problem"))
            .col(binary_null("fault"))
            .col(uuid_null("held_by"))
            .col(timestamp_with_time_zone_null("held_until"))
            .foreign_key(&mut to("accounts", "account_id"))
            .foreign_key(&mut to("tokens", "token_id"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "jobs", &["account_id", "-id"]).await?;
        let table = Table::create()
            .table("job_parts")
            .col(uuid("id").primary_key())
            .col(uuid("job_id"))
            .col(big_integer("number"))
            .col(binary("lines"))
            .foreign_key(&mut to("jobs", "job_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "job_parts", &["job_id", "number"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["job_parts", "jobs"]).await
    }
}
