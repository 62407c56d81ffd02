use sea_orm_migration::{
    prelude::*,
    schema::{date, date_null, timestamp_with_time_zone, uuid, uuid_null},
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
            .table("needs")
            .col(uuid("id").primary_key())
            .col(uuid("station_id"))
            .col(uuid_null("person_id"))
            .col(uuid_null("household_id"))
            .col(word("division_code"))
            .col(word("domain"))
            .col(word("urgency"))
            .col(word("status"))
            .col(date("raised_on"))
            .col(uuid_null("visit_id"))
            .col(uuid_null("assessment_id"))
            .col(uuid_null("ledger_entry_id"))
            .col(date_null("settled_on"))
            .col(uuid_null("settled_by_visit_id"))
            .col(word_null("remark"))
            .col(timestamp_with_time_zone("recorded_at"))
            .foreign_key(&mut to("stations", "station_id"))
            .foreign_key(&mut to("persons", "person_id"))
            .foreign_key(&mut to("households", "household_id"))
            .foreign_key(&mut to("visits", "visit_id"))
            .foreign_key(&mut to("assessments", "assessment_id"))
            .foreign_key(&mut to("ledger_entries", "ledger_entry_id"))
            .foreign_key(&mut to("visits", "settled_by_visit_id"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "needs", &["station_id", "-raised_on", "-id"]).await?;
        index(manager, "needs", &["person_id", "-raised_on", "-id"]).await?;
        index(manager, "needs", &["household_id", "-raised_on", "-id"]).await?;
        index(manager, "needs", &["division_code", "-raised_on", "-id"]).await?;
        index(manager, "needs", &["status", "-raised_on", "-id"]).await?;
        index(manager, "needs", &["-raised_on", "-id"]).await?;
        index(manager, "needs", &["visit_id"]).await?;
        index(manager, "needs", &["assessment_id"]).await?;
        index(manager, "needs", &["ledger_entry_id"]).await?;
        index(manager, "needs", &["settled_by_visit_id"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["needs"]).await
    }
}
