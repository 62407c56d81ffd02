//! Imports taken back, and put back: exactly what they did, and nothing that anybody did since.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use entity::{
    ChangeAction, Role, SubmissionKind, change, ledger_entry, need, person, person_station,
    risk_spell, visit, visit_service,
};
use hub::{
    Hub,
    access::Viewer,
    clock::{Clock, start_of},
    import::act::{TakeKnown, Upload},
    trail::Access,
};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    as_of::{at, viewer_of},
    import_acts::{LEDGER, csv, elder_line, lines, number, states, village},
    on_both, reads,
    statistics::Dice,
    support::{Backend, FAR, NEIGHBOUR, STATION, TestDatabase, TestHub, TestViewer, contents::*},
};

/// The headers of a list of visits.
const VISITS: &str = "探访日期,姓名,身份证号,村居,探访方式,服务内容,发现需求,社工";

/// Everything that is on record, without ids, versions and instants.
const RECORD: &str = "{
  persons(first: 200) { nodes { name residentId noIdReason sex birthDate address phone incomeClass
    divisionCode stations { nodes { code } } } }
  ledgerEntries(first: 200) { nodes { person { name residentId } station { code } openedOn closedOn risk remark
    ... on ElderlyEntry { livingArrangement abilityLevel contact contactPhone } } }
  visits(first: 200) { nodes { person { name residentId } station { code } visitedOn mode services workers living remark
    minutes needs { nodes { domain urgency } } } }
  needs(first: 200) { nodes { person { name residentId } station { code } domain urgency status raisedOn settledOn
    visit { visitedOn } ledgerEntry { kind } settledBy { visitedOn } } } }";

/// The record, each table in an order of its own.
async fn record(viewer: &TestViewer<'_>) -> Value {
    let mut record = viewer.ask(RECORD).await;
    for table in record.as_object_mut().unwrap().values_mut() {
        let rows = table["nodes"].as_array_mut().unwrap();
        rows.sort_by_key(ToString::to_string);
    }
    record
}

fn visit_line(day: &str, of: u32, village: &str, needs: &str) -> String {
    format!("{day},测试老人{of},{},{village},上门,照料,{needs},社工甲", number(of))
}

/// Why rows stay as they are.
fn kept(act: &Value) -> Vec<&str> {
    let problems = lines(act).iter().flat_map(|line| line["problems"].as_array().unwrap());
    problems.map(|found| found["problem"]["code"].as_str().unwrap()).collect()
}

async fn newest(viewer: &TestViewer<'_>, name: &str) -> Value {
    let query = format!(
        "{{ persons(filter: {{ namePrefix: \"{name}\" }}) {{ nodes {{ id version phone address }} }} }}"
    );
    viewer.ask(&query).await["persons"]["nodes"].get(0).cloned().unwrap_or_default()
}

/// Someone of the village, with whatever happened to them since.
fn anything(dice: &mut Dice, station: &str, village: &str) -> Value {
    let mut who = elder(u32::try_from(1 + dice.below(16)).unwrap());
    who["village"] = json!(village);
    let domains = ["CARE", "SUPPLIES", "MEDICAL_AID"];
    let remark = format!("记{}", dice.below(1 << 30));
    match dice.below(10) {
        0 => item(
            station,
            json!({ "ledgerClosure": { "person": who, "kind": "ELDERLY", "closedOn": "2026-11-01", "reason": "MOVED_AWAY" } }),
        ),
        1..=3 => elderly_entry(
            station,
            who,
            "2026-03-01",
            json!({ "risk": dice.one(&["HIGH", "LOW"]), "remark": remark }),
        ),
        _ => {
            let needs = json!([{ "domain": dice.one(&domains), "urgency": dice.one(&["NORMAL", "URGENT"]) }]);
            let met = if dice.below(3) == 0 { json!([dice.one(&domains)]) } else { json!([]) };
            let needs = if dice.below(2) == 0 { needs } else { json!([]) };
            let day = format!("2026-10-{:02}", 1 + dice.below(30));
            visit(station, who, &day, json!({ "needs": needs, "needsMet": met, "remark": remark }))
        }
    }
}

