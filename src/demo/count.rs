//! A second count of a period, made from the inputs alone. It knows nothing of how the hub takes in,
//! records or counts; that the two agree is what the demo and its test show.

mod workbooks;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// The numbers of a period. Keys of the maps are the names of the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Count {
    /// Stations with at least one visit.
    pub stations: u64,
    /// Different people visited.
    pub people_served: u64,
    /// Visits to a person.
    pub person_times: u64,
    /// Visits by each ledger the visited person stands in during the period; NONE where in none.
    pub visits_by_kind: BTreeMap<String, u64>,
    /// How many visits gave each service.
    pub services: BTreeMap<String, u64>,
    /// Needs raised, by domain.
    pub needs_raised: BTreeMap<String, u64>,
    pub needs_met: u64,
    pub assessments_by_instrument: BTreeMap<String, u64>,
    /// Entries open at the end of the last day.
    pub ledgers_by_kind: BTreeMap<String, u64>,
}

struct Entry {
    station: String,
    person: String,
    kind: String,
    opened_on: NaiveDate,
    closed_on: Option<NaiveDate>,
}

struct Visit {
    station: String,
    person: Option<String>,
    day: NaiveDate,
    services: BTreeSet<String>,
}

struct Need {
    domain: String,
    raised_on: NaiveDate,
    met_on: Option<NaiveDate>,
}

/// What was handed in, event by event. A person is known by the resident ID, else by name, sex,
/// birth date and village.
#[derive(Default)]
pub struct Tally {
    entries: Vec<Entry>,
    visits: Vec<Visit>,
    assessments: Vec<(String, NaiveDate)>,
    /// By station and person.
    needs: HashMap<(String, String), Vec<Need>>,
    seen: HashSet<String>,
}

impl Tally {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in submissions in their order, each id once and the rejected never.
    pub fn add_items(&mut self, items: &[Value], rejected: &[Uuid]) -> anyhow::Result<()> {
        for item in items {
            let id = text(item, "id")?;
            let is_rejected = rejected.iter().any(|rejected| rejected.to_string() == id);
            if !is_rejected && self.seen.insert(id) {
                self.add_item(item)?;
            }
        }
        Ok(())
    }

    fn add_item(&mut self, item: &Value) -> anyhow::Result<()> {
        let station = text(item, "station")?;
        let content = item["content"].as_object();
        let Some((kind, content)) = content.and_then(|content| content.iter().next()) else {
            anyhow::bail!("an item has no content");
        };
        let person = match kind.as_str() {
            "household" | "excuse" => return Ok(()),
            _ => person_key(&content["person"]),
        };
        match kind.as_str() {
            "ledgerEntry" => self.add_ledger_entry(&station, person, content),
            "ledgerClosure" => self.close(&station, person, content),
            "visit" => self.add_visit(&station, person, content),
            "assessment" => {
                let (code, on) = (text(content, "instrument")?, day(content, "assessedOn")?);
                self.assessments.push((code, on));
                self.raise(&station, person.as_ref(), &words(&content["needs"], "domain"), on);
                Ok(())
            }
            other => anyhow::bail!("{other} is not counted"),
        }
    }

    fn add_ledger_entry(
        &mut self,
        station: &str,
        person: Option<String>,
        content: &Value,
    ) -> anyhow::Result<()> {
        let kind = match content["detail"].as_object().and_then(|detail| detail.keys().next()) {
            Some(kind) => kind.to_uppercase(),
            None => anyhow::bail!("a ledger entry has no detail"),
        };
        let opened_on = day(content, "openedOn")?;
        self.raise(station, person.as_ref(), &words(&content["needs"], "domain"), opened_on);
        self.open(station, person.unwrap_or_default(), kind, opened_on);
        Ok(())
    }

    /// An entry that is open already is the same entry.
    fn open(&mut self, station: &str, person: String, kind: String, opened_on: NaiveDate) {
        let station = station.to_owned();
        let same = |entry: &Entry| {
            entry.station == station
                && entry.person == person
                && entry.kind == kind
                && entry.closed_on.is_none()
        };
        if !self.entries.iter().any(same) {
            self.entries.push(Entry { station, person, kind, opened_on, closed_on: None });
        }
    }

    fn close(
        &mut self,
        station: &str,
        person: Option<String>,
        content: &Value,
    ) -> anyhow::Result<()> {
        let (kind, on) = (text(content, "kind")?, day(content, "closedOn")?);
        let person = person.unwrap_or_default();
        for entry in &mut self.entries {
            let same = entry.station == station && entry.person == person && entry.kind == kind;
            if same && entry.closed_on.is_none() {
                entry.closed_on = Some(on);
            }
        }
        Ok(())
    }

