//! The session of a browser: what its cookie is, and what it must not be used for.

use entity::{Role, submission};
use futures_util::{SinkExt, StreamExt};
use hub::accounts::NewAccount;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};

use crate::{
    on_both,
    support::{Backend, STATION, TestHub, contents::*},
};

const OWN: &str = "correct horse staple";

async fn begin(hub: &TestHub, host: Option<&str>) -> Response {
    let body = json!({ "username": "zhang.san", "password": OWN, "cookie": true });
    let mut begin = hub.http.post(format!("{}/session", hub.url)).json(&body);
    if let Some(host) = host {
        begin = begin.header("host", host);
    }
    begin.send().await.unwrap()
}

/// A station worker signed in with a cookie: what its browser sends.
async fn browser(hub: &TestHub) -> String {
    let new = NewAccount {
        username: "zhang.san".to_owned(),
        name: "社工".to_owned(),
        role: Role::StationWorker,
        station: Some(STATION.to_owned()),
        county: None,
    };
    hub.server.hub().add_account(new).await.unwrap();
    let first = hub.server.hub().reset_password("zhang.san").await.unwrap();
    let begun = hub.server.hub().sign_in("zhang.san", first.clone(), None, None).await.unwrap();
    let change = json!({ "currentPassword": first, "newPassword": OWN });
    let change = hub.http.post(format!("{}/session/password", hub.url)).json(&change);
    assert_eq!(change.bearer_auth(begun.token).send().await.unwrap().status(), 204);
    sent(&begin(hub, None).await)
}

fn set(answer: &Response) -> &str {
    answer.headers()["set-cookie"].to_str().unwrap()
}

/// What a browser sends back of a cookie.
fn sent(answer: &Response) -> String {
    set(answer).split(';').next().unwrap().to_owned()
}

fn ask(hub: &TestHub, method: Method, path: &str, cookie: &str) -> RequestBuilder {
    hub.http.request(method, format!("{}{path}", hub.url)).header("cookie", cookie)
}

fn query(hub: &TestHub, cookie: &str) -> RequestBuilder {
    let ask = ask(hub, Method::POST, "/graphql", cookie);
    // Of this media type, an operation that is refused has a status that says so.
    ask.header("accept", "application/graphql-response+json")
        .json(&json!({ "query": "{ viewer { username } }" }))
}

async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

/// A mutation that is carried out wherever it is let in.
fn visit_of(person: u32) -> Value {
    let item = visit(STATION, elder(person), "2026-10-03", json!({}));
    json!({ "query": SUBMIT, "variables": { "items": [item] } })
}

async fn recorded(hub: &TestHub) -> u64 {
    submission::Entity::find().count(hub.server.hub().db.read()).await.unwrap()
}

/// What a page tells of itself that is not the hub's own.
const FOREIGN: [(&str, &str); 6] = [
    ("origin", "https://elsewhere.example"),
    ("origin", "http://127.0.0.1:1"),
    ("origin", "null"),
    ("origin", ""),
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-site", "same-site"),
];

/// Opens a socket; whether its first word is that it is let in, or the status that refuses it.
async fn follows(hub: &TestHub, cookie: &str, origin: Option<&str>) -> Result<bool, u16> {
    let url = format!("{}/graphql/ws", hub.url.replace("http", "ws"));
    let mut request = url.into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    headers.insert("cookie", cookie.parse().unwrap());
    if let Some(origin) = origin {
        headers.insert("origin", origin.parse().unwrap());
    }
    let mut socket = match connect_async(request).await {
        Ok((socket, _)) => socket,
        Err(tungstenite::Error::Http(answer)) => return Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    };
    let init = json!({ "type": "connection_init", "payload": {} });
    socket.send(Message::text(init.to_string())).await.unwrap();
    let first = socket.next().await;
    Ok(matches!(first, Some(Ok(Message::Text(text))) if text.contains("connection_ack")))
}

