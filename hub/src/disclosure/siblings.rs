//! The places whose figures stand in one table: the parts of a division, and the stations of a
//! county. What the figures of the others leave of their total is the figure of one of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::{DivisionCode, person_station, station};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Value,
    sea_query::{
        Expr, ExprTrait, IntoIden, JoinType, Query, SelectStatement, TableRef, ValueTuple,
    },
};
use uuid::Uuid;

use super::{Cell, shown};
use crate::{
    Hub, HubError,
    access::Viewer,
    listing::{Link, Listing, Relation, StationRef},
};

/// The name of a place: the code of a division or station; of the whole record, the empty one.
pub(super) type Place = String;

pub(super) const PLACE: &str = "of_place";
const PLACES: &str = "places";

/// Places asked for, and all that stand in a table with them or with a place they lie in.
#[derive(Default)]
pub(super) struct Siblings {
    /// Those asked for, as far as they are anywhere.
    pub asked: Vec<Place>,
    /// The names of stations asked for by id.
    pub stations_by_id: HashMap<Uuid, Place>,
    /// Of each place but the city, where it lies.
    parents: BTreeMap<Place, Place>,
    /// Of each division, and of what lies in none of its parts, the ranges of codes.
    areas: Vec<ValueTuple>,
    /// Of each station, its id.
    stations: Vec<ValueTuple>,
}

impl Siblings {
    /// The whole record, which has none.
    pub fn whole() -> Self {
        Self { asked: vec![Place::new()], ..Self::default() }
    }

    pub fn are_whole(&self) -> bool {
        self.asked.iter().any(String::is_empty)
    }

    /// Whether the figure of a place can be told: it lies in one that can, and its own table shows it.
    pub fn show<K>(&self, place: &Place, cell: &impl Fn(&Place) -> Cell<K>) -> bool {
        let Some(parent) = self.parents.get(place) else {
            return is_root(place) && !cell(place).is_small();
        };
        let table = self.parents.iter().filter(|(_, of)| *of == parent);
        let table: Vec<_> = table
            .map(|(place, _)| {
                let Cell { figure, people, .. } = cell(place);
                Cell { key: place, figure, people }
            })
            .collect();
        let shown = shown(&table);
        let own = table.iter().zip(shown).find(|(cell, _)| cell.key == place);
        own.is_some_and(|(_, shown)| shown) && self.show(parent, cell)
    }

    /// A place and those it lies in, one in the other.
    pub fn line<'a>(&'a self, place: &'a Place) -> impl Iterator<Item = &'a Place> {
        std::iter::successors(Some(place), |place| self.parents.get(*place))
    }

    /// The statements that count places, from one that counts rows in all: those asked for and those
    /// they lie in, or also all that stand in a table with them.
    pub fn each<E: Listing>(
        &self,
        viewer: &Viewer,
        all: &SelectStatement,
        with_siblings: bool,
    ) -> Vec<SelectStatement> {
        if self.are_whole() {
            let mut whole = all.clone();
            whole.expr_as(Expr::val(""), PLACE);
            return vec![whole];
        }
        let lines: BTreeSet<_> =
            self.asked.iter().flat_map(|place| self.line(place)).map(String::as_str).collect();
        let is_in_line = |value: &&ValueTuple| match value.iter().next() {
            Some(Value::String(Some(name))) => lines.contains(name.as_str()),
            _ => false,
        };
        let values = [(Relation::Division, &self.areas), (Relation::Station, &self.stations)];
        let mut statements = Vec::new();
        for (relation, values) in values {
            let wanted = values.iter().filter(|value| with_siblings || is_in_line(value));
            let wanted: Vec<_> = wanted.cloned().collect();
            if let Some(link) = E::link(relation).filter(|_| !wanted.is_empty()) {
                statements.push(at_places::<E>(viewer, all.clone(), link, wanted));
            }
        }
        statements
    }

    fn put(&mut self, place: &str, parent: &DivisionCode) {
        self.parents.insert(place.to_owned(), parent.as_str().to_owned());
    }

    fn put_area(&mut self, name: &str, ranges: &[(String, String)]) {
        self.areas.extend(
            ranges
                .iter()
                .map(|(low, high)| ValueTuple::Three(name.into(), low.into(), high.into())),
        );
    }
}

fn is_root(place: &Place) -> bool {
    place.is_empty() || place.parse().is_ok_and(|code: DivisionCode| code.parent().is_none())
}

fn at_places<E: Listing>(
    viewer: &Viewer,
    mut statement: SelectStatement,
    link: Link<E::Column>,
    values: Vec<ValueTuple>,
) -> SelectStatement {
    let of_place = |column: &'static str| Expr::col((PLACES, column));
    let at = match link {
        Link::Area(column) => Condition::all()
            .add(column.into_expr().gte(of_place("column2")))
            .add(column.into_expr().lt(of_place("column3"))),
        Link::Column(column) => Condition::all().add(column.into_expr().eq(of_place("column2"))),
        Link::ServedBy | Link::Serving => {
            let same = person_station::Column::PersonId.into_expr();
            let same = same.equals((E::default().table_name(), E::ID));
            statement.inner_join(person_station::Entity, same);
            viewer
                .within(person_station::Column::StationId)
                .add(person_station::Column::StationId.into_expr().eq(of_place("column2")))
        }
    };
    let places = TableRef::ValuesList(values, PLACES.into_iden());
    statement
        .join(JoinType::InnerJoin, places, at)
        .expr_as(of_place("column1"), PLACE)
        .group_by_col(PLACE);
    statement
}

