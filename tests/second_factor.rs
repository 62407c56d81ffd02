//! The second factor: codes of a device, and what stands in for a lost one.

use entity::Role;
use hub::{HubError, accounts::NewAccount, clock::Clock};
use nuanyang::settings::{SecondFactor, Settings};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Backend, TestDatabase, TestHub},
};

const OWN: &str = "correct horse staple";

/// A device that shows codes.
struct Device(totp_rs::Totp);

impl Device {
    fn of(told: &Value) -> Self {
        let device = totp_rs::Totp::from_url(told["uri"].as_str().unwrap()).unwrap();
        assert_eq!(device.secret().to_base32(), told["secret"].as_str().unwrap());
        assert_eq!(device.secret().as_bytes().len(), 20);
        Self(device)
    }

    /// The code of now, or of so many times 30 seconds later.
    fn code(&self, later: i64) -> String {
        let at = chrono::Utc::now().timestamp() + 30 * later;
        self.0.generate(at.unsigned_abs()).to_string()
    }

    fn wrong(&self) -> String {
        let near: Vec<_> = (-2..=3).map(|later| self.code(later)).collect();
        let codes = (0..).map(|n: u32| format!("{n:06}"));
        codes.into_iter().find(|code| !near.contains(code)).unwrap()
    }
}

type Told = (StatusCode, Value);

