use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::DivisionLevel;

/// A statistics code of an administrative division: city and county 6 digits, township 9, village 12
/// (GB/T 2260, GB/T 10114 and the statistical division codes).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DivisionCode(String);

/// The text is not 6, 9 or 12 digits.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a division code has 6, 9 or 12 digits")]
pub struct NotADivisionCode;

impl FromStr for DivisionCode {
    type Err = NotADivisionCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if digits && matches!(text.len(), 6 | 9 | 12) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotADivisionCode)
        }
    }
}

impl DivisionCode {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn level(&self) -> DivisionLevel {
        match self.0.len() {
            12 => DivisionLevel::Village,
            9 => DivisionLevel::Township,
            _ if self.0.ends_with("00") => DivisionLevel::City,
            _ => DivisionLevel::County,
        }
    }

    /// The digits that the codes of all its divisions begin with, and its own.
    #[must_use]
    pub fn stem(&self) -> &str {
        match self.level() {
            DivisionLevel::City => &self.0[..4],
            _ => &self.0,
        }
    }

    /// The division it lies in by its digits; none for a city.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        match self.level() {
            DivisionLevel::City => None,
            DivisionLevel::County => Some(Self(format!("{}00", &self.0[..4]))),
            DivisionLevel::Township => Some(Self(self.0[..6].to_owned())),
            DivisionLevel::Village => Some(Self(self.0[..9].to_owned())),
        }
    }

    /// Whether `other` is this division or lies in it.
    #[must_use]
    pub fn contains(&self, other: &str) -> bool {
        other.starts_with(self.stem())
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_knows_its_level_and_what_lies_in_it() {
        let city: DivisionCode = "410800".parse().expect("a city");
        let county: DivisionCode = "410802".parse().expect("a county");
        let village: DivisionCode = "410802001001".parse().expect("a village");
        assert_eq!(city.level(), DivisionLevel::City);
        assert_eq!(county.level(), DivisionLevel::County);
        assert_eq!(village.level(), DivisionLevel::Village);
        assert!(city.contains("410802001001") && county.contains("410802001001"));
        assert!(!county.contains("410803001001") && !village.contains("410802"));
        assert_eq!(village.parent(), "410802001".parse().ok());
        assert_eq!(county.parent(), Some(city.clone()));
        assert_eq!(city.parent(), None);
        assert_eq!("41080".parse::<DivisionCode>(), Err(NotADivisionCode));
        assert_eq!("41080x".parse::<DivisionCode>(), Err(NotADivisionCode));
    }
}
