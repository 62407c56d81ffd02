//! That nothing of a file can be missing without a word, by the schema.

use std::collections::HashMap;

use async_graphql::{
    Variables,
    parser::{
        parse_query,
        types::{DocumentOperations, Field, OperationDefinition, Selection, SelectionSet},
    },
};

use super::{
    shape::Asked,
    types::{self, base},
};
use crate::work::MAX_ROWS;

/// Lists that are always given whole: of one record, or as long as a definition has it.
const WHOLE: &[&str] = &[
    "Access.fields",
    "Access.people",
    "Assessment.answers",
    "Assessment.assessors",
    "Bulletin.assessments",
    "Bulletin.ledgers",
    "Bulletin.services",
    "Bulletin.visitsByKind",
    "DisabledEntry.subsidies",
    "Division.ancestors",
    "Excuse.workers",
    "ImportAct.counts",
    "ImportAct.faults",
    "ImportAct.mended",
    "ImportAct.notes",
    "ImportAct.unreadColumns",
    "ImportRow.changes",
    "ImportRow.problems",
    "ImportRow.repairs",
    "Instrument.groups",
    "Instrument.levels",
    "Instrument.rules",
    "Instrument.subjects",
    "InstrumentGroup.items",
    "InstrumentItem.options",
    "Layout.columns",
    "LayoutProposal.columns",
    "LayoutProposal.missing",
    "LayoutProposedColumn.reasons",
    "NeedFigure.byDomain",
    "Query.instruments",
    "Query.nodes",
    "Query.statutoryTables",
    "Receipt.problems",
    "Refusal.problems",
    "Reveal.classes",
    "StatisticsComparison.differences",
    "StatisticsComparison.figures",
    "StatisticsRow.figures",
    "StatisticsRow.totals",
    "StatutoryTable.columns",
    "StatutoryTable.equations",
    "SubmitPayload.receipts",
    "TableRow.cells",
    "TableSheet.equations",
    "TableSheet.history",
    "TableSheet.parts",
    "TableSheet.rows",
    "Viewer.stations",
    "Visit.photos",
    "Visit.services",
    "Visit.workers",
];

/// A field as a question has it, and the same with what its file needs, as text.
fn completed(question: &str, kind: &str) -> String {
    let document = parse_query(question).unwrap();
    let DocumentOperations::Single(operation) = document.operations else { panic!("{question}") };
    let operation: OperationDefinition = operation.node;
    let variables = Variables::default();
    let asked = Asked { operation: &operation, fragments: &HashMap::new(), variables: &variables };
    let Selection::Field(field) = &operation.selection_set.node.items[0].node else {
        panic!("{question}")
    };
    asked.complete(&field.node, kind).map_or_else(|error| error.to_string(), |field| shown(&field))
}

fn shown(field: &Field) -> String {
    let alias = field.alias.as_ref().map(|alias| format!("{}: ", alias.node)).unwrap_or_default();
    let arguments = field.arguments.iter().map(|(name, value)| format!("({name}: {})", value.node));
    let arguments: String = arguments.collect();
    format!("{alias}{}{arguments} {{{}}}", field.name.node, shown_set(&field.selection_set.node))
}

fn shown_set(set: &SelectionSet) -> String {
    let items = set.items.iter().map(|item| match &item.node {
        Selection::Field(field) => shown(&field.node),
        Selection::InlineFragment(fragment) => {
            let on = fragment.node.type_condition.as_ref().map(|on| on.node.on.node.to_string());
            let set = shown_set(&fragment.node.selection_set.node);
            format!("... on {} {{{set}}}", on.unwrap_or_default())
        }
        Selection::FragmentSpread(_) => panic!("it is written out"),
    });
    items.collect::<Vec<_>>().join(" ")
}

/// The pages that a type is, or is a union of.
fn pages(kind: &str) -> Vec<&str> {
    let members = types::members(kind);
    let all = if members.is_empty() { vec![kind] } else { members };
    all.into_iter().filter(|kind| types::field(kind, "pageInfo").is_some()).collect()
}

#[test]
fn every_list_of_the_schema_is_whole_or_asked_whether_it_is() {
    let (mut paged, mut whole) = (0, Vec::new());
    for (kind, field) in types::all_fields() {
        let name = field.name.node.as_str();
        let (of, is_list) = base(&field.ty.node);
        let place = format!("{kind}.{name}");
        let pages = pages(of);
        for page in &pages {
            paged += 1;
            let select = |rows: &str| match *page == of {
                true => rows.to_owned(),
                false => format!("... on {page} {{ {rows} }}"),
            };
            for rows in ["nodes { __typename }", "rows: nodes { __typename }"] {
                let asked = completed(&format!("{{ a: {name} {{ {} }} }}", select(rows)), kind);
                assert!(asked.contains("exportAll: pageInfo {hasMore: hasNextPage"), "{asked}");
                let first = format!("{{ {name}(first: 3) {{ {} }} }}", select(rows));
                let asked = completed(&first, kind);
                assert!(asked.contains("exportPage: pageInfo {hasMore: hasNextPage"), "{asked}");
                let last = format!("{{ {name}(last: 3) {{ {} }} }}", select(rows));
                let asked = completed(&last, kind);
                assert!(asked.contains("exportPage: pageInfo {hasMore: hasPrevious"), "{asked}");
            }
            let asked = completed(&format!("{{ {name} {{ {} }} }}", select("__typename")), kind);
            assert!(!asked.contains("pageInfo"), "no row is asked for: {asked}");
        }
        // The rows of a page are told of by the page.
        if pages.is_empty() && is_list && types::field(kind, "pageInfo").is_none() {
            let is_told = types::field(kind, "found").is_some() && name == "rows";
            let is_bounded = kind == types::QUERY && types::at_most(name).is_some();
            if !is_told && !is_bounded {
                whole.push(place);
            }
        }
    }
    whole.sort();
    assert_eq!(whole, WHOLE, "of a new list say here that it is whole, or have it tell");
    assert!(paged > 60, "{paged}");
}

#[test]
fn what_a_list_tells_at_most_is_known_of_each_that_says_so() {
    for (kind, field) in types::all_fields() {
        let name = field.name.node.as_str();
        let about = field.description.as_ref().map(|text| text.node.as_str()).unwrap_or_default();
        let most = (kind == types::QUERY).then(|| types::at_most(name)).flatten();
        let is_ordered = ["新的在前", "按用户名"].iter().any(|order| about.contains(order));
        if base(&field.ty.node).1 && is_ordered && about.contains("至多") {
            assert!(most.is_some_and(|most| about.contains(&format!("至多 {most}"))), "{about}");
        } else {
            assert_eq!(most, None, "{kind}.{name}");
        }
    }
}

#[test]
fn a_table_is_asked_for_all_its_rows_and_no_alias_is_the_hubs_own() {
    for given in ["", ", first: null"] {
        let asked = format!("{{ coverage(by: [MONTH]{given}) {{ rows {{ due }} }} }}");
        let asked = completed(&asked, types::QUERY);
        assert!(asked.contains(&format!("(first: {MAX_ROWS})")), "{asked}");
        assert!(asked.contains("exportFound: found"), "{asked}");
    }
    let asked = completed("{ coverage(first: 3) { rows { due } } }", types::QUERY);
    assert!(asked.contains("(first: 3)"), "{asked}");
    for name in ["exportAll", "exportPage", "exportId", "exportFound", "exportWithheld", "jobPage"]
    {
        let asked = completed(&format!("{{ visits {{ nodes {{ {name}: id }} }} }}"), types::QUERY);
        assert!(asked.contains("take another alias"), "{asked}");
    }
}
