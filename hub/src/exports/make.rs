//! Making the file of a job, once all its rows are there: one pass over them for each table, into
//! sealed parts.

use std::{convert::Infallible, io};

use entity::{ExportFormat, JobState, export_part, job};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    Column, FOUND, Table,
    cells::{Cell, at},
    cover::{Cover, CoverColumn, CoverTable},
    csv,
    line::Line,
    parquet,
    walk::{Chain, Row, Walk},
    xlsx::Workbook,
};
use crate::{
    Hub, HubError,
    access::Viewer,
    hex,
    jobs::{Answer, ended, held, rank},
    trail::Access,
};

/// The bytes of a part, as few as one of an answer has.
pub const PART: usize = 32 << 10;
/// How many parts are written by one transaction.
const AT_ONCE: usize = 32;
/// The most bytes of a file: 1 GiB.
const LARGEST: u64 = 1 << 30;
/// What the cover says of a column whose values are all shown.
const PLAIN: &str = "PLAIN";
const SUPPRESSED: &str = "SUPPRESSED";

impl Hub {
    /// Makes the file of a job that has all its rows, and ends the job; gives it as it stands then. None
    /// where it is not held any more. What was begun before is made anew, from the first byte.
    ///
    /// # Errors
    /// `Invalid` where the format cannot hold the rows; where the database does not answer.
    pub async fn make_export(
        &self,
        job: &job::Model,
        viewer: &Viewer,
        tables: &[Table],
    ) -> Result<Option<job::Model>, HubError> {
        let Some(format) = job.format else { return Ok(None) };
        while self.remove_file(job.id, Some(job)).await? > 0 {}
        let question = self.question_of(job).await?;
        let cover = Cover {
            query: question.query,
            variables: question.variables,
            viewer: format!("{} ({}, {})", viewer.name, viewer.username, viewer.role.code()),
            asked_at: job.asked_at,
            made_at: self.clock.now(),
            format: format.code(),
            rows: job.done,
            first: job.most.filter(|most| job.done >= *most),
            found: job.expected.filter(|expected| *expected > job.done),
            sight: job.sight.0.clone(),
            ..Cover::default()
        };
        let mut making = Making { hub: self, job, parts: Parts::default(), cover };
        let made = match format {
            ExportFormat::Ndjson => making.lines(tables).await?,
            ExportFormat::Xlsx => making.tables(Writer::Workbook(Workbook::new()), tables).await?,
            ExportFormat::Csv => {
                let writer = Writer::Separated(csv::Tables::new(Chain::all(tables).len()));
                making.tables(writer, tables).await?
            }
            ExportFormat::Parquet => {
                let writer = Writer::Typed(parquet::Tables::new(Chain::all(tables).len()));
                making.tables(writer, tables).await?
            }
        };
        if made { making.end(viewer).await } else { Ok(None) }
    }
}

/// A file being made. Its steps give false where the job is not held any more.
struct Making<'h> {
    hub: &'h Hub,
    job: &'h job::Model,
    parts: Parts,
    cover: Cover,
}

/// What is written and not kept yet, and what all of it comes to.
#[derive(Default)]
struct Parts {
    waiting: Vec<u8>,
    number: i64,
    bytes: u64,
    digest: Sha256,
}

