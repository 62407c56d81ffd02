//! How often people are to be visited: policies as data, each from a day on, and what follows of one
//! for one entry.

use std::sync::LazyLock;

use chrono::{Datelike, Days, Months, NaiveDate};
use entity::{ExcuseReason, Risk, Urgency, VisitMode};
use serde::Deserialize;
use uuid::Uuid;

const FILE: &str = include_str!("../../data/visit-policies.toml");

static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    let mut policies = read(FILE).unwrap_or_else(|error| {
        tracing::error!(%error, "the visit policies cannot be read; no visit is due");
        Vec::new()
    });
    policies.sort_by_key(|policy| policy.from);
    policies
});

/// What is expected from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    from: NaiveDate,
    /// The visits that count.
    pub modes: Vec<VisitMode>,
    every: Every,
    pub marked_change: MarkedChange,
}

/// In which period someone is to be visited once, by risk.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Every {
    high: Period,
    medium: Period,
    low: Period,
    /// Where nobody has judged the risk.
    unknown: Period,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MarkedChange {
    /// How many days after it a visit is due.
    days: u64,
    /// The urgencies of needs that make one.
    pub needs: Vec<Urgency>,
}

/// A period of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Period {
    /// From Monday to Sunday.
    Week,
    Month,
    Quarter,
}

impl Period {
    /// The period in which a day lies.
    fn around(self, day: NaiveDate) -> Span {
        let months = match self {
            Self::Week => {
                let first = day - Days::new(day.weekday().num_days_from_monday().into());
                return Span { first, last: first + Days::new(6) };
            }
            Self::Month => 1,
            Self::Quarter => 3,
        };
        let first = day.with_day(1).unwrap_or(day) - Months::new(day.month0() % months);
        Span { first, last: first + Months::new(months) - Days::new(1) }
    }
}

/// Days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub first: NaiveDate,
    pub last: NaiveDate,
}

impl Span {
    pub fn holds(self, day: NaiveDate) -> bool {
        self.first <= day && day <= self.last
    }
}

/// A risk from a day on, until the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spell {
    pub from: NaiveDate,
    pub risk: Option<Risk>,
}

/// An excuse, as far as it bears on what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Excused {
    pub id: Uuid,
    pub days: Span,
    pub reason: ExcuseReason,
}

impl Excused {
    /// Whether the person is not there; who refuses is.
    fn is_absent(&self) -> bool {
        self.reason != ExcuseReason::Refused
    }
}

/// What is known of someone's standing in a ledger.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'a> {
    /// Since the entry was opened, one after the other.
    pub spells: &'a [Spell],
    pub excused: &'a [Excused],
    /// The last visit that counts.
    pub visited_on: Option<NaiveDate>,
    /// The last marked change, but for a risk that rose.
    pub changed_on: Option<NaiveDate>,
}

impl Standing<'_> {
    fn risk(&self) -> Option<Risk> {
        self.spells.last()?.risk
    }
}

/// The periods owed that end on a day or later, without end: of each the entry stood at its risk, under
/// its policy, on the last day.
pub(super) fn owed(spells: &[Spell], from: NaiveDate) -> impl Iterator<Item = Span> {
    spells.iter().enumerate().flat_map(move |(at, spell)| {
        let until = spells.get(at + 1).map_or(NaiveDate::MAX, |next| next.from);
        let start = POLICIES.first().map_or(until, |policy| policy.from);
        let mut day = spell.from.max(from).max(start);
        std::iter::from_fn(move || {
            while day < until {
                let policy = Policy::on(day)?;
                let span = policy.period(spell.risk).around(day);
                let next = POLICIES.iter().map(|policy| policy.from).find(|from| *from > day);
                match next.filter(|next| *next <= span.last) {
                    Some(next) => day = next,
                    None if span.last >= until => return None,
                    None => {
                        day = span.last + Days::new(1);
                        return Some(span);
                    }
                }
            }
            None
        })
    })
}

/// Whether excuses hold on every day of a period.
pub(super) fn is_covered(span: Span, excused: &[Excused]) -> bool {
    let mut day = span.first;
    loop {
        let holding = excused.iter().filter(|excuse| excuse.days.holds(day));
        match holding.map(|excuse| excuse.days.last).max() {
            None => return false,
            Some(last) if last >= span.last => return true,
            Some(last) => day = last + Days::new(1),
        }
    }
}

