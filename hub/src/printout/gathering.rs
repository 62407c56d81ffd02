//! What is held on one person, source by source. It is read whatever the viewer's scope: rows of a
//! station out of reach are left out, and the station is told.

use std::collections::{BTreeSet, HashMap, HashSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use entity::{
    TableLevel, account, assessment, change, child_detail, disabled_detail, division,
    elderly_detail, excuse, household, import, import_row, kept_apart, ledger_entry, need, notice,
    past_entry, past_need, past_person, past_person_station, past_service, past_visit, person,
    person_station, reveal, risk_spell, signed_table, station, submission, visit, visit_service,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Iterable, ModelTrait, PrimaryKeyToColumn,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Value as Cell, sea_query::Expr,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Printout, StationName,
    row::{Names, Row},
};
use crate::{
    Hub, HubError,
    access::Viewer,
    columns::{Columns, field_name},
    policy::{Class, Sight},
    tables,
};

/// What chains the trail, and what is of others who stand in the same row of it.
const CHAIN: [&str; 5] = ["people", "peopleCount", "peopleHash", "prevHash", "hash"];

/// What of a signed table is about no one.
const OF_THE_TABLE: [&str; 8] = [
    "id",
    "parts",
    "digest",
    "pinnedRow",
    "pinnedColumn",
    "pinnedKind",
    "pinnedRecord",
    "pinnedPerson",
];

/// What of a photo is about how it came.
const OF_THE_UPLOAD: [&str; 5] = ["digest", "length", "received", "parts", "touchedAt"];

/// The columns that tell whom a row is about, which station's it is, and what it is sorted by.
struct By<C> {
    person: C,
    /// Of a table with rows on a household as a whole.
    household: Option<C>,
    station: C,
    order: C,
}

pub(super) struct Gathering<'h> {
    hub: &'h Hub,
    viewer: &'h Viewer,
    person: person::Model,
    /// The households the person lives in or is the head of.
    homes: Vec<household::Model>,
    stations: HashMap<Uuid, StationName>,
    names: Names,
    covers: BTreeSet<StationName>,
    elsewhere: BTreeSet<StationName>,
    withheld: BTreeSet<&'static str>,
}

impl<'h> Gathering<'h> {
    pub async fn of(
        hub: &'h Hub,
        viewer: &'h Viewer,
        person: person::Model,
    ) -> Result<Self, HubError> {
        use household::Column;
        let home = Condition::any()
            .add(Column::HeadId.eq(person.id))
            .add_option(person.household_id.map(|id| Column::Id.eq(id)));
        let homes = household::Entity::find().filter(home).order_by_asc(Column::Id);
        let homes = homes.all(hub.db.read()).await?;
        let mut stations = HashMap::new();
        for row in station::Entity::find().all(hub.db.read()).await? {
            stations.insert(row.id, StationName { code: row.code, name: row.name });
        }
        let names = names(hub, &stations).await?;
        let (covers, elsewhere, withheld) = Default::default();
        Ok(Self { hub, viewer, person, homes, stations, names, covers, elsewhere, withheld })
    }

    pub async fn print(mut self, purpose: String) -> Result<Printout, HubError> {
        // In the order of SOURCES.
        let sections = [
            self.persons().await?,
            self.households().await?,
            self.ledger_entries().await?,
            self.visits().await?,
            self.assessments().await?,
            self.needs().await?,
            self.excuses().await?,
            self.kept_apart().await?,
            self.signed_tables().await?,
            self.submissions().await?,
            self.import_rows().await?,
            self.changes().await?,
            self.reveals().await?,
            self.accesses().await?,
        ];
        Ok(Printout {
            printed_at: self.hub.clock.now(),
            printed_by: self.names.of_id(Some(self.viewer.account_id)),
            purpose,
            covers: self.covers,
            elsewhere: self.elsewhere,
            withheld: self.withheld,
            sections,
        })
    }

