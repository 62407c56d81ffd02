//! The rules that a content is checked by, as data: for a client that has to tell what is wrong with
//! one while there is no signal.
//!
//! They stand on the constants that [`crate::intake`] checks by, and come with examples that were put
//! before that check: a client that answers each example alike checks as the hub does. The hub itself
//! believes no client, and checks everything that is handed in.

mod assessment;
mod closure;
mod correction;
mod entry;
mod examples;
mod excuse;
mod household;
mod person;
mod visit;

use std::collections::BTreeMap;

use entity::{
    AbilityLevel, ChildKind, ClosureReason, DisabilityCategory, ExcuseReason, IncomeClass,
    LedgerKind, LivingArrangement, NeedDomain, NoIdReason, Risk, Service, Sex, Subsidy, Urgency,
    VisitMode,
};
use serde::Serialize;

use crate::{
    intake::{EARLIEST_YEAR, LONGEST_LIST, LONGEST_TEXT, LONGEST_WORD},
    problem::{Code, Language, Problem},
};

/// All that a client needs to check as the hub does.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rules {
    /// Characters of a `WORD`.
    longest_word: usize,
    /// Characters of a `TEXT`.
    longest_text: usize,
    /// Rows of a list.
    longest_list: usize,
    /// No day lies before this year.
    earliest_year: i32,
    /// The choices of each closed list: code and Chinese word, in the order of the list.
    choices: BTreeMap<&'static str, Vec<(String, &'static str)>>,
    /// The sentence of each problem; `{}` stands for its detail.
    sentences: BTreeMap<&'static str, Sentence>,
    /// The fields of a visit, without whom it is of.
    visit: BTreeMap<&'static str, Rule>,
    /// Those of an assessment, without whom it is of and the answers.
    assessment: BTreeMap<&'static str, Rule>,
    /// Those of an entry in a ledger. A child is under eighteen on the opening day.
    ledger_entry: BTreeMap<&'static str, Rule>,
    /// Those of a closure and of an excuse, without the person.
    ledger_closure: BTreeMap<&'static str, Rule>,
    excuse: BTreeMap<&'static str, Rule>,
    /// Those of a household, and of a correction without whom it is of.
    household: BTreeMap<&'static str, Rule>,
    person_correction: BTreeMap<&'static str, Rule>,
    /// Contents, and what the hub finds wrong with each.
    examples: Vec<examples::Example>,
}

#[derive(Debug, Serialize)]
struct Sentence {
    zh: String,
    en: String,
}

/// What a field holds. Empty texts are none; white space around a text does not count.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
enum Rule {
    /// A short text.
    Word,
    /// A long text.
    Text,
    /// A day `YYYY-MM-DD` that is over or is today.
    PastDay,
    /// A day. `not_before` names a field whose day it does not precede, `ahead` is by how many days at
    /// most it lies after today, `lasts` how many days at most there are from the other one to it, both
    /// included.
    Day {
        #[serde(skip_serializing_if = "Option::is_none")]
        not_before: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        ahead: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        lasts: Option<u64>,
    },
    /// A whole number within bounds; outside them it is this problem.
    Number { from: i64, to: i64, problem: &'static str },
    /// One of a closed list.
    Choice { of: &'static str },
    /// Some of a closed list.
    Choices { of: &'static str },
    /// Rows, each a short text.
    Words,
    /// Rows, each of these fields.
    Rows { fields: BTreeMap<&'static str, Rule> },
    /// These fields, below this one.
    Fields { fields: BTreeMap<&'static str, Rule> },
    /// A person as named, by these fields: by id, or by name and resident ID, or where there is none by
    /// the reason for it and the village. Sex and birth date agree with the resident ID.
    Person { fields: BTreeMap<&'static str, Rule> },
    /// Values of a person set anew, none of which has to be there. They agree as those of a person do.
    Values { fields: BTreeMap<&'static str, Rule> },
    /// A number of GB 11643-1999, of 18 characters or the 15 of old cards.
    ResidentId,
    /// A mobile number or a landline.
    Phone,
    /// A village of the station's township, by code or name.
    Village,
    /// The number of a disability certificate, which agrees with resident ID, category and grade.
    Certificate,
}

/// The rules, their sentences and their examples, as the JSON that is published.
///
/// # Errors
/// None that is known: all of it is text and numbers.
pub fn published() -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(&rules())?;
    text.push('\n');
    Ok(text)
}

fn rules() -> Rules {
    Rules {
        longest_word: LONGEST_WORD,
        longest_text: LONGEST_TEXT,
        longest_list: LONGEST_LIST,
        earliest_year: EARLIEST_YEAR,
        choices: choices(),
        sentences: Code::ALL.iter().map(|code| (code.as_str(), sentence(*code))).collect(),
        visit: visit::fields(),
        assessment: assessment::fields(),
        ledger_entry: entry::fields(),
        ledger_closure: closure::fields(),
        excuse: excuse::fields(),
        household: household::fields(),
        person_correction: correction::fields(),
        examples: examples::examples(),
    }
}

/// The fields of a need that a content raises.
fn need() -> BTreeMap<&'static str, Rule> {
    BTreeMap::from([
        ("domain", Rule::Choice { of: "NeedDomain" }),
        ("urgency", Rule::Choice { of: "Urgency" }),
        ("remark", Rule::Text),
    ])
}

fn choices() -> BTreeMap<&'static str, Vec<(String, &'static str)>> {
    macro_rules! listed {
        ($($name:ident),+) => {
            [$((stringify!($name), $name::ALL.iter().map(|one| (one.code(), one.zh())).collect())),+]
        };
    }
    listed!(
        VisitMode,
        Service,
        NeedDomain,
        Urgency,
        Sex,
        LedgerKind,
        Risk,
        IncomeClass,
        ClosureReason,
        ExcuseReason,
        NoIdReason,
        ChildKind,
        LivingArrangement,
        AbilityLevel,
        DisabilityCategory,
        Subsidy
    )
    .into()
}

fn sentence(code: Code) -> Sentence {
    let text = |language| Problem::new(code, "").detail("{}").message(language);
    Sentence { zh: text(Language::Chinese), en: text(Language::English) }
}
