//! What the values of a column look like.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::ResidentId;

use super::likeness::LEARNT;
use crate::import::{
    SheetKind, repair,
    text::{half_width, is_han, plain},
    village::Villages,
    words::{Words, split},
    workbook::{Cell, Line},
};

/// From this share on, a column is of a kind of values.
const MOST: f64 = 0.5;

/// How well the values of a column fit a path.
pub struct Fit {
    /// Above 0 where they speak for it, below where they speak against it.
    pub value: f64,
    /// The share of values that look like it.
    pub share: f64,
    /// Whether they are the birth dates of the resident IDs.
    pub of_ids: bool,
    /// Whether values such as these stand in many columns: names, days, phones.
    pub of_many: bool,
}

/// The shares, from 0 to 1, of values that look like something.
#[derive(Debug, Default)]
pub struct Profile {
    count: usize,
    id: f64,
    certificate: f64,
    phone: f64,
    day: f64,
    village: f64,
    name: f64,
    names: f64,
    minutes: f64,
    ascending: bool,
    yes_or_no: f64,
    number: f64,
    relation: f64,
    school: f64,
    grade: f64,
    illness: f64,
    address: f64,
    place: f64,
    long: f64,
    /// Path → the share of values that are its words; one that several paths know counts in part.
    choices: HashMap<&'static str, (f64, f64)>,
    /// Of the days, the share that is the birth date in the ID of the row; `None` without IDs.
    born: Option<f64>,
    days: Vec<NaiveDate>,
}

/// Row → birth date in its resident ID, wherever that stands.
pub fn birth_dates(rows: &[(usize, Line)]) -> HashMap<usize, NaiveDate> {
    let of_line = |line: &Line| {
        line.cells().find_map(|cell| match cell {
            Cell::Text(text) => {
                repair::number(text).parse::<ResidentId>().ok().map(|id| id.birth_date())
            }
            _ => None,
        })
    };
    rows.iter().filter_map(|(row, line)| Some((*row, of_line(line)?))).collect()
}

impl Profile {
    pub fn new<'c>(
        cells: impl Iterator<Item = (usize, Option<&'c Cell>)>,
        ids: &HashMap<usize, NaiveDate>,
        words: &Words,
        villages: &Villages<'_>,
        from_1904: bool,
    ) -> Self {
        let cells: Vec<(usize, &Cell, String)> = cells
            .filter_map(|(row, cell)| cell.map(|cell| (row, cell, cell.shown())))
            .filter(|(_, _, shown)| !words.is_ditto(shown) && !words.blank.contains(shown))
            .collect();
        let share = |test: &dyn Fn(&str) -> bool| {
            let count = cells.iter().filter(|(_, _, shown)| test(shown)).count();
            count as f64 / cells.len().max(1) as f64
        };
        let holds = |list: fn(&super::likeness::Learnt) -> &Vec<String>| {
            let list = LEARNT.as_ref().map(list);
            share(&|text| list.is_some_and(|list| list.iter().any(|word| text.contains(word))))
        };
        let days: Vec<(usize, NaiveDate)> = cells
            .iter()
            .filter_map(|(row, cell, shown)| Some((*row, day(cell, shown, from_1904)?)))
            .collect();
        let with_id: Vec<bool> =
            days.iter().filter_map(|(row, day)| Some(ids.get(row)? == day)).collect();
        let born =
            with_id.iter().filter(|same| **same).count() as f64 / with_id.len().max(1) as f64;
        Self {
            count: cells.len(),
            id: share(&|text| digits_of(text).is_some_and(|length| matches!(length, 15 | 18))),
            certificate: share(&|text| digits_of(text) == Some(20)),
            phone: share(&is_phone),
            day: days.len() as f64 / cells.len().max(1) as f64,
            village: share(&|text| villages.find(text).is_some()),
            name: share(&is_name),
            names: share(&|text| split(text).all(is_name)),
            minutes: share(&is_minutes),
            ascending: ascending(&cells),
            yes_or_no: share(&|text| ["是", "否", "有", "无"].contains(&plain(text).as_str())),
            number: share(&|text| half_width(text).parse::<f64>().is_ok()),
            relation: holds(|learnt| &learnt.relation),
            school: holds(|learnt| &learnt.school),
            grade: holds(|learnt| &learnt.grade),
            illness: holds(|learnt| &learnt.illness),
            address: holds(|learnt| &learnt.address),
            place: holds(|learnt| &learnt.place),
            long: share(&|text| text.chars().count() >= 5),
            choices: choices(words, &cells),
            born: (!with_id.is_empty()).then_some(born),
            days: days.into_iter().map(|(_, day)| day).collect(),
        }
    }

    /// Whether it counts the rows.
    pub fn is_counted(&self) -> bool {
        self.ascending
    }

