//! Pages: forward is the reverse of backward, and rows that are added disturb neither.

use proptest::{
    prelude::{ProptestConfig, Strategy, any},
    test_runner::TestRunner,
};
use serde_json::Value;

use crate::{
    on_both,
    world::{Backend, STATION, World, day},
};

/// Every list with every order, on which rows are made below.
const ORDERS: &[(&str, &[&str])] = &[
    ("visits", &["VISITED_ON_DESC", "VISITED_ON_ASC", "RECORDED_DESC", "RECORDED_ASC"]),
    (
        "persons",
        &[
            "REGISTERED_DESC",
            "REGISTERED_ASC",
            "NAME_ASC",
            "NAME_DESC",
            "DIVISION_ASC",
            "DIVISION_DESC",
        ],
    ),
    ("households", &["REGISTERED_DESC", "REGISTERED_ASC", "DIVISION_ASC", "DIVISION_DESC"]),
    ("assessments", &["ASSESSED_ON_DESC", "ASSESSED_ON_ASC", "LEVEL_DESC", "LEVEL_ASC"]),
    ("ledgerEntries", &["OPENED_ON_DESC", "OPENED_ON_ASC"]),
    ("needs", &["RAISED_ON_DESC", "RAISED_ON_ASC"]),
    ("excuses", &["FIRST_ON_DESC", "FIRST_ON_ASC"]),
    ("submissions", &["RECEIVED_DESC", "RECEIVED_ASC"]),
    ("refusals", &["FIRST_REFUSED_ASC", "FIRST_REFUSED_DESC"]),
    ("stations", &["CODE_ASC", "CODE_DESC"]),
];

/// Walks a whole list, page by page, and gives the ids in the order of the list.
async fn walk(world: &World, list: &str, order: &str, size: usize, backward: bool) -> Vec<String> {
    let (count, place, end) = match backward {
        true => ("last", "before", "startCursor"),
        false => ("first", "after", "endCursor"),
    };
    let more = if backward { "hasPreviousPage" } else { "hasNextPage" };
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let query = format!(
            "{{ {list}(orderBy: {order}, {count}: {size} {cursor}) {{
                nodes {{ id }} edges {{ cursor node {{ id }} }}
                pageInfo {{ {more} startCursor endCursor }} }} }}"
        );
        let data = world.ask(&world.analyst(), &query).await;
        let page = &data[list];
        let mut found: Vec<String> = texts(&page["nodes"], |node| &node["id"]);
        assert_eq!(found, texts(&page["edges"], |edge| &edge["node"]["id"]));
        assert!(found.len() <= size);
        match backward {
            true => {
                found.extend(ids);
                ids = found;
            }
            false => ids.extend(found),
        }
        if page["pageInfo"][more] == false {
            return ids;
        }
        cursor = format!(", {place}: {}", page["pageInfo"][end]);
    }
}

