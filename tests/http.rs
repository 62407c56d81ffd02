//! What the server does on the wire.

use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Backend, STATION, TestHub, contents::*},
};

on_both! {
    async fn the_server_says_that_it_lives_and_is_ready(hub: TestHub) {
        for path in ["healthz", "readyz"] {
            let answer = hub.http.get(format!("{}/{path}", hub.url)).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
        }
        assert!(hub.metric("nuanyang_sql_statements_total").await > 0);
    }

    async fn what_a_page_elsewhere_can_send_runs_nothing(hub: TestHub) {
        let url = format!("{}/graphql", hub.url);
        let token = hub.officer().await.token;
        let body = r#"{"query":"{__typename}"}"#;
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
            let post = hub.http.post(&url).bearer_auth(&token).header("content-type", kind).body(body);
            assert_eq!(post.send().await.unwrap().status(), 415, "{kind}");
        }
        let get = format!("{url}?query=%7B__typename%7D");
        assert_eq!(hub.http.get(&get).send().await.unwrap().status(), 401);
        assert_eq!(hub.http.get(&get).basic_auth("a", Some(&token)).send().await.unwrap().status(), 401);
        let preflight = hub.http.request("OPTIONS".parse().unwrap(), &url)
            .header("origin", "https://elsewhere.example").header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type");
        let preflight = preflight.send().await.unwrap();
        assert_eq!(preflight.status(), 405);
        let post = hub.http.post(&url).bearer_auth(&token).header("origin", "https://elsewhere.example")
            .header("content-type", "application/json").body(body).send().await.unwrap();
        assert_eq!(post.status(), 200);
        for answer in [preflight, post] {
            assert!(!answer.headers().keys().any(|name| name.as_str().starts_with("access-control")));
        }
    }

    async fn a_query_can_be_asked_by_get_and_nothing_changed(hub: TestHub) {
        let token = hub.officer().await.token;
        let get = |query: &'static str| hub.http.get(format!("{}/graphql?{query}", hub.url)).bearer_auth(&token).send();
        let answer = get("query=query+Q($n:Int!)%7Bvisits(first:$n)%7BtotalCount%7D%7D&variables=%7B%22n%22:3%7D&operationName=Q").await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.json::<Value>().await.unwrap()["data"]["visits"]["totalCount"], 0);
        let answer = get("query=query+Q%7B__typename%7D+mutation+M%7B__typename%7D&operationName=M").await.unwrap();
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.headers()["allow"], "POST");
        let answer = get("query=query+Q%7B__typename%7D+mutation+M%7B__typename%7D&operationName=Q").await.unwrap();
        assert_eq!(answer.status(), 200);
        for wrong in ["", "query=%7B__typename%7D&variables=3", "query=%7B__typename%7D&extensions=[]"] {
            assert_eq!(get(wrong).await.unwrap().status(), 400, "{wrong}");
        }
        let put = hub.http.put(format!("{}/graphql", hub.url)).send().await.unwrap();
        assert_eq!((put.status().as_u16(), &put.headers()["allow"]), (405, &"GET,HEAD,POST".parse().unwrap()));
    }

    async fn a_question_is_explained_where_its_extensions_ask_for_it(hub: TestHub) {
        let token = hub.officer().await.token;
        let post = |body: Value| hub.http.post(format!("{}/graphql", hub.url)).bearer_auth(&token).json(&body).send();
        let query = "{ visits(first: 1) { nodes { id } } }";
        let told = |answer: Value| (answer["data"].clone(), answer["extensions"]["explain"].clone());
        let answer = post(json!({ "query": query, "extensions": { "explain": true } })).await.unwrap();
        let (data, explained) = told(answer.json().await.unwrap());
        assert_eq!((&explained["price"], &explained["limit"]), (&json!(3), &json!(200_000)), "{explained:#}");
        assert!(!explained["statements"][0]["reads"].as_array().unwrap().is_empty(), "{explained:#}");
        for extensions in [json!(null), json!({}), json!({ "explain": false }), json!({ "explain": "yes" })] {
            let answer = post(json!({ "query": query, "extensions": extensions })).await.unwrap();
            assert_eq!(told(answer.json().await.unwrap()), (data.clone(), Value::Null), "{extensions}");
        }
        for wrong in [json!([true]), json!(true)] {
            assert_eq!(post(json!({ "query": query, "extensions": wrong })).await.unwrap().status(), 400);
        }
        let url = format!("{}/graphql?query=%7Bvisits%7BtotalCount%7D%7D&extensions=%7B%22explain%22:true%7D", hub.url);
        let answer = hub.http.get(url).bearer_auth(&token).send().await.unwrap();
        assert_ne!(told(answer.json().await.unwrap()).1, Value::Null);
    }

    async fn the_media_type_and_status_are_those_of_graphql_over_http(hub: TestHub) {
        let token = hub.officer().await.token;
        let send = |accept: &'static str, query: &'static str| {
            hub.http.post(format!("{}/graphql", hub.url)).bearer_auth(&token)
                .header("accept", accept).json(&json!({ "query": query })).send()
        };
        let new = "application/graphql-response+json, application/json;q=0.9";
        let answer = send(new, "{ nonsense").await.unwrap();
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.headers()["content-type"], "application/graphql-response+json; charset=utf-8");
        let answer = send(new, "{ viewer { role } }").await.unwrap();
        assert_eq!(answer.status(), 200);
        let answer = send("application/json", "{ nonsense").await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/json; charset=utf-8");
        assert_eq!(send("text/html", "{ __typename }").await.unwrap().status(), 406);
        let list = hub.http.post(format!("{}/graphql", hub.url)).bearer_auth(&token).json(&json!([]));
        assert_eq!(list.send().await.unwrap().status(), 400);
        let stranger = hub.http.post(format!("{}/graphql", hub.url)).header("accept", new)
            .json(&json!({ "query": "{ visits { totalCount } }" }));
        assert_eq!(stranger.send().await.unwrap().status(), 401);
    }

    async fn no_answer_may_be_framed_or_guessed_at(hub: TestHub) {
        for path in ["", "station/", "healthz", "metrics", "graphql", "nowhere"] {
            let answer = hub.http.get(format!("{}/{path}", hub.url)).send().await.unwrap();
            let policy = answer.headers()["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
            assert!(policy.starts_with("default-src '"), "{path}: {policy}");
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{path}");
            for (name, value) in [
                ("referrer-policy", "no-referrer"),
                ("x-frame-options", "DENY"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
            ] {
                assert_eq!(answer.headers()[name], value, "{path}");
            }
            let leave = answer.headers()["permissions-policy"].to_str().unwrap();
            assert!(leave.contains("camera=(), ") && leave.contains("geolocation=(self), "), "{leave}");
            let kept = answer.headers()["cache-control"].to_str().unwrap();
            assert!(kept == "no-store" || ["", "station/"].contains(&path) && kept == "no-cache", "{path}: {kept}");
            assert!(!answer.headers().contains_key("strict-transport-security"), "it is no HTTPS");
        }
    }

    async fn what_the_build_has_packed_is_given_to_whoever_unpacks_it(hub: TestHub) {
        let page = async |accepts: &str| {
            let page = hub.http.get(format!("{}/station/", hub.url)).header("accept-encoding", accepts);
            let answer = page.send().await.unwrap();
            let packed = answer.headers().get("content-encoding").map(|way| way.to_str().unwrap().to_owned());
            (packed, answer.bytes().await.unwrap())
        };
        let (none, plain) = page("identity").await;
        if !String::from_utf8_lossy(&plain).contains("id=\"app\"") {
            return; // The pages are not built.
        }
        let (packed, bytes) = page("gzip, br").await;
        assert_eq!((none, packed.as_deref()), (None, Some("br")));
        assert!(bytes.len() < plain.len());
        assert_ne!(page("gzip, br;q=0").await.0.as_deref(), Some("br"));
    }

    async fn a_request_without_a_valid_token_learns_nothing(hub: TestHub) {
        hub.worker(STATION).await.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        let url = format!("{}/graphql", hub.url);
        let query = json!({ "query": "{ visits { totalCount } }" });
        let answer = hub.http.post(&url).json(&query).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{answer}");
        assert_eq!(answer["data"], json!(null));
        let answer = hub.http.post(&url).bearer_auth("nyt_wrong").json(&query).send().await.unwrap();
        assert_eq!(answer.status(), 401);
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    }

    async fn every_answer_carries_a_request_id(hub: TestHub) {
        let answer = hub.http.get(format!("{}/healthz", hub.url)).send().await.unwrap();
        assert!(answer.headers()["x-request-id"].len() >= 32);
        let named = hub.http.get(format!("{}/healthz", hub.url)).header("x-request-id", "my-own").send().await.unwrap();
        assert_eq!(named.headers()["x-request-id"], "my-own");
        for id in ["", "13812340011 x", "<script>", &"x".repeat(65)] {
            let own = hub.http.get(format!("{}/healthz", hub.url)).header("x-request-id", id).send().await.unwrap();
            assert!(own.headers()["x-request-id"].len() == 36, "{id} is no name");
        }
    }

    async fn a_deep_or_wide_query_is_refused_before_work(hub: TestHub) {
        let officer = hub.officer().await;
        let before = hub.metric("nuanyang_sql_statements_total").await;
        let bomb = {
            let mut text = "query { viewer { ...f0 } }".to_owned();
            for level in 0..30 {
                let next = if level == 29 { "name".to_owned() } else { format!("...f{} ...f{}", level + 1, level + 1) };
                text.push_str(&format!(" fragment f{level} on Viewer {{ {next} }}"));
            }
            text
        };
        assert_eq!(officer.fault(&bomb).await, "TOO_COSTLY");
        let deep = format!("{{ stations {{ nodes {{ {}name{} }} }} }}", "division { stations { nodes { ".repeat(6), " } } }".repeat(6));
        let answer = officer.answer(&deep, json!({})).await;
        assert!(answer.get("errors").is_some(), "{answer}");
        let after = hub.metric("nuanyang_sql_statements_total").await;
        assert!(after - before <= 8, "only the token was looked up: {}", after - before);
    }

    async fn a_stop_finishes_what_was_accepted(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let items: Vec<_> = (0..400).map(|i| visit(STATION, elder(i), "2026-10-03", json!({}))).collect();
        let request = hub.http.post(format!("{}/graphql", hub.url)).bearer_auth(&worker.token)
            .json(&json!({ "query": SUBMIT, "variables": { "items": items } }));
        let answer = tokio::spawn(request.send());
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        let TestHub { server, database, .. } = hub;
        server.stop().await.unwrap();
        let answered = match answer.await.unwrap() {
            Ok(answer) => answer.json::<Value>().await.unwrap()["data"]["submit"]["receipts"].as_array().unwrap().len(),
            Err(_) => 0,
        };
        let hub = TestHub::on(database).await;
        let data = hub.officer().await.ask("{ visits { totalCount } }").await;
        assert_eq!(data["visits"]["totalCount"], answered);
    }

    async fn the_ready_queries_of_demo_and_explorer_run(hub: TestHub) {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web/src/explorer/examples.ts");
        let page = std::fs::read_to_string(page).unwrap();
        let examples: Vec<&str> = page.split("query: `").skip(1).map(|rest| rest.split('`').next().unwrap()).collect();
        assert_eq!(examples.len(), 3);
        let officer = hub.officer().await;
        for query in examples.into_iter().chain(nuanyang::demo::QUERIES) {
            officer.ask(query).await;
        }
    }

    async fn an_answer_is_compressed_as_its_asker_can_read_it(hub: TestHub) {
        let token = hub.officer().await.token;
        let query = json!({ "query": "{ stations(first: 66) { nodes { code name } } }" });
        for coding in ["gzip", "zstd"] {
            let answer = hub.http.post(format!("{}/graphql", hub.url)).bearer_auth(&token)
                .header("accept-encoding", coding).json(&query).send().await.unwrap();
            assert_eq!(answer.headers()["content-encoding"], coding);
        }
    }

    async fn no_text_takes_the_server_down(hub: TestHub) {
        let officer = hub.officer().await;
        let links: String = (0..20_000).map(|n| format!("fragment f{n} on Query{{...f{}}}", n + 1)).collect();
        for text in [
            format!("{{nodes(ids:{}{}){{id}}}}", "[".repeat(400), "]".repeat(400)),
            format!("{{nodes(ids:{}1{}){{id}}}}", "{a:".repeat(400), "}".repeat(400)),
            format!("{{...f0}} {links}"),
            format!("{{nodes(ids:[{}]){{id}}}}", "1,".repeat(2_000_000)),
            format!("#{}\n{{viewer{{role}}}}", "x".repeat(4 << 20)),
        ] {
            assert_eq!(officer.fault(&text).await, "TOO_COSTLY");
            // The hub hangs up on one that sends too much, which may not be somebody else's connection.
            let stranger = reqwest::Client::builder().no_proxy().build().unwrap();
            let stranger = stranger.post(format!("{}/graphql", hub.url));
            stranger.json(&json!({ "query": text })).send().await.ok();
        }
        let many = "mutation ($items: [SubmissionInput!]!) { a: submit(items: $items) { receipts { status } }
            b: submit(items: $items) { receipts { status } } }";
        let answer = officer.answer(many, json!({ "items": [] })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "TOO_COSTLY");
        let alive = hub.http.get(format!("{}/readyz", hub.url)).send().await.unwrap();
        assert_eq!(alive.status(), 200);
    }
}
