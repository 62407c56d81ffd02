//! All visits by county, month and mode, with the different people of each: what no index answers.

use serde_json::json;

use super::read::{Read, Texts};
use crate::stand::Stand;

const TEXTS: Texts = Texts {
    name: "statistics",
    graphql: "query Statistics { statistics(of: VISITS, by: [COUNTY, MONTH, MODE], first: 10000, \
              measures: [{ measure: COUNT }, { measure: PEOPLE }]) { \
              rows { county { code } month mode figures { count } } } }",
    sqlite: include_str!("../../sql/statistics.sqlite.sql"),
    postgres: include_str!("../../sql/statistics.postgres.sql"),
    peer: None,
};

pub fn read(stand: &Stand) -> Read {
    Read::new(stand, &TEXTS, vec![(None, json!({}), Vec::new())])
}