    /// The stations that serve the person.
    async fn serving(&self) -> Result<Vec<person_station::Model>, HubError> {
        let serving = person_station::Entity::find()
            .filter(person_station::Column::PersonId.eq(self.person.id));
        Ok(serving.all(self.hub.db.read()).await?)
    }

    async fn persons(&mut self) -> Result<Vec<Row>, HubError> {
        let serving = self.serving().await?;
        let serving = self.within(serving, person_station::Column::StationId);
        let named = |link: &person_station::Model| self.names.of_id(Some(link.station_id));
        let stations: Vec<_> = serving.iter().map(named).collect();
        let id = self.person.id;
        let mut past = self.hanging(past_person::Column::PersonId, &[id]).await?;
        let links = past_person_station::Entity::find()
            .filter(past_person_station::Column::PersonId.eq(id));
        let links = links.all(self.hub.db.read()).await?;
        let links = self.within(links, past_person_station::Column::StationId);
        let links: Vec<Value> = self.printed(&links).await?.into_iter().map(Value::from).collect();
        let row = self.hub.printed(&self.person, &self.names, false).await?;
        let row = row.with("stations", stations).with("pastStations", links);
        Ok(vec![row.with("past", taken(&mut past, id))])
    }

    async fn households(&mut self) -> Result<Vec<Row>, HubError> {
        let homes = self.within(self.homes.clone(), household::Column::StationId);
        self.printed(&homes).await
    }

    async fn ledger_entries(&mut self) -> Result<Vec<Row>, HubError> {
        use ledger_entry::Column::{Id, PersonId, StationId};
        let by = By { person: PersonId, household: None, station: StationId, order: Id };
        let entries = self.about::<ledger_entry::Entity>("ledgerEntries", by).await?;
        let ids: Vec<_> = entries.iter().map(|(entry, _)| entry.id).collect();
        let mut children = self.hanging(child_detail::Column::EntryId, &ids).await?;
        let mut elderly = self.hanging(elderly_detail::Column::EntryId, &ids).await?;
        let mut disabled = self.hanging(disabled_detail::Column::EntryId, &ids).await?;
        let mut risks = self.hanging(risk_spell::Column::EntryId, &ids).await?;
        let mut past = self.hanging(past_entry::Column::EntryId, &ids).await?;
        let rows = entries.into_iter().map(|(entry, mut row)| {
            for details in [&mut children, &mut elderly, &mut disabled] {
                row.0.extend(details.remove(&entry.id).into_iter().flatten().flat_map(|row| row.0));
            }
            row.with("risks", taken(&mut risks, entry.id)).with("past", taken(&mut past, entry.id))
        });
        let mut rows: Vec<_> = rows.collect();
        use past_entry::Column as Past;
        let by = By {
            person: Past::PersonId,
            household: None,
            station: Past::StationId,
            order: Past::EntryId,
        };
        rows.extend(self.taken_back::<past_entry::Entity>("ledgerEntries", by, &ids).await?);
        Ok(rows)
    }

    /// How rows stood that are on record no longer: those kept but of these.
    async fn taken_back<E: EntityTrait>(
        &mut self,
        source: &'static str,
        by: By<E::Column>,
        still: &[Uuid],
    ) -> Result<Vec<Row>, HubError> {
        let key = by.order;
        let kept = self.about::<E>(source, by).await?.into_iter();
        let gone = kept.filter(|(row, _)| id_in(row, key).is_none_or(|id| !still.contains(&id)));
        Ok(gone.map(|(_, row)| row).collect())
    }

    /// The rows that hang on others by this column, by what they hang on and in the order of the key.
    async fn hanging<C: ColumnTrait>(
        &self,
        on: C,
        those: &[Uuid],
    ) -> Result<HashMap<Uuid, Vec<Row>>, HubError>
    where
        C::EntityName: EntityTrait<Column = C>,
    {
        let mut found = C::EntityName::find().filter(on.is_in(those.iter().copied()));
        for key in <C::EntityName as EntityTrait>::PrimaryKey::iter() {
            found = found.order_by_asc(key.into_column());
        }
        let mut rows: HashMap<_, Vec<_>> = HashMap::new();
        for hanging in found.all(self.hub.db.read()).await? {
            let row = self.hub.printed(&hanging, &self.names, false).await?;
            let row = row.without(&[&field_name(on)]);
            rows.entry(id_in(&hanging, on).unwrap_or_default()).or_default().push(row);
        }
        Ok(rows)
    }

