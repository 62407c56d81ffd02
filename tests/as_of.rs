//! Statistics as of a day: what the hub answered on that day, it answers of that day ever after.

use std::collections::BTreeSet;

use async_graphql::{Request, Variables};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::TokenScope;
use graphql::{Limits, RequestContext, RequestId, Schema};
use hub::{
    access::Viewer,
    clock::{Clock, start_of},
    feed::Feed,
    problem::Language,
};
use nuanyang::commands::HERE;
use serde_json::{Value, json};

use crate::{
    on_both,
    statistics::{Dice, whole_city},
    support::{Backend, FAR, NEIGHBOUR, STATION, TestHub, TestViewer, contents::*},
};

/// A hub at an instant.
struct Instant(Schema);

async fn at(hub: &TestHub, at: DateTime<Utc>) -> Instant {
    let mut hub = hub.database.hub(Clock::fixed(at)).await;
    // A test asks more in a minute than people do.
    hub.minute_budget = Some(u64::MAX);
    Instant(graphql::schema(hub, Feed::default(), Limits::default()))
}

impl Instant {
    async fn answer(&self, viewer: &Viewer, query: &str, variables: Value) -> Value {
        let context = RequestContext {
            viewer: Some(viewer.clone()),
            grants: None,
            language: Language::Chinese,
            request_id: RequestId("test".to_owned()),
            from_address: None,
            purpose: None,
        };
        let request = Request::new(query).variables(Variables::from_json(variables));
        let response = self.0.execute(context.into_request(request)).await;
        serde_json::to_value(response).unwrap()
    }

    async fn ask(&self, viewer: &Viewer, query: &str) -> Value {
        let mut answer = self.answer(viewer, query, json!({})).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].take()
    }

    /// Hands items in; most of them are stored.
    async fn store(&self, viewer: &Viewer, items: Vec<Value>) {
        let answer = self.answer(viewer, SUBMIT, json!({ "items": items })).await;
        assert!(answer.get("errors").is_none(), "{answer:#}");
        let receipts = answer["data"]["submit"]["receipts"].as_array().unwrap();
        let stored = receipts.iter().filter(|receipt| receipt["status"] == "STORED");
        assert!(stored.count() * 5 >= receipts.len() * 4, "{answer:#}");
    }
}

async fn viewer_of(viewer: &TestViewer<'_>) -> Viewer {
    viewer.hub.server.hub().authenticate(&viewer.token, HERE).await.unwrap()
}

/// Someone without a resident ID, so that sex and birth date are learned later.
fn nameless(number: usize) -> Value {
    json!({ "name": format!("测试无证{number}"), "noIdReason": "LOST", "village": "410802001001" })
}

fn somebody(number: usize) -> Value {
    if number % 4 == 3 { nameless(number) } else { elder(u32::try_from(number).unwrap()) }
}

fn past(dice: &mut Dice, day: NaiveDate, most: usize) -> String {
    (day - Days::new(u64::try_from(dice.below(most)).unwrap())).to_string()
}

/// What a station hands in at random on a day: much of it late, some of it about what is on record.
fn handed_in(dice: &mut Dice, station: &str, day: NaiveDate, round: usize) -> Vec<Value> {
    let mut items = Vec::new();
    for _ in 0..14 {
        let needs = json!([{ "domain": dice.one(&["CARE", "SUPPLIES"]), "urgency": dice.one(&["SOON", "URGENT"]) }]);
        let more = json!({
            "mode": dice.one(&["HOME", "PHONE"]), "minutes": 1 + dice.below(1000),
            "services": [dice.one(&["CARE", "LEGAL", "MEDICAL"])], "needs": needs,
            "needsMet": if dice.below(3) == 0 { json!(["CARE"]) } else { json!([]) },
        });
        let on = past(dice, day, 60);
        // Each day some whom the station did not know.
        items.push(visit(station, somebody(dice.below(10 + 5 * round)), &on, more));
    }
    for _ in 0..6 {
        let mut who = somebody(dice.below(10));
        who["incomeClass"] = json!(dice.one(&["MINIMUM_LIVING", "EXTREME_POVERTY", "NONE"]));
        let more = json!({
            "risk": dice.one(&["HIGH", "MEDIUM", "LOW"]), "remark": format!("{round} {}", dice.below(1000)),
            "detail": { "elderly": { "livingArrangement": dice.one(&["ALONE", "WITH_SPOUSE"]) } },
        });
        items.push(elderly_entry(station, who, &past(dice, day, 40), more));
    }
    let head = dice.below(10);
    let member = json!({ "person": somebody((head + 1 + dice.below(8)) % 10), "relation": "亲属" });
    let household = json!({ "head": somebody(head), "members": [member] });
    items.push(item(station, json!({ "household": household })));
    items
}

