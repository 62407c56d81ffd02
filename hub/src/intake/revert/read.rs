//! Reading what traces name, and what stands on it.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::{
    ResidentId, assessment, change, excuse, household, import_row, ledger_entry, need,
    person_station, reveal, signed_table, submission, visit, visit_photo,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Reverting, Way, due, id_in};
use crate::{
    access::Viewer,
    error::HubError,
    intake::{
        MAX_ITEMS,
        group::Group,
        rows::{among, values},
        trace::{Of, Touch, Trace},
    },
    keys::Keyring,
};

impl<'a> Reverting<'a> {
    pub(super) async fn read(
        tx: &impl ConnectionTrait,
        (mut group, viewer): (Group<'a>, &'a Viewer),
        (way, signed): (Way, HashSet<Uuid>),
        items: &[(Uuid, Trace)],
    ) -> Result<Self, HubError> {
        let named = Named::by(&group.keys, way, items);
        let (people, visits, entries) = (named.people, named.visits, named.entries);
        group.read_persons(tx, values(people.iter().copied()), named.numbers, named.names).await?;
        group.read_households(tx, Vec::new()).await?;
        group.read_entries(tx, values(entries.iter().copied())).await?;
        group.read_open_needs(tx).await?;
        group.read_needs(tx, named.needs, (&visits, &entries)).await?;
        let mut reverting = Self {
            naming: naming(group.needs.rows()),
            group,
            viewer,
            way,
            signed,
            pictured: pictured(tx, &visits).await?,
            visits: HashMap::new(),
            links: HashMap::new(),
            about: about(tx, &people).await?,
            submissions: HashMap::new(),
            said: HashMap::new(),
            changes: HashMap::new(),
            own: HashSet::new(),
            standing: HashSet::new(),
            reverted: BTreeSet::new(),
        };
        reverting.read_visits(tx, &visits).await?;
        reverting.read_links(tx, &people).await?;
        reverting.read_submissions(tx, items, &people).await?;
        Ok(reverting)
    }

    async fn read_visits(&mut self, tx: &impl ConnectionTrait, ids: &[Uuid]) -> Result<(), DbErr> {
        let ids = values(ids.iter().copied());
        let found = among::<visit::Entity>(tx, visit::Column::Id, ids, None).await?;
        self.visits = found.into_iter().map(|row| (row.id, row)).collect();
        Ok(())
    }

    async fn read_links(&mut self, tx: &impl ConnectionTrait, ids: &[Uuid]) -> Result<(), DbErr> {
        let column = person_station::Column::PersonId;
        let ids = values(ids.iter().copied());
        let found = among::<person_station::Entity>(tx, column, ids, None).await?;
        self.links = found.into_iter().map(|row| ((row.person_id, row.station_id), row)).collect();
        Ok(())
    }

    async fn read_submissions(
        &mut self,
        tx: &impl ConnectionTrait,
        items: &[(Uuid, Trace)],
        people: &[Uuid],
    ) -> Result<(), DbErr> {
        use submission::Column;
        let ids = values(items.iter().map(|(id, _)| *id));
        let mut found = among::<submission::Entity>(tx, Column::Id, ids, None).await?;
        if self.way == Way::Again {
            let digests = values(found.iter().map(|row| row.digest.clone()));
            let column = Column::EventDigest;
            let standing = among::<submission::Entity>(tx, column, digests, None).await?;
            self.standing = standing.into_iter().filter_map(|row| row.event_digest).collect();
        }
        let people = values(people.iter().copied());
        found.extend(among::<submission::Entity>(tx, Column::PersonId, people, None).await?);
        for row in found {
            let is_new = !self.submissions.contains_key(&row.id);
            if let Some(person) = row.person_id.filter(|_| is_new) {
                self.said.entry(person).or_default().push(row.id);
            }
            self.submissions.insert(row.id, row);
        }
        let all = values(self.submissions.keys().copied());
        let column = change::Column::SubmissionId;
        for row in among::<change::Entity>(tx, column, all, None).await? {
            let changes = self.changes.entry(row.submission_id).or_insert((row.seq, row.seq));
            *changes = (row.seq.min(changes.0), row.seq.max(changes.1));
        }
        if self.way == Way::Again {
            self.own = of_one_act(tx, items, self.submissions.keys().copied().collect()).await?;
        }
        Ok(())
    }
}

impl Group<'_> {
    async fn read_needs(
        &mut self,
        tx: &impl ConnectionTrait,
        ids: Vec<Uuid>,
        (visits, entries): (&[Uuid], &[Uuid]),
    ) -> Result<(), DbErr> {
        use need::Column::{Id, LedgerEntryId, SettledByVisitId, VisitId};
        let ids = [
            (Id, &ids[..]),
            (VisitId, visits),
            (SettledByVisitId, visits),
            (LedgerEntryId, entries),
        ];
        for (column, ids) in ids {
            let ids = values(ids.iter().copied());
            for row in among::<need::Entity>(tx, column, ids, None).await? {
                self.needs.read(row.id, row);
            }
        }
        Ok(())
    }
}

/// What traces name, to be read.
#[derive(Default)]
struct Named {
    people: Vec<Uuid>,
    numbers: Vec<Value>,
    names: Vec<Value>,
    visits: Vec<Uuid>,
    entries: Vec<Uuid>,
    needs: Vec<Uuid>,
}

