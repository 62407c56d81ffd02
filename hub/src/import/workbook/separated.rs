//! Separated values: a text of lines, in the encodings and with the separators that spreadsheets write.

use super::{Cell, Counter, Grid, ImportError};
use crate::exports::unguarded;

pub fn read(name: String, bytes: &[u8]) -> Result<Grid, ImportError> {
    let text = decode_text(bytes)?;
    read_separated(name, &text)
}

fn decode_text(bytes: &[u8]) -> Result<String, ImportError> {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, faulty) = encoding.decode_with_bom_removal(bytes);
        return if faulty { Err(ImportError::Encoding) } else { Ok(text.into_owned()) };
    }
    if let Ok(text) = str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    encoding_rs::GB18030
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(std::borrow::Cow::into_owned)
        .ok_or(ImportError::Encoding)
}

fn read_separated(name: String, text: &str) -> Result<Grid, ImportError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut grid = Grid { name, ..Grid::default() };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(&text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let (mut row, mut start, mut cells) = (0, 0, Counter::default());
    while reader.read_record(&mut record)? {
        let end = reader.position().byte() as usize;
        // The reader leaves blank lines out, the spreadsheet counts them.
        let written = text.get(start..end).unwrap_or_default();
        row += 1 + written.chars().take_while(|letter| *letter == '\n').count();
        start = end;
        cells.add(record.len())?;
        for (column, text) in record.iter().enumerate() {
            if let Some(cell) = Cell::text(unguarded(text)) {
                grid.insert(row, column, cell);
            }
        }
    }
    Ok(grid)
}

/// The separator that the first lines have most of.
fn separator(text: &str) -> u8 {
    let head: Vec<u8> = text.lines().take(5).flat_map(str::bytes).collect();
    let count = |mark: u8| head.iter().filter(|byte| **byte == mark).count();
    [b';', b'\t', b','].into_iter().max_by_key(|mark| count(*mark)).unwrap_or(b',')
}
