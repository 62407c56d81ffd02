//! A file holds every row, or there is none, or its cover says what is missing.

use std::net::TcpListener;

use chrono::{Duration, Utc};
use entity::{JobState, export_part::Entity as ExportPart, job};
use hub::db::Db;
use nuanyang::{bounds::Bounds, settings::Settings};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    exports::{EXPORT, begin, bytes_of, cover, get, job, lines, made, records, sheets},
    jobs::{count, sql_id, until, visits},
    kill::Process,
    on_both,
    policy::Types,
    support::{Backend, NEIGHBOUR, STATION, TestHub, TestViewer, WAIT, contents::*},
};

/// More than a page has where nobody says how many.
const MANY: u32 = 24;

/// A county of which every list of a station, and the visits of one person, are longer than a page.
async fn crowded(hub: TestHub) -> TestHub {
    let bounds = Bounds { question: Some(u64::MAX), ..Bounds::default() };
    let hub = hub.again(Settings { bounds, ..Settings::default() }).await;
    for station in [STATION, NEIGHBOUR] {
        let worker = hub.worker(station).await;
        let mut items = Vec::new();
        for number in 1..=MANY {
            let number = if station == STATION { number } else { 100 + number };
            let needs = json!({ "needs": [{ "domain": "CARE", "urgency": "SOON" }] });
            items.push(elderly_entry(station, elder(number), "2025-09-01", json!({})));
            items.push(visit(station, elder(number), "2026-10-02", needs));
            items.push(excuse(station, elder(number), ["2026-11-01", "2026-11-20"], json!({})));
            if station == STATION {
                items.push(assessment(&elder(number), "older-adult-ability"));
            }
        }
        let person = if station == STATION { elder(1) } else { elder(101) };
        for day in 1..=MANY {
            let day = format!("2026-09-{day:02}");
            items.push(visit(station, person.clone(), &day, json!({})));
        }
        for receipt in worker.submit(items).await {
            assert_eq!(receipt["status"], "STORED", "{receipt:#}");
        }
    }
    hub
}

/// What became of an export: its cover and rows, or why there is none. Nothing of it is kept, since
/// an account may have few.
async fn outcome(viewer: &TestViewer<'_>, query: &str) -> Result<(Value, Vec<Value>), String> {
    let id = begin(viewer, query, "NDJSON").await;
    let told = job(viewer, &id).await;
    let outcome = match told["state"].as_str() {
        Some("DONE") => Ok((cover(viewer, &id).await, lines(&bytes_of(viewer, &id).await))),
        Some("FAILED") => Err(told["message"].as_str().unwrap().to_owned()),
        state => panic!("{query}: {state:?}"),
    };
    stop(viewer, &id).await;
    outcome
}

async fn stop(viewer: &TestViewer<'_>, id: &str) {
    viewer.ask(&format!("mutation {{ stopJob(id: \"{id}\") {{ id }} }}")).await;
}

/// How many rows the last sheet of a workbook has, its header among them.
async fn rows_of_last_sheet(viewer: &TestViewer<'_>, query: &str) -> usize {
    let id = made(viewer, query, "XLSX").await;
    let book = sheets(bytes_of(viewer, &id).await);
    stop(viewer, &id).await;
    book.last().unwrap().1.len()
}

/// Whether the cover of a file says that it has not all.
fn says_so(cover: &Value) -> bool {
    let told = |table: &Value| table["more"] != 0 || !table["atMost"].is_null();
    !cover["found"].is_null() || cover["tables"].as_array().unwrap().iter().any(told)
}

/// Ends the time for which a killed hub holds its job, for which nobody waits here.
async fn let_go(db: &Db) {
    let over = Expr::value(Utc::now() - Duration::seconds(1));
    let jobs = job::Entity::update_many()
        .col_expr(job::Column::HeldUntil, over)
        .filter(job::Column::State.eq(JobState::Running));
    jobs.exec(db.writer()).await.unwrap();
}

