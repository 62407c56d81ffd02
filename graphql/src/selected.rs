//! What a document selects.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

/// The names of all its fields, whatever they are fields of.
pub fn fields(document: &ExecutableDocument) -> HashSet<String> {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set);
    let mut names = HashSet::new();
    for set in operations.chain(fragments) {
        add(&set.node, &mut names);
    }
    names
}

fn add(set: &SelectionSet, names: &mut HashSet<String>) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                names.insert(field.node.name.node.to_string());
                add(&field.node.selection_set.node, names);
            }
            Selection::InlineFragment(fragment) => add(&fragment.node.selection_set.node, names),
            // Walked where it is defined.
            Selection::FragmentSpread(_) => {}
        }
    }
}
