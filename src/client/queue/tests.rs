use std::io::Seek;

use super::*;
use crate::client::{file::parse, receipt::Status};

fn item(id: Option<u128>, text: &str) -> Item {
    let content = json!({ "visit": { "remark": text } });
    let mut value = json!({ "station": "S1", "content": content });
    if let Some(id) = id {
        value["id"] = json!(Uuid::from_u128(id));
    }
    parse(&value.to_string()).expect("an item").remove(0)
}

fn open(folder: &tempfile::TempDir) -> Queue {
    Queue::open(folder.path()).expect("opens")
}

fn receipt(id: u128, status: Status) -> Receipt {
    Receipt { submission_id: Uuid::from_u128(id), status, recorded_at: None, problems: Vec::new() }
}

fn waiting(queue: &Queue) -> Vec<Uuid> {
    let batch = queue.batch(1000, usize::MAX);
    batch.into_iter().map(|(id, _)| id).collect()
}

#[test]
fn queueing_a_file_with_ids_again_doubles_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let items = || vec![item(Some(1), "a"), item(Some(2), "b"), item(Some(1), "a")];
    let added = open(&folder).add(items()).expect("added");
    assert_eq!((added.queued, added.known), (2, 1));
    let mut queue = open(&folder);
    queue.settle(vec![receipt(1, Status::Stored)]).expect("settled");
    let added = queue.add(items()).expect("added");
    assert_eq!((added.queued, added.known), (0, 3));
    assert_eq!(waiting(&queue), [Uuid::from_u128(2)]);
}

#[test]
fn a_file_without_ids_finds_the_ids_it_was_given_the_first_time() {
    let folder = tempfile::tempdir().expect("folder");
    let items = || vec![item(None, "a"), item(None, "b"), item(None, "a")];
    assert_eq!(open(&folder).add(items()).expect("added").queued, 3);
    let first = waiting(&open(&folder));
    let mut queue = open(&folder);
    assert_eq!(queue.add(items()).expect("added").known, 3);
    assert_eq!(waiting(&queue), first);
    let longer = [items(), vec![item(None, "a")]].concat();
    assert_eq!(queue.add(longer).expect("added").queued, 1);
    assert_eq!(waiting(&queue)[..3], first);
}

#[test]
fn the_state_is_the_same_after_opening_again() {
    let folder = tempfile::tempdir().expect("folder");
    let mut queue = open(&folder);
    let items = (1..=4).map(|id| item(Some(id), "x")).collect();
    queue.add(items).expect("added");
    let receipts = vec![
        receipt(1, Status::Replayed),
        receipt(2, Status::Rejected),
        receipt(4, Status::Stored),
    ];
    queue.settle(receipts).expect("settled");
    drop(queue);
    let queue = open(&folder);
    assert_eq!(waiting(&queue), [Uuid::from_u128(3)]);
    let kept: Vec<_> = queue.receipts().map(|r| r.submission_id).collect();
    assert_eq!(kept, [Uuid::from_u128(1), Uuid::from_u128(4)]);
    assert_eq!(queue.refused().next().expect("refused").1.reason, "REJECTED");
    let counts = queue.counts();
    assert_eq!((counts.waiting, counts.answered, counts.refused), (1, 2, 1));
}

#[test]
fn a_receipt_torn_by_a_crash_leaves_its_item_waiting() {
    let folder = tempfile::tempdir().expect("folder");
    let mut queue = open(&folder);
    queue.add(vec![item(Some(1), "a"), item(Some(2), "b")]).expect("added");
    queue.settle(vec![receipt(1, Status::Stored)]).expect("settled");
    queue.settle(vec![receipt(2, Status::Stored)]).expect("settled");
    drop(queue);
    let path = folder.path().join("queue.jsonl");
    let mut file = File::options().write(true).open(&path).expect("log");
    let end = file.seek(io::SeekFrom::End(-5)).expect("end");
    file.set_len(end).expect("torn");
    let mut queue = open(&folder);
    assert_eq!(waiting(&queue), [Uuid::from_u128(2)]);
    queue.settle(vec![receipt(2, Status::Replayed)]).expect("settled");
    drop(queue);
    assert_eq!(open(&folder).counts().answered, 2);
}

#[test]
fn a_refused_item_waits_again_when_it_was_mended() {
    let folder = tempfile::tempdir().expect("folder");
    let mut queue = open(&folder);
    let mut items = vec![item(Some(1), "a"), item(Some(2), "b")];
    queue.add(items.clone()).expect("added");
    queue.settle(vec![receipt(1, Status::Rejected)]).expect("settled");
    let list = queue.write_refused().expect("written").expect("a list");
    let text = fs::read_to_string(&list).expect("text");
    assert!(text.contains("REJECTED"), "{text}");
    let unmended = parse(&text).expect("items");
    assert_eq!(queue.add(unmended).expect("added").known, 1);
    let mended = parse(&text.replace("\"a\"", "\"mended\"")).expect("items");
    assert_eq!(queue.add(mended).expect("added").queued, 1);
    assert_eq!(waiting(&queue), [Uuid::from_u128(1), Uuid::from_u128(2)]);
    assert_eq!(queue.write_refused().expect("removed"), None);
    assert!(!list.exists());
    items.remove(0);
    items.push(item(Some(1), "a"));
    let added = queue.add(items).expect("added");
    assert_eq!(added.differing, [Uuid::from_u128(1)]);
}

#[test]
fn a_batch_keeps_to_its_items_and_bytes_but_has_one() {
    let folder = tempfile::tempdir().expect("folder");
    let mut queue = open(&folder);
    let items = (1..=9).map(|id| item(Some(id), "x")).collect();
    queue.add(items).expect("added");
    assert_eq!(queue.batch(4, usize::MAX).len(), 4);
    let size = queue.batch(1, 1)[0].1.to_string().len() + 1;
    assert_eq!(queue.batch(100, 3 * size).len(), 3);
    assert_eq!(queue.batch(100, 3 * size - 1).len(), 2);
}

#[test]
fn a_queue_has_one_client_at_a_time() {
    let folder = tempfile::tempdir().expect("folder");
    let queue = open(&folder);
    let second = Queue::open(folder.path()).err().expect("refused");
    assert!(matches!(second, QueueError::InUse(_)));
    drop(queue);
    open(&folder);
}