async fn send(hub: &TestHub, method: Method, path: &str, token: &str, body: Value) -> Told {
    let request = hub.http.request(method, format!("{}{path}", hub.url)).bearer_auth(token);
    let answer = request.json(&body).send().await.unwrap();
    assert!(path == "/graphql" || answer.headers()["cache-control"] == "no-store");
    let status = answer.status();
    (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
}

async fn sign_in(hub: &TestHub, name: &str, password: &str, code: Option<&str>) -> Told {
    let mut body = json!({ "username": name, "password": password });
    if let Some(code) = code {
        body["code"] = code.into();
    }
    send(hub, Method::POST, "/session", "", body).await
}

fn token((status, told): Told) -> String {
    assert_eq!(status, 200, "{told}");
    told["token"].as_str().unwrap().to_owned()
}

async fn reads(hub: &TestHub, token: &str) -> StatusCode {
    let query = json!({ "query": "{ viewer { role } }" });
    send(hub, Method::POST, "/graphql", token, query).await.0
}

async fn begin(hub: &TestHub, token: &str, body: Value) -> Told {
    send(hub, Method::POST, "/session/totp", token, body).await
}

async fn confirm(hub: &TestHub, token: &str, code: &str) -> Told {
    send(hub, Method::POST, "/session/totp/confirm", token, json!({ "code": code })).await
}

async fn remove(hub: &TestHub, token: &str, code: &str) -> StatusCode {
    send(hub, Method::DELETE, "/session/totp", token, json!({ "code": code })).await.0
}

fn is_code_needed((status, told): &Told) -> bool {
    let extensions = &told["errors"][0]["extensions"];
    *status == 401 && *extensions == json!({ "code": "UNAUTHENTICATED", "reason": "CODE_NEEDED" })
}

/// Signed in with a password of its own, and nothing more.
async fn settled(hub: &TestHub, name: &str, role: Role) -> String {
    let new = NewAccount {
        username: name.to_owned(),
        name: "测试".to_owned(),
        role,
        station: None,
        county: (role == Role::CountyOfficer).then(|| "410802".to_owned()),
    };
    hub.server.hub().add_account(new).await.unwrap();
    let first = hub.server.hub().reset_password(name).await.unwrap();
    let token = token(sign_in(hub, name, &first, None).await);
    let change = json!({ "currentPassword": first, "newPassword": OWN });
    let changed = send(hub, Method::POST, "/session/password", &token, change).await;
    assert_eq!(changed.0, 204);
    token
}

/// The same with a device; its code of now is spent. With the recovery codes.
async fn enrolled(hub: &TestHub, name: &str, role: Role) -> (String, Device, Vec<String>) {
    let token = settled(hub, name, role).await;
    let device = Device::of(&begin(hub, &token, json!({})).await.1);
    let (status, told) = confirm(hub, &token, &device.code(0)).await;
    assert_eq!(status, 200, "{told}");
    (token, device, serde_json::from_value(told["recoveryCodes"].clone()).unwrap())
}

/// The hub as it will be after so many times 30 seconds.
fn later(hub: &TestHub, steps: i64) -> hub::Hub {
    let mut later = hub.server.hub().clone();
    later.clock = Clock::fixed(later.clock.now() + chrono::Duration::seconds(30 * steps));
    later
}

on_both! {
    async fn the_first_administrator_changes_the_password_enrols_and_is_in(hub: TestHub) {
        let new = NewAccount {
            username: "admin".to_owned(), name: "管理员".to_owned(), role: Role::Admin, station: None, county: None,
        };
        hub.server.hub().add_account(new).await.unwrap();
        let first = hub.server.hub().reset_password("admin").await.unwrap();
        let (status, begun) = sign_in(&hub, "admin", &first, None).await;
        assert_eq!((status, &begun["mustChangePassword"], &begun["mustEnrol"]), (StatusCode::OK, &json!(true), &json!(true)));
        let this = begun["token"].as_str().unwrap();
        assert_eq!(begin(&hub, this, json!({})).await.0, 403, "the password comes first");
        let change = json!({ "currentPassword": first, "newPassword": OWN });
        assert_eq!(send(&hub, Method::POST, "/session/password", this, change).await.0, 204);
        assert_eq!(reads(&hub, this).await, 403);
        let (status, list) = send(&hub, Method::GET, "/session", this, json!({})).await;
        assert_eq!((status, &list["errors"][0]["extensions"]["code"]), (StatusCode::FORBIDDEN, &json!("FORBIDDEN")));
        assert_eq!(confirm(&hub, this, "000000").await.0, 400, "nothing is begun");
        let (status, told) = begin(&hub, this, json!({})).await;
        assert_eq!(status, 200, "{told}");
        assert!(told["uri"].as_str().unwrap().starts_with("otpauth://totp/Nuanyang:admin?"), "{told}");
        let device = Device::of(&told);
        assert_eq!(confirm(&hub, this, &device.wrong()).await.0, 400);
        assert_eq!(reads(&hub, this).await, 403, "a pending device is none");
        let (status, told) = confirm(&hub, this, &device.code(0)).await;
        assert_eq!((status, told["recoveryCodes"].as_array().unwrap().len()), (StatusCode::OK, 10));
        assert_eq!(reads(&hub, this).await, 200);
        assert!(is_code_needed(&sign_in(&hub, "admin", OWN, None).await));
        let (status, begun) = sign_in(&hub, "admin", OWN, Some(&device.code(1))).await;
        assert_eq!((status, &begun["mustEnrol"]), (StatusCode::OK, &json!(false)));
        assert_eq!(reads(&hub, begun["token"].as_str().unwrap()).await, 200);
    }

    async fn a_code_opens_one_session_however_often_it_is_sent(hub: TestHub) {
        let (_, device, _) = enrolled(&hub, "li.si", Role::Analyst).await;
        assert_eq!(sign_in(&hub, "li.si", OWN, Some(&device.code(0))).await.0, 401, "spent on enrolling");
        let next = device.code(1);
        let tries = (0..4).map(|_| sign_in(&hub, "li.si", OWN, Some(&next)));
        let tries = futures_util::future::join_all(tries).await;
        assert_eq!(tries.iter().filter(|told| told.0 == 200).count(), 1);
        let later = later(&hub, 3);
        let code = device.code(2);
        later.sign_in("li.si", OWN.to_owned(), Some(code.clone()), None).await.unwrap();
        let again = later.sign_in("li.si", OWN.to_owned(), Some(code), None).await;
        assert!(matches!(again, Err(HubError::SignIn)));
        let before = later.sign_in("li.si", OWN.to_owned(), Some(next), None).await;
        assert!(matches!(before, Err(HubError::SignIn)), "nor one from before it");
    }

    async fn wrong_codes_lock_as_wrong_passwords_do(hub: TestHub) {
        let (this, device, recovery) = enrolled(&hub, "admin", Role::Admin).await;
        let wrong_password = sign_in(&hub, "admin", "guess", None).await;
        assert!(!is_code_needed(&wrong_password) && wrong_password.0 == 401);
        for _ in 0..4 {
            assert_eq!(sign_in(&hub, "admin", OWN, Some(&device.wrong())).await, wrong_password);
            sign_in(&hub, "admin", OWN, None).await;
        }
        for code in [Some(device.code(1)), Some(recovery[0].clone()), None] {
            assert_eq!(sign_in(&hub, "admin", OWN, code.as_deref()).await, wrong_password, "locked");
        }
        assert_eq!(begin(&hub, &this, json!({ "code": device.code(1) })).await.0, 401, "also from inside");
        hub.server.hub().set_active("admin", true).await.unwrap();
        assert_eq!(sign_in(&hub, "admin", OWN, Some(&device.code(1))).await.0, 200);
    }

    async fn codes_cannot_be_guessed_from_a_stolen_session(hub: TestHub) {
        let (this, device, _) = enrolled(&hub, "li.si", Role::Analyst).await;
        for _ in 0..3 {
            assert_eq!(remove(&hub, &this, &device.wrong()).await, 401);
            assert_eq!(begin(&hub, &this, json!({ "code": device.wrong() })).await.0, 401);
        }
        assert_eq!(remove(&hub, &this, &device.code(1)).await, 401, "locked");
        assert!(is_code_needed(&begin(&hub, &this, json!({})).await));
    }

    async fn a_recovery_code_stands_in_once_and_for_nobody_else(hub: TestHub) {
        let (_, _, recovery) = enrolled(&hub, "admin", Role::Admin).await;
        enrolled(&hub, "auditor", Role::Auditor).await;
        let distinct: std::collections::BTreeSet<_> = recovery.iter().collect();
        assert!(distinct.len() == 10 && recovery.iter().all(|code| code.len() == 23), "{recovery:?}");
        assert_eq!(sign_in(&hub, "auditor", OWN, Some(&recovery[0])).await.0, 401);
        token(sign_in(&hub, "admin", OWN, Some(&recovery[0])).await);
        assert_eq!(sign_in(&hub, "admin", OWN, Some(&recovery[0])).await.0, 401);
        let typed = recovery[1].replace('-', " ").to_uppercase();
        token(sign_in(&hub, "admin", OWN, Some(&typed)).await);
        assert_eq!(sign_in(&hub, "admin", OWN, Some("")).await.0, 401);
    }

    async fn another_device_needs_a_code_of_the_first_and_ends_other_sessions(hub: TestHub) {
        let (this, old, recovery) = enrolled(&hub, "admin", Role::Admin).await;
        let other = token(sign_in(&hub, "admin", OWN, Some(&recovery[0])).await);
        assert!(is_code_needed(&begin(&hub, &this, json!({})).await));
        let new = Device::of(&begin(&hub, &this, json!({ "code": recovery[1] })).await.1);
        assert_eq!(sign_in(&hub, "admin", OWN, Some(&new.code(1))).await.0, 401, "not yet");
        assert_eq!(remove(&hub, &this, &recovery[2]).await, 400, "an administrator needs one");
        let (status, told) = confirm(&hub, &this, &new.code(0)).await;
        assert_eq!(status, 200, "{told}");
        assert_eq!((reads(&hub, &this).await, reads(&hub, &other).await), (StatusCode::OK, StatusCode::UNAUTHORIZED));
        assert_eq!(sign_in(&hub, "admin", OWN, Some(&old.code(1))).await.0, 401);
        assert_eq!(sign_in(&hub, "admin", OWN, Some(&recovery[3])).await.0, 401, "of the old device");
        assert_eq!(sign_in(&hub, "admin", OWN, Some(&new.code(1))).await.0, 200);
    }

    async fn anyone_may_enrol_and_whose_role_does_not_need_it_may_leave(hub: TestHub) {
        let (this, device, recovery) = enrolled(&hub, "li.si", Role::Analyst).await;
        let other = token(sign_in(&hub, "li.si", OWN, Some(&recovery[0])).await);
        assert_eq!(remove(&hub, &this, &device.wrong()).await, 401);
        assert!(is_code_needed(&sign_in(&hub, "li.si", OWN, None).await));
        assert_eq!(remove(&hub, &this, &device.code(1)).await, 204);
        assert_eq!((reads(&hub, &this).await, reads(&hub, &other).await), (StatusCode::OK, StatusCode::UNAUTHORIZED));
        let (status, begun) = sign_in(&hub, "li.si", OWN, None).await;
        assert_eq!((status, &begun["mustEnrol"]), (StatusCode::OK, &json!(false)));
    }

    async fn a_lost_device_is_reset_and_another_has_to_be_enrolled(hub: TestHub) {
        let (this, device, recovery) = enrolled(&hub, "officer", Role::CountyOfficer).await;
        hub.server.hub().reset_totp("officer").await.unwrap();
        assert_eq!(reads(&hub, &this).await, 401);
        let (_, begun) = sign_in(&hub, "officer", OWN, None).await;
        assert_eq!(begun["mustEnrol"], true, "{begun}");
        let next = begun["token"].as_str().unwrap();
        assert_eq!(reads(&hub, next).await, 403);
        assert_eq!(begin(&hub, next, json!({})).await.0, 200);
        assert_eq!(confirm(&hub, next, &device.code(1)).await.0, 400, "the lost one is not known");
        assert_eq!(confirm(&hub, next, &recovery[0]).await.0, 400);
        assert!(hub.server.hub().reset_totp("nobody").await.is_err());
    }

    async fn tokens_that_were_given_out_need_no_code(hub: TestHub) {
        assert_eq!(reads(&hub, &hub.officer().await.token).await, 200);
    }
}

async fn the_settings_name_the_roles(backend: Backend) {
    let second_factor = SecondFactor(vec![Role::Analyst]);
    let settings = Settings { second_factor, ..Settings::default() };
    let hub = TestHub::with(TestDatabase::fresh(backend).await, settings).await;
    let analyst = settled(&hub, "li.si", Role::Analyst).await;
    let admin = settled(&hub, "admin", Role::Admin).await;
    assert_eq!(reads(&hub, &analyst).await, 403);
    assert_eq!(reads(&hub, &admin).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_name_the_roles_sqlite() {
    the_settings_name_the_roles(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_name_the_roles_postgres() {
    the_settings_name_the_roles(Backend::Postgres).await;
}
