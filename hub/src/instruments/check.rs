//! What makes an instrument's file unfit for use. Scoring relies on all of it.

use std::collections::BTreeSet;

use super::definition::{Ages, Condition, Direction, Effect, Instrument, Item, Rule};

/// What is wrong with an instrument's file, for the one who writes it.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    #[error("it is not in the form of an instrument: {0}")]
    Form(#[from] toml::de::Error),
    #[error("the code {0:?} is not of lower-case letters, digits and hyphens")]
    Code(String),
    #[error("the level code {0:?} is not of upper-case letters and underscores")]
    LevelCode(String),
    #[error("the code {0:?} is used twice")]
    CodeTwice(String),
    #[error("the version {0} is not 1 or more")]
    Version(i64),
    #[error("it names no subject")]
    NoSubject,
    #[error("the ages end before they begin")]
    Ages,
    #[error("the group {0:?} has no item")]
    EmptyGroup(String),
    #[error("the item {0:?} has fewer than two options")]
    FewOptions(String),
    #[error("the item {item:?} has the value {value} twice")]
    ValueTwice { item: String, value: i64 },
    #[error("the item {0:?} has points on some options only")]
    SomePoints(String),
    #[error("the points of the item {0:?} do not run from the best option to the worst")]
    PointsOrder(String),
    #[error("the item {0:?} has no option of 0 points as its least")]
    PointsFloor(String),
    #[error("the points add up to {sum}, but the maximum is {maximum}")]
    Maximum { sum: i64, maximum: i64 },
    #[error("the level {code:?} has the rank {rank}, but stands at {place}")]
    Rank { code: String, rank: i64, place: i64 },
    #[error("there is no level for the score {0}")]
    Gap(i64),
    #[error("there is more than one level for the score {0}")]
    Overlap(i64),
    #[error("the level {0:?} has no score between its min and max")]
    EmptyLevel(String),
    #[error("the levels end at {end}, but the maximum is {maximum}")]
    LevelsEnd { end: i64, maximum: i64 },
    #[error("the rule {0:?} has no condition, or no item in one")]
    NoCondition(String),
    #[error("the rule {rule:?} names the unknown item {item:?}")]
    UnknownItem { rule: String, item: String },
    #[error("the rule {rule:?} names the unknown level {level:?}")]
    UnknownLevel { rule: String, level: String },
    #[error("the rule {0:?} has a condition that always or never holds")]
    IdleCondition(String),
    #[error("the rule {0:?} does not move the level")]
    IdleEffect(String),
}

pub(super) fn check(instrument: &Instrument) -> Result<(), Flaw> {
    check_head(instrument)?;
    check_codes(instrument)?;
    for item in instrument.items() {
        check_item(item, instrument.higher)?;
    }
    check_maximum(instrument)?;
    check_levels(instrument)?;
    (instrument.rules.iter()).try_for_each(|rule| check_rule(rule, instrument))
}

fn ensure(holds: bool, flaw: impl FnOnce() -> Flaw) -> Result<(), Flaw> {
    if holds { Ok(()) } else { Err(flaw()) }
}

fn check_head(instrument: &Instrument) -> Result<(), Flaw> {
    let version = instrument.version;
    ensure(version >= 1, || Flaw::Version(version))?;
    ensure(!instrument.subjects.is_empty(), || Flaw::NoSubject)?;
    let in_order = match instrument.ages {
        Some(Ages { from: Some(from), to: Some(to) }) => from <= to,
        _ => true,
    };
    ensure(in_order, || Flaw::Ages)
}

fn check_codes(instrument: &Instrument) -> Result<(), Flaw> {
    let groups = instrument.groups.iter().map(|group| &group.code);
    let items = instrument.items().map(|item| &item.code);
    let levels = instrument.levels.iter().map(|level| &level.code);
    let own = [&instrument.code];
    for code in groups.clone().chain(items.clone()).chain(own) {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        ensure(!code.is_empty() && code.chars().all(fits), || Flaw::Code(code.clone()))?;
    }
    for code in levels.clone() {
        let fits = |c: char| c.is_ascii_uppercase() || c == '_';
        ensure(!code.is_empty() && code.chars().all(fits), || Flaw::LevelCode(code.clone()))?;
    }
    check_unique(groups)?;
    check_unique(items)?;
    check_unique(levels)?;
    let mut groups = instrument.groups.iter();
    let empty = groups.find(|group| group.items.is_empty());
    empty.map_or(Ok(()), |group| Err(Flaw::EmptyGroup(group.code.clone())))
}

fn check_unique<'a>(codes: impl Iterator<Item = &'a String>) -> Result<(), Flaw> {
    let mut seen = BTreeSet::new();
    for code in codes {
        ensure(seen.insert(code), || Flaw::CodeTwice(code.clone()))?;
    }
    Ok(())
}

