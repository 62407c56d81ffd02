//! The place of a table: a station, a county or the city, with the stations in it.

use std::collections::BTreeMap;

use entity::{DivisionLevel, TableLevel, division, station};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{facts::Marked, sheet::Leaf};
use crate::{
    Hub, HubError,
    access::{Scope, Viewer},
};

pub(super) struct Place {
    pub level: TableLevel,
    pub code: String,
    pub name: String,
    /// By code.
    pub stations: Vec<station::Model>,
    /// Code and name of what its table is made of, by code; nothing at a station.
    pub parts: Vec<(String, String)>,
}

impl Place {
    pub fn name_of(&self, code: &str) -> String {
        let part = self.parts.iter().find(|(known, _)| known == code);
        part.map_or_else(|| code.to_owned(), |(_, name)| name.clone())
    }

    /// Code of the county of a station.
    pub fn county_of(&self, station: &str) -> &str {
        let found = self.stations.iter().find(|found| found.code == station);
        found.map(county).unwrap_or_default()
    }

    /// What a table counts at a station, in the row of its part.
    pub fn leaf(&self, station: &str, part: &str, records: Vec<Marked>) -> Leaf {
        let found = self.stations.iter().find(|found| found.code == station);
        Leaf {
            station: station.to_owned(),
            name: found.map_or_else(|| station.to_owned(), |found| found.name.clone()),
            county: part.to_owned(),
            records,
        }
    }
}

/// Code of the county in which a station lies.
pub(super) fn county(station: &station::Model) -> &str {
    station.division_code.get(..6).unwrap_or_default()
}

impl Hub {
    /// The place of this code, or the whole of what the viewer reaches.
    ///
    /// # Errors
    /// `Invalid` where there is none, or where it is not wholly in reach.
    pub(super) async fn place_of_table(
        &self,
        viewer: &Viewer,
        code: Option<&str>,
    ) -> Result<Place, HubError> {
        let stations = station::Entity::find().order_by_asc(station::Column::Code);
        let stations = stations.all(self.db.read()).await?;
        let divisions = division::Entity::find()
            .filter(division::Column::Level.is_in([DivisionLevel::City, DivisionLevel::County]))
            .filter(division::Column::ValidTo.is_null())
            .order_by_asc(division::Column::Code);
        let divisions = divisions.all(self.db.read()).await?;
        let code = match code {
            Some(code) => code.to_owned(),
            None => widest(viewer, &stations, &divisions).unwrap_or_default(),
        };
        let place = match stations.iter().find(|station| station.code == code) {
            Some(station) => Some(of_station(station)),
            None => of_division(&code, stations, &divisions),
        };
        let whole = |place: &Place| {
            let mut stations = place.stations.iter();
            !place.stations.is_empty() && stations.all(|station| viewer.reaches(station.id))
        };
        place.filter(whole).ok_or_else(|| {
            HubError::Invalid(format!("no station, county or city {code:?} is wholly in reach"))
        })
    }
}

/// Code of the widest place in reach.
fn widest(
    viewer: &Viewer,
    stations: &[station::Model],
    divisions: &[division::Model],
) -> Option<String> {
    if viewer.scope == Scope::City {
        let city = divisions.iter().find(|division| division.level == DivisionLevel::City);
        return city.map(|city| city.code.clone());
    }
    let reached: Vec<_> = stations.iter().filter(|station| viewer.reaches(station.id)).collect();
    match reached.as_slice() {
        [station] => Some(station.code.clone()),
        reached => reached.first().map(|station| county(station).to_owned()),
    }
}

fn of_station(station: &station::Model) -> Place {
    Place {
        level: TableLevel::Station,
        code: station.code.clone(),
        name: station.name.clone(),
        stations: vec![station.clone()],
        parts: Vec::new(),
    }
}

fn of_division(
    code: &str,
    mut stations: Vec<station::Model>,
    divisions: &[division::Model],
) -> Option<Place> {
    let found = divisions.iter().find(|division| division.code == code)?;
    let name_of = |code: &str| {
        let named = divisions.iter().find(|division| division.code == code);
        named.map_or_else(|| code.to_owned(), |division| division.name.clone())
    };
    let (level, parts) = match found.level {
        DivisionLevel::City => {
            stations.retain(|station| station.division_code.get(..4) == code.get(..4));
            let counties: BTreeMap<_, _> = stations
                .iter()
                .map(|station| (county(station).to_owned(), name_of(county(station))))
                .collect();
            (TableLevel::City, counties.into_iter().collect())
        }
        _ => {
            stations.retain(|station| county(station) == code);
            let parts = stations.iter().map(|station| (station.code.clone(), station.name.clone()));
            (TableLevel::County, parts.collect())
        }
    };
    let (code, name) = (found.code.clone(), found.name.clone());
    Some(Place { level, code, name, stations, parts })
}
