//! The parts of an .xlsx or .ods: a zip of files, whose sizes are bounded before anything is read.

use std::io::{BufReader, Cursor, Read};

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use zip::{ZipArchive, read::ZipFile, result::ZipError};

use super::ImportError;

/// How much all parts together may unpack to. 100,000 rows of 17 columns are about 100 MB.
const MOST_BYTES: u64 = 256 << 20;
/// By how much a part may shrink when packed, from this size on. Rows of a sheet shrink to a fiftieth.
const MOST_RATIO: u64 = 250;
const RATIO_FROM: u64 = 4 << 20;
const MOST_PARTS: usize = 10_000;
/// How many elements the tables of texts and styles may have: the reader keeps each of them.
const MOST_TEXTS: u64 = 8_000_000;
const MOST_STYLES: u64 = 300_000;

type Zip<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// A part as a stream of XML.
pub type Xml<'z, 'a> = Reader<BufReader<ZipFile<'z, Cursor<&'a [u8]>>>>;

pub struct Package<'a> {
    zip: Zip<'a>,
    names: Vec<String>,
}

impl<'a> Package<'a> {
    /// # Errors
    /// Where it is damaged, locked by a password, or unpacks to more than a workbook does.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ImportError> {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        let too_large = || ImportError::Unpacks(MOST_BYTES >> 20);
        if zip.len() > MOST_PARTS {
            return Err(too_large());
        }
        let mut names = Vec::new();
        let mut total = 0;
        for index in 0..zip.len() {
            let part = zip.by_index(index).map_err(damaged)?;
            names.push(part.name().map_err(damaged)?.into_owned());
            let (packed, unpacked) = (part.compressed_size(), part.size());
            total += unpacked;
            let ratio = unpacked / packed.max(1);
            if total > MOST_BYTES || unpacked > RATIO_FROM && ratio > MOST_RATIO {
                return Err(too_large());
            }
        }
        // What a part says of its size need not be true, so each is unpacked once, into nothing.
        for index in 0..zip.len() {
            let part = zip.by_index(index).map_err(damaged)?;
            let size = part.size();
            let elements = drain(part, size)?.ok_or_else(too_large)?;
            let most = match elements.root.as_str() {
                "sst" => MOST_TEXTS,
                "styleSheet" => MOST_STYLES,
                _ => continue,
            };
            if elements.count > most {
                return Err(too_large());
            }
        }
        Ok(Self { zip, names })
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// A part as XML; `None` where there is none of this name.
    pub fn xml(&mut self, name: &str) -> Result<Option<Xml<'_, 'a>>, ImportError> {
        match self.zip.by_name(name) {
            Ok(part) => {
                let mut reader = Reader::from_reader(BufReader::new(part));
                reader.config_mut().expand_empty_elements = true;
                Ok(Some(reader))
            }
            Err(ZipError::FileNotFound) => Ok(None),
            Err(fault) => Err(damaged(fault)),
        }
    }

    /// Calls `see` with each element of a part as it begins; a part that is not there has none.
    pub fn each(
        &mut self,
        name: &str,
        mut see: impl FnMut(&BytesStart<'_>),
    ) -> Result<(), ImportError> {
        let Some(mut xml) = self.xml(name)? else {
            return Ok(());
        };
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            match xml.read_event_into(&mut buffer)? {
                Event::Start(element) => see(&element),
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }
}

fn damaged(fault: ZipError) -> ImportError {
    match fault {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => ImportError::Password,
        fault => ImportError::Damaged(fault.to_string()),
    }
}

struct Elements {
    root: String,
    count: u64,
}

/// Unpacks a part into nothing; `None` where it is larger than it says.
fn drain(part: impl Read, size: u64) -> Result<Option<Elements>, ImportError> {
    let mut part = part.take(size.saturating_add(1));
    let mut head = Vec::new();
    let unpack = |fault: std::io::Error| ImportError::Damaged(fault.to_string());
    part.by_ref().take(64 << 10).read_to_end(&mut head).map_err(unpack)?;
    let mut elements = Elements { root: root(&head), count: opened(&head) };
    let mut read = head.len() as u64;
    let mut buffer = vec![0; 64 << 10];
    loop {
        match part.read(&mut buffer).map_err(unpack)? {
            0 => return Ok((read <= size).then_some(elements)),
            some => {
                read += some as u64;
                elements.count += opened(&buffer[..some]);
            }
        }
    }
}

fn opened(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'<').count() as u64
}

/// The name of the first element, without its prefix.
fn root(head: &[u8]) -> String {
    let mut reader = Reader::from_reader(head);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                return element.local_name().as_ref().to_owned();
            }
            Ok(Event::Eof) | Err(_) => return String::new(),
            Ok(_) => {}
        }
    }
}

/// The part that says to which others a part is related; that of the package for none.
pub fn relations_of(part: &str) -> String {
    let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
    let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    format!("{folder}_rels/{name}.rels")
}

/// The name of a part that another one names from where it stands.
pub fn resolved(part: &str, target: &str) -> String {
    if let Some(whole) = target.strip_prefix('/') {
        return whole.to_owned();
    }
    let mut folders: Vec<&str> = part.split('/').collect();
    folders.pop();
    for step in target.split('/') {
        match step {
            ".." => drop(folders.pop()),
            "." => {}
            step => folders.push(step),
        }
    }
    folders.join("/")
}

/// The value of an attribute, whatever its prefix.
pub fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let mut attributes = attributes.with_checks(false).flatten();
    let found = attributes.find(|attribute| attribute.key.local_name().as_ref() == name)?;
    found
        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
        .ok()
        .map(std::borrow::Cow::into_owned)
}

/// Whether an attribute says yes.
pub fn is_true(element: &BytesStart<'_>, name: &str) -> bool {
    attribute(element, name).is_some_and(|value| matches!(value.as_str(), "1" | "true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_named_from_where_they_stand() {
        assert_eq!(
            resolved("xl/workbook.xml", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml"
        );
        assert_eq!(resolved("xl/workbook.xml", "/xl/styles.xml"), "xl/styles.xml");
        assert_eq!(resolved("xl/worksheets/sheet1.xml", "../comments1.xml"), "xl/comments1.xml");
        assert_eq!(resolved("", "xl/workbook.xml"), "xl/workbook.xml");
        assert_eq!(relations_of("xl/workbook.xml"), "xl/_rels/workbook.xml.rels");
        assert_eq!(relations_of(""), "_rels/.rels");
    }
}
