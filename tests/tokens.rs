//! Tokens of other systems: what they grant, when, and from where.

use entity::{Role, TokenScope, account};
use hub::{HubError, accounts::NewToken, clock::Clock};
use nuanyang::{commands::HERE, settings::Settings};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Backend, Follower, STATION, TestDatabase, TestHub, TestViewer, contents::*},
};

const COUNTY: &str = "410802";
const READ: &str = "{ persons { nodes { id } } }";
const FOLLOW: &str = "subscription { submissionRecorded { seq } }";

/// The first error of an operation: its code and sentence.
async fn fault(viewer: &TestViewer<'_>, query: &str, variables: Value) -> (String, String) {
    let answer = viewer.answer(query, variables).await;
    let error = &answer["errors"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&error["extensions"]["code"]), text(&error["message"]))
}

fn people(data: &Value) -> usize {
    data["persons"]["nodes"].as_array().unwrap().len()
}

fn submission() -> Value {
    json!({ "items": [visit(STATION, elder(1), "2026-10-03", json!({}))] })
}

async fn token(hub: &TestHub, new: NewToken) -> String {
    let username = hub.integration(COUNTY).await;
    hub.server.hub().add_token(&username, new).await.unwrap()
}

fn read() -> NewToken {
    NewToken { scopes: vec![TokenScope::Read], ..NewToken::default() }
}

/// The status of a query by this token that came over these proxies.
async fn status(hub: &TestHub, token: &str, forwarded_for: Option<&str>) -> u16 {
    let mut request = hub.http.post(format!("{}/graphql", hub.url)).bearer_auth(token);
    if let Some(hops) = forwarded_for {
        request = request.header("x-forwarded-for", hops);
    }
    request.json(&json!({ "query": READ })).send().await.unwrap().status().as_u16()
}

