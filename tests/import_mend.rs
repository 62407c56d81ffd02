//! Cells of a file corrected in place, and the file looked at anew.

use std::io::Cursor;

use calamine::{Reader, Xlsx};
use entity::{Role, TokenScope};
use serde_json::{Value, json};

use crate::{
    import_acts::{LEDGER, csv, elder_line, number, states, verdicts, village},
    on_both,
    support::{Backend, FAR, STATION, TestHub, TestViewer},
};

const MEND: &str = "mutation ($id: UUID!, $cells: [MendedCellInput!]!) {
    mendImport(id: $id, cells: $cells) { id } }";
const WRONG: &str = "410802194001010000";

fn cell(cell: &str, value: &str) -> Value {
    json!({ "sheet": "台账", "cell": cell, "value": value })
}

impl TestViewer<'_> {
    /// The import that comes of correcting these cells.
    async fn mend(&self, id: &Value, cells: &[Value]) -> Value {
        let id = self.ask_with(MEND, json!({ "id": id, "cells": cells })).await["mendImport"]["id"]
            .take();
        self.act(&id).await
    }

    /// Why these cells are not corrected: code and sentence.
    async fn no_mend(&self, id: &Value, cells: &[Value]) -> (String, String) {
        let answer = self.answer(MEND, json!({ "id": id, "cells": cells })).await;
        let error = &answer["errors"][0];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&error["extensions"]["code"]), text(&error["message"]))
    }

    async fn mended(&self, id: &Value) -> Value {
        let query = "query ($id: UUID!) { import(id: $id) { mended { sheet cell from to }
            lines { nodes { problems { cell column } } } } }";
        self.ask_with(query, json!({ "id": id })).await["import"].take()
    }
}

/// An elderly people's ledger of one that is good and one whose resident ID is not.
async fn ledger(hub: &TestHub) -> Vec<u8> {
    let village = village(hub).await;
    let wrong = elder_line(2, &village, "13812340002").replace(&number(2), WRONG);
    csv(LEDGER, &[elder_line(1, &village, "13812340001"), wrong])
}