    async fn visits(&mut self) -> Result<Vec<Row>, HubError> {
        use visit::Column::{HouseholdId, Id, PersonId, StationId};
        let household = Some(HouseholdId);
        let by = By { person: PersonId, household, station: StationId, order: Id };
        let visits = self.about::<visit::Entity>("visits", by).await?;
        let ids: Vec<_> = visits.iter().map(|(visit, _)| visit.id).collect();
        let given: Vec<visit_service::Model> = self.hub.services(self.viewer, &ids).await?;
        let homes = visits.iter().filter(|(visit, _)| visit.household_id.is_some());
        let homes = homes.map(|(visit, _)| visit.id).collect();
        let mut photos = self.photos(&ids, &homes).await?;
        let rows = visits.into_iter().map(|(visit, row)| {
            let given = given.iter().filter(|given| given.visit_id == visit.id);
            let row = row.with("photos", taken(&mut photos, visit.id));
            row.with("services", given.map(|given| given.service.code()).collect::<Vec<_>>())
        });
        let mut rows: Vec<_> = rows.collect();
        use past_visit::Column as Past;
        let household = Some(Past::HouseholdId);
        let by = By {
            person: Past::PersonId,
            household,
            station: Past::StationId,
            order: Past::VisitId,
        };
        let gone = self.about::<past_visit::Entity>("visits", by).await?;
        let ids: Vec<_> = gone.iter().map(|(visit, _)| visit.visit_id).collect();
        let given = past_service::Entity::find().filter(past_service::Column::VisitId.is_in(ids));
        let given = given.all(self.hub.db.read()).await?;
        let homes = gone.iter().filter(|(visit, _)| visit.household_id.is_some());
        let homes = homes.map(|(visit, _)| visit.visit_id).collect();
        let ids: Vec<_> = gone.iter().map(|(visit, _)| visit.visit_id).collect();
        let mut photos = self.photos(&ids, &homes).await?;
        rows.extend(gone.into_iter().map(|(visit, row)| {
            let then = (visit.visit_id, visit.known_from);
            let row = row.with("photos", taken(&mut photos, visit.visit_id));
            let given = given.iter().filter(|given| (given.visit_id, given.known_from) == then);
            row.with("services", given.map(|given| given.service.code()).collect::<Vec<_>>())
        }));
        Ok(rows)
    }

    /// The photos of visits with their pictures: of those to a household as a whole, which may show
    /// minors, not for who sees these masked.
    async fn photos(
        &mut self,
        visits: &[Uuid],
        homes: &HashSet<Uuid>,
    ) -> Result<HashMap<Uuid, Vec<Row>>, HubError> {
        let cautious = self.viewer.sight_on_minor(Class::FreeText) < Sight::Plain;
        let mut rows: HashMap<_, Vec<_>> = HashMap::new();
        for (visit, photo) in self.hub.photos(self.viewer, visits).await? {
            if cautious && homes.contains(&visit) {
                self.withheld.insert("visits");
                continue;
            }
            let Some(kind) = photo.kind else { continue };
            let bytes = self.hub.photo_bytes(self.hub.db.read(), photo.id).await?;
            let picture = format!("data:{};base64,{}", kind.media_type(), STANDARD.encode(bytes));
            let row = self.hub.printed(&photo, &self.names, false).await?;
            let row = row.without(&OF_THE_UPLOAD).with("picture", picture);
            rows.entry(visit).or_default().push(row);
        }
        Ok(rows)
    }

