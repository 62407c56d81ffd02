//! Rows → Parquet: a file for each table, its columns typed as the schema has them; of several tables
//! a .zip. For programs: codes and not their words, instants in UTC.
//!
//! A file is written in groups of rows, each as soon as it is full, so that no more than one of them
//! is in memory.

use std::{
    io::{self, Write},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate};
use parquet::{
    basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel},
    column::writer::ColumnWriterImpl,
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::{Type, TypePtr},
};
use serde_json::Value;
use zip::{ZipWriter, write::StreamWriter};

use super::{
    Form,
    cells::Cell,
    cover::Cover,
    csv::{Sink, options},
    walk::{Chain, Row},
};

/// The columns of the keys by which tables are joined: of a row itself, and of the row it hangs on.
pub const KEY: &str = "_key";
pub const PARENT: &str = "_parent";
/// Under which key a file has its cover, as JSON.
const COVER: &str = "nuanyang.cover";
/// A group of rows is written once it has so many rows, or takes about so many bytes in memory.
const ROWS: usize = 50_000;
const BYTES: usize = 8 << 20;
/// What a value takes with its level, and a text beside its characters.
const VALUE: usize = 10;
const TEXT: usize = 40;

/// Tables that are being written.
pub struct Tables {
    sink: Sink,
    /// The package of several files; none where there is one.
    package: Option<ZipWriter<StreamWriter<Sink>>>,
    table: Option<File>,
}

impl Tables {
    pub fn new(count: usize) -> Self {
        let sink = Sink::default();
        let package = (count > 1).then(|| ZipWriter::new_stream(sink.clone()));
        Self { sink, package, table: None }
    }

    pub fn taken(&mut self) -> Vec<u8> {
        self.sink.taken()
    }

    pub fn begin(&mut self, chain: &Chain<'_>) -> io::Result<()> {
        if let Some(package) = &mut self.package {
            let name = format!("{}.parquet", chain.table().name);
            package.start_file(name, options()).map_err(io::Error::other)?;
        }
        self.table = Some(File::new(chain).map_err(io::Error::other)?);
        self.pass_on()
    }

    /// # Errors
    /// Where a value is not of the type of its column.
    pub fn row(&mut self, row: &Row<'_>, values: &[&Value]) -> io::Result<()> {
        let Some(table) = &mut self.table else { return Ok(()) };
        if table.row(row, values)? {
            table.write_group().map_err(io::Error::other)?;
            self.pass_on()?;
        }
        Ok(())
    }

    /// Ends a table, whose file has what is told of it so far.
    pub fn end(&mut self, cover: &Cover) -> io::Result<()> {
        if let Some(table) = &mut self.table {
            table.end(cover).map_err(io::Error::other)?;
        }
        self.pass_on()?;
        self.table = None;
        Ok(())
    }

    /// With several files the cover is one more.
    pub fn finish(mut self, cover: &Cover) -> io::Result<Vec<u8>> {
        if let Some(mut package) = self.package.take() {
            package.start_file("cover.json", options()).map_err(io::Error::other)?;
            package.write_all(&serde_json::to_vec_pretty(cover)?)?;
            package.finish().map_err(io::Error::other)?;
        }
        Ok(self.sink.taken())
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let Some(table) = &self.table else { return Ok(()) };
        let bytes = table.out.taken();
        match &mut self.package {
            Some(package) => package.write_all(&bytes),
            None => self.sink.write_all(&bytes),
        }
    }
}

/// A file of a table.
struct File {
    out: Sink,
    writer: SerializedFileWriter<Sink>,
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
}

impl File {
    fn new(chain: &Chain<'_>) -> Result<Self, ParquetError> {
        let key = |has_id: bool| if has_id { Form::Text } else { Form::Number };
        let above = chain.above().map(|table| (PARENT.to_owned(), key(table.has_id)));
        let own = chain.has_key().then(|| (KEY.to_owned(), key(chain.table().has_id)));
        let columns = chain.columns().iter();
        let columns = columns.map(|column| (column.path.join("."), column.form.clone()));
        let columns: Vec<_> = above.into_iter().chain(own).chain(columns).collect();
        let fields: Result<_, _> = columns.iter().map(|(name, form)| field(name, form)).collect();
        let schema = Type::group_type_builder("row").with_fields(fields?).build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by("nuanyang".to_owned())
            .build();
        let out = Sink::default();
        let writer = SerializedFileWriter::new(out.clone(), Arc::new(schema), properties.into())?;
        let columns = columns.into_iter().map(|(name, form)| Column::new(name, form)).collect();
        Ok(Self { out, writer, columns, rows: 0, bytes: 0 })
    }

