use std::{fmt, str::FromStr};

use chrono::{Datelike, NaiveDate};
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

use super::Sex;

/// A citizen's identity number of GB 11643-1999: 17 digits and a check character (ISO 7064
/// MOD 11-2). Always 18 characters with an upper-case X; a 15-digit number is converted.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, DeriveValueType,
)]
#[serde(transparent)]
pub struct ResidentId(String);

/// Why a text is not a resident ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResidentIdFault {
    #[error("neither 18 nor 15 characters")]
    Length,
    #[error("a character that is neither a digit nor a final X")]
    Character,
    #[error("the check character does not fit the digits")]
    CheckDigit,
    #[error("digits 7 to 14 are no day of the calendar")]
    BirthDate,
}

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

impl FromStr for ResidentId {
    type Err = ResidentIdFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.to_ascii_uppercase();
        let (body, check) = match text.len() {
            18 if text.is_ascii() => (text[..17].to_owned(), text.chars().last()),
            15 if text.is_ascii() => (format!("{}19{}", &text[..6], &text[6..]), None),
            _ => return Err(ResidentIdFault::Length),
        };
        let expected = check_character(&body).ok_or(ResidentIdFault::Character)?;
        match check {
            Some(given) if !given.is_ascii_digit() && given != 'X' => {
                return Err(ResidentIdFault::Character);
            }
            Some(given) if given != expected => return Err(ResidentIdFault::CheckDigit),
            _ => {}
        }
        let id = Self(format!("{body}{expected}"));
        id.day().ok_or(ResidentIdFault::BirthDate)?;
        Ok(id)
    }
}

impl ResidentId {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The day of birth, digits 7 to 14.
    #[must_use]
    pub fn birth_date(&self) -> NaiveDate {
        self.day().unwrap_or_default()
    }

    /// The sex, by the parity of digit 17.
    #[must_use]
    pub fn sex(&self) -> Sex {
        let odd = self.0.as_bytes().get(16).is_some_and(|digit| digit % 2 == 1);
        if odd { Sex::Male } else { Sex::Female }
    }

    fn day(&self) -> Option<NaiveDate> {
        let day = NaiveDate::parse_from_str(self.0.get(6..14)?, "%Y%m%d").ok()?;
        (day.year() >= 1800).then_some(day)
    }
}

fn check_character(body: &str) -> Option<char> {
    let mut sum = 0;
    for (digit, weight) in body.chars().zip(WEIGHTS) {
        sum += digit.to_digit(10)? * weight;
    }
    CHECKS.get(sum as usize % 11).copied()
}

impl fmt::Display for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example numbers printed in GB 11643-1999.
    #[test]
    fn the_standards_examples_are_valid() {
        let id: ResidentId = "11010519491231002X".parse().expect("valid");
        assert_eq!(id.birth_date(), NaiveDate::from_ymd_opt(1949, 12, 31).expect("a day"));
        assert_eq!(id.sex(), Sex::Female);
        let id: ResidentId = "440524188001010014".parse().expect("valid");
        assert_eq!(id.sex(), Sex::Male);
    }

    #[test]
    fn an_old_number_is_converted_and_a_small_x_raised() {
        let old: ResidentId = "110105491231002".parse().expect("valid");
        let new: ResidentId = "11010519491231002x".parse().expect("valid");
        assert_eq!(old, new);
    }

    #[test]
    fn each_fault_is_told_apart() {
        let fault = |text: &str| text.parse::<ResidentId>().expect_err("not valid");
        assert_eq!(fault("1101051949123100"), ResidentIdFault::Length);
        assert_eq!(fault("110105194912310021"), ResidentIdFault::CheckDigit);
        assert_eq!(fault("1101051949123100AX"), ResidentIdFault::Character);
        assert_eq!(fault("11010519491231002Z"), ResidentIdFault::Character);
        assert_eq!(fault("一一〇一〇五"), ResidentIdFault::Length);
        assert_eq!(fault("110105491332002"), ResidentIdFault::BirthDate);
    }

    #[test]
    fn every_single_wrong_digit_is_found() {
        let good = "11010519491231002X";
        for place in 0..17 {
            for digit in b'0'..=b'9' {
                let mut bytes = good.as_bytes().to_vec();
                if bytes[place] == digit {
                    continue;
                }
                bytes[place] = digit;
                let text = String::from_utf8(bytes).expect("ascii");
                assert!(text.parse::<ResidentId>().is_err(), "{text}");
            }
        }
    }
}
