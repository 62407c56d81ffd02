//! The bulletin of the demo's month: asked over HTTP, printed, held against the count.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::{Value, json};

use super::{City, FROM, TO, count::Count};
use crate::{client::Sender, server::Server};

const BULLETIN: &str = "query ($from: Date!, $to: Date!) { bulletin(from: $from, to: $to) {
  stations { count } peopleServed { count } personTimes { count }
  visitsByKind { kind count } services { service count }
  needsRaised { count byDomain { domain count } } needsMet { count }
  assessments { instrument level count } ledgers { kind count } } }";

/// Three queries to paste into the explorer.
pub const QUERIES: [&str; 3] = [
    "# 全市十月的公报 (the city's bulletin of October)\n\
     { bulletin(from: \"2026-10-01\", to: \"2026-10-31\") {\n    stations { count } \
     peopleServed { count } personTimes { count }\n    services { service count } \
     needsRaised { count } needsMet { count } } }\n",
    "# 每个社工站最近五次探访 (the five newest visits of each station)\n\
     { stations(first: 66) { nodes { code name visits(first: 5) { nodes {\n    visitedOn \
     person { name newestAssessment { level score } } } } } } }\n",
    "# 待解决的紧急需求 (open needs that are urgent)\n\
     { needs(first: 20, filter: { statuses: [OPEN], urgencies: [CRITICAL, URGENT] }) {\n    totalCount \
     nodes { domain urgency raisedOn person { name division { name } } } } }\n",
];

impl City {
    /// The bulletin of the month, as the API answers it to the bureau's officer.
    ///
    /// # Errors
    /// Where the hub does not answer.
    pub async fn bulletin(&self, server: &Server) -> anyhow::Result<Value> {
        let (_, token) = self.accounts.last().context("no accounts")?;
        let sender = Sender::new(&format!("http://{}", server.address()), token)?;
        let mut data = sender.ask(BULLETIN, json!({ "from": FROM, "to": TO })).await?;
        Ok(data["bulletin"].take())
    }
}

/// Each number in which the bulletin differs from the count.
#[must_use]
pub fn difference(bulletin: &Value, expected: &Count) -> Vec<String> {
    let told = Count {
        stations: number(&bulletin["stations"]),
        people_served: number(&bulletin["peopleServed"]),
        person_times: number(&bulletin["personTimes"]),
        visits_by_kind: numbers(&bulletin["visitsByKind"], "kind"),
        services: numbers(&bulletin["services"], "service"),
        needs_raised: numbers(&bulletin["needsRaised"]["byDomain"], "domain"),
        needs_met: number(&bulletin["needsMet"]),
        assessments_by_instrument: numbers(&bulletin["assessments"], "instrument"),
        ledgers_by_kind: numbers(&bulletin["ledgers"], "kind"),
    };
    let (told, expected) = (json!(told), json!(expected));
    let fields = told.as_object().into_iter().flatten();
    fields
        .filter(|(name, value)| expected[name.as_str()] != **value)
        .map(|(name, value)| format!("{name}: {value} instead of {}", expected[name.as_str()]))
        .collect()
}

/// The bulletin as a newspaper would print its numbers.
#[must_use]
pub fn printed(bulletin: &Value) -> String {
    let list = |field: &Value, key: &str| {
        let counts = numbers(field, key);
        let words: Vec<_> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        words.join(", ")
    };
    let levels = bulletin["assessments"].as_array().into_iter().flatten().map(|row| {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", text("instrument"), text("level"), number(row))
    });
    let lines = [
        format!("Bulletin of {FROM} to {TO} (公报)"),
        format!("  stations taking part   {}", number(&bulletin["stations"])),
        format!("  people served          {}", number(&bulletin["peopleServed"])),
        format!("  person-times           {}", number(&bulletin["personTimes"])),
        format!("  visits by kind         {}", list(&bulletin["visitsByKind"], "kind")),
        format!("  services               {}", list(&bulletin["services"], "service")),
        format!("  needs raised           {}", number(&bulletin["needsRaised"])),
        format!("  needs met              {}", number(&bulletin["needsMet"])),
        format!("  assessments            {}", levels.collect::<Vec<_>>().join(", ")),
        format!("  ledgers                {}", list(&bulletin["ledgers"], "kind")),
    ];
    lines.join("\n")
}

fn number(figure: &Value) -> u64 {
    figure["count"].as_u64().unwrap_or_default()
}

/// Counts by a key; NONE where it is null, and nothing where it is 0.
fn numbers(figures: &Value, key: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for figure in figures.as_array().into_iter().flatten() {
        let name = figure[key].as_str().unwrap_or("NONE").to_owned();
        *counts.entry(name).or_default() += number(figure);
    }
    counts.retain(|_, count| *count > 0);
    counts
}
