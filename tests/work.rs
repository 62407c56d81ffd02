//! Work due: whom a station is to visit by when, as an independent count of the calendar has it, told to
//! nobody but those whose work it is.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use entity::{Risk, Role, TokenScope, risk_spell, trail_row};
use hub::clock::Clock;
use sea_orm::{EntityTrait, IntoActiveModel, QueryOrder};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Backend, NEIGHBOUR, STATION, TestHub, TestViewer, contents::*},
};

const WORK: &str = "query ($day: Date, $filter: WorkFilter, $states: [WorkState!], $first: Int, $after: String) {
    workDue(day: $day, filter: $filter, states: $states, first: $first, after: $after) { day visited due overdue excused
        nodes { state dueOn overdue changedOn excuse { reason lastOn } person { name } station { code } ledgerEntry { risk }
            lastVisit { visitedOn } }
        pageInfo { hasNextPage endCursor } } }";

async fn work(viewer: &TestViewer<'_>, asked: Value) -> Value {
    viewer.ask_with(WORK, asked).await["workDue"].take()
}

fn ago(days: u64) -> String {
    (Clock::system().today() - Days::new(days)).to_string()
}

fn ahead(days: u64) -> String {
    (Clock::system().today() + Days::new(days)).to_string()
}

fn day_ago(days: u64) -> NaiveDate {
    Clock::system().today() - Days::new(days)
}

const COVERAGE: &str = "query ($from: Date!, $to: Date!, $by: [CoverageBy!]) {
    coverage(from: $from, to: $to, by: $by, first: 50) { due done excused found rows {
        month station { code } county { code } worker due done excused
        missed(first: 3) { nodes { firstOn } } } } }";

