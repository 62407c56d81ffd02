//! Every path of the schema, walked by every role over a seeded record: no value may be shown that
//! the policy does not grant. The paths are read from the schema, so a new type is walked unasked.

use std::collections::{BTreeMap, BTreeSet};

use entity::{Role, TokenScope};
use hub::policy::Class;
use nuanyang::{bounds::Bounds, settings::Settings};
use serde_json::{Value, json};

use crate::{
    on_both,
    photos::{jpeg, uploaded},
    policy_following::assert_not_logged,
    support::{Backend, FAR, STATION, TestHub, TestViewer, contents::*, logs, take_logs},
};

/// How many objects deep a walk goes below a branch: rows, and what hangs on them. One less
/// where the branch may be of many types.
pub const DEPTH: usize = 2;

/// A value of the record that must not be shown to all.
pub struct Secret {
    class: Class,
    minor: bool,
    station: &'static str,
    pub text: String,
    /// What else has to be seen to come to it.
    beside: &'static [Class],
}

/// Everything of two people of each station, one of them a child, with the values to look for.
pub async fn seed(hub: &TestHub) -> Vec<Secret> {
    let mut secrets = Vec::new();
    for (number, station, county) in [(1, STATION, "410802"), (2, FAR, "410811")] {
        let worker = hub.worker(station).await;
        for (minor, birth, day) in
            [(false, "19430717", "1943-07-17"), (true, "20160206", "2016-02-06")]
        {
            let n = number * 10 + u32::from(minor);
            let id = resident_id(county, &format!("{}{n:02}", &birth[..6]), n);
            let mark = |word: &str| format!("{word}密{n}");
            let mut secret = |class, text: String| {
                secrets.push(Secret { class, minor, station, text: text.clone(), beside: &[] });
                text
            };
            let phone = secret(Class::Contact, format!("1381234{n:04}"));
            let person = json!({
                "name": secret(Class::Identity, format!("欧阳{n}甲")),
                "residentId": secret(Class::Identity, id),
                "phone": phone,
                "address": secret(Class::Address, mark("路")),
            });
            secret(Class::Identity, format!("{}{n:02}", &day[..8]));
            let who = json!({ "residentId": person["residentId"], "name": person["name"] });
            let remark = secret(Class::FreeText, mark("话"));
            let workers = json!([secret(Class::Staff, format!("社{n}工"))]);
            let photo = secret(Class::FreeText, uploaded(&worker, &jpeg(n).0).await);
            let entry = match minor {
                true => json!({ "child": {
                    "kind": "LEFT_BEHIND",
                    "school": secret(Class::Address, mark("校")),
                    "guardian": secret(Class::Guardian, format!("监{n}护")),
                    "guardianPhone": secret(Class::Guardian, format!("1371234{n:04}")),
                } }),
                false => json!({ "elderly": {
                    "contact": secret(Class::Guardian, format!("联{n}系")),
                    "contactPhone": secret(Class::Guardian, format!("1361234{n:04}")),
                    "illnesses": secret(Class::FreeText, mark("病")),
                } }),
            };
            let needs = json!([{ "domain": "CARE", "urgency": "SOON", "remark": remark }]);
            let items = vec![
                item(
                    station,
                    json!({ "ledgerEntry": {
                    "person": person, "openedOn": "2026-01-02", "remark": remark, "detail": entry } }),
                ),
                visit(
                    station,
                    who.clone(),
                    "2026-10-01",
                    json!({
                    "workers": workers, "living": remark, "body": remark, "mind": remark,
                    "met": remark, "place": remark, "remark": remark, "needs": needs, "photos": [photo],
                    "services": ["CARE"] }),
                ),
                excuse(
                    station,
                    who.clone(),
                    ["2026-11-01", "2026-11-20"],
                    json!({ "workers": workers, "remark": remark }),
                ),
                item(
                    station,
                    json!({ "household": { "head": who, "members": [],
                    "address": person["address"] } }),
                ),
            ];
            for receipt in worker.submit(items).await {
                assert_eq!(receipt["status"], "STORED", "{receipt:#}");
            }
        }
    }
    secrets
}

const INTROSPECTION: &str = "{ __schema { types { name kind possibleTypes { name }
    enumValues { name } inputFields { name defaultValue type { ...T } }
    fields { name args { name defaultValue type { ...T } } type { ...T } } } } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// The types of the schema, by name.
pub struct Types(pub BTreeMap<String, Value>);

impl Types {
    pub async fn of(viewer: &TestViewer<'_>) -> Self {
        let data = viewer.ask(INTROSPECTION).await;
        let types = data["__schema"]["types"].as_array().unwrap().iter();
        Self(types.map(|kind| (kind["name"].as_str().unwrap().to_owned(), kind.clone())).collect())
    }

