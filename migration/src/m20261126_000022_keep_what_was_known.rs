use sea_orm_migration::{
    prelude::*,
    schema::{big_integer_null, date, date_null, timestamp_with_time_zone, uuid, uuid_null},
};

use crate::columns::{drop, to, word, word_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// How rows that change stood before, from when to when, for statistics as of a day. Of rows on record
/// it is known when they were recorded and when they last changed. What a last change was is known of
/// a closed entry and of a need that a visit met; else the values of today stand for those before.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_instant(manager, "person_stations", "recorded_at").await?;
        add_instant(manager, "needs", "updated_at").await?;
        create_past_persons(manager).await?;
        create_past_entries(manager).await?;
        create_past_needs(manager).await?;
        for fill in FILLS {
            manager.get_connection().execute_unprepared(fill).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["past_needs", "past_entries", "past_persons"]).await?;
        for (table, column) in [("needs", "updated_at"), ("person_stations", "recorded_at")] {
            let table = Table::alter().table(table).drop_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}

const FILLS: [&str; 5] = [
    "UPDATE person_stations SET recorded_at = COALESCE( \
     (SELECT MIN(received_at) FROM submissions WHERE submissions.person_id = person_stations.person_id \
     AND submissions.station_id = person_stations.station_id), \
     (SELECT created_at FROM persons WHERE persons.id = person_stations.person_id))",
    "UPDATE needs SET updated_at = COALESCE((SELECT visits.recorded_at FROM visits \
     WHERE visits.id = needs.settled_by_visit_id AND visits.recorded_at > needs.recorded_at), recorded_at)",
    "INSERT INTO past_persons (person_id, known_from, known_until, sex, birth_date, division_code, \
     income_class, household_id) \
     SELECT id, created_at, updated_at, sex, birth_date, division_code, income_class, household_id \
     FROM persons WHERE created_at < updated_at",
    "INSERT INTO past_entries (entry_id, known_from, known_until, person_id, station_id, division_code, \
     kind, opened_on, closed_on, income_class, risk, child_kind, living_arrangement, ability_level, \
     category, grade) \
     SELECT id, recorded_at, updated_at, person_id, station_id, division_code, kind, opened_on, NULL, \
     income_class, risk, child_kind, living_arrangement, ability_level, category, \
     disabled_details.grade \
     FROM ledger_entries LEFT JOIN child_details ON child_details.entry_id = id \
     LEFT JOIN elderly_details ON elderly_details.entry_id = id \
     LEFT JOIN disabled_details ON disabled_details.entry_id = id WHERE recorded_at < updated_at",
    "INSERT INTO past_needs (need_id, known_from, known_until, station_id, person_id, household_id, \
     division_code, domain, urgency, status, raised_on, settled_on) \
     SELECT id, recorded_at, updated_at, station_id, person_id, household_id, division_code, domain, \
     urgency, 'OPEN', raised_on, NULL FROM needs WHERE recorded_at < updated_at",
];

/// Adds an instant, which a fill then tells of each row.
async fn add_instant(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
) -> Result<(), DbErr> {
    let mut column = timestamp_with_time_zone(name);
    column.default("1970-01-01T00:00:00+00:00");
    manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await
}

async fn create_past_persons(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = past("past_persons", "person_id", "persons")
        .col(word_null("sex"))
        .col(date_null("birth_date"))
        .col(word("division_code"))
        .col(word_null("income_class"))
        .col(uuid_null("household_id"))
        .to_owned();
    manager.create_table(table).await
}

async fn create_past_entries(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = past("past_entries", "entry_id", "ledger_entries")
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
    manager.create_table(table).await
}

async fn create_past_needs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = past("past_needs", "need_id", "needs")
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
    manager.create_table(table).await
}

/// A table of how rows of another stood before.
fn past(name: &'static str, key: &'static str, of: &'static str) -> TableCreateStatement {
    Table::create()
        .table(name)
        .col(uuid(key))
        .col(timestamp_with_time_zone("known_from"))
        .col(timestamp_with_time_zone("known_until"))
        .primary_key(Index::create().col(key).col("known_from"))
        .foreign_key(&mut to(of, key))
        .to_owned()
}
