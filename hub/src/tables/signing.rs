//! Signing a table off: the station's lead, then the county, then the city. And returning one, with
//! a reason about a record or a cell of it.

use entity::{Ids, Role, TableLevel, TokenScope, signed_table};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use uuid::Uuid;

use super::{Asked, Sheet, may_see, sheet::pack};
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
        if standing(&tx, &signed, &[&signed.place]).await? > 0 {
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

    /// Returns a signed table to who signed it.
    ///
    /// # Errors
    /// `Forbidden` for who does not return at its level or does not reach it; `Invalid` without a
    /// reason, for a cell or record that is not of the table, or while a table made of it stands
    /// signed; `Conflict` where it was returned already.
    pub async fn return_table(
        &self,
        viewer: &Viewer,
        (id, reason, pin): (Uuid, &str, Pin),
        asking: Access,
    ) -> Result<Sheet, HubError> {
        viewer.needs(TokenScope::Submit)?;
        may_see(viewer)?;
        let reason = told("the reason", reason)?;
        let found = self.signed_table(viewer, id).await?;
        let found = found.filter(|sheet| returns(viewer, sheet.level));
        let found = found.ok_or(HubError::Forbidden)?;
        let signed = found.signature.clone().ok_or(HubError::Forbidden)?;
        self.note_durably(access(asking, "TABLE_RETURN", &signed)).await?;
        let tx = self.db.write_tx().await?;
        let ring = self.keys.fresh(&tx).await?;
        let mut returned = signed_table::Model {
            returned_by: Some(viewer.account_id),
            returned_at: Some(self.clock.now()),
            reason: Some(ring.seal(signed_table::Column::Reason, id, &reason)),
            ..signed.clone()
        };
        pinned(&mut returned, &found, pin)?;
        if standing(&tx, &signed, &[&signed.place]).await? == 0 || signed.returned_at.is_some() {
            return Err(changed("the table was returned already; look at it again"));
        }
        if standing(&tx, &signed, &above(&found)).await? > 0 {
            let text = "a table made of this one stands signed; that has to be returned first";
            return Err(HubError::Invalid(text.to_owned()));
        }
        returned.into_active_model().reset_all().update(&tx).await?;
        tx.commit().await?;
        self.signed_table(viewer, id).await?.ok_or(HubError::Forbidden)
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
            reason: None,
            pinned_row: None,
            pinned_column: None,
            pinned_kind: None,
            pinned_record: None,
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

/// How many signed tables stand of these places, of the same table and period.
async fn standing(
    connection: &impl ConnectionTrait,
    like: &signed_table::Model,
    places: &[&str],
) -> Result<u64, HubError> {
    use signed_table::Column;
    let found = signed_table::Entity::find()
        .filter(Column::TableCode.eq(&like.table_code))
        .filter(Column::FirstDay.eq(like.first_day))
        .filter(Column::Place.is_in(places.iter().copied()))
        .filter(Column::ReturnedAt.is_null());
    Ok(found.count(connection).await?)
}

/// The places whose tables are made of this one.
fn above(sheet: &Sheet) -> Vec<&str> {
    let leaf = sheet.leaves.first();
    match sheet.level {
        TableLevel::Station => leaf.map(|leaf| leaf.county.as_str()).into_iter().collect(),
        TableLevel::County => leaf.map(|leaf| leaf.city.as_str()).into_iter().collect(),
        TableLevel::City => Vec::new(),
    }
}

/// Pins the reason to a cell or a record of the table.
///
/// # Errors
/// `Invalid` where the table has none such.
fn pinned(returned: &mut signed_table::Model, sheet: &Sheet, pin: Pin) -> Result<(), HubError> {
    match pin {
        Pin::Cell(row, column) => {
            if sheet.cell(&row, column).is_none() {
                let text = format!("the table has no row {row:?} with a column {column}");
                return Err(HubError::Invalid(text));
            }
            returned.pinned_row = Some(row);
            returned.pinned_column = Some(column);
        }
        Pin::Record(record) => {
            let none = || HubError::Invalid("the table does not count this record".to_owned());
            let (kind, id) = sheet.counted(record).ok_or_else(none)?;
            returned.pinned_kind = Some(kind);
            returned.pinned_record = Some(id);
        }
    }
    Ok(())
}

fn changed(text: &str) -> HubError {
    HubError::Conflict(text.to_owned())
}

fn access(asking: Access, word: &str, signed: &signed_table::Model) -> Access {
    let what = format!("{} {} {}", signed.table_code, signed.first_day, signed.place);
    Access { operation: word.to_owned(), fields: [what].into(), ..asking }
}
