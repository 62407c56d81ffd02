use std::collections::BTreeMap;

use super::{Rule, need};

/// The fields of an assessment, by their names in the content, without its answers: those are the
/// instrument's.
pub(super) fn fields() -> BTreeMap<&'static str, Rule> {
    BTreeMap::from([
        ("assessedOn", Rule::PastDay),
        ("assessors", Rule::Words),
        ("remark", Rule::Text),
        ("needs", Rule::Rows { fields: need() }),
    ])
}
