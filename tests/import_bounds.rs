//! What imports bear: kills, crowds, accounts that are closed meanwhile, and people who are not to be told of.

use std::{
    collections::HashSet,
    net::TcpListener,
    process::Command,
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use entity::{
    ImportRowState, ImportState, ImportVerdict, JobProblem, Role, import, import_row, ledger_entry,
    person, submission,
};
use hub::{
    Hub, HubError,
    access::Viewer,
    accounts::NewAccount,
    clock::Clock,
    import::{
        HandInError,
        act::{TakeKnown, Upload},
        mend::Mend,
    },
    intake::MAX_ITEMS,
    trail::Access,
};
use nuanyang::commands::HERE;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, PaginatorTrait, QueryOrder,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    import_acts::{LEDGER, csv, elder_line, lines, number, states, verdicts, village},
    kill::Process,
    on_both,
    support::{Backend, FAR, NEIGHBOUR, STATION, TestDatabase, TestHub, contents::*},
};

/// A hub where nobody works imports off but the test.
struct Quiet {
    database: TestDatabase,
    hub: Hub,
    village: String,
}

impl Quiet {
    async fn start(backend: Backend) -> Self {
        let database = TestDatabase::fresh(backend).await;
        let hub = database.hub(Clock::system()).await;
        let places = hub.places().await.unwrap();
        let township = &places.station(STATION).unwrap().township;
        let village = places.villages(township)[0].name.clone();
        Self { database, hub, village }
    }

    async fn viewer(&self, username: &str, role: Role) -> Viewer {
        let new = NewAccount {
            username: username.to_owned(),
            name: "测试".to_owned(),
            role,
            station: Some(STATION.to_owned()),
            county: None,
        };
        let token = self.hub.add_account(new).await.unwrap();
        self.hub.authenticate(&token, HERE).await.unwrap()
    }

    /// A ledger of so many old people, each of their own birthday and name.
    fn ledger(&self, rows: usize) -> Upload {
        let rows = (0..rows).map(|at| {
            let born =
                format!("19{:02}{:02}{:02}", 30 + at / 252 % 20, 1 + at / 21 % 12, 1 + at % 21);
            let id = resident_id("410802", &born, 100 + u32::try_from(at / 5040).unwrap());
            let phone = 13_800_000_000 + at;
            format!("老人{at},{id},{},前街{at}号,{phone},独居,轻度,一般,2026-03-01,", self.village)
        });
        Upload {
            name: "台账.csv".to_owned(), bytes: csv(LEDGER, &rows.collect::<Vec<_>>()).into()
        }
    }

    async fn preview(&self, viewer: &Viewer, file: Upload) -> Result<import::Model, HandInError> {
        self.hub.preview_import(viewer, STATION, file, asking(viewer)).await
    }

    async fn apply(&self, viewer: &Viewer, act: &import::Model) -> import::Model {
        let none = TakeKnown::These(Vec::new());
        self.hub.apply_import(viewer, act.id, &none, asking(viewer)).await.unwrap()
    }

    async fn act(&self, id: uuid::Uuid) -> import::Model {
        let db = self.hub.db.read();
        import::Entity::find_by_id(id).one(db).await.unwrap().unwrap()
    }

    /// How many rows of the only import are done; whenever one looks, those and no others are on record.
    async fn done(&self, id: uuid::Uuid) -> usize {
        let view = self.hub.db.snapshot().await.unwrap();
        let act = import::Entity::find_by_id(id).one(&view).await.unwrap().unwrap();
        let recorded = submission::Entity::find().count(&view).await.unwrap();
        assert_eq!(u64::try_from(act.done).unwrap(), recorded);
        usize::try_from(recorded).unwrap()
    }

    async fn rows(&self) -> Vec<import_row::Model> {
        let rows = import_row::Entity::find().order_by_asc(import_row::Column::Position);
        rows.all(self.hub.db.read()).await.unwrap()
    }

