//! A page of 50 in the middle of a station's visits of half a year, with the names of person and
//! station.

use anyhow::{Context, ensure};
use chrono::NaiveDate;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{
    agree,
    read::{Read, Texts},
};
use crate::stand::Stand;

const TEXTS: Texts = Texts {
    name: "list",
    graphql: "query List($filter: VisitFilter!, $after: String!) { \
              visits(first: 50, after: $after, filter: $filter) { pageInfo { hasNextPage } \
              nodes { id visitedOn mode minutes remark station { name } person { name } } } }",
    sqlite: include_str!("../../sql/list.sqlite.sql"),
    postgres: include_str!("../../sql/list.postgres.sql"),
    peer: None,
};

const FROM: &str = "2025-04-01";
const TO: &str = "2025-09-30";
/// The page begins after the newest visit of this day or before.
const MIDDLE: &str = "2025-06-30";
const CURSOR: &str = "query Cursor($filter: VisitFilter!) { \
                      visits(first: 1, filter: $filter) { edges { cursor node { id visitedOn } } } }";

pub async fn read(stand: &Stand) -> anyhow::Result<Read> {
    let mut turns = Vec::new();
    let (from, to): (NaiveDate, NaiveDate) = (FROM.parse()?, TO.parse()?);
    for place in &stand.engine.city.places {
        let Some((after, day, id)) = middle(stand, &place.code).await? else { continue };
        let filter = json!({ "stations": [place.code], "visited": { "from": FROM, "to": TO } });
        let values =
            vec![place.code.as_str().into(), from.into(), to.into(), day.into(), id.into()];
        turns.push((
            stand.engine.worker_of(&place.code),
            json!({ "filter": filter, "after": after }),
            values,
        ));
    }
    ensure!(!turns.is_empty(), "no station has visits before {MIDDLE}");
    Ok(Read::new(stand, &TEXTS, turns))
}

/// Where the page begins, for the hub and for SQL.
async fn middle(stand: &Stand, station: &str) -> anyhow::Result<Option<(String, NaiveDate, Uuid)>> {
    let filter = json!({ "stations": [station], "visited": { "from": FROM, "to": MIDDLE } });
    let data = stand.client.query(CURSOR, &json!({ "filter": filter })).await?;
    let Some(edge) = data.pointer("/visits/edges/0") else { return Ok(None) };
    let node = agree::plain(edge.get("node").unwrap_or(&Json::Null));
    let text = |value: Option<&Json>| {
        value.and_then(Json::as_str).map(str::to_owned).context("an edge lacks a value")
    };
    let day = text(node.get("visitedOn"))?.parse()?;
    let id = text(node.get("id"))?.parse()?;
    Ok(Some((text(edge.get("cursor"))?, day, id)))
}
