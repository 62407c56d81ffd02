//! One station, its 20 newest visits, of each the person, of each the newest assessment.

use serde_json::json;

use super::{
    Side,
    read::{Read, Texts},
};
use crate::stand::Stand;

const TEXTS: Texts = Texts {
    name: "nested",
    graphql: "query Nested($station: String!) { station(code: $station) { id code name \
              visits(first: 20) { nodes { id visitedOn mode minutes remark \
              person { id name sex birthDate \
              newestAssessment { id assessedOn score level } } } } } }",
    sqlite: include_str!("../../sql/nested.sqlite.sql"),
    postgres: include_str!("../../sql/nested.postgres.sql"),
    // Remarks are sealed, which only the hub opens. Order and names are the hub's.
    peer: Some((
        Side::PostGraphile,
        "query Nested($station: UUID!) { station: stationByRowId(rowId: $station) { id: rowId code name \
         visits: visitsByStationId(first: 20, orderBy: [VISITED_ON_DESC, ROW_ID_DESC]) { nodes { \
         id: rowId visitedOn mode minutes person: personByPersonId { id: rowId name sex birthDate \
         newestAssessment: assessmentsByPersonIdList(first: 1, orderBy: [ASSESSED_ON_DESC, ROW_ID_DESC]) { \
         id: rowId assessedOn score level } } } } } }",
    )),
};

pub fn read(stand: &Stand) -> Read {
    let turns = stand.engine.city.places.iter().map(|place| {
        let code = place.code.as_str();
        (stand.engine.worker_of(code), json!({ "station": code }), vec![code.into()])
    });
    let of_peer = stand.engine.city.places.iter().map(|place| json!({ "station": place.id }));
    Read::new(stand, &TEXTS, turns.collect()).beside(&TEXTS, of_peer)
}
