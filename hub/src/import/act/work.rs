//! Working imports off, by as many hubs as there are on a database: each by one at a time, some rows
//! a transaction. Whatever a row does to the record and that it did so are written at once; so what
//! was broken off goes on where it stood, and no row is done twice or left out.

use chrono::Duration;
use entity::{ImportState, JobProblem, import};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    Hub, HubError, access::Viewer, intake::MAX_ITEMS, jobs::reach, keys::KeyFault, trail::Access,
};

/// The states in which rows are worked off.
const UNDER_WAY: [ImportState; 3] =
    [ImportState::Applying, ImportState::Undoing, ImportState::Restoring];
/// The most rows that are worked off by one transaction, while others wait.
const MOST: usize = 4_000;
/// How long an import is held that nothing more is heard of.
const HELD: Duration = Duration::seconds(60);
/// How often is looked whether another hub is done.
const LOOK: std::time::Duration = std::time::Duration::from_millis(200);

/// Who asked for an import to be taken in, or back.
pub(super) struct Asked<'v> {
    pub viewer: &'v Viewer,
    pub asking: Access,
    pub due: i64,
}

impl Asked<'_> {
    /// The import, with its rows that are due.
    pub fn of(self, row: import::Model) -> import::ActiveModel {
        import::ActiveModel {
            state: Set(ImportState::Applying),
            asked_by: Set(Some(self.viewer.account_id)),
            token_id: Set(self.viewer.token_id),
            reach: Set(reach(self.viewer)),
            from_address: Set(self.asking.from_address),
            purpose: Set(self.asking.purpose),
            due: Set(self.due),
            done: Set(0),
            expires_at: Set(None),
            problem: Set(None),
            held_by: Set(None),
            held_until: Set(None),
            ..row.into_active_model()
        }
    }
}

/// What an import does, for the trail.
pub(super) fn access_of(act: &import::Model, viewer: &Viewer, operation: &str) -> Access {
    let access = Access::by(viewer, &format!("import-{}", act.id), operation);
    let (from_address, purpose) = (act.from_address.clone(), act.purpose.clone());
    Access { from_address, purpose, ..access }
}

impl Hub {
    /// Is changed whenever this hub was asked to take an import in.
    #[must_use]
    pub fn imports_asked(&self) -> watch::Receiver<()> {
        self.imports.listen()
    }