impl Making<'_> {
    /// Each row as it was answered, without what was asked along.
    async fn lines(&mut self, tables: &[Table]) -> Result<bool, HubError> {
        let mut chains: Vec<_> =
            Chain::all(tables).into_iter().map(|chain| (chain, Walk::default())).collect();
        let (answer, mut rows) = (Answer::of(self.job), 0);
        for number in 0..answer.parts {
            let part = self.hub.answer_part(answer, number).await?;
            let mut text = Vec::with_capacity(part.len());
            for line in part.lines() {
                rows += 1;
                let value: Value = parsed(line)?;
                self.cover.found = value[FOUND].as_i64().or(self.cover.found);
                for (chain, walk) in &mut chains {
                    let Ok(()) = chain.walk(walk, &value, &mut |_| Ok::<_, Infallible>(()));
                }
                let mut line: Line = parsed(line)?;
                line.strip();
                serde_json::to_writer(&mut text, &line).map_err(|_| HubError::Unavailable)?;
                text.push(b'\n');
            }
            if !self.add(text).await? {
                return Ok(false);
            }
        }
        self.all_there(rows)?;
        for (chain, walk) in &chains {
            self.cover.tables.push(self.told(chain, walk));
        }
        self.cover.rows_digest = hex(&self.parts.digest.clone().finalize());
        Ok(true)
    }

    async fn tables(&mut self, mut writer: Writer, tables: &[Table]) -> Result<bool, HubError> {
        let mut digest = Sha256::new();
        for chain in Chain::all(tables) {
            if !self.table(&mut writer, &chain, &mut digest).await? {
                return Ok(false);
            }
        }
        let last = writer.finish(&self.cover).map_err(refused)?;
        self.add(last).await
    }

    async fn table(
        &mut self,
        writer: &mut Writer,
        chain: &Chain<'_>,
        digest: &mut Sha256,
    ) -> Result<bool, HubError> {
        writer.begin(chain).map_err(refused)?;
        let is_suppressed = |column: &Column| self.sights(column).any(|sight| sight == SUPPRESSED);
        let suppressed: Vec<_> = chain.columns().iter().map(is_suppressed).collect();
        let (mut walk, mut lines) = (Walk::default(), 0);
        let answer = Answer::of(self.job);
        for number in 0..answer.parts {
            let part = self.hub.answer_part(answer, number).await?;
            for line in part.lines() {
                lines += 1;
                let line: Value = parsed(line)?;
                self.cover.found = line[FOUND].as_i64().or(self.cover.found);
                let mut give = |row: Row<'_>| writer.row(row, chain, &suppressed, digest);
                chain.walk(&mut walk, &line, &mut give).map_err(refused)?;
            }
            if !self.add(writer.taken()).await? {
                return Ok(false);
            }
        }
        self.all_there(lines)?;
        self.cover.tables.push(self.told(chain, &walk));
        self.cover.rows_digest = hex(&digest.clone().finalize());
        writer.end(&self.cover).map_err(refused)?;
        self.add(writer.taken()).await
    }

    /// What the cover says of a table that was gone through.
    fn told(&self, chain: &Chain<'_>, walk: &Walk) -> CoverTable {
        let table = chain.table();
        let columns = chain.columns().iter().map(|column| CoverColumn {
            header: column.header.clone(),
            path: column.path.join("."),
            sight: self.sight_of(column).to_owned(),
        });
        CoverTable {
            name: table.name.clone(),
            title: table.title.clone(),
            rows: walk.rows,
            more: walk.more,
            at_most: table.at_most.filter(|most| walk.rows >= *most),
            columns: columns.collect(),
        }
    }

    /// How the lowest of a column's values are shown.
    fn sight_of<'a>(&'a self, column: &'a Column) -> &'a str {
        self.sights(column).min_by_key(|sight| rank(sight)).unwrap_or(PLAIN)
    }

    fn sights<'a>(&'a self, column: &'a Column) -> impl Iterator<Item = &'a str> {
        column.fields.iter().filter_map(|field| self.job.sight.0.get(field).map(String::as_str))
    }

    /// Nothing is told of a file that has not all the rows that were answered.
    fn all_there(&self, lines: u64) -> Result<(), HubError> {
        if i64::try_from(lines) == Ok(self.job.done) {
            return Ok(());
        }
        tracing::error!(job = %self.job.id, lines, rows = self.job.done, "rows of an answer are missing");
        Err(HubError::Unavailable)
    }

    async fn add(&mut self, bytes: Vec<u8>) -> Result<bool, HubError> {
        let parts = &mut self.parts;
        parts.digest.update(&bytes);
        parts.bytes += bytes.len() as u64;
        parts.waiting.extend(bytes);
        if parts.bytes > LARGEST {
            let text = "the file is larger than 1 GiB; narrow it by a filter or by first";
            return Err(HubError::Invalid(text.to_owned()));
        }
        while self.parts.waiting.len() >= AT_ONCE * PART {
            let rest = self.parts.waiting.split_off(AT_ONCE * PART);
            let full = std::mem::replace(&mut self.parts.waiting, rest);
            if !self.keep(&full, None).await?.is_held {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Keeps what is left, notes the file in the trail and ends the job with it.
    async fn end(mut self, viewer: &Viewer) -> Result<Option<job::Model>, HubError> {
        let digest = hex(&self.parts.digest.clone().finalize());
        // By it a printed cover leads to the file; half of it, as the trail keeps 200 characters.
        let (rows, _) = self.cover.rows_digest.split_at(self.cover.rows_digest.len() / 2);
        let operation = format!("{} cells:{rows}", noted("EXPORT", self.job, &digest));
        let access = Access {
            from_address: self.job.from_address.clone(),
            purpose: self.job.purpose.clone(),
            fields: ["Job.answer".to_owned()].into(),
            ..Access::by(viewer, &format!("job-{}", self.job.id), &operation)
        };
        self.hub.note_durably(access).await?;
        let rest = std::mem::take(&mut self.parts.waiting);
        Ok(self.keep(&rest, Some(digest)).await?.ended)
    }

    /// Writes bytes as parts, while the job is held, and with a digest ends the job.
    async fn keep(&mut self, bytes: &[u8], digest: Option<String>) -> Result<Kept, HubError> {
        let tx = self.hub.db.write_tx().await?;
        let Some(found) = held(&tx, self.job).await? else { return Ok(Kept::default()) };
        let ring = self.hub.keys.fresh(&tx).await?;
        let rows = (self.parts.number..).zip(bytes.chunks(PART)).map(|(number, bytes)| {
            let id = self.hub.clock.new_id();
            let bytes = ring.seal_bytes(export_part::Column::Bytes, id, bytes);
            export_part::Model { id, job_id: self.job.id, number, bytes }.into_active_model()
        });
        let rows: Vec<_> = rows.collect();
        self.parts.number += i64::try_from(rows.len()).unwrap_or(i64::MAX);
        if !rows.is_empty() {
            export_part::Entity::insert_many(rows).exec_without_returning(&tx).await?;
        }
        let mut kept = Kept { is_held: true, ended: None };
        if let Some(digest) = digest {
            let cover = serde_json::to_string(&self.cover).unwrap_or_default();
            let row = job::ActiveModel {
                cover: Set(Some(ring.seal(job::Column::Cover, self.job.id, &cover))),
                file_bytes: Set(i64::try_from(self.parts.bytes).ok()),
                file_digest: Set(Some(digest)),
                ..found.into_active_model()
            };
            let row = ended(row, JobState::Done, self.hub.clock.now());
            kept.ended = Some(row.update(&tx).await?);
        }
        tx.commit().await?;
        Ok(kept)
    }
}

/// What became of parts that were to be kept.
#[derive(Default)]
struct Kept {
    is_held: bool,
    ended: Option<job::Model>,
}

/// What the trail says of a file: how many rows, and which file.
pub fn noted(what: &str, job: &job::Model, digest: &str) -> String {
    let format = job.format.map(ExportFormat::code).unwrap_or_default();
    format!("{what} {} {format} {} rows sha256:{digest}", job.id, job.done)
}

fn headers(chain: &Chain<'_>) -> Vec<String> {
    let above = chain.has_above().then(|| match chain.0.get(chain.0.len() - 2) {
        Some(above) => format!("{}编号", above.title),
        None => String::new(),
    });
    let key = chain.has_key().then(|| "编号".to_owned());
    let columns = chain.columns().iter().map(|column| column.header.clone());
    above.into_iter().chain(key).chain(columns).collect()
}

fn parsed<'l, T: serde::Deserialize<'l>>(line: &'l str) -> Result<T, HubError> {
    serde_json::from_str(line).map_err(|_| HubError::Unavailable)
}

/// Why the rows cannot be in a file of this format.
#[expect(clippy::needless_pass_by_value, reason = "as map_err gives it")]
fn refused(error: io::Error) -> HubError {
    HubError::Invalid(error.to_string())
}

/// Writes tables in a format.
enum Writer {
    Workbook(Workbook),
    Separated(csv::Tables),
    Typed(parquet::Tables),
}

impl Writer {
    fn begin(&mut self, chain: &Chain<'_>) -> io::Result<()> {
        match self {
            Self::Workbook(book) => {
                book.begin(&chain.table().title, headers(chain), chain.columns())
            }
            Self::Separated(tables) => tables.begin(&chain.table().name, &headers(chain)),
            Self::Typed(tables) => tables.begin(chain),
        }
    }

    fn row(
        &mut self,
        row: Row<'_>,
        chain: &Chain<'_>,
        suppressed: &[bool],
        digest: &mut Sha256,
    ) -> io::Result<()> {
        if let Self::Typed(tables) = self {
            let values = chain.columns().iter().map(|column| at(row.value, &column.path));
            let values: Vec<_> = values.collect();
            let keys = row.above.iter().chain(&row.key).map(parquet::json);
            note(digest, keys.map(|key| key.to_string()));
            note(digest, values.iter().map(ToString::to_string));
            digest.update("\n");
            return tables.row(&row, &values);
        }
        let columns = chain.columns().iter().zip(suppressed);
        let cells = columns.map(|(column, hides)| column.cell(row.value, *hides));
        let cells: Vec<_> = row.above.into_iter().chain(row.key).chain(cells).collect();
        note(digest, cells.iter().map(Cell::text));
        digest.update("\n");
        match self {
            Self::Workbook(book) => book.row(cells),
            Self::Separated(tables) => tables.row(&cells),
            Self::Typed(_) => Ok(()),
        }
    }

    fn end(&mut self, cover: &Cover) -> io::Result<()> {
        match self {
            Self::Workbook(book) => book.end(),
            Self::Separated(_) => Ok(()),
            Self::Typed(tables) => tables.end(cover),
        }
    }

    fn taken(&mut self) -> Vec<u8> {
        match self {
            Self::Workbook(book) => book.taken(),
            Self::Separated(tables) => tables.taken(),
            Self::Typed(tables) => tables.taken(),
        }
    }

    fn finish(self, cover: &Cover) -> io::Result<Vec<u8>> {
        match self {
            Self::Workbook(book) => book.finish(cover),
            Self::Separated(tables) => tables.finish(cover),
            Self::Typed(tables) => tables.finish(cover),
        }
    }
}

fn note(digest: &mut Sha256, texts: impl Iterator<Item = String>) {
    for text in texts {
        digest.update(text);
        digest.update("\t");
    }
}
