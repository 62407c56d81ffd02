//! Seeing plainly what is masked, of one person, for a stated purpose and a limited time.
//!
//! Who may ask, and whether a second person has to approve, is the policy's table. Whatever opens is
//! in the trail, on disk, before it is open. A grant opens values alone: nobody filters or sorts by
//! what it opens, and what is out of scope stays out.

pub(crate) mod grants;
mod notices;

use chrono::Duration;
use entity::{DataClass, DataClasses, RevealKind, RevealStatus, TokenScope, person, reveal};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{CaseStatement, SimpleExpr},
};
use uuid::Uuid;

pub use grants::Grants;
pub(crate) use notices::Bell;

use crate::{
    Hub, HubError,
    access::Viewer,
    columns::Columns,
    policy::{Class, Opening, Sight, is_minor},
    trail::{Access, LONGEST_PURPOSE},
};

/// How long data opens for a purpose alone.
const BY_PURPOSE: Duration = Duration::minutes(30);
/// How long everything opens in an emergency.
const BROKEN_GLASS: Duration = Duration::hours(4);
/// The longest time that a second person may open data for.
const MOST_HOURS: i64 = 72;
/// The fewest characters that tell a purpose or a reason.
const FEWEST: usize = 4;
/// The most requests or notices shown at once.
pub const SHOWN: usize = 50;

impl Hub {
    /// Asks to see classes of a person's data plainly. It opens at once or waits for a second person,
    /// as the policy has it.
    ///
    /// # Errors
    /// `Forbidden` for who may not ask; `Invalid` without a purpose, for a person out of reach, or
    /// where nothing of it is masked.
    pub async fn reveal(
        &self,
        viewer: &Viewer,
        (person, classes): (Uuid, &[DataClass]),
        purpose: &str,
        asking: Access,
    ) -> Result<reveal::Model, HubError> {
        let purpose = told("the purpose", purpose)?;
        let (opening, masked) = self.masked(viewer, person).await?;
        let classes: Vec<_> = masked.into_iter().filter(|class| classes.contains(class)).collect();
        let asked = self.asked(viewer, person, RevealKind::Reveal, classes, &purpose)?;
        let asked = match opening {
            Opening::Never => return Err(HubError::Forbidden),
            Opening::ByPurpose => opened(asked, BY_PURPOSE),
            Opening::BySecondPerson => asked,
        };
        let word = if asked.status == RevealStatus::Open { "REVEAL" } else { "REVEAL_REQUEST" };
        self.note_durably(access(asking, word, &asked, &purpose)).await?;
        Ok(asked.into_active_model().insert(self.db.writer()).await?)
    }

    /// Opens everything of a person at once, and tells the leads of the stations that serve it and
    /// the auditors.
    ///
    /// # Errors
    /// As for [`Hub::reveal`].
    pub async fn break_glass(
        &self,
        viewer: &Viewer,
        person: Uuid,
        purpose: &str,
        asking: Access,
    ) -> Result<reveal::Model, HubError> {
        let purpose = told("the purpose", purpose)?;
        let (_, masked) = self.masked(viewer, person).await?;
        let asked = self.asked(viewer, person, RevealKind::BreakGlass, masked, &purpose)?;
        let broken = opened(asked, BROKEN_GLASS);
        self.note_durably(access(asking, "BREAK_GLASS", &broken, &purpose)).await?;
        let tx = self.db.write_tx().await?;
        let broken = broken.into_active_model().insert(&tx).await?;
        self.post_notices(&tx, &broken).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(broken)
    }

    /// Opens what another asked for, for so many hours.
    ///
    /// # Errors
    /// `Forbidden` for who asked and who may not decide; `Invalid` where it waits no more.
    pub async fn approve_reveal(
        &self,
        viewer: &Viewer,
        (id, hours): (Uuid, i64),
        asking: Access,
    ) -> Result<reveal::Model, HubError> {
        if !(1..=MOST_HOURS).contains(&hours) {
            return Err(HubError::Invalid(format!("hours are 1 to {MOST_HOURS}, not {hours}")));
        }
        let from = [RevealStatus::Pending].as_slice();
        let found = self.to_decide(viewer, id, from).await?;
        let ends_at = Some(self.clock.now() + Duration::hours(hours));
        let decided = self.decided(viewer, &found);
        let approved = reveal::Model { status: RevealStatus::Open, ends_at, ..decided };
        self.settle(&found, approved, "REVEAL_APPROVE", asking).await
    }

