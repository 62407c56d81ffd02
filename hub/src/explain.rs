//! What a question takes of the database, for whoever asks to have it explained: its statements, and
//! how the database goes about them. Who does not ask pays nothing for it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::Value;

use crate::{Hub, HubError, access::Viewer};

tokio::task_local! {
    static TAKEN: Taken;
}

/// The statements by which a question read, in the order in which they were done.
#[derive(Clone, Default)]
pub struct Taken(Arc<Mutex<Vec<Read>>>);

struct Read {
    statement: Statement,
    rows: usize,
    elapsed: Duration,
}

impl Taken {
    /// Runs something, and takes down what it reads in its own task.
    pub async fn during<F: Future>(&self, running: F) -> F::Output {
        TAKEN.scope(self.clone(), running).await
    }
}

/// A statement under way that is taken down.
pub(crate) struct Note {
    taken: Taken,
    statement: Statement,
    began: Instant,
}

impl Note {
    /// None where nobody asks for it.
    pub fn begin(statement: &Statement) -> Option<Self> {
        let taken = TAKEN.try_with(Clone::clone).ok()?;
        Some(Self { taken, statement: statement.clone(), began: Instant::now() })
    }

    pub fn end(self, rows: usize) {
        let Self { taken, statement, began } = self;
        let read = Read { statement, rows, elapsed: began.elapsed() };
        taken.0.lock().unwrap_or_else(PoisonError::into_inner).push(read);
    }
}

/// What statements of one text took together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Without values: `?` stands for each, and `?, …` for several.
    pub text: String,
    pub calls: usize,
    pub rows: usize,
    pub elapsed: Duration,
    /// How tables are read, by which index: `SEARCH t USING INDEX …`, `Seq Scan on …`.
    pub reads: Vec<String>,
}

impl Hub {
    /// What was taken down, by the statements' texts; none for those who see no small figures, since
    /// which statements it takes to withhold a figure goes by that figure.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn explain(
        &self,
        viewer: &Viewer,
        taken: &Taken,
    ) -> Result<Option<Vec<Explained>>, HubError> {
        if !viewer.sees_small_figures() {
            return Ok(None);
        }
        let taken = std::mem::take(&mut *taken.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut explained: Vec<Explained> = Vec::new();
        for Read { statement, rows, elapsed } in taken {
            let text = without_values(&statement.sql);
            if let Some(same) = explained.iter_mut().find(|known| known.text == text) {
                same.calls += 1;
                same.rows += rows;
                same.elapsed += elapsed;
                continue;
            }
            let reads = self.reads(statement).await?;
            explained.push(Explained { text, calls: 1, rows, elapsed, reads });
        }
        Ok(Some(explained))
    }

    /// How the database would go about a statement with these values. It is not run.
    async fn reads(&self, mut statement: Statement) -> Result<Vec<String>, HubError> {
        let is_postgres = statement.db_backend == DbBackend::Postgres;
        let how = if is_postgres { "EXPLAIN (FORMAT JSON)" } else { "EXPLAIN QUERY PLAN" };
        statement.sql.insert_str(0, &format!("{how} "));
        let mut reads = Vec::new();
        for row in self.db.read().query_all_raw(statement).await? {
            match is_postgres {
                true => add_nodes(&row.try_get("", "QUERY PLAN")?, &mut reads),
                false => reads.extend(of_line(&row.try_get::<String>("", "detail")?)),
            }
        }
        reads.sort();
        reads.dedup();
        Ok(reads)
    }
}

/// A line of SQLite's plan that reads a table, without what it is searched by.
fn of_line(line: &str) -> Option<String> {
    let reads = ["SEARCH ", "SCAN "].iter().any(|how| line.starts_with(how));
    let no_table = ["VALUES CLAUSE", "CONSTANT ROW", "CONSTANT ROWS"];
    let reads = reads && !no_table.iter().any(|rows| line.ends_with(rows));
    reads.then(|| line.split(" (").next().unwrap_or(line).to_owned())
}

