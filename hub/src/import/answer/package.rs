//! The parts of an .xlsx: those that are changed are packed anew, all others are copied as they are.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read, Write},
};

use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    AnswerError,
    xml::{Tags, escaped, within},
};
use crate::import::workbook::package::{relations_of, resolved};

/// The largest part that is unpacked.
const MOST_BYTES: u64 = 256 << 20;
const CONTENT_TYPES: &str = "[Content_Types].xml";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

pub struct Package<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    names: Vec<String>,
    changed: BTreeMap<String, String>,
}

/// A line of a part's relations.
pub struct Relation {
    pub id: String,
    pub kind: String,
    /// The name of the part, as the package has it.
    pub target: String,
}

impl<'a> Package<'a> {
    /// Whether the bytes may be a package of the kind of .xlsx.
    pub fn is_one(bytes: &'a [u8]) -> bool {
        Self::open(bytes).is_ok_and(|package| package.known(CONTENT_TYPES).is_some())
    }

    pub fn open(bytes: &'a [u8]) -> Result<Self, AnswerError> {
        let mut zip = ZipArchive::new(Cursor::new(bytes))?;
        let mut names = Vec::new();
        for index in 0..zip.len() {
            names.push(zip.by_index_raw(index)?.name()?.into_owned());
        }
        Ok(Self { zip, names, changed: BTreeMap::new() })
    }

    /// The name by which a part is there: programs do not agree about upper and lower case.
    fn known(&self, name: &str) -> Option<String> {
        let mut names = self.names.iter().chain(self.changed.keys());
        names.find(|known| known.eq_ignore_ascii_case(name)).cloned()
    }

    /// The text of a part.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, AnswerError> {
        let Some(name) = self.known(name) else {
            return Ok(None);
        };
        if let Some(text) = self.changed.get(&name) {
            return Ok(Some(text.clone()));
        }
        let mut bytes = Vec::new();
        self.zip.by_name(&name)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(AnswerError::Parts(format!("{name} is too large")));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| AnswerError::Parts(format!("{name} is not in UTF-8")))?;
        Ok(Some(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()))
    }

    pub fn needed(&mut self, name: &str) -> Result<String, AnswerError> {
        let text = self.text(name)?;
        text.ok_or_else(|| AnswerError::Parts(format!("{name} is missing")))
    }

    pub fn put(&mut self, name: &str, text: String) -> Result<(), AnswerError> {
        if self.text(name)?.as_ref() != Some(&text) {
            let name = self.known(name).unwrap_or_else(|| name.to_owned());
            self.changed.insert(name, text);
        }
        Ok(())
    }

    /// A name that no part has yet: `xl/comments` and `.xml` make `xl/comments1.xml`.
    pub fn fresh(&self, stem: &str, ending: &str) -> String {
        let mut names = (1..).map(|number| format!("{stem}{number}{ending}"));
        names.find(|name| self.known(name).is_none()).unwrap_or_default()
    }

    pub fn relations(&mut self, part: &str) -> Result<Vec<Relation>, AnswerError> {
        let text = self.text(&relations_of(part))?.unwrap_or_default();
        let mut relations = Vec::new();
        for tag in Tags::of(&text) {
            let tag = tag?;
            let outside = tag.attribute("TargetMode").is_some_and(|mode| mode == "External");
            if !tag.opens("Relationship") || outside {
                continue;
            }
            let value = |name| tag.attribute(name).unwrap_or_default();
            let target = resolved(part, &value("Target"));
            relations.push(Relation { id: value("Id"), kind: value("Type"), target });
        }
        Ok(relations)
    }

    /// Relates a part to another; gives back the id.
    pub fn relate(&mut self, part: &str, kind: &str, target: &str) -> Result<String, AnswerError> {
        let name = relations_of(part);
        let text = match self.text(&name)? {
            Some(text) => text,
            None => format!("{DECLARATION}<Relationships xmlns=\"{RELATIONS}\"/>"),
        };
        let taken: Vec<String> = ids(&text)?;
        let mut ids = (1..).map(|number| format!("rId{number}"));
        let id = ids.find(|id| !taken.contains(id)).unwrap_or_default();
        let prefix = prefix(&text, "Relationships")?;
        let line = format!(
            "<{prefix}Relationship Id=\"{id}\" Type=\"{}\" Target=\"/{}\"/>",
            escaped(kind),
            escaped(target)
        );
        self.put(&name, within(&text, "Relationships", &line)?)?;
        Ok(id)
    }

    /// Says what kind of part one is.
    pub fn declare(&mut self, part: &str, kind: &str) -> Result<(), AnswerError> {
        let text = self.needed(CONTENT_TYPES)?;
        let prefix = prefix(&text, "Types")?;
        let line = format!("<{prefix}Override PartName=\"/{part}\" ContentType=\"{kind}\"/>");
        self.put(CONTENT_TYPES, within(&text, "Types", &line)?)
    }

    /// Says what kind of part all of an ending are, unless it is said already.
    pub fn declare_ending(&mut self, ending: &str, kind: &str) -> Result<(), AnswerError> {
        let text = self.needed(CONTENT_TYPES)?;
        for tag in Tags::of(&text) {
            let known = tag?.attribute("Extension");
            if known.is_some_and(|known| known.eq_ignore_ascii_case(ending)) {
                return Ok(());
            }
        }
        let prefix = prefix(&text, "Types")?;
        let line = format!("<{prefix}Default Extension=\"{ending}\" ContentType=\"{kind}\"/>");
        self.put(CONTENT_TYPES, within(&text, "Types", &line)?)
    }

    pub fn finish(mut self) -> Result<Vec<u8>, AnswerError> {
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for index in 0..self.zip.len() {
            match self.changed.remove(&self.names[index]) {
                Some(text) => {
                    out.start_file(&self.names[index], options)?;
                    out.write_all(text.as_bytes())?;
                }
                None => out.raw_copy_file(self.zip.by_index_raw(index)?)?,
            }
        }
        for (name, text) in self.changed {
            out.start_file(name, options)?;
            out.write_all(text.as_bytes())?;
        }
        Ok(out.finish()?.into_inner())
    }
}

pub const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

fn ids(text: &str) -> Result<Vec<String>, AnswerError> {
    let mut ids = Vec::new();
    for tag in Tags::of(text) {
        ids.extend(tag?.attribute("Id"));
    }
    Ok(ids)
}

/// The prefix of an element with its colon.
fn prefix(text: &str, local: &str) -> Result<String, AnswerError> {
    for tag in Tags::of(text) {
        let tag = tag?;
        if tag.opens(local) {
            return Ok(tag.prefix().to_owned());
        }
    }
    Err(AnswerError::Parts(format!("there is no {local}")))
}