    /// Refuses what another asked for, or ends what is open.
    ///
    /// # Errors
    /// `Forbidden` for who asked and who may not decide; `Invalid` without a reason, or where it is
    /// over already.
    pub async fn refuse_reveal(
        &self,
        viewer: &Viewer,
        (id, reason): (Uuid, &str),
        asking: Access,
    ) -> Result<reveal::Model, HubError> {
        let reason = Some(told("the reason", reason)?);
        let found = self.to_decide(viewer, id, LIVE).await?;
        let decided = self.decided(viewer, &found);
        let refused = reveal::Model { status: RevealStatus::Refused, reason, ..decided };
        self.settle(&found, refused, "REVEAL_REFUSE", asking).await
    }

    /// Takes back what the viewer asked for, also where it is open.
    ///
    /// # Errors
    /// `Forbidden` for anyone else; `Invalid` where it is over already.
    pub async fn withdraw_reveal(
        &self,
        viewer: &Viewer,
        id: Uuid,
        asking: Access,
    ) -> Result<reveal::Model, HubError> {
        let found = reveal::Entity::find_by_id(id).one(self.db.read()).await?;
        let own = found.filter(|found| found.account_id == viewer.account_id);
        let own = own.ok_or(HubError::Forbidden)?;
        self.is_in(LIVE, Some(&own))?;
        let withdrawn = reveal::Model { status: RevealStatus::Withdrawn, ..own.clone() };
        self.settle(&own, withdrawn, "REVEAL_WITHDRAW", asking).await
    }

