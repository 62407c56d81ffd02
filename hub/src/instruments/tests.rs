use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use entity::{AbilityLevel, Risk};
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::problem::{Code, Language, Problem};
use crate::submission::AnswerContent;

type Values = BTreeMap<String, i64>;

fn instrument(code: &str) -> &'static Instrument {
    find(code, 1).unwrap()
}

fn older_adult() -> &'static Instrument {
    instrument("older-adult-ability")
}

/// The best option on every item.
fn best(instrument: &Instrument) -> Values {
    (instrument.items()).map(|item| (item.code.clone(), item.options[0].value)).collect()
}

/// Answers that score so many points, with nothing that a rule reads.
fn scoring(instrument: &Instrument, score: i64) -> Values {
    let mut values = best(instrument);
    let mut to_lose = instrument.maximum - score;
    for item in instrument.items().filter(|item| item.is_scored()) {
        let most = item.options[0].points.unwrap();
        let points = most - to_lose.min(most);
        to_lose -= most - points;
        let option = (item.options.iter()).find(|option| option.points == Some(points)).unwrap();
        values.insert(item.code.clone(), option.value);
    }
    assert_eq!(to_lose, 0);
    values
}

fn with(mut values: Values, changes: &[(&str, i64)]) -> Values {
    for (item, value) in changes {
        assert!(values.insert((*item).to_owned(), *value).is_some());
    }
    values
}

fn answers(values: &Values) -> Vec<AnswerContent> {
    (values.iter())
        .map(|(item, value)| AnswerContent { item: item.clone(), value: *value })
        .collect()
}

fn score(instrument: &Instrument, values: &Values) -> (i64, String) {
    let scored = instrument.score(&answers(values)).unwrap();
    assert_eq!(instrument.level(&scored.level).unwrap().rank, scored.level_rank);
    assert_eq!(&scored.answers.0, values);
    (scored.score, scored.level)
}

fn level(instrument: &Instrument, values: &Values) -> String {
    score(instrument, values).1
}

#[test]
fn every_compiled_file_is_sound() {
    let (instruments, broken) = load(FILES);
    assert!(broken.is_empty(), "{broken:?}");
    assert_eq!(instruments, all());
    let keys: BTreeSet<_> = all().iter().map(|one| (&one.code, one.version)).collect();
    assert_eq!(keys.len(), FILES.len());
    assert!(all().is_sorted_by_key(|one| (&one.code, one.version)));
}

#[test]
fn every_file_of_the_folder_is_compiled_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/instruments");
    let found: BTreeSet<String> = (std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let listed: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, listed);
}

#[test]
fn a_broken_file_is_told_by_name_and_the_others_serve() {
    let (name, text) = FILES[0];
    let (instruments, broken) =
        load(&[("child-risk-2.toml", text), ("x-1.toml", "x"), (name, text)]);
    assert_eq!(instruments.len(), 1);
    let told: Vec<_> = broken.iter().map(ToString::to_string).collect();
    assert_eq!(
        told[0],
        "the instrument file child-risk-2.toml is broken: its name is not child-risk-1.toml, from its code and version"
    );
    assert!(told[1].starts_with("the instrument file x-1.toml is broken: it is not in the form"));
}

#[test]
fn an_instrument_is_found_by_code_and_version_only() {
    assert!(find("older-adult-ability", 2).is_none());
    assert!(find("nothing", 1).is_none());
    let own = |code| instrument(code).source == Source::Own;
    assert!(own("child-risk") && own("household-needs") && !own("older-adult-ability"));
    assert_eq!(older_adult().source.text(Language::Chinese), "GB/T 42195-2022");
}

#[test]
fn instruments_suit_the_ages_they_are_made_for() {
    let suits = |code, age| instrument(code).suits_person(age);
    assert!(!suits("older-adult-ability", 59) && suits("older-adult-ability", 60));
    assert!(suits("child-risk", 17) && !suits("child-risk", 18));
    assert!(suits("household-needs", 0) && suits("household-needs", 100));
    assert!(instrument("household-needs").suits_household());
    assert!(!older_adult().suits_household() && !instrument("child-risk").suits_household());
}

