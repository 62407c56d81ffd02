//! A print-out as the person reads it: Markdown, in Chinese. The ids and counters by which the hub
//! holds its rows together are in the JSON alone.

mod words;

use std::{collections::BTreeSet, fmt::Write};

use hub::{
    instruments,
    printout::{Printout, Row, SOURCES, StationName},
};
use serde_json::{Map, Value};

/// What would be a table too wide as a list, and a list too long as anything but a table.
const TABLES: [&str; 2] = ["changes", "accesses"];
/// What only the hub reads.
const INNER: [&str; 7] = ["id", "digest", "eventDigest", "version", "basedOn", "seq", "levelRank"];

/// The print-out in Chinese.
#[must_use]
pub fn markdown(printout: &Printout) -> String {
    let mut page = "# 个人信息查阅与复制件\n\n".to_owned();
    head(&mut page, printout);
    for (source, rows) in SOURCES.iter().zip(&printout.sections) {
        let title = words::source(source.key).unwrap_or(source.key);
        let _ = write!(page, "\n## {title}（{} 条）\n", rows.len());
        if TABLES.contains(&source.key) {
            table(&mut page, source.key, rows);
        } else {
            lists(&mut page, source.key, rows);
        }
    }
    page
}

fn head(page: &mut String, printout: &Printout) {
    let Printout { printed_at, printed_by, purpose, covers, elsewhere, withheld, .. } = printout;
    page.push_str("依据《中华人民共和国个人信息保护法》第四十五条。内含他人信息，请妥善保管。\n\n");
    let _ = writeln!(page, "- 打印时间：{}", printed_at.to_rfc3339());
    let _ = writeln!(page, "- 打印人：{}", line("", "account", printed_by));
    let _ = writeln!(page, "- 事由：{}", escaped(purpose));
    let _ = writeln!(page, "- 包含以下社工站的资料：{}", stations(covers));
    if !elsewhere.is_empty() {
        let _ = writeln!(page, "- 以下社工站另有资料，未列入：{}", stations(elsewhere));
    }
    if !withheld.is_empty() {
        let titles: Vec<_> = withheld.iter().filter_map(|key| words::source(key)).collect();
        let _ = writeln!(
            page,
            "- 以家庭为对象的材料，其文字可能涉及未成年人，未列入，可由社工站负责人打印：{}",
            titles.join("、")
        );
    }
}

fn stations(stations: &BTreeSet<StationName>) -> String {
    let names: Vec<_> = stations
        .iter()
        .map(|station| format!("{}（{}）", escaped(&station.name), station.code))
        .collect();
    if names.is_empty() { "无".to_owned() } else { names.join("、") }
}

fn lists(page: &mut String, source: &str, rows: &[Row]) {
    for (number, row) in rows.iter().enumerate() {
        let _ = write!(page, "\n### {}\n\n", number + 1);
        let instrument = instrument_of(row);
        for (key, value) in row.0.iter().filter(|(key, _)| is_told(key)) {
            match instrument.and_then(|instrument| assessed(instrument, key, value)) {
                Some(text) => entry(page, 0, label(key), &text),
                None => item(page, 0, (source, key), value),
            }
        }
    }
}

/// One line for a plain value; for what has parts, a list below.
fn item(page: &mut String, depth: usize, (source, key): (&str, &str), value: &Value) {
    let parts: Vec<&Map<String, Value>> = match value {
        Value::Object(parts) if !is_name(parts) => vec![parts],
        Value::Array(parts) => parts.iter().filter_map(Value::as_object).collect(),
        _ => Vec::new(),
    };
    if parts.iter().all(|parts| is_name(parts)) {
        entry(page, depth, label(key), &line(source, key, value));
        return;
    }
    for parts in parts {
        let _ = writeln!(page, "{:indent$}- {}：", "", label(key), indent = depth * 2);
        for (key, value) in parts.iter().filter(|(key, _)| is_told(key)) {
            item(page, depth + 1, (source, key), value);
        }
    }
}