    async fn assessments(&mut self) -> Result<Vec<Row>, HubError> {
        use assessment::Column::{HouseholdId, Id, PersonId, StationId};
        let household = Some(HouseholdId);
        let by = By { person: PersonId, household, station: StationId, order: Id };
        Ok(rows(self.about::<assessment::Entity>("assessments", by).await?))
    }

    async fn needs(&mut self) -> Result<Vec<Row>, HubError> {
        use need::Column::{HouseholdId, Id, PersonId, StationId};
        let household = Some(HouseholdId);
        let by = By { person: PersonId, household, station: StationId, order: Id };
        let needs = self.about::<need::Entity>("needs", by).await?;
        let ids: Vec<_> = needs.iter().map(|(need, _)| need.id).collect();
        let mut past = self.hanging(past_need::Column::NeedId, &ids).await?;
        let rows = needs.into_iter();
        let rows = rows.map(|(need, row)| row.with("past", taken(&mut past, need.id)));
        let mut rows: Vec<_> = rows.collect();
        use past_need::Column as Past;
        let household = Some(Past::HouseholdId);
        let by =
            By { person: Past::PersonId, household, station: Past::StationId, order: Past::NeedId };
        rows.extend(self.taken_back::<past_need::Entity>("needs", by, &ids).await?);
        Ok(rows)
    }

    async fn excuses(&mut self) -> Result<Vec<Row>, HubError> {
        use excuse::Column::{Id, PersonId, StationId};
        let by = By { person: PersonId, household: None, station: StationId, order: Id };
        Ok(rows(self.about::<excuse::Entity>("excuses", by).await?))
    }

    /// That the person and another, who is not told, are two. What was said of one out of reach is withheld.
    async fn kept_apart(&mut self) -> Result<Vec<Row>, HubError> {
        use kept_apart::Column::{EarlierId, Id, LaterId};
        let id = self.person.id;
        let about = Condition::any().add(EarlierId.eq(id)).add(LaterId.eq(id));
        let decided = kept_apart::Entity::find().filter(about).order_by_asc(Id);
        let mut rows = Vec::new();
        for pair in decided.all(self.hub.db.read()).await? {
            let other = if pair.earlier_id == id { pair.later_id } else { pair.earlier_id };
            let shown = Columns::Shown([].into());
            let other = self.hub.by_ids::<person::Entity>(self.viewer, &[other], &shown).await?;
            if other.is_empty() {
                self.withheld.insert("keptApart");
            }
            let row = self.hub.printed(&pair, &self.names, other.is_empty()).await?;
            rows.push(row.without(&["id", "earlierId", "laterId"]));
        }
        Ok(rows)
    }

    /// The signed tables of stations that count one of the person's records, by which of their columns,
    /// and those returned for such a record, with the reason.
    async fn signed_tables(&self) -> Result<Vec<Row>, HubError> {
        let records = self.records().await?;
        let serving = self.serving().await?;
        let reached = serving.iter().filter(|link| self.viewer.reaches(link.station_id));
        let places = reached.filter_map(|link| self.stations.get(&link.station_id));
        let of_station = Condition::all()
            .add(signed_table::Column::Level.eq(TableLevel::Station))
            .add(signed_table::Column::Place.is_in(places.map(|place| place.code.as_str())));
        let about = signed_table::Column::PinnedPerson.eq(self.person.id);
        let signed = signed_table::Entity::find()
            .filter(Condition::any().add(of_station).add(about))
            .order_by_asc(signed_table::Column::Id)
            .all(self.hub.db.read())
            .await?;
        let mut rows = Vec::new();
        for table in signed {
            let columns = tables::columns_of(&table, &records)?;
            let about = table.pinned_person == Some(self.person.id);
            if columns.is_empty() && !about {
                continue;
            }
            let row = self.hub.printed(&table, &self.names, !about).await?;
            rows.push(row.without(&OF_THE_TABLE).with("columns", columns));
        }
        Ok(rows)
    }