/// The nodes of PostgreSQL's plan that read a table or an index, without their conditions.
fn add_nodes(plan: &Value, reads: &mut Vec<String>) {
    match plan {
        Value::Array(parts) => parts.iter().for_each(|part| add_nodes(part, reads)),
        Value::Object(node) => {
            let text = |key: &str| node.get(key).and_then(Value::as_str);
            let (index, table) = (text("Index Name"), text("Relation Name"));
            if let Some(how) = text("Node Type").filter(|_| index.or(table).is_some()) {
                let index = index.map(|index| format!(" using {index}")).unwrap_or_default();
                let table = table.map(|table| format!(" on {table}")).unwrap_or_default();
                reads.push(format!("{how}{index}{table}"));
            }
            ["Plan", "Plans"]
                .iter()
                .filter_map(|key| node.get(*key))
                .for_each(|part| add_nodes(part, reads));
        }
        _ => {}
    }
}

/// The text of a statement with `?` for each placeholder. How many stand in a row tells how many rows
/// were found before, and makes one text of many: of several, the first is left.
fn without_values(sql: &str) -> String {
    let mut parts = sql.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
        text.push(if rest.len() < part.len() { '?' } else { '$' });
        text.push_str(rest);
    }
    ["?", "(?)", "(?, …)"].iter().fold(text, |text, group| shortened(&text, group))
}

fn shortened(text: &str, group: &str) -> String {
    let mut parts = text.split(group);
    let mut short = parts.next().unwrap_or_default().to_owned();
    let mut parts = parts.peekable();
    let mut is_several = false;
    while let Some(part) = parts.next() {
        if !is_several {
            short.push_str(group);
        }
        let goes_on = parts.peek().is_some() && part == ", ";
        if !goes_on {
            if is_several {
                short.push_str(", …");
            }
            short.push_str(part);
        }
        is_several = goes_on;
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_tells_neither_values_nor_how_many_there_were() {
        for (sql, text) in [
            (
                r#"SELECT "a" FROM "t" WHERE "b" = $1 LIMIT $2"#,
                r#"SELECT "a" FROM "t" WHERE "b" = ? LIMIT ?"#,
            ),
            ("x IN ($1, $2, $3) AND y = $4", "x IN (?, …) AND y = ?"),
            ("x IN (?) OR (?, ?) OR f(?, y, ?, ?)", "x IN (?) OR (?, …) OR f(?, y, ?, …)"),
            ("VALUES ($10), ($11), ($12)) AS p", "VALUES (?), …) AS p"),
            ("VALUES (?, ?), (?, ?), (?, ?)", "VALUES (?, …), …"),
            ("VALUES (?, ?)", "VALUES (?, …)"),
            ("a $ b", "a $ b"),
        ] {
            assert_eq!(without_values(sql), text);
        }
    }

    #[test]
    fn a_plan_tells_indexes_and_no_conditions() {
        let plan = serde_json::json!([{ "Plan": { "Node Type": "Nested Loop", "Plans": [
            { "Node Type": "Index Scan", "Index Name": "i", "Relation Name": "t", "Index Cond": "(n = '王')" },
            { "Node Type": "Seq Scan", "Relation Name": "s", "Filter": "(n = '王')" },
        ] } }]);
        let mut reads = Vec::new();
        add_nodes(&plan, &mut reads);
        assert_eq!(reads, ["Index Scan using i on t", "Seq Scan on s"]);
        let line = "SEARCH t USING COVERING INDEX i (name=? AND id>?)";
        assert_eq!(of_line(line).unwrap(), "SEARCH t USING COVERING INDEX i");
        for line in ["USE TEMP B-TREE FOR ORDER BY", "SCAN 31-ROW VALUES CLAUSE"] {
            assert_eq!(of_line(line), None);
        }
    }
}
