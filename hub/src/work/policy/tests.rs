use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Risks from days on.
fn spells(given: &[(Risk, &str)]) -> Vec<Spell> {
    given.iter().map(|(risk, from)| Spell { from: day(from), risk: Some(*risk) }).collect()
}

fn excused(reason: ExcuseReason, first: &str, last: &str) -> Excused {
    let days = Span { first: day(first), last: day(last) };
    Excused { id: Uuid::nil(), days, reason }
}

fn standing<'a>(spells: &'a [Spell], visited_on: Option<&str>) -> Standing<'a> {
    Standing { spells, excused: &[], visited_on: visited_on.map(day), changed_on: None }
}

fn due(standing: &Standing<'_>) -> (NaiveDate, Option<NaiveDate>) {
    Policy::on(day("2026-11-26")).unwrap().due(standing).unwrap()
}

fn on(standing: &Standing<'_>, text: &str) -> (State, NaiveDate) {
    let next = Policy::on(day(text)).unwrap().next(standing, day(text)).unwrap();
    (next.state, next.due_on)
}

#[test]
fn the_file_is_read_whole() {
    assert_eq!(read(FILE).unwrap().len(), POLICIES.len());
    assert!(!POLICIES.is_empty());
}

#[test]
fn high_weekly_medium_monthly_low_quarterly() {
    for (risk, on) in
        [(Risk::High, "2026-11-15"), (Risk::Medium, "2026-12-31"), (Risk::Low, "2027-03-31")]
    {
        let since = spells(&[(risk, "2026-01-05")]);
        assert_eq!(due(&standing(&since, Some("2026-11-06"))), (day(on), None), "{risk:?}");
    }
}

#[test]
fn whoever_was_never_visited_is_due_in_the_period_of_the_opening() {
    let since = spells(&[(Risk::Medium, "2026-02-10")]);
    assert_eq!(due(&standing(&since, None)).0, day("2026-02-28"));
    // A visit of that period, before the opening too, is what was due in it.
    assert_eq!(due(&standing(&since, Some("2026-02-01"))).0, day("2026-03-31"));
    assert_eq!(due(&standing(&since, Some("2026-01-31"))).0, day("2026-02-28"));
}

#[test]
fn a_marked_change_of_one_at_high_risk_asks_for_a_visit_by_the_next_day() {
    let [high, medium] = [Risk::High, Risk::Medium].map(|risk| spells(&[(risk, "2026-01-05")]));
    let changed = |since, visited| Standing {
        changed_on: Some(day("2026-11-10")),
        ..standing(since, Some(visited))
    };
    let marked = (day("2026-11-11"), Some(day("2026-11-10")));
    assert_eq!(due(&changed(&high, "2026-11-09")), marked);
    assert_eq!(due(&changed(&high, "2026-11-10")), (day("2026-11-22"), None));
    assert_eq!(due(&changed(&medium, "2026-11-09")), (day("2026-12-31"), None));
}

#[test]
fn a_period_is_owed_at_the_risk_of_its_last_day() {
    let risks =
        [(Risk::Low, "2026-07-06"), (Risk::High, "2026-11-18"), (Risk::Medium, "2026-12-02")];
    let since = spells(&risks);
    let ends: Vec<_> = owed(&since, NaiveDate::MIN).take(5).map(|span| span.last).collect();
    // A quarter at LOW, then two weeks at HIGH, then months.
    let wanted = ["2026-09-30", "2026-11-22", "2026-11-29", "2026-12-31", "2027-01-31"];
    assert_eq!(ends, wanted.map(day));
    let from: Vec<_> = owed(&since, day("2026-11-23")).take(1).collect();
    assert_eq!(from, [Span { first: day("2026-11-23"), last: day("2026-11-29") }]);
}

#[test]
fn a_risk_that_rose_asks_for_nothing_new_of_the_time_before() {
    let since = spells(&[(Risk::Low, "2026-07-06"), (Risk::High, "2026-11-18")]);
    let visited = standing(&since, Some("2026-09-01"));
    assert_eq!(due(&visited), (day("2026-11-19"), Some(day("2026-11-18"))));
    assert_eq!(due(&standing(&since, Some("2026-11-19"))), (day("2026-11-29"), None));
}