/// Where a row stands and what it counts.
const ROW: &str = "totals figures { value } county { code } township { code } station { code } year quarter month
    week day kind submissionKind mode service level risk domain urgency status incomeClass sex ageBand { from }
    livingArrangement childKind";

/// Each table with what its rows are told apart by, filters of it, and the type of its records.
#[rustfmt::skip]
const TABLES: [(&str, &str, &[&str], &[&str]); 6] = [
    ("VISITS", "Visit",
        &["COUNTY", "STATION", "MONTH", "DAY", "SEX", "AGE_BAND", "INCOME_CLASS", "MODE", "SERVICE"],
        &["visits: { modes: [HOME] }", "visits: { division: \"410802\" }", "visits: { services: [CARE] }"]),
    ("PERSONS", "Person",
        &["TOWNSHIP", "STATION", "SEX", "AGE_BAND", "INCOME_CLASS"],
        &["persons: { incomeClasses: [MINIMUM_LIVING] }", "persons: { ledgers: [ELDERLY] }", "persons: { visited: { from: \"2026-09-20\" } }"]),
    ("LEDGER_ENTRIES", "LedgerEntry",
        &["COUNTY", "STATION", "MONTH", "SEX", "AGE_BAND", "INCOME_CLASS", "KIND", "RISK", "LIVING_ARRANGEMENT", "CHILD_KIND"],
        &["ledgerEntries: { risks: [HIGH] }", "ledgerEntries: { openOn: \"2026-10-07\" }", "ledgerEntries: { livingArrangements: [ALONE] }"]),
    ("ASSESSMENTS", "Assessment",
        &["COUNTY", "DAY", "SEX", "INCOME_CLASS", "LEVEL"],
        &["assessments: { instruments: [\"older-adult-ability\"] }"]),
    ("NEEDS", "Need",
        &["COUNTY", "STATION", "MONTH", "SEX", "INCOME_CLASS", "DOMAIN", "URGENCY", "STATUS"],
        &["needs: { statuses: [OPEN] }", "needs: { urgencies: [URGENT] }", "needs: { settled: { from: \"2026-09-01\" } }"]),
    ("SUBMISSIONS", "Submission",
        &["COUNTY", "STATION", "DAY", "KIND"],
        &["submissions: { kinds: [VISIT] }"]),
];

/// A question at random, still without what it is of.
struct Asked {
    question: String,
    of: &'static str,
    record: &'static str,
}

