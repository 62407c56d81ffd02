use sea_orm_migration::{
    prelude::*,
    schema::{date, json_binary, timestamp_with_time_zone, uuid},
};

use crate::columns::{drop, index, to, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("excuses")
            .col(uuid("id").primary_key())
            .col(uuid("submission_id"))
            .col(uuid("station_id"))
            .col(uuid("person_id"))
            .col(word("division_code"))
            .col(word("reason"))
            .col(date("first_on"))
            .col(date("last_on"))
            .col(json_binary("workers"))
            .col(ColumnDef::new("remark").blob())
            .col(timestamp_with_time_zone("recorded_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .foreign_key(&mut to("stations", "station_id"))
            .foreign_key(&mut to("persons", "person_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "excuses", &["person_id", "station_id", "first_on"]).await?;
        index(manager, "excuses", &["station_id", "-first_on", "-id"]).await?;
        index(manager, "excuses", &["person_id", "-first_on", "-id"]).await?;
        index(manager, "excuses", &["division_code", "-first_on", "-id"]).await?;
        index(manager, "excuses", &["-first_on", "-id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["excuses"]).await
    }
}
