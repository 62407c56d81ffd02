//! The stations and divisions, as intake needs them at hand. They change by migrations only, so a
//! hub reads them once.

use std::collections::HashMap;

use entity::{division, station};
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

use crate::error::HubError;

#[derive(Debug)]
pub struct Places {
    stations: HashMap<String, Station>,
    /// Codes of all divisions, with their names.
    names: HashMap<String, String>,
    /// Villages by township code.
    villages: HashMap<String, Vec<Village>>,
}

/// A station as intake needs it.
#[derive(Clone, Debug)]
pub struct Station {
    pub id: Uuid,
    pub code: String,
    pub township: String,
}

/// A village of a township.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Village {
    pub code: String,
    pub name: String,
}

impl Places {
    /// Reads them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn load(connection: &impl ConnectionTrait) -> Result<Self, HubError> {
        let mut places =
            Self { stations: HashMap::new(), names: HashMap::new(), villages: HashMap::new() };
        for row in station::Entity::find().all(connection).await? {
            let station =
                Station { id: row.id, code: row.code.clone(), township: row.division_code };
            places.stations.insert(row.code, station);
        }
        for row in division::Entity::find().all(connection).await? {
            if let (Some(township), 12) = (row.code.get(..9), row.code.len()) {
                let village = Village { code: row.code.clone(), name: row.name.clone() };
                places.villages.entry(township.to_owned()).or_default().push(village);
            }
            places.names.insert(row.code, row.name);
        }
        Ok(places)
    }

    #[must_use]
    pub fn station(&self, code: &str) -> Option<&Station> {
        self.stations.get(code)
    }

    /// All stations.
    pub fn stations(&self) -> impl Iterator<Item = &Station> {
        self.stations.values()
    }

    /// The villages of a township.
    #[must_use]
    pub fn villages(&self, township: &str) -> &[Village] {
        self.villages.get(township).map_or(&[], Vec::as_slice)
    }

    /// The code of a village given by code, or by its full name within a township.
    #[must_use]
    pub fn village(&self, township: &str, text: &str) -> Option<String> {
        if text.len() == 12 && self.names.contains_key(text) {
            return Some(text.to_owned());
        }
        let mut named = self.villages(township).iter().filter(|village| village.name == text);
        match (named.next(), named.next()) {
            (Some(village), None) => Some(village.code.clone()),
            _ => None,
        }
    }
}
