use chrono::NaiveDate;
use entity::{IncomeClass, NoIdReason, ResidentId, ResidentIdFault, Sex};
use uuid::Uuid;

use super::Checker;
use crate::{
    problem::{Code, Problem},
    submission::{PersonContent, PersonCorrectionContent},
};

/// A person as named, in valid values. Sex and birth date come from the resident ID where it is
/// given.
#[derive(Clone, Debug, Default)]
pub struct CheckedPerson {
    pub id: Option<Uuid>,
    pub name: Option<String>,
    pub resident_id: Option<ResidentId>,
    pub no_id_reason: Option<NoIdReason>,
    pub sex: Option<Sex>,
    pub birth_date: Option<NaiveDate>,
    /// The village's division code.
    pub village: Option<String>,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub income_class: Option<IncomeClass>,
    /// Where in the content the person stands.
    pub path: String,
}

#[derive(Clone, Debug)]
pub struct CheckedCorrection {
    pub person_id: Uuid,
    pub based_on: i64,
    pub values: CheckedPerson,
}

impl Checker<'_> {
    /// A person who is named well enough to be found or made.
    pub(super) fn person(&mut self, path: &str, given: &PersonContent) -> Option<CheckedPerson> {
        let before = self.problems.len();
        let person = self.values(path, given);
        if given.id.is_none() {
            if person.name.is_none() && given.name.as_ref().is_none_or(|name| is_blank(name)) {
                self.found(Problem::new(Code::NameMissing, format!("{path}.name")));
            }
            let numberless = given.resident_id.as_ref().is_none_or(|id| is_blank(id));
            if numberless && given.no_id_reason.is_none() {
                self.found(Problem::new(Code::IdMissing, format!("{path}.residentId")));
            }
            if numberless && given.village.as_ref().is_none_or(|village| is_blank(village)) {
                let what = Problem::new(Code::ValueMissing, format!("{path}.village"));
                self.found(what.detail("village"));
            }
        }
        (self.problems.len() == before).then_some(person)
    }

    pub(super) fn correction(
        &mut self,
        given: &PersonCorrectionContent,
    ) -> Option<CheckedCorrection> {
        let values = self.values("values", &given.values);
        Some(CheckedCorrection { person_id: given.person_id, based_on: given.based_on, values })
    }

    fn values(&mut self, path: &str, given: &PersonContent) -> CheckedPerson {
        let at = |field: &str| format!("{path}.{field}");
        let name = self.word(&at("name"), given.name.as_ref());
        let resident_id = self.resident_id(&at("residentId"), given.resident_id.as_ref());
        let birth_date = given
            .birth_date
            .as_ref()
            .filter(|text| !is_blank(text))
            .and_then(|text| self.past_day(&at("birthDate"), text));
        if let Some(id) = &resident_id {
            self.agrees_with_id(path, id, given.sex, birth_date);
        }
        CheckedPerson {
            id: given.id,
            name,
            no_id_reason: given.no_id_reason.filter(|_| resident_id.is_none()),
            sex: resident_id.as_ref().map(ResidentId::sex).or(given.sex),
            birth_date: resident_id.as_ref().map(ResidentId::birth_date).or(birth_date),
            resident_id,
            village: self.village(&at("village"), given.village.as_ref()),
            address: self.text(&at("address"), given.address.as_ref()),
            phone: self.phone(&at("phone"), given.phone.as_ref()),
            income_class: given.income_class,
            path: path.to_owned(),
        }
    }

    pub(super) fn village(&mut self, path: &str, text: Option<&String>) -> Option<String> {
        let text = text?.trim();
        if text.is_empty() {
            return None;
        }
        let code = self.ground.places.village(self.ground.township, text);
        if code.is_none() {
            self.found(Problem::new(Code::VillageUnknown, path).value(text));
        }
        code
    }

    fn resident_id(&mut self, path: &str, text: Option<&String>) -> Option<ResidentId> {
        let text = text?.trim();
        if text.is_empty() {
            return None;
        }
        let fault = match text.parse::<ResidentId>() {
            Ok(id) if id.birth_date() > self.ground.today => {
                let problem = Problem::new(Code::DateInFuture, path).value(text);
                self.found(problem.detail(self.ground.today));
                return None;
            }
            Ok(id) => return Some(id),
            Err(fault) => fault,
        };
        let code = match fault {
            _ if is_rounded_number(text) => Code::IdPrecisionLost,
            ResidentIdFault::Length => Code::IdLength,
            ResidentIdFault::Character => Code::IdCharacter,
            ResidentIdFault::CheckDigit => Code::IdCheckDigit,
            ResidentIdFault::BirthDate => Code::IdBirthDate,
        };
        let mut problem = Problem::new(code, path).value(text).detail(text.chars().count());
        problem.repair = plain_form(text);
        self.found(problem);
        None
    }

    fn agrees_with_id(
        &mut self,
        path: &str,
        id: &ResidentId,
        sex: Option<Sex>,
        birth_date: Option<NaiveDate>,
    ) {
        if let Some(sex) = sex.filter(|sex| *sex != id.sex()) {
            let problem = Problem::new(Code::SexContradictsId, format!("{path}.sex"));
            self.found(problem.value(sex.code()).detail(id.sex().zh()));
        }
        if let Some(day) = birth_date.filter(|day| *day != id.birth_date()) {
            let problem = Problem::new(Code::BirthDateContradictsId, format!("{path}.birthDate"));
            self.found(problem.value(day).detail(id.birth_date()));
        }
    }

    /// A mobile number of 11 digits, or a landline with or without its area code.
    pub(super) fn phone(&mut self, path: &str, text: Option<&String>) -> Option<String> {
        let text = text?.trim();
        if text.is_empty() {
            return None;
        }
        let digits: String =
            text.chars().filter(|letter| !matches!(letter, '-' | ' ' | '(' | ')')).collect();
        let number = digits.strip_prefix("+86").unwrap_or(&digits);
        let plain = number.bytes().all(|byte| byte.is_ascii_digit());
        let mobile = number.len() == 11 && number.starts_with('1');
        let landline = match number.strip_prefix('0') {
            Some(rest) => (9..=11).contains(&rest.len()),
            None => matches!(number.len(), 7 | 8),
        };
        if plain && (mobile || landline) {
            return Some(number.to_owned());
        }
        self.found(Problem::new(Code::PhoneInvalid, path).value(text));
        None
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// `4.1082320200606e+17`: what a spreadsheet leaves of 18 digits.
fn is_rounded_number(text: &str) -> bool {
    text.contains(['e', 'E']) && text.parse::<f64>().is_ok()
}

/// The number without white space, with half-width characters, where that makes it valid.
fn plain_form(text: &str) -> Option<String> {
    let plain: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '\'')
        .map(|letter| match letter {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
            _ => letter,
        })
        .collect();
    plain.parse::<ResidentId>().ok().map(|id| id.to_string())
}
