//! The same as nested of all stations at once: a large answer.

use serde_json::json;

use super::{
    Side,
    read::{Read, Texts},
};
use crate::stand::Stand;

const TEXTS: Texts = Texts {
    name: "all",
    graphql: "query All { stations(first: 100) { nodes { id code name \
              visits(first: 20) { nodes { id visitedOn mode minutes remark \
              person { id name sex birthDate \
              newestAssessment { id assessedOn score level } } } } } } }",
    sqlite: include_str!("../../sql/all.sqlite.sql"),
    postgres: include_str!("../../sql/all.postgres.sql"),
    peer: Some((
        Side::PostGraphile,
        "query All { stations: allStations(orderBy: [CODE_ASC]) { nodes { id: rowId code name \
         visits: visitsByStationId(first: 20, orderBy: [VISITED_ON_DESC, ROW_ID_DESC]) { nodes { \
         id: rowId visitedOn mode minutes person: personByPersonId { id: rowId name sex birthDate \
         newestAssessment: assessmentsByPersonIdList(first: 1, orderBy: [ASSESSED_ON_DESC, ROW_ID_DESC]) { \
         id: rowId assessedOn score level } } } } } } }",
    )),
};

pub fn read(stand: &Stand) -> Read {
    let turns = vec![(Some(stand.engine.system.clone()), json!({}), Vec::new())];
    Read::new(stand, &TEXTS, turns).beside(&TEXTS, std::iter::once(json!({})))
}
