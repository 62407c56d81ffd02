//! Columns and keys as all the steps write them.

use sea_orm_migration::prelude::*;

/// Gives PostgreSQL the collation that SQLite has under this name: texts compare byte by byte, so
/// that ranges and orders agree on both.
pub async fn collation(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() == sea_orm::DbBackend::Postgres {
        let create = "CREATE COLLATION IF NOT EXISTS \"binary\" FROM \"C\"";
        manager.get_connection().execute_unprepared(create).await?;
    }
    Ok(())
}

/// A text column that compares byte by byte.
pub fn word(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.custom("text COLLATE \"binary\"").not_null();
    column
}

/// The same, where there may be no value.
pub fn word_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.custom("text COLLATE \"binary\"").null();
    column
}

/// A foreign key to the `id` of another table.
pub fn to(table: &'static str, column: &'static str) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.from_col(column).to_tbl(table).to_col("id").to_owned()
}

/// Creates an index named after its table and columns. A column that begins with `-` descends.
pub async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    manager.create_index(build(table, columns)).await
}

/// Creates a unique index.
pub async fn unique(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    manager.create_index(build(table, columns).unique().to_owned()).await
}

fn build(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    let plain: Vec<_> = columns.iter().map(|column| column.trim_start_matches('-')).collect();
    index.name(format!("{table}_{}", plain.join("_"))).table(table);
    for column in columns {
        match column.strip_prefix('-') {
            Some(column) => index.col((column, IndexOrder::Desc)),
            None => index.col(*column),
        };
    }
    index
}

/// Drops tables, the last made first.
pub async fn drop(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(*table).to_owned()).await?;
    }
    Ok(())
}
