//! The print-out for a data subject: all that is held, to those alone who may, and never unnoted.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use entity::{Role, TokenScope};
use hub::{clock::Clock, printout::SOURCES};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};

use crate::{
    at_rest::{NAME, SECRETS, contents},
    on_both,
    reads::noted,
    support::{Backend, FAR, NEIGHBOUR, STATION, TestHub, TestViewer, contents::*},
};

const PURPOSE: &str = "本人申请查阅复制";
/// The secret that is of another person.
const OF_ANOTHER: &str = "密校小学";

/// A folder to print into.
pub struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("printed")
    }

    fn run(&self, viewer: &TestViewer<'_>, out: &Path, args: &[&str]) -> Output {
        let database = &viewer.hub.database;
        Command::new(env!("CARGO_BIN_EXE_nuanyang"))
            .args(["person", "print", "--token", &viewer.token, "--database", &database.url])
            .arg("--key-file")
            .arg(&database.key_file)
            .arg("--out")
            .arg(out)
            .args(args)
            .output()
            .unwrap()
    }

    /// What is printed, which has to be.
    pub fn text(&self, viewer: &TestViewer<'_>, args: &[&str]) -> String {
        let out = self.out();
        let output = self.run(viewer, &out, &[args, ["--purpose", PURPOSE].as_slice()].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(&out).unwrap();
        std::fs::remove_file(out).unwrap();
        text
    }

    fn json(&self, viewer: &TestViewer<'_>, args: &[&str]) -> Value {
        serde_json::from_str(&self.text(viewer, args)).unwrap()
    }

    /// Why nothing is printed; there is no file, and nothing of a person in the sentence.
    fn refusal(&self, viewer: &TestViewer<'_>, args: &[&str]) -> String {
        let output = self.run(viewer, &self.out(), args);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!output.status.success(), "{said}");
        assert_eq!(std::fs::read_dir(self.folder.path()).unwrap().count(), 0, "{said}");
        for text in SECRETS.into_iter().chain([NAME, "测试儿童"]) {
            assert!(!said.contains(text), "{said}");
        }
        said
    }
}

async fn lead<'h>(hub: &'h TestHub, station: &str) -> TestViewer<'h> {
    hub.viewer(Role::StationLead, Some(station)).await
}

async fn county<'h>(hub: &'h TestHub, code: &str) -> TestViewer<'h> {
    hub.viewer(Role::CountyOfficer, Some(code)).await
}

/// Everything of one person, who was read once; and of a child beside. Gives back the person's id.
async fn someone(hub: &TestHub) -> String {
    let worker = hub.worker(STATION).await;
    worker.submit(contents()).await;
    let who = json!({ "name": NAME, "residentId": SECRETS[0] });
    worker.store(assessment(&who, "older-adult-ability")).await;
    let asked = format!("query Seen {{ person(residentId: \"{}\") {{ id phone }} }}", SECRETS[0]);
    worker.ask(&asked).await["person"]["id"].as_str().unwrap().to_owned()
}

/// The child of the same station, by its id.
async fn a_child(hub: &TestHub) -> String {
    let worker = hub.worker(STATION).await;
    let who = child(1);
    worker.store(child_entry(STATION, who.clone(), "2026-01-05", json!({}))).await;
    worker.store(assessment(&who, "child-risk")).await;
    let asked = format!("{{ person(residentId: {}) {{ id }} }}", who["residentId"]);
    worker.ask(&asked).await["person"]["id"].as_str().unwrap().to_owned()
}

/// Lets the trail take no second print-out.
const NO_SECOND: &str =
    "CREATE UNIQUE INDEX one_print ON trail ((CASE WHEN operation = 'PRINT' THEN 1 END))";

/// Opens classes of a person to a viewer, with the leave of a lead.
async fn open(hub: &TestHub, viewer: &TestViewer<'_>, person: &str, classes: &[&str]) {
    let classes = classes.join(", ");
    let asked = format!(
        "mutation {{ reveal(person: \"{person}\", classes: [{classes}], purpose: \"核实情况\") {{ id }} }}"
    );
    let id = viewer.ask(&asked).await["reveal"]["id"].take();
    let approve = format!("mutation {{ approveReveal(id: {id}, hours: 1) {{ status }} }}");
    lead(hub, STATION).await.ask(&approve).await;
}

