//! Jobs: long answers that are worked out beside the requests, watched, stopped and taken home.

use std::{collections::HashSet, time::Duration};

use entity::{JobProblem, JobState, Role, TokenScope};
use hub::{
    Hub,
    access::Viewer,
    accounts::NewToken,
    clock::Clock,
    jobs::{Job, JobPage, NewJob, Question},
    problem::Language,
    trail::Access,
};
use nuanyang::{bounds::Bounds, commands::HERE, settings::Settings};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    on_both,
    policy::{Types, Walker, roles, seed, systems},
    support::{
        Backend, Follower, NEIGHBOUR, STATION, TestHub, TestViewer, WAIT, contents::*, slow,
    },
};

const START: &str = "mutation ($query: String!, $variables: JSON) {
    startJob(query: $query, variables: $variables) { id state done expected answer } }";
const SHOW: &str = "query ($id: UUID!) { job(id: $id) {
    state query done expected bytes sight answer problem message endedAt expiresAt } }";
const VISITS: &str = "{ visits { nodes { id visitedOn person { name } } } }";

async fn start(viewer: &TestViewer<'_>, query: &str, variables: Value) -> String {
    let asked = json!({ "query": query, "variables": variables });
    let data = viewer.ask_with(START, asked).await;
    data["startJob"]["id"].as_str().unwrap().to_owned()
}

pub async fn show(viewer: &TestViewer<'_>, id: &str) -> Value {
    viewer.ask_with(SHOW, json!({ "id": id })).await["job"].take()
}

/// Waits until something is so.
pub async fn until<T>(mut is_so: impl AsyncFnMut() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(found) = is_so().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(WAIT, wait).await.unwrap()
}

/// A job as it stands in the end.
pub async fn ended(viewer: &TestViewer<'_>, id: &str) -> Value {
    until(async || Some(show(viewer, id).await).filter(|job| job["endedAt"] != Value::Null)).await
}

async fn take(viewer: &TestViewer<'_>, id: &str) -> reqwest::Response {
    let url = format!("{}/jobs/{id}/answer", viewer.hub.url);
    viewer.hub.http.get(url).bearer_auth(&viewer.token).send().await.unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The answer of a job that has to come to its end.
async fn answer_of(viewer: &TestViewer<'_>, id: &str) -> Vec<Value> {
    let job = ended(viewer, id).await;
    assert_eq!(job["state"], "DONE", "{job:#}");
    let answer = take(viewer, id).await;
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    assert_eq!(job["bytes"], text.len());
    let rows = lines(&text);
    assert_eq!(job["done"], rows.len());
    rows
}

/// What a question brings as a job.
pub async fn brought(viewer: &TestViewer<'_>, query: &str) -> Vec<Value> {
    let id = start(viewer, query, json!({})).await;
    answer_of(viewer, &id).await
}

/// The rows of a list, page by page, as one would ask for them by hand.
async fn by_hand(viewer: &TestViewer<'_>, select: &str) -> Vec<Value> {
    let (mut rows, mut after) = (Vec::new(), Value::Null);
    loop {
        let query = format!(
            "query ($after: String) {{ visits(first: 7, after: $after) {{
            pageInfo {{ hasNextPage endCursor }} nodes {{ {select} }} }} }}"
        );
        let mut data = viewer.ask_with(&query, json!({ "after": after })).await;
        let page = &mut data["visits"];
        rows.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            return rows;
        }
        after = page["pageInfo"]["endCursor"].take();
    }
}

/// A visit of each of so many people, several on each day.
pub async fn visits(hub: &TestHub, count: u32) {
    let worker = hub.worker(STATION).await;
    let items = (1..=count).map(|number| {
        let day = format!("2026-10-{:02}", 1 + number % 9);
        visit(STATION, elder(number), &day, json!({}))
    });
    for receipt in worker.submit(items.collect()).await {
        assert_eq!(receipt["status"], "STORED", "{receipt:#}");
    }
}

/// A hub whose accounts run one operation at a time, so that a test can hold up their jobs.
pub async fn one_by_one(hub: TestHub) -> TestHub {
    hub.again(Settings { per_account: 1.try_into().unwrap(), ..Settings::default() }).await
}

pub async fn known(viewer: &TestViewer<'_>) -> Viewer {
    viewer.hub.server.hub().authenticate(&viewer.token, HERE).await.unwrap()
}

/// Starts a job of pages of one row, past the door.
async fn start_small(viewer: &TestViewer<'_>, query: &str) -> (Uuid, Viewer) {
    let asking = known(viewer).await;
    let question = Question { query: query.to_owned(), variables: json!({}) };
    let (language, most) = (Language::Chinese, None);
    let new = NewJob { question, language, page_rows: 1, page_price: 1, most, file: None };
    let access = Access::by(&asking, "test", "");
    let job = viewer.hub.server.hub().start_job(&asking, new, access).await.unwrap();
    (job.id, asking)
}

