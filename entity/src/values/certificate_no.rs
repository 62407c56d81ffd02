use std::{fmt, str::FromStr};

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

use super::{DisabilityCategory, ResidentId, ResidentIdFault};

/// The number of a disability certificate: the holder's resident ID, one digit for the category
/// (GB/T 26341, 1 to 7) and one for the grade (1 to 4). 20 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, DeriveValueType)]
#[serde(transparent)]
pub struct CertificateNo(String);

/// Why a text is not the number of a disability certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    #[error("not 20 characters")]
    Length,
    #[error("its first 18 characters are no resident ID: {0}")]
    ResidentId(ResidentIdFault),
    #[error("its digit 19 is no category, 1 to 7")]
    Category,
    #[error("its digit 20 is no grade, 1 to 4")]
    Grade,
}

impl FromStr for CertificateNo {
    type Err = CertificateFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.to_ascii_uppercase();
        if text.len() != 20 || !text.is_ascii() {
            return Err(CertificateFault::Length);
        }
        text[..18].parse::<ResidentId>().map_err(CertificateFault::ResidentId)?;
        if !matches!(text.as_bytes()[18], b'1'..=b'7') {
            return Err(CertificateFault::Category);
        }
        if !matches!(text.as_bytes()[19], b'1'..=b'4') {
            return Err(CertificateFault::Grade);
        }
        Ok(Self(text))
    }
}

impl CertificateNo {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the certificate is this person's.
    #[must_use]
    pub fn belongs_to(&self, id: &ResidentId) -> bool {
        self.0.starts_with(id.as_str())
    }

    /// The category its digit 19 names.
    #[must_use]
    pub fn category(&self) -> Option<DisabilityCategory> {
        DisabilityCategory::of_code(self.digit(18))
    }

    /// The grade, 1 (heaviest) to 4.
    #[must_use]
    pub fn grade(&self) -> i64 {
        i64::from(self.digit(19))
    }

    fn digit(&self, place: usize) -> u8 {
        self.0.as_bytes().get(place).map_or(0, |digit| digit - b'0')
    }
}

impl fmt::Display for CertificateNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_tells_holder_category_and_grade() {
        let number: CertificateNo = "11010519491231002x43".parse().expect("valid");
        let id: ResidentId = "11010519491231002X".parse().expect("valid");
        assert!(number.belongs_to(&id));
        assert_eq!(number.category(), Some(DisabilityCategory::Physical));
        assert_eq!(number.grade(), 3);
    }

    #[test]
    fn each_fault_is_told_apart() {
        let fault = |text: &str| text.parse::<CertificateNo>().expect_err("not valid");
        assert_eq!(fault("11010519491231002X4"), CertificateFault::Length);
        assert_eq!(fault("11010519491231002X83"), CertificateFault::Category);
        assert_eq!(fault("11010519491231002X45"), CertificateFault::Grade);
        let wrong = CertificateFault::ResidentId(ResidentIdFault::CheckDigit);
        assert_eq!(fault("11010519491231002143"), wrong);
    }
}
