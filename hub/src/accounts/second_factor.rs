//! The second factor: codes of a device that change every 30 seconds (TOTP, RFC 6238), and recovery
//! codes for when the device is lost.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use entity::{
    Role,
    account::{self, Column},
    recovery_code, session,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
};
use totp_rs::{Builder, Totp};
use uuid::Uuid;

use super::{
    named,
    proof::count,
    session::{revoke, unknown},
    token_hash,
};
use crate::{Hub, error::HubError};

/// Whose password alone opens too much: they need a second factor unless the settings say otherwise.
pub const NEED_SECOND_FACTOR: [Role; 3] = [Role::Admin, Role::Auditor, Role::CountyOfficer];

const RECOVERY_CODES: usize = 10;

/// How many digits a code of a device has; one of another length is a recovery code.
const DIGITS: usize = 6;

/// What a device has to be told, once.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// In base32, to be typed in.
    pub secret: String,
    /// The same as an `otpauth://` URI, to be shown as a QR code.
    pub uri: String,
}

impl Hub {
    /// The same hub, where these roles and no others need a second factor.
    #[must_use]
    pub fn with_second_factor(mut self, roles: Vec<Role>) -> Self {
        self.second_factor = roles.into();
        self
    }

    /// Whether an account has to enrol a second factor before it does anything else.
    #[must_use]
    pub fn must_enrol(&self, account: &account::Model) -> bool {
        account.totp_secret.is_none() && self.second_factor.contains(&account.role)
    }

    /// Begins to enrol a device. Nothing changes until its first code has come.
    ///
    /// # Errors
    /// `PasswordDue` before the first password was changed; where a device is enrolled already,
    /// `CodeNeeded` without one of its codes and `SignIn` for a wrong one.
    pub async fn begin_totp(
        &self,
        account: &account::Model,
        code: Option<String>,
    ) -> Result<Enrolment, HubError> {
        if account.must_change_password {
            return Err(HubError::PasswordDue);
        }
        if account.totp_secret.is_some() {
            self.prove_code(account.id, &code.ok_or(HubError::CodeNeeded)?).await?;
        }
        let mut secret = [0u8; 20];
        getrandom::fill(&mut secret).map_err(|_| HubError::Unavailable)?;
        let totp = totp(&secret, &account.username)?;
        let uri = totp.to_url().map_err(|_| HubError::Unavailable)?;
        let tx = self.db.write_tx().await?;
        let pending = STANDARD.encode(secret);
        let keys = self.keys.fresh(&tx).await?;
        let change = account::ActiveModel {
            id: Unchanged(account.id),
            totp_pending: Set(Some(keys.seal(Column::TotpPending, account.id, &pending))),
            ..Default::default()
        };
        change.update(&tx).await?;
        tx.commit().await?;
        Ok(Enrolment { secret: totp.secret().to_base32(), uri })
    }

