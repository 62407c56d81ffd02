use std::collections::BTreeMap;

use super::{Rule, person};

/// The fields of a correction, by their names in the content, without the person and the version it was
/// made on.
pub(super) fn fields() -> BTreeMap<&'static str, Rule> {
    BTreeMap::from([("values", Rule::Values { fields: person::fields() })])
}
