//! Tokens: what a system comes in with, and a person's script may.

use std::net::IpAddr;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{Network, Networks, Role, Scopes, TokenScope, account, token};
use sea_orm::{
    ActiveEnum, ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, QueryTrait, Select, Value,
    sea_query::{Expr, ValueType},
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Owner, named, session::unknown, token_hash};
use crate::{
    Hub,
    clock::{new_secret, start_of},
    db::Short,
    error::HubError,
    reveal::grants,
    tree::Kind,
};

/// How a token begins.
const TOKEN_MARK: &str = "nyt_";
/// How long a token is valid where nothing is said, and at most.
const DAYS: u16 = 365;
const MAX_DAYS: u16 = 1095;
/// How often a token is marked as used.
const USED: Duration = Duration::hours(1);
/// Without one of these a token can do nothing.
const ACTS: [TokenScope; 3] = [TokenScope::Submit, TokenScope::Read, TokenScope::Follow];

/// What every request looks up, and no more: a token with its account.
#[derive(FromQueryResult)]
pub(super) struct Bearer {
    pub token_id: Uuid,
    starts_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    pub scopes: Option<Scopes>,
    networks: Option<Networks>,
    last_used_at: Option<DateTime<Utc>>,
    active: bool,
    #[sea_orm(nested)]
    pub owner: Owner,
    /// Whether any reveal is open to the account.
    pub has_grants: bool,
}

impl Bearer {
    fn find(secret: &str, now: DateTime<Utc>) -> Select<token::Entity> {
        token::Entity::find()
            .inner_join(account::Entity)
            .select_only()
            .column_as(token::Column::Id, "token_id")
            .columns([token::Column::StartsAt, token::Column::ExpiresAt])
            .columns([token::Column::Scopes, token::Column::Networks, token::Column::LastUsedAt])
            .column(account::Column::Active)
            .columns(Owner::COLUMNS)
            .column_as(grants::any(account::Column::Id, now), "has_grants")
            .filter(token::Column::Hash.eq(token_hash(secret)))
            .filter(token::Column::RevokedAt.is_null())
    }

    /// What the columns above hold.
    const KINDS: [Kind; 14] = {
        use Kind::{Flag, Id, Text, Time};
        [Id, Time, Time, Text, Text, Time, Flag, Id, Text, Text, Text, Id, Text, Flag]
    };

    /// Of the values of these columns.
    fn of(cells: Vec<Value>) -> Result<Self, DbErr> {
        let mut cells = cells.into_iter();
        Ok(Self {
            token_id: next(&mut cells)?,
            starts_at: next(&mut cells)?,
            expires_at: next(&mut cells)?,
            scopes: listed(next(&mut cells)?)?.map(Scopes),
            networks: listed(next(&mut cells)?)?.map(Networks),
            last_used_at: next(&mut cells)?,
            active: next(&mut cells)?,
            owner: Owner {
                id: next(&mut cells)?,
                username: next(&mut cells)?,
                name: next(&mut cells)?,
                role: Role::try_from_value(&next(&mut cells)?)?,
                station_id: next(&mut cells)?,
                division_code: next(&mut cells)?,
            },
            has_grants: next(&mut cells)?,
        })
    }

    fn is_valid(&self, now: DateTime<Utc>) -> bool {
        self.starts_at.is_none_or(|start| start <= now)
            && self.expires_at.is_none_or(|end| end > now)
    }

    fn may_come_from(&self, from: IpAddr) -> bool {
        let networks = self.networks.as_ref();
        networks.is_none_or(|networks| networks.0.iter().any(|network| network.contains(from)))
    }
}

fn next<T: ValueType>(cells: &mut impl Iterator<Item = Value>) -> Result<T, DbErr> {
    let found = cells.next().ok_or_else(|| DbErr::Type("a column is missing".to_owned()))?;
    T::try_from(found).map_err(|error| DbErr::Type(error.to_string()))
}

/// A list that is kept as JSON.
fn listed<T: DeserializeOwned>(text: Option<String>) -> Result<Option<Vec<T>>, DbErr> {
    let read = text.map(|text| serde_json::from_str(&text));
    read.transpose().map_err(|error| DbErr::Json(error.to_string()))
}

/// A token to be made.
#[derive(Clone, Debug, Default)]
pub struct NewToken {
    pub label: String,
    /// None for all that a person's role may; an INTEGRATION names each.
    pub scopes: Vec<TokenScope>,
    /// Valid from the beginning of this day; none: at once.
    pub starts: Option<NaiveDate>,
    /// None: a year.
    pub days: Option<u16>,
    /// None: from anywhere.
    pub networks: Vec<Network>,
}

