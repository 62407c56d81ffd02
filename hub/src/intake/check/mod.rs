//! The check of a content: pure functions that find every problem, not only the first, and give
//! back the content in values that are valid.

mod assessment;
mod excuse;
mod household;
mod ledger;
mod person;
mod visit;

pub use assessment::CheckedAssessment;
pub use excuse::CheckedExcuse;
pub use household::CheckedHousehold;
pub(crate) use ledger::GRADES;
pub use ledger::{CheckedClosure, CheckedDetail, CheckedEntry, is_grown};
pub use person::{CheckedCorrection, CheckedPerson};
pub(crate) use visit::MINUTES;
pub use visit::{CheckedVisit, Subject};

use chrono::{Datelike, NaiveDate};
use entity::{NeedDomain, Urgency};
use uuid::Uuid;

use crate::{
    places::Places,
    problem::{Code, Problem},
    submission::{Content, NeedContent, PersonContent},
};

/// What a check stands on.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    pub today: NaiveDate,
    pub places: &'a Places,
    /// The code of the station's township.
    pub township: &'a str,
}

/// A content without faults of its own. Whether it fits the record is seen when it is recorded.
#[derive(Clone, Debug)]
pub enum Checked {
    Visit(CheckedVisit),
    Assessment(CheckedAssessment),
    Entry(CheckedEntry),
    Closure(CheckedClosure),
    Household(CheckedHousehold),
    Correction(CheckedCorrection),
    Excuse(CheckedExcuse),
}

/// A need to be raised: one a domain.
#[derive(Clone, Debug)]
pub struct CheckedNeed {
    pub domain: NeedDomain,
    pub urgency: Urgency,
    pub remark: Option<String>,
}

/// Checks a content.
///
/// # Errors
/// All that is wrong with it.
pub fn check(content: &Content, ground: Ground<'_>) -> Result<Checked, Vec<Problem>> {
    let mut checker = Checker { ground, problems: Vec::new() };
    let checked = match content {
        Content::Visit(visit) => checker.visit(visit).map(Checked::Visit),
        Content::Assessment(assessment) => checker.assessment(assessment).map(Checked::Assessment),
        Content::LedgerEntry(entry) => checker.entry(entry).map(Checked::Entry),
        Content::LedgerClosure(closure) => checker.closure(closure).map(Checked::Closure),
        Content::Household(household) => checker.household(household).map(Checked::Household),
        Content::PersonCorrection(correction) => {
            checker.correction(correction).map(Checked::Correction)
        }
        Content::Excuse(excuse) => checker.excuse(excuse).map(Checked::Excuse),
    };
    match checked {
        Some(checked) if checker.problems.is_empty() => Ok(checked),
        _ => Err(checker.problems),
    }
}

/// Characters of a name, a school, whom a visit met.
pub(crate) const LONGEST_WORD: usize = 100;
/// Characters of a remark, an address, what was seen.
pub(crate) const LONGEST_TEXT: usize = 2000;
/// Workers of a visit, members of a household, needs: none has more.
pub(crate) const LONGEST_LIST: usize = 100;
/// What lies before it is a slip of the pen.
pub(crate) const EARLIEST_YEAR: i32 = 1900;

