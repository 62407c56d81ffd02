//! The index of the trail by person. The rows themselves say whom they are about; the index says in
//! which of them someone stands, an entry for each group of rows that was written together: under
//! load the same people are read again and again.

use std::collections::{BTreeMap, BTreeSet};

use entity::{trail_person, trail_row};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement},
};
use uuid::Uuid;

use crate::HubError;

/// The most rows of one group.
pub(super) const GROUP: usize = 2000;
/// The most entries of one statement, and people of one question.
const ENTRIES: usize = 5000;

/// The rows in which each stands.
pub(super) type Rows = BTreeMap<Uuid, Vec<i64>>;

/// Adds the entries of a group.
pub(super) async fn index(
    db: &impl ConnectionTrait,
    first_seq: i64,
    people: &Rows,
) -> Result<(), HubError> {
    let entries: Vec<_> = people.iter().collect();
    for entries in entries.chunks(ENTRIES) {
        db.execute_unprepared(&insert(db.get_database_backend(), first_seq, entries)).await?;
    }
    Ok(())
}

/// There are many people to a row: literals spare the binding of each, and on PostgreSQL two arrays
/// the parsing of as many rows.
fn insert(backend: DbBackend, first_seq: i64, entries: &[(&Uuid, &Vec<i64>)]) -> String {
    let mut id = Uuid::encode_buffer();
    let json =
        |seqs: &[i64]| format!("[{}]", listed(seqs, |list, seq| list.push_str(&seq.to_string())));
    match backend {
        DbBackend::Postgres => {
            let people = listed(entries, |list, (person, _)| {
                list.push_str(person.simple().encode_lower(&mut id));
            });
            let seqs = listed(entries, |list, (_, seqs)| list.extend(["\"", &json(seqs), "\""]));
            format!(
                "INSERT INTO trail_people (person_id, first_seq, seqs) \
                 SELECT person_id, {first_seq}, seqs \
                 FROM unnest('{{{people}}}'::uuid[], '{{{seqs}}}'::text[]) AS entries (person_id, seqs)"
            )
        }
        _ => {
            let first_seq = first_seq.to_string();
            let values = listed(entries, |list, (person, seqs)| {
                let id = person.simple().encode_lower(&mut id);
                list.extend(["(x'", id, "',", &first_seq, ",'", &json(seqs), "')"]);
            });
            format!("INSERT INTO trail_people (person_id, first_seq, seqs) VALUES {values}")
        }
    }
}

/// A list whose items are written into one text: there are many.
fn listed<T>(items: &[T], mut add: impl FnMut(&mut String, &T)) -> String {
    let mut list = String::new();
    for item in items {
        if !list.is_empty() {
            list.push(',');
        }
        add(&mut list, item);
    }
    list
}

/// The numbers of the rows in which someone stands.
pub(super) fn seqs_of(backend: DbBackend, person: Uuid) -> SelectStatement {
    use trail_person::Column;
    let mut seqs = Query::select();
    seqs.from(trail_person::Entity).and_where(Column::PersonId.eq(person));
    let column = Expr::col(Column::Seqs);
    match backend {
        DbBackend::Postgres => {
            let each = Func::cust("jsonb_array_elements_text").arg(column.cast_as("jsonb"));
            seqs.expr(Expr::from(each).cast_as("bigint"));
        }
        _ => {
            seqs.expr(Expr::col((Alias::new("each"), Alias::new("value"))));
            seqs.from_function(Func::cust("json_each").arg(column), "each");
        }
    }
    seqs
}

/// Takes the rows up to this one out of the index.
pub(super) async fn forget(db: &impl ConnectionTrait, through: i64) -> Result<(), HubError> {
    use trail_person::Column;
    let mut kept = Rows::new();
    for entry in entries(db, None, through, through).await? {
        let seqs: Vec<_> = seqs(&entry).into_iter().filter(|seq| *seq > through).collect();
        if !seqs.is_empty() {
            kept.insert(entry.person_id, seqs);
        }
    }
    trail_person::Entity::delete_many().filter(Column::FirstSeq.lte(through)).exec(db).await?;
    index(db, through + 1, &kept).await
}

/// The first of these rows whose people the index does not name rightly.
pub(super) async fn differs(
    db: &impl ConnectionTrait,
    rows: &[trail_row::Model],
) -> Result<Option<i64>, HubError> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(None) };
    let said: BTreeSet<_> =
        rows.iter().flat_map(|row| row.people.iter().map(|person| (row.seq, person))).collect();
    let people: BTreeSet<_> = said.iter().map(|(_, person)| *person).collect();
    let people: Vec<_> = people.into_iter().collect();
    let mut indexed = BTreeSet::new();
    for people in people.chunks(ENTRIES) {
        for entry in entries(db, Some(people), first.seq, last.seq).await? {
            let within = |seq: &i64| (first.seq..=last.seq).contains(seq);
            let seqs = seqs(&entry).into_iter().filter(within);
            indexed.extend(seqs.map(|seq| (seq, entry.person_id)));
        }
    }
    Ok(said.symmetric_difference(&indexed).map(|(seq, _)| *seq).min())
}

/// How often the index names anyone; none where an entry is no list of numbers.
pub(super) async fn size(db: &impl ConnectionTrait) -> Result<Option<i64>, HubError> {
    use trail_person::Column;
    let (mut size, mut after) = (0, None);
    loop {
        let mut page = trail_person::Entity::find().cursor_by((Column::PersonId, Column::FirstSeq));
        if let Some(key) = after {
            page.after(key);
        }
        let entries = page.first(ENTRIES as u64).all(db).await?;
        let Some(last) = entries.last() else { return Ok(Some(size)) };
        after = Some((last.person_id, last.first_seq));
        for entry in &entries {
            match serde_json::from_str::<Vec<i64>>(&entry.seqs) {
                Ok(seqs) => size += i64::try_from(seqs.len()).unwrap_or(i64::MAX),
                Err(_) => return Ok(None),
            }
        }
    }
}

/// The entries of the groups that may hold these rows.
async fn entries(
    db: &impl ConnectionTrait,
    people: Option<&[Uuid]>,
    first: i64,
    last: i64,
) -> Result<Vec<trail_person::Model>, HubError> {
    use trail_person::Column;
    let before = first.saturating_sub(i64::try_from(GROUP).unwrap_or(i64::MAX));
    let mut select = trail_person::Entity::find()
        .filter(Column::FirstSeq.gt(before))
        .filter(Column::FirstSeq.lte(last));
    if let Some(people) = people {
        select = select.filter(Column::PersonId.is_in(people.iter().copied()));
    }
    Ok(select.all(db).await?)
}

/// What is not numbers names no row.
fn seqs(entry: &trail_person::Model) -> Vec<i64> {
    serde_json::from_str(&entry.seqs).unwrap_or_default()
}