    /// The ids of the person and of all records about them.
    async fn records(&self) -> Result<HashSet<Uuid>, HubError> {
        let (db, id) = (self.hub.db.read(), self.person.id);
        let mut records = HashSet::from([id]);
        records.extend(
            ids(db, ledger_entry::Column::PersonId.eq(id), ledger_entry::Column::Id).await?,
        );
        records.extend(ids(db, visit::Column::PersonId.eq(id), visit::Column::Id).await?);
        records.extend(ids(db, need::Column::PersonId.eq(id), need::Column::Id).await?);
        records.extend(ids(db, assessment::Column::PersonId.eq(id), assessment::Column::Id).await?);
        Ok(records)
    }

    async fn submissions(&mut self) -> Result<Vec<Row>, HubError> {
        use submission::Column::{HouseholdId, PersonId, ReceivedAt, StationId};
        let household = Some(HouseholdId);
        let by = By { person: PersonId, household, station: StationId, order: ReceivedAt };
        let mut rows = rows(self.about::<submission::Entity>("submissions", by).await?);
        let cells = rows.iter_mut().flat_map(|row| &mut row.0);
        for (_, content) in cells.filter(|(key, _)| key == "content") {
            let parsed = content.as_str().and_then(|text| serde_json::from_str(text).ok());
            *content = parsed.unwrap_or_else(|| content.take());
        }
        Ok(rows)
    }

    /// The rows of files by which the person's submissions were handed in.
    async fn import_rows(&mut self) -> Result<Vec<Row>, HubError> {
        let own = submission::Entity::find()
            .select_only()
            .column(submission::Column::Id)
            .filter(submission::Column::PersonId.eq(self.person.id));
        let found = import_row::Entity::find()
            .filter(import_row::Column::SubmissionId.in_subquery(own.into_query()))
            .find_also_related(import::Entity)
            .order_by_asc(import_row::Column::Id);
        let mut rows = Vec::new();
        for (row, act) in found.all(self.hub.db.read()).await? {
            let Some(act) = act else { continue };
            let name = self.stations.get(&act.station_id).cloned();
            if self.viewer.reaches(act.station_id) {
                self.covers.extend(name);
                let row = self.hub.printed(&row, &self.names, false).await?;
                rows.push(row.with("fileName", act.file_name));
            } else {
                self.elsewhere.extend(name);
            }
        }
        Ok(rows)
    }

    async fn changes(&mut self) -> Result<Vec<Row>, HubError> {
        use change::Column::{HouseholdId, PersonId, Seq, StationId};
        let household = Some(HouseholdId);
        let by = By { person: PersonId, household, station: StationId, order: Seq };
        Ok(rows(self.about::<change::Entity>("changes", by).await?))
    }

    async fn reveals(&self) -> Result<Vec<Row>, HubError> {
        let asked = reveal::Entity::find()
            .filter(reveal::Column::PersonId.eq(self.person.id))
            .order_by_asc(reveal::Column::Id)
            .all(self.hub.db.read())
            .await?;
        let notices = notice::Entity::find()
            .filter(notice::Column::RevealId.is_in(asked.iter().map(|reveal| reveal.id)))
            .order_by_asc(notice::Column::Id)
            .all(self.hub.db.read())
            .await?;
        let mut rows = Vec::new();
        for reveal in asked {
            let mut told = Vec::new();
            for notice in notices.iter().filter(|notice| notice.reveal_id == reveal.id) {
                let notice = self.hub.printed(notice, &self.names, false).await?;
                told.push(notice.without(&["id", "revealId"]).into());
            }
            let row = self.hub.printed(&reveal, &self.names, false).await?;
            rows.push(row.with("notices", Value::Array(told)));
        }
        Ok(rows)
    }

    async fn accesses(&self) -> Result<Vec<Row>, HubError> {
        let rows = self.printed(&self.hub.recipients(self.person.id).await?).await?;
        Ok(rows.into_iter().map(|row| row.without(&CHAIN)).collect())
    }