    /// Takes the oldest import that is under way and that nobody holds.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn claim_import(&self) -> Result<Option<import::Model>, HubError> {
        self.claim(Condition::all()).await
    }

    async fn claim(&self, only: Condition) -> Result<Option<import::Model>, HubError> {
        let now = self.clock.now();
        let until = import::Column::HeldUntil;
        let free = import::Entity::find()
            .filter(import::Column::State.is_in(UNDER_WAY))
            .filter(Condition::any().add(until.is_null()).add(Expr::col(until).lte(now)))
            .filter(only)
            .order_by_asc(import::Column::Id);
        if free.clone().one(self.db.read()).await?.is_none() {
            return Ok(None);
        }
        let tx = self.db.write_tx().await?;
        let Some(found) = free.one(&tx).await? else { return Ok(None) };
        let row = import::ActiveModel {
            held_by: Set(Some(self.clock.new_id())),
            held_until: Set(Some(now + HELD)),
            ..found.into_active_model()
        };
        let row = row.update(&tx).await?;
        tx.commit().await?;
        Ok(Some(row))
    }

    /// Works the next rows of an import off that is held; gives it as it stands then, held no longer
    /// once it is done. None where it is not held any more.
    ///
    /// # Errors
    /// Where the database does not answer: what was done is done, and the rest is gone on with.
    pub async fn go_on_with_import(
        &self,
        act: &import::Model,
    ) -> Result<Option<import::Model>, HubError> {
        let viewer = match self.import_viewer(act).await? {
            Ok(viewer) => viewer,
            Err(problem) => return self.fail_import(act, problem).await,
        };
        let error = match self.work_rows(act, &viewer, at_once(act.due)).await {
            Err(error) if self.is_of_a_row(&error).await => error,
            settled => return settled,
        };
        tracing::warn!(%error, import = %act.id, "some rows could not be worked off at once");
        match self.work_rows(act, &viewer, 1).await {
            Err(error) if self.is_of_a_row(&error).await => {
                tracing::error!(%error, import = %act.id, "a row was not recorded");
                match act.state {
                    ImportState::Applying => self.refuse_row(act).await,
                    _ => self.keep_row(act).await,
                }
            }
            settled => settled,
        }
    }

    async fn work_rows(
        &self,
        act: &import::Model,
        viewer: &Viewer,
        at_most: usize,
    ) -> Result<Option<import::Model>, HubError> {
        match act.state {
            ImportState::Applying => self.apply_rows(act, viewer, at_most).await,
            _ => self.revert_rows(act, viewer, at_most).await,
        }
    }

    /// Whether a fault is one of what was written, and not of the database or the keys as such.
    async fn is_of_a_row(&self, error: &HubError) -> bool {
        use HubError::{Altered, Database, Keys};
        let is_of_it = matches!(error, Database(_) | Altered(_) | Keys(KeyFault::Broken));
        is_of_it && self.db.ping().await.is_ok()
    }

    /// Works an import off to its end, also where another hub has begun to.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn finish_import(&self, id: Uuid) -> Result<import::Model, HubError> {
        loop {
            let only = Condition::all().add(import::Column::Id.eq(id));
            let mut held = self.claim(only).await?;
            while let Some(act) = held {
                held = self.go_on_with_import(&act).await?.filter(|act| act.held_by.is_some());
            }
            let found = import::Entity::find_by_id(id).one(self.db.read()).await?;
            let found = found.ok_or(HubError::Unavailable)?;
            if !UNDER_WAY.contains(&found.state) {
                return Ok(found);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// For whom an import is worked off, as that one stands now; or why it is not any more.
    async fn import_viewer(
        &self,
        act: &import::Model,
    ) -> Result<Result<Viewer, JobProblem>, HubError> {
        let id = act.asked_by.unwrap_or(act.account_id);
        self.viewer_at_work(id, (act.token_id, &act.reach)).await
    }

    /// Ends what is under way for good; what was done stays, and it can be asked for again.
    async fn fail_import(
        &self,
        act: &import::Model,
        problem: JobProblem,
    ) -> Result<Option<import::Model>, HubError> {
        let tx = self.db.write_tx().await?;
        let Some(found) = held(&tx, act).await? else { return Ok(None) };
        let row = import::ActiveModel {
            state: Set(ImportState::Failed),
            problem: Set(Some(problem)),
            held_by: Set(None),
            held_until: Set(None),
            ..found.into_active_model()
        };
        let row = row.update(&tx).await?;
        tx.commit().await?;
        Ok(Some(row))
    }

    /// Lets go of an import, for another to go on with.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn release_import(&self, act: &import::Model) -> Result<(), HubError> {
        let tx = self.db.write_tx().await?;
        if let Some(found) = held(&tx, act).await? {
            let row = import::ActiveModel {
                held_by: Set(None),
                held_until: Set(None),
                ..found.into_active_model()
            };
            row.update(&tx).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Notes so many rows more, and holds for longer.
    pub(super) async fn got_on(
        &self,
        tx: DatabaseTransaction,
        found: import::Model,
        rows: i64,
    ) -> Result<import::Model, HubError> {
        let row = import::ActiveModel {
            done: Set(found.done + rows),
            held_until: Set(Some(self.clock.now() + HELD)),
            ..found.into_active_model()
        };
        let row = row.update(&tx).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Notes that all is done.
    pub(super) async fn rest(
        &self,
        tx: DatabaseTransaction,
        found: import::Model,
        state: ImportState,
    ) -> Result<import::Model, HubError> {
        let row = import::ActiveModel {
            state: Set(state),
            held_by: Set(None),
            held_until: Set(None),
            ..found.into_active_model()
        };
        let row = row.update(&tx).await?;
        tx.commit().await?;
        Ok(row)
    }
}

/// How many rows of an import are worked off by one transaction. The indexes of what they become are in no
/// order of the file, so each commit writes most pages of them: the more rows share one, the less is written
/// for each. Of fewer rows one sees how far it is.
fn at_once(due: i64) -> usize {
    usize::try_from(due / 25).unwrap_or_default().clamp(MAX_ITEMS, MOST)
}

/// An import as it stands, while it is held by whom it was given to and nobody asked for anything else.
pub(super) async fn held(
    db: &impl ConnectionTrait,
    act: &import::Model,
) -> Result<Option<import::Model>, HubError> {
    let Some(holder) = act.held_by else { return Ok(None) };
    let found = import::Entity::find_by_id(act.id)
        .filter(import::Column::HeldBy.eq(holder))
        .filter(import::Column::State.eq(act.state));
    Ok(found.one(db).await?)
}
