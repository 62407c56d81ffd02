//! Ledgers laid out as the stations' own workbooks, by the same headers and words that an import reads:
//! what is taken home so and handed in again changes nothing.

use entity::LedgerKind;

use super::{Column, Form, Table};
use crate::import::{template_header, template_words};

/// Under which key a row tells its village, where that lies in the township of its station.
pub const VILLAGE: &str = "village";

type Columns = &'static [(&'static str, &'static str, &'static str)];

/// Path in a content; the keys that lead to the value in the answer; the list of its words, or `day`.
const PERSON: Columns = &[
    ("person.name", "person.name", ""),
    ("person.residentId", "person.residentId", ""),
    ("person.noIdReason", "person.noIdReason", "no_id_reason"),
    ("person.sex", "person.sex", "sex"),
    ("person.birthDate", "person.birthDate", "day"),
    ("person.village", VILLAGE, ""),
    ("person.address", "person.address", ""),
    ("person.phone", "person.phone", ""),
    ("person.incomeClass", "incomeClass", "income_class"),
];
const CHILD: Columns = &[
    ("detail.child.kind", "childKind", "child_kind"),
    ("detail.child.school", "school", ""),
    ("detail.child.grade", "grade", ""),
    ("detail.child.guardian", "guardian", ""),
    ("detail.child.guardianRelation", "guardianRelation", ""),
    ("detail.child.guardianPhone", "guardianPhone", ""),
    ("detail.child.father", "father", ""),
    ("detail.child.mother", "mother", ""),
];
const ELDERLY: Columns = &[
    ("detail.elderly.livingArrangement", "livingArrangement", "living_arrangement"),
    ("detail.elderly.abilityLevel", "abilityLevel", "ability_level"),
    ("detail.elderly.illnesses", "illnesses", ""),
    ("detail.elderly.contact", "contact", ""),
    ("detail.elderly.contactPhone", "contactPhone", ""),
];
const DISABLED: Columns = &[
    ("detail.disabled.certificateNo", "certificateNo", ""),
    ("detail.disabled.category", "category", "disability_category"),
    ("detail.disabled.grade", "disabledGrade", "disability_grade"),
    ("detail.disabled.carer", "carer", ""),
    ("detail.disabled.carerPhone", "carerPhone", ""),
    ("detail.disabled.subsidies", "subsidies", "subsidy"),
];
const ENTRY: Columns =
    &[("risk", "risk", "risk"), ("openedOn", "openedOn", "day"), ("remark", "remark", "")];

/// What is asked of each entry.
pub const SELECTED: &str = "{ nodes { __typename openedOn closedOn risk incomeClass remark \
    station { divisionCode } person { name residentId noIdReason sex birthDate divisionCode \
    division { name } address phone } \
    ... on ChildEntry { childKind school grade guardian guardianRelation guardianPhone father mother } \
    ... on ElderlyEntry { livingArrangement abilityLevel illnesses contact contactPhone } \
    ... on DisabledEntry { certificateNo category disabledGrade: grade carer carerPhone subsidies } } }";

/// A table for each of these kinds of ledger.
#[must_use]
pub fn ledgers(kinds: &[LedgerKind]) -> Vec<Table> {
    kinds.iter().map(|kind| ledger(*kind)).collect()
}

fn ledger(kind: LedgerKind) -> Table {
    let (title, of, detail) = match kind {
        LedgerKind::Child => ("儿童台账", "ChildEntry", CHILD),
        LedgerKind::Elderly => ("老年人台账", "ElderlyEntry", ELDERLY),
        LedgerKind::Disabled => ("残疾人台账", "DisabledEntry", DISABLED),
    };
    let columns = PERSON.iter().chain(detail).chain(ENTRY).map(|(path, keys, words)| Column {
        header: template_header(kind, path).unwrap_or((*path).to_owned()),
        path: keys.split('.').map(str::to_owned).collect(),
        form: form(words),
        fields: Vec::new(),
    });
    Table {
        name: title.to_owned(),
        title: title.to_owned(),
        only: Some(of.to_owned()),
        columns: columns.collect(),
        ..Table::default()
    }
}

fn form(words: &str) -> Form {
    match words {
        "" => Form::Text,
        "day" => Form::Day,
        list => Form::Words(template_words(list)),
    }
}

/// Whether a village lies in a township: then an import knows it by its name.
#[must_use]
pub fn is_village_of(village: &str, township: &str) -> bool {
    village.len() == 12 && township.len() >= 9 && village.starts_with(&township[..9])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_column_has_its_header_and_every_list_its_words() {
        for table in ledgers(LedgerKind::ALL) {
            let mut headers = Vec::new();
            for column in &table.columns {
                assert!(!column.header.contains('.'), "{}", column.header);
                assert!(!headers.contains(&&column.header), "{}", column.header);
                headers.push(&column.header);
                assert!(column.form != Form::Words(BTreeMap::new()), "{}", column.header);
            }
        }
        let words = template_words("disability_grade");
        assert_eq!(words.get("2").map(String::as_str), Some("2"));
    }
}