impl Asked {
    fn at_random(dice: &mut Dice) -> Self {
        let (of, record, dimensions, filters) = *dice.one(&TABLES);
        let mut by: Vec<&str> = Vec::new();
        for _ in 0..dice.below(4) {
            let dimension = *dice.one(dimensions);
            if !by.contains(&dimension) {
                by.push(dimension);
            }
        }
        let filter = match dice.below(2) {
            0 => String::new(),
            _ => format!("where: {{ {} }},", dice.one(filters)),
        };
        let question = format!(
            "of: {of}, {filter} by: [{}], totals: CUBE, first: 1000, measures: [{{ measure: COUNT }},
             {{ measure: PEOPLE }}, {{ measure: HOUSEHOLDS }}, {{ measure: RATE }}, {{ measure: SHARE }}]",
            by.join(", ")
        );
        Self { question, of, record }
    }

    /// The rows, of a day or of now.
    async fn rows(&self, hub: &Instant, viewer: &Viewer, day: Option<NaiveDate>) -> Value {
        let day = day.map_or_else(String::new, |day| format!(", asOf: \"{day}\""));
        let rate = if self.of == "SUBMISSIONS" {
            self.question.replace("{ measure: RATE }, ", "")
        } else {
            self.question.clone()
        };
        let query = format!("{{ statistics({rate}{day}) {{ found rows {{ {ROW} }} }} }}");
        hub.ask(viewer, &query).await["statistics"].take()
    }

    /// The ids behind each row.
    async fn records(&self, hub: &Instant, viewer: &Viewer, day: Option<NaiveDate>) -> Value {
        let day = day.map_or_else(String::new, |day| format!(", asOf: \"{day}\""));
        let question = self.question.replace("first: 1000", "first: 12");
        let query = format!(
            "{{ statistics({question}{day}) {{ rows {{ figures {{ count }} records(first: 200) {{
             ... on {}Connection {{ totalCount nodes {{ id }} }} }} }} }} }}",
            self.record
        );
        let told = hub.ask(viewer, &query).await["statistics"]["rows"].take();
        let rows = told.as_array().unwrap().iter().map(|row| {
            let nodes = row["records"]["nodes"].as_array().unwrap();
            let ids: BTreeSet<_> = nodes.iter().map(|node| node["id"].to_string()).collect();
            assert_eq!(ids.len(), nodes.len());
            assert_eq!(row["figures"][0]["count"], row["records"]["totalCount"], "{query}");
            assert!(ids.len() == 200 || row["figures"][0]["count"] == ids.len(), "{query} {row:#}");
            json!(ids)
        });
        rows.collect()
    }
}

fn days() -> Vec<NaiveDate> {
    let first: NaiveDate = "2026-10-05".parse().unwrap();
    first.iter_days().take(5).collect()
}

fn end_of(day: NaiveDate) -> DateTime<Utc> {
    start_of(day + Days::new(1)) - TimeDelta::microseconds(1)
}

/// What comes in on a day, in its first and its last instant.
async fn pass(
    hub: &TestHub,
    workers: &[(&str, Viewer)],
    dice: &mut Dice,
    day: NaiveDate,
    round: usize,
) -> Instant {
    let (morning, night) = (at(hub, start_of(day)).await, at(hub, end_of(day)).await);
    for (station, worker) in workers {
        for instant in [&morning, &night] {
            instant.store(worker, handed_in(dice, station, day, round)).await;
        }
    }
    let worker = &workers[0].1;
    night.store(worker, vec![changed_in(&night, worker, round).await]).await;
    let elder = elder(u32::try_from(round).unwrap());
    let mut ability = assessment(&elder, "older-adult-ability");
    ability["content"]["assessment"]["assessedOn"] = json!(day - Days::new(3));
    let child = child_entry(
        STATION,
        child(u32::try_from(round % 2).unwrap()),
        "2026-09-01",
        json!({ "detail": { "child": { "kind": (["LEFT_BEHIND", "IN_DIFFICULTY"])[round % 2] } }, "remark": format!("{round}") }),
    );
    night.store(worker, vec![ability, child]).await;
    night
}

/// A correction of someone's sex, birth date and village, or the end of an entry.
async fn changed_in(hub: &Instant, worker: &Viewer, round: usize) -> Value {
    if round == 2 {
        return item(
            STATION,
            json!({ "ledgerClosure": { "person": child(0), "kind": "CHILD",
            "closedOn": "2026-10-01", "reason": "MOVED_AWAY" } }),
        );
    }
    let query = "{ persons(first: 200, filter: { namePrefix: \"测试无证\" }) { nodes { id version sex } } }";
    let people = hub.ask(worker, query).await["persons"]["nodes"].take();
    let people = people.as_array().unwrap();
    let who = &people[round % people.len()];
    let birth = ["1950-10-07", "2008-10-08"][round % 2];
    item(
        STATION,
        json!({ "personCorrection": { "personId": who["id"], "basedOn": who["version"],
        "values": { "sex": (["MALE", "FEMALE"])[round % 2], "birthDate": birth, "village": "410802001002" } } }),
    )
}

