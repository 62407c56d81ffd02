//! Exports as Parquet, read back by the library that reads what others write too.

use std::io::{Cursor, Read};

use axum::body::Bytes;
use chrono::{DateTime, NaiveDate};
use entity::Role;
use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::Field,
};
use serde_json::{Value, json};

use crate::{
    exports::{bytes_of, cover, get, lines, made},
    jobs::{count, visits},
    on_both,
    support::{Backend, NEIGHBOUR, STATION, TestHub, TestViewer, contents::*},
};

const ROWS: &str =
    "{ visits { nodes { id visitedOn mode minutes workers services closing: recordedAt
    person { name birthDate served: visits { totalCount } } home: household { id } } } }";

/// A file's rows, each its values by column, and its cover.
fn table(bytes: Vec<u8>) -> (Vec<Value>, Value) {
    let reader = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
    let metadata = reader.metadata().file_metadata();
    let known = metadata.key_value_metadata().unwrap();
    let told = known.iter().find(|entry| entry.key == "nuanyang.cover").unwrap();
    let cover = serde_json::from_str(told.value.as_ref().unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(|row| {
        let row = row.unwrap();
        let values = row.get_column_iter().map(|(name, field)| (name.clone(), value(field)));
        values.collect()
    });
    (rows.collect(), cover)
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => json!(value),
        Field::Long(value) => json!(value),
        Field::Double(value) => json!(value),
        Field::Str(text) => json!(text),
        Field::Date(days) => {
            json!(NaiveDate::default() + chrono::Duration::days((*days).into()))
        }
        Field::TimestampMicros(micros) => json!(DateTime::from_timestamp_micros(*micros).unwrap()),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        field => panic!("{field:?}"),
    }
}

/// The value of a row of NDJSON that a column is of.
fn at(row: &Value, column: &str) -> Value {
    column.split('.').fold(row.clone(), |value, key| value[key].clone())
}

async fn told(viewer: &TestViewer<'_>, query: &str, format: &str) -> (String, Vec<u8>) {
    let id = made(viewer, query, format).await;
    let bytes = bytes_of(viewer, &id).await;
    (id, bytes)
}

