use std::collections::BTreeMap;

use super::{Rule, need};
use crate::{intake::MINUTES, problem::Code};

/// The fields of a visit, by their names in the content.
pub(super) fn fields() -> BTreeMap<&'static str, Rule> {
    let (from, to) = (*MINUTES.start(), *MINUTES.end());
    BTreeMap::from([
        ("visitedOn", Rule::PastDay),
        ("minutes", Rule::Number { from, to, problem: Code::MinutesInvalid.as_str() }),
        ("mode", Rule::Choice { of: "VisitMode" }),
        ("workers", Rule::Words),
        ("met", Rule::Word),
        ("living", Rule::Text),
        ("body", Rule::Text),
        ("mind", Rule::Text),
        ("services", Rule::Choices { of: "Service" }),
        ("place", Rule::Text),
        ("nextVisitOn", Rule::Day { not_before: Some("visitedOn"), ahead: None, lasts: None }),
        ("remark", Rule::Text),
        ("needs", Rule::Rows { fields: need() }),
        ("needsMet", Rule::Choices { of: "NeedDomain" }),
    ])
}
