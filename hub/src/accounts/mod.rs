//! Accounts: who may come in, and what they come in with. A person signs in with a password and
//! has a session; a system has a token.

mod clearing;
mod oidc;
mod password;
mod proof;
mod second_factor;
mod session;
mod token;

use std::net::IpAddr;

use entity::{DivisionCode, DivisionLevel, Role, Scopes, account, station};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult,
    QueryFilter, QueryOrder,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Hub,
    access::{Scope, Viewer},
    error::HubError,
    reveal::Grants,
};
pub use clearing::{Clear, LISTED};
pub use second_factor::{Enrolment, NEED_SECOND_FACTOR};
pub use session::{SESSION_MARK, SignedIn};
use token::Bearer;
pub use token::NewToken;

/// What a token is kept as.
#[must_use]
pub fn token_hash(token: &str) -> String {
    crate::hex(&Sha256::digest(token.as_bytes()))
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub username: String,
    pub name: String,
    pub role: Role,
    /// The station's code, for a STATION_WORKER or a STATION_LEAD; an INTEGRATION may have one.
    pub station: Option<String>,
    /// The county's or the city's code, for a COUNTY_OFFICER; an INTEGRATION may have one.
    pub county: Option<String>,
}

/// Who came in, and what was looked up on the way.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub viewer: Viewer,
    /// What is open to the viewer at this moment, where that is known: nothing.
    pub grants: Option<Grants>,
}

/// What of an account tells what it may.
#[derive(FromQueryResult)]
struct Owner {
    id: Uuid,
    username: String,
    name: String,
    role: Role,
    station_id: Option<Uuid>,
    division_code: Option<String>,
}

impl Owner {
    const COLUMNS: [account::Column; 6] = [
        account::Column::Id,
        account::Column::Username,
        account::Column::Name,
        account::Column::Role,
        account::Column::StationId,
        account::Column::DivisionCode,
    ];
}

impl From<account::Model> for Owner {
    fn from(account: account::Model) -> Self {
        let account::Model { id, username, name, role, station_id, division_code, .. } = account;
        Self { id, username, name, role, station_id, division_code }
    }
}

impl Hub {
    /// The viewer behind the token of a system or of a session that is used from this address.
    ///
    /// # Errors
    /// `Unauthenticated` for a token that is unknown, not valid yet, ended or revoked, whose account
    /// is closed, or that may not be used from there; `PasswordDue` or `EnrolDue` for a session that
    /// has that to do first.
    pub async fn authenticate(&self, token: &str, from: IpAddr) -> Result<Viewer, HubError> {
        Ok(self.let_in(token, from).await?.viewer)
    }

    /// The same, with what was looked up on the way.
    ///
    /// # Errors
    /// As for [`Hub::authenticate`].
    pub async fn let_in(&self, token: &str, from: IpAddr) -> Result<Arrival, HubError> {
        if token.starts_with(SESSION_MARK) {
            let account = self.settled_account(self.session(token).await?)?;
            let viewer = self.viewer_of(account.into(), (None, None)).await?;
            return Ok(Arrival { viewer, grants: None });
        }
        self.arrival(self.bearer(token, from).await?).await
    }

    /// The viewer where nobody does anything: it keeps no session from its end by silence.
    ///
    /// # Errors
    /// As for [`Hub::authenticate`].
    pub async fn look_again(&self, token: &str, from: IpAddr) -> Result<Viewer, HubError> {
        if token.starts_with(SESSION_MARK) {
            let account = self.settled_account(self.live_session(token).await?)?;
            return self.viewer_of(account.into(), (None, None)).await;
        }
        Ok(self.arrival(self.bearer(token, from).await?).await?.viewer)
    }

    /// The account of a session that has nothing to do first.
    fn settled_account(
        &self,
        (session, account): (entity::session::Model, account::Model),
    ) -> Result<account::Model, HubError> {
        self.settled(&session, &account)?;
        Ok(account)
    }

    async fn arrival(&self, bearer: Bearer) -> Result<Arrival, HubError> {
        let token = (Some(bearer.token_id), bearer.scopes);
        let viewer = self.viewer_of(bearer.owner, token).await?;
        Ok(Arrival { viewer, grants: (!bearer.has_grants).then(Grants::default) })
    }

    /// The viewer of an account, with what a token of it grants or with all.
    pub(crate) async fn viewer_with(
        &self,
        account: account::Model,
        token: Option<entity::token::Model>,
    ) -> Result<Viewer, HubError> {
        let (token_id, scopes) = token.map(|token| (token.id, token.scopes)).unzip();
        self.viewer_of(account.into(), (token_id, scopes.flatten())).await
    }

    async fn viewer_of(
        &self,
        owner: Owner,
        (token_id, scopes): (Option<Uuid>, Option<Scopes>),
    ) -> Result<Viewer, HubError> {
        let scope = self.scope_of(&owner).await?;
        let Owner { id, username, name, role, .. } = owner;
        let grants = scopes.map(|scopes| scopes.0);
        Ok(Viewer { account_id: id, username, name, role, scope, grants, token_id })
    }

