//! Work due: whom a station is to visit by when, as an independent count of the calendar has it, told to
//! nobody but those whose work it is.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use entity::{Role, TokenScope};
use hub::clock::Clock;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Backend, NEIGHBOUR, STATION, TestHub, TestViewer, contents::*},
};

const WORK: &str = "query ($day: Date, $filter: WorkFilter, $first: Int, $after: String) {
    workDue(day: $day, filter: $filter, first: $first, after: $after) { day visited due overdue
        nodes { dueOn overdue changedOn person { name } station { code } ledgerEntry { risk }
            lastVisit { visitedOn } }
        pageInfo { hasNextPage endCursor } } }";

async fn work(viewer: &TestViewer<'_>, asked: Value) -> Value {
    viewer.ask_with(WORK, asked).await["workDue"].take()
}

fn ago(days: u64) -> String {
    (Clock::system().today() - Days::new(days)).to_string()
}

/// The screen of a child, with the least or the most points on every item.
fn screened(person: &Value, worst: bool, day: &str) -> Value {
    let mut screen = assessment(person, "child-risk");
    let items = hub::instruments::find("child-risk", 1).unwrap().items();
    let answers = items.map(|item| {
        let option = item.options.iter().max_by_key(|option| option.points).unwrap();
        let option = if worst { option } else { &item.options[0] };
        json!({ "item": item.code, "value": option.value })
    });
    screen["content"]["assessment"]["answers"] = answers.collect();
    screen["content"]["assessment"]["assessedOn"] = json!(day);
    screen
}

