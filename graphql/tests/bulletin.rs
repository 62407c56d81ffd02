//! The bulletin: its figures, and the rows behind each.

use std::collections::BTreeSet;

use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::Value;

use crate::{
    on_both,
    world::{Backend, FAR, NEIGHBOUR, STATION, World, day},
};

const BULLETIN: &str = "{ bulletin(from: \"2026-10-01\", to: \"2026-10-31\" DIVISION) {
    stations { count stations { totalCount nodes { code } } }
    peopleServed { count people { totalCount nodes { id } } }
    personTimes { count visits { totalCount nodes { id } } }
    visits { count visits { totalCount nodes { id } } }
    visitsByKind { kind count visits { totalCount nodes { id } } }
    services { service count visits { totalCount nodes { id } } }
    needsRaised { count needs { totalCount nodes { id } } byDomain { domain count needs { totalCount nodes { id } } } }
    needsMet { count needs { totalCount nodes { id } } byDomain { domain count needs { totalCount nodes { id } } } }
    assessments { instrument level count assessments { totalCount nodes { id } } }
    ledgers { kind count ledgerEntries { totalCount nodes { id } } } } }";

fn query(division: &str) -> String {
    let argument =
        if division.is_empty() { String::new() } else { format!(", division: \"{division}\"") };
    BULLETIN.replace(" DIVISION", &argument)
}

/// A campaign: two people of one station, one of them visited twice, one of another county, and
/// what lies outside the days.
async fn campaign(world: &World) {
    let child = world.record(STATION, 3, "2026-10-10").await;
    world.visit(&child, &world.station(STATION).await, day("2026-10-31")).await;
    world.visit(&child, &world.station(STATION).await, day("2026-11-01")).await;
    world.record(NEIGHBOUR, 4, "2026-10-01").await;
    let far = world.record(FAR, 5, "2026-10-20").await;
    close(world, far.entry, "2026-10-25").await;
    let gone = world.record(FAR, 6, "2026-09-30").await;
    close(world, gone.entry, "2026-09-30").await;
    world.visit(&gone, &world.station(FAR).await, day("2026-10-05")).await;
}

async fn close(world: &World, entry: uuid::Uuid, on: &str) {
    let found = entity::ledger_entry::Entity::find_by_id(entry).one(world.hub.db.read()).await;
    let mut entry = found.unwrap().unwrap().into_active_model();
    entry.closed_on = Set(Some(day(on)));
    entry.update(world.hub.db.writer()).await.unwrap();
}

