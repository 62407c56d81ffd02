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
    /// How many rows there are, where the question took the first of them.
    pub found: Option<i64>,
    /// SHA-256 of the texts of all cells but headers, a tab after each and a line feed after each row;
    /// of NDJSON, of the file.
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
        if let Some(found) = self.found {
            say("共有", format!("{found} 行，按查询的 first 只取其中的前若干行"));
        }
        for table in &self.tables {
            say(&format!("表：{}", table.title), format!("{} 行", table.rows));
            if table.more > 0 {
                let text = format!("有 {} 条的下级列表按查询的 first 未全部取出", table.more);
                say("", text);
            }
        }
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
