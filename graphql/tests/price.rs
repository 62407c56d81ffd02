//! What a question costs, and what is told where it costs too much.

use async_graphql::{Request, Response, ServerError, Value as GraphValue, Variables};
use entity::Role;
use graphql::{Limits, RequestContext, Schema};
use hub::{access::Viewer, clock::Clock, price::Budget, problem::Language};
use serde_json::{Value, json};

use crate::world::{Backend, World, codes, context};

const LIMIT: u64 = 10_000;

fn schema(world: &World, price: u64) -> Schema {
    with(world, Budget { question: price, minute: u64::MAX, job: 0 })
}

fn with(world: &World, budget: Budget) -> Schema {
    let mut hub = world.hub.clone();
    (hub.question_budget, hub.minute_budget) = (Some(budget.question), Some(budget.minute));
    graphql::schema(hub, world.feed.clone(), Limits::default())
}

async fn run(world: &World, schema: &Schema, request: impl Into<Request>) -> Response {
    schema.execute(context(Some(world.analyst())).into_request(request.into())).await
}

fn told(error: &ServerError, key: &str) -> Value {
    let value = error.extensions.as_ref().and_then(|values| values.get(key).cloned());
    value.map_or(Value::Null, |value: GraphValue| value.into_json().unwrap())
}

async fn price(world: &World, query: &str) -> u64 {
    let response = run(world, &schema(world, 0), query).await;
    assert_eq!(codes(&response), ["TOO_COSTLY"], "{query}");
    told(&response.errors[0], "price").as_u64().unwrap()
}

#[tokio::test]
async fn the_cheaper_question_is_accepted_and_one_row_more_is_not() {
    let world = World::start(Backend::Sqlite).await;
    let schema = schema(&world, LIMIT);
    for (query, path, argument) in [
        (
            "{ stations(first: 66) { nodes { visits(first: N) { nodes { id } } } } }",
            "stations.visits",
            "first",
        ),
        (
            "{ stations(first: 66) { nodes { visits(last: N) { edges { node { id } } } } } }",
            "stations.visits",
            "last",
        ),
        (
            "{ s: stations { nodes { ...of } } } fragment of on Station { v: visits(first: N) { nodes { \
             person { id needs(first: 20) { nodes { id } } } } } }",
            "s.v",
            "first",
        ),
        // Of a fragment that is spread twice, the list is shortened at both places.
        (
            "{ a: division(code: \"410802\") { ...of } b: division(code: \"410811\") { ...of } } \
             fragment of on Division { visits(first: N) { nodes { person { id visits { nodes { id } } } } } }",
            "a.visits",
            "first",
        ),
        (
            "{ node(id: \"x\") { ... on Person { visits(first: N) { nodes { person { \
             visits(first: 100) { nodes { id } } } } } } } }",
            "node.visits",
            "first",
        ),
        (
            "{ statistics(of: VISITS, measures: [{ measure: COUNT }], by: [MONTH], first: N) { rows { \
             month figures { value } } } }",
            "statistics",
            "first",
        ),
    ] {
        let with = |rows: u64| query.replace('N', &rows.to_string());
        let most = if path == "statistics" { 10_000 } else { 200 };
        let response = run(&world, &schema, with(most)).await;
        assert_eq!(codes(&response), ["TOO_COSTLY"], "{query}");
        let cheaper = told(&response.errors[0], "cheaper");
        let keys = cheaper["path"].as_array().unwrap().iter().map(|key| key.as_str().unwrap());
        let lists: Vec<_> = keys.filter(|key| !["nodes", "edges", "node"].contains(key)).collect();
        let lists = if path.starts_with("node") {
            format!("node.{}", lists.join("."))
        } else {
            lists.join(".")
        };
        assert_eq!(lists, path, "{cheaper} {query}");
        let rows = cheaper[argument].as_u64().unwrap();
        let place = response.errors[0].locations[0].column;
        assert!(query[place - 1..].starts_with(path.rsplit('.').next().unwrap()), "{query}");
        assert!(response.errors[0].message.contains(&format!("{argument}: {rows}")));
        let accepted = run(&world, &schema, with(rows)).await;
        assert!(!codes(&accepted).contains(&"TOO_COSTLY".to_owned()), "{rows} {query}");
        let refused = run(&world, &schema, with(rows + 1)).await;
        assert_eq!(codes(&refused), ["TOO_COSTLY"], "{rows} {query}");
    }
}

