use sea_orm::entity::prelude::*;

use crate::{Role, Sealed};

/// Someone, or some system, that may sign in.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub username: String,
    pub name: String,
    pub role: Role,
    /// The station of a STATION_WORKER.
    pub station_id: Option<Uuid>,
    /// The county of a COUNTY_OFFICER.
    pub division_code: Option<String>,
    pub active: bool,
    pub created_at: DateTimeUtc,
    /// Argon2id, as a PHC string; none for a system, which has tokens alone.
    pub password_hash: Option<String>,
    /// The password was given by another and does nothing but to be changed.
    pub must_change_password: bool,
    /// Wrong passwords since the last right one.
    pub failed_attempts: i32,
    pub locked_until: Option<DateTimeUtc>,
    /// What the codes of the second factor are made from; none where there is no second factor.
    pub totp_secret: Option<Sealed>,
    /// The same, until a first code has shown that the device has it.
    pub totp_pending: Option<Sealed>,
    /// The 30 seconds, counted from 1970, whose code was taken last: no code is taken twice.
    pub totp_last_step: i64,
    /// When it was last ordered that the devices it had signed in on are cleared, at once.
    pub cleared_at_once_at: Option<DateTimeUtc>,
    /// The same, once what waits on them is sent.
    pub cleared_after_sending_at: Option<DateTimeUtc>,
    /// Whom the identity provider of this URL calls `oidc_subject` may sign in.
    pub oidc_issuer: Option<String>,
    pub oidc_subject: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