/// Everything on record by names in place of ids, each table in an order of its own.
async fn by_name(hub: &Hub) -> BTreeMap<&'static str, Vec<String>> {
    let db = hub.db.read();
    let people = person::Entity::find().all(db).await.unwrap();
    let names: BTreeMap<_, _> = people.iter().map(|row| (row.id, row.name.clone())).collect();
    let name = |id: Option<Uuid>| id.map(|id| names[&id].clone()).unwrap_or_default();
    let visits = visit::Entity::find().all(db).await.unwrap();
    let days: BTreeMap<_, _> =
        visits.iter().map(|row| (row.id, (name(row.person_id), row.visited_on))).collect();
    let entries = ledger_entry::Entity::find().all(db).await.unwrap();
    let of_entry: BTreeMap<_, _> =
        entries.iter().map(|row| (row.id, name(Some(row.person_id)))).collect();
    let mut told = BTreeMap::new();
    let mut tell = |table, mut rows: Vec<String>| {
        rows.sort();
        told.insert(table, rows);
    };
    tell(
        "persons",
        people
            .iter()
            .map(|row| {
                format!("{} {:?} {:?} {}", row.name, row.sex, row.birth_date, row.division_code)
            })
            .collect(),
    );
    tell(
        "visits",
        visits
            .iter()
            .map(|row| {
                format!(
                    "{:?} {} {:?} {}",
                    days[&row.id], row.station_id, row.mode, row.division_code
                )
            })
            .collect(),
    );
    tell(
        "entries",
        entries
            .iter()
            .map(|row| {
                format!(
                    "{} {} {:?} {} {:?} {:?}",
                    of_entry[&row.id],
                    row.station_id,
                    row.kind,
                    row.opened_on,
                    row.closed_on,
                    row.risk
                )
            })
            .collect(),
    );
    let needs = need::Entity::find().all(db).await.unwrap();
    tell(
        "needs",
        needs
            .iter()
            .map(|row| {
                let by = [row.visit_id, row.settled_by_visit_id].map(|id| id.map(|id| &days[&id]));
                format!(
                    "{} {} {:?} {:?} {:?} {} {:?} {by:?}",
                    name(row.person_id),
                    row.station_id,
                    row.domain,
                    row.urgency,
                    row.status,
                    row.raised_on,
                    row.settled_on
                )
            })
            .collect(),
    );
    let given = visit_service::Entity::find().all(db).await.unwrap();
    tell(
        "services",
        given.iter().map(|row| format!("{:?} {:?}", days[&row.visit_id], row.service)).collect(),
    );
    let links = person_station::Entity::find().all(db).await.unwrap();
    tell(
        "links",
        links
            .iter()
            .map(|row| format!("{} {}", name(Some(row.person_id)), row.station_id))
            .collect(),
    );
    let spells = risk_spell::Entity::find().all(db).await.unwrap();
    tell(
        "spells",
        spells
            .iter()
            .map(|row| format!("{} {} {:?}", of_entry[&row.entry_id], row.from_on, row.risk))
            .collect(),
    );
    told
}

/// What was handed in and stands, in the order of the commits.
async fn standing(hub: &TestHub, workers: &[&TestViewer<'_>]) -> Vec<Value> {
    let mut contents = BTreeMap::new();
    for worker in workers {
        let mut after = json!(null);
        loop {
            let query = "query ($after: String) { submissions(first: 200, after: $after, orderBy: RECEIVED_ASC) {
              pageInfo { hasNextPage endCursor }
              nodes { submissionId content station { code } undoneAt } } }";
            let page =
                worker.ask_with(query, json!({ "after": after })).await["submissions"].take();
            for node in page["nodes"].as_array().unwrap() {
                if node["undoneAt"].is_null() {
                    let station = node["station"]["code"].as_str().unwrap();
                    contents.insert(
                        node["submissionId"].to_string(),
                        item(station, node["content"].clone()),
                    );
                }
            }
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }
    let changes = change::Entity::find().order_by_asc(change::Column::Seq);
    let changes = changes.all(hub.server.hub().db.read()).await.unwrap();
    let ids = changes.iter().map(|row| json!(row.submission_id).to_string());
    ids.filter_map(|id| contents.remove(&id)).collect()
}

