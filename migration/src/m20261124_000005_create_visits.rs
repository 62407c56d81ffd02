use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer_null, date, date_null, json_binary, timestamp_with_time_zone, uuid, uuid_null,
    },
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
            .table("visits")
            .col(uuid("id").primary_key())
            .col(uuid("submission_id"))
            .col(uuid("station_id"))
            .col(uuid_null("person_id"))
            .col(uuid_null("household_id"))
            .col(word("division_code"))
            .col(date("visited_on"))
            .col(big_integer_null("minutes"))
            .col(word("mode"))
            .col(json_binary("workers"))
            .col(word_null("met"))
            .col(word_null("living"))
            .col(word_null("body"))
            .col(word_null("mind"))
            .col(word_null("place"))
            .col(date_null("next_visit_on"))
            .col(word_null("remark"))
            .col(timestamp_with_time_zone("recorded_at"))
            .foreign_key(&mut to("stations", "station_id"))
            .foreign_key(&mut to("persons", "person_id"))
            .foreign_key(&mut to("households", "household_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "visits", &["submission_id"]).await?;
        index(manager, "visits", &["station_id", "-visited_on", "-id"]).await?;
        index(manager, "visits", &["person_id", "-visited_on", "-id"]).await?;
        index(manager, "visits", &["household_id", "-visited_on", "-id"]).await?;
        index(manager, "visits", &["division_code", "-visited_on", "-id"]).await?;
        index(manager, "visits", &["-visited_on", "-id"]).await?;
        let table = Table::create()
            .table("visit_services")
            .col(uuid("visit_id"))
            .col(word("service"))
            .primary_key(Index::create().col("visit_id").col("service"))
            .foreign_key(&mut to("visits", "visit_id"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "visit_services", &["service", "visit_id"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["visit_services", "visits"]).await
    }
}
