use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, date_null, timestamp_with_time_zone, uuid, uuid_null},
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
            .table("persons")
            .col(uuid("id").primary_key())
            .col(word_null("resident_id"))
            .col(word_null("no_id_reason"))
            .col(word("name"))
            .col(word_null("sex"))
            .col(date_null("birth_date"))
            .col(word("division_code"))
            .col(word_null("address"))
            .col(word_null("phone"))
            .col(word_null("income_class"))
            .col(uuid_null("household_id"))
            .col(word_null("household_relation"))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "persons", &["resident_id"]).await?;
        index(manager, "persons", &["name", "id"]).await?;
        index(manager, "persons", &["division_code", "id"]).await?;
        index(manager, "persons", &["household_id", "id"]).await?;
        let table = Table::create()
            .table("person_stations")
            .col(uuid("person_id"))
            .col(uuid("station_id"))
            .primary_key(Index::create().col("person_id").col("station_id"))
            .foreign_key(&mut to("persons", "person_id"))
            .foreign_key(&mut to("stations", "station_id"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "person_stations", &["station_id", "person_id"]).await?;
        let table = Table::create()
            .table("households")
            .col(uuid("id").primary_key())
            .col(uuid("station_id"))
            .col(uuid("head_id"))
            .col(word("division_code"))
            .col(word_null("address"))
            .col(word_null("income_class"))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .foreign_key(&mut to("stations", "station_id"))
            .foreign_key(&mut to("persons", "head_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "households", &["head_id"]).await?;
        index(manager, "households", &["station_id", "id"]).await?;
        index(manager, "households", &["division_code", "id"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["households", "person_stations", "persons"]).await
    }
}
