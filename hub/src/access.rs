//! Who may see and do what: the one place that decides it.
//!
//! A STATION_WORKER and a STATION_LEAD read and write for their own station, a COUNTY_OFFICER for the
//! stations of its county or, with the city's code, of the city; an ANALYST reads the city and writes
//! nothing. An ADMIN and an AUDITOR reach nothing of the record. An INTEGRATION has the station or
//! division it was given, and of what lies there exactly what its token's scopes grant; with a
//! person's token, scopes take away from the role and never add. Every query and every write of the hub takes a [`Viewer`]; what lies
//! outside its scope looks like what is not there.

use entity::{Role, TokenScope, person_station};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use crate::HubError;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    pub account_id: Uuid,
    pub username: String,
    pub name: String,
    pub role: Role,
    pub scope: Scope,
    /// What the viewer's token grants of it; none names no limits of its own.
    pub grants: Option<Vec<TokenScope>>,
    /// The token it came in with; none with a session.
    pub token_id: Option<Uuid>,
}

/// The part of the record that a viewer reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    City,
    Stations(Vec<Uuid>),
}

impl Viewer {
    /// Whether the token grants this. One that names no scopes grants all that the role may, and to
    /// an INTEGRATION nothing.
    #[must_use]
    pub fn grants(&self, scope: TokenScope) -> bool {
        match &self.grants {
            Some(grants) => grants.contains(&scope),
            None => self.role != Role::Integration,
        }
    }

    /// # Errors
    /// `NotGranted` where the token does not grant this.
    pub fn needs(&self, scope: TokenScope) -> Result<(), HubError> {
        if self.grants(scope) { Ok(()) } else { Err(HubError::NotGranted(scope)) }
    }

    /// Whether rows of this station are within reach.
    #[must_use]
    pub fn reaches(&self, station_id: Uuid) -> bool {
        match &self.scope {
            Scope::City => true,
            Scope::Stations(ids) => ids.contains(&station_id),
        }
    }

    /// Whether the viewer's role hands anything in.
    #[must_use]
    pub fn hands_in(&self) -> bool {
        match self.role {
            Role::StationWorker | Role::StationLead | Role::CountyOfficer | Role::Integration => {
                true
            }
            Role::Analyst | Role::Admin | Role::Auditor => false,
        }
    }

    /// Whether the viewer may hand in for this station.
    #[must_use]
    pub fn may_submit_for(&self, station_id: Uuid) -> bool {
        self.hands_in() && self.reaches(station_id)
    }

    /// The condition that keeps rows of other stations out, by the column that names the station.
    #[must_use]
    pub fn within<C: ColumnTrait>(&self, station_id: C) -> Condition {
        match &self.scope {
            Scope::City => Condition::all(),
            Scope::Stations(ids) if ids.is_empty() => Condition::all().add(Expr::value(false)),
            Scope::Stations(ids) => Condition::all().add(station_id.is_in(ids.iter().copied())),
        }
    }

    /// The condition that keeps out people, by the column that names the person, whom no station
    /// in scope serves.
    #[must_use]
    pub fn serves<C: ColumnTrait>(&self, person_id: C) -> Condition {
        match &self.scope {
            Scope::City => Condition::all(),
            Scope::Stations(_) => {
                let served = self.served().column(person_station::Column::PersonId);
                Condition::all().add(person_id.in_subquery(served.into_query()))
            }
        }
    }

    /// The same, looked up person by person: cheaper for few people, dearer for many.
    #[must_use]
    pub fn serves_each<C: ColumnTrait>(&self, person_id: C) -> Condition {
        match &self.scope {
            Scope::City => Condition::all(),
            Scope::Stations(_) => {
                let same = person_station::Column::PersonId.into_expr();
                let served = self.served().expr(Expr::val(1));
                let served = served.filter(same.equals(person_id.as_column_ref()));
                Condition::all().add(Expr::exists(served.into_query()))
            }
        }
    }

    fn served(&self) -> Select<person_station::Entity> {
        let served = person_station::Entity::find().select_only();
        served.filter(self.within(person_station::Column::StationId))
    }
}