    /// Whether each row was taken in once, and nothing else is on record.
    async fn is_whole(&self, count: usize) {
        let db = self.hub.db.read();
        let rows = self.rows().await;
        assert_eq!(rows.len(), count);
        assert!(rows.iter().all(|row| row.state == ImportRowState::Taken));
        let handed_in: HashSet<_> = rows.iter().filter_map(|row| row.submission_id).collect();
        let journal = submission::Entity::find().all(db).await.unwrap();
        let journaled: HashSet<_> = journal.iter().map(|row| row.id).collect();
        assert_eq!((journal.len(), handed_in), (count, journaled));
        let entries = ledger_entry::Entity::find().all(db).await.unwrap();
        let recorded: HashSet<_> = rows.iter().filter_map(|row| row.record_id).collect();
        assert_eq!((entries.len(), recorded.len()), (count, count));
        assert_eq!(person::Entity::find().all(db).await.unwrap().len(), count);
    }
}

fn asking(viewer: &Viewer) -> Access {
    Access::by(viewer, "test", "IMPORT")
}

on_both! {
    async fn an_apply_that_is_killed_goes_on_where_it_stood(quiet: Quiet) {
        let worker = quiet.viewer("worker", Role::StationWorker).await;
        let count = MAX_ITEMS * 5;
        let act = quiet.preview(&worker, quiet.ledger(count)).await.unwrap();
        quiet.apply(&worker, &act).await;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (mut lot, mut kills) = (Duration::ZERO, 0);
        // Each a further way into a lot of rows.
        for (done, part) in [(1, 0.3), (2, 0.6), (3, 0.9)] {
            let server = Process::serve(&quiet.database, port);
            let begun = Instant::now();
            while quiet.done(act.id).await < done * MAX_ITEMS {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            lot = if done == 1 { begun.elapsed() } else { lot };
            tokio::time::sleep(lot.mul_f64(part)).await;
            server.kill();
            let found = quiet.act(act.id).await;
            if found.state != ImportState::Applying {
                break;
            }
            kills += 1;
            // What was held by the killed is free after a minute.
            let free = import::ActiveModel { held_until: Set(Some(act.created_at)), ..found.into_active_model() };
            free.update(quiet.hub.db.writer()).await.unwrap();
        }
        assert!(kills > 0, "all was done before the first kill");
        let server = Process::serve(&quiet.database, port);
        while quiet.act(act.id).await.state == ImportState::Applying {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(server);
        let end = quiet.act(act.id).await;
        let all = i64::try_from(count).unwrap();
        assert_eq!((end.state, end.done, end.due), (ImportState::Applied, all, all));
        quiet.is_whole(count).await;
    }

    async fn an_import_whose_account_is_closed_is_gone_on_with_by_the_lead(quiet: Quiet) {
        let worker = quiet.viewer("worker", Role::StationWorker).await;
        let lead = quiet.viewer("lead", Role::StationLead).await;
        let count = MAX_ITEMS + 7;
        let act = quiet.preview(&worker, quiet.ledger(count)).await.unwrap();
        quiet.apply(&worker, &act).await;
        let held = quiet.hub.claim_import().await.unwrap().unwrap();
        let held = quiet.hub.go_on_with_import(&held).await.unwrap().unwrap();
        assert_eq!((held.state, held.done), (ImportState::Applying, i64::try_from(MAX_ITEMS).unwrap()));
        quiet.hub.set_active("worker", false).await.unwrap();
        let failed = quiet.hub.go_on_with_import(&held).await.unwrap().unwrap();
        assert_eq!((failed.state, failed.problem), (ImportState::Failed, Some(JobProblem::AccountClosed)));
        assert!(quiet.hub.claim_import().await.unwrap().is_none(), "nobody goes on unasked");
        assert_eq!(submission::Entity::find().all(quiet.hub.db.read()).await.unwrap().len(), MAX_ITEMS);
        quiet.apply(&lead, &act).await;
        let end = quiet.hub.finish_import(act.id).await.unwrap();
        assert_eq!((end.state, end.problem, end.asked_by), (ImportState::Applied, None, Some(lead.account_id)));
        assert_eq!(end.applied_by, Some(worker.account_id), "who began it");
        quiet.is_whole(count).await;
    }

    async fn an_account_has_no_more_than_a_hundred_previews_however_many_it_asks_for_at_once(quiet: Quiet) {
        let worker = quiet.viewer("worker", Role::StationWorker).await;
        let mut uploads = JoinSet::new();
        for _ in 0..15 {
            let (hub, viewer, file) = (quiet.hub.clone(), worker.clone(), quiet.ledger(1));
            uploads.spawn(async move {
                let (mut kept, mut refused) = (0, 0);
                for _ in 0..8 {
                    match hub.preview_import(&viewer, STATION, file.clone(), asking(&viewer)).await {
                        Ok(_) => kept += 1,
                        Err(HandInError::Hub(HubError::Conflict(_))) => refused += 1,
                        Err(error) => panic!("{error}"),
                    }
                }
                (kept, refused)
            });
        }
        let done = uploads.join_all().await;
        assert_eq!(done.into_iter().reduce(|one, other| (one.0 + other.0, one.1 + other.1)), Some((100, 20)));
        let all = import::Entity::find().all(quiet.hub.db.read()).await.unwrap();
        assert_eq!(all.len(), 100);
        let (sheet, from, to) = ("台账".to_owned(), String::new(), "测试老人".to_owned());
        let cell = Mend { sheet, row: 2, column: 0, from, to };
        let one = quiet.hub.mend_import(&worker, all[0].id, vec![cell], asking(&worker)).await;
        assert!(one.is_ok(), "it takes the place of another");
        assert!(quiet.preview(&worker, quiet.ledger(1)).await.is_err(), "it took the place of one");

        let mut broken_off = all[1].clone().into_active_model();
        broken_off.state = Set(ImportState::Reading);
        let broken_off = broken_off.update(quiet.hub.db.writer()).await.unwrap();
        assert!(quiet.preview(&worker, quiet.ledger(1)).await.is_err(), "it may still be read");
        let mut broken_off = broken_off.into_active_model();
        broken_off.created_at = Set(Utc::now() - TimeDelta::hours(2));
        broken_off.update(quiet.hub.db.writer()).await.unwrap();
        quiet.preview(&worker, quiet.ledger(1)).await.unwrap();

        let lead = quiet.viewer("lead", Role::StationLead).await;
        quiet.preview(&lead, quiet.ledger(1)).await.unwrap();
    }

    async fn a_preview_larger_than_what_is_judged_at_once_is_that_of_the_whole_file(quiet: Quiet) {
        let worker = quiet.viewer("worker", Role::StationWorker).await;
        let mut file = quiet.ledger(2500);
        let text = String::from_utf8(file.bytes.to_vec()).unwrap();
        let mut table: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
        let again = table[3].replace("前街3号", "后街3号");
        let namesake = table[5].replace("老人5,", "老人6,");
        let wrong = table[9].replace("2026-03-01", "2026-02-31");
        table.extend([again, namesake, wrong]);
        file.bytes = csv(LEDGER, &table).into();
        let act = quiet.preview(&worker, file).await.unwrap();
        assert_eq!((act.state, act.rows), (ImportState::Previewed, 2503));
        let rows = quiet.rows().await;
        assert!(rows.iter().enumerate().all(|(at, row)| row.position == i64::try_from(at).unwrap() && row.row == row.position + 2));
        assert!(rows[..2500].iter().all(|row| row.verdict == ImportVerdict::New));
        let last: Vec<_> = rows[2500..].iter().map(|row| row.verdict).collect();
        assert_eq!(last, [ImportVerdict::Duplicate, ImportVerdict::Duplicate, ImportVerdict::Refused]);
        quiet.apply(&worker, &act).await;
        assert_eq!(quiet.hub.finish_import(act.id).await.unwrap().done, 2500);
        let again = quiet.preview(&worker, quiet.ledger(2500)).await.unwrap();
        let rows = quiet.rows().await;
        let mut seen = rows.iter().filter(|row| row.import_id == again.id);
        assert!(seen.all(|row| row.verdict == ImportVerdict::Unchanged));
    }

    async fn two_rows_on_one_person_are_judged_together_however_far_apart_they_stand(quiet: Quiet) {
        let worker = quiet.viewer("worker", Role::StationWorker).await;
        let visit = |of: usize, name: &str| {
            let born = format!("19{:02}{:02}{:02}", 30 + of / 252, 1 + of / 21 % 12, 1 + of % 21);
            let id = resident_id("410802", &born, 100);
            format!("{name},{id},{},2026-03-01,入户,社工甲", quiet.village)
        };
        let mut rows: Vec<String> = (0..1500).map(|of| visit(of, &format!("老人{of}"))).collect();
        rows.push(visit(3, "另一人"));
        let bytes = csv("姓名,身份证号,村居,探访日期,探访方式,探访人", &rows);
        let file = Upload { name: "探访记录.csv".to_owned(), bytes: bytes.into() };
        quiet.preview(&worker, file).await.unwrap();
        let rows = quiet.rows().await;
        assert!(rows[..1500].iter().all(|row| row.verdict == ImportVerdict::New));
        assert_eq!(rows[1500].verdict, ImportVerdict::Refused, "the number is another's of the file");
    }

    async fn a_newcomer_of_two_rows_who_looks_like_somebody_known_slips_past_in_neither(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let person = json!({ "name": "测试老人7", "noIdReason": "LOST", "sex": "MALE", "birthDate": "1943-07-17", "village": village });
        let known = worker.store(elderly_entry(STATION, person, "2026-01-01", json!({}))).await;
        let visit = |day: &str| format!("测试老人7,{},{village},{day},入户,社工甲,良好", number(7));
        let file = csv("姓名,身份证号,村居,探访日期,探访方式,探访人,生活状况", &[visit("2026-09-01"), visit("2026-09-02")]);
        let seen = worker.preview(("探访记录.csv", &file)).await;
        assert_eq!(verdicts(&seen), ["KNOWN", "KNOWN"], "{seen:#}");
        assert!(lines(&seen).iter().all(|line| line["looksLike"]["id"] == known["person"]["id"]));
        let act = worker.have("apply", &seen["id"]).await;
        assert_eq!(states(&act), ["LEFT", "LEFT"]);
        assert_eq!(worker.counts().await["persons"]["totalCount"], 1);
        assert_eq!(worker.counts().await["visits"]["totalCount"], 0);
        let apply = "mutation ($id: UUID!, $known: [UUID!]) { applyImport(id: $id, known: $known) { id } }";
        worker.ask_with(apply, json!({ "id": seen["id"], "known": [lines(&seen)[1]["id"]] })).await;
        let act = worker.rest(&seen["id"]).await;
        assert_eq!((verdicts(&act), states(&act)), (vec!["KNOWN", "NEW"], vec!["LEFT", "TAKEN"]));
        assert_eq!(worker.counts().await["visits"]["totalCount"], 1);
    }

    async fn a_preview_tells_nothing_of_people_out_of_reach(hub: TestHub) {
        let (worker, village) = (hub.worker(STATION).await, village(&hub).await);
        let mut stored = Vec::new();
        for station in [NEIGHBOUR, FAR] {
            let elsewhere = hub.worker(station).await;
            let of = u32::try_from(stored.len()).unwrap() + 1;
            let mut with_number = elder(of);
            with_number["phone"] = json!("13911110000");
            with_number["address"] = json!("机密路1号");
            let receipt = elsewhere.store(elderly_entry(station, with_number, "2026-01-01", json!({ "remark": "机密备注" }))).await;
            stored.push(receipt["person"]["id"].as_str().unwrap().to_owned());
        }
        let file = csv(LEDGER, &[
            elder_line(1, &village, "13812340001"),
            elder_line(2, &village, "13812340002"),
            // Someone of the same name and birth date, without a number.
            format!("测试老人1,,{village},前街1号,13812340001,独居,轻度,一般,2026-03-01,"),
        ]);
        let before = elsewhere_counts(&hub).await;
        let seen = worker.preview(("台账.csv", &file)).await;
        let told = seen.to_string();
        for hidden in ["13911110000", "机密", stored[0].as_str(), stored[1].as_str()] {
            assert!(!told.contains(hidden), "{hidden} is told: {seen:#}");
        }
        for line in lines(&seen) {
            assert_eq!((&line["person"], &line["looksLike"], &line["changes"]), (&Value::Null, &Value::Null, &json!([])));
        }
        assert_eq!(verdicts(&seen)[..2], ["NEW", "NEW"], "as of those who are on no record");
        assert_eq!(elsewhere_counts(&hub).await, before);
        let text = answer_of(&hub, &worker.token, seen["id"].as_str().unwrap()).await;
        assert!(!text.contains("机密") && !text.contains("13911110000"));
    }
}

on_both! {
    async fn a_file_that_fails_does_not_keep_the_others_of_its_folder_out(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let (folder, answers) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        file("一.csv", &csv(LEDGER, &[elder_line(1, &village, "13812340001")]));
        file("三.xlsx", b"PK\x03\x04 no workbook");
        file("五.csv", &csv(LEDGER, &[elder_line(2, &village, "13812340002")]));
        // Its answer has a folder in its place.
        std::fs::create_dir(answers.path().join("一.csv.xlsx")).unwrap();
        let report = folder.path().join("report.ndjson");
        let mut command = Command::new(env!("CARGO_BIN_EXE_nuanyang"));
        command.args(["import", "--station", STATION, "--token", &worker.token, "--database", &hub.database.url]);
        command.arg("--key-file").arg(&hub.database.key_file).arg("--report").arg(&report);
        let output = command.arg("--answer").arg(answers.path()).arg(folder.path()).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.contains("三.xlsx was not taken in") && errors.contains("一.csv.xlsx"), "{errors}");
        assert!(errors.contains("2 of 3 files"), "{errors}");
        assert_eq!(worker.counts().await["persons"]["totalCount"], 2);
        assert!(answers.path().join("五.csv.xlsx").is_file());
        assert_eq!(std::fs::read_to_string(report).unwrap().lines().count(), 2);
    }

    async fn an_import_for_a_station_out_of_reach_ends_at_once(hub: TestHub) {
        let worker = hub.worker(NEIGHBOUR).await;
        let folder = tempfile::tempdir().unwrap();
        for name in ["一.csv", "二.csv"] {
            std::fs::write(folder.path().join(name), csv(LEDGER, &[elder_line(1, "", "13812340001")])).unwrap();
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_nuanyang"));
        command.args(["import", "--station", STATION, "--token", &worker.token, "--database", &hub.database.url]);
        let output = command.arg("--key-file").arg(&hub.database.key_file).arg(folder.path()).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), errors.matches("was not taken in").count()), (Some(1), 1), "{errors}");
    }
}

async fn elsewhere_counts(hub: &TestHub) -> Value {
    hub.officer().await.counts().await
}

/// All texts of the workbook that answers an import.
async fn answer_of(hub: &TestHub, token: &str, id: &str) -> String {
    use calamine::Reader;
    let url = format!("{}/imports/{id}/workbook", hub.url);
    let answer = hub.http.get(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let bytes = std::io::Cursor::new(answer.bytes().await.unwrap());
    let mut book: calamine::Xlsx<_> = calamine::Xlsx::new(bytes).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    range.used_cells().map(|(.., cell)| cell.to_string()).collect::<Vec<_>>().join("\n")
}
