use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer_null, date, date_null, timestamp_with_time_zone, timestamp_with_time_zone_null,
        uuid, uuid_null,
    },
};

use crate::columns::{drop, index, unique, word, word_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Submissions can be taken back: each then has further changes, and what stood on record is kept for
/// statistics as of a day, of rows that are there no longer.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let undone = timestamp_with_time_zone_null("undone_at");
        let table = Table::alter().table("submissions").add_column(undone).to_owned();
        manager.alter_table(table).await?;
        for column in [
            timestamp_with_time_zone_null("undone_at"),
            uuid_null("undone_by"),
            uuid_null("asked_by"),
        ] {
            let table = Table::alter().table("imports").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let fill = "UPDATE imports SET asked_by = applied_by";
        manager.get_connection().execute_unprepared(fill).await?;
        drop_index(manager, "changes_submission_id").await?;
        index(manager, "changes", &["submission_id"]).await?;
        for table in [past_persons(), past_entries(), past_needs()] {
            make_anew(manager, table).await?;
        }
        for table in [past_visits(), past_services(), past_person_stations()] {
            manager.create_table(table.1).await?;
        }
        index(manager, "past_visits", &["person_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["past_person_stations", "past_services", "past_visits"]).await?;
        let again = "DELETE FROM changes WHERE EXISTS (SELECT 1 FROM changes earlier \
                     WHERE earlier.submission_id = changes.submission_id AND earlier.seq < changes.seq)";
        manager.get_connection().execute_unprepared(again).await?;
        drop_index(manager, "changes_submission_id").await?;
        unique(manager, "changes", &["submission_id"]).await?;
        for column in ["asked_by", "undone_by", "undone_at"] {
            let table = Table::alter().table("imports").drop_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let table = Table::alter().table("submissions").drop_column("undone_at").to_owned();
        manager.alter_table(table).await
    }
}

async fn drop_index(manager: &SchemaManager<'_>, name: &'static str) -> Result<(), DbErr> {
    manager.drop_index(Index::drop().name(name).to_owned()).await
}

/// Makes a table anew without its foreign key, which SQLite cannot take away from one.
async fn make_anew(
    manager: &SchemaManager<'_>,
    (name, table): (&'static str, TableCreateStatement),
) -> Result<(), DbErr> {
    let before = format!("{name}_before");
    manager.rename_table(Table::rename().table(name, before.clone()).to_owned()).await?;
    manager.create_table(table).await?;
    let fill = format!("INSERT INTO {name} SELECT * FROM {before}");
    manager.get_connection().execute_unprepared(&fill).await?;
    manager.drop_table(Table::drop().table(before).to_owned()).await
}

fn past_persons() -> (&'static str, TableCreateStatement) {
    let table = past("past_persons", &["person_id"])
        .col(word_null("sex"))
        .col(date_null("birth_date"))
        .col(word("division_code"))
        .col(word_null("income_class"))
        .col(uuid_null("household_id"))
        .to_owned();
    ("past_persons", table)
}

fn past_entries() -> (&'static str, TableCreateStatement) {
    let table = past("past_entries", &["entry_id"])
        .col(uuid("person_id"))
        .col(uuid("station_id"))
        .col(word("division_code"))
        .col(word("kind"))
        .col(date("opened_on"))
        .col(date_null("closed_on"))
        .col(word_null("income_class"))
        .col(word_null("risk"))
        .col(word_null("child_kind"))
        .col(word_null("living_arrangement"))
        .col(word_null("ability_level"))
        .col(word_null("category"))
        .col(big_integer_null("grade"))
        .to_owned();
    ("past_entries", table)
}

fn past_needs() -> (&'static str, TableCreateStatement) {
    let table = past("past_needs", &["need_id"])
        .col(uuid("station_id"))
        .col(uuid_null("person_id"))
        .col(uuid_null("household_id"))
        .col(word("division_code"))
        .col(word("domain"))
        .col(word("urgency"))
        .col(word("status"))
        .col(date("raised_on"))
        .col(date_null("settled_on"))
        .to_owned();
    ("past_needs", table)
}

fn past_visits() -> (&'static str, TableCreateStatement) {
    let table = past("past_visits", &["visit_id"])
        .col(uuid("station_id"))
        .col(uuid_null("person_id"))
        .col(uuid_null("household_id"))
        .col(word("division_code"))
        .col(date("visited_on"))
        .col(big_integer_null("minutes"))
        .col(word("mode"))
        .col(date_null("next_visit_on"))
        .to_owned();
    ("past_visits", table)
}

fn past_services() -> (&'static str, TableCreateStatement) {
    let mut table = Table::create();
    table.table("past_services").col(uuid("visit_id")).col(word("service"));
    ("past_services", known(table, &["visit_id", "service"]))
}

fn past_person_stations() -> (&'static str, TableCreateStatement) {
    ("past_person_stations", past("past_person_stations", &["person_id", "station_id"]))
}

/// A table of how rows of another stood before, by their key.
fn past(name: &'static str, key: &[&'static str]) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for column in key {
        table.col(uuid(*column));
    }
    known(table, key)
}

fn known(mut table: TableCreateStatement, key: &[&'static str]) -> TableCreateStatement {
    let mut primary = Index::create();
    for column in key {
        primary.col(*column);
    }
    table
        .col(timestamp_with_time_zone("known_from"))
        .col(timestamp_with_time_zone("known_until"))
        .primary_key(primary.col("known_from"))
        .to_owned()
}
