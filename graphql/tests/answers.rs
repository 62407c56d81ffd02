//! How the schema answers: without a viewer, to wrong arguments, and where a part of it fails.

use sea_orm::ConnectionTrait;

use crate::{
    on_both,
    world::{Backend, STATION, World, codes},
};

const ROOTS: [&str; 20] = [
    "viewer { username name role stations { code } }",
    "node(id: \"x\") { id }",
    "nodes(ids: []) { id }",
    "division(code: \"410800\") { name }",
    "divisions { totalCount }",
    "station(code: \"S410802001\") { name }",
    "stations { totalCount }",
    "person(residentId: \"11010519491231002X\") { name }",
    "persons { totalCount }",
    "household(id: \"01940000-0000-7000-8000-000000000000\") { id }",
    "households { totalCount }",
    "visits { totalCount }",
    "assessments { totalCount }",
    "ledgerEntries { totalCount }",
    "needs { totalCount }",
    "excuses { totalCount }",
    "submissions { totalCount }",
    "refusals { totalCount }",
    "instruments { code version title groups { items { options { value points label } } } levels { code rank } rules { effect } }",
    "bulletin(from: \"2026-10-01\", to: \"2026-10-31\") { stations { count } }",
];

on_both! {
    async fn every_root_field_answers(world: World) {
        for field in ROOTS {
            world.ask(&world.analyst(), &format!("{{ {field} }}")).await;
        }
        world.ask(&world.analyst(), "mutation { submit(items: []) { receipts { status } } }").await;
    }

    async fn no_root_field_answers_without_a_viewer(world: World) {
        for field in ROOTS {
            let refused = world.refused(None, &format!("{{ {field} }}")).await;
            assert_eq!(refused, ["UNAUTHENTICATED"], "{field}");
        }
        let refused = world.refused(None, "mutation { submit(items: []) { receipts { status } } }").await;
        assert_eq!(refused, ["UNAUTHENTICATED"]);
    }

    async fn a_part_that_fails_is_null_and_leaves_the_rest(world: World) {
        world.record(STATION, 1, "2026-10-10").await;
        let writer = world.hub.db.writer();
        writer.execute_unprepared("ALTER TABLE households RENAME TO elsewhere").await.unwrap();
        let query = "{ persons { nodes { name household { id } } } }";
        let response = world.run(Some(world.analyst()), query).await;
        assert_eq!(codes(&response), ["INTERNAL"]);
        assert!(!response.errors[0].message.contains("households"), "{:?}", response.errors);
        let data = response.data.into_json().unwrap();
        assert_eq!(data["persons"]["nodes"][0]["name"], "测试人员0001");
        assert!(data["persons"]["nodes"][0]["household"].is_null());
    }

    async fn a_wrong_argument_is_told_by_its_code(world: World) {
        let wrong = [
            "division(code: \"41\") { name }",
            "division { name }",
            "person { name }",
            "person(id: \"x\") { name }",
            "person(residentId: \"123\") { name }",
            "visits(filter: { division: \"419999\" }) { totalCount }",
            "visits(filter: { division: \"city\" }) { totalCount }",
            "visits(filter: { visited: { from: \"2026-10-31\", to: \"2026-10-01\" } }) { totalCount }",
            "visits(filter: { visited: { from: \"31.10.2026\" } }) { totalCount }",
            "visits(after: \"x\") { nodes { id } }",
            "bulletin(from: \"2026-10-31\", to: \"2026-10-01\") { stations { count } }",
            "nothing",
            "visits { nodes { nothing } }",
        ];
        for field in wrong {
            let refused = world.refused(Some(&world.analyst()), &format!("{{ {field} }}")).await;
            assert!(refused.iter().all(|code| code == "INVALID_INPUT") && !refused.is_empty(), "{field}: {refused:?}");
        }
        assert_eq!(world.refused(Some(&world.analyst()), "{ visits {").await, ["INVALID_INPUT"]);
    }

    async fn filters_find_what_they_name(world: World) {
        let recorded = world.record(STATION, 3, "2026-10-10").await;
        world.record("S410811001", 4, "2026-09-01").await;
        let person = recorded.person;
        let found = [
            "persons(filter: { division: \"410802\" })",
            "persons(filter: { division: \"410802001\", namePrefix: \"测试人员\", sexes: [FEMALE] })",
            "persons(filter: { namePrefix: \"测试人员0003\" })",
            "persons(filter: { stations: [\"S410802001\"], ledgers: [CHILD] })",
            "persons(filter: { visited: { from: \"2026-10-10\", to: \"2026-10-10\" } })",
            "households(filter: { division: \"410802\", headNamePrefix: \"测试\" })",
            "visits(filter: { division: \"410802001001\", services: [CARE], modes: [HOME] })",
            "visits(filter: { visited: { from: \"2026-10-01\" }, toPerson: true, ledgers: [CHILD] })",
            "visits(filter: { nextVisit: { from: \"2026-11-09\", to: \"2026-11-09\" } })",
            "assessments(filter: { assessed: { from: \"2026-10-01\" }, levels: [\"MILD\"] })",
            "ledgerEntries(filter: { kinds: [CHILD], childKinds: [LEFT_BEHIND], openOn: \"2026-12-01\" })",
            "ledgerEntries(filter: { openOn: \"2026-10-10\", stations: [\"S410802001\"] })",
            "needs(filter: { raised: { from: \"2026-10-01\" }, statuses: [MET], urgencies: [SOON], domains: [CARE] })",
            "submissions(filter: { stations: [\"S410802001\"], kinds: [VISIT], mine: true })",
            "stations(filter: { visited: { from: \"2026-10-01\", to: \"2026-10-31\" } })",
            "divisions(filter: { within: \"410802\", levels: [COUNTY] })",
        ];
        for field in found {
            let data = world.ask(&world.analyst(), &format!("{{ found: {field} {{ totalCount nodes {{ id }} }} }}")).await;
            assert_eq!(data["found"]["totalCount"], 1, "{field}");
            assert_eq!(data["found"]["nodes"].as_array().unwrap().len(), 1, "{field}");
        }
        let none = [
            "persons(filter: { namePrefix: \"试\" })",
            "persons(filter: { division: \"410803\" })",
            "visits(filter: { services: [LEGAL] })",
            "visits(filter: { stations: [\"S000\"] })",
            "ledgerEntries(filter: { openOn: \"2026-08-01\" })",
            "ledgerEntries(filter: { kinds: [ELDERLY], childKinds: [LEFT_BEHIND] })",
        ];
        for field in none {
            let data = world.ask(&world.analyst(), &format!("{{ found: {field} {{ totalCount }} }}")).await;
            assert_eq!(data["found"]["totalCount"], 0, "{field}");
        }
        let query = format!("{{ visits(filter: {{ person: \"{person}\" }}) {{ totalCount }} }}");
        assert_eq!(world.ask(&world.analyst(), &query).await["visits"]["totalCount"], 1);
    }

    async fn relations_lead_back_to_where_they_came_from(world: World) {
        world.record(STATION, 3, "2026-10-10").await;
        let data = world.ask(&world.analyst(), "{ visits { nodes { id
            person { newestVisit { id } household { head { visits { nodes { id } } } } }
            station { visits { nodes { id } } newestVisit { id } }
            needs { nodes { visit { id } settledBy { id } assessment { needs { nodes { visit { id } } } }
                ledgerEntry { __typename needs { nodes { visit { id } } } submission { record { id } } } } }
            submission { record { id } accountName } division { parent { children { totalCount } } } } } }").await;
        let visit = &data["visits"]["nodes"][0];
        let id = &visit["id"];
        let need = &visit["needs"]["nodes"][0];
        let ways = [
            &visit["person"]["newestVisit"]["id"],
            &visit["person"]["household"]["head"]["visits"]["nodes"][0]["id"],
            &visit["station"]["visits"]["nodes"][0]["id"],
            &visit["station"]["newestVisit"]["id"],
            &need["visit"]["id"],
            &need["settledBy"]["id"],
            &need["assessment"]["needs"]["nodes"][0]["visit"]["id"],
            &need["ledgerEntry"]["needs"]["nodes"][0]["visit"]["id"],
            &need["ledgerEntry"]["submission"]["record"]["id"],
            &visit["submission"]["record"]["id"],
        ];
        assert!(ways.iter().all(|way| *way == id), "{data}");
        assert_eq!(need["ledgerEntry"]["__typename"], "ChildEntry");
        assert_eq!(visit["submission"]["accountName"], "测试账户");
    }
}
