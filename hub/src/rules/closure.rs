use std::collections::BTreeMap;

use super::Rule;

/// The fields of the closure of a ledger entry, by their names in the content, without the person.
pub(super) fn fields() -> BTreeMap<&'static str, Rule> {
    BTreeMap::from([
        ("kind", Rule::Choice { of: "LedgerKind" }),
        ("closedOn", Rule::PastDay),
        ("reason", Rule::Choice { of: "ClosureReason" }),
    ])
}
