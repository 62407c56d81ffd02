use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, binary, binary_null, timestamp_with_time_zone, timestamp_with_time_zone_null,
        uuid, uuid_null,
    },
};

use crate::columns::{drop, index, to, unique, word, word_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Files that stations hand in: what each row would come to, and came to. The files themselves are
/// kept in parts.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_imports(manager).await?;
        create_parts(manager).await?;
        create_rows(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["import_rows", "import_parts", "imports"]).await
    }
}

async fn create_imports(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("imports")
        .col(uuid("id").primary_key())
        .col(uuid("station_id"))
        .col(uuid("account_id"))
        .col(uuid_null("token_id"))
        .col(word("reach"))
        .col(word("file_name"))
        .col(word("digest"))
        .col(big_integer("bytes"))
        .col(binary("sheets"))
        .col(word("state"))
        .col(big_integer("rows"))
        .col(big_integer("done"))
        .col(big_integer("due"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("expires_at"))
        .col(timestamp_with_time_zone_null("applied_at"))
        .col(uuid_null("applied_by"))
        .col(word_null("from_address"))
        .col(word_null("purpose"))
        .col(word_null("problem"))
        .col(uuid_null("held_by"))
        .col(timestamp_with_time_zone_null("held_until"))
        .foreign_key(&mut to("stations", "station_id"))
        .foreign_key(&mut to("accounts", "account_id"))
        .foreign_key(&mut to("tokens", "token_id"))
        .foreign_key(&mut to("accounts", "applied_by"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "imports", &["station_id", "-id"]).await?;
    index(manager, "imports", &["state"]).await
}

async fn create_parts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("import_parts")
        .col(uuid("id").primary_key())
        .col(uuid("import_id"))
        .col(big_integer("number"))
        .col(binary("bytes"))
        .foreign_key(&mut to("imports", "import_id"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "import_parts", &["import_id", "number"]).await
}

async fn create_rows(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("import_rows")
        .col(uuid("id").primary_key())
        .col(uuid("import_id"))
        .col(big_integer("position"))
        .col(word("sheet"))
        .col(big_integer("row"))
        .col(word("verdict"))
        .col(word("state"))
        .col(uuid_null("submission_id"))
        .col(word_null("kind"))
        .col(uuid_null("record_id"))
        .col(binary_null("content"))
        .col(binary("told"))
        .col(binary_null("trace"))
        .foreign_key(&mut to("imports", "import_id"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "import_rows", &["import_id", "position"]).await?;
    index(manager, "import_rows", &["import_id", "state", "position"]).await?;
    index(manager, "import_rows", &["submission_id"]).await
}
