//! The month's visits and assessments.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde_json::{Value, json};

use super::{
    Writing,
    ledgers::likely_needs,
    people::Kind,
    random::{Random, date},
};

const MODES: &[(usize, &str)] = &[(80, "HOME"), (12, "PHONE"), (3, "VIDEO"), (5, "STATION")];
const LIVING: &[&str] = &["良好", "一般", "困难", "缺少取暖设备", "房屋漏雨"];
const BODY: &[&str] = &["良好", "感冒", "行动不便", "卧床", "按时服药,平稳"];
const MIND: &[&str] = &["稳定", "情绪低落", "孤独感强", "焦虑", "开朗"];

/// Items of `older-adult-ability` 1 with the value of their best option.
const ABILITY_ITEMS: &[(&str, i64)] = &[
    ("eating", 4),
    ("grooming", 4),
    ("bathing", 4),
    ("upper-dressing", 4),
    ("lower-dressing", 4),
    ("bladder", 4),
    ("bowel", 4),
    ("toileting", 4),
    ("bed-mobility", 4),
    ("bed-chair-transfer", 4),
    ("walking", 4),
    ("stairs", 3),
    ("time-orientation", 4),
    ("place-orientation", 4),
    ("person-orientation", 4),
    ("memory", 4),
    ("comprehension", 4),
    ("expression", 4),
    ("aggression", 1),
    ("depression", 1),
    ("consciousness", 2),
    ("vision", 2),
    ("hearing", 2),
    ("daily-affairs", 4),
    ("transport", 3),
    ("social-contact", 4),
];
/// Its questions without points: 0 for no.
const CIRCUMSTANCES: &[&str] = &[
    "dementia",
    "mental-disorder",
    "falls",
    "getting-lost",
    "choking",
    "self-harm",
    "other-events",
];
/// Items of `child-risk` 1 whose options are 0 to 3; `abuse-signs` has no 1.
const CHILD_ITEMS: &[&str] = &[
    "guardian-at-home",
    "guardian-health",
    "parent-contact",
    "livelihood",
    "schooling",
    "health",
    "mood",
    "behaviour",
    "living-conditions",
    "surroundings",
    "online-safety",
];
/// Items of `household-needs` 1, options 0 to 3.
const HOUSEHOLD_ITEMS: &[&str] = &[
    "income",
    "food",
    "housing",
    "utilities",
    "medical",
    "care-burden",
    "schooling",
    "employment",
    "social-support",
    "policy-access",
];

