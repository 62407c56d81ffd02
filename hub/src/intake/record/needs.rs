//! Needs: one open need a domain, person and station. A need found again while it is open is the
//! same need: as urgent as ever found, raised by what found it on the earliest day.

use chrono::NaiveDate;
use entity::{NeedDomain, NeedStatus, need};
use uuid::Uuid;

use super::event::Met;
use crate::intake::{
    check::CheckedNeed,
    group::{Desk, Group},
};

/// What raised a need.
#[derive(Clone, Copy, Debug)]
pub(super) enum Raised {
    Visit(Uuid),
    Assessment(Uuid),
    Entry(Uuid),
}

impl Raised {
    /// Names what raised a need on its row.
    fn stamp(self, row: &mut need::Model) {
        row.visit_id = None;
        row.assessment_id = None;
        row.ledger_entry_id = None;
        match self {
            Self::Visit(id) => row.visit_id = Some(id),
            Self::Assessment(id) => row.assessment_id = Some(id),
            Self::Entry(id) => row.ledger_entry_id = Some(id),
        }
    }
}

impl Group<'_> {
    pub(super) fn raise_needs(
        &mut self,
        desk: &Desk<'_>,
        met: &Met,
        needs: &[CheckedNeed],
        day: NaiveDate,
        raised: Raised,
    ) {
        for given in needs {
            let key = (met.subject(), desk.station.id, given.domain);
            if let Some(open) = self.open_needs.get(&key).copied() {
                self.find_again(open, given, day, raised);
                continue;
            }
            let (id, now) = (self.clock.new_id(), self.clock.now());
            let mut row = need::Model {
                id,
                station_id: desk.station.id,
                person_id: met.person_id,
                household_id: met.household_id,
                division_code: met.division_code.clone(),
                domain: given.domain,
                urgency: given.urgency,
                status: NeedStatus::Open,
                raised_on: day,
                visit_id: None,
                assessment_id: None,
                ledger_entry_id: None,
                settled_on: None,
                settled_by_visit_id: None,
                remark: self.keys.seal_some(need::Column::Remark, id, given.remark.as_deref()),
                recorded_at: now,
                updated_at: now,
            };
            raised.stamp(&mut row);
            self.open_needs.insert(key, id);
            self.needs.put(id, row);
        }
    }

    /// An open need found again: as urgent as ever found, raised by what found it first, in
    /// whatever order the findings are handed in.
    fn find_again(&mut self, open: Uuid, given: &CheckedNeed, day: NaiveDate, raised: Raised) {
        let Some(row) = self.needs.get(open) else { return };
        let mut new = row.clone();
        new.urgency = new.urgency.max(given.urgency);
        if day < new.raised_on {
            new.raised_on = day;
            raised.stamp(&mut new);
        }
        if new != *row {
            new.updated_at = self.clock.not_before(row.updated_at);
            self.needs.put(open, new);
        }
    }

    pub(super) fn meet_needs(
        &mut self,
        desk: &Desk<'_>,
        met: &Met,
        domains: &[NeedDomain],
        day: NaiveDate,
        visit_id: Uuid,
    ) {
        for domain in domains {
            let key = (met.subject(), desk.station.id, *domain);
            let raised_by_then =
                |id: &Uuid| self.needs.get(*id).is_some_and(|row| row.raised_on <= day);
            let Some(open) = self.open_needs.get(&key).copied().filter(raised_by_then) else {
                continue;
            };
            self.open_needs.remove(&key);
            let clock = self.clock;
            self.needs.change(open, |row| {
                row.updated_at = clock.not_before(row.updated_at);
                row.status = NeedStatus::Met;
                row.settled_on = Some(day);
                row.settled_by_visit_id = Some(visit_id);
            });
        }
    }
}