    /// Whether a type is shown by a selection.
    fn is_object(&self, name: &str) -> bool {
        matches!(self.0[name]["kind"].as_str(), Some("OBJECT" | "INTERFACE" | "UNION"))
    }

    pub fn fields(&self, name: &str) -> Vec<(String, &Value, String)> {
        let fields = self.0[name]["fields"].as_array().into_iter().flatten();
        let named = fields.map(|field| {
            (field["name"].as_str().unwrap().to_owned(), field, named(&field["type"]))
        });
        named.collect()
    }

    /// All of a type, so many objects deep.
    pub fn select(&self, name: &str, depth: usize) -> String {
        let mut text = "__typename ".to_owned();
        for kind in self.0[name]["possibleTypes"].as_array().into_iter().flatten() {
            let kind = kind["name"].as_str().unwrap();
            text += &format!("... on {kind} {{ {} }} ", self.select(kind, depth));
        }
        if self.0[name]["kind"] != "OBJECT" {
            return text;
        }
        for (field, about, kind) in self.fields(name) {
            let Some(args) = arguments(about) else { continue };
            if !self.is_object(&kind) {
                text += &format!("{field}{args} ");
            } else if depth > 0 {
                text += &format!("{field}{args} {{ {} }} ", self.select(&kind, depth - 1));
            }
        }
        text
    }

    /// The queries that together walk every path from the root: each root field, and what hangs on
    /// what it gives one by one, so that no query grows beyond the limits of the door.
    fn walks(&self, ids: &[String], signature: &str) -> Vec<String> {
        let mut walks = Vec::new();
        for (field, about, kind) in self.fields("Query") {
            if !self.is_object(&kind) {
                continue;
            }
            for args in self.root_arguments(about, ids, signature) {
                walks.push(format!("{{ {field}{args} {{ {} }} }}", self.select(&kind, 0)));
                walks.extend(self.branches(&kind).map(|(on, branch, next)| {
                    let depth = match next.as_str() {
                        // Of each of its many cells one record.
                        "TableRow" => DEPTH + 1,
                        next if self.0[next]["kind"] == "OBJECT" => DEPTH,
                        _ => DEPTH - 1,
                    };
                    let mut select = self.select(&next, depth);
                    if next == "TableRow" {
                        select = select.replace("(first: 4)", "(first: 1)");
                    }
                    format!("{{ {field}{args} {{ ... on {on} {{ {branch} {{ {select} }} }} }} }}")
                }));
            }
        }
        walks
    }

    /// What hangs on a type, or on each that may stand for it: type, field and what it gives.
    pub fn branches(&self, kind: &str) -> impl Iterator<Item = (String, String, String)> {
        let kinds = self.0[kind]["possibleTypes"].as_array().into_iter().flatten();
        let mut kinds: Vec<_> = kinds.map(named).collect();
        if kinds.is_empty() {
            kinds.push(kind.to_owned());
        }
        kinds.into_iter().flat_map(move |on| {
            let fields = self.fields(&on).into_iter();
            fields.filter_map(move |(field, about, next)| {
                let args = arguments(about).filter(|_| self.is_object(&next))?;
                Some((on.clone(), format!("{field}{args}"), next))
            })
        })
    }

    /// The ways to ask a root field: by all ids or by one, over the month, or by the least it demands,
    /// with each choice of a list.
    fn root_arguments(&self, field: &Value, ids: &[String], signature: &str) -> Vec<String> {
        let args = field["args"].as_array().unwrap();
        let named_so = |name: &str| args.iter().any(|arg| arg["name"] == name);
        if named_so("ids") {
            return vec![format!("(ids: {})", json!(ids))];
        }
        if named_so("id") {
            return ids.iter().take(1).map(|id| format!("(id: {})", json!(id))).collect();
        }
        if named_so("from") {
            return vec!["(from: \"2026-01-01\", to: \"2026-12-31\")".to_owned()];
        }
        if named_so("signature") {
            return vec![format!("(signature: \"{signature}\")")];
        }
        if named_so("place") {
            let tables = hub::tables::all().iter();
            return tables
                .map(|table| {
                    format!(
                        "(code: \"{}\", day: \"2026-{:02}-15\")",
                        table.code,
                        match table.period {
                            hub::tables::Period::Month => 10,
                            hub::tables::Period::Winter => 1,
                        }
                    )
                })
                .collect();
        }
        let Some(chosen) = args.iter().find(|arg| is_demanded(arg)) else {
            return arguments(field).into_iter().collect();
        };
        let others = args.iter().filter(|arg| arg["name"] != chosen["name"]);
        let others = others.filter(|arg| is_demanded(arg)).map(|arg| self.given(arg, 0));
        let pages = named_so("first").then(|| "first: 4".to_owned());
        let others = others.chain(pages).collect::<Vec<_>>().join(", ");
        (0..self.choices(chosen))
            .map(|choice| format!("({}, {others})", self.given(chosen, choice)))
            .collect()
    }

