//! Made-up people: names put together at random, numbers with the right check digit.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{
    StationSeed,
    random::{Random, date},
};

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭",
    "何", "高", "林", "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾",
    "萧", "田", "董", "潘", "袁", "蔡", "蒋", "余", "于", "杜", "叶", "程", "魏", "苏", "吕", "丁",
    "任", "卢", "姚", "沈", "钟", "姜", "崔", "谭", "陆", "范", "汪", "廖", "石", "金", "韦", "贾",
];
const OLD_GIVEN: &[&str] = &[
    "桂", "兰", "英", "德", "福", "贵", "荣", "秀", "珍", "庆", "国", "建", "明", "玉", "凤", "海",
    "新", "春", "梅", "义", "全", "保", "长", "素", "香", "文", "运", "胜",
];
const YOUNG_GIVEN: &[&str] = &[
    "一", "子", "雨", "欣", "诺", "宇", "泽", "轩", "浩", "怡", "涵", "语", "佳", "思", "梓", "可",
    "辰", "博", "铭", "嫣", "俊", "奕", "彤", "萱", "桐", "然", "航", "依",
];
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";
const INCOME_CLASSES: &[(usize, &str)] = &[
    (52, "NONE"),
    (22, "MINIMUM_LIVING"),
    (7, "EXTREME_POVERTY"),
    (10, "LOW_INCOME_MARGIN"),
    (9, "EXPENDITURE_HARDSHIP"),
];

/// Which of the ledgers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Child,
    Elderly,
    Disabled,
}

/// Which people to make.
#[derive(Clone, Copy)]
pub enum Age {
    Child,
    Adult,
    Old,
}

pub struct Person {
    pub name: String,
    pub male: bool,
    pub birth: NaiveDate,
    pub resident_id: Option<String>,
    no_id_reason: &'static str,
    village: String,
    address: String,
    phone: String,
    pub income_class: &'static str,
    /// The ledgers this person stands in.
    pub kinds: Vec<Kind>,
    /// From when the person may be visited, and until before when.
    pub from: NaiveDate,
    pub until: Option<NaiveDate>,
}

/// Makes people of one station, no two of the same number or the same name and day of birth.
pub struct Maker<'a> {
    station: &'a StationSeed,
    taken: HashSet<String>,
}

impl<'a> Maker<'a> {
    pub fn new(station: &'a StationSeed) -> Self {
        let taken = HashSet::new();
        Self { station, taken }
    }

    pub fn person(&mut self, random: &mut Random, age: Age) -> Person {
        loop {
            let person = self.draw(random, age);
            let number = person.resident_id.clone().unwrap_or_default();
            let named = format!("{} {}", person.name, person.birth);
            if !self.taken.contains(&number) && !self.taken.contains(&named) {
                self.taken.extend([number, named]);
                return person;
            }
        }
    }

    fn draw(&self, random: &mut Random, age: Age) -> Person {
        let (first, last) = match age {
            Age::Child => (date(2010, 1, 1), date(2022, 12, 31)),
            Age::Adult => (date(1972, 1, 1), date(1999, 12, 31)),
            Age::Old => (date(1936, 1, 1), date(1965, 12, 31)),
        };
        let (male, birth) = (random.percent(50), random.day(first, last));
        let village = &self.station.villages[random.below(self.station.villages.len())];
        let (group, door) = (random.within(1, 12), random.within(1, 90));
        Person {
            name: name(random, matches!(age, Age::Child)),
            male,
            birth,
            resident_id: Some(self.resident_id(random, male, birth)),
            no_id_reason: "UNKNOWN",
            village: village.0.clone(),
            address: format!("{}{group}组{door}号", short_name(&village.1)),
            phone: phone(random),
            income_class: random.weighted(INCOME_CLASSES),
            kinds: Vec::new(),
            from: date(2026, 10, 1),
            until: None,
        }
    }

    fn resident_id(&self, random: &mut Random, male: bool, birth: NaiveDate) -> String {
        let county = &self.station.division_code[..6];
        let place = random.within(0, 498) * 2 + if male { 1 } else { 2 };
        let body = format!("{county}{}{place:03}", birth.format("%Y%m%d"));
        format!("{body}{}", check_digit(&body))
    }
}

impl Person {
    pub fn loses_number(&mut self, reason: &'static str) {
        self.resident_id = None;
        self.no_id_reason = reason;
    }

    /// What a ledger writes of the person.
    pub fn in_full(&self) -> Value {
        let mut person = self.in_short();
        person["sex"] = json!(if self.male { "MALE" } else { "FEMALE" });
        person["birthDate"] = json!(self.birth);
        person["village"] = json!(self.village);
        person["address"] = json!(self.address);
        person["phone"] = json!(self.phone);
        person["incomeClass"] = json!(self.income_class);
        person
    }

    /// What is enough to know the person again.
    pub fn in_short(&self) -> Value {
        match &self.resident_id {
            Some(id) => json!({ "name": self.name, "residentId": id }),
            None => json!({
                "name": self.name,
                "noIdReason": self.no_id_reason,
                "sex": if self.male { "MALE" } else { "FEMALE" },
                "birthDate": self.birth,
                "village": self.village,
            }),
        }
    }

    /// The home, as a household has it too.
    pub fn home(&self) -> (&str, &str) {
        (&self.village, &self.address)
    }

    pub fn lives_with(&mut self, other: &Self) {
        self.village.clone_from(&other.village);
        self.address.clone_from(&other.address);
        self.income_class = other.income_class;
    }
}

pub fn name(random: &mut Random, young: bool) -> String {
    let surname = random.pick(SURNAMES);
    format!("{surname}{}", given_name(random, young))
}

/// A name with the surname of this one.
pub fn relative(random: &mut Random, of: &str) -> String {
    let surname: String = of.chars().take(1).collect();
    format!("{surname}{}", given_name(random, false))
}

fn given_name(random: &mut Random, young: bool) -> String {
    let list = if young { YOUNG_GIVEN } else { OLD_GIVEN };
    let second = if random.percent(75) { random.pick(list) } else { "" };
    format!("{}{second}", random.pick(list))
}

pub fn phone(random: &mut Random) -> String {
    let start = random.pick(&["131", "137", "139", "150", "158", "159", "182", "186"]);
    format!("{start}{:08}", random.within(0, 99_999_999))
}

/// The check character of ISO 7064 MOD 11-2 for 17 digits.
pub fn check_digit(body: &str) -> char {
    let digits = body.bytes().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits.zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    char::from(CHECKS[sum as usize % 11])
}

/// The number with a check digit that is not its own.
pub fn with_wrong_check_digit(number: &str) -> String {
    let (body, check) = number.split_at(17);
    let wrong = if check == "3" { '6' } else { '3' };
    format!("{body}{wrong}")
}

fn short_name(village: &str) -> &str {
    ["村民委员会", "居民委员会"].iter().find_map(|end| village.strip_suffix(end)).unwrap_or(village)
}