fn check_item(item: &Item, higher: Direction) -> Result<(), Flaw> {
    let code = || item.code.clone();
    ensure(item.options.len() >= 2, || Flaw::FewOptions(code()))?;
    let mut seen = BTreeSet::new();
    for option in &item.options {
        let value = option.value;
        ensure(seen.insert(value), || Flaw::ValueTwice { item: code(), value })?;
    }
    if !item.is_scored() {
        return Ok(());
    }
    let points: Vec<i64> = (item.options.iter()).filter_map(|option| option.points).collect();
    let all = points.len() == item.options.len();
    ensure(all, || Flaw::SomePoints(code()))?;
    let in_order = match higher {
        Direction::Better => points.is_sorted_by(|best, worse| best >= worse),
        Direction::Worse => points.is_sorted(),
    };
    ensure(in_order, || Flaw::PointsOrder(code()))?;
    let floor = points.iter().min() == Some(&0);
    ensure(floor, || Flaw::PointsFloor(code()))
}

fn check_maximum(instrument: &Instrument) -> Result<(), Flaw> {
    let most = |item: &Item| item.options.iter().filter_map(|option| option.points).max();
    let sum = instrument.items().filter_map(most).sum();
    let maximum = instrument.maximum;
    ensure(sum == maximum, || Flaw::Maximum { sum, maximum })
}

/// The levels cover 0 to the maximum once each, the lightest at the better end.
fn check_levels(instrument: &Instrument) -> Result<(), Flaw> {
    for (place, level) in (0..).zip(&instrument.levels) {
        let (code, rank) = (&level.code, level.rank);
        ensure(rank == place, || Flaw::Rank { code: code.clone(), rank, place })?;
    }
    let mut ascending: Vec<_> = instrument.levels.iter().collect();
    if instrument.higher == Direction::Better {
        ascending.reverse();
    }
    let mut next = 0;
    for level in ascending {
        ensure(level.min <= next, || Flaw::Gap(next))?;
        ensure(level.min == next, || Flaw::Overlap(level.min))?;
        ensure(level.max >= level.min, || Flaw::EmptyLevel(level.code.clone()))?;
        next = level.max + 1;
    }
    let (end, maximum) = (next - 1, instrument.maximum);
    ensure(end == maximum, || Flaw::LevelsEnd { end, maximum })
}

fn check_rule(rule: &Rule, instrument: &Instrument) -> Result<(), Flaw> {
    let name = || rule.label.en.clone();
    ensure(!rule.any.is_empty(), || Flaw::NoCondition(name()))?;
    for condition in &rule.any {
        check_condition(condition, rule, instrument)?;
    }
    match &rule.effect {
        Effect::Heavier(by) => ensure(*by >= 1, || Flaw::IdleEffect(name())),
        Effect::RaiseTo(code) => match instrument.level(code) {
            None => Err(Flaw::UnknownLevel { rule: name(), level: code.clone() }),
            Some(level) => ensure(level.rank >= 1, || Flaw::IdleEffect(name())),
        },
    }
}

