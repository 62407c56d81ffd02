//! What clients handed in and was refused, until it is mended: as a list for whom the journal is one,
//! and put aside by who answers for it. What is in it is written by `intake`.

use chrono::Duration;
use entity::{KeptProblem, Role, SubmissionKind, TokenScope, refusal};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use crate::{
    Hub, HubError,
    access::Viewer,
    intake::check_count,
    listing::{Known, Link, Listing, Relation, StationRef, at_stations, one_of},
    page::orders,
    policy::Class,
    problem::{Code, Problem},
    reveal::told,
    trail::Access,
};

/// How long one is kept since it was last refused.
const KEPT: Duration = Duration::days(90);
/// What stands in a sentence for what is not kept.
const LEFT_OUT: &str = "…";
/// The word under which putting aside is noted.
const DISMISS: &str = "REFUSAL_DISMISS";

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RefusalFilter {
    pub stations: Vec<StationRef>,
    pub kinds: Vec<SubmissionKind>,
    /// Handed in by the viewer.
    pub mine: bool,
}

orders! {
    RefusalOrder(refusal) { FirstRefusedAsc: FirstRefusedAt asc, FirstRefusedDesc: FirstRefusedAt desc }
}

impl Listing for refusal::Entity {
    type Filter = RefusalFilter;
    type Order = RefusalOrder;
    const ID: refusal::Column = refusal::Column::SubmissionId;

    fn scope(viewer: &Viewer) -> Condition {
        viewer.within(refusal::Column::StationId)
    }

    fn asks_by(_filter: &RefusalFilter) -> Vec<Class> {
        Vec::new()
    }

    fn condition(viewer: &Viewer, filter: &RefusalFilter, _known: &Known) -> Condition {
        use refusal::Column;
        let mine = filter.mine.then(|| Column::AccountId.eq(viewer.account_id));
        Condition::all()
            .add(at_stations(Column::StationId, &filter.stations))
            .add(one_of(Column::Kind, &filter.kinds))
            .add_option(mine)
    }

    fn subject() -> Option<Expr> {
        None
    }

    fn link(relation: Relation) -> Option<Link<refusal::Column>> {
        match relation {
            Relation::Station => Some(Link::Column(refusal::Column::StationId)),
            _ => None,
        }
    }
}

/// What one was refused for, as far as that is kept.
#[must_use]
pub fn problems(row: &refusal::Model) -> Vec<Problem> {
    let known = row.problems.0.iter().filter_map(|kept| Some((Code::of(&kept.code)?, kept)));
    let told = known.map(|(code, KeptProblem { path, detail, .. })| {
        Problem::new(code, path).detail(detail.as_deref().unwrap_or(LEFT_OUT))
    });
    told.collect()
}

/// Whether the viewer, who reaches it, may put it aside.
#[must_use]
pub fn may_dismiss(viewer: &Viewer, row: &refusal::Model) -> bool {
    viewer.grants(TokenScope::Submit) && (leads(viewer) || row.account_id == viewer.account_id)
}

fn leads(viewer: &Viewer) -> bool {
    matches!(viewer.role, Role::StationLead | Role::CountyOfficer)
}

/// A problem without anything that was handed in.
pub(crate) fn keep(problem: &Problem) -> KeptProblem {
    let detail = problem.code.names_a_rule().then(|| problem.detail.clone());
    KeptProblem { code: problem.code.as_str().to_owned(), path: problem.path.clone(), detail }
}

impl Hub {
    /// Puts refusals aside, since they are mended otherwise or come to nothing: one's own, and with a
    /// reason, for a station's lead or an officer, those in reach. Gives how many; what is not there and
    /// what is not the viewer's look the same.
    ///
    /// # Errors
    /// `Invalid` for too many, or a reason that is too short or too long.
    pub async fn dismiss_refusals(
        &self,
        viewer: &Viewer,
        (ids, reason): (&[Uuid], Option<&str>),
        asking: Access,
    ) -> Result<u64, HubError> {
        viewer.needs(TokenScope::Submit)?;
        check_count(ids.len())?;
        let reason = reason.map(|reason| told("the reason", reason)).transpose()?;
        let others = leads(viewer) && reason.is_some();
        let others = others.then(|| viewer.within(refusal::Column::StationId));
        let own = refusal::Column::AccountId.eq(viewer.account_id);
        let tx = self.db.write_tx().await?;
        let gone = refusal::Entity::delete_many()
            .filter(refusal::Column::SubmissionId.is_in(ids.iter().copied()))
            .filter(Condition::any().add(own).add_option(others))
            .exec(&tx)
            .await?
            .rows_affected;
        if gone > 0 {
            let fields = [format!("{gone} refusals")].into();
            let purpose = reason.or(asking.purpose);
            let operation = DISMISS.to_owned();
            self.note_within(&tx, Access { operation, fields, purpose, ..asking }).await?;
        }
        tx.commit().await?;
        Ok(gone)
    }

    /// Removes what was last refused long ago.
    ///
    /// # Errors
    /// Where the database does not answer; what is left is removed the next time.
    pub async fn clear_refusals(&self) -> Result<(), HubError> {
        let over = refusal::Column::RefusedAt.lte(self.clock.now() - KEPT);
        let tx = self.db.write_tx().await?;
        refusal::Entity::delete_many().filter(over).exec(&tx).await?;
        Ok(tx.commit().await?)
    }
}
