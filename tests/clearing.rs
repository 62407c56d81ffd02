//! Clearing the devices of an account by order.

use entity::Role;
use hub::accounts::token_hash;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Backend, FAR, STATION, TestHub, TestViewer},
};

const CLEAR: &str = "mutation ($username: String!, $sendFirst: Boolean!) {
    clearDevices(username: $username, sendFirst: $sendFirst) {
        username clearedAtOnceAt clearedAfterSendingAt } }";

const ACCOUNTS: &str =
    "query ($station: String!) { accountsToClear(station: $station) { username name role } }";

/// The orders that a device hears; the token itself is not sent.
async fn orders(hub: &TestHub, token: &str) -> Value {
    heard(hub, &json!({ "mark": token_hash(token) })).await
}

async fn heard(hub: &TestHub, asked: &Value) -> Value {
    let answer =
        hub.http.post(format!("{}/session/clearing", hub.url)).json(asked).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

async fn username(viewer: &TestViewer<'_>) -> String {
    viewer.ask("{ viewer { username } }").await["viewer"]["username"].as_str().unwrap().to_owned()
}

async fn ordered(viewer: &TestViewer<'_>, username: &str, send_first: bool) -> Value {
    let asked = json!({ "username": username, "sendFirst": send_first });
    viewer.answer(CLEAR, asked).await
}

fn code_of(answer: &Value) -> &Value {
    &answer["errors"][0]["extensions"]["code"]
}

on_both! {
    async fn a_lead_and_an_officer_order_it_for_accounts_in_reach_and_everybody_for_their_own(hub: TestHub) {
        let (worker, lead) = (hub.worker(STATION).await, hub.viewer(Role::StationLead, Some(STATION)).await);
        let officer = hub.viewer(Role::CountyOfficer, Some("410802")).await;
        let (far, strange) = (hub.worker(FAR).await, hub.viewer(Role::CountyOfficer, Some("410811")).await);
        let colleague = username(&hub.worker(STATION).await).await;
        let whom = username(&worker).await;
        let (of_officer, of_far) = (username(&officer).await, username(&far).await);
        for (viewer, whom) in [
            (&far, whom.as_str()), (&strange, whom.as_str()), (&worker, colleague.as_str()),
            (&lead, of_officer.as_str()), (&lead, of_far.as_str()), (&lead, "nobody"),
        ] {
            assert_eq!(code_of(&ordered(viewer, whom, true).await), "FORBIDDEN", "{whom}");
        }
        assert_eq!(orders(&hub, &worker.token).await, json!({ "atOnce": null, "afterSending": null }));
        let mut last = Value::Null;
        for viewer in [&lead, &officer, &worker] {
            let told = ordered(viewer, &whom, true).await["data"]["clearDevices"].take();
            assert_eq!((&told["username"], &told["clearedAtOnceAt"]), (&json!(whom), &Value::Null));
            let heard = orders(&hub, &worker.token).await;
            assert_ne!(heard["afterSending"], last, "each order is a later one");
            last = heard["afterSending"].clone();
        }
        assert_eq!(username(&worker).await, whom, "it may go on sending");
        let listed = async |viewer: &TestViewer<'_>| {
            let found = viewer.ask_with(ACCOUNTS, json!({ "station": STATION })).await;
            let names = found["accountsToClear"].as_array().unwrap().iter();
            names.map(|one| one["username"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(listed(&worker).await, [whom.as_str()]);
        assert_eq!(listed(&lead).await.len(), 3);
        assert_eq!(listed(&officer).await, listed(&lead).await);
        assert_eq!(code_of(&far.answer(ACCOUNTS, json!({ "station": STATION })).await), "INVALID_INPUT");
    }

    async fn an_order_at_once_ends_the_account_everywhere_and_is_heard_all_the_same(hub: TestHub) {
        let (worker, lead) = (hub.worker(STATION).await, hub.viewer(Role::StationLead, Some(STATION)).await);
        let other = hub.worker(STATION).await;
        let answer = ordered(&lead, &username(&worker).await, false).await;
        assert!(answer["data"]["clearDevices"]["clearedAtOnceAt"].is_string(), "{answer}");
        let refused = worker.answer("{ viewer { username } }", json!({})).await;
        assert_eq!(code_of(&refused), "UNAUTHENTICATED");
        let told = orders(&hub, &worker.token).await;
        assert!(told["atOnce"].is_string() && told["afterSending"].is_null(), "{told}");
        let none = json!({ "atOnce": null, "afterSending": null });
        assert_eq!(orders(&hub, &other.token).await, none, "of another account");
        assert_eq!(heard(&hub, &json!({ "mark": "no such mark" })).await, none);
        let trail = hub.viewer(Role::Auditor, None).await;
        let rows = trail.ask("{ accesses(first: 5, filter: { operations: [\"DEVICES_CLEAR\"] }) { nodes { operation fields } } }").await;
        let fields = rows["accesses"]["nodes"][0]["fields"][0].as_str().unwrap();
        assert!(fields.ends_with("AtOnce"), "{fields}");
    }
}