fn texts(values: &Value, text: impl Fn(&Value) -> &Value) -> Vec<String> {
    let values = values.as_array().unwrap().iter();
    values.map(|value| text(value).as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn forward_is_the_reverse_of_backward_in_every_order(world: World) {
        // Few days, so that many rows share one and only the id tells them apart.
        let days = proptest::collection::vec(1..4u8, 1..14);
        let mut runner = TestRunner::new(ProptestConfig::with_cases(1));
        let (days, size) = (days, 1..5usize).new_tree(&mut runner).unwrap().current_pair();
        for (number, day) in days.iter().enumerate() {
            world.record(STATION, number as u32, &format!("2026-10-{day:02}")).await;
        }
        for (list, orders) in ORDERS {
            for order in *orders {
                let size = if *list == "stations" { 40 } else { size };
                let forward = walk(&world, list, order, size, false).await;
                let backward = walk(&world, list, order, size, true).await;
                assert_eq!(forward, backward, "{list} by {order}");
                let expected = if *list == "stations" { 66 } else { days.len() };
                assert_eq!(forward.len(), expected, "{list} by {order}");
            }
            let down = walk(&world, list, orders[0], 7, false).await;
            let mut up = walk(&world, list, orders[1], 7, false).await;
            up.reverse();
            assert_eq!(down, up, "{list}");
        }
    }

    async fn pages_stay_right_while_rows_are_added(world: World) {
        for number in 0..6 {
            world.record(STATION, number, &format!("2026-10-{:02}", number + 10)).await;
        }
        let before = walk(&world, "visits", "VISITED_ON_DESC", 2, false).await;
        let first = world.ask(&world.analyst(), "{ visits(first: 3) { nodes { id } pageInfo { endCursor } } }").await;
        let cursor = &first["visits"]["pageInfo"]["endCursor"];
        // One that belongs before the cursor, one after it, one on the very day of the last row seen.
        world.record(STATION, 20, "2026-10-30").await;
        world.record(STATION, 21, "2026-10-01").await;
        let query = format!("{{ visits(first: 10, after: {cursor}) {{ nodes {{ id visitedOn }} pageInfo {{ hasPreviousPage hasNextPage }} }} }}");
        let rest = world.ask(&world.analyst(), &query).await;
        let found = texts(&rest["visits"]["nodes"], |node| &node["id"]);
        assert_eq!(found[..3], before[3..]);
        assert_eq!(rest["visits"]["nodes"][3]["visitedOn"], "2026-10-01");
        assert_eq!(rest["visits"]["pageInfo"]["hasPreviousPage"], true);
        assert_eq!(rest["visits"]["pageInfo"]["hasNextPage"], false);
    }

    async fn the_cursor_of_one_list_is_refused_by_another(world: World) {
        world.record(STATION, 1, "2026-10-10").await;
        let data = world.ask(&world.analyst(), "{ visits { pageInfo { endCursor } } }").await;
        let cursor = &data["visits"]["pageInfo"]["endCursor"];
        for list in ["visits(orderBy: VISITED_ON_ASC,", "assessments(", "persons("] {
            let query = format!("{{ {list} after: {cursor}) {{ nodes {{ id }} }} }}");
            let response = world.run(Some(world.analyst()), query.as_str()).await;
            assert!(response.errors[0].message.contains("another list or another order"));
        }
    }

    async fn each_parent_has_its_own_newest_rows(world: World) {
        let first = world.record(STATION, 1, "2026-10-01").await;
        let second = world.record("S410811001", 2, "2026-10-01").await;
        let (here, far) = (world.station(STATION).await, world.station("S410811001").await);
        for number in 2..30 {
            let on = day(&format!("2026-10-{number:02}"));
            world.visit(&first, &here, on).await;
            if number < 5 {
                world.visit(&second, &far, on).await;
            }
        }
        let data = world.ask(&world.analyst(), "{ persons(orderBy: NAME_ASC) { nodes {
            newestVisit { visitedOn } visits(first: 3) { totalCount nodes { visitedOn } pageInfo { hasNextPage } }
            oldest: visits(last: 2) { nodes { visitedOn } pageInfo { hasPreviousPage hasNextPage } } } } }").await;
        let people = data["persons"]["nodes"].as_array().unwrap();
        let days = |value: &Value| texts(&value["nodes"], |node| &node["visitedOn"]);
        assert_eq!(days(&people[0]["visits"]), ["2026-10-29", "2026-10-28", "2026-10-27"]);
        assert_eq!(days(&people[1]["visits"]), ["2026-10-04", "2026-10-03", "2026-10-02"]);
        assert_eq!(people[0]["newestVisit"]["visitedOn"], "2026-10-29");
        assert_eq!(people[0]["visits"]["totalCount"], 29);
        assert_eq!(people[1]["visits"]["totalCount"], 4);
        assert_eq!(days(&people[0]["oldest"]), ["2026-10-02", "2026-10-01"]);
        assert_eq!(people[1]["visits"]["pageInfo"]["hasNextPage"], true);
        assert_eq!(people[1]["oldest"]["pageInfo"]["hasPreviousPage"], true);
        let county = world.ask(&world.analyst(), "{ division(code: \"410802\") { visits(first: 2) { totalCount nodes { visitedOn } } } }").await;
        assert_eq!(county["division"]["visits"]["totalCount"], 29);
        assert_eq!(days(&county["division"]["visits"]), ["2026-10-29", "2026-10-28"]);
    }
}

/// The values a strategy came up with.
trait CurrentPair<A, B> {
    fn current_pair(self) -> (A, B);
}

impl<A, B, T: proptest::strategy::ValueTree<Value = (A, B)>> CurrentPair<A, B> for T {
    fn current_pair(self) -> (A, B) {
        self.current()
    }
}

#[test]
fn a_global_id_is_read_back() {
    use graphql::ids::{Kind, parse};
    proptest::proptest!(|(id in any::<u128>())| {
        let id = uuid::Uuid::from_u128(id);
        let global = Kind::Visit.id(id);
        assert_eq!(parse(&global), Some((Kind::Visit, id)));
        assert!(Kind::Person.uuid(&global).is_err());
        assert_eq!(Kind::Person.uuid(&id.to_string()).ok(), Some(id));
    });
}
