//! The tags of an XML text, and changes to it that leave every other byte as it was.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use crate::import::workbook::package::attribute;

/// A tag and where it stands, from `<` to behind `>`.
pub struct Tag<'a> {
    pub form: Form,
    /// Empty for a closing tag.
    start: BytesStart<'a>,
    name: String,
    pub range: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Open,
    Close,
    Empty,
}

/// The tags of a text in their order. Drawings of old kind are not always well formed, so that a tag
/// may be closed by another's.
pub struct Tags<'a>(Reader<&'a [u8]>);

impl<'a> Tags<'a> {
    pub fn of(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        Self(reader)
    }

    fn place(&self) -> usize {
        usize::try_from(self.0.buffer_position()).unwrap_or(usize::MAX)
    }
}

impl<'a> Iterator for Tags<'a> {
    type Item = Result<Tag<'a>, quick_xml::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let from = self.place();
            let (form, start, name) = match self.0.read_event() {
                Ok(Event::Start(start)) => (Form::Open, start, None),
                Ok(Event::Empty(start)) => (Form::Empty, start, None),
                Ok(Event::End(end)) => {
                    (Form::Close, BytesStart::new(""), Some(end.name().as_ref().to_owned()))
                }
                Ok(Event::Eof) => return None,
                Ok(_) => continue,
                Err(fault) => return Some(Err(fault)),
            };
            let name = name.unwrap_or_else(|| start.name().as_ref().to_owned());
            return Some(Ok(Tag { form, start, name, range: from..self.place() }));
        }
    }
}

impl Tag<'_> {
    /// The name without its prefix.
    pub fn local(&self) -> &str {
        self.name.split_once(':').map_or(self.name.as_str(), |(_, local)| local)
    }

    /// The prefix with its colon, or nothing.
    pub fn prefix(&self) -> &str {
        self.name.find(':').map_or("", |colon| &self.name[..=colon])
    }

    pub fn opens(&self, local: &str) -> bool {
        self.form != Form::Close && self.local() == local
    }

    /// Whether nothing more of the element comes after this tag.
    pub fn ends(&self, local: &str) -> bool {
        self.form != Form::Open && self.local() == local
    }

    /// The value of an attribute, whatever its prefix.
    pub fn attribute(&self, local: &str) -> Option<String> {
        attribute(&self.start, local)
    }

    pub fn number(&self, local: &str) -> Option<usize> {
        self.attribute(local)?.trim().parse().ok()
    }

    /// Name → value as written, escaped.
    pub fn attributes(&self) -> BTreeMap<String, String> {
        let mut attributes = self.start.attributes();
        let attributes = attributes.with_checks(false).flatten();
        attributes
            .map(|attribute| (attribute.key.as_ref().to_owned(), quotable(&attribute.value)))
            .collect()
    }

    /// The tag with some attributes set, or taken out.
    pub fn with(&self, changes: &[(&str, Option<&str>)]) -> String {
        let mut attributes: Vec<(String, String)> = Vec::new();
        for attribute in self.start.attributes().with_checks(false).flatten() {
            attributes.push((attribute.key.as_ref().to_owned(), quotable(&attribute.value)));
        }
        for (name, value) in changes {
            let place = attributes.iter().position(|(known, _)| known == name);
            match (place, value) {
                (Some(place), Some(value)) => attributes[place].1 = escaped(value),
                (Some(place), None) => drop(attributes.remove(place)),
                (None, Some(value)) => attributes.push(((*name).to_owned(), escaped(value))),
                (None, None) => {}
            }
        }
        let attributes = attributes.iter().map(|(name, value)| format!(" {name}=\"{value}\""));
        let end = if self.form == Form::Empty { "/>" } else { ">" };
        format!("<{}{}{end}", self.name, attributes.collect::<String>())
    }
}

fn quotable(value: &str) -> String {
    value.replace('"', "&quot;")
}

/// A text as XML writes it. What XML cannot hold is written as U+FFFD.
pub fn escaped(text: &str) -> String {
    let allowed = |letter: char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
    let text: String =
        text.chars().map(|letter| if allowed(letter) { letter } else { '\u{fffd}' }).collect();
    quick_xml::escape::escape(text).into_owned()
}

