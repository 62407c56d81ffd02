//! Villages as people call them.

use super::{
    likely::is_one_off,
    text::{half_width, without_spaces},
};
use crate::places::Village;

/// Committees that the full name of a village ends in.
const COMMITTEES: [(&str, Kind); 4] = [
    ("村民委员会", Kind::Village),
    ("村委会", Kind::Village),
    ("居民委员会", Kind::Community),
    ("居委会", Kind::Community),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Village,
    Community,
}

/// A name taken apart.
struct Name {
    full: String,
    /// Without the committee: 前高, 蒯村, 站东社区.
    short: String,
    /// Without 村 and 社区 too: 前高, 蒯, 站东.
    stem: String,
    /// What the name says it is, if it does.
    kind: Option<Kind>,
}

impl Name {
    fn new(text: &str) -> Self {
        let full = without_spaces(&half_width(text));
        let committee =
            COMMITTEES.iter().find_map(|(ending, kind)| Some((full.strip_suffix(ending)?, *kind)));
        let short = committee.map_or(full.as_str(), |(short, _)| short);
        let ending = [("社区", Kind::Community), ("村", Kind::Village)]
            .into_iter()
            .find_map(|(ending, kind)| Some((short.strip_suffix(ending)?, kind)));
        let stem = ending.map_or(short, |(stem, _)| stem);
        Self {
            short: short.to_owned(),
            stem: stem.to_owned(),
            kind: committee.or(ending).map(|(_, kind)| kind),
            full,
        }
    }

    /// Whether a village of this name may be meant by `said`.
    fn may_be(&self, said: &Self) -> bool {
        let same_kind = match (self.kind, said.kind) {
            (Some(own), Some(said)) => own == said,
            _ => true,
        };
        same_kind && !self.stem.is_empty() && self.stem == said.stem
    }
}

/// The villages of a station's township.
pub struct Villages<'a>(Vec<(&'a Village, Name)>);

impl<'a> Villages<'a> {
    pub fn new(villages: &'a [Village]) -> Self {
        let villages = villages.iter();
        Self(villages.map(|village| (village, Name::new(&village.name))).collect())
    }

    /// The one village that a text can only mean. A closer likeness goes before a looser one: where a
    /// township has both 西马曲村民委员会 and 西马曲社区居民委员会, 西马曲 is the former.
    pub fn find(&self, text: &str) -> Option<&'a Village> {
        let said = Name::new(text);
        self.only(|village, _| village.code == said.full)
            .or_else(|| self.only(|_, name| name.full == said.full))
            .or_else(|| self.only(|_, name| name.short == said.full))
            .or_else(|| self.only(|_, name| name.may_be(&said)))
    }

    /// The one village whose name is one character off, of three or more: of two, another one is another village.
    pub fn nearest(&self, text: &str) -> Option<&'a Village> {
        let said = Name::new(text);
        let is_long = said.stem.chars().count() > 2;
        self.only(|_, name| is_long && is_one_off(&name.stem, &said.stem))
    }

    fn only(&self, fits: impl Fn(&Village, &Name) -> bool) -> Option<&'a Village> {
        let mut found = self.0.iter().filter(|(village, name)| fits(village, name));
        let (village, _) = found.next()?;
        found.next().is_none().then_some(*village)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<String> {
        let names = [
            "前高村民委员会",
            "蒯村村民委员会",
            "站东社区居民委员会",
            "花封街居民委员会",
            "八街居民委员会",
            "八街村民委员会",
            "西马曲社区居民委员会",
            "西马曲村民委员会",
            "太行路居委会",
        ];
        let villages: Vec<Village> = names
            .iter()
            .enumerate()
            .map(|(index, name)| Village {
                code: format!("410823103{index:03}"),
                name: (*name).to_owned(),
            })
            .collect();
        let found = Villages::new(&villages).find(text)?.name.clone();
        Some(found)
    }

    #[test]
    fn a_short_name_is_the_one_village_it_can_be() {
        let pairs = [
            ("前高", "前高村民委员会"),
            ("前高村", "前高村民委员会"),
            ("前高村委会", "前高村民委员会"),
            ("蒯村", "蒯村村民委员会"),
            ("蒯村委会", "蒯村村民委员会"),
            ("站东", "站东社区居民委员会"),
            ("站东 社区", "站东社区居民委员会"),
            ("站东社区居委会", "站东社区居民委员会"),
            ("花封街", "花封街居民委员会"),
            ("太行路社区", "太行路居委会"),
            ("410823103000", "前高村民委员会"),
        ];
        for (text, name) in pairs {
            assert_eq!(found(text).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn of_two_likely_villages_the_closer_one_is_meant() {
        assert_eq!(found("西马曲").as_deref(), Some("西马曲村民委员会"));
        assert_eq!(found("西马曲村").as_deref(), Some("西马曲村民委员会"));
        assert_eq!(found("西马曲社区").as_deref(), Some("西马曲社区居民委员会"));
        assert_eq!(found("八街村").as_deref(), Some("八街村民委员会"));
    }

    #[test]
    fn what_fits_two_or_none_is_not_found() {
        for text in ["八街", "幸福里新村东区", "前高社区", "村", "村委会", ""] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn a_longer_name_one_character_off_is_near_to_one_village() {
        let names = ["花封街居民委员会", "西马曲村民委员会", "东马曲村民委员会", "前高村民委员会"];
        let villages = names.map(|name| Village { code: name.to_owned(), name: name.to_owned() });
        let near =
            |text| Villages::new(&villages).nearest(text).map(|village| village.name.as_str());
        assert_eq!(near("花丰街居委会"), Some("花封街居民委员会"));
        for text in ["北马曲村", "后高村", "前庄", "花封街"] {
            assert_eq!(near(text), None, "{text}");
        }
    }
}