    /// Enrols the device whose first code this is, and ends the account's other sessions. Gives back
    /// the recovery codes, which are told this once.
    ///
    /// # Errors
    /// `Invalid` where nothing was begun or the code is wrong, which is counted as a wrong password is.
    pub async fn confirm_totp(
        &self,
        session: &session::Model,
        code: &str,
    ) -> Result<Vec<String>, HubError> {
        let (tx, account) = self.unlocked(session.account_id).await?;
        let Some(pending) = self.unsealed(&account, Column::TotpPending).await? else {
            let text = "no device is being enrolled; begin with POST /session/totp";
            return Err(HubError::Invalid(text.to_owned()));
        };
        let now = self.clock.now();
        let step = step_of(&kept_totp(&pending, &account.username)?, code, now);
        count(&tx, &account, step.is_some(), now).await?;
        let Some(step) = step else {
            tx.commit().await?;
            let text = "this is not the device's code of now; look whether its clock is right";
            return Err(HubError::Invalid(text.to_owned()));
        };
        let keys = self.keys.fresh(&tx).await?;
        let change = account::ActiveModel {
            id: Unchanged(account.id),
            totp_secret: Set(Some(keys.seal(Column::TotpSecret, account.id, &pending))),
            totp_pending: Set(None),
            totp_last_step: Set(step),
            ..Default::default()
        };
        change.update(&tx).await?;
        let codes = self.new_recovery_codes(&tx, account.id).await?;
        revoke(&tx, account.id, session::Column::Id.ne(session.id), now).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Takes the second factor of who is signed in away, and ends the account's other sessions.
    ///
    /// # Errors
    /// `Invalid` where the role needs one, `SignIn` for a wrong code.
    pub async fn remove_totp(
        &self,
        session: &session::Model,
        account: &account::Model,
        code: &str,
    ) -> Result<(), HubError> {
        if self.second_factor.contains(&account.role) {
            let text = "this role needs a second factor; to move it to another device, \
                        POST /session/totp with a code";
            return Err(HubError::Invalid(text.to_owned()));
        }
        self.prove_code(account.id, code).await?;
        self.forget_totp(account.id, session::Column::Id.ne(session.id)).await
    }

    /// Takes the second factor of a lost device away, and ends all sessions.
    ///
    /// # Errors
    /// `Invalid` where there is no account of this name.
    pub async fn reset_totp(&self, username: &str) -> Result<(), HubError> {
        let account = named(self.db.read(), username).await?.ok_or_else(|| unknown(username))?;
        self.forget_totp(account.id, session::Column::RevokedAt.is_null()).await
    }

    async fn forget_totp(
        &self,
        account_id: Uuid,
        ended: sea_orm::sea_query::SimpleExpr,
    ) -> Result<(), HubError> {
        let tx = self.db.write_tx().await?;
        let change = account::ActiveModel {
            id: Unchanged(account_id),
            totp_secret: Set(None),
            totp_pending: Set(None),
            ..Default::default()
        };
        change.update(&tx).await?;
        delete_recovery_codes(&tx, account_id).await?;
        revoke(&tx, account_id, ended, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Whether a code is the device's, or a recovery code; either is taken once.
    pub(super) async fn spend_code(
        &self,
        tx: &impl ConnectionTrait,
        account: &account::Model,
        code: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, HubError> {
        let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        if code.len() != DIGITS {
            let spent = recovery_code::Entity::delete_many()
                .filter(recovery_code::Column::AccountId.eq(account.id))
                .filter(recovery_code::Column::Hash.eq(token_hash(&code.to_ascii_lowercase())))
                .exec(tx)
                .await?;
            return Ok(spent.rows_affected > 0);
        }
        let secret = self.unsealed(account, Column::TotpSecret).await?;
        let Some(secret) = secret else { return Ok(false) };
        let step = step_of(&kept_totp(&secret, &account.username)?, &code, now);
        let Some(step) = step.filter(|step| *step > account.totp_last_step) else {
            return Ok(false);
        };
        let change = account::ActiveModel {
            id: Unchanged(account.id),
            totp_last_step: Set(step),
            ..Default::default()
        };
        change.update(tx).await?;
        Ok(true)
    }

    async fn new_recovery_codes(
        &self,
        tx: &DatabaseTransaction,
        account_id: Uuid,
    ) -> Result<Vec<String>, HubError> {
        delete_recovery_codes(tx, account_id).await?;
        let mut codes = Vec::with_capacity(RECOVERY_CODES);
        for _ in 0..RECOVERY_CODES {
            let mut bytes = [0u8; 10];
            getrandom::fill(&mut bytes).map_err(|_| HubError::Unavailable)?;
            let code = crate::hex(&bytes);
            let row = recovery_code::ActiveModel {
                id: Set(self.clock.new_id()),
                account_id: Set(account_id),
                hash: Set(token_hash(&code)),
            };
            row.insert(tx).await?;
            codes.push([&code[..5], &code[5..10], &code[10..15], &code[15..]].join("-"));
        }
        Ok(codes)
    }
}

async fn delete_recovery_codes(
    tx: &impl ConnectionTrait,
    account_id: Uuid,
) -> Result<(), HubError> {
    let all = recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::AccountId.eq(account_id));
    all.exec(tx).await?;
    Ok(())
}

/// The codes of a secret as it is kept.
fn kept_totp(kept: &str, username: &str) -> Result<Totp, HubError> {
    totp(&STANDARD.decode(kept).unwrap_or_default(), username)
}

fn totp(secret: &[u8], username: &str) -> Result<Totp, HubError> {
    let totp = Builder::new()
        .with_secret(secret)
        .with_issuer(Some("Nuanyang"))
        .with_account_name(username.replace(':', "-"))
        .build();
    totp.map_err(|error| {
        tracing::error!(%error, "a second factor cannot be read");
        HubError::Unavailable
    })
}

/// Of which 30 seconds a code is: the running ones, those before or those after.
fn step_of(totp: &Totp, code: &str, now: DateTime<Utc>) -> Option<i64> {
    let step = totp.check(code, u64::try_from(now.timestamp()).ok()?)?;
    i64::try_from(step).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the examples in RFC 6238, appendix B, whose last six digits these are.
    #[test]
    fn codes_are_those_of_the_standard() {
        let totp = totp(b"12345678901234567890", "zhang.san").unwrap();
        for (at, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            let now = DateTime::from_timestamp(at, 0).unwrap();
            assert_eq!(step_of(&totp, code, now), Some(at / 30));
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_no_more() {
        let totp = totp(b"12345678901234567890", "zhang.san").unwrap();
        let step = 1_111_111_109 / 30;
        let taken = |at| step_of(&totp, "081804", DateTime::from_timestamp(at, 0).unwrap());
        for at in [30 * (step - 1), 30 * step, 30 * (step + 2) - 1] {
            assert_eq!(taken(at), Some(step), "{at}");
        }
        for at in [30 * (step - 1) - 1, 30 * (step + 2)] {
            assert_eq!(taken(at), None, "{at}");
        }
    }
}
