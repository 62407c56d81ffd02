use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, binary, binary_null, date, json_binary,
        timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use crate::columns::{drop, index, to, word, word_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Signed statutory tables. Of one place and period one stands at a time; what was returned is kept.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("signed_tables")
            .col(uuid("id").primary_key())
            .col(word("table_code"))
            .col(big_integer("table_version"))
            .col(date("first_day"))
            .col(date("last_day"))
            .col(word("level"))
            .col(word("place"))
            .col(binary("records"))
            .col(json_binary("parts"))
            .col(word("digest"))
            .col(uuid("signed_by"))
            .col(timestamp_with_time_zone("signed_at"))
            .col(uuid_null("returned_by"))
            .col(timestamp_with_time_zone_null("returned_at"))
            .col(binary_null("reason"))
            .col(word_null("pinned_row"))
            .col(big_integer_null("pinned_column"))
            .col(word_null("pinned_kind"))
            .col(uuid_null("pinned_record"))
            .col(uuid_null("pinned_person"))
            .foreign_key(&mut to("accounts", "signed_by"))
            .foreign_key(&mut to("accounts", "returned_by"))
            .foreign_key(&mut to("persons", "pinned_person"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "signed_tables", &["table_code", "first_day", "place"]).await?;
        index(manager, "signed_tables", &["pinned_person"]).await?;
        let standing = "CREATE UNIQUE INDEX signed_tables_standing
            ON signed_tables (table_code, first_day, place) WHERE returned_at IS NULL";
        manager.get_connection().execute_unprepared(standing).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["signed_tables"]).await
    }
}
