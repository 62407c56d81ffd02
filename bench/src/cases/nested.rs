//! One station, its 20 newest visits, of each the person, of each the newest assessment.

use serde_json::json;

use super::read::{Read, Texts};
use crate::stand::Stand;

const TEXTS: Texts = Texts {
    name: "nested",
    graphql: "query Nested($station: String!) { station(code: $station) { id code name \
              visits(first: 20) { nodes { id visitedOn mode minutes remark \
              person { id name sex birthDate \
              newestAssessment { id assessedOn score level } } } } } }",
    sqlite: include_str!("../../sql/nested.sqlite.sql"),
    postgres: include_str!("../../sql/nested.postgres.sql"),
};

pub fn read(stand: &Stand) -> Read {
    let codes = stand.engine.city.places.iter().map(|place| place.code.as_str());
    let turns = codes.map(|code| (Some(code), json!({ "station": code }), vec![code.into()]));
    Read::new(stand, &TEXTS, turns.collect())
}