    /// What waits for the viewer's decision or is open under it, and what it asked for itself: what
    /// waits comes first, then the newest.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn reveals(&self, viewer: &Viewer) -> Result<Vec<reveal::Model>, HubError> {
        use reveal::Column;
        viewer.needs(TokenScope::Read)?;
        let own = Condition::all().add(Column::AccountId.eq(viewer.account_id));
        let open = Condition::all()
            .add(Column::Status.eq(RevealStatus::Open))
            .add(Column::EndsAt.gt(self.clock.now()));
        let live = Condition::any().add(Column::Status.eq(RevealStatus::Pending)).add(open);
        let to_decide = Condition::all().add(live).add(viewer.serves(Column::PersonId));
        let shown = Condition::any().add(own);
        let shown = if viewer.decides_reveals() { shown.add(to_decide) } else { shown };
        let waits = Column::Status.eq(RevealStatus::Pending);
        let waits: SimpleExpr = CaseStatement::new().case(waits, 1).finally(0).into();
        let select =
            reveal::Entity::find().filter(shown).order_by_desc(waits).order_by_desc(Column::Id);
        Ok(select.limit(SHOWN as u64).all(self.db.read()).await?)
    }

    /// How the viewer may open a person's data, and which of it is masked.
    async fn masked(
        &self,
        viewer: &Viewer,
        person: Uuid,
    ) -> Result<(Opening, Vec<DataClass>), HubError> {
        viewer.needs(TokenScope::Read)?;
        if !viewer.may_reveal() {
            return Err(HubError::Forbidden);
        }
        let found = self.by_ids::<person::Entity>(viewer, &[person], &Columns::All).await?.pop();
        let none = || HubError::Invalid("no person of this id is within reach".to_owned());
        let minor = is_minor(&found.ok_or_else(none)?, self.clock.today());
        let sight = |class: Class| match minor {
            true => viewer.sight_on_minor(class),
            false => viewer.sight(class),
        };
        let classes = DataClass::ALL.iter().copied();
        let masked = classes.filter(|class| sight((*class).into()) == Sight::Masked);
        Ok((viewer.opening(minor), masked.collect()))
    }

    fn asked(
        &self,
        viewer: &Viewer,
        person_id: Uuid,
        kind: RevealKind,
        classes: Vec<DataClass>,
        purpose: &str,
    ) -> Result<reveal::Model, HubError> {
        if classes.is_empty() {
            let text = "nothing of what was asked for is masked; it can be read as it is";
            return Err(HubError::Invalid(text.to_owned()));
        }
        Ok(reveal::Model {
            id: self.clock.new_id(),
            person_id,
            account_id: viewer.account_id,
            kind,
            classes: DataClasses(classes),
            purpose: purpose.to_owned(),
            status: RevealStatus::Pending,
            asked_at: self.clock.now(),
            decided_by: None,
            decided_at: None,
            reason: None,
            ends_at: None,
        })
    }

    /// A request that is in one of these states, and the viewer's to decide.
    async fn to_decide(
        &self,
        viewer: &Viewer,
        id: Uuid,
        from: &[RevealStatus],
    ) -> Result<reveal::Model, HubError> {
        viewer.needs(TokenScope::Read)?;
        let found = reveal::Entity::find_by_id(id).one(self.db.read()).await?;
        let of_another = found.filter(|found| found.account_id != viewer.account_id);
        let found = of_another.filter(|_| viewer.decides_reveals()).ok_or(HubError::Forbidden)?;
        if self
            .by_ids::<person::Entity>(viewer, &[found.person_id], &Columns::All)
            .await?
            .is_empty()
        {
            return Err(HubError::Forbidden);
        }
        self.is_in(from, Some(&found))?;
        Ok(found)
    }

    /// The same, decided on by the viewer now.
    fn decided(&self, viewer: &Viewer, found: &reveal::Model) -> reveal::Model {
        let (decided_by, decided_at) = (Some(viewer.account_id), Some(self.clock.now()));
        reveal::Model { decided_by, decided_at, ..found.clone() }
    }

    fn is_in(&self, from: &[RevealStatus], known: Option<&reveal::Model>) -> Result<(), HubError> {
        let now = self.clock.now();
        if known.is_some_and(|known| from.contains(&known.status_at(now))) {
            return Ok(());
        }
        let text = "this request was decided, withdrawn or ended already";
        Err(HubError::Invalid(text.to_owned()))
    }

    /// Writes what became of a request that still is as it was found, once it is in the trail.
    async fn settle(
        &self,
        found: &reveal::Model,
        settled: reveal::Model,
        word: &str,
        asking: Access,
    ) -> Result<reveal::Model, HubError> {
        let words = settled.reason.clone().unwrap_or_else(|| settled.purpose.clone());
        self.note_durably(access(asking, word, &settled, &words)).await?;
        let tx = self.db.write_tx().await?;
        let known = reveal::Entity::find_by_id(settled.id).one(&tx).await?;
        if known.as_ref() != Some(found) {
            let text = "this request was decided or withdrawn in the meantime; look at it again";
            return Err(HubError::Invalid(text.to_owned()));
        }
        let settled = settled.into_active_model().reset_all().update(&tx).await?;
        tx.commit().await?;
        Ok(settled)
    }
}

/// What can still be ended.
const LIVE: &[RevealStatus] = &[RevealStatus::Pending, RevealStatus::Open];

fn opened(asked: reveal::Model, time: Duration) -> reveal::Model {
    let ends_at = Some(asked.asked_at + time);
    reveal::Model { status: RevealStatus::Open, ends_at, ..asked }
}

fn access(asking: Access, word: &str, reveal: &reveal::Model, words: &str) -> Access {
    Access {
        operation: word.to_owned(),
        purpose: Some(words.to_owned()),
        fields: reveal.classes.0.iter().map(|class| class.code()).collect(),
        people: [reveal.person_id].into(),
        ..asking
    }
}

/// A purpose or a reason, which has to say something.
pub(crate) fn told(what: &str, text: &str) -> Result<String, HubError> {
    let text = text.trim();
    if !(FEWEST..=LONGEST_PURPOSE).contains(&text.chars().count()) {
        let text = format!("{what} has to have {FEWEST} to {LONGEST_PURPOSE} characters");
        return Err(HubError::Invalid(text));
    }
    Ok(text.to_owned())
}
