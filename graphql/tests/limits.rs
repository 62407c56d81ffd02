//! What one request may cost.

use std::time::{Duration, Instant};

use async_graphql::{Request, Variables};
use graphql::Limits;
use serde_json::json;

use crate::world::{Backend, World, codes, context};

/// A fragment that doubles thirty times: a thousand million of what stands in the last, in a short text.
fn bomb(of: &str) -> String {
    let mut query = "{ ...f0 }".to_owned();
    for level in 0..30 {
        let next = level + 1;
        query += &format!(" fragment f{level} on Query {{ ...f{next} ...f{next} }}");
    }
    query + &format!(" fragment f30 on Query {{ {of} }}")
}

#[tokio::test]
async fn a_fragment_bomb_is_refused_at_once() {
    let world = World::start(Backend::Sqlite).await;
    let began = Instant::now();
    for of in ["__typename", "...nobody", "... on Query { ...nobody }"] {
        let refused = world.refused(Some(&world.analyst()), &bomb(of)).await;
        assert_eq!(refused, ["TOO_COSTLY"], "{of}");
    }
    assert!(began.elapsed() < Duration::from_millis(200), "{:?}", began.elapsed());
}

#[tokio::test]
async fn fragments_lie_within_each_other_only_so_far() {
    let world = World::start(Backend::Sqlite).await;
    let chain = |length: usize| {
        // The last first, so that each is known before the one that spreads it.
        let all: Vec<_> = (0..=length).rev().map(|level| format!("...f{level}")).collect();
        let mut query = format!("{{ {} }}", all.join(" "));
        for level in 0..length {
            query += &format!(" fragment f{level} on Query {{ ...f{} }}", level + 1);
        }
        query + &format!(" fragment f{length} on Query {{ __typename }}")
    };
    assert_eq!(world.refused(Some(&world.analyst()), &chain(40)).await, ["TOO_COSTLY"]);
}

#[tokio::test]
async fn the_schema_of_itself_is_not_multiplied() {
    let world = World::start(Backend::Sqlite).await;
    let nested = |times: usize| {
        let (open, close) = ("possibleTypes { interfaces { ", "} } ");
        format!(
            "{{ __type(name: \"Node\") {{ {}name {} }} }}",
            open.repeat(times),
            close.repeat(times)
        )
    };
    assert_eq!(world.refused(Some(&world.analyst()), &nested(2)).await, ["TOO_COSTLY"]);
    world.ask(&world.analyst(), &nested(1)).await;
}

#[tokio::test]
async fn a_fragment_that_holds_itself_is_refused() {
    let world = World::start(Backend::Sqlite).await;
    let query = "{ ...a } fragment a on Query { __typename ...b } fragment b on Query { ...a }";
    assert_eq!(world.refused(Some(&world.analyst()), query).await, ["TOO_COSTLY"]);
}

#[tokio::test]
async fn a_query_that_is_too_deep_is_refused() {
    let world = World::start(Backend::Sqlite).await;
    let query = format!(
        "{{ division(code: \"410800\") {}{{ name }}{} }}",
        "{ parent ".repeat(15),
        " }".repeat(15)
    );
    assert_eq!(world.refused(Some(&world.analyst()), &query).await, ["TOO_COSTLY"]);
}

#[tokio::test]
async fn a_fragment_hides_no_second_mutation() {
    let world = World::start(Backend::Sqlite).await;
    let two =
        "a: submit(items: []) { receipts { status } } b: submit(items: []) { receipts { status } }";
    for query in [
        format!("mutation {{ {two} }}"),
        format!("mutation {{ ... {{ {two} }} }}"),
        format!("mutation {{ ...f }} fragment f on Mutation {{ {two} }}"),
    ] {
        assert_eq!(world.refused(Some(&world.analyst()), &query).await, ["TOO_COSTLY"], "{query}");
    }
}

#[tokio::test]
async fn pages_within_pages_are_refused_where_they_bring_too_much() {
    let world = World::start(Backend::Sqlite).await;
    let schema = graphql::schema(world.hub.clone(), world.feed.clone(), Limits::default());
    let query =
        "{ stations(first: 200) { nodes { persons(first: 200) { nodes { visits(first: 200) {
        nodes { id } } } } } } }";
    let request = context(Some(world.analyst())).into_request(query.into());
    assert_eq!(codes(&schema.execute(request).await), ["TOO_COSTLY"]);
}

#[tokio::test]
async fn the_nested_reading_of_every_station_is_allowed() {
    let world = World::start(Backend::Sqlite).await;
    let schema = graphql::schema(world.hub.clone(), world.feed.clone(), Limits::default());
    let query = "{ stations(first: 200) { edges { node { id code name visits(first: 20) { edges { node {
        id visitedOn mode services person { id name newestAssessment { id assessedOn score level } } } }
        pageInfo { hasNextPage endCursor } } } } } }";
    let request = context(Some(world.analyst())).into_request(query.into());
    assert_eq!(codes(&schema.execute(request).await), [""; 0]);
}

