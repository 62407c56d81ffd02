//! Accounts of people whom an identity provider signs in. An account is found by what the provider
//! never gives to another, its issuer and subject; never by a name.

use chrono::{DateTime, Utc};
use entity::{account, session};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
};

use super::{
    named,
    session::{revoke, unknown},
};
use crate::{Hub, error::HubError};

impl Hub {
    /// Lets whom this provider calls so sign in to an account, and nobody else by a provider.
    ///
    /// # Errors
    /// `Invalid` where there is no account of this name, or another account has this link.
    pub async fn link(
        &self,
        username: &str,
        issuer: String,
        subject: String,
    ) -> Result<(), HubError> {
        let other = linked(self.db.read(), &issuer, &subject).await?;
        if let Some(other) = other.filter(|other| other.username != username) {
            let name = other.username;
            return Err(HubError::Invalid(format!(
                "the account {name} has this link; unlink it there first"
            )));
        }
        self.set_link(username, Some((issuer, subject))).await
    }

    /// Takes the link of an account away.
    ///
    /// # Errors
    /// `Invalid` where there is no account of this name.
    pub async fn unlink(&self, username: &str) -> Result<(), HubError> {
        self.set_link(username, None).await
    }

    /// Begins a session for whom a provider vouches for: its token, and when it ends at the latest.
    /// None where no open account is linked.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn sign_in_by_oidc(
        &self,
        issuer: &str,
        subject: &str,
        from_address: Option<String>,
    ) -> Result<Option<(String, DateTime<Utc>)>, HubError> {
        match linked(self.db.read(), issuer, subject).await?.filter(|account| account.active) {
            Some(account) => self.begin_session(account.id, from_address, true).await.map(Some),
            None => Ok(None),
        }
    }

    /// Sets or takes a link, and ends what the one before began.
    async fn set_link(
        &self,
        username: &str,
        link: Option<(String, String)>,
    ) -> Result<(), HubError> {
        let tx = self.db.write_tx().await?;
        let account = named(&tx, username).await?.ok_or_else(|| unknown(username))?;
        let (issuer, subject) = link.unzip();
        let change = account::ActiveModel {
            id: Unchanged(account.id),
            oidc_issuer: Set(issuer),
            oidc_subject: Set(subject),
            ..Default::default()
        };
        change.update(&tx).await?;
        revoke(&tx, account.id, session::Column::ByOidc.eq(true), self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}

async fn linked(
    db: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
) -> Result<Option<account::Model>, HubError> {
    let found = account::Entity::find()
        .filter(account::Column::OidcIssuer.eq(issuer))
        .filter(account::Column::OidcSubject.eq(subject));
    Ok(found.one(db).await?)
}
