//! Statutory tables: what officials need in the same form every month.
//!
//! A table is data: a file in `hub/tables` and its line in `definition::FILES` say what it counts, by
//! rows and columns that are predicates over the record, and which sums have to agree. Each cell opens
//! to the records it counts, and an equation that does not hold names those to blame. A station signs
//! its table, then the county its own, made of those of its stations, then the city (`signing`); what
//! was signed is kept with the records it counted, so it stays the same whatever is handed in later.

mod definition;
mod facts;
mod place;
mod predicate;
mod sheet;
mod signing;

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use entity::{TableLevel, TokenScope, signed_table};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

pub use definition::{Column, Definition, Equation, Period, all};
use place::Place;
pub use sheet::{Checked, Counted, Part, Row, Sheet, page};
use sheet::{Leaf, checked, digest, pack, rows, unpack};
pub use signing::Pin;

use crate::{
    Hub, HubError,
    access::Viewer,
    policy::{Class, Found},
};

/// Which table is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub code: String,
    /// A day of its period; today, where none is named.
    pub day: Option<NaiveDate>,
    /// Code of a station, county or city; all that the viewer reaches, where none is named.
    pub place: Option<String>,
}

/// The days of a period.
type Span = (NaiveDate, NaiveDate);

impl Hub {
    /// A table as it is signed, or as the record stands now.
    ///
    /// # Errors
    /// `Unseen` for who sees no small figures, or not all that tables count by; `Invalid` for an
    /// unknown table, a day of no period or of one to come, or a place that is not wholly in reach.
    pub async fn statutory_table(&self, viewer: &Viewer, asked: &Asked) -> Result<Sheet, HubError> {
        may_see(viewer)?;
        let (definition, span) = self.form(asked)?;
        let place = self.place_of_table(viewer, asked.place.as_deref()).await?;
        self.sheet(definition, span, place).await
    }

