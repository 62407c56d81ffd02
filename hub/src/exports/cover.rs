//! What is told beside a file: of which question, for whom, when, how much, and what it does not show.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cover {
    pub query: String,
    pub variables: serde_json::Value,
    /// Name, username and role of the account.
    pub viewer: String,
    pub asked_at: DateTime<Utc>,
    pub made_at: DateTime<Utc>,
    pub format: String,
    /// How many rows the answer has.
    pub rows: i64,
    pub tables: Vec<CoverTable>,
    /// What was not shown plainly: field → MASKED, HIDDEN or SUPPRESSED.
    pub sight: BTreeMap<String, String>,
    /// The `first` of the question, where the file has as many rows.
    #[serde(default)]
    pub first: Option<i64>,
    /// How many rows there are, where the file has not all of them and that is known.
    pub found: Option<i64>,
    /// SHA-256 of the texts of all cells but headers, a tab after each and a line feed after each row;
    /// of Parquet, of the values as JSON; of NDJSON, of the file.
    pub rows_digest: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CoverTable {
    pub name: String,
    pub title: String,
    pub rows: u64,
    /// Of how many rows above the list is longer than the `first` that was asked for.
    pub more: u64,
    /// How many rows the list gives at most, where it has as many.
    #[serde(default)]
    pub at_most: Option<u64>,
    pub columns: Vec<CoverColumn>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CoverColumn {
    pub header: String,
    /// The field in the question.
    pub path: String,
    /// PLAIN, or how some of its values are shown.
    pub sight: String,
}

impl Cover {
    /// The cover for people: label → text.
    pub fn lines(&self) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        let mut say = |label: &str, text: String| lines.push((label.to_owned(), text));
        say("查询", self.query.clone());
        say("变量", self.variables.to_string());
        say("导出人", self.viewer.clone());
        say("提交时间", local(self.asked_at));
        say("生成时间", local(self.made_at));
        say("条数", self.rows.to_string());
        for table in &self.tables {
            say(&format!("表：{}", table.title), format!("{} 行", table.rows));
        }
        self.left_out().into_iter().for_each(|(label, text)| say(&label, text));
        match self.unshown().as_slice() {
            [] => say("显示范围", "所选字段均按原值显示".to_owned()),
            unshown => unshown.iter().for_each(|(field, text)| say(field, text.clone())),
        }
        say("时间", "均为北京时间".to_owned());
        say("各行的 SHA-256", self.rows_digest.clone());
        for table in &self.tables {
            for column in &table.columns {
                say(&format!("{} · {}", table.title, column.header), column.path.clone());
            }
        }
        lines
    }

    /// Of what the file has not all, for people: label → text.
    #[must_use]
    pub fn left_out(&self) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        let mut say = |label: String, text: String| lines.push((label, text));
        match (self.found, self.first) {
            (Some(found), _) => {
                say("共有".to_owned(), format!("{found} 条，按查询只取了其中一部分"));
            }
            (None, Some(first)) => {
                say("只取".to_owned(), format!("前 {first} 条（查询的 first），其后可能还有"));
            }
            (None, None) => {}
        }
        for table in &self.tables {
            let label = || format!("未全部取出：{}", table.title);
            if table.more > 0 {
                let text =
                    format!("{} 条所属的此列表多于查询的 first，只取了其中一部分", table.more);
                say(label(), text);
            }
            if let Some(most) = table.at_most {
                say(label(), format!("此列表至多给出 {most} 条，新的在前，此外可能还有"));
            }
        }
        lines
    }

    fn unshown(&self) -> Vec<(String, String)> {
        let told = self.sight.iter().map(|(field, word)| {
            let text = match word.as_str() {
                "MASKED" => "部分遮盖：遮盖后的值，或不显示而为空",
                "HIDDEN" => "不显示：为空不等于没有",
                _ => "可能有因人数过少等而隐去的数值或未列出的行",
            };
            (field.clone(), text.to_owned())
        });
        told.collect()
    }
}

fn local(instant: DateTime<Utc>) -> String {
    let east = FixedOffset::east_opt(8 * 3600);
    let text = |east| instant.with_timezone(&east).format("%Y-%m-%d %H:%M:%S").to_string();
    east.map_or_else(|| instant.to_string(), text)
}