/// The visits that there are by the feed.
async fn visits_by_the_feed(hub: &Hub) -> BTreeSet<Uuid> {
    let changes = change::Entity::find().order_by_asc(change::Column::Seq);
    let mut there = BTreeSet::new();
    for row in changes.all(hub.db.read()).await.unwrap() {
        if row.kind == SubmissionKind::Visit {
            match row.action {
                ChangeAction::Removed => assert!(there.remove(&row.record_id)),
                _ => assert!(there.insert(row.record_id)),
            }
        }
    }
    there
}

/// How many visits there are, as the copy in memory counts them.
async fn counted(viewer: &TestViewer<'_>) -> i64 {
    let query = "{ statistics(of: VISITS, by: [MODE], measures: [{ measure: COUNT }]) { rows { figures { count } } } }";
    let rows = viewer.ask(query).await["statistics"]["rows"].take();
    rows.as_array().unwrap().iter().map(|row| row["figures"][0]["count"].as_i64().unwrap()).sum()
}

/// A list of visits, no two the same.
fn visit_file(dice: &mut Dice, village: &str, rows: usize) -> Vec<u8> {
    let mut said = BTreeSet::new();
    while said.len() < rows {
        said.insert((1 + dice.below(16), dice.below(60)));
    }
    let mut lines = Vec::new();
    for (who, day) in said {
        let day = start_of("2026-09-01".parse().unwrap())
            + chrono::Duration::days(i64::try_from(day).unwrap() + 1);
        let needs = *dice.one(&["", "", "照料护理", "生活物资", "医疗救助"]);
        lines.push(visit_line(
            &day.date_naive().to_string(),
            u32::try_from(who).unwrap(),
            village,
            needs,
        ));
    }
    csv(VISITS, &lines)
}

/// Questions of statistics whose answers an act changes.
const FIGURES: [&str; 7] = [
    "of: VISITS, by: [SERVICE]",
    "of: VISITS, by: [MODE, MONTH]",
    "of: VISITS, by: [KIND]",
    "of: PERSONS, by: [STATION, SEX]",
    "of: LEDGER_ENTRIES, by: [RISK, LIVING_ARRANGEMENT]",
    "of: NEEDS, by: [DOMAIN, STATUS]",
    "of: SUBMISSIONS, by: [KIND]",
];

/// What they are answered on a day, as of another.
async fn figures(
    database: &TestDatabase,
    viewer: &Viewer,
    (day, as_of): (NaiveDate, Option<NaiveDate>),
) -> Vec<Value> {
    let hub = at(database, start_of(day) + chrono::Duration::hours(12)).await;
    let as_of = as_of.map(|day| format!(", asOf: \"{day}\"")).unwrap_or_default();
    let mut answers = Vec::new();
    for question in FIGURES {
        let query = format!(
            "{{ statistics({question}, first: 200, measures: [{{ measure: COUNT }}, {{ measure: PEOPLE }}]{as_of}) {{
             rows {{ service mode month kind risk sex livingArrangement domain status submissionKind station {{ code }} figures {{ value }} }} }} }}"
        );
        answers.push(hub.ask(viewer, &query).await["statistics"]["rows"].take());
    }
    answers
}

fn backend_of(hub: &TestHub) -> Backend {
    if hub.database.url.starts_with("sqlite") { Backend::Sqlite } else { Backend::Postgres }
}