/// What is known of someone, apart from the hub.
#[derive(Default)]
struct Known {
    station: &'static str,
    risks: Vec<(NaiveDate, &'static str)>,
    closed: Option<NaiveDate>,
    visits: BTreeMap<NaiveDate, Vec<&'static str>>,
    excused: Vec<(NaiveDate, NaiveDate)>,
}

/// Due, done and excused by month, station, county and worker, counted day by day.
fn recount(
    known: &[Known],
    (from, to): (NaiveDate, NaiveDate),
    by: &[&str],
) -> BTreeMap<[String; 4], [u64; 3]> {
    let mut counts = BTreeMap::new();
    if by.is_empty() {
        counts.insert([const { String::new() }; 4], [0; 3]);
    }
    for one in known {
        for day in from.iter_days().take_while(|day| *day <= to && *day < day_ago(0)) {
            let risk = one.risks.iter().rev().find(|(from, _)| *from <= day);
            let Some((_, risk)) = risk.filter(|_| one.closed.is_none_or(|closed| day < closed))
            else {
                continue;
            };
            let (first, last) = period(risk, day);
            if last != day {
                continue;
            }
            let visit = one.visits.range(first..=last).next();
            let covered = first
                .iter_days()
                .take_while(|day| *day <= last)
                .all(|day| one.excused.iter().any(|(first, last)| (*first..=*last).contains(&day)));
            let count = match (visit, covered) {
                (Some(_), _) => [1, 1, 0],
                (None, true) => [0, 0, 1],
                (None, false) => [1, 0, 0],
            };
            let visit = visit.or_else(|| one.visits.range(..first).next_back());
            let nobody = vec![""];
            let workers = visit.map_or(&nobody, |(_, workers)| workers);
            let workers = if by.contains(&"WORKER") { workers } else { &nobody };
            for worker in workers {
                let month = day.with_day(1).unwrap().to_string();
                let said = |name: &str, text: &str| {
                    if by.contains(&name) { text.to_owned() } else { String::new() }
                };
                let key = [
                    said("MONTH", &month),
                    said("STATION", one.station),
                    said("COUNTY", "410802"),
                    (*worker).to_owned(),
                ];
                let sum: &mut [u64; 3] = counts.entry(key).or_default();
                for (sum, count) in sum.iter_mut().zip(count) {
                    *sum += count;
                }
            }
        }
    }
    counts
}

/// Notes behind the hub's back that a risk changed on a day that is over.
async fn note_risk(hub: &TestHub, entry: &Value, from_on: NaiveDate, risk: &str) {
    let (_, entry_id) = graphql::ids::parse(entry.as_str().unwrap()).unwrap();
    let risk = Risk::ALL.iter().copied().find(|known| known.code() == risk);
    let spell = risk_spell::Model { entry_id, from_on, risk };
    let spells = risk_spell::Entity::insert(spell.into_active_model());
    spells.exec_without_returning(hub.server.hub().db.writer()).await.unwrap();
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
            (json!({ "division": "410802" }), 6),
        ] {
            let found = work(&officer, json!({ "filter": filter })).await;
            assert_eq!(found["nodes"].as_array().unwrap().len(), count, "{filter}");
        }
        for (states, count) in [(json!(["OVERDUE"]), 6), (json!(["DUE", "VISITED", "EXCUSED"]), 0)] {
            let found = work(&officer, json!({ "states": states })).await;
            assert_eq!(found["nodes"].as_array().unwrap().len(), count, "{states}");
        }
        assert_eq!(due(&work(&neighbour, json!({})).await).len(), 1, "its own alone");
    }

    async fn who_is_excused_is_listed_apart_until_the_day_after(hub: TestHub) {
        let (worker, neighbour) = (hub.worker(STATION).await, hub.worker(NEIGHBOUR).await);
        for number in 1..=3 {
            worker.store(elderly_entry(STATION, elder(number), &ago(300), json!({ "risk": "HIGH" }))).await;
        }
        neighbour.store(elderly_entry(NEIGHBOUR, elder(3), &ago(300), json!({ "risk": "HIGH" }))).await;
        let before = due(&work(&worker, json!({})).await);
        assert_eq!(before.len(), 3);
        worker.store(excuse(STATION, elder(1), [&ago(3), &ahead(5)], json!({}))).await;
        neighbour.store(excuse(NEIGHBOUR, elder(3), [&ago(3), &ahead(5)], json!({}))).await;
        let found = work(&worker, json!({})).await;
        assert_eq!((&found["overdue"], &found["excused"]), (&json!(2), &json!(1)), "{found:#}");
        assert!(due(&found).iter().all(|(name, _)| name != "测试老人1"));
        let excused = work(&worker, json!({ "states": ["EXCUSED"] })).await;
        let node = &excused["nodes"][0];
        assert_eq!(node["person"]["name"], "测试老人1");
        assert_eq!((&node["state"], &node["overdue"]), (&json!("EXCUSED"), &json!(false)));
        assert_eq!(node["excuse"], json!({ "reason": "IN_HOSPITAL", "lastOn": ahead(5) }));
        let after = work(&worker, json!({ "day": ahead(6) })).await;
        assert_eq!(due(&after), before, "late as before");
        // It ends early: what is handed in again says so.
        worker.store(excuse(STATION, elder(1), [&ago(3), &ago(1)], json!({}))).await;
        assert_eq!(due(&work(&worker, json!({})).await), before);
    }

    async fn a_change_of_risk_leaves_what_was_late_before_it(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let risk = async |risk: &str| {
            worker.store(elderly_entry(STATION, elder(1), &ago(100), json!({ "risk": risk }))).await;
            work(&worker, json!({})).await["nodes"][0]["dueOn"].clone()
        };
        let at_high = risk("HIGH").await;
        assert_eq!(risk("LOW").await, at_high);
        assert_eq!(risk("MEDIUM").await, at_high);
        let no_risk = json!({ "risk": null });
        worker.store(elderly_entry(STATION, elder(1), &ago(100), no_risk)).await;
        assert_eq!(work(&worker, json!({})).await["nodes"][0]["dueOn"], at_high);
        assert_eq!(risk("HIGH").await, at_high);
        assert_eq!(risk("LOW").await, at_high);
        let spells = risk_spell::Entity::find().order_by_asc(risk_spell::Column::FromOn);
        let spells = spells.all(hub.server.hub().db.read()).await.unwrap();
        let told: Vec<_> = spells.iter().map(|spell| (spell.from_on, spell.risk)).collect();
        let wanted = [(day_ago(100), Some(Risk::High)), (day_ago(0), Some(Risk::Low))];
        assert_eq!(told, wanted, "the last of a day stands");
    }

    async fn coverage_is_as_a_count_day_by_day_has_it(hub: TestHub) {
        let (worker, neighbour) = (hub.worker(STATION).await, hub.worker(NEIGHBOUR).await);
        let officer = hub.officer().await;
        let mut known = Vec::new();
        for number in 1..=30u32 {
            let at = |spread: u32, within: u32| u64::from(number * spread % within);
            let (station, viewer) =
                if number % 3 == 0 { (NEIGHBOUR, &neighbour) } else { (STATION, &worker) };
            let mut one = Known { station, ..Known::default() };
            let risk = ["HIGH", "MEDIUM", "LOW"][number as usize % 3];
            let opened = day_ago(at(37, 190) + 20);
            one.risks.push((opened, risk));
            let entry = elderly_entry(station, elder(number), &opened.to_string(), json!({ "risk": risk }));
            let id = viewer.store(entry).await["record"]["id"].clone();
            if number % 4 == 1 {
                let (day, risk) = (day_ago(at(37, 190) / 2 + 3), ["LOW", "HIGH"][number as usize % 2]);
                note_risk(&hub, &id, day, risk).await;
                one.risks.push((day, risk));
            }
            for turn in 0..number % 5 {
                let day = day_ago(at(53, 160) + u64::from(turn) * 9);
                let mode = if (number + turn) % 5 == 0 { "OTHER" } else { "HOME" };
                let names: &[&str] = [&["社工甲"][..], &["社工乙", "社工甲"]][turn as usize % 2];
                let more = json!({ "mode": mode, "workers": names });
                viewer.store(visit(station, elder(number), &day.to_string(), more)).await;
                if mode == "HOME" {
                    one.visits.insert(day, names.to_vec());
                }
            }
            for turn in 0..number % 3 {
                let first = day_ago(at(29, 150) + u64::from(turn) * 30);
                let last = first + Days::new(29);
                let days = [first, last].map(|day| day.to_string());
                viewer.store(excuse(station, elder(number), [&days[0], &days[1]], json!({}))).await;
                one.excused.push((first, last));
            }
            if number % 7 == 0 {
                let day = day_ago(at(11, 40));
                let closure = json!({ "ledgerClosure": { "person": elder(number), "kind": "ELDERLY",
                    "closedOn": day.max(opened).to_string(), "reason": "MOVED_AWAY" } });
                viewer.store(item(station, closure)).await;
                one.closed = Some(day.max(opened));
            }
            known.push(one);
        }
        let days = (day_ago(140), day_ago(0));
        for by in [&["MONTH", "STATION", "COUNTY", "WORKER"][..], &["MONTH"], &["STATION"], &["WORKER"], &[]] {
            let asked = json!({ "from": days.0.to_string(), "to": days.1.to_string(), "by": by });
            let found = officer.ask_with(COVERAGE, asked).await["coverage"].take();
            let recounted = recount(&known, days, by);
            let mut told = BTreeMap::new();
            for row in found["rows"].as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let key = [&row["month"], &row["station"]["code"], &row["county"]["code"], &row["worker"]].map(text);
                let missed = row["missed"]["nodes"].as_array().unwrap().len();
                assert_eq!(json!((row["due"].as_u64().unwrap() - row["done"].as_u64().unwrap()).min(3)), missed);
                told.insert(key, ["due", "done", "excused"].map(|count| row[count].as_u64().unwrap()));
            }
            assert_eq!(found["found"], told.len());
            assert_eq!(told, recounted, "{by:?}");
            assert!(told.len() > by.len() && told.values().all(|[due, done, _]| due >= done));
            let all: [u64; 3] = recount(&known, days, &[]).into_values().next().unwrap();
            assert!(all.iter().all(|count| *count > 3), "{all:?}");
            assert_eq!(json!([found["due"], found["done"], found["excused"]]), json!(all));
        }
        // A station is told its own.
        let asked = json!({ "from": days.0.to_string(), "to": days.1.to_string(), "by": ["STATION"] });
        let own = neighbour.ask_with(COVERAGE, asked).await["coverage"].take();
        known.retain(|one| one.station == NEIGHBOUR);
        let all: [u64; 3] = recount(&known, days, &[]).into_values().next().unwrap();
        assert_eq!(json!([own["due"], own["done"], own["excused"]]), json!(all));
        assert_eq!(own["rows"].as_array().unwrap().len(), 1);
    }

    async fn coverage_opens_to_those_who_were_missed(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for number in 1..=3 {
            worker.store(elderly_entry(STATION, elder(number), "2026-01-05", json!({ "risk": "LOW" }))).await;
        }
        worker.store(visit(STATION, elder(1), "2026-02-03", json!({ "workers": ["社工乙"] }))).await;
        let missed = async |first: u32, after: &Value| {
            let query = format!("{{ coverage(from: \"2026-01-01\", to: \"2026-09-30\", by: [WORKER]) {{ due done rows {{
                worker due done missed(first: {first}, after: {after}) {{ pageInfo {{ hasNextPage endCursor }}
                    nodes {{ firstOn lastOn person {{ name }} lastVisit {{ visitedOn }} ledgerEntry {{ risk }} }} }} }} }} }}");
            worker.ask(&query).await["coverage"].take()
        };
        let found = missed(20, &Value::Null).await;
        assert_eq!((&found["due"], &found["done"]), (&json!(9), &json!(1)));
        let [nobody, one] = found["rows"].as_array().unwrap().as_slice() else { panic!("{found:#}") };
        assert_eq!((&nobody["worker"], &nobody["due"], &nobody["done"]), (&Value::Null, &json!(6), &json!(0)));
        assert_eq!((&one["worker"], &one["due"], &one["done"]), (&json!("社工乙"), &json!(3), &json!(1)));
        assert_eq!(one["missed"]["nodes"][0], json!({ "firstOn": "2026-04-01", "lastOn": "2026-06-30",
            "person": { "name": "测试老人1" }, "lastVisit": { "visitedOn": "2026-02-03" },
            "ledgerEntry": { "risk": "LOW" } }));
        let (mut paged, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = missed(4, &after).await["rows"][0]["missed"].take();
            paged.extend(page["nodes"].as_array().unwrap().clone());
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(json!(paged), nobody["missed"]["nodes"]);
    }

    async fn what_tells_of_risk_is_noted_in_the_trail(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.store(elderly_entry(STATION, elder(1), "2026-01-05", json!({}))).await;
        worker.ask("query Due { workDue { nodes { dueOn state person { name } } } }").await;
        worker.ask("query Missed { coverage(from: \"2026-01-01\", to: \"2026-03-31\", by: [MONTH]) { rows {
            missed { nodes { lastOn person { name } } } } } }").await;
        hub.server.hub().flush_trail().await.unwrap();
        let rows = trail_row::Entity::find().all(hub.server.hub().db.read()).await.unwrap();
        let fields = |operation: &str| {
            let row = rows.iter().find(|row| row.operation == format!("QUERY {operation}"));
            row.unwrap().fields.0.clone()
        };
        assert_eq!(fields("Due"), ["DueVisit.dueOn", "DueVisit.state", "Person.name"]);
        assert_eq!(fields("Missed"), ["MissedVisit.lastOn", "Person.name"]);
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
        let ask = "{ coverage(from: \"2026-01-01\", to: \"2026-12-31\") { due } }";
        for role in [Role::Analyst, Role::Admin, Role::Auditor] {
            assert_eq!(hub.viewer(role, None).await.fault(ask).await, "FORBIDDEN", "{role:?}");
        }
        assert_eq!(blind.fault(ask).await, "FORBIDDEN");
        assert!(of_adults.ask(ask).await["coverage"]["due"].as_u64() < worker.ask(ask).await["coverage"]["due"].as_u64());
        let by_worker = "{ coverage(from: \"2026-01-01\", to: \"2026-12-31\", by: [WORKER]) { due } }";
        assert_eq!(of_adults.fault(by_worker).await, "FORBIDDEN");
        for days in ["from: \"2026-02-01\", to: \"2026-01-31\"", "from: \"2025-01-01\", to: \"2026-01-02\""] {
            assert_eq!(worker.fault(&format!("{{ coverage({days}) {{ due }} }}")).await, "INVALID_INPUT");
        }
        for day in [ago(1), (Clock::system().today() + Days::new(93)).to_string()] {
            let ask = format!("{{ workDue(day: \"{day}\") {{ overdue }} }}");
            assert_eq!(worker.fault(&ask).await, "INVALID_INPUT");
        }
        assert_eq!(worker.fault("{ workDue(after: \"x\") { overdue } }").await, "INVALID_INPUT");
    }
}
