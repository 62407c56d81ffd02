//! The data keys, and columns of bytes for the values that are sealed by them. What was written
//! plainly before is carried over as bytes; the hub seals it when it first opens the database.

use sea_orm_migration::{
    prelude::*,
    schema::{integer, timestamp_with_time_zone, timestamp_with_time_zone_null},
    sea_orm::DbBackend,
};

use crate::columns::{drop, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The columns that are sealed, by table.
const SEALED: [(&str, &[&str]); 9] = [
    ("persons", &["resident_id", "address", "phone"]),
    ("households", &["address"]),
    ("ledger_entries", &["remark"]),
    ("child_details", &["school", "guardian_phone"]),
    ("elderly_details", &["illnesses", "contact_phone"]),
    ("disabled_details", &["certificate_no", "carer_phone"]),
    ("visits", &["met", "living", "body", "mind", "place", "remark"]),
    ("assessments", &["remark"]),
    ("needs", &["remark"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("data_keys")
            .col(integer("id").primary_key())
            .col(word("suite"))
            .col(word("master"))
            .col(ColumnDef::new("wrapped").blob().not_null())
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("renewed_at"))
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::drop().name("persons_resident_id").table("persons").to_owned();
        manager.drop_index(index).await?;
        for (table, columns) in SEALED {
            for column in columns {
                to_bytes(manager, table, column, false).await?;
            }
        }
        to_bytes(manager, "submissions", "content", true).await?;
        let mut index = ColumnDef::new("resident_index");
        let table =
            Table::alter().table("persons").add_column(index.var_binary(20).null()).to_owned();
        manager.alter_table(table).await?;
        unique(manager, "persons", &["resident_index"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refuse_where_sealed(manager).await?;
        let index = Index::drop().name("persons_resident_index").table("persons").to_owned();
        manager.drop_index(index).await?;
        let table = Table::alter().table("persons").drop_column("resident_index").to_owned();
        manager.alter_table(table).await?;
        for (table, columns) in SEALED {
            for column in columns {
                of_bytes(manager, table, column, "text COLLATE \"binary\"").await?;
            }
        }
        let json = match manager.get_database_backend() {
            DbBackend::Sqlite => "jsonb_text NOT NULL DEFAULT '{}'",
            _ => "jsonb NOT NULL",
        };
        of_bytes(manager, "submissions", "content", json).await?;
        unique(manager, "persons", &["resident_id"]).await?;
        drop(manager, &["data_keys"]).await
    }
}

/// Gives a column bytes for texts. SQLite changes no column's type, so a new one takes its place.
async fn to_bytes(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &str,
    required: bool,
) -> Result<(), DbErr> {
    let statements = match manager.get_database_backend() {
        DbBackend::Sqlite => {
            let default = if required { "blob NOT NULL DEFAULT x''" } else { "blob" };
            vec![
                format!("ALTER TABLE {table} ADD COLUMN {column}_bytes {default}"),
                format!(
                    "UPDATE {table} SET {column}_bytes = CAST({column} AS blob) WHERE {column} IS NOT NULL"
                ),
                format!("ALTER TABLE {table} DROP COLUMN {column}"),
                format!("ALTER TABLE {table} RENAME COLUMN {column}_bytes TO {column}"),
            ]
        }
        _ => vec![format!(
            "ALTER TABLE {table} ALTER COLUMN {column} TYPE bytea \
             USING convert_to({column}::text, 'UTF8')"
        )],
    };
    run(manager, &statements).await
}

/// Gives an empty column its old type back.
async fn of_bytes(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &str,
    kind: &str,
) -> Result<(), DbErr> {
    let statements = [
        format!("ALTER TABLE {table} DROP COLUMN {column}"),
        format!("ALTER TABLE {table} ADD COLUMN {column} {kind}"),
    ];
    run(manager, &statements).await
}

async fn run(manager: &SchemaManager<'_>, statements: &[String]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// No step has the keys, so what is sealed would be lost.
async fn refuse_where_sealed(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let any = Query::select().expr(Expr::val(1)).from("submissions").limit(1).to_owned();
    match manager.get_connection().query_one(&any).await? {
        Some(_) => Err(DbErr::Migration("sealed values cannot be made plain again".to_owned())),
        None => Ok(()),
    }
}