    /// Whether the group of rows is full.
    fn row(&mut self, row: &Row<'_>, values: &[&Value]) -> io::Result<bool> {
        let keys: Vec<_> = row.above.iter().chain(&row.key).map(json).collect();
        let all = keys.iter().chain(values.iter().copied());
        for (column, value) in self.columns.iter_mut().zip(all) {
            self.bytes += column.add(value)?;
        }
        self.rows += 1;
        Ok(self.rows >= ROWS || self.bytes >= BYTES)
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            if let Some(out) = group.next_column()? {
                column.write(out)?;
            }
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    fn end(&mut self, cover: &Cover) -> Result<(), ParquetError> {
        if self.rows > 0 {
            self.write_group()?;
        }
        let cover =
            serde_json::to_string(cover).map_err(|error| ParquetError::External(error.into()))?;
        self.writer.append_key_value_metadata(KeyValue::new(COVER.to_owned(), cover));
        self.writer.finish()?;
        Ok(())
    }
}

/// A key as the digest has it.
pub fn json(key: &Cell) -> Value {
    match key {
        Cell::Number(number) => Value::Number(number.clone()),
        cell => Value::String(cell.text()),
    }
}

/// The values of a column in a group of rows. Where one is not there, its level says so: 0 for a null;
/// of lists 1 for an empty one, 2 for a null within and 3 for a value.
struct Column {
    name: String,
    is_list: bool,
    form: Form,
    values: Values,
    levels: Vec<i16>,
    /// Of lists, whether a value goes on with the list before it.
    goes_on: Vec<i16>,
}

enum Values {
    Truths(Vec<bool>),
    Days(Vec<i32>),
    Numbers(Vec<i64>),
    Fractions(Vec<f64>),
    Texts(Vec<ByteArray>),
}

impl Column {
    fn new(name: String, form: Form) -> Self {
        let (is_list, form) = match form {
            Form::List(of) => (true, *of),
            form => (false, form),
        };
        let values = match form {
            Form::Truth => Values::Truths(Vec::new()),
            Form::Day => Values::Days(Vec::new()),
            Form::Number | Form::Instant => Values::Numbers(Vec::new()),
            Form::Fraction => Values::Fractions(Vec::new()),
            Form::Text | Form::Words(_) | Form::List(_) => Values::Texts(Vec::new()),
        };
        Self { name, is_list, form, values, levels: Vec::new(), goes_on: Vec::new() }
    }

    /// About how many bytes were added.
    fn add(&mut self, value: &Value) -> io::Result<usize> {
        match value {
            Value::Array(values) if self.is_list => {
                if values.is_empty() {
                    self.mark(1, false);
                }
                let mut bytes = 0;
                for (at, value) in values.iter().enumerate() {
                    let level = if value.is_null() { 2 } else { 3 };
                    self.mark(level, at > 0);
                    bytes += self.add_value(value)?;
                }
                Ok(bytes)
            }
            value => {
                let level = match (value.is_null(), self.is_list) {
                    (true, _) => 0,
                    (false, true) => 3,
                    (false, false) => 1,
                };
                self.mark(level, false);
                self.add_value(value)
            }
        }
    }

    fn mark(&mut self, level: i16, goes_on: bool) {
        self.levels.push(level);
        if self.is_list {
            self.goes_on.push(goes_on.into());
        }
    }

    fn add_value(&mut self, value: &Value) -> io::Result<usize> {
        if value.is_null() {
            return Ok(0);
        }
        let wrong = || {
            let text = format!(
                "{} has values of several types; take NDJSON, or tell them apart by aliases",
                self.name
            );
            io::Error::new(io::ErrorKind::InvalidData, text)
        };
        let mut bytes = VALUE;
        match &mut self.values {
            Values::Truths(all) => all.push(value.as_bool().ok_or_else(wrong)?),
            Values::Days(all) => all.push(days(value).ok_or_else(wrong)?),
            Values::Numbers(all) if self.form == Form::Instant => {
                all.push(micros(value).ok_or_else(wrong)?);
            }
            Values::Numbers(all) => all.push(value.as_i64().ok_or_else(wrong)?),
            Values::Fractions(all) => all.push(value.as_f64().ok_or_else(wrong)?),
            Values::Texts(all) => {
                let text = match value {
                    Value::String(text) => text.clone(),
                    value => value.to_string(),
                };
                bytes += TEXT + text.len();
                all.push(text.into_bytes().into());
            }
        }
        Ok(bytes)
    }

    fn write(&mut self, mut out: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = (self.levels.as_slice(), self.is_list.then_some(self.goes_on.as_slice()));
        match &mut self.values {
            Values::Truths(all) => write(out.typed::<BoolType>(), all, levels)?,
            Values::Days(all) => write(out.typed::<Int32Type>(), all, levels)?,
            Values::Numbers(all) => write(out.typed::<Int64Type>(), all, levels)?,
            Values::Fractions(all) => write(out.typed::<DoubleType>(), all, levels)?,
            Values::Texts(all) => write(out.typed::<ByteArrayType>(), all, levels)?,
        }
        self.levels.clear();
        self.goes_on.clear();
        out.close()
    }
}

fn write<T: DataType>(
    out: &mut ColumnWriterImpl<'_, T>,
    values: &mut Vec<T::T>,
    (levels, goes_on): (&[i16], Option<&[i16]>),
) -> Result<(), ParquetError> {
    out.write_batch(values, Some(levels), goes_on)?;
    values.clear();
    Ok(())
}

fn days(value: &Value) -> Option<i32> {
    let day: NaiveDate = value.as_str()?.parse().ok()?;
    let days = day.signed_duration_since(NaiveDate::default()).num_days();
    days.try_into().ok()
}

fn micros(value: &Value) -> Option<i64> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.timestamp_micros())
}

fn field(name: &str, form: &Form) -> Result<TypePtr, ParquetError> {
    let Form::List(of) = form else { return value_of(name, form) };
    let list = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![value_of("element", of)?])
        .build()?;
    let list = Type::group_type_builder(name)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(list)]);
    Ok(Arc::new(list.build()?))
}

fn value_of(name: &str, form: &Form) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = match form {
        Form::Truth => (Physical::BOOLEAN, None),
        Form::Day => (Physical::INT32, Some(LogicalType::Date)),
        Form::Instant => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        Form::Number => (Physical::INT64, None),
        Form::Fraction => (Physical::DOUBLE, None),
        Form::Text | Form::Words(_) | Form::List(_) => {
            (Physical::BYTE_ARRAY, Some(LogicalType::String))
        }
    };
    let value = Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    Ok(Arc::new(value.build()?))
}