/// How someone stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Overdue,
    Due,
    /// Not to be visited on the day, though not visited in its period.
    Excused,
    /// Visited in the period of the day, and not due in it again.
    Visited,
}

/// What is due of someone by one ledger entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Next {
    pub state: State,
    pub due_on: NaiveDate,
    pub changed_on: Option<NaiveDate>,
    pub excuse_id: Option<Uuid>,
}

impl Policy {
    /// The policy that holds on a day.
    pub fn on(day: NaiveDate) -> Option<&'static Self> {
        POLICIES.iter().rev().find(|policy| policy.from <= day)
    }

    /// How someone stands on a day, today or later.
    pub fn next(&self, standing: &Standing<'_>, day: NaiveDate) -> Option<Next> {
        let (due_on, changed_on) = self.due(standing)?;
        let period = self.period(standing.risk()).around(day);
        let is_visited = standing.visited_on.is_some_and(|visited| visited >= period.first);
        // Who refuses may still be called on after a marked change.
        let excuses = standing.excused.iter().filter(|excuse| excuse.days.holds(day));
        let excuses = excuses.filter(|excuse| changed_on.is_none() || excuse.is_absent());
        let excuse = excuses.max_by_key(|excuse| excuse.days.last);
        let state = match (changed_on, excuse) {
            (None, _) if is_visited && due_on >= day => State::Visited,
            (_, Some(_)) => State::Excused,
            _ if due_on < day => State::Overdue,
            // The day after a change may lie in the next period.
            (Some(_), _) => State::Due,
            (None, _) if due_on <= period.last => State::Due,
            (None, _) => State::Visited,
        };
        Some(Next { state, due_on, changed_on, excuse_id: excuse.map(|excuse| excuse.id) })
    }

    /// By which day someone is to be visited next, and the marked change that asks for it where one
    /// does. A period that had no visit leaves its last day due until there is one, but for one that
    /// was excused from end to end.
    fn due(&self, standing: &Standing<'_>) -> Option<(NaiveDate, Option<NaiveDate>)> {
        let visited = standing.visited_on;
        let after = visited.map_or(NaiveDate::MIN, |visited| visited + Days::new(1));
        let regular = owed(standing.spells, after)
            .filter(|span| visited.is_none_or(|visited| visited < span.first))
            .find(|span| !is_covered(*span, standing.excused))?
            .last;
        let marked = self.marked(standing);
        Some(marked.map_or((regular, None), |(due_on, changed_on)| {
            (due_on.min(regular), Some(changed_on))
        }))
    }

    fn period(&self, risk: Option<Risk>) -> Period {
        match risk {
            Some(Risk::High) => self.every.high,
            Some(Risk::Medium) => self.every.medium,
            Some(Risk::Low) => self.every.low,
            None => self.every.unknown,
        }
    }

    /// By when the last marked change since which there was no visit asks for one, and its day. Who is
    /// away then is due on the day after.
    fn marked(&self, standing: &Standing<'_>) -> Option<(NaiveDate, NaiveDate)> {
        if standing.risk() != Some(Risk::High) {
            return None;
        }
        let rises = standing.spells.windows(2).rev();
        let rose = rises.filter(|two| two[0].risk != Some(Risk::High));
        let rose = rose.map(|two| two[1]).find(|spell| spell.risk == Some(Risk::High));
        let changed = rose.map(|spell| spell.from).max(standing.changed_on)?;
        if standing.visited_on.is_some_and(|visited| visited >= changed) {
            return None;
        }
        let mut due_on = changed + Days::new(self.marked_change.days);
        let absences = standing.excused.iter().filter(|excuse| excuse.is_absent());
        while let Some(away) = absences.clone().find(|excuse| excuse.days.holds(due_on)) {
            due_on = away.days.last + Days::new(1);
        }
        Some((due_on, changed))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    policies: Vec<Policy>,
}

fn read(text: &str) -> Result<Vec<Policy>, toml::de::Error> {
    toml::from_str::<File>(text).map(|file| file.policies)
}

#[cfg(test)]
mod tests;
