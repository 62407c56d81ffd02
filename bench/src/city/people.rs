//! People, each in one ledger at one station.

use chrono::{Duration, NaiveDate};
use entity::{
    AbilityLevel, ChildKind, DisabilityCategory, IncomeClass, LedgerKind, LivingArrangement,
    ResidentId, Risk, Subsidies, Subsidy, child_detail, disabled_detail, elderly_detail,
    ledger_entry,
    person::{self, Column},
    person_station,
};
use hub::keys::Keyring;
use uuid::Uuid;

use super::{City, Place, day, millis, recorded, tables};
use crate::random::Random;

const FAMILY: [&str; 20] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
    "何", "郭", "马", "罗",
];
const GIVEN: [&str; 24] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明",
    "超", "秀", "霞", "平", "刚", "桂", "英", "华",
];
/// Numbers of 18 digits are counted through: so many people share a birthday.
const BIRTHDAY: u64 = 1000;
/// Prime, so that it steps through all days of a span.
const STEP: u64 = 7919;

/// Someone's row, their standing and the detail of it.
pub struct Resident {
    pub person: person::Model,
    pub link: person_station::Model,
    pub entry: ledger_entry::Model,
    pub detail: Detail,
}

pub enum Detail {
    Child(child_detail::Model),
    Elderly(elderly_detail::Model),
    Disabled(disabled_detail::Model),
}

pub fn name(random: &mut Random) -> String {
    format!("{}{}{}", random.pick(&FAMILY), random.pick(&GIVEN), random.pick(&GIVEN))
}

pub fn phone(random: &mut Random) -> String {
    format!("1{:010}", 3_000_000_000 + random.below(6_000_000_000))
}

/// First birthday and number of birthdays of each kind; the spans do not touch, so that no two
/// people get one number.
fn birthdays(kind: LedgerKind) -> (NaiveDate, u64) {
    let (year, days) = match kind {
        LedgerKind::Child => (2010, 4380),
        LedgerKind::Elderly => (1930, 10_950),
        LedgerKind::Disabled => (1965, 14_600),
    };
    (NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default(), days)
}

impl City {
    /// Of each thirteen, five are children, six old and two disabled.
    pub fn kind(&self, number: u64) -> LedgerKind {
        match number / BIRTHDAY * 5 % 13 {
            0..5 => LedgerKind::Child,
            5..11 => LedgerKind::Elderly,
            _ => LedgerKind::Disabled,
        }
    }

    /// The station that serves a person.
    pub fn home(&self, number: u64) -> &Place {
        let mut random = Random::of(tables::PERSONS, number);
        self.place(random.below(self.places.len() as u64))
    }

    pub fn person_id(&self, number: u64) -> Uuid {
        let at = recorded(0, 1) - Duration::milliseconds((self.sizes.persons - number) as i64);
        Random::of(tables::PERSONS, number).id(millis(at))
    }

    /// A person, some being drawn far more often than others.
    pub fn often(&self, random: &mut Random) -> u64 {
        let drawn = self.sizes.persons as f64 * random.unit().powf(1.7);
        (drawn as u64).min(self.sizes.persons.saturating_sub(1))
    }

    pub fn resident_id(&self, number: u64) -> anyhow::Result<ResidentId> {
        let (first, days) = birthdays(self.kind(number));
        let born = first + Duration::days((number / BIRTHDAY * STEP % days) as i64);
        let county = self.home(number).township.get(..6).unwrap_or("410802");
        let body = format!("{county}{}{:03}", born.format("%Y%m%d"), number % BIRTHDAY);
        let tried = "0123456789X".chars().find_map(|check| format!("{body}{check}").parse().ok());
        tried.ok_or_else(|| anyhow::anyhow!("{body} begins no resident ID"))
    }