/// Waits for what a hub of a process of its own does, looking often, so that it is met in the middle.
async fn at_length<T>(mut is_so: impl AsyncFnMut() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(found) = is_so().await {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(WAIT * 6, wait).await.unwrap()
}

/// The lists of a type by their names, whether they count their rows.
fn lists(types: &Types, kind: &str) -> Vec<(String, bool)> {
    let mut lists = Vec::new();
    for (name, _, of) in types.fields(kind) {
        let fields = types.fields(&of);
        let has = |name: &str| fields.iter().any(|(known, ..)| known == name);
        if has("pageInfo") && has("nodes") {
            lists.push((name, has("totalCount")));
        }
    }
    lists
}

on_both! {
    async fn every_list_of_the_root_is_exported_past_its_first_page(hub: TestHub) {
        let hub = crowded(hub).await;
        let officer = hub.officer().await;
        let types = Types::of(&officer).await;
        let mut long = 0;
        for (list, counts) in lists(&types, "Query") {
            if list == "accesses" {
                continue;
            }
            let (_, rows) = outcome(&officer, &format!("{{ {list} {{ nodes {{ __typename }} }} }}")).await.unwrap();
            if list == "likelyDuplicates" {
                // Nobody counts them.
                let told = officer.ask("{ likelyDuplicates(first: 200) { nodes { __typename } } }").await;
                let told = told["likelyDuplicates"]["nodes"].as_array().unwrap().len();
                assert_eq!(rows.len(), told);
                continue;
            }
            let ask = if counts { "totalCount" } else { "due overdue" };
            let told = officer.ask(&format!("{{ {list} {{ {ask} }} }}")).await[&list].take();
            let expected: u64 = told.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
            assert_eq!(rows.len() as u64, expected, "{list}");
            if expected <= 20 {
                continue;
            }
            long += 1;
            // Asked for the first of them, the cover says that there are more.
            let (cover, rows) = outcome(&officer, &format!("{{ {list}(first: 3) {{ nodes {{ __typename }} }} }}")).await.unwrap();
            assert_eq!((rows.len(), &cover["first"]), (3, &json!(3)), "{list}");
            assert_eq!(cover["found"], if counts { json!(expected) } else { Value::Null }, "{list}");
        }
        assert!(long >= 8, "{long}");
    }

    async fn every_list_within_a_row_is_whole_or_the_export_says_that_it_is_not(hub: TestHub) {
        let hub = crowded(hub).await;
        let officer = hub.officer().await;
        let types = Types::of(&officer).await;
        let mut long = 0;
        for (root, filter, kind) in [
            ("stations", format!("(filter: {{ codes: [\"{STATION}\"] }})"), "Station"),
            ("divisions", "(filter: { within: \"410802\", levels: [COUNTY] })".to_owned(), "Division"),
            ("persons", format!("(filter: {{ residentId: {} }})", elder(1)["residentId"]), "Person"),
        ] {
            for (list, counts) in lists(&types, kind) {
                if !counts {
                    continue;
                }
                let count = format!("{{ {root}{filter} {{ nodes {{ {list} {{ totalCount }} }} }} }}");
                let told = officer.answer(&count, json!({})).await;
                let Some(expected) = told["data"][root]["nodes"][0][&list]["totalCount"].as_u64() else {
                    panic!("{kind}.{list}: {told:#}");
                };
                // Of a list that nobody asks rows of, only its count.
                assert_eq!(outcome(&officer, &count).await.unwrap().1[0][&list]["totalCount"], expected, "{kind}.{list}");
                let ask = |first: &str| format!("{{ {root}{filter} {{ nodes {{ {list}{first} {{ nodes {{ __typename }} }} }} }} }}");
                if expected <= 20 {
                    let rows = outcome(&officer, &ask("")).await.unwrap().1;
                    assert_eq!(rows[0][&list]["nodes"].as_array().unwrap().len() as u64, expected);
                    continue;
                }
                long += 1;
                let message = outcome(&officer, &ask("")).await.unwrap_err();
                assert!(message.contains(&format!("{list} 的条数多于一页")), "{kind}.{list}: {message}");
                let (cover, rows) = outcome(&officer, &ask("(first: 20)")).await.unwrap();
                    assert!(says_so(&cover), "{kind}.{list}: {cover:#}");
                assert!(!json!(rows).to_string().contains("export"), "{rows:?}");
            }
        }
        assert!(long >= 14, "{long}");
    }

    async fn the_records_behind_a_figure_are_whole_or_the_export_fails(hub: TestHub) {
        let hub = crowded(hub).await;
        let officer = hub.officer().await;
        let statistics = |of: &str, records: &str| format!(
            "{{ statistics(of: {of}, by: [STATION], measures: [{{ measure: COUNT }}], compare: \"2026-01-01\") {{
                rows {{ station {{ code }} figures {{ count }} {records} }} }} }}"
        );
        for (of, page) in [
            ("VISITS", "VisitConnection"), ("PERSONS", "PersonConnection"), ("LEDGER_ENTRIES", "LedgerEntryConnection"),
            ("ASSESSMENTS", "AssessmentConnection"), ("NEEDS", "NeedConnection"), ("SUBMISSIONS", "SubmissionConnection"),
        ] {
            for (records, place) in [
                (format!("records {{ ... on {page} {{ nodes {{ id }} }} }}"), "rows.records"),
                (format!("told: records {{ ... on {page} {{ edges {{ node {{ id }} }} }} }}"), "rows.told"),
                (format!("records {{ ... {{ ... on {page} {{ nodes {{ id }} }} }} }}"), "rows.records"),
                (format!("compared {{ late {{ ... on {page} {{ nodes {{ id }} }} }} }}"), "rows.compared.late"),
            ] {
                let message = outcome(&officer, &statistics(of, &records)).await.unwrap_err();
                assert!(message.contains(&format!("{place} 的条数多于一页")), "{of} {records}: {message}");
            }
            let (cover, rows) = outcome(&officer, &statistics(of, &format!("records(first: 5) {{ ... on {page} {{ nodes {{ id }} }} }}"))).await.unwrap();
            let table = cover["tables"].as_array().unwrap().iter().find(|table| table["name"] == "statistics.rows.records").unwrap();
            let own = rows[0]["rows"].as_array().unwrap();
            assert_eq!((&table["rows"], &table["more"]), (&json!(5 * own.len()), &json!(own.len())), "{cover:#}");
            let (cover, rows) = outcome(&officer, &statistics(of, &format!("records(first: 200) {{ ... on {page} {{ nodes {{ id }} }} }}"))).await.unwrap();
            for row in rows[0]["rows"].as_array().unwrap() {
                let records = row["records"]["nodes"].as_array().unwrap().len();
                assert_eq!(row["figures"][0]["count"], records, "{of}");
            }
            let last = rows_of_last_sheet(&officer, &statistics(of, &format!("records(first: 200) {{ ... on {page} {{ nodes {{ id }} }} }}"))).await;
            let counted: u64 = rows[0]["rows"].as_array().unwrap().iter().map(|row| row["figures"][0]["count"].as_u64().unwrap()).sum();
            assert_eq!(last as u64, 1 + counted);
            assert!(!says_so(&cover));
        }
    }

    async fn a_statutory_table_and_coverage_hold_all_their_rows(hub: TestHub) {
        let hub = crowded(hub).await;
        let officer = hub.officer().await;
        let report = |records: &str| format!(
            "{{ statutoryTable(code: \"STATION_MONTHLY_REPORT\", day: \"2026-10-15\", place: \"{STATION}\") {{
                rows {{ code cells {{ column count {records} }} }} }} }}"
        );
        let message = outcome(&officer, &report("records { nodes { id } }")).await.unwrap_err();
        assert!(message.contains("rows.cells.records 的条数多于一页"), "{message}");
        let (_, rows) = outcome(&officer, &report("records(first: 200) { totalCount nodes { id } }")).await.unwrap();
        let cells = rows[0]["rows"].as_array().unwrap().iter().flat_map(|row| row["cells"].as_array().unwrap());
        for cell in cells {
            assert_eq!(cell["count"], cell["records"]["nodes"].as_array().unwrap().len());
        }
        // Twelve months of two stations are more rows than coverage gives where nobody says how many.
        let coverage = |first: &str, more: &str| format!(
            "{{ coverage(from: \"2025-11-01\", to: \"2026-10-31\", by: [STATION, MONTH]{first}) {{ due rows {{ month due done {more} }} }} }}"
        );
        let (cover, rows) = outcome(&officer, &coverage("", "")).await.unwrap();
        let months = rows[0]["rows"].as_array().unwrap();
        assert_eq!(months.len(), 24, "{rows:#?}");
        let due: u64 = months.iter().map(|row| row["due"].as_u64().unwrap()).sum();
        assert_eq!(rows[0]["due"], due);
        assert!(!says_so(&cover));
        assert_eq!(rows_of_last_sheet(&officer, &coverage("", "")).await, 1 + 24);
        let (cover, _) = outcome(&officer, &coverage(", first: 20", "")).await.unwrap();
        assert_eq!(cover["found"], 24);
        let message = outcome(&officer, &coverage("", "missed { nodes { lastOn } }")).await.unwrap_err();
        assert!(message.contains("rows.missed 的条数多于一页"), "{message}");
    }

    async fn what_tells_of_the_newest_alone_says_so_and_what_is_no_row_is_refused(hub: TestHub) {
        visits(&hub, 2).await;
        let officer = hub.officer().await;
        for _ in 0..hub::jobs::LISTED {
            stop(&officer, &begin(&officer, "{ visits { nodes { id } } }", "NDJSON").await).await;
        }
        let (cover, rows) = outcome(&officer, "{ jobs { id } }").await.unwrap();
        assert_eq!((rows.len(), &cover["tables"][0]["atMost"]), (hub::jobs::LISTED, &json!(hub::jobs::LISTED)));
        let (cover, _) = outcome(&officer, "{ instruments { code } }").await.unwrap();
        assert!(!says_so(&cover) && cover["first"].is_null(), "{cover:#}");
        for (operation, says) in [
            ("{ workDue { due nodes { dueOn } } }", "not its due"),
            ("{ visits { nodes { exportId: id } } }", "another alias"),
            ("{ persons { nodes { visits { jobPage: totalCount } } } }", "another alias"),
        ] {
            let answer = officer.answer(EXPORT, json!({ "operation": operation, "format": "CSV" })).await;
            assert!(answer["errors"][0]["message"].as_str().unwrap().contains(says), "{answer:#}");
        }
    }

    async fn a_file_that_has_expired_is_given_to_nobody(hub: TestHub) {
        visits(&hub, 3).await;
        let officer = hub.officer().await;
        let id = made(&officer, "{ visits { nodes { id } } }", "XLSX").await;
        let told = officer.ask(&format!("{{ job(id: \"{id}\") {{ endedAt expiresAt }} }}")).await["job"].take();
        let at = |name: &str| told[name].as_str().unwrap().parse::<chrono::DateTime<Utc>>().unwrap();
        assert_eq!(at("expiresAt") - at("endedAt"), Duration::days(1));
        assert_eq!(get(&officer, &id, &[]).await.status(), 200);
        let over = Expr::value(Utc::now() - Duration::seconds(1));
        let jobs = job::Entity::update_many().col_expr(job::Column::ExpiresAt, over);
        jobs.exec(hub.server.hub().db.writer()).await.unwrap();
        assert_eq!(get(&officer, &id, &[]).await.status(), 404);
        assert_eq!(get(&officer, &format!("{id}/cover"), &[]).await.status(), 404);
        until(async || (count(&hub, "export_parts").await == 0).then_some(())).await;
        let own = format!("jobs WHERE id = {}", sql_id(&hub, id.parse().unwrap()));
        until(async || (count(&hub, &own).await == 0).then_some(())).await;
    }

    async fn an_export_whose_hub_is_killed_while_the_file_is_made_is_whole(hub: TestHub) {
        // Few rows, whose file is so long that many transactions keep it.
        let worker = hub.worker(STATION).await;
        let living = json!({ "living": "住房良好，饮食正常。".repeat(190) });
        let items = (1..=20).map(|number| visit(STATION, elder(number), "2026-10-02", living.clone()));
        for receipt in worker.submit(items.collect()).await {
            assert_eq!(receipt["status"], "STORED", "{receipt:#}");
        }
        let columns: String = (0..20).map(|number| format!("a{number}: living ")).collect();
        let query = format!("{{ visits {{ nodes {{ id {columns} }} }} }}");
        let token = hub.officer().await.token;
        let TestHub { server, database, http, .. } = hub;
        server.stop().await.unwrap();

        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let db = Db::open(&database.url, 1).await.unwrap();
        let mut process = Process::serve(&database, port);
        let asked = json!({ "query": EXPORT, "variables": { "operation": query, "format": "CSV" } });
        let url = format!("http://127.0.0.1:{port}/graphql");
        let answer = http.post(url).bearer_auth(&token).json(&asked).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let id: Uuid = answer["data"]["export"]["id"].as_str().unwrap().parse().unwrap();
        for _ in 0..2 {
            at_length(async || ExportPart::find().one(db.read()).await.unwrap()).await;
            process.kill();
            let killed = job::Entity::find_by_id(id).one(db.read()).await.unwrap().unwrap();
            assert_eq!(killed.state, JobState::Running, "it was done before the kill");
            let left = ExportPart::find().one(db.read()).await.unwrap().unwrap();
            let_go(&db).await;
            process = Process::serve(&database, port);
            // It is made anew, from the first part.
            at_length(async || {
                let found = ExportPart::find_by_id(left.id).one(db.read()).await.unwrap();
                found.is_none().then_some(())
            }).await;
        }
        process.kill();
        let_go(&db).await;

        let hub = TestHub::on(database).await;
        let officer = hub.bearing(token.clone());
        at_length(async || {
            let job = job::Entity::find_by_id(id).one(db.read()).await.unwrap();
            job.filter(|job| job.ended_at.is_some())
        }).await;
        let id = id.to_string();
        let bytes = bytes_of(&officer, &id).await;
        assert!(bytes.len() > 2 << 20, "{}", bytes.len());
        let rows = records(&bytes);
        assert_eq!(rows.len(), 1 + 20);
        let again = made(&officer, &query, "CSV").await;
        assert!(bytes == bytes_of(&officer, &again).await, "the same rows make the same file");
        // A download that breaks off with the hub goes on with the next one.
        let hub = hub.again(Settings::default()).await;
        let officer = hub.bearing(token);
        let tag = job(&officer, &id).await["digest"].as_str().unwrap().to_owned();
        let range = [("range", "bytes=1000001-"), ("if-range", &format!("\"{tag}\""))];
        let rest = get(&officer, &id, &range).await;
        assert_eq!(rest.status(), 206);
        assert!(rest.bytes().await.unwrap() == bytes[1_000_001..]);
    }
}
