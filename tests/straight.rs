//! The way past the executor: it answers as the executor does, byte by byte, whoever asks.

use std::fmt::Write;

use entity::{Role, TokenScope};
use serde_json::{Value, json};

use crate::{
    on_both,
    reads::noted,
    support::{Backend, FAR, STATION, TestHub, TestViewer, contents::*},
};

const OTHER: &str = FAR;

type Type = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

/// The fields that each type shows straight, and what leads on from it.
const TYPES: [Type; 4] = [
    (
        "Station",
        &["id", "code", "name", "divisionCode"],
        &[("newestVisit", "Visit"), ("visits", "[Visit"), ("assessments", "[Assessment")],
    ),
    (
        "Person",
        &[
            "id",
            "name",
            "residentId",
            "noIdReason",
            "sex",
            "birthDate",
            "divisionCode",
            "address",
            "phone",
            "incomeClass",
            "householdRelation",
            "version",
            "createdAt",
            "updatedAt",
        ],
        &[
            ("newestVisit", "Visit"),
            ("newestAssessment", "Assessment"),
            ("visits", "[Visit"),
            ("assessments", "[Assessment"),
        ],
    ),
    (
        "Visit",
        &[
            "id",
            "visitedOn",
            "minutes",
            "mode",
            "met",
            "living",
            "body",
            "mind",
            "place",
            "nextVisitOn",
            "remark",
            "divisionCode",
            "recordedAt",
        ],
        &[("person", "Person"), ("station", "Station")],
    ),
    (
        "Assessment",
        &[
            "id",
            "assessedOn",
            "instrumentCode",
            "instrumentVersion",
            "score",
            "level",
            "levelRank",
            "remark",
            "divisionCode",
            "recordedAt",
        ],
        &[("person", "Person"), ("station", "Station")],
    ),
];

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn set(&mut self, of: &str, depth: usize, lists: bool) -> String {
        let (_, fields, leads) = TYPES.iter().find(|(name, ..)| *name == of).unwrap();
        let mut text = "{ ".to_owned();
        for at in 0..=self.below(4) {
            let field = fields[self.below(fields.len())];
            write!(text, "v{at}: {field} ").unwrap();
        }
        if depth > 0 {
            let (field, to) = leads[self.below(leads.len())];
            let below = match to.strip_prefix('[') {
                Some(to) if lists => self.page(to, depth - 1, false),
                Some(_) => String::new(),
                None => self.set(to, depth - 1, lists),
            };
            if !below.is_empty() {
                text.push_str(&if to.starts_with('[') {
                    format!("below: {field}{below} ")
                } else {
                    format!("{field} {below} ")
                });
            }
        }
        text + "}"
    }

    fn page(&mut self, of: &str, depth: usize, lists: bool) -> String {
        let first = 1 + self.below(4);
        let info = [
            "",
            "pageInfo { hasNextPage hasPreviousPage } ",
            "pageInfo { endCursor startCursor __typename } ",
        ];
        let info = info[self.below(info.len())];
        format!("(first: {first}) {{ {info}nodes {} }}", self.set(of, depth, lists))
    }

    fn question(&mut self) -> String {
        let roots = [
            ("stations", "Station"),
            ("persons", "Person"),
            ("visits", "Visit"),
            ("assessments", "Assessment"),
        ];
        let (root, of) = roots[self.below(roots.len())];
        format!("{{ r: {root}{} }}", self.page(of, 3, true))
    }
}

/// The bytes of an answer, and whether it went past the executor.
async fn told(viewer: &TestViewer<'_>, query: &str, variables: &Value) -> (String, bool) {
    let before = viewer.hub.metric("nuanyang_straight_answers_total").await;
    let request = viewer.hub.http.post(format!("{}/graphql", viewer.hub.url));
    let request = request.bearer_auth(&viewer.token).header("x-request-id", "same");
    let body = json!({ "query": query, "variables": variables });
    let text = request.json(&body).send().await.unwrap().text().await.unwrap();
    let after = viewer.hub.metric("nuanyang_straight_answers_total").await;
    (text, after > before)
}

/// Asks twice: the first time a text is asked it is the executor's. Tells whether the second was not.
async fn same(viewer: &TestViewer<'_>, query: &str, variables: &Value) -> (String, bool) {
    // A text that nobody has asked.
    let query = format!("{query} # {}", uuid::Uuid::new_v4());
    let (first, is_straight) = told(viewer, &query, variables).await;
    assert!(!is_straight, "{query}");
    let (second, is_straight) = told(viewer, &query, variables).await;
    assert_eq!(first, second, "{query}");
    (second, is_straight)
}

