//! Signing a table off: the station's lead, then the county, then the city. And returning one, with
//! a reason about a record or a cell of it.

use chrono::NaiveDate;
use entity::{Ids, RecordKind, Role, TableLevel, TokenScope, signed_table};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, PaginatorTrait,
    QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::{
    Asked, Sheet, may_see,
    sheet::{RecordRef, pack},
};
use crate::{
    Hub, HubError,
    access::{Scope, Viewer},
    reveal::told,
    trail::Access,
};

/// What the reason of a return is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// Code of a row and number of a column.
    Cell(String, i64),
    Record(Uuid),
}

/// A table that is returned: by which signature, why, about what, and by when an answer is wanted.
#[derive(Clone, Debug)]
pub struct Return<'a> {
    pub signature: Uuid,
    pub reason: &'a str,
    pub pin: Pin,
    pub answer_by: Option<NaiveDate>,
}

/// The most places or equations that an error names.
const NAMED: usize = 5;

impl Hub {
    /// Signs a table that was looked at: `digest` is what it told of itself.
    ///
    /// # Errors
    /// `Forbidden` for who does not sign at its level; `Invalid` before its period is over, while a
    /// part of it is not signed or an equation does not hold; `Conflict` where it is signed already,
    /// or is no longer what was looked at.
    pub async fn sign_table(
        &self,
        viewer: &Viewer,
        asked: &Asked,
        digest: &str,
        asking: Access,
    ) -> Result<Sheet, HubError> {
        viewer.needs(TokenScope::Submit)?;
        let sheet = self.statutory_table(viewer, asked).await?;
        if !signs(viewer, sheet.level) {
            return Err(HubError::Forbidden);
        }
        self.may_be_signed(&sheet, digest)?;
        let signed = self.signed(viewer, &sheet, digest);
        self.note_durably(access(asking, "TABLE_SIGN", &signed)).await?;
        let tx = self.db.write_tx().await?;
        if standing(&tx, &signed).await?.iter().any(|row| row.place == signed.place) {
            return Err(changed("the table was signed meanwhile; look at it again"));
        }
        let parts = signed_table::Entity::find()
            .filter(signed_table::Column::Id.is_in(signed.parts.0.iter().copied()))
            .filter(signed_table::Column::ReturnedAt.is_null());
        if parts.count(&tx).await? != signed.parts.0.len() as u64 {
            return Err(changed("a part of the table was returned meanwhile; look at it again"));
        }
        signed.into_active_model().insert(&tx).await?;
        tx.commit().await?;
        self.statutory_table(viewer, asked).await
    }

    /// Returns a signed table to who signed it. One that was changed behind the hub's back is returned by
    /// a cell.
    ///
    /// # Errors
    /// `Forbidden` for who does not return at its level or does not reach it; `Invalid` without a
    /// reason, for a cell or record that is not of the table, for a day that is over, or while a table
    /// made of it stands signed; `Conflict` where it was returned already.
    pub async fn return_table(
        &self,
        viewer: &Viewer,
        returning: Return<'_>,
        asking: Access,
    ) -> Result<signed_table::Model, HubError> {
        viewer.needs(TokenScope::Submit)?;
        may_see(viewer)?;
        let reason = told("the reason", returning.reason)?;
        self.is_to_come(returning.answer_by)?;
        let id = returning.signature;
        let signed = signed_table::Entity::find_by_id(id).one(self.db.read()).await?;
        let signed = signed.filter(|signed| returns(viewer, signed.level));
        let signed = signed.ok_or(HubError::Forbidden)?;
        let place = self.place_of_table(viewer, Some(&signed.place)).await;
        let place = place.map_err(|_| HubError::Forbidden)?;
        may_be_returned(&signed, &standing(self.db.read(), &signed).await?)?;
        let sheet = match self.as_signed(signed.clone(), place, Vec::new()).await {
            Ok(sheet) => Some(sheet),
            Err(HubError::Altered(_)) => None,
            Err(error) => return Err(error),
        };
        let pinned = self.pinned(sheet.as_ref(), returning.pin).await?;
        let asking = Access { people: pinned.person.into_iter().collect(), ..asking };
        self.note_durably(access(asking, "TABLE_RETURN", &signed)).await?;
        let tx = self.db.write_tx().await?;
        let Some(now) = signed_table::Entity::find_by_id(id).one(&tx).await? else {
            return Err(HubError::Forbidden);
        };
        may_be_returned(&now, &standing(&tx, &now).await?)?;
        let ring = self.keys.fresh(&tx).await?;
        let returned = signed_table::ActiveModel {
            id: Unchanged(id),
            returned_by: Set(Some(viewer.account_id)),
            returned_at: Set(Some(self.clock.now())),
            answer_by: Set(returning.answer_by),
            reason: Set(Some(ring.seal(signed_table::Column::Reason, id, &reason))),
            pinned_row: Set(pinned.row),
            pinned_column: Set(pinned.column),
            pinned_kind: Set(pinned.record.map(|(kind, _)| kind)),
            pinned_record: Set(pinned.record.map(|(_, id)| id)),
            pinned_person: Set(pinned.person),
            ..Default::default()
        };
        let returned = returned.update(&tx).await?;
        tx.commit().await?;
        Ok(returned)
    }

