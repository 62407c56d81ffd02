//! Followers, errors and logs show no more than the policy grants: beside `policy`, with its seeds and
//! its walk of the types.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use nuanyang::{bounds::Bounds, settings::Settings};
use serde_json::{Value, json};

use crate::{
    on_both,
    policy::{DEPTH, Secret, Types, arguments, roles, seed, systems},
    support::{
        Backend, FAR, Follower, STATION, TestHub,
        contents::{SUBMIT, elder, item, visit},
        logs, take_logs,
    },
};

/// Submissions of each station that the seed records.
const RECORDED: usize = 8;
const LONG: Duration = Duration::from_secs(3600);

impl Types {
    /// The subscriptions that together walk every path from the root: what a message shows, what
    /// hangs on that, and what hangs on each of these.
    fn subscriptions(&self) -> Vec<String> {
        let mut walks = Vec::new();
        for (field, about, kind) in self.fields("Subscription") {
            let from_the_start =
                about["args"].as_array().unwrap().iter().any(|arg| arg["name"] == "after");
            let args = if from_the_start { Some("(after: 0)".into()) } else { arguments(about) };
            // One that is followed by its id: a job or an import, whose list walks what it leads to.
            let Some(args) = args else {
                let walked = ["jobProgressed", "importProgressed"].contains(&field.as_str());
                assert!(walked, "{field} has to be walked");
                continue;
            };
            let mut walk = |below: String| {
                walks.push(format!("subscription {{ {field}{args} {{ {below} }} }}"));
            };
            walk(self.select(&kind, 1));
            for (on, branch, next) in self.branches(&kind) {
                for (over, twig, far) in self.branches(&next) {
                    let depth = if self.0[&far]["kind"] == "OBJECT" { DEPTH } else { DEPTH - 1 };
                    let select = self.select(&far, depth);
                    walk(format!(
                        "... on {on} {{ {branch} {{ ... on {over} {{ {twig} {{ {select} }} }} }} }}"
                    ));
                }
            }
        }
        walks
    }
}

