//! Who may see and do what: the one place that decides it.
//!
//! A STATION_WORKER and a STATION_LEAD read and write for their own station, a COUNTY_OFFICER for the
//! stations of its county or, with the city's code, of the city; an ANALYST reads the city and writes
//! nothing. An ADMIN and an AUDITOR reach nothing of the record. An INTEGRATION has the station or
//! division it was given. Every query and every write of the hub takes a [`Viewer`]; what lies
//! outside its scope looks like what is not there.

use entity::Role;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    pub account_id: Uuid,
    pub username: String,
    pub name: String,
    pub role: Role,
    pub scope: Scope,
}

/// The part of the record that a viewer reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    City,
    Stations(Vec<Uuid>),
}

impl Viewer {
    /// Whether rows of this station are within reach.
    #[must_use]
    pub fn reaches(&self, station_id: Uuid) -> bool {
        match &self.scope {
            Scope::City => true,
            Scope::Stations(ids) => ids.contains(&station_id),
        }
    }

    /// Whether the viewer may hand in for this station.
    #[must_use]
    pub fn may_submit_for(&self, station_id: Uuid) -> bool {
        let writes = match self.role {
            Role::StationWorker | Role::StationLead | Role::CountyOfficer | Role::Integration => {
                true
            }
            Role::Analyst | Role::Admin | Role::Auditor => false,
        };
        writes && self.reaches(station_id)
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
        use entity::person_station as link;
        use sea_orm::{QuerySelect, QueryTrait};
        match &self.scope {
            Scope::City => Condition::all(),
            Scope::Stations(_) => {
                let served = link::Entity::find()
                    .select_only()
                    .column(link::Column::PersonId)
                    .filter(self.within(link::Column::StationId));
                Condition::all().add(person_id.in_subquery(served.into_query()))
            }
        }
    }
}
