//! Removing the old of the trail: whole sealed days, and what remains still tells tampering.

use entity::{trail_person, trail_row};
use hub::{
    Hub, HubError,
    clock::Clock,
    trail::{Access, Fault},
};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use uuid::Uuid;

use crate::{
    on_both,
    support::{Backend, TestHub},
};

/// Notes so many reads of one person each, so many days ago.
async fn note_ago(hub: &TestHub, days: i64, count: u32) {
    let then = Clock::system().now() - chrono::Duration::days(days);
    let hub = hub.database.hub(Clock::fixed(then)).await;
    for number in 0..count {
        let people = [Uuid::new_v4()].into();
        let access = Access::of_the_hub(&format!("request-{number}"), "QUERY");
        hub.note(Access { people, ..access }).await.unwrap();
    }
    hub.flush_trail().await.unwrap();
}

async fn rows(hub: &Hub) -> Vec<trail_row::Model> {
    let all = trail_row::Entity::find().order_by_asc(trail_row::Column::Seq);
    all.all(hub.db.read()).await.unwrap()
}

async fn run(hub: &Hub, statement: &str) {
    hub.db.writer().execute_unprepared(statement).await.unwrap();
}

on_both! {
    async fn whole_days_go_and_what_remains_is_verified_from_the_seal(hub: TestHub) {
        note_ago(&hub, 200, 3).await;
        note_ago(&hub, 184, 2).await;
        note_ago(&hub, 183, 2).await;
        note_ago(&hub, 0, 1).await;
        let hub = hub.server.hub();
        let seal = hub.purge_trail(183, "test").await.unwrap().unwrap();
        assert_eq!(seal.last_seq, 5);
        let left = rows(hub).await;
        assert_eq!(left.iter().map(|row| row.seq).collect::<Vec<_>>(), [6, 7, 8, 9]);
        assert_eq!((left[3].operation.as_str(), &left[3].fields.0[..]), ("TRAIL_PURGE", &["through 5".to_owned()][..]));
        let people = trail_person::Entity::find().all(hub.db.read()).await.unwrap();
        let mut left: Vec<_> = people.iter().map(|entry| entry.seqs.as_str()).collect();
        left.sort_unstable();
        assert_eq!(left, ["[6]", "[7]", "[8]"]);
        let whole = hub.verify_trail(Some(&seal.hash)).await.unwrap().unwrap();
        assert_eq!((whole.purged, whole.rows), (5, 4));
        assert!(hub.purge_trail(183, "test").await.unwrap().is_none(), "nothing more to remove");
        assert_eq!(rows(hub).await.len(), 4);
    }

    async fn what_was_written_together_over_midnight_goes_by_its_days(hub: TestHub) {
        let hub = hub.server.hub();
        let mut earlier = hub.clone();
        earlier.clock = Clock::fixed(Clock::system().now() - chrono::Duration::days(200));
        let people = std::collections::BTreeSet::from([Uuid::new_v4()]);
        let read = Access { people, ..Access::of_the_hub("request", "QUERY") };
        earlier.note(read.clone()).await.unwrap();
        earlier.note(Access { people: [Uuid::new_v4()].into(), ..read.clone() }).await.unwrap();
        hub.note(read).await.unwrap();
        hub.flush_trail().await.unwrap();
        let entries = async || trail_person::Entity::find().all(hub.db.read()).await.unwrap();
        assert!(entries().await.iter().all(|entry| entry.first_seq == 1), "one group");
        assert_eq!(hub.purge_trail(183, "test").await.unwrap().unwrap().last_seq, 2);
        let left = entries().await;
        let left: Vec<_> = left.iter().map(|entry| (entry.first_seq, entry.seqs.as_str())).collect();
        assert_eq!(left, [(3, "[3]")]);
        assert!(hub.verify_trail(None).await.unwrap().is_ok());
    }

    async fn tampering_with_what_remains_is_found(hub: TestHub) {
        note_ago(&hub, 200, 3).await;
        note_ago(&hub, 10, 3).await;
        let hub = hub.server.hub();
        hub.purge_trail(183, "test").await.unwrap().unwrap();
        let fault = async || hub.verify_trail(None).await.unwrap().unwrap_err();
        run(hub, "UPDATE trail SET operation = 'x' WHERE seq = 4").await;
        assert_eq!(fault().await, Fault::Changed(4));
        run(hub, "UPDATE trail SET operation = 'QUERY' WHERE seq = 4").await;
        assert!(hub.verify_trail(None).await.unwrap().is_ok());
        run(hub, "DELETE FROM trail WHERE seq = 4").await;
        assert_eq!(fault().await, Fault::Removed(4), "no day ends there");
        run(hub, "DELETE FROM trail WHERE seq <= 6").await;
        assert_eq!(fault().await, Fault::NotPurged(6), "a day ends there, and no purge says so");
    }

    async fn less_than_half_a_year_is_not_kept_by_nobody(hub: TestHub) {
        note_ago(&hub, 182, 1).await;
        let hub = hub.server.hub();
        assert!(matches!(hub.purge_trail(182, "test").await, Err(HubError::Invalid(_))));
        assert!(hub.purge_trail(183, "test").await.unwrap().is_none());
        assert_eq!(rows(hub).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_purges_by_the_setting_and_refuses_less() {
    let hub = TestHub::start(Backend::Sqlite).await;
    note_ago(&hub, 400, 2).await;
    note_ago(&hub, 300, 1).await;
    let purge = |days: &str| {
        let args = ["trail", "purge", "--database", &hub.database.url, "--trail-keep-days", days];
        std::process::Command::new(env!("CARGO_BIN_EXE_nuanyang")).args(args).output().unwrap()
    };
    let refused = purge("182");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("182 is not in 183"), "{refused:?}");
    assert!(String::from_utf8_lossy(&purge("1095").stdout).contains("nothing is older"));
    let done = purge("365");
    assert!(String::from_utf8_lossy(&done.stdout).contains("row 2"), "{done:?}");
    let verify = ["trail", "verify", "--database", &hub.database.url];
    let whole = std::process::Command::new(env!("CARGO_BIN_EXE_nuanyang")).args(verify).output();
    let whole = String::from_utf8(whole.unwrap().stdout).unwrap();
    assert!(whole.contains("whole from row 3: 2 rows"), "{whole}");
}
