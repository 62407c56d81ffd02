//! A value of an answer → a cell of a table.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime};
use serde_json::Value;

use super::{Column, Form};

/// In files for people, what a figure shows that is suppressed.
pub const SUPPRESSED: &str = "已隐去";
const YES: &str = "是";
const NO: &str = "否";
/// Between the values of a list in one cell.
const AND: &str = "、";
/// China has one time.
const HOURS_EAST: i32 = 8;

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Empty,
    Text(String),
    Number(serde_json::Number),
    Day(NaiveDate),
    /// In the time of China.
    Instant(NaiveDateTime),
}

impl Cell {
    /// The cell as a text.
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Instant(instant) => instant.format("%Y-%m-%d %H:%M:%S").to_string(),
        }
    }
}

impl Column {
    /// The cell of a row; where its column has suppressed figures, a figure that is not told is one.
    pub fn cell(&self, row: &Value, suppressed: bool) -> Cell {
        match cell(&self.form, at(row, &self.path)) {
            Cell::Empty if suppressed && self.is_there(row) => Cell::Text(SUPPRESSED.to_owned()),
            cell => cell,
        }
    }

    /// Whether there is what the value would be of.
    fn is_there(&self, row: &Value) -> bool {
        self.path.split_last().is_some_and(|(_, above)| at(row, above).is_object())
    }
}

/// The value that a path of keys and of places in lists leads to.
pub fn at<'v>(row: &'v Value, path: &[String]) -> &'v Value {
    path.iter().fold(row, |value, key| match value {
        Value::Array(values) => {
            key.parse().ok().and_then(|at: usize| values.get(at)).unwrap_or(&Value::Null)
        }
        value => &value[key.as_str()],
    })
}

fn cell(form: &Form, value: &Value) -> Cell {
    match (form, value) {
        (_, Value::Null) => Cell::Empty,
        (Form::List(form), value) => cell(form, value),
        (form, Value::Array(values)) => joined(values.iter().map(|value| cell(form, value))),
        (Form::Truth, Value::Bool(is_so)) => text(if *is_so { YES } else { NO }),
        (Form::Number | Form::Fraction, Value::Number(number)) => Cell::Number(number.clone()),
        (Form::Day, Value::String(day)) => day.parse().map_or_else(|_| text(day), Cell::Day),
        (Form::Instant, Value::String(instant)) => {
            local(instant).map_or_else(|| text(instant), Cell::Instant)
        }
        (Form::Words(words), Value::String(code)) => text(words.get(code).unwrap_or(code)),
        (Form::Words(words), Value::Number(code)) => {
            let code = code.to_string();
            text(words.get(&code).unwrap_or(&code))
        }
        (_, Value::String(value)) => text(value),
        (_, value) => text(&value.to_string()),
    }
}

fn text(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
}

fn joined(cells: impl Iterator<Item = Cell>) -> Cell {
    let texts: Vec<_> = cells.filter(|cell| *cell != Cell::Empty).map(|cell| cell.text()).collect();
    text(&texts.join(AND))
}

fn local(instant: &str) -> Option<NaiveDateTime> {
    let east = FixedOffset::east_opt(HOURS_EAST * 3600)?;
    Some(DateTime::parse_from_rfc3339(instant).ok()?.with_timezone(&east).naive_local())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(form: &Form, value: &Value) -> String {
        cell(form, value).text()
    }

    #[test]
    fn values_are_written_as_people_read_them() {
        let words = Form::Words([("HOME".to_owned(), "入户".to_owned())].into());
        assert_eq!(shown(&Form::Truth, &json!(true)), "是");
        assert_eq!(shown(&words, &json!("HOME")), "入户");
        assert_eq!(shown(&words, &json!("NEW")), "NEW");
        assert_eq!(shown(&words, &json!(["HOME", "HOME"])), "入户、入户");
        assert_eq!(
            shown(&Form::Instant, &json!("2026-10-01T20:30:00.123Z")),
            "2026-10-02 04:30:00"
        );
        assert_eq!(
            cell(&Form::Day, &json!("2026-10-01")),
            Cell::Day("2026-10-01".parse().unwrap())
        );
        assert_eq!(cell(&Form::Text, &json!("")), Cell::Empty);
        assert_eq!(shown(&Form::Number, &json!(12.5)), "12.5");
    }

    #[test]
    fn what_is_suppressed_is_said_to_be_and_what_is_not_there_is_empty() {
        let path = vec!["person".to_owned(), "count".to_owned()];
        let (header, fields) = (String::new(), Vec::new());
        let column = Column { header, path, form: Form::Number, fields };
        for row in [json!({ "person": null }), json!({})] {
            assert_eq!(column.cell(&row, true), Cell::Empty);
        }
        let row = json!({ "person": { "count": null } });
        assert_eq!(column.cell(&row, false), Cell::Empty);
        assert_eq!(column.cell(&row, true).text(), SUPPRESSED);
        let row = json!({ "person": { "count": 0 } });
        assert_eq!(column.cell(&row, true).text(), "0");
    }
}
