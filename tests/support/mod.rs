//! A running hub for each test, and people made up for it.

pub mod contents;
pub mod database;
mod follower;
mod logs;
pub mod node;
pub mod provider;

use entity::{Role, TokenScope};
use hub::accounts::{NewAccount, NewToken};
use nuanyang::{server::Server, settings::Settings};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};

pub use database::{Backend, TestDatabase};
pub use follower::{Follower, WAIT};
pub use logs::{logs, take_logs};

/// Two stations of one county, and one of another.
pub const STATION: &str = "S410802001";
pub const NEIGHBOUR: &str = "S410802002";
pub const FAR: &str = "S410811001";

/// A hub that answers over HTTP on a database of its own.
pub struct TestHub {
    pub database: TestDatabase,
    pub server: Server,
    pub url: String,
    pub http: reqwest::Client,
}

/// Runs a test on SQLite and on PostgreSQL, each with a hub, or more, of its own.
#[macro_export]
macro_rules! on_both {
    ($(async fn $name:ident($hub:ident: $world:ident) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn body($hub: $world) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                body($world::start(Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                body($world::start(Backend::Postgres).await).await;
            }
        }
    )+};
}

impl TestHub {
    pub async fn start(backend: Backend) -> Self {
        Self::on(TestDatabase::fresh(backend).await).await
    }

    pub async fn on(database: TestDatabase) -> Self {
        Self::with(database, Settings::default()).await
    }

    /// A hub with settings of its own, except for the database and the address.
    pub async fn with(database: TestDatabase, settings: Settings) -> Self {
        let settings = Settings {
            database: database.url.clone(),
            key_file: Some(database.key_file.clone()),
            listen: "127.0.0.1:0".parse().unwrap(),
            // A test asks more in a minute than people do.
            minute_budget: settings.minute_budget.or(Some(u64::MAX)),
            ..settings
        };
        let server = Server::start(&settings).await.unwrap();
        let url = format!("http://{}", server.address());
        Self {
            database,
            server,
            url,
            http: nuanyang::client::http_client(Default::default()).unwrap(),
        }
    }

    /// The same hub, started again with other settings.
    pub async fn again(self, settings: Settings) -> Self {
        let Self { server, database, .. } = self;
        server.stop().await.unwrap();
        Self::with(database, settings).await
    }

    /// Changes the database behind the hub's back.
    pub async fn sql(&self, statement: &str) {
        use sea_orm::ConnectionTrait;
        self.server.hub().db.writer().execute_unprepared(statement).await.unwrap();
    }

    /// A viewer of this role, with the station or county it needs.
    pub async fn viewer(&self, role: Role, place: Option<&str>) -> TestViewer<'_> {
        let new = NewAccount {
            username: uuid::Uuid::new_v4().to_string(),
            name: "测试".to_owned(),
            role,
            station: place
                .filter(|_| matches!(role, Role::StationWorker | Role::StationLead))
                .map(str::to_owned),
            county: place.filter(|_| role == Role::CountyOfficer).map(str::to_owned),
        };
        let token = self.server.hub().add_account(new).await.unwrap();
        self.bearing(token)
    }

    /// Another system, with a token of these scopes for a county or the city.
    pub async fn system(&self, county: &str, scopes: &[TokenScope]) -> TestViewer<'_> {
        let username = self.integration(county).await;
        let new = NewToken { scopes: scopes.to_vec(), ..NewToken::default() };
        self.bearing(self.server.hub().add_token(&username, new).await.unwrap())
    }

    /// The account of another system, by its name.
    pub async fn integration(&self, county: &str) -> String {
        let username = uuid::Uuid::new_v4().to_string();
        let new = NewAccount {
            username: username.clone(),
            name: "测试系统".to_owned(),
            role: Role::Integration,
            station: None,
            county: Some(county.to_owned()),
        };
        self.server.hub().add_bare_account(new).await.unwrap();
        username
    }

    /// Who has this token.
    pub fn bearing(&self, token: String) -> TestViewer<'_> {
        TestViewer { hub: self, token, language: "zh-CN" }
    }

    pub async fn worker(&self, station: &str) -> TestViewer<'_> {
        self.viewer(Role::StationWorker, Some(station)).await
    }

    /// The bureau's own officer, who reaches the whole city.
    pub async fn officer(&self) -> TestViewer<'_> {
        self.viewer(Role::CountyOfficer, Some("410800")).await
    }

    /// A counter of `/metrics`.
    pub async fn metric(&self, name: &str) -> u64 {
        let text = self.http.get(format!("{}/metrics", self.url)).send().await.unwrap();
        let text = text.text().await.unwrap();
        let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
        line.rsplit_once(' ').unwrap().1.parse().unwrap()
    }
}

/// Someone who asks the hub.
pub struct TestViewer<'h> {
    pub hub: &'h TestHub,
    pub token: String,
    pub language: &'static str,
}

impl TestViewer<'_> {
    /// The whole answer to an operation.
    pub async fn answer(&self, query: &str, variables: Value) -> Value {
        self.answer_to(&json!({ "query": query, "variables": variables })).await
    }

    async fn answer_to(&self, body: &Value) -> Value {
        let request = self
            .hub
            .http
            .post(format!("{}/graphql", self.hub.url))
            .bearer_auth(&self.token)
            .header("accept-language", self.language)
            .json(body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// The data of an operation that has no errors.
    pub async fn ask(&self, query: &str) -> Value {
        self.ask_with(query, json!({})).await
    }

    pub async fn ask_with(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.answer(query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].take()
    }

    /// How many statements an operation reads by once it is known. Those of the server's own work,
    /// which goes on meanwhile, are not among them.
    pub async fn statements(&self, query: &str, variables: Value) -> u64 {
        self.ask_with(query, variables.clone()).await;
        let body =
            json!({ "query": query, "variables": variables, "extensions": { "explain": true } });
        let answer: Value = self.answer_to(&body).await;
        let statements = answer["extensions"]["explain"]["statements"].as_array();
        let statements = statements.unwrap_or_else(|| panic!("{query}\n{answer:#}"));
        let calls = statements.iter().map(|statement| statement["calls"].as_u64().unwrap()).sum();
        assert!(calls > 0, "{answer:#}");
        calls
    }

    /// The code of the first error.
    pub async fn fault(&self, query: &str) -> String {
        let answer = self.answer(query, json!({})).await;
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        code.unwrap_or_else(|| panic!("{query} has no error: {answer:#}")).to_owned()
    }

    /// Hands items in; gives back their receipts.
    pub async fn submit(&self, items: Vec<Value>) -> Vec<Value> {
        let data = self.ask_with(contents::SUBMIT, json!({ "items": items })).await;
        data["submit"]["receipts"].as_array().unwrap().clone()
    }

    /// Hands one item in, which has to be stored; gives back its receipt.
    pub async fn store(&self, item: Value) -> Value {
        let receipt = self.submit(vec![item]).await.remove(0);
        assert_eq!(receipt["status"], "STORED", "{receipt:#}");
        receipt
    }

    /// The codes of the problems of an item that has to be rejected.
    pub async fn refused(&self, item: Value) -> Vec<String> {
        let receipt = self.submit(vec![item]).await.remove(0);
        assert_eq!(receipt["status"], "REJECTED", "{receipt:#}");
        let problems = receipt["problems"].as_array().unwrap();
        problems.iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect()
    }
}

/// A request whose body does not come to its end, so that it keeps its turn.
pub async fn slow(hub: &TestHub, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(hub.server.address()).await.unwrap();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}
