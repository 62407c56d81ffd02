//! Saved questions: kept, shared without showing anything, and exported by the clock once a day.

use chrono::{DateTime, Duration, Utc};
use entity::{JobProblem, Role};
use hub::{Hub, clock::Clock};
use serde_json::{Value, json};

use crate::{
    exports::{bytes_of, records},
    jobs::{count, ended, sql_id, visits},
    on_both,
    support::{
        Backend, FAR, STATION, TestHub, TestViewer,
        contents::{elder, visit},
    },
};

const SAVE: &str = "mutation ($name: String!, $query: String!, $variables: JSON) {
    saveQuestion(name: $name, query: $query, variables: $variables) { id name query variables shared isOwn savedBy } }";
const CHANGE: &str = "mutation ($id: UUID!, $name: String, $shared: Boolean) {
    changeQuestion(id: $id, name: $name, shared: $shared) { id name shared } }";
const SCHEDULE: &str = "mutation ($id: UUID!, $every: Cadence!, $on: Int, $hour: Int!) {
    scheduleQuestion(id: $id, every: $every, on: $on, hour: $hour, format: CSV) { schedule { every on hour format dueAt } } }";
const SHOW: &str = "query ($id: UUID!) { savedQuestion(id: $id) { name query variables isOwn
    schedule { dueAt refusedOn problem message } export { id state answer expiresAt endedAt } } }";
const VISITS: &str = "query ($modes: [VisitMode!]) { visits(filter: { modes: $modes }) { nodes { visitedOn mode } } }";

async fn saved(viewer: &TestViewer<'_>, name: &str) -> String {
    let asked = json!({ "name": name, "query": VISITS, "variables": { "modes": ["HOME"] } });
    let data = viewer.ask_with(SAVE, asked).await;
    data["saveQuestion"]["id"].as_str().unwrap().to_owned()
}

async fn show(viewer: &TestViewer<'_>, id: &str) -> Value {
    viewer.ask_with(SHOW, json!({ "id": id })).await["savedQuestion"].take()
}

/// Has a question exported each day; gives back when that is due.
async fn daily(viewer: &TestViewer<'_>, id: &str) -> DateTime<Utc> {
    let asked = json!({ "id": id, "every": "DAILY", "hour": 6 });
    let data = viewer.ask_with(SCHEDULE, asked).await;
    data["scheduleQuestion"]["schedule"]["dueAt"].as_str().unwrap().parse().unwrap()
}

/// The hub as another process sees it at this time.
fn at(hub: &TestHub, time: DateTime<Utc>) -> Hub {
    let mut another = hub.server.hub().clone();
    another.clock = Clock::fixed(time);
    another
}

fn code_of(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("no error: {answer:#}"))
}

