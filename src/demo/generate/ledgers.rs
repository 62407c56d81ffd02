//! Ledger entries, their closures, and households.

use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

use super::{
    Writing,
    people::{Age, Kind, Person, name, phone, relative, with_wrong_check_digit},
    random::date,
};

const CHILD_NEEDS: &[&str] =
    &["EDUCATION", "PSYCHOLOGICAL", "SUPPLIES", "MEDICAL_AID", "LEGAL_AID"];
const ELDERLY_NEEDS: &[&str] =
    &["CARE", "MEDICAL_AID", "SUPPLIES", "HOUSING_REPAIR", "PSYCHOLOGICAL", "ASSISTIVE_DEVICE"];
const DISABLED_NEEDS: &[&str] =
    &["ASSISTIVE_DEVICE", "CARE", "MEDICAL_AID", "EMPLOYMENT", "HOUSING_REPAIR"];
const OTHER_NEEDS: &[&str] = &["SUPPLIES", "EMPLOYMENT", "OTHER"];

const CATEGORIES: &[(usize, (&str, u8))] = &[
    (14, ("VISUAL", 1)),
    (16, ("HEARING", 2)),
    (4, ("SPEECH", 3)),
    (42, ("PHYSICAL", 4)),
    (10, ("INTELLECTUAL", 5)),
    (9, ("MENTAL", 6)),
    (5, ("MULTIPLE", 7)),
];
const ABILITIES: &[(usize, &str)] =
    &[(40, "INTACT"), (30, "MILD"), (16, "MODERATE"), (9, "SEVERE"), (5, "COMPLETE")];
const LIVING: &[(usize, &str)] = &[
    (28, "ALONE"),
    (18, "EMPTY_NEST"),
    (24, "WITH_SPOUSE"),
    (18, "WITH_CHILDREN"),
    (12, "LEFT_BEHIND"),
];

/// The domains in which a person of this ledger is likely to need something.
pub fn likely_needs(kind: Option<Kind>) -> &'static [&'static str] {
    match kind {
        Some(Kind::Child) => CHILD_NEEDS,
        Some(Kind::Elderly) => ELDERLY_NEEDS,
        Some(Kind::Disabled) => DISABLED_NEEDS,
        None => OTHER_NEEDS,
    }
}

