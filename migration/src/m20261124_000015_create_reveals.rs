use sea_orm_migration::{
    prelude::*,
    schema::{
        json_binary, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use crate::columns::{drop, index, to, word, word_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("reveals")
            .col(uuid("id").primary_key())
            .col(uuid("person_id"))
            .col(uuid("account_id"))
            .col(word("kind"))
            .col(json_binary("classes"))
            .col(word("purpose"))
            .col(word("status"))
            .col(timestamp_with_time_zone("asked_at"))
            .col(uuid_null("decided_by"))
            .col(timestamp_with_time_zone_null("decided_at"))
            .col(word_null("reason"))
            .col(timestamp_with_time_zone_null("ends_at"))
            .foreign_key(&mut to("persons", "person_id"))
            .foreign_key(&mut to("accounts", "account_id"))
            .foreign_key(&mut to("accounts", "decided_by"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "reveals", &["account_id", "-ends_at"]).await?;
        index(manager, "reveals", &["status", "-id"]).await?;
        let table = Table::create()
            .table("notices")
            .col(uuid("id").primary_key())
            .col(uuid("account_id"))
            .col(uuid("reveal_id"))
            .col(timestamp_with_time_zone("at"))
            .col(timestamp_with_time_zone_null("acknowledged_at"))
            .foreign_key(&mut to("accounts", "account_id"))
            .foreign_key(&mut to("reveals", "reveal_id"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "notices", &["account_id", "-id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["notices", "reveals"]).await
    }
}
