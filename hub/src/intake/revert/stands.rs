//! Why an item as a whole stays as it is: what it made or changed was touched since.

use entity::{NeedDomain, NeedStatus, ResidentId, person, submission};
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
        let is_standing = row.event_digest.is_none() && self.standing.contains(&row.digest);
        if self.way == Way::Again && is_standing {
            return Ok(Some(whole(Code::HandedInSince, Of::Visit)));
        }
        for touch in &trace.rows {
            let code = match touch.of {
                Of::Person => self.person_stands(touch),
                Of::Entry => self.entry_stands(touch, trace),
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

    fn entry_stands(&self, touch: &Touch, trace: &Trace) -> Option<Code> {
        let Some(after) = &touch.after else { return self.entry_cannot_come_back(touch, trace) };
        let Some(row) = self.group.entries.get(touch.id) else { return Some(Code::ChangedSince) };
        let written_by = after.get("submission_id").and_then(Json::as_str);
        if written_by != Some(row.submission_id.to_string().as_str()) {
            return Some(Code::ChangedSince);
        }
        self.cannot_go(touch, trace)
    }

    fn entry_cannot_come_back(&self, touch: &Touch, trace: &Trace) -> Option<Code> {
        let image = touch.before.as_ref()?;
        let person = id_in(image, "person_id")?;
        if !self.is_there(person, trace) {
            return Some(Code::ChangedSince);
        }
        let mut open = self.group.open_entries.keys();
        let is_open = open.any(|(of, kind, station)| {
            *of == person
                && Some(*station) == id_in(image, "station_id")
                && image.get("kind").and_then(Json::as_str) == Some(kind.code().as_str())
        });
        (is_open && image.get("closed_on").is_none_or(Json::is_null)).then_some(Code::HandedInSince)
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

    /// Why what was made cannot be taken away: it is signed for, or other needs stand on it.
    fn cannot_go(&self, touch: &Touch, trace: &Trace) -> Option<Code> {
        if touch.before.is_some() {
            return None;
        }
        if self.signed.contains(&touch.id) {
            return Some(Code::SignedSince);
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
            return Ok(taken.then_some(Code::HandedInSince));
        };
        let Some(now) = now else { return Ok(Some(Code::ChangedSince)) };
        let now = image(&self.group.keys, now)?;
        if differs(&now, after) {
            return Ok(Some(Code::ChangedSince));
        }
        if touch.before.is_none() && self.signed.contains(&touch.id) {
            return Ok(Some(Code::SignedSince));
        }
        let before = touch.before.as_ref();
        if before.is_some_and(opens) && self.is_open_elsewhere(touch.id, &now) {
            return Ok(Some(Code::ChangedSince));
        }
        let again = self.way == Way::Back && self.is_found_again(row, &now)?;
        Ok(again.then_some(Code::ChangedSince))
    }

    /// Whether another need of the same kind is open.
    fn is_open_elsewhere(&self, id: Uuid, image: &Image) -> bool {
        let subject = id_in(image, "person_id").or(id_in(image, "household_id"));
        let domain = image.get("domain").and_then(Json::as_str);
        let mut open = self.group.open_needs.iter();
        open.any(|((of, station, kind), other)| {
            *other != id
                && Some(*of) == subject
                && Some(*station) == id_in(image, "station_id")
                && domain == Some(kind.code().as_str())
        })
    }

    /// Whether somebody handed in since, to no effect, that a need is there or was met.
    fn is_found_again(&self, row: &submission::Model, image: &Image) -> Result<bool, KeyFault> {
        let (station, domain) = (id_in(image, "station_id"), image.get("domain"));
        let domain = domain.and_then(Json::as_str);
        for (since, content) in self.said_since(row)? {
            let mut domains = domains_in(&content).into_iter();
            let is_named = domains.any(|named| Some(named.code().as_str()) == domain);
            if is_named && Some(since.station_id) == station {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What was handed in about the same person after an item, and stands.
    pub(super) fn said_since(
        &self,
        row: &submission::Model,
    ) -> Result<Vec<(&submission::Model, Content)>, KeyFault> {
        let said = row.person_id.and_then(|person| self.said.get(&person));
        let mut since = Vec::new();
        for said in said.into_iter().flatten().filter_map(|id| self.submissions.get(id)) {
            let is_later = (said.received_at, said.id) > (row.received_at, row.id);
            if !is_later || said.undone_at.is_some() || self.reverted.contains(&said.id) {
                continue;
            }
            let text = self.group.keys.open(submission::Column::Content, said.id, &said.content);
            let text = text.map_err(|_| KeyFault::Broken)?;
            since.push((said, serde_json::from_str(&text).map_err(|_| KeyFault::Broken)?));
        }
        Ok(since)
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
