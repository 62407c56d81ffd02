//! What figures tell those who are not to know who is meant.

use entity::{Role, Sex, TokenScope, person};
use hub::{HubError, clock::Clock, people::PersonFilter};
use nuanyang::{commands::HERE, settings::Settings};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Backend, FAR, STATION, TestDatabase, TestHub, contents::*},
};

/// A station of a third county.
const ELSEWHERE: &str = "S410803001";

const SPAN: &str = "from: \"2026-10-01\", to: \"2026-10-31\"";

/// Visits so many people, each three times, at which this service is given.
async fn visits(hub: &TestHub, station: &str, people: std::ops::Range<u32>, service: &str) {
    let worker = hub.worker(station).await;
    for number in people {
        for day in ["2026-10-03", "2026-10-04", "2026-10-05"] {
            let more = json!({ "services": [service] });
            worker.store(visit(station, elder(number), day, more)).await;
        }
    }
}

/// What each service counts, but for those that count nothing.
fn services(data: &Value) -> Vec<String> {
    let figures = data["bulletin"]["services"].as_array().unwrap().iter();
    let counted = figures.filter(|figure| figure["count"] != 0);
    counted
        .map(|figure| format!("{} {}", figure["service"], figure["count"]).replace('"', ""))
        .collect()
}

on_both! {
    async fn a_figure_about_four_people_is_told_to_those_who_may_know_them(hub: TestHub) {
        visits(&hub, STATION, 0..4, "CARE").await;
        let query = format!("{{ persons {{ totalCount nodes {{ id }} }} bulletin({SPAN}) {{
            personTimes {{ count visits {{ totalCount nodes {{ id }} }} }} peopleServed {{ count }}
            stations {{ count }} }} }}");
        let data = hub.officer().await.ask(&query).await;
        assert_eq!(data["persons"]["totalCount"], 4);
        assert_eq!(data["bulletin"]["personTimes"]["visits"]["totalCount"], 12);
        let analyst = hub.viewer(Role::Analyst, None).await;
        let blind = hub.system("410800", &[TokenScope::Read]).await;
        for viewer in [&analyst, &blind] {
            let answer = viewer.answer(&query, json!({})).await;
            let data = &answer["data"];
            assert_eq!(data["persons"]["totalCount"], json!(null));
            let times = json!({ "count": null, "visits": { "totalCount": null, "nodes": [] } });
            assert_eq!(data["bulletin"]["personTimes"], times);
            assert_eq!(data["bulletin"]["peopleServed"]["count"], json!(null));
            assert_eq!(data["bulletin"]["stations"]["count"], 1, "a station is nobody");
            assert_eq!(answer["extensions"]["sight"], json!({
                "PersonConnection.totalCount": "SUPPRESSED", "VisitConnection.totalCount": "SUPPRESSED",
                "VisitFigure.count": "SUPPRESSED", "VisitFigure.visits": "SUPPRESSED",
                "PersonFigure.count": "SUPPRESSED" }));
        }
        let knows = hub.system("410800", &[TokenScope::Read, TokenScope::Identity]).await;
        assert_eq!(knows.ask(&query).await["persons"]["totalCount"], 4);
        visits(&hub, STATION, 4..5, "CARE").await;
        let data = analyst.ask(&query).await;
        assert_eq!(data["persons"]["totalCount"], 5);
        assert_eq!(data["bulletin"]["personTimes"]["visits"]["nodes"].as_array().unwrap().len(), 15);
    }

    async fn a_small_cell_cannot_be_had_by_taking_the_others_from_the_total(hub: TestHub) {
        visits(&hub, STATION, 0..2, "EDUCATION").await;
        visits(&hub, STATION, 10..16, "CARE").await;
        visits(&hub, STATION, 20..27, "LEGAL").await;
        let query = format!("{{ bulletin({SPAN}) {{ visits {{ count }}
            services {{ service count visits {{ totalCount nodes {{ id }} }} }} }} }}");
        let analyst = hub.viewer(Role::Analyst, None).await;
        let data = analyst.ask(&query).await;
        assert_eq!(data["bulletin"]["visits"]["count"], 45);
        let told = services(&data);
        assert_eq!(told, ["CARE null", "EDUCATION null", "LEGAL 21"]);
        for figure in data["bulletin"]["services"].as_array().unwrap() {
            let rows = &figure["visits"];
            assert_eq!(rows["totalCount"], figure["count"], "{figure}");
            let empty = rows["nodes"].as_array().unwrap().is_empty();
            assert!(empty || !figure["count"].is_null(), "{figure}");
        }
        assert_eq!(services(&analyst.ask(&query).await), told, "the same answer to the same question");
        let officer = hub.officer().await.ask(&query).await;
        assert_eq!(services(&officer), ["CARE 18", "EDUCATION 6", "LEGAL 21"]);
    }

    async fn what_a_list_counts_is_no_way_round_a_table(hub: TestHub) {
        visits(&hub, STATION, 0..2, "EDUCATION").await;
        visits(&hub, STATION, 10..16, "CARE").await;
        visits(&hub, STATION, 20..27, "LEGAL").await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let count = async |services: &str| {
            let query = format!("{{ visits(filter: {{ services: [{services}] }}) {{ totalCount }} }}");
            analyst.ask(&query).await["visits"]["totalCount"].clone()
        };
        assert_eq!(count("EDUCATION").await, json!(null));
        assert_eq!(count("CARE").await, json!(null), "the cover of the bulletin's table");
        assert_eq!(count("LEGAL").await, 21);
        assert_eq!(count("CARE, LEGAL").await, json!(null));
        assert_eq!(count("").await, 45);
        assert_eq!(count("MEDICAL").await, 0);
    }

    async fn what_a_filter_leaves_of_all_tells_of_nobody_either(hub: TestHub) {
        // The last but one digit of a resident ID is odd for a man.
        for number in (1..14).step_by(2).chain([0, 2]) {
            visits(&hub, STATION, number..number + 1, "CARE").await;
        }
        let count = "persons { totalCount } men: persons(filter: { sexes: [MALE] }) { totalCount }
            women: persons(filter: { sexes: [FEMALE] }) { totalCount }";
        let figures = |data: Value| ["persons", "men", "women"].map(|of| data[of]["totalCount"].clone());
        let query = format!("{{ {count} }}");
        let analyst = hub.viewer(Role::Analyst, None).await;
        assert_eq!(figures(analyst.ask(&query).await), [json!(9), json!(null), json!(null)]);
        assert_eq!(figures(hub.officer().await.ask(&query).await), [9, 7, 2].map(Value::from));
        for number in [4, 6, 8] {
            visits(&hub, STATION, number..number + 1, "CARE").await;
        }
        assert_eq!(figures(analyst.ask(&query).await), [12, 7, 5].map(Value::from));
    }

    async fn a_small_place_takes_a_neighbour_along(hub: TestHub) {
        visits(&hub, STATION, 0..6, "CARE").await;
        visits(&hub, FAR, 10..13, "CARE").await;
        visits(&hub, ELSEWHERE, 20..28, "CARE").await;
        let each = "persons { totalCount } visits { totalCount }";
        let query = format!("{{ {each} stations(first: 200) {{ nodes {{ code {each} }} }}
            divisions(filter: {{ levels: [CITY, COUNTY, TOWNSHIP] }}, first: 200) {{ nodes {{ code {each} }} }} }}");
        let analyst = hub.viewer(Role::Analyst, None).await;
        let data = analyst.ask(&query).await;
        let told = |list: &str, code: &str| {
            let place = data[list]["nodes"].as_array().unwrap().iter().find(|place| place["code"] == code);
            ["persons", "visits"].map(|of| place.unwrap()[of]["totalCount"].clone())
        };
        let (none, hidden) = ([json!(0), json!(0)], [json!(null), json!(null)]);
        assert_eq!([&data["persons"], &data["visits"]].map(|of| of["totalCount"].clone()), [17, 51]);
        assert_eq!(told("divisions", "410800"), [17, 51]);
        // 3 people are too few, and with 6 known they would be what is left of the city.
        assert_eq!(told("divisions", "410811"), hidden);
        assert_eq!(told("divisions", "410802"), hidden);
        assert_eq!(told("divisions", "410803"), [8, 24]);
        assert_eq!(told("divisions", "410804"), none);
        for (list, code) in [("stations", FAR), ("stations", STATION), ("divisions", "410802001"), ("stations", "S410802002")] {
            assert_eq!(told(list, code), hidden, "{code} lies in what is suppressed");
        }
        assert_eq!(told("stations", ELSEWHERE), [8, 24]);
        assert_eq!(told("divisions", "410803001"), [8, 24]);
        assert_eq!(told("stations", "S410803002"), none);

        let filtered = "{
            suppressed: visits(filter: { division: \"410802\" }) { totalCount }
            county: visits(filter: { division: \"410803\" }) { totalCount }
            station: persons(filter: { stations: [\"S410803001\"] }) { totalCount }
            both: persons(filter: { stations: [\"S410803001\", \"S410803002\"] }) { totalCount }
            some: persons(filter: { stations: [\"S410803001\", \"S410802001\"] }) { totalCount }
            crossed: visits(filter: { division: \"410803\", stations: [\"S410803001\"] }) { totalCount }
            nowhere: visits(filter: { stations: [\"S999\"] }) { totalCount }
            visited: bulletin(from: \"2026-10-01\", to: \"2026-10-31\", division: \"410803\") { peopleServed { count } }
            visitedFew: bulletin(from: \"2026-10-01\", to: \"2026-10-31\", division: \"410811\") { peopleServed { count } }
            bulletin(from: \"2026-10-01\", to: \"2026-10-31\", division: \"410802\") {
                visits { count } peopleServed { count } services { count } visitsByKind { count } }
            stations(filter: { codes: [\"S410803001\"] }) { nodes {
                persons(filter: { division: \"410803\" }) { totalCount } } } }";
        let data = analyst.ask(filtered).await;
        let figure = |name: &str| data[name]["totalCount"].clone();
        assert_eq!(figure("suppressed"), json!(null));
        assert_eq!(figure("county"), 24);
        assert_eq!([figure("station"), figure("both")], [8, 8]);
        assert_eq!(figure("some"), json!(null), "one of them is suppressed");
        assert_eq!(figure("crossed"), json!(null), "it would tell what a station does elsewhere");
        assert_eq!(figure("nowhere"), json!(null));
        let visited = ["visited", "visitedFew"].map(|name| data[name]["peopleServed"]["count"].clone());
        assert_eq!(visited, [json!(8), json!(null)]);
        let bulletin = &data["bulletin"];
        assert_eq!([&bulletin["visits"], &bulletin["peopleServed"]].map(|of| of["count"].clone()), hidden);
        for table in ["services", "visitsByKind"] {
            let cells = bulletin[table].as_array().unwrap();
            assert!(cells.iter().all(|cell| cell["count"].is_null()), "{cells:?}");
        }
        assert_eq!(data["stations"]["nodes"][0]["persons"]["totalCount"], json!(null));
        let person = analyst.ask("{ persons(first: 1) { nodes { visits { totalCount } } } }").await;
        assert_eq!(person["persons"]["nodes"][0]["visits"]["totalCount"], 3, "of one person, who is seen");
    }

    async fn bulletins_of_counties_do_not_add_up_to_a_few(hub: TestHub) {
        visits(&hub, STATION, 0..2, "LEGAL").await;
        visits(&hub, STATION, 30..36, "CARE").await;
        visits(&hub, STATION, 40..47, "MEDICAL").await;
        visits(&hub, FAR, 10..16, "LEGAL").await;
        visits(&hub, ELSEWHERE, 20..28, "LEGAL").await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let of = async |county: &str| {
            let query = format!("{{ bulletin({SPAN}{county}) {{ visits {{ count }}
                services {{ service count visits {{ totalCount }} }} }} }}");
            let data = analyst.ask(&query).await;
            for figure in data["bulletin"]["services"].as_array().unwrap() {
                assert_eq!(figure["visits"]["totalCount"], figure["count"], "{figure}");
            }
            services(&data)
        };
        assert_eq!(of("").await, ["CARE 18", "MEDICAL 21", "LEGAL 48"]);
        assert_eq!(of(", division: \"410802\"").await, ["CARE null", "MEDICAL 21", "LEGAL null"]);
        assert_eq!(of(", division: \"410811\"").await, ["LEGAL null"], "the smallest that is not too small");
        assert_eq!(of(", division: \"410803\"").await, ["LEGAL 24"]);
    }

    async fn the_parts_of_what_is_suppressed_are_not_told(hub: TestHub) {
        visits(&hub, STATION, 0..40, "CARE").await;
        visits(&hub, STATION, 40..50, "MEDICAL").await;
        visits(&hub, ELSEWHERE, 60..68, "CARE").await;
        visits(&hub, ELSEWHERE, 70..80, "MEDICAL").await;
        visits(&hub, ELSEWHERE, 80..83, "LEGAL").await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let of = async |county: &str| {
            let query = format!("{{ bulletin({SPAN}{county}) {{ services {{ service count }} }} }}");
            services(&analyst.ask(&query).await)
        };
        assert_eq!(of("").await, ["CARE 144", "MEDICAL null", "LEGAL null"]);
        assert_eq!(of(", division: \"410802\"").await, ["CARE 120", "MEDICAL null", "LEGAL null"]);
        assert_eq!(of(", division: \"410803\"").await, ["CARE null", "MEDICAL null", "LEGAL null"]);
    }

    async fn where_no_cell_is_safe_empty_ones_are_not_told_either(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for number in 0..2 {
            worker.store(elderly_entry(STATION, elder(number), "2026-10-01", json!({}))).await;
        }
        let query = format!("{{ bulletin({SPAN}) {{ ledgers {{ kind count }} }} }}");
        let data = hub.viewer(Role::Analyst, None).await.ask(&query).await;
        let figures = data["bulletin"]["ledgers"].as_array().unwrap();
        assert!(figures.iter().all(|figure| figure["count"].is_null()), "{figures:?}");
    }

    async fn visits_with_several_services_are_not_had_from_the_sum_of_services(hub: TestHub) {
        visits(&hub, STATION, 0..6, "CARE").await;
        visits(&hub, STATION, 10..17, "LEGAL").await;
        let both = async |people: std::ops::Range<u32>| {
            let worker = hub.worker(STATION).await;
            for number in people {
                let services = json!({ "services": ["CARE", "LEGAL"] });
                worker.store(visit(STATION, elder(number), "2026-10-06", services)).await;
            }
        };
        let analyst = hub.viewer(Role::Analyst, None).await;
        let told = async || {
            let query = format!("{{ bulletin({SPAN}) {{ visits {{ count }} services {{ service count }} }}
                either: visits(filter: {{ services: [CARE, LEGAL] }}) {{ totalCount }} }}");
            let data = analyst.ask(&query).await;
            let all = [&data["bulletin"]["visits"]["count"], &data["either"]["totalCount"]];
            (services(&data), all.map(Value::clone))
        };
        both(20..22).await;
        let hidden = ["CARE null", "LEGAL 23"].map(str::to_owned).to_vec();
        assert_eq!(told().await, (hidden, [json!(41), json!(null)]));
        both(22..25).await;
        let shown = ["CARE 23", "LEGAL 26"].map(str::to_owned).to_vec();
        assert_eq!(told().await, (shown, [json!(44), json!(null)]), "either and each tell of both");
    }

    async fn those_without_what_most_have_are_not_what_it_leaves_of_all(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let one_visit = async |people: std::ops::Range<u32>, services: Value| {
            for number in people {
                let services = json!({ "services": services });
                worker.store(visit(STATION, elder(number), "2026-10-06", services)).await;
            }
        };
        one_visit(0..2, json!(["CARE"])).await;
        one_visit(10..38, json!(["CARE", "LEGAL"])).await;
        one_visit(40..52, json!(["LEGAL"])).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let query = format!("{{ bulletin({SPAN}) {{ visits {{ count }} services {{ service count }} }}
            with: visits(filter: {{ services: [LEGAL] }}) {{ totalCount }} }}");
        let data = analyst.ask(&query).await;
        assert_eq!(data["bulletin"]["visits"]["count"], 42);
        assert_eq!(services(&data), ["CARE 30", "LEGAL null"], "2 visits were without");
        assert_eq!(data["with"]["totalCount"], json!(null));
    }

    async fn what_was_handed_in_is_no_second_count_of_the_record(hub: TestHub) {
        visits(&hub, STATION, 0..6, "CARE").await;
        visits(&hub, FAR, 10..13, "CARE").await;
        let query = "{ submissions { totalCount } stations { nodes { submissions { totalCount } } } }";
        let data = hub.viewer(Role::Analyst, None).await.ask(query).await;
        assert_eq!(data["submissions"]["totalCount"], json!(null));
        for station in data["stations"]["nodes"].as_array().unwrap() {
            assert_eq!(station["submissions"]["totalCount"], json!(null));
        }
        assert_eq!(hub.officer().await.ask(query).await["submissions"]["totalCount"], 27);
    }

    async fn children_left_out_of_a_table_are_not_what_it_leaves_of_the_total(hub: TestHub) {
        visits(&hub, STATION, 0..6, "CARE").await;
        visits(&hub, STATION, 10..17, "LEGAL").await;
        let worker = hub.worker(STATION).await;
        let system = hub.system("410800", &[TokenScope::Read, TokenScope::Health]).await;
        let query = format!("{{ bulletin({SPAN}) {{ visits {{ count }} services {{ service count }} }} }}");
        for number in 0..2 {
            worker.store(visit(STATION, child(number), "2026-10-06", json!({}))).await;
        }
        let data = system.ask(&query).await;
        assert_eq!(data["bulletin"]["visits"]["count"], 41);
        assert_eq!(services(&data), ["CARE null", "LEGAL 21"]);
        for number in 2..5 {
            worker.store(visit(STATION, child(number), "2026-10-06", json!({}))).await;
        }
        assert_eq!(services(&system.ask(&query).await), ["CARE 18", "LEGAL 21"]);
    }

    async fn what_lies_in_a_suppressed_cell_is_suppressed(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for number in 0..8 {
            worker.store(assessment(&elder(number), "older-adult-ability")).await;
        }
        for number in 0..2 {
            worker.store(assessment(&child(number), "child-risk")).await;
            let services = json!({ "mode": "PHONE", "services": ["MEDICAL"] });
            worker.store(visit(STATION, child(number), "2026-10-06", services)).await;
            let detail = json!({ "disabled": { "category": "PHYSICAL", "grade": 3 } });
            let entry = child_entry(STATION, elder(number), "2026-10-06", json!({ "detail": detail }));
            worker.store(entry).await;
        }
        for number in 0..6 {
            let entry = child_entry(STATION, child(number), "2026-10-06", json!({}));
            worker.store(entry).await;
            worker.store(elderly_entry(STATION, elder(number), "2026-10-06", json!({}))).await;
        }
        worker.store(elderly_entry(STATION, elder(6), "2026-10-06", json!({}))).await;
        visits(&hub, STATION, 10..16, "CARE").await;
        visits(&hub, STATION, 20..27, "LEGAL").await;
        let query = format!("{{
            kind: ledgerEntries(filter: {{ kinds: [CHILD] }}) {{ totalCount }}
            ofKind: ledgerEntries(filter: {{ childKinds: [LEFT_BEHIND] }}) {{ totalCount }}
            other: ledgerEntries(filter: {{ livingArrangements: [ALONE] }}) {{ totalCount }}
            mode: visits(filter: {{ modes: [HOME] }}) {{ totalCount }}
            ofMode: visits(filter: {{ modes: [HOME], services: [CARE] }}) {{ totalCount }}
            assessments {{ totalCount }}
            instrument: assessments(filter: {{ instruments: [\"older-adult-ability\"] }}) {{ totalCount }}
            level: assessments(filter: {{ levels: [\"INTACT\"] }}) {{ totalCount }}
            bulletin({SPAN}) {{ assessments {{ count }} }} }}");
        let figures = |data: Value| {
            let names = ["kind", "ofKind", "other", "mode", "ofMode", "assessments", "instrument", "level"];
            names.map(|name| data[name]["totalCount"].as_i64())
        };
        let data = hub.officer().await.ask(&query).await;
        assert_eq!(data["bulletin"]["assessments"][0]["count"], 2);
        let plain = [6, 6, 7, 39, 18, 10, 8, 8].map(Some);
        assert_eq!(figures(data), plain);
        let data = hub.viewer(Role::Analyst, None).await.ask(&query).await;
        assert_eq!(data["bulletin"]["assessments"], json!([]));
        assert_eq!(figures(data), [None, None, Some(7), None, None, Some(10), None, None]);
    }

    async fn the_visited_of_a_place_are_not_compared_with_the_people_of_all(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        visits(&hub, STATION, 0..7, "CARE").await;
        for number in 10..12 {
            worker.store(elderly_entry(STATION, elder(number), "2026-10-01", json!({}))).await;
        }
        let elsewhere = hub.worker(ELSEWHERE).await;
        for number in 20..26 {
            elsewhere.store(elderly_entry(ELSEWHERE, elder(number), "2026-10-01", json!({}))).await;
        }
        let query = format!("{{ persons {{ totalCount }}
            bulletin({SPAN}, division: \"410802\") {{ peopleServed {{ count }} }} }}");
        let data = hub.viewer(Role::Analyst, None).await.ask(&query).await;
        assert_eq!(data["persons"]["totalCount"], 15);
        assert_eq!(data["bulletin"]["peopleServed"]["count"], json!(null), "2 of the 9 there were not");
    }

    async fn who_was_not_visited_is_not_what_the_visited_leave_of_all(hub: TestHub) {
        visits(&hub, STATION, 0..7, "CARE").await;
        let worker = hub.worker(STATION).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let query = format!("{{ persons {{ totalCount }} bulletin({SPAN}) {{ peopleServed {{ count }} }} }}");
        let told = async || {
            let data = analyst.ask(&query).await;
            [&data["persons"]["totalCount"], &data["bulletin"]["peopleServed"]["count"]].map(Value::as_i64)
        };
        for number in 10..12 {
            worker.store(elderly_entry(STATION, elder(number), "2026-10-01", json!({}))).await;
        }
        assert_eq!(told().await, [Some(9), None]);
        for number in 12..15 {
            worker.store(elderly_entry(STATION, elder(number), "2026-10-01", json!({}))).await;
        }
        assert_eq!(told().await, [Some(12), Some(7)]);
    }

    async fn who_is_served_by_two_stations_is_not_had_from_a_figure_of_both(hub: TestHub) {
        visits(&hub, STATION, 0..10, "CARE").await;
        let beside = "S410802002";
        let query = format!("{{ one: persons(filter: {{ stations: [\"{STATION}\"] }}) {{ totalCount }}
            other: persons(filter: {{ stations: [\"{beside}\"] }}) {{ totalCount }}
            both: persons(filter: {{ stations: [\"{STATION}\", \"{beside}\"] }}) {{ totalCount }} }}");
        let analyst = hub.viewer(Role::Analyst, None).await;
        let told = async || {
            let data = analyst.ask(&query).await;
            ["one", "other", "both"].map(|name| data[name]["totalCount"].as_i64())
        };
        visits(&hub, beside, 7..20, "CARE").await;
        assert_eq!(told().await, [Some(10), Some(13), None]);
        visits(&hub, beside, 0..2, "CARE").await;
        assert_eq!(told().await, [Some(10), Some(15), None]);
    }
}

async fn budget(backend: Backend) {
    let settings = Settings { aggregate_budget: 3, ..Settings::default() };
    let hub = TestHub::with(TestDatabase::fresh(backend).await, settings).await;
    let analyst = hub.viewer(Role::Analyst, None).await;
    let count = |sex: &str| format!("{{ persons(filter: {{ sexes: [{sex}] }}) {{ totalCount }} }}");
    for sexes in ["MALE", "MALE", "FEMALE", "MALE, FEMALE", "FEMALE", "MALE"] {
        analyst.ask(&count(sexes)).await;
    }
    let answer = analyst.answer("{ persons { totalCount } }", json!({})).await;
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "TOO_COSTLY", "{answer}");
    assert!(error["message"].as_str().unwrap().contains("3 different"), "{error}");
    analyst.ask(&count("MALE")).await;
    analyst.ask("{ persons { nodes { id } } stations { totalCount } }").await;
    hub.officer().await.ask("{ persons { totalCount } visits { totalCount } needs { totalCount } households { totalCount } }").await;
    hub.viewer(Role::Analyst, None).await.ask("{ persons { totalCount } }").await;

    let mut other = hub.database.hub(Clock::system()).await;
    other.questions_a_day = 3;
    let viewer = other.authenticate(&analyst.token, HERE).await.unwrap();
    let asked = PersonFilter { sexes: vec![Sex::Male], ..PersonFilter::default() };
    other.count::<person::Entity>(&viewer, &asked).await.unwrap();
    let new = other.count::<person::Entity>(&viewer, &PersonFilter::default()).await;
    assert!(
        matches!(new, Err(HubError::Spent { asked: 3, .. })),
        "another hub counts with the first"
    );
    other.clock = Clock::fixed(other.clock.now() + chrono::Duration::days(1));
    other.count::<person::Entity>(&viewer, &PersonFilter::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn different_questions_for_figures_are_counted_by_day_sqlite() {
    budget(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn different_questions_for_figures_are_counted_by_day_postgres() {
    budget(Backend::Postgres).await;
}
