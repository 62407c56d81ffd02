//! The types of the schema that show rows, one file each. A type wraps a row; what hangs on it comes
//! through the loaders.

mod access;
mod assessment;
mod division;
mod excuse;
mod household;
mod instrument;
#[expect(clippy::duplicated_attributes, reason = "fields of one type are no duplicates")]
mod ledger;
mod need;
mod node;
mod person;
mod refusal;
mod station;
mod submission;
mod viewer;
mod visit;

pub use access::{AccessConnection, AccessFilterInput};
pub use assessment::Assessment;
pub use division::Division;
pub use excuse::Excuse;
pub use household::Household;
pub use instrument::Instrument;
pub use ledger::LedgerEntry;
pub use need::Need;
pub use node::{Node, node_of, record_of};
pub use person::{Person, PersonFilterInput};
pub use refusal::Refusal;
pub use station::Station;
pub use submission::Submission;
pub use viewer::Account;
pub use visit::Visit;

use std::sync::Arc;

use async_graphql::{Context, Result};
use entity::DivisionCode;
use hub::HubError;

use crate::context::ContextExt;

/// The division of a filter, by its code.
pub(crate) fn division_code(text: Option<String>) -> Result<Option<DivisionCode>, HubError> {
    text.map(|text| parse_division(&text)).transpose()
}

/// # Errors
/// `Invalid` for what is no division code.
pub fn parse_division(text: &str) -> Result<DivisionCode, HubError> {
    text.parse().map_err(|_| {
        HubError::Invalid(format!("{text:?} is no division code; a code has 6, 9 or 12 digits"))
    })
}

/// The division that a row's code names.
pub async fn division_of(ctx: &Context<'_>, code: &str) -> Option<Result<Division>> {
    let loaders = match ctx.loaders() {
        Ok(loaders) => loaders,
        Err(error) => return Some(Err(error)),
    };
    let found = loaders.division_by_code.load(code.to_owned()).await;
    let found = found.map_err(async_graphql::Error::from).transpose();
    found.map(|row| row.map(|row| Division::from(Arc::clone(&row))))
}

/// A type that shows a row: the wrapper, and the list it is found in.
macro_rules! connected {
    ($node:ident, $entity:ident, $filter:ident, $order:ident) => {
        #[derive(Clone)]
        pub struct $node(crate::sight::Kept<entity::$entity::Model>);

        impl From<std::sync::Arc<entity::$entity::Model>> for $node {
            fn from(row: std::sync::Arc<entity::$entity::Model>) -> Self {
                Self(row.into())
            }
        }

        impl crate::connection::Connected for $node {
            type Entity = entity::$entity::Entity;
            type Filter = $filter;
            type Order = $order;
        }
    };
}
pub(crate) use connected;