on_both! {
    async fn a_token_does_what_its_scopes_say_and_names_what_it_lacks(hub: TestHub) {
        let reads = hub.system(COUNTY, &[TokenScope::Read]).await;
        let submits = hub.system(COUNTY, &[TokenScope::Submit]).await;
        let (code, text) = fault(&reads, SUBMIT, submission()).await;
        assert_eq!(code, "FORBIDDEN");
        assert!(text.contains("SUBMIT"), "{text}");
        let (code, text) = fault(&submits, READ, json!({})).await;
        assert_eq!(code, "FORBIDDEN");
        assert!(text.contains("READ"), "{text}");
        let query = "mutation ($items: [SubmissionInput!]!) { submit(items: $items) { receipts { status person { id } } } }";
        let answer = submits.answer(query, submission()).await;
        let receipt = &answer["data"]["submit"]["receipts"][0];
        assert_eq!(receipt["status"], "STORED");
        assert_eq!(receipt["person"], json!(null), "a receipt is no way to read");
        assert_eq!(people(&reads.ask(READ).await), 1);
        for query in ["{ bulletin(from: \"2026-10-01\", to: \"2026-10-31\") { ledgers { count } } }",
            "{ divisions { nodes { persons { totalCount } } } }"] {
            assert_eq!(submits.fault(query).await, "FORBIDDEN", "{query}");
        }
    }

    async fn without_its_scope_nothing_can_be_followed(hub: TestHub) {
        for (scope, followed) in [(TokenScope::Read, false), (TokenScope::Follow, true)] {
            let system = hub.system(COUNTY, &[scope]).await;
            let mut follower = Follower::signed_in(&hub, &system.token).await;
            follower.ask("1", FOLLOW, json!({})).await;
            if followed {
                follower.heard().await;
            }
            if followed {
                hub.worker(STATION).await.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
            }
            let told = follower.next().await;
            let code = &told["payload"]["errors"][0]["extensions"]["code"];
            assert_eq!(code == "FORBIDDEN", !followed, "{told}");
        }
    }

    async fn a_filter_by_health_finds_no_minor_for_a_token_without_them(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.store(child_entry(STATION, child(1), "2025-01-01", json!({ "risk": "HIGH" }))).await;
        worker.store(elderly_entry(STATION, elder(2), "2025-01-01", json!({ "risk": "HIGH" }))).await;
        let query = "{ ledgerEntries(filter: { risks: [HIGH] }) { nodes { id } } }";
        for (scopes, found) in [
            (vec![TokenScope::Read, TokenScope::Health, TokenScope::Minor], 2),
            (vec![TokenScope::Read, TokenScope::Health], 1),
        ] {
            let data = hub.system(COUNTY, &scopes).await.ask(query).await;
            assert_eq!(data["ledgerEntries"]["nodes"].as_array().unwrap().len(), found, "{data}");
        }
        let blind = hub.system(COUNTY, &[TokenScope::Read, TokenScope::Minor]).await;
        assert_eq!(blind.fault(query).await, "FORBIDDEN");
        let levels = "{ bulletin(from: \"2026-10-01\", to: \"2026-10-31\") { assessments { level } } }";
        assert_eq!(blind.fault(levels).await, "FORBIDDEN", "levels are health, also as a group");
    }

    async fn a_token_is_valid_from_its_first_day_to_its_last(hub: TestHub) {
        let today = hub.server.hub().clock.today();
        let starts = today + chrono::Duration::days(2);
        let token = token(&hub, NewToken { starts: Some(starts), days: Some(3), ..read() }).await;
        let mut later = hub.server.hub().clone();
        let mut after = |hours| {
            let start = hub::clock::start_of(today);
            later.clock = Clock::fixed(start + chrono::Duration::hours(hours));
            later.clone()
        };
        for (hours, valid) in [(47, false), (49, true), (119, true), (121, false)] {
            assert_eq!(after(hours).authenticate(&token, HERE).await.is_ok(), valid, "{hours}");
        }
    }

    async fn a_token_of_a_system_always_ends(hub: TestHub) {
        let token = token(&hub, read()).await;
        let mut later = hub.server.hub().clone();
        for (days, valid) in [(364, true), (366, false)] {
            later.clock = Clock::fixed(hub.server.hub().clock.now() + chrono::Duration::days(days));
            assert_eq!(later.authenticate(&token, HERE).await.is_ok(), valid, "{days}");
        }
        let username = hub.integration(COUNTY).await;
        for wrong in [
            NewToken { days: Some(1096), ..read() },
            NewToken { days: Some(0), ..read() },
            NewToken { scopes: vec![TokenScope::Identity], ..read() },
            NewToken::default(),
        ] {
            let refused = hub.server.hub().add_token(&username, wrong.clone()).await;
            assert!(matches!(refused, Err(HubError::Invalid(_))), "{wrong:?}");
        }
        assert!(hub.server.hub().tokens_of(&username).await.unwrap().is_empty());
    }

    async fn a_revoked_token_is_worth_nothing_and_the_others_stay(hub: TestHub) {
        let username = hub.integration(COUNTY).await;
        let server = hub.server.hub();
        let first = server.add_token(&username, read()).await.unwrap();
        let second = server.add_token(&username, read()).await.unwrap();
        let ids: Vec<_> = server.tokens_of(&username).await.unwrap().iter().map(|row| row.id).collect();
        let other = hub.integration(COUNTY).await;
        assert!(server.revoke_token(&other, ids[1]).await.is_err(), "it is not its own");
        server.revoke_token(&username, ids[1]).await.unwrap();
        assert_eq!(status(&hub, &first, None).await, 401);
        assert_eq!(status(&hub, &second, None).await, 200);
        assert!(server.revoke_token(&username, ids[1]).await.is_err(), "it is revoked already");
    }

    async fn a_token_from_elsewhere_is_answered_as_an_unknown_one(hub: TestHub) {
        let network = |text: &str| vec![text.parse().unwrap()];
        let here = token(&hub, NewToken { networks: network("127.0.0.0/8"), ..read() }).await;
        let there = token(&hub, NewToken { networks: network("192.0.2.0/24"), ..read() }).await;
        assert_eq!(status(&hub, &here, None).await, 200);
        assert_eq!(status(&hub, &there, None).await, 401);
        assert_eq!(status(&hub, &there, Some("192.0.2.7")).await, 401, "anyone can write a header");
        let answers = [hub.bearing(there.clone()).answer(READ, json!({})).await,
            hub.bearing("nyt_unknown".to_owned()).answer(READ, json!({})).await];
        assert_eq!(answers[0], answers[1]);
        assert_eq!(Follower::connect(&hub, &there).await.closed().await, 4403);
        Follower::signed_in(&hub, &here).await;
    }

    async fn a_persons_token_can_be_narrowed_and_not_widened(hub: TestHub) {
        let server = hub.server.hub();
        let analyst = hub.viewer(Role::Analyst, None).await;
        let username = server.authenticate(&analyst.token, HERE).await.unwrap().username;
        hub.worker(STATION).await.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        let new = NewToken { scopes: TokenScope::ALL.to_vec(), ..NewToken::default() };
        let all = hub.bearing(server.add_token(&username, new).await.unwrap());
        let narrow = hub.bearing(server.add_token(&username, read()).await.unwrap());
        let name = async |viewer: &TestViewer<'_>| {
            viewer.ask("{ persons { nodes { name } } }").await["persons"]["nodes"][0]["name"].clone()
        };
        assert_eq!(name(&all).await, name(&analyst).await);
        assert_eq!(name(&narrow).await, json!(null));
        assert_eq!(all.submit(vec![visit(STATION, elder(2), "2026-10-03", json!({}))]).await[0]["status"], "REJECTED");
    }

    async fn a_system_without_a_place_reaches_nothing(hub: TestHub) {
        hub.worker(STATION).await.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        let username = hub.integration(COUNTY).await;
        let server = hub.server.hub();
        let new = NewToken { scopes: TokenScope::ALL.to_vec(), ..NewToken::default() };
        let system = hub.bearing(server.add_token(&username, new).await.unwrap());
        assert_eq!(people(&system.ask(READ).await), 1);
        let found = account::Entity::find().filter(account::Column::Username.eq(&username));
        let mut row: account::ActiveModel = found.one(server.db.read()).await.unwrap().unwrap().into();
        row.division_code = Set(None);
        row.update(server.db.writer()).await.unwrap();
        assert_eq!(people(&system.ask(READ).await), 0);
        assert_eq!(system.submit(vec![visit(STATION, elder(2), "2026-10-03", json!({}))]).await[0]["status"], "REJECTED");
    }

    async fn to_know_a_token_takes_one_read(hub: TestHub) {
        let username = hub.integration("410800").await;
        let server = hub.server.hub();
        let token = server.add_token(&username, read()).await.unwrap();
        server.authenticate(&token, HERE).await.unwrap();
        while server.tokens_of(&username).await.unwrap()[0].last_used_at.is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        // A second hub, which nobody else asks.
        let other = hub.database.hub(Clock::system()).await;
        let before = other.db.statements();
        other.authenticate(&token, HERE).await.unwrap();
        assert_eq!(other.db.statements() - before, 1);
    }
}

async fn behind_a_proxy(backend: Backend) {
    let settings =
        Settings { trusted_proxies: vec!["127.0.0.1".parse().unwrap()], ..Settings::default() };
    let hub = TestHub::with(TestDatabase::fresh(backend).await, settings).await;
    let networks = vec!["192.0.2.0/24".parse().unwrap()];
    let token = token(&hub, NewToken { networks, ..read() }).await;
    assert_eq!(status(&hub, &token, None).await, 401);
    assert_eq!(status(&hub, &token, Some("192.0.2.7")).await, 200);
    assert_eq!(status(&hub, &token, Some("192.0.2.7, 198.51.100.1")).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_tells_the_address_sqlite() {
    behind_a_proxy(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_tells_the_address_postgres() {
    behind_a_proxy(Backend::Postgres).await;
}
