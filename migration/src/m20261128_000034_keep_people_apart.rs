use sea_orm_migration::{
    prelude::*,
    schema::{binary, timestamp_with_time_zone, uuid},
};

use crate::columns::{drop, to, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Pairs of people who look like one and are two. They stay where a person is taken back, who may be put
/// back.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("kept_apart")
            .col(uuid("id").primary_key())
            .col(uuid("earlier_id"))
            .col(uuid("later_id"))
            .col(uuid("account_id"))
            .col(timestamp_with_time_zone("decided_at"))
            .col(binary("reason"))
            .foreign_key(&mut to("accounts", "account_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "kept_apart", &["later_id", "earlier_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["kept_apart"]).await
    }
}