on_both! {
    async fn an_act_is_taken_back_exactly_and_put_back_exactly(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let before = csv(LEDGER, &[elder_line(1, &village, "13812340001"), elder_line(2, &village, "13812340002")]);
        worker.take(("台账.csv", &before)).await;
        worker.store(visit(STATION, elder(1), "2026-09-01", json!({ "needs": [{ "domain": "CARE", "urgency": "SOON" }] }))).await;
        let at_first = record(&worker).await;
        let ledger = csv(LEDGER, &[
            elder_line(1, &village, "13912340001").replace("一般", "高").replace("前街1号", "后街1号"),
            elder_line(3, &village, "13812340003"),
        ]);
        let visits = csv(VISITS, &[
            visit_line("2026-08-01", 1, &village, "照料护理"),
            visit_line("2026-10-02", 2, &village, "生活物资"),
            visit_line("2026-10-03", 3, &village, ""),
            visit_line("2026-10-03", 4, &village, "医疗救助"),
        ]);
        let acts = [worker.take(("台账.csv", &ledger)).await, worker.take(("探访.csv", &visits)).await];
        let applied = record(&worker).await;
        assert_ne!(applied, at_first);
        for round in 0..2 {
            for act in acts.iter().rev() {
                let undone = worker.have("undo", &act["id"]).await;
                assert_eq!((&undone["state"], kept(&undone)), (&json!("UNDONE"), vec![]), "{undone:#}");
                assert_eq!((&undone["done"], &undone["due"]), (&act["done"], &act["due"]));
                assert!(states(&undone).iter().all(|state| *state == "UNDONE"));
            }
            assert_eq!(record(&worker).await, at_first, "{round}");
            assert_eq!(worker.have("undo", &acts[0]["id"]).await["state"], "UNDONE");
            for act in &acts {
                let restored = worker.have("restore", &act["id"]).await;
                assert_eq!((&restored["state"], kept(&restored)), (&json!("APPLIED"), vec![]), "{restored:#}");
                assert!(states(&restored).iter().all(|state| *state == "TAKEN"));
            }
            assert_eq!(record(&worker).await, applied, "{round}");
        }
        let noted = reads::noted(hub.server.hub(), "IMPORT_UNDO").await;
        assert_eq!(noted.iter().map(|(_, people)| people.len()).collect::<Vec<_>>(), [4, 2, 4, 2]);
    }

    async fn what_was_taken_back_can_be_handed_in_again(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let ledger = csv(LEDGER, &[elder_line(1, &village, "13812340001")]);
        let visits = csv(VISITS, &[visit_line("2026-10-02", 1, &village, "生活物资")]);
        let acts = [worker.take(("台账.csv", &ledger)).await, worker.take(("探访.csv", &visits)).await];
        let applied = record(&worker).await;
        for act in acts.iter().rev() {
            worker.have("undo", &act["id"]).await;
        }
        assert_eq!(worker.counts().await["persons"]["totalCount"], 0);
        for (act, file) in acts.iter().zip([("台账.csv", &ledger), ("探访.csv", &visits)]) {
            let again = worker.take((file.0, file.1)).await;
            assert_eq!(states(&again), ["TAKEN"], "{again:#}");
            // So it is not put back beside it.
            let restored = worker.have("restore", &act["id"]).await;
            assert_eq!((states(&restored), kept(&restored)), (vec!["UNRESTORED"], vec!["HANDED_IN_SINCE"]));
        }
        assert_eq!(record(&worker).await, applied);
    }

    async fn what_somebody_touched_since_is_kept_and_named(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let first = csv(LEDGER, &[elder_line(1, &village, "13812340001")]);
        worker.take(("台账.csv", &first)).await;
        let ledger = csv(LEDGER, &[
            elder_line(1, &village, "13912340001").replace("前街1号", "后街1号"),
            elder_line(2, &village, "13812340002"),
            elder_line(3, &village, "13812340003"),
            elder_line(4, &village, "13812340004"),
        ]);
        let act = worker.take(("台账.csv", &ledger)).await;
        // A value of the first, a visit to the second, the entry of the third.
        let person = newest(&worker, "测试老人1").await;
        worker.store(item(STATION, json!({ "personCorrection": { "personId": person["id"], "basedOn": person["version"],
            "values": { "phone": "13700000001" } } }))).await;
        let neighbour = hub.worker(NEIGHBOUR).await;
        neighbour.store(visit(NEIGHBOUR, elder(2), "2026-10-05", json!({}))).await;
        worker.store(elderly_entry(STATION, elder(3), "2026-03-01", json!({ "risk": "HIGH" }))).await;
        let undone = worker.have("undo", &act["id"]).await;
        assert_eq!(states(&undone), ["PARTLY_UNDONE", "UNDONE", "KEPT", "UNDONE"], "{undone:#}");
        // Of the second nothing is told: whoever serves them is out of reach.
        assert_eq!(kept(&undone), ["CHANGED_SINCE", "CHANGED_SINCE"]);
        let problem = &lines(&undone)[0]["problems"][0];
        assert_eq!(problem["column"], "本人电话");
        assert!(problem["problem"]["message"].as_str().unwrap().contains("维持现状"), "{problem}");
        let person = newest(&worker, "测试老人1").await;
        assert_eq!((&person["phone"], &person["address"]), (&json!("13700000001"), &json!("前街1号")));
        let ask = "{ ledgerEntries(first: 9) { nodes { risk person { name } } } }";
        let entries = worker.ask(ask).await["ledgerEntries"]["nodes"].take();
        let names: BTreeSet<_> = entries.as_array().unwrap().iter().map(|entry| entry["person"]["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["测试老人1", "测试老人3"].into());
        assert_eq!(newest(&neighbour, "测试老人2").await["id"].as_str().map(str::is_empty), Some(false));
        assert_eq!(newest(&worker, "测试老人2").await, json!(null), "the station serves them no longer");
        assert_eq!(newest(&worker, "测试老人4").await, json!(null));
        // Once what was in the way is gone, what was kept is taken back too.
        let restored = worker.have("restore", &act["id"]).await;
        assert_eq!(states(&restored), ["TAKEN"; 4], "{restored:#}");
        assert_eq!(newest(&worker, "测试老人1").await["phone"], "13700000001");
        assert_eq!(newest(&worker, "测试老人1").await["address"], "后街1号");
    }

    async fn a_need_that_was_found_again_is_kept(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let visits = csv(VISITS, &[
            visit_line("2026-10-02", 1, &village, "生活物资"),
            visit_line("2026-10-02", 2, &village, "生活物资"),
            visit_line("2026-10-02", 3, &village, "生活物资"),
        ]);
        let act = worker.take(("探访.csv", &visits)).await;
        let more = json!({ "needs": [{ "domain": "SUPPLIES", "urgency": "NORMAL" }] });
        worker.store(visit(STATION, elder(1), "2026-10-09", more)).await;
        worker.store(visit(STATION, elder(2), "2026-10-09", json!({ "needsMet": ["SUPPLIES"] }))).await;
        let undone = worker.have("undo", &act["id"]).await;
        assert_eq!(states(&undone), ["KEPT", "KEPT", "UNDONE"], "{undone:#}");
        let needs = worker.ask("{ needs(first: 9) { nodes { status person { name } } } }").await["needs"]["nodes"].take();
        let mut needs: Vec<_> = needs.as_array().unwrap().iter().map(ToString::to_string).collect();
        needs.sort();
        assert_eq!(needs.len(), 2, "{needs:?}");
    }

    async fn an_act_is_taken_back_by_who_applied_it_or_leads_the_station(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let file = csv(LEDGER, &[elder_line(1, &village, "13812340001")]);
        let seen = worker.preview(("台账.csv", &file)).await;
        let id = &seen["id"];
        let undo = |what: &str| format!("mutation {{ {what}Import(id: {id}) {{ state }} }}");
        assert_eq!(worker.fault(&undo("undo")).await, "FORBIDDEN");
        worker.have("apply", id).await;
        let colleague = hub.worker(STATION).await;
        let strangers = [hub.worker(FAR).await, hub.viewer(Role::Analyst, None).await, hub.viewer(Role::StationLead, Some(FAR)).await];
        for what in ["undo", "restore"] {
            assert_eq!(colleague.fault(&undo(what)).await, "FORBIDDEN");
            for stranger in &strangers {
                assert_eq!(stranger.fault(&undo(what)).await, "INVALID_INPUT");
            }
        }
        let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
        assert_eq!(lead.have("undo", id).await["state"], "UNDONE");
        assert_eq!(worker.fault(&format!("mutation {{ applyImport(id: {id}) {{ id }} }}")).await, "CONFLICT");
        assert_eq!(worker.counts().await["persons"]["totalCount"], 0);
        assert_eq!(worker.have("restore", id).await["state"], "APPLIED");
        assert_eq!(worker.counts().await["persons"]["totalCount"], 1);
    }

    async fn what_is_left_is_what_there_would_be_without_the_act(hub: TestHub) {
        let mut dice = Dice(23);
        let village = village(&hub).await;
        let (worker, neighbour) = (hub.worker(STATION).await, hub.worker(NEIGHBOUR).await);
        let of_both = |dice: &mut Dice| [(STATION, &worker), (NEIGHBOUR, &neighbour)][dice.below(2)];
        for _ in 0..12 {
            let (station, who) = of_both(&mut dice);
            who.submit((0..5).map(|_| anything(&mut dice, station, &village)).collect()).await;
        }
        let visits = visit_file(&mut dice, &village, 520);
        let ledger: Vec<_> = (3..14).map(|of| elder_line(of, &village, "13812340001")).collect();
        let acts = [
            worker.take(("探访.csv", &visits)).await,
            worker.take(("台账.csv", &csv(LEDGER, &ledger))).await,
        ];
        let officer = hub.officer().await;
        assert!(counted(&officer).await > 520);
        for _ in 0..8 {
            let (station, who) = of_both(&mut dice);
            who.submit((0..2).map(|_| anything(&mut dice, station, &village)).collect()).await;
        }
        let (undone, ()) = tokio::join!(
            async {
                let mut undone = Vec::new();
                // The older first.
                for act in &acts {
                    undone.push(worker.have("undo", &act["id"]).await);
                }
                // What the other stood on.
                worker.have("undo", &acts[0]["id"]).await;
                undone
            },
            async {
                for _ in 0..30 {
                    let (station, who) = of_both(&mut dice);
                    who.submit(vec![anything(&mut dice, station, &village)]).await;
                }
            }
        );
        for act in &undone {
            let counts = act["counts"].as_array().unwrap();
            for state in ["UNDONE", "KEPT"] {
                assert!(counts.iter().any(|count| count["state"] == state), "{counts:?}");
            }
        }
        let again = TestHub::start(backend_of(&hub)).await;
        let workers = [(STATION, again.worker(STATION).await), (NEIGHBOUR, again.worker(NEIGHBOUR).await)];
        for item in standing(&hub, &[&worker, &neighbour]).await {
            let who = workers.iter().find(|(station, _)| item["station"] == *station).unwrap();
            who.1.store(item).await;
        }
        let (left, would_be) = (by_name(hub.server.hub()).await, by_name(again.server.hub()).await);
        for (table, rows) in &left {
            assert_eq!(*rows, would_be[table], "{table}");
        }
        let there = visits_by_the_feed(hub.server.hub()).await;
        assert_eq!(there.len(), left["visits"].len());
        assert_eq!(counted(&officer).await, i64::try_from(there.len()).unwrap());
        for act in &acts {
            worker.have("restore", &act["id"]).await;
        }
        let restored = visits_by_the_feed(hub.server.hub()).await;
        assert_eq!(counted(&officer).await, i64::try_from(restored.len()).unwrap());
        assert!(restored.len() > there.len());
    }

    async fn statistics_as_of_a_day_count_what_stood_on_it(hub: TestHub) {
        let (worker, officer) = (hub.worker(STATION).await, hub.officer().await);
        let (worker, officer) = (viewer_of(&worker).await, viewer_of(&officer).await);
        let village = village(&hub).await;
        let TestHub { database, server, .. } = hub;
        // Its clock is another.
        server.stop().await.unwrap();
        let first: NaiveDate = "2026-10-10".parse().unwrap();
        let days: Vec<_> = (0..5).map(|after| first + Days::new(after)).collect();
        let on = |day| start_of(day) + chrono::Duration::hours(10);
        let mut dice = Dice(5);
        let mut wrong = Vec::new();
        let (mut acts, mut asked) = (Vec::new(), Vec::new());
        for (number, day) in days.iter().enumerate() {
            let mut hub = database.hub(Clock::fixed(on(*day))).await;
            hub.question_budget = Some(10_000_000);
            let asking = || Access::by(&worker, "test", "TEST");
            match number {
                0 => at(&database, on(*day)).await.store(&worker, vec![visit(STATION, elder(1), "2026-10-01", json!({ "needs": [{ "domain": "CARE", "urgency": "SOON" }] }))]).await,
                1 => for (name, bytes) in [
                    ("探访.csv", visit_file(&mut dice, &village, 40)),
                    ("台账.csv", csv(LEDGER, &[elder_line(1, &village, "13812340001"), elder_line(2, &village, "13812340002")])),
                ] {
                    let upload = Upload { name: name.to_owned(), bytes: bytes.into() };
                    let (id, _) = hub.import(&worker, STATION, upload, &TakeKnown::These(Vec::new())).await.unwrap();
                    acts.push(id);
                },
                2 | 4 => for id in acts.iter().rev() {
                    hub.undo_import(&worker, *id, asking()).await.unwrap();
                    hub.finish_import(*id).await.unwrap();
                },
                _ => for id in &acts {
                    hub.restore_import(&worker, *id, asking()).await.unwrap();
                    hub.finish_import(*id).await.unwrap();
                },
            }
            asked.push(figures(&database, &officer, (*day, None)).await);
        }
        assert!((0..4).all(|day| asked[day][1] != asked[day + 1][1]), "{asked:#?}");
        for (day, then) in days.iter().zip(&asked).take(4) {
            let again = figures(&database, &officer, (days[4], Some(*day))).await;
            for (question, (now, then)) in FIGURES.iter().zip(again.iter().zip(then)) {
                if now != then {
                    wrong.push(format!("{question} {day}: {now:#} was {then:#}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn acts_are_taken_back_in_any_order(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let phones = ["13812340000", "13812340001", "13812340002"];
        let mut acts = Vec::new();
        for phone in phones {
            let file = csv(LEDGER, &[elder_line(1, &village, phone)]);
            acts.push(worker.take(("台账.csv", &file)).await["id"].clone());
        }
        let visits = csv(VISITS, &[visit_line("2026-10-02", 1, &village, "生活物资"), visit_line("2026-10-02", 2, &village, "")]);
        acts.push(worker.take(("探访.csv", &visits)).await["id"].clone());
        let applied = record(&worker).await;
        // The first made the person, whom the others are about.
        for act in &acts {
            worker.have("undo", act).await;
        }
        let first = worker.act(&acts[0]).await;
        assert_eq!(states(&first), ["KEPT"], "{first:#}");
        for act in acts.iter().rev() {
            worker.have("undo", act).await;
        }
        assert_eq!(worker.counts().await["persons"]["totalCount"], 0);
        for act in &acts {
            let restored = worker.have("restore", act).await;
            assert!(states(&restored).iter().all(|state| *state == "TAKEN"), "{restored:#}");
        }
        assert_eq!(record(&worker).await, applied);
    }

    async fn who_was_corrected_or_lives_in_a_household_of_the_station_stays_with_it(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let file = csv(LEDGER, &(1..4).map(|of| elder_line(of, &village, "13812340001")).collect::<Vec<_>>());
        let act = worker.take(("台账.csv", &file)).await;
        let corrected = newest(&worker, "测试老人1").await;
        worker.store(item(STATION, json!({ "personCorrection": { "personId": corrected["id"], "basedOn": corrected["version"],
            "values": { "phone": "13700000001" } } }))).await;
        worker.store(item(STATION, json!({ "household": { "head": elder(9), "members": [{ "person": elder(2), "relation": "亲属" }] } }))).await;
        let undone = worker.have("undo", &act["id"]).await;
        assert_eq!(states(&undone), ["PARTLY_UNDONE", "PARTLY_UNDONE", "UNDONE"], "{undone:#}");
        assert_eq!(newest(&worker, "测试老人1").await["phone"], "13700000001");
        assert!(newest(&worker, "测试老人2").await["id"].is_string());
        assert_eq!(newest(&worker, "测试老人3").await, json!(null));
    }

    async fn whoever_is_visited_again_is_served_again(hub: TestHub) {
        let (worker, neighbour) = (hub.worker(STATION).await, hub.worker(NEIGHBOUR).await);
        let village = village(&hub).await;
        neighbour.store(visit(NEIGHBOUR, elder(1), "2026-09-05", json!({}))).await;
        let ledger = csv(LEDGER, &[elder_line(1, &village, "13812340001")]);
        let visits = csv(VISITS, &[visit_line("2026-10-02", 1, &village, "")]);
        let acts = [worker.take(("台账.csv", &ledger)).await, worker.take(("探访.csv", &visits)).await];
        for act in acts.iter().rev() {
            worker.have("undo", &act["id"]).await;
        }
        assert_eq!(newest(&worker, "测试老人1").await, json!(null));
        worker.have("restore", &acts[1]["id"]).await;
        assert!(newest(&worker, "测试老人1").await["id"].is_string());
        assert_eq!(worker.ask("{ visits { nodes { person { name } } } }").await["visits"]["nodes"][0]["person"]["name"], "测试老人1");
    }

    async fn what_was_handed_in_meanwhile_is_not_overwritten_by_what_is_put_back(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let visits = csv(VISITS, &[
            visit_line("2026-10-02", 1, &village, "生活物资"),
            visit_line("2026-10-02", 2, &village, "生活物资"),
        ]);
        let ledger = csv(LEDGER, &[elder_line(3, &village, "13812340003")]);
        // So that nobody is registered anew.
        for of in [1, 3] {
            worker.store(visit(STATION, elder(of), "2026-09-01", json!({}))).await;
        }
        let acts = [worker.take(("探访.csv", &visits)).await, worker.take(("台账.csv", &ledger)).await];
        for act in &acts {
            worker.have("undo", &act["id"]).await;
        }
        // Each says something that has no effect now, and would have with what was taken back.
        worker.store(visit(STATION, elder(1), "2026-10-20", json!({ "needsMet": ["SUPPLIES"] }))).await;
        worker.store(elderly_entry(STATION, elder(3), "2026-03-01", json!({}))).await;
        worker.store(item(STATION, json!({ "ledgerClosure": { "person": elder(3), "kind": "ELDERLY", "closedOn": "2026-11-01", "reason": "MOVED_AWAY" } }))).await;
        let restored = worker.have("restore", &acts[0]["id"]).await;
        assert_eq!(states(&restored), ["UNRESTORED", "TAKEN"], "{restored:#}");
        let restored = worker.have("restore", &acts[1]["id"]).await;
        assert_eq!(states(&restored), ["UNRESTORED"], "{restored:#}");
        assert_eq!(kept(&restored), ["HANDED_IN_SINCE"]);
    }

    async fn what_was_handed_in_word_by_word_too_stays(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let visits = csv(VISITS, &[visit_line("2026-10-02", 1, &village, ""), visit_line("2026-10-02", 2, &village, "")]);
        let act = worker.take(("探访.csv", &visits)).await;
        let lines_of = "{ submissions(first: 9) { nodes { content station { code } person { name } } } }";
        let handed_in = worker.ask(lines_of).await["submissions"]["nodes"].take();
        let first = handed_in.as_array().unwrap().iter().find(|row| row["person"]["name"] == "测试老人1").unwrap();
        let again = worker.submit(vec![item(STATION, first["content"].clone())]).await;
        assert_eq!(again[0]["status"], "REPLAYED", "{again:#?}");
        let undone = worker.have("undo", &act["id"]).await;
        assert_eq!(states(&undone), ["KEPT", "UNDONE"], "{undone:#}");
        assert_eq!(worker.counts().await["visits"]["totalCount"], 1);
    }

    async fn what_a_signed_table_counts_stays_until_it_is_returned(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let visits = csv(VISITS, &[visit_line("2026-09-02", 1, &village, ""), visit_line("2026-11-02", 2, &village, "")]);
        let act = worker.take(("探访.csv", &visits)).await;
        let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
        let table = format!("code: \"STATION_MONTHLY_REPORT\", day: \"2026-09-01\", place: \"{STATION}\"");
        let digest = lead.ask(&format!("{{ statutoryTable({table}) {{ digest }} }}")).await["statutoryTable"]["digest"].take();
        lead.ask(&format!("mutation {{ signTable({table}, digest: {digest}) {{ digest }} }}")).await;
        let undone = worker.have("undo", &act["id"]).await;
        assert_eq!(states(&undone), ["KEPT", "UNDONE"], "{undone:#}");
        assert_eq!(kept(&undone), ["SIGNED_SINCE"]);
        hub.sql("UPDATE signed_tables SET returned_at = signed_at").await;
        assert_eq!(states(&worker.have("undo", &act["id"]).await), ["UNDONE", "UNDONE"]);
        assert_eq!(worker.counts().await["persons"]["totalCount"], 0);
    }

    async fn what_cannot_be_opened_holds_up_nothing_else(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let file = csv(LEDGER, &(1..4).map(|of| elder_line(of, &village, "13812340001")).collect::<Vec<_>>());
        let act = worker.take(("台账.csv", &file)).await;
        hub.sql("UPDATE import_rows SET trace = told WHERE position = 1").await;
        let undone = worker.have("undo", &act["id"]).await;
        assert_eq!(states(&undone), ["UNDONE", "KEPT", "UNDONE"], "{undone:#}");
        assert_eq!(kept(&undone), ["NOT_RECORDED"]);
    }
}
