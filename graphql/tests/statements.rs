//! The number of statements does not grow with the number of rows.

use std::sync::Arc;

use entity::Role;
use graphql::RequestContext;
use hub::{access::Viewer, reveal::Grants};

use crate::{
    on_both,
    world::{Backend, NEIGHBOUR, STATION, World, context},
};

const LISTS: &[(&str, &str)] = &[
    (
        "stations",
        "code division { name parent { name } } newestVisit { visitedOn } \
        persons(first: 200) { nodes { name } } households { totalCount } \
        visits(first: 200) { totalCount nodes { person { newestAssessment { level } } } } \
        ledgerEntries { totalCount } needs { totalCount } excuses { totalCount } submissions { nodes { kind } }",
    ),
    (
        "persons",
        "name division { name ancestors { name } } household { head { name } members { nodes { name } } } \
        stations { nodes { code } } visits(first: 3) { totalCount nodes { services } } \
        newestVisit { visitedOn } newestAssessment { level } assessments { nodes { score } } \
        ledgerEntries { nodes { kind } } needs { nodes { domain } } excuses { nodes { reason } } \
        submissions { nodes { kind } }",
    ),
    (
        "households",
        "head { name } station { name } division { name } members { totalCount nodes { name } } \
        visits { nodes { id } } needs { nodes { id } } newestVisit { id } assessments { nodes { id } } \
        submissions { nodes { id } }",
    ),
    (
        "visits",
        "services person { name } household { id } station { name } division { name } \
        submission { accountName } needs { nodes { domain } } needsSettled { nodes { domain } }",
    ),
    (
        "assessments",
        "person { name } household { id } station { name } division { name } \
        instrument { title } needs { nodes { domain } } submission { kind }",
    ),
    (
        "ledgerEntries",
        "kind person { name } station { name } division { name } submission { kind } \
        needs { totalCount nodes { domain } } \
        ... on ChildEntry { school guardian } ... on ElderlyEntry { contact } \
        ... on DisabledEntry { grade category }",
    ),
    (
        "needs",
        "person { name } household { id } station { name } division { name } visit { id } \
        assessment { id } ledgerEntry { kind person { name } } settledBy { id }",
    ),
    ("excuses", "reason person { name } station { name } division { name } submission { kind }"),
    (
        "submissions",
        "accountName station { name } person { name } household { id } content \
        record { __typename id ... on Visit { visitedOn person { name } } }",
    ),
    ("refusals", "kind problems { code message } station { name } accountName"),
    (
        "divisions",
        "name parent { name } ancestors { code } children { totalCount nodes { name } } \
        stations { nodes { name } } persons { totalCount nodes { name } } visits { totalCount nodes { id } } \
        households { nodes { id } } assessments { nodes { id } } ledgerEntries { totalCount } \
        needs { nodes { id } }",
    ),
];

const NESTED: &str = "{ stations(first: 200) { nodes { name visits(first: 20) { nodes { visitedOn \
    person { name newestAssessment { score level } } } } } } }";

fn queries(rows: u32) -> Vec<(String, String)> {
    let list = |(name, fields): &(&str, &str)| {
        let query = format!(
            "{{ {name}(first: {rows}) {{ totalCount nodes {{ {fields} }} edges {{ cursor }} }} }}"
        );
        ((*name).to_owned(), query)
    };
    let nested = ("stations → visits → person → newestAssessment".to_owned(), NESTED.to_owned());
    LISTS.iter().map(list).chain([nested]).collect()
}

on_both! {
    async fn what_is_open_to_an_officer_is_read_unless_it_is_known_that_nothing_is(world: World) {
        world.record(STATION, 0, "2026-10-10").await;
        let officer = Viewer { role: Role::CountyOfficer, ..world.analyst() };
        // A household, of which it is not known that it holds no minors.
        let query = "{ households { nodes { address } } }";
        let counted = async |grants: Option<Grants>| {
            let grants = grants.map(Arc::new);
            let context = RequestContext { grants, ..context(Some(officer.clone())) };
            world.hub.flush_trail().await.unwrap();
            let before = world.hub.db.statements();
            let response = world.schema.execute(context.into_request(query.into())).await;
            assert!(response.errors.is_empty(), "{:?}", response.errors);
            world.hub.flush_trail().await.unwrap();
            world.hub.db.statements() - before
        };
        assert_eq!(counted(None).await, counted(Some(Grants::default())).await + 1);
    }

    async fn no_list_sends_more_statements_for_more_rows(world: World) {
        assert_steady(&world, &world.analyst()).await;
    }

    async fn no_list_sends_more_statements_for_more_rows_to_a_worker(world: World) {
        assert_steady(&world, &world.worker(STATION).await).await;
    }

    async fn work_due_and_coverage_send_no_more_statements_for_more_people(world: World) {
        let worker = world.worker(STATION).await;
        let visit = "person { name } station { name } ledgerEntry { kind risk } lastVisit { workers }";
        let queries = [
            format!("{{ workDue(first: 200, states: [VISITED, DUE, OVERDUE, EXCUSED]) {{
                nodes {{ state dueOn excuse {{ reason }} {visit} }} }} }}"),
            format!("{{ coverage(from: \"2026-01-01\", to: \"2026-12-31\", by: [MONTH, STATION, COUNTY, WORKER]) {{
                found rows {{ month station {{ name }} county {{ name }} worker due
                missed(first: 50) {{ nodes {{ firstOn {visit} }} }} }} }} }}"),
        ];
        // Read once by each hub.
        world.hub.places().await.unwrap();
        let (mut recorded, mut known) = (0, Vec::new());
        for people in [3, 45] {
            while recorded < people {
                world.record(STATION, recorded, "2026-05-10").await;
                recorded += 1;
            }
            let mut counts = Vec::new();
            for query in &queries {
                let (data, statements) = world.counted(&worker, query).await;
                let text = data.to_string();
                assert!(text.contains(&format!("测试人员{:04}", people - 1)), "{text}");
                counts.push(statements);
            }
            known.push(counts);
        }
        assert_eq!(known[0], known[1]);
    }
}

async fn assert_steady(world: &World, viewer: &Viewer) {
    let mut known: Option<Vec<(String, u64)>> = None;
    let mut recorded = 0;
    // One row of each kind of ledger first, since each kind has a detail of its own.
    for rows in [3, 20, 200] {
        while recorded < rows {
            let station = if recorded % 2 == 0 || rows == 3 { STATION } else { NEIGHBOUR };
            world.record(station, recorded, "2026-10-10").await;
            recorded += 1;
        }
        let mut counts = Vec::new();
        for (name, query) in queries(200) {
            let (data, statements) = world.counted(viewer, &query).await;
            assert!(data.is_object());
            counts.push((name, statements));
        }
        println!("{rows} rows: {counts:?}");
        let known = known.get_or_insert_with(|| counts.clone());
        assert_eq!(*known, counts, "with {rows} rows");
    }
    // The same rows, asked for by smaller and larger pages.
    for rows in [1, 20] {
        for ((name, query), (_, expected)) in queries(rows).iter().zip(known.as_ref().unwrap()) {
            let (_, statements) = world.counted(viewer, query).await;
            assert!(
                statements <= *expected,
                "{name} with pages of {rows}: {statements} > {expected}"
            );
        }
    }
}
