//! Photos of visits: uploaded in pieces, kept sealed and without their place, shown where the texts of
//! the visit are, and never unnoted.

use std::{collections::BTreeSet, net::Ipv4Addr};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Duration;
use entity::{KeySuite, Role, TokenScope};
use hub::{Hub, clock::Clock, printout::Whom, trail::Access};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::{
    exports::sha256,
    import_acts::{csv, number, states, village},
    jobs::count,
    on_both,
    print::Desk,
    reads::noted,
    support::{Backend, FAR, NEIGHBOUR, STATION, TestHub, TestViewer, contents::*},
};

const PLACE: &[u8] = b"Exif\0\0GPS 35.0700N 113.2400E";
const MARK: &[u8] = b"what is to be seen in the picture";

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], length.as_slice(), content].concat()
}

/// A picture of its own for each number, as a camera writes it, and as it is kept.
pub fn jpeg(number: u32) -> (Vec<u8>, Vec<u8>) {
    let scan: Vec<u8> =
        (0..90_000u32).map(|at| u8::try_from((at * (number + 3)) % 251).unwrap()).collect();
    let picture = [segment(0xDB, MARK), segment(0xDA, &[1]), scan, vec![0xFF, 0xD9]].concat();
    let [begin, place] = [vec![0xFF, 0xD8], segment(0xE1, PLACE)];
    ([begin.clone(), place, picture.clone()].concat(), [begin, picture].concat())
}

fn request(viewer: &TestViewer<'_>, method: Method, path: &str) -> RequestBuilder {
    let request = viewer.hub.http.request(method, format!("{}{path}", viewer.hub.url));
    request.bearer_auth(&viewer.token).header("tus-resumable", "1.0.0")
}

async fn begin(viewer: &TestViewer<'_>, bytes: &[u8]) -> Response {
    let metadata = format!("name eA==,sha256 {}", STANDARD.encode(sha256(bytes)));
    let begin = request(viewer, Method::POST, "/uploads").header("upload-length", bytes.len());
    begin.header("upload-metadata", metadata).send().await.unwrap()
}

async fn add(viewer: &TestViewer<'_>, path: &str, offset: usize, piece: &[u8]) -> Response {
    let add = request(viewer, Method::PATCH, path).header("upload-offset", offset);
    let add = add.header("content-type", "application/offset+octet-stream");
    add.body(piece.to_vec()).send().await.unwrap()
}

fn header(answer: &Response, name: &str) -> String {
    answer.headers()[name].to_str().unwrap().to_owned()
}

/// Uploads a whole photo; gives back its id.
pub async fn uploaded(viewer: &TestViewer<'_>, bytes: &[u8]) -> String {
    let begun = begin(viewer, bytes).await;
    assert_eq!(begun.status(), 201);
    let path = header(&begun, "location");
    let offset = header(&begun, "upload-offset").parse().unwrap();
    let added = add(viewer, &path, offset, &bytes[offset..]).await;
    assert_eq!(added.status(), 204);
    path.rsplit_once('/').unwrap().1.to_owned()
}

async fn get(viewer: &TestViewer<'_>, id: &str) -> Response {
    request(viewer, Method::GET, &format!("/photos/{id}")).send().await.unwrap()
}

/// Hands in a visit with photos; gives back its id.
async fn visited(viewer: &TestViewer<'_>, whom: Value, photos: Value) -> String {
    let receipt =
        viewer.store(visit(STATION, whom, "2026-10-01", json!({ "photos": photos }))).await;
    receipt["record"]["id"].as_str().unwrap().to_owned()
}

async fn code(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    (status, body["errors"][0]["extensions"]["code"].as_str().unwrap().to_owned())
}

fn later(hub: &TestHub, by: Duration) -> Hub {
    let mut later = hub.server.hub().clone();
    later.clock = Clock::fixed(later.clock.now() + by);
    later
}