/// Gathers the problems. Its methods give back `None` where they found one.
struct Checker<'a> {
    ground: Ground<'a>,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn found(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// A day written `YYYY-MM-DD`.
    fn day(&mut self, path: &str, text: &str) -> Option<NaiveDate> {
        let day = parse_day(text);
        if day.is_none() {
            let repair = loose_day(text).map(|day| day.to_string());
            let mut problem = Problem::new(Code::DateInvalid, path).value(text);
            problem.repair = repair;
            self.found(problem);
        }
        let early = day.filter(|day| day.year() < EARLIEST_YEAR);
        if early.is_some() {
            self.found(Problem::new(Code::DateTooEarly, path).value(text));
        }
        day.filter(|_| early.is_none())
    }

    /// A day that is over or is today.
    fn past_day(&mut self, path: &str, text: &str) -> Option<NaiveDate> {
        let day = self.day(path, text)?;
        let today = self.ground.today;
        if day > today {
            self.found(Problem::new(Code::DateInFuture, path).value(text).detail(today));
            return None;
        }
        Some(day)
    }

    /// A short text without the white space around it; empty is none.
    fn word(&mut self, path: &str, text: Option<&String>) -> Option<String> {
        self.text_up_to(LONGEST_WORD, path, text)
    }

    /// A long text without the white space around it; empty is none.
    fn text(&mut self, path: &str, text: Option<&String>) -> Option<String> {
        self.text_up_to(LONGEST_TEXT, path, text)
    }

    fn text_up_to(&mut self, longest: usize, path: &str, text: Option<&String>) -> Option<String> {
        let text = text?.trim();
        let length = text.chars().count();
        let start = || text.chars().take(40).collect::<String>();
        if length > longest {
            self.found(Problem::new(Code::TextTooLong, path).value(start()).detail(longest));
            return None;
        }
        if text.contains(stray) {
            self.found(
                Problem::new(Code::TextCharacter, path).value(start().replace(stray, "\u{FFFD}")),
            );
            return None;
        }
        (length > 0).then(|| text.to_owned())
    }

    /// Whether a list has no more than so many rows.
    fn is_short<T>(&mut self, path: &str, list: &[T]) -> bool {
        let short = list.len() <= LONGEST_LIST;
        if !short {
            let problem = Problem::new(Code::ListTooLong, path).value(list.len());
            self.found(problem.detail(LONGEST_LIST));
        }
        short
    }

    fn words(&mut self, path: &str, texts: &[String]) -> Vec<String> {
        if !self.is_short(path, texts) {
            return Vec::new();
        }
        let each = texts.iter().enumerate();
        each.filter_map(|(i, text)| self.word(&format!("{path}[{i}]"), Some(text))).collect()
    }

    /// The person or the household that a visit or assessment is of.
    fn subject(
        &mut self,
        person: Option<&PersonContent>,
        household_id: Option<Uuid>,
    ) -> Option<Subject> {
        match (person, household_id) {
            (Some(person), None) => self.person("person", person).map(Subject::Person),
            (None, Some(id)) => Some(Subject::Household(id)),
            (None, None) => {
                self.found(Problem::new(Code::SubjectMissing, "person"));
                None
            }
            (Some(person), Some(id)) => {
                self.person("person", person);
                self.found(Problem::new(Code::SubjectAmbiguous, "householdId").value(id));
                None
            }
        }
    }

    /// One need a domain, the most urgent.
    fn needs(&mut self, needs: &[NeedContent]) -> Vec<CheckedNeed> {
        let mut checked: Vec<CheckedNeed> = Vec::new();
        if !self.is_short("needs", needs) {
            return checked;
        }
        for (i, need) in needs.iter().enumerate() {
            let remark = self.text(&format!("needs[{i}].remark"), need.remark.as_ref());
            if let Some(other) = checked.iter_mut().find(|other| other.domain == need.domain) {
                other.urgency = other.urgency.max(need.urgency);
                continue;
            }
            checked.push(CheckedNeed { domain: need.domain, urgency: need.urgency, remark });
        }
        checked
    }
}

/// A character that nobody means to write: PostgreSQL takes no NUL, and what cannot be seen makes two
/// names of one.
fn stray(letter: char) -> bool {
    match letter {
        '\n' | '\r' | '\t' => false,
        '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}' => true,
        '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' => true,
        _ => letter.is_control(),
    }
}

/// `YYYY-MM-DD`, and no other way of writing.
fn parse_day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let digits = text.bytes().enumerate().all(|(i, byte)| match i {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    (text.len() == 10 && digits).then(|| text.parse().ok()).flatten()
}

/// The day that a text in another common way of writing most likely means.
fn loose_day(text: &str) -> Option<NaiveDate> {
    let parts = text.split(|letter: char| !letter.is_ascii_digit());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let [year, month, day] = parts.as_slice() else {
        return None;
    };
    let year = year.parse().ok().filter(|_| year.len() == 4)?;
    NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)
}