#[tokio::test]
async fn the_list_that_loses_least_is_named() {
    let world = World::start(Backend::Sqlite).await;
    let query = "{ few: visits(first: 10) { nodes { id } } \
        many: stations(first: 66) { nodes { visits(first: 160) { nodes { id } } } } }";
    let response = run(&world, &schema(&world, LIMIT), query).await;
    let cheaper = told(&response.errors[0], "cheaper");
    assert_eq!(cheaper, json!({ "path": ["many", "nodes", "visits"], "first": 74 }));
}

#[tokio::test]
async fn where_no_list_alone_would_do_it_is_told_what_to_leave_out() {
    let world = World::start(Backend::Sqlite).await;
    let schema = schema(&world, LIMIT);
    let bulletin = |field: &str| {
        format!(
            "{field}: bulletin(from: \"2026-01-01\", to: \"2026-12-31\") {{ {field} {{ count }} }} "
        )
    };
    let cheap: String =
        ["visits", "stations", "peopleServed", "personTimes", "needsRaised"].map(bulletin).concat();
    let dear = bulletin("assessments") + &bulletin("services") + &bulletin("ledgers");
    let again = |field| bulletin(field).replacen(':', "2:", 1);
    let (services, ledgers) = (again("services"), again("ledgers"));
    let response = run(&world, &schema, format!("{{ {cheap} {dear} {services} {ledgers} }}")).await;
    let cheaper = told(&response.errors[0], "cheaper");
    assert_eq!(cheaper, json!({ "without": ["visits", "visits"] }), "{:?}", response.errors);
    let rest = cheap.replace("visits { count }", "from");
    let response = run(&world, &schema, format!("{{ {rest} {dear} {services} {ledgers} }}")).await;
    assert_eq!(codes(&response), [""; 0]);
    // Nothing alone is enough: the dearest.
    let more = services + &ledgers + &again("assessments");
    let response = run(&world, &schema, format!("{{ {cheap} {dear} {more} }}")).await;
    assert_eq!(told(&response.errors[0], "cheaper"), json!({ "without": ["assessments"] }));
}

#[tokio::test]
async fn a_price_beyond_counting_is_refused() {
    let world = World::start(Backend::Sqlite).await;
    let schema = schema(&world, LIMIT);
    let deep = |rows: usize, levels: usize| {
        let list = format!("visits(first: {rows}) {{ nodes {{ person {{ ");
        let within = "visits(first: 200) { nodes { person { ".repeat(levels);
        format!("{{ {list}{within} id {} }} }} }} }}", "} } }".repeat(levels))
    };
    for (query, code) in
        [(deep(200, 9), "TOO_COSTLY"), (deep(0, 9), "TOO_COSTLY"), (deep(200, 18), "TOO_COSTLY")]
    {
        assert_eq!(codes(&run(&world, &schema, query).await), [code]);
    }
}

#[tokio::test]
async fn too_many_items_are_told_how_many_would_do() {
    let world = World::start(Backend::Sqlite).await;
    let schema = schema(&world, LIMIT / 3);
    let query = "mutation ($items: [SubmissionInput!]!) { submit(items: $items) { receipts { \
                 person { name visits(first: 1) { nodes { id mode workers services } } } } } }";
    let hand_in = |items: u64| {
        let items = vec![0; usize::try_from(items).unwrap()];
        Request::new(query).variables(Variables::from_json(json!({ "items": items })))
    };
    let response = run(&world, &schema, hand_in(500)).await;
    let items = told(&response.errors[0], "cheaper")["items"].as_u64().unwrap();
    // None of them is an item; but they are looked at.
    assert_eq!(codes(&run(&world, &schema, hand_in(items)).await), ["INVALID_INPUT"]);
    assert_eq!(codes(&run(&world, &schema, hand_in(items + 1)).await), ["TOO_COSTLY"]);
}