pub async fn job_of(hub: &Hub, viewer: &Viewer, id: Uuid) -> Job {
    hub.job(viewer, id).await.unwrap().unwrap()
}

/// Waits until a job has so many rows.
pub async fn until_done(hub: &Hub, viewer: &Viewer, id: Uuid, rows: i64) {
    until(async || {
        let job = job_of(hub, viewer, id).await;
        job.told.filter(|told| told.done >= rows).map(|_| ())
    })
    .await;
}

/// Waits until a job does not get on.
pub async fn until_still(hub: &Hub, viewer: &Viewer, id: Uuid) -> i64 {
    let mut last = -1;
    loop {
        let done = job_of(hub, viewer, id).await.told.unwrap().done;
        if done == last {
            return done;
        }
        last = done;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

pub async fn count(hub: &TestHub, sql: &str) -> i64 {
    let db = &hub.server.hub().db;
    let statement =
        Statement::from_string(db.backend(), format!("SELECT count(*) AS n FROM {sql}"));
    db.read().query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
}

/// All of a row, and of what hangs on it, but for its trail, which is asked for of one person.
pub fn all_of(types: &Types, kind: &str) -> String {
    let hanging = types.branches(kind).filter(|(_, branch, _)| !branch.starts_with("accesses"));
    let hanging = hanging.map(|(_, branch, next)| {
        let depth = usize::from(next.ends_with("Connection") && !next.starts_with("Person"));
        format!("{branch} {{ {} }} ", types.select(&next, depth))
    });
    types.select(kind, 0) + &hanging.collect::<String>()
}

/// An id as SQL writes it.
pub fn sql_id(hub: &TestHub, id: Uuid) -> String {
    match hub.server.hub().db.backend() {
        DbBackend::Sqlite => format!("X'{}'", id.simple()),
        _ => format!("'{id}'"),
    }
}

on_both! {
    async fn the_answer_is_that_of_the_pages_asked_by_hand(hub: TestHub) {
        visits(&hub, 45).await;
        let bounds = Bounds { question: Some(100), ..Bounds::default() };
        let hub = hub.again(Settings { bounds, ..Settings::default() }).await;
        let select = "id visitedOn person { name birthDate } station { code }";
        for viewer in [hub.viewer(Role::Analyst, None).await, hub.officer().await] {
            let rows = by_hand(&viewer, select).await;
            assert_eq!(rows.len(), 45);
            let told = brought(&viewer, &format!("{{ visits {{ totalCount nodes {{ {select} }} }} }}")).await;
            assert_eq!(told, rows);
            // Larger than a page, by a variable that nothing else uses; with a fragment and aliases.
            let query = format!(
                "query All($first: Int, $mode: [VisitMode!]) {{ list: visits(first: $first, filter: {{ modes: $mode }}) \
                 {{ pageInfo {{ endCursor }} rows: nodes {{ ...V }} }} }} fragment V on Visit {{ {select} }}"
            );
            let id = start(&viewer, &query, json!({ "first": 400, "mode": ["HOME"] })).await;
            assert_eq!(answer_of(&viewer, &id).await, rows);
            let id = start(&viewer, &query, json!({ "first": 31, "mode": ["HOME"] })).await;
            assert_eq!(answer_of(&viewer, &id).await, rows[..31]);
            let id = start(&viewer, &query, json!({ "mode": ["PHONE"] })).await;
            assert_eq!(answer_of(&viewer, &id).await, [Value::Null; 0]);
        }
        assert!(count(&hub, "jobs WHERE pages >= 5").await >= 4, "the pages were small");
    }

    async fn an_analyst_starts_watches_and_takes_an_answer_home(hub: TestHub) {
        visits(&hub, 30).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let id = start(&analyst, VISITS, json!({})).await;
        let mut follower = Follower::signed_in(&hub, &analyst.token).await;
        let query = "subscription ($id: UUID!) { jobProgressed(id: $id) { state done expected answer } }";
        follower.ask("1", query, json!({ "id": id })).await;
        let (mut told, mut message) = (Vec::new(), follower.next().await);
        while message["type"] == "next" {
            told.push(message["payload"]["data"]["jobProgressed"].take());
            message = follower.next().await;
        }
        assert_eq!(message["type"], "complete", "{message}");
        let done: Vec<_> = told.iter().map(|job| job["done"].as_i64().unwrap()).collect();
        assert!(done.is_sorted() && told.len() >= 2 || told.len() == 1, "{told:#?}");
        let path = format!("/jobs/{id}/answer");
        assert_eq!(*told.last().unwrap(), json!({ "state": "DONE", "done": 30, "expected": 30, "answer": path }));
        let answer = take(&analyst, &id).await;
        assert_eq!(answer.headers()["content-type"], "application/jsonl");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let file = answer.headers()["content-disposition"].to_str().unwrap();
        assert_eq!(file, format!("attachment; filename=\"job-{id}.jsonl\""));
        let rows = lines(&answer.text().await.unwrap());
        assert_eq!(rows.len(), 30);
        assert_eq!(rows[0]["person"]["name"].as_str().unwrap().chars().nth(1), Some('*'), "{}", rows[0]);
        assert_eq!(show(&analyst, &id).await["sight"], json!({ "Person.name": "MASKED" }));
        // Each page is noted with its people, and that the answer was taken.
        let auditor = hub.viewer(Role::Auditor, None).await;
        hub.server.hub().flush_trail().await.unwrap();
        let data = auditor.ask("{ accesses { nodes { operation requestId peopleCount fields } } }").await;
        let noted = data["accesses"]["nodes"].as_array().unwrap();
        let page = noted.iter().find(|access| access["requestId"] == format!("job-{id}")).unwrap();
        assert_eq!((&page["operation"], &page["peopleCount"]), (&json!("QUERY"), &json!(30)));
        let taken = noted.iter().find(|access| access["operation"] == format!("TAKE {id}")).unwrap();
        assert_eq!(taken["fields"], json!(["Job.answer"]));
    }

    async fn no_row_is_lost_or_doubled_while_others_are_handed_in(hub: TestHub) {
        visits(&hub, 40).await;
        let hub = one_by_one(hub).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let before: Vec<_> = by_hand(&analyst, "id").await;
        let (id, viewer) = start_small(&analyst, "{ visits { nodes { id visitedOn } } }").await;
        until_done(hub.server.hub(), &viewer, id, 3).await;
        let held = slow(&hub, &analyst.token).await;
        let at = until_still(hub.server.hub(), &viewer, id).await;
        assert!((3..40).contains(&at), "{at}");
        let worker = hub.worker(STATION).await;
        // Before all, between, and after all that are there.
        for day in ["2026-11-20", "2026-10-05", "2026-09-01"] {
            worker.store(visit(STATION, elder(100), day, json!({}))).await;
        }
        drop(held);
        let rows = answer_of(&analyst, &id.to_string()).await;
        let ids: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
        let once: HashSet<_> = ids.iter().collect();
        assert_eq!(once.len(), ids.len(), "a row was doubled");
        for row in &before {
            assert!(once.contains(&row["id"].as_str().unwrap()), "{row} was lost");
        }
        assert!(rows.is_sorted_by(|one, next| one["visitedOn"].as_str() >= next["visitedOn"].as_str()));
        assert_eq!(rows.last().unwrap()["visitedOn"], "2026-09-01");
        assert_ne!(rows[0]["visitedOn"], "2026-11-20", "what comes before the cursor is not gone back for");
    }

    async fn a_job_that_is_stopped_gets_no_further_and_keeps_nothing(hub: TestHub) {
        visits(&hub, 40).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let (id, viewer) = start_small(&analyst, VISITS).await;
        until_done(hub.server.hub(), &viewer, id, 2).await;
        let stop = format!("mutation {{ stopJob(id: \"{id}\") {{ state done }} }}");
        let stopped = analyst.ask(&stop).await["stopJob"].take();
        assert_eq!(stopped["state"], "STOPPED");
        assert!(stopped["done"].as_i64().unwrap() < 40, "{stopped}");
        let at = until_still(hub.server.hub(), &viewer, id).await;
        assert_eq!(stopped["done"], at);
        let of_job = format!("job_parts WHERE job_id = {}", sql_id(&hub, id));
        until(async || (count(&hub, &of_job).await == 0).then_some(())).await;
        assert_eq!(take(&analyst, &id.to_string()).await.status(), 404);
        assert_eq!(analyst.ask(&stop).await["stopJob"]["state"], "STOPPED", "once more changes nothing");
        // Of one that is done, the answer is given up.
        let done = start(&analyst, VISITS, json!({})).await;
        answer_of(&analyst, &done).await;
        analyst.ask(&format!("mutation {{ stopJob(id: \"{done}\") {{ state }} }}")).await;
        assert_eq!(take(&analyst, &done).await.status(), 404);
        until(async || (count(&hub, "job_parts").await == 0).then_some(())).await;
    }

    async fn a_job_ends_where_its_account_or_token_does_or_sees_something_else(hub: TestHub) {
        visits(&hub, 30).await;
        let hub = one_by_one(hub).await;
        let inner = hub.server.hub();
        for (change, problem) in [
            ("UPDATE accounts SET active = false WHERE id = ", "ACCOUNT_CLOSED"),
            ("UPDATE tokens SET revoked_at = created_at WHERE account_id = ", "TOKEN_ENDED"),
            ("UPDATE tokens SET expires_at = created_at WHERE account_id = ", "TOKEN_ENDED"),
            ("UPDATE accounts SET role = 'COUNTY_OFFICER', division_code = '410802' WHERE id = ", "ACCESS_CHANGED"),
            ("UPDATE tokens SET scopes = '[\"READ\"]' WHERE account_id = ", "ACCESS_CHANGED"),
        ] {
            let analyst = hub.viewer(Role::Analyst, None).await;
            let (id, viewer) = start_small(&analyst, VISITS).await;
            until_done(inner, &viewer, id, 1).await;
            let held = slow(&hub, &analyst.token).await;
            until_still(inner, &viewer, id).await;
            hub.sql(&format!("{change}{}", sql_id(&hub, viewer.account_id))).await;
            drop(held);
            let job = until(async || Some(job_of(inner, &viewer, id).await).filter(Job::has_ended)).await;
            assert_eq!(job.state, JobState::Failed, "{problem}");
            assert_eq!(job.problem.unwrap().code(), problem);
            assert!(job.told.unwrap().done < 30, "{problem}");
            let of_job = format!("job_parts WHERE job_id = {}", sql_id(&hub, id));
            until(async || (count(&hub, &of_job).await == 0).then_some(())).await;
        }
    }

    async fn another_account_finds_no_job(hub: TestHub) {
        visits(&hub, 3).await;
        let (analyst, other) = (hub.viewer(Role::Analyst, None).await, hub.viewer(Role::Analyst, None).await);
        let id = start(&analyst, VISITS, json!({})).await;
        answer_of(&analyst, &id).await;
        let none = Uuid::now_v7().to_string();
        for id in [&id, &none] {
            assert_eq!(show(&other, id).await, Value::Null);
            assert_eq!(other.fault(&format!("mutation {{ stopJob(id: \"{id}\") {{ id }} }}")).await, "INVALID_INPUT");
            assert_eq!(take(&other, id).await.status(), 404);
            let mut follower = Follower::signed_in(&hub, &other.token).await;
            let query = format!("subscription {{ jobProgressed(id: \"{id}\") {{ state }} }}");
            follower.ask("1", &query, json!({})).await;
            let told = follower.next().await;
            assert_eq!(told["payload"]["errors"][0]["extensions"]["code"], "INVALID_INPUT", "{told}");
        }
        assert_eq!(other.ask("{ jobs { id } }").await["jobs"], json!([]));
        assert_eq!(analyst.ask("{ jobs { id } }").await["jobs"], json!([{ "id": id }]));
        // Nobody without a token of their own, and no cookie's page.
        let url = format!("{}/jobs/{id}/answer", hub.url);
        assert_eq!(hub.http.get(&url).send().await.unwrap().status(), 401);
        let with_cookie = hub.http.get(&url).header("cookie", format!("nuanyang={}", analyst.token));
        assert_eq!(with_cookie.send().await.unwrap().status(), 401);
        assert_eq!(take(&analyst, "x").await.status(), 404);
    }

    async fn a_token_that_sees_less_is_not_told_what_another_brought(hub: TestHub) {
        visits(&hub, 3).await;
        let account = hub.integration("410800").await;
        let bearing = async |scopes: &[TokenScope]| {
            let new = NewToken { scopes: scopes.to_vec(), ..NewToken::default() };
            hub.bearing(hub.server.hub().add_token(&account, new).await.unwrap())
        };
        let wide = bearing(&[TokenScope::Read, TokenScope::Identity]).await;
        let narrow = bearing(&[TokenScope::Read]).await;
        let id = start(&wide, VISITS, json!({})).await;
        let rows = answer_of(&wide, &id).await;
        assert!(rows[0]["person"]["name"].as_str().unwrap().starts_with("测试老人"), "{}", rows[0]);
        let shown = show(&narrow, &id).await;
        assert_eq!(shown["state"], "DONE");
        for field in ["query", "done", "expected", "bytes", "sight", "answer"] {
            assert_eq!(shown[field], Value::Null, "{field}");
        }
        assert_eq!(take(&narrow, &id).await.status(), 404);
        // As wide, though another: the account's systems may take turns.
        let beside = bearing(&[TokenScope::Identity, TokenScope::Read]).await;
        assert_eq!(take(&beside, &id).await.status(), 200);
        // Who may see less now is not given what it could see then.
        let analyst = hub.viewer(Role::Analyst, None).await;
        let id = start(&analyst, VISITS, json!({})).await;
        answer_of(&analyst, &id).await;
        let account = sql_id(&hub, known(&analyst).await.account_id);
        hub.sql(&format!("UPDATE accounts SET role = 'COUNTY_OFFICER', division_code = '410802' WHERE id = {account}")).await;
        assert_eq!(take(&analyst, &id).await.status(), 404);
    }

    async fn jobs_are_for_those_who_may_have_them_and_within_bounds(hub: TestHub) {
        visits(&hub, 20).await;
        let bounds = Bounds { question: Some(60), job: Some(100), ..Bounds::default() };
        let hub = hub.again(Settings { bounds, ..Settings::default() }).await;
        let start_of = format!("mutation {{ startJob(query: {}) {{ id }} }}", json!(VISITS));
        for (role, place) in [
            (Role::StationWorker, Some(STATION)), (Role::StationLead, Some(STATION)), (Role::Admin, None),
            (Role::Auditor, None),
        ] {
            assert_eq!(hub.viewer(role, place).await.fault(&start_of).await, "FORBIDDEN", "{role:?}");
        }
        let system = hub.system("410800", &[TokenScope::Follow, TokenScope::Identity]).await;
        assert_eq!(system.fault(&start_of).await, "FORBIDDEN");
        assert_eq!(system.fault("{ jobs { id } }").await, "FORBIDDEN");
        // Known beforehand where it says how many; else found once they are counted, or on the way.
        let analyst = hub.viewer(Role::Analyst, None).await;
        let asked = json!({ "query": "{ visits(first: 1000) { nodes { id } } }" });
        let error = analyst.answer(START, asked).await["errors"][0].take();
        assert_eq!(error["extensions"]["code"], "TOO_COSTLY");
        let first = error["extensions"]["first"].as_i64().unwrap();
        assert_eq!((&error["extensions"]["limit"], error["extensions"]["price"].as_i64() > Some(100)), (&json!(100), true));
        let query = format!("{{ visits(first: {first}) {{ nodes {{ id }} }} }}");
        assert_eq!(brought(&analyst, &query).await.len(), 20.min(usize::try_from(first).unwrap()));
        let rich = "{ visits { nodes { id person { id name sex } station { code name } } } }";
        for viewer in [&analyst, &hub.officer().await] {
            let id = start(viewer, rich, json!({})).await;
            let job = ended(viewer, &id).await;
            assert_eq!((&job["state"], &job["problem"]), (&json!("FAILED"), &json!("TOO_COSTLY")), "{job}");
            assert!(job["message"].as_str().unwrap().contains("100"), "{job}");
            assert_eq!(take(viewer, &id).await.status(), 404);
        }
    }

    async fn an_account_has_one_job_at_a_time_and_few_in_all(hub: TestHub) {
        visits(&hub, 30).await;
        let hub = one_by_one(hub).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let (first, viewer) = start_small(&analyst, VISITS).await;
        until_done(hub.server.hub(), &viewer, first, 1).await;
        let held = slow(&hub, &analyst.token).await;
        until_still(hub.server.hub(), &viewer, first).await;
        let mut waiting = Vec::new();
        for _ in 1..10 {
            waiting.push(start_small(&analyst, VISITS).await.0);
        }
        let new = NewJob {
            question: Question { query: VISITS.to_owned(), variables: json!({}) },
            language: Language::Chinese, page_rows: 1, page_price: 1, most: None, file: None,
        };
        let access = Access::by(&viewer, "test", "");
        let refused = hub.server.hub().start_job(&viewer, new, access).await.unwrap_err();
        assert!(matches!(refused, hub::HubError::Conflict(_)), "{refused}");
        // Another account's turn comes at once, this one's once the first has ended.
        let other = hub.viewer(Role::Analyst, None).await;
        assert_eq!(brought(&other, VISITS).await.len(), 30);
        for id in &waiting {
            assert_eq!(job_of(hub.server.hub(), &viewer, *id).await.state, JobState::Waiting);
        }
        drop(held);
        for id in &waiting[1..] {
            hub.server.hub().stop_job(&viewer, *id).await.unwrap();
        }
        let inner = hub.server.hub();
        let second = until(async || Some(job_of(inner, &viewer, waiting[0]).await).filter(Job::has_ended)).await;
        assert_eq!(second.state, JobState::Done);
        assert!(second.started_at >= job_of(inner, &viewer, first).await.ended_at);
    }

    async fn an_account_starts_so_many_jobs_a_day(hub: TestHub) {
        let analyst = hub.viewer(Role::Analyst, None).await;
        let (inner, viewer) = (hub.server.hub(), known(&analyst).await);
        let start = async || {
            let question = Question { query: VISITS.to_owned(), variables: json!({}) };
            let (language, most) = (Language::Chinese, None);
            let new = NewJob { question, language, page_rows: 1, page_price: 1, most, file: None };
            inner.start_job(&viewer, new, Access::by(&viewer, "test", "")).await
        };
        for _ in 0..200 {
            let job = start().await.unwrap();
            inner.stop_job(&viewer, job.id).await.unwrap();
        }
        let refused = start().await.unwrap_err();
        assert!(matches!(&refused, hub::HubError::Conflict(text) if text.contains("in a day")), "{refused}");
        assert_eq!(analyst.ask("{ jobs { id } }").await["jobs"].as_array().unwrap().len(), 50);
        hub.sql("UPDATE jobs SET expires_at = asked_at").await;
        start().await.unwrap();
    }

    async fn a_job_goes_on_where_the_hub_was_stopped_or_killed(hub: TestHub) {
        visits(&hub, 30).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let token = analyst.token.clone();
        let rows = by_hand(&analyst, "id").await;
        let (id, viewer) = start_small(&analyst, "{ visits { nodes { id } } }").await;
        until_done(hub.server.hub(), &viewer, id, 3).await;
        let hub = hub.again(Settings::default()).await;
        let analyst = hub.bearing(token.clone());
        let job = job_of(hub.server.hub(), &viewer, id).await;
        assert!(job.told.unwrap().done >= 3);
        assert_eq!(answer_of(&analyst, &id.to_string()).await, rows);
        // Killed: it is held by one of whom nothing more is heard.
        let hub = one_by_one(hub).await;
        let analyst = hub.bearing(token);
        let (id, viewer) = start_small(&analyst, "{ visits { nodes { id } } }").await;
        until_done(hub.server.hub(), &viewer, id, 3).await;
        let held = slow(&hub, &analyst.token).await;
        until_still(hub.server.hub(), &viewer, id).await;
        let gone = sql_id(&hub, Uuid::now_v7());
        hub.sql(&format!("UPDATE jobs SET held_by = {gone}, held_until = asked_at WHERE id = {}", sql_id(&hub, id))).await;
        drop(held);
        assert_eq!(answer_of(&analyst, &id.to_string()).await, rows);
    }

    async fn of_several_hubs_on_one_database_one_works_a_job_off(hub: TestHub) {
        visits(&hub, 25).await;
        let settings = Settings {
            database: hub.database.url.clone(),
            key_file: Some(hub.database.key_file.clone()),
            listen: "127.0.0.1:0".parse().unwrap(),
            ..Settings::default()
        };
        let other = nuanyang::server::Server::start(&settings).await.unwrap();
        let mut jobs = Vec::new();
        for _ in 0..5 {
            let analyst = hub.viewer(Role::Analyst, None).await;
            let rows = by_hand(&analyst, "id").await;
            let (id, _) = start_small(&analyst, "{ visits { nodes { id } } }").await;
            jobs.push((analyst, id, rows));
        }
        for (analyst, id, rows) in jobs {
            assert_eq!(answer_of(&analyst, &id.to_string()).await, rows);
        }
        assert_eq!(count(&hub, "job_parts").await, 5 * 25);
        other.stop().await.unwrap();
    }

    async fn a_page_is_kept_once_and_by_who_holds_the_job_alone(hub: TestHub) {
        let analyst = hub.viewer(Role::Analyst, None).await;
        // A hub beside the one that serves, which does not know of the job before some seconds have passed.
        let beside = hub.database.hub(Clock::system()).await;
        let viewer = known(&analyst).await;
        let question = Question { query: VISITS.to_owned(), variables: json!({}) };
        let (language, most) = (Language::English, None);
        let new = NewJob { question, language, page_rows: 1, page_price: 1, most, file: None };
        let id = beside.start_job(&viewer, new, Access::by(&viewer, "test", "")).await.unwrap().id;
        let job = beside.claim_job().await.unwrap().unwrap();
        assert_eq!((job.id, beside.claim_job().await.unwrap()), (id, None));
        let page = |line: &str| JobPage {
            lines: vec![line.to_owned()],
            after: Some("next".to_owned()),
            ..JobPage::default()
        };
        let next = beside.keep_page(&job, &page("1")).await.unwrap().unwrap();
        // As where the database took it and the connection broke before it said so.
        let again = beside.keep_page(&job, &page("1")).await.unwrap().unwrap();
        assert_eq!((again.pages, again.parts, again.done), (1, 1, 1));
        let other = sql_id(&hub, Uuid::now_v7());
        let of_job = sql_id(&hub, id);
        hub.sql(&format!("UPDATE jobs SET held_by = {other} WHERE id = {of_job}")).await;
        assert_eq!(beside.keep_page(&next, &page("2")).await.unwrap(), None);
        assert!(!beside.holds_job(&next).await.unwrap());
        beside.fail_job(&next, JobProblem::Faulty, None).await.unwrap();
        beside.release_job(&next).await.unwrap();
        let job = job_of(&beside, &viewer, id).await;
        assert_eq!((job.state, job.told.unwrap().done), (JobState::Running, 1));
    }

    async fn a_job_that_has_expired_is_gone_for_good(hub: TestHub) {
        visits(&hub, 5).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let id = start(&analyst, VISITS, json!({})).await;
        answer_of(&analyst, &id).await;
        let job = show(&analyst, &id).await;
        let instant = |key: &str| -> chrono::DateTime<chrono::Utc> { job[key].as_str().unwrap().parse().unwrap() };
        assert_eq!(instant("expiresAt") - instant("endedAt"), chrono::Duration::hours(24));
        hub.sql("UPDATE jobs SET expires_at = asked_at").await;
        assert_eq!(take(&analyst, &id).await.status(), 404);
        assert_eq!(show(&analyst, &id).await, Value::Null);
        until(async || (count(&hub, "jobs").await + count(&hub, "job_parts").await == 0).then_some(())).await;
    }

    async fn a_page_that_fails_ends_the_job_and_tells_nothing_of_the_inside(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for number in 1..=4 {
            let mut person = elder(number);
            person["phone"] = format!("1381234000{number}").into();
            worker.store(elderly_entry(STATION, person, "2026-01-02", json!({}))).await;
        }
        let officer = hub.officer().await;
        let query = "{ persons(orderBy: REGISTERED_ASC) { nodes { phone } } }";
        assert_eq!(brought(&officer, query).await.len(), 4);
        // The last one's value is another's, and does not open.
        hub.sql("UPDATE persons SET phone = (SELECT phone FROM persons ORDER BY id LIMIT 1)
            WHERE id = (SELECT id FROM persons ORDER BY id DESC LIMIT 1)").await;
        let (id, _) = start_small(&officer, query).await;
        let id = id.to_string();
        let job = ended(&officer, &id).await;
        assert_eq!((&job["state"], &job["problem"]), (&json!("FAILED"), &json!("FAULTY")), "{job}");
        assert_eq!(job["done"], 3);
        let message = job["message"].as_str().unwrap();
        assert!(message.contains("INTERNAL") && !message.contains("sealed"), "{message}");
        assert_eq!(take(&officer, &id).await.status(), 404);
        until(async || (count(&hub, "job_parts").await == 1).then_some(())).await;
    }

    async fn a_question_that_would_be_refused_is_no_job(hub: TestHub) {
        let analyst = hub.viewer(Role::Analyst, None).await;
        let refused = async |query: &str| {
            let answer = analyst.answer(START, json!({ "query": query })).await;
            let error = answer["errors"][0].clone();
            assert!(error.is_object(), "{query}: {answer}");
            (error["extensions"]["code"].clone(), error["message"].as_str().unwrap().to_owned())
        };
        // What is wrong with the question is told as where it is asked.
        let bomb = format!("{{ visits {{ nodes {{ person {} }} }} }}", "{ visits { nodes { person ".repeat(9) + "{ id }" + &" } } }".repeat(9));
        for query in [
            "{ visits { nodes { wrong } } }",
            "{ visits(filter: { modes: [WRONG] }) { nodes { id } } }",
            "query ($x: Int!) { visits(first: $x) { nodes { id } } }",
            "{ nothing { nodes { id } } }",
            &bomb,
        ] {
            let asked = analyst.answer(query, json!({})).await;
            let asked = asked["errors"][0]["extensions"]["code"].clone();
            assert_eq!(refused(query).await.0, asked, "{query}");
        }
        assert_eq!(refused("{ visits { nodes { wrong } } }").await.1, analyst.answer("{ visits { nodes { wrong } } }", json!({})).await["errors"][0]["message"]);
        for (query, says) in [
            ("mutation { submit(items: []) { receipts { status } } }", "a query"),
            ("subscription { submissionRecorded { seq } }", "a query"),
            ("query A { visits { nodes { id } } } query B { visits { nodes { id } } }", "one query"),
            ("{ visits { nodes { id } } persons { nodes { id } } }", "one list"),
            ("{ ...F } fragment F on Query { visits { nodes { id } } }", "by itself"),
            ("{ viewer { username } }", "nodes"),
            ("{ visits { edges { node { id } } } }", "nodes"),
            ("{ visits { totalCount } }", "nodes"),
            ("{ visits { ... { nodes { id } } } }", "nodes"),
            ("{ visits(last: 3) { nodes { id } } }", "first"),
            ("{ visits(first: 0) { nodes { id } } }", "first"),
            ("{ visits(first: -3) { nodes { id } } }", "first"),
            ("{ visits", ""),
            ("", ""),
        ] {
            let (code, text) = refused(query).await;
            assert_eq!(code, "INVALID_INPUT", "{query}");
            assert!(text.contains(says), "{query}: {text}");
        }
        let answer = analyst.answer(START, json!({ "query": VISITS, "variables": [1] })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_INPUT");
        let bounds = Bounds { question: Some(20), ..Bounds::default() };
        let token = analyst.token.clone();
        let hub = hub.again(Settings { bounds, ..Settings::default() }).await;
        let analyst = hub.bearing(token);
        let dear = "{ visits { nodes { person { visits { nodes { id } } } } } }";
        let answer = analyst.answer(START, json!({ "query": dear })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "TOO_COSTLY", "{answer}");
        assert_eq!(answer["errors"][0]["extensions"]["limit"], 20, "{answer}");
        assert_eq!(count(&hub, "jobs").await, 0);
    }

    async fn a_question_that_costs_too_much_is_told_of_jobs_where_it_could_be_one(hub: TestHub) {
        let bounds = Bounds { question: Some(100), ..Bounds::default() };
        let hub = hub.again(Settings { bounds, ..Settings::default() }).await;
        let said = async |viewer: &TestViewer<'_>, query: &str| {
            let answer = viewer.answer(query, json!({})).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "TOO_COSTLY", "{answer}");
            answer["errors"][0]["message"].as_str().unwrap().contains("startJob")
        };
        let (analyst, worker) = (hub.viewer(Role::Analyst, None).await, hub.worker(STATION).await);
        let list = "{ visits(first: 200) { nodes { id person { name } } } }";
        assert!(said(&analyst, list).await);
        assert!(!said(&worker, list).await, "who may have no job is told of none");
        assert!(!said(&analyst, "{ visits(first: 20) { nodes { id } } persons(first: 200) { nodes { id } } }").await);
        assert!(!said(&analyst, "{ bulletin(from: \"2026-10-01\", to: \"2026-10-31\") { visits { count } } }").await);
        assert!(!said(&analyst, "{ visits { nodes { person { visits(first: 200) { nodes { id } } } } } }").await, "not even one row fits");
    }

    async fn who_sees_no_small_figures_is_told_none_by_a_job(hub: TestHub) {
        let (worker, neighbour) = (hub.worker(STATION).await, hub.worker(NEIGHBOUR).await);
        for number in 1..=8 {
            worker.store(visit(STATION, elder(number), "2026-10-02", json!({}))).await;
        }
        neighbour.store(visit(NEIGHBOUR, elder(9), "2026-10-02", json!({}))).await;
        let few = format!("{{ visits(filter: {{ stations: [\"{NEIGHBOUR}\"] }}) {{ totalCount nodes {{ id }} }} }}");
        let (analyst, officer) = (hub.viewer(Role::Analyst, None).await, hub.officer().await);
        assert_eq!(analyst.ask(&few).await["visits"]["totalCount"], Value::Null);
        assert_eq!(officer.ask(&few).await["visits"]["totalCount"], 1);
        for (viewer, expected) in [(&analyst, Value::Null), (&officer, json!(1))] {
            let id = start(viewer, &few, json!({})).await;
            assert_eq!(ended(viewer, &id).await["expected"], expected);
        }
    }

    async fn no_answer_of_a_job_shows_what_the_policy_does_not_grant(hub: TestHub) {
        let secrets = seed(&hub).await;
        let types = Types::of(&hub.officer().await).await;
        let bounds = Bounds { question: Some(u64::MAX), ..Bounds::default() };
        let hub = hub.again(Settings { bounds, ..Settings::default() }).await;
        let walkers: Vec<Walker<'_>> = roles(&hub).await.into_iter().chain(systems(&hub).await).collect();
        let mut walked = 0;
        for walker in &walkers {
            let answer = walker.viewer.answer(START, json!({ "query": VISITS })).await;
            if answer["errors"][0]["extensions"]["code"] == "FORBIDDEN" {
                continue;
            }
            walked += 1;
            for (list, kind) in [("persons", "Person"), ("visits", "Visit"), ("submissions", "Submission")] {
                let query = format!("{{ {list} {{ nodes {{ {} }} }} }}", all_of(&types, kind));
                let answer = json!(brought(&walker.viewer, &query).await).to_string();
                for secret in secrets.iter().filter(|secret| answer.contains(&secret.text)) {
                    assert!(walker.is_shown(secret), "{} sees {}", walker.name(), secret.text);
                }
            }
        }
        assert!(walked >= 9, "{walked}");
    }

    async fn answers_are_sealed_and_opened_by_renewed_keys(hub: TestHub) {
        visits(&hub, 5).await;
        let officer = hub.officer().await;
        let id = start(&officer, VISITS, json!({})).await;
        let rows = answer_of(&officer, &id).await;
        let sealed = match hub.server.hub().db.backend() {
            DbBackend::Sqlite => "SELECT hex(lines) AS it FROM job_parts UNION SELECT hex(question) FROM jobs",
            _ => "SELECT upper(encode(lines, 'hex')) AS it FROM job_parts UNION SELECT upper(encode(question, 'hex')) FROM jobs",
        };
        let db = &hub.server.hub().db;
        let found = db.read().query_all_raw(Statement::from_string(db.backend(), sealed)).await.unwrap();
        assert_eq!(found.len(), 2);
        for row in found {
            let it: String = row.try_get("", "it").unwrap();
            assert!(it.starts_with("0100000001") , "{it:.20}");
        }
        hub.server.hub().rotate_keys(None).await.unwrap();
        assert_eq!(answer_of(&officer, &id).await, rows);
        assert_eq!(show(&officer, &id).await["query"], VISITS);
    }
}
