//! How often people are to be visited: policies as data, each from a day on, and what follows of one
//! for one entry.

use std::sync::LazyLock;

use chrono::{Datelike, Days, Months, NaiveDate};
use entity::{Risk, Urgency, VisitMode};
use serde::Deserialize;

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
    /// The last day of the period in which a day lies.
    fn end(self, day: NaiveDate) -> NaiveDate {
        let months = match self {
            Self::Week => {
                let left = 6 - day.weekday().num_days_from_monday();
                return day + Days::new(left.into());
            }
            Self::Month => 1,
            Self::Quarter => 3 - day.month0() % 3,
        };
        day.with_day(1).unwrap_or(day) + Months::new(months) - Days::new(1)
    }
}

/// What is known of someone's standing in a ledger.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub risk: Option<Risk>,
    pub opened_on: NaiveDate,
    /// Since when the risk has been at least this high.
    pub risk_since: NaiveDate,
    /// The last visit that counts.
    pub visited_on: Option<NaiveDate>,
    /// The last marked change, but for a risk that rose.
    pub changed_on: Option<NaiveDate>,
}

impl Policy {
    /// The policy that holds on a day.
    pub fn on(day: NaiveDate) -> Option<&'static Self> {
        POLICIES.iter().rev().find(|policy| policy.from <= day)
    }

    /// By which day someone is to be visited next, and the marked change that asks for it where one does.
    /// A period that had no visit leaves its last day due until there is one.
    pub fn next(&self, standing: &Standing) -> (NaiveDate, Option<NaiveDate>) {
        let period = self.period(standing.risk);
        let first = period.end(standing.risk_since);
        let visited = standing.visited_on.map(|day| period.end(day)).filter(|end| *end >= first);
        let regular = visited.map_or(first, |end| period.end(end + Days::new(1)));
        let marked = self.marked(standing);
        let marked = marked.map(|day| (day + Days::new(self.marked_change.days), Some(day)));
        marked.filter(|(due_on, _)| *due_on < regular).unwrap_or((regular, None))
    }

    /// The last day of the period of a risk in which a day lies.
    pub fn end(&self, risk: Option<Risk>, day: NaiveDate) -> NaiveDate {
        self.period(risk).end(day)
    }

    fn period(&self, risk: Option<Risk>) -> Period {
        match risk {
            Some(Risk::High) => self.every.high,
            Some(Risk::Medium) => self.every.medium,
            Some(Risk::Low) => self.every.low,
            None => self.every.unknown,
        }
    }

    /// The last marked change since which there was no visit.
    fn marked(&self, standing: &Standing) -> Option<NaiveDate> {
        if standing.risk != Some(Risk::High) {
            return None;
        }
        let rose = (standing.risk_since > standing.opened_on).then_some(standing.risk_since);
        let changed = rose.max(standing.changed_on)?;
        standing.visited_on.is_none_or(|visited| visited < changed).then_some(changed)
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
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn standing(risk: Risk, opened_on: &str, visited_on: Option<&str>) -> Standing {
        Standing {
            risk: Some(risk),
            opened_on: day(opened_on),
            risk_since: day(opened_on),
            visited_on: visited_on.map(day),
            changed_on: None,
        }
    }

    fn next(standing: &Standing) -> (NaiveDate, Option<NaiveDate>) {
        Policy::on(day("2026-11-26")).unwrap().next(standing)
    }

    #[test]
    fn the_file_is_read_whole() {
        assert_eq!(read(FILE).unwrap().len(), POLICIES.len());
        assert!(!POLICIES.is_empty());
    }

    #[test]
    fn high_weekly_medium_monthly_low_quarterly() {
        for (risk, due) in
            [(Risk::High, "2026-11-15"), (Risk::Medium, "2026-12-31"), (Risk::Low, "2027-03-31")]
        {
            let visited = standing(risk, "2026-01-05", Some("2026-11-06"));
            assert_eq!(next(&visited), (day(due), None), "{risk:?}");
        }
    }

    #[test]
    fn whoever_was_never_visited_is_due_in_the_period_of_the_opening() {
        let never = standing(Risk::Medium, "2026-02-10", None);
        assert_eq!(next(&never).0, day("2026-02-28"));
        // A visit of that period, before the opening too, is what was due in it.
        let before = standing(Risk::Medium, "2026-02-10", Some("2026-02-01"));
        assert_eq!(next(&before).0, day("2026-03-31"));
        let long_before = standing(Risk::Medium, "2026-02-10", Some("2026-01-31"));
        assert_eq!(next(&long_before).0, day("2026-02-28"));
    }

    #[test]
    fn a_marked_change_of_one_at_high_risk_asks_for_a_visit_by_the_next_day() {
        let changed = |risk, visited| Standing {
            changed_on: Some(day("2026-11-10")),
            ..standing(risk, "2026-01-05", Some(visited))
        };
        let marked = (day("2026-11-11"), Some(day("2026-11-10")));
        assert_eq!(next(&changed(Risk::High, "2026-11-09")), marked);
        assert_eq!(next(&changed(Risk::High, "2026-11-10")), (day("2026-11-22"), None));
        assert_eq!(next(&changed(Risk::Medium, "2026-11-09")), (day("2026-12-31"), None));
    }

    #[test]
    fn a_risk_that_rose_asks_for_nothing_of_the_time_before() {
        let rose = Standing {
            risk_since: day("2026-11-18"),
            ..standing(Risk::High, "2026-01-05", Some("2026-09-01"))
        };
        assert_eq!(next(&rose), (day("2026-11-19"), Some(day("2026-11-18"))));
        let then_visited = Standing { visited_on: Some(day("2026-11-19")), ..rose };
        assert_eq!(next(&then_visited), (day("2026-11-29"), None));
    }
}
