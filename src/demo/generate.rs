//! A made-up month (October 2026) of a station, in the form it is handed in. Everything comes from
//! the seed and the station's code: the same call gives the same month, ids included.

mod ledgers;
mod people;
mod random;
mod visits;

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use hub::places::{Places, Station};
use serde_json::{Value, json};
use uuid::Uuid;

use people::{Kind, Maker, Person, name};
use random::{Ids, Random};

/// The seed of the demo city.
pub const SEED: u64 = 20_261_031;

/// A station as its month needs it.
#[derive(Clone, Debug)]
pub struct StationSeed {
    /// `S` and the code of its township.
    pub code: String,
    /// The township's code, 9 digits.
    pub division_code: String,
    /// Code (12 digits) and name of each village of the township; at least one.
    pub villages: Vec<(String, String)>,
}

impl StationSeed {
    /// A station of the hub.
    #[must_use]
    pub fn of(places: &Places, station: &Station) -> Self {
        let villages = places.villages(&station.township).iter();
        Self {
            code: station.code.clone(),
            division_code: station.township.clone(),
            villages: villages.map(|one| (one.code.clone(), one.name.clone())).collect(),
        }
    }
}

/// What a station hands in for the month.
#[derive(Clone, Debug, Default)]
pub struct Month {
    /// Submissions in the form of `SubmissionInput`, in the order of handing in.
    pub items: Vec<Value>,
    /// The ids of those that the hub must reject.
    pub rejected: Vec<Uuid>,
    /// The ids of those that stand in `items` twice.
    pub repeated: Vec<Uuid>,
}

/// The month of a station: ledger entries, households, visits by day, assessments, closures,
/// excuses.
#[must_use]
pub fn month(station: &StationSeed, seed: u64) -> Month {
    if station.villages.is_empty() || station.division_code.len() < 6 {
        return Month::default();
    }
    let mut writing = Writing::new(station, seed);
    writing.write_ledgers();
    writing.repeat(7);
    writing.choose_leavers();
    writing.write_households();
    writing.write_visits();
    writing.repeat(7);
    writing.write_assessments();
    writing.write_closures();
    writing.write_excuses();
    Month { items: writing.items, rejected: writing.rejected, repeated: writing.repeated }
}

/// A month being written.
struct Writing<'a> {
    station: &'a StationSeed,
    random: Random,
    ids: Ids,
    maker: Maker<'a>,
    people: Vec<Person>,
    /// The ability the ledger has for an old person.
    abilities: HashMap<usize, &'static str>,
    /// Open needs: person and domain, in an order that is always the same.
    open: BTreeSet<(usize, &'static str)>,
    visited: HashSet<(usize, NaiveDate)>,
    heads: Vec<usize>,
    leavers: Vec<(usize, Kind, NaiveDate)>,
    team: Vec<String>,
    items: Vec<Value>,
    rejected: Vec<Uuid>,
    repeated: Vec<Uuid>,
}

impl<'a> Writing<'a> {
    fn new(station: &'a StationSeed, seed: u64) -> Self {
        let mut random = Random::new(seed, &station.code);
        let team = (0..3).map(|_| name(&mut random, false)).collect();
        Self {
            station,
            random,
            ids: Ids::new(seed, &station.code),
            maker: Maker::new(station),
            people: Vec::new(),
            abilities: HashMap::new(),
            open: BTreeSet::new(),
            visited: HashSet::new(),
            heads: Vec::new(),
            leavers: Vec::new(),
            team,
            items: Vec::new(),
            rejected: Vec::new(),
            repeated: Vec::new(),
        }
    }

    fn enter(&mut self, person: Person) -> usize {
        self.people.push(person);
        self.people.len() - 1
    }

    fn push(&mut self, kind: &str, content: Value) -> Uuid {
        let id = self.ids.next();
        let station = &self.station.code;
        let content = Value::from_iter([(kind, content)]);
        let item = json!({ "id": id, "station": station, "content": content });
        self.items.push(item);
        id
    }

    /// Needs in so many domains, each once.
    fn needs(&mut self, likely: &[&'static str], number: usize) -> Vec<Value> {
        let mut domains = Vec::new();
        for _ in 0..number {
            domains.push(self.random.pick(likely));
        }
        domains.sort_unstable();
        domains.dedup();
        let urgencies = &[(50, "NORMAL"), (30, "SOON"), (15, "URGENT"), (5, "CRITICAL")];
        let need = |domain| json!({ "domain": domain, "urgency": self.random.weighted(urgencies) });
        domains.into_iter().map(need).collect()
    }

    fn raise(&mut self, place: usize, needs: &[Value]) {
        for domain in DOMAINS {
            if needs.iter().any(|need| need["domain"] == *domain) {
                self.open.insert((place, domain));
            }
        }
    }

    /// Hands in once more what was handed in so many items ago, as after a lost answer.
    fn repeat(&mut self, back: usize) {
        let given = self.items.iter().rev().skip(back);
        let mut sound = given.filter_map(|item| Some((id_of(item)?, item)));
        let Some((id, item)) = sound.find(|(id, _)| !self.rejected.contains(id)) else {
            return;
        };
        self.repeated.push(id);
        self.items.push(item.clone());
    }
}

fn id_of(item: &Value) -> Option<Uuid> {
    item["id"].as_str()?.parse().ok()
}

const DOMAINS: &[&str] = &[
    "SUPPLIES",
    "MEDICAL_AID",
    "CARE",
    "PSYCHOLOGICAL",
    "EDUCATION",
    "LEGAL_AID",
    "HOUSING_REPAIR",
    "ASSISTIVE_DEVICE",
    "EMPLOYMENT",
    "OTHER",
];

#[cfg(test)]
mod tests;
