//! What items touch of the record, read at once.

use std::sync::Arc;

use chrono::NaiveDate;
use entity::{
    NeedStatus, child_detail, disabled_detail, elderly_detail, excuse, household, ledger_entry,
    need, person, person_station, photo, risk_spell,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, Value};

use super::{
    super::{
        Checked,
        check::{CheckedPerson, Subject},
        rows::{among, values},
    },
    Group, Item, Stand,
};
use crate::{error::HubError, keys::Keyring};

impl Group<'_> {
    pub(super) async fn read_touched(
        &mut self,
        tx: &impl ConnectionTrait,
        items: &[Item<'_>],
        said: Vec<Value>,
    ) -> Result<(), HubError> {
        let keys = Arc::clone(&self.keys);
        let touched = Touched::by(&keys, items);
        self.read_persons(tx, touched.person_ids, touched.numbers, touched.names).await?;
        self.read_households(tx, touched.household_ids).await?;
        self.read_entries(tx, said).await?;
        self.read_open_needs(tx).await?;
        self.read_excuses(tx, touched.excused_from).await?;
        for row in among::<photo::Entity>(tx, photo::Column::Id, touched.photos, None).await? {
            self.photos.insert(row.id, row);
        }
        Ok(())
    }

    pub(in crate::intake) async fn read_persons(
        &mut self,
        tx: &impl ConnectionTrait,
        ids: Vec<Value>,
        numbers: Vec<Value>,
        names: Vec<Value>,
    ) -> Result<(), HubError> {
        use person::Column;
        let mut found = among::<person::Entity>(tx, Column::Id, ids, None).await?;
        found.extend(among::<person::Entity>(tx, Column::ResidentIndex, numbers, None).await?);
        found.extend(among::<person::Entity>(tx, Column::Name, names, None).await?);
        for row in found {
            self.know(&row);
            self.persons.read(row.id, row);
        }
        let column = person_station::Column::PersonId;
        let people = values(self.persons.keys());
        for link in among::<person_station::Entity>(tx, column, people, None).await? {
            self.links.entry(link.person_id).or_default().insert(link.station_id);
        }
        Ok(())
    }

    pub(in crate::intake) async fn read_households(
        &mut self,
        tx: &impl ConnectionTrait,
        mut ids: Vec<Value>,
    ) -> Result<(), HubError> {
        use household::Column;
        let people = values(self.persons.keys());
        ids.extend(values(self.persons.rows().filter_map(|row| row.household_id)));
        let mut found = among::<household::Entity>(tx, Column::Id, ids, None).await?;
        found.extend(among::<household::Entity>(tx, Column::HeadId, people, None).await?);
        for row in found {
            self.by_head.insert(row.head_id, row.id);
            self.households.read(row.id, row);
        }
        let homes = values(self.households.keys());
        let column = person::Column::HouseholdId;
        for row in among::<person::Entity>(tx, column, homes, None).await? {
            self.know(&row);
            if !self.persons.holds(row.id) {
                self.persons.read(row.id, row);
            }
        }
        Ok(())
    }

    pub(in crate::intake) async fn read_entries(
        &mut self,
        tx: &impl ConnectionTrait,
        said: Vec<Value>,
    ) -> Result<(), HubError> {
        use ledger_entry::Column;
        let open = Condition::all().add(Column::ClosedOn.is_null());
        let people = values(self.persons.keys());
        let mut found =
            among::<ledger_entry::Entity>(tx, Column::PersonId, people, Some(open)).await?;
        found.extend(among::<ledger_entry::Entity>(tx, Column::Id, said, None).await?);
        for row in found {
            if row.closed_on.is_none() {
                self.open_entries.insert((row.person_id, row.kind, row.station_id), row.id);
            }
            self.entries.read(row.id, row);
        }
        if self.traces.is_some() { self.read_details(tx).await } else { Ok(()) }
    }

    /// What hangs on the entries, which nothing asks for but a trace.
    async fn read_details(&mut self, tx: &impl ConnectionTrait) -> Result<(), HubError> {
        use {
            child_detail::Column as Child, disabled_detail::Column as Disabled,
            elderly_detail::Column as Elderly,
        };
        let ids = values(self.entries.keys());
        for row in among::<child_detail::Entity>(tx, Child::EntryId, ids.clone(), None).await? {
            self.children.read(row.entry_id, row);
        }
        for row in among::<elderly_detail::Entity>(tx, Elderly::EntryId, ids.clone(), None).await? {
            self.elderly.read(row.entry_id, row);
        }
        let found = among::<disabled_detail::Entity>(tx, Disabled::EntryId, ids.clone(), None);
        for row in found.await? {
            self.disabled.read(row.entry_id, row);
        }
        let column = risk_spell::Column::EntryId;
        for row in among::<risk_spell::Entity>(tx, column, ids, None).await? {
            self.spells_known.insert((row.entry_id, row.from_on), row.risk);
        }
        Ok(())
    }

    pub(in crate::intake) async fn read_open_needs(
        &mut self,
        tx: &impl ConnectionTrait,
    ) -> Result<(), HubError> {
        use need::Column;
        let open = Condition::all().add(Column::Status.eq(NeedStatus::Open));
        let (people, homes) = (values(self.persons.keys()), values(self.households.keys()));
        let mut found =
            among::<need::Entity>(tx, Column::PersonId, people, Some(open.clone())).await?;
        found.extend(among::<need::Entity>(tx, Column::HouseholdId, homes, Some(open)).await?);
        for row in found {
            if let Some(subject) = row.person_id.or(row.household_id) {
                self.open_needs.insert((subject, row.station_id, row.domain), row.id);
            }
            self.needs.read(row.id, row);
        }
        Ok(())
    }

    /// The excuses of these people that begin on one of these days.
    async fn read_excuses(
        &mut self,
        tx: &impl ConnectionTrait,
        days: Vec<NaiveDate>,
    ) -> Result<(), HubError> {
        use excuse::Column;
        let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
            return Ok(());
        };
        let within = Condition::all().add(Column::FirstOn.between(*first, *last));
        let people = values(self.persons.keys());
        let found = among::<excuse::Entity>(tx, Column::PersonId, people, Some(within)).await?;
        for row in found {
            self.excuse_from.insert((row.person_id, row.station_id, row.first_on), row.id);
            self.excuses.read(row.id, row);
        }
        Ok(())
    }
}

