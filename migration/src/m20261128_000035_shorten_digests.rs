use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A keyed digest is kept by half of its hash, since it is in an order of its own: where much is handed in at
/// once, each of its index's pages is written, and half as many of them hold it.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for (table, column) in
            [("submissions", "digest"), ("submissions", "event_digest"), ("photos", "digest")]
        {
            // `keyed:` and 32 hex digits; what an older program left unkeyed is keyed when keys are renewed.
            let short = format!(
                "UPDATE {table} SET {column} = substr({column}, 1, 38) WHERE {column} LIKE 'keyed:%'"
            );
            db.execute_unprepared(&short).await?;
        }
        Ok(())
    }

    /// What was cut off stays so: to an older program, what is handed in again is new.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}
