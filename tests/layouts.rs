//! Unknown headers: proposed, confirmed, and read from then on by the station that uses them.

use std::{path::Path, process::Command};

use entity::Role;
use serde_json::{Value, json};

use crate::{
    import_acts::form,
    on_both, reads,
    support::{Backend, FAR, NEIGHBOUR, STATION, TestHub},
};

const FILE: &str = "关爱对象花名册\n\
    老人名字\t证件编号\t族别\t何时建卡\t和谁一起住\t生活能力\t应急联系人\t\"应急\n电话\"\n\
    李秀英\t410802195001011228\t汉\t2026.3.5\t独居\t自理\t王伟\t13800000001\n\
    王建国\t410802194902021234\t汉\t2026.3.6\t空巢\t半自理\t王芳\t13800000002\n";

const CONFIRM: &str =
    "mutation ($station: String!, $kind: LayoutKind!, $columns: [LayoutColumnInput!]!) {
    confirmLayout(station: $station, kind: $kind, columns: $columns) {
        kind confirmedBy station { code } columns { header path } } }";

const LAYOUTS: &str = "{ layouts { kind columns { header path } } }";

/// Runs `nuanyang` on the hub's database; gives back its code and what it printed.
fn run(hub: &TestHub, token: &str, station: &str, words: &[&str], file: &Path) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nuanyang"));
    let output = command
        .args(words)
        .arg(file)
        .args(["--station", station, "--token", token, "--database", &hub.database.url])
        .arg("--key-file")
        .arg(&hub.database.key_file)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().unwrap(), text + &String::from_utf8_lossy(&output.stderr))
}

fn columns() -> Value {
    json!([{ "header": "名字", "path": "person.name" }, { "header": "天气" }])
}