#[test]
fn lateness_at_the_risk_of_before_stays() {
    let fell = spells(&[(Risk::High, "2026-01-05"), (Risk::Low, "2026-11-18")]);
    assert_eq!(due(&standing(&fell, Some("2026-11-01"))), (day("2026-11-08"), None));
    assert_eq!(due(&standing(&fell, Some("2026-11-09"))), (day("2027-03-31"), None));
}

#[test]
fn a_period_excused_from_end_to_end_is_not_owed_and_one_in_part_is() {
    let since = spells(&[(Risk::High, "2026-01-05")]);
    let away = [
        excused(ExcuseReason::Away, "2026-11-09", "2026-11-20"),
        excused(ExcuseReason::Refused, "2026-11-21", "2026-11-24"),
    ];
    let excused = Standing { excused: &away, ..standing(&since, Some("2026-11-06")) };
    // The second excuse follows upon the first; 25 November is free again.
    assert_eq!(due(&excused), (day("2026-11-29"), None));
    assert_eq!(on(&excused, "2026-11-12"), (State::Excused, day("2026-11-29")));
    assert_eq!(on(&excused, "2026-11-24"), (State::Excused, day("2026-11-29")));
    assert_eq!(on(&excused, "2026-11-25"), (State::Due, day("2026-11-29")));
    assert_eq!(on(&excused, "2026-11-30"), (State::Overdue, day("2026-11-29")));
    // The same excuses leave the months as they are.
    let medium = spells(&[(Risk::Medium, "2026-01-05")]);
    let monthly = Standing { spells: &medium, visited_on: Some(day("2026-10-31")), ..excused };
    assert_eq!(due(&monthly).0, day("2026-11-30"));
}

#[test]
fn what_was_late_before_an_excuse_is_late_again_after_it() {
    let since = spells(&[(Risk::High, "2026-01-05")]);
    let away = [excused(ExcuseReason::InHospital, "2026-11-09", "2026-11-20")];
    let late = Standing { excused: &away, ..standing(&since, Some("2026-10-30")) };
    assert_eq!(on(&late, "2026-11-10"), (State::Excused, day("2026-11-08")));
    assert_eq!(on(&late, "2026-11-21"), (State::Overdue, day("2026-11-08")));
    // Who was visited all the same is visited.
    let met = Standing { visited_on: Some(day("2026-11-10")), ..late };
    assert_eq!(on(&met, "2026-11-11").0, State::Visited);
}

#[test]
fn a_marked_change_waits_for_the_end_of_an_absence_and_not_for_one_who_refuses() {
    let since = spells(&[(Risk::High, "2026-01-05")]);
    let with = |excused| Standing {
        excused,
        changed_on: Some(day("2026-11-10")),
        ..standing(&since, Some("2026-11-09"))
    };
    let away = [
        excused(ExcuseReason::InHospital, "2026-11-10", "2026-11-15"),
        excused(ExcuseReason::Away, "2026-11-16", "2026-11-18"),
    ];
    assert_eq!(due(&with(&away)), (day("2026-11-19"), Some(day("2026-11-10"))));
    assert_eq!(on(&with(&away), "2026-11-12"), (State::Excused, day("2026-11-19")));
    let refused = [excused(ExcuseReason::Refused, "2026-11-10", "2026-11-15")];
    assert_eq!(on(&with(&refused), "2026-11-11"), (State::Due, day("2026-11-11")));
    assert_eq!(on(&with(&refused), "2026-11-12"), (State::Overdue, day("2026-11-11")));
}

#[test]
fn a_marked_change_is_seen_beside_an_older_period_without_a_visit() {
    let since = spells(&[(Risk::High, "2026-01-05")]);
    let refused = [excused(ExcuseReason::Refused, "2026-11-11", "2026-11-30")];
    let changed = Standing {
        excused: &refused,
        changed_on: Some(day("2026-11-20")),
        ..standing(&since, Some("2026-11-03"))
    };
    // The week of 9 November is excused in part only, so it stays the first that is owed.
    assert_eq!(due(&changed), (day("2026-11-15"), Some(day("2026-11-20"))));
    assert_eq!(on(&changed, "2026-11-21").0, State::Overdue);
}

#[test]
fn a_risk_that_falls_takes_no_lateness_away() {
    let fell = spells(&[(Risk::High, "2026-01-05"), (Risk::Low, "2026-11-18")]);
    // The quarter has its visit, the weeks of 2 and 9 November have none.
    let late = standing(&fell, Some("2026-11-01"));
    assert_eq!(on(&late, "2026-11-26"), (State::Overdue, day("2026-11-08")));
}
