//! Taking rows away, and writing values of before over others.

use std::sync::Arc;

use entity::{
    NeedStatus, ResidentId, need, person, person_station, submission, visit, visit_service,
};
use uuid::Uuid;

use super::{Doing, Kept, Reverting, id_in, read::named_by, stands::gives, whole};
use crate::{
    intake::{
        group::Group,
        trace::{Image, Of, Spell, Tie, Touch, Trace, image, is_bookkeeping},
        write_back::{differs, made, put, taken_away},
    },
    keys::{KeyFault, Keyring},
    problem::Code,
};

impl Reverting<'_> {
    pub(super) fn revert_touch(
        &mut self,
        (row, trace): (&submission::Model, &Trace),
        touch: &Touch,
        doing: &mut Doing,
    ) -> Result<(), KeyFault> {
        let did = match (touch.of, &touch.before) {
            (Of::Person, None) => self.take_person_away((row, trace), touch, doing)?,
            (Of::Person, Some(before)) => {
                let mut before = before.clone();
                if touch.after.is_some() {
                    self.keep_touched(row, touch, &mut before, doing)?;
                }
                self.put(touch, &before)?
            }
            (Of::Visit, _) => self.revert_visit(touch)?,
            (_, None) => self.take_away(touch)?,
            (_, Some(before)) => self.put(touch, before)?,
        };
        doing.done.rows.extend(did);
        Ok(())
    }

    /// Leaves out the values of a person that were changed or handed in since.
    fn keep_touched(
        &self,
        row: &submission::Model,
        touch: &Touch,
        before: &mut Image,
        doing: &mut Doing,
    ) -> Result<(), KeyFault> {
        let (Some(person), Some(after)) = (self.group.persons.get(touch.id), &touch.after) else {
            before.clear();
            return Ok(());
        };
        let now = image(&self.group.keys, person)?;
        let since = self.said_since(row)?;
        let mut rest = (Image::new(), Image::new());
        before.retain(|column, value| {
            if is_bookkeeping(column) {
                return false;
            }
            let is_changed = now.get(column) != after.get(column);
            let is_said = since.iter().any(|(_, content)| gives(content, column));
            if is_changed || is_said {
                rest.0.insert(column.clone(), value.clone());
                rest.1.insert(column.clone(), after.get(column).cloned().unwrap_or_default());
                let column = Some(column.to_string());
                doing.kept.push(Kept { code: Code::ChangedSince, of: Of::Person, column });
            }
            !is_changed && !is_said
        });
        if !rest.0.is_empty() {
            let (before, after) = (Some(rest.0), Some(rest.1));
            doing.rest.rows.push(Touch { of: Of::Person, id: touch.id, before, after });
        }
        Ok(())
    }

    /// Takes someone away who was made, unless values of theirs were changed, or somebody serves them
    /// or handed anything in about them.
    fn take_person_away(
        &mut self,
        (row, trace): (&submission::Model, &Trace),
        touch: &Touch,
        doing: &mut Doing,
    ) -> Result<Option<Touch>, KeyFault> {
        let Some(person) = self.group.persons.get(touch.id) else { return Ok(None) };
        let is_changed = match &touch.after {
            Some(after) => differs(&image(&self.group.keys, person)?, after),
            None => false,
        };
        let code = if self.signed.contains(&touch.id) {
            Some(Code::SignedSince)
        } else {
            self.served(touch.id, row, trace).or(is_changed.then_some(Code::ChangedSince))
        };
        let Some(code) = code else { return self.take_away(touch) };
        doing.rest.rows.push(touch.clone());
        // Else an undo would tell that somebody out of reach serves them.
        if self.is_told(touch.id, row) {
            doing.kept.push(whole(code, Of::Person));
        }
        Ok(None)
    }

    /// Whether there is anything else of someone than an item made.
    fn served(&self, person: Uuid, row: &submission::Model, trace: &Trace) -> Option<Code> {
        let own = |station: &Uuid| {
            trace.links.iter().any(|tie| tie.made && (tie.of, tie.to) == (person, *station))
        };
        let mut stations = self.group.links.get(&person).into_iter().flatten();
        let is_served = self.about.get(&person).is_some_and(|records| !records.is_empty())
            || stations.any(|station| !own(station))
            || self.said_by_others(person, row).next().is_some();
        is_served.then_some(Code::ServedSince)
    }

    /// What was handed in about someone by other submissions that stand.
    fn said_by_others(
        &self,
        person: Uuid,
        row: &submission::Model,
    ) -> impl Iterator<Item = &submission::Model> {
        let said = self.said.get(&person).into_iter().flatten();
        let said = said.filter_map(|id| self.submissions.get(id));
        let id = row.id;
        said.filter(move |said| said.id != id && self.is_standing(said))
    }

    /// Whether something of someone is within the reach of whom it is done for.
    fn is_told(&self, person: Uuid, row: &submission::Model) -> bool {
        let records = self.about.get(&person).into_iter().flatten();
        let found = self.group.persons.get(person);
        let home = found.and_then(|row| self.group.households.get(row.household_id?));
        let mut stations =
            records.map(|(station, _)| *station).chain(home.map(|row| row.station_id));
        stations.any(|station| self.viewer.reaches(station))
            || self.said_by_others(person, row).any(|said| self.viewer.reaches(said.station_id))
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
                    let row = indexed(&ring, row)?;
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

    /// A station goes on serving those about whom it has any other record or submission, or who live in
    /// one of its households.
    pub(super) fn revert_links(
        &mut self,
        row: &submission::Model,
        trace: &Trace,
        doing: &mut Doing,
    ) {
        for tie in &trace.links {
            let (person, station) = (tie.of, tie.to);
            if !tie.made {
                doing.done.links.extend(self.serve(person, station));
            } else if self.serves(person, station, row) {
                doing.rest.links.push(*tie);
            } else {
                let Some(link) = self.links.remove(&(person, station)) else { continue };
                if let Some(stations) = self.group.links.get_mut(&person) {
                    stations.remove(&station);
                }
                self.group.gone.links.push(link);
                doing.done.links.push(Tie { made: false, ..*tie });
            }
        }
    }

    fn serves(&self, person: Uuid, station: Uuid, row: &submission::Model) -> bool {
        let Some(found) = self.group.persons.get(person) else { return false };
        let mut records = self.about.get(&person).into_iter().flatten();
        let home = found.household_id.and_then(|id| self.group.households.get(id));
        records.any(|(of, _)| *of == station)
            || self.said_by_others(person, row).any(|said| said.station_id == station)
            || home.is_some_and(|home| home.station_id == station)
    }

    /// Has a station serve someone; gives what that did.
    fn serve(&mut self, person_id: Uuid, station_id: Uuid) -> Option<Tie<Uuid>> {
        let stations = self.group.links.entry(person_id).or_default();
        if !self.group.persons.holds(person_id) || !stations.insert(station_id) {
            return None;
        }
        let recorded_at = self.group.clock.now();
        self.group.new_links.push(person_station::Model { person_id, station_id, recorded_at });
        Some(Tie { of: person_id, to: station_id, made: true })
    }

    /// Whose visits and entries a station has again, it serves.
    pub(super) fn serve_again(&mut self, done: &mut Trace) {
        let records = done.rows.iter().filter(|touch| matches!(touch.of, Of::Visit | Of::Entry));
        let images = records.filter_map(|touch| touch.after.as_ref());
        let ids = images
            .filter_map(|image| Some((id_in(image, "person_id")?, id_in(image, "station_id")?)));
        let ids: Vec<_> = ids.collect();
        for (person, station) in ids {
            done.links.extend(self.serve(person, station));
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

/// Someone with what their resident ID is found by.
fn indexed(ring: &Keyring, row: person::Model) -> Result<person::Model, KeyFault> {
    let open = |sealed| ring.open(person::Column::ResidentId, row.id, sealed);
    let number = row.resident_id.as_ref().map(open).transpose().map_err(|_| KeyFault::Broken)?;
    let number = number.map(|text| text.parse::<ResidentId>()).transpose();
    let number = number.map_err(|_| KeyFault::Broken)?;
    Ok(person::Model { resident_index: number.map(|number| ring.index(&number)), ..row })
}
