//! The bulletin of one month for the whole city, all its figures.

use chrono::NaiveDate;
use serde_json::json;

use super::read::{Read, Texts};
use crate::stand::Stand;

const TEXTS: Texts = Texts {
    name: "bulletin",
    graphql: "query Bulletin($from: Date!, $to: Date!) { bulletin(from: $from, to: $to) { \
              stations { count } peopleServed { count } personTimes { count } visits { count } \
              visitsByKind { kind count } services { service count } \
              needsRaised { count byDomain { domain count } } \
              needsMet { count byDomain { domain count } } \
              assessments { instrument level count } ledgers { kind count } } }",
    sqlite: include_str!("../../sql/bulletin.sqlite.sql"),
    postgres: include_str!("../../sql/bulletin.postgres.sql"),
    peer: None,
};

/// The months asked for in turn, each by its first day.
const MONTHS: [(i32, u32); 6] = [(2025, 1), (2025, 3), (2025, 5), (2025, 7), (2025, 8), (2025, 10)];

pub fn read(stand: &Stand) -> Read {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    let turns = MONTHS.map(|(year, month)| {
        let (from, to) = (day(year, month, 1), day(year, month, 31));
        let values = vec![from.into(), to.into()];
        (None, json!({ "from": from.to_string(), "to": to.to_string() }), values)
    });
    Read::new(stand, &TEXTS, turns.into())
}