    async fn scope_of(&self, owner: &Owner) -> Result<Scope, HubError> {
        Ok(match owner.role {
            Role::Analyst => Scope::City,
            Role::Admin | Role::Auditor => Scope::Stations(Vec::new()),
            Role::StationWorker | Role::StationLead => {
                Scope::Stations(owner.station_id.into_iter().collect())
            }
            Role::Integration if owner.station_id.is_some() => {
                Scope::Stations(owner.station_id.into_iter().collect())
            }
            Role::CountyOfficer | Role::Integration => {
                let code = owner.division_code.as_deref().map(str::parse::<DivisionCode>);
                let Some(Ok(code)) = code else {
                    return Ok(Scope::Stations(Vec::new()));
                };
                if code.level() == DivisionLevel::City {
                    return Ok(Scope::City);
                }
                let stations = station::Entity::find()
                    .filter(station::Column::DivisionCode.starts_with(code.stem()))
                    .order_by_asc(station::Column::Id)
                    .all(self.db.read())
                    .await?;
                Scope::Stations(stations.into_iter().map(|station| station.id).collect())
            }
        })
    }

    /// Makes an account and its first token, which is told this once and ends after a year.
    ///
    /// # Errors
    /// `Invalid` where the role lacks its station or county, the username is taken, or it is an
    /// INTEGRATION, whose tokens need scopes.
    pub async fn add_account(&self, new: NewAccount) -> Result<String, HubError> {
        let tx = self.db.write_tx().await?;
        let role = new.role;
        let id = self.insert_account(&tx, new).await?;
        let token = NewToken { label: "first".to_owned(), ..NewToken::default() };
        let secret = self.insert_token(&tx, (id, role), token).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Makes an account that has no token yet.
    ///
    /// # Errors
    /// `Invalid` where the role lacks its station or county, or the username is taken.
    pub async fn add_bare_account(&self, new: NewAccount) -> Result<(), HubError> {
        let tx = self.db.write_tx().await?;
        self.insert_account(&tx, new).await?;
        Ok(tx.commit().await?)
    }

    async fn insert_account(
        &self,
        tx: &impl ConnectionTrait,
        new: NewAccount,
    ) -> Result<Uuid, HubError> {
        let (station_id, division_code) = place_of(&new, tx).await?;
        if named(tx, &new.username).await?.is_some() {
            return Err(HubError::Invalid(format!("the username {} is taken", new.username)));
        }
        let id = self.clock.new_id();
        let account = account::ActiveModel {
            id: Set(id),
            username: Set(new.username),
            name: Set(new.name),
            role: Set(new.role),
            station_id: Set(station_id),
            division_code: Set(division_code),
            active: Set(true),
            created_at: Set(self.clock.now()),
            ..Default::default()
        };
        account.insert(tx).await?;
        Ok(id)
    }
}

/// The account of this name.
async fn named(
    db: &impl ConnectionTrait,
    username: &str,
) -> Result<Option<account::Model>, HubError> {
    let found = account::Entity::find().filter(account::Column::Username.eq(username));
    Ok(found.one(db).await?)
}

async fn place_of(
    new: &NewAccount,
    tx: &impl ConnectionTrait,
) -> Result<(Option<Uuid>, Option<String>), HubError> {
    match new.role {
        Role::Analyst | Role::Admin | Role::Auditor => Ok((None, None)),
        Role::StationWorker | Role::StationLead => Ok((Some(station_of(new, tx).await?), None)),
        Role::Integration if new.station.is_some() => Ok((Some(station_of(new, tx).await?), None)),
        Role::CountyOfficer | Role::Integration => Ok((None, Some(county_of(new, tx).await?))),
    }
}

async fn station_of(new: &NewAccount, tx: &impl ConnectionTrait) -> Result<Uuid, HubError> {
    let code = new.station.as_deref().unwrap_or_default();
    let found = station::Entity::find().filter(station::Column::Code.eq(code)).one(tx).await?;
    let station = found.ok_or_else(|| {
        let role = new.role.code();
        HubError::Invalid(format!("a {role} needs a station; there is no {code:?}"))
    })?;
    Ok(station.id)
}

async fn county_of(new: &NewAccount, tx: &impl ConnectionTrait) -> Result<String, HubError> {
    let given = new.county.as_deref().unwrap_or_default();
    let none = || {
        let role = new.role.code();
        HubError::Invalid(format!(
            "a {role} needs the code of a county or the city; there is no {given:?}"
        ))
    };
    let code: DivisionCode = given.parse().map_err(|_| none())?;
    let stations = station::Entity::find()
        .filter(station::Column::DivisionCode.starts_with(code.stem()))
        .one(tx)
        .await?;
    match (code.level(), stations) {
        (DivisionLevel::City | DivisionLevel::County, Some(_)) => Ok(code.as_str().to_owned()),
        _ => Err(none()),
    }
}
