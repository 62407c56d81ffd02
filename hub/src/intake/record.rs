//! What each content makes of the record. Every fault is found before anything is changed, so that
//! a refused item leaves no trace.

mod correction;
mod event;
mod excuse;
mod household;
mod ledger;
mod needs;

use entity::ChangeAction;
use uuid::Uuid;

use super::{
    Checked,
    group::{Desk, Group},
};
use crate::problem::{Code, Problem};

/// What came of a content.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub record_id: Uuid,
    pub action: ChangeAction,
    pub person_id: Option<Uuid>,
    pub household_id: Option<Uuid>,
}

impl Group<'_> {
    /// Makes of a content what the rules make of it.
    pub fn make(&mut self, desk: &Desk<'_>, checked: Checked) -> Result<Made, Vec<Problem>> {
        match checked {
            Checked::Visit(visit) => self.make_visit(desk, visit),
            Checked::Assessment(assessment) => self.make_assessment(desk, assessment),
            Checked::Entry(entry) => self.make_entry(desk, entry),
            Checked::Closure(closure) => self.close_entry(desk, &closure),
            Checked::Household(household) => self.make_household(desk, &household),
            Checked::Correction(correction) => self.correct(desk, &correction),
            Checked::Excuse(excuse) => self.make_excuse(desk, excuse),
        }
    }
}

/// Whether a form was made on the version that is the newest.
fn is_made_on(newest: i64, based_on: i64) -> Result<(), Vec<Problem>> {
    if newest == based_on {
        return Ok(());
    }
    let problem = Problem::new(Code::VersionOutdated, "basedOn").value(based_on);
    Err(vec![problem.detail(newest)])
}
