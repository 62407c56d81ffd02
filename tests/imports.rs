//! Station workbooks against the truth about each of their rows.

use std::{collections::BTreeMap, path::PathBuf, process::Command};

use entity::Role;
use serde_json::Value;

use crate::{
    on_both, reads,
    support::{Backend, TestHub},
};

fn ledgers() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/ledgers")
}

fn truth() -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(ledgers().join("truth.json")).unwrap()).unwrap()
}

fn importing(hub: &TestHub, token: &str, station: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nuanyang"));
    command
        .args(["import", "--station", station, "--token", token, "--database", &hub.database.url])
        .arg("--key-file")
        .arg(&hub.database.key_file);
    command
}

/// Runs `nuanyang import` for a station; gives back its report by file and row.
fn import(hub: &TestHub, token: &str, station: &str) -> BTreeMap<(String, u64), Value> {
    let report = tempfile::NamedTempFile::new().unwrap();
    let output = importing(hub, token, station)
        .arg("--report")
        .arg(report.path())
        .arg(ledgers().join(station))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 2)), "{errors}");
    let text = std::fs::read_to_string(report.path()).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|row| ((row["file"].as_str().unwrap().to_owned(), row["row"].as_u64().unwrap()), row))
        .collect()
}

on_both! {
    async fn the_verdict_on_every_row_is_the_truth_and_no_refused_row_gets_in(hub: TestHub) {
        let officer = hub.officer().await;
        let stations: std::collections::BTreeSet<String> =
            truth().iter().map(|file| file["station"].as_str().unwrap().to_owned()).collect();
        let mut reported = BTreeMap::new();
        for station in &stations {
            reported.extend(import(&hub, &officer.token, station));
        }
        let mut good_visits = 0;
        let mut rows = 0;
        for file in truth() {
            for row in file["rows"].as_array().unwrap() {
                rows += 1;
                let place = (file["file"].as_str().unwrap().to_owned(), row["row"].as_u64().unwrap());
                let found = &reported[&place];
                let verdict = match row["verdict"].as_str().unwrap() {
                    "good" => "new",
                    "rejected" => "refused",
                    other => other,
                };
                assert_eq!(found["verdict"], verdict, "{place:?} {found}");
                if let Some(code) = row["code"].as_str() {
                    let codes: Vec<_> = found["problems"].as_array().unwrap().iter().map(|problem| &problem["code"]).collect();
                    assert_eq!(codes, [code], "{place:?}");
                } else {
                    assert_eq!(found["problems"], serde_json::json!([]), "{place:?}");
                }
                good_visits += usize::from(file["kind"] == "VISIT" && verdict == "new");
            }
        }
        assert_eq!(reported.len(), rows, "no other row is reported");
        let data = officer.ask("{ visits { totalCount } ledgerEntries { totalCount } persons { totalCount } }").await;
        assert_eq!(data["visits"]["totalCount"], good_visits);
        let people: std::collections::BTreeSet<String> = truth().iter()
            .flat_map(|file| file["rows"].as_array().unwrap().clone())
            .filter(|row| row["verdict"] == "good")
            .map(|row| row["resident_id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(data["persons"]["totalCount"], people.len());
    }

    async fn a_workbook_handed_in_again_changes_nothing(hub: TestHub) {
        let station = "S410802004";
        let worker = hub.worker(station).await;
        let first = import(&hub, &worker.token, station);
        let counts = "{ visits { totalCount } ledgerEntries { totalCount } needs { totalCount } submissions { totalCount } }";
        let before = worker.ask(counts).await;
        let noted = reads::noted(hub.server.hub(), "IMPORT").await;
        let people: usize = noted.iter().map(|(_, people)| people.len()).sum();
        assert!(people > 0 && noted.iter().all(|(row, _)| row.role == Some(Role::StationWorker)));
        let second = import(&hub, &worker.token, station);
        assert_eq!(reads::noted(hub.server.hub(), "IMPORT").await.len(), noted.len());
        assert_eq!(worker.ask(counts).await, before);
        for (place, row) in first {
            let verdict = match row["verdict"].as_str().unwrap() {
                "new" => "unchanged",
                other => other,
            };
            assert_eq!(second[&place]["verdict"], verdict, "{place:?}");
        }
    }

    async fn what_was_imported_before_a_file_that_cannot_be_read_is_noted(hub: TestHub) {
        let station = "S410802004";
        let worker = hub.worker(station).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("no-file.xlsx")).unwrap();
        let mut command = importing(&hub, &worker.token, station);
        let output = command.arg(ledgers().join(station)).arg(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        let submissions = worker.ask("{ submissions { totalCount } }").await;
        assert!(submissions["submissions"]["totalCount"].as_i64().unwrap() > 0);
        assert!(!reads::noted(hub.server.hub(), "IMPORT").await.is_empty());
    }
}
