//! What questions may cost: each of them, and all of an account in a minute, by role. The unit is that
//! of the price, about a value read.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Duration, Utc};
use entity::{ExportLayout, Role};
use uuid::Uuid;

use crate::{Hub, access::Viewer, exports::File};

/// What an account may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    pub question: u64,
    pub minute: u64,
    /// All the pages of a job; nothing where there are none.
    pub job: u64,
}

const fn budget(question: u64, minute: u64, job: u64) -> Budget {
    Budget { question, minute, job }
}

#[rustfmt::skip]
const TABLE: [(Role, Budget); 7] = [
    //                            a question  a minute     a job
    (Role::StationWorker, budget(  100_000,   2_000_000,            0)),
    (Role::StationLead,   budget(  100_000,   2_000_000,            0)),
    (Role::CountyOfficer, budget(  200_000,  10_000_000,  100_000_000)),
    (Role::Analyst,       budget(  200_000,  10_000_000,  100_000_000)),
    (Role::Integration,   budget(  200_000,  20_000_000,  200_000_000)),
    (Role::Admin,         budget(   50_000,   1_000_000,            0)),
    (Role::Auditor,       budget(  100_000,   2_000_000,            0)),
];

/// What the workbook of its ledgers may cost a station, whose people alone see all of it plainly. It is far
/// more than a station has.
const WORKBOOK: u64 = 2_000_000;

const MINUTE: Duration = Duration::minutes(1);

/// From so many accounts on, those are forgotten that have spent nothing of the minute.
const KEPT: usize = 1_000;

/// What accounts have spent: until when each would have to wait to have its whole minute again. It
/// comes back evenly, so that time is all there is to keep.
#[derive(Clone, Default)]
pub(crate) struct Spent(Arc<Mutex<HashMap<Uuid, DateTime<Utc>>>>);

/// The minute's budget is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overspent {
    pub minute: u64,
    /// When there is enough of it again.
    pub wait: Duration,
}

impl Hub {
    /// What a viewer may ask for.
    #[must_use]
    pub fn budget(&self, viewer: &Viewer) -> Budget {
        let row = TABLE.iter().find(|(role, _)| *role == viewer.role);
        let Budget { question, minute, job } = row.map_or(budget(0, 0, 0), |(_, budget)| *budget);
        let minute = self.minute_budget.unwrap_or(minute);
        // What no minute pays for would be told to come again, for ever.
        let question = self.question_budget.unwrap_or(question).min(minute);
        // Who may have no jobs has none by a setting either.
        let job = self.job_budget.filter(|_| job > 0).unwrap_or(job);
        Budget { question, minute, job }
    }

    /// What all the pages of a job may cost, of whose answer this file is made.
    #[must_use]
    pub fn job_budget(&self, viewer: &Viewer, file: Option<File>) -> u64 {
        let job = self.budget(viewer).job;
        let is_stations = matches!(viewer.role, Role::StationWorker | Role::StationLead);
        let is_workbook = file.is_some_and(|file| file.layout == ExportLayout::Workbook);
        if is_stations && is_workbook { job.max(WORKBOOK) } else { job }
    }

    /// Takes the price of a question from the minute of the account.
    ///
    /// # Errors
    /// `Overspent` where not enough is left; then nothing is taken.
    pub fn pay(&self, viewer: &Viewer, price: u64) -> Result<(), Overspent> {
        self.spend_of_minute(viewer, price, |wait| wait <= Duration::zero())
    }

    /// The same for what can wait: it leaves half of the minute to what its account asks meanwhile.
    ///
    /// # Errors
    /// `Overspent` where not enough is left.
    pub fn pay_at_leisure(&self, viewer: &Viewer, price: u64) -> Result<(), Overspent> {
        let alone = share(price, self.budget(viewer).minute) - MINUTE;
        // Dearer than the half, it is paid where nothing else is owed.
        let latest = alone.max(-MINUTE / 2);
        let paid = self.spend_of_minute(viewer, price, |wait| wait <= latest);
        paid.map_err(|overspent| Overspent { wait: overspent.wait - latest, ..overspent })
    }

    /// The same for what must not be refused: the most it takes is what is left.
    pub fn charge(&self, viewer: &Viewer, price: u64) {
        let _ = self.spend_of_minute(viewer, price, |_| true);
    }

    fn spend_of_minute(
        &self,
        viewer: &Viewer,
        price: u64,
        takes: impl Fn(Duration) -> bool,
    ) -> Result<(), Overspent> {
        let (now, minute) = (self.clock.now(), self.budget(viewer).minute);
        let mut spent = self.spent.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() >= KEPT && !spent.contains_key(&viewer.account_id) {
            spent.retain(|_, until| *until > now);
        }
        let until = spent.entry(viewer.account_id).or_insert(now);
        // Also where the clock was set back, nobody waits for more than a minute.
        let after = (*until).clamp(now, now + MINUTE) + share(price, minute);
        let wait = after - now - MINUTE;
        if !takes(wait) {
            return Err(Overspent { minute, wait });
        }
        *until = after.min(now + MINUTE);
        Ok(())
    }
}

/// How long it takes until a price is had again; never more than some minutes.
fn share(price: u64, minute: u64) -> Duration {
    let micros = u128::from(price) * 60_000_000 / u128::from(minute.max(1));
    Duration::microseconds(i64::try_from(micros.min(600_000_000)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_one_budget_and_can_pay_its_dearest_question() {
        for role in Role::ALL {
            let mut rows = TABLE.iter().filter(|(known, _)| known == role);
            let (_, budget) = rows.next().unwrap();
            assert_eq!(rows.next(), None, "{role:?}");
            assert!(budget.question <= budget.minute, "{role:?}");
        }
    }

    #[test]
    fn a_price_takes_its_share_of_the_minute() {
        assert_eq!(share(500, 1_000), Duration::seconds(30));
        assert_eq!(share(0, 1_000), Duration::zero());
        assert_eq!(share(1, u64::MAX), Duration::zero());
        assert_eq!(share(u64::MAX, 0), Duration::minutes(10));
    }
}
