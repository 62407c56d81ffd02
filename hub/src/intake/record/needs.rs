//! Needs: one open need a domain, person and station. A need found again while it is open is the
//! same need; it becomes more urgent where it was found more urgent.

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
                let urgency = self.needs.get(open).map(|row| row.urgency);
                if urgency.is_some_and(|urgency| urgency < given.urgency) {
                    self.needs.change(open, |row| row.urgency = given.urgency);
                }
                continue;
            }
            let (visit_id, assessment_id, ledger_entry_id) = match raised {
                Raised::Visit(id) => (Some(id), None, None),
                Raised::Assessment(id) => (None, Some(id), None),
                Raised::Entry(id) => (None, None, Some(id)),
            };
            let id = self.clock.new_id();
            let row = need::Model {
                id,
                station_id: desk.station.id,
                person_id: met.person_id,
                household_id: met.household_id,
                division_code: met.division_code.clone(),
                domain: given.domain,
                urgency: given.urgency,
                status: NeedStatus::Open,
                raised_on: day,
                visit_id,
                assessment_id,
                ledger_entry_id,
                settled_on: None,
                settled_by_visit_id: None,
                remark: given.remark.clone(),
                recorded_at: self.clock.now(),
            };
            self.open_needs.insert(key, id);
            self.needs.put(id, row);
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
            self.needs.change(open, |row| {
                row.status = NeedStatus::Met;
                row.settled_on = Some(day);
                row.settled_by_visit_id = Some(visit_id);
            });
        }
    }
}