async fn filled(hub: &TestHub) {
    let worker = hub.worker(STATION).await;
    let more = json!({ "met": "本人", "body": "尚好", "mind": "平稳", "place": "家中", "remark": "院里的\"灯\"坏了\n要修",
        "minutes": 40, "nextVisitOn": "2026-11-05" });
    for number in 1..=5 {
        for (day, minutes) in [("2026-10-03", 20), ("2026-10-01", 30), ("2026-10-03", 40)] {
            let mut item = visit(STATION, elder(number), day, more.clone());
            item["content"]["visit"]["minutes"] = json!(minutes);
            worker.store(item).await;
        }
        worker.store(visit(STATION, child(number), "2026-10-02", more.clone())).await;
    }
    for (person, instrument) in [
        (elder(1), "older-adult-ability"),
        (elder(2), "older-adult-ability"),
        (child(1), "child-risk"),
    ] {
        worker.store(assessment(&person, instrument)).await;
    }
    let other = hub.worker(OTHER).await;
    for person in [elder(1), elder(9), child(9)] {
        other.store(visit(OTHER, person, "2026-10-04", json!({}))).await;
    }
}

async fn everyone(hub: &TestHub) -> Vec<TestViewer<'_>> {
    use TokenScope::{FreeText, Identity, Minor, Read};
    vec![
        hub.worker(STATION).await,
        hub.worker(OTHER).await,
        hub.viewer(Role::StationLead, Some(STATION)).await,
        hub.viewer(Role::CountyOfficer, Some("410802")).await,
        hub.officer().await,
        hub.viewer(Role::Analyst, None).await,
        hub.viewer(Role::Admin, None).await,
        hub.viewer(Role::Auditor, None).await,
        hub.system("410800", &[Read, Identity, FreeText]).await,
        hub.system("410800", &[Read, Identity, Minor]).await,
        hub.system("410800", &[TokenScope::Submit, Identity]).await,
    ]
}

