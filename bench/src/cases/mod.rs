//! What is measured: each case is asked of the server and, beside it, of the database by
//! hand-written SQL, and of PostGraphile where it can answer the same.

mod agree;
mod all;
mod bulletin;
mod handed;
mod insert;
mod list;
mod nested;
mod read;
mod statistics;
mod submit;

use std::sync::Arc;

pub use read::Read;
pub use submit::Submit;

use crate::{options::Options, stand::Stand};

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Hub,
    Sql,
    PostGraphile,
    DuckDb,
}

/// A measurement.
pub struct Case {
    pub name: String,
    pub connections: usize,
    /// Things handed in with each request; 1 for a question.
    pub batch: usize,
    work: Work,
}

enum Work {
    Read(Arc<Read>),
    Submit(Arc<Submit>),
}

impl Case {
    /// The questions of an engine, once their two answers agree.
    pub async fn reads(stand: &Stand, options: &Options) -> anyhow::Result<Vec<Self>> {
        let many = options.connections;
        let mut cases = Vec::new();
        if options.wants("nested") {
            let read = Arc::new(nested::read(stand));
            read.check(stand).await?;
            cases.push(Self::read("nested", many, &read));
            cases.push(Self::read("nested", 1, &read));
        }
        if options.wants("all") {
            let read = Arc::new(all::read(stand));
            read.check(stand).await?;
            cases.push(Self::read("all", many.min(8), &read));
            cases.push(Self::read("all", 1, &read));
        }
        if options.wants("list") {
            let read = Arc::new(list::read(stand).await?);
            read.check(stand).await?;
            cases.push(Self::read("list", many, &read));
            cases.push(Self::read("list", 1, &read));
        }
        if options.wants("bulletin") {
            let read = Arc::new(bulletin::read(stand));
            read.check(stand).await?;
            cases.push(Self::read("bulletin", 1, &read));
            cases.push(Self::read("bulletin", many.min(4), &read));
        }
        if options.wants("statistics") {
            let read = Arc::new(statistics::read(stand).await);
            read.check(stand).await?;
            cases.push(Self::read("statistics", 1, &read));
            cases.push(Self::read("statistics", many.min(4), &read));
        }
        Ok(cases)
    }

    /// The ways of handing in.
    pub async fn submits(stand: &Stand, options: &Options) -> anyhow::Result<Vec<Self>> {
        if !options.wants("submit") {
            return Ok(Vec::new());
        }
        let submit = Arc::new(Submit::new(stand, options.connections).await?);
        let case = |batch, connections| Self {
            name: format!("submit {batch}"),
            connections,
            batch,
            work: Work::Submit(Arc::clone(&submit)),
        };
        Ok(vec![case(1, 1), case(1, options.connections), case(100, 1), case(100, 4)])
    }

    fn read(name: &str, connections: usize, read: &Arc<Read>) -> Self {
        let work = Work::Read(Arc::clone(read));
        Self { name: name.to_owned(), connections, batch: 1, work }
    }

    /// What is to be done before a measurement.
    pub async fn prepare(&self) -> anyhow::Result<()> {
        match &self.work {
            Work::Read(_) => Ok(()),
            Work::Submit(submit) => submit.prepare().await,
        }
    }

    /// Makes sure that what was measured was done.
    pub async fn check(&self) -> anyhow::Result<()> {
        match &self.work {
            Work::Read(_) => Ok(()),
            Work::Submit(submit) => submit.check().await,
        }
    }

    /// Who can be asked, one after the other.
    pub fn sides(&self, stand: &Stand) -> Vec<Side> {
        let peer = match &self.work {
            Work::Read(read) => read.peer().filter(|side| stand.peer(*side).is_some()),
            Work::Submit(_) => None,
        };
        [Side::Hub, Side::Sql].into_iter().chain(peer).collect()
    }

    /// Asks once, and gives back the bytes of the answer.
    pub async fn ask(&self, stand: &Stand, side: Side, turn: usize) -> anyhow::Result<usize> {
        match (&self.work, side) {
            (Work::Read(read), Side::Hub) => read.ask_hub(stand, turn).await,
            (Work::Read(read), Side::Sql) => read.ask_sql(stand, turn).await,
            (Work::Read(read), _) => read.ask_peer(stand, turn).await,
            (Work::Submit(submit), Side::Hub) => submit.hand_in(stand, self.batch).await,
            (Work::Submit(submit), _) => submit.insert(self.batch).await,
        }
    }
}
