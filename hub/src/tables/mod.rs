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
mod unanswered;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{TableLevel, TokenScope, signed_table};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

pub use definition::{Column, Definition, Equation, Period, all, find};
use place::{Place, county};
pub use sheet::{Checked, Part, RecordRef, Row, Sheet, page};
use sheet::{Leaf, digest, pack, unpack};
pub use signing::{Pin, Return};
pub use unanswered::LISTED;

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
        let history = self.signed_of(definition, first_day, &[&place.code]).await?;
        if let Some(row) = history.iter().find(|row| row.returned_at.is_none()) {
            return self.as_signed(row.clone(), place, history.clone()).await;
        }
        let codes: Vec<_> = place.parts.iter().map(|(code, _)| code.as_str()).collect();
        let mut signed = self.signed_of(definition, first_day, &codes).await?;
        signed.retain(|row| row.returned_at.is_none());
        if let Some(row) = signed.iter().find(|row| row.table_version != definition.version) {
            let (place, version) = (&row.place, row.table_version);
            let text =
                format!("{place} is signed by version {version} of the form; return it first");
            return Err(HubError::Invalid(text));
        }
        let leaves = self.leaves(definition, (first_day, last_day), &place, &signed).await?;
        let mut signed: HashMap<_, _> =
            signed.into_iter().map(|row| (row.place.clone(), row)).collect();
        let part = |(code, name): &(String, String)| Part {
            place: code.clone(),
            name: name.clone(),
            signature: signed.remove(code),
        };
        let parts: Vec<_> = place.parts.iter().map(part).collect();
        let content = match (leaves.as_slice(), place.level) {
            ([leaf], TableLevel::Station) => Some(pack(&leaf.records)),
            _ => digests(parts.iter().map(|part| part.signature.as_ref())),
        };
        let form = (definition.code.as_str(), definition.version);
        let digest =
            content.map(|content| digest(form, (first_day, last_day), &place.code, &content));
        let span = (first_day, last_day);
        Ok(Sheet { digest, history, ..Sheet::of(definition, span, place, parts, leaves) })
    }

    /// What a table counts at each station: where the part that it belongs to is signed, as it was signed;
    /// else as the record stands now.
    async fn leaves(
        &self,
        definition: &'static Definition,
        span: Span,
        place: &Place,
        signed: &[signed_table::Model],
    ) -> Result<Vec<Leaf>, HubError> {
        let mut leaves = Vec::new();
        let mut below = signed.to_vec();
        if place.level == TableLevel::City {
            below = self.parts_of(signed).await?;
            // Of counties that have not signed, those stations that have.
            let open = place.stations.iter().filter(|station| !is_in(signed, county(station)));
            let open: Vec<_> = open.map(|station| station.code.as_str()).collect();
            let mut found = self.signed_of(definition, span.0, &open).await?;
            found.retain(|row| row.returned_at.is_none());
            for row in signed {
                is_as_signed(row, &below)?;
            }
            below.extend(found);
        }
        for row in &below {
            is_as_signed(row, &[])?;
            let records = unpack(&row.records).ok_or(HubError::Altered(row.id))?;
            let above = signed.iter().find(|above| above.parts.0.contains(&row.id));
            let county = above.map_or_else(|| place.county_of(&row.place), |above| &above.place);
            leaves.push(place.leaf(&row.place, county, records));
        }
        let open = place
            .stations
            .iter()
            .filter(|station| !is_in(&below, &station.code) && !is_in(signed, county(station)));
        let open: Vec<_> = open.collect();
        if !open.is_empty() {
            let ids: Vec<_> = open.iter().map(|station| station.id).collect();
            let mut counts = self.counted(definition, span, &ids).await?;
            let live = open.iter().map(|station| {
                let records = counts.remove(&station.id).unwrap_or_default();
                place.leaf(&station.code, county(station), records)
            });
            leaves.extend(live);
        }
        leaves.sort_by(|a, b| a.station.cmp(&b.station));
        Ok(leaves)
    }

    /// A table as it was signed, from what was kept.
    async fn as_signed(
        &self,
        row: signed_table::Model,
        place: Place,
        history: Vec<signed_table::Model>,
    ) -> Result<Sheet, HubError> {
        let definition =
            find(&row.table_code, row.table_version).ok_or(HubError::Altered(row.id))?;
        let parts = self.parts_of(std::slice::from_ref(&row)).await?;
        is_as_signed(&row, &parts)?;
        let stations = match row.level {
            TableLevel::Station => vec![row.clone()],
            TableLevel::County => parts.clone(),
            TableLevel::City => self.parts_of(&parts).await?,
        };
        let mut leaves = Vec::new();
        for station in &stations {
            is_as_signed(station, &[])?;
            let records = unpack(&station.records).ok_or(HubError::Altered(station.id))?;
            let county = parts.iter().find(|part| part.parts.0.contains(&station.id));
            let county = county.map_or(row.place.as_str(), |part| &part.place);
            leaves.push(place.leaf(&station.place, county, records));
        }
        for part in parts.iter().filter(|part| part.level != TableLevel::Station) {
            is_as_signed(part, &stations)?;
        }
        let part = |part: signed_table::Model| Part {
            place: part.place.clone(),
            name: place.name_of(&part.place),
            signature: Some(part),
        };
        let parts: Vec<_> = parts.into_iter().map(part).collect();
        let span = (row.first_day, row.last_day);
        let digest = Some(row.digest.clone());
        let sheet = Sheet::of(definition, span, place, parts, leaves);
        Ok(Sheet { digest, signature: Some(row), history, ..sheet })
    }

    /// The tables that these were made of, by their places.
    async fn parts_of(
        &self,
        tables: &[signed_table::Model],
    ) -> Result<Vec<signed_table::Model>, HubError> {
        let ids: Vec<_> = tables.iter().flat_map(|row| row.parts.0.iter().copied()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let parts = signed_table::Entity::find()
            .filter(signed_table::Column::Id.is_in(ids))
            .order_by_asc(signed_table::Column::Place);
        Ok(parts.all(self.db.read()).await?)
    }

    /// The tables signed for a period at these places, also those that were returned, the last first.
    async fn signed_of(
        &self,
        definition: &Definition,
        first_day: NaiveDate,
        places: &[&str],
    ) -> Result<Vec<signed_table::Model>, HubError> {
        use signed_table::Column;
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let found = signed_table::Entity::find()
            .filter(Column::TableCode.eq(&definition.code))
            .filter(Column::FirstDay.eq(first_day))
            .filter(Column::Place.is_in(places.iter().copied()))
            .order_by_desc(Column::Id);
        Ok(found.all(self.db.read()).await?)
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
    let definition = find(&signed.table_code, signed.table_version).ok_or_else(altered)?;
    let kept = unpack(&signed.records).ok_or_else(altered)?;
    let theirs = kept.iter().filter(|marked| records.contains(&marked.id));
    let bits = theirs.fold(0, |bits, marked| bits | marked.columns);
    let columns = definition.columns.iter().enumerate();
    Ok(columns
        .filter(|(place, _)| bits & (1 << place) != 0)
        .map(|(_, column)| column.number)
        .collect())
}

/// The records that the signed tables of a station keep.
pub(crate) async fn signed_records(
    db: &impl ConnectionTrait,
    station: &str,
) -> Result<HashSet<Uuid>, HubError> {
    let signed = signed_table::Entity::find()
        .filter(signed_table::Column::Level.eq(TableLevel::Station))
        .filter(signed_table::Column::Place.eq(station))
        .filter(signed_table::Column::ReturnedAt.is_null());
    let mut records = HashSet::new();
    for table in signed.all(db).await? {
        let kept = unpack(&table.records).ok_or(HubError::Altered(table.id))?;
        records.extend(kept.into_iter().map(|marked| marked.id));
    }
    Ok(records)
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

fn is_in(signed: &[signed_table::Model], place: &str) -> bool {
    signed.iter().any(|row| row.place == place)
}

/// What is signed of a table above the stations; none while a part is not signed, or there is none.
fn digests<'a>(parts: impl Iterator<Item = Option<&'a signed_table::Model>>) -> Option<Vec<u8>> {
    let digests = parts.map(|part| Some(part?.digest.as_str())).collect::<Option<Vec<_>>>()?;
    (!digests.is_empty()).then(|| digests.concat().into_bytes())
}

/// # Errors
/// `Altered` where a signed table is not as it was signed.
fn is_as_signed(row: &signed_table::Model, below: &[signed_table::Model]) -> Result<(), HubError> {
    let part = |id: &Uuid| below.iter().find(|part| part.id == *id);
    let mut parts: Vec<_> = row.parts.0.iter().map(part).collect();
    parts.sort_by_key(|part| part.map(|part| &part.place));
    let content = match row.level {
        TableLevel::Station => Some(row.records.clone()),
        TableLevel::County | TableLevel::City => digests(parts.into_iter()),
    };
    let form = (row.table_code.as_str(), row.table_version);
    let days = (row.first_day, row.last_day);
    let found = content.map(|content| digest(form, days, &row.place, &content));
    if found.as_ref() == Some(&row.digest) { Ok(()) } else { Err(HubError::Altered(row.id)) }
}