fn entry(page: &mut String, depth: usize, label: &str, text: &str) {
    if !text.is_empty() {
        let _ = writeln!(page, "{:indent$}- {label}：{text}", "", indent = depth * 2);
    }
}

fn table(page: &mut String, source: &str, rows: &[Row]) {
    let Some(first) = rows.first() else { return };
    let keys: Vec<_> = first.0.iter().map(|(key, _)| key).filter(|key| is_told(key)).collect();
    let labels: Vec<_> = keys.iter().map(|key| label(key)).collect();
    let _ = write!(page, "\n| {} |\n|{}\n", labels.join(" | "), " --- |".repeat(keys.len()));
    for row in rows {
        let told = row.0.iter().filter(|(key, _)| is_told(key));
        let cells: Vec<_> = told.map(|(key, value)| line(source, key, value)).collect();
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
}

/// A value in one line.
fn line(source: &str, key: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => said(source, key, text),
        Value::Array(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| line(source, key, part)).collect();
            parts.join("、")
        }
        Value::Object(parts) => {
            let name = parts.get("name").and_then(Value::as_str).unwrap_or_default();
            let mut others = parts.iter().filter(|(key, _)| *key != "name");
            let other = others.find_map(|(_, value)| value.as_str()).unwrap_or_default();
            format!("{}（{}）", escaped(name), escaped(other))
        }
    }
}

/// A text, or the word of a choice. What the trail names as `Type.field` and an operation with the
/// name its client gave it have a word for each part.
fn said(source: &str, key: &str, text: &str) -> String {
    if let Some(word) = words::choice(source, key, text) {
        return word.to_owned();
    }
    if key == "picture" {
        return format!("![照片]({text})");
    }
    match (key, text.split_once(['.', ' '])) {
        ("fields", Some((kind, field))) => {
            format!("{}·{}", words::source(kind).unwrap_or(kind), label(field))
        }
        ("operation", Some((word, name))) => {
            format!("{} {}", words::choice(source, key, word).unwrap_or(word), escaped(name))
        }
        _ => escaped(text),
    }
}

fn label(key: &str) -> &str {
    words::label(key).unwrap_or(key)
}

/// Whether it is a station, a division or an account, as rows name them.
fn is_name(parts: &Map<String, Value>) -> bool {
    parts.len() == 2 && (parts.contains_key("code") || parts.contains_key("username"))
}

fn is_told(key: &str) -> bool {
    !INNER.contains(&key) && (key == "residentId" || !key.ends_with("Id"))
}

fn instrument_of(row: &Row) -> Option<&'static instruments::Instrument> {
    let value = |name: &str| row.0.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    instruments::find(value("instrument")?.as_str()?, value("instrumentVersion")?.as_i64()?)
}

/// What an instrument calls itself, its levels and its answers.
fn assessed(instrument: &instruments::Instrument, key: &str, value: &Value) -> Option<String> {
    match key {
        "instrument" => Some(escaped(&instrument.title.zh)),
        "level" => Some(escaped(&instrument.level(value.as_str()?)?.label.zh)),
        "answers" => {
            let answers = value.as_object()?.iter().map(|(code, value)| {
                let item = instrument.item(code);
                let option = item.and_then(|item| item.option(value.as_i64()?));
                let item = item.map_or(code.as_str(), |item| &item.label.zh);
                let value =
                    option.map_or_else(|| value.to_string(), |option| option.label.zh.clone());
                format!("{}：{}", escaped(item), escaped(&value))
            });
            Some(answers.collect::<Vec<_>>().join("；"))
        }
        _ => None,
    }
}

/// A text on one line, with nothing in it that Markdown would take for a mark.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for letter in text.chars() {
        if letter.is_control() {
            safe.push(' ');
            continue;
        }
        if "\\`*_[]<>|&~".contains(letter) {
            safe.push('\\');
        }
        safe.push(letter);
    }
    safe
}
