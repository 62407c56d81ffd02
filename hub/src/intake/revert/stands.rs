//! Why an item as a whole stays as it is: what it made or changed was touched since.

use entity::{LedgerKind, NeedDomain, NeedStatus, ResidentId, person, submission};
use sea_orm::ActiveEnum;
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Kept, Reverting, Way, id_in, whole};
use crate::{
    intake::{
        trace::{Image, Of, Touch, Trace, image},
        write_back::differs,
    },
    keys::KeyFault,
    problem::Code,
    submission::{Content, NeedContent, PersonContent},
};

impl Reverting<'_> {
    pub(super) fn stands(
        &self,
        row: &submission::Model,
        trace: &Trace,
    ) -> Result<Option<Kept>, KeyFault> {
        let anew = self.way == Way::Again && self.standing.contains(&row.digest);
        if anew && row.event_digest.is_none() {
            return Ok(Some(whole(Code::HandedInSince, Of::Visit)));
        }
        // Somebody handed the same in, and was told that it is on record.
        if self.way == Way::Back && row.said_again_at.is_some() {
            return Ok(Some(whole(Code::ChangedSince, Of::Visit)));
        }
        for touch in &trace.rows {
            let code = match touch.of {
                Of::Person => self.person_stands(touch),
                Of::Entry => self.entry_stands(row, touch, trace)?,
                Of::Visit => self.visit_stands(touch, trace),
                Of::Need => self.need_stands(row, touch)?,
                Of::Child | Of::Elderly | Of::Disabled => None,
            };
            if let Some(code) = code {
                return Ok(Some(whole(code, touch.of)));
            }
        }
        Ok(None)
    }

    /// Someone who is to come back may be on record anew.
    fn person_stands(&self, touch: &Touch) -> Option<Code> {
        let (Some(image), None) = (&touch.before, &touch.after) else { return None };
        let text = |column: &str| image.get(column).and_then(Json::as_str);
        let number = text("resident_id").and_then(|text| text.parse::<ResidentId>().ok());
        let is_there = match number {
            Some(number) => self.group.numbered(&number).is_some(),
            None => {
                let name = text("name").unwrap_or_default();
                let namesakes = self.group.by_name.get(name).into_iter().flatten();
                let mut rows = namesakes.filter_map(|id| self.group.persons.get(*id));
                rows.any(|row| may_be(row, image))
            }
        };
        is_there.then_some(Code::HandedInSince)
    }

    fn entry_stands(
        &self,
        row: &submission::Model,
        touch: &Touch,
        trace: &Trace,
    ) -> Result<Option<Code>, KeyFault> {
        let Some(after) = &touch.after else {
            return self.entry_cannot_come_back(row, touch, trace);
        };
        let changed = Ok(Some(Code::ChangedSince));
        let Some(entry) = self.group.entries.get(touch.id) else { return changed };
        let written_by = after.get("submission_id").and_then(Json::as_str);
        if written_by != Some(entry.submission_id.to_string().as_str()) {
            return changed;
        }
        Ok(self.cannot_go(touch, trace))
    }

    fn entry_cannot_come_back(
        &self,
        row: &submission::Model,
        touch: &Touch,
        trace: &Trace,
    ) -> Result<Option<Code>, KeyFault> {
        let Some(image) = touch.before.as_ref() else { return Ok(None) };
        let (person, station) = (id_in(image, "person_id"), id_in(image, "station_id"));
        let (person, station) = (person.unwrap_or_default(), station.unwrap_or_default());
        if !self.is_there(person, trace) {
            return Ok(Some(Code::ChangedSince));
        }
        let Some(kind) = coded::<LedgerKind>(image, "kind") else { return Ok(None) };
        let is_open = self.group.open_entries.contains_key(&(person, kind, station));
        let is_closed = image.get("closed_on").is_some_and(|day| !day.is_null());
        let mut since = self.said_since(row)?.into_iter();
        let is_anew = since
            .any(|(said, content)| said.station_id == station && ledger_in(&content) == Some(kind));
        Ok((is_open && !is_closed || is_anew).then_some(Code::HandedInSince))
    }

    fn visit_stands(&self, touch: &Touch, trace: &Trace) -> Option<Code> {
        match (&touch.before, &touch.after) {
            (Some(image), None) => {
                let person = id_in(image, "person_id");
                let is_gone = person.is_some_and(|id| !self.is_there(id, trace));
                is_gone.then_some(Code::ChangedSince)
            }
            _ => self.cannot_go(touch, trace),
        }
    }

    /// Why what was made cannot be taken away: it is signed for, somebody hung photos on it, or other
    /// needs stand on it.
    fn cannot_go(&self, touch: &Touch, trace: &Trace) -> Option<Code> {
        if self.signed.contains(&touch.id) {
            return Some(Code::SignedSince);
        }
        if touch.before.is_some() {
            return None;
        }
        if self.pictured.contains(&touch.id) {
            return Some(Code::ChangedSince);
        }
        let own = |id: &Uuid| trace.touch(Of::Need).any(|touch| touch.id == *id);
        let mut naming = self.naming.get(&touch.id).into_iter().flatten();
        naming.any(|id| !own(id)).then_some(Code::ChangedSince)
    }

    fn need_stands(
        &self,
        row: &submission::Model,
        touch: &Touch,
    ) -> Result<Option<Code>, KeyFault> {
        let opens = |image: &Image| {
            let status = image.get("status").and_then(Json::as_str);
            status == Some(NeedStatus::Open.code().as_str())
        };
        let now = self.group.needs.get(touch.id);
        let Some(after) = &touch.after else {
            let image = touch.before.clone().unwrap_or_default();
            let taken = opens(&image) && self.is_open_elsewhere(touch.id, &image);
            let taken = taken || self.is_found_again(row, &image)?;
            return Ok(taken.then_some(Code::HandedInSince));
        };
        let Some(now) = now else { return Ok(Some(Code::ChangedSince)) };
        let now = image(&self.group.keys, now)?;
        if differs(&now, after) {
            return Ok(Some(Code::ChangedSince));
        }
        if self.way == Way::Back && self.signed.contains(&touch.id) {
            return Ok(Some(Code::SignedSince));
        }
        let before = touch.before.as_ref();
        if before.is_some_and(opens) && self.is_open_elsewhere(touch.id, &now) {
            return Ok(Some(Code::ChangedSince));
        }
        Ok(self.is_found_again(row, &now)?.then_some(Code::ChangedSince))
    }

    /// Whether another need of the same kind is open.
    fn is_open_elsewhere(&self, id: Uuid, image: &Image) -> bool {
        let subject = id_in(image, "person_id").or(id_in(image, "household_id"));
        let (station, domain) = (id_in(image, "station_id"), coded(image, "domain"));
        let key = subject.zip(station).zip(domain);
        let key = key.map(|((subject, station), domain)| (subject, station, domain));
        key.and_then(|key| self.group.open_needs.get(&key)).is_some_and(|open| *open != id)
    }

    /// Whether somebody handed in since, to no effect, that a need is there or was met.
    fn is_found_again(&self, row: &submission::Model, image: &Image) -> Result<bool, KeyFault> {
        let (station, domain) = (id_in(image, "station_id"), coded::<NeedDomain>(image, "domain"));
        for (since, content) in self.said_since(row)? {
            let mut domains = domains_in(&content).into_iter();
            let is_named = domains.any(|named| Some(named) == domain);
            if is_named && Some(since.station_id) == station {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What was handed in about the same person after an item, or after that was taken back, and stands.
    pub(super) fn said_since(
        &self,
        row: &submission::Model,
    ) -> Result<Vec<(&submission::Model, Content)>, KeyFault> {
        let said = row.person_id.and_then(|person| self.said.get(&person));
        let last = self.changes.get(&row.id).map(|(first, newest)| match self.way {
            Way::Back => first,
            Way::Again => newest,
        });
        let mut since = Vec::new();
        for said in said.into_iter().flatten().filter_map(|id| self.submissions.get(id)) {
            let is_later = self.changes.get(&said.id).map(|(first, _)| first) > last;
            if !is_later || !self.is_standing(said) {
                continue;
            }
            let text = self.group.keys.open(submission::Column::Content, said.id, &said.content);
            let text = text.map_err(|_| KeyFault::Broken)?;
            since.push((said, serde_json::from_str(&text).map_err(|_| KeyFault::Broken)?));
        }
        Ok(since)
    }

    /// Whether a submission stands that is not of the act at hand, as far as that has come.
    pub(super) fn is_standing(&self, said: &submission::Model) -> bool {
        let is_of_it = self.reverted.contains(&said.id) || self.own.contains(&said.id);
        said.undone_at.is_none() && !is_of_it
    }

    fn is_there(&self, person: Uuid, trace: &Trace) -> bool {
        self.group.persons.holds(person)
            || trace.touch(Of::Person).any(|touch| touch.id == person && touch.after.is_none())
    }
}

/// Whether someone of the same name may be the one of an image.
fn may_be(row: &person::Model, image: &Image) -> bool {
    let text = |column: &str| image.get(column).and_then(Json::as_str);
    let agrees = |column: &str, value: Option<String>| {
        value.is_none() || text(column).is_none() || value.as_deref() == text(column)
    };
    text("division_code") == Some(row.division_code.as_str())
        && agrees("sex", row.sex.map(entity::Sex::code))
        && agrees("birth_date", row.birth_date.map(|day| day.to_string()))
}

/// The domains of needs that a content found or met.
fn domains_in(content: &Content) -> Vec<NeedDomain> {
    let (needs, met): (&[NeedContent], &[NeedDomain]) = match content {
        Content::Visit(visit) => (&visit.needs, &visit.needs_met),
        Content::Assessment(assessment) => (&assessment.needs, &[]),
        Content::LedgerEntry(entry) => (&entry.needs, &[]),
        _ => (&[], &[]),
    };
    needs.iter().map(|need| need.domain).chain(met.iter().copied()).collect()
}

/// The ledger that a content writes to.
fn ledger_in(content: &Content) -> Option<LedgerKind> {
    match content {
        Content::LedgerEntry(entry) => Some(entry.detail.kind()),
        Content::LedgerClosure(closure) => Some(closure.kind),
        _ => None,
    }
}

fn coded<E: ActiveEnum<Value = String>>(image: &Image, column: &str) -> Option<E> {
    E::try_from_value(&image.get(column)?.as_str()?.to_owned()).ok()
}

/// Whether a content gives a value of a person.
pub(super) fn gives(content: &Content, column: &str) -> bool {
    let person = match content {
        Content::Visit(visit) => visit.person.as_ref(),
        Content::Assessment(assessment) => assessment.person.as_ref(),
        Content::LedgerEntry(entry) => Some(&entry.person),
        Content::LedgerClosure(closure) => Some(&closure.person),
        Content::Household(household) => Some(&household.head),
        Content::PersonCorrection(correction) => Some(&correction.values),
        Content::Excuse(excuse) => Some(&excuse.person),
    };
    let Some(PersonContent { address, phone, income_class, sex, birth_date, village, .. }) = person
    else {
        return false;
    };
    match column {
        "address" => address.is_some(),
        "phone" => phone.is_some(),
        "income_class" => income_class.is_some(),
        "sex" => sex.is_some(),
        "birth_date" => birth_date.is_some(),
        "division_code" => village.is_some(),
        _ => false,
    }
}
