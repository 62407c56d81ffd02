//! Statistics as of a day: what the hub answered on that day, it answers of that day ever after.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{Request, Variables};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::{Role, TokenScope};
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
    support::{Backend, FAR, NEIGHBOUR, STATION, TestDatabase, TestHub, TestViewer, contents::*},
};

/// A hub at an instant.
pub struct Instant(Schema);

pub async fn at(database: &TestDatabase, at: DateTime<Utc>) -> Instant {
    let mut hub = database.hub(Clock::fixed(at)).await;
    // A test asks more than people do.
    (hub.question_budget, hub.minute_budget) = (Some(10_000_000), Some(u64::MAX));
    Instant(graphql::schema(hub, Feed::default(), Limits::default()))
}

impl Instant {
    pub async fn answer(&self, viewer: &Viewer, query: &str, variables: Value) -> Value {
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

    pub async fn ask(&self, viewer: &Viewer, query: &str) -> Value {
        let mut answer = self.answer(viewer, query, json!({})).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].take()
    }

    /// Hands items in; most of them are stored.
    pub async fn store(&self, viewer: &Viewer, items: Vec<Value>) {
        let answer = self.answer(viewer, SUBMIT, json!({ "items": items })).await;
        assert!(answer.get("errors").is_none(), "{answer:#}");
        let receipts = answer["data"]["submit"]["receipts"].as_array().unwrap();
        let stored = receipts.iter().filter(|receipt| receipt["status"] == "STORED");
        assert!(stored.count() * 5 >= receipts.len() * 4, "{answer:#}");
    }
}

pub async fn viewer_of(viewer: &TestViewer<'_>) -> Viewer {
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

/// Where a row stands.
const PLACE: &str =
    "totals county { code } township { code } station { code } year quarter month week day kind
    submissionKind mode service level risk domain urgency status incomeClass sex ageBand { from }
    livingArrangement childKind";

/// Each table with what its rows are told apart by, filters of it, and the type of its records.
#[rustfmt::skip]
const TABLES: [(&str, &str, &[&str], &[&str]); 6] = [
    ("VISITS", "Visit",
        &["COUNTY", "STATION", "MONTH", "DAY", "SEX", "AGE_BAND", "INCOME_CLASS", "MODE", "SERVICE", "KIND"],
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

/// Ids of records, or figures, by where their row stands.
type Rows<T> = BTreeMap<String, T>;
type Ids = BTreeSet<String>;
type Figures = Vec<Option<f64>>;

/// What is told of the rows of an answer.
fn told<T>(answer: &Value, what: impl Fn(&Value) -> T) -> Rows<T> {
    let rows = answer["statistics"]["rows"].as_array().unwrap().iter();
    let place = |row: &Value| {
        let mut place = row.as_object().unwrap().clone();
        place.retain(|key, _| !["figures", "records", "compared"].contains(&key.as_str()));
        json!(place).to_string()
    };
    rows.map(|row| (place(row), what(row))).collect()
}

fn figures(figures: &Value) -> Figures {
    figures.as_array().unwrap().iter().map(|figure| figure["value"].as_f64()).collect()
}

fn ids(records: &Value) -> Ids {
    records["nodes"].as_array().unwrap().iter().map(|node| text(&node["id"])).collect()
}

fn text(id: &Value) -> String {
    id.as_str().unwrap().to_owned()
}

/// How many people came to a row, or went.
fn people_of(compared: &Value) -> usize {
    let nodes = ["late", "gone"].map(|kind| compared[kind]["nodes"].as_array().unwrap());
    let whose = |node: &Value| text(node.get("id").unwrap_or(&node["person"]["id"]));
    nodes.into_iter().flatten().map(whose).collect::<BTreeSet<_>>().len()
}

/// A question at random.
struct Asked {
    question: String,
    of: &'static str,
    /// The fields of its records.
    nodes: String,
}

/// The days a question is asked of.
fn of_days(as_of: Option<NaiveDate>, compare: Option<NaiveDate>) -> String {
    let day = |name: &str, day: Option<NaiveDate>| {
        day.map_or_else(String::new, |day| format!(", {name}: \"{day}\""))
    };
    day("asOf", as_of) + &day("compare", compare)
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
        // Who handed in is no person on record.
        let rate = if of == "SUBMISSIONS" { "" } else { "{ measure: RATE }," };
        let question = format!(
            "of: {of}, {filter} by: [{}], totals: CUBE, measures: [{{ measure: COUNT }}, {{ measure: PEOPLE }},
             {rate} {{ measure: HOUSEHOLDS }}, {{ measure: SHARE }}]",
            by.join(", ")
        );
        Self {
            question,
            of,
            nodes: format!("... on {record}Connection {{ totalCount nodes {{ id }} }}"),
        }
    }

    async fn figures(
        &self,
        hub: &Instant,
        viewer: &Viewer,
        day: Option<NaiveDate>,
    ) -> Rows<Figures> {
        let (question, days) = (&self.question, of_days(day, None));
        let query = format!(
            "{{ statistics({question}{days}) {{ rows {{ {PLACE} figures {{ value }} }} }} }}"
        );
        told(&hub.ask(viewer, &query).await, |row| figures(&row["figures"]))
    }

    /// The records behind the first rows, which have to be as many as are counted.
    async fn records(&self, hub: &Instant, viewer: &Viewer, day: Option<NaiveDate>) -> Rows<Ids> {
        let (question, days, nodes) = (&self.question, of_days(day, None), &self.nodes);
        let query = format!(
            "{{ statistics({question}, first: 12{days}) {{ rows {{ {PLACE} figures {{ count }}
            records(first: 200) {{ {nodes} }} }} }} }}"
        );
        let answer = hub.ask(viewer, &query).await;
        told(&answer, |row| {
            let (ids, count) = (ids(&row["records"]), &row["figures"][0]["count"]);
            assert_eq!(*count, row["records"]["totalCount"], "{query}");
            assert!(ids.len() == 200 || *count == ids.len(), "{query} {row:#}");
            ids
        })
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
    let (morning, night) =
        (at(&hub.database, start_of(day)).await, at(&hub.database, end_of(day)).await);
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