impl Writing<'_> {
    /// All entries, with one among them that must be rejected.
    pub fn write_ledgers(&mut self) {
        for kind in [Kind::Child, Kind::Elderly] {
            let (age, low, high) = match kind {
                Kind::Child => (Age::Child, 10, 14),
                _ => (Age::Old, 17, 23),
            };
            for number in 0..self.random.within(low, high) {
                let mut person = self.maker.person(&mut self.random, age);
                match (kind, number) {
                    (Kind::Child, 0) => person.loses_number("UNREGISTERED"),
                    (Kind::Elderly, 0) => person.loses_number("LOST"),
                    _ => {}
                }
                let place = self.enter(person);
                self.write_entry(place, kind);
            }
        }
        self.write_faulty_entry();
        for number in 0..self.random.within(8, 12) {
            let place = match number {
                0 => self.one_of(Kind::Child),
                1 | 2 => self.one_of(Kind::Elderly),
                _ => None,
            };
            let place = place.unwrap_or_else(|| {
                let age = self.random.weighted(&[(70, Age::Adult), (30, Age::Old)]);
                let person = self.maker.person(&mut self.random, age);
                self.enter(person)
            });
            self.write_entry(place, Kind::Disabled);
        }
    }

    /// Someone with a number who stands in this ledger and no other.
    fn one_of(&mut self, kind: Kind) -> Option<usize> {
        let fits = |place: &usize| {
            let person = &self.people[*place];
            person.kinds == [kind] && person.resident_id.is_some()
        };
        let places: Vec<_> = (0..self.people.len()).filter(fits).collect();
        (!places.is_empty()).then(|| self.random.pick(&places))
    }

    fn write_entry(&mut self, place: usize, kind: Kind) {
        let opened = if self.random.percent(15) {
            self.random.day(date(2026, 10, 1), date(2026, 10, 20))
        } else {
            self.random.day(date(2024, 3, 1), date(2026, 9, 30))
        };
        let (detail, risk) = match kind {
            Kind::Child => self.child(place),
            Kind::Elderly => self.elderly(place),
            Kind::Disabled => self.disabled(place),
        };
        let raised = self.random.weighted(&[(45, 0), (38, 1), (17, 2)]);
        let needs = self.needs(likely_needs(Some(kind)), raised);
        self.raise(place, &needs);
        let person = &mut self.people[place];
        person.kinds.push(kind);
        person.from = person.from.max(opened);
        let entry = json!({
            "person": person.in_full(),
            "openedOn": opened,
            "risk": risk,
            "detail": detail,
            "needs": needs,
        });
        self.push("ledgerEntry", entry);
    }

    fn child(&mut self, place: usize) -> (Value, &'static str) {
        let random = &mut self.random;
        let person = &self.people[place];
        let kind = random.weighted(&[
            (50, "LEFT_BEHIND"),
            (32, "IN_DIFFICULTY"),
            (6, "ORPHAN"),
            (12, "DE_FACTO_UNATTENDED"),
        ]);
        let (father, mother) = (relative(random, &person.name), name(random, false));
        let (relation, guardian) = match kind {
            "IN_DIFFICULTY" if random.percent(50) => ("父亲", father.clone()),
            "IN_DIFFICULTY" => ("母亲", mother.clone()),
            _ => {
                let relation = random.pick(&["祖父", "祖母", "外祖母", "姑姑"]);
                (relation, name(random, false))
            }
        };
        let age = 2026 - person.birth.year();
        let mut child = json!({
            "kind": kind,
            "grade": grade(age),
            "guardian": guardian,
            "guardianRelation": relation,
            "guardianPhone": phone(random),
        });
        if age >= 6 {
            child["school"] = json!(random.pick(&["中心小学", "第一小学", "实验学校", "第二中学"]));
        }
        if kind != "ORPHAN" {
            child["father"] = json!(father);
            child["mother"] = json!(mother);
        }
        let risk = match kind {
            "ORPHAN" | "DE_FACTO_UNATTENDED" => random.weighted(&[(60, "HIGH"), (40, "MEDIUM")]),
            _ => random.weighted(&[(10, "HIGH"), (35, "MEDIUM"), (55, "LOW")]),
        };
        (json!({ "child": child }), risk)
    }

    fn elderly(&mut self, place: usize) -> (Value, &'static str) {
        let random = &mut self.random;
        let (ability, living) = (random.weighted(ABILITIES), random.weighted(LIVING));
        self.abilities.insert(place, ability);
        let illnesses = random.pick(&["无", "高血压", "糖尿病", "高血压、冠心病", "脑梗后遗症"]);
        let elderly = json!({
            "livingArrangement": living,
            "abilityLevel": ability,
            "illnesses": illnesses,
            "contact": relative(random, &self.people[place].name),
            "contactPhone": phone(random),
        });
        let risk = match (living, ability) {
            ("ALONE" | "EMPTY_NEST" | "LEFT_BEHIND", "MODERATE" | "SEVERE" | "COMPLETE") => "HIGH",
            ("ALONE", _) | (_, "MODERATE" | "SEVERE" | "COMPLETE") => "MEDIUM",
            _ => "LOW",
        };
        (json!({ "elderly": elderly }), risk)
    }

    fn disabled(&mut self, place: usize) -> (Value, &'static str) {
        let random = &mut self.random;
        let person = &self.people[place];
        let (category, code) = random.weighted(CATEGORIES);
        let grade = random.weighted(&[(15, 1), (30, 2), (30, 3), (25, 4)]);
        let mut subsidies = Vec::new();
        if matches!(person.income_class, "MINIMUM_LIVING" | "EXTREME_POVERTY") {
            subsidies.push("LIVING");
        }
        if grade <= 2 {
            subsidies.push("NURSING");
        }
        let certificate = person.resident_id.as_ref().map(|id| format!("{id}{code}{grade}"));
        let disabled = json!({
            "certificateNo": certificate,
            "category": category,
            "grade": grade,
            "carer": relative(random, &person.name),
            "carerPhone": phone(random),
            "subsidies": subsidies,
        });
        let risk = match grade {
            1 => "HIGH",
            2 => "MEDIUM",
            _ => random.weighted(&[(25, "MEDIUM"), (75, "LOW")]),
        };
        (json!({ "disabled": disabled }), risk)
    }

    /// An entry whose resident ID was copied with a wrong last digit.
    fn write_faulty_entry(&mut self) {
        let mut person = self.maker.person(&mut self.random, Age::Old);
        person.resident_id = person.resident_id.as_deref().map(with_wrong_check_digit);
        let entry = json!({
            "person": person.in_full(),
            "openedOn": "2026-10-12",
            "risk": "LOW",
            "detail": { "elderly": { "livingArrangement": "WITH_SPOUSE" } },
        });
        let id = self.push("ledgerEntry", entry);
        self.rejected.push(id);
    }

    /// Four households under an old person, with a spouse and often more.
    pub fn write_households(&mut self) {
        let heads: Vec<_> = self.free_people(Kind::Elderly).into_iter().take(4).collect();
        let mut children = self.free_people(Kind::Child);
        for head in heads {
            let mut members = vec![self.spouse(head)];
            if self.random.percent(40) {
                members.push(self.child_in_law(head));
            }
            if self.random.percent(50)
                && let Some(child) = children.pop()
            {
                let person = self.people[child].in_short();
                members.push(json!({ "person": person, "relation": "外孙子女" }));
            }
            let person = &self.people[head];
            let (village, address) = person.home();
            let household = json!({
                "head": person.in_short(),
                "members": members,
                "village": village,
                "address": address,
                "incomeClass": person.income_class,
            });
            self.heads.push(head);
            self.push("household", household);
        }
    }

    fn spouse(&mut self, head: usize) -> Value {
        let (male, birth) = (self.people[head].male, self.people[head].birth);
        let person = loop {
            let person = self.maker.person(&mut self.random, Age::Old);
            if person.male != male && (person.birth - birth).num_days().abs() < 3000 {
                break person;
            }
        };
        self.member(head, person, "配偶")
    }

    fn child_in_law(&mut self, head: usize) -> Value {
        let person = self.maker.person(&mut self.random, Age::Adult);
        let relation = if person.male { "女婿" } else { "儿媳" };
        self.member(head, person, relation)
    }

    fn member(&mut self, head: usize, mut person: Person, relation: &str) -> Value {
        person.lives_with(&self.people[head]);
        let member = json!({ "person": person.in_full(), "relation": relation });
        self.enter(person);
        member
    }

    /// Those with a number who stand in this ledger only and leave no ledger this month.
    pub fn free_people(&self, kind: Kind) -> Vec<usize> {
        let fits = |place: &usize| {
            let person = &self.people[*place];
            person.kinds == [kind] && person.resident_id.is_some() && person.until.is_none()
        };
        (0..self.people.len()).filter(fits).collect()
    }

    /// Three people leave their ledger this month; they are not visited from that day on.
    pub fn choose_leavers(&mut self) {
        for kind in [Kind::Elderly, Kind::Child, Kind::Disabled] {
            let long_there = |place: &usize| self.people[*place].from <= date(2026, 10, 1);
            let mut fits = self.free_people(kind).into_iter().filter(long_there);
            if let Some(place) = fits.next_back() {
                let day = self.random.day(date(2026, 10, 12), date(2026, 10, 31));
                self.people[place].until = Some(day);
                self.leavers.push((place, kind, day));
            }
        }
    }

    pub fn write_closures(&mut self) {
        for (place, kind, day) in std::mem::take(&mut self.leavers) {
            let closure = self.closure(place, kind, day);
            self.push("ledgerClosure", closure);
        }
    }

    /// One is in hospital, one away, since some day of the month.
    pub fn write_excuses(&mut self) {
        let heads: Vec<_> = self.heads.iter().take(2).copied().collect();
        for (place, reason) in heads.into_iter().zip(["IN_HOSPITAL", "AWAY"]) {
            let first = self.random.pick(&["2026-10-12", "2026-10-19", "2026-10-26"]);
            let last = self.random.pick(&["2026-10-31", "2026-11-15", "2026-12-06"]);
            let excuse = json!({
                "person": self.people[place].in_short(),
                "reason": reason,
                "firstOn": first,
                "lastOn": last,
                "workers": [self.team[0]],
            });
            self.push("excuse", excuse);
        }
    }

    fn closure(&mut self, place: usize, kind: Kind, day: NaiveDate) -> Value {
        let (word, reasons) = match kind {
            Kind::Child => ("CHILD", ["SITUATION_ENDED", "MOVED_AWAY"]),
            Kind::Elderly => ("ELDERLY", ["DECEASED", "MOVED_AWAY"]),
            Kind::Disabled => ("DISABLED", ["MOVED_AWAY", "OTHER"]),
        };
        json!({
            "person": self.people[place].in_short(),
            "kind": word,
            "closedOn": day,
            "reason": self.random.pick(&reasons),
        })
    }
}

fn grade(age: i32) -> &'static str {
    match age {
        ..=5 => "学前",
        6..=11 => ["一年级", "二年级", "三年级", "四年级", "五年级", "六年级"]
            [usize::try_from(age - 6).unwrap_or(0)],
        12..=14 => "初中",
        _ => "高中",
    }
}
