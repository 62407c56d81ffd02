//! What a group changes, kept as it stood before, so that statistics answer as the record stood on a
//! day. Of a row that changed several times in a group the last counts.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    child_detail, disabled_detail, elderly_detail, ledger_entry, past_entry, past_need, past_person,
};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{
    group::Group,
    rows::{among, values, write},
};

impl Group<'_> {
    /// Keeps what is about to be written over.
    pub(super) async fn keep_past(&self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        write::<past_person::Entity>(tx, self.past_persons(), None).await?;
        write::<past_entry::Entity>(tx, self.past_entries(tx).await?, None).await?;
        write::<past_need::Entity>(tx, self.past_needs(), None).await
    }

    fn past_persons(&self) -> Vec<past_person::Model> {
        let past = self.persons.replaced().filter_map(|(old, new)| {
            let (known_from, known_until) = span(old.updated_at, new.updated_at)?;
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
        let details = Details::of(tx, self.entries.replaced().map(|(old, _)| old)).await?;
        let past = self.entries.replaced().filter_map(|(old, new)| {
            let (known_from, known_until) = span(old.updated_at, new.updated_at)?;
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
        let past = self.needs.replaced().filter_map(|(old, new)| {
            let (known_from, known_until) = span(old.updated_at, new.updated_at)?;
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
