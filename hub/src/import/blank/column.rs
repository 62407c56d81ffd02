//! The columns of the template and what each is checked by while typing.

use std::collections::BTreeMap;

use rust_xlsxwriter::{
    DataValidation, DataValidationRule, ExcelDateTime, Formula, XlsxError,
    utility::column_number_to_name,
};

use super::{LISTS, SheetKind, Wordings};
use crate::{
    import::words::{Choice, Words},
    places::Village,
};

/// The longest word and the longest text that the record takes.
const WORD: u32 = 100;
const TEXT: u32 = 2_000;

pub struct Column {
    pub path: &'static str,
    pub header: String,
    /// A row is not taken in without it.
    pub needed: bool,
    pub check: Check,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Check {
    Word,
    Text,
    ResidentId,
    Certificate,
    Phone,
    Minutes,
    /// A day that is not after today.
    PastDay,
    Day,
    /// One word of a list.
    One,
    /// Words of a list, several in a cell.
    Several,
}

/// Who it is; what more of them is known.
const WHO: [&str; 3] = ["person.name", "person.residentId", "person.noIdReason"];
const PERSON: [&str; 6] = [
    "person.sex",
    "person.birthDate",
    "person.village",
    "person.address",
    "person.phone",
    "person.incomeClass",
];
const CHILD: [&str; 8] = [
    "detail.child.kind",
    "detail.child.school",
    "detail.child.grade",
    "detail.child.guardian",
    "detail.child.guardianRelation",
    "detail.child.guardianPhone",
    "detail.child.father",
    "detail.child.mother",
];
const ELDERLY: [&str; 5] = [
    "detail.elderly.livingArrangement",
    "detail.elderly.abilityLevel",
    "detail.elderly.illnesses",
    "detail.elderly.contact",
    "detail.elderly.contactPhone",
];
const DISABLED: [&str; 6] = [
    "detail.disabled.certificateNo",
    "detail.disabled.category",
    "detail.disabled.grade",
    "detail.disabled.carer",
    "detail.disabled.carerPhone",
    "detail.disabled.subsidies",
];
const LEDGER: [&str; 5] = ["openedOn", "risk", "needs", "needs.urgency", "remark"];
const VISIT: [&str; 15] = [
    "visitedOn",
    "mode",
    "minutes",
    "place",
    "workers",
    "met",
    "living",
    "body",
    "mind",
    "services",
    "needs",
    "needs.urgency",
    "needsMet",
    "nextVisitOn",
    "remark",
];

/// The columns of a kind of sheet, in the order of the template.
pub fn columns(wordings: &Wordings, kind: SheetKind) -> Vec<Column> {
    use entity::LedgerKind::{Child, Disabled, Elderly};
    let (own, rest): (&[&str], &[&str]) = match kind {
        SheetKind::Ledger(Child) => (&CHILD, &LEDGER),
        SheetKind::Ledger(Elderly) => (&ELDERLY, &LEDGER),
        SheetKind::Ledger(Disabled) => (&DISABLED, &LEDGER),
        SheetKind::Visits => (&[], &VISIT),
    };
    let paths = WHO.iter().chain(&PERSON).chain(own).chain(rest);
    paths
        .map(|path| Column {
            path,
            header: wordings.headers.template(kind, path).unwrap_or(path).to_owned(),
            needed: kind.needed().contains(path),
            check: Check::of(path),
        })
        .collect()
}

impl Column {
    /// The header with the mark of what has to be given.
    pub fn shown(&self) -> String {
        if self.needed { format!("*{}", self.header) } else { self.header.clone() }
    }

    /// What the column is checked by; what is wrong is told with how to mend it.
    pub fn validation(&self, number: u16, lists: &mut Lists) -> Result<DataValidation, XlsxError> {
        let cell = format!("{}2", column_number_to_name(number));
        let rule = DataValidation::new();
        let rule = match self.check {
            Check::Word => rule.allow_text_length(DataValidationRule::LessThanOrEqualTo(WORD)),
            Check::Text => rule.allow_text_length(DataValidationRule::LessThanOrEqualTo(TEXT)),
            Check::Phone => rule.allow_text_length(DataValidationRule::Between(7, 20)),
            Check::Minutes => rule.allow_whole_number(DataValidationRule::Between(1, 1440)),
            Check::ResidentId => rule.allow_custom(resident_id(&cell)),
            Check::Certificate => rule.allow_custom(Formula::new(format!("=LEN({cell})=20"))),
            Check::PastDay => rule.allow_date_formula(DataValidationRule::Between(
                Formula::new("=DATE(1900,1,1)"),
                Formula::new("=TODAY()"),
            )),
            Check::Day => {
                let first = ExcelDateTime::from_ymd(2000, 1, 1)?;
                rule.allow_date(DataValidationRule::GreaterThanOrEqualTo(first))
            }
            Check::One | Check::Several => match lists.place(self.path) {
                Some(place) => rule.allow_list_formula(Formula::new(place)),
                None => rule.allow_any_value(),
            },
        };
        // A list of several words is no word of the list.
        let rule = rule.show_error_message(self.check != Check::Several);
        rule.set_error_title(&self.header)?
            .set_error_message(self.check.how())?
            .set_input_title(&self.header)?
            .set_input_message(self.check.how())
    }
}

/// Whether a cell holds a resident ID whose check digit fits (GB 11643), or one of 15 digits. The
/// weight of a digit is a power of two, since a rule may hold no list of numbers.
fn resident_id(cell: &str) -> Formula {
    let places = "ROW(INDIRECT(\"1:17\"))";
    let sum = format!("SUMPRODUCT(MID({cell},{places},1)*MOD(2^(18-{places}),11))");
    Formula::new(format!(
        "=IF(LEN({cell})=15,TRUE,AND(LEN({cell})=18,MID(\"10X98765432\",MOD({sum},11)+1,1)=UPPER(RIGHT({cell}))))"
    ))
}

impl Check {
    fn of(path: &str) -> Self {
        match path {
            "person.residentId" => Self::ResidentId,
            "detail.disabled.certificateNo" => Self::Certificate,
            "person.birthDate" | "openedOn" | "visitedOn" => Self::PastDay,
            "nextVisitOn" => Self::Day,
            "minutes" => Self::Minutes,
            "services" | "needs" | "needsMet" | "detail.disabled.subsidies" => Self::Several,
            "person.sex" | "person.noIdReason" | "person.village" | "person.incomeClass"
            | "risk" | "mode" | "needs.urgency" => Self::One,
            "detail.child.kind"
            | "detail.elderly.livingArrangement"
            | "detail.elderly.abilityLevel"
            | "detail.disabled.category"
            | "detail.disabled.grade" => Self::One,
            "remark"
            | "person.address"
            | "detail.elderly.illnesses"
            | "living"
            | "body"
            | "mind"
            | "place" => Self::Text,
            path if path.to_lowercase().ends_with("phone") => Self::Phone,
            _ => Self::Word,
        }
    }

