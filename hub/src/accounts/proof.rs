//! Proving who someone is: the password, the code of the second factor, and the lock that wrong ones
//! put on an account.

use chrono::{DateTime, Duration, Utc};
use entity::account;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ConnectionTrait, DatabaseTransaction, EntityTrait,
};
use uuid::Uuid;

use super::password;
use crate::{Hub, error::HubError};

/// So many wrong passwords or codes lock an account for a minute; each further one doubles that, up
/// to an hour.
const FREE_ATTEMPTS: i32 = 5;
const LONGEST_LOCK: i64 = 60;

/// What is asked for beside a password.
pub(super) enum Beside {
    Nothing,
    /// The code of an account that has a second factor.
    Code(Option<String>),
}

impl Hub {
    /// The account, once its password and its code were found right. Counts what was wrong.
    pub(super) async fn prove(
        &self,
        account: Option<account::Model>,
        password: String,
        beside: Beside,
    ) -> Result<account::Model, HubError> {
        let kept = account.as_ref().and_then(|account| account.password_hash.clone());
        let right = password::is_right(password, kept.clone()).await?;
        let account = account.ok_or(HubError::SignIn)?;
        let (tx, account) = self.unlocked(account.id).await?;
        if account.password_hash != kept {
            return Err(HubError::SignIn);
        }
        let now = self.clock.now();
        // A right password alone takes no wrong codes back.
        let half = matches!(beside, Beside::Nothing) && account.totp_secret.is_some();
        let right = match beside {
            Beside::Code(code) if right && account.totp_secret.is_some() => {
                // Left as it is: a right password alone must not take wrong codes back.
                let code = code.ok_or(HubError::CodeNeeded)?;
                self.spend_code(&tx, &account, &code, now).await?
            }
            _ => right,
        };
        if !half || !right {
            count(&tx, &account, right, now).await?;
        }
        tx.commit().await?;
        if right { Ok(account) } else { Err(HubError::SignIn) }
    }

    /// Takes a code of who is signed in already. Counts a wrong one.
    pub(super) async fn prove_code(&self, account_id: Uuid, code: &str) -> Result<(), HubError> {
        let (tx, account) = self.unlocked(account_id).await?;
        let now = self.clock.now();
        let right = self.spend_code(&tx, &account, code, now).await?;
        count(&tx, &account, right, now).await?;
        tx.commit().await?;
        if right { Ok(()) } else { Err(HubError::SignIn) }
    }

    /// The account as it is now, since others may have tried or changed it in the meantime; with the
    /// transaction that keeps it so.
    pub(super) async fn unlocked(
        &self,
        account_id: Uuid,
    ) -> Result<(DatabaseTransaction, account::Model), HubError> {
        let tx = self.db.write_tx().await?;
        let account = account::Entity::find_by_id(account_id).one(&tx).await?;
        let account = account.ok_or(HubError::SignIn)?;
        let locked = account.locked_until.is_some_and(|end| end > self.clock.now());
        if locked || !account.active { Err(HubError::SignIn) } else { Ok((tx, account)) }
    }
}

/// Counts an attempt: a right one ends the count, a wrong one may lock the account.
pub(super) async fn count(
    tx: &impl ConnectionTrait,
    account: &account::Model,
    right: bool,
    now: DateTime<Utc>,
) -> Result<(), HubError> {
    let failed = if right { 0 } else { account.failed_attempts.saturating_add(1) };
    if !right {
        tracing::warn!(account = %account.id, failed, "a wrong password or code");
    }
    if failed != account.failed_attempts {
        let change = account::ActiveModel {
            id: Unchanged(account.id),
            failed_attempts: Set(failed),
            locked_until: Set(lock_for(failed).map(|time| now + time)),
            ..Default::default()
        };
        change.update(tx).await?;
    }
    Ok(())
}

/// How long an account is locked after so many wrong passwords or codes.
fn lock_for(failed: i32) -> Option<Duration> {
    let over = u32::try_from(failed - FREE_ATTEMPTS).ok()?;
    let minutes = 1i64.checked_shl(over.min(6)).map_or(LONGEST_LOCK, |n| n.min(LONGEST_LOCK));
    Some(Duration::minutes(minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_doubles_from_a_minute_to_an_hour() {
        let minutes: Vec<_> =
            [4, 5, 6, 7, 10, 11, 12, i32::MAX].map(|n| lock_for(n).map(|t| t.num_minutes())).into();
        let expected =
            [None, Some(1), Some(2), Some(4), Some(32), Some(60), Some(60), Some(60)].to_vec();
        assert_eq!(minutes, expected);
    }
}