on_both! {
    async fn the_cookie_is_for_this_host_and_no_script(hub: TestHub) {
        browser(&hub).await;
        let answer = begin(&hub, Some("hub.example")).await;
        let (name, terms) = set(&answer).split_once("=nys_").unwrap();
        assert_eq!((name, terms.split_once(';').unwrap().1), ("__Host-nuanyang", " Path=/; HttpOnly; Secure; SameSite=Strict"));
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers().get_all("set-cookie").iter().count(), 1);
        let told = answer.text().await.unwrap();
        assert!(!told.contains("nys_") && told.contains("\"mustChangePassword\":false"), "{told}");
        let here = begin(&hub, None).await;
        let (name, terms) = set(&here).split_once("=nys_").unwrap();
        assert_eq!((name, terms.split_once(';').unwrap().1), ("nuanyang", " Path=/; HttpOnly; SameSite=Strict"));
    }

    async fn a_page_of_the_hub_works_by_its_cookie(hub: TestHub) {
        let cookie = browser(&hub).await;
        assert_eq!(status(query(&hub, &cookie)).await, 200);
        let own = query(&hub, &format!("theme=dark; {cookie}")).header("origin", &hub.url);
        assert_eq!(status(own.header("sec-fetch-site", "same-origin")).await, 200);
        assert_eq!(status(query(&hub, &cookie).header("sec-fetch-site", "none")).await, 200);
        let list = ask(&hub, Method::GET, "/session", &cookie).send().await.unwrap();
        assert!(list.text().await.unwrap().contains("\"current\":true"));
        let out = ask(&hub, Method::DELETE, "/session", &cookie).send().await.unwrap();
        assert_eq!(set(&out), "nuanyang=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
        assert_eq!((out.status(), &out.headers()["cache-control"]), (StatusCode::NO_CONTENT, &"no-store".parse().unwrap()));
        assert_eq!(status(query(&hub, &cookie)).await, 401);
    }

    async fn a_page_of_another_origin_runs_nothing(hub: TestHub) {
        let cookie = browser(&hub).await;
        for (name, value) in FOREIGN {
            let as_foreign = |request: RequestBuilder| status(request.header(name, value));
            let submit = ask(&hub, Method::POST, "/graphql", &cookie).json(&visit_of(1));
            assert_eq!(as_foreign(submit).await, 403, "{name}: {value}");
            for (method, path) in [(Method::GET, "/session"), (Method::DELETE, "/session"), (Method::POST, "/session/totp")] {
                let request = ask(&hub, method, path, &cookie).json(&json!({}));
                assert_eq!(as_foreign(request).await, 403, "{path}: {name}: {value}");
            }
            let change = json!({ "currentPassword": OWN, "newPassword": "another horse staple" });
            let change = ask(&hub, Method::POST, "/session/password", &cookie).json(&change);
            assert_eq!(as_foreign(change).await, 403);
        }
        assert_eq!(recorded(&hub).await, 0);
        assert_eq!(status(query(&hub, &cookie)).await, 200, "the session goes on");
        let submit = ask(&hub, Method::POST, "/graphql", &cookie).json(&visit_of(1));
        assert_eq!(status(submit.header("origin", &hub.url)).await, 200);
        assert_eq!(recorded(&hub).await, 1, "the same from an own page is carried out");
    }

    async fn a_form_and_a_get_run_nothing(hub: TestHub) {
        let cookie = browser(&hub).await;
        for (kind, refused) in [
            ("application/x-www-form-urlencoded", 415),
            // A form with files could be one's own; a page elsewhere cannot add the header it lacks.
            ("multipart/form-data; boundary=x", 403),
            ("text/plain", 415),
            ("", 415),
        ] {
            let form = ask(&hub, Method::POST, "/graphql", &cookie).header("content-type", kind);
            assert_eq!(status(form.body(visit_of(1).to_string())).await, refused, "{kind}");
        }
        for text in ["{ viewer { username } }", "mutation { submit(items: []) { receipts { status } } }"] {
            let url = reqwest::Url::parse_with_params(&hub.url, [("query", text)]).unwrap();
            let get = ask(&hub, Method::GET, &format!("/graphql?{}", url.query().unwrap()), &cookie);
            let answer = get.header("sec-fetch-site", "same-origin").send().await.unwrap();
            assert_eq!(answer.status(), 401);
            assert!(!answer.text().await.unwrap().contains("zhang.san"));
        }
        assert_eq!(recorded(&hub).await, 0);
    }

    async fn a_link_of_an_own_page_takes_home(hub: TestHub) {
        let cookie = browser(&hub).await;
        let path = format!("/workbooks/{STATION}.xlsx");
        let take = || ask(&hub, Method::GET, &path, &cookie);
        assert_eq!(status(take().header("sec-fetch-site", "same-origin")).await, 200);
        assert_eq!(status(take()).await, 401, "nothing says that the page is our own");
        for said in ["cross-site", "same-site", "none"] {
            assert_eq!(status(take().header("sec-fetch-site", said)).await, 401, "{said}");
        }
    }

    async fn a_socket_is_followed_by_cookie_from_an_own_page_alone(hub: TestHub) {
        let cookie = browser(&hub).await;
        assert_eq!(follows(&hub, &cookie, Some(&hub.url)).await, Ok(true));
        assert_eq!(follows(&hub, "theme=dark", Some(&hub.url)).await, Ok(false));
        assert_eq!(follows(&hub, &cookie, None).await, Ok(false));
        for foreign in ["https://elsewhere.example", "http://127.0.0.1:1", "null", &hub.url.replace("http", "https")] {
            assert_eq!(follows(&hub, &cookie, Some(foreign)).await, Err(403), "{foreign}");
        }
    }

    async fn a_cookie_that_another_host_could_set_is_not_read(hub: TestHub) {
        let cookie = browser(&hub).await;
        let token = cookie.strip_prefix("nuanyang=").unwrap();
        let marked = format!("__Host-{cookie}");
        let at = |cookie: &str| query(&hub, cookie).header("host", "hub.example");
        assert_eq!(status(at(&cookie)).await, 401);
        assert_eq!(status(at(&marked)).await, 200);
        assert_eq!(status(at(&marked).header("origin", "https://hub.example")).await, 200);
        assert_eq!(status(at(&marked).header("origin", "http://hub.example")).await, 403, "a page in the clear");
        assert_eq!(status(query(&hub, &format!("xnuanyang={token}"))).await, 401);
        assert_eq!(status(query(&hub, &format!("nuanyangx={token}"))).await, 401);
    }

    async fn a_header_is_stronger_than_the_cookie(hub: TestHub) {
        let cookie = browser(&hub).await;
        let officer = hub.officer().await;
        let name = json!({ "query": "{ viewer { role } }" });
        let both = ask(&hub, Method::POST, "/graphql", &cookie).json(&name).bearer_auth(&officer.token);
        let told: Value = both.send().await.unwrap().json().await.unwrap();
        assert_eq!(told["data"]["viewer"]["role"], "COUNTY_OFFICER");
        assert_eq!(status(query(&hub, &cookie).bearer_auth("nys_wrong")).await, 401);
    }
}