#[tokio::test]
async fn a_variable_that_a_price_hangs_on_may_be_left_out() {
    let world = World::start(Backend::Sqlite).await;
    let ask = |query: &str| context(Some(world.analyst())).into_request(query.into());
    for query in [
        "query ($n: Int) { visits(first: $n) { nodes { id } } }",
        "query ($n: Int) { visits(last: $n) { nodes { id } } }",
        "query ($n: Int = 2) { visits(first: $n) { nodes { id } } }",
        "query ($n: Int) { stations { nodes { ...s } } } \
         fragment s on Station { ... { visits(first: $n) { nodes { id } } } }",
        "query ($by: [Dimension!]) { statistics(of: VISITS, measures: [{ measure: COUNT }], by: $by) { \
         rows { figures { value } } } }",
    ] {
        assert_eq!(codes(&world.schema.execute(ask(query)).await), [""; 0], "{query}");
    }
    for demanded in [
        "query ($n: Int!) { visits(first: $n) { nodes { id } } }",
        "query ($after: String!) { visits(after: $after) { nodes { id } } }",
    ] {
        let response = world.schema.execute(ask(demanded)).await;
        assert_eq!(codes(&response), ["INVALID_INPUT"]);
        assert!(response.errors[0].message.contains("has to be given"), "{:?}", response.errors);
    }
}

#[tokio::test]
async fn a_page_has_one_to_two_hundred_rows() {
    let world = World::start(Backend::Sqlite).await;
    let analyst = world.analyst();
    for arguments in ["first: 201", "first: 0", "last: 201", "first: 1, last: 1", "first: -1"] {
        let query = format!("{{ visits({arguments}) {{ nodes {{ id }} }} }}");
        assert_eq!(world.refused(Some(&analyst), &query).await, ["INVALID_INPUT"], "{arguments}");
    }
    world.ask(&analyst, "{ visits(first: 200) { nodes { id } } }").await;
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_told_so() {
    let world = World::start(Backend::Sqlite).await;
    let limits = Limits { timeout: Duration::from_micros(1), ..Limits::default() };
    let schema = graphql::schema(world.hub.clone(), world.feed.clone(), limits);
    // As many statements as will not be done before the clock has ticked.
    let one = |number| {
        let day = format!("{:04}-01-01", 1900 + number);
        format!("a{number}: visits(filter: {{ visited: {{ from: \"{day}\" }} }}) {{ totalCount }} ")
    };
    let query = format!("{{ {} }}", (0..99).map(one).collect::<String>());
    let request = context(Some(world.analyst())).into_request(query.into());
    assert_eq!(codes(&schema.execute(request).await), ["TOO_COSTLY"]);
}

#[tokio::test]
async fn the_explorers_introspection_is_allowed() {
    let world = World::start(Backend::Sqlite).await;
    let types =
        "type { kind name ".to_owned() + &"ofType { kind name ".repeat(9) + &"} ".repeat(10);
    let query = format!(
        "{{ __schema {{ queryType {{ name }} types {{ kind name description
            fields(includeDeprecated: true) {{ name description args {{ name description {types} defaultValue }} {types} }}
            inputFields {{ name {types} }} interfaces {{ name }} enumValues {{ name }} possibleTypes {{ name }} }}
            directives {{ name locations args {{ name {types} }} }} }} }}"
    );
    assert_eq!(world.refused(Some(&world.analyst()), &query).await, [""; 0]);
}

#[tokio::test]
async fn introspection_can_be_turned_off() {
    let world = World::start(Backend::Sqlite).await;
    let limits = Limits { introspection: false, ..Limits::default() };
    let schema = graphql::schema(world.hub.clone(), world.feed.clone(), limits);
    let request =
        context(Some(world.analyst())).into_request("{ __schema { types { name } } }".into());
    let response = schema.execute(request).await;
    assert!(response.data.into_json().unwrap()["__schema"].is_null());
}

#[tokio::test]
async fn those_not_signed_in_learn_no_name_of_the_schema() {
    let world = World::start(Backend::Sqlite).await;
    let schema = graphql::schema(world.hub.clone(), world.feed.clone(), Limits::default());
    for query in [
        "{ __schema { types { name } } }",
        "{ __type(name: \"Person\") { name } }",
        "{ visit { id } }",
        "{ ... on Query { visit } }",
        "{ ...f } fragment f on Qery { __typename }",
        "{ __typename @skp(if: true) }",
        "{ __typename(nam: 1) }",
        "query ($a: Persn) { __typename }",
        "mutation { submitt { id } }",
        "query a { __typename } query b { visit { id } }",
    ] {
        let response = schema.execute(context(None).into_request(query.into())).await;
        assert_eq!(codes(&response), ["UNAUTHENTICATED"], "{query}");
        assert!(!response.errors[0].message.contains("Did you mean"), "{query}");
    }
    let request = context(None).into_request("{ __typename a: __typename }".into());
    assert_eq!(codes(&schema.execute(request).await), [""; 0]);
}