/// What one question was answered on a day.
struct Answered {
    figures: Rows<Figures>,
    records: Rows<Ids>,
}

/// Days that went by: what was asked on each, by whom, and the last of them.
struct Passed {
    asked: Vec<(Asked, Viewer)>,
    days: Vec<(NaiveDate, Vec<Answered>)>,
    last: Instant,
}

/// Lets days go by, and asks the same questions on each.
async fn passed(hub: &TestHub, questions: usize) -> Passed {
    let mut workers = Vec::new();
    for station in [STATION, NEIGHBOUR, FAR] {
        workers.push((station, viewer_of(&hub.worker(station).await).await));
    }
    let viewers = [viewer_of(&whole_city(hub).await).await, workers[1].1.clone()];
    let mut dice = Dice(17);
    let asked: Vec<_> = (0..questions)
        .map(|number| (Asked::at_random(&mut dice), viewers[number % 2].clone()))
        .collect();
    let (mut told, mut last) = (Vec::new(), None);
    for (round, day) in days().into_iter().enumerate() {
        let hub = pass(hub, &workers, &mut dice, day, round).await;
        let mut of_day = Vec::new();
        for (asked, viewer) in &asked {
            let figures = asked.figures(&hub, viewer, None).await;
            let records = asked.records(&hub, viewer, None).await;
            of_day.push(Answered { figures, records });
        }
        told.push((day, of_day));
        last = Some(hub);
    }
    Passed { asked, days: told, last: last.unwrap() }
}

