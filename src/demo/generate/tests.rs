use entity::{CertificateNo, ResidentId};
use hub::submission::{Content, LedgerDetailContent, Submission};
use serde::Deserialize;

use super::*;

pub fn station(number: usize) -> StationSeed {
    let division_code = format!("410802{number:03}");
    let village = |n: usize| (format!("{division_code}{n:03}"), format!("第{n}村民委员会"));
    StationSeed {
        code: format!("S{division_code}"),
        villages: (1..=4).map(village).collect(),
        division_code,
    }
}

fn submissions(month: &Month) -> Vec<Submission> {
    let items = month.items.iter();
    items.map(|item| Submission::deserialize(item).expect("a submission")).collect()
}

#[test]
fn a_month_is_the_same_for_the_same_seed_and_differs_between_stations_and_seeds() {
    let first = month(&station(1), 7);
    assert_eq!(first.items, month(&station(1), 7).items);
    let mut ids = HashSet::new();
    for other in [first, month(&station(2), 7), month(&station(1), 8)] {
        let repeated = other.repeated.len();
        let before = ids.len();
        ids.extend(submissions(&other).into_iter().map(|item| item.id));
        assert_eq!(ids.len() - before, other.items.len() - repeated);
    }
    assert!(ids.iter().all(|id| id.get_version_num() == 7));
}

#[test]
fn a_month_has_what_a_station_does() {
    for number in 1..=20 {
        let month = month(&station(number), SEED);
        let mut counts = HashMap::new();
        for item in submissions(&month) {
            *counts.entry(item.content.kind().code()).or_insert(0) += 1;
        }
        assert!((36..=51).contains(&counts["LEDGER_ENTRY"]), "{counts:?}");
        assert_eq!(counts["HOUSEHOLD"], 4);
        assert!((50..=68).contains(&counts["VISIT"]), "{counts:?}");
        assert_eq!(counts["ASSESSMENT"], 10);
        assert_eq!(counts["LEDGER_CLOSURE"], 3);
        assert_eq!(counts["EXCUSE"], 2);
        assert_eq!((month.rejected.len(), month.repeated.len()), (2, 2));
    }
}

#[test]
fn numbers_are_valid_and_agree_except_where_one_must_be_rejected() {
    let month = month(&station(3), SEED);
    let mut numberless = 0;
    for item in submissions(&month) {
        let Content::LedgerEntry(entry) = item.content else {
            continue;
        };
        let Some(number) = entry.person.resident_id else {
            assert!(entry.person.no_id_reason.is_some());
            numberless += 1;
            continue;
        };
        assert!(number.starts_with("410802"));
        let id = number.parse::<ResidentId>();
        assert_eq!(id.is_err(), month.rejected.contains(&item.id), "{number}");
        let Ok(id) = id else { continue };
        assert_eq!(Some(id.sex()), entry.person.sex);
        assert_eq!(Some(id.birth_date().to_string()), entry.person.birth_date);
        if let LedgerDetailContent::Disabled(disabled) = entry.detail {
            let text = disabled.certificate_no.expect("a certificate");
            let certificate: CertificateNo = text.parse().expect("valid");
            assert!(certificate.belongs_to(&id));
            assert_eq!(certificate.category(), Some(disabled.category));
            assert_eq!(certificate.grade(), disabled.grade);
        }
    }
    assert!(numberless >= 2);
}

#[test]
fn nobody_is_twice_in_the_stations_of_a_county() {
    let mut names = HashMap::new();
    for number in 1..=15 {
        for item in submissions(&month(&station(number), SEED)) {
            let Content::LedgerEntry(entry) = item.content else {
                continue;
            };
            if let Some(id) = entry.person.resident_id {
                let name = entry.person.name.expect("a name");
                let owner = (name, item.station);
                assert_eq!(names.entry(id).or_insert_with(|| owner.clone()), &owner);
            }
        }
    }
}

#[test]
fn no_visit_comes_before_its_persons_entries_or_after_their_closure() {
    for number in 1..=20 {
        let month = month(&station(number), SEED);
        let (mut opened, mut closed) = (HashMap::new(), HashMap::new());
        let items = submissions(&month);
        let whom = |person: &hub::submission::PersonContent| {
            (person.resident_id.clone(), person.name.clone())
        };
        for item in &items {
            match &item.content {
                Content::LedgerEntry(entry) => {
                    let last = opened.entry(whom(&entry.person)).or_insert_with(String::new);
                    *last = entry.opened_on.clone().max(last.clone());
                }
                Content::LedgerClosure(closure) => {
                    closed.insert(whom(&closure.person), closure.closed_on.clone());
                }
                _ => {}
            }
        }
        for item in items.iter().filter(|item| !month.rejected.contains(&item.id)) {
            let Content::Visit(visit) = &item.content else {
                continue;
            };
            let whom = whom(visit.person.as_ref().expect("a person"));
            assert!(opened.get(&whom).is_none_or(|day| *day <= visit.visited_on));
            assert!(closed.get(&whom).is_none_or(|day| *day > visit.visited_on));
            assert!(("2026-10-01".."2026-11-01").contains(&visit.visited_on.as_str()));
        }
    }
}
