use serde_json::json;

use super::*;

const A: &str = "410802195001010011";
const B: &str = "410802195001010038";

fn item(id: u32, content: &Value) -> Value {
    let station = if id < 50 { "S1" } else { "S2" };
    json!({ "id": format!("00000000-0000-7000-8000-{id:012}"), "station": station, "content": content })
}

fn entry(id: u32, person: &Value, opened: &str, needs: &[&str]) -> Value {
    let needs: Vec<_> = needs.iter().map(|domain| json!({ "domain": domain })).collect();
    item(
        id,
        &json!({ "ledgerEntry": {
            "person": person, "openedOn": opened, "needs": needs, "detail": { "elderly": {} },
        }}),
    )
}

fn visit(id: u32, person: &Value, day: &str, needs: &[&str], met: &[&str]) -> Value {
    let needs: Vec<_> = needs.iter().map(|domain| json!({ "domain": domain })).collect();
    item(
        id,
        &json!({ "visit": {
            "person": person, "visitedOn": day, "needs": needs, "needsMet": met,
            "services": ["CARE", "CARE", "MEDICAL"],
        }}),
    )
}

fn count(items: &[Value], rejected: &[Uuid]) -> Count {
    let mut tally = Tally::new();
    tally.add_items(items, rejected).expect("counted");
    let day = |day| NaiveDate::from_ymd_opt(2026, 10, day).expect("a day");
    tally.count(day(1), day(31))
}

fn map<const N: usize>(pairs: [(&str, u64); N]) -> BTreeMap<String, u64> {
    pairs.into_iter().map(|(key, number)| (key.to_owned(), number)).collect()
}

#[test]
fn people_visits_and_services_are_counted_within_the_period() {
    let (a, b) = (json!({ "residentId": A }), json!({ "residentId": B, "name": "x" }));
    let nameless = json!({ "name": "n", "sex": "MALE", "birthDate": "1950-01-01", "village": "1" });
    let count = count(
        &[
            entry(1, &a, "2026-01-01", &[]),
            visit(2, &a, "2026-10-01", &[], &[]),
            visit(2, &a, "2026-10-01", &[], &[]),
            visit(3, &a, "2026-09-30", &[], &[]),
            visit(50, &a, "2026-10-31", &[], &[]),
            visit(51, &b, "2026-10-05", &[], &[]),
            visit(52, &nameless, "2026-10-05", &[], &[]),
            visit(53, &b, "2026-11-01", &[], &[]),
        ],
        &["00000000-0000-7000-8000-000000000051".parse().expect("id")],
    );
    assert_eq!((count.stations, count.people_served, count.person_times), (2, 2, 3));
    assert_eq!(count.visits_by_kind, map([("ELDERLY", 2), ("NONE", 1)]));
    assert_eq!(count.services, map([("CARE", 3), ("MEDICAL", 3)]));
    assert_eq!(count.ledgers_by_kind, map([("ELDERLY", 1)]));
}

#[test]
fn an_open_need_is_not_raised_twice_and_a_met_one_may_come_back() {
    let a = json!({ "residentId": A });
    let count = count(
        &[
            entry(1, &a, "2026-09-01", &["CARE"]),
            visit(2, &a, "2026-10-02", &["CARE", "SUPPLIES"], &[]),
            visit(3, &a, "2026-10-03", &[], &["CARE", "LEGAL_AID"]),
            visit(4, &a, "2026-10-04", &["CARE"], &[]),
            visit(50, &a, "2026-10-05", &["CARE"], &["SUPPLIES"]),
        ],
        &[],
    );
    assert_eq!(count.needs_raised, map([("CARE", 2), ("SUPPLIES", 1)]));
    assert_eq!(count.needs_met, 1);
}

#[test]
fn a_closed_entry_counts_for_visits_of_the_period_but_not_at_its_end() {
    let (a, b) = (json!({ "residentId": A }), json!({ "residentId": B }));
    let closure = |id, person: &Value, day: &str| {
        item(
            id,
            &json!({ "ledgerClosure": { "person": person, "kind": "ELDERLY", "closedOn": day } }),
        )
    };
    let assessment = json!({ "assessment": {
        "person": a, "assessedOn": "2026-10-09", "instrument": "child-risk",
    }});
    let count = count(
        &[
            entry(1, &a, "2026-09-01", &[]),
            entry(2, &b, "2026-08-01", &[]),
            visit(3, &a, "2026-10-02", &[], &[]),
            visit(4, &b, "2026-10-02", &[], &[]),
            closure(5, &a, "2026-10-20"),
            closure(6, &b, "2026-09-30"),
            item(7, &assessment),
        ],
        &[],
    );
    assert_eq!(count.visits_by_kind, map([("ELDERLY", 1), ("NONE", 1)]));
    assert_eq!(count.ledgers_by_kind, map([]));
    assert_eq!(count.assessments_by_instrument, map([("child-risk", 1)]));
}

#[test]
fn workbooks_are_counted_by_their_truth() {
    let folder = tempfile::tempdir().expect("folder");
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).expect("written");
    };
    let ledger = "老年人台账\n序号,姓 名,建档时间\n1,甲,2026.10.2\n2,乙,20260901\n";
    write("l.csv", &encoding_rs::GB18030.encode(ledger).0);
    let visits =
        "序号,探访日期,提供服务,主要需求,下次探访日期\n1,2026年10月3日,心理疏导、物资发放,,\n";
    write("v.csv", visits.as_bytes());
    let row = |verdict: &str, id: &str, row: u32, needs: &[&str]| json!({ "verdict": verdict, "resident_id": id, "row": row, "needs": needs });
    let truth = json!([
        { "file": "v.csv", "station": "S1", "kind": "VISIT",
          "rows": [row("good", A, 2, &["照料护理", "生活物资"])] },
        { "file": "l.csv", "station": "S1", "kind": "ELDERLY",
          "rows": [row("good", A, 3, &["照料护理"]), row("rejected", B, 4, &["照料护理"])] },
    ]);
    write("truth.json", truth.to_string().as_bytes());
    let mut tally = Tally::new();
    tally.add_workbooks(folder.path()).expect("counted");
    let day = |day| NaiveDate::from_ymd_opt(2026, 10, day).expect("a day");
    let count = tally.count(day(1), day(31));
    assert_eq!(count.visits_by_kind, map([("ELDERLY", 1)]));
    assert_eq!(count.services, map([("MATERIAL_AID", 1), ("PSYCHOLOGICAL_COUNSELLING", 1)]));
    assert_eq!(count.needs_raised, map([("CARE", 1), ("SUPPLIES", 1)]));
}
