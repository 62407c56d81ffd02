//! What a viewer may see of what it reaches: the one table of sight, and the masks.
//!
//! The table says what a role sees of a class of data inside its scope. Outside of it there is
//! nothing to see: rows out of scope look like rows that are not there. To filter or sort by a value
//! needs the plain sight of its class, since an answer would tell the value.

use chrono::{Datelike, NaiveDate};
use entity::{DataClass, Role, TokenScope, person};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use crate::{HubError, access::Viewer};

/// How much of a value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sight {
    /// Null.
    Hidden,
    /// Enough to recognise what one knows already: 王*明, 4108**********123X.
    Masked,
    Plain,
}

/// The classes of data, in the order of the table's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Name, resident ID, birth date.
    Identity,
    /// Phone.
    Contact,
    /// Detailed address, below the village.
    Address,
    /// Disability, ability, risk, answers and scores of assessments.
    Health,
    /// Not a field's own class: the cap on what identifies someone under 18.
    Minor,
    /// Who cares for someone: guardians, parents, carers, contacts.
    Guardian,
    /// Income class and subsidies.
    Finance,
    /// What a worker wrote in own words, which may name anyone.
    FreeText,
    /// Names of workers and accounts.
    Staff,
}

use Sight::{Hidden as H, Masked as M, Plain as P};

#[rustfmt::skip]
const TABLE: [(Role, [Sight; 9]); 7] = [
    //                     identity contact address health minor guardian finance text staff
    (Role::StationWorker, [P,       P,      P,      P,     P,    P,       P,      P,   P]),
    (Role::StationLead,   [P,       P,      P,      P,     P,    P,       P,      P,   P]),
    (Role::CountyOfficer, [P,       P,      P,      P,     M,    P,       P,      P,   P]),
    (Role::Analyst,       [M,       H,      H,      P,     M,    H,       P,      H,   M]),
    // At most: what its token grants of it.
    (Role::Integration,   [P,       P,      P,      P,     P,    P,       P,      P,   P]),
    (Role::Admin,         [H,       H,      H,      H,     H,    H,       H,      H,   H]),
    (Role::Auditor,       [H,       H,      H,      H,     H,    H,       H,      H,   H]),
];

/// How a role comes to see plainly what it sees masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    Never,
    /// At once, for a stated purpose.
    ByPurpose,
    /// Once a second person has approved the purpose.
    BySecondPerson,
}

use Opening::{ByPurpose, BySecondPerson, Never};

/// How a role opens masked data within its scope, and whether it decides on what others ask for. A
/// station's own people are its caseload: it sees them plainly, and has nothing to open.
#[rustfmt::skip]
const OPENINGS: [(Role, Opening, Opening, bool); 7] = [
    //                     of an adult  of a minor      decides
    (Role::StationWorker, Never,       Never,          false),
    (Role::StationLead,   Never,       Never,          true),
    (Role::CountyOfficer, ByPurpose,   BySecondPerson, true),
    (Role::Analyst,       Never,       Never,          false),
    (Role::Integration,   Never,       Never,          false),
    (Role::Admin,         Never,       Never,          false),
    (Role::Auditor,       Never,       Never,          false),
];

/// The first birthday at which nobody is a minor any more.
const OF_AGE: i32 = 18;

impl From<DataClass> for Class {
    fn from(class: DataClass) -> Self {
        match class {
            DataClass::Identity => Self::Identity,
            DataClass::Contact => Self::Contact,
            DataClass::Address => Self::Address,
            DataClass::Health => Self::Health,
            DataClass::Guardian => Self::Guardian,
            DataClass::Finance => Self::Finance,
            DataClass::FreeText => Self::FreeText,
            DataClass::Staff => Self::Staff,
        }
    }
}

