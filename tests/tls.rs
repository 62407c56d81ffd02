//! HTTPS by a certificate, and no HTTP in the clear over a network.

use std::path::PathBuf;

use nuanyang::{server::Server, settings::Settings};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Backend, TestDatabase, TestHub};

pub struct Certificate {
    folder: TempDir,
    pem: String,
}

impl Certificate {
    /// One that vouches for itself.
    pub fn fresh() -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let pem = made.cert.pem();
        std::fs::write(folder.path().join("cert.pem"), &pem).unwrap();
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        Self { folder, pem }
    }

    fn file(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder.path().join(name))
    }

    pub fn settings(&self) -> Settings {
        let (tls_cert, tls_key) = (self.file("cert.pem"), self.file("key.pem"));
        Settings { tls_cert, tls_key, ..Settings::default() }
    }
}

async fn answers_over_https(backend: Backend) {
    let certificate = Certificate::fresh();
    let hub = TestHub::with(TestDatabase::fresh(backend).await, certificate.settings()).await;
    let token = hub.officer().await.token;
    let address = hub.server.address();
    // One that never agrees on a key holds up nobody.
    let _silent = tokio::net::TcpStream::connect(address).await.unwrap();
    let root = reqwest::Certificate::from_pem(certificate.pem.as_bytes()).unwrap();
    let trusting = reqwest::Client::builder().tls_certs_only([root]).build().unwrap();
    let ask = |client: &reqwest::Client, scheme: &str| {
        let url = format!("{scheme}://{address}/graphql");
        client.post(url).bearer_auth(&token).json(&json!({ "query": "{ viewer { role } }" })).send()
    };
    let answer = ask(&trusting, "https").await.unwrap();
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["data"]["viewer"]["role"], "COUNTY_OFFICER");
    assert!(ask(&hub.http, "https").await.is_err(), "nobody vouches for this certificate");
    assert!(ask(&trusting, "http").await.is_err(), "no HTTP where HTTPS is spoken");
    let cookie = session_cookie(&hub, &trusting, &format!("https://{address}/session")).await;
    assert!(cookie.starts_with("__Host-nuanyang=nys_"), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; Secure; SameSite=Strict"), "{cookie}");
    hub.server.stop().await.unwrap();
}

async fn session_cookie(hub: &TestHub, http: &reqwest::Client, url: &str) -> String {
    let new = hub::accounts::NewAccount {
        username: "li.si".to_owned(),
        name: "分析员".to_owned(),
        role: entity::Role::Analyst,
        station: None,
        county: None,
    };
    hub.server.hub().add_account(new).await.unwrap();
    let password = hub.server.hub().reset_password("li.si").await.unwrap();
    let body = json!({ "username": "li.si", "password": password, "cookie": true });
    let answer = http.post(url).json(&body).send().await.unwrap();
    answer.headers()["set-cookie"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_answers_over_https_sqlite() {
    answers_over_https(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_answers_over_https_postgres() {
    answers_over_https(Backend::Postgres).await;
}

async fn refusal(settings: Settings) -> String {
    let database = TestDatabase::fresh(Backend::Sqlite).await;
    let settings = Settings {
        database: database.url.clone(),
        key_file: Some(database.key_file.clone()),
        ..settings
    };
    let server = Server::start(&settings).await;
    format!("{:#}", server.err().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_not_served_to_a_network_unless_told() {
    let open = Settings { listen: "0.0.0.0:0".parse().unwrap(), ..Settings::default() };
    let why = refusal(open.clone()).await;
    assert!(why.contains("in the clear") && why.contains("--allow-plain-http"), "{why}");
    let database = TestDatabase::fresh(Backend::Sqlite).await;
    let told = Settings {
        database: database.url.clone(),
        key_file: Some(database.key_file.clone()),
        allow_plain_http: true,
        ..open.clone()
    };
    Server::start(&told).await.unwrap().stop().await.unwrap();
    let database = TestDatabase::fresh(Backend::Sqlite).await;
    let certificate = Certificate::fresh();
    let under_tls = Settings {
        database: database.url.clone(),
        key_file: Some(database.key_file.clone()),
        listen: open.listen,
        ..certificate.settings()
    };
    Server::start(&under_tls).await.unwrap().stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_cannot_be_used_is_named() {
    let (one, other) = (Certificate::fresh(), Certificate::fresh());
    let why = refusal(Settings { tls_key: None, ..one.settings() }).await;
    assert!(why.contains("belong together"), "{why}");
    let why = refusal(Settings { tls_key: other.file("key.pem"), ..one.settings() }).await;
    assert!(why.contains("cannot be used together"), "{why}");
    let why = refusal(Settings { tls_cert: one.file("none.pem"), ..one.settings() }).await;
    assert!(why.contains("none.pem") && why.contains("cannot be read"), "{why}");
    let why = refusal(Settings { tls_cert: one.file("key.pem"), ..one.settings() }).await;
    assert!(why.contains("key.pem"), "{why}");
}
