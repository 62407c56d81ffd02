//! What a group changes or takes back, kept as it stood before, so that statistics answer as the record
//! stood on a day. Of a row that changed several times in a group the last counts.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    child_detail, disabled_detail, elderly_detail, ledger_entry, past_entry, past_need,
    past_person, past_person_station, past_service, past_visit, person_station, visit,
    visit_service,
};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, Iterable,
    sea_query::OnConflict,
};
use uuid::Uuid;

use super::{
    group::Group,
    rows::{among, values},
    writing::write,
};

impl Group<'_> {
    /// Keeps what is about to be written over.
    pub(super) async fn keep_past(&self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        keep::<past_person::Entity>(tx, self.past_persons()).await?;
        keep::<past_entry::Entity>(tx, self.past_entries(tx).await?).await?;
        keep::<past_need::Entity>(tx, self.past_needs()).await
    }

    fn past_persons(&self) -> Vec<past_person::Model> {
        let now = self.clock.now();
        let replaced = self.persons.replaced().map(|(old, new)| (old, new.updated_at));
        let removed = self.persons.removed().map(|old| (old, now));
        let past = replaced.chain(removed).filter_map(|(old, until)| {
            let (known_from, known_until) = span(old.updated_at, until)?;
            Some(past_person::Model {
                person_id: old.id,
                known_from,
                known_until,
                sex: old.sex,
                birth_date: old.birth_date,
                division_code: old.division_code.clone(),
                income_class: old.income_class,
                household_id: old.household_id,
            })
        });
        past.collect()
    }

    async fn past_entries(
        &self,
        tx: &impl ConnectionTrait,
    ) -> Result<Vec<past_entry::Model>, DbErr> {
        let now = self.clock.now();
        let replaced = self.entries.replaced().map(|(old, new)| (old, new.updated_at));
        let over: Vec<_> = replaced.chain(self.entries.removed().map(|old| (old, now))).collect();
        let details = Details::of(tx, over.iter().map(|(old, _)| *old)).await?;
        let past = over.into_iter().filter_map(|(old, until)| {
            let (known_from, known_until) = span(old.updated_at, until)?;
            let elderly = details.elderly.get(&old.id);
            let disabled = details.disabled.get(&old.id);
            Some(past_entry::Model {
                entry_id: old.id,
                known_from,
                known_until,
                person_id: old.person_id,
                station_id: old.station_id,
                division_code: old.division_code.clone(),
                kind: old.kind,
                opened_on: old.opened_on,
                closed_on: old.closed_on,
                income_class: old.income_class,
                risk: old.risk,
                child_kind: details.children.get(&old.id).map(|detail| detail.child_kind),
                living_arrangement: elderly.and_then(|detail| detail.living_arrangement),
                ability_level: elderly.and_then(|detail| detail.ability_level),
                category: disabled.map(|detail| detail.category),
                grade: disabled.map(|detail| detail.grade),
            })
        });
        Ok(past.collect())
    }

    fn past_needs(&self) -> Vec<past_need::Model> {
        let now = self.clock.now();
        let replaced = self.needs.replaced().map(|(old, new)| (old, new.updated_at));
        let removed = self.needs.removed().map(|old| (old, now));
        let past = replaced.chain(removed).filter_map(|(old, until)| {
            let (known_from, known_until) = span(old.updated_at, until)?;
            Some(past_need::Model {
                need_id: old.id,
                known_from,
                known_until,
                station_id: old.station_id,
                person_id: old.person_id,
                household_id: old.household_id,
                division_code: old.division_code.clone(),
                domain: old.domain,
                urgency: old.urgency,
                status: old.status,
                raised_on: old.raised_on,
                settled_on: old.settled_on,
            })
        });
        past.collect()
    }
}

/// Keeps visits that are taken back, with the services given at them, and that stations served people.
pub(super) async fn keep_gone(
    tx: &impl ConnectionTrait,
    until: DateTime<Utc>,
    (visits, services): (&[visit::Model], &[visit_service::Model]),
    links: &[person_station::Model],
) -> Result<(), DbErr> {
    let since: HashMap<_, _> = visits.iter().map(|visit| (visit.id, visit.recorded_at)).collect();
    let services = services.iter().filter_map(|given| {
        let (known_from, known_until) = span(*since.get(&given.visit_id)?, until)?;
        let (visit_id, service) = (given.visit_id, given.service);
        Some(past_service::Model { visit_id, service, known_from, known_until })
    });
    keep::<past_service::Entity>(tx, services.collect()).await?;
    let links = links.iter().filter_map(|link| {
        let (known_from, known_until) = span(link.recorded_at, until)?;
        let (person_id, station_id) = (link.person_id, link.station_id);
        Some(past_person_station::Model { person_id, station_id, known_from, known_until })
    });
    keep::<past_person_station::Entity>(tx, links.collect()).await?;
    let visits = visits.iter().filter_map(|visit| past_visit(visit, until));
    keep::<past_visit::Entity>(tx, visits.collect()).await
}

fn past_visit(visit: &visit::Model, until: DateTime<Utc>) -> Option<past_visit::Model> {
    let (known_from, known_until) = span(visit.recorded_at, until)?;
    Some(past_visit::Model {
        visit_id: visit.id,
        known_from,
        known_until,
        station_id: visit.station_id,
        person_id: visit.person_id,
        household_id: visit.household_id,
        division_code: visit.division_code.clone(),
        visited_on: visit.visited_on,
        minutes: visit.minutes,
        mode: visit.mode,
        next_visit_on: visit.next_visit_on,
    })
}

/// Writes rows of the past. One of the same instant, by a clock that is behind, is there already.
async fn keep<E>(tx: &impl ConnectionTrait, rows: Vec<E::Model>) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let mut known = OnConflict::columns(E::PrimaryKey::iter());
    known.do_nothing_on(E::PrimaryKey::iter());
    write::<E>(tx, rows, Some(known)).await
}

/// From when to when a row stood so; none where that is no time at all.
fn span(old: DateTime<Utc>, new: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    Some((old, new)).filter(|(old, new)| old < new)
}

/// The details of entries as they stand in the database.
struct Details {
    children: HashMap<Uuid, child_detail::Model>,
    elderly: HashMap<Uuid, elderly_detail::Model>,
    disabled: HashMap<Uuid, disabled_detail::Model>,
}

impl Details {
    async fn of(
        tx: &impl ConnectionTrait,
        entries: impl Iterator<Item = &ledger_entry::Model>,
    ) -> Result<Self, DbErr> {
        use {
            child_detail::Column as Child, disabled_detail::Column as Disabled,
            elderly_detail::Column as Elderly,
        };
        let ids = values(entries.map(|entry| entry.id));
        let children = among::<child_detail::Entity>(tx, Child::EntryId, ids.clone(), None).await?;
        let elderly =
            among::<elderly_detail::Entity>(tx, Elderly::EntryId, ids.clone(), None).await?;
        let disabled = among::<disabled_detail::Entity>(tx, Disabled::EntryId, ids, None).await?;
        Ok(Self {
            children: children.into_iter().map(|row| (row.entry_id, row)).collect(),
            elderly: elderly.into_iter().map(|row| (row.entry_id, row)).collect(),
            disabled: disabled.into_iter().map(|row| (row.entry_id, row)).collect(),
        })
    }
}
