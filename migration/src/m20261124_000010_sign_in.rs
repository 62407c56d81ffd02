use sea_orm_migration::{
    prelude::*,
    schema::{boolean, integer, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid},
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
        // SQLite adds one column a statement.
        for column in [
            word_null("password_hash"),
            boolean("must_change_password").default(false).to_owned(),
            integer("failed_attempts").default(0).to_owned(),
            timestamp_with_time_zone_null("locked_until"),
        ] {
            let table = Table::alter().table("accounts").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let table = Table::create()
            .table("sessions")
            .col(uuid("id").primary_key())
            .col(uuid("account_id"))
            .col(word("hash"))
            .col(word_null("from_address"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("last_seen_at"))
            .col(timestamp_with_time_zone("ends_at"))
            .col(timestamp_with_time_zone_null("revoked_at"))
            .foreign_key(&mut to("accounts", "account_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "sessions", &["hash"]).await?;
        index(manager, "sessions", &["account_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["sessions"]).await?;
        for column in ["locked_until", "failed_attempts", "must_change_password", "password_hash"] {
            let table = Table::alter().table("accounts").drop_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
