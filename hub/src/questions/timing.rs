//! When a question is due: a pure rule of days in China.

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, Utc};
use entity::{Cadence, question_schedule};

use crate::{
    HubError,
    clock::{day_of, start_of},
};

/// How often and at which hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    pub every: Cadence,
    /// Of a week 1 (Monday) to 7, of a month 1 to 28; of days none.
    pub on: Option<i64>,
    /// 0 to 23.
    pub hour: i64,
}

impl Timing {
    /// # Errors
    /// `Invalid` for a day or an hour that there is not.
    pub fn check(self) -> Result<Self, HubError> {
        let days = match self.every {
            Cadence::Daily => None,
            Cadence::Weekly => Some(1..=7),
            Cadence::Monthly => Some(1..=28),
        };
        let (every, refuse) = (self.every.code(), |text| Err(HubError::Invalid(text)));
        match (days, self.on) {
            (None, Some(_)) => return refuse(format!("on is left out of {every}")),
            (Some(days), on) if !on.is_some_and(|on| days.contains(&on)) => {
                let (first, last) = (days.start(), days.end());
                return refuse(format!("on of {every} is a day from {first} to {last}"));
            }
            _ => {}
        }
        match (0..24).contains(&self.hour) {
            true => Ok(self),
            false => refuse("hour is from 0 to 23".to_owned()),
        }
    }

    /// The first time that is later than this.
    #[must_use]
    pub fn after(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let today = day_of(now);
        // A month has each of these days, so it is among the next 32.
        let days = (0..32).filter_map(|ahead| today.checked_add_days(Days::new(ahead)));
        let mut times = days.filter(|day| self.is_on(*day)).map(|day| self.time_of(day));
        times.find(|time| *time > now).unwrap_or(now + Duration::days(1))
    }

    /// Of a time that has come: the day of the latest that has, and the next one to come. Those missed
    /// in between are not made up for.
    #[must_use]
    pub fn turn(self, due: DateTime<Utc>, now: DateTime<Utc>) -> (NaiveDate, DateTime<Utc>) {
        let (mut latest, mut next) = (due, self.after(due));
        while next <= now {
            (latest, next) = (next, self.after(next));
        }
        (day_of(latest), next)
    }

    fn is_on(self, day: NaiveDate) -> bool {
        let of_day = match self.every {
            Cadence::Daily => return true,
            Cadence::Weekly => day.weekday().number_from_monday(),
            Cadence::Monthly => day.day(),
        };
        self.on == Some(of_day.into())
    }

    fn time_of(self, day: NaiveDate) -> DateTime<Utc> {
        start_of(day) + Duration::hours(self.hour)
    }
}

impl From<&question_schedule::Model> for Timing {
    fn from(row: &question_schedule::Model) -> Self {
        Self { every: row.every, on: row.on_day, hour: row.hour }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("{text}:00+08:00").parse().unwrap()
    }

    const DAILY: Timing = Timing { every: Cadence::Daily, on: None, hour: 6 };

    #[test]
    fn the_next_time_is_later_than_now_and_on_a_day_of_the_schedule() {
        let weekly = Timing { every: Cadence::Weekly, on: Some(1), hour: 6 };
        let monthly = Timing { every: Cadence::Monthly, on: Some(28), hour: 0 };
        for (timing, now, next) in [
            (DAILY, "2026-11-27T05:59", "2026-11-27T06:00"),
            (DAILY, "2026-11-27T06:00", "2026-11-28T06:00"),
            (DAILY, "2026-12-31T23:00", "2027-01-01T06:00"),
            // A Monday, before and at the hour; a Tuesday.
            (weekly, "2026-11-30T05:59", "2026-11-30T06:00"),
            (weekly, "2026-11-30T06:00", "2026-12-07T06:00"),
            (weekly, "2026-12-01T00:00", "2026-12-07T06:00"),
            (monthly, "2027-01-28T00:00", "2027-02-28T00:00"),
            (monthly, "2027-02-27T23:59", "2027-02-28T00:00"),
            (monthly, "2026-12-29T00:00", "2027-01-28T00:00"),
        ] {
            assert_eq!(timing.after(at(now)), at(next), "{timing:?} after {now}");
        }
    }

    #[test]
    fn what_was_missed_is_due_once_for_the_latest_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (due, now, of, next) in [
            ("2026-11-27T06:00", "2026-11-27T06:00", "2026-11-27", "2026-11-28T06:00"),
            ("2026-11-24T06:00", "2026-11-27T05:00", "2026-11-26", "2026-11-27T06:00"),
            ("2026-11-24T06:00", "2026-11-27T07:00", "2026-11-27", "2026-11-28T06:00"),
        ] {
            assert_eq!(DAILY.turn(at(due), at(now)), (day(of), at(next)), "{due} at {now}");
        }
    }

    #[test]
    fn days_and_hours_that_there_are_not_are_refused() {
        let (daily, weekly, monthly) = (Cadence::Daily, Cadence::Weekly, Cadence::Monthly);
        for (every, on, hour, is_right) in [
            (daily, None, 0, true),
            (daily, None, 23, true),
            (daily, None, 24, false),
            (daily, None, -1, false),
            (daily, Some(1), 6, false),
            (weekly, Some(7), 6, true),
            (weekly, Some(8), 6, false),
            (weekly, Some(0), 6, false),
            (weekly, None, 6, false),
            (monthly, Some(28), 6, true),
            (monthly, Some(29), 6, false),
        ] {
            let timing = Timing { every, on, hour };
            assert_eq!(timing.check().is_ok(), is_right, "{timing:?}");
        }
    }
}
