//! Signing in, and what a session may do.

use entity::{Role, account};
use reqwest::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Backend, TestHub, logs, take_logs},
};

const OWN: &str = "correct horse staple";

/// An analyst with a first password that is still to be changed.
async fn analyst(hub: &TestHub, username: &str) -> String {
    let new = hub::accounts::NewAccount {
        username: username.to_owned(),
        name: "分析员".to_owned(),
        role: Role::Analyst,
        station: None,
        county: None,
    };
    hub.server.hub().add_account(new).await.unwrap();
    hub.server.hub().reset_password(username).await.unwrap()
}

async fn sign_in(hub: &TestHub, username: &str, password: &str) -> (StatusCode, Value) {
    let body = json!({ "username": username, "password": password });
    let answer = hub.http.post(format!("{}/session", hub.url)).json(&body).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

async fn token(hub: &TestHub, username: &str, password: &str) -> String {
    let (status, answer) = sign_in(hub, username, password).await;
    assert_eq!(status, 200, "{answer}");
    answer["token"].as_str().unwrap().to_owned()
}

async fn change(hub: &TestHub, token: &str, current: &str, new: &str) -> StatusCode {
    let body = json!({ "currentPassword": current, "newPassword": new });
    let change = hub.http.post(format!("{}/session/password", hub.url)).bearer_auth(token);
    change.json(&body).send().await.unwrap().status()
}

async fn status(hub: &TestHub, token: &str) -> StatusCode {
    let ask = hub.http.post(format!("{}/graphql", hub.url)).bearer_auth(token);
    ask.json(&json!({ "query": "{ viewer { role } }" })).send().await.unwrap().status()
}

/// An analyst with a password of its own, signed in.
pub async fn settled(hub: &TestHub, username: &str) -> String {
    let first = analyst(hub, username).await;
    let token = token(hub, username, &first).await;
    assert_eq!(change(hub, &token, &first, OWN).await, 204);
    token
}

on_both! {
    async fn a_page_elsewhere_uses_up_no_attempt_of_an_address(hub: TestHub) {
        let first = analyst(&hub, "zhang.san").await;
        for attempt in 0..25 {
            let url = format!("{}/session/oidc/callback?code=x&state={attempt}", hub.url);
            assert_eq!(hub.http.get(url).send().await.unwrap().status(), 404);
        }
        assert_eq!(sign_in(&hub, "zhang.san", &first).await.0, 200);
    }

    async fn who_signs_in_and_who_guesses_is_in_the_log_by_the_accounts_id(hub: TestHub) {
        take_logs();
        let first = analyst(&hub, "zhang.san").await;
        assert_eq!(sign_in(&hub, "zhang.san", "guess at a word").await.0, 401);
        assert_eq!(sign_in(&hub, "zhang.san", &first).await.0, 200);
        let accounts = account::Entity::find().filter(account::Column::Username.eq("zhang.san"));
        let id = accounts.one(hub.server.hub().db.read()).await.unwrap().unwrap().id.to_string();
        let logs = logs();
        let told = |what: &str| logs.lines().any(|line| line.contains(what) && line.contains(&id));
        assert!(told("a wrong password or code") && told("someone signed in"), "{logs}");
        assert!(!logs.contains("guess at a word") && !logs.contains(&first), "{logs}");
    }

    async fn a_first_password_does_nothing_but_to_be_changed(hub: TestHub) {
        let first = analyst(&hub, "zhang.san").await;
        let (_, begun) = sign_in(&hub, "zhang.san", &first).await;
        assert_eq!(begun["mustChangePassword"], true, "{begun}");
        let token = begun["token"].as_str().unwrap();
        assert!(token.starts_with("nys_"), "{token}");
        assert_eq!(status(&hub, token).await, 403);
        let list = hub.http.get(format!("{}/session", hub.url)).bearer_auth(token);
        assert_eq!(list.send().await.unwrap().status(), 403);
        assert_eq!(change(&hub, token, &first, "woaini1314520").await, 400);
        assert_eq!(change(&hub, token, "not the first one", OWN).await, 401);
        assert_eq!(change(&hub, token, &first, OWN).await, 204);
        assert_eq!(status(&hub, token).await, 200);
        assert_eq!(sign_in(&hub, "zhang.san", &first).await.0, 401);
        assert_eq!(sign_in(&hub, "zhang.san", OWN).await.1["mustChangePassword"], false);
    }

    async fn a_wrong_name_a_wrong_password_and_a_lock_are_told_alike(hub: TestHub) {
        let mine = settled(&hub, "zhang.san").await;
        settled(&hub, "li.si").await;
        let (status_of_nobody, nobody) = sign_in(&hub, "nobody", OWN).await;
        assert_eq!(status_of_nobody, 401);
        for _ in 0..5 {
            assert_eq!(sign_in(&hub, "zhang.san", "guess").await, (status_of_nobody, nobody.clone()));
        }
        assert_eq!(sign_in(&hub, "zhang.san", OWN).await, (status_of_nobody, nobody));
        assert_eq!(sign_in(&hub, "li.si", OWN).await.0, 200);
        assert_eq!(status(&hub, &mine).await, 200, "who is in stays in");
        hub.server.hub().set_active("zhang.san", true).await.unwrap();
        assert_eq!(sign_in(&hub, "zhang.san", OWN).await.0, 200);
    }

    async fn guesses_sent_at_once_find_no_way_past_the_lock(hub: TestHub) {
        settled(&hub, "zhang.san").await;
        let guesses = (0..12).map(|_| sign_in(&hub, "zhang.san", "guess"));
        futures_util::future::join_all(guesses).await;
        assert_eq!(sign_in(&hub, "zhang.san", OWN).await.0, 401);
    }

    async fn sessions_are_listed_and_ended(hub: TestHub) {
        let this = settled(&hub, "zhang.san").await;
        let other = token(&hub, "zhang.san", OWN).await;
        let stranger = settled(&hub, "li.si").await;
        let url = format!("{}/session", hub.url);
        let list = hub.http.get(&url).bearer_auth(&this).send().await.unwrap();
        let list: Value = list.json().await.unwrap();
        let sessions = list["sessions"].as_array().unwrap();
        assert_eq!(sessions.len(), 2, "{list}");
        assert_eq!(sessions[0]["fromAddress"], "127.0.0.1");
        assert_eq!(sessions[1]["current"], true, "{list}");
        assert!(!list.to_string().contains("nys_"));
        let one = format!("{url}/{}", sessions[0]["id"].as_str().unwrap());
        let end = |token: &str| hub.http.delete(&one).bearer_auth(token).send();
        assert_eq!(end(&stranger).await.unwrap().status(), 404);
        assert_eq!(status(&hub, &other).await, 200);
        assert_eq!(end(&this).await.unwrap().status(), 204);
        assert_eq!(end(&this).await.unwrap().status(), 404);
        assert_eq!(status(&hub, &other).await, 401);
        let out = hub.http.delete(&url).bearer_auth(&this).send().await.unwrap();
        assert_eq!(out.status(), 204);
        assert_eq!(status(&hub, &this).await, 401);
    }

    async fn a_new_password_or_a_closed_account_ends_sessions(hub: TestHub) {
        let this = settled(&hub, "zhang.san").await;
        let other = token(&hub, "zhang.san", OWN).await;
        assert_eq!(change(&hub, &this, OWN, "another horse staple").await, 204);
        assert_eq!((status(&hub, &this).await, status(&hub, &other).await), (StatusCode::OK, StatusCode::UNAUTHORIZED));
        hub.server.hub().set_active("zhang.san", false).await.unwrap();
        assert_eq!(status(&hub, &this).await, 401);
        assert_eq!(sign_in(&hub, "zhang.san", "another horse staple").await.0, 401);
        hub.server.hub().set_active("zhang.san", true).await.unwrap();
        assert_eq!(status(&hub, &this).await, 401, "what ended does not come back");
    }

    async fn a_session_ends_when_idle_and_after_its_whole_time(hub: TestHub) {
        use hub::clock::Clock;
        let token = settled(&hub, "zhang.san").await;
        let mut later = hub.server.hub().clone();
        let start = later.clock.now();
        let mut at = |minutes| { later.clock = Clock::fixed(start + chrono::Duration::minutes(minutes)); later.clone() };
        for minutes in (0..720).step_by(25) {
            at(minutes).authenticate(&token, nuanyang::commands::HERE).await.unwrap();
        }
        assert!(at(719).authenticate(&token, nuanyang::commands::HERE).await.is_ok());
        assert!(at(721).authenticate(&token, nuanyang::commands::HERE).await.is_err());
        let idle = self::token(&hub, "zhang.san", OWN).await;
        assert!(at(29).authenticate(&idle, nuanyang::commands::HERE).await.is_ok());
        assert!(at(29 + 31).authenticate(&idle, nuanyang::commands::HERE).await.is_err());
    }

    async fn one_address_guesses_only_so_often(hub: TestHub) {
        for n in 0..20 {
            assert_eq!(sign_in(&hub, &format!("nobody{n}"), "guess").await.0, 401);
        }
        let body = json!({ "username": "nobody", "password": "guess" });
        let answer = hub.http.post(format!("{}/session", hub.url)).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 429);
        let wait: u32 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=600).contains(&wait), "{wait}");
    }

    async fn only_a_small_json_body_signs_in(hub: TestHub) {
        settled(&hub, "zhang.san").await;
        let url = format!("{}/session", hub.url);
        let body = json!({ "username": "zhang.san", "password": OWN }).to_string();
        let form = hub.http.post(&url).header("content-type", "text/plain").body(body);
        assert_eq!(form.send().await.unwrap().status(), 415);
        let large = json!({ "username": "zhang.san", "password": "x".repeat(20_000) });
        let answer = hub.http.post(&url).json(&large).send().await.unwrap();
        assert_eq!(answer.status(), 413);
        let odd = json!({ "username": "zhang.san", "password": [OWN] });
        let answer = hub.http.post(&url).json(&odd).send().await.unwrap();
        assert_eq!(answer.status(), 400);
        assert!(!answer.text().await.unwrap().contains(OWN));
    }

    async fn a_system_has_no_password(hub: TestHub) {
        let worker = hub.worker(crate::support::STATION).await;
        let name = worker.ask("{ viewer { username } }").await;
        let username = name["viewer"]["username"].as_str().unwrap();
        assert_eq!(sign_in(&hub, username, "").await.0, 401);
    }
}