    fn add_visit(
        &mut self,
        station: &str,
        person: Option<String>,
        content: &Value,
    ) -> anyhow::Result<()> {
        let on = day(content, "visitedOn")?;
        if let Some(person) = &person {
            let needs = self.needs.get_mut(&(station.to_owned(), person.clone()));
            let met = strings(&content["needsMet"]);
            for need in needs.into_iter().flatten() {
                if need.met_on.is_none() && met.contains(&need.domain) {
                    need.met_on = Some(on);
                }
            }
        }
        self.raise(station, person.as_ref(), &words(&content["needs"], "domain"), on);
        self.visits.push(Visit {
            station: station.to_owned(),
            person,
            day: on,
            services: strings(&content["services"]).into_iter().collect(),
        });
        Ok(())
    }

    /// A need that is open already at the station is not raised a second time; it was raised on the
    /// earliest day it was found.
    fn raise(
        &mut self,
        station: &str,
        person: Option<&String>,
        domains: &[String],
        raised_on: NaiveDate,
    ) {
        let key = (station.to_owned(), person.cloned().unwrap_or_default());
        let needs = self.needs.entry(key).or_default();
        for domain in domains {
            let same = |need: &&mut Need| need.domain == *domain && need.met_on.is_none();
            match needs.iter_mut().find(same) {
                Some(open) => open.raised_on = open.raised_on.min(raised_on),
                None => needs.push(Need { domain: domain.clone(), raised_on, met_on: None }),
            }
        }
    }

    /// Counts the days from the first to the last, both included.
    #[must_use]
    pub fn count(&self, from: NaiveDate, to: NaiveDate) -> Count {
        let within = |day: NaiveDate| from <= day && day <= to;
        let visits = || self.visits.iter().filter(|visit| within(visit.day));
        let visited = || visits().filter_map(|visit| visit.person.as_ref());
        let kinds = self.kinds_of_people(from, to);
        let none = BTreeSet::from(["NONE"]);
        let kinds_of = |visit: &Visit| {
            let kinds = visit.person.as_ref().and_then(|person| kinds.get(person.as_str()));
            kinds.unwrap_or(&none).clone()
        };
        let needs = || self.needs.values().flatten();
        let open_at_end = |entry: &&Entry| {
            entry.opened_on <= to && entry.closed_on.is_none_or(|closed| closed > to)
        };
        Count {
            stations: distinct(visits().map(|visit| &visit.station)),
            people_served: distinct(visited()),
            person_times: visited().count() as u64,
            visits_by_kind: tally(visits().flat_map(kinds_of)),
            services: tally(visits().flat_map(|visit| &visit.services)),
            needs_raised: tally(needs().filter(|need| within(need.raised_on)).map(|n| &n.domain)),
            needs_met: needs().filter(|need| need.met_on.is_some_and(within)).count() as u64,
            assessments_by_instrument: tally(
                self.assessments.iter().filter(|(_, day)| within(*day)).map(|(code, _)| code),
            ),
            ledgers_by_kind: tally(self.entries.iter().filter(open_at_end).map(|e| &e.kind)),
        }
    }

    fn kinds_of_people(&self, from: NaiveDate, to: NaiveDate) -> HashMap<&str, BTreeSet<&str>> {
        let mut kinds: HashMap<&str, BTreeSet<&str>> = HashMap::new();
        for entry in &self.entries {
            if entry.opened_on <= to && entry.closed_on.is_none_or(|closed| closed >= from) {
                kinds.entry(&entry.person).or_default().insert(&entry.kind);
            }
        }
        kinds
    }
}

fn tally<T: AsRef<str>>(names: impl Iterator<Item = T>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name.as_ref().to_owned()).or_default() += 1;
    }
    counts
}

fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> u64 {
    names.collect::<HashSet<_>>().len() as u64
}

fn person_key(person: &Value) -> Option<String> {
    let part = |name: &str| person[name].as_str().unwrap_or_default();
    if person.is_null() {
        return None;
    }
    Some(match person["residentId"].as_str() {
        Some(id) => id.to_uppercase(),
        None => ["name", "sex", "birthDate", "village"].map(part).join(" "),
    })
}

fn text(object: &Value, field: &str) -> anyhow::Result<String> {
    match object[field].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => anyhow::bail!("{field} is missing"),
    }
}

fn day(object: &Value, field: &str) -> anyhow::Result<NaiveDate> {
    Ok(text(object, field)?.parse()?)
}

fn strings(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn words(list: &Value, field: &str) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|entry| entry[field].as_str()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