    /// How the column is filled in.
    pub const fn how(self) -> &'static str {
        match self {
            Self::Word => "文字,至多100字",
            Self::Text => "文字,至多2000字",
            Self::ResidentId => "18位身份证号,按证件填写;没有的请留空并填无证原因",
            Self::Certificate => "20位残疾证号:身份证号加类别加等级",
            Self::Phone => "11位手机号,或带区号的座机号",
            Self::Minutes => "1至1440的整数,单位分钟",
            Self::PastDay => "日期,如 2026-10-31,不晚于今天",
            Self::Day => "日期,如 2026-10-31",
            Self::One => "从下拉列表中选一项",
            Self::Several => "从下拉列表中选,多项之间用、隔开",
        }
    }

    /// Numbers of people are texts, so that no digit of them is lost.
    pub const fn number_format(self) -> &'static str {
        match self {
            Self::PastDay | Self::Day => "yyyy-mm-dd",
            Self::Minutes => "0",
            _ => "@",
        }
    }

    /// In characters.
    pub const fn width(self) -> f64 {
        match self {
            Self::ResidentId | Self::Certificate => 24.0,
            Self::Text => 30.0,
            Self::Several => 26.0,
            Self::Phone | Self::One => 16.0,
            _ => 13.0,
        }
    }
}

/// What is chosen from, by path; each list that is used has a column of the hidden sheet.
pub struct Lists {
    words: BTreeMap<&'static str, Vec<String>>,
    used: Vec<&'static str>,
}

impl Lists {
    pub fn new(words: &Words, villages: &[Village]) -> Self {
        fn of<T: Ord + Clone>(choice: &Choice<T>) -> Vec<String> {
            choice.template().map(str::to_owned).collect()
        }
        let needs = of(&words.need_domain);
        let words = [
            ("person.village", villages.iter().map(|village| village.name.clone()).collect()),
            ("person.sex", of(&words.sex)),
            ("person.noIdReason", of(&words.no_id_reason)),
            ("person.incomeClass", of(&words.income_class)),
            ("risk", of(&words.risk)),
            ("needs", needs.clone()),
            ("needsMet", needs),
            ("needs.urgency", of(&words.urgency)),
            ("detail.child.kind", of(&words.child_kind)),
            ("detail.elderly.livingArrangement", of(&words.living_arrangement)),
            ("detail.elderly.abilityLevel", of(&words.ability_level)),
            ("detail.disabled.category", of(&words.disability_category)),
            ("detail.disabled.grade", of(&words.disability_grade)),
            ("detail.disabled.subsidies", of(&words.subsidy)),
            ("mode", of(&words.visit_mode)),
            ("services", of(&words.service)),
        ];
        Self { words: words.into(), used: Vec::new() }
    }

    #[cfg(test)]
    pub fn words(&self, path: &str) -> &[String] {
        &self.words[path]
    }

    /// Where a list stands: `=选项!$A$1:$A$9`; `None` where there is nothing to choose from.
    fn place(&mut self, path: &str) -> Option<String> {
        let (path, words) = self.words.get_key_value(path)?;
        if words.is_empty() {
            return None;
        }
        let known = self.used.iter().position(|used| used == path);
        let number = known.unwrap_or_else(|| {
            self.used.push(path);
            self.used.len() - 1
        });
        let column = column_number_to_name(u16::try_from(number).ok()?);
        Some(format!("={LISTS}!${column}$1:${column}${}", words.len()))
    }

    /// The lists that are used, by their columns.
    pub fn used(&self) -> impl Iterator<Item = (u16, &Vec<String>)> {
        (0..).zip(self.used.iter().filter_map(|path| self.words.get(path)))
    }
}
