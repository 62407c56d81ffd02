//! How sheets say the choices of the record.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::{
    AbilityLevel, ChildKind, DisabilityCategory, IncomeClass, LivingArrangement, NeedDomain,
    NoIdReason, Risk, Service, Sex, Subsidy, Urgency, VisitMode,
};
use serde::{Deserialize, Serialize};

use super::{
    likely::is_one_off,
    text::{half_width, plain, trim},
};

/// `data/import/words.toml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub ditto: Vec<String>,
    pub blank: Set,
    pub total: Vec<String>,
    pub signature: Set,
    pub notes: Vec<String>,
    pub somebody: Vec<String>,
    pub sheet: BTreeMap<String, Vec<String>>,
    pub sex: Choice<Sex>,
    pub no_id_reason: Choice<NoIdReason>,
    pub income_class: Choice<IncomeClass>,
    pub risk: Choice<Risk>,
    pub child_kind: Choice<ChildKind>,
    pub living_arrangement: Choice<LivingArrangement>,
    pub ability_level: Choice<AbilityLevel>,
    pub disability_category: Choice<DisabilityCategory>,
    pub disability_grade: Choice<String>,
    pub subsidy: Choice<Subsidy>,
    /// Unit → how many minutes it has.
    pub minutes: Choice<String>,
    pub visit_mode: Choice<VisitMode>,
    pub service: Choice<Service>,
    pub need_domain: Choice<NeedDomain>,
    pub urgency: Choice<Urgency>,
}

/// Wordings, in plain form. The first is the template's.
#[derive(Deserialize)]
#[serde(from = "Vec<String>")]
pub struct Set(pub Vec<String>);

impl From<Vec<String>> for Set {
    fn from(words: Vec<String>) -> Self {
        Self(words.iter().map(|word| plain(word)).collect())
    }
}

impl Set {
    pub fn contains(&self, text: &str) -> bool {
        self.has_plain(&plain(text))
    }

    /// For a text that is in plain form already.
    pub fn has_plain(&self, text: &str) -> bool {
        self.0.iter().any(|word| word == text)
    }

    /// Whether the text is one of the words, alone or before a colon.
    pub fn labels(&self, text: &str) -> bool {
        let text = half_width(text);
        self.contains(text.split_once(':').map_or(text.as_str(), |(label, _)| label))
    }
}

/// The wordings of one list of choices. A word that stands under several choices means all of them.
#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de> + Ord + Clone"))]
#[serde(from = "BTreeMap<T, Vec<String>>")]
pub struct Choice<T> {
    meanings: HashMap<String, Vec<T>>,
    template: BTreeMap<T, String>,
}

impl<T: Ord + Clone> From<BTreeMap<T, Vec<String>>> for Choice<T> {
    fn from(lists: BTreeMap<T, Vec<String>>) -> Self {
        let mut choice = Self { meanings: HashMap::new(), template: BTreeMap::new() };
        for (meaning, words) in lists {
            if let Some(first) = words.first() {
                choice.template.insert(meaning.clone(), first.clone());
            }
            for word in words {
                let meanings = choice.meanings.entry(plain(&word)).or_default();
                meanings.push(meaning.clone());
            }
        }
        choice
    }
}

impl<T: Ord + Clone> Choice<T> {
    /// The one choice that a text means.
    pub fn of(&self, text: &str) -> Option<T> {
        match self.all_of(text) {
            [meaning] => Some(meaning.clone()),
            _ => None,
        }
    }

    /// The choices that a text means: several for 两项, none for a word nobody knows.
    pub fn all_of(&self, text: &str) -> &[T] {
        self.meanings.get(&plain(text)).map_or(&[], Vec::as_slice)
    }

    /// The template's word of the one choice whose words hold the text, or are held by it, or are one
    /// character off it. A text that denies something is near to none.
    pub fn nearest(&self, text: &str) -> Option<&str> {
        let text = plain(text);
        if text.contains(['非', '不', '无', '未', '没']) {
            return None;
        }
        let is_near = |word: &str| {
            let letters = word.chars().count().min(text.chars().count());
            letters > 1 && (word.contains(&text) || text.contains(word))
                || letters > 2 && is_one_off(word, &text)
        };
        let near = self.meanings.iter().filter(|(word, _)| is_near(word));
        let near: BTreeSet<&T> = near.flat_map(|(_, meanings)| meanings).collect();
        let only = near.first().filter(|_| near.len() == 1)?;
        self.template.get(*only).map(String::as_str)
    }

    /// The template's words, in the order of the choices.
    pub fn template(&self) -> impl Iterator<Item = &str> {
        self.template.values().map(String::as_str)
    }