#[test]
fn the_older_adult_scale_has_the_shape_of_the_standard() {
    let shape: Vec<_> = (older_adult().groups.iter())
        .map(|group| {
            let most = |item: &Item| item.options[0].points;
            let scored = group.items.iter().filter_map(most);
            (group.code.as_str(), scored.clone().count(), scored.sum())
        })
        .collect();
    assert_eq!(
        shape,
        [
            ("self-care", 8, 32),
            ("movement", 4, 15),
            ("mental-state", 9, 28),
            ("sensing-and-participation", 5, 15),
            ("circumstances", 0, 0),
        ]
    );
    assert_eq!(older_adult().maximum, 90);
}

#[test]
fn level_codes_are_those_of_the_record() {
    let codes = |code| {
        let levels = instrument(code).levels.iter();
        levels.map(|level| level.code.clone()).collect::<Vec<_>>()
    };
    let abilities: Vec<_> = AbilityLevel::ALL.iter().map(|one| one.code()).collect();
    assert_eq!(codes("older-adult-ability"), abilities);
    let risks: Vec<_> = Risk::ALL.iter().rev().map(|one| one.code()).collect();
    assert_eq!(codes("child-risk"), risks);
}

#[test]
fn the_levels_of_the_older_adult_scale_begin_and_end_where_the_standard_says() {
    for (points, expected) in [
        (90, "INTACT"),
        (89, "MILD"),
        (66, "MILD"),
        (65, "MODERATE"),
        (46, "MODERATE"),
        (45, "SEVERE"),
        (30, "SEVERE"),
        (29, "COMPLETE"),
        (0, "COMPLETE"),
    ] {
        let values = scoring(older_adult(), points);
        assert_eq!(score(older_adult(), &values), (points, expected.to_owned()));
    }
}

#[test]
fn coma_is_complete_loss_and_stupor_is_not() {
    let conscious = |value| with(best(older_adult()), &[("consciousness", value)]);
    assert_eq!(score(older_adult(), &conscious(-1)), (88, "COMPLETE".into()));
    assert_eq!(score(older_adult(), &conscious(0)), (88, "MILD".into()));
}

#[test]
fn a_diagnosis_or_two_events_make_the_level_one_heavier() {
    let shifted = |changes: &[(&str, i64)]| {
        let values = with(scoring(older_adult(), 70), changes);
        let (score, level) = score(older_adult(), &values);
        assert_eq!(score, 70, "a fact has no points");
        level
    };
    assert_eq!(shifted(&[]), "MILD");
    assert_eq!(shifted(&[("dementia", 1)]), "MODERATE");
    assert_eq!(shifted(&[("mental-disorder", 1)]), "MODERATE");
    assert_eq!(shifted(&[("falls", 1)]), "MILD");
    assert_eq!(shifted(&[("falls", 2)]), "MODERATE");
    assert_eq!(shifted(&[("falls", 1), ("choking", 1)]), "MODERATE");
    assert_eq!(shifted(&[("self-harm", 3)]), "MODERATE");
}

#[test]
fn several_grounds_make_the_level_heavier_only_once() {
    let grounds = [("dementia", 1), ("mental-disorder", 1), ("falls", 3)];
    let values = with(best(older_adult()), &grounds);
    assert_eq!(score(older_adult(), &values), (90, "MILD".into()));
}

#[test]
fn the_heaviest_level_stays() {
    let values = with(scoring(older_adult(), 10), &[("dementia", 1)]);
    assert_eq!(level(older_adult(), &values), "COMPLETE");
    let coma = with(values, &[("consciousness", -1)]);
    assert_eq!(level(older_adult(), &coma), "COMPLETE");
}