    /// A table as it was signed, also where it was returned since; none that is not wholly in reach.
    ///
    /// # Errors
    /// `Unseen` as for [`Hub::statutory_table`]; `Altered` where it is not as it was signed.
    pub async fn signed_table(&self, viewer: &Viewer, id: Uuid) -> Result<Option<Sheet>, HubError> {
        may_see(viewer)?;
        let Some(row) = signed_table::Entity::find_by_id(id).one(self.db.read()).await? else {
            return Ok(None);
        };
        match self.place_of_table(viewer, Some(&row.place)).await {
            Ok(place) => Ok(Some(self.as_signed(row.clone(), place, vec![row]).await?)),
            Err(HubError::Invalid(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The table and its period.
    fn form(&self, asked: &Asked) -> Result<(&'static Definition, Span), HubError> {
        let today = self.clock.today();
        let (code, day) = (&asked.code, asked.day.unwrap_or(today));
        let unknown = || {
            let mut codes: Vec<_> = all().iter().map(|table| table.code.as_str()).collect();
            codes.dedup();
            let known = codes.join(", ");
            HubError::Invalid(format!("there is no table {code:?} of {day}; there are {known}"))
        };
        let now = definition::on(code, day).ok_or_else(unknown)?;
        let span = now.period.span(day).filter(|(first, _)| *first <= today).ok_or_else(|| {
            HubError::Invalid(format!("{day} lies in no period of {code} that has begun"))
        })?;
        let definition = definition::on(code, span.0).ok_or_else(unknown)?;
        Ok((definition, span))
    }

    async fn sheet(
        &self,
        definition: &'static Definition,
        (first_day, last_day): Span,
        place: Place,
    ) -> Result<Sheet, HubError> {
        let mut signed =
            signatures(self.db.read(), (&definition.code, first_day), &place.all_codes()).await?;
        let own = |row: &signed_table::Model| row.place == place.code;
        let history: Vec<_> = signed.iter().filter(|row| own(row)).cloned().collect();
        signed.retain(|row| row.returned_at.is_none());
        if let Some(row) = signed.iter().find(|row| own(row)) {
            let row = row.clone();
            return self.as_signed(row, place, history).await;
        }
        let mut standing: HashMap<_, _> =
            signed.into_iter().map(|row| (row.place.clone(), row)).collect();
        let leaves = self.leaves(definition, (first_day, last_day), &place, &standing).await?;
        let parts: Vec<_> = place
            .parts
            .iter()
            .map(|(code, name)| Part {
                place: code.clone(),
                name: name.clone(),
                signature: standing.remove(code),
            })
            .collect();
        let content = match (leaves.as_slice(), place.level) {
            ([leaf], TableLevel::Station) => Some(pack(&leaf.records)),
            _ => digests(parts.iter().map(|part| part.signature.as_ref())),
        };
        let digest =
            content.map(|content| digest(definition, (first_day, last_day), &place.code, &content));
        let counties: BTreeMap<_, _> = place.parts.iter().cloned().collect();
        Ok(Sheet {
            definition,
            first_day,
            last_day,
            level: place.level,
            rows: rows(definition, place.level, &leaves, &counties),
            equations: checked(definition, &leaves),
            place: place.code,
            place_name: place.name,
            digest,
            signature: None,
            history,
            parts,
            leaves,
        })
    }

    /// What a table counts at each station of a place: as signed, or as the record stands now.
    async fn leaves(
        &self,
        definition: &'static Definition,
        span: Span,
        place: &Place,
        standing: &HashMap<String, signed_table::Model>,
    ) -> Result<Vec<Leaf>, HubError> {
        let unsigned =
            place.stations.iter().filter(|station| !standing.contains_key(&station.code));
        let unsigned: Vec<_> = unsigned.map(|station| station.id).collect();
        let mut counts = match unsigned.is_empty() {
            true => facts::Counts::new(),
            false => self.counted(definition, span, &unsigned).await?,
        };
        let leaf = |station: &entity::station::Model| {
            let records = match standing.get(&station.code) {
                Some(row) => unpack(&row.records).ok_or(HubError::Altered(row.id))?,
                None => counts.remove(&station.id).unwrap_or_default(),
            };
            Ok(place.leaf(&station.code, records))
        };
        place.stations.iter().map(leaf).collect()
    }

    /// A table as it was signed, from what was kept.
    async fn as_signed(
        &self,
        row: signed_table::Model,
        place: Place,
        history: Vec<signed_table::Model>,
    ) -> Result<Sheet, HubError> {
        let definition = definition::find(&row.table_code, row.table_version)
            .ok_or(HubError::Altered(row.id))?;
        let mut levels = vec![vec![row.clone()]];
        while let Some(parts) = self.parts_of(levels.last().map_or(&[], Vec::as_slice)).await? {
            levels.push(parts);
        }
        for (above, below) in levels.iter().zip(levels.iter().skip(1).chain([&Vec::new()])) {
            for row in above {
                is_as_signed(definition, row, below)?;
            }
        }
        let stations = levels.last().into_iter().flatten();
        let leaves: Vec<Leaf> = stations
            .map(|row| {
                let records = unpack(&row.records).ok_or(HubError::Altered(row.id))?;
                Ok(place.leaf(&row.place, records))
            })
            .collect::<Result<_, HubError>>()?;
        let parts = levels.get(1).into_iter().flatten().map(|part| Part {
            place: part.place.clone(),
            name: place.name_of(&part.place),
            signature: Some(part.clone()),
        });
        let parts: Vec<_> = parts.collect();
        let counties = parts.iter().map(|part| (part.place.clone(), part.name.clone())).collect();
        Ok(Sheet {
            definition,
            first_day: row.first_day,
            last_day: row.last_day,
            level: row.level,
            place: place.code,
            place_name: place.name,
            rows: rows(definition, row.level, &leaves, &counties),
            equations: checked(definition, &leaves),
            digest: Some(row.digest.clone()),
            signature: Some(row),
            history,
            parts,
            leaves,
        })
    }

    /// The tables that these were made of, by their places; none where they are of stations.
    async fn parts_of(
        &self,
        tables: &[signed_table::Model],
    ) -> Result<Option<Vec<signed_table::Model>>, HubError> {
        let ids: Vec<_> = tables.iter().flat_map(|row| row.parts.0.iter().copied()).collect();
        if ids.is_empty() {
            return Ok(None);
        }
        let parts = signed_table::Entity::find()
            .filter(signed_table::Column::Id.is_in(ids))
            .order_by_asc(signed_table::Column::Place);
        Ok(Some(parts.all(self.db.read()).await?))
    }
}

/// The numbers of the columns by which a station's signed table counts one of these records.
///
/// # Errors
/// `Altered` where it keeps no such records.
pub(crate) fn columns_of(
    signed: &signed_table::Model,
    records: &HashSet<Uuid>,
) -> Result<Vec<i64>, HubError> {
    let altered = || HubError::Altered(signed.id);
    let definition =
        definition::find(&signed.table_code, signed.table_version).ok_or_else(altered)?;
    let kept = unpack(&signed.records).ok_or_else(altered)?;
    let theirs = kept.iter().filter(|marked| records.contains(&marked.id));
    let bits = theirs.fold(0, |bits, marked| bits | marked.columns);
    let columns = definition.columns.iter().enumerate();
    Ok(columns
        .filter(|(place, _)| bits & (1 << place) != 0)
        .map(|(_, column)| column.number)
        .collect())
}

/// # Errors
/// `Unseen` for who sees no small figures, or not all that tables count by, of everyone: whoever is
/// left out would be missing in the numbers.
fn may_see(viewer: &Viewer) -> Result<(), HubError> {
    viewer.needs(TokenScope::Read)?;
    if !viewer.sees_small_figures() {
        return Err(HubError::Unseen(Class::Identity));
    }
    match viewer.finds_by(&[Class::Health, Class::Finance])? {
        Found::Everyone => Ok(()),
        Found::Adults => Err(HubError::Unseen(Class::Minor)),
    }
}

/// The tables signed for a period at these places, the last first; of those that were returned, only
/// those of the first place.
async fn signatures(
    connection: &impl ConnectionTrait,
    (code, first_day): (&str, NaiveDate),
    places: &[&str],
) -> Result<Vec<signed_table::Model>, HubError> {
    use signed_table::Column;
    let shown = Condition::any()
        .add(Column::ReturnedAt.is_null())
        .add(Column::Place.eq(places.first().copied().unwrap_or_default()));
    let found = signed_table::Entity::find()
        .filter(Column::TableCode.eq(code))
        .filter(Column::FirstDay.eq(first_day))
        .filter(Column::Place.is_in(places.iter().copied()))
        .filter(shown)
        .order_by_desc(Column::Id);
    Ok(found.all(connection).await?)
}

/// What is signed of a table above the stations; none while a part is not signed, or there is none.
fn digests<'a>(parts: impl Iterator<Item = Option<&'a signed_table::Model>>) -> Option<Vec<u8>> {
    let digests = parts.map(|part| Some(part?.digest.as_str())).collect::<Option<Vec<_>>>()?;
    (!digests.is_empty()).then(|| digests.concat().into_bytes())
}

/// # Errors
/// `Altered` where a signed table is not as it was signed.
fn is_as_signed(
    definition: &Definition,
    row: &signed_table::Model,
    below: &[signed_table::Model],
) -> Result<(), HubError> {
    let parts = below.iter().filter(|part| row.parts.0.contains(&part.id)).map(Some);
    let content = match row.level {
        TableLevel::Station => Some(row.records.clone()),
        TableLevel::County | TableLevel::City => digests(parts),
    };
    let days = (row.first_day, row.last_day);
    let found = content.map(|content| digest(definition, days, &row.place, &content));
    if found.as_ref() == Some(&row.digest) { Ok(()) } else { Err(HubError::Altered(row.id)) }
}
