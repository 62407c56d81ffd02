//! The instruments: versioned scales, compiled in as data files, scored by one rule for all.
//!
//! One more instrument, or a new version of one: a file in `hub/data/instruments` and its line in
//! `FILES`; see `docs/instruments.md`. A version that has been used is never edited, since its
//! answers stand in the record.

mod check;
mod definition;
mod published;
mod scoring;

use std::sync::LazyLock;

pub use check::Flaw;
pub use definition::{
    Ages, AnswerOption, Condition, Direction, Effect, Group, Instrument, Item, Level, Rule, Source,
    Subject, Text,
};
pub use published::published;
pub use scoring::Scored;

macro_rules! files {
    ($($name:literal)+) => {
        &[$(($name, include_str!(concat!("../../data/instruments/", $name)))),+]
    };
}

/// Name and text of each file.
const FILES: &[(&str, &str)] = files! {
    "child-risk-1.toml"
    "household-needs-1.toml"
    "older-adult-ability-1.toml"
};

static INSTRUMENTS: LazyLock<Vec<Instrument>> = LazyLock::new(|| {
    let (instruments, broken) = load(FILES);
    for error in broken {
        tracing::error!(%error, "an instrument is left out");
    }
    instruments
});

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the instrument file {file} is broken: {flaw}")]
struct BrokenFile {
    file: String,
    flaw: BrokenBy,
}

#[derive(Debug, thiserror::Error)]
enum BrokenBy {
    #[error(transparent)]
    Flaw(#[from] Flaw),
    #[error("its name is not {0}, from its code and version")]
    Name(String),
}

/// Every instrument in every version, by code, then version.
///
/// The files are part of the program and the tests load each of them, so that none is missing here;
/// should one be broken all the same, it is logged and the others serve.
#[must_use]
pub fn all() -> &'static [Instrument] {
    &INSTRUMENTS
}

/// The instrument with this code in this version.
#[must_use]
pub fn find(code: &str, version: i64) -> Option<&'static Instrument> {
    (all().iter()).find(|instrument| instrument.code == code && instrument.version == version)
}

/// The rank of a level of an instrument, by the newest version that has it.
#[must_use]
pub fn rank(code: &str, level: &str) -> Option<i64> {
    let versions = all().iter().rev().filter(|instrument| instrument.code == code);
    versions.filter_map(|instrument| instrument.level(level)).map(|level| level.rank).next()
}

/// The codes of the instruments of which a version has one of these levels.
#[must_use]
pub fn with_levels(levels: &[String]) -> Vec<String> {
    let with_one = all().iter().filter(|one| levels.iter().any(|code| one.level(code).is_some()));
    let mut codes: Vec<_> = with_one.map(|instrument| instrument.code.clone()).collect();
    codes.dedup();
    codes
}

fn load(files: &[(&str, &str)]) -> (Vec<Instrument>, Vec<BrokenFile>) {
    let mut instruments = Vec::new();
    let mut broken = Vec::new();
    for (name, text) in files {
        match load_one(name, text) {
            Ok(instrument) => instruments.push(instrument),
            Err(flaw) => broken.push(BrokenFile { file: (*name).to_owned(), flaw }),
        }
    }
    instruments.sort_by(|a, b| (&a.code, a.version).cmp(&(&b.code, b.version)));
    (instruments, broken)
}

/// The name is made of code and version, so that no two files hold the same one.
fn load_one(name: &str, text: &str) -> Result<Instrument, BrokenBy> {
    let instrument = Instrument::parse(text)?;
    let expected = format!("{}-{}.toml", instrument.code, instrument.version);
    if name == expected { Ok(instrument) } else { Err(BrokenBy::Name(expected)) }
}

#[cfg(test)]
mod tests;