#[tokio::test]
async fn what_is_asked_by_too_many_values_is_refused_by_name() {
    let world = World::start(Backend::Sqlite).await;
    let schema = graphql::schema(world.hub.clone(), world.feed.clone(), Limits::default());
    let many = |count: usize| vec!["S410802001"; count];
    let by_variable = "query ($filter: VisitFilter) { visits(filter: $filter) { totalCount } }";
    let literal =
        |count| format!("{{ visits(filter: {{ stations: {:?} }}) {{ totalCount }} }}", many(count));
    let spread = format!("{{ ...f }} fragment f on Query {}", literal(1_001));
    let default = format!(
        "query ($s: [String!] = {:?}) {{ visits(filter: {{ stations: $s }}) {{ totalCount }} }}",
        many(1_001)
    );
    for (query, count, place) in [
        (by_variable.to_owned(), 1_001, "$filter.stations: 1001 values"),
        (by_variable.to_owned(), 60_000, "$filter.stations: 60000 values"),
        (literal(1_001), 0, "visits.filter.stations: 1001 values"),
        (spread, 0, "visits.filter.stations: 1001 values"),
        (default, 0, "$s: 1001 values"),
    ] {
        let variables = json!({ "filter": { "stations": many(count) } });
        let request = Request::new(query).variables(Variables::from_json(variables));
        let response = schema.execute(context(Some(world.analyst())).into_request(request)).await;
        assert_eq!(codes(&response), ["INVALID_INPUT"]);
        assert!(response.errors[0].message.starts_with(place), "{}", response.errors[0].message);
    }
    let variables = Variables::from_json(json!({ "filter": { "stations": many(1_000) } }));
    let request = Request::new(by_variable).variables(variables);
    let response = schema.execute(context(Some(world.analyst())).into_request(request)).await;
    assert_eq!(codes(&response), [""; 0]);
}

#[tokio::test]
async fn a_text_that_no_database_holds_is_refused_by_name() {
    let world = World::start(Backend::Sqlite).await;
    let schema = graphql::schema(world.hub.clone(), world.feed.clone(), Limits::default());
    for (query, variables, place) in [
        (
            "query ($s: String) { visits(filter: { stations: [$s] }) { totalCount } }",
            json!({ "s": "S\0" }),
            "$s: ",
        ),
        (
            "{ persons(filter: { stations: [\"a\", \"\\u0000\"] }) { totalCount } }",
            json!({}),
            "persons.filter.stations[1]: ",
        ),
        (
            "{ visits { nodes { person { visits(after: \"\\u0000\") { totalCount } } } } }",
            json!({}),
            "visits.after: ",
        ),
    ] {
        let request = Request::new(query).variables(Variables::from_json(variables));
        let response = schema.execute(context(Some(world.analyst())).into_request(request)).await;
        assert_eq!(codes(&response), ["INVALID_INPUT"], "{query}");
        assert!(response.errors[0].message.starts_with(place), "{}", response.errors[0].message);
    }
}

#[tokio::test]
async fn what_is_handed_in_is_counted_before_it_is_read() {
    let world = World::start(Backend::Sqlite).await;
    let schema = graphql::schema(world.hub.clone(), world.feed.clone(), Limits::default());
    let submit = |select: &str| {
        format!(
            "mutation ($items: [SubmissionInput!]!) {{ submit(items: $items) {{ receipts {{ {select} }} }} }}"
        )
    };
    let deep = "person { visits(first: 200) { nodes { id kinds: mode visitedOn } } }";
    for (select, count, code) in [
        ("status", 501, "INVALID_INPUT"),
        ("status", 60_000, "INVALID_INPUT"),
        (deep, 500, "TOO_COSTLY"),
        // Not a single one is an item.
        ("status", 500, "INVALID_INPUT"),
    ] {
        let variables = Variables::from_json(json!({ "items": vec![0; count] }));
        let request = Request::new(submit(select)).variables(variables);
        let response = schema.execute(context(Some(world.analyst())).into_request(request)).await;
        assert_eq!(codes(&response), [code], "{count} {}", response.errors[0].message);
        let counted = response.errors[0].message.contains("are too many");
        assert_eq!(counted, count > 500, "{}", response.errors[0].message);
    }
}

#[tokio::test]
async fn counting_has_its_price() {
    let world = World::start(Backend::Sqlite).await;
    let schema = graphql::schema(world.hub.clone(), world.feed.clone(), Limits::default());
    let bulletin = "bulletin(from: \"2026-01-01\", to: \"2026-12-31\") { stations { count }
        peopleServed { count } personTimes { count } visits { count } needsRaised { count } }";
    let many = |count: usize, what: &str| {
        let fields: Vec<_> = (0..count).map(|n| format!("f{n}: {what}")).collect();
        format!("{{ {} }}", fields.join(" "))
    };
    for (query, refused) in [
        (many(10, bulletin), &[] as &[&str]),
        (many(90, bulletin), &["TOO_COSTLY"]),
        (many(90, "visits { totalCount }"), &[]),
        (many(10, "stations(first: 200) { nodes { visits { totalCount } } }"), &["TOO_COSTLY"]),
        (many(1, "stations(first: 200) { nodes { visits { totalCount } } }"), &[]),
    ] {
        let request = context(Some(world.analyst())).into_request(query.as_str().into());
        assert_eq!(codes(&schema.execute(request).await), refused, "{query:.80}");
    }
}
