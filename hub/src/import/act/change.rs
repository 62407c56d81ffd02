//! What a row changes, field by field, in the words of people.

use entity::{
    AbilityLevel, ChildKind, DisabilityCategory, IncomeClass, LivingArrangement, NeedDomain,
    NoIdReason, Risk, Sex, Subsidy, Urgency,
};
use sea_orm::ActiveEnum;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{
    import::{Columns, column_of},
    intake::trace::{Image, Of, Touch, Trace},
    policy::{Class, mask},
};

/// A field of someone on record that a row changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Path in the content, such as `person.phone`.
    pub path: String,
    /// The header of its column; empty where it has none.
    pub column: String,
    /// What is on record; none where nothing is.
    pub from: Option<String>,
    pub to: Option<String>,
}

type Words = fn(&str) -> Option<&'static str>;
type Mask = fn(&str) -> Option<String>;

/// A column that is told of: where it is in the content, what class of data it is, how it is masked
/// and by which words its codes are told.
struct Field {
    of: Of,
    column: &'static str,
    path: &'static str,
    class: Option<Class>,
    mask: Mask,
    words: Option<Words>,
}

fn hide(_: &str) -> Option<String> {
    None
}

macro_rules! words {
    ($kind:ident) => {
        Some(|code| $kind::try_from_value(&code.to_owned()).ok().map($kind::zh))
    };
}

macro_rules! fields {
    ($($of:ident $column:literal $path:literal $class:expr, $mask:expr, $words:expr;)+) => {
        &[$(Field {
            of: Of::$of, column: $column, path: $path, class: $class, mask: $mask, words: $words,
        }),+]
    };
}

const IDENTITY: Option<Class> = Some(Class::Identity);
const CONTACT: Option<Class> = Some(Class::Contact);
const ADDRESS: Option<Class> = Some(Class::Address);
const HEALTH: Option<Class> = Some(Class::Health);
const GUARDIAN: Option<Class> = Some(Class::Guardian);
const FINANCE: Option<Class> = Some(Class::Finance);
const TEXT: Option<Class> = Some(Class::FreeText);

/// In the order in which they are told.
const FIELDS: &[Field] = fields! {
    Person "name" "person.name" IDENTITY, mask::name, None;
    Person "resident_id" "person.residentId" IDENTITY, mask::number, None;
    Person "no_id_reason" "person.noIdReason" None, hide, words!(NoIdReason);
    Person "sex" "person.sex" None, hide, words!(Sex);
    Person "birth_date" "person.birthDate" IDENTITY, hide, None;
    Person "division_code" "person.village" None, hide, None;
    Person "address" "person.address" ADDRESS, mask::whole, None;
    Person "phone" "person.phone" CONTACT, mask::phone, None;
    Person "income_class" "person.incomeClass" FINANCE, hide, words!(IncomeClass);
    Entry "income_class" "person.incomeClass" FINANCE, hide, words!(IncomeClass);
    Entry "opened_on" "openedOn" None, hide, None;
    Entry "risk" "risk" HEALTH, hide, words!(Risk);
    Entry "remark" "remark" TEXT, mask::whole, None;
    Child "child_kind" "detail.child.kind" None, hide, words!(ChildKind);
    Child "school" "detail.child.school" ADDRESS, mask::whole, None;
    Child "grade" "detail.child.grade" ADDRESS, hide, None;
    Child "guardian" "detail.child.guardian" GUARDIAN, mask::name, None;
    Child "guardian_relation" "detail.child.guardianRelation" GUARDIAN, hide, None;
    Child "guardian_phone" "detail.child.guardianPhone" GUARDIAN, mask::phone, None;
    Child "father" "detail.child.father" GUARDIAN, mask::name, None;
    Child "mother" "detail.child.mother" GUARDIAN, mask::name, None;
    Elderly "living_arrangement" "detail.elderly.livingArrangement" None, hide, words!(LivingArrangement);
    Elderly "ability_level" "detail.elderly.abilityLevel" HEALTH, hide, words!(AbilityLevel);
    Elderly "illnesses" "detail.elderly.illnesses" TEXT, mask::whole, None;
    Elderly "contact" "detail.elderly.contact" GUARDIAN, mask::name, None;
    Elderly "contact_phone" "detail.elderly.contactPhone" GUARDIAN, mask::phone, None;
    Disabled "certificate_no" "detail.disabled.certificateNo" IDENTITY, mask::number, None;
    Disabled "category" "detail.disabled.category" HEALTH, hide, words!(DisabilityCategory);
    Disabled "grade" "detail.disabled.grade" HEALTH, hide, None;
    Disabled "carer" "detail.disabled.carer" GUARDIAN, mask::name, None;
    Disabled "carer_phone" "detail.disabled.carerPhone" GUARDIAN, mask::phone, None;
    Disabled "subsidies" "detail.disabled.subsidies" FINANCE, hide, words!(Subsidy);
};

