use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, binary_null, boolean, uuid},
};

use crate::columns::{drop, to, unique, word, word_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column a statement.
        for column in [
            binary_null("totp_secret"),
            binary_null("totp_pending"),
            big_integer("totp_last_step").default(0).to_owned(),
            word_null("oidc_issuer"),
            word_null("oidc_subject"),
        ] {
            let table = Table::alter().table("accounts").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        unique(manager, "accounts", &["oidc_issuer", "oidc_subject"]).await?;
        let by_oidc = boolean("by_oidc").default(false).to_owned();
        let table = Table::alter().table("sessions").add_column(by_oidc).to_owned();
        manager.alter_table(table).await?;
        let table = Table::create()
            .table("recovery_codes")
            .col(uuid("id").primary_key())
            .col(uuid("account_id"))
            .col(word("hash"))
            .foreign_key(&mut to("accounts", "account_id"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "recovery_codes", &["account_id", "hash"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["recovery_codes"]).await?;
        let by_oidc = Table::alter().table("sessions").drop_column("by_oidc").to_owned();
        manager.alter_table(by_oidc).await?;
        let index = Index::drop().name("accounts_oidc_issuer_oidc_subject").to_owned();
        manager.drop_index(index).await?;
        for column in
            ["oidc_subject", "oidc_issuer", "totp_last_step", "totp_pending", "totp_secret"]
        {
            let table = Table::alter().table("accounts").drop_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
