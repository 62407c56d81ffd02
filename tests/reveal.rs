//! Opening what is masked: who may, for how long, and that nothing opens unnoted.

use entity::{Role, TokenScope, reveal};
use futures_util::StreamExt;
use graphql::{Limits, RequestContext, RequestId};
use hub::{Hub, accounts::NewToken, clock::Clock, feed::Feed, problem::Language, trail::Access};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use crate::{
    on_both,
    reads::noted,
    support::{Backend, FAR, NEIGHBOUR, STATION, TestHub, TestViewer, contents::*},
};

const REVEAL: &str = "mutation ($person: ID!, $classes: [DataClass!]!, $purpose: String!) {
    reveal(person: $person, classes: $classes, purpose: $purpose) { id status endsAt person { name } } }";
const CHILD: &str = "{ persons { nodes { name phone ledgerEntries { nodes { ... on ChildEntry { guardian } } } } } }";

/// A child of the first station; gives back its id.
async fn a_child(hub: &TestHub) -> String {
    let worker = hub.worker(STATION).await;
    let mut person = child(1);
    person["phone"] = json!("13812345678");
    worker.store(child_entry(STATION, person, "2026-01-05", json!({}))).await;
    let data = worker.ask("{ persons { nodes { id } } }").await;
    data["persons"]["nodes"][0]["id"].as_str().unwrap().to_owned()
}

async fn county(hub: &TestHub) -> TestViewer<'_> {
    hub.viewer(Role::CountyOfficer, Some("410802")).await
}

async fn ask_to_reveal(viewer: &TestViewer<'_>, person: &str, purpose: &str) -> Value {
    let variables = json!({ "person": person, "classes": ["IDENTITY"], "purpose": purpose });
    viewer.answer(REVEAL, variables).await
}

/// Asks, which has to work; gives back what was asked for.
async fn requested(viewer: &TestViewer<'_>, person: &str) -> Value {
    let mut answer = ask_to_reveal(viewer, person, "核实监护情况").await;
    assert_eq!(answer["errors"], Value::Null, "{answer:#}");
    answer["data"]["reveal"].take()
}

fn code(answer: &Value) -> &Value {
    &answer["errors"][0]["extensions"]["code"]
}

fn id_of(reveal: &Value) -> String {
    reveal["id"].as_str().unwrap().to_owned()
}

fn approve(id: &str, hours: i32) -> String {
    format!("mutation {{ approveReveal(id: \"{id}\", hours: {hours}) {{ status endsAt }} }}")
}

fn refuse(id: &str, reason: &str) -> String {
    format!("mutation {{ refuseReveal(id: \"{id}\", reason: \"{reason}\") {{ status }} }}")
}

/// Name, phone and guardian as the viewer sees them.
async fn child_as_seen(viewer: &TestViewer<'_>) -> [Value; 3] {
    let data = viewer.ask(CHILD).await;
    let row = &data["persons"]["nodes"][0];
    let guardian = &row["ledgerEntries"]["nodes"][0]["guardian"];
    [row["name"].clone(), row["phone"].clone(), guardian.clone()]
}

async fn assert_masked(viewer: &TestViewer<'_>) {
    let masked = ["测***1", "138****5678", "测**母"].map(Value::from);
    assert_eq!(child_as_seen(viewer).await, masked);
}

async fn reveals(hub: &Hub) -> Vec<reveal::Model> {
    reveal::Entity::find().all(hub.db.read()).await.unwrap()
}

