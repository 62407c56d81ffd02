use sea_orm_migration::{prelude::*, sea_orm::prelude::Uuid};
use sha2::{Digest, Sha256};

/// The divisions of the city as the statistics office lists them: `code,name,level,parent_code`.
const DIVISIONS: &str = include_str!("../data/divisions.csv");
/// Its social-work stations: `code,name,division_code`.
const STATIONS: &str = include_str!("../data/stations.csv");
/// The list names no day from which its codes hold; this one lies before all records.
const VALID_FROM: &str = "2000-01-01";
const VALID_FROM_MILLIS: u64 = 946_684_800_000;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for rows in records(DIVISIONS)?.chunks(500) {
            let mut insert = Query::insert();
            insert.into_table("divisions");
            insert.columns(["id", "code", "name", "level", "parent_id", "valid_from"]);
            for [code, name, level, parent] in rows {
                let parent = (!parent.is_empty()).then(|| id_of(parent));
                insert.values_panic([
                    id_of(code).into(),
                    code.as_str().into(),
                    name.as_str().into(),
                    level.as_str().into(),
                    parent.into(),
                    Expr::value(day()?),
                ]);
            }
            manager.execute(insert).await?;
        }
        let mut insert = Query::insert();
        insert.into_table("stations");
        insert.columns(["id", "code", "name", "division_id", "division_code"]);
        for [code, name, division] in records(STATIONS)? {
            insert.values_panic([
                id_of(&code).into(),
                code.into(),
                name.into(),
                id_of(&division).into(),
                division.into(),
            ]);
        }
        manager.execute(insert).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["stations", "divisions"] {
            manager.execute(Query::delete().from_table(table).to_owned()).await?;
        }
        Ok(())
    }
}

/// The same UUIDv7 for the same code in every hub, so that hubs can exchange references to places.
fn id_of(code: &str) -> Uuid {
    let digest = Sha256::digest(code.as_bytes());
    let mut random = [0u8; 10];
    random.copy_from_slice(&digest[..10]);
    uuid::Builder::from_unix_timestamp_millis(VALID_FROM_MILLIS, &random).into_uuid()
}

fn day() -> Result<chrono::NaiveDate, DbErr> {
    VALID_FROM.parse().map_err(|_| DbErr::Migration("the first day is no day".to_owned()))
}

fn records<const N: usize>(text: &str) -> Result<Vec<[String; N]>, DbErr> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let broken = |what: String| DbErr::Migration(format!("the list of places: {what}"));
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|error| broken(error.to_string()))?;
            let fields: Vec<String> = record.iter().map(str::to_owned).collect();
            fields.try_into().map_err(|_| broken("a row of another length".to_owned()))
        })
        .collect()
}