on_both! {
    async fn a_refused_row_is_good_once_its_cell_is_corrected(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let file = ledger(&hub).await;
        let seen = worker.preview(("台账.csv", &file)).await;
        assert_eq!(verdicts(&seen), ["NEW", "REFUSED"]);
        let told = worker.mended(&seen["id"]).await;
        assert_eq!(told["mended"], json!([]));
        assert_eq!(told["lines"]["nodes"][1]["problems"][0], json!({ "cell": "B3", "column": "身份证号" }));

        let anew = worker.mend(&seen["id"], &[cell("B3", &number(2)), cell("e3", "13812340009")]).await;
        assert_eq!((verdicts(&anew), states(&anew)), (vec!["NEW", "NEW"], vec!["WAITING", "WAITING"]), "{anew:#}");
        assert_eq!(worker.act(&seen["id"]).await, json!(null), "the preview it takes the place of is over");
        let expected = json!([
            { "sheet": "台账", "cell": "B3", "from": WRONG, "to": number(2) },
            { "sheet": "台账", "cell": "E3", "from": "13812340002", "to": "13812340009" },
        ]);
        assert_eq!(worker.mended(&anew["id"]).await["mended"], expected);
        let act = worker.have("apply", &anew["id"]).await;
        assert_eq!(states(&act), ["TAKEN", "TAKEN"]);
        let people = worker.ask("{ persons { nodes { phone } } }").await;
        assert!(people.to_string().contains("13812340009"), "{people}");
    }

    async fn what_was_corrected_stays_so_when_more_is(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let file = ledger(&hub).await;
        let seen = worker.preview(("台账.csv", &file)).await;
        let first = worker.mend(&seen["id"], &[cell("B3", "1"), cell("C2", "")]).await;
        assert_eq!(verdicts(&first)[1], "REFUSED");
        let second = worker.mend(&first["id"], &[cell("B3", &number(2))]).await;
        assert_eq!(verdicts(&second)[1], "NEW");
        let mended = worker.mended(&second["id"]).await["mended"].take();
        let cells: Vec<_> = mended.as_array().unwrap().iter().map(|mend| (&mend["cell"], &mend["from"], &mend["to"])).collect();
        let village = village(&hub).await;
        assert_eq!(cells, [(&json!("C2"), &json!(village), &json!("")), (&json!("B3"), &json!(WRONG), &json!(number(2)))]);
    }

    async fn of_a_file_that_was_taken_in_the_rest_can_be_corrected(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let file = ledger(&hub).await;
        let act = worker.take(("台账.csv", &file)).await;
        assert_eq!(states(&act), ["TAKEN", "LEFT"]);
        let anew = worker.mend(&act["id"], &[cell("B3", &number(2))]).await;
        assert_eq!(verdicts(&anew), ["UNCHANGED", "NEW"]);
        assert_eq!(worker.act(&act["id"]).await, act, "what was taken in stays an act of its own");
        let anew = worker.have("apply", &anew["id"]).await;
        assert_eq!(states(&anew), ["LEFT", "TAKEN"]);
        assert_eq!(worker.counts().await["persons"]["totalCount"], 2);
    }

    async fn the_answered_workbook_says_what_was_corrected(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let file = ledger(&hub).await;
        let seen = worker.preview(("台账.csv", &file)).await;
        let anew = worker.mend(&seen["id"], &[cell("B3", &number(2))]).await;
        let url = format!("{}/imports/{}/workbook", hub.url, anew["id"].as_str().unwrap());
        let answer = hub.http.get(url).bearer_auth(&worker.token).send().await.unwrap();
        let bytes = answer.bytes().await.unwrap();
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.clone())).unwrap();
        let range = book.worksheet_range_at(0).unwrap().unwrap();
        assert_eq!(range.get((2, 1)).unwrap().to_string(), number(2));
        let again = worker.take(("台账.csv.xlsx", &bytes)).await;
        assert_eq!(states(&again), ["TAKEN", "TAKEN"]);
    }

    async fn a_cell_that_is_not_there_is_told_and_nothing_is_lost(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let file = ledger(&hub).await;
        let seen = worker.preview(("台账.csv", &file)).await;
        for wrong in ["B9", "9B", "", "ZZZ3"] {
            let (code, message) = worker.no_mend(&seen["id"], &[cell(wrong, "1")]).await;
            assert_eq!(code, "INVALID_INPUT", "{wrong}");
            assert!(message.contains(wrong), "{message}");
        }
        assert_eq!(worker.no_mend(&seen["id"], &[]).await.0, "INVALID_INPUT");
        let many: Vec<_> = (0..501).map(|_| cell("B3", "1")).collect();
        assert!(worker.no_mend(&seen["id"], &many).await.1.contains("500"));
        assert_eq!(worker.act(&seen["id"]).await, seen);
    }

    async fn who_is_not_told_the_values_of_a_file_corrects_none(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let file = ledger(&hub).await;
        let seen = worker.preview(("台账.csv", &file)).await;
        let cells = [cell("B3", &number(2))];
        for stranger in [
            hub.worker(FAR).await,
            hub.viewer(Role::Analyst, None).await,
            hub.viewer(Role::Admin, None).await,
            hub.system("410800", &[TokenScope::Submit, TokenScope::Read]).await,
        ] {
            assert_eq!(stranger.no_mend(&seen["id"], &cells).await.0, "INVALID_INPUT");
        }
        let reads_only = hub.system("410800", &[TokenScope::Read]).await;
        assert_eq!(reads_only.no_mend(&seen["id"], &cells).await.0, "FORBIDDEN");
        let anew = worker.mend(&seen["id"], &cells).await;
        let system = hub.system("410800", &[TokenScope::Submit, TokenScope::Read]).await;
        assert_eq!(system.mended(&anew["id"]).await["mended"], json!([]));
    }
}