#[test]
fn a_child_without_a_guardian_or_with_signs_of_abuse_is_at_high_risk() {
    let child = instrument("child-risk");
    let of = |item, value| level(child, &with(best(child), &[(item, value)]));
    assert_eq!(level(child, &best(child)), "LOW");
    assert_eq!(of("guardian-at-home", 3), "HIGH");
    assert_eq!(of("abuse-signs", 2), "HIGH");
    assert_eq!(of("abuse-signs", 3), "HIGH");
    assert_eq!(of("mood", 3), "HIGH");
    assert_eq!(of("schooling", 3), "MEDIUM");
    assert_eq!(of("guardian-at-home", 2), "LOW");
}

#[test]
fn a_household_in_want_of_food_needs_support_whatever_the_score() {
    let household = instrument("household-needs");
    let of = |item, value| level(household, &with(best(household), &[(item, value)]));
    assert_eq!(level(household, &best(household)), "STABLE");
    assert_eq!(of("food", 3), "SUPPORT");
    assert_eq!(of("income", 3), "STABLE");
}

#[test]
fn every_fault_of_the_answers_is_found_and_told_by_item() {
    let mut given = answers(&best(older_adult()));
    let at = |given: &[AnswerContent], item: &str| {
        given.iter().position(|answer| answer.item == item).unwrap()
    };
    given.retain(|answer| answer.item != "eating" && answer.item != "falls");
    let stairs = at(&given, "stairs");
    given[stairs].value = 4;
    let (twice, unknown) = (given.len(), given.len() + 1);
    given.push(AnswerContent { item: "memory".into(), value: 4 });
    given.push(AnswerContent { item: "age".into(), value: 1 });

    let problem = |code, path: String, item: &str| Problem::new(code, path).detail(item);
    assert_eq!(
        older_adult().score(&given).unwrap_err(),
        [
            problem(Code::AnswerImpossible, format!("answers[{stairs}].value"), "stairs").value(4),
            problem(Code::AnswerTwice, format!("answers[{twice}].item"), "memory").value("memory"),
            problem(Code::AnswerUnknownItem, format!("answers[{unknown}].item"), "age")
                .value("age"),
            problem(Code::AnswerMissing, "answers".into(), "eating"),
            problem(Code::AnswerMissing, "answers".into(), "falls"),
        ]
    );
}

#[test]
fn no_answers_at_all_name_every_item() {
    let problems = older_adult().score(&[]).unwrap_err();
    assert_eq!(problems.len(), older_adult().items().count());
    assert_eq!(problems[0].message(Language::English), "item eating is not answered; answer it");
}

fn chosen(instrument: &Instrument, picks: &[Index]) -> Values {
    (instrument.items().zip(picks))
        .map(|(item, pick)| (item.code.clone(), pick.get(&item.options).value))
        .collect()
}

proptest! {
    #[test]
    fn complete_answers_have_one_score_and_one_level_and_improving_never_weighs_heavier(
        picks in prop::collection::vec(any::<Index>(), 40),
        (which, better) in any::<(Index, Index)>(),
    ) {
        for instrument in all() {
            let items: Vec<_> = instrument.items().collect();
            prop_assert!(items.len() <= picks.len());
            let values = chosen(instrument, &picks);
            let before = instrument.score(&answers(&values)).unwrap();
            prop_assert!((0..=instrument.maximum).contains(&before.score));
            let holding = instrument.levels.iter().filter(|one| (one.min..=one.max).contains(&before.score));
            prop_assert_eq!(holding.count(), 1);

            let item = which.get(&items);
            let now = item.options.iter().position(|one| one.value == values[&item.code]).unwrap();
            let improved = better.get(&item.options[..=now]).value;
            let values = with(values, &[(item.code.as_str(), improved)]);
            let after = instrument.score(&answers(&values)).unwrap();
            prop_assert!(after.level_rank <= before.level_rank, "{}", item.code);
        }
    }
}
