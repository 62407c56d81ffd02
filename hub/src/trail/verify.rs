//! Walking the trail from its beginning to its end, a page at a time.

use entity::{trail_row, trail_seal};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::{
    chain::{BEGINNING, hash_people, hash_row, hash_seal},
    people,
    purge::{PURGE, through},
};
use crate::{Hub, error::HubError};

/// Rows of a page.
const PAGE: u64 = 500;

/// A trail that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub rows: u64,
    pub seals: usize,
    /// The row after which it begins, 0 where nothing was purged.
    pub purged: i64,
    /// The hash of the last row.
    pub head: String,
}

/// The first thing that is wrong with a trail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("row {0} was changed")]
    Changed(i64),
    #[error("the people of row {0} were changed")]
    PeopleChanged(i64),
    #[error("the index by person does not say of row {0} what the row says")]
    IndexChanged(i64),
    #[error("the index by person names someone in a row that does not name them")]
    IndexGrown,
    #[error("row {0} was removed")]
    Removed(i64),
    #[error("row {0} stands where another belongs")]
    Reordered(i64),
    #[error("the seal of {0} was changed, or one before it removed")]
    Seal(chrono::NaiveDate),
    #[error("row {0} is not the one that was sealed on {1}")]
    NotSealed(i64, chrono::NaiveDate),
    #[error("the trail ends at row {0}, the seal of {1} at a later one: rows were cut off")]
    CutOff(i64, chrono::NaiveDate),
    #[error("the rows up to {0} were removed, and no purge of them is noted")]
    NotPurged(i64),
    #[error("the head {0} is not in the trail: rows were cut off or written anew")]
    HeadMissing(String),
}

/// How far the walk has come.
struct Walk<'h> {
    seq: i64,
    head: String,
    rows: u64,
    /// How often anyone stands in the rows.
    people: i64,
    seals: std::iter::Peekable<std::vec::IntoIter<trail_seal::Model>>,
    sought: Option<&'h str>,
    /// The row after which the trail begins, and whether a later row notes that purge.
    begins_after: i64,
    purge_noted: bool,
}

impl Hub {
    /// Checks the whole trail; with a head that was kept elsewhere, also that it is part of it.
    ///
    /// # Errors
    /// Where the database does not answer. A fault of the trail is the inner error.
    pub async fn verify_trail(
        &self,
        head: Option<&str>,
    ) -> Result<Result<Verified, Fault>, HubError> {
        // Rows are written and purged meanwhile.
        let db = &self.db.snapshot().await?;
        let seals =
            trail_seal::Entity::find().order_by_asc(trail_seal::Column::Day).all(db).await?;
        if let Some(fault) = fault_of_seals(&seals) {
            return Ok(Err(fault));
        }
        let count = seals.len();
        let sealed = head.is_some_and(|head| seals.iter().any(|seal| seal.hash == head));
        let (seq, beginning) = match beginning(db, &seals).await? {
            Ok(found) => found,
            Err(fault) => return Ok(Err(fault)),
        };
        let mut seals = seals.into_iter().peekable();
        while seals.next_if(|seal| seal.last_seq < seq).is_some() {}
        let mut walk = Walk {
            seq,
            head: beginning,
            rows: 0,
            people: 0,
            seals,
            sought: head.filter(|_| !sealed),
            begins_after: seq,
            purge_noted: seq == 0,
        };
        loop {
            let page = page_after(db, walk.seq).await?;
            if page.is_empty() {
                break;
            }
            for row in &page {
                if let Err(fault) = walk.step(row) {
                    return Ok(Err(name(db, fault, &walk.head).await?));
                }
            }
            if let Some(seq) = people::differs(db, &page).await? {
                return Ok(Err(Fault::IndexChanged(seq)));
            }
        }
        let (people, indexed) = (walk.people, people::size(db).await?);
        let whole = walk.end(count);
        Ok(whole.and_then(
            |whole| if indexed == Some(people) { Ok(whole) } else { Err(Fault::IndexGrown) },
        ))
    }
}

