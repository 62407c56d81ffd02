//! All visits by county, month and mode, with the different people of each: what no index answers.

use serde_json::json;

use super::{
    Side,
    read::{Read, Texts},
};
use crate::stand::Stand;

const TEXTS: Texts = Texts {
    name: "statistics",
    graphql: "query Statistics { statistics(of: VISITS, by: [COUNTY, MONTH, MODE], first: 10000, \
              measures: [{ measure: COUNT }, { measure: PEOPLE }]) { \
              rows { county { code } month mode figures { count } } } }",
    sqlite: include_str!("../../sql/statistics.sqlite.sql"),
    postgres: include_str!("../../sql/statistics.postgres.sql"),
    peer: Some((Side::DuckDb, "")),
};

/// How often the first question is asked: of many visits it may take longer than a question is given to
/// read them into memory, which goes on all the same.
const FIRST: usize = 20;

pub async fn read(stand: &Stand) -> Read {
    for _ in 0..FIRST {
        if stand.client.query(TEXTS.graphql, &json!({})).await.is_ok() {
            break;
        }
    }
    let turns = vec![(None, json!({}), Vec::new())];
    Read::new(stand, &TEXTS, turns).beside(&TEXTS, [json!({})].into_iter())
}