/// What stands in a text between tags, read.
pub fn unescaped(text: &str) -> String {
    quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), Cow::into_owned)
}

/// A text that is copied from one end to the other, with changes on the way.
pub struct Copying<'a> {
    text: &'a str,
    done: usize,
    out: String,
}

impl<'a> Copying<'a> {
    pub fn of(text: &'a str) -> Self {
        Self { text, done: 0, out: String::with_capacity(text.len() + text.len() / 8) }
    }

    /// Copies up to a place.
    pub fn until(&mut self, place: usize) -> &mut Self {
        if place > self.done {
            self.out.push_str(&self.text[self.done..place]);
            self.done = place;
        }
        self
    }

    pub fn write(&mut self, text: &str) -> &mut Self {
        self.out.push_str(text);
        self
    }

    /// Leaves out what stands up to a place.
    pub fn skip(&mut self, place: usize) -> &mut Self {
        self.done = self.done.max(place);
        self
    }

    /// Writes another text for what stands in a range.
    pub fn replace(&mut self, range: &Range<usize>, text: &str) -> &mut Self {
        self.until(range.start).write(text).skip(range.end)
    }

    pub fn finish(mut self) -> String {
        self.until(self.text.len());
        self.out
    }
}

/// The text with more written at the end of an element, which is opened if it is empty.
pub fn within(text: &str, local: &str, more: &str) -> Result<String, quick_xml::Error> {
    let mut copying = Copying::of(text);
    for tag in Tags::of(text) {
        let tag = tag?;
        match tag.form {
            Form::Close if tag.local() == local => {
                copying.until(tag.range.start).write(more);
                break;
            }
            Form::Empty if tag.local() == local => {
                opened(&mut copying, text, &tag, more);
                break;
            }
            _ => {}
        }
    }
    Ok(copying.finish())
}

/// Writes an empty element as one that holds something.
pub fn opened(copying: &mut Copying<'_>, text: &str, tag: &Tag<'_>, content: &str) {
    let start = text[tag.range.clone()].trim_end_matches('>').trim_end_matches('/').trim_end();
    let whole = format!("{start}>{content}</{}>", tag.name);
    copying.replace(&tag.range, &whole);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_where_they_stand() {
        let text = "<?xml version=\"1.0\"?>\n<x:a b='1 &lt; \"2\"'>文<!-- <c/> --><x:d /></x:a>";
        let tags: Vec<_> = Tags::of(text).map(|tag| tag.expect("well formed")).collect();
        let texts: Vec<&str> = tags.iter().map(|tag| &text[tag.range.clone()]).collect();
        assert_eq!(texts, ["<x:a b='1 &lt; \"2\"'>", "<x:d />", "</x:a>"]);
        assert_eq!((tags[0].local(), tags[0].prefix()), ("a", "x:"));
        assert_eq!(tags[0].attribute("b").as_deref(), Some("1 < \"2\""));
        assert_eq!(
            tags[0].with(&[("s", Some("<"))]),
            "<x:a b=\"1 &lt; &quot;2&quot;\" s=\"&lt;\">"
        );
        assert_eq!(tags[0].with(&[("b", None)]), "<x:a>");
    }

    #[test]
    fn what_is_not_changed_stays_byte_for_byte() {
        let text = "<a ><b  c='1'/>\r\n<d/></a >";
        assert_eq!(within(text, "a", "").expect("read"), text);
        assert_eq!(within(text, "d", "<e/>").expect("read"), "<a ><b  c='1'/>\r\n<d><e/></d></a >");
        assert_eq!(within(text, "a", "<e/>").expect("read"), "<a ><b  c='1'/>\r\n<d/><e/></a >");
    }

    #[test]
    fn a_text_stays_a_text() {
        assert_eq!(escaped("=1<2&\u{1}\"甲"), "=1&lt;2&amp;\u{fffd}&quot;甲");
        assert_eq!(unescaped("1&lt;2&amp;"), "1<2&");
    }
}
