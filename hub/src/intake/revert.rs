//! Taking back what items did, and putting back what was taken back: the inverse of their traces, as
//! far as nobody touched it since. What somebody did is kept, and named.
//!
//! What an item made stands or goes as a whole: its visit or its ledger entry with its needs. Of people
//! it changed, each value is looked at by itself.

mod doing;
mod read;
mod stands;

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    ChangeAction, SubmissionKind, person_station, risk_spell, submission, visit, visit_service,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{CaseStatement, Expr},
};
use uuid::Uuid;

use super::{
    Stand,
    group::Group,
    past::keep_gone,
    rows::{delete_among, values},
    trace::{Image, Of, Trace},
};
use crate::{error::HubError, keys::KeyFault, problem::Code};

/// Which way: what was done is taken back, or what was taken back is done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Back,
    Again,
}

/// What stays as it is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub code: Code,
    pub of: Of,
    /// A value of a row; none for the row as a whole.
    pub column: Option<String>,
}

/// What became of an item.
#[derive(Debug, Default)]
pub(crate) struct Reverted {
    /// What was done; none where all stays as it is.
    pub trace: Option<Trace>,
    pub kept: Vec<Kept>,
    /// What the item is on record as.
    pub submission: Option<submission::Model>,
}

/// What a group takes away, of tables whose rows it does not hold.
#[derive(Default)]
pub(super) struct Gone {
    visits: Vec<visit::Model>,
    services: Vec<visit_service::Model>,
    links: Vec<person_station::Model>,
    spells: Vec<(Uuid, NaiveDate)>,
}

/// Reverts items in their order, within a write transaction. `signed` are the records that a signed
/// table keeps, which are not taken away.
pub(crate) async fn revert(
    tx: &impl ConnectionTrait,
    (clock, places, keys): Stand<'_>,
    (way, signed): (Way, HashSet<Uuid>),
    items: &[(Uuid, Trace)],
) -> Result<Vec<Reverted>, HubError> {
    let mut group = Group::open(tx, clock, places, keys).await?;
    // So that details are read.
    group.trace();
    let mut reverting = Reverting::read(tx, group, (way, signed), items).await?;
    let mut done = Vec::with_capacity(items.len());
    for (id, trace) in items {
        done.push(reverting.item(*id, trace)?);
    }
    reverting.flush(tx).await?;
    Ok(done)
}

struct Reverting<'a> {
    group: Group<'a>,
    way: Way,
    signed: HashSet<Uuid>,
    visits: HashMap<Uuid, visit::Model>,
    services: HashMap<Uuid, Vec<visit_service::Model>>,
    links: HashMap<(Uuid, Uuid), person_station::Model>,
    /// The needs that name a visit or a ledger entry.
    naming: HashMap<Uuid, BTreeSet<Uuid>>,
    /// The records about people, each with its station; nil where it is of none.
    about: HashMap<Uuid, HashSet<(Uuid, Uuid)>>,
    submissions: HashMap<Uuid, submission::Model>,
    /// What was handed in about people, by them.
    said: HashMap<Uuid, Vec<Uuid>>,
    /// Contents of events that stand.
    standing: HashSet<String>,
    reverted: BTreeSet<Uuid>,
}

impl Reverting<'_> {
    fn item(&mut self, id: Uuid, trace: &Trace) -> Result<Reverted, KeyFault> {
        let Some(row) = self.submissions.get(&id).cloned() else {
            return Ok(Reverted::default());
        };
        if let Some(kept) = self.stands(&row, trace)? {
            return Ok(Reverted { kept: vec![kept], submission: Some(row), ..Default::default() });
        }
        let (mut done, mut kept) = (Trace::default(), Vec::new());
        let mut kinds =
            [Of::Person, Of::Entry, Of::Child, Of::Elderly, Of::Disabled, Of::Visit, Of::Need];
        if self.way == Way::Back {
            kinds.reverse();
        }
        for of in kinds {
            if of == Of::Person && self.way == Way::Back {
                self.revert_links(trace, &mut done);
            }
            for touch in trace.touch(of) {
                self.revert_touch(&row, touch, (&mut done, &mut kept))?;
            }
            match of {
                Of::Person if self.way == Way::Again => self.revert_links(trace, &mut done),
                Of::Entry => self.revert_spells(trace, &mut done),
                Of::Visit => self.revert_services(trace, &mut done),
                _ => {}
            }
        }
        self.reverted.insert(id);
        self.group.announce(&row, self.action(&row, trace));
        Ok(Reverted { trace: Some(done), kept, submission: Some(row) })
    }

    /// What it was for those who follow.
    fn action(&self, row: &submission::Model, trace: &Trace) -> ChangeAction {
        let record = trace.rows.iter().find(|touch| touch.id == row.record_id);
        match record.map(|touch| (touch.before.is_some(), touch.after.is_some())) {
            Some((false, true)) => ChangeAction::Removed,
            Some((true, false)) => ChangeAction::Created,
            _ => ChangeAction::Updated,
        }
    }

    async fn flush(self, tx: &impl ConnectionTrait) -> Result<(), HubError> {
        use submission::Column;
        let now = self.group.clock.now();
        let events =
            [SubmissionKind::Visit, SubmissionKind::Assessment, SubmissionKind::LedgerClosure];
        let digest =
            CaseStatement::new().case(Column::Kind.is_in(events), Expr::col(Column::Digest));
        let (undone_at, digest) = match self.way {
            Way::Back => (Some(now), Expr::val(None::<String>)),
            Way::Again => (None, digest.into()),
        };
        let ids: Vec<_> = self.reverted.iter().copied().collect();
        for some in ids.chunks(super::MAX_ITEMS) {
            submission::Entity::update_many()
                .set(submission::ActiveModel { undone_at: Set(undone_at), ..Default::default() })
                .col_expr(Column::EventDigest, digest.clone())
                .filter(Column::Id.is_in(some.iter().copied()))
                .exec(tx)
                .await?;
        }
        self.group.flush(tx).await
    }
}

impl Group<'_> {
    /// Keeps what is about to be taken away.
    pub(super) async fn keep_gone(&self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        let Gone { visits, services, links, .. } = &self.gone;
        keep_gone(tx, self.clock.now(), (visits, services), links).await
    }

    /// Takes away what is gone: what names others before what is named.
    pub(super) async fn delete_gone(&self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        self.needs.flush_removed(tx).await?;
        let visits = values(self.gone.visits.iter().map(|visit| visit.id));
        delete_among::<visit_service::Entity>(tx, visit_service::Column::VisitId, visits.clone())
            .await?;
        delete_among::<visit::Entity>(tx, visit::Column::Id, visits).await?;
        self.children.flush_removed(tx).await?;
        self.elderly.flush_removed(tx).await?;
        self.disabled.flush_removed(tx).await?;
        let entries = values(self.entries.removed().map(|entry| entry.id));
        delete_among::<risk_spell::Entity>(tx, risk_spell::Column::EntryId, entries).await?;
        for (entry, from_on) in &self.gone.spells {
            risk_spell::Entity::delete_by_id((*entry, *from_on)).exec(tx).await?;
        }
        self.entries.flush_removed(tx).await?;
        for link in &self.gone.links {
            let key = (link.person_id, link.station_id);
            person_station::Entity::delete_by_id(key).exec(tx).await?;
        }
        self.persons.flush_removed(tx).await
    }
}

fn whole(code: Code, of: Of) -> Kept {
    Kept { code, of, column: None }
}

fn id_in(image: &Image, column: &str) -> Option<Uuid> {
    image.get(column)?.as_str()?.parse().ok()
}