impl Named {
    fn by(keys: &Keyring, way: Way, items: &[(Uuid, Trace)]) -> Self {
        let (mut named, mut people) = (Self::default(), BTreeSet::new());
        for trace in items.iter().map(|(_, trace)| due(way, trace)) {
            people.extend(trace.links.iter().map(|tie| tie.of));
            for touch in &trace.rows {
                let images = [&touch.before, &touch.after].into_iter().flatten();
                people.extend(images.filter_map(|image| id_in(image, "person_id")));
                match touch.of {
                    Of::Person => {
                        people.insert(touch.id);
                        named.person(keys, touch);
                    }
                    Of::Visit => named.visits.push(touch.id),
                    Of::Need => named.needs.push(touch.id),
                    Of::Entry | Of::Child | Of::Elderly | Of::Disabled => {
                        named.entries.push(touch.id);
                    }
                }
            }
        }
        named.people = people.into_iter().collect();
        named
    }

    /// By what someone who is to come back may be on record anew.
    fn person(&mut self, keys: &Keyring, touch: &Touch) {
        let (Some(image), None) = (&touch.before, &touch.after) else { return };
        let text = |column: &str| image.get(column).and_then(Json::as_str);
        match text("resident_id").and_then(|text| text.parse::<ResidentId>().ok()) {
            Some(number) => self.numbers.extend(values(keys.indices(&number))),
            None => self.names.extend(text("name").map(Value::from)),
        }
    }
}

/// Those of some submissions that were handed in by the act of the items.
async fn of_one_act(
    tx: &impl ConnectionTrait,
    items: &[(Uuid, Trace)],
    submissions: Vec<Uuid>,
) -> Result<HashSet<Uuid>, DbErr> {
    use import_row::Column::{ImportId, SubmissionId};
    let mut acts = HashMap::new();
    for some in submissions.chunks(MAX_ITEMS) {
        let rows = import_row::Entity::find()
            .select_only()
            .columns([SubmissionId, ImportId])
            .filter(SubmissionId.is_in(some.iter().copied()));
        acts.extend(rows.into_tuple::<(Uuid, Uuid)>().all(tx).await?);
    }
    let act = items.first().and_then(|(id, _)| acts.get(id).copied());
    acts.retain(|_, of| Some(*of) == act);
    Ok(acts.into_keys().collect())
}

/// The records about people, each with its station.
async fn about(
    tx: &impl ConnectionTrait,
    people: &[Uuid],
) -> Result<HashMap<Uuid, HashSet<(Uuid, Uuid)>>, DbErr> {
    let mut about: HashMap<Uuid, HashSet<_>> = HashMap::new();
    for people in people.chunks(MAX_ITEMS) {
        let found = [
            {
                use visit::Column::{Id, PersonId, StationId};
                records(tx, (PersonId, StationId, Id), people).await?
            },
            {
                use ledger_entry::Column::{Id, PersonId, StationId};
                records(tx, (PersonId, StationId, Id), people).await?
            },
            {
                use need::Column::{Id, PersonId, StationId};
                records(tx, (PersonId, StationId, Id), people).await?
            },
            {
                use assessment::Column::{Id, PersonId, StationId};
                records(tx, (PersonId, StationId, Id), people).await?
            },
            {
                use excuse::Column::{Id, PersonId, StationId};
                records(tx, (PersonId, StationId, Id), people).await?
            },
            {
                use household::Column::{HeadId, Id, StationId};
                records(tx, (HeadId, StationId, Id), people).await?
            },
            // Of no station: no station has such an id.
            {
                use reveal::Column::{Id, PersonId};
                records(tx, (PersonId, Id, Id), people).await?
            },
            {
                use signed_table::Column::{Id, PinnedPerson};
                records(tx, (PinnedPerson, Id, Id), people).await?
            },
        ];
        for (person, station, record) in found.into_iter().flatten() {
            about.entry(person).or_default().insert((station, record));
        }
    }
    Ok(about)
}

/// Who, which station's, which record.
async fn records<C>(
    tx: &impl ConnectionTrait,
    (person, station, id): (C, C, C),
    people: &[Uuid],
) -> Result<Vec<(Uuid, Uuid, Uuid)>, DbErr>
where
    C: ColumnTrait,
    C::EntityName: EntityTrait<Column = C>,
{
    let found = C::EntityName::find()
        .select_only()
        .column_as(person, "person")
        .column_as(station, "station")
        .column_as(id, "record")
        .filter(person.is_in(people.iter().copied()));
    found.into_tuple().all(tx).await
}

/// The needs that name a visit or a ledger entry.
async fn pictured(tx: &impl ConnectionTrait, visits: &[Uuid]) -> Result<HashSet<Uuid>, DbErr> {
    let visits = values(visits.iter().copied());
    let links = among::<visit_photo::Entity>(tx, visit_photo::Column::VisitId, visits, None);
    Ok(links.await?.into_iter().map(|link| link.visit_id).collect())
}

fn naming<'n>(needs: impl Iterator<Item = &'n need::Model>) -> HashMap<Uuid, BTreeSet<Uuid>> {
    let mut naming: HashMap<_, BTreeSet<_>> = HashMap::new();
    for row in needs {
        for named in named_by(row) {
            naming.entry(named).or_default().insert(row.id);
        }
    }
    naming
}

pub(super) fn named_by(row: &need::Model) -> impl Iterator<Item = Uuid> + use<> {
    [row.visit_id, row.settled_by_visit_id, row.ledger_entry_id].into_iter().flatten()
}
