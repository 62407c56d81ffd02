//! The instruments as data, for a client that has to tell score and level where there is no signal.

use serde::Serialize;

use super::{Instrument, Item, Scored, all};
use crate::submission::AnswerContent;

#[derive(Serialize)]
struct Published {
    instruments: &'static [Instrument],
    /// Answers, and what the hub's own scoring makes of them.
    examples: Vec<Example>,
}

#[derive(Serialize)]
struct Example {
    instrument: &'static str,
    version: i64,
    /// The value of the answer to each item, in the order of the form, with blanks between them.
    values: String,
    score: i64,
    level: String,
}

/// Every instrument, with examples of its scoring, as the JSON that is published.
///
/// # Errors
/// None that is known: all of it is text and numbers.
pub fn published() -> serde_json::Result<String> {
    let examples = all().iter().flat_map(examples).collect();
    let mut text = serde_json::to_string_pretty(&Published { instruments: all(), examples })?;
    text.push('\n');
    Ok(text)
}

/// The worst answers to more and more items, and those next to the best, which go through the levels;
/// and the worst to each item alone, which goes through the rules.
fn examples(instrument: &'static Instrument) -> impl Iterator<Item = Example> {
    let count = instrument.items().count();
    let worst = |up_to| values(instrument, move |at, last| if at < up_to { last } else { 0 });
    let lesser = |up_to| values(instrument, move |at, _| usize::from(at < up_to));
    let alone = |only| values(instrument, move |at, last| if at == only { last } else { 0 });
    let all: Vec<_> = (0..=count)
        .map(worst)
        .chain((1..=count).map(lesser))
        .chain((0..count).map(alone))
        .collect();
    all.into_iter().filter_map(move |values| example(instrument, &values))
}

/// The values of the options at the places that are chosen for each item; an item's number and the
/// place of its last option tell which.
fn values(instrument: &Instrument, place: impl Fn(usize, usize) -> usize) -> Vec<i64> {
    let value = |(at, item): (usize, &Item)| {
        let chosen = item.options.get(place(at, item.options.len().saturating_sub(1)));
        chosen.map_or(0, |option| option.value)
    };
    instrument.items().enumerate().map(value).collect()
}

fn example(instrument: &'static Instrument, values: &[i64]) -> Option<Example> {
    let Scored { score, level, .. } = instrument.score(&answers(instrument, values)).ok()?;
    let Instrument { code, version, .. } = instrument;
    let values: Vec<_> = values.iter().map(i64::to_string).collect();
    Some(Example { instrument: code, version: *version, values: values.join(" "), score, level })
}

fn answers(instrument: &Instrument, values: &[i64]) -> Vec<AnswerContent> {
    let answer =
        |(item, value): (&Item, &i64)| AnswerContent { item: item.code.clone(), value: *value };
    instrument.items().zip(values).map(answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_reach_every_level_and_hold_every_rule() {
        for instrument in all() {
            let examples: Vec<_> = examples(instrument).collect();
            assert_eq!(examples.len(), 3 * instrument.items().count() + 1, "{}", instrument.code);
            for level in &instrument.levels {
                let reached = examples.iter().any(|example| example.level == level.code);
                assert!(reached, "{} {}", instrument.code, level.code);
            }
            for (at, rule) in instrument.rules.iter().enumerate() {
                let mut without = instrument.clone();
                without.rules.remove(at);
                let shows = examples.iter().any(|example| {
                    let values =
                        example.values.split(' ').map(|value| value.parse().expect("a number"));
                    let answers = answers(&without, &values.collect::<Vec<_>>());
                    without.score(&answers).is_ok_and(|scored| scored.level != example.level)
                });
                assert!(shows, "{}: {}", instrument.code, rule.label.zh);
            }
        }
    }
}
