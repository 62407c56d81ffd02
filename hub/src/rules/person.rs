use std::collections::BTreeMap;

use super::Rule;

/// The fields that name a person, by their names in the content, without the id.
pub(super) fn fields() -> BTreeMap<&'static str, Rule> {
    BTreeMap::from([
        ("name", Rule::Word),
        ("residentId", Rule::ResidentId),
        ("noIdReason", Rule::Choice { of: "NoIdReason" }),
        ("sex", Rule::Choice { of: "Sex" }),
        ("birthDate", Rule::PastDay),
        ("village", Rule::Village),
        ("address", Rule::Text),
        ("phone", Rule::Phone),
        ("incomeClass", Rule::Choice { of: "IncomeClass" }),
    ])
}
