use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, date, json_binary, timestamp_with_time_zone, uuid, uuid_null},
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
            .table("assessments")
            .col(uuid("id").primary_key())
            .col(uuid("submission_id"))
            .col(uuid("station_id"))
            .col(uuid_null("person_id"))
            .col(uuid_null("household_id"))
            .col(word("division_code"))
            .col(date("assessed_on"))
            .col(word("instrument"))
            .col(big_integer("instrument_version"))
            .col(json_binary("answers"))
            .col(big_integer("score"))
            .col(word("level"))
            .col(big_integer("level_rank"))
            .col(json_binary("assessors"))
            .col(word_null("remark"))
            .col(timestamp_with_time_zone("recorded_at"))
            .foreign_key(&mut to("stations", "station_id"))
            .foreign_key(&mut to("persons", "person_id"))
            .foreign_key(&mut to("households", "household_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "assessments", &["submission_id"]).await?;
        index(manager, "assessments", &["station_id", "-assessed_on", "-id"]).await?;
        index(manager, "assessments", &["person_id", "-assessed_on", "-id"]).await?;
        index(manager, "assessments", &["household_id", "-assessed_on", "-id"]).await?;
        index(manager, "assessments", &["division_code", "-assessed_on", "-id"]).await?;
        index(manager, "assessments", &["-assessed_on", "-id"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["assessments"]).await
    }
}
