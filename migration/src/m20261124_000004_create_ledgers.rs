use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, date, date_null, json_binary, timestamp_with_time_zone, uuid},
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
            .table("ledger_entries")
            .col(uuid("id").primary_key())
            .col(uuid("person_id"))
            .col(uuid("station_id"))
            .col(word("division_code"))
            .col(word("kind"))
            .col(date("opened_on"))
            .col(date_null("closed_on"))
            .col(word_null("closure_reason"))
            .col(word_null("income_class"))
            .col(word_null("risk"))
            .col(word_null("remark"))
            .col(big_integer("version"))
            .col(uuid("submission_id"))
            .col(timestamp_with_time_zone("recorded_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .foreign_key(&mut to("persons", "person_id"))
            .foreign_key(&mut to("stations", "station_id"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "ledger_entries", &["person_id", "-opened_on", "-id"]).await?;
        index(manager, "ledger_entries", &["station_id", "-opened_on", "-id"]).await?;
        index(manager, "ledger_entries", &["division_code", "-opened_on", "-id"]).await?;
        index(manager, "ledger_entries", &["kind", "-opened_on", "-id"]).await?;
        index(manager, "ledger_entries", &["-opened_on", "-id"]).await?;
        index(manager, "ledger_entries", &["submission_id"]).await?;
        let table = Table::create()
            .table("child_details")
            .col(uuid("entry_id").primary_key())
            .col(word("child_kind"))
            .col(word_null("school"))
            .col(word_null("grade"))
            .col(word_null("guardian"))
            .col(word_null("guardian_relation"))
            .col(word_null("guardian_phone"))
            .col(word_null("father"))
            .col(word_null("mother"))
            .foreign_key(&mut to("ledger_entries", "entry_id"))
            .to_owned();
        manager.create_table(table).await?;
        let table = Table::create()
            .table("elderly_details")
            .col(uuid("entry_id").primary_key())
            .col(word_null("living_arrangement"))
            .col(word_null("ability_level"))
            .col(word_null("illnesses"))
            .col(word_null("contact"))
            .col(word_null("contact_phone"))
            .foreign_key(&mut to("ledger_entries", "entry_id"))
            .to_owned();
        manager.create_table(table).await?;
        let table = Table::create()
            .table("disabled_details")
            .col(uuid("entry_id").primary_key())
            .col(word_null("certificate_no"))
            .col(word("category"))
            .col(big_integer("grade"))
            .col(word_null("carer"))
            .col(word_null("carer_phone"))
            .col(json_binary("subsidies"))
            .foreign_key(&mut to("ledger_entries", "entry_id"))
            .to_owned();
        manager.create_table(table).await?;
        let one_open_entry = "CREATE UNIQUE INDEX ledger_entries_one_open ON ledger_entries \
                              (person_id, kind, station_id) WHERE closed_on IS NULL";
        manager.get_connection().execute_unprepared(one_open_entry).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["disabled_details", "elderly_details", "child_details", "ledger_entries"])
            .await
    }
}
