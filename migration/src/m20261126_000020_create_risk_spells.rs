use sea_orm_migration::{
    prelude::*,
    schema::{date, uuid},
};

use crate::columns::{drop, to, word_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// How the risk of each entry stood from when on. Of those on record it is known since when it has been
/// at least so high; before that it is not known.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("risk_spells")
            .col(uuid("entry_id"))
            .col(date("from_on"))
            .col(word_null("risk"))
            .primary_key(Index::create().col("entry_id").col("from_on"))
            .foreign_key(&mut to("ledger_entries", "entry_id"))
            .to_owned();
        manager.create_table(table).await?;
        for fill in [
            "INSERT INTO risk_spells (entry_id, from_on, risk) \
             SELECT id, risk_since, risk FROM ledger_entries",
            "INSERT INTO risk_spells (entry_id, from_on, risk) \
             SELECT id, opened_on, NULL FROM ledger_entries WHERE opened_on < risk_since",
        ] {
            manager.get_connection().execute_unprepared(fill).await?;
        }
        let table = Table::alter().table("ledger_entries").drop_column("risk_since").to_owned();
        manager.alter_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut since = ColumnDef::new("risk_since");
        since.date().not_null().default("1970-01-01");
        let table = Table::alter().table("ledger_entries").add_column(since).to_owned();
        manager.alter_table(table).await?;
        let fill = "UPDATE ledger_entries SET risk_since = COALESCE((SELECT MAX(from_on) \
                    FROM risk_spells WHERE entry_id = ledger_entries.id), opened_on)";
        manager.get_connection().execute_unprepared(fill).await?;
        drop(manager, &["risk_spells"]).await
    }
}