impl Class {
    /// Every class, in the order of the columns.
    pub const ALL: &'static [Self] = &[
        Self::Identity,
        Self::Contact,
        Self::Address,
        Self::Health,
        Self::Minor,
        Self::Guardian,
        Self::Finance,
        Self::FreeText,
        Self::Staff,
    ];

    /// The scope by which a token grants the sight of it.
    #[must_use]
    pub fn scope(self) -> TokenScope {
        match self {
            Self::Identity => TokenScope::Identity,
            Self::Contact => TokenScope::Contact,
            Self::Address => TokenScope::Address,
            Self::Health => TokenScope::Health,
            Self::Minor => TokenScope::Minor,
            Self::Guardian => TokenScope::Guardian,
            Self::Finance => TokenScope::Finance,
            Self::FreeText => TokenScope::FreeText,
            Self::Staff => TokenScope::Staff,
        }
    }

    /// Whether it tells who someone is, so that the cap on minors holds for it.
    #[must_use]
    pub fn identifies(self) -> bool {
        !matches!(self, Self::Health | Self::Finance | Self::Staff)
    }
}

/// What a viewer sees of every class, looked up once for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sights {
    adult: [Sight; 9],
    minor: [Sight; 9],
}

impl Sights {
    #[must_use]
    pub fn on_adult(&self, class: Class) -> Sight {
        self.adult[class as usize]
    }

    #[must_use]
    pub fn on_minor(&self, class: Class) -> Sight {
        self.minor[class as usize]
    }
}

impl Viewer {
    #[must_use]
    pub fn sights(&self) -> Sights {
        let mut sights = Sights { adult: [Sight::Hidden; 9], minor: [Sight::Hidden; 9] };
        for class in Class::ALL {
            sights.adult[*class as usize] = self.sight(*class);
            sights.minor[*class as usize] = self.sight_on_minor(*class);
        }
        sights
    }

    /// What the viewer sees of a class of data on an adult.
    #[must_use]
    pub fn sight(&self, class: Class) -> Sight {
        if !self.grants(class.scope()) {
            return Sight::Hidden;
        }
        let row = TABLE.iter().find(|(role, _)| *role == self.role);
        row.map_or(Sight::Hidden, |(_, row)| row[class as usize])
    }

    /// What the viewer sees of a class of data on a minor. A token with scopes shows nothing of one
    /// that has no scope for minors.
    #[must_use]
    pub fn sight_on_minor(&self, class: Class) -> Sight {
        let capped = class.identifies() || self.grants.is_some();
        let cap = if capped { self.sight(Class::Minor) } else { Sight::Plain };
        self.sight(class).min(cap)
    }

    /// How the viewer may open what it sees masked of an adult or a minor in its scope.
    #[must_use]
    pub fn opening(&self, minor: bool) -> Opening {
        let row = OPENINGS.iter().find(|(role, ..)| *role == self.role);
        row.map_or(
            Never,
            |(_, of_adults, of_minors, _)| if minor { *of_minors } else { *of_adults },
        )
    }

    /// Whether the viewer may open anything at all.
    #[must_use]
    pub fn may_reveal(&self) -> bool {
        [false, true].into_iter().any(|minor| self.opening(minor) != Never)
    }

    /// Whether the viewer decides on what others ask for, of people in its scope.
    #[must_use]
    pub fn decides_reveals(&self) -> bool {
        OPENINGS.iter().any(|(role, _, _, decides)| *role == self.role && *decides)
    }

    /// Whom the viewer may find by values of these classes: a filter that tells a value needs the
    /// plain sight of it.
    ///
    /// # Errors
    /// `Unseen` where the viewer sees one of them of nobody.
    pub fn finds_by(&self, classes: &[Class]) -> Result<Found, HubError> {
        if let Some(class) = classes.iter().find(|class| self.sight(**class) < Sight::Plain) {
            return Err(HubError::Unseen(*class));
        }
        let everyone = classes.iter().all(|class| self.sight_on_minor(*class) == Sight::Plain);
        Ok(if everyone { Found::Everyone } else { Found::Adults })
    }

    /// Whether the viewer may see figures about a few people: whoever sees who is meant anyhow.
    #[must_use]
    pub fn sees_small_figures(&self) -> bool {
        self.sight(Class::Identity) == Sight::Plain
    }

    /// Whether the viewer may sort by values of this class.
    ///
    /// # Errors
    /// `Unseen` where it sees one masked: the order and the cursors would tell it.
    pub fn may_sort_by(&self, class: Class) -> Result<(), HubError> {
        match self.sight_on_minor(class) {
            Sight::Plain => Ok(()),
            _ => Err(HubError::Unseen(class)),
        }
    }
}

/// Whom a filter may find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Everyone,
    Adults,
}

