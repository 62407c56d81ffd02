//! The print-out for a data subject: everything held on one person, by source, with every recipient
//! (个人信息保护法, art. 45).
//!
//! Who may have it printed reaches the person and sees all of it plainly. It is in the trail, on
//! disk, before anyone gets it. What is printed is whole rows, so that a new column is in it unasked.

mod gathering;
mod row;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::{ResidentId, Role, person};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Hub, HubError,
    access::Viewer,
    columns::Columns,
    page::Window,
    people::{PersonFilter, PersonOrder},
    policy::{Class, Sight, is_minor},
    reveal::told,
    trail::Access,
};
use gathering::Gathering;
pub use row::Row;

/// A part of the record that holds data on people.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Its key in the print-out.
    pub key: &'static str,
    /// Its type, as the trail names it.
    pub noted: &'static str,
    /// The tables whose rows are printed under it.
    pub tables: &'static [&'static str],
}

/// Everything that holds data on people, in the order it is printed in.
#[rustfmt::skip]
pub const SOURCES: [Source; 14] = [
    Source { key: "persons", noted: "Person", tables: &["persons", "past_persons", "person_stations", "past_person_stations"] },
    Source { key: "households", noted: "Household", tables: &["households"] },
    Source { key: "ledgerEntries", noted: "LedgerEntry",
             tables: &["ledger_entries", "past_entries", "risk_spells", "child_details",
                       "elderly_details", "disabled_details"] },
    Source { key: "visits", noted: "Visit",
             tables: &["visits", "visit_services", "past_visits", "past_services",
                       "visit_photos", "photos", "photo_parts"] },
    Source { key: "assessments", noted: "Assessment", tables: &["assessments"] },
    Source { key: "needs", noted: "Need", tables: &["needs", "past_needs"] },
    Source { key: "excuses", noted: "Excuse", tables: &["excuses"] },
    Source { key: "keptApart", noted: "LikelyDuplicate", tables: &["kept_apart"] },
    Source { key: "signedTables", noted: "TableSignature", tables: &["signed_tables"] },
    Source { key: "submissions", noted: "Submission", tables: &["submissions"] },
    Source { key: "importRows", noted: "ImportRow", tables: &["import_rows"] },
    Source { key: "changes", noted: "Change", tables: &["changes"] },
    Source { key: "reveals", noted: "Reveal", tables: &["reveals", "notices"] },
    Source { key: "accesses", noted: "Access", tables: &["trail", "trail_people"] },
];

/// Whom to print.
#[derive(Clone, Debug)]
pub enum Whom {
    Id(Uuid),
    ResidentId(ResidentId),
}

/// A station, as a print-out names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct StationName {
    pub code: String,
    pub name: String,
}

/// Everything held on one person that is within reach of who had it printed.
#[derive(Clone, Debug)]
pub struct Printout {
    pub printed_at: DateTime<Utc>,
    pub printed_by: Value,
    pub purpose: String,
    /// The stations whose data on the person is in it.
    pub covers: BTreeSet<StationName>,
    /// The stations out of reach that hold more.
    pub elsewhere: BTreeSet<StationName>,
    /// The sources with texts on the household as a whole, which may name minors, left out for who
    /// sees minors masked.
    pub withheld: BTreeSet<&'static str>,
    /// The rows of each of [`SOURCES`], in that order.
    pub sections: [Vec<Row>; 14],
}

impl Serialize for Printout {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("printedAt", &self.printed_at)?;
        map.serialize_entry("printedBy", &self.printed_by)?;
        map.serialize_entry("purpose", &self.purpose)?;
        map.serialize_entry("stations", &self.covers)?;
        map.serialize_entry("otherStations", &self.elsewhere)?;
        map.serialize_entry("withheld", &self.withheld)?;
        for (source, rows) in SOURCES.iter().zip(&self.sections) {
            map.serialize_entry(source.key, rows)?;
        }
        map.end()
    }
}

impl Hub {
    /// Everything held on a person: for a STATION_LEAD and a COUNTY_OFFICER who reach the person and
    /// see it plainly. It is noted before it is given.
    ///
    /// # Errors
    /// `Forbidden` for others, `Masked` for who sees the person masked, `Invalid` without a purpose
    /// and for a person out of reach; where it cannot be noted.
    pub async fn print_out(
        &self,
        viewer: &Viewer,
        whom: Whom,
        purpose: &str,
        asking: Access,
    ) -> Result<Printout, HubError> {
        if !matches!(viewer.role, Role::StationLead | Role::CountyOfficer) {
            return Err(HubError::Forbidden);
        }
        let purpose = told("the purpose", purpose)?;
        let person = self.subject(viewer, whom).await?;
        if !self.sees_plainly(viewer, &person).await? {
            return Err(HubError::Masked);
        }
        let people = [person.id].into();
        let printout = Gathering::of(self, viewer, person).await?.print(purpose.clone()).await?;
        let printed = SOURCES.iter().zip(&printout.sections).filter(|(_, rows)| !rows.is_empty());
        let fields = printed.map(|(source, _)| source.noted.to_owned()).collect();
        let operation = "PRINT".to_owned();
        let purpose = Some(purpose);
        self.note_durably(Access { operation, purpose, fields, people, ..asking }).await?;
        Ok(printout)
    }

    /// Who sees minors masked finds none by a resident ID, as everywhere.
    async fn subject(&self, viewer: &Viewer, whom: Whom) -> Result<person::Model, HubError> {
        let mut found = match whom {
            Whom::Id(id) => self.by_ids::<person::Entity>(viewer, &[id], &Columns::All).await?,
            Whom::ResidentId(number) => {
                let filter = PersonFilter { resident_id: Some(number), ..PersonFilter::default() };
                let (order, page) = (PersonOrder::default(), Window::first(1));
                let page = (&page, &Columns::All);
                self.list::<person::Entity>(viewer, &filter, order, page).await?.rows
            }
        };
        let none = "no such person is within reach; a minor is found by --id";
        found.pop().ok_or_else(|| HubError::Invalid(none.to_owned()))
    }

    /// Whether nothing of a person is masked, by the policy or by what is open to the viewer.
    async fn sees_plainly(
        &self,
        viewer: &Viewer,
        person: &person::Model,
    ) -> Result<bool, HubError> {
        let minor = is_minor(person, self.clock.today());
        let grants = self.grants(viewer).await?;
        let mut classes = Class::ALL.iter().filter(|class| minor || **class != Class::Minor);
        Ok(classes.all(|class| {
            let below = if minor { viewer.sight_on_minor(*class) } else { viewer.sight(*class) };
            grants.sight(person.id, *class, below) == Sight::Plain
        }))
    }
}