    fn choices(&self, arg: &Value) -> usize {
        self.0[&named(&arg["type"])]["enumValues"].as_array().map_or(1, Vec::len)
    }

    /// An argument or a field of an input, with this choice of its list, or the least it demands.
    fn given(&self, about: &Value, choice: usize) -> String {
        let kind = &self.0[&named(&about["type"])];
        let value = match kind["kind"].as_str() {
            Some("ENUM") => kind["enumValues"][choice]["name"].as_str().unwrap().to_owned(),
            Some("INPUT_OBJECT") => {
                let fields = kind["inputFields"].as_array().unwrap().iter();
                let given = fields.filter(|field| is_demanded(field));
                let given: Vec<_> = given.map(|field| self.given(field, 0)).collect();
                format!("{{ {} }}", given.join(", "))
            }
            Some("SCALAR") if about["name"] == "station" => format!("{STATION:?}"),
            other => panic!("{other:?} is asked for by {about}"),
        };
        format!("{}: {value}", about["name"].as_str().unwrap())
    }
}

/// The name of a type, without its wrappers.
fn named(kind: &Value) -> String {
    match kind["name"].as_str().filter(|_| kind["ofType"].is_null()) {
        Some(name) => name.to_owned(),
        None => named(&kind["ofType"]),
    }
}

/// The arguments of a field inside of the tree; none where it demands one.
pub fn arguments(field: &Value) -> Option<String> {
    let args = field["args"].as_array().unwrap();
    if args.iter().any(is_demanded) {
        return None;
    }
    let pages = args.iter().any(|arg| arg["name"] == "first");
    Some(if pages { "(first: 4)".to_owned() } else { String::new() })
}

/// Whether an argument or a field of an input has to be given.
fn is_demanded(about: &Value) -> bool {
    about["type"]["kind"] == "NON_NULL" && about["defaultValue"].is_null()
}

/// The ids of every row of the record.
async fn ids(hub: &TestHub) -> Vec<String> {
    let mut ids = BTreeSet::new();
    for station in [STATION, FAR] {
        let worker = hub.worker(station).await;
        let data = worker.ask(
            "{ persons { nodes { id } } visits { nodes { id } } needs { nodes { id } }
               ledgerEntries { nodes { id } } excuses { nodes { id } } households { nodes { id } } submissions { nodes { id } } }",
        );
        for list in data.await.as_object().unwrap().values() {
            let rows = list["nodes"].as_array().unwrap().iter();
            ids.extend(rows.map(|row| row["id"].as_str().unwrap().to_owned()));
        }
    }
    ids.into_iter().collect()
}

/// The signature of a table that was returned, with a reason to look for.
async fn signed(hub: &TestHub, secrets: &mut Vec<Secret>) -> String {
    let text = "退回缘由密";
    secrets.push(Secret {
        class: Class::FreeText,
        minor: false,
        station: STATION,
        text: text.to_owned(),
        beside: &[Class::Identity, Class::Health, Class::Finance, Class::Minor],
    });
    let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
    let form = "code: \"STATION_MONTHLY_REPORT\", day: \"2026-10-15\"";
    let found = lead.ask(&format!("{{ statutoryTable({form}) {{ digest }} }}")).await;
    let digest = &found["statutoryTable"]["digest"];
    let sign = format!(
        "mutation {{ signTable({form}, place: \"{STATION}\", digest: {digest})
        {{ signature {{ id }} }} }}"
    );
    let found = lead.ask(&sign).await;
    let id = found["signTable"]["signature"]["id"].as_str().unwrap();
    let officer = hub.viewer(Role::CountyOfficer, Some("410802")).await;
    let back = format!(
        "mutation {{ returnTable(id: \"{id}\", reason: \"{text}\", row: \"ALL\", column: 4)
        {{ id }} }}"
    );
    officer.ask(&back).await;
    id.to_owned()
}

/// Why a request failed last, as the log has it.
fn last_cause() -> String {
    let logs = logs();
    let mut causes = logs.lines().filter(|line| line.contains("a request failed"));
    causes.next_back().unwrap_or_default().to_owned()
}