    /// # Errors
    /// `Invalid` where the day is over.
    fn is_to_come(&self, day: Option<NaiveDate>) -> Result<(), HubError> {
        let today = self.clock.today();
        match day.filter(|day| *day < today) {
            Some(day) => {
                let text = format!("answerBy is a day from {today} on, not {day}");
                Err(HubError::Invalid(text))
            }
            None => Ok(()),
        }
    }

    /// Why a table was returned, in the words of who did.
    ///
    /// # Errors
    /// Where it does not open.
    pub fn reason_of(&self, signed: &signed_table::Model) -> Result<Option<String>, HubError> {
        let ring = self.keyring();
        let open = |sealed| ring.open(signed_table::Column::Reason, signed.id, sealed);
        let reason = signed.reason.as_ref().map(open).transpose();
        reason.map_err(|_| HubError::Altered(signed.id))
    }

    /// # Errors
    /// As for [`Hub::sign_table`].
    fn may_be_signed(&self, sheet: &Sheet, digest: &str) -> Result<(), HubError> {
        if sheet.signature.is_some() {
            return Err(changed("the table is signed already"));
        }
        if sheet.last_day >= self.clock.today() {
            let text = format!("the period ends on {}; sign after it", sheet.last_day);
            return Err(HubError::Invalid(text));
        }
        let unsigned = sheet.parts.iter().filter(|part| part.signature.is_none());
        let unsigned: Vec<_> = unsigned.map(|part| part.place.as_str()).collect();
        if !unsigned.is_empty() {
            let first = unsigned[..unsigned.len().min(NAMED)].join(", ");
            let text = format!("{} parts are not signed yet, such as {first}", unsigned.len());
            return Err(HubError::Invalid(text));
        }
        let failed = sheet.equations.iter().filter(|checked| !checked.culprits.is_empty());
        let failed: Vec<_> = failed.map(|checked| checked.equation.text.as_str()).collect();
        if !failed.is_empty() {
            let first = failed[..failed.len().min(NAMED)].join("; ");
            let text = format!("{first} does not hold; mend the records in equations.culprits");
            return Err(HubError::Invalid(text));
        }
        if sheet.digest.as_deref() != Some(digest) {
            return Err(changed("this is not the table that was looked at; look at it again"));
        }
        Ok(())
    }

    fn signed(&self, viewer: &Viewer, sheet: &Sheet, digest: &str) -> signed_table::Model {
        let records = match (sheet.level, sheet.leaves.as_slice()) {
            (TableLevel::Station, [leaf]) => pack(&leaf.records),
            _ => Vec::new(),
        };
        let parts = sheet.parts.iter().filter_map(|part| Some(part.signature.as_ref()?.id));
        signed_table::Model {
            id: self.clock.new_id(),
            table_code: sheet.definition.code.clone(),
            table_version: sheet.definition.version,
            first_day: sheet.first_day,
            last_day: sheet.last_day,
            level: sheet.level,
            place: sheet.place.clone(),
            records,
            parts: Ids(parts.collect()),
            digest: digest.to_owned(),
            signed_by: viewer.account_id,
            signed_at: self.clock.now(),
            returned_by: None,
            returned_at: None,
            answer_by: None,
            reason: None,
            pinned_row: None,
            pinned_column: None,
            pinned_kind: None,
            pinned_record: None,
            pinned_person: None,
        }
    }
}

/// Whether the viewer signs tables of this level, of places in its reach.
fn signs(viewer: &Viewer, level: TableLevel) -> bool {
    match level {
        TableLevel::Station => viewer.role == Role::StationLead,
        TableLevel::County => viewer.role == Role::CountyOfficer && viewer.scope != Scope::City,
        TableLevel::City => viewer.role == Role::CountyOfficer && viewer.scope == Scope::City,
    }
}