    /// Whether it answers a question by yes or no, which no column does that is read.
    pub fn is_yes_or_no(&self) -> bool {
        self.yes_or_no >= 0.9
    }

    pub fn names(&self) -> bool {
        self.name >= MOST
    }

    pub fn phones(&self) -> bool {
        self.phone >= MOST
    }

    /// The day in the middle, of a column of days that are no birth dates.
    pub fn usual_day(&self) -> Option<NaiveDate> {
        if self.day < MOST || self.born.is_some_and(|born| born >= MOST) {
            return None;
        }
        let mut days = self.days.clone();
        days.sort_unstable();
        days.get(days.len() / 2).copied()
    }

    pub fn fit(&self, kind: SheetKind, path: &str) -> Fit {
        let of_ids = path == "person.birthDate" && self.born.is_some_and(|born| born >= MOST);
        let (value, share) = if self.count == 0 { (0.0, 0.0) } else { self.weigh(kind, path) };
        Fit { value, share, of_ids, of_many: is_of_many(path) }
    }

    /// What the values say of a path, and the share of those that fit.
    fn weigh(&self, kind: SheetKind, path: &str) -> (f64, f64) {
        let typed = |share: f64, good: f64, bad: f64| match share >= MOST {
            true => (good * share, share),
            false => (-bad, share),
        };
        match path {
            "person.residentId" => typed(self.id, 1.0, 0.8),
            "detail.disabled.certificateNo" => typed(self.certificate, 1.0, 0.8),
            "person.village" => typed(self.village, 0.9, 0.3),
            "person.birthDate" => match self.born {
                _ if self.day < MOST => (-0.6, self.day),
                Some(born) if born >= MOST => (1.0, born),
                Some(born) => (-0.5, born),
                None => (0.3, self.day),
            },
            "openedOn" | "visitedOn" | "nextVisitOn" => match self.born {
                Some(born) if born >= MOST => (-0.6, self.day),
                _ => typed(self.day, 0.45, 0.6),
            },
            "minutes" => typed(self.minutes, 0.45, 0.6),
            "workers" => typed(self.names, 0.35, 0.5),
            path if path.ends_with("hone") => typed(self.phone, 0.4, 0.7),
            "person.name"
            | "detail.child.guardian"
            | "detail.child.father"
            | "detail.child.mother"
            | "detail.elderly.contact"
            | "detail.disabled.carer" => typed(self.name, 0.3, 0.5),
            _ => self.weigh_words(kind, path),
        }
    }

    fn weigh_words(&self, kind: SheetKind, path: &str) -> (f64, f64) {
        let lists = |share: f64, good: f64| match share {
            share if share >= MOST && !self.is_typed() => (good * share, share),
            share if self.is_typed() => (-0.5, share),
            share => (-0.1, share),
        };
        if let Some((share, credit)) = self.choices.get(path) {
            // What another kind of sheet asks says nothing here.
            return if *share >= MOST { (0.8 * credit + 0.1, *share) } else { (-0.5, *share) };
        }
        match path {
            "detail.child.grade" => lists(self.grade, 0.5),
            _ if self.number >= MOST => (-0.5, 0.0),
            "detail.child.guardianRelation" => lists(self.relation, 0.4),
            "detail.child.school" => lists(self.school, 0.5),
            "detail.elderly.illnesses" => lists(self.illness, 0.4),
            "person.address" => lists(self.address.min(self.long), 0.4),
            "place" => lists(self.place, 0.15),
            "met" if kind == SheetKind::Visits => (0.0, 0.0),
            _ if self.is_typed() || self.chosen() => (-0.4, 0.0),
            _ => (0.0, 0.0),
        }
    }

    /// Whether the values are of a kind that no free text is.
    fn is_typed(&self) -> bool {
        [self.id, self.certificate, self.phone, self.day, self.village]
            .into_iter()
            .any(|share| share >= MOST)
    }

    fn chosen(&self) -> bool {
        self.choices.values().any(|(share, _)| *share >= 0.8)
    }
}

/// Whether the values of a path look like those of many columns. The person's own name does not need
/// to be told from others: it is mostly the first.
fn is_of_many(path: &str) -> bool {
    let days = ["openedOn", "visitedOn", "nextVisitOn"];
    let names = [
        "workers",
        "detail.child.guardian",
        "detail.child.father",
        "detail.child.mother",
        "detail.elderly.contact",
        "detail.disabled.carer",
    ];
    days.contains(&path) || names.contains(&path) || path.ends_with("hone")
}

fn day(cell: &Cell, shown: &str, from_1904: bool) -> Option<NaiveDate> {
    match cell {
        Cell::Day(day) => Some(*day),
        Cell::Number(number) if from_1904 => repair::serial(number + 1462.0),
        Cell::Number(number) => repair::serial(*number).or_else(|| repair::day(shown)),
        Cell::Text(text) if text.len() != 5 => repair::day(text),
        _ => None,
    }
}

