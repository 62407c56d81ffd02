//! An append-only file of records, one JSON object a line. What `append` has returned for is on
//! disk; a line torn by a crash was promised to nobody and is cut off on the next opening.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    marker::PhantomData,
    path::Path,
};

use serde::{Serialize, de::DeserializeOwned};

#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("line {0} is damaged although lines after it are whole")]
    Damaged(usize),
}

pub struct Log<R> {
    file: File,
    /// How many bytes are whole records.
    length: u64,
    records: PhantomData<R>,
}

impl<R: Serialize + DeserializeOwned> Log<R> {
    /// Opens or makes the file; its whole records come with it.
    pub fn open(path: &Path) -> Result<(Self, Vec<R>), LogError> {
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (records, length) = whole_records(&bytes)?;
        if length < bytes.len() as u64 {
            file.set_len(length)?;
        }
        file.sync_all()?;
        sync_folder_of(path)?;
        let log = Self { file, length, records: PhantomData };
        Ok((log, records))
    }

    /// Writes records as one; they are on disk when it returns.
    pub fn append(&mut self, records: &[R]) -> io::Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for record in records {
            serde_json::to_writer(&mut bytes, record)?;
            bytes.push(b'\n');
        }
        let written = self.write(&bytes);
        if written.is_err() {
            // A half-written record would glue itself to the next one.
            self.file.set_len(self.length)?;
        } else {
            self.length += bytes.len() as u64;
        }
        written
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(bytes)?;
        self.file.sync_data()
    }
}

fn whole_records<R: DeserializeOwned>(bytes: &[u8]) -> Result<(Vec<R>, u64), LogError> {
    let mut records = Vec::new();
    let mut length = 0;
    let mut torn = None;
    for (line, number) in bytes.split_inclusive(|byte| *byte == b'\n').zip(1..) {
        let record = line.strip_suffix(b"\n").and_then(|line| serde_json::from_slice(line).ok());
        match (record, torn) {
            (Some(_), Some(number)) => return Err(LogError::Damaged(number)),
            (Some(record), None) => {
                records.push(record);
                length += line.len() as u64;
            }
            (None, _) => torn = torn.or(Some(number)),
        }
    }
    Ok((records, length))
}

/// A new or renamed file is there for good only when its folder is on disk too.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn opened(path: &Path) -> (Log<u32>, Vec<u32>) {
        Log::open(path).expect("opens")
    }

    #[test]
    fn a_log_cut_at_any_byte_keeps_its_whole_lines_and_goes_on() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("log");
        for cut in 0..=9_usize {
            fs::write(&path, &b"111\n222\n3"[..cut]).expect("written");
            let (mut log, records) = opened(&path);
            assert_eq!(records, [111, 222][..cut / 4]);
            log.append(&[444]).expect("appended");
            drop(log);
            assert_eq!(opened(&path).1.last(), Some(&444));
            assert_eq!(opened(&path).1.len(), cut / 4 + 1);
        }
    }

    #[test]
    fn damage_before_whole_lines_is_not_cut_off_in_silence() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("log");
        fs::write(&path, b"1\n\0\0\n2\n").expect("written");
        let error = Log::<u32>::open(&path).err().expect("refused");
        assert!(matches!(error, LogError::Damaged(2)));
    }
}
