//! The stations and divisions, as intake needs them at hand. They change by migrations only, so a
//! hub reads them once.

use std::collections::HashMap;

use entity::{division, station};
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

use crate::error::HubError;

#[derive(Debug, Default)]
pub struct Places {
    stations: HashMap<String, Station>,
    /// Codes of all divisions, with their names.
    names: HashMap<String, String>,
    /// Villages by township code.
    villages: HashMap<String, Vec<Village>>,
    /// Codes that ended, the finest first, each with those that took over one after the other.
    moved: Vec<(String, Vec<String>)>,
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
        let mut places = Self::default();
        for row in station::Entity::find().all(connection).await? {
            let station =
                Station { id: row.id, code: row.code.clone(), township: row.division_code };
            places.stations.insert(row.code, station);
        }
        let divisions = division::Entity::find().all(connection).await?;
        places.moved = moved(&divisions);
        for row in divisions {
            if let (Some(township), 12) = (row.code.get(..9), row.code.len()) {
                let village = Village { code: row.code.clone(), name: row.name.clone() };
                places.villages.entry(township.to_owned()).or_default().push(village);
            }
            places.names.insert(row.code, row.name);
        }
        Ok(places)
    }

    /// Codes of divisions that ended, the finest first, each with its heirs.
    #[must_use]
    pub fn moved(&self) -> &[(String, Vec<String>)] {
        &self.moved
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

/// Codes that ended, the finest first, each with its heirs: what took over may have ended too, by
/// itself or with the division it lay in.
fn moved(divisions: &[division::Model]) -> Vec<(String, Vec<String>)> {
    let codes: HashMap<_, _> = divisions.iter().map(|row| (row.id, &row.code)).collect();
    let heir = |row: &division::Model| row.successor_id.and_then(|id| codes.get(&id).copied());
    let moves: Vec<_> = divisions.iter().filter_map(|row| Some((&row.code, heir(row)?))).collect();
    let heirs = |(old, new): &(&String, &String)| {
        let mut heirs = vec![(*new).clone()];
        // As many steps at most: codes that led in a circle would never end.
        for _ in 0..moves.len() {
            let last = heirs.last().map_or("", String::as_str);
            let next = moves.iter().filter(|(old, _)| last.starts_with(old.as_str()));
            let Some((_, next)) = next.max_by_key(|(old, _)| old.len()) else { break };
            heirs.push((*next).clone());
        }
        ((*old).clone(), heirs)
    };
    let mut moved: Vec<_> = moves.iter().map(heirs).collect();
    moved.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    moved
}