on_both! {
    async fn each_column_has_its_type_and_each_row_is_there(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for (number, more) in (1..).zip([
            json!({ "minutes": 40, "services": [] }), json!({ "services": ["CARE", "MEDICAL"] }),
            json!({ "workers": ["社工甲", "社工乙"] }),
        ]) {
            worker.store(visit(STATION, elder(number), "2026-10-02", more)).await;
        }
        visits(&hub, 45).await;
        let officer = hub.officer().await;
        let rows = lines(&told(&officer, ROWS, "NDJSON").await.1);
        let (id, bytes) = told(&officer, ROWS, "PARQUET").await;
        let answer = get(&officer, &id, &[]).await;
        assert_eq!(answer.headers()["content-type"], "application/vnd.apache.parquet");
        assert!(answer.headers()["content-disposition"].to_str().unwrap().ends_with(".parquet\""));
        let (found, about) = table(bytes);
        assert_eq!(found.len() as i64, count(&hub, "visits").await);
        for (found, row) in found.iter().zip(&rows) {
            let columns = found.as_object().unwrap();
            assert_eq!(columns.len(), 11, "{found}");
            for (column, value) in columns {
                match column.as_str() {
                    "closing" => {
                        let at = |value: &Value| value.as_str().unwrap().parse::<DateTime<chrono::Utc>>().unwrap();
                        assert_eq!(at(value).timestamp_micros(), at(&row["closing"]).timestamp_micros());
                    }
                    column => assert_eq!(*value, at(row, column), "{column}"),
                }
            }
        }
        assert!(found.iter().any(|row| row["minutes"] == 40 && row["services"] == json!([])), "{found:?}");
        assert!(found.iter().any(|row| row["services"] == json!(["CARE", "MEDICAL"])));
        let beside = cover(&officer, &id).await;
        assert_eq!((&about["rows"], &about["tables"], &about["rowsDigest"]), (&beside["rows"], &beside["tables"], &beside["rowsDigest"]));
        assert_eq!((&about["format"], &about["query"]), (&json!("PARQUET"), &json!(ROWS)));
    }

    async fn lists_within_rows_are_files_joined_by_key(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        for number in 1..=3 {
            for day in 1..=number {
                let needs = json!({ "needs": [{ "domain": "CARE", "urgency": "SOON" }, { "domain": "OTHER", "urgency": "NORMAL" }] });
                worker.store(visit(STATION, elder(number), &format!("2026-10-0{day}"), needs)).await;
            }
        }
        let officer = hub.officer().await;
        let query = "{ persons { nodes { name visits { totalCount nodes { visitedOn needs { nodes { domain } } } } } } }";
        let (id, bytes) = told(&officer, query, "PARQUET").await;
        let answer = get(&officer, &id, &[]).await;
        assert!(answer.headers()["content-disposition"].to_str().unwrap().ends_with(".zip\""));
        let mut package = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut of = |name: &str| {
            let mut bytes = Vec::new();
            package.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        let [people, visits, needs] = ["persons", "persons.visits", "persons.visits.needs"]
            .map(|name| table(of(&format!("{name}.parquet"))).0);
        // An open need is not raised again.
        assert_eq!([people.len(), visits.len(), needs.len()], [3, 6, 6]);
        for person in &people {
            let own = visits.iter().filter(|visit| visit["_parent"] == person["_key"]).count();
            assert_eq!(person["visits.totalCount"], own);
        }
        for need in &needs {
            assert_eq!(visits.iter().filter(|visit| need["_parent"] == visit["_key"]).count(), 1);
        }
        let beside: Value = serde_json::from_slice(&of("cover.json")).unwrap();
        assert_eq!(beside, cover(&officer, &id).await);
    }

    async fn what_is_suppressed_or_masked_is_so_in_a_typed_column(hub: TestHub) {
        let (worker, neighbour) = (hub.worker(STATION).await, hub.worker(NEIGHBOUR).await);
        for number in 1..=8 {
            worker.store(visit(STATION, elder(number), "2026-10-02", json!({}))).await;
        }
        neighbour.store(visit(NEIGHBOUR, elder(9), "2026-10-02", json!({}))).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let query = "{ stations { nodes { code visits { totalCount } } } }";
        let (id, bytes) = told(&analyst, query, "PARQUET").await;
        let of = |rows: &[Value], code: &str| rows.iter().find(|row| row["code"] == code).unwrap()["visits.totalCount"].clone();
        assert_eq!(of(&table(bytes).0, NEIGHBOUR), Value::Null);
        let plain = table(told(&hub.officer().await, query, "PARQUET").await.1).0;
        assert_eq!((of(&plain, STATION), of(&plain, NEIGHBOUR)), (json!(8), json!(1)));
        let told_of = cover(&analyst, &id).await;
        assert!(told_of["sight"].as_object().unwrap().values().any(|word| word == "SUPPRESSED"), "{told_of:#}");
        let (_, bytes) = told(&analyst, "{ persons { nodes { name birthDate } } }", "PARQUET").await;
        for row in table(bytes).0 {
            assert!(row["name"].as_str().unwrap().contains('*') && row["birthDate"].is_null(), "{row}");
        }
        let figures = "{ statistics(of: VISITS, by: [STATION], measures: [{ measure: COUNT }, { measure: SHARE }]) {
            rows { station { code } figures { count value } } } }";
        let (rows, _) = table(told(&hub.officer().await, figures, "PARQUET").await.1);
        let row = rows.iter().find(|row| row["station.code"] == STATION).unwrap();
        assert_eq!((&row["figures.0.count"], &row["figures.0.value"]), (&json!(8), &json!(8.0)));
        assert!(row["figures.1.value"].as_f64().is_some(), "{row}");
    }
}
