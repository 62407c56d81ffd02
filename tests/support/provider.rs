//! A hub and an identity provider that it trusts: a certified one, on loopback.

use std::{collections::BTreeMap, process::Stdio};

use entity::{Role, session};
use hub::accounts::NewAccount;
use nuanyang::settings::Settings;
use reqwest::{Response, Url};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use super::{Backend, TestDatabase, TestHub, node};

/// Where the provider leads back to; nothing listens there, the test goes to its hub instead.
pub const CALLBACK: &str = "http://127.0.0.1:8466/session/oidc/callback";

/// A hub, the provider it trusts, and a browser that goes between the two.
pub struct World {
    pub hub: TestHub,
    pub issuer: String,
    browser: reqwest::Client,
    pub settings: Settings,
    pub secret: tempfile::NamedTempFile,
    /// Held, since the provider ends where nobody listens to what it prints.
    _provider: (Child, Lines<BufReader<ChildStdout>>),
}

impl World {
    pub async fn start(backend: Backend) -> Self {
        node::install("oidc").await;
        let (_provider, issuer) = provider().await;
        let secret = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(secret.path(), "hub-secret\n").unwrap();
        let settings = Settings {
            oidc_issuer: Some(issuer.clone()),
            oidc_client_id: Some("hub".to_owned()),
            oidc_client_secret_file: Some(secret.path().to_owned()),
            oidc_redirect_url: Some(CALLBACK.to_owned()),
            ..Settings::default()
        };
        let hub = TestHub::with(TestDatabase::fresh(backend).await, settings.clone()).await;
        let redirects = reqwest::redirect::Policy::none();
        let browser = reqwest::Client::builder().redirect(redirects).build().unwrap();
        Self { hub, issuer, browser, settings, secret, _provider }
    }

    /// An administrator whom the provider calls so.
    pub async fn linked(&self, username: &str, subject: &str) {
        self.account(username).await;
        let hub = self.hub.server.hub();
        hub.link(username, self.issuer.clone(), subject.to_owned()).await.unwrap();
    }

    pub async fn account(&self, username: &str) {
        let new = NewAccount {
            username: username.to_owned(),
            name: "测试".to_owned(),
            role: Role::Admin,
            station: None,
            county: None,
        };
        self.hub.server.hub().add_account(new).await.unwrap();
    }

    /// Where the hub sends the browser, and the cookie it gives along.
    pub async fn begin(&self) -> (Url, String) {
        let answer = self.browser.get(format!("{}/session/oidc", self.hub.url)).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 302);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let (cookie, terms) = cookie.split_once("; ").unwrap();
        assert_eq!(terms, "Path=/; HttpOnly; SameSite=Lax; Max-Age=600");
        let place = answer.headers()["location"].to_str().unwrap();
        (place.parse().unwrap(), cookie.to_owned())
    }

    /// Signs in to the provider as `subject`; gives back where it leads the browser.
    pub async fn at_provider(&self, mut place: Url, subject: &str) -> Url {
        let mut jar = BTreeMap::new();
        while !place.as_str().starts_with(CALLBACK) {
            if place.path().starts_with("/interaction/") {
                place.query_pairs_mut().append_pair("as", subject);
            }
            let cookies: Vec<_> =
                jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let ask = self.browser.get(place.clone()).header("cookie", cookies.join("; "));
            let answer = ask.send().await.unwrap();
            for cookie in answer.headers().get_all("set-cookie") {
                let pair = cookie.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                jar.insert(name.to_owned(), value.to_owned());
            }
            let next =
                answer.headers().get("location").map(|next| next.to_str().unwrap().to_owned());
            let Some(next) = next else { panic!("{place}: {}", answer.text().await.unwrap()) };
            place = place.join(&next).unwrap();
        }
        place
    }

    /// Comes back to the hub.
    pub async fn back(&self, query: &str, cookie: &str) -> Response {
        let url = format!("{}/session/oidc/callback?{query}", self.hub.url);
        let answer = self.browser.get(url).header("cookie", cookie).send().await.unwrap();
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
        let forgotten = "nuanyang-oidc=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0";
        assert_eq!(*cookies.last().unwrap(), forgotten);
        assert_eq!(cookies.len(), if answer.status() == 302 { 2 } else { 1 });
        answer
    }

    pub async fn sign_in(&self, subject: &str) -> Response {
        let (place, cookie) = self.begin().await;
        let back = self.at_provider(place, subject).await;
        self.back(back.query().unwrap(), &cookie).await
    }

    /// The identity token that a code of this client is worth.
    pub async fn token(&self, client: &str, nonce: &str, subject: &str) -> String {
        // The pair of the example in RFC 7636, appendix B.
        let (verifier, challenge) = (
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        );
        let place = format!(
            "{}/auth?response_type=code&scope=openid&client_id={client}&redirect_uri={CALLBACK}\
             &nonce={nonce}&state=s&code_challenge={challenge}&code_challenge_method=S256",
            self.issuer
        );
        let back = self.at_provider(place.parse().unwrap(), subject).await;
        let body = format!(
            "grant_type=authorization_code&redirect_uri={CALLBACK}&code_verifier={verifier}&code={}",
            parameter(&back, "code")
        );
        let ask = self.browser.post(format!("{}/token", self.issuer));
        let ask = ask.basic_auth(client, Some(format!("{client}-secret")));
        let ask = ask.header("content-type", "application/x-www-form-urlencoded").body(body);
        let told: Value = ask.send().await.unwrap().json().await.unwrap();
        told["id_token"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned()
    }

    /// Has the provider hand this identity token out next, whatever is right.
    pub async fn forge(&self, token: &str) {
        let forge = format!("{}/forge?token={token}", self.issuer);
        assert!(self.browser.get(forge).send().await.unwrap().status().is_success());
    }

    pub async fn sessions(&self) -> u64 {
        session::Entity::find().count(self.hub.server.hub().db.read()).await.unwrap()
    }

    pub async fn reads(&self, session: &str) -> u16 {
        let ask = self.hub.http.post(format!("{}/graphql", self.hub.url)).header("cookie", session);
        let ask = ask.json(&json!({ "query": "{ viewer { username } }" }));
        ask.send().await.unwrap().status().as_u16()
    }
}

async fn provider() -> ((Child, Lines<BufReader<ChildStdout>>), String) {
    let mut command = Command::new("node");
    command.arg("provider.mjs").current_dir(node::folder("oidc")).kill_on_drop(true);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    loop {
        let line = lines.next_line().await.unwrap().unwrap();
        if let Some(issuer) = line.strip_prefix("issuer ") {
            return ((child, lines), issuer.to_owned());
        }
    }
}

pub fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}
