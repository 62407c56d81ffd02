//! The visits that are handed in: of people on record, by resident ID, each unlike all others.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use chrono::{Duration, NaiveDate};
use entity::{Service, VisitMode};
use hub::{
    clock::Clock,
    submission::{Content, PersonContent, Submission, VisitContent},
};
use uuid::Uuid;

use crate::{
    city::{City, SUBMISSIONS, remark},
    random::Random,
};

/// Visits are handed in of so many people, of those most often visited.
const PEOPLE: u64 = 60_000;
/// They were made in so many days from this one on, after all that are on record.
const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(2026, 1, 5) {
    Some(day) => day,
    None => NaiveDate::MIN,
};
const DAYS: u64 = 28;

/// A station, with people it knows.
struct Desk {
    id: Uuid,
    code: String,
    people: Vec<Known>,
}

/// Someone on record.
struct Known {
    id: Uuid,
    name: String,
    resident_id: String,
    village: String,
}

/// A visit, as it is handed in, with what the hub will find out of it.
pub struct Handed {
    pub submission: Submission,
    pub visit: VisitContent,
    pub visited_on: NaiveDate,
    pub station_id: Uuid,
    pub person_id: Uuid,
    pub village: String,
}

pub struct Stock {
    desks: Vec<Desk>,
    next: AtomicU64,
}

impl Stock {
    pub fn of(city: &City) -> anyhow::Result<Self> {
        let places = city.places.iter();
        let mut desks: Vec<_> = places
            .map(|place| Desk { id: place.id, code: place.code.clone(), people: Vec::new() })
            .collect();
        for number in 0..PEOPLE.min(city.sizes.persons) {
            let person = city.person(number)?;
            let known = Known {
                id: person.id,
                name: person.name,
                resident_id: city.resident_id(number)?.to_string(),
                village: person.division_code,
            };
            let station_id = city.home(number).id;
            let home = desks.iter_mut().find(|desk| desk.id == station_id);
            home.context("a person has no station")?.people.push(known);
        }
        desks.retain(|desk| !desk.people.is_empty());
        Ok(Self { desks, next: AtomicU64::new(0) })
    }

    /// How many visits were taken.
    pub fn taken(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// The next visits, all of one station.
    pub fn take(&self, count: usize) -> anyhow::Result<Vec<Handed>> {
        let first = self.next.fetch_add(count as u64, Ordering::Relaxed);
        let mut random = Random::of(SUBMISSIONS, first);
        let place = random.below(self.desks.len() as u64) as usize;
        let desk = self.desks.get(place).context("no station knows anyone")?;
        (first..first + count as u64).map(|number| desk.visit(number)).collect()
    }
}

impl Desk {
    fn visit(&self, number: u64) -> anyhow::Result<Handed> {
        let mut random = Random::of(SUBMISSIONS, number ^ (1 << 40));
        let place = random.below(self.people.len() as u64) as usize;
        let known = self.people.get(place).context("a station knows no one")?;
        let visited_on = FIRST_DAY + Duration::days(random.below(DAYS) as i64);
        let visit = VisitContent {
            person: Some(PersonContent {
                name: Some(known.name.clone()),
                resident_id: Some(known.resident_id.clone()),
                ..PersonContent::default()
            }),
            household_id: None,
            visited_on: visited_on.to_string(),
            minutes: Some(5 + random.below(115) as i64),
            mode: random.choose(VisitMode::ALL, VisitMode::Home),
            workers: vec!["王芳".to_owned()],
            met: Some(known.name.clone()),
            living: Some("住房安全，水电正常".to_owned()),
            body: Some("身体状况良好".to_owned()),
            mind: Some("精神状态良好".to_owned()),
            services: services(number),
            place: Some("家中".to_owned()),
            next_visit_on: None,
            // The same visit handed in again would be answered with its first receipt.
            remark: Some(format!("{}第{number}次", remark(&mut random))),
            needs: Vec::new(),
            needs_met: Vec::new(),
            photos: Vec::new(),
        };
        let content = Content::Visit(visit.clone());
        let id = Clock::system().new_id();
        let submission = Submission { id, station: self.code.clone(), content };
        let (station_id, person_id) = (self.id, known.id);
        Ok(Handed {
            submission,
            visit,
            visited_on,
            station_id,
            person_id,
            village: known.village.clone(),
        })
    }
}

/// One service and two in turn, so that equal batches make equal numbers of rows.
fn services(number: u64) -> Vec<Service> {
    let all = Service::ALL.iter().cycle().skip(number as usize % Service::ALL.len());
    all.take(1 + number as usize % 2).copied().collect()
}
