//! Sessions: signing in with a password, and what comes of it.

use chrono::{DateTime, Duration, Utc};
use entity::{account, session};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{named, password, proof::Beside, token_hash};
use crate::{Hub, clock::new_secret, error::HubError};

/// How the token of a session begins.
pub const SESSION_MARK: &str = "nys_";
/// A session that is not used for so long has ended.
const IDLE: Duration = Duration::minutes(30);
/// A session ends after so long however busy it is.
const WHOLE: Duration = Duration::hours(12);
/// How often a session is marked as seen.
const SEEN: Duration = Duration::minutes(1);

/// A session that has begun. Its token is told this once.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub token: String,
    pub expires_at: DateTime<Utc>,
    pub must_change_password: bool,
    pub must_enrol: bool,
}

impl Hub {
    /// Begins a session.
    ///
    /// # Errors
    /// `SignIn` for a wrong name, password or code, a closed and a locked account alike;
    /// `CodeNeeded` where the password is right and a code of the second factor is wanting.
    pub async fn sign_in(
        &self,
        username: &str,
        password: String,
        code: Option<String>,
        from_address: Option<String>,
    ) -> Result<SignedIn, HubError> {
        let account = named(self.db.read(), username).await?;
        let account = self.prove(account, password, Beside::Code(code)).await?;
        let (must_change_password, must_enrol) =
            (account.must_change_password, self.must_enrol(&account));
        let (token, expires_at) = self.begin_session(account.id, from_address, false).await?;
        Ok(SignedIn { token, expires_at, must_change_password, must_enrol })
    }

    /// A new session's token, and when it ends at the latest.
    pub(super) async fn begin_session(
        &self,
        account_id: Uuid,
        from_address: Option<String>,
        by_oidc: bool,
    ) -> Result<(String, DateTime<Utc>), HubError> {
        let now = self.clock.now();
        let token = new_secret(SESSION_MARK).map_err(|_| HubError::Unavailable)?;
        let expires_at = now + WHOLE;
        let session = session::ActiveModel {
            id: Set(self.clock.new_id()),
            account_id: Set(account_id),
            hash: Set(token_hash(&token)),
            from_address: Set(from_address),
            created_at: Set(now),
            last_seen_at: Set(now),
            ends_at: Set(expires_at),
            revoked_at: Set(None),
            by_oidc: Set(by_oidc),
        };
        let tx = self.db.write_tx().await?;
        let session = session.insert(&tx).await?;
        tx.commit().await?;
        let from = session.from_address.unwrap_or_default();
        tracing::info!(account = %account_id, from, by_oidc, "someone signed in");
        Ok((token, expires_at))
    }

    /// The session behind a token, and its account.
    ///
    /// # Errors
    /// `Unauthenticated` for a session that is unknown, ended or revoked, or whose account is closed.
    pub async fn session(&self, token: &str) -> Result<(session::Model, account::Model), HubError> {
        let (session, account) = self.live_session(token).await?;
        let now = self.clock.now();
        if session.last_seen_at + SEEN <= now {
            session::Entity::update_many()
                .col_expr(session::Column::LastSeenAt, Expr::value(now))
                .filter(session::Column::Id.eq(session.id))
                .exec(self.db.writer())
                .await?;
        }
        Ok((session, account))
    }

    /// The same without marking it as seen.
    pub(super) async fn live_session(
        &self,
        token: &str,
    ) -> Result<(session::Model, account::Model), HubError> {
        let found = session::Entity::find()
            .find_both_related(account::Entity)
            .filter(session::Column::Hash.eq(token_hash(token)))
            .filter(lives(self.clock.now()))
            .one(self.db.read())
            .await?;
        match found {
            Some((session, account)) if account.active => Ok((session, account)),
            _ => Err(HubError::Unauthenticated),
        }
    }

    /// Refuses a session that has something to do before anything else. What an identity provider
    /// asks for is its own business.
    ///
    /// # Errors
    /// `PasswordDue` or `EnrolDue`.
    pub fn settled(
        &self,
        session: &session::Model,
        account: &account::Model,
    ) -> Result<(), HubError> {
        if session.by_oidc {
            return Ok(());
        }
        if account.must_change_password {
            return Err(HubError::PasswordDue);
        }
        if self.must_enrol(account) { Err(HubError::EnrolDue) } else { Ok(()) }
    }