on_both! {
    async fn what_broke_off_is_gone_on_with_and_the_same_again_is_not_doubled(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let (bytes, kept) = jpeg(1);
        let begun = begin(&worker, &bytes).await;
        assert_eq!((begun.status().as_u16(), header(&begun, "upload-offset")), (201, "0".to_owned()));
        let path = header(&begun, "location");
        let added = add(&worker, &path, 0, &bytes[..40_000]).await;
        assert_eq!((added.status().as_u16(), header(&added, "upload-offset")), (204, "40000".to_owned()));
        // The answer was not heard: sent again, it is refused, and asked for it is told.
        assert_eq!(code(add(&worker, &path, 0, &bytes[..40_000]).await).await, (409, "CONFLICT".to_owned()));
        let told = request(&worker, Method::HEAD, &path).send().await.unwrap();
        assert_eq!((header(&told, "upload-offset"), header(&told, "upload-length")),
            ("40000".to_owned(), bytes.len().to_string()));
        // Also where it is begun again, by a hub that was started again.
        let token = worker.token.clone();
        let hub = hub.again(Default::default()).await;
        let worker = hub.bearing(token);
        let again = begin(&worker, &bytes).await;
        assert_eq!((header(&again, "location"), header(&again, "upload-offset")), (path.clone(), "40000".to_owned()));
        assert_eq!(code(add(&worker, &path, 40_000, &[&bytes[40_000..], b"x"].concat()).await).await.0, 400);
        assert_eq!(add(&worker, &path, 40_000, &bytes[40_000..]).await.status(), 204);
        let id = path.rsplit_once('/').unwrap().1;
        assert_eq!(uploaded(&worker, &bytes).await, id);
        assert_eq!(count(&hub, "photos").await, 1);

        let of = visited(&worker, elder(1), json!([id])).await;
        let picture = get(&worker, id).await;
        assert_eq!((header(&picture, "content-type"), header(&picture, "cache-control")),
            ("image/jpeg".to_owned(), "no-store".to_owned()));
        assert_eq!(picture.bytes().await.unwrap(), kept);
        let asked = format!("{{ visit(id: \"{of}\") {{ photos {{ id kind bytes path }} }} }}");
        let told = json!([{ "id": id, "kind": "JPEG", "bytes": kept.len(), "path": format!("/photos/{id}") }]);
        assert_eq!(worker.ask(&asked).await["visit"]["photos"], told);
    }

    async fn what_is_no_picture_is_refused_and_nothing_of_it_stays(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let (bytes, _) = jpeg(1);
        for wrong in [b"<svg onload='alert(1)'/>".as_slice(), b"%PDF-1.7", &bytes[..80_000]] {
            let path = header(&begin(&worker, wrong).await, "location");
            assert_eq!(code(add(&worker, &path, 0, wrong).await).await, (400, "INVALID_INPUT".to_owned()));
            assert_eq!(add(&worker, &path, 0, wrong).await.status(), 404);
        }
        // Said to be another.
        let path = header(&begin(&worker, &bytes).await, "location");
        let (mut other, _) = jpeg(1);
        other[60_000] ^= 1;
        assert_eq!(code(add(&worker, &path, 0, &other).await).await.0, 400);
        assert_eq!((count(&hub, "photos").await, count(&hub, "photo_parts").await), (0, 0));
        let begin = |length: &str, metadata: &str| {
            let begin = request(&worker, Method::POST, "/uploads").header("upload-length", length);
            begin.header("upload-metadata", metadata).send()
        };
        let digest = format!("sha256 {}", STANDARD.encode(sha256(&bytes)));
        for (length, metadata) in [("0", &*digest), ("8388609", &digest), ("-1", &digest), ("9", ""), ("9", "sha256 eA==")] {
            assert_eq!(begin(length, metadata).await.unwrap().status(), 400, "{length} {metadata}");
        }
        let plain = hub.http.post(format!("{}/uploads", hub.url)).bearer_auth(&worker.token);
        assert_eq!(plain.send().await.unwrap().status(), 412);
        let known = hub.http.request(Method::OPTIONS, format!("{}/uploads", hub.url)).send().await.unwrap();
        assert_eq!((header(&known, "tus-max-size"), header(&known, "tus-extension")), ("8388608".to_owned(), "creation".to_owned()));
    }

    async fn a_visit_takes_only_photos_that_its_account_uploaded_whole(hub: TestHub) {
        let (worker, other) = (hub.worker(STATION).await, hub.worker(STATION).await);
        let (bytes, _) = jpeg(1);
        let path = header(&begin(&worker, &bytes).await, "location");
        let begun = path.rsplit_once('/').unwrap().1.to_owned();
        let theirs = uploaded(&other, &jpeg(2).0).await;
        let own = uploaded(&worker, &jpeg(3).0).await;
        for wrong in [begun.clone(), theirs.clone(), uuid::Uuid::new_v4().to_string()] {
            let given = visit(STATION, elder(1), "2026-10-01", json!({ "photos": [own, wrong] }));
            let receipt = worker.submit(vec![given]).await.remove(0);
            assert_eq!(receipt["status"], "REJECTED");
            let problem = &receipt["problems"][0];
            assert_eq!((&problem["code"], &problem["path"]), (&json!("PHOTO_UNKNOWN"), &json!("photos[1]")));
        }
        assert_eq!((count(&hub, "visits").await, count(&hub, "visit_photos").await), (0, 0));
        let many = visit(STATION, elder(1), "2026-10-01", json!({ "photos": vec![own.clone(); 11] }));
        assert_eq!(worker.refused(many).await, ["LIST_TOO_LONG"]);
        // Of another account there is no upload.
        for (method, path) in [(Method::HEAD, &path), (Method::PATCH, &path)] {
            let asked = request(&other, method, path).header("upload-offset", 0);
            let asked = asked.header("content-type", "application/offset+octet-stream");
            assert_eq!(asked.body(bytes.clone()).send().await.unwrap().status(), 404);
        }
        for role in [Role::Analyst, Role::Admin, Role::Auditor] {
            assert_eq!(begin(&hub.viewer(role, None).await, &bytes).await.status(), 403, "{role:?}");
        }
        let reads = hub.system("410802", &[TokenScope::Read, TokenScope::FreeText]).await;
        assert_eq!(begin(&reads, &bytes).await.status(), 403);
        assert_eq!(begin(&hub.bearing("nobody".to_owned()), &bytes).await.status(), 401);
        // Handed in again, the same visit is recorded once.
        let given = visit(STATION, elder(1), "2026-10-01", json!({ "photos": [own] }));
        worker.store(given.clone()).await;
        assert_eq!(worker.submit(vec![given]).await[0]["status"], "REPLAYED");
        assert_eq!(count(&hub, "visit_photos").await, 1);
    }

    async fn photos_are_hung_on_a_visit_afterwards_by_who_hands_in_for_its_station(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let of = visited(&worker, elder(1), json!([])).await;
        let attach = "mutation ($visit: ID!, $photos: [UUID!]!) { attachPhotos(visit: $visit, photos: $photos) { photos { id } } }";
        let stranger = hub.worker(FAR).await;
        let theirs = uploaded(&stranger, &jpeg(1).0).await;
        let asked = json!({ "visit": of, "photos": [theirs] });
        for viewer in [&stranger, &worker] {
            let answer = viewer.answer(attach, asked.clone()).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_INPUT", "{answer}");
        }
        let mut photos = BTreeSet::new();
        for number in 2..12 {
            photos.insert(uploaded(&worker, &jpeg(number).0).await);
        }
        let asked = json!({ "visit": of, "photos": photos });
        for _ in 0..2 {
            let hung = worker.ask_with(attach, asked.clone()).await["attachPhotos"]["photos"].take();
            assert_eq!(hung.as_array().unwrap().len(), 10);
        }
        let eleventh = uploaded(&worker, &jpeg(12).0).await;
        let answer = worker.answer(attach, json!({ "visit": of, "photos": [eleventh] })).await;
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains("10 photos at most"), "{answer}");
        assert_eq!(count(&hub, "visit_photos").await, 10);
        let rows = noted(hub.server.hub(), "ATTACH").await;
        assert_eq!(rows.len(), 1, "what was refused, or hung there already, is not noted: {rows:?}");
    }

    async fn a_visit_on_which_photos_were_hung_stays_where_its_import_is_taken_back(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let village = village(&hub).await;
        let line = |of: u32| format!("测试老人{of},{},{village},2026-09-01,入户探访,王小明", number(of));
        let file = csv("姓名,身份证号,村居,探访日期,探访方式,探访人", &[line(1), line(2)]);
        let act = worker.take(("探访记录.csv", &file)).await;
        assert_eq!(states(&act), ["TAKEN", "TAKEN"], "{act:#}");
        let of = &act["lines"]["nodes"][0]["record"]["id"];
        let photo = uploaded(&worker, &jpeg(1).0).await;
        let attach = "mutation ($visit: ID!, $photos: [UUID!]!) { attachPhotos(visit: $visit, photos: $photos) { id } }";
        worker.ask_with(attach, json!({ "visit": of, "photos": [photo] })).await;
        let act = worker.have("undo", &act["id"]).await;
        assert_eq!(states(&act), ["KEPT", "UNDONE"], "{act:#}");
        assert_eq!(act["lines"]["nodes"][0]["problems"][0]["problem"]["code"], "CHANGED_SINCE");
        assert_eq!(get(&worker, &photo).await.status(), 200);
    }

    async fn what_came_before_the_connection_broke_is_kept(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let (bytes, _) = jpeg(1);
        let path = header(&begin(&worker, &bytes).await, "location");
        let address = hub.url.strip_prefix("http://").unwrap();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!(
            "PATCH {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
             Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nContent-Length: {}\r\n\r\n",
            worker.token,
            bytes.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&bytes[..40_000]).await.unwrap();
        drop(stream);
        let offset = loop {
            let told = request(&worker, Method::HEAD, &path).send().await.unwrap();
            match header(&told, "upload-offset").parse::<usize>().unwrap() {
                0 => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
                offset => break offset,
            }
        };
        assert_eq!(offset, 40_000);
        assert_eq!(add(&worker, &path, offset, &bytes[offset..]).await.status(), 204);
    }

    async fn a_photo_is_shown_to_who_sees_the_texts_of_its_visit_and_that_is_noted(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let (of_elder, of_child) = (uploaded(&worker, &jpeg(1).0).await, uploaded(&worker, &jpeg(2).0).await);
        let elders = visited(&worker, elder(1), json!([of_elder])).await;
        let childs = visited(&worker, child(1), json!([of_child])).await;
        let waiting = uploaded(&worker, &jpeg(3).0).await;
        let ask = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Visit { photos { id } } } }";
        let officer = hub.viewer(Role::CountyOfficer, Some("410802")).await;
        let reads = hub.system("410802", &[TokenScope::Read, TokenScope::Minor]).await;
        for (viewer, sees_elder, sees_child) in [
            (&worker, true, true),
            (&officer, true, false),
            (&hub.viewer(Role::StationLead, Some(STATION)).await, true, true),
            (&hub.worker(NEIGHBOUR).await, false, false),
            (&hub.viewer(Role::CountyOfficer, Some("410811")).await, false, false),
            (&hub.viewer(Role::Analyst, None).await, false, false),
            (&hub.viewer(Role::Auditor, None).await, false, false),
            (&reads, false, false),
        ] {
            for (id, sees) in [(&of_elder, sees_elder), (&of_child, sees_child), (&waiting, false)] {
                assert_eq!(get(viewer, id).await.status(), if sees { 200 } else { 404 }, "{id}");
            }
            let found = viewer.ask_with(ask, json!({ "ids": [elders, childs] })).await;
            for (place, (id, sees)) in [(&of_elder, sees_elder), (&of_child, sees_child)].into_iter().enumerate() {
                let photos = &found["nodes"][place]["photos"];
                assert_eq!(*photos, if sees { json!([{ "id": id }]) } else { Value::Null });
            }
        }
        assert_eq!(get(&hub.bearing("nobody".to_owned()), &of_elder).await.status(), 401);
        let rows = noted(hub.server.hub(), &format!("PHOTO {of_elder}")).await;
        assert_eq!(rows.len(), 3, "{rows:?}");
        assert_eq!(noted(hub.server.hub(), &format!("PHOTO {of_child}")).await.len(), 2);
    }

    async fn the_pictures_of_many_visits_take_as_many_statements_as_those_of_one(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let ask = "{ visits { nodes { photos { id } } } }";
        visited(&worker, elder(1), json!([uploaded(&worker, &jpeg(1).0).await])).await;
        let of_one = worker.statements(ask, json!({})).await;
        for number in 2..5 {
            visited(&worker, elder(2), json!([uploaded(&worker, &jpeg(number).0).await])).await;
        }
        assert_eq!(worker.statements(ask, json!({})).await, of_one);
    }

    async fn what_nobody_handed_in_is_removed_after_a_day(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let taken = uploaded(&worker, &jpeg(1).0).await;
        visited(&worker, elder(1), json!([taken])).await;
        uploaded(&worker, &jpeg(2).0).await;
        let (bytes, _) = jpeg(3);
        let path = header(&begin(&worker, &bytes).await, "location");
        add(&worker, &path, 0, &bytes[..100]).await;
        later(&hub, Duration::hours(23)).clear_photos().await.unwrap();
        assert_eq!(count(&hub, "photos").await, 3);
        later(&hub, Duration::hours(25)).clear_photos().await.unwrap();
        assert_eq!(count(&hub, "photos").await, 1);
        assert_eq!(get(&worker, &taken).await.status(), 200);
        assert_eq!(request(&worker, Method::HEAD, &path).send().await.unwrap().status(), 404);
    }

    async fn the_database_holds_no_picture_openly_and_its_keys_are_renewed(hub: TestHub) {
        let worker = hub.worker(STATION).await;
        let (bytes, kept) = jpeg(1);
        let id = uploaded(&worker, &bytes).await;
        visited(&worker, elder(1), json!([id])).await;
        let before = parts(&hub).await;
        assert!(before.len() >= 3);
        let holds = |bytes: &[u8], what: &[u8]| memchr::memmem::find(bytes, what).is_some();
        for part in &before {
            assert!(!holds(part, MARK) && !holds(part, PLACE) && !holds(part, &kept[60_000..60_016]));
        }
        hub.server.hub().rotate_keys(Some(KeySuite::Sm4Gcm)).await.unwrap();
        let after = parts(&hub).await;
        assert!(before.iter().zip(&after).all(|(before, after)| before != after));
        assert_eq!(get(&worker, &id).await.bytes().await.unwrap(), kept);
    }

    async fn a_print_out_has_the_photos_but_not_those_of_homes_for_who_sees_minors_masked(hub: TestHub) {
        let lead = hub.viewer(Role::StationLead, Some(STATION)).await;
        let worker = hub.worker(STATION).await;
        let (bytes, kept) = jpeg(1);
        visited(&worker, elder(1), json!([uploaded(&worker, &bytes).await])).await;
        let home = worker.store(item(STATION, json!({ "household": { "head": elder(1), "members": [] } }))).await;
        let (bytes, of_home) = jpeg(2);
        let photos = json!([uploaded(&worker, &bytes).await]);
        let mut given = visit(STATION, Value::Null, "2026-10-08", json!({ "householdId": home["record"]["id"], "photos": photos }));
        given["content"]["visit"].as_object_mut().unwrap().remove("person");
        worker.store(given).await;
        let officer = hub.viewer(Role::CountyOfficer, Some("410802")).await;
        let shown = |bytes: &[u8]| format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes));
        for (viewer, sees_home) in [(&lead, true), (&officer, false)] {
            let hub = hub.server.hub();
            let whom = elder(1)["residentId"].as_str().unwrap().parse().unwrap();
            let viewer = hub.let_in(&viewer.token, Ipv4Addr::LOCALHOST.into()).await.unwrap().viewer;
            let asking = Access::by(&viewer, "test", "");
            let printed = hub.print_out(&viewer, Whom::ResidentId(whom), "本人申请", asking).await.unwrap();
            let text = serde_json::to_string(&printed).unwrap();
            assert_eq!((text.contains(&shown(&kept)), text.contains(&shown(&of_home))), (true, sees_home));
        }
        let text = Desk::new().text(&lead, &["--resident-id", elder(1)["residentId"].as_str().unwrap(), "--format", "markdown"]);
        assert!(text.contains(&format!("![照片]({})", shown(&kept))));
    }
}

/// What the parts of photos hold in the database.
async fn parts(hub: &TestHub) -> Vec<Vec<u8>> {
    use sea_orm::{ConnectionTrait, Statement};
    let db = &hub.server.hub().db;
    let asked = "SELECT bytes FROM photo_parts ORDER BY number";
    let rows = db.read().query_all_raw(Statement::from_string(db.backend(), asked)).await.unwrap();
    rows.iter().map(|row| row.try_get("", "bytes").unwrap()).collect()
}