/// Who walks the schema, and which stations are within reach.
pub struct Walker<'h> {
    pub viewer: TestViewer<'h>,
    role: Role,
    grants: Option<Vec<TokenScope>>,
    pub reach: &'static [&'static str],
}

/// Every role.
pub async fn roles(hub: &TestHub) -> Vec<Walker<'_>> {
    let mut walkers = Vec::new();
    for (role, place, reach) in [
        (Role::StationWorker, Some(STATION), [STATION].as_slice()),
        (Role::StationLead, Some(STATION), &[STATION]),
        (Role::CountyOfficer, Some("410800"), &[STATION, FAR]),
        (Role::Analyst, None, &[STATION, FAR]),
        (Role::Admin, None, &[]),
        (Role::Auditor, None, &[]),
    ] {
        let viewer = hub.viewer(role, place).await;
        walkers.push(Walker { viewer, role, grants: None, reach });
    }
    walkers
}

/// Systems whose tokens grant no class of data, all, and some. Each class is granted by two of five
/// tokens, by no other class's two: so of any two classes some token grants the one alone.
pub async fn systems(hub: &TestHub) -> Vec<Walker<'_>> {
    let pairs = (0..5).flat_map(|one| (one + 1..5).map(move |other| [one, other]));
    let classes: Vec<_> = Class::ALL.iter().zip(pairs).collect();
    assert_eq!(classes.len(), Class::ALL.len());
    let reads = [TokenScope::Read, TokenScope::Follow];
    let mut grants = vec![reads.to_vec(), TokenScope::ALL.to_vec()];
    grants.extend((0..5).map(|token| {
        let granted = classes.iter().filter(|(_, pair)| pair.contains(&token));
        reads.into_iter().chain(granted.map(|(class, _)| class.scope())).collect()
    }));
    let mut walkers = Vec::new();
    for grants in grants {
        let viewer = hub.system("410800", &grants).await;
        let (role, reach) = (Role::Integration, [STATION, FAR].as_slice());
        walkers.push(Walker { viewer, role, grants: Some(grants), reach });
    }
    walkers
}

impl Walker<'_> {
    pub fn name(&self) -> String {
        format!("{:?} {:?}", self.role, self.grants)
    }

    /// Whether a secret is for it to see plainly, as it is written here and not as the policy's own
    /// table has it.
    pub fn is_shown(&self, secret: &Secret) -> bool {
        self.reach.contains(&secret.station) && self.is_granted(secret)
    }

    fn is_granted(&self, secret: &Secret) -> bool {
        if let Some(grants) = &self.grants {
            let adult = !secret.minor || grants.contains(&TokenScope::Minor);
            let mut classes = secret.beside.iter().chain([&secret.class]);
            return adult && classes.all(|class| grants.contains(&class.scope()));
        }
        match self.role {
            Role::StationWorker | Role::StationLead => true,
            Role::CountyOfficer if secret.minor => {
                matches!(secret.class, Class::Health | Class::Finance | Class::Staff)
            }
            Role::CountyOfficer => true,
            Role::Analyst => matches!(secret.class, Class::Health | Class::Finance),
            Role::Integration | Role::Admin | Role::Auditor => false,
        }
    }

    /// Goes all the ways, and fails on what it must not see and on what it never came to see.
    async fn walk(&self, walks: &[String], secrets: &[Secret]) {
        let mut found = BTreeSet::new();
        for walk in walks {
            let answer = self.viewer.answer(walk, json!({})).await;
            let codes = answer["errors"].as_array().into_iter().flatten();
            for code in codes.map(|error| &error["extensions"]["code"]) {
                let known = code == "FORBIDDEN" || code == "INVALID_INPUT";
                assert!(
                    known,
                    "{}: {} in {walk:.300}\n{}",
                    self.name(),
                    answer["errors"][0],
                    last_cause()
                );
            }
            let answer = answer.to_string();
            for secret in secrets.iter().filter(|secret| answer.contains(&secret.text)) {
                let text = &secret.text;
                assert!(self.is_shown(secret), "{} sees {text}: {walk:.300}", self.name());
                found.insert(text);
            }
        }
        for secret in secrets.iter().filter(|secret| self.is_shown(secret)) {
            assert!(found.contains(&secret.text), "{} never came to {}", self.name(), secret.text);
        }
    }
}

/// The same hub, where a walk may cost more than its role would pay.
async fn unpriced(hub: TestHub) -> TestHub {
    let bounds = Bounds { question: Some(u64::MAX), ..Bounds::default() };
    hub.again(Settings { bounds, ..Settings::default() }).await
}

