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
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{CaseStatement, Expr},
};
use uuid::Uuid;

use super::{
    MAX_ITEMS, Stand,
    group::Group,
    past::keep_gone,
    rows::{delete_among, values},
    trace::{Image, Of, Trace},
};
use crate::{access::Viewer, error::HubError, keys::KeyFault, problem::Code};

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

impl Way {
    /// The tables in the order in which they are gone through: what is named by others comes last to go, and
    /// first to come.
    fn kinds(self) -> [Of; 7] {
        use Of::{Child, Disabled, Elderly, Entry, Need, Person, Visit};
        match self {
            Self::Back => [Need, Visit, Disabled, Elderly, Child, Entry, Person],
            Self::Again => [Person, Entry, Child, Elderly, Disabled, Visit, Need],
        }
    }
}

/// What of a trace is to be reverted: of an undoing that is tried again, what it left.
fn due(way: Way, trace: &Trace) -> &Trace {
    match (way, &trace.rest) {
        (Way::Back, Some(rest)) => rest,
        _ => trace,
    }
}

/// What is done of an item, what is left of it, and what is told of that.
#[derive(Default)]
struct Doing {
    done: Trace,
    rest: Trace,
    kept: Vec<Kept>,
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
/// table keeps, which are not taken away. Whom it is done for is told of nothing out of reach.
pub(crate) async fn revert(
    tx: &impl ConnectionTrait,
    (clock, places, keys): Stand<'_>,
    viewer: &Viewer,
    (way, signed): (Way, HashSet<Uuid>),
    items: &[(Uuid, Trace)],
) -> Result<Vec<Reverted>, HubError> {
    let mut group = Group::open(tx, clock, places, keys).await?;
    // So that details are read.
    group.trace();
    let mut reverting = Reverting::read(tx, (group, viewer), (way, signed), items).await?;
    let mut done = Vec::with_capacity(items.len());
    for (id, trace) in items {
        done.push(reverting.item(*id, trace)?);
    }
    reverting.flush(tx).await?;
    Ok(done)
}

struct Reverting<'a> {
    group: Group<'a>,
    viewer: &'a Viewer,
    way: Way,
    signed: HashSet<Uuid>,
    /// Visits on which somebody hung photos.
    pictured: HashSet<Uuid>,
    visits: HashMap<Uuid, visit::Model>,
    links: HashMap<(Uuid, Uuid), person_station::Model>,
    /// The needs that name a visit or a ledger entry.
    naming: HashMap<Uuid, BTreeSet<Uuid>>,
    /// The records about people, each with its station; nil where it is of none.
    about: HashMap<Uuid, HashSet<(Uuid, Uuid)>>,
    submissions: HashMap<Uuid, submission::Model>,
    /// What was handed in about people, by them.
    said: HashMap<Uuid, Vec<Uuid>>,
    /// Their first and their newest changes.
    changes: HashMap<Uuid, (i64, i64)>,
    /// Those that are put back by the same act.
    own: HashSet<Uuid>,
    /// Contents of events that stand.
    standing: HashSet<String>,
    reverted: BTreeSet<Uuid>,
}

impl Reverting<'_> {
    fn item(&mut self, id: Uuid, trace: &Trace) -> Result<Reverted, KeyFault> {
        let Some(row) = self.submissions.get(&id).cloned() else {
            return Ok(Reverted::default());
        };
        let due = due(self.way, trace);
        if let Some(kept) = self.stands(&row, due)? {
            return Ok(Reverted { kept: vec![kept], submission: Some(row), ..Default::default() });
        }
        let mut doing = Doing::default();
        for of in self.way.kinds() {
            for touch in due.touch(of) {
                self.revert_touch((&row, due), touch, &mut doing)?;
            }
            match of {
                Of::Person => self.revert_links(&row, due, &mut doing),
                Of::Entry => self.revert_spells(due, &mut doing.done),
                Of::Visit => self.revert_services(due, &mut doing.done),
                _ => {}
            }
        }
        if self.way == Way::Again {
            self.serve_again(&mut doing.done);
        }
        if trace.rest.is_none() || self.way == Way::Again {
            self.reverted.insert(id);
            self.group.announce(&row, self.action(&row, due));
        }
        let Doing { done, rest, kept } = doing;
        let trace = match (self.way, trace.rest.as_deref()) {
            (Way::Again, Some(rest)) => done.and(rest.clone()),
            (Way::Back, Some(_)) => Trace { rest: None, ..trace.clone() }.and(done),
            (_, None) => done,
        };
        let rest = Some(Box::new(rest)).filter(|rest| self.way == Way::Back && !rest.is_empty());
        Ok(Reverted { trace: Some(Trace { rest, ..trace }), kept, submission: Some(row) })
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
        self.mark(tx).await?;
        self.group.flush(tx).await
    }

    /// Marks the submissions as taken back, or as standing.
    async fn mark(&self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
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
        for some in ids.chunks(MAX_ITEMS) {
            submission::Entity::update_many()
                .set(submission::ActiveModel { undone_at: Set(undone_at), ..Default::default() })
                .col_expr(Column::EventDigest, digest.clone())
                .filter(Column::Id.is_in(some.iter().copied()))
                .exec(tx)
                .await?;
        }
        Ok(())
    }
}

impl Group<'_> {
    /// Keeps what is about to be taken away.
    pub(super) async fn keep_going(&self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
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
        for some in self.gone.spells.chunks(MAX_ITEMS) {
            use risk_spell::Column::{EntryId, FromOn};
            let spell = |(entry, from_on): &(Uuid, NaiveDate)| {
                Condition::all().add(EntryId.eq(*entry)).add(FromOn.eq(*from_on))
            };
            let those = some.iter().map(spell).fold(Condition::any(), Condition::add);
            risk_spell::Entity::delete_many().filter(those).exec(tx).await?;
        }
        self.entries.flush_removed(tx).await?;
        for some in self.gone.links.chunks(MAX_ITEMS) {
            use person_station::Column::{PersonId, StationId};
            let link = |link: &person_station::Model| {
                let (person, station) = (link.person_id, link.station_id);
                Condition::all().add(PersonId.eq(person)).add(StationId.eq(station))
            };
            let those = some.iter().map(link).fold(Condition::any(), Condition::add);
            person_station::Entity::delete_many().filter(those).exec(tx).await?;
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
