//! What a document selects.

use std::collections::{HashMap, HashSet};

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

/// The most root fields of an operation. A fragment counts as several, since it may hold them.
pub fn roots(document: &ExecutableDocument) -> usize {
    let sets = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let roots = sets.map(|set| {
        let fields = set.items.iter().map(|item| match item.node {
            Selection::Field(_) => 1,
            Selection::InlineFragment(_) | Selection::FragmentSpread(_) => 2,
        });
        fields.sum()
    });
    roots.max().unwrap_or(0)
}

/// How many fields a document selects, with fragments taken in; without end where one holds itself.
pub fn count(document: &ExecutableDocument) -> usize {
    let mut fields = Fields { document, sizes: HashMap::new() };
    let operations = document.operations.iter();
    let sizes =
        operations.map(|(_, operation)| fields.selected(&operation.node.selection_set.node));
    sizes.fold(0, usize::saturating_add)
}

/// Counts the fields a document selects. The size of a fragment is worked out once, so that
/// fragments that spread fragments cost no more than their text.
struct Fields<'a> {
    document: &'a ExecutableDocument,
    /// None while it is being worked out: then it contains itself.
    sizes: HashMap<&'a str, Option<usize>>,
}

impl<'a> Fields<'a> {
    fn selected(&mut self, set: &'a SelectionSet) -> usize {
        let mut sum: usize = 0;
        for selection in &set.items {
            sum = sum.saturating_add(match &selection.node {
                Selection::Field(field) => {
                    self.selected(&field.node.selection_set.node).saturating_add(1)
                }
                Selection::InlineFragment(fragment) => {
                    self.selected(&fragment.node.selection_set.node)
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str())
                }
            });
        }
        sum
    }

    fn fragment(&mut self, name: &'a str) -> usize {
        if let Some(known) = self.sizes.get(name) {
            return known.unwrap_or(usize::MAX);
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return 0;
        };
        self.sizes.insert(name, None);
        let size = self.selected(&fragment.node.selection_set.node);
        self.sizes.insert(name, Some(size));
        size
    }
}
