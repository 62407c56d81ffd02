//! The numbers of a bulletin against a count over what was handed in, and the rows behind them.

use std::path::Path;

use nuanyang::demo::{City, difference};
use serde_json::json;

use crate::{
    on_both,
    support::{Backend, FAR, STATION, TestHub, contents::*},
};

on_both! {
    async fn the_demo_citys_bulletin_agrees_with_an_independent_count(hub: TestHub) {
        let ledgers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ledgers");
        let queues = tempfile::tempdir().unwrap();
        let city = City::load(&hub.server, &ledgers, queues.path()).await.unwrap();
        let bulletin = city.bulletin(&hub.server).await.unwrap();
        assert_eq!(difference(&bulletin, &city.expected), Vec::<String>::new());
        assert_eq!(city.expected.stations, 66);

        let mut other = city.expected.clone();
        other.person_times += 1;
        assert_eq!(difference(&bulletin, &other).len(), 1, "a difference is seen");
    }

    async fn every_number_opens_to_the_rows_it_counts(hub: TestHub) {
        let (here, there) = (hub.worker(STATION).await, hub.worker(FAR).await);
        here.store(elderly_entry(STATION, elder(1), "2025-01-01", json!({}))).await;
        here.store(child_entry(STATION, child(2), "2025-01-01", json!({}))).await;
        let need = json!({ "needs": [{ "domain": "CARE", "urgency": "SOON" }] });
        here.store(visit(STATION, elder(1), "2026-10-01", need)).await;
        here.store(visit(STATION, child(2), "2026-10-31", json!({ "services": ["EDUCATION", "CARE"] }))).await;
        here.store(visit(STATION, elder(1), "2026-10-20", json!({ "needsMet": ["CARE"] }))).await;
        here.store(visit(STATION, elder(1), "2026-11-01", json!({}))).await;
        there.store(visit(FAR, elder(3), "2026-10-09", json!({}))).await;
        let query = "{ bulletin(from: \"2026-10-01\", to: \"2026-10-31\") {
            stations { count stations { nodes { code } } }
            peopleServed { count people { nodes { name } totalCount } }
            personTimes { count visits { totalCount } }
            visitsByKind { kind count visits { totalCount nodes { person { name } } } }
            services { service count visits { totalCount } }
            needsRaised { count byDomain { domain count needs { totalCount } } }
            needsMet { count needs { totalCount nodes { settledOn } } }
            ledgers { kind count ledgerEntries { totalCount } } } }";
        let data = hub.officer().await.ask(query).await;
        let bulletin = &data["bulletin"];
        assert_eq!(bulletin["stations"]["count"], 2);
        assert_eq!(bulletin["peopleServed"]["count"], 3);
        assert_eq!(bulletin["personTimes"], json!({ "count": 4, "visits": { "totalCount": 4 } }));
        let mut kinds = Vec::new();
        for figure in bulletin["visitsByKind"].as_array().unwrap() {
            assert_eq!(figure["count"], figure["visits"]["totalCount"]);
            kinds.push((figure["kind"].clone(), figure["count"].clone()));
        }
        for expected in [(json!("CHILD"), json!(1)), (json!("ELDERLY"), json!(2)), (json!(null), json!(1))] {
            assert!(kinds.contains(&expected), "{kinds:?}");
        }
        for (list, rows) in [("services", "visits"), ("ledgers", "ledgerEntries")] {
            for figure in bulletin[list].as_array().unwrap() {
                assert_eq!(figure["count"], figure[rows]["totalCount"], "{figure}");
            }
        }
        assert_eq!(bulletin["needsRaised"]["count"], 1);
        assert_eq!(bulletin["needsMet"]["needs"]["nodes"], json!([{ "settledOn": "2026-10-20" }]));
        let own = here.ask(query).await;
        assert_eq!(own["bulletin"]["peopleServed"]["count"], 2);
        assert_eq!(own["bulletin"]["stations"]["stations"]["nodes"], json!([{ "code": STATION }]));
    }
}
