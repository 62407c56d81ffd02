//! What figures tell those who are not to know who is meant.

use entity::{Role, Sex, TokenScope, person};
use hub::{HubError, clock::Clock, people::PersonFilter};
use nuanyang::{commands::HERE, settings::Settings};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Backend, FAR, STATION, TestDatabase, TestHub, contents::*},
};

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

    async fn the_count_of_each_place_is_suppressed_and_that_of_one_persons_rows_is_not(hub: TestHub) {
        visits(&hub, STATION, 0..6, "CARE").await;
        visits(&hub, FAR, 10..13, "CARE").await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let data = analyst.ask("{ stations(first: 200) { nodes { code persons { totalCount } visits { totalCount } } }
            persons(first: 1) { nodes { visits { totalCount } } } }").await;
        let stations = data["stations"]["nodes"].as_array().unwrap();
        let of = |code: &str| stations.iter().find(|station| station["code"] == code).unwrap();
        assert_eq!(of(STATION)["persons"]["totalCount"], 6);
        assert_eq!(of(STATION)["visits"]["totalCount"], 18);
        assert_eq!(of(FAR)["persons"]["totalCount"], json!(null));
        assert_eq!(of(FAR)["visits"]["totalCount"], json!(null));
        assert_eq!(of("S410802002")["persons"]["totalCount"], 0, "that there is nobody tells of nobody");
        assert_eq!(data["persons"]["nodes"][0]["visits"]["totalCount"], 3);
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