on_both! {
    async fn what_was_answered_on_a_day_is_answered_of_that_day_ever_after(hub: TestHub) {
        let Passed { asked, days, last } = passed(&hub, 32).await;
        let mut other = BTreeSet::new();
        for (day, answered) in days {
            for ((asked, viewer), then) in asked.iter().zip(answered) {
                let again = asked.figures(&last, viewer, Some(day)).await;
                assert_eq!(again, then.figures, "{} as of {day}", asked.question);
                let again = asked.records(&last, viewer, Some(day)).await;
                assert_eq!(again, then.records, "{} as of {day}", asked.question);
                if asked.figures(&last, viewer, None).await != then.figures {
                    other.insert((asked.of, day));
                }
            }
        }
        assert_eq!(other.len(), TABLES.len() * 4, "each table is another on each day before the last: {other:?}");
    }

    async fn two_days_are_compared_and_what_came_or_went_between_is_named(hub: TestHub) {
        let Passed { asked, days, last } = passed(&hub, 16).await;
        let (mut late, mut gone) = (0, 0);
        for (early, later) in [(0, 4), (1, 3), (3, 4)] {
            let ((then, before), (now, after)) = (&days[early], &days[later]);
            for (number, (asked, viewer)) in asked.iter().enumerate() {
                let (before, after) = (&before[number], &after[number]);
                let (question, nodes) = (&asked.question, &asked.nodes);
                let days = of_days(Some(*now).filter(|_| later < 4), Some(*then));
                let query = format!("{{ statistics({question}{days}) {{ rows {{ {PLACE} figures {{ value }}
                    compared {{ figures {{ value }} differences {{ value }} }} }} }} }}");
                let answer = last.ask(viewer, &query).await;
                let told_now = told(&answer, |row| figures(&row["figures"]));
                let all: BTreeSet<_> = before.figures.keys().chain(after.figures.keys()).collect();
                assert_eq!(told_now.keys().collect::<BTreeSet<_>>(), all, "{query}");
                let told_then = told(&answer, |row| figures(&row["compared"]["figures"]));
                let differences = told(&answer, |row| figures(&row["compared"]["differences"]));
                for (place, now) in &told_now {
                    assert_eq!(now[0], Some(after.figures.get(place).map_or(0.0, |of| of[0].unwrap())));
                    let then = &told_then[place];
                    assert!(before.figures.get(place).map_or(then[0] == Some(0.0), |of| of == then), "{query} {place}");
                    let less = now.iter().zip(then).map(|(now, then)| Some((*now)? - (*then)?));
                    assert_eq!(differences[place], less.collect::<Vec<_>>());
                }
                let query = format!("{{ statistics({question}, first: 8{days}) {{ rows {{ {PLACE}
                    compared {{ late(first: 200) {{ {nodes} }} gone(first: 200) {{ {nodes} }} }} }} }} }}");
                let answer = last.ask(viewer, &query).await;
                for (kind, from, to, found) in [("late", before, after, &mut late), ("gone", after, before, &mut gone)] {
                    for (place, ids) in told(&answer, |row| ids(&row["compared"][kind])) {
                        let known = [from, to].map(|of| match (of.records.get(&place), of.figures.contains_key(&place)) {
                            (Some(ids), _) if ids.len() < 200 => Some(ids.clone()),
                            (None, false) => Some(Ids::new()),
                            _ => None,
                        });
                        let [Some(from), Some(to)] = known else { continue };
                        assert_eq!(ids, to.difference(&from).cloned().collect(), "{kind} {query} {place}");
                        *found += ids.len();
                    }
                }
            }
        }
        assert!(late > 500 && gone > 50, "{late} {gone}");
    }

    async fn no_difference_between_days_tells_of_a_few_people(hub: TestHub) {
        let days = passed(&hub, 0).await.days;
        let city = viewer_of(&whole_city(&hub).await).await;
        let analyst = viewer_of(&hub.viewer(Role::Analyst, None).await).await;
        let hub = at(&hub.database, end_of(days[4].0)).await;
        let (mut told_of, mut withheld) = (0, 0);
        for day in [days[0].0, days[2].0, days[3].0] {
            for rest in [
                "of: VISITS, by: [MODE, SERVICE]",
                "of: VISITS, by: [MODE, KIND]",
                "of: VISITS, by: [MODE, DAY]",
                "of: VISITS, by: [STATION, SEX]",
                "of: LEDGER_ENTRIES, by: [RISK, STATION]",
                "of: NEEDS, by: [STATUS, URGENCY]",
                "of: PERSONS, by: [INCOME_CLASS, SEX]",
            ] {
                let question = format!("{rest}, totals: CUBE, first: 1000, measures: [{{ measure: COUNT }}, {{ measure: PEOPLE }}]");
                let ask = async |viewer: &Viewer, days: String, fields: &str| {
                    hub.ask(viewer, &format!("{{ statistics({question}{days}) {{ rows {{ {PLACE} figures {{ value }} {fields} }} }} }}")).await
                };
                let compared = "compared { figures { value } differences { value } }";
                let record = ["VISITS Visit", "ENTRIES LedgerEntry", "NEEDS Need", "PERSONS Person"];
                let record = record.iter().find_map(|of| of.split_once(' ').filter(|of| rest.contains(of.0))).unwrap().1;
                let who = if record == "Person" { "id" } else { "person { id }" };
                let nodes = format!("(first: 200) {{ ... on {record}Connection {{ nodes {{ {who} }} }} }}");
                let changed = format!("compared {{ late{nodes} gone{nodes} figures {{ value }} differences {{ value }} }}");
                let all = ask(&city, of_days(None, Some(day)), &changed).await;
                let people = told(&all, |row| people_of(&row["compared"]));
                let differences = told(&all, |row| figures(&row["compared"]["differences"]));
                let then = told(&all, |row| figures(&row["compared"]["figures"]));
                let now = told(&ask(&analyst, String::new(), "").await, |row| figures(&row["figures"]));
                let answer = ask(&analyst, of_days(None, Some(day)), compared).await;
                assert_eq!(told(&answer, |row| figures(&row["figures"])), now, "what is told of now is told still");
                let of_day = told(&ask(&analyst, of_days(Some(day), None), "").await, |row| figures(&row["figures"]));
                for (place, row) in told(&answer, Value::clone) {
                    let compared = &row["compared"];
                    if compared.is_null() {
                        withheld += usize::from(differences[&place][0] != Some(0.0));
                        continue;
                    }
                    told_of += 1;
                    let changed = people[&place];
                    assert!(changed == 0 || changed >= 5, "{rest} {day} {place}: {changed}");
                    assert_eq!(figures(&compared["figures"])[0], then[&place][0]);
                    assert_eq!(figures(&compared["differences"])[0], differences[&place][0]);
                    let met = figures(&compared["differences"])[1];
                    assert!(met.is_none_or(|met| met == 0.0 || met.abs() >= 5.0), "{rest} {day} {place}");
                }
                for (place, figures) in of_day.iter().filter(|(place, _)| now.contains_key(*place)) {
                    let changed = people[place];
                    assert!(changed == 0 || changed >= 5, "{rest} as of {day} {place}: {changed}");
                    let met = figures[1].zip(now[place][1]).map(|(then, now)| (now - then).abs());
                    assert!(met.is_none_or(|met| met == 0.0 || met >= 5.0), "{rest} as of {day} {place}");
                }
            }
        }
        assert!(told_of > 50 && withheld > 50, "{told_of} {withheld}");
        let both = of_days(Some(days[3].0), Some(days[2].0));
        let query = format!("{{ statistics(of: VISITS, measures: [{{ measure: COUNT }}]{both}) {{ found }} }}");
        assert_eq!(hub.answer(&analyst, &query, json!({})).await["errors"][0]["extensions"]["code"], "INVALID_INPUT");
    }

    async fn each_day_asked_of_is_a_question_of_the_budget(hub: TestHub) {
        let analyst = viewer_of(&hub.viewer(Role::Analyst, None).await).await;
        let mut few = hub.server.hub().clone();
        few.questions_a_day = 3;
        let hub = Instant(graphql::schema(few, Feed::default(), Limits::default()));
        let today = Clock::system().today();
        let ask = |days: String| format!("{{ statistics(of: VISITS, measures: [{{ measure: COUNT }}]{days}) {{ found }} }}");
        let day = |ago: u64| Some(today - Days::new(ago));
        for days in [(None, None), (day(0), None), (day(1), None), (None, day(1)), (day(1), None)] {
            hub.ask(&analyst, &ask(of_days(days.0, days.1))).await;
        }
        let fourth = hub.answer(&analyst, &ask(of_days(day(2), None)), json!({})).await;
        assert_eq!(fourth["errors"][0]["extensions"]["code"], "TOO_COSTLY");
    }

    async fn what_cannot_be_told_of_a_day_is_refused(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.store(visit(STATION, elder(1), "2026-10-01", json!({}))).await;
        let city = whole_city(&hub).await;
        let adults_only = hub.system("410800", &[TokenScope::Read, TokenScope::Identity, TokenScope::Health]).await;
        let officer = hub.officer().await;
        let today = Clock::system().today();
        let ask = |rest: &str, day: NaiveDate| {
            format!("{{ statistics({rest}, measures: [{{ measure: COUNT }}], asOf: \"{day}\") {{ rows {{ figures {{ value }} }} }} }}")
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
