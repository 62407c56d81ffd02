use sea_orm_migration::{
    prelude::*,
    schema::{date, date_null, uuid, uuid_null},
};

use crate::columns::{collation, drop, index, to, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        collation(manager).await?;
        let table = Table::create()
            .table("divisions")
            .col(uuid("id").primary_key())
            .col(word("code"))
            .col(word("name"))
            .col(word("level"))
            .col(uuid_null("parent_id"))
            .col(date("valid_from"))
            .col(date_null("valid_to"))
            .col(uuid_null("successor_id"))
            .foreign_key(&mut to("divisions", "parent_id"))
            .foreign_key(&mut to("divisions", "successor_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "divisions", &["code", "valid_from"]).await?;
        index(manager, "divisions", &["parent_id"]).await?;
        index(manager, "divisions", &["successor_id"]).await?;
        let table = Table::create()
            .table("stations")
            .col(uuid("id").primary_key())
            .col(word("code"))
            .col(word("name"))
            .col(uuid("division_id"))
            .col(word("division_code"))
            .foreign_key(&mut to("divisions", "division_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "stations", &["code"]).await?;
        index(manager, "stations", &["division_code"]).await?;
        index(manager, "stations", &["division_id"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["stations", "divisions"]).await
    }
}