/// All messages of a follower, once each of these operations has told so many. Others tell what they
/// have to tell.
async fn messages(follower: &mut Follower, of: &BTreeSet<String>, each: usize) -> Vec<Value> {
    let mut told = BTreeMap::new();
    let mut messages = Vec::new();
    while of.iter().any(|id| told.get(id).copied().unwrap_or(0) < each) {
        let message = follower.next().await;
        assert_eq!(message["type"], "next", "{message}");
        *told.entry(message["id"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        messages.push(message);
    }
    while let Some(message) = follower.soon().await {
        let id = message["id"].as_str().unwrap();
        assert!(!of.contains(id), "only what is in scope is told: {message}");
        messages.push(message);
    }
    messages
}

/// A county officer breaks the glass for a child of the station, of which its lead and the auditors
/// are told.
async fn break_glass(hub: &TestHub) {
    let people = hub.worker(STATION).await.ask("{ persons { nodes { id birthDate } } }").await;
    let people = people["persons"]["nodes"].as_array().unwrap().clone();
    let is_child = |person: &&Value| person["birthDate"].as_str().unwrap().starts_with("2016");
    let child = &people.iter().find(is_child).unwrap()["id"];
    let query =
        format!("mutation {{ breakGlass(person: {child}, purpose: \"紧急情况\") {{ id }} }}");
    hub.officer().await.ask(&query).await;
}

pub fn assert_not_logged(secrets: &[Secret]) {
    let logs = logs();
    assert!(logs.contains("answered"), "nothing was logged");
    for Secret { text, .. } in secrets {
        let line = logs.lines().find(|line| line.contains(text));
        assert!(line.is_none(), "{text} is in the log: {line:?}");
    }
}

on_both! {
    async fn no_message_and_no_log_holds_what_the_policy_does_not_grant(hub: TestHub) {
        take_logs();
        // A follower is read only after those before it.
        let bounds = Bounds { pulse: LONG, write: LONG, question: Some(u64::MAX), ..Bounds::default() };
        let hub = hub.again(Settings { bounds, ..Settings::default() }).await;
        let walks = Types::of(&hub.officer().await).await.subscriptions();
        assert!(walks.len() > 2, "only {} walks", walks.len());
        let mut followers = Vec::new();
        for walker in roles(&hub).await.into_iter().chain(systems(&hub).await) {
            let mut follower = Follower::signed_in(&hub, &walker.viewer.token).await;
            for (n, walk) in walks.iter().enumerate() {
                follower.ask(&n.to_string(), walk, json!({})).await;
            }
            followers.push((walker, follower));
        }
        let secrets = seed(&hub).await;
        break_glass(&hub).await;
        let of_records = |walk: &String| walk.contains("{ submissionRecorded");
        let ids = walks.iter().enumerate().filter(|(_, walk)| of_records(walk));
        let ids: BTreeSet<_> = ids.map(|(n, _)| n.to_string()).collect();
        for (walker, mut follower) in followers {
            let mut found = BTreeSet::new();
            for message in messages(&mut follower, &ids, RECORDED * walker.reach.len()).await {
                for error in message["payload"]["errors"].as_array().into_iter().flatten() {
                    let code = &error["extensions"]["code"];
                    assert!(code == "FORBIDDEN" || code == "INVALID_INPUT", "{}: {error}", walker.name());
                }
                let message = message.to_string();
                for secret in secrets.iter().filter(|secret| message.contains(&secret.text)) {
                    let text = &secret.text;
                    let name = walker.name();
                    assert!(walker.is_shown(secret), "{name} is told {text}: {message:.300}");
                    found.insert(text);
                }
            }
            for secret in secrets.iter().filter(|secret| walker.is_shown(secret)) {
                assert!(found.contains(&secret.text), "{} was never told {}", walker.name(), secret.text);
            }
        }
        assert_not_logged(&secrets);
    }

    async fn what_is_refused_or_fails_repeats_no_value_to_the_log_or_to_others(hub: TestHub) {
        take_logs();
        let secrets = seed(&hub).await;
        let worker = hub.worker(STATION).await;
        let mut other = Follower::signed_in(&hub, &hub.worker(FAR).await.token).await;
        other.ask("1", "subscription { submissionRecorded { seq submission { id } } }", json!({})).await;
        other.heard().await;
        for Secret { text, .. } in &secrets {
            provoke(&hub, &worker.token, text).await;
        }
        assert_eq!(other.soon().await, None, "what is not recorded is told to nobody");
        hub.sql("ALTER TABLE persons RENAME TO persons_gone").await;
        for Secret { text, .. } in &secrets {
            provoke(&hub, &worker.token, text).await;
        }
        assert!(logs().contains("a request failed"), "the fault was logged");
        assert_not_logged(&secrets);
    }
}

/// Sends a value where it can be refused, and where a fault may come over it.
async fn provoke(hub: &TestHub, token: &str, text: &str) {
    let person = json!({ "name": text, "residentId": text, "phone": text });
    let unknown = json!({ "name": text, "residentId": elder(7)["residentId"] });
    let items = json!([
        visit(STATION, person, text, json!({ "mode": text })),
        visit(STATION, unknown.clone(), "2026-10-01", json!({ "remark": text })),
        visit(text, unknown, text, json!({})),
        item(
            STATION,
            json!({ "household": { "head": { "name": text }, "members": [], "address": text } })
        ),
    ]);
    let quoted = json!(text).to_string();
    let mut asked: Vec<_> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| json!({ "query": SUBMIT, "variables": { "items": [item] } }))
        .collect();
    for query in [
        format!("{{ person(residentId: {quoted}) {{ name }} }}"),
        format!("{{ persons(filter: {{ namePrefix: {quoted} }}) {{ nodes {{ name }} }} }}"),
        format!(
            "{{ persons(filter: {{ born: {{ from: {quoted} }} }}, after: {quoted}) {{ totalCount }} }}"
        ),
        format!("{{ node(id: {quoted}) {{ id }} a: station(code: {quoted}) {{ id }} {quoted} }}"),
        format!("{{ visits(orderBy: {text}) {{ totalCount }} }}"),
    ] {
        asked.push(json!({ "query": query, "operationName": text }));
        asked.push(json!({ "query": query }));
    }
    for body in asked {
        let post = hub.http.post(format!("{}/graphql", hub.url)).bearer_auth(token).json(&body);
        post.send().await.unwrap();
    }
    let get = hub.http.get(format!("{}/{text}?query={text}", hub.url)).bearer_auth(text.len());
    get.send().await.unwrap();
    let sign_in = json!({ "username": text, "password": text, "remark": text });
    hub.http.post(format!("{}/session", hub.url)).json(&sign_in).send().await.unwrap();
}