    pub fn person(&self, number: u64) -> anyhow::Result<person::Model> {
        let mut random = Random::of(tables::PERSONS, number ^ (1 << 40));
        let home = self.home(number);
        let resident_id = self.resident_id(number)?;
        let created_at = recorded(0, 1);
        let id = self.person_id(number);
        let seal = |column, text: String| Some(self.keys.seal(column, id, &text));
        Ok(person::Model {
            id,
            no_id_reason: None,
            name: name(&mut random),
            sex: Some(resident_id.sex()),
            birth_date: Some(resident_id.birth_date()),
            resident_index: Some(self.keys.index(&resident_id)),
            resident_id: seal(Column::ResidentId, resident_id.to_string()),
            division_code: home
                .villages
                .get(random.below(home.villages.len() as u64) as usize)
                .unwrap_or(&home.township)
                .clone(),
            address: seal(
                Column::Address,
                format!("{}组{}号", 1 + random.below(12), 1 + random.below(200)),
            ),
            phone: seal(Column::Phone, phone(&mut random)),
            income_class: Some(random.choose(IncomeClass::ALL, IncomeClass::None)),
            household_id: None,
            household_relation: None,
            version: 1,
            created_at,
            updated_at: created_at,
        })
    }

    pub fn resident(&self, number: u64) -> anyhow::Result<Resident> {
        let person = self.person(number)?;
        let mut random = Random::of(tables::PERSONS, number ^ (1 << 41));
        let station_id = self.home(number).id;
        let at = recorded(number, self.sizes.persons * 20);
        let closed = random.below(20) == 0;
        let opened_on = day(at);
        let entry = ledger_entry::Model {
            id: random.id(millis(at)),
            person_id: person.id,
            station_id,
            division_code: person.division_code.clone(),
            kind: self.kind(number),
            opened_on,
            closed_on: closed.then(|| opened_on + Duration::days(300)),
            closure_reason: closed.then_some(entity::ClosureReason::MovedAway),
            income_class: person.income_class,
            risk: Some(random.choose(Risk::ALL, Risk::Low)),
            remark: None,
            version: 1,
            submission_id: random.id(millis(at)),
            recorded_at: at,
            updated_at: at,
        };
        let detail = detail(&self.keys, &entry, &mut random);
        let link = person_station::Model {
            person_id: person.id,
            station_id,
            recorded_at: person.created_at,
        };
        Ok(Resident { person, link, entry, detail })
    }
}

fn detail(keys: &Keyring, entry: &ledger_entry::Model, random: &mut Random) -> Detail {
    let entry_id = entry.id;
    let number = phone(random);
    match entry.kind {
        LedgerKind::Child => Detail::Child(child_detail::Model {
            entry_id,
            child_kind: random.choose(ChildKind::ALL, ChildKind::LeftBehind),
            school: Some(keys.seal(child_detail::Column::School, entry_id, "第一中心小学")),
            grade: Some(format!("{}年级", 1 + random.below(9))),
            guardian: Some(name(random)),
            guardian_relation: Some("祖父母".to_owned()),
            guardian_phone: Some(keys.seal(child_detail::Column::GuardianPhone, entry_id, &number)),
            father: Some(name(random)),
            mother: Some(name(random)),
        }),
        LedgerKind::Elderly => Detail::Elderly(elderly_detail::Model {
            entry_id,
            living_arrangement: Some(
                random.choose(LivingArrangement::ALL, LivingArrangement::Alone),
            ),
            ability_level: Some(random.choose(AbilityLevel::ALL, AbilityLevel::Intact)),
            illnesses: Some(keys.seal(elderly_detail::Column::Illnesses, entry_id, "高血压")),
            contact: Some(name(random)),
            contact_phone: Some(keys.seal(elderly_detail::Column::ContactPhone, entry_id, &number)),
        }),
        LedgerKind::Disabled => Detail::Disabled(disabled_detail::Model {
            entry_id,
            certificate_no: None,
            category: random.choose(DisabilityCategory::ALL, DisabilityCategory::Physical),
            grade: 1 + random.below(4) as i64,
            carer: Some(name(random)),
            carer_phone: Some(keys.seal(disabled_detail::Column::CarerPhone, entry_id, &number)),
            subsidies: Subsidies(vec![random.choose(Subsidy::ALL, Subsidy::Living)]),
        }),
    }
}