/// How many characters a number such as that of a card has.
fn digits_of(text: &str) -> Option<usize> {
    let number = repair::number(text);
    if number.to_ascii_uppercase().contains("E+17") {
        return Some(18);
    }
    let digits = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'X');
    digits.then_some(number.len())
}

fn is_phone(text: &str) -> bool {
    let phone = repair::phone(text);
    let digits = phone.bytes().filter(u8::is_ascii_digit).count();
    let others = phone.bytes().filter(|byte| !byte.is_ascii_digit());
    let mobile = digits == 11 && phone.starts_with('1') && phone.len() == 11;
    let landline = (10..=12).contains(&digits) && phone.starts_with(['0', '(']);
    mobile
        || landline
            && others.clone().count() <= 3
            && others.clone().all(|byte| b"-()".contains(&byte))
}

fn is_name(text: &str) -> bool {
    let name = repair::name(text);
    let length = name.chars().count();
    let first = name.chars().next();
    let surname =
        LEARNT.as_ref().zip(first).is_some_and(|(learnt, first)| learnt.surnames.contains(first));
    surname && (2..=4).contains(&length) && name.chars().all(is_han)
}

fn is_minutes(text: &str) -> bool {
    let text = plain(text);
    let digits = text.trim_end_matches(['分', '钟']);
    digits.parse::<u32>().is_ok_and(|count| (5..=480).contains(&count) && count % 5 == 0)
        || text.ends_with("分钟")
}

/// Whether the values are 1, 2, 3 and so on.
fn ascending(cells: &[(usize, &Cell, String)]) -> bool {
    let numbers: Vec<i64> =
        cells.iter().filter_map(|(_, _, shown)| half_width(shown).parse().ok()).collect();
    let steps = numbers.windows(2).filter(|pair| pair[1] == pair[0] + 1).count();
    numbers.len() > 2
        && numbers.len() * 10 >= cells.len() * 9
        && steps * 10 >= (numbers.len() - 1) * 9
}

type Knows = fn(&Words, &str) -> bool;

/// Whether a text is a word, or a list of words, of the choices under a path.
const CHOICES: [(&str, Knows); 15] = [
    ("person.sex", |words, text| !words.sex.all_of(text).is_empty()),
    ("person.incomeClass", |words, text| !words.income_class.all_of(text).is_empty()),
    ("person.noIdReason", |words, text| !words.no_id_reason.all_of(text).is_empty()),
    ("risk", |words, text| !words.risk.all_of(text).is_empty()),
    ("needs.urgency", |words, text| !words.urgency.all_of(text).is_empty()),
    ("needs", |words, text| split(text).all(|part| !words.need_domain.all_of(part).is_empty())),
    ("needsMet", |words, text| split(text).all(|part| !words.need_domain.all_of(part).is_empty())),
    ("services", |words, text| split(text).all(|part| !words.service.all_of(part).is_empty())),
    ("mode", |words, text| !words.visit_mode.all_of(text).is_empty()),
    ("detail.child.kind", |words, text| !words.child_kind.all_of(text).is_empty()),
    ("detail.elderly.livingArrangement", |words, text| {
        !words.living_arrangement.all_of(text).is_empty()
    }),
    ("detail.elderly.abilityLevel", |words, text| !words.ability_level.all_of(text).is_empty()),
    ("detail.disabled.category", |words, text| !words.disability_category.all_of(text).is_empty()),
    ("detail.disabled.grade", |words, text| !words.disability_grade.all_of(text).is_empty()),
    ("detail.disabled.subsidies", |words, text| {
        split(text).all(|part| !words.subsidy.all_of(part).is_empty())
    }),
];

/// Path → the share of values that are its words, and that share where a value counts in part that is
/// a word of several paths.
fn choices(words: &Words, cells: &[(usize, &Cell, String)]) -> HashMap<&'static str, (f64, f64)> {
    let mut found: HashMap<&str, (f64, f64)> = HashMap::new();
    let each = 1.0 / cells.len().max(1) as f64;
    for (_, _, shown) in cells {
        let knowing: Vec<&str> = CHOICES
            .iter()
            .filter(|(_, knows)| knows(words, shown))
            .map(|(path, _)| *path)
            .collect();
        // Needs and needs met are the same words.
        let several = knowing.iter().filter(|path| **path != "needsMet").count().max(1) as f64;
        for path in knowing {
            let (share, credit) = found.entry(path).or_default();
            *share += each;
            *credit += each / several;
        }
    }
    for (path, _) in CHOICES {
        found.entry(path).or_default();
    }
    found
}