impl Hub {
    /// Makes a token for the account of this name, and tells it this once.
    ///
    /// # Errors
    /// `Invalid` for an unknown account, scopes that let it do nothing, or too many days.
    pub async fn add_token(&self, username: &str, new: NewToken) -> Result<String, HubError> {
        let tx = self.db.write_tx().await?;
        let account = named(&tx, username).await?.ok_or_else(|| unknown(username))?;
        let secret = self.insert_token(&tx, (account.id, account.role), new).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// The tokens of the account of this name, the newest first, those revoked included.
    ///
    /// # Errors
    /// `Invalid` where there is no such account.
    pub async fn tokens_of(&self, username: &str) -> Result<Vec<token::Model>, HubError> {
        let account = named(self.db.read(), username).await?;
        let account = account.ok_or_else(|| unknown(username))?;
        let tokens = token::Entity::find()
            .filter(token::Column::AccountId.eq(account.id))
            .order_by_desc(token::Column::Id);
        Ok(tokens.all(self.db.read()).await?)
    }

    /// Ends a token of the account of this name.
    ///
    /// # Errors
    /// `Invalid` where there is no such account, or it has no such token that is not revoked.
    pub async fn revoke_token(&self, username: &str, id: Uuid) -> Result<(), HubError> {
        let tx = self.db.write_tx().await?;
        let account = named(&tx, username).await?.ok_or_else(|| unknown(username))?;
        let ended = token::Entity::update_many()
            .col_expr(token::Column::RevokedAt, Expr::value(self.clock.now()))
            .filter(token::Column::Id.eq(id))
            .filter(token::Column::AccountId.eq(account.id))
            .filter(token::Column::RevokedAt.is_null())
            .exec(&tx)
            .await?;
        if ended.rows_affected == 0 {
            let text = format!("{username} has no token {id}, or it is revoked already");
            return Err(HubError::Invalid(text));
        }
        Ok(tx.commit().await?)
    }

    pub(super) async fn insert_token(
        &self,
        tx: &impl ConnectionTrait,
        (account_id, role): (Uuid, Role),
        new: NewToken,
    ) -> Result<String, HubError> {
        check(role, &new)?;
        let now = self.clock.now();
        let starts_at = new.starts.map(start_of);
        let days = Duration::days(new.days.unwrap_or(DAYS).into());
        let expires_at = starts_at.unwrap_or(now) + days;
        let secret = new_secret(TOKEN_MARK).map_err(|_| HubError::Unavailable)?;
        let token = token::ActiveModel {
            id: Set(self.clock.new_id()),
            account_id: Set(account_id),
            hash: Set(token_hash(&secret)),
            label: Set(new.label),
            created_at: Set(now),
            expires_at: Set(Some(expires_at)),
            revoked_at: Set(None),
            starts_at: Set(starts_at),
            scopes: Set((!new.scopes.is_empty()).then_some(Scopes(new.scopes))),
            networks: Set((!new.networks.is_empty()).then_some(Networks(new.networks))),
            last_used_at: Set(None),
        };
        token.insert(tx).await?;
        Ok(secret)
    }

    /// The token that is used from an address, and whose it is.
    pub(super) async fn bearer(&self, secret: &str, from: IpAddr) -> Result<Bearer, HubError> {
        let find = Bearer::find(secret, self.clock.now());
        let find = find.build(self.db.backend());
        let found = match self.db.short(1) {
            Short::Sqlite(file) => {
                file.one(&find, &Bearer::KINDS).await?.map(Bearer::of).transpose()?
            }
            Short::Postgres(server) => {
                let row = server.rows(&find).await?.into_iter().next();
                let row = row.map(QueryResult::from);
                row.map(|row| Bearer::from_query_result(&row, "")).transpose()?
            }
        };
        let bearer = found.ok_or(HubError::Unauthenticated)?;
        if !bearer.active || !bearer.is_valid(self.clock.now()) {
            return Err(HubError::Unauthenticated);
        }
        if !bearer.may_come_from(from) {
            let token = bearer.token_id;
            tracing::warn!(%token, %from, "a token came from outside of its networks");
            return Err(HubError::Unauthenticated);
        }
        self.mark_used(&bearer);
        Ok(bearer)
    }

    /// Once an hour, and not on the way of the request.
    fn mark_used(&self, bearer: &Bearer) {
        let now = self.clock.now();
        if bearer.last_used_at.is_some_and(|at| at + USED > now) {
            return;
        }
        let mark = token::Entity::update_many()
            .col_expr(token::Column::LastUsedAt, Expr::value(now))
            .filter(token::Column::Id.eq(bearer.token_id));
        let db = self.db.clone();
        tokio::spawn(async move {
            if let Err(error) = mark.exec(db.writer()).await {
                tracing::warn!(%error, "a token could not be marked as used");
            }
        });
    }
}

fn check(role: Role, new: &NewToken) -> Result<(), HubError> {
    let refuse = |text: &str| Err(HubError::Invalid(text.to_owned()));
    if role == Role::Integration && new.scopes.is_empty() {
        return refuse("a token of an INTEGRATION needs scopes, such as READ and HEALTH");
    }
    if !new.scopes.is_empty() && !new.scopes.iter().any(|scope| ACTS.contains(scope)) {
        return refuse("these scopes let the token do nothing; add SUBMIT, READ or FOLLOW");
    }
    match new.days {
        Some(0) => refuse("a token is valid for a day or more"),
        Some(days) if days > MAX_DAYS => refuse("a token is valid for 1095 days at most"),
        _ => Ok(()),
    }
}
