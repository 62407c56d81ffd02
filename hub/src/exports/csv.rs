//! Cells → separated values, as RFC 4180 has them: UTF-8 with a mark that Excel knows it by. Several
//! tables are several files in a .zip, since one file holds one table.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions, write::StreamWriter};

use super::{cells::Cell, cover::Cover, guarded::guarded};

const MARK: &[u8] = b"\xef\xbb\xbf";

/// What was written and is not taken yet.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    pub fn taken(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Separated values that are being written.
pub struct Tables {
    sink: Sink,
    /// The package of several files; none where there is one.
    package: Option<ZipWriter<StreamWriter<Sink>>>,
}

impl Tables {
    pub fn new(count: usize) -> Self {
        let sink = Sink::default();
        let package = (count > 1).then(|| ZipWriter::new_stream(sink.clone()));
        Self { sink, package }
    }

    pub fn taken(&mut self) -> Vec<u8> {
        self.sink.taken()
    }

    pub fn begin(&mut self, name: &str, headers: &[String]) -> io::Result<()> {
        if let Some(package) = &mut self.package {
            package.start_file(format!("{name}.csv"), options()).map_err(io::Error::other)?;
        }
        self.write(MARK)?;
        let headers: Vec<_> = headers.iter().cloned().map(Cell::Text).collect();
        self.row(&headers)
    }

    pub fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        let mut line =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        line.write_record(cells.iter().map(value))?;
        let line = line.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        self.write(&line)
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

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.package {
            Some(package) => package.write_all(bytes),
            None => self.sink.write_all(bytes),
        }
    }
}

/// Numbers and days stand as they are, since they are no one's words.
fn value(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => guarded(text),
        cell => cell.text(),
    }
}

/// The same bytes whenever it is written.
pub fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_back_and_begins_no_formula() {
        let mut tables = Tables::new(1);
        tables.begin("a", &["姓名".to_owned(), "数".to_owned()]).unwrap();
        let row = [Cell::Text("=\"a\",\nb".to_owned()), Cell::Number((-3).into())];
        tables.row(&row).unwrap();
        tables.row(&[Cell::Empty, Cell::Empty]).unwrap();
        let bytes = tables.finish(&Cover::default()).unwrap();
        assert!(bytes.starts_with(MARK));
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.ends_with("\r\n"), "{text:?}");
        let mut reader = csv::ReaderBuilder::new().from_reader(&text.as_bytes()[MARK.len()..]);
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows, [vec!["'=\"a\",\nb", "-3"], vec!["", ""]]);
    }
}
