//! Rows of visits → contents.

use entity::VisitMode;

use super::{
    fields::Fields,
    ledger::{needs, person},
};
use crate::submission::{Content, VisitContent};

pub fn decode(fields: &mut Fields<'_>) -> Content {
    let words = fields.words;
    Content::Visit(VisitContent {
        person: Some(person(fields)),
        household_id: None,
        visited_on: fields.needed_day("visitedOn"),
        minutes: fields.minutes("minutes"),
        mode: fields.needed("mode", &words.visit_mode, VisitMode::Other),
        workers: fields.names("workers"),
        met: fields.text("met"),
        living: fields.text("living"),
        body: fields.text("body"),
        mind: fields.text("mind"),
        services: fields.choices("services", "", &words.service),
        place: fields.written("place"),
        next_visit_on: fields.day("nextVisitOn"),
        remark: fields.text("remark"),
        needs: needs(fields),
        needs_met: fields.choices("needsMet", "", &words.need_domain),
        photos: Vec::new(),
    })
}