#[tokio::test]
async fn aliases_and_fragments_add_and_pages_within_pages_multiply() {
    let world = World::start(Backend::Sqlite).await;
    let one = "visits(first: 10) { nodes { id mode } }";
    // The list, and ten times its nodes with two values.
    assert_eq!(price(&world, &format!("{{ {one} }}")).await, 1 + 10 * 3);
    assert_eq!(price(&world, &format!("{{ a: {one} b: {one} }}")).await, 2 * 31);
    let nested = format!("{{ stations(first: 5) {{ nodes {{ {one} }} }} }}");
    assert_eq!(price(&world, &nested).await, 1 + 5 * (1 + 31));
    let spread = "{ stations(first: 5) { nodes { ...of } } } fragment of on Station { ... { \
                  visits(first: 10) { nodes { ... on Visit { id } mode } } } }";
    assert_eq!(price(&world, spread).await, 1 + 5 * (1 + 31));
    // Twenty rows where nothing is said, and two hundred at most.
    assert_eq!(price(&world, "{ visits { nodes { id } } }").await, 1 + 20 * 2);
    assert_eq!(price(&world, "{ visits(first: 100000) { nodes { id } } }").await, 1 + 200 * 2);
    let both = "query a { visits { nodes { id } } } query b { __typename }";
    let response = run(&world, &schema(&world, 0), Request::new(both).operation_name("b")).await;
    assert_eq!(told(&response.errors[0], "price"), 1);
}

#[tokio::test]
async fn variables_count_as_what_they_hold() {
    let world = World::start(Backend::Sqlite).await;
    let schema = schema(&world, 0);
    let query = "query ($n: Int = 7, $ids: [ID!]! = []) { visits(first: $n) { nodes { id } } \
                 nodes(ids: $ids) { id } }";
    for (variables, expected) in [
        (json!({}), 15 + 1),
        (json!({ "n": 30 }), 61 + 1),
        (json!({ "n": null, "ids": ["a", "b"] }), 41 + 3),
    ] {
        let request = Request::new(query).variables(Variables::from_json(variables));
        let response = run(&world, &schema, request).await;
        assert_eq!(told(&response.errors[0], "price"), expected);
    }
}

#[tokio::test]
async fn a_refusal_is_in_the_language_asked_for() {
    let world = World::start(Backend::Sqlite).await;
    let schema = schema(&world, LIMIT);
    let query = "{ stations(first: 66) { nodes { visits(first: 200) { nodes { id } } } } }";
    for (language, sentence) in [
        (
            Language::Chinese,
            "此查询的价格为26533，上限为10000；stations.nodes.visits 请改为 first: 74 或更少",
        ),
        (
            Language::English,
            "the question costs 26533, 10000 are allowed; ask for stations.nodes.visits with \
             first: 74 or less",
        ),
    ] {
        let asked = RequestContext { language, ..context(Some(world.analyst())) };
        let response = schema.execute(asked.into_request(query.into())).await;
        assert_eq!(response.errors[0].message, sentence);
    }
}

#[tokio::test]
async fn a_role_has_its_own_limit() {
    let world = World::start(Backend::Sqlite).await;
    let schema = graphql::schema(world.hub.clone(), world.feed.clone(), Limits::default());
    let query = "{ stations(first: 200) { nodes { visits(first: 200) { nodes { id mode } } } } }";
    for (role, limit) in [
        (Role::StationWorker, Some(100_000)),
        (Role::StationLead, Some(100_000)),
        (Role::CountyOfficer, None),
        (Role::Analyst, None),
        (Role::Admin, Some(50_000)),
    ] {
        let viewer = Viewer { role, ..world.analyst() };
        let response = schema.execute(context(Some(viewer)).into_request(query.into())).await;
        let told = response.errors.first().and_then(|error| told(error, "limit").as_u64());
        assert_eq!(told, limit, "{role:?} {:?}", response.errors);
    }
}

const PAGE: &str = "{ visits(first: 10) { nodes { id mode } } }";