impl Writing<'_> {
    /// About sixty visits in the order of days, with one among them that must be rejected.
    pub fn write_visits(&mut self) {
        let number = self.random.within(54, 66);
        let mut days: Vec<_> = (0..number).map(|_| working_day(&mut self.random)).collect();
        days.sort_unstable();
        for (place, day) in days.into_iter().enumerate() {
            let fits = |person: &usize| self.may_visit(*person, day);
            let people: Vec<_> = (0..self.people.len()).filter(fits).collect();
            if !people.is_empty() {
                let person = self.random.pick(&people);
                self.write_visit(person, day);
            }
            if place == 30 {
                self.write_faulty_visit();
            }
        }
    }

    fn may_visit(&self, place: usize, day: NaiveDate) -> bool {
        let person = &self.people[place];
        person.from <= day
            && person.until.is_none_or(|until| day < until)
            && !self.visited.contains(&(place, day))
    }

    fn write_visit(&mut self, place: usize, day: NaiveDate) {
        self.visited.insert((place, day));
        let kind = self.people[place].kinds.last().copied();
        let met = self.met_now(place);
        let raised = self.random.weighted(&[(72, 0), (22, 1), (6, 2)]);
        let mut needs = self.needs(likely_needs(kind), raised);
        needs.retain(|need| met.is_none_or(|met| need["domain"] != met));
        let services = self.services(kind, met);
        let mode = self.random.weighted(MODES);
        let minutes =
            if mode == "HOME" { self.random.within(20, 90) } else { self.random.within(5, 30) };
        let mut visit = json!({
            "person": self.people[place].in_short(),
            "visitedOn": day,
            "minutes": minutes,
            "mode": mode,
            "workers": self.workers(),
            "met": self.met_person(kind),
            "living": self.random.pick(LIVING),
            "body": self.random.pick(BODY),
            "mind": self.random.pick(MIND),
            "services": services,
            "needs": needs,
        });
        match mode {
            "HOME" => visit["place"] = json!("家中"),
            "STATION" => visit["place"] = json!("社工站"),
            _ => {}
        }
        if self.random.percent(60) {
            visit["nextVisitOn"] =
                json!(day + Days::new(self.random.within(14, 75).unsigned_abs()));
        }
        if let Some(met) = met {
            visit["needsMet"] = json!([met]);
            self.open.remove(&(place, met));
        }
        self.raise(place, &needs);
        self.push("visit", visit);
    }

    /// An open need of the person that this visit finds met.
    fn met_now(&mut self, place: usize) -> Option<&'static str> {
        let open = self.open.iter().filter(|(person, _)| *person == place);
        let open: Vec<_> = open.map(|(_, domain)| *domain).collect();
        (!open.is_empty() && self.random.percent(35)).then(|| self.random.pick(&open))
    }

    fn services(&mut self, kind: Option<Kind>, met: Option<&str>) -> Vec<&'static str> {
        let usual = match kind {
            Some(Kind::Child) => &["EDUCATION", "PSYCHOLOGICAL_COUNSELLING", "POLICY_ADVICE"],
            Some(Kind::Elderly) => &["CARE", "SPIRITUAL_COMFORT", "MEDICAL"],
            Some(Kind::Disabled) => &["CARE", "POLICY_ADVICE", "MATERIAL_AID"],
            None => &["POLICY_ADVICE", "MATERIAL_AID", "OTHER"],
        };
        let mut services = vec![self.random.pick(usual)];
        services.extend(met.map(service_for));
        if self.random.percent(3) {
            services.push("CRISIS_INTERVENTION");
        }
        services.sort_unstable();
        services.dedup();
        services
    }

    fn workers(&mut self) -> Vec<String> {
        let first = self.random.below(self.team.len());
        let mut workers = vec![self.team[first].clone()];
        if self.random.percent(50) {
            workers.push(self.team[(first + 1) % self.team.len()].clone());
        }
        workers
    }

    fn met_person(&mut self, kind: Option<Kind>) -> &'static str {
        match kind {
            Some(Kind::Child) => self.random.pick(&["本人和监护人", "监护人", "本人"]),
            _ => self.random.weighted(&[(80, "本人"), (12, "家属"), (8, "邻居")]),
        }
    }

    /// A visit with a year that was mistyped.
    fn write_faulty_visit(&mut self) {
        let visit = json!({
            "person": self.people[1].in_short(),
            "visitedOn": "2203-05-01",
            "mode": "HOME",
            "workers": self.workers(),
            "services": ["POLICY_ADVICE"],
        });
        let id = self.push("visit", visit);
        self.rejected.push(id);
    }

    pub fn write_assessments(&mut self) {
        let elderly = self.free_people(Kind::Elderly);
        for place in elderly.into_iter().rev().take(5) {
            let answers = self.ability_answers(place);
            self.write_assessment(place, Kind::Elderly, "older-adult-ability", &answers);
        }
        let children = self.free_people(Kind::Child);
        for place in children.into_iter().take(3) {
            let answers = self.child_answers();
            self.write_assessment(place, Kind::Child, "child-risk", &answers);
        }
        for place in self.heads.clone().into_iter().take(2) {
            let answers = graded(&mut self.random, HOUSEHOLD_ITEMS);
            self.write_assessment(place, Kind::Elderly, "household-needs", &answers);
        }
    }

    fn write_assessment(&mut self, place: usize, kind: Kind, code: &str, answers: &[Value]) {
        let day = self.random.day(self.people[place].from, date(2026, 10, 31));
        let raised = self.random.weighted(&[(60, 0), (40, 1)]);
        let mut needs = self.needs(likely_needs(Some(kind)), raised);
        needs.retain(|need| {
            let same = |open: &&(usize, &str)| open.0 == place && need["domain"] == open.1;
            !self.open.iter().any(|open| same(&open))
        });
        self.raise(place, &needs);
        let assessment = json!({
            "person": self.people[place].in_short(),
            "assessedOn": day,
            "instrument": code,
            "version": 1,
            "answers": answers,
            "assessors": self.workers(),
            "needs": needs,
        });
        self.push("assessment", assessment);
    }

    /// Answers that fit the ability the ledger knows of.
    fn ability_answers(&mut self, place: usize) -> Vec<Value> {
        let (low, high) = match self.abilities.get(&place).copied() {
            Some("INTACT") | None => (0, 0),
            Some("MILD") => (0, 25),
            Some("MODERATE") => (25, 55),
            Some("SEVERE") => (45, 75),
            Some(_) => (70, 100),
        };
        let scored = ABILITY_ITEMS.iter().map(|(item, best)| {
            let lost = (best * self.random.within(low, high) + 50) / 100;
            answer(item, best - lost)
        });
        let mut answers: Vec<_> = scored.collect();
        for item in CIRCUMSTANCES {
            let chance = if *item == "falls" { 12 } else { 2 };
            answers.push(answer(item, i64::from(self.random.percent(chance))));
        }
        answers
    }

    fn child_answers(&mut self) -> Vec<Value> {
        let mut answers = graded(&mut self.random, CHILD_ITEMS);
        let signs = self.random.weighted(&[(96, 0), (3, 2), (1, 3)]);
        answers.push(answer("abuse-signs", signs));
        answers
    }
}

fn answer(item: &str, value: i64) -> Value {
    json!({ "item": item, "value": value })
}

/// Answers 0 to 3, all about as grave as one another.
fn graded(random: &mut Random, items: &[&str]) -> Vec<Value> {
    let grave = random.weighted(&[(60, 0), (28, 1), (12, 2)]);
    let value = |item: &&str| {
        answer(item, random.within(0, 1) + if random.percent(60) { grave } else { 0 })
    };
    items.iter().map(value).collect()
}

fn service_for(domain: &str) -> &'static str {
    match domain {
        "SUPPLIES" => "MATERIAL_AID",
        "MEDICAL_AID" => "MEDICAL",
        "CARE" | "ASSISTIVE_DEVICE" => "CARE",
        "PSYCHOLOGICAL" => "PSYCHOLOGICAL_COUNSELLING",
        "EDUCATION" => "EDUCATION",
        "LEGAL_AID" => "LEGAL",
        "OTHER" => "OTHER",
        _ => "POLICY_ADVICE",
    }
}

/// A day of October 2026, more likely one of work than of the week's end or the holiday.
fn working_day(random: &mut Random) -> NaiveDate {
    let day = random.day(date(2026, 10, 1), date(2026, 10, 31));
    let off = day.day() <= 7 || matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    if off && random.percent(70) {
        return working_day(random);
    }
    day
}
