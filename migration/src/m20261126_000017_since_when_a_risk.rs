use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Since when each entry has been at least at its risk: of those on record, as far as is known, since
/// they were opened.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut since = ColumnDef::new("risk_since");
        since.date().not_null().default("1970-01-01");
        let table = Table::alter().table("ledger_entries").add_column(since).to_owned();
        manager.alter_table(table).await?;
        let fill = "UPDATE ledger_entries SET risk_since = opened_on";
        manager.get_connection().execute_unprepared(fill).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter().table("ledger_entries").drop_column("risk_since").to_owned();
        manager.alter_table(table).await
    }
}
