//! The layout of a station's own workbook: what is asked, of whom, and what of it can be handed in again.

use std::collections::BTreeMap;

use async_graphql::{
    Name, Value, Variables,
    parser::{
        parse_query,
        types::{DocumentOperations, Field, OperationDefinition, SelectionSet},
    },
};
use entity::LedgerKind;
use hub::{
    HubError,
    exports::{
        Table,
        ledger::{SELECTED, VILLAGE, is_village_of, ledgers},
    },
};

use crate::jobs::argument;

/// The list of the entries of one station, with what the workbook has of each.
pub fn asked(
    mut list: Field,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<Field, HubError> {
    let refuse = |text: &str| Err(HubError::Invalid(text.to_owned()));
    if list.name.node != "ledgerEntries" {
        return refuse("the layout WORKBOOK is for ledgerEntries; take TABLE for other lists");
    }
    if named(&list, operation, variables, "stations").len() != 1 {
        return refuse(
            "a workbook is one station's: give it as filter: { stations: [\"S…\"] }, one only",
        );
    }
    let Some(selected) = selected() else {
        return refuse("the columns of a workbook are not known");
    };
    list.selection_set.node = selected;
    Ok(list)
}

/// A table for each kind of ledger that is asked for.
pub fn tables(list: &Field, operation: &OperationDefinition, variables: &Variables) -> Vec<Table> {
    let kinds = named(list, operation, variables, "kinds");
    let asked: Vec<_> =
        LedgerKind::ALL.iter().filter(|kind| kinds.contains(&kind.code())).collect();
    match asked.is_empty() {
        true => ledgers(LedgerKind::ALL),
        false => ledgers(&asked.into_iter().copied().collect::<Vec<_>>()),
    }
}

/// Makes the rows those of a workbook; where they cannot be, says why.
pub fn settle(rows: &mut [Value], sight: &BTreeMap<String, String>) -> Result<(), &'static str> {
    if !sight.is_empty() {
        return Err(
            "FORBIDDEN: 台账模板只能由可看到全部原值的账户导出，遮盖后的值导回会改动记录 (a workbook to be handed in \
             again needs the plain sight of all it holds; take TABLE)",
        );
    }
    for row in rows {
        let Value::Object(fields) = row else { continue };
        if fields.get("closedOn").is_some_and(|day| *day != Value::Null) {
            return Err(
                "INVALID_INPUT: 其中有已销账的条目，导回会重新建档；请加 filter: { openOn: 某日 } 只取在册的 (some entries \
                 are closed and would be opened again; ask by openOn for those that are open)",
            );
        }
        let village = village(fields).unwrap_or_default();
        fields.insert(Name::new(VILLAGE), village);
    }
    Ok(())
}

/// The village, where it lies in the township of the station.
fn village(row: &async_graphql::indexmap::IndexMap<Name, Value>) -> Option<Value> {
    let of = |value: Option<&Value>, key: &str| match value {
        Some(Value::Object(fields)) => fields.get(key).cloned(),
        _ => None,
    };
    let text = |value: Option<Value>| match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let village = text(of(row.get("person"), "divisionCode"))?;
    let township = text(of(row.get("station"), "divisionCode"))?;
    let division = of(row.get("person"), "division");
    of(division.as_ref(), "name").filter(|_| is_village_of(&village, &township))
}

/// The texts of a list of the filter.
fn named(
    list: &Field,
    operation: &OperationDefinition,
    variables: &Variables,
    key: &str,
) -> Vec<String> {
    let Value::Object(filter) = argument(list, "filter", operation, variables) else {
        return Vec::new();
    };
    let word = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Enum(name) => Some(name.to_string()),
        _ => None,
    };
    match filter.get(key) {
        Some(Value::List(values)) => values.iter().filter_map(word).collect(),
        Some(value) => word(value).into_iter().collect(),
        None => Vec::new(),
    }
}

fn selected() -> Option<SelectionSet> {
    match parse_query(SELECTED).ok()?.operations {
        DocumentOperations::Single(operation) => Some(operation.node.selection_set.node),
        DocumentOperations::Multiple(_) => None,
    }
}
