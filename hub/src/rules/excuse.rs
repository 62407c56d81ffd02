use std::collections::BTreeMap;

use super::Rule;
use crate::work::EXCUSED_DAYS;

/// The fields of an excuse, by their names in the content, without the person.
pub(super) fn fields() -> BTreeMap<&'static str, Rule> {
    let first = Rule::Day { not_before: None, ahead: Some(EXCUSED_DAYS), lasts: None };
    let last = Rule::Day { not_before: Some("firstOn"), ahead: None, lasts: Some(EXCUSED_DAYS) };
    BTreeMap::from([
        ("reason", Rule::Choice { of: "ExcuseReason" }),
        ("firstOn", first),
        ("lastOn", last),
        ("workers", Rule::Words),
        ("remark", Rule::Text),
    ])
}
