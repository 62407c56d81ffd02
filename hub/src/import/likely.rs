//! What a refused cell is likely meant to say. It is told and not taken: a person decides. Where two
//! things are as likely nothing is said.

use chrono::NaiveDate;
use entity::ResidentId;

use super::{repair, village::Villages};
use crate::{
    intake::Ground,
    problem::{Code, Problem},
};

/// The likely repair of a value that the check refused.
pub fn repair(problem: &Problem, ground: Ground<'_>) -> Option<String> {
    let value = problem.value.as_deref()?;
    match problem.code {
        Code::IdCharacter => resident_id(value),
        // The number has a check digit, and it fits.
        Code::SexContradictsId | Code::BirthDateContradictsId => Some(problem.detail.clone()),
        // Who was born in 24 may be two years old or a hundred and two.
        Code::DateInvalid if !problem.path.ends_with("birthDate") => day(value, ground.today),
        Code::VillageUnknown => {
            let villages = ground.places.villages(ground.township);
            Villages::new(villages).nearest(value).map(|village| village.name.clone())
        }
        _ => None,
    }
}

/// Letters that look like digits, as digits, where the number is valid with them.
fn resident_id(text: &str) -> Option<String> {
    let digits = text.trim().replace(['O', 'o'], "0").replace(['I', 'l', '|'], "1");
    digits.parse::<ResidentId>().ok().map(|id| id.to_string())
}

/// A day whose year has two digits, of this century, where it is over.
fn day(text: &str, today: NaiveDate) -> Option<String> {
    let (year, _) = text.split_once(|letter: char| !letter.is_ascii_digit())?;
    let day = repair::day(&format!("20{text}")).filter(|day| year.len() == 2 && *day <= today)?;
    Some(day.to_string())
}

/// Whether one is the other with a character more, less or another.
pub fn is_one_off(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let same = short.iter().zip(&long).take_while(|(one, other)| one == other).count();
    match long.len() - short.len() {
        0 => same < short.len() && short[same + 1..] == long[same + 1..],
        1 => short[same..] == long[same + 1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_a_number_are_digits_only_where_it_is_valid_then() {
        assert_eq!(resident_id("11O105l9491231002X").as_deref(), Some("11010519491231002X"));
        assert_eq!(resident_id("11O105194912310021"), None);
        assert_eq!(resident_id("11010519491231A021"), None);
    }

    #[test]
    fn a_year_of_two_digits_is_of_this_century_where_that_is_over() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 28).expect("a day");
        let likely = |text| day(text, today);
        assert_eq!(likely("24-3-5").as_deref(), Some("2024-03-05"));
        assert_eq!(likely("24年3月5日").as_deref(), Some("2024-03-05"));
        for text in ["45-3-5", "24-13-5", "2024-13-5", "240305", "3-5", "明天"] {
            assert_eq!(likely(text), None, "{text}");
        }
    }

    #[test]
    fn one_character_more_less_or_another_is_one_off() {
        for (one, other) in
            [("前高", "前髙"), ("前高", "前高庄"), ("高", "前高"), ("前高庄", "前庄")]
        {
            assert!(is_one_off(one, other) && is_one_off(other, one), "{one} {other}");
        }
        for (one, other) in [("前高", "前高"), ("前高", "高前"), ("前高", "后庄"), ("前高", "")]
        {
            assert!(!is_one_off(one, other), "{one} {other}");
        }
    }
}