    /// The rows of a table that are about the person or a household of theirs as a whole, oldest
    /// first. Who sees minors masked gets no texts on a household, which may name one.
    async fn about<E: EntityTrait>(
        &mut self,
        source: &'static str,
        by: By<E::Column>,
    ) -> Result<Vec<(E::Model, Row)>, HubError> {
        let homes = self.homes.iter().map(|home| home.id);
        let about = Condition::any()
            .add(by.person.eq(self.person.id))
            .add_option(by.household.map(|household| household.is_in(homes)));
        let found = E::find().filter(about).order_by_asc(by.order).all(self.hub.db.read()).await?;
        let cautious = self.viewer.sight_on_minor(Class::FreeText) < Sight::Plain;
        let mut rows = Vec::new();
        for found in self.within(found, by.station) {
            let of_home = by.household.and_then(|household| id_in(&found, household)).is_some();
            let withhold = cautious && of_home && has_texts(&found);
            let row = self.hub.printed(&found, &self.names, withhold).await?;
            self.withheld.extend(withhold.then_some(source));
            rows.push((found, row));
        }
        Ok(rows)
    }

    /// The rows of stations within reach.
    fn within<M: ModelTrait>(
        &mut self,
        rows: Vec<M>,
        station: <M::Entity as EntityTrait>::Column,
    ) -> Vec<M> {
        let (mut within, mut out) = (Vec::new(), BTreeSet::new());
        for row in rows {
            let Some(id) = id_in(&row, station) else { continue };
            let name = self.stations.get(&id).cloned();
            if self.viewer.reaches(id) {
                self.covers.extend(name);
                within.push(row);
            } else {
                out.extend(name);
            }
        }
        self.elsewhere.append(&mut out);
        within
    }

    async fn printed<M: ModelTrait>(&self, found: &[M]) -> Result<Vec<Row>, HubError> {
        let mut rows = Vec::new();
        for row in found {
            rows.push(self.hub.printed(row, &self.names, false).await?);
        }
        Ok(rows)
    }
}

async fn ids<C>(db: &impl ConnectionTrait, about: Expr, id: C) -> Result<Vec<Uuid>, HubError>
where
    C: ColumnTrait,
    C::EntityName: EntityTrait<Column = C>,
{
    let found = C::EntityName::find().select_only().column(id).filter(about);
    Ok(found.into_tuple().all(db).await?)
}

fn rows<M>(found: Vec<(M, Row)>) -> Vec<Row> {
    found.into_iter().map(|(_, row)| row).collect()
}

/// Whether anything sealed is in a row.
fn has_texts<M: ModelTrait>(row: &M) -> bool {
    let mut columns = <M::Entity as EntityTrait>::Column::iter();
    columns.any(|column| matches!(row.get(column), Cell::Bytes(Some(_))))
}

/// Takes out the rows that hang on one.
fn taken(rows: &mut HashMap<Uuid, Vec<Row>>, of: Uuid) -> Vec<Value> {
    rows.remove(&of).unwrap_or_default().into_iter().map(Value::from).collect()
}

fn id_in<M: ModelTrait>(row: &M, column: <M::Entity as EntityTrait>::Column) -> Option<Uuid> {
    match row.get(column) {
        Cell::Uuid(id) => id,
        _ => None,
    }
}

async fn names(hub: &Hub, stations: &HashMap<Uuid, StationName>) -> Result<Names, HubError> {
    let mut by_id: HashMap<_, _> = stations
        .iter()
        .map(|(id, station)| (*id, json!({ "code": station.code, "name": station.name })))
        .collect();
    let accounts = account::Entity::find()
        .select_only()
        .columns([account::Column::Id, account::Column::Username, account::Column::Name])
        .into_tuple::<(Uuid, String, String)>();
    for (id, username, name) in accounts.all(hub.db.read()).await? {
        by_id.insert(id, json!({ "name": name, "username": username }));
    }
    let divisions = division::Entity::find().all(hub.db.read()).await?;
    let by_code = divisions.into_iter().map(|row| {
        let name = json!({ "code": row.code, "name": row.name });
        (row.code, name)
    });
    Ok(Names { by_id, by_code: by_code.collect() })
}