/// The condition that leaves adults only.
pub(crate) fn adults(today: NaiveDate) -> Condition {
    let born_by = today.with_year(today.year() - OF_AGE);
    // On 29 February: born by 28 February.
    let born_by = born_by.or_else(|| NaiveDate::from_ymd_opt(today.year() - OF_AGE, 2, 28));
    Condition::all().add(person::Column::BirthDate.lte(born_by))
}

/// The rows about adults, by the column that names the person.
pub(crate) fn about_adults<C: ColumnTrait>(person_id: C, today: NaiveDate) -> Condition {
    let adults =
        person::Entity::find().select_only().column(person::Column::Id).filter(adults(today));
    Condition::all().add(person_id.in_subquery(adults.into_query()))
}

/// Whether someone is under 18 on a day. One whose birth date is not known counts as a minor.
#[must_use]
pub fn is_minor(row: &person::Model, today: NaiveDate) -> bool {
    minor_on(row.birth_date, today)
}

/// Whether who was born on a day, where that is known, is under 18.
#[must_use]
pub fn minor_on(born: Option<NaiveDate>, today: NaiveDate) -> bool {
    let Some(born) = born else { return true };
    let birthday = born.with_year(born.year() + OF_AGE);
    // Born on 29 February: of age on 1 March.
    let of_age = birthday.or_else(|| NaiveDate::from_ymd_opt(born.year() + OF_AGE, 3, 1));
    of_age.is_none_or(|day| today < day)
}

/// The masked forms of values.
pub mod mask {
    /// 王*明: the first character, and of a longer name the last.
    #[must_use]
    pub fn name(name: &str) -> Option<String> {
        let letters: Vec<char> = name.chars().collect();
        Some(match letters.as_slice() {
            [] => String::new(),
            [_] => "*".to_owned(),
            [first, _] => format!("{first}*"),
            [first, between @ .., last] => format!("{first}{}{last}", "*".repeat(between.len())),
        })
    }

    /// 4108**********123X, of a resident ID or the number of a certificate, which begins with one.
    #[must_use]
    pub fn number(number: &str) -> Option<String> {
        Some(middle(number, 4, 4))
    }

    /// 138****5678: operator and the last four.
    #[must_use]
    pub fn phone(number: &str) -> Option<String> {
        Some(middle(number, 3, 4))
    }

    /// For what has no masked form: an address, whose masked form is the village beside it, or a
    /// text.
    #[must_use]
    pub fn whole(_: &str) -> Option<String> {
        None
    }

    /// Stars for all but the ends; for the whole, where the ends would leave less than four to mask.
    fn middle(text: &str, head: usize, tail: usize) -> String {
        let letters: Vec<char> = text.chars().collect();
        if letters.len() < head + tail + 4 {
            return "*".repeat(letters.len());
        }
        let hidden = letters.len() - head - tail;
        let ends = (&letters[..head], &letters[letters.len() - tail..]);
        let text = |letters: &[char]| letters.iter().collect::<String>();
        format!("{}{}{}", text(ends.0), "*".repeat(hidden), text(ends.1))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn masks_are_those_people_know() {
            let names = ["王小明", "王明", "欧阳小明", "王"].map(|text| name(text).unwrap());
            assert_eq!(names, ["王*明", "王*", "欧**明", "*"]);
            assert_eq!(phone("13812345678").unwrap(), "138****5678");
            assert_eq!(phone("1234567").unwrap(), "*******");
            assert_eq!(number("11010519491231002X").unwrap(), "1101**********002X");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_one_row_in_the_table() {
        for role in Role::ALL {
            assert_eq!(TABLE.iter().filter(|(known, _)| known == role).count(), 1, "{role:?}");
            assert_eq!(OPENINGS.iter().filter(|(known, ..)| known == role).count(), 1, "{role:?}");
        }
    }

    #[test]
    fn of_age_on_the_birthday_and_unknown_is_a_minor() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert!(minor_on(Some(day("2008-11-25")), day("2026-11-24")));
        assert!(!minor_on(Some(day("2008-11-24")), day("2026-11-24")));
        assert!(minor_on(Some(day("2008-02-29")), day("2026-02-28")));
        assert!(!minor_on(Some(day("2008-02-29")), day("2026-03-01")));
        assert!(minor_on(None, day("2026-03-01")));
    }
}