    /// The template's words: code → word.
    fn words(&self) -> BTreeMap<String, String>
    where
        T: Serialize,
    {
        let code = |meaning: &T| serde_json::to_value(meaning).ok()?.as_str().map(str::to_owned);
        let words = self.template.iter();
        words.filter_map(|(meaning, word)| Some((code(meaning)?, word.clone()))).collect()
    }

    /// The template's word for a choice.
    pub fn word(&self, meaning: &T) -> &str {
        self.template.get(meaning).map_or("", String::as_str)
    }
}

impl Words {
    /// The template's words of a list: code → word.
    pub fn template(&self, list: &str) -> BTreeMap<String, String> {
        match list {
            "sex" => self.sex.words(),
            "no_id_reason" => self.no_id_reason.words(),
            "income_class" => self.income_class.words(),
            "risk" => self.risk.words(),
            "child_kind" => self.child_kind.words(),
            "living_arrangement" => self.living_arrangement.words(),
            "ability_level" => self.ability_level.words(),
            "disability_category" => self.disability_category.words(),
            "disability_grade" => self.disability_grade.words(),
            "subsidy" => self.subsidy.words(),
            _ => BTreeMap::new(),
        }
    }

    pub fn is_ditto(&self, text: &str) -> bool {
        let text = trim(text);
        self.ditto.iter().any(|mark| mark == text)
    }

    pub fn is_total(&self, text: &str) -> bool {
        let text = plain(text);
        self.total.iter().any(|word| text.starts_with(word))
    }

    /// Whether a text says of what a sheet tells.
    pub fn names_a_sheet(&self, text: &str) -> bool {
        self.sheet.values().flatten().any(|word| text.contains(word))
    }

    pub fn is_notes(&self, sheet: &str) -> bool {
        self.notes.iter().any(|word| sheet.contains(word))
    }
}

/// The parts of a cell that lists several things.
pub fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| "、，,;；/／|+".contains(letter) || super::text::is_space(letter))
        .filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::import::WORDINGS;

    fn complete<T: Ord + Clone + std::fmt::Debug>(choice: &Choice<T>, all: &[T]) {
        let known: BTreeSet<_> = choice.template.keys().collect();
        assert_eq!(known, all.iter().collect());
    }

    #[test]
    fn a_word_nobody_knows_is_near_to_the_one_that_it_may_be() {
        let words = &WORDINGS.as_ref().expect("readable").words;
        assert_eq!(words.living_arrangement.nearest("独居老"), Some("独居"));
        assert_eq!(words.ability_level.nearest("中渡失能"), Some("中度失能"));
        for text in ["非独居", "失能", "老", "其他情况不明"] {
            assert_eq!(words.ability_level.nearest(text), None, "{text}");
            assert_eq!(words.living_arrangement.nearest(text), None, "{text}");
        }
    }

    #[test]
    fn every_choice_has_its_words() {
        let words = &WORDINGS.as_ref().expect("readable").words;
        complete(&words.sex, Sex::ALL);
        complete(&words.no_id_reason, NoIdReason::ALL);
        complete(&words.income_class, IncomeClass::ALL);
        complete(&words.risk, Risk::ALL);
        complete(&words.child_kind, ChildKind::ALL);
        complete(&words.living_arrangement, LivingArrangement::ALL);
        complete(&words.ability_level, AbilityLevel::ALL);
        complete(&words.disability_category, DisabilityCategory::ALL);
        complete(&words.subsidy, Subsidy::ALL);
        complete(&words.visit_mode, VisitMode::ALL);
        complete(&words.service, Service::ALL);
        complete(&words.need_domain, NeedDomain::ALL);
        complete(&words.urgency, Urgency::ALL);
        assert_eq!(words.subsidy.all_of("两项"), Subsidy::ALL);
    }

    #[test]
    fn no_word_of_a_list_means_two_choices() {
        let lists: toml::Table =
            toml::from_str(include_str!("../../data/import/words.toml")).expect("readable");
        for (name, list) in &lists {
            let Some(list) = list.as_table().filter(|_| name != "subsidy") else {
                continue;
            };
            let words = list.values().filter_map(|words| words.as_array()).flatten();
            let mut seen = BTreeSet::new();
            for word in words.filter_map(|word| word.as_str()) {
                assert!(seen.insert(plain(word)), "{name}: {word}");
            }
        }
    }

    #[test]
    fn words_are_known_whatever_their_width_case_and_spaces() {
        let words = &WORDINGS.as_ref().expect("readable").words;
        assert_eq!(words.sex.of(" ｍ "), Some(Sex::Male));
        assert_eq!(words.income_class.of("低保 户"), Some(IncomeClass::MinimumLiving));
        assert_eq!(words.disability_grade.of("３级").as_deref(), Some("3"));
        assert_eq!(words.risk.of("很高"), None);
    }
}