/// Names with the day on which each is due, in the order of the answer.
fn due(work: &Value) -> Vec<(String, String)> {
    let nodes = work["nodes"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    nodes.map(|node| (text(&node["person"]["name"]), text(&node["dueOn"]))).collect()
}

/// The period in which a day lies, by walking the calendar day by day.
fn period(risk: &str, day: NaiveDate) -> (NaiveDate, NaiveDate) {
    let same = |other: NaiveDate| match risk {
        "HIGH" => other.iso_week() == day.iso_week(),
        "MEDIUM" => (other.year(), other.month()) == (day.year(), day.month()),
        _ => (other.year(), other.month().div_ceil(3)) == (day.year(), day.month().div_ceil(3)),
    };
    let (mut first, mut last) = (day, day);
    while same(first.pred_opt().unwrap()) {
        first = first.pred_opt().unwrap();
    }
    while same(last.succ_opt().unwrap()) {
        last = last.succ_opt().unwrap();
    }
    (first, last)
}

/// The end of the first period since an opening, up to a day's, without a visit; none where each has
/// one. Periods before the last visit are forgiven by it.
fn expected(
    risk: &str,
    opened: NaiveDate,
    visits: &[NaiveDate],
    day: NaiveDate,
) -> Option<NaiveDate> {
    let from = visits.iter().max().map_or(opened, |last| opened.max(*last));
    let mut at = from;
    loop {
        let (first, last) = period(risk, at);
        if first > day {
            return None;
        }
        if !visits.iter().any(|visit| (first..=last).contains(visit)) {
            return Some(last);
        }
        at = last.succ_opt().unwrap();
    }
}

on_both! {
    async fn who_is_due_is_as_the_calendar_has_it(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let today = Clock::system().today();
        let mut known = BTreeMap::new();
        for number in 1..=24u32 {
            let risk = ["HIGH", "MEDIUM", "LOW"][number as usize % 3];
            let opened = today - Days::new(u64::from(number * 37 % 190) + 1);
            worker.store(elderly_entry(STATION, elder(number), &opened.to_string(), json!({ "risk": risk }))).await;
            let mut visits = Vec::new();
            for turn in 0..number % 4 {
                let day = today - Days::new(u64::from(number * 53 + turn * 71) % 200);
                // A visit of no named kind tells of no contact.
                let counts = (number + turn) % 5 != 0;
                let mode = if counts { "HOME" } else { "OTHER" };
                worker.store(visit(STATION, elder(number), &day.to_string(), json!({ "mode": mode }))).await;
                visits.extend(counts.then_some(day));
            }
            known.insert(format!("测试老人{number}"), (risk, opened, visits));
        }
        for day in [today, today + Days::new(9), today + Days::new(60)] {
            let found = work(&worker, json!({ "day": day.to_string(), "first": 200 })).await;
            let mut wanted: Vec<_> = known
                .iter()
                .filter_map(|(name, (risk, opened, visits))| {
                    Some((name.clone(), expected(risk, *opened, visits, day)?.to_string()))
                })
                .collect();
            let mut told = due(&found);
            assert!(told.is_sorted_by_key(|(_, due)| due.clone()), "{told:?}");
            wanted.sort();
            told.sort();
            assert_eq!(told, wanted, "{day}");
            let late = wanted.iter().filter(|(_, due)| *due < day.to_string()).count();
            assert_eq!(found["overdue"], late);
            assert_eq!(found["due"], wanted.len() - late);
            assert_eq!(found["visited"], known.len() - wanted.len());
        }
    }

    async fn a_marked_change_of_one_at_high_risk_is_due_by_the_next_day(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for number in 1..=3 {
            let risk = if number == 3 { "LOW" } else { "HIGH" };
            worker.store(elderly_entry(STATION, elder(number), &ago(300), json!({ "risk": risk }))).await;
            worker.store(visit(STATION, elder(number), &ago(400), json!({}))).await;
        }
        let found = work(&worker, json!({})).await;
        assert!(found["nodes"].as_array().unwrap().iter().all(|node| node["changedOn"].is_null()));
        for number in 1..=3 {
            worker.store(visit(STATION, elder(number), &ago(1), json!({}))).await;
        }

        let need = json!([{ "domain": "CARE", "urgency": "CRITICAL" }]);
        for number in [2, 3] {
            let risk = if number == 3 { "LOW" } else { "HIGH" };
            let more = json!({ "risk": risk, "needs": need });
            worker.store(elderly_entry(STATION, elder(number), &ago(0), more)).await;
        }
        let found = work(&worker, json!({})).await;
        let node = |found: &Value, name: &str| {
            let nodes = found["nodes"].as_array().unwrap();
            nodes.iter().find(|node| node["person"]["name"] == name).cloned()
        };
        let changed = node(&found, "测试老人2").unwrap();
        assert_eq!(changed["changedOn"], ago(0));
        let tomorrow = (Clock::system().today() + Days::new(1)).to_string();
        assert!(changed["dueOn"].as_str().unwrap() <= tomorrow.as_str());
        let at_low_risk = node(&found, "测试老人3");
        assert!(at_low_risk.is_none_or(|node| node["changedOn"].is_null()));

        // The risk rises; a visit on that day settles it.
        worker.store(elderly_entry(STATION, elder(3), &ago(300), json!({ "risk": "HIGH" }))).await;
        assert_eq!(node(&work(&worker, json!({})).await, "测试老人3").unwrap()["changedOn"], ago(0));
        worker.store(visit(STATION, elder(3), &ago(0), json!({ "minutes": 30 }))).await;
        assert_eq!(node(&work(&worker, json!({})).await, "测试老人3"), None);
    }

    async fn an_assessment_worse_than_the_one_before_is_a_marked_change(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for (number, days) in [(1, [9, 0]), (2, [0, 9])] {
            worker.store(child_entry(STATION, child(number), &ago(300), json!({}))).await;
            worker.store(visit(STATION, child(number), &ago(1), json!({}))).await;
            for (worst, day) in [false, true].into_iter().zip(days) {
                worker.store(screened(&child(number), worst, &ago(day))).await;
            }
        }
        let found = work(&worker, json!({})).await;
        let changed = |name: &str| {
            let nodes = found["nodes"].as_array().unwrap();
            let node = nodes.iter().find(|node| node["person"]["name"] == name);
            node.map_or(Value::Null, |node| node["changedOn"].clone())
        };
        assert_eq!(changed("测试儿童1"), ago(0), "{found:#}");
        assert_eq!(changed("测试儿童2"), Value::Null, "it became better");
    }

    async fn one_in_two_ledgers_is_one_visit_and_closed_entries_ask_for_none(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.store(elderly_entry(STATION, elder(1), &ago(300), json!({ "risk": "LOW" }))).await;
        let disabled = json!({ "ledgerEntry": { "person": elder(1), "openedOn": ago(290), "risk": "MEDIUM",
            "detail": { "disabled": { "category": "PHYSICAL", "grade": 2 } } } });
        worker.store(item(STATION, disabled.clone())).await;
        let found = work(&worker, json!({})).await;
        assert_eq!(found["nodes"].as_array().unwrap().len(), 1, "{found:#}");
        assert_eq!(found["overdue"], 1);
        let mut later = disabled;
        later["ledgerEntry"]["openedOn"] = json!(ago(0));
        // Nor is it less late where a ledger comes again with another day of opening.
        worker.store(elderly_entry(STATION, elder(1), &ago(0), json!({ "risk": "LOW" }))).await;
        worker.store(item(STATION, later)).await;
        let again = work(&worker, json!({})).await;
        assert_eq!(again["nodes"][0]["dueOn"], found["nodes"][0]["dueOn"]);
        for (kind, left) in [("DISABLED", 1), ("ELDERLY", 0)] {
            let closure = json!({ "ledgerClosure": { "person": elder(1), "kind": kind, "closedOn": ago(0), "reason": "MOVED_AWAY" } });
            worker.store(item(STATION, closure)).await;
            assert_eq!(work(&worker, json!({})).await["nodes"].as_array().unwrap().len(), left);
        }
    }

    async fn work_is_paged_and_picked_by_station_kind_worker_and_lateness(hub: TestHub) {
        let (worker, officer) = (hub.worker(STATION).await, hub.officer().await);
        let neighbour = hub.worker(NEIGHBOUR).await;
        for number in 1..=5 {
            worker.store(elderly_entry(STATION, elder(number), &ago(300), json!({}))).await;
        }
        worker.store(visit(STATION, elder(1), &ago(200), json!({ "workers": ["社工乙"] }))).await;
        neighbour.store(child_entry(NEIGHBOUR, child(9), &ago(300), json!({}))).await;
        let all = due(&work(&officer, json!({})).await);
        assert_eq!(all.len(), 6);
        let (mut paged, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = work(&officer, json!({ "first": 4, "after": after })).await;
            assert_eq!(page["overdue"], 6, "counts are of the whole list");
            paged.extend(due(&page));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
        }
        assert_eq!(paged, all);
        for (filter, count) in [
            (json!({ "stations": [NEIGHBOUR] }), 1), (json!({ "kinds": ["CHILD"] }), 1),
            (json!({ "worker": "社工乙" }), 1), (json!({ "worker": "社工丙" }), 0),
            (json!({ "overdue": true }), 6), (json!({ "division": "410802" }), 6),
        ] {
            let found = work(&officer, json!({ "filter": filter })).await;
            assert_eq!(found["nodes"].as_array().unwrap().len(), count, "{filter}");
        }
        assert_eq!(due(&work(&neighbour, json!({})).await).len(), 1, "its own alone");
    }

    async fn work_is_told_to_those_whose_it_is_and_of_days_that_can_be_known(hub: TestHub) {
        use TokenScope::{Health, Identity, Read};
        let worker = hub.worker(STATION).await;
        worker.store(elderly_entry(STATION, elder(1), &ago(300), json!({}))).await;
        worker.store(child_entry(STATION, child(1), &ago(300), json!({}))).await;
        let ask = "{ workDue { overdue nodes { dueOn } } }";
        for role in [Role::Analyst, Role::Admin, Role::Auditor] {
            assert_eq!(hub.viewer(role, None).await.fault(ask).await, "FORBIDDEN", "{role:?}");
        }
        let blind = hub.system("410802", &[Read, Identity]).await;
        assert_eq!(blind.fault(ask).await, "FORBIDDEN");
        let of_adults = hub.system("410802", &[Read, Identity, Health]).await;
        assert_eq!(of_adults.ask(ask).await["workDue"]["overdue"], 1, "not of the child");
        let by_worker = "{ workDue(filter: { worker: \"社工甲\" }) { overdue } }";
        assert_eq!(of_adults.fault(by_worker).await, "FORBIDDEN", "who works is not its to see");
        for day in [ago(1), (Clock::system().today() + Days::new(93)).to_string()] {
            let ask = format!("{{ workDue(day: \"{day}\") {{ overdue }} }}");
            assert_eq!(worker.fault(&ask).await, "INVALID_INPUT");
        }
        assert_eq!(worker.fault("{ workDue(after: \"x\") { overdue } }").await, "INVALID_INPUT");
    }
}