fn check_condition(
    condition: &Condition,
    rule: &Rule,
    instrument: &Instrument,
) -> Result<(), Flaw> {
    let name = || rule.label.en.clone();
    ensure(!condition.items.is_empty(), || Flaw::NoCondition(name()))?;
    let (mut least, mut most) = (0, 0);
    for code in &condition.items {
        let item = instrument
            .item(code)
            .ok_or_else(|| Flaw::UnknownItem { rule: name(), item: code.clone() })?;
        let values = || item.options.iter().map(|option| option.value);
        least += values().min().unwrap_or(0);
        most += values().max().unwrap_or(0);
    }
    let low = condition.at_least.map_or(least, |bound| bound.max(least));
    let high = condition.at_most.map_or(most, |bound| bound.min(most));
    let (never, always) = (low > high, low == least && high == most);
    ensure(!never && !always, || Flaw::IdleCondition(name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"
code = "mood-check"
version = 1
title = { zh = "情绪", en = "Mood" }
source = "own"
subjects = ["PERSON"]
ages = { from = 6, to = 17 }
maximum = 5
higher = "WORSE"

[[groups]]
code = "all"
label = { zh = "全部", en = "All" }

[[groups.items]]
code = "sleep"
label = { zh = "睡眠", en = "Sleep" }
options = [
    { value = 0, points = 0, label = { zh = "好", en = "Good" } },
    { value = 1, points = 2, label = { zh = "差", en = "Bad" } },
]

[[groups.items]]
code = "spirits"
label = { zh = "心境", en = "Spirits" }
options = [
    { value = 0, points = 0, label = { zh = "好", en = "Good" } },
    { value = 1, points = 3, label = { zh = "差", en = "Bad" } },
]

[[levels]]
code = "LIGHT"
label = { zh = "轻", en = "Light" }
rank = 0
min = 0
max = 2

[[levels]]
code = "HEAVY"
label = { zh = "重", en = "Heavy" }
rank = 1
min = 3
max = 5

[[rules]]
label = { zh = "睡眠", en = "sleepless" }
any = [{ items = ["sleep"], at_least = 1 }]
effect = { raise_to = "HEAVY" }
"#;

    fn told(from: &str, to: &str) -> String {
        assert!(SOUND.contains(from), "{from}");
        match Instrument::parse(&SOUND.replacen(from, to, 1)) {
            Ok(_) => String::from("sound"),
            Err(flaw) => flaw.to_string(),
        }
    }

    #[test]
    fn a_sound_file_is_taken() {
        assert_eq!(told("version = 1", "version = 2"), "sound");
    }

    #[test]
    fn a_file_of_another_form_is_refused() {
        assert!(told("higher =", "colour = 1\nhigher =").contains("unknown field `colour`"));
        assert!(told("max = 2", "max = 2\ncolour = 1").contains("unknown field `colour`"));
        assert!(told("maximum = 5\n", "").contains("missing field `maximum`"));
        assert!(told("\"WORSE\"", "\"UP\"").contains("unknown variant `UP`"));
    }

    #[test]
    fn a_bad_head_is_refused() {
        assert_eq!(told("version = 1", "version = 0"), "the version 0 is not 1 or more");
        assert_eq!(told("[\"PERSON\"]", "[]"), "it names no subject");
        assert_eq!(told("to = 17", "to = 5"), "the ages end before they begin");
    }

    #[test]
    fn bad_codes_are_refused() {
        assert_eq!(told("\"spirits\"", "\"sleep\""), "the code \"sleep\" is used twice");
        assert_eq!(told("\"HEAVY\"", "\"LIGHT\""), "the code \"LIGHT\" is used twice");
        assert_eq!(
            told("\"spirits\"", "\"Spirits\""),
            "the code \"Spirits\" is not of lower-case letters, digits and hyphens"
        );
        assert_eq!(
            told("\"LIGHT\"", "\"light\""),
            "the level code \"light\" is not of upper-case letters and underscores"
        );
    }

    #[test]
    fn bad_options_are_refused() {
        assert_eq!(
            told("value = 1, points = 2", "value = 0, points = 2"),
            "the item \"sleep\" has the value 0 twice"
        );
        assert_eq!(
            told("value = 1, points = 2", "value = 1"),
            "the item \"sleep\" has points on some options only"
        );
        assert_eq!(
            told("value = 0, points = 0", "value = 0, points = 4"),
            "the points of the item \"sleep\" do not run from the best option to the worst"
        );
        assert_eq!(
            told("value = 0, points = 0", "value = 0, points = 1"),
            "the item \"sleep\" has no option of 0 points as its least"
        );
        assert_eq!(
            told("points = 3", "points = 4"),
            "the points add up to 6, but the maximum is 5"
        );
    }

    #[test]
    fn gaps_overlaps_and_wrong_ends_of_levels_are_refused() {
        assert_eq!(told("min = 3", "min = 4"), "there is no level for the score 3");
        assert_eq!(told("min = 3", "min = 2"), "there is more than one level for the score 2");
        assert_eq!(told("min = 0", "min = 1"), "there is no level for the score 0");
        assert_eq!(told("max = 5", "max = 4"), "the levels end at 4, but the maximum is 5");
        assert_eq!(
            told("max = 2", "max = -1"),
            "the level \"LIGHT\" has no score between its min and max"
        );
        assert_eq!(
            told("rank = 1", "rank = 2"),
            "the level \"HEAVY\" has the rank 2, but stands at 1"
        );
    }

    #[test]
    fn rules_that_cannot_work_are_refused() {
        assert_eq!(
            told("items = [\"sleep\"]", "items = [\"dreams\"]"),
            "the rule \"sleepless\" names the unknown item \"dreams\""
        );
        assert_eq!(
            told("raise_to = \"HEAVY\"", "raise_to = \"GRAVE\""),
            "the rule \"sleepless\" names the unknown level \"GRAVE\""
        );
        let idle = "the rule \"sleepless\" has a condition that always or never holds";
        assert_eq!(told("at_least = 1", "at_least = 2"), idle);
        assert_eq!(told("at_least = 1", "at_least = 0"), idle);
        let unmoved = "the rule \"sleepless\" does not move the level";
        assert_eq!(told("raise_to = \"HEAVY\"", "raise_to = \"LIGHT\""), unmoved);
        assert_eq!(told("raise_to = \"HEAVY\"", "heavier = 0"), unmoved);
        assert_eq!(
            told("[{ items = [\"sleep\"], at_least = 1 }]", "[]"),
            "the rule \"sleepless\" has no condition, or no item in one"
        );
    }
}
