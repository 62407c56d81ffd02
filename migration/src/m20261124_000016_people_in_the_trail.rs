//! The rows of the trail say themselves whom they are about, and the index by person has one entry
//! for all that was written at once.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, uuid},
    sea_orm::DbBackend,
};

use crate::columns::{drop, index, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut people = ColumnDef::new("people");
        people.blob().not_null().default(Vec::<u8>::new());
        let table = Table::alter().table("trail").add_column(people).to_owned();
        manager.alter_table(table).await?;
        run(manager, gathered(manager)).await?;
        set_aside(manager).await?;
        let mut table = Table::create()
            .table("trail_people")
            .col(uuid("person_id"))
            .col(big_integer("first_seq"))
            .col(word("seqs"))
            .primary_key(Index::create().col("person_id").col("first_seq"))
            .to_owned();
        if manager.get_database_backend() == DbBackend::Sqlite {
            // The index is all there is of it.
            table.extra("WITHOUT ROWID");
        }
        manager.create_table(table).await?;
        run(
            manager,
            "INSERT INTO trail_people (person_id, first_seq, seqs) \
             SELECT person_id, seq, '[' || seq || ']' FROM set_aside ORDER BY person_id, seq",
        )
        .await?;
        drop(manager, &["set_aside"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        set_aside(manager).await?;
        let table = Table::create()
            .table("trail_people")
            .col(big_integer("seq"))
            .col(uuid("person_id"))
            .primary_key(Index::create().col("seq").col("person_id"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "trail_people", &["person_id", "-seq"]).await?;
        let each = match manager.get_database_backend() {
            DbBackend::Postgres => {
                "SELECT jsonb_array_elements_text(seqs::jsonb)::bigint, person_id FROM set_aside"
            }
            _ => "SELECT each.value, person_id FROM set_aside, json_each(seqs) AS each",
        };
        run(manager, &format!("INSERT INTO trail_people (seq, person_id) {each}")).await?;
        drop(manager, &["set_aside"]).await?;
        manager.alter_table(Table::alter().table("trail").drop_column("people").to_owned()).await
    }
}

/// The people of each row, as their ids one after the other.
fn gathered(manager: &SchemaManager<'_>) -> &'static str {
    match manager.get_database_backend() {
        DbBackend::Postgres => {
            "UPDATE trail SET people = gathered.ids FROM ( \
                 SELECT seq, string_agg(uuid_send(person_id), '' ORDER BY person_id) AS ids \
                 FROM trail_people GROUP BY seq) AS gathered \
             WHERE gathered.seq = trail.seq"
        }
        _ => {
            "UPDATE trail SET people = unhex(gathered.ids) FROM ( \
                 SELECT seq, group_concat(hex(person_id), '' ORDER BY person_id) AS ids \
                 FROM trail_people GROUP BY seq) AS gathered \
             WHERE gathered.seq = trail.seq"
        }
    }
}

async fn set_aside(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager.rename_table(Table::rename().table("trail_people", "set_aside").to_owned()).await
}

async fn run(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(statement).await.map(|_| ())
}