on_both! {
    async fn the_figures_of_a_campaign_are_those_of_its_rows(world: World) {
        campaign(&world).await;
        let data = world.ask(&world.analyst(), &query("")).await;
        let bulletin = &data["bulletin"];
        assert_eq!(bulletin["stations"]["count"], 3);
        assert_eq!(bulletin["peopleServed"]["count"], 4);
        assert_eq!(bulletin["personTimes"]["count"], 5);
        assert_eq!(bulletin["visits"]["count"], 5);
        // The child twice, one elderly person, one disabled whose entry ended within the days; and
        // one whose entry ended before them.
        assert_eq!(counts(&bulletin["visitsByKind"], "kind"), ["CHILD 2", "ELDERLY 1", "DISABLED 1", "null 1"]);
        assert_eq!(counts(&bulletin["services"], "service"), ["CARE 5", "MATERIAL_AID 5"]);
        assert_eq!(bulletin["needsRaised"]["count"], 3);
        assert_eq!(counts(&bulletin["needsMet"]["byDomain"], "domain"), ["CARE 3"]);
        assert_eq!(counts(&bulletin["assessments"], "level"), ["MILD 3"]);
        assert_eq!(counts(&bulletin["ledgers"], "kind"), ["CHILD 1", "ELDERLY 1"]);
    }

    async fn the_figures_of_a_division_are_its_own(world: World) {
        campaign(&world).await;
        let data = world.ask(&world.analyst(), &query("410802")).await;
        let county = &data["bulletin"];
        assert_eq!(county["stations"]["count"], 2);
        assert_eq!(county["peopleServed"]["count"], 2);
        assert_eq!(county["personTimes"]["count"], 3);
        let data = world.ask(&world.analyst(), &query("410802002")).await;
        assert_eq!(data["bulletin"]["peopleServed"]["count"], 1);
        let city = world.ask(&world.analyst(), &query("410800")).await;
        let whole = world.ask(&world.analyst(), &query("")).await;
        assert_eq!(city["bulletin"], whole["bulletin"]);
    }

    async fn every_figure_has_as_many_rows_as_it_counts(world: World) {
        campaign(&world).await;
        for division in ["", "410802", "410811001"] {
            let data = world.ask(&world.analyst(), &query(division)).await;
            assert!(compared(&data) >= 30);
        }
    }

    async fn what_was_recorded_under_a_former_code_counts_for_its_successor(world: World) {
        let former = world.record(FAR, 3, "2026-10-10").await;
        let divisions = |code: &'static str| {
            use sea_orm::{ColumnTrait, QueryFilter};
            entity::division::Entity::find().filter(entity::division::Column::Code.eq(code))
        };
        let db = world.hub.db.writer();
        let new = divisions("410802001").one(db).await.unwrap().unwrap();
        let old = divisions("410811001").one(db).await.unwrap().unwrap();
        let mut old = old.into_active_model();
        old.successor_id = Set(Some(new.id));
        old.update(db).await.unwrap();
        let data = world.ask(&world.analyst(), "{ visits(filter: { division: \"410802\" }) { nodes { id } }
            division(code: \"410802001\") { persons { totalCount nodes { id } } visits { totalCount } } }").await;
        assert_eq!(data["visits"]["nodes"].as_array().unwrap().len(), 1);
        assert_eq!(data["division"]["persons"]["totalCount"], 1);
        assert_eq!(data["division"]["visits"]["totalCount"], 1);
        let id = graphql::ids::Kind::Person.id(former.person);
        assert_eq!(data["division"]["persons"]["nodes"][0]["id"], id.0);
    }

    async fn levels_of_which_none_may_be_told_are_not_named(world: World) {
        campaign(&world).await;
        let query = "{ bulletin(from: \"2026-10-01\", to: \"2026-10-31\") { assessments { level count } } }";
        let data = world.ask(&world.shielded(), query).await;
        assert_eq!(data["bulletin"]["assessments"].as_array().unwrap().len(), 0);
        for number in 10..13 {
            world.record(STATION, number, "2026-10-10").await;
        }
        let data = world.ask(&world.shielded(), query).await;
        assert_eq!(counts(&data["bulletin"]["assessments"], "level"), ["MILD 6"]);
    }

    async fn figures_that_may_be_suppressed_cost_as_many_statements_for_few_rows_as_for_many(world: World) {
        campaign(&world).await;
        let mut costs = Vec::new();
        for numbers in [10..40, 40..70] {
            for number in numbers {
                world.record(STATION, number, "2026-10-10").await;
            }
            // The first time each question is taken from the budget.
            world.ask(&world.shielded(), &query("410802")).await;
            costs.push(world.counted(&world.shielded(), &query("410802")).await.1);
        }
        assert_eq!(costs[0], costs[1]);
    }

    async fn a_bulletin_costs_as_many_statements_for_one_row_as_for_many(world: World) {
        campaign(&world).await;
        let (_, few) = world.counted(&world.analyst(), &query("410802")).await;
        for number in 10..40 {
            world.record(STATION, number, "2026-10-10").await;
        }
        let (_, many) = world.counted(&world.analyst(), &query("410802")).await;
        println!("the whole bulletin with every drill-down: {few} statements");
        assert_eq!(few, many);
        let short = "{ bulletin(from: \"2026-10-01\", to: \"2026-10-31\") { stations { count } peopleServed { count }
            personTimes { count } visitsByKind { count } services { count } needsRaised { count byDomain { count } }
            needsMet { count byDomain { count } } assessments { count } ledgers { count } } }";
        let (_, statements) = world.counted(&world.analyst(), short).await;
        println!("its figures alone: {statements} statements");
        assert!(statements <= 12, "{statements}");
    }
}

/// What each figure of a list counts, but for those that count nothing.
fn counts(figures: &Value, name: &str) -> Vec<String> {
    let figures = figures.as_array().unwrap().iter();
    let counted = figures.filter(|figure| figure["count"] != 0);
    counted.map(|figure| format!("{} {}", figure[name], figure["count"]).replace('"', "")).collect()
}

/// Compares each `count` with the connection beside it, and says how many there were.
fn compared(value: &Value) -> usize {
    let Value::Object(fields) = value else {
        return value.as_array().map_or(0, |values| values.iter().map(compared).sum());
    };
    let beneath = fields.values().map(compared).sum();
    let Some(count) = fields.get("count") else { return beneath };
    let rows = fields.values().find(|field| field.get("nodes").is_some()).unwrap();
    assert_eq!(rows["totalCount"], *count, "{value}");
    let ids: BTreeSet<_> = rows["nodes"].as_array().unwrap().iter().map(Value::to_string).collect();
    assert_eq!(ids.len() as u64, count.as_u64().unwrap(), "{value}");
    beneath + 1
}