impl Hub {
    /// The siblings of places, and of the places they lie in, by three statements at most.
    ///
    /// # Errors
    /// `Invalid` for a division that does not exist.
    pub(super) async fn siblings(
        &self,
        divisions: &[DivisionCode],
        stations: &[StationRef],
    ) -> Result<Siblings, HubError> {
        let mut found = Siblings::default();
        found.asked.extend(divisions.iter().map(|code| code.as_str().to_owned()));
        let mut divisions = divisions.to_vec();
        if !stations.is_empty() {
            divisions.extend(self.put_stations(stations, &mut found).await?);
        }
        self.put_divisions(&divisions, &mut found).await?;
        Ok(found)
    }

    /// All stations of the counties in which these lie; tells the counties.
    async fn put_stations(
        &self,
        asked: &[StationRef],
        found: &mut Siblings,
    ) -> Result<Vec<DivisionCode>, HubError> {
        let all = station::Entity::find().all(self.db.read()).await?;
        let is_asked = |station: &&station::Model| {
            asked.contains(&StationRef::Id(station.id))
                || asked.contains(&StationRef::Code(station.code.clone()))
        };
        let counties: Vec<_> = all.iter().filter(is_asked).filter_map(county_of).collect();
        for station in all.iter().filter(is_asked) {
            found.asked.push(station.code.clone());
            found.stations_by_id.insert(station.id, station.code.clone());
        }
        for station in &all {
            let Some(county) = county_of(station).filter(|county| counties.contains(county)) else {
                continue;
            };
            found.put(&station.code, &county);
            found.stations.push(ValueTuple::Two(station.code.as_str().into(), station.id.into()));
        }
        Ok(counties)
    }

    /// These divisions, those they lie in, and all parts of those, each with its area.
    async fn put_divisions(
        &self,
        divisions: &[DivisionCode],
        found: &mut Siblings,
    ) -> Result<(), HubError> {
        let mut around = Vec::new();
        for division in divisions {
            let parents = std::iter::successors(division.parent(), DivisionCode::parent);
            around.extend(parents.filter(|parent| !around.contains(parent)).collect::<Vec<_>>());
        }
        let parts = self.parts(&around).await?;
        let codes: Vec<_> =
            parts.iter().map(|(part, _)| part).chain(&around).chain(divisions).collect();
        let areas = self.areas(&codes).await?;
        for (part, parent) in &parts {
            found.put(part.as_str(), parent);
            found.put_area(part.as_str(), areas.ranges(part));
        }
        for parent in &around {
            let parts = parts.iter().filter(|(_, of)| of == parent);
            let parts: Vec<_> = parts.flat_map(|(part, _)| areas.ranges(part)).collect();
            let rest = format!("{parent}, the rest");
            found.put(&rest, parent);
            found.put_area(&rest, &gaps(areas.ranges(parent), parts));
        }
        let whole = around.iter().chain(divisions).find(|code| code.parent().is_none());
        if let Some(city) = whole {
            found.put_area(city.as_str(), areas.ranges(city));
        }
        Ok(())
    }

    /// The parts of divisions, with that in which each lies. What another succeeded counts in that.
    async fn parts(
        &self,
        divisions: &[DivisionCode],
    ) -> Result<Vec<(DivisionCode, DivisionCode)>, HubError> {
        use entity::division::{Column, Entity};
        let (part, parent) = ("part", "parent");
        let statement = Query::select()
            .distinct()
            .expr(Expr::col((part, Column::Code)))
            .expr(Expr::col((parent, Column::Code)))
            .from_as(Entity, part)
            .join_as(
                JoinType::InnerJoin,
                Entity,
                parent,
                Expr::col((part, Column::ParentId)).equals((parent, Column::Id)),
            )
            .and_where(Expr::col((part, Column::SuccessorId)).is_null())
            .and_where(
                Expr::col((parent, Column::Code)).is_in(divisions.iter().map(DivisionCode::as_str)),
            )
            .to_owned();
        let mut parts = Vec::new();
        for row in self.db.read().query_all(&statement).await? {
            let codes: [String; 2] = [row.try_get_by_index(0)?, row.try_get_by_index(1)?];
            if let [Ok(part), Ok(parent)] = codes.map(|code| code.parse()) {
                parts.push((part, parent));
            }
        }
        Ok(parts)
    }
}

fn county_of(station: &station::Model) -> Option<DivisionCode> {
    station.division_code.get(..6)?.parse().ok()
}

/// What ranges leave of others that hold them.
fn gaps<'a>(
    whole: &[(String, String)],
    parts: impl IntoIterator<Item = &'a (String, String)>,
) -> Vec<(String, String)> {
    let mut parts: Vec<_> = parts.into_iter().collect();
    parts.sort_unstable();
    let mut gaps = Vec::new();
    for (low, high) in whole {
        let mut from = low;
        for (low, until) in parts.iter().filter(|(part, _)| low <= part && part < high) {
            if from < low {
                gaps.push((from.clone(), low.clone()));
            }
            from = Ord::max(from, until);
        }
        if from < high {
            gaps.push((from.clone(), high.clone()));
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_parts_of_an_area_leave_of_it() {
        let ranges = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(low, high)| ((*low).to_owned(), (*high).to_owned())).collect()
        };
        let whole = ranges(&[("4108", "4108:"), ("419001", "419001:")]);
        let parts = ranges(&[("410803", "410803:"), ("410802", "410802:"), ("419001", "419001:")]);
        let left = ranges(&[("4108", "410802"), ("410802:", "410803"), ("410803:", "4108:")]);
        assert_eq!(gaps(&whole, &parts), left);
        assert_eq!(gaps(&whole, &[]), whole);
    }
}