on_both! {
    async fn everything_held_on_someone_is_printed_with_every_recipient(hub: TestHub) {
        let id = someone(&hub).await;
        a_child(&hub).await;
        let (desk, lead) = (Desk::new(), lead(&hub, STATION).await);
        // The server gathers what it notes; the command is another process.
        hub.server.hub().flush_trail().await.unwrap();
        let printed = desk.json(&lead, &["--id", &id]);
        let text = printed.to_string();
        for secret in SECRETS.into_iter().filter(|secret| *secret != OF_ANOTHER) {
            assert!(text.contains(secret), "{secret} is not in {printed:#}");
        }
        for of_another in [OF_ANOTHER, "测试儿童"] {
            assert!(!text.contains(of_another), "{of_another} is in {printed:#}");
        }
        for (source, rows) in [("ledgerEntries", 2), ("visits", 1), ("assessments", 1), ("needs", 1),
            ("excuses", 1), ("households", 1), ("submissions", 6), ("changes", 6), ("reveals", 0)] {
            assert_eq!(printed[source].as_array().unwrap().len(), rows, "{source} {printed:#}");
        }
        assert_eq!(printed["persons"][0]["stations"][0]["code"], STATION);
        assert_eq!(printed["visits"][0]["services"], json!(["CARE"]));
        assert_eq!(printed["assessments"][0]["answers"]["eating"], 4);
        assert_eq!(printed["submissions"][0]["content"]["ledgerEntry"]["person"]["phone"], "13812345678");
        assert_eq!(printed["withheld"], json!([]));
        let accesses = printed["accesses"].as_array().unwrap();
        assert_eq!(accesses[0]["operation"], "QUERY Seen", "the newest first");
        assert_eq!(accesses[0]["role"], "STATION_WORKER");
        assert_eq!(accesses[0]["account"]["name"], "测试");
        assert_eq!(accesses[0]["fromAddress"], "127.0.0.1");
        assert_eq!(accesses[0]["fields"], json!(["Person.phone"]));
        assert_eq!(accesses.last().unwrap()["operation"], "SUBMIT");
        let rows = noted(hub.server.hub(), "PRINT").await;
        assert_eq!(rows[0].0.purpose.as_deref(), Some(PURPOSE));
        assert_eq!(rows[0].0.role, Some(Role::StationLead));
        assert_eq!(rows[0].1, [graphql::ids::Kind::Person.uuid(&id).unwrap()]);
        assert!(rows[0].0.fields.0.contains(&"Assessment".to_owned()), "{:?}", rows[0].0.fields);

        let again = desk.json(&lead, &["--resident-id", SECRETS[0]]);
        assert_eq!(again["accesses"][0]["operation"], "PRINT", "who had it printed is a recipient");
        assert_eq!(again["accesses"].as_array().unwrap().len(), accesses.len() + 1);
    }

    async fn the_person_reads_it_in_chinese(hub: TestHub) {
        let (id, child) = (someone(&hub).await, a_child(&hub).await);
        let (desk, officer) = (Desk::new(), county(&hub, "410802").await);
        open(&hub, &officer, &child, &["IDENTITY", "CONTACT", "ADDRESS", "GUARDIAN", "FREE_TEXT"]).await;
        let lead = lead(&hub, STATION).await;
        let page = desk.text(&lead, &["--id", &id, "--format", "markdown"]);
        for secret in SECRETS.into_iter().filter(|secret| *secret != OF_ANOTHER) {
            assert!(page.contains(secret), "{secret} is not in\n{page}");
        }
        for line in ["## 台账（2 条）", "- 出生日期：1949-12-31", "进食：独立进食", "- 服务内容：帮扶照护", "基本信息·电话"] {
            assert!(page.contains(line), "{line} is not in\n{page}");
        }
        let of_child = desk.text(&lead, &["--id", &child, "--format", "markdown"]);
        assert!(of_child.contains("- 监护人：测试祖母"), "{of_child}");
        for line in page.lines().chain(of_child.lines()) {
            let label = line.trim_start().strip_prefix("- ").and_then(|line| line.split('：').next());
            assert!(!label.is_some_and(str::is_ascii), "a key without a word: {line}");
        }
        let heads = page.lines().filter(|line| line.starts_with("| ") && line.contains("时间"));
        assert!(heads.flat_map(|line| line.split(" | ")).all(|head| !head.trim_matches(['|', ' ']).is_ascii()));
    }

    async fn nobody_else_gets_anything(hub: TestHub) {
        let id = someone(&hub).await;
        let desk = Desk::new();
        for viewer in [
            hub.worker(STATION).await,
            hub.viewer(Role::Analyst, None).await,
            hub.viewer(Role::Auditor, None).await,
            hub.viewer(Role::Admin, None).await,
            hub.system("410800", TokenScope::ALL).await,
        ] {
            for whom in [["--id", &id], ["--resident-id", SECRETS[0]]] {
                let said = desk.refusal(&viewer, &[whom.as_slice(), &["--purpose", PURPOSE]].concat());
                assert!(said.contains("this account may not do that"), "{said}");
            }
        }
        for viewer in [lead(&hub, NEIGHBOUR).await, lead(&hub, FAR).await, county(&hub, "410811").await] {
            let stranger = uuid::Uuid::now_v7().to_string();
            let whose = [["--id", &id], ["--id", &stranger], ["--resident-id", SECRETS[0]]];
            for whom in whose {
                let said = desk.refusal(&viewer, &[whom.as_slice(), &["--purpose", PURPOSE]].concat());
                assert!(said.contains("no such person is within reach"), "{said}");
            }
        }
        let unknown = hub.bearing("nyt_unknown".to_owned());
        desk.refusal(&unknown, &["--id", &id, "--purpose", PURPOSE]);
        assert!(noted(hub.server.hub(), "PRINT").await.is_empty());
    }

    async fn an_officer_prints_a_minor_once_all_of_it_is_open(hub: TestHub) {
        let child = a_child(&hub).await;
        let (desk, officer) = (Desk::new(), county(&hub, "410802").await);
        let args = ["--id", &child, "--purpose", PURPOSE];
        assert!(desk.refusal(&officer, &args).contains("sees the person masked"));
        open(&hub, &officer, &child, &["IDENTITY"]).await;
        assert!(desk.refusal(&officer, &args).contains("sees the person masked"));
        assert!(noted(hub.server.hub(), "PRINT").await.is_empty());
        open(&hub, &officer, &child, &["CONTACT", "ADDRESS", "GUARDIAN", "FREE_TEXT"]).await;
        let other = county(&hub, "410802").await;
        desk.refusal(&other, &args);
        let printed = desk.json(&officer, &["--id", &child]);
        assert_eq!(printed["ledgerEntries"][0]["guardian"], "测试祖母");
        assert_eq!(printed["reveals"].as_array().unwrap().len(), 2);
        assert_eq!(printed["reveals"][0]["classes"], json!(["IDENTITY"]));
    }

    async fn without_a_purpose_or_over_a_file_nothing_is_printed(hub: TestHub) {
        let id = someone(&hub).await;
        let (desk, lead) = (Desk::new(), lead(&hub, STATION).await);
        desk.refusal(&lead, &["--id", &id]);
        for purpose in ["", "  ", "查阅"] {
            assert!(desk.refusal(&lead, &["--id", &id, "--purpose", purpose]).contains("the purpose"));
        }
        desk.refusal(&lead, &["--purpose", PURPOSE]);
        desk.refusal(&lead, &["--id", &id, "--resident-id", SECRETS[0], "--purpose", PURPOSE]);
        std::fs::write(desk.out(), "kept").unwrap();
        let output = desk.run(&lead, &desk.out(), &["--id", &id, "--purpose", PURPOSE]);
        assert!(!output.status.success());
        assert_eq!(std::fs::read_to_string(desk.out()).unwrap(), "kept");
        assert!(noted(hub.server.hub(), "PRINT").await.is_empty());
    }

    async fn it_is_noted_before_there_is_a_file_and_what_cannot_be_noted_is_not_printed(hub: TestHub) {
        let id = someone(&hub).await;
        let (desk, lead) = (Desk::new(), lead(&hub, STATION).await);
        let args = ["--id", &id, "--purpose", PURPOSE];
        let nowhere = desk.folder.path().join("no folder").join("printed");
        assert!(!desk.run(&lead, &nowhere, &args).status.success() && !nowhere.exists());
        let on_disk = hub.database.hub(Clock::system()).await;
        assert_eq!(noted(&on_disk, "PRINT").await.len(), 1);
        hub.sql(NO_SECOND).await;
        desk.refusal(&lead, &args);
        hub.sql("DROP INDEX one_print").await;
        assert_eq!(noted(&on_disk, "PRINT").await.len(), 1);
        desk.text(&lead, &["--id", &id]);
    }

    async fn what_other_stations_hold_is_told_by_their_names_alone(hub: TestHub) {
        let who = elder(1);
        for (station, remark) in [(STATION, "本站所见"), (NEIGHBOUR, "邻站所见"), (FAR, "远站所见")] {
            let remark = json!({ "remark": remark });
            hub.worker(station).await.store(visit(station, who.clone(), "2026-10-03", remark)).await;
        }
        let desk = Desk::new();
        let whom = ["--resident-id", who["residentId"].as_str().unwrap()];
        for (viewer, within, out) in [
            (lead(&hub, STATION).await, vec![STATION], vec![NEIGHBOUR, FAR]),
            (county(&hub, "410802").await, vec![STATION, NEIGHBOUR], vec![FAR]),
            (hub.officer().await, vec![STATION, NEIGHBOUR, FAR], vec![]),
        ] {
            let printed = desk.json(&viewer, &whom);
            let codes = |key: &str| -> Vec<String> {
                let stations = printed[key].as_array().unwrap().iter();
                stations.map(|station| station["code"].as_str().unwrap().to_owned()).collect()
            };
            assert_eq!((codes("stations"), codes("otherStations")), (
                within.iter().map(ToString::to_string).collect(),
                out.iter().map(ToString::to_string).collect(),
            ));
            for source in ["visits", "submissions", "changes"] {
                assert_eq!(printed[source].as_array().unwrap().len(), within.len(), "{source}");
            }
            let text = printed.to_string();
            for (station, remark) in [(STATION, "本站所见"), (NEIGHBOUR, "邻站所见"), (FAR, "远站所见")] {
                assert_eq!(text.contains(remark), within.contains(&station), "{station}");
                assert_eq!(text.matches(station).count() == 1, out.contains(&station), "{station}");
            }
        }
    }

    async fn an_officer_gets_no_texts_on_a_household_which_may_name_minors(hub: TestHub) {
        let (worker, desk) = (hub.worker(STATION).await, Desk::new());
        let members = json!([{ "person": child(1), "relation": "孙子女" }]);
        worker.store(item(STATION, json!({ "household": { "head": elder(1), "members": members } }))).await;
        let home = worker.ask("{ households { nodes { id } } }").await["households"]["nodes"][0]["id"].take();
        let mut of_home = visit(STATION, Value::Null, "2026-10-04", json!({ "householdId": home, "remark": "孩子小石头在家" }));
        of_home["content"]["visit"].as_object_mut().unwrap().remove("person");
        worker.store(of_home).await;
        let elder = elder(1)["residentId"].as_str().unwrap().to_owned();
        let whom = ["--resident-id", elder.as_str()];
        let whole = desk.json(&lead(&hub, STATION).await, &whom);
        assert_eq!(whole["visits"][0]["remark"], "孩子小石头在家");
        let printed = desk.json(&county(&hub, "410802").await, &whom);
        let text = printed.to_string();
        for of_child in ["小石头", "测试儿童", child(1)["residentId"].as_str().unwrap()] {
            assert!(whole.to_string().contains(of_child) && !text.contains(of_child), "{of_child}");
        }
        assert_eq!(printed["withheld"], json!(["submissions", "visits"]));
        assert_eq!(printed["visits"][0]["visitedOn"], "2026-10-04");
    }

    async fn that_two_were_kept_apart_is_printed_of_each_without_the_other(hub: TestHub) {
        let (desk, officer) = (Desk::new(), county(&hub, "410802").await);
        let mut ids = Vec::new();
        for (station, number) in [(STATION, 2), (NEIGHBOUR, 4)] {
            let worker = hub.worker(station).await;
            let stored = worker.store(elderly_entry(station, elder(number), "2026-01-05", json!({}))).await;
            ids.push(stored["person"]["id"].as_str().unwrap().to_owned());
        }
        let apart = "mutation ($a: ID!, $b: ID!, $reason: String!) { keepApart(a: $a, b: $b, reason: $reason) { earlier { id } } }";
        officer.ask_with(apart, json!({ "a": ids[0], "b": ids[1], "reason": "与另一位不是同一人" })).await;
        for id in &ids {
            let printed = desk.json(&officer, &["--id", id]);
            let row = printed["keptApart"][0].as_object().unwrap();
            assert_eq!(row.keys().collect::<Vec<_>>(), ["account", "decidedAt", "reason"]);
            assert_eq!(row["reason"], "与另一位不是同一人");
        }
        // The other is of a station out of reach.
        let printed = desk.json(&lead(&hub, STATION).await, &["--id", &ids[0]]);
        assert_eq!(printed["keptApart"][0]["reason"], Value::Null);
        assert_eq!(printed["withheld"], json!(["keptApart"]));
    }

    async fn no_table_that_names_people_is_forgotten(hub: TestHub) {
        let db = &hub.server.hub().db;
        let tables = match db.backend() {
            DbBackend::Sqlite => "SELECT m.name AS \"table\", c.name AS \"column\" FROM sqlite_master m, \
                pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'",
            _ => "SELECT table_name::text AS \"table\", column_name::text AS \"column\" \
                FROM information_schema.columns WHERE table_schema = 'public'",
        };
        let rows = db.read().query_all_raw(Statement::from_string(db.backend(), tables)).await.unwrap();
        let columns: Vec<(String, String)> = rows.iter()
            .map(|row| (row.try_get("", "table").unwrap(), row.try_get("", "column").unwrap()))
            .collect();
        let printed: Vec<&str> = SOURCES.iter().flat_map(|source| source.tables).copied().collect();
        for (table, column) in &columns {
            let known = printed.contains(&table.as_str());
            assert!(known || OF_NOBODY_SERVED.contains(&table.as_str()),
                "print {table} in hub/src/printout, or say here that it tells of nobody who is served");
            let hangs = HANG_ON_PEOPLE.contains(&column.as_str()) && table != OF_NO_RECORD;
            assert!(known || !hangs, "{table}.{column} is not printed");
        }
        for table in printed {
            assert!(columns.iter().any(|(known, _)| known == table), "{table} is no table");
        }
    }
}

/// Columns by which a table hangs on someone served.
const HANG_ON_PEOPLE: [&str; 9] = [
    "person_id",
    "head_id",
    "household_id",
    "entry_id",
    "ledger_entry_id",
    "visit_id",
    "assessment_id",
    "submission_id",
    "reveal_id",
];

/// What was refused is of no record; the id is what a client would have handed it in under.
const OF_NO_RECORD: &str = "refusals";

/// Tables of places, of those who work with the hub, and of its own. What an answer of a job copies of
/// the record is kept for a day, and who had it is printed with the trail. Of a file that was imported the
/// rows are printed that were taken in.
const OF_NOBODY_SERVED: [&str; 19] = [
    "accounts",
    "aggregate_questions",
    "data_keys",
    "divisions",
    "export_parts",
    "import_parts",
    "imports",
    "job_parts",
    "jobs",
    "layouts",
    "question_schedules",
    "recovery_codes",
    OF_NO_RECORD,
    "saved_questions",
    "seaql_migrations",
    "sessions",
    "stations",
    "tokens",
    "trail_seals",
];