on_both! {
    async fn what_was_answered_on_a_day_is_answered_of_that_day_ever_after(hub: TestHub) {
        let mut workers = Vec::new();
        for station in [STATION, NEIGHBOUR, FAR] {
            workers.push((station, viewer_of(&hub.worker(station).await).await));
        }
        let viewers = [viewer_of(&whole_city(&hub).await).await, workers[1].1.clone()];
        let mut dice = Dice(17);
        let asked: Vec<_> = (0..48).map(|_| Asked::at_random(&mut dice)).collect();
        let (mut told, mut last) = (Vec::new(), None);
        for (round, day) in days().into_iter().enumerate() {
            let hub = pass(&hub, &workers, &mut dice, day, round).await;
            for (number, asked) in asked.iter().enumerate() {
                let viewer = &viewers[number % 2];
                let rows = asked.rows(&hub, viewer, None).await;
                let records = asked.records(&hub, viewer, None).await;
                told.push((number, day, rows, records));
            }
            last = Some(hub);
        }
        let (last, mut other) = (last.unwrap(), BTreeSet::new());
        for (number, day, rows, records) in told {
            let (asked, viewer) = (&asked[number], &viewers[number % 2]);
            let again = asked.rows(&last, viewer, Some(day)).await;
            assert_eq!(again, rows, "{} as of {day}", asked.question);
            let again = asked.records(&last, viewer, Some(day)).await;
            assert_eq!(again, records, "{} as of {day}", asked.question);
            if asked.rows(&last, viewer, None).await != rows {
                other.insert((asked.of, day));
            }
        }
        let changed: BTreeSet<_> = other.iter().map(|(of, _)| of).collect();
        assert_eq!((changed.len(), other.len()), (TABLES.len(), TABLES.len() * 4), "the days differ: {other:?}");
    }

    async fn what_cannot_be_told_of_a_day_is_refused(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.store(visit(STATION, elder(1), "2026-10-01", json!({}))).await;
        let city = whole_city(&hub).await;
        let adults_only = hub.system("410800", &[TokenScope::Read, TokenScope::Identity, TokenScope::Health]).await;
        let officer = hub.officer().await;
        let today = Clock::system().today();
        let ask = |rest: &str, day: NaiveDate| {
            format!("{{ statistics({rest}, measures: [{{ measure: COUNT }}], asOf: \"{day}\") {{ rows {{ {ROW} }} }} }}")
        };
        let (before, tomorrow) = (today - Days::new(1), today + Days::new(1));
        for (viewer, rest, day, code) in [
            (&city, "of: VISITS", tomorrow, "INVALID_INPUT"),
            (&city, "of: PERSONS, where: { persons: { namePrefix: \"测\" } }", before, "INVALID_INPUT"),
            (&officer, "of: PERSONS, where: { persons: { born: { from: \"1950-01-01\" } } }", before, "FORBIDDEN"),
            (&adults_only, "of: VISITS, by: [SERVICE]", before, "FORBIDDEN"),
            (&adults_only, "of: VISITS, where: { visits: { services: [CARE] } }", before, "FORBIDDEN"),
        ] {
            assert_eq!(viewer.fault(&ask(rest, day)).await, code, "{rest}");
        }
        let rows = async |day| city.ask(&ask("of: VISITS", day)).await["statistics"]["rows"].take();
        assert_eq!(rows(before).await[0]["figures"][0]["value"], 0.0, "handed in today");
        assert_eq!(rows(today).await[0]["figures"][0]["value"], 1.0);
        let by_birth = "of: PERSONS, where: { persons: { born: { from: \"1950-01-01\" } } }";
        city.ask(&ask(by_birth, before)).await;
    }
}
