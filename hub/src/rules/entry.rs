use std::collections::BTreeMap;

use super::{Rule, need, person};
use crate::{intake::GRADES, problem::Code};

type Fields = BTreeMap<&'static str, Rule>;

/// The fields of an entry in a ledger, by their names in the content.
pub(super) fn fields() -> Fields {
    let detail = [
        ("child", Rule::Fields { fields: child() }),
        ("elderly", Rule::Fields { fields: elderly() }),
        ("disabled", Rule::Fields { fields: disabled() }),
    ];
    Fields::from([
        ("person", Rule::Person { fields: person::fields() }),
        ("openedOn", Rule::PastDay),
        ("risk", Rule::Choice { of: "Risk" }),
        ("remark", Rule::Text),
        ("detail", Rule::Fields { fields: detail.into() }),
        ("needs", Rule::Rows { fields: need() }),
    ])
}

pub(super) fn child() -> Fields {
    Fields::from([
        ("kind", Rule::Choice { of: "ChildKind" }),
        ("school", Rule::Word),
        ("grade", Rule::Word),
        ("guardian", Rule::Word),
        ("guardianRelation", Rule::Word),
        ("guardianPhone", Rule::Phone),
        ("father", Rule::Word),
        ("mother", Rule::Word),
    ])
}

pub(super) fn elderly() -> Fields {
    Fields::from([
        ("livingArrangement", Rule::Choice { of: "LivingArrangement" }),
        ("abilityLevel", Rule::Choice { of: "AbilityLevel" }),
        ("illnesses", Rule::Text),
        ("contact", Rule::Word),
        ("contactPhone", Rule::Phone),
    ])
}

pub(super) fn disabled() -> Fields {
    let (from, to) = (*GRADES.start(), *GRADES.end());
    let grade = Rule::Number { from, to, problem: Code::GradeInvalid.as_str() };
    Fields::from([
        ("certificateNo", Rule::Certificate),
        ("category", Rule::Choice { of: "DisabilityCategory" }),
        ("grade", grade),
        ("carer", Rule::Word),
        ("carerPhone", Rule::Phone),
        ("subsidies", Rule::Choices { of: "Subsidy" }),
    ])
}
