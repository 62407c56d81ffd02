use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, binary, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid,
    },
};

use crate::columns::{drop, index, to, unique, word, word_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Photos of visits, in sealed parts. A visit that is taken back may be put back, so that what hangs on
/// it stays meanwhile.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("photos")
            .col(uuid("id").primary_key())
            .col(uuid("account_id"))
            .col(word("digest"))
            .col(big_integer("length"))
            .col(big_integer("received"))
            .col(big_integer("parts"))
            .col(word_null("kind"))
            .col(big_integer_null("bytes"))
            .col(timestamp_with_time_zone("touched_at"))
            .col(timestamp_with_time_zone_null("whole_at"))
            .foreign_key(&mut to("accounts", "account_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "photos", &["account_id", "digest"]).await?;
        index(manager, "photos", &["touched_at"]).await?;
        let table = Table::create()
            .table("photo_parts")
            .col(uuid("id").primary_key())
            .col(uuid("photo_id"))
            .col(big_integer("number"))
            .col(binary("bytes"))
            .foreign_key(&mut to("photos", "photo_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "photo_parts", &["photo_id", "number"]).await?;
        let table = Table::create()
            .table("visit_photos")
            .col(uuid("visit_id"))
            .col(uuid("photo_id"))
            .primary_key(Index::create().col("visit_id").col("photo_id"))
            .foreign_key(&mut to("photos", "photo_id"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "visit_photos", &["photo_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["visit_photos", "photo_parts", "photos"]).await
    }
}