on_both! {
    async fn every_field_is_shown_as_by_the_executor_to_everyone(hub: TestHub) {
        filled(&hub).await;
        let roots = ["stations", "persons", "visits", "assessments"];
        for viewer in everyone(&hub).await {
            let reads = viewer.answer("{ stations { nodes { id } } }", json!({})).await;
            for ((_, fields, leads), root) in TYPES.iter().zip(roots) {
                let list = fields.join(" ");
                let query = format!("{{ {root}(first: 30) {{ __typename nodes {{ __typename {list} }} pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }}");
                let (_, is_straight) = same(&viewer, &query, &json!({})).await;
                assert_eq!(is_straight, reads.get("errors").is_none(), "{query}");
                for (field, to) in leads.iter().filter(|(_, to)| !to.starts_with('[')) {
                    let (_, fields, _) = TYPES.iter().find(|(name, ..)| name == to).unwrap();
                    let shown = fields.join(" ");
                    let query = format!("{{ {root} {{ nodes {{ id {field} {{ {shown} }} }} }} }}");
                    same(&viewer, &query, &json!({})).await;
                }
            }
        }
    }

    async fn questions_of_any_shape_are_answered_and_noted_as_by_the_executor(hub: TestHub) {
        filled(&hub).await;
        let mut dice = Dice(7);
        let viewers = everyone(&hub).await;
        for at in 0..60 {
            let question = dice.question();
            let (_, is_straight) = same(&viewers[at % 6], &question, &json!({})).await;
            assert!(is_straight, "{question}");
        }
        let rows = noted(hub.server.hub(), "QUERY").await;
        assert!(rows.len() > 40, "{}", rows.len());
        for pair in rows.chunks(2) {
            let told = |at: usize| (&pair[at].0.fields, pair[at].0.account_id, &pair[at].1);
            assert_eq!(told(0), told(1));
        }
    }

    async fn arguments_fragments_and_cursors_are_taken_as_by_the_executor(hub: TestHub) {
        filled(&hub).await;
        let worker = hub.worker(STATION).await;
        let query = "query Page($first: Int = 3, $after: String, $filter: VisitFilter, $order: VisitOrder) {
            visits(first: $first, after: $after, filter: $filter, orderBy: $order) {
                pageInfo { ...Place } nodes { ...About ... on Visit { visitedOn } } } }
            fragment Place on PageInfo { hasPreviousPage hasNextPage endCursor }
            fragment About on Visit { id person { called: name } }";
        let mut after = Value::Null;
        let mut seen = Vec::new();
        for _ in 0..7 {
            let variables = json!({ "after": after, "filter": { "visited": { "from": "2026-10-02" } },
                "order": "VISITED_ON_ASC" });
            let (text, is_straight) = same(&worker, query, &variables).await;
            assert!(is_straight);
            let answer: Value = serde_json::from_str(&text).unwrap();
            let visits = &answer["data"]["visits"];
            seen.extend(visits["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()));
            after = visits["pageInfo"]["endCursor"].clone();
            if visits["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        let all = worker.ask("{ visits(first: 200, filter: { visited: { from: \"2026-10-02\" } }, orderBy: VISITED_ON_ASC) { nodes { id } } }").await;
        let all: Vec<_> = all["visits"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
        assert_eq!(seen, all);
        assert_eq!(all.len(), 15);
        for query in [
            "query One($code: String!) { station(code: $code) { name visits(first: 2) { nodes { id } } } }",
            "query Two($code: String!) { one: station(code: $code) { id } all: stations { nodes { code } } }",
        ] {
            let (_, is_straight) = same(&worker, query, &json!({ "code": STATION })).await;
            assert!(is_straight, "{query}");
            same(&worker, query, &json!({ "code": "S999" })).await;
        }
    }

    async fn what_is_wrong_is_told_as_by_the_executor(hub: TestHub) {
        filled(&hub).await;
        let worker = hub.worker(STATION).await;
        let query = "query Page($first: Int, $after: String, $filter: PersonFilter, $order: PersonOrder) {
            persons(first: $first, after: $after, filter: $filter, orderBy: $order) { nodes { name } } }";
        assert!(same(&worker, query, &json!({})).await.1);
        let analyst = hub.viewer(Role::Analyst, None).await;
        for (viewer, wrong) in [
            (&worker, json!({ "first": 0 })),
            (&worker, json!({ "first": 201 })),
            (&worker, json!({ "first": "many" })),
            (&worker, json!({ "after": "nonsense" })),
            (&worker, json!({ "filter": { "residentId": "1" } })),
            (&worker, json!({ "filter": { "unknown": 1 } })),
            (&worker, json!({ "filter": [1] })),
            (&worker, json!({ "order": "SIDEWAYS" })),
            (&worker, json!({ "filter": { "namePrefix": "a\u{0}" } })),
            (&analyst, json!({ "filter": { "namePrefix": "测" } })),
            (&analyst, json!({ "order": "NAME_ASC" })),
        ] {
            let (by_plan, is_straight) = told(viewer, query, &wrong).await;
            let (by_executor, _) = told(viewer, &format!("{query} # {}", uuid::Uuid::new_v4()), &wrong).await;
            assert!(!is_straight && by_plan.contains("errors"), "{wrong} {by_plan}");
            assert_eq!(by_plan, by_executor, "{wrong}");
        }
    }

    async fn what_costs_too_much_is_refused_though_its_plan_is_known(hub: TestHub) {
        filled(&hub).await;
        let worker = hub.worker(STATION).await;
        let query = "query Much($first: Int) { persons(first: $first) { nodes { visits(first: $first) { nodes {
            id visitedOn mode person { id name } } } } } }";
        assert!(same(&worker, query, &json!({ "first": 2 })).await.1);
        worker.ask_with(query, json!({ "first": 2 })).await;
        let (text, is_straight) = told(&worker, query, &json!({ "first": 200 })).await;
        assert!(!is_straight && text.contains("TOO_COSTLY"), "{text}");
    }

    async fn what_is_open_is_shown_open(hub: TestHub) {
        filled(&hub).await;
        let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
        let officer = hub.officer().await;
        let query = "{ persons(first: 50) { nodes { id name birthDate } } }";
        officer.ask(query).await;
        let (text, is_straight) = told(&officer, query, &json!({})).await;
        assert!(is_straight && text.contains("测***1") && !text.contains("测试儿童1"), "{text}");
        let child = "{ person(residentId: $number) { id } }".replace("$number", &child(1)["residentId"].to_string());
        let child = lead.ask(&child).await["person"]["id"].clone();
        let reveal = "mutation ($person: ID!) { reveal(person: $person, classes: [IDENTITY], purpose: \"上门核对\") { id status } }";
        let asked = officer.ask_with(reveal, json!({ "person": child })).await["reveal"].take();
        assert_eq!(asked["status"], "PENDING");
        let approve = "mutation ($id: ID!) { approveReveal(id: $id, hours: 1) { status } }";
        lead.ask_with(approve, json!({ "id": asked["id"] })).await;
        let (text, is_straight) = told(&officer, query, &json!({})).await;
        assert!(!is_straight && text.contains("测试儿童1"), "{text}");
    }
}