/// Lets everyone go all the ways over a seeded record.
async fn walk_all(hub: &TestHub, walkers: Vec<Walker<'_>>) {
    take_logs();
    let mut secrets = seed(hub).await;
    let types = Types::of(&hub.officer().await).await;
    let signature = signed(hub, &mut secrets).await;
    let walks = types.walks(&ids(hub).await, &signature);
    assert!(walks.len() > 100, "only {} walks", walks.len());
    for walker in walkers {
        walker.walk(&walks, &secrets).await;
    }
    assert_not_logged(&secrets);
}

on_both! {
    async fn no_path_shows_a_role_what_the_policy_does_not_grant(hub: TestHub) {
        let hub = unpriced(hub).await;
        walk_all(&hub, roles(&hub).await).await;
    }

    async fn no_path_shows_a_system_what_its_token_does_not_grant(hub: TestHub) {
        let hub = unpriced(hub).await;
        walk_all(&hub, systems(&hub).await).await;
    }

    async fn a_filter_or_an_order_by_what_is_not_seen_tells_nothing(hub: TestHub) {
        seed(&hub).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        for query in [
            "{ persons(filter: { namePrefix: \"欧\" }) { totalCount } }".to_owned(),
            "{ persons(filter: { born: { from: \"1943-01-01\" } }) { totalCount } }".to_owned(),
            "{ persons(orderBy: NAME_ASC) { pageInfo { endCursor } } }".to_owned(),
            "{ households(filter: { headNamePrefix: \"欧\" }) { totalCount } }".to_owned(),
            format!("{{ persons(filter: {{ residentId: \"{}\" }}) {{ totalCount }} }}", resident_id("410802", "19430710", 10)),
        ] {
            assert_eq!(analyst.fault(&query).await, "FORBIDDEN", "{query}");
        }
        let officer = hub.officer().await;
        let data = officer.ask("{ persons(filter: { namePrefix: \"欧\" }) { totalCount }
            households(filter: { headNamePrefix: \"欧\" }) { totalCount } }").await;
        assert_eq!(data["persons"]["totalCount"], 2, "the adults, whose names an officer sees");
        assert_eq!(data["households"]["totalCount"], 2);
        assert_eq!(officer.fault("{ persons(orderBy: NAME_ASC) { totalCount nodes { id } } }").await, "FORBIDDEN");
    }

    async fn what_somebody_needed_and_was_given_is_shown_to_those_who_see_health(hub: TestHub) {
        seed(&hub).await;
        let query = "{ needs { nodes { domain urgency status } } visits { nodes { services } } }";
        let [read, minor] = [TokenScope::Read, TokenScope::Minor];
        let sees = hub.system("410800", &[read, minor, TokenScope::Health]).await;
        let data = sees.ask(query).await;
        assert_eq!(data["needs"]["nodes"][0], json!({ "domain": "CARE", "urgency": "SOON", "status": "OPEN" }));
        assert_eq!(data["visits"]["nodes"][0]["services"], json!(["CARE"]));
        let blind = hub.system("410800", &[read, minor]).await;
        let answer = blind.answer(query, json!({})).await;
        let hidden = json!({ "domain": null, "urgency": null, "status": "OPEN" });
        assert_eq!(answer["data"]["needs"]["nodes"][0], hidden);
        assert_eq!(answer["data"]["visits"]["nodes"][0]["services"], json!(null));
        let told = json!({ "Need.domain": "HIDDEN", "Need.urgency": "HIDDEN", "Visit.services": "HIDDEN" });
        assert_eq!(answer["extensions"]["sight"], told);
        for query in [
            "{ needs(filter: { domains: [CARE] }) { totalCount } }",
            "{ needs(filter: { urgencies: [SOON] }) { nodes { id } } }",
            "{ visits(filter: { services: [CARE] }) { nodes { id } } }",
            "{ bulletin(from: \"2026-10-01\", to: \"2026-10-31\") { services { count } } }",
            "{ bulletin(from: \"2026-10-01\", to: \"2026-10-31\") { needsRaised { byDomain { count } } } }",
        ] {
            assert_eq!(blind.fault(query).await, "FORBIDDEN", "{query}");
        }
    }

    async fn what_is_masked_or_hidden_is_told_beside_the_data(hub: TestHub) {
        seed(&hub).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let answer = analyst.answer("{ persons { nodes { name phone residentId } } }", json!({})).await;
        let told = json!({ "Person.name": "MASKED", "Person.phone": "HIDDEN", "Person.residentId": "MASKED" });
        assert_eq!(answer["extensions"]["sight"], told);
        let person = &answer["data"]["persons"]["nodes"][3];
        assert_eq!(person["name"], "欧***甲", "{person}");
        assert_eq!(person["phone"], json!(null));
    }
}
