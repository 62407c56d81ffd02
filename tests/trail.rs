//! The trail of who read and wrote whose data, and how tampering with it is found.

use entity::{Role, trail_person, trail_row, trail_seal};
use hub::{
    Hub,
    access::{Scope, Viewer},
    clock::Clock,
    trail::{Access, AccessFilter, Fault},
};
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, QueryOrder, Statement,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    on_both,
    support::{Backend, STATION, TestHub, contents::*},
};

/// A reading of two people.
fn reading(number: u32) -> Access {
    Access {
        account_id: Some(Uuid::new_v4()),
        role: Some(Role::StationWorker),
        from_address: Some("10.0.0.1".to_owned()),
        request_id: format!("request-{number}"),
        operation: "QUERY".to_owned(),
        purpose: None,
        fields: ["Person.name".to_owned(), "Person.phone".to_owned()].into(),
        people: [Uuid::new_v4(), Uuid::new_v4()].into(),
    }
}

async fn note_some(hub: &Hub, count: u32) {
    for number in 0..count {
        hub.note(reading(number)).await.unwrap();
    }
    hub.flush_trail().await.unwrap();
}

async fn rows(hub: &Hub) -> Vec<trail_row::Model> {
    let all = trail_row::Entity::find().order_by_asc(trail_row::Column::Seq);
    all.all(hub.db.read()).await.unwrap()
}

async fn run(hub: &Hub, statements: &[&str]) {
    for statement in statements {
        hub.db.writer().execute_unprepared(statement).await.unwrap();
    }
}

async fn insert(hub: &Hub, entry: &trail_person::Model) {
    let row: trail_person::ActiveModel = entry.clone().into();
    trail_person::Entity::insert(row).exec_without_returning(hub.db.writer()).await.unwrap();
}

async fn delete(hub: &Hub, entry: &trail_person::Model) {
    let key = (entry.person_id, entry.first_seq);
    trail_person::Entity::delete_by_id(key).exec(hub.db.writer()).await.unwrap();
}

fn auditor() -> Viewer {
    Viewer {
        account_id: Uuid::new_v4(),
        username: "reader".to_owned(),
        name: "reader".to_owned(),
        role: Role::Auditor,
        scope: Scope::Stations(Vec::new()),
        grants: None,
        token_id: None,
    }
}

async fn fault(hub: &Hub) -> Fault {
    hub.verify_trail(None).await.unwrap().unwrap_err()
}

/// A hub of another day on the same database.
async fn later(hub: &TestHub, days: i64) -> Hub {
    hub.database.hub(Clock::fixed(Clock::system().now() + chrono::Duration::days(days))).await
}