on_both! {
    async fn what_is_proposed_and_confirmed_is_read_by_the_next_import_of_the_station(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("老人.csv");
        std::fs::write(&file, FILE).unwrap();
        let (code, said) = run(&hub, &worker.token, STATION, &["import"], &file);
        assert_eq!(code, 2, "{said}");

        let (code, proposed) = run(&hub, &worker.token, STATION, &["layout", "propose"], &file);
        assert_eq!(code, 0, "{proposed}");
        for line in [
            "kind = \"ELDERLY\"",
            "\"老人名字\" = \"person.name\"",
            "\"证件编号\" = \"person.residentId\"",
            "\"族别\" = \"\"",
            "\"何时建卡\" = \"openedOn\"",
            "\"应急\\n电话\" = \"detail.elderly.contactPhone\"",
        ] {
            assert!(proposed.contains(line), "{line} in {proposed}");
        }
        assert!(!proposed.contains("李秀英") && !proposed.contains("410802195001011228"));
        assert!(worker.ask(LAYOUTS).await["layouts"].as_array().unwrap().is_empty(), "not yet");

        let query = format!(
            "mutation ($file: Upload!) {{ learnLayout(station: \"{STATION}\", file: $file) {{
              sheet row kind missing columns {{ header path confidence reasons }} }} }}"
        );
        let (kind, body) = form(&query, json!({ "file": null }), ("老人.csv", FILE.as_bytes()));
        let told = worker.post(&kind, body.clone()).await;
        let learnt = &told["data"]["learnLayout"][0];
        assert_eq!((&learnt["kind"], &learnt["row"], &learnt["missing"]), (&json!("ELDERLY"), &json!(2), &json!([])), "{told:#}");
        assert_eq!(learnt["columns"][1]["path"], "person.residentId");
        assert!(learnt["columns"][1]["confidence"].as_i64().unwrap() > 50 && learnt["columns"][1]["reasons"][0].is_string());
        assert_eq!(learnt["columns"][2], json!({ "header": "族别", "path": null, "confidence": learnt["columns"][2]["confidence"], "reasons": learnt["columns"][2]["reasons"] }));
        assert!(!told.to_string().contains("李秀英") && !told.to_string().contains("410802195001011228"));
        let stranger = hub.worker(FAR).await.post(&kind, body).await;
        assert_eq!(stranger["errors"][0]["extensions"]["code"], "INVALID_INPUT", "{stranger:#}");

        let kept = folder.path().join("layout.toml");
        std::fs::write(&kept, &proposed).unwrap();
        let (code, said) = run(&hub, &worker.token, STATION, &["layout", "confirm"], &kept);
        assert_eq!(code, 0, "{said}");
        assert_eq!(reads::noted(hub.server.hub(), "LAYOUT_CONFIRM").await.len(), 1);
        let report = folder.path().join("report");
        let words = ["import", "--report", report.to_str().unwrap()];
        let (_, said) = run(&hub, &worker.token, STATION, &words, &file);
        assert!(said.contains("2 rows"), "{said}");
        let rows = std::fs::read_to_string(&report).unwrap();
        assert!(!rows.contains("HEADER_MISSING") && !rows.contains("VALUE_MISSING"), "{rows}");

        let other = hub.worker(NEIGHBOUR).await;
        let (code, said) = run(&hub, &other.token, NEIGHBOUR, &["import"], &file);
        assert!(code == 2 && said.contains("表头"), "{said}");
    }

    async fn a_layout_is_confirmed_and_listed_by_who_may_hand_in_for_the_station(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let asked = json!({ "station": STATION, "kind": "VISIT", "columns": columns() });
        let kept = worker.ask_with(CONFIRM, asked.clone()).await["confirmLayout"].take();
        assert_eq!(kept["kind"], "VISIT");
        assert_eq!(kept["station"]["code"], STATION);
        assert_eq!(kept["columns"][0], json!({ "header": "名字", "path": "person.name" }));
        assert_eq!(kept["columns"][1], json!({ "header": "天气", "path": null }));
        let officer = hub.viewer(Role::CountyOfficer, Some("410802")).await;
        for (viewer, seen) in [(&worker, 1), (&officer, 1), (&hub.worker(FAR).await, 0)] {
            assert_eq!(viewer.ask(LAYOUTS).await["layouts"].as_array().unwrap().len(), seen);
        }
        let of_station = format!("{{ layouts(station: \"{STATION}\") {{ id }} }}");
        for stranger in [hub.worker(FAR).await, hub.viewer(Role::Analyst, None).await, hub.viewer(Role::Admin, None).await] {
            let answer = stranger.answer(CONFIRM, asked.clone()).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_INPUT", "{answer}");
            assert_eq!(stranger.ask(&of_station).await["layouts"], json!([]));
        }
        assert_eq!(worker.ask(&of_station).await["layouts"].as_array().unwrap().len(), 1);
    }

    async fn a_layout_confirmed_anew_replaces_what_it_names_and_a_wrong_one_is_refused(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let of = |kind: &str, columns: Value| json!({ "station": STATION, "kind": kind, "columns": columns });
        worker.ask_with(CONFIRM, of("VISIT", columns())).await;
        worker.ask_with(CONFIRM, of("CHILD", columns())).await;
        let mut anew = columns();
        anew[0]["path"] = json!("remark");
        worker.ask_with(CONFIRM, of("VISIT", anew)).await;
        let kept = worker.ask(LAYOUTS).await["layouts"].take();
        assert_eq!(kept.as_array().unwrap().len(), 2);
        assert_eq!(kept[0]["columns"][0]["path"], "remark");
        for wrong in [
            json!([]),
            json!([{ "header": "名字", "path": "detail.child.father" }]),
            json!([{ "header": "名字", "path": "person.name" }, { "header": "名字" }]),
            json!([{ "header": "名字", "path": "remark" }, { "header": "姓", "path": "remark" }]),
            json!([{ "header": "名\u{0}字", "path": "remark" }]),
        ] {
            let answer = worker.answer(CONFIRM, of("VISIT", wrong.clone())).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_INPUT", "{wrong}");
        }
        assert_eq!(worker.ask(LAYOUTS).await["layouts"], kept);
    }
}