/// The path of the needs of a row.
const NEEDS: &str = "needs";
/// By what a need is told.
const NEED: &[Field] = fields! {
    Need "domain" "needs.domain" HEALTH, hide, words!(NeedDomain);
    Need "urgency" "needs.urgency" HEALTH, hide, words!(Urgency);
};

/// What a trace changes of what was on record before it.
pub(super) fn changes(trace: &Trace, columns: &Columns) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for field in FIELDS {
        for touch in trace.touch(field.of) {
            let (Some(before), Some(after)) = (&touch.before, &touch.after) else { continue };
            let known = changes.iter().any(|change| change.path == field.path);
            if known || !after.contains_key(field.column) {
                continue;
            }
            changes.push(Change {
                path: field.path.to_owned(),
                column: header(columns, field.path),
                from: field.told(before),
                to: field.told(after),
            });
        }
    }
    changes.extend(needs(trace, columns));
    changes
}

/// The needs that a row adds to an entry that stands, or makes more urgent.
fn needs(trace: &Trace, columns: &Columns) -> Option<Change> {
    let made = trace.touch(Of::Entry).chain(trace.touch(Of::Visit));
    if made.into_iter().any(|touch| touch.before.is_none()) {
        return None;
    }
    let told = |image: Option<&Image>| {
        let words: Vec<_> = NEED.iter().filter_map(|field| field.told(image?)).collect();
        Some(words.join(" ")).filter(|text| !text.is_empty())
    };
    let all = |texts: Vec<String>| Some(texts.join("、")).filter(|text| !text.is_empty());
    let of = |touch: &Touch| (told(touch.before.as_ref()), told(touch.after.as_ref()));
    let (from, to): (Vec<_>, Vec<_>) = trace.touch(Of::Need).map(of).unzip();
    let from = all(from.into_iter().flatten().collect());
    let to = all(to.into_iter().flatten().collect());
    let column = header(columns, NEED[0].path);
    (from != to).then(|| Change { path: NEEDS.to_owned(), column, from, to })
}

fn header(columns: &Columns, path: &str) -> String {
    column_of(columns, path).map_or_else(String::new, |column| column.header.clone())
}

/// The class of data of a path that is told of; none where it has none of its own.
#[must_use]
pub fn class_of(path: &str) -> Option<Class> {
    if path == NEEDS {
        return HEALTH;
    }
    FIELDS.iter().find(|field| field.path == path)?.class
}

/// The path in the content of a column that is told of.
pub(super) fn path_of(of: Of, column: &str) -> Option<&'static str> {
    let mut fields = FIELDS.iter();
    fields.find(|field| field.of == of && field.column == column).map(|field| field.path)
}

/// How a value at a path is masked.
#[must_use]
pub fn mask_of(path: &str) -> fn(&str) -> Option<String> {
    FIELDS.iter().find(|field| field.path == path).map_or(hide, |field| field.mask)
}

impl Field {
    fn told(&self, image: &Image) -> Option<String> {
        self.text(image.get(self.column)?)
    }

    fn text(&self, value: &Json) -> Option<String> {
        match value {
            Json::Null => None,
            Json::String(text) => {
                let word = self.words.and_then(|words| words(text));
                Some(word.map_or_else(|| text.clone(), str::to_owned))
            }
            Json::Array(values) => {
                let texts: Vec<_> = values.iter().filter_map(|value| self.text(value)).collect();
                (!texts.is_empty()).then(|| texts.join("、"))
            }
            value => Some(value.to_string()),
        }
    }
}
