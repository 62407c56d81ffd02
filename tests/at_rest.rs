//! What lies on disk: nobody reads from the files of the database, its backup or the logs what the
//! record holds of people, and the keys are renewed while the hub serves.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use entity::{KeySuite, excuse, person, submission};
use hub::{Hub, clock::Clock, submission::Submission};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};
use serde_json::{Value, json};

use crate::{
    jobs::brought,
    on_both,
    support::{Backend, STATION, TestDatabase, TestHub, contents::*},
};

/// Whom the files may name, so that it is seen that they are looked through.
pub const NAME: &str = "测试可寻";

pub const SECRETS: [&str; 12] = [
    "11010519491231002X",
    "11010519491231002X43",
    "13812345678",
    "13712345678",
    "和平路密址七号",
    "密校小学",
    "密情见闻",
    "密言备注",
    "密需要求",
    "密病旧疾",
    "密址户居",
    "密免登记",
];

/// Everything that is sealed, of one who could be a child, an old and a disabled person.
pub fn contents() -> Vec<Value> {
    let [
        id,
        certificate,
        phone,
        other,
        address,
        school,
        seen,
        remark,
        need,
        illness,
        home,
        excused,
    ] = SECRETS;
    let person = json!({ "name": NAME, "residentId": id, "phone": phone, "address": address });
    let who = json!({ "name": NAME, "residentId": id });
    let child = json!({ "name": "测试儿童", "residentId": resident_id("410802", "20160206", 7) });
    let needs = json!([{ "domain": "CARE", "urgency": "SOON", "remark": need }]);
    let entry = |person: &Value, detail: Value| {
        item(
            STATION,
            json!({ "ledgerEntry": { "person": person, "openedOn": "2026-01-02", "remark": remark, "detail": detail } }),
        )
    };
    vec![
        entry(&person, json!({ "elderly": { "illnesses": illness, "contactPhone": other } })),
        entry(
            &child,
            json!({ "child": { "kind": "LEFT_BEHIND", "school": school, "guardianPhone": other } }),
        ),
        entry(
            &person,
            json!({ "disabled": { "category": "PHYSICAL", "grade": 3, "certificateNo": certificate, "carerPhone": other } }),
        ),
        visit(
            STATION,
            who.clone(),
            "2026-10-01",
            json!({ "living": seen, "body": seen, "mind": seen, "met": seen, "place": seen, "remark": remark, "needs": needs }),
        ),
        item(STATION, json!({ "household": { "head": who, "members": [], "address": home } })),
        excuse(STATION, who.clone(), ["2026-11-01", "2026-11-20"], json!({ "remark": excused })),
        // Refused, and so in no table; the logs may not repeat it either.
        visit(
            STATION,
            json!({ "name": NAME, "residentId": format!("{id}9") }),
            "2026-13-01",
            json!({ "remark": remark }),
        ),
    ]
}

/// The secrets that stand in what was read.
fn found(bytes: &[u8]) -> Vec<&'static str> {
    SECRETS.into_iter().filter(|secret| holds(bytes, secret)).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files
}

/// The files of a database, and a backup of it.
async fn files_of(hub: &TestHub, backup: &Path) -> Vec<PathBuf> {
    let db = hub.server.hub().db.clone();
    match db.backend() {
        DbBackend::Sqlite => {
            let vacuum = format!("VACUUM INTO '{}'", backup.join("backup.db").display());
            db.writer().execute_unprepared(&vacuum).await.unwrap();
            let folder = hub.database.key_file.parent().unwrap();
            [files(folder), files(backup)].concat()
        }
        backend => {
            db.writer().execute_unprepared("CHECKPOINT").await.unwrap();
            let dump = Command::new("pg_dump").arg(&hub.database.url).output();
            let dump = match dump {
                Ok(dump) if dump.status.success() => dump.stdout,
                _ => rows_of_all_tables(&db).await,
            };
            std::fs::write(backup.join("dump.sql"), dump).unwrap();
            let asked = "SELECT current_setting('data_directory') AS folder, oid::int8 AS id
                FROM pg_database WHERE datname = current_database()";
            let asked = Statement::from_string(backend, asked);
            let row = db.read().query_one_raw(asked).await.unwrap().unwrap();
            let folder: String = row.try_get("", "folder").unwrap();
            let own = format!("base/{}", row.try_get::<i64>("", "id").unwrap());
            let folders = [own.as_str(), "pg_wal"].map(|name| Path::new(&folder).join(name));
            [files(&folders[0]), files(&folders[1]), files(backup)].concat()
        }
    }
}