on_both! {
    async fn a_question_is_kept_renamed_and_removed_by_whose_it_is(hub: TestHub) {
        let (analyst, other) = (hub.viewer(Role::Analyst, None).await, hub.officer().await);
        let asked = json!({ "name": " 每月入户 ", "query": VISITS, "variables": { "modes": ["HOME"] } });
        let kept = analyst.ask_with(SAVE, asked).await["saveQuestion"].take();
        let told = json!({ "id": kept["id"], "name": "每月入户", "query": VISITS, "variables": { "modes": ["HOME"] },
            "shared": false, "isOwn": true, "savedBy": "测*" });
        assert_eq!(kept, told);
        let id = kept["id"].as_str().unwrap();
        let second = saved(&analyst, "另一个").await;
        let list = "{ savedQuestions { id name } }";
        let listed = json!([{ "id": second, "name": "另一个" }, { "id": id, "name": "每月入户" }]);
        assert_eq!(analyst.ask(list).await["savedQuestions"], listed);
        assert_eq!(other.ask(list).await["savedQuestions"], json!([]));
        // Of another it is none, whatever is asked of it.
        assert_eq!(show(&other, id).await, Value::Null);
        for (mutation, asked) in [
            (CHANGE, json!({ "id": id, "name": "我的" })),
            (CHANGE, json!({ "id": id, "shared": true })),
            (SCHEDULE, json!({ "id": id, "every": "DAILY", "hour": 6 })),
            ("mutation ($id: UUID!) { removeQuestion(id: $id) }", json!({ "id": id })),
            ("mutation ($id: UUID!) { unscheduleQuestion(id: $id) { id } }", json!({ "id": id })),
        ] {
            let answer = other.answer(mutation, asked).await;
            assert_eq!(code_of(&answer), "INVALID_INPUT", "{mutation}");
        }
        let renamed = analyst.ask_with(CHANGE, json!({ "id": id, "name": "入户" })).await;
        assert_eq!(renamed["changeQuestion"], json!({ "id": id, "name": "入户", "shared": false }));
        for name in ["", "  ", "两\n行", &"长".repeat(61)] {
            let answer = analyst.answer(CHANGE, json!({ "id": id, "name": name })).await;
            assert_eq!(code_of(&answer), "INVALID_INPUT", "{name:?}");
        }
        daily(&analyst, id).await;
        analyst.ask(&format!("mutation {{ removeQuestion(id: \"{id}\") }}")).await;
        assert_eq!(show(&analyst, id).await, Value::Null);
        assert_eq!(count(&hub, "question_schedules").await, 0);
    }

    async fn what_is_shared_is_the_text_and_each_asks_it_with_rights_of_their_own(hub: TestHub) {
        visits(&hub, 3).await;
        let officer = hub.officer().await;
        let id = saved(&officer, "入户").await;
        daily(&officer, &id).await;
        officer.ask_with(CHANGE, json!({ "id": id, "shared": true })).await;
        let far = hub.worker(FAR).await;
        let read = show(&far, &id).await;
        assert_eq!((&read["name"], &read["query"], &read["isOwn"]), (&json!("入户"), &json!(VISITS), &json!(false)));
        assert_eq!((&read["schedule"], &read["export"]), (&Value::Null, &Value::Null));
        let asked = async |viewer: &TestViewer<'_>| {
            let found = viewer.ask_with(VISITS, read["variables"].clone()).await;
            found["visits"]["nodes"].as_array().unwrap().len()
        };
        assert_eq!((asked(&officer).await, asked(&far).await), (3, 0));
        assert_eq!(far.ask("{ savedQuestions { id } }").await["savedQuestions"], json!([]));
        officer.ask_with(CHANGE, json!({ "id": id, "shared": false })).await;
        assert_eq!(show(&far, &id).await, Value::Null);
        let nobody = hub.bearing("nobody".to_owned());
        assert_eq!(nobody.fault("{ savedQuestions { id } }").await, "UNAUTHENTICATED");
    }

    async fn what_cannot_be_asked_or_would_change_something_is_not_kept(hub: TestHub) {
        let analyst = hub.viewer(Role::Analyst, None).await;
        for (query, variables) in [
            ("mutation { submit(items: []) { receipts { status } } }", json!({})),
            ("subscription { submissionRecorded { action } }", json!({})),
            ("{ visits { nodes { nothing } } }", json!({})),
            ("{ visits {", json!({})),
            (VISITS, json!({ "modes": ["BY_BOAT"] })),
            (VISITS, json!([])),
        ] {
            let asked = json!({ "name": "入户", "query": query, "variables": variables });
            let answer = analyst.answer(SAVE, asked).await;
            assert!(answer["errors"][0]["message"].is_string(), "{query}: {answer}");
        }
        assert_eq!(count(&hub, "saved_questions").await, 0);
        // What has no file is kept, and not scheduled.
        let asked = json!({ "name": "我", "query": "{ viewer { name } visits { totalCount } }" });
        let kept = analyst.ask_with(SAVE, asked).await["saveQuestion"].take();
        let answer = analyst.answer(SCHEDULE, json!({ "id": kept["id"], "every": "DAILY", "hour": 6 })).await;
        assert_eq!(code_of(&answer), "INVALID_INPUT");
        let id = saved(&analyst, "入户").await;
        for asked in [
            json!({ "id": id, "every": "DAILY", "on": 1, "hour": 6 }),
            json!({ "id": id, "every": "WEEKLY", "on": 8, "hour": 6 }),
            json!({ "id": id, "every": "MONTHLY", "hour": 6 }),
            json!({ "id": id, "every": "DAILY", "hour": 24 }),
        ] {
            assert_eq!(code_of(&analyst.answer(SCHEDULE, asked.clone()).await), "INVALID_INPUT", "{asked}");
        }
        assert_eq!(count(&hub, "question_schedules").await, 0);
    }

    async fn an_account_keeps_and_schedules_so_many_and_no_more(hub: TestHub) {
        let analyst = hub.viewer(Role::Analyst, None).await;
        let mut last = String::new();
        for number in 0..10 {
            last = saved(&analyst, &number.to_string()).await;
            daily(&analyst, &last).await;
        }
        // Anew, it is one of the ten.
        daily(&analyst, &last).await;
        let eleventh = saved(&analyst, "第十一个").await;
        let asked = json!({ "id": eleventh, "every": "DAILY", "hour": 6 });
        assert_eq!(code_of(&analyst.answer(SCHEDULE, asked).await), "CONFLICT");
        let officer = hub.officer().await;
        daily(&officer, &saved(&officer, "别人的").await).await;
    }

    async fn a_question_is_exported_once_for_a_day_however_many_hubs_look(hub: TestHub) {
        visits(&hub, 3).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let id = saved(&analyst, "入户").await;
        let due = daily(&analyst, &id).await;
        at(&hub, due - Duration::seconds(1)).start_due_exports().await.unwrap();
        assert_eq!(count(&hub, "jobs").await, 0, "it is not time");
        let looking = (0..4).map(|_| {
            let another = at(&hub, due);
            tokio::spawn(async move { another.start_due_exports().await })
        });
        for looked in looking.collect::<Vec<_>>() {
            looked.await.unwrap().unwrap();
        }
        assert_eq!(count(&hub, "jobs").await, 1);
        // Also where it is scheduled anew, or time goes back.
        analyst.ask(&format!("mutation {{ unscheduleQuestion(id: \"{id}\") {{ id }} }}")).await;
        daily(&analyst, &id).await;
        at(&hub, due + Duration::hours(3)).start_due_exports().await.unwrap();
        assert_eq!(count(&hub, "jobs").await, 1);
        let export = show(&analyst, &id).await["export"].take();
        let job = ended(&analyst, export["id"].as_str().unwrap()).await;
        assert_eq!(job["state"], "DONE", "{job:#}");
        let rows = records(&bytes_of(&analyst, export["id"].as_str().unwrap()).await);
        assert_eq!(rows.len(), 4, "{rows:?}");
        let told = show(&analyst, &id).await;
        assert_eq!(told["export"]["answer"], format!("/exports/{}", export["id"].as_str().unwrap()));
        let [ended, expires] = ["endedAt", "expiresAt"].map(|key| {
            told["export"][key].as_str().unwrap().parse::<DateTime<Utc>>().unwrap()
        });
        assert_eq!(expires - ended, Duration::days(7));
        assert_eq!(told["schedule"]["problem"], Value::Null);

        // The next day once more, and after days in which no hub ran once for all of them.
        at(&hub, due + Duration::days(1)).start_due_exports().await.unwrap();
        assert_eq!(count(&hub, "jobs").await, 2);
        let late = at(&hub, due + Duration::days(5) + Duration::hours(1));
        late.start_due_exports().await.unwrap();
        late.start_due_exports().await.unwrap();
        assert_eq!(count(&hub, "jobs").await, 3);
        let next: DateTime<Utc> = show(&analyst, &id).await["schedule"]["dueAt"].as_str().unwrap().parse().unwrap();
        assert_eq!(next, due + Duration::days(6));
    }

    async fn the_hub_exports_what_is_due_also_where_it_was_not_running_then(hub: TestHub) {
        visits(&hub, 2).await;
        let token = hub.viewer(Role::Analyst, None).await.token;
        let id = saved(&hub.bearing(token.clone()), "入户").await;
        daily(&hub.bearing(token.clone()), &id).await;
        hub.sql("UPDATE question_schedules SET due_at = '2026-01-01T00:00:00+00:00'").await;
        let hub = hub.again(Default::default()).await;
        let analyst = hub.bearing(token);
        let job = crate::jobs::until(async || {
            let export = show(&analyst, &id).await["export"].take();
            export["id"].as_str().map(str::to_owned)
        });
        assert_eq!(ended(&analyst, &job.await).await["state"], "DONE");
        assert_eq!(count(&hub, "jobs").await, 1);
    }

    async fn a_question_that_cannot_be_read_is_not_tried_over_and_over(hub: TestHub) {
        use sea_orm::EntityTrait;
        hub.worker(STATION).await.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let id = saved(&analyst, "入户").await;
        let due = daily(&analyst, &id).await;
        hub.sql("UPDATE saved_questions SET question = (SELECT content FROM submissions)").await;
        at(&hub, due).start_due_exports().await.unwrap();
        let schedule = entity::question_schedule::Entity::find();
        let row = schedule.one(hub.server.hub().db.read()).await.unwrap().unwrap();
        assert_eq!(row.problem, Some(JobProblem::Faulty));
        assert!(row.refused_on.is_some() && row.due_at > due, "{row:?}");
        assert_eq!(count(&hub, "jobs").await, 0);
    }

    async fn where_the_account_is_closed_or_sees_something_else_nothing_is_exported_and_it_is_said_why(hub: TestHub) {
        let analyst = hub.viewer(Role::Analyst, None).await;
        let other = hub.officer().await;
        let (id, others) = (saved(&analyst, "入户").await, saved(&other, "别的").await);
        let due = daily(&analyst, &id).await;
        daily(&other, &others).await;
        let change = async |what: &str| {
            let id = sql_id(&hub, id.parse().unwrap());
            hub.sql(&format!("UPDATE accounts SET {what} WHERE id = (SELECT account_id FROM saved_questions WHERE id = {id})")).await;
        };
        change("active = false").await;
        at(&hub, due).start_due_exports().await.unwrap();
        assert_eq!(count(&hub, "jobs").await, 1, "that of the other account");
        change("active = true").await;
        let told = show(&analyst, &id).await;
        assert_eq!(told["schedule"]["problem"], JobProblem::AccountClosed.code());
        assert_eq!(told["schedule"]["refusedOn"], hub::clock::day_of(due).to_string());
        assert_eq!((&told["schedule"]["message"], &told["export"]), (&json!("账户已停用，未导出"), &Value::Null));

        change("role = 'AUDITOR'").await;
        at(&hub, due + Duration::days(1)).start_due_exports().await.unwrap();
        assert_eq!(count(&hub, "jobs").await, 2, "that of the other account");
        change("role = 'ANALYST'").await;
        let told = show(&analyst, &id).await;
        assert_eq!(told["schedule"]["problem"], JobProblem::AccessChanged.code());
        assert!(told["schedule"]["message"].as_str().unwrap().contains("请重新设定"));
        // As it was, it is exported again.
        at(&hub, due + Duration::days(2)).start_due_exports().await.unwrap();
        let told = show(&analyst, &id).await;
        assert_eq!((&told["schedule"]["problem"], told["export"].is_null()), (&Value::Null, false));
    }

    async fn many_questions_take_as_many_statements_as_one(hub: TestHub) {
        let officer = hub.officer().await;
        let list = "{ savedQuestions { name savedBy schedule { dueAt } export { state } } }";
        daily(&officer, &saved(&officer, "一").await).await;
        let of_one = officer.statements(list, json!({})).await;
        for name in ["二", "三", "四"] {
            daily(&officer, &saved(&officer, name).await).await;
        }
        assert_eq!(officer.statements(list, json!({})).await, of_one);
    }
}
