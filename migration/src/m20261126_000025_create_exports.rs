use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, binary_null, uuid},
};

use crate::columns::{drop, to, unique, word_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Answers of jobs made into files, and the parts of the files until they expire.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns() {
            let table = Table::alter().table("jobs").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let table = Table::create()
            .table("export_parts")
            .col(uuid("id").primary_key())
            .col(uuid("job_id"))
            .col(big_integer("number"))
            .col(binary("bytes"))
            .foreign_key(&mut to("jobs", "job_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "export_parts", &["job_id", "number"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["export_parts"]).await?;
        for column in ["file_digest", "file_bytes", "cover", "layout", "format"] {
            let table = Table::alter().table("jobs").drop_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}

fn columns() -> [ColumnDef; 5] {
    [
        word_null("format"),
        word_null("layout"),
        binary_null("cover"),
        big_integer_null("file_bytes"),
        word_null("file_digest"),
    ]
}
