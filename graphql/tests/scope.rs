//! A viewer sees what its stations did, and of the rest nothing, on every path.

use serde_json::Value;

use crate::{
    on_both,
    world::{Backend, FAR, STATION, World},
};

const LISTS: [&str; 9] = [
    "persons",
    "households",
    "visits",
    "assessments",
    "ledgerEntries",
    "needs",
    "excuses",
    "submissions",
    "refusals",
];

on_both! {
    async fn a_worker_sees_nothing_of_another_station(world: World) {
        let worker = world.worker(STATION).await;
        world.record(FAR, 1, "2026-10-10").await;
        for list in LISTS {
            let query = format!("{{ {list} {{ totalCount nodes {{ id }} }} }}");
            let found = world.ask(&worker, &query).await;
            assert_eq!(found[list]["totalCount"], 0, "{list}");
            assert_eq!(found[list]["nodes"].as_array().unwrap().len(), 0, "{list}");
        }
        let all = world.ask(&worker, "{ stations(first: 200) { totalCount nodes {
            persons { totalCount nodes { id } } households { totalCount nodes { id } }
            visits { totalCount nodes { id } } assessments { totalCount } ledgerEntries { totalCount }
            needs { totalCount } excuses { totalCount } submissions { totalCount } newestVisit { id } } } }").await;
        assert_eq!(all["stations"]["totalCount"], 66);
        assert!(all["stations"]["nodes"].as_array().unwrap().iter().all(is_empty), "{all}");
        let city = world.ask(&worker, "{ division(code: \"410800\") { persons { totalCount nodes { id } }
            households { totalCount } visits { totalCount nodes { id } } assessments { totalCount }
            ledgerEntries { totalCount } needs { totalCount } excuses { totalCount nodes { id } } } }").await;
        assert!(is_empty(&city["division"]), "{city}");
    }

    async fn a_row_of_another_station_looks_like_one_that_is_not_there(world: World) {
        let (worker, analyst) = (world.worker(STATION).await, world.analyst());
        let far = world.record(FAR, 1, "2026-10-10").await;
        let ids = [
            ("Person", far.person), ("Household", far.household), ("Visit", far.visit),
            ("Assessment", far.assessment), ("Need", far.need), ("LedgerEntry", far.entry),
            ("Submission", far.submission), ("Excuse", far.excuse),
            ("Refusal", far.refusal),
        ];
        for (kind, id) in ids {
            let global = global_id(kind, &id.to_string());
            let query = format!("{{ node(id: \"{global}\") {{ id }} nodes(ids: [\"{global}\"]) {{ id }} }}");
            let found = world.ask(&worker, &query).await;
            assert!(found["node"].is_null() && found["nodes"][0].is_null(), "{kind}: {found}");
            let found = world.ask(&analyst, &query).await;
            assert_eq!(found["node"]["id"], global, "{kind}");
            assert_eq!(found["nodes"][0]["id"], global, "{kind}");
        }
        let person = global_id("Person", &far.person.to_string());
        let found = world.ask(&worker, &format!("{{ person(id: \"{person}\") {{ name }} }}")).await;
        assert!(found["person"].is_null());
        let absent = global_id("Visit", "01940000-0000-7000-8000-000000000000");
        let found = world.ask(&analyst, &format!("{{ node(id: \"{absent}\") {{ id }} other: node(id: \"x\") {{ id }} }}")).await;
        assert!(found["node"].is_null() && found["other"].is_null());
    }

    async fn what_hangs_on_a_shared_person_stays_with_its_station(world: World) {
        let far = world.record(FAR, 1, "2026-10-10").await;
        let station = world.station(STATION).await;
        let link = entity::person_station::Model {
            person_id: far.person,
            station_id: station.id,
            recorded_at: hub::clock::Clock::system().now(),
        };
        world.insert(link).await;
        let worker = world.worker(STATION).await;
        let found = world.ask(&worker, "{ persons { nodes { name household { id } newestVisit { id }
            newestAssessment { id } visits { totalCount nodes { id } } assessments { nodes { id } }
            ledgerEntries { nodes { id } } needs { nodes { id } } excuses { nodes { id } } submissions { nodes { id } } } } }").await;
        let person = &found["persons"]["nodes"][0];
        assert_eq!(person["name"], "测试人员0001");
        let mut rest = person.clone();
        rest.as_object_mut().unwrap().remove("name");
        assert!(is_empty(&rest), "{rest}");
    }

    async fn a_bulletin_counts_what_the_viewer_may_see(world: World) {
        world.record(FAR, 1, "2026-10-10").await;
        world.record(STATION, 2, "2026-10-10").await;
        let query = "{ bulletin(from: \"2026-10-01\", to: \"2026-10-31\") { stations { count }
            peopleServed { count people { nodes { name } } } personTimes { count } needsRaised { count }
            ledgers { count } assessments { count } services { count } visitsByKind { count } } }";
        let seen = world.ask(&world.worker(STATION).await, query).await;
        let all = world.ask(&world.analyst(), query).await;
        for (figure, sum) in [("stations", 2), ("peopleServed", 2), ("personTimes", 2), ("needsRaised", 2)] {
            assert_eq!(seen["bulletin"][figure]["count"], 1, "{figure}");
            assert_eq!(all["bulletin"][figure]["count"], sum, "{figure}");
        }
        for (figure, sum) in [("ledgers", 2), ("assessments", 2), ("services", 4), ("visitsByKind", 2)] {
            assert_eq!(total(&seen["bulletin"][figure]), sum / 2, "{figure}");
            assert_eq!(total(&all["bulletin"][figure]), sum, "{figure}");
        }
        let people = &seen["bulletin"]["peopleServed"]["people"]["nodes"];
        assert_eq!(people.as_array().unwrap().len(), 1);
    }

    async fn a_viewer_without_stations_sees_no_rows(world: World) {
        world.record(FAR, 1, "2026-10-10").await;
        let mut nobody = world.worker(STATION).await;
        nobody.scope = hub::access::Scope::Stations(Vec::new());
        let found = world.ask(&nobody, "{ visits { totalCount } persons { totalCount } }").await;
        assert_eq!(found["visits"]["totalCount"], 0);
        assert_eq!(found["persons"]["totalCount"], 0);
    }
}

fn global_id(kind: &str, id: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("{kind}:{id}"))
}

fn total(figures: &Value) -> i64 {
    figures.as_array().unwrap().iter().map(|figure| figure["count"].as_i64().unwrap()).sum()
}

/// No row and no count anywhere in it.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::Array(values) => values.iter().all(is_empty),
        Value::Object(fields) => fields.values().all(is_empty),
        _ => false,
    }
}
