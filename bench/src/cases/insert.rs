//! The bare insert: the rows that the hub makes of handed-in visits, by four statements in one
//! transaction. Nothing is looked up, checked or numbered by what is on record.

use std::{collections::HashMap, sync::Mutex};

use chrono::{DateTime, Utc};
use hub::clock::Clock;
use sea_orm::{ActiveEnum, ConnectionTrait, DatabaseTransaction, DbBackend, Statement, Value};
use uuid::Uuid;

use super::handed::Handed;

struct Table {
    name: &'static str,
    columns: &'static [&'static str],
}

const VISITS: Table = Table {
    name: "visits",
    columns: &[
        "id",
        "submission_id",
        "station_id",
        "person_id",
        "division_code",
        "visited_on",
        "minutes",
        "mode",
        "workers",
        "met",
        "living",
        "body",
        "mind",
        "place",
        "remark",
        "recorded_at",
    ],
};
const SERVICES: Table = Table { name: "visit_services", columns: &["visit_id", "service"] };
const SUBMISSIONS: Table = Table {
    name: "submissions",
    columns: &[
        "id",
        "station_id",
        "account_id",
        "kind",
        "digest",
        "event_digest",
        "content",
        "record_id",
        "person_id",
        "action",
        "received_at",
    ],
};
const CHANGES: Table = Table {
    name: "changes",
    columns: &[
        "seq",
        "submission_id",
        "station_id",
        "kind",
        "action",
        "record_id",
        "person_id",
        "at",
    ],
};

/// The values of a batch, table by table.
#[derive(Default)]
struct Values {
    visits: Vec<Value>,
    services: Vec<Value>,
    submissions: Vec<Value>,
    changes: Vec<Value>,
}

/// Writes batches; keeps the texts of the statements, so that they stay prepared.
pub struct Insert {
    backend: DbBackend,
    account_id: Uuid,
    texts: Mutex<HashMap<(&'static str, usize), String>>,
}

impl Insert {
    pub fn new(backend: DbBackend, account_id: Uuid) -> Self {
        Self { backend, account_id, texts: Mutex::default() }
    }

    /// Writes a batch whose changes are numbered from here on.
    pub async fn write(
        &self,
        tx: &DatabaseTransaction,
        batch: Vec<Handed>,
        seq: i64,
    ) -> anyhow::Result<()> {
        let at = Clock::system().now();
        let mut values = Values::default();
        for (handed, seq) in batch.into_iter().zip(seq..) {
            self.add(&mut values, handed, seq, at)?;
        }
        let Values { visits, services, submissions, changes } = values;
        for (table, values) in [
            (&VISITS, visits),
            (&SERVICES, services),
            (&SUBMISSIONS, submissions),
            (&CHANGES, changes),
        ] {
            let text = self.text(table, values.len() / table.columns.len());
            tx.execute_raw(Statement::from_sql_and_values(self.backend, text, values)).await?;
        }
        Ok(())
    }

    fn add(
        &self,
        values: &mut Values,
        handed: Handed,
        seq: i64,
        at: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        let Handed { submission, visit, visited_on, station_id, person_id, village } = handed;
        let (id, submission_id) = (Clock::system().new_id(), submission.id);
        let digest = format!("{0:032x}{0:032x}", submission_id.as_u128().rotate_left(7));
        let content = submission.content.json().into_bytes();
        values.visits.extend::<[Value; 16]>([
            id.into(),
            submission_id.into(),
            station_id.into(),
            person_id.into(),
            village.into(),
            visited_on.into(),
            visit.minutes.into(),
            visit.mode.to_value().into(),
            serde_json::to_value(&visit.workers)?.into(),
            bytes(visit.met),
            bytes(visit.living),
            bytes(visit.body),
            bytes(visit.mind),
            bytes(visit.place),
            bytes(visit.remark),
            at.into(),
        ]);
        for service in visit.services {
            values.services.extend::<[Value; 2]>([id.into(), service.to_value().into()]);
        }
        values.submissions.extend::<[Value; 11]>([
            submission_id.into(),
            station_id.into(),
            self.account_id.into(),
            "VISIT".into(),
            digest.as_str().into(),
            digest.as_str().into(),
            content.into(),
            id.into(),
            person_id.into(),
            "CREATED".into(),
            at.into(),
        ]);
        values.changes.extend::<[Value; 8]>([
            seq.into(),
            submission_id.into(),
            station_id.into(),
            "VISIT".into(),
            "CREATED".into(),
            id.into(),
            person_id.into(),
            at.into(),
        ]);
        Ok(())
    }

    fn text(&self, table: &Table, rows: usize) -> String {
        let mut texts = self.texts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let text = texts.entry((table.name, rows));
        text.or_insert_with(|| text_of(self.backend, table, rows)).clone()
    }
}

/// Unsealed: what sealing costs is the hub's to bear.
fn bytes(text: Option<String>) -> Value {
    text.map(String::into_bytes).into()
}

fn text_of(backend: DbBackend, table: &Table, rows: usize) -> String {
    let columns = table.columns.len();
    let place = |at: usize| match backend {
        DbBackend::Postgres => format!("${}", at + 1),
        _ => "?".to_owned(),
    };
    let row = |row: usize| {
        let places: Vec<_> = (row * columns..(row + 1) * columns).map(place).collect();
        format!("({})", places.join(","))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    format!("INSERT INTO {} ({}) VALUES {}", table.name, table.columns.join(","), rows.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_has_its_own_placeholders() {
        let text = text_of(DbBackend::Postgres, &SERVICES, 2);
        assert_eq!(text, "INSERT INTO visit_services (visit_id,service) VALUES ($1,$2),($3,$4)");
        let text = text_of(DbBackend::Sqlite, &SERVICES, 1);
        assert_eq!(text, "INSERT INTO visit_services (visit_id,service) VALUES (?,?)");
    }
}