on_both! {
    async fn a_token_that_was_narrowed_sees_no_more_by_what_is_open(hub: TestHub) {
        let child = a_child(&hub).await;
        let officer = county(&hub).await;
        let id = id_of(&requested(&officer, &child).await);
        hub.viewer(Role::StationLead, Some(STATION)).await.ask(&approve(&id, 2)).await;
        let server = hub.server.hub();
        let account = server.authenticate(&officer.token, nuanyang::commands::HERE).await.unwrap();
        let token = async |scopes: &[TokenScope]| {
            let new = NewToken { scopes: scopes.to_vec(), ..NewToken::default() };
            hub.bearing(server.add_token(&account.username, new).await.unwrap())
        };
        let reads = token(&[TokenScope::Read]).await;
        assert_eq!(child_as_seen(&reads).await, [Value::Null, Value::Null, Value::Null]);
        let submits = token(&[TokenScope::Submit]).await;
        for query in ["{ revealRequests { purpose } }", "{ notices { id } }"] {
            assert_eq!(submits.fault(query).await, "FORBIDDEN", "{query}");
        }
    }

    async fn a_minors_address_is_not_told_by_the_household(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let mut minor = child(1);
        minor["address"] = json!("和平路七号");
        worker.store(child_entry(STATION, minor, "2026-01-05", json!({}))).await;
        let members = json!([{ "person": child(1), "relation": "孙子" }]);
        let household = json!({ "head": elder(2), "members": members, "address": "和平路七号" });
        worker.store(item(STATION, json!({ "household": household }))).await;
        let query = "{ persons { nodes { address household { address } } } }";
        assert!(worker.ask(query).await.to_string().contains("和平路七号"));
        assert!(!county(&hub).await.ask(query).await.to_string().contains("和平路七号"));
    }

    async fn what_waits_is_shown_before_what_is_over(hub: TestHub) {
        let child = a_child(&hub).await;
        let (officer, lead) = (county(&hub).await, hub.viewer(Role::StationLead, Some(STATION)).await);
        let waiting = id_of(&requested(&officer, &child).await);
        for _ in 0..hub::reveal::SHOWN {
            let broken = format!("mutation {{ breakGlass(person: \"{child}\", purpose: \"紧急情况\") {{ id }} }}");
            officer.ask(&broken).await;
        }
        let shown = lead.ask("{ revealRequests { id } }").await;
        assert_eq!(shown["revealRequests"][0]["id"], json!(waiting));
    }

    async fn a_minor_opens_once_a_second_person_approves_and_closes_when_refused(hub: TestHub) {
        let child = a_child(&hub).await;
        let (officer, other) = (county(&hub).await, county(&hub).await);
        let asked = requested(&officer, &child).await;
        assert_eq!((&asked["status"], &asked["person"]["name"]), (&json!("PENDING"), &json!("测***1")));
        let id = id_of(&asked);
        assert_masked(&officer).await;
        assert_eq!(officer.fault(&approve(&id, 2)).await, "FORBIDDEN", "never the one who asked");
        for (role, place) in [
            (Role::StationWorker, Some(STATION)),
            (Role::StationLead, Some(NEIGHBOUR)),
            (Role::StationLead, Some(FAR)),
            (Role::CountyOfficer, Some("410811")),
            (Role::Analyst, None),
            (Role::Admin, None),
            (Role::Auditor, None),
        ] {
            let stranger = hub.viewer(role, place).await;
            assert_eq!(stranger.fault(&approve(&id, 2)).await, "FORBIDDEN", "{role:?} {place:?}");
            assert_eq!(stranger.fault(&refuse(&id, "与我无关")).await, "FORBIDDEN", "{role:?} {place:?}");
            let seen = stranger.ask("{ revealRequests { id } }").await;
            assert_eq!(seen["revealRequests"], json!([]), "{role:?} {place:?}");
        }
        assert_masked(&officer).await;

        let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
        let waiting = lead.ask("{ revealRequests { id status purpose personId askedBy classes } }").await;
        assert_eq!(waiting["revealRequests"][0]["id"], json!(id));
        assert_eq!(waiting["revealRequests"][0]["purpose"], "核实监护情况");
        for hours in [0, 73] {
            assert_eq!(lead.fault(&approve(&id, hours)).await, "INVALID_INPUT");
        }
        let approved = lead.ask(&approve(&id, 2)).await;
        assert_eq!(approved["approveReveal"]["status"], "OPEN");
        let opened = ["测试儿童1", "138****5678", "测**母"].map(Value::from);
        assert_eq!(child_as_seen(&officer).await, opened, "the class asked for, and no other");
        assert_masked(&other).await;
        let found = officer.ask("{ persons(filter: { namePrefix: \"测试儿童\" }) { totalCount } }").await;
        assert_eq!(found["persons"]["totalCount"], 0, "a grant opens values, no filters");
        assert_eq!(lead.fault(&approve(&id, 2)).await, "INVALID_INPUT", "once");

        assert_eq!(lead.fault(&refuse(&id, "无")).await, "INVALID_INPUT", "a reason is needed");
        lead.ask(&refuse(&id, "事由已不存在")).await;
        assert_masked(&officer).await;
        assert_eq!(lead.fault(&refuse(&id, "事由已不存在")).await, "INVALID_INPUT");
        assert_eq!(lead.fault(&approve(&id, 2)).await, "INVALID_INPUT", "refused is refused");
    }

    async fn an_answer_that_opens_someone_shows_them(hub: TestHub) {
        let child = a_child(&hub).await;
        let officer = county(&hub).await;
        assert_masked(&officer).await;
        let known = async || {
            let arrival = hub.server.hub().let_in(&officer.token, nuanyang::commands::HERE).await;
            arrival.unwrap().grants.is_some()
        };
        assert!(known().await, "nothing is open");
        let opened = "mutation ($child: ID!) { breakGlass(person: $child, purpose: \"走失，正在寻找\") { person { name phone } } }";
        let answer = officer.answer(opened, json!({ "child": child })).await;
        let person = &answer["data"]["breakGlass"]["person"];
        assert_eq!(*person, json!({ "name": "测试儿童1", "phone": "13812345678" }), "{answer:#}");
        assert!(!known().await, "something is open, and has to be read");
        let opened = ["测试儿童1", "13812345678", "测试母"].map(Value::from);
        assert_eq!(child_as_seen(&officer).await[..2], opened[..2]);
    }

    async fn what_was_asked_for_is_taken_back_by_who_asked_alone(hub: TestHub) {
        let child = a_child(&hub).await;
        let (officer, other) = (county(&hub).await, county(&hub).await);
        let withdraw = |id: &str| format!("mutation {{ withdrawReveal(id: \"{id}\") {{ status }} }}");
        let waiting = id_of(&requested(&officer, &child).await);
        assert_eq!(other.fault(&withdraw(&waiting)).await, "FORBIDDEN");
        officer.ask(&withdraw(&waiting)).await;
        assert_eq!(other.fault(&approve(&waiting, 1)).await, "INVALID_INPUT", "withdrawn is withdrawn");
        let open = id_of(&requested(&officer, &child).await);
        other.ask(&approve(&open, 1)).await;
        assert_eq!(child_as_seen(&officer).await[0], "测试儿童1");
        officer.ask(&withdraw(&open)).await;
        assert_masked(&officer).await;
    }

    async fn a_grant_ends_by_itself(hub: TestHub) {
        let child = a_child(&hub).await;
        let (officer, other) = (county(&hub).await, county(&hub).await);
        let id = id_of(&requested(&officer, &child).await);
        let then = Clock::fixed(Clock::system().now() - chrono::Duration::minutes(61));
        let past = hub.database.hub(then).await;
        let approver = hub.server.hub().authenticate(&other.token, nuanyang::commands::HERE).await.unwrap();
        let asking = Access::by(&approver, "test", "");
        past.approve_reveal(&approver, (id.parse().unwrap(), 1), asking).await.unwrap();
        assert_masked(&officer).await;
        let told = officer.ask("{ revealRequests { status } }").await;
        assert_eq!(told["revealRequests"][0]["status"], "ENDED");
        assert_eq!(other.fault(&approve(&id, 1)).await, "INVALID_INPUT");
    }

    async fn nobody_else_reveals_and_nothing_without_a_purpose(hub: TestHub) {
        let child = a_child(&hub).await;
        for viewer in [
            hub.worker(STATION).await,
            hub.viewer(Role::StationLead, Some(STATION)).await,
            hub.viewer(Role::Analyst, None).await,
            hub.system("410800", TokenScope::ALL).await,
            hub.viewer(Role::Admin, None).await,
            hub.viewer(Role::Auditor, None).await,
        ] {
            assert_eq!(*code(&ask_to_reveal(&viewer, &child, "核实监护情况").await), "FORBIDDEN");
            let broken = format!("mutation {{ breakGlass(person: \"{child}\", purpose: \"紧急情况\") {{ id }} }}");
            assert_eq!(viewer.fault(&broken).await, "FORBIDDEN");
        }
        let officer = county(&hub).await;
        for purpose in ["", "   无   ", &"长".repeat(201)] {
            assert_eq!(*code(&ask_to_reveal(&officer, &child, purpose).await), "INVALID_INPUT");
        }
        let far = hub.viewer(Role::CountyOfficer, Some("410811")).await;
        let out_of_reach = ask_to_reveal(&far, &child, "核实监护情况").await;
        let unknown = ask_to_reveal(&far, &uuid::Uuid::new_v4().to_string(), "核实监护情况").await;
        assert_eq!(out_of_reach["errors"][0]["message"], unknown["errors"][0]["message"]);
        assert_eq!(*code(&unknown), "INVALID_INPUT");
        let worker = hub.worker(STATION).await;
        worker.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        let data = worker.ask("{ persons(first: 1) { nodes { id } } }").await;
        let adult = data["persons"]["nodes"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(*code(&ask_to_reveal(&officer, &adult, "核实监护情况").await), "INVALID_INPUT", "seen plainly");
        assert!(reveals(hub.server.hub()).await.is_empty());
    }

    async fn what_cannot_be_noted_does_not_open(hub: TestHub) {
        let child = a_child(&hub).await;
        let (officer, other) = (county(&hub).await, county(&hub).await);
        let waiting = id_of(&requested(&officer, &child).await);
        let on_disk = hub.database.hub(Clock::system()).await;
        let rows = noted(&on_disk, "REVEAL_REQUEST").await;
        assert_eq!(rows[0].0.purpose.as_deref(), Some("核实监护情况"));
        assert_eq!((&rows[0].0.fields.0[..], rows[0].1.len()), (&["IDENTITY".to_owned()][..], 1));

        let db = &hub.server.hub().db;
        db.writer().execute_unprepared("ALTER TABLE trail RENAME TO gone").await.unwrap();
        let broken = format!("mutation {{ breakGlass(person: \"{child}\", purpose: \"紧急情况\") {{ id }} }}");
        for answer in [
            other.answer(&approve(&waiting, 1), json!({})).await,
            officer.answer(&broken, json!({})).await,
            ask_to_reveal(&officer, &child, "再次核实情况").await,
        ] {
            assert_eq!((code(&answer), &answer["data"]), (&json!("INTERNAL"), &Value::Null));
        }
        db.writer().execute_unprepared("ALTER TABLE gone RENAME TO trail").await.unwrap();
        let rows = reveals(hub.server.hub()).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!(rows[0].status, entity::RevealStatus::Pending);
        assert_masked(&officer).await;
    }

    async fn broken_glass_opens_all_at_once_and_tells_lead_and_auditor(hub: TestHub) {
        let child = a_child(&hub).await;
        let officer = county(&hub).await;
        let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
        let auditor = hub.viewer(Role::Auditor, None).await;
        let strangers = [
            hub.viewer(Role::StationLead, Some(NEIGHBOUR)).await,
            hub.worker(STATION).await,
            county(&hub).await,
        ];
        let mut waiting = Box::pin(noticed(&hub, &auditor).await);
        let query = format!("mutation {{ breakGlass(person: \"{child}\", purpose: \"走失，正在寻找\") {{ id status }} }}");
        assert_eq!(officer.ask(&query).await["breakGlass"]["status"], "OPEN");
        let plain = ["测试儿童1", "13812345678", "测试祖母"].map(Value::from);
        assert_eq!(child_as_seen(&officer).await, plain);
        let whole = officer.ask("{ submissions { nodes { content } } }").await;
        assert!(whole.to_string().contains("测试儿童1"), "{whole}");

        let told = waiting.next().await.unwrap();
        assert_eq!(told["noticed"]["reveal"]["purpose"], "走失，正在寻找");
        let query = "{ notices { id acknowledgedAt reveal { purpose personId person { name } } } }";
        let notice = lead.ask(query).await["notices"][0].take();
        assert_eq!(notice["reveal"]["person"]["name"], "测试儿童1");
        let id = id_of(&notice);
        let of_auditor = auditor.ask(query).await["notices"][0].take();
        assert_eq!(of_auditor["reveal"]["personId"], json!(child));
        assert_eq!(of_auditor["reveal"]["person"], Value::Null, "an auditor reaches nobody");
        let acknowledge = format!("mutation {{ acknowledge(id: \"{id}\") {{ acknowledgedAt }} }}");
        for stranger in &strangers {
            assert_eq!(stranger.ask(query).await["notices"], json!([]));
            assert_eq!(stranger.fault(&acknowledge).await, "FORBIDDEN");
            assert_eq!(auditor.fault(&acknowledge).await, "FORBIDDEN", "each for itself");
        }
        assert_masked(&strangers[2]).await;
        lead.ask(&acknowledge).await;
        assert_eq!(lead.ask("{ notices(openOnly: true) { id } }").await["notices"], json!([]));
        let rows = noted(hub.server.hub(), "BREAK_GLASS").await;
        assert_eq!(rows[0].0.purpose.as_deref(), Some("走失，正在寻找"));
        lead.ask(&refuse(&reveals(hub.server.hub()).await[0].id.to_string(), "已经找到")).await;
        assert_masked(&officer).await;
    }
}

/// The notices that an account is told, as it is told.
async fn noticed(
    hub: &TestHub,
    viewer: &TestViewer<'_>,
) -> impl futures_util::Stream<Item = Value> + use<> {
    let hub = hub.server.hub().clone();
    let viewer = Some(hub.authenticate(&viewer.token, nuanyang::commands::HERE).await.unwrap());
    let schema = graphql::schema(hub, Feed::default(), Limits::default());
    let context = RequestContext {
        viewer,
        grants: None,
        language: Language::Chinese,
        request_id: RequestId("test".to_owned()),
        from_address: None,
        purpose: None,
    };
    let query = "subscription { noticed { reveal { purpose } } }";
    let told = schema.execute_stream(context.into_request(query.into()));
    told.map(|response| {
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        response.data.into_json().unwrap()
    })
}