/// What a dump would hold, where the program for it is not at hand.
async fn rows_of_all_tables(db: &hub::db::Db) -> Vec<u8> {
    let backend = db.backend();
    let tables = "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'";
    let tables = Statement::from_string(backend, tables);
    let mut text = String::new();
    for table in db.read().query_all_raw(tables).await.unwrap() {
        let table: String = table.try_get("", "name").unwrap();
        let rows = format!("SELECT row_to_json(t)::text AS row FROM {table} t");
        let rows = Statement::from_string(backend, rows);
        for row in db.read().query_all_raw(rows).await.unwrap() {
            text += &row.try_get::<String>("", "row").unwrap();
        }
    }
    text.into_bytes()
}

/// Phone and remark of the one person, as a worker reads them.
const ASKED: &str = "{ person(residentId: \"11010519491231002X\") { phone address
    visits { nodes { remark } } submissions { nodes { content } } } }";

on_both! {
    async fn the_files_of_the_database_and_its_backup_hold_no_secret(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let receipts = worker.submit(contents()).await;
        let stored = receipts.iter().filter(|receipt| receipt["status"] == "STORED").count();
        assert_eq!(stored, receipts.len() - 1, "{receipts:#?}");
        let plain = worker.ask(ASKED).await;
        assert_eq!(plain["person"]["phone"], "13812345678");
        assert_eq!(plain["person"]["visits"]["nodes"][0]["remark"], "密言备注");
        let asked = "{ persons { nodes { phone address visits { nodes { remark } } } } }";
        let answer = json!(brought(&hub.officer().await, asked).await).to_string();
        assert!(answer.contains("13812345678") && answer.contains("密言备注"), "{answer}");
        let save = "mutation ($name: String!, $query: String!, $variables: JSON) {
            saveQuestion(name: $name, query: $query, variables: $variables) { name variables } }";
        let asked = json!({ "name": "密言备注", "variables": { "who": SECRETS[0] },
            "query": "query ($who: String!) { person(residentId: $who) { name } }" });
        let saved = worker.ask_with(save, asked).await;
        assert_eq!(saved["saveQuestion"], json!({ "name": "密言备注", "variables": { "who": SECRETS[0] } }));
        let backup = tempfile::tempdir().unwrap();
        let (mut seen, mut looked_at) = (false, 0);
        for file in files_of(&hub, backup.path()).await {
            let Ok(bytes) = std::fs::read(&file) else { continue };
            assert_eq!(found(&bytes), [""; 0], "{}", file.display());
            seen |= holds(&bytes, NAME);
            looked_at += 1;
        }
        assert!(seen && looked_at >= 2, "{looked_at} files were looked at");
    }

    async fn a_sealed_value_is_read_where_it_alone_is_asked_for(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.submit(contents()).await;
        let person = "person(residentId: \"11010519491231002X\")";
        for (list, fields) in [
            ("", &["residentId", "phone", "address"][..]),
            ("visits", &["met", "living", "body", "mind", "place", "remark"]),
            ("ledgerEntries", &["remark"]),
            ("needs", &["remark"]),
            ("excuses", &["remark"]),
        ] {
            for field in fields {
                let asked = match list {
                    "" => format!("{{ {person} {{ {field} }} }}"),
                    list => format!(
                        "{{ {person} {{ {list} {{ nodes {{ ...F }} }} }} }} fragment F on {} {{ it: {field} }}",
                        match list { "visits" => "Visit", "needs" => "Need", "excuses" => "Excuse", _ => "LedgerEntry" },
                    ),
                };
                let told = worker.ask(&asked).await.to_string();
                assert_ne!(found(told.as_bytes()), [""; 0], "{list} {field}: {told}");
            }
        }
        let home = worker.ask("{ households { nodes { address } } }").await;
        assert_eq!(home["households"]["nodes"][0]["address"], "密址户居");
    }

    async fn a_sealed_value_that_was_put_elsewhere_is_a_fault_and_is_not_shown(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for number in [1, 3] {
            let mut person = elder(number);
            person["phone"] = format!("1381234000{number}").into();
            worker.store(elderly_entry(STATION, person, "2026-01-02", json!({}))).await;
        }
        let copy = "UPDATE persons SET phone = (SELECT phone FROM persons ORDER BY id LIMIT 1)";
        hub.server.hub().db.writer().execute_unprepared(copy).await.unwrap();
        let asked = "{ persons(orderBy: REGISTERED_ASC) { nodes { phone } } }";
        let answer = worker.answer(asked, json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL", "{answer:#}");
        let told = json!([{ "phone": "13812340001" }, { "phone": null }]);
        assert_eq!(answer["data"]["persons"]["nodes"], told, "{answer:#}");
    }

    async fn keys_are_renewed_while_stations_hand_in_and_ask(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.submit(contents()).await;
        let rotating = hub.database.hub(Clock::system()).await;
        let over = Arc::new(AtomicBool::new(false));
        let rotation = async {
            for suite in [KeySuite::Sm4Gcm, KeySuite::Aes256GcmSiv, KeySuite::Sm4Gcm] {
                rotating.rotate_keys(Some(suite)).await.unwrap();
            }
            over.store(true, Ordering::Relaxed);
        };
        let load = async {
            let mut number = 0;
            while !over.load(Ordering::Relaxed) || number < 20 {
                number += 1;
                let mut person = elder(1 + number % 7);
                person["phone"] = format!("1391234{number:04}").into();
                worker.store(visit(STATION, person.clone(), "2026-10-03", json!({ "remark": format!("第{number}次") }))).await;
                let asked = worker.ask(ASKED).await;
                assert_eq!(asked["person"]["phone"], "13812345678");
                assert_eq!(asked["person"]["visits"]["nodes"][0]["remark"], "密言备注");
            }
            number
        };
        let ((), visits) = tokio::join!(rotation, load);
        let keys = rotating.data_keys().await.unwrap();
        assert_eq!((keys.len(), keys[1].id, keys[1].suite), (2, 4, KeySuite::Sm4Gcm));
        // Two of the contents, seven who were visited: nobody was doubled by a number that was
        // indexed by another key.
        let people = person::Entity::find().all(rotating.db.read()).await.unwrap();
        assert_eq!(people.len(), 2 + 7);
        // A hub that knows nothing but the last key reads everything.
        let fresh = hub.database.hub(Clock::system()).await;
        for row in &people {
            assert_eq!(row.resident_index.as_ref().and_then(entity::BlindIndex::key), Some(4));
            assert!(fresh.unsealed(row, person::Column::ResidentId).await.unwrap().is_some());
        }
        let journal = submission::Entity::find().all(fresh.db.read()).await.unwrap();
        assert_eq!(journal.len(), 6 + visits as usize);
        for row in &journal {
            assert!(fresh.unsealed(row, submission::Column::Content).await.unwrap().is_some());
        }
        let excused = excuse::Entity::find().one(fresh.db.read()).await.unwrap().unwrap();
        let remark = fresh.unsealed(&excused, excuse::Column::Remark).await.unwrap();
        assert_eq!(remark.as_deref(), Some("密免登记"));
    }

    async fn a_renewal_that_was_broken_off_goes_on_when_begun_again(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for number in 0..12 {
            let items = (0..100).map(|at| {
                let remark = json!({ "remark": format!("{number} {at}") });
                visit(STATION, elder(1), "2026-10-03", remark)
            });
            worker.submit(items.collect()).await;
        }
        let first = hub.database.hub(Clock::system()).await;
        let key_of = |row: &submission::Model| row.content.key();
        let broken = async {
            loop {
                let rows = submission::Entity::find().all(first.db.read()).await.unwrap();
                if rows.iter().any(|row| key_of(row) == Some(2)) {
                    return;
                }
            }
        };
        tokio::select! {
            done = first.rotate_keys(None) => panic!("it was over before it was broken off: {done:?}"),
            () = broken => {}
        }
        let states = first.data_keys().await.unwrap();
        let renewed = states.iter().map(|key| (key.id, key.renewed_at.is_some()));
        assert_eq!(renewed.collect::<Vec<_>>()[1..], [(1, true), (2, false)]);
        worker.store(visit(STATION, elder(3), "2026-10-04", json!({}))).await;
        let again = hub.database.hub(Clock::system()).await;
        again.rotate_keys(None).await.unwrap();
        let keys = again.data_keys().await.unwrap();
        assert_eq!(keys.iter().map(|key| key.id).collect::<Vec<_>>(), [0, 2]);
        let journal = submission::Entity::find().all(again.db.read()).await.unwrap();
        assert!(journal.len() == 1201 && journal.iter().all(|row| key_of(row) == Some(2)));
    }
}

/// What the older program wrote.
const BEFORE: [&str; 3] = ["110105195002032045", "13912345678", "旧密言"];

fn handed_in_before() -> Value {
    let who = json!({ "name": NAME, "residentId": "110105195002032045" });
    visit(STATION, who, "2026-10-01", json!({ "remark": "旧密言" }))
}

/// A database of the step before values were sealed, with someone in it.
async fn written_plainly(backend: Backend) -> TestDatabase {
    let database = TestDatabase::fresh(backend).await;
    let db = hub::db::Db::open(&database.url, 1).await.unwrap();
    let later = Migrator::migrations().len() - 11;
    Migrator::down(db.writer(), Some(later as u32)).await.unwrap();
    let (id, station) =
        (uuid::Uuid::now_v7(), "(SELECT id FROM stations WHERE code = 'S410802001')");
    let handed_in: Submission = serde_json::from_value(handed_in_before()).unwrap();
    let (digest, content) = (handed_in.digest(), handed_in.content.json());
    let written = match backend {
        Backend::Sqlite => format!("x'{}'", id.simple()),
        Backend::Postgres => format!("'{id}'"),
    };
    for statement in [
        format!(
            "INSERT INTO persons (id, resident_id, name, division_code, phone, version, created_at, updated_at) \
             VALUES ({written}, '110105195002032045', '{NAME}', '410802001', '13912345678', 1, \
             '2026-10-01 00:00:00+00:00', '2026-10-01 00:00:00+00:00')"
        ),
        format!(
            "INSERT INTO person_stations (person_id, station_id) VALUES ({written}, {station})"
        ),
        format!(
            "INSERT INTO accounts (id, username, name, role, active, created_at) VALUES \
             ({written}, 'before', '测试', 'STATION_WORKER', true, '2026-10-01 00:00:00+00:00')"
        ),
        format!(
            "INSERT INTO submissions (id, station_id, account_id, kind, digest, event_digest, content, record_id, \
             person_id, action, received_at) VALUES ({written}, {station}, {written}, 'VISIT', '{digest}', '{digest}', \
             '{content}', {written}, {written}, 'CREATED', '2026-10-01 00:00:00+00:00')"
        ),
    ] {
        db.writer().execute_unprepared(&statement).await.unwrap();
    }
    Migrator::up(db.writer(), None).await.unwrap();
    db.close().await.unwrap();
    database
}

async fn what_an_older_program_wrote_plainly_is_sealed(backend: Backend) {
    let hub = TestHub::on(written_plainly(backend).await).await;
    let worker = hub.worker(STATION).await;
    let asked = "{ person(residentId: \"110105195002032045\") { name phone } }";
    let told = json!({ "person": { "name": NAME, "phone": "13912345678" } });
    assert_eq!(worker.ask(asked).await, told);
    let again = worker.submit(vec![handed_in_before()]).await.remove(0);
    assert_eq!(again["status"], "REPLAYED", "{again:#}");
    let asked = "{ submissions { nodes { digest content } } }";
    let journal = &worker.ask(asked).await["submissions"]["nodes"][0];
    assert_eq!(journal["digest"], again["digest"]);
    assert_eq!(journal["content"]["visit"]["remark"], "旧密言");
    if backend == Backend::Sqlite {
        for file in files(hub.database.key_file.parent().unwrap()) {
            let bytes = std::fs::read(&file).unwrap();
            for secret in BEFORE {
                assert!(!holds(&bytes, secret), "{secret} in {}", file.display());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_program_wrote_plainly_is_sealed_sqlite() {
    what_an_older_program_wrote_plainly_is_sealed(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_program_wrote_plainly_is_sealed_postgres() {
    what_an_older_program_wrote_plainly_is_sealed(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_logs_hold_no_secret() {
    let database = TestDatabase::fresh(Backend::Sqlite).await;
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_nuanyang"))
        .args(["serve", "--log", "trace", "--listen", "127.0.0.1:0", "--database", &database.url])
        .stdout(Stdio::piped())
        .stderr(log.reopen().unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    let url = line.split_once("serves on ").unwrap().1.trim().trim_end_matches('/').to_owned();
    let beside = TestHub::on(database).await;
    let worker = beside.worker(STATION).await;
    let http = &beside.http;
    let post =
        |body: Value| http.post(format!("{url}/graphql")).bearer_auth(&worker.token).json(&body);
    let asked = post(json!({ "query": ASKED })).send().await.unwrap();
    assert!(asked.status().is_success());
    let items = json!({ "query": SUBMIT, "variables": { "items": contents() } });
    let stored: Value = post(items).send().await.unwrap().json().await.unwrap();
    assert_eq!(stored["data"]["submit"]["receipts"][0]["status"], "STORED", "{stored:#}");
    let asked: Value = post(json!({ "query": ASKED })).send().await.unwrap().json().await.unwrap();
    assert_eq!(asked["data"]["person"]["phone"], "13812345678");
    child.kill().unwrap();
    child.wait().unwrap();
    let text = std::fs::read(log.path()).unwrap();
    assert!(text.len() > 1000, "nothing was logged");
    assert_eq!(found(&text), [""; 0], "{}", String::from_utf8_lossy(&text));
    assert!(!holds(&text, NAME));
}

fn keys(hub: &TestDatabase, args: &[&str]) -> std::process::Output {
    let database = ["--database", &hub.url];
    let program = env!("CARGO_BIN_EXE_nuanyang");
    Command::new(program).arg("keys").args([args, &database].concat()).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn master_and_data_keys_are_renewed_by_command_and_a_lost_key_file_is_told() {
    let database = TestDatabase::fresh(Backend::Sqlite).await;
    let said = |output: std::process::Output| String::from_utf8(output.stdout).unwrap();
    let hub = nuanyang::commands::open(&database.url, None, 1).await.unwrap();
    let old = said(keys(&database, &["list"]));
    assert!(old.contains("\n1 AES256_GCM_SIV test "), "{old}");
    let renewed = said(keys(&database, &["renew-master", "--suite", "sm4-gcm"]));
    assert!(renewed.contains("\n1 AES256_GCM_SIV ") && !renewed.contains(" test "), "{renewed}");
    let rotated = said(keys(&database, &["rotate"]));
    assert!(rotated.contains("2 SM4_GCM "), "{rotated}");
    let rotated = said(keys(&database, &["rewrap"]));
    assert!(!rotated.contains(" test "), "no key is left to the old master: {rotated}");
    // A hub that was open all the while learns of both.
    assert_eq!(newest(&hub).await, 2);
    let away = database.key_file.with_extension("away");
    std::fs::rename(&database.key_file, &away).unwrap();
    let lost = keys(&database, &["list"]);
    let text = String::from_utf8(lost.stderr).unwrap();
    assert!(!lost.status.success() && text.contains("is not there"), "{text}");
    assert!(!database.key_file.exists());
    let made = keys(&database, &["create", away.to_str().unwrap()]);
    assert!(!made.status.success());
}

/// The key that a hub seals by, after it recorded something.
async fn newest(hub: &Hub) -> i32 {
    let new = hub::accounts::NewAccount {
        username: "worker".to_owned(),
        name: "测试".to_owned(),
        role: entity::Role::StationWorker,
        station: Some(STATION.to_owned()),
        county: None,
    };
    let token = hub.add_account(new).await.unwrap();
    let viewer = hub.authenticate(&token, nuanyang::commands::HERE).await.unwrap();
    let item = visit(STATION, elder(1), "2026-10-03", json!({}));
    hub.submit(&viewer, vec![serde_json::from_value(item).unwrap()]).await.unwrap();
    hub.keyring().newest()
}