#[tokio::test]
async fn an_account_that_has_spent_its_minute_is_told_when_to_come_again() {
    let mut world = World::start(Backend::Sqlite).await;
    let now = world.hub.clock.now();
    let at = |seconds: i64| Clock::fixed(now + chrono::Duration::seconds(seconds));
    let budget = Budget { question: 50, minute: 62, job: 0 };
    world.hub.clock = at(0);
    let asked = with(&world, budget);
    for _ in 0..2 {
        assert_eq!(codes(&run(&world, &asked, PAGE).await), [""; 0]);
    }
    let response = run(&world, &asked, PAGE).await;
    let error = &response.errors[0];
    assert_eq!(codes(&response), ["TOO_COSTLY"]);
    assert_eq!(["price", "limit", "retryAfter"].map(|key| told(error, key)), [31, 62, 31]);
    assert!(error.message.contains("31秒后再查"), "{}", error.message);
    // Another account has a minute of its own.
    let other = Viewer { account_id: uuid::Uuid::now_v7(), ..world.analyst() };
    let other = context(Some(other)).into_request(PAGE.into());
    assert_eq!(codes(&asked.execute(other).await), [""; 0]);
    // What cannot run costs nothing.
    assert_eq!(codes(&run(&world, &asked, "{ visits { nope } }").await), ["INVALID_INPUT"]);
    world.hub.clock = at(29);
    assert_eq!(codes(&run(&world, &with(&world, budget), PAGE).await), ["TOO_COSTLY"]);
    world.hub.clock = at(31);
    assert_eq!(codes(&run(&world, &with(&world, budget), PAGE).await), [""; 0]);
    assert_eq!(codes(&run(&world, &with(&world, budget), PAGE).await), ["TOO_COSTLY"]);
    // An idle hour is no more than a minute.
    world.hub.clock = at(3_600);
    let asked = with(&world, budget);
    for expected in [&[][..], &[], &["TOO_COSTLY"]] {
        assert_eq!(codes(&run(&world, &asked, PAGE).await), expected);
    }
}

#[tokio::test]
async fn what_is_handed_in_is_charged_and_never_refused_for_it() {
    let mut world = World::start(Backend::Sqlite).await;
    let (now, budget) = (world.hub.clock.now(), Budget { question: 50, minute: 62, job: 0 });
    world.hub.clock = Clock::fixed(now);
    let schema = with(&world, budget);
    let submit = "mutation { submit(items: []) { receipts { status } } }";
    for _ in 0..50 {
        let response = run(&world, &schema, submit).await;
        assert!(!codes(&response).contains(&"TOO_COSTLY".to_owned()), "{:?}", response.errors);
    }
    assert_eq!(codes(&run(&world, &schema, PAGE).await), ["TOO_COSTLY"]);
    // It takes no more than was left: nobody is in debt for what was handed in.
    world.hub.clock = Clock::fixed(now + chrono::Duration::seconds(31));
    assert_eq!(codes(&run(&world, &with(&world, budget), PAGE).await), [""; 0]);
}

#[tokio::test]
async fn what_a_job_pays_leaves_half_of_the_minute() {
    let mut world = World::start(Backend::Sqlite).await;
    let (now, viewer) = (world.hub.clock.now(), world.analyst());
    world.hub.minute_budget = Some(600);
    world.hub.clock = Clock::fixed(now);
    let hub = world.hub.clone();
    assert_eq!(hub.pay_at_leisure(&viewer, 200), Ok(()));
    let overspent = hub.pay_at_leisure(&viewer, 150).unwrap_err();
    assert_eq!(overspent.wait, chrono::Duration::seconds(5));
    assert_eq!(hub.pay(&viewer, 400), Ok(()), "the account's own questions have the rest");
    world.hub.clock = Clock::fixed(now + chrono::Duration::seconds(45));
    assert_eq!(world.hub.pay_at_leisure(&viewer, 150), Ok(()));
    // Dearer than the half: once nothing else is owed.
    assert!(world.hub.pay_at_leisure(&viewer, 500).is_err());
    world.hub.clock = Clock::fixed(now + chrono::Duration::seconds(75));
    assert_eq!(world.hub.pay_at_leisure(&viewer, 500), Ok(()));
}
