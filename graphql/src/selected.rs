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

/// The most fragments that spread one another. A walk goes as deep, and the library allows no more.
const DEEPEST: usize = 32;

/// How many selections a document has, with fragments taken in wherever they are spread, so that a walk
/// of it takes as many steps; without end where one holds itself or too many lie within each other.
pub fn count(document: &ExecutableDocument) -> usize {
    let mut fields = Fields { document, sizes: HashMap::new() };
    let operations = document.operations.iter();
    let sizes =
        operations.map(|(_, operation)| fields.selected(&operation.node.selection_set.node));
    let (size, depth) = sizes.fold((0, 0), beside);
    if depth > DEEPEST { usize::MAX } else { size }
}

/// How many selections, and how many fragments within each other.
type Size = (usize, usize);

fn beside(one: Size, other: Size) -> Size {
    (one.0.saturating_add(other.0), one.1.max(other.1))
}

/// Counts the selections of a document. The size of a fragment is worked out once, so that fragments
/// that spread fragments cost no more than their text.
struct Fields<'a> {
    document: &'a ExecutableDocument,
    /// None while it is being worked out: then it contains itself.
    sizes: HashMap<&'a str, Option<Size>>,
}

impl<'a> Fields<'a> {
    fn selected(&mut self, set: &'a SelectionSet) -> Size {
        let mut sum = (0, 0);
        for selection in &set.items {
            let below = match &selection.node {
                Selection::Field(field) => self.selected(&field.node.selection_set.node),
                Selection::InlineFragment(fragment) => {
                    self.selected(&fragment.node.selection_set.node)
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str())
                }
            };
            // Itself counts too: one that selects nothing is walked all the same.
            sum = beside(sum, (below.0.saturating_add(1), below.1));
        }
        sum
    }

    fn fragment(&mut self, name: &'a str) -> Size {
        if let Some(known) = self.sizes.get(name) {
            return known.unwrap_or((usize::MAX, 0));
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return (0, 0);
        };
        if self.sizes.values().filter(|size| size.is_none()).count() > DEEPEST {
            return (usize::MAX, 0);
        }
        self.sizes.insert(name, None);
        let (size, depth) = self.selected(&fragment.node.selection_set.node);
        let size = (size, depth + 1);
        self.sizes.insert(name, Some(size));
        size
    }
}