/// What the contents of a group name, to be read.
struct Touched<'k> {
    keys: &'k Keyring,
    person_ids: Vec<Value>,
    numbers: Vec<Value>,
    names: Vec<Value>,
    household_ids: Vec<Value>,
    excused_from: Vec<NaiveDate>,
    photos: Vec<Value>,
}

impl<'k> Touched<'k> {
    fn by(keys: &'k Keyring, items: &[Item<'_>]) -> Self {
        let mut touched = Self {
            keys,
            person_ids: Vec::new(),
            numbers: Vec::new(),
            names: Vec::new(),
            household_ids: Vec::new(),
            excused_from: Vec::new(),
            photos: Vec::new(),
        };
        for item in items {
            if let Stand::Waiting { checked, .. } = &item.stand {
                touched.content(checked);
            }
        }
        touched
    }

    fn content(&mut self, checked: &Checked) {
        match checked {
            Checked::Visit(visit) => {
                self.photos.extend(values(visit.photos.iter().copied()));
                self.subject(&visit.subject);
            }
            Checked::Assessment(assessment) => self.subject(&assessment.subject),
            Checked::Entry(entry) => self.person(&entry.person),
            Checked::Closure(closure) => self.person(&closure.person),
            Checked::Correction(correction) => {
                self.person_ids.push(correction.person_id.into());
                self.person(&correction.values);
            }
            Checked::Excuse(excuse) => {
                self.excused_from.push(excuse.first_on);
                self.person(&excuse.person);
            }
            Checked::Household(household) => {
                self.person(&household.head);
                for member in &household.members {
                    self.person(&member.person);
                }
            }
        }
    }

    fn subject(&mut self, subject: &Subject) {
        match subject {
            Subject::Person(person) => self.person(person),
            Subject::Household(id) => self.household_ids.push((*id).into()),
        }
    }

    fn person(&mut self, person: &CheckedPerson) {
        self.person_ids.extend(person.id.map(Value::from));
        match (&person.resident_id, &person.name) {
            (Some(number), _) => self.numbers.extend(values(self.keys.indices(number))),
            (None, Some(name)) => self.names.push(name.as_str().into()),
            (None, None) => {}
        }
    }
}