/// Whether the viewer returns tables of this level: who signs above it does, and the city its own.
fn returns(viewer: &Viewer, level: TableLevel) -> bool {
    let officer = viewer.role == Role::CountyOfficer;
    officer && (level == TableLevel::Station || viewer.scope == Scope::City)
}

/// The signed tables that stand of the same table and period.
async fn standing(
    connection: &impl ConnectionTrait,
    like: &signed_table::Model,
) -> Result<Vec<Standing>, HubError> {
    use signed_table::Column;
    let found = signed_table::Entity::find()
        .select_only()
        .columns([Column::Place, Column::Parts])
        .filter(Column::TableCode.eq(&like.table_code))
        .filter(Column::FirstDay.eq(like.first_day))
        .filter(Column::ReturnedAt.is_null());
    Ok(found.into_model().all(connection).await?)
}

/// A signed table that stands, without what it counts.
#[derive(FromQueryResult)]
struct Standing {
    place: String,
    parts: Ids,
}

/// # Errors
/// `Conflict` where it was returned already, `Invalid` while a table made of it stands.
fn may_be_returned(signed: &signed_table::Model, standing: &[Standing]) -> Result<(), HubError> {
    if signed.returned_at.is_some() {
        return Err(changed("the table was returned already; look at it again"));
    }
    match standing.iter().find(|above| above.parts.0.contains(&signed.id)) {
        None => Ok(()),
        Some(above) => {
            let place = &above.place;
            let text = format!("the table of {place} was made of this one; return that first");
            Err(HubError::Invalid(text))
        }
    }
}

/// What a reason is about, and whom.
#[derive(Default)]
struct Pinned {
    row: Option<String>,
    column: Option<i64>,
    record: Option<RecordRef>,
    person: Option<Uuid>,
}

impl Hub {
    /// # Errors
    /// `Invalid` where the table has no such cell, does not count such a record, or cannot be read.
    async fn pinned(&self, sheet: Option<&Sheet>, pin: Pin) -> Result<Pinned, HubError> {
        let Some(sheet) = sheet else {
            let Pin::Cell(row, column) = pin else {
                let text = "the table is not as it was signed; return it by a cell";
                return Err(HubError::Invalid(text.to_owned()));
            };
            return Ok(Pinned { row: Some(row), column: Some(column), ..Pinned::default() });
        };
        match pin {
            Pin::Cell(row, column) if sheet.place_of(&row, column).is_ok() => {
                Ok(Pinned { row: Some(row), column: Some(column), ..Pinned::default() })
            }
            Pin::Cell(row, column) => {
                let text = format!("the table has no row {row:?} with a column {column}");
                Err(HubError::Invalid(text))
            }
            Pin::Record(record) => {
                let none = || HubError::Invalid("the table does not count this record".to_owned());
                let record = sheet.counted(record).ok_or_else(none)?;
                let person = self.person_of(record).await?;
                Ok(Pinned { record: Some(record), person, ..Pinned::default() })
            }
        }
    }

    /// Whom a record is about.
    async fn person_of(&self, (kind, id): RecordRef) -> Result<Option<Uuid>, HubError> {
        use entity::{assessment, ledger_entry, need, visit};
        let db = self.db.read();
        Ok(match kind {
            RecordKind::Person => Some(id),
            RecordKind::Station => None,
            RecordKind::LedgerEntry => {
                let found = ledger_entry::Entity::find_by_id(id).one(db).await?;
                found.map(|row| row.person_id)
            }
            RecordKind::Visit => {
                visit::Entity::find_by_id(id).one(db).await?.and_then(|row| row.person_id)
            }
            RecordKind::Need => {
                need::Entity::find_by_id(id).one(db).await?.and_then(|row| row.person_id)
            }
            RecordKind::Assessment => {
                assessment::Entity::find_by_id(id).one(db).await?.and_then(|row| row.person_id)
            }
        })
    }
}

fn changed(text: &str) -> HubError {
    HubError::Conflict(text.to_owned())
}

fn access(asking: Access, word: &str, signed: &signed_table::Model) -> Access {
    let signed_table::Model { table_code, first_day, place, digest, .. } = signed;
    let what = format!("{table_code} {first_day} {place} {digest}");
    Access { operation: word.to_owned(), fields: [what].into(), ..asking }
}