impl Walk<'_> {
    fn step(&mut self, row: &trail_row::Model) -> Result<(), Fault> {
        self.meet_seals()?;
        if row.seq != self.seq + 1 {
            return Err(Fault::Removed(self.seq + 1));
        }
        let people: Vec<_> = row.people.iter().collect();
        let whole = row.people == people.iter().collect();
        if !whole || hash_people(people.into_iter()) != row.people_hash {
            return Err(Fault::PeopleChanged(row.seq));
        }
        if row.prev_hash != self.head || row.hash != hash_row(row) {
            return Err(Fault::Changed(row.seq));
        }
        self.seq = row.seq;
        self.head.clone_from(&row.hash);
        self.rows += 1;
        self.people += row.people_count;
        self.purge_noted |=
            row.operation == PURGE && row.fields.0.contains(&through(self.begins_after));
        self.sought = self.sought.filter(|sought| *sought != row.hash);
        Ok(())
    }

    /// Compares the seals that end here with the head of here.
    fn meet_seals(&mut self) -> Result<(), Fault> {
        while let Some(seal) = self.seals.next_if(|seal| seal.last_seq <= self.seq) {
            if seal.last_seq != self.seq || seal.head != self.head {
                return Err(Fault::NotSealed(seal.last_seq, seal.day));
            }
        }
        Ok(())
    }

    fn end(mut self, seals: usize) -> Result<Verified, Fault> {
        self.meet_seals()?;
        if let Some(seal) = self.seals.next() {
            return Err(Fault::CutOff(self.seq, seal.day));
        }
        if !self.purge_noted {
            return Err(Fault::NotPurged(self.begins_after));
        }
        let (rows, purged) = (self.rows, self.begins_after);
        match self.sought {
            Some(head) => Err(Fault::HeadMissing(head.to_owned())),
            None => Ok(Verified { rows, seals, purged, head: self.head }),
        }
    }
}

/// Where the trail begins: at its first row, or after the seal up to which it was purged.
async fn beginning(
    db: &impl ConnectionTrait,
    seals: &[trail_seal::Model],
) -> Result<Result<(i64, String), Fault>, HubError> {
    let first = trail_row::Entity::find().order_by_asc(trail_row::Column::Seq).one(db).await?;
    let before = first.map_or(0, |row| row.seq - 1);
    if before == 0 {
        return Ok(Ok((0, BEGINNING.to_owned())));
    }
    let seal = seals.iter().find(|seal| seal.last_seq == before);
    Ok(seal.map(|seal| (before, seal.head.clone())).ok_or(Fault::Removed(before)))
}

fn fault_of_seals(seals: &[trail_seal::Model]) -> Option<Fault> {
    let (mut head, mut seq) = (BEGINNING, 0);
    for seal in seals {
        let fits = seal.prev_hash == head && seal.rows == seal.last_seq - seq;
        if !fits || seal.hash != hash_seal(seal) {
            return Some(Fault::Seal(seal.day));
        }
        (head, seq) = (&seal.hash, seal.last_seq);
    }
    None
}

/// A row that does not fit was put elsewhere where another row continues from here.
async fn name(db: &impl ConnectionTrait, fault: Fault, head: &str) -> Result<Fault, HubError> {
    let (Fault::Changed(seq) | Fault::PeopleChanged(seq)) = fault else { return Ok(fault) };
    let elsewhere = trail_row::Entity::find()
        .filter(trail_row::Column::PrevHash.eq(head))
        .filter(trail_row::Column::Seq.ne(seq))
        .count(db)
        .await?;
    Ok(if elsewhere > 0 { Fault::Reordered(seq) } else { fault })
}

async fn page_after(
    db: &impl ConnectionTrait,
    seq: i64,
) -> Result<Vec<trail_row::Model>, HubError> {
    let rows = trail_row::Entity::find()
        .filter(trail_row::Column::Seq.gt(seq))
        .order_by_asc(trail_row::Column::Seq)
        .limit(PAGE);
    Ok(rows.all(db).await?)
}
