//! The rows of a table within the lines of an answer.

use serde_json::Value;

use super::{
    Column, ID, Table,
    cells::{Cell, at},
};

/// A table with those it lies in, the first table first.
pub struct Chain<'t>(pub Vec<&'t Table>);

/// A row of a table: the key of the row it hangs on, and its own where others hang on it.
pub struct Row<'v> {
    pub above: Option<Cell>,
    pub key: Option<Cell>,
    pub value: &'v Value,
}

/// How far the numbering of each table of a chain has come, and what was met.
#[derive(Default)]
pub struct Walk {
    numbers: Vec<i64>,
    pub rows: u64,
    /// Of how many rows above the list has more.
    pub more: u64,
}

impl<'t> Chain<'t> {
    /// Every table that has columns, those above before those within.
    pub fn all(tables: &'t [Table]) -> Vec<Self> {
        let mut all = Vec::new();
        for table in tables {
            add(&mut all, &[], table);
        }
        all
    }

    pub fn table(&self) -> &'t Table {
        self.0[self.0.len() - 1]
    }

    /// Whether its rows begin with the key of the row they hang on.
    pub fn has_above(&self) -> bool {
        self.above().is_some()
    }

    /// The table of the rows that its rows hang on, where that has keys.
    pub fn above(&self) -> Option<&'t Table> {
        let above = self.0.len().checked_sub(2).and_then(|at| self.0.get(at).copied());
        above.filter(|above| !above.single)
    }

    /// Whether its rows begin with a key of their own.
    pub fn has_key(&self) -> bool {
        !self.table().single && !self.table().within.is_empty()
    }

    pub fn columns(&self) -> &'t [Column] {
        &self.table().columns
    }

    /// Gives each row of the table that a line holds.
    ///
    /// # Errors
    /// What `give` says.
    pub fn walk<E>(
        &self,
        walk: &mut Walk,
        line: &Value,
        give: &mut impl FnMut(Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        walk.numbers.resize(self.0.len(), 0);
        self.go(walk, 0, None, line, give)
    }

    fn go<E>(
        &self,
        walk: &mut Walk,
        depth: usize,
        above: Option<&Cell>,
        value: &Value,
        give: &mut impl FnMut(Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let table = self.0[depth];
        if table.only.as_deref().is_some_and(|kind| value["__typename"] != kind) {
            return Ok(());
        }
        walk.numbers[depth] += 1;
        let key = match (&value[ID], table.single) {
            (_, true) => None,
            (Value::String(id), _) if table.has_id => Some(Cell::Text(id.clone())),
            _ => Some(Cell::Number(walk.numbers[depth].into())),
        };
        let Some(next) = self.0.get(depth + 1) else {
            walk.rows += 1;
            let above = above.cloned().filter(|_| self.has_above());
            return give(Row { above, key: key.filter(|_| self.has_key()), value });
        };
        if depth + 2 == self.0.len() && *at(value, &next.more) == Value::Bool(true) {
            walk.more += 1;
        }
        if let Value::Array(rows) = at(value, &next.path) {
            for row in rows {
                self.go(walk, depth + 1, key.as_ref(), row, give)?;
            }
        }
        Ok(())
    }
}

fn add<'t>(all: &mut Vec<Chain<'t>>, above: &[&'t Table], table: &'t Table) {
    let chain = [above, &[table]].concat();
    if !table.columns.is_empty() {
        all.push(Chain(chain.clone()));
    }
    for within in &table.within {
        add(all, &chain, within);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exports::Form;

    fn table(name: &str, path: &[&str], has_id: bool, within: Vec<Table>) -> Table {
        let (header, path_of) = ("名".to_owned(), vec!["name".to_owned()]);
        let column = Column { header, path: path_of, form: Form::Text, fields: Vec::new() };
        let path = path.iter().map(|key| (*key).to_owned()).collect();
        let (name, columns) = (name.to_owned(), vec![column]);
        Table { name, path, has_id, columns, within, ..Table::default() }
    }

    fn rows(chain: &Chain<'_>, lines: &[Value]) -> Vec<String> {
        let (mut walk, mut rows) = (Walk::default(), Vec::new());
        for line in lines {
            let mut give = |row: Row<'_>| {
                let text =
                    |cell: Option<Cell>| cell.map_or_else(|| "-".to_owned(), |cell| cell.text());
                let name = row.value["name"].as_str().unwrap_or_default();
                rows.push(format!("{} {} {name}", text(row.above), text(row.key)));
                Ok::<_, ()>(())
            };
            chain.walk(&mut walk, line, &mut give).unwrap();
        }
        rows
    }

    #[test]
    fn rows_of_lists_within_lists_are_joined_by_id_or_number() {
        let leaf = table("a.b.c", &["c"], false, Vec::new());
        let middle = table("a.b", &["x", "b"], false, vec![leaf]);
        let tables = [table("a", &[], true, vec![middle])];
        let chains = Chain::all(&tables);
        let line = |id: &str, b: Value| json!({ "exportId": id, "name": id, "x": { "b": b } });
        let leaves = json!([{ "name": "l1" }, { "name": "l2" }]);
        let lines = [
            line("A", json!([{ "name": "m1", "c": leaves }, { "name": "m2", "c": [] }])),
            line("B", json!(null)),
            line("C", json!([{ "name": "m3", "c": [{ "name": "l3" }] }])),
        ];
        assert_eq!(rows(&chains[0], &lines), ["- A A", "- B B", "- C C"]);
        assert_eq!(rows(&chains[1], &lines), ["A 1 m1", "A 2 m2", "C 3 m3"]);
        assert_eq!(rows(&chains[2], &lines), ["1 - l1", "1 - l2", "3 - l3"]);
    }

    #[test]
    fn a_table_of_one_row_has_no_key() {
        let mut root = table("s", &[], false, vec![table("s.rows", &["rows"], false, Vec::new())]);
        root.single = true;
        let tables = [root];
        let chains = Chain::all(&tables);
        let line = json!({ "name": "s", "rows": [{ "name": "r" }] });
        assert_eq!(rows(&chains[0], std::slice::from_ref(&line)), ["- - s"]);
        assert_eq!(rows(&chains[1], &[line]), ["- - r"]);
    }
}
