//! The city of the measurement: made up, the same each time, of any size, any row by its number.
//! Some people are visited often and most seldom; visits are recorded in the order of time, some
//! days late.

mod assessments;
pub mod people;
mod visits;

use std::{collections::HashMap, sync::Arc};

use anyhow::ensure;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{division, station};
use hub::{Hub, keys::Keyring};
use sea_orm::{EntityTrait, QueryOrder};
use uuid::Uuid;

use crate::options::Sizes;

/// The record spans two years from this instant on, 2024-01-01 in China.
const BEGIN_MILLIS: i64 = 1_704_038_400_000;
pub const DAYS: i64 = 731;
const DAY_MILLIS: i64 = 86_400_000;

/// One stream of randomness for each table.
mod tables {
    pub const PERSONS: u64 = 1;
    pub const VISITS: u64 = 2;
    pub const ASSESSMENTS: u64 = 3;
    pub const SUBMISSIONS: u64 = 4;
}
pub use people::Detail;
pub use tables::SUBMISSIONS;
pub use visits::remark;

/// A station, with where its people live.
pub struct Place {
    pub id: Uuid,
    pub code: String,
    pub township: String,
    villages: Vec<String>,
}

pub struct City {
    pub sizes: Sizes,
    pub places: Vec<Place>,
    pub keys: Arc<Keyring>,
}

impl City {
    /// Reads stations and villages from a migrated database.
    pub async fn read(hub: &Hub, sizes: Sizes) -> anyhow::Result<Self> {
        let db = hub.db.read();
        let mut villages: HashMap<String, Vec<String>> = HashMap::new();
        for row in division::Entity::find().order_by_asc(division::Column::Code).all(db).await? {
            if let (Some(township), 12) = (row.code.get(..9), row.code.len()) {
                villages.entry(township.to_owned()).or_default().push(row.code.clone());
            }
        }
        let stations = station::Entity::find().order_by_asc(station::Column::Code).all(db).await?;
        let places: Vec<_> = stations
            .into_iter()
            .map(|row| Place {
                id: row.id,
                code: row.code,
                villages: villages.remove(&row.division_code).unwrap_or_default(),
                township: row.division_code,
            })
            .collect();
        ensure!(!places.is_empty(), "the database holds no stations");
        Ok(Self { sizes, places, keys: hub.keyring() })
    }

    fn place(&self, number: u64) -> &Place {
        &self.places[number as usize % self.places.len()]
    }
}

/// The instant at which row `number` of `count` is recorded, to the millisecond.
fn recorded(number: u64, count: u64) -> DateTime<Utc> {
    let span = i128::from(DAYS * DAY_MILLIS) * i128::from(number) / i128::from(count.max(1));
    let millis = BEGIN_MILLIS + i64::try_from(span).unwrap_or_default();
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

/// The day of an instant in China.
fn day(at: DateTime<Utc>) -> NaiveDate {
    (at + Duration::hours(8)).date_naive()
}

fn millis(at: DateTime<Utc>) -> u64 {
    at.timestamp_millis().unsigned_abs()
}