on_both! {
    async fn an_untouched_trail_is_whole(hub: TestHub) {
        let hub = hub.server.hub();
        assert_eq!(hub.verify_trail(None).await.unwrap().unwrap().rows, 0);
        note_some(hub, 1203).await;
        let whole = hub.verify_trail(None).await.unwrap().unwrap();
        assert_eq!((whole.rows, whole.seals), (1203, 0));
        assert_eq!(whole.head, rows(hub).await.last().unwrap().hash);
    }

    async fn a_changed_row_is_found(hub: TestHub) {
        let hub = hub.server.hub();
        note_some(hub, 5).await;
        for change in [
            "operation = 'EXPORT'",
            "purpose = ''",
            "account_id = NULL",
            "role = 'ANALYST'",
            "from_address = '10.0.0.2'",
            "request_id = 'x'",
            "fields = '[\"Person.name\"]'",
            "people_count = 1",
            "people_hash = ''",
            "at = '2026-01-01 00:00:00+00:00'",
        ] {
            let before = rows(hub).await.swap_remove(2);
            run(hub, &[&format!("UPDATE trail SET {change} WHERE seq = 3")]).await;
            let found = fault(hub).await;
            match change.starts_with("people_hash") {
                true => assert_eq!(found, Fault::PeopleChanged(3)),
                false => assert_eq!(found, Fault::Changed(3), "{change}"),
            }
            trail_row::Entity::delete_by_id(3).exec(hub.db.writer()).await.unwrap();
            let row: trail_row::ActiveModel = before.into();
            trail_row::Entity::insert(row).exec(hub.db.writer()).await.unwrap();
            assert!(hub.verify_trail(None).await.unwrap().is_ok());
        }
    }

    async fn a_removed_row_is_found(hub: TestHub) {
        let hub = hub.server.hub();
        note_some(hub, 5).await;
        run(hub, &["DELETE FROM trail WHERE seq = 3"]).await;
        assert_eq!(fault(hub).await, Fault::Removed(3));
        run(hub, &["UPDATE trail SET seq = 3 WHERE seq = 4", "UPDATE trail SET seq = 4 WHERE seq = 5"])
            .await;
        assert_eq!(fault(hub).await, Fault::Changed(3));
    }

    async fn swapped_rows_are_found(hub: TestHub) {
        let hub = hub.server.hub();
        note_some(hub, 5).await;
        for (from, to) in [(3, -1), (4, 3), (-1, 4)] {
            run(hub, &[&format!("UPDATE trail SET seq = {to} WHERE seq = {from}")]).await;
        }
        assert_eq!(fault(hub).await, Fault::Reordered(3));
    }

    async fn changed_people_are_found(hub: TestHub) {
        let hub = hub.server.hub();
        note_some(hub, 4).await;
        for people in [Vec::new(), vec![Uuid::new_v4(), Uuid::new_v4()]] {
            let before = rows(hub).await.swap_remove(1);
            let mut row: trail_row::ActiveModel = before.clone().into();
            row.people = Set(people.iter().collect());
            row.update(hub.db.writer()).await.unwrap();
            assert_eq!(fault(hub).await, Fault::PeopleChanged(2));
            let row: trail_row::ActiveModel = before.into();
            row.reset_all().update(hub.db.writer()).await.unwrap();
        }
        assert!(hub.verify_trail(None).await.unwrap().is_ok());
    }

    async fn an_index_that_does_not_say_what_the_rows_say_is_found(hub: TestHub) {
        let hub = hub.server.hub();
        for _ in 0..4 {
            note_some(hub, 1).await;
        }
        let entries = trail_person::Entity::find().all(hub.db.read()).await.unwrap();
        let of_third = entries.iter().find(|entry| entry.first_seq == 3).unwrap().clone();
        let stranger = trail_person::Model { person_id: Uuid::new_v4(), ..of_third.clone() };
        insert(hub, &stranger).await;
        assert_eq!(fault(hub).await, Fault::IndexGrown);
        delete(hub, &stranger).await;
        for seqs in ["3", "{\"a\":3}", "x"] {
            let stranger = trail_person::Model { seqs: seqs.to_owned(), ..stranger.clone() };
            insert(hub, &stranger).await;
            assert_eq!(fault(hub).await, Fault::IndexGrown, "{seqs}");
            delete(hub, &stranger).await;
        }
        assert!(hub.verify_trail(None).await.unwrap().is_ok());
        for (seqs, wrong) in [("[4]", 3), ("[]", 3), ("[3,4]", 4), ("3", 3)] {
            delete(hub, &of_third).await;
            assert_eq!(fault(hub).await, Fault::IndexChanged(3));
            insert(hub, &trail_person::Model { seqs: seqs.to_owned(), ..of_third.clone() }).await;
            assert_eq!(fault(hub).await, Fault::IndexChanged(wrong), "{seqs}");
        }
    }

    async fn who_is_read_again_and_again_has_one_entry_for_each_group(hub: TestHub) {
        let hub = hub.server.hub();
        let people: std::collections::BTreeSet<_> = [Uuid::new_v4(), Uuid::new_v4()].into();
        for number in 0..3 {
            hub.note(Access { people: people.clone(), ..reading(number) }).await.unwrap();
        }
        hub.note(reading(3)).await.unwrap();
        hub.flush_trail().await.unwrap();
        hub.note(Access { people: people.clone(), ..reading(4) }).await.unwrap();
        hub.flush_trail().await.unwrap();
        let entries = trail_person::Entity::find().all(hub.db.read()).await.unwrap();
        for person in &people {
            let own = entries.iter().filter(|entry| entry.person_id == *person);
            let own: Vec<_> = own.map(|entry| (entry.first_seq, entry.seqs.as_str())).collect();
            assert_eq!(own, [(1, "[1,2,3]"), (5, "[5]")]);
        }
        let auditor = auditor();
        let of_one = AccessFilter { person: people.first().copied(), ..AccessFilter::default() };
        let asking = Access::by(&auditor, "request", "QUERY");
        let found = hub.accesses(&auditor, &of_one, (Some(3), None), asking).await.unwrap();
        assert_eq!(found.rows.iter().map(|found| found.row.seq).collect::<Vec<_>>(), [5, 3, 2]);
        assert!(found.has_next);
    }

    async fn a_trail_of_before_its_rows_named_people_is_carried_over(hub: TestHub) {
        let hub = hub.server.hub();
        note_some(hub, 5).await;
        let before = rows(hub).await;
        let later = Migrator::migrations().len() - 15;
        Migrator::down(hub.db.writer(), Some(u32::try_from(later).unwrap())).await.unwrap();
        let pairs = "SELECT count(*) FROM trail_people JOIN trail ON trail.seq = trail_people.seq";
        let pairs = Statement::from_string(hub.db.writer().get_database_backend(), pairs);
        let pairs = hub.db.writer().query_one_raw(pairs).await;
        assert_eq!(pairs.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap(), 10);
        Migrator::up(hub.db.writer(), None).await.unwrap();
        assert_eq!(rows(hub).await, before);
        assert_eq!(hub.verify_trail(None).await.unwrap().unwrap().rows, 5);
    }

    async fn rows_cut_off_are_found_by_the_seal_or_a_head_kept_elsewhere(hub: TestHub) {
        let tomorrow = later(&hub, 1).await;
        let hub = hub.server.hub();
        for _ in 0..5 {
            note_some(hub, 1).await;
        }
        let head = rows(hub).await[4].hash.clone();
        assert!(hub.verify_trail(Some(&head)).await.unwrap().is_ok());
        run(hub, &["DELETE FROM trail WHERE seq = 5", "DELETE FROM trail_people WHERE first_seq = 5"]).await;
        assert!(hub.verify_trail(None).await.unwrap().is_ok());
        let missing = hub.verify_trail(Some(&head)).await.unwrap();
        assert_eq!(missing.unwrap_err(), Fault::HeadMissing(head));

        let seal = tomorrow.seal_trail().await.unwrap().pop().unwrap();
        assert_eq!((seal.last_seq, seal.rows), (4, 4));
        assert!(hub.verify_trail(Some(&seal.hash)).await.unwrap().is_ok());
        run(hub, &["DELETE FROM trail WHERE seq = 4", "DELETE FROM trail_people WHERE first_seq = 4"]).await;
        assert_eq!(fault(hub).await, Fault::CutOff(3, seal.day));
    }

    async fn each_past_day_is_sealed_once(hub: TestHub) {
        let later = later(&hub, 3).await;
        let hub = hub.server.hub();
        assert!(later.seal_trail().await.unwrap().is_empty());
        note_some(hub, 3).await;
        assert!(hub.seal_trail().await.unwrap().is_empty());
        let seals = later.seal_trail().await.unwrap();
        assert_eq!(seals.iter().map(|seal| seal.rows).collect::<Vec<_>>(), [3, 0, 0]);
        assert!(later.seal_trail().await.unwrap().is_empty());
        note_some(hub, 2).await;
        assert_eq!(hub.verify_trail(None).await.unwrap().unwrap().seals, 3);
        trail_seal::Entity::delete_by_id(seals[1].day).exec(hub.db.writer()).await.unwrap();
        assert_eq!(fault(hub).await, Fault::Seal(seals[2].day));
    }

    async fn parallel_notes_of_several_hubs_make_one_chain(hub: TestHub) {
        let other = later(&hub, 0).await;
        let hub = hub.server.hub();
        let mut notes = tokio::task::JoinSet::new();
        for number in 0..200 {
            let hub = if number % 2 == 0 { hub.clone() } else { other.clone() };
            notes.spawn(async move {
                match number % 5 {
                    0 => hub.note_durably(reading(number)).await,
                    _ => hub.note(reading(number)).await,
                }
            });
        }
        for noted in notes.join_all().await {
            noted.unwrap();
        }
        hub.flush_trail().await.unwrap();
        other.flush_trail().await.unwrap();
        assert_eq!(hub.verify_trail(None).await.unwrap().unwrap().rows, 200);
    }

    async fn a_text_no_database_takes_holds_nothing_up(hub: TestHub) {
        let hub = hub.server.hub();
        hub.note(Access { purpose: Some("a\0b".repeat(200)), ..reading(1) }).await.unwrap();
        hub.flush_trail().await.unwrap();
        assert_eq!(rows(hub).await[0].purpose.as_ref().unwrap().len(), 200);
        assert!(hub.verify_trail(None).await.unwrap().is_ok());
    }

    async fn what_is_handed_in_is_noted_with_its_people(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        worker.store(visit(STATION, elder(1), "2026-10-03", json!({}))).await;
        let TestHub { database, server, .. } = hub;
        server.stop().await.unwrap();
        let hub = database.hub(Clock::system()).await;
        let rows = rows(&hub).await;
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].operation.as_str(), rows[0].role), ("SUBMIT", Some(Role::StationWorker)));
        assert_eq!(rows[0].fields.0, ["VISIT"]);
        let person = entity::person::Entity::find().one(hub.db.read()).await.unwrap().unwrap();
        assert_eq!(rows[0].people.iter().collect::<Vec<_>>(), [person.id]);
        assert!(hub.verify_trail(None).await.unwrap().is_ok());
    }
}

#[tokio::test]
async fn the_command_tells_a_whole_trail_from_another() {
    let hub = TestHub::start(Backend::Sqlite).await;
    note_some(hub.server.hub(), 2).await;
    let verify = || {
        let program = env!("CARGO_BIN_EXE_nuanyang");
        let args = ["trail", "verify", "--database", &hub.database.url];
        std::process::Command::new(program).args(args).output().unwrap()
    };
    let whole = verify();
    assert!(whole.status.success());
    assert!(String::from_utf8_lossy(&whole.stdout).contains("2 rows, 0 seals"));
    run(hub.server.hub(), &["UPDATE trail SET operation = 'x' WHERE seq = 2"]).await;
    let broken = verify();
    assert!(!broken.status.success());
    assert!(String::from_utf8_lossy(&broken.stderr).contains("row 2 was changed"));
}