    /// The live sessions of an account, the newest first.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn sessions(&self, account_id: Uuid) -> Result<Vec<session::Model>, HubError> {
        let live = session::Entity::find()
            .filter(session::Column::AccountId.eq(account_id))
            .filter(lives(self.clock.now()))
            .order_by_desc(session::Column::Id);
        Ok(live.all(self.db.read()).await?)
    }

    /// The live sessions of the account of this name.
    ///
    /// # Errors
    /// `Invalid` where there is no such account.
    pub async fn sessions_of(&self, username: &str) -> Result<Vec<session::Model>, HubError> {
        let account = named(self.db.read(), username).await?;
        self.sessions(account.ok_or_else(|| unknown(username))?.id).await
    }

    /// Ends a session of an account. False where the account has no such one.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn revoke_session(&self, account_id: Uuid, id: Uuid) -> Result<bool, HubError> {
        let tx = self.db.write_tx().await?;
        let one = session::Column::Id.eq(id);
        let ended = revoke(&tx, account_id, one, self.clock.now()).await?;
        tx.commit().await?;
        Ok(ended > 0)
    }

    /// Changes the password of who is signed in, and ends the account's other sessions.
    ///
    /// # Errors
    /// `SignIn` where the current password is wrong, `Invalid` where the new one is not taken.
    pub async fn change_password(
        &self,
        session: &session::Model,
        account: account::Model,
        current: String,
        new: String,
    ) -> Result<(), HubError> {
        password::check(&new, &account.username)?;
        if new == current {
            return Err(HubError::Invalid("the new password is the old one".to_owned()));
        }
        let account = self.prove(Some(account), current, Beside::Nothing).await?;
        let hash = password::hash(new).await?;
        self.set_password(account.id, hash, false, session::Column::Id.ne(session.id)).await
    }

    /// Gives an account a first password, or a new one where it was forgotten; it is told this once
    /// and has to be changed. Ends all sessions and a lock.
    ///
    /// # Errors
    /// `Invalid` where there is no account of this name.
    pub async fn reset_password(&self, username: &str) -> Result<String, HubError> {
        let account = named(self.db.read(), username).await?;
        let account = account.ok_or_else(|| unknown(username))?;
        let new = password::generate()?;
        let hash = password::hash(new.clone()).await?;
        self.set_password(account.id, hash, true, session::Column::RevokedAt.is_null()).await?;
        self.set_active(username, account.active).await?;
        Ok(new)
    }

    /// Closes an account, whose sessions and tokens are then worth nothing, or opens it again and
    /// ends a lock.
    ///
    /// # Errors
    /// `Invalid` where there is no account of this name.
    pub async fn set_active(&self, username: &str, active: bool) -> Result<(), HubError> {
        let tx = self.db.write_tx().await?;
        let account = named(&tx, username).await?.ok_or_else(|| unknown(username))?;
        let change = account::ActiveModel {
            id: Unchanged(account.id),
            active: Set(active),
            failed_attempts: Set(0),
            locked_until: Set(None),
            ..Default::default()
        };
        change.update(&tx).await?;
        if !active {
            let all = session::Column::RevokedAt.is_null();
            revoke(&tx, account.id, all, self.clock.now()).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn set_password(
        &self,
        account_id: Uuid,
        hash: String,
        must_change: bool,
        ended: sea_orm::sea_query::SimpleExpr,
    ) -> Result<(), HubError> {
        let tx = self.db.write_tx().await?;
        let change = account::ActiveModel {
            id: Unchanged(account_id),
            password_hash: Set(Some(hash)),
            must_change_password: Set(must_change),
            ..Default::default()
        };
        change.update(&tx).await?;
        revoke(&tx, account_id, ended, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}

fn lives(now: DateTime<Utc>) -> sea_orm::Condition {
    sea_orm::Condition::all()
        .add(session::Column::RevokedAt.is_null())
        .add(session::Column::EndsAt.gt(now))
        .add(session::Column::LastSeenAt.gt(now - IDLE))
}

pub(super) async fn revoke(
    tx: &impl ConnectionTrait,
    account_id: Uuid,
    which: sea_orm::sea_query::SimpleExpr,
    now: DateTime<Utc>,
) -> Result<u64, HubError> {
    let done = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::AccountId.eq(account_id))
        .filter(session::Column::RevokedAt.is_null())
        .filter(which)
        .exec(tx)
        .await?;
    Ok(done.rows_affected)
}

pub(super) fn unknown(username: &str) -> HubError {
    HubError::Invalid(format!("there is no account {username}"))
}
