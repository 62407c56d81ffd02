//! Taking rows away, and writing values of before over others.

use std::sync::Arc;

use entity::{
    NeedStatus, ResidentId, need, person, person_station, submission, visit, visit_service,
};
use uuid::Uuid;

use super::{Kept, Reverting, Way, read::named_by, stands::gives, whole};
use crate::{
    intake::{
        group::Group,
        trace::{BOOKKEEPING, Image, Of, Spell, Tie, Touch, Trace, image},
        write_back::{differs, made, put, taken_away},
    },
    keys::{KeyFault, Keyring},
    problem::Code,
};

impl Reverting<'_> {
    pub(super) fn revert_touch(
        &mut self,
        row: &submission::Model,
        touch: &Touch,
        (done, kept): (&mut Trace, &mut Vec<Kept>),
    ) -> Result<(), KeyFault> {
        let did = match (touch.of, &touch.before) {
            (Of::Person, None) => self.take_person_away(touch, kept)?,
            (Of::Person, Some(before)) => {
                let mut before = before.clone();
                if touch.after.is_some() {
                    self.keep_touched(row, touch, &mut before, kept)?;
                }
                self.put(touch, &before)?
            }
            (Of::Visit, _) => self.revert_visit(touch)?,
            (_, None) => self.take_away(touch)?,
            (_, Some(before)) => self.put(touch, before)?,
        };
        done.rows.extend(did);
        Ok(())
    }

    /// Leaves out the values of a person that were changed or handed in since.
    fn keep_touched(
        &self,
        row: &submission::Model,
        touch: &Touch,
        before: &mut Image,
        kept: &mut Vec<Kept>,
    ) -> Result<(), KeyFault> {
        let (Some(person), Some(after)) = (self.group.persons.get(touch.id), &touch.after) else {
            before.clear();
            return Ok(());
        };
        let now = image(&self.group.keys, person)?;
        let since = match self.way {
            Way::Back => self.said_since(row)?,
            Way::Again => Vec::new(),
        };
        before.retain(|column, _| {
            if BOOKKEEPING.contains(&column.as_str()) {
                return false;
            }
            let is_changed = now.get(column) != after.get(column);
            let is_said = since.iter().any(|(_, content)| gives(content, column));
            if is_changed || is_said {
                let column = Some(column.clone());
                kept.push(Kept { code: Code::ChangedSince, of: Of::Person, column });
            }
            !is_changed && !is_said
        });
        Ok(())
    }

    /// Takes someone away who was made, unless values of theirs were changed or records are about them.
    fn take_person_away(
        &mut self,
        touch: &Touch,
        kept: &mut Vec<Kept>,
    ) -> Result<Option<Touch>, KeyFault> {
        let Some(row) = self.group.persons.get(touch.id) else { return Ok(None) };
        let is_served = self.about.get(&touch.id).is_some_and(|records| !records.is_empty())
            || self.group.links.get(&touch.id).is_some_and(|stations| !stations.is_empty());
        let is_changed = match &touch.after {
            Some(after) => differs(&image(&self.group.keys, row)?, after),
            None => false,
        };
        if is_served || is_changed || self.signed.contains(&touch.id) {
            kept.push(whole(Code::ServedSince, Of::Person));
            return Ok(None);
        }
        self.take_away(touch)
    }

    fn take_away(&mut self, touch: &Touch) -> Result<Option<Touch>, KeyFault> {
        let ring = Arc::clone(&self.group.keys);
        let group = &mut self.group;
        let before = match touch.of {
            Of::Person => {
                let was = group.persons.get(touch.id).map(|row| image(&ring, row)).transpose()?;
                group.forget(touch.id);
                was
            }
            Of::Entry => {
                let row = group.entries.get(touch.id).cloned();
                group.entries.remove(touch.id);
                if let Some(row) = &row {
                    group.open_entries.remove(&(row.person_id, row.kind, row.station_id));
                    self.no_longer_about(row.person_id, row.id);
                }
                row.map(|row| image(&ring, &row)).transpose()?
            }
            Of::Need => {
                let row = group.needs.get(touch.id).cloned();
                group.needs.remove(touch.id);
                if let Some(row) = &row {
                    self.need_goes(row);
                }
                row.map(|row| image(&ring, &row)).transpose()?
            }
            Of::Child => taken_away(&ring, &mut group.children, touch.id)?,
            Of::Elderly => taken_away(&ring, &mut group.elderly, touch.id)?,
            Of::Disabled => taken_away(&ring, &mut group.disabled, touch.id)?,
            Of::Visit => None,
        };
        Ok(before.map(|before| Touch {
            of: touch.of,
            id: touch.id,
            before: Some(before),
            after: None,
        }))
    }

    /// Writes values of before over a row, or the row itself where it is gone.
    fn put(&mut self, touch: &Touch, before: &Image) -> Result<Option<Touch>, KeyFault> {
        let ring = Arc::clone(&self.group.keys);
        let (of, id, is_gone) = (touch.of, touch.id, touch.after.is_none());
        let row = (of, id, is_gone);
        let group = &mut self.group;
        let at = (&*ring, group.clock);
        let touch = match of {
            Of::Person => {
                let touch = put(at, &mut group.persons, row, before)?;
                if let Some(row) = group.persons.get(id).cloned() {
                    let row = indexed(&ring, row);
                    group.know(&row);
                    group.persons.put(id, row);
                }
                touch
            }
            Of::Entry => {
                let touch = put(at, &mut group.entries, row, before)?;
                if let Some(row) = group.entries.get(id).cloned() {
                    if row.closed_on.is_none() {
                        let key = (row.person_id, row.kind, row.station_id);
                        group.open_entries.insert(key, id);
                    }
                    self.is_about(row.person_id, (row.station_id, id));
                }
                touch
            }
            Of::Need => {
                let was = group.needs.get(id).cloned();
                let touch = put(at, &mut group.needs, row, before)?;
                if let Some(was) = was {
                    self.need_goes(&was);
                }
                self.need_comes(id);
                touch
            }
            Of::Child => put(at, &mut group.children, row, before)?,
            Of::Elderly => put(at, &mut group.elderly, row, before)?,
            Of::Disabled => put(at, &mut group.disabled, row, before)?,
            Of::Visit => None,
        };
        Ok(touch)
    }

    fn revert_visit(&mut self, touch: &Touch) -> Result<Option<Touch>, KeyFault> {
        let ring = Arc::clone(&self.group.keys);
        let (of, id) = (Of::Visit, touch.id);
        if let Some(before) = &touch.before {
            let mut row: visit::Model = made(&ring, id, before)?;
            row.recorded_at = self.group.clock.now();
            if let Some(person) = row.person_id {
                self.is_about(person, (row.station_id, id));
            }
            let after = Some(image(&ring, &row)?);
            self.group.visits.push(row);
            return Ok(Some(Touch { of, id, before: None, after }));
        }
        let Some(row) = self.visits.remove(&id) else { return Ok(None) };
        if let Some(person) = row.person_id {
            self.no_longer_about(person, id);
        }
        let before = Some(image(&ring, &row)?);
        self.group.gone.visits.push(row);
        Ok(Some(Touch { of, id, before, after: None }))
    }

    pub(super) fn revert_services(&mut self, trace: &Trace, done: &mut Trace) {
        for tie in &trace.services {
            let given = visit_service::Model { visit_id: tie.of, service: tie.to };
            match tie.made {
                true => self.group.gone.services.push(given),
                false => self.group.services.push(given),
            }
            done.services.push(Tie { made: !tie.made, ..*tie });
        }
    }

    /// A station goes on serving those about whom it has any other record.
    pub(super) fn revert_links(&mut self, trace: &Trace, done: &mut Trace) {
        for tie in &trace.links {
            let (person_id, station_id) = (tie.of, tie.to);
            if tie.made {
                let records = self.about.get(&person_id).into_iter().flatten();
                let link = self.links.get(&(person_id, station_id));
                let is_served = records.clone().any(|(station, _)| *station == station_id);
                let Some(link) = link.filter(|_| !is_served).cloned() else { continue };
                self.links.remove(&(person_id, station_id));
                if let Some(stations) = self.group.links.get_mut(&person_id) {
                    stations.remove(&station_id);
                }
                self.group.gone.links.push(link);
            } else {
                let stations = self.group.links.entry(person_id).or_default();
                if !self.group.persons.holds(person_id) || !stations.insert(station_id) {
                    continue;
                }
                let recorded_at = self.group.clock.now();
                let link = person_station::Model { person_id, station_id, recorded_at };
                self.group.new_links.push(link);
            }
            done.links.push(Tie { made: !tie.made, ..*tie });
        }
    }

    /// The risks of an entry that is gone go with it.
    pub(super) fn revert_spells(&mut self, trace: &Trace, done: &mut Trace) {
        for spell in &trace.spells {
            let Spell { entry, from_on, before, after } = *spell;
            match before {
                Some(risk) => self.group.put_spell(entry, from_on, risk),
                None => self.group.gone.spells.push((entry, from_on)),
            }
            done.spells.push(Spell { entry, from_on, before: after, after: before });
        }
    }

    fn need_goes(&mut self, row: &need::Model) {
        let subject = row.person_id.or(row.household_id).unwrap_or_default();
        let key = (subject, row.station_id, row.domain);
        if self.group.open_needs.get(&key) == Some(&row.id) {
            self.group.open_needs.remove(&key);
        }
        for named in named_by(row) {
            if let Some(naming) = self.naming.get_mut(&named) {
                naming.remove(&row.id);
            }
        }
        self.no_longer_about(subject, row.id);
    }

    fn need_comes(&mut self, id: Uuid) {
        let Some(row) = self.group.needs.get(id).cloned() else { return };
        let subject = row.person_id.or(row.household_id).unwrap_or_default();
        if row.status == NeedStatus::Open {
            self.group.open_needs.insert((subject, row.station_id, row.domain), id);
        }
        for named in named_by(&row) {
            self.naming.entry(named).or_default().insert(id);
        }
        self.is_about(subject, (row.station_id, id));
    }

    fn is_about(&mut self, person: Uuid, record: (Uuid, Uuid)) {
        self.about.entry(person).or_default().insert(record);
    }

    fn no_longer_about(&mut self, person: Uuid, record: Uuid) {
        if let Some(records) = self.about.get_mut(&person) {
            records.retain(|(_, id)| *id != record);
        }
    }
}

impl Group<'_> {
    /// Takes someone out, who is found no more.
    fn forget(&mut self, id: Uuid) {
        if let Some(row) = self.persons.get(id) {
            if let Some(index) = &row.resident_index {
                self.by_number.remove(index);
            }
            if let Some(namesakes) = self.by_name.get_mut(&row.name) {
                namesakes.remove(&id);
            }
        }
        self.persons.remove(id);
    }
}

fn indexed(ring: &Keyring, row: person::Model) -> person::Model {
    let number = row.resident_id.as_ref().and_then(|sealed| {
        ring.open(person::Column::ResidentId, row.id, sealed).ok()?.parse::<ResidentId>().ok()
    });
    person::Model { resident_index: number.map(|number| ring.index(&number)), ..row }
}
