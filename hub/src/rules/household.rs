use std::collections::BTreeMap;

use super::{Rule, person};

/// The fields of a household, by their names in the content, without the version it was made on.
pub(super) fn fields() -> BTreeMap<&'static str, Rule> {
    BTreeMap::from([
        ("head", Rule::Person { fields: person::fields() }),
        ("members", Rule::Rows { fields: member() }),
        ("village", Rule::Village),
        ("address", Rule::Text),
        ("incomeClass", Rule::Choice { of: "IncomeClass" }),
    ])
}

fn member() -> BTreeMap<&'static str, Rule> {
    BTreeMap::from([
        ("person", Rule::Person { fields: person::fields() }),
        ("relation", Rule::Word),
    ])
}
