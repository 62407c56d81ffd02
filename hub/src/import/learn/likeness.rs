//! How much two headers have in common.

use std::{collections::HashMap, sync::LazyLock};

use serde::Deserialize;

use crate::import::{SheetKind, WORDINGS, header::Heading, header::KINDS};

/// `data/import/learn.toml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Learnt {
    same: Vec<Vec<String>>,
    kinds: Vec<String>,
    pub surnames: String,
    pub relation: Vec<String>,
    pub school: Vec<String>,
    pub grade: Vec<String>,
    pub illness: Vec<String>,
    pub address: Vec<String>,
    pub place: Vec<String>,
}

pub static LEARNT: LazyLock<Option<Learnt>> =
    LazyLock::new(|| toml::from_str(include_str!("../../../data/import/learn.toml")).ok());

/// A header as its parts: a word that others mean too, as the first of them; what is left, letter by
/// letter.
type Parts = Vec<String>;

pub struct Likeness {
    /// How much a part tells, by kind of sheet: one that heads every other column tells little.
    weights: HashMap<SheetKind, HashMap<String, f64>>,
    /// Words that mean the same → the one they are read as, the longest first.
    same: Vec<(String, String)>,
    /// The known wordings, taken apart once.
    known: HashMap<&'static str, Parts>,
}

impl Likeness {
    pub fn new() -> Self {
        let lines = LEARNT.iter().flat_map(|learnt| &learnt.same);
        let mut same: Vec<(String, String)> = lines
            .flat_map(|words| words.iter().map(|word| (word.clone(), words[0].clone())))
            .collect();
        same.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        let mut likeness = Self { weights: HashMap::new(), same, known: HashMap::new() };
        let wordings = WORDINGS.iter().flat_map(|wordings| wordings.headers.all());
        likeness.known = wordings.map(|word| (word, likeness.parts(word))).collect();
        for kind in KINDS {
            likeness.weights.insert(kind, likeness.weigh(kind));
        }
        likeness
    }

    fn weigh(&self, kind: SheetKind) -> HashMap<String, f64> {
        let Ok(wordings) = WORDINGS.as_ref() else {
            return HashMap::new();
        };
        let paths = wordings.headers.paths(kind);
        let mut counts: HashMap<String, f64> = HashMap::new();
        for words in paths.values() {
            let mut parts: Vec<String> = words.iter().flat_map(|word| self.parts(word)).collect();
            parts.sort_unstable();
            parts.dedup();
            for part in parts {
                *counts.entry(part).or_default() += 1.0;
            }
        }
        let all = paths.len() as f64;
        counts.into_iter().map(|(part, count)| (part, (1.0 + all / count).ln())).collect()
    }

    fn parts(&self, text: &str) -> Parts {
        let mut parts = Parts::new();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            match self.same.iter().find(|(word, _)| rest.starts_with(word.as_str())) {
                Some((word, meaning)) => {
                    parts.push(meaning.clone());
                    rest = &rest[word.len()..];
                }
                None => {
                    if letter.is_alphanumeric() && !"的和与及或之是了".contains(letter) {
                        parts.push(letter.to_string());
                    }
                    rest = &rest[letter.len_utf8()..];
                }
            }
        }
        parts
    }

    /// From 0 to 1, and the wording that is most alike; none where no wording says of whom or of what
    /// the header does, and at most of which kind of value.
    pub fn of<'w>(
        &self,
        kind: SheetKind,
        heading: &Heading,
        words: &'w [String],
    ) -> Option<(f64, &'w str)> {
        let header = self.parts(heading.wording());
        let none = Parts::new();
        let alike = words.iter().filter_map(|word| {
            let parts = self.known.get(word.as_str()).unwrap_or(&none);
            akin(&header, parts).then(|| (self.alike(kind, &header, parts), word.as_str()))
        });
        alike.max_by(|one, other| one.0.total_cmp(&other.0))
    }

    fn alike(&self, kind: SheetKind, one: &[String], other: &[String]) -> f64 {
        let weights = self.weights.get(&kind);
        let weight =
            |part: &String| weights.and_then(|weights| weights.get(part)).copied().unwrap_or(1.0);
        let mut left = other.to_vec();
        let mut common = 0.0;
        for part in one {
            if let Some(place) = left.iter().position(|found| found == part) {
                common += weight(&left.swap_remove(place));
            }
        }
        let whole: f64 = one.iter().chain(other).map(weight).sum();
        if whole > 0.0 { 2.0 * common / whole } else { 0.0 }
    }
}

/// Whether two have a part in common that says of whom or of what they are, or neither has any.
fn akin(one: &[String], other: &[String]) -> bool {
    let kinds = LEARNT.as_ref().map_or(&[][..], |learnt| &learnt.kinds);
    let tells = |part: &&String| !kinds.contains(part);
    match one.iter().find(tells) {
        Some(_) => one.iter().filter(tells).any(|part| other.contains(part)),
        None => !other.iter().any(|part| tells(&part)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::LedgerKind;

    #[test]
    fn what_is_rare_tells_more_than_what_heads_every_column() {
        let likeness = Likeness::new();
        let kind = SheetKind::Ledger(LedgerKind::Child);
        let of = |header: &str, word: &str| {
            let words = [word.to_owned()];
            likeness.of(kind, &Heading::new(header), &words).map_or(0.0, |(alike, _)| alike)
        };
        assert!(of("监护人的手机", "监护人电话") > 0.9);
        assert!(of("监护人姓名", "监护人") > of("监护人姓名", "姓名"));
        assert!(of("天气", "姓名") < 0.01);
        assert!(of("户主姓名", "监护人姓名") < 0.01, "the name of somebody else");
        assert!(of("状态", "身体状况") < 0.01, "it says of nothing how it is");
        assert!(of("名字", "姓名") > 0.9);
    }
}
